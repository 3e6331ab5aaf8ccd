package mask

import (
	"slices"
	"unicode/utf8"

	"yike/policy/unusual"
)

// The fields that can be revealed, one at a time.
const (
	FieldPhone   = "phone"
	FieldWeChat  = "wechat"
	FieldEmail   = "email"
	FieldAddress = "address"
	FieldRemark  = "remark" // what somebody wrote, where Text hides something in it
)

// Fields lists them.
var Fields = []string{FieldPhone, FieldWeChat, FieldEmail, FieldAddress, FieldRemark}

// The purposes for which a field may be revealed.
const (
	ToCall      = "call"      // 打电话联系客户
	ToVerify    = "verify"    // 核对信息
	ToSettle    = "complaint" // 处理投诉
	ForAnything = "other"     // 其他, in words
)

// Purposes lists them in the order of the form.
var Purposes = []string{ToCall, ToVerify, ToSettle, ForAnything}

// MaxNote is how many characters a purpose in one's own words may have.
const MaxNote = 100

// PurposeFault says what is wrong with a stated purpose.
type PurposeFault string

// What can be wrong.
const (
	PurposeFine    PurposeFault = ""
	PurposeMissing PurposeFault = "missing" // none of the list
	NoteMissing    PurposeFault = "note"    // 其他 without saying what
	NoteLong       PurposeFault = "long"    // more than MaxNote characters
)

// CheckPurpose says whether a purpose is one that goes on record.
func CheckPurpose(purpose, note string) PurposeFault {
	switch {
	case !slices.Contains(Purposes, purpose):
		return PurposeMissing
	case utf8.RuneCountInString(note) > MaxNote:
		return NoteLong
	case purpose == ForAnything && utf8.RuneCountInString(note) < 2:
		return NoteMissing
	}
	return PurposeFine
}

// Caps are how much a person may take out on one business day.
type Caps struct {
	Reveals int `json:"reveals"` // masked fields shown
	Rows    int `json:"rows"`    // rows in exported files
}

// Rule is what head office decided about looking at personal data (R244): the
// daily caps by role, the watermark, and from where on looking is unusual.
type Rule struct {
	Watermark bool            `json:"watermark"`
	Caps      map[string]Caps `json:"caps"` // by role; what is not named has Usual
	Unusual   unusual.Limits  `json:"unusual"`
}

// Usual are the caps of a role that a rule does not name.
var Usual = Caps{Reveals: 30, Rows: 2000}

// MostCap bounds a cap that somebody sets.
const MostCap = 1_000_000

// DefaultRule holds until head office sets another. Those who work through
// lists on a desk may take more out than those who carry a phone; nobody is
// without a bound.
func DefaultRule() Rule {
	return Rule{
		Watermark: true,
		Unusual:   unusual.Default(),
		Caps: map[string]Caps{
			"administrator":      {100, 1_000_000},
			"head_office":        {60, 500_000},
			"regional_manager":   {60, 200_000},
			"branch_manager":     {60, 50_000},
			"service_supervisor": {60, 10_000},
			"account_manager":    {30, 2000},
			"sales_rep":          {30, 2000},
			"service_clerk":      {60, 2000},
			"courier":            {0, 0},
			"analyst":            {0, 0},
			"auditor":            {60, 50_000},
		},
	}
}

// CapsOf returns what a person with these roles may take out a day: of each the
// most that one of the roles allows.
func (r Rule) CapsOf(roles ...string) Caps {
	out := Caps{}
	for _, role := range roles {
		c, ok := r.Caps[role]
		if !ok {
			c = Usual
		}
		out.Reveals, out.Rows = max(out.Reveals, c.Reveals), max(out.Rows, c.Rows)
	}
	return out
}
