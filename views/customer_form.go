package views

import (
	"context"
	"net/url"
	"slices"
	"strconv"

	"github.com/a-h/templ"

	"yike/policy/profile"
	"yike/views/lang"
	"yike/views/ui"
)

// CustomerForm is the form of a customer file, new or known. Values holds what
// was typed, by field name; Fixed holds, by field name, the shown value of a
// field that this person may not change. Doubts are remarks on what was read
// out of a pasted text.
type CustomerForm struct {
	ID, Action, Version, Key string // ID is "" for a new file
	Values                   map[string]string
	Phones, Tags             []string
	NewTags                  bool // may make tags
	Fixed                    map[string]string
	Hidden                   HiddenFields
	Guarded                  bool // the file is masked to this person, but for what was shown to them
	Known                    int  // how many of Phones stand on file, for one who does not see them all; they are named by their place
	Errors, Doubts           ui.Errors
	Branches                 []ui.Option
	Owner, Clerk             ui.FindProps
	Sent                     url.Values // as it was sent
	TagOptions               []ui.Option
	Place                    PlacePick
	Duplicates               DuplicateList
	Snippet, Sender          string
	CodeHint                 string
	MaxDay                   string
	Must                     []string // fields that the data-entry standard says must be there, of this kind
}

func (f CustomerForm) must(field string) bool { return slices.Contains(f.Must, field) }

// PlacePick is the place of an address: what was recognised in the line, and
// the selects by which it is corrected. Line is the address the selects belong
// to.
type PlacePick struct {
	Line                         string
	Province, City, District     string // codes
	Provinces, Cities, Districts []ui.Option
	Note                         string // what was understood, or what is to be chosen
	Doubt                        bool
	Errors                       ui.Errors
}

// DuplicateList is what is on file already. Ask shows the box that confirms a
// new file all the same.
type DuplicateList struct {
	Items     []DuplicateLine
	Ask       bool
	Confirmed bool
	Fault     string
}

// DuplicateLine is one file: Href and Name only where the reader may open it.
type DuplicateLine struct{ Name, Href, Who, Why string }

func (f CustomerForm) isNew() bool { return f.ID == "" }

// draft names what is kept of an unsent form. It belongs to one version of the
// file: put back onto a newer one it would undo what others wrote.
func (f CustomerForm) draft() string {
	if f.isNew() {
		return "customer-new"
	}
	return "customer-" + f.ID + "-" + f.Version
}

func (f CustomerForm) back() string {
	if f.isNew() {
		return "/customers"
	}
	return "/customers/" + f.ID
}

// private keeps what was shown for a purpose out of what the browser keeps of
// an unsent form.
func (f CustomerForm) private() templ.Attributes {
	return templ.Attributes{"data-no-draft": f.Guarded}
}

func (f CustomerForm) phoneAttrs(i int) templ.Attributes {
	return templ.Attributes{"data-dup": true, "data-no-draft": f.Guarded && i < f.Known}
}

func (f CustomerForm) may(name string) bool { _, fixed := f.Fixed[name]; return !fixed }

// hint is the doubt about a field if there is one, or its usual hint.
func (f CustomerForm) hint(name, usual string) string {
	if d := f.Doubts[name]; d != "" {
		return d
	}
	return usual
}

// class marks a field that was filled in from a pasted text and is doubtful.
func (f CustomerForm) class(name string) string {
	if f.Doubts[name] != "" {
		return "doubt"
	}
	return ""
}

// phoneRows are the numbers with an empty row at the end, three at least.
func (f CustomerForm) phoneRows() []string {
	rows := slices.Clone(f.Phones)
	for len(rows) < 3 || len(rows) < profile.MaxPhones && (rows[len(rows)-1] != "" || len(rows) <= f.Known) {
		rows = append(rows, "")
	}
	return rows
}

// opens says whether a folded group must stand open: it has a fault or a doubt.
func (f CustomerForm) opens(names ...string) bool {
	return slices.ContainsFunc(names, func(n string) bool { return f.Errors[n] != "" || f.Doubts[n] != "" })
}

// filled counts what is filled in among the fields of a folded group, for its
// head.
func (f CustomerForm) filled(ctx context.Context, names ...string) string {
	n := 0
	for _, name := range names {
		if v := f.Values[name]; v != "" && v != "0" || f.Hidden.Has(name) {
			n++
		}
	}
	if n == 0 {
		return lang.T(ctx, "没填")
	}
	return lang.T(ctx, "已填 %d 项", n)
}

var (
	orgFields      = []string{"usage", "nature", "size", "power", "industry", "business_type", "credit_code", "founded_on"}
	contractFields = []string{"terms", "terms_days", "credit_limit", "account_no", "monthly_pieces", "contract_no", "contract_from", "contract_to"}
	sourceFields   = []string{"source", "channel", "filed_on", "screen_place", "screen_profit", "screen_staff", "screen_culture"}
	otherFields    = []string{"stage", "state", "code", "wechat", "email", "remark", "tags"}
)

func scoreOptions(ctx context.Context) []ui.Option {
	out := []ui.Option{{Value: "0", Label: lang.T(ctx, "没看")}}
	for i := 1; i <= 5; i++ {
		out = append(out, ui.Option{Value: strconv.Itoa(i), Label: strconv.Itoa(i)})
	}
	return out
}

func classOptions(ctx context.Context) []ui.Option {
	out := []ui.Option{{Value: "", Label: lang.T(ctx, "先不定")}}
	for _, c := range profile.Classes {
		out = append(out, ui.Option{Value: c, Label: ClassWord(ctx, c)})
	}
	return out
}

func (f CustomerForm) stages(ctx context.Context) []ui.Option {
	if f.isNew() && !f.may("class") {
		return WordOptions(ctx, profile.FirstStages, StageWord)
	}
	return StageOptions(ctx)
}

// phoneInput names the input of a number: one on file, for a person who does not
// see all of them, by its place.
func phoneInput(i, known int) string {
	if i < known {
		return "phone." + strconv.Itoa(i)
	}
	return "phone"
}

func phoneName(i int) string { return "phone-" + strconv.Itoa(i) }

func phoneLabel(ctx context.Context, i int) string {
	if i == 0 {
		return lang.T(ctx, "电话")
	}
	return lang.T(ctx, "电话 %d", i+1)
}

func or0(v string) string {
	if v == "" {
		return "0"
	}
	return v
}

func duplicatesHref(f CustomerForm) string {
	if f.isNew() {
		return "/customers/duplicates"
	}
	return "/customers/duplicates?except=" + f.ID
}

func placeAttrs() templ.Attributes {
	return templ.Attributes{"hx-get": "/customers/place", "hx-trigger": "change", "hx-target": "#place", "hx-swap": "outerHTML",
		"hx-include": "#place", "hx-params": "province,city,district,place_line"}
}
