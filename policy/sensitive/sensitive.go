// Package sensitive owns the optional fields of a person that exist only while
// head office wants them (R27): which there are, what may stand in them, and
// which are sensitive personal information by law (个人信息保护法 arts. 28–29).
//
// It knows neither the values nor who may see them.
package sensitive

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// The fields.
const (
	IDNumber    = "id_number"    // resident identity number
	BankAccount = "bank_account" // for claims and refunds
	Age         = "age"          // whole years
	Income      = "income"
	Interests   = "interests"
	Culture     = "culture" // schooling and customs
)

// Fields lists them in the order in which they are shown.
var Fields = []string{IDNumber, BankAccount, Age, Income, Interests, Culture}

// Known says whether a word is one of the fields.
func Known(field string) bool { return slices.Contains(Fields, field) }

// ByLaw says whether a field is sensitive personal information by law, so that
// the person must have agreed to this very use of it (arts. 28, 29). Bank
// accounts, identity numbers and income are.
func ByLaw(field string) bool { return field == IDNumber || field == BankAccount || field == Income }

// OfClient says whether a field makes sense for the client itself, which may be
// a company; the others are about people only.
func OfClient(field string) bool { return field == IDNumber || field == BankAccount }

// Bases are the grounds on which a field may be collected (art. 13).
var Bases = []string{"consent", "contract", "law"}

// MaxPurpose is how many characters a purpose has at most, MaxValue a value.
const (
	MaxPurpose = 100
	MaxValue   = 200
)

// Use is what head office decided about one field.
type Use struct {
	On      bool   `json:"on"`
	Purpose string `json:"purpose"`
	Basis   string `json:"basis"`
}

// Rule is what head office decided about each field, dated like every rule; a
// field that is not in it is off.
type Rule map[string]Use

// On lists the fields in use.
func (r Rule) On() []string {
	return slices.DeleteFunc(slices.Clone(Fields), func(f string) bool { return !r[f].On })
}

// Fault says what is wrong with a use or a value.
type Fault string

// What can be wrong.
const (
	Fine        Fault = ""
	NoPurpose   Fault = "purpose" // switched on without saying what for
	LongPurpose Fault = "long"
	NoBasis     Fault = "basis"
	NotAnID     Fault = "id"   // no identity number, or its check digit is wrong
	NotABank    Fault = "bank" // not 8 to 30 digits
	NotAnAge    Fault = "age"  // not 1 to 120
	TooLong     Fault = "too_long"
	Nothing     Fault = "nothing"
)

// CheckUse says whether a field may be switched on like this. What is off needs
// nothing.
func CheckUse(u Use) Fault {
	n := utf8.RuneCountInString(strings.TrimSpace(u.Purpose))
	switch {
	case !u.On:
		return Fine
	case n < 2:
		return NoPurpose
	case n > MaxPurpose:
		return LongPurpose
	case !slices.Contains(Bases, u.Basis):
		return NoBasis
	}
	return Fine
}

// Clean returns a value as it is kept, and what is wrong with it.
func Clean(field, value string) (string, Fault) {
	value = strings.TrimSpace(value)
	switch {
	case value == "":
		return "", Nothing
	case utf8.RuneCountInString(value) > MaxValue:
		return value, TooLong
	}
	switch field {
	case IDNumber:
		value = strings.ToUpper(strings.Map(dropSpace, value))
		if !validID(value) {
			return value, NotAnID
		}
	case BankAccount:
		value = strings.Map(dropSpace, value)
		if len(value) < 8 || len(value) > 30 || strings.Trim(value, "0123456789") != "" {
			return value, NotABank
		}
	case Age:
		n, err := strconv.Atoi(value)
		if err != nil || n < 1 || n > 120 {
			return value, NotAnAge
		}
		value = strconv.Itoa(n)
	}
	return value, Fine
}

func dropSpace(r rune) rune {
	if r == ' ' || r == '-' || r == '　' {
		return -1
	}
	return r
}

// validID checks the 18 places of a resident identity number by their check
// digit (GB 11643).
func validID(s string) bool {
	if len(s) != 18 || strings.Trim(s[:17], "0123456789") != "" {
		return false
	}
	sum, weight := 0, 1
	for i := 16; i >= 0; i-- {
		weight = weight * 2 % 11
		sum += int(s[i]-'0') * weight
	}
	return s[17] == "10X98765432"[sum%11]
}
