// Package settings lists the dated rules that a company sets: which there are,
// and which of them a branch may set for itself while head office leaves them
// open. It knows neither their values nor who may set them.
package settings

import (
	"slices"
	"strings"
)

// Setting is one dated rule.
type Setting struct {
	Key      string // as it stands among the rules
	Path     string // of the page on which it is set and its versions are listed
	Override bool   // a branch may have its own; false: one for the whole company
}

// All lists the settings in the order of the page. A new one is a line here,
// its words in views and the permission that sets it in handlers.
var All = []Setting{
	{"cadence", "/rules/cadence", true},
	{"classes", "/rules/classes", true},
	{"rfm", "/rules/rfm", true},
	{"tags", "/rules/tags", true},
	{"segments", "/rules/segments", true},
	{"standard", "/rules/standard", true},
	{"radar", "/rules/radar", true},
	{"tracking", "/rules/tracking", true},
	{"parcel_cases", "/rules/parcel-cases", true},
	{"privacy", "/rules/privacy", false},
	{"signin", "/rules/signin", false},
	{"audit", "/rules/audit", false},
	{"recipients", "/rules/recipients", false},
	{"retention", "/retention", false},
	{"consent", "/rules/consent", false},
	{"sensitive", "/rules/sensitive", false},
	{"receivables", "/rules/receivables", true},
	{"greetings", "/rules/greetings", true},
	{"occasions", "/rules/occasions", false},
	{"sending", "/rules/sending", true},
	{"ratings", "/rules/ratings", true},
	{"form", "/rules/forms", false},
	{"form_quota", "/rules/form-quota", true},
	{"holidays", "/rules/holidays", false},
	{"clocks", "/rules/clocks", true},
	{"hours", "/rules/hours", true},
	{"guide", "/rules/guide", true},
	{"targets", "/rules/targets", true},
	{"rankings", "/rules/rankings", true},
	{"scores", "/rules/scores", true},
}

// lockPrefix begins the name of the rule that says whether a setting is locked.
const lockPrefix = "lock."

// Lock is the name, among the rules, of the one that locks a setting. Its value
// is LockedValue or OpenValue; before anybody set it the setting is open.
func Lock(key string) string { return lockPrefix + key }

// Values of the rule that locks a setting.
const (
	LockedValue = "true"
	OpenValue   = "false"
)

// Follows is the value of a branch's version that ends its own rule: from its
// day on what holds above it holds for the branch again.
const Follows = "follows"

// LockedBy is the setting that a rule locks, "" when the rule is no lock.
func LockedBy(rule string) string {
	key, ok := strings.CutPrefix(rule, lockPrefix)
	if !ok {
		return ""
	}
	return key
}

// ByKey returns the setting of that key.
func ByKey(key string) (Setting, bool) {
	i := slices.IndexFunc(All, func(s Setting) bool { return s.Key == key })
	if i < 0 {
		return Setting{}, false
	}
	return All[i], true
}
