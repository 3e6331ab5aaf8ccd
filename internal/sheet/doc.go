// Package sheet turns any spreadsheet that a branch has into typed cells, row by
// row, and rows back into a spreadsheet.
//
// It owns file formats: xlsx, CSV in whatever encoding, the HTML tables that
// portals save with the ending .xls, and the binary .xls of Excel 97 to 2003. The content decides what a file is,
// never its name. It owns bounds: whatever a file claims, reading it takes a
// bounded time and memory and ends in rows or in one of the errors below.
//
// It does not know what a customer, a phone number or a heading is. It repairs
// nothing that a rule should judge: bytes that are no character stay U+FFFD, a
// number keeps the literal that was stored.
package sheet
