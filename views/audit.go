package views

import "yike/views/ui"

// AuditPage is the audit.
type AuditPage struct {
	Printed               string // by whom and when, on paper
	Filter                AuditFilterForm
	Chips                 ui.ChipsProps
	Chain                 AuditChain
	Rows                  []AuditLine
	Cut                   bool // enough was looked at; the pager goes on
	Pager                 ui.PagerProps
	ExportCSV, ExportXLSX string
}

// AuditFilterForm is the filter above it.
type AuditFilterForm struct {
	User, Branch, Act, From, To, Customer string
	Users, Branches, Acts                 []ui.Option
}

// AuditChain is the line on whether the records are as they were written.
type AuditChain struct {
	Kind, Text string // ok, soon, over
	Lines      []string
	CanCheck   bool
}

// AuditLine is one record.
type AuditLine struct {
	When                Moment
	Who, Act            string
	About, AboutHref    string
	Branch, From, Extra string
	Changes             []FieldChange
	More                string
}

// LooksPage is who looked at a client.
type LooksPage struct {
	ID, Name string
	Rows     []LookLine
}

// LookLine is one person on one day, or one revealed field.
type LookLine struct {
	When            Moment
	Who, Role, What string
	Revealed        bool
}
