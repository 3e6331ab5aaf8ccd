package views

import (
	"context"

	"yike/policy/sensitive"
	"yike/views/lang"
	"yike/views/ui"
)

// Optional is the page of a client's optional fields: of itself and of each
// contact. It never holds a value.
type Optional struct {
	Customer, Name string
	CanEdit        bool
	People         []OptionalPerson
	Faulty         string // the contact whose form is at fault; "0" the client itself
	Errors         ui.Errors
}

// OptionalPerson is the client or one contact with the fields in use.
type OptionalPerson struct {
	Contact, Name string // Contact "0": the client itself
	Fields        []OptionalField
	Open          bool
}

// OptionalField is one field of a person. Show is nil while nothing stands in
// it.
type OptionalField struct {
	Field, Label, Purpose, Hint string
	Show                        *Reveal
	Written                     Moment
	By                          string
	Typed                       string
	Error                       string
}

func (p Optional) action() string { return "/customers/" + p.Customer + "/sensitive" }

func (p OptionalPerson) labels() []ui.FieldLabel {
	var out []ui.FieldLabel
	for _, f := range p.Fields {
		out = append(out, ui.FieldLabel{Name: p.id(f), Label: f.Label})
	}
	return out
}

func (p OptionalPerson) id(f OptionalField) string { return f.Field + "-" + p.Contact }

func (p OptionalPerson) faults() ui.Errors {
	out := ui.Errors{}
	for _, f := range p.Fields {
		if f.Error != "" {
			out[p.id(f)] = f.Error
		}
	}
	return out
}

func (p OptionalPerson) filled() bool {
	for _, f := range p.Fields {
		if f.Show != nil {
			return true
		}
	}
	return false
}

// SensitiveForm is the page on which head office switches optional fields.
type SensitiveForm struct {
	RuleFrame
	Fields    []SensitiveUse
	Readers   []ui.Option // roles that may ask for them; Hint says how far
	Bases     []ui.Option
	Destroyed []DestroyedLine
	NoKey     string // why nothing can be sealed; "" = all is well
}

// SensitiveUse is one field with what was decided about it.
type SensitiveUse struct {
	Field, Label, Law string
	On, WasOn         bool
	Purpose, Basis    string
	Filled            string // in how many files something stands; "" = none
}

// DestroyedLine is the record of a destruction.
type DestroyedLine struct {
	Field, Rows, Who, Reason string
	At                       Moment
}

func (f SensitiveForm) fields(ctx context.Context) []ui.FieldLabel {
	var out []ui.FieldLabel
	for _, u := range f.Fields {
		out = append(out, ui.FieldLabel{Name: "purpose." + u.Field, Label: u.Label}, ui.FieldLabel{Name: "basis." + u.Field, Label: u.Label},
			ui.FieldLabel{Name: "destroy." + u.Field, Label: u.Label})
	}
	return append(out, ui.FieldLabel{Name: "reason", Label: lang.T(ctx, "为什么改")})
}

var optionalWords = map[string]string{sensitive.IDNumber: lang.N("证件号"), sensitive.BankAccount: lang.N("银行账号"), sensitive.Age: lang.N("年龄"),
	sensitive.Income: lang.N("收入"), sensitive.Interests: lang.N("兴趣"), sensitive.Culture: lang.N("文化")}

// OptionalWord names an optional field.
func OptionalWord(ctx context.Context, field string) string { return word(ctx, optionalWords, field) }

// BasisWord names the ground on which a field is collected.
func BasisWord(ctx context.Context, basis string) string {
	return word(ctx, map[string]string{"consent": lang.N("本人单独同意"), "contract": lang.N("履行合同必需"), "law": lang.N("法律要求")}, basis)
}
