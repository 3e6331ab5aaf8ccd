// Package ui owns the small parts of which every page is made: fields,
// buttons, badges, tables, dialogs. Props in, HTML out. It does not know
// customers or visits, reads no clock and fetches nothing; every text in the
// props is already in the reader's language.
//
// A part that many pages use is marked //go:noinline, here and in the pages:
// else the compiler writes its whole markup into every place that calls it,
// which made the program two million bytes larger and no page faster.
package ui

import (
	"strconv"

	"github.com/a-h/templ"

	"yike/static"
)

// Errors maps a field's name to the sentence that stands below it.
type Errors map[string]string

// Add notes a fault of a field unless it already has one.
func (e Errors) Add(field, sentence string) {
	if e[field] == "" {
		e[field] = sentence
	}
}

// Any reports whether there is at least one fault.
func (e Errors) Any() bool { return len(e) > 0 }

// FieldLabel pairs a field's name with the label it carries on the form.
type FieldLabel struct{ Name, Label string }

// ErrorSummaryProps lists the faults on top of a form, in the order of Fields,
// each a link to its field. A fault whose field is not in Fields (such as "" for
// the whole form) is shown as a sentence. Without faults nothing is drawn.
type ErrorSummaryProps struct {
	Title  string // "" says how many places are to be changed
	Errors Errors
	Fields []FieldLabel
}

func (p ErrorSummaryProps) listed() []FieldLabel {
	var out []FieldLabel
	for _, f := range p.Fields {
		if p.Errors[f.Name] != "" {
			out = append(out, f)
		}
	}
	return out
}

func (p ErrorSummaryProps) rest() string {
	known := map[string]bool{}
	for _, f := range p.Fields {
		known[f.Name] = true
	}
	first := ""
	for name, sentence := range p.Errors {
		if !known[name] && (first == "" || sentence < first) {
			first = sentence
		}
	}
	return first
}

// ID returns the id of a field's control, which links and labels refer to.
func ID(name string) string { return "f-" + name }

// FieldProps is one line of typed text. Type "" means text; "password" gets a
// button that shows what was typed. Max is in characters, 0 for no limit.
type FieldProps struct {
	ID, Name, Label, Value, Type, Hint, Error      string
	Placeholder, Autocomplete, InputMode, List     string
	Unit                                           string // stands inside at the right: 天, 元
	Optional                                       string // stands beside the label: 可不填
	Class                                          string
	Required, Autofocus, Readonly, Disabled, Small bool
	Max                                            int
	Attrs                                          templ.Attributes
}

// TextAreaProps is typed text of several lines. Fill holds phrases that a
// press adds to the text.
type TextAreaProps struct {
	ID, Name, Label, Value, Hint, Error, Placeholder, Optional, Class string
	Rows, Max                                                         int
	Required, Autofocus, Readonly                                     bool
	Fill                                                              []string
	Attrs                                                             templ.Attributes
}

// Option is one choice. Group puts choices of a select under a heading; equal
// groups must be neighbours.
type Option struct {
	Value, Label, Icon, Hint, Group string
	Disabled                        bool
}

// SelectProps is a drop-down. Prompt is the empty choice on top ("" for none).
// Auto sends the form as soon as the choice changes.
type SelectProps struct {
	ID, Name, Label, Value, Hint, Error, Prompt, Optional, Class string
	Options                                                      []Option
	Required, Autofocus, Disabled, Small, Auto                   bool
	Attrs                                                        templ.Attributes
}

// FindProps is a field in which one of many is looked for by typing. Value is
// what is chosen and Text how it reads; without script the text alone is sent
// and the server says whom it means. Href answers "&q=…" with Found; With names
// a field of the form whose value goes along.
type FindProps struct {
	ID, Name, Label, Value, Text, Hint, Error, Placeholder, Optional string
	Href, With                                                       string
	Bare                                                             bool // the label is for those who do not see the page
}

// FindText is the name under which a Find field sends its text.
func FindText(name string) string { return name + "_text" }

// FoundProps is what a search in a Find field offers; More says that there are
// others. An option's Hint stands beside its label and belongs to its text.
type FoundProps struct {
	Options []Option
	More    bool
}

func foundText(o Option) string {
	if o.Hint == "" {
		return o.Label
	}
	return o.Label + " · " + o.Hint
}

type optionGroup struct {
	label   string
	options []Option
}

func (p SelectProps) groups() []optionGroup {
	var out []optionGroup
	for _, o := range p.Options {
		if len(out) == 0 || out[len(out)-1].label != o.Group {
			out = append(out, optionGroup{label: o.Group})
		}
		g := &out[len(out)-1]
		g.options = append(g.options, o)
	}
	return out
}

// PickProps shows few choices as tiles. Multi allows several (Values); Tiles is
// the number of equal columns of large tiles, 0 for a flowing row.
type PickProps struct {
	Name, Label, Value, Hint, Error, Optional string
	Values                                    []string
	Options                                   []Option
	Multi, Required, Autofocus                bool
	Tiles                                     int
	Attrs                                     templ.Attributes
}

func (p PickProps) chosen(v string) bool {
	if !p.Multi {
		return p.Value == v
	}
	for _, have := range p.Values {
		if have == v {
			return true
		}
	}
	return false
}

func (p PickProps) kind() string {
	if p.Multi {
		return "checkbox"
	}
	return "radio"
}

func (p PickProps) class() string {
	switch {
	case p.Tiles >= 5:
		return "pick tiles t5"
	case p.Tiles == 4:
		return "pick tiles t4"
	case p.Tiles == 3:
		return "pick tiles tiles-3"
	case p.Tiles == 2:
		return "pick tiles tiles-2"
	}
	return "pick"
}

// CheckProps is one box to tick; Value "" sends "1".
type CheckProps struct {
	ID, Name, Label, Value, Hint, Error string
	Checked, Required, Disabled         bool
	Attrs                               templ.Attributes
}

// DateProps is a day ("2026-12-28"); Type may also be "month", "time" or
// "datetime-local". Min and Max are in the same form as Value.
type DateProps struct {
	ID, Name, Label, Value, Min, Max, Hint, Error, Optional, Type, Class string
	Required, Autofocus, Readonly                                        bool
	Attrs                                                                templ.Attributes
}

// ChipsProps shows the filters in force, each with a link that removes it.
type ChipsProps struct {
	Label     string // of the group, for screen readers
	Items     []Chip
	ClearHref string // removes all; "" for no such link
}

// Chip is one filter: Label "分级", Value "A、B".
type Chip struct{ Label, Value, RemoveHref string }

// ButtonProps is a button. Kind is "", "primary", "quiet", "danger" or
// "danger-solid"; Size "", "sm" or "lg"; Type "" is submit. An icon alone needs
// Label. Dialog is the id of the dialog it opens; Key the shortcut shown on it.
type ButtonProps struct {
	Text, Label, Kind, Icon, Type, Name, Value, Size, Key, Dialog, Form, FormAction, Class string
	Wide, Disabled                                                                         bool
	Attrs                                                                                  templ.Attributes
}

// LinkProps is a link that looks like a button, with the same kinds and sizes.
type LinkProps struct {
	Text, Label, Href, Kind, Icon, Size, Key, Class string
	Wide                                            bool
	Attrs                                           templ.Attributes
}

func buttonClass(kind, size, class string, wide, iconOnly bool) string {
	s := "btn"
	switch kind {
	case "primary", "quiet", "danger", "danger-solid":
		s += " btn-" + kind
	}
	switch size {
	case "sm", "lg":
		s += " btn-" + size
	}
	if iconOnly {
		s += " btn-icon"
	}
	if wide {
		s += " w-full"
	}
	if class != "" {
		s += " " + class
	}
	return s
}

// stageIcons holds the words StageBadge knows, each with its icon; another word
// gets a dotted ring.
var stageIcons = map[string]string{
	"potential": "circle-dotted",
	"new":       "seedling",
	"growing":   "trending-up",
	"mature":    "arrow-narrow-right",
	"declining": "trending-down",
	"lost":      "user-off",
	"won_back":  "arrow-back-up",
}

func stageIcon(word string) string {
	if icon, ok := stageIcons[word]; ok {
		return icon
	}
	return "circle-dotted"
}

func stageClass(word string) string {
	switch stageIcon(word) {
	case "trending-down":
		return "stage stage-down"
	case "user-off":
		return "stage stage-lost"
	}
	return "stage"
}

func dueClass(state string) string {
	switch state {
	case "over", "soon", "done", "none":
		return "due due-" + state
	}
	return "due due-ok"
}

func dueIcon(state string) string {
	switch state {
	case "over":
		return "alert-octagon"
	case "soon":
		return "clock-exclamation"
	case "done":
		return "check"
	case "none":
		return "minus"
	}
	return "circle-check"
}

func verdictClass(kind string) string {
	switch kind {
	case "create":
		return "verdict v-new"
	case "update":
		return "verdict v-upd"
	case "error":
		return "verdict v-err"
	}
	return "verdict v-skip"
}

func verdictIcon(kind string) string {
	switch kind {
	case "create":
		return "plus"
	case "update":
		return "refresh"
	case "error":
		return "alert-octagon"
	}
	return "arrow-bar-to-right"
}

// TagProps is a small label. Kind is "", "risk", "soon", "ok", "brand" or "line".
type TagProps struct{ Text, Kind, Icon, Title string }

func tagClass(kind string) string {
	switch kind {
	case "risk", "soon", "ok", "brand", "line":
		return "tag tag-" + kind
	}
	return "tag"
}

// Column is one head of a table. Sort is "ascending", "descending" or "" for
// not sorted by it; Href sorts by it. Right is for figures. Hidden heads are read out
// only. All puts a box there that selects every row of the page. Title says on
// hover what the column means.
type Column struct {
	Label, Href, Sort, Class, Title string

	Right, Hidden, All bool
}

// TableProps is a table whose rows are the children: tr, th and td written with
// role="row", "rowheader" and "cell", so that the roles survive when the rows
// become cards on a phone. With Cards a td may carry data-label, its head on the
// card. Keys lets j, k, x and Enter move in it. Sticky keeps the head in sight.
type TableProps struct {
	ID, Caption, Class  string
	Columns             []Column
	Sticky, Keys, Cards bool
}

func (p TableProps) class() string {
	s := "tb"
	if p.Sticky {
		s += " sticky"
	}
	if p.Cards {
		s += " cards"
	}
	if p.Class != "" {
		s += " " + p.Class
	}
	return s
}

func (c Column) class() string {
	s := c.Class
	if c.Right {
		s += " r"
	}
	if c.All {
		s += " ck"
	}
	return s
}

func sortIcon(sort string) string {
	if sort == "descending" {
		return "arrow-down"
	}
	return "arrow-up"
}

// RowBoxProps is the box that selects a row for the bulk bar; Label names the
// row for screen readers.
type RowBoxProps struct {
	Name, Value, Label, Form string
	Checked                  bool
}

// PagerProps pages by key: an address left "" is drawn as not available.
// Text says where we are: 第 1–50 位，共 1,286 位.
type PagerProps struct{ First, Prev, Next, Text string }

// BulkBarProps is the bar that appears when rows are selected. Before and After
// stand around the number: 已选 3 位.
type BulkBarProps struct{ Before, After, Clear string }

// EmptyProps says why there is nothing and what to do about it.
type EmptyProps struct {
	Title, Text, Href, LinkText, Icon string
	MoreHref, MoreText                string // a second, quieter way out
}

// DialogProps is a dialog opened by any element with data-dialog="ID"; with
// Open it stands open in the page (used without script and after a fault).
type DialogProps struct {
	ID, Title string
	Open      bool
}

// PanelProps is a sheet with a head. Flush leaves out the padding, for tables
// and lists that reach the edge.
type PanelProps struct {
	ID, Title, Sub, Href, LinkText, Class string
	Flush                                 bool
}

// StatProps is a figure that leads to the list behind it. Kind is "" or "over".
type StatProps struct{ Label, Value, Unit, Note, Href, Icon, Kind, Title string }

// ProgressProps shows how far long work has come. Max 0 means not yet known.
type ProgressProps struct {
	Label, Text, Note string
	Value, Max        int64
}

func (p ProgressProps) percent() string {
	if p.Max <= 0 {
		return ""
	}
	v := min(max(p.Value, 0), p.Max)
	return strconv.FormatInt(v*100/p.Max, 10) + "%"
}

// MenuProps is a button with a list below it, open without script. Label names
// it; Text is shown (or Icon alone). The children are MenuLink and the like.
type MenuProps struct{ Label, Text, Icon, Kind, Class string }

// MenuLinkProps is one line of a menu.
type MenuLinkProps struct {
	Text, Href, Icon, Key string
	Current               bool
}

// TimelineProps is one event. Kind is "", "over" or "brand"; When is for the
// eye (3 天前), Full is shown on hover, ISO is for machines.
type TimelineProps struct{ Icon, Kind, Title, Href, Who, When, Full, ISO string }

// ToastProps is a short message that goes away. Kind is "ok", "soon" or "over";
// UndoURL becomes a form button 撤销.
type ToastProps struct{ Kind, Text, Href, LinkText, UndoURL string }

func toastClass(kind string) string {
	switch kind {
	case "over", "soon":
		return "toast-y bad"
	}
	return "toast-y"
}

func noteIcon(kind string) string {
	switch kind {
	case "ok":
		return "circle-check"
	case "soon":
		return "clock-exclamation"
	case "over":
		return "alert-octagon"
	}
	return "info-circle"
}

func noteClass(kind string) string {
	switch kind {
	case "ok", "soon", "over", "brand":
		return "note note-" + kind
	}
	return "note"
}

// HeadProps is the head of a page: its name, and what is shown in a few words.
// BackHref leads one level up.
type HeadProps struct{ Title, Sub, BackHref, BackText string }

func iconHref(name string) string { return static.Path("icons.svg") + "#" + name }

// describedBy lists the ids of the hint and of the error, as far as they exist.
func describedBy(id, hint, fault string) string {
	s := ""
	if hint != "" {
		s = id + "-h"
	}
	if fault != "" {
		if s != "" {
			s += " "
		}
		s += id + "-e"
	}
	return s
}

func controlClass(base, fault, class string, small bool) string {
	if small {
		base += " sm"
	}
	if fault != "" {
		base += " is-invalid"
	}
	if class != "" {
		base += " " + class
	}
	return base
}

func idOr(id, name string) string {
	if id != "" {
		return id
	}
	return ID(name)
}

func or(s, other string) string {
	if s != "" {
		return s
	}
	return other
}
