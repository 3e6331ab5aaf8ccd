// Package sheet turns any spreadsheet a branch has (xlsx, CSV, HTML saved as
// .xls, binary .xls) into typed cells, and typed cells back into files. It
// knows nothing of customers, headings or rules.
package sheet
