package views

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"yike/policy/festival"
	"yike/policy/message"
	"yike/policy/profile"
	"yike/views/lang"
	"yike/views/ui"
)

// ContactsPanel is the sheet of a customer's contacts, with the form of one of
// them when it is being written.
type ContactsPanel struct {
	Customer string // id
	CanEdit  bool
	Items    []ContactLine
	Form     *ContactForm
}

// ContactLine is one contact. What the reader may not see is masked already;
// a masked number has no link.
type ContactLine struct {
	ID, Version, Name, Initial, Position string
	Primary                              bool
	Phones                               []PhoneLine
	WeChat, Email, Remark                string
	RevealWeChat, RevealEmail            *Reveal // nil when there is nothing to ask for
	RevealRemark                         *Reveal
	Birthday                             string // in words
	Ways                                 string // by which to reach them, in words
	Next                                 Moment // when it is kept next
	Soon                                 bool   // within a week
	Said                                 []ConsentChip
	SayHref                              string // where an answer is written down; "" = may not
}

// PhoneLine is a number for eyes and, where the reader may see it in full, the
// link that calls it; where it is masked and they may ask for it, how.
type PhoneLine struct {
	Text, Href string
	Reveal     *Reveal
}

// ContactForm is the form of one contact; ID is "" for a new one.
type ContactForm struct {
	ID, Version, Key string
	Values           map[string]string
	Phones           []string
	Errors           ui.Errors
	Hidden           HiddenFields
	Ways             []string    // by which to reach them, the main one first
	OwnWays          []ui.Option // the company's own to tick
	Known            int         // as CustomerForm.Known
	Clash            string      // said when somebody changed it meanwhile
}

func (p ContactsPanel) base() string { return "/customers/" + p.Customer + "/contacts" }

func (p ContactsPanel) action() string {
	if p.Form.ID == "" {
		return p.base()
	}
	return p.base() + "/" + p.Form.ID
}

func (f ContactForm) phoneRows() []string {
	rows := append([]string{}, f.Phones...)
	for len(rows) < 2 || len(rows) < profile.MaxPhones && (rows[len(rows)-1] != "" || len(rows) <= f.Known) {
		rows = append(rows, "")
	}
	return rows
}

func (p ContactsPanel) hidden(c ContactLine) bool { return p.Form != nil && p.Form.ID == c.ID }

// BirthdayWords writes a birthday as people say it: 1月9日, 农历八月十五.
func BirthdayWords(ctx context.Context, b festival.Birthday) string {
	if b.Month == 0 {
		return ""
	}
	year := ""
	if b.Year != 0 {
		year = strconv.Itoa(b.Year)
	}
	if b.Lunar {
		words := festival.MonthWords(b.Month, b.Leap) + festival.DayWords(b.Day)
		if year != "" {
			return lang.T(ctx, "农历 %s 年%s", year, words)
		}
		return lang.T(ctx, "农历%s", words)
	}
	if year != "" {
		return lang.T(ctx, "%s年%d月%d日", year, b.Month, b.Day)
	}
	return lang.T(ctx, "%d月%d日", b.Month, b.Day)
}

// way is what stands at a place of a contact's order of ways, "" for nothing.
func (f ContactForm) way(i int) string {
	if i < len(f.Ways) && slices.Contains(message.Ways, f.Ways[i]) {
		return f.Ways[i]
	}
	return ""
}

// WaysWord says in which order a contact is to be reached: 首选微信，其次电话、短信.
func WaysWord(ctx context.Context, ways []string) string {
	var known, own []string
	for _, w := range ways {
		if name, mine := message.OwnWayName(w); mine {
			own = append(own, name)
		} else {
			known = append(known, WayWord(ctx, w))
		}
	}
	var out []string
	if len(known) > 0 {
		out = append(out, lang.T(ctx, "首选%s", known[0]))
	}
	if len(known) > 1 {
		out = append(out, lang.T(ctx, "其次%s", strings.Join(known[1:], lang.T(ctx, "、"))))
	}
	if len(own) > 0 {
		out = append(out, lang.T(ctx, "还可以%s", strings.Join(own, lang.T(ctx, "、"))))
	}
	return strings.Join(out, lang.T(ctx, "，"))
}

func contactWays(ctx context.Context) []ui.Option {
	var out []ui.Option
	for _, w := range message.Ways {
		out = append(out, ui.Option{Value: w, Label: WayWord(ctx, w)})
	}
	return out
}

func wayLabel(ctx context.Context, i int) string {
	if i == 0 {
		return lang.T(ctx, "首选")
	}
	return lang.T(ctx, "第 %d 选", i+1)
}

func contactLabels(ctx context.Context) []ui.FieldLabel {
	var out []ui.FieldLabel
	for _, name := range []string{"name", "position", "phone-0", "phone-1", "phone-2", "phone-3", "phone-4", "phone-5", "wechat", "email", "birthday", "ways", "remark"} {
		label := FieldWord(ctx, name)
		if name == "name" {
			label = lang.T(ctx, "姓名")
		}
		out = append(out, ui.FieldLabel{Name: "c-" + name, Label: label})
	}
	return out
}

// contactErrors names the faults after the ids of the contact form, which may
// stand beside other forms.
func contactErrors(errs ui.Errors) ui.Errors {
	out := ui.Errors{}
	for name, sentence := range errs {
		out["c-"+name] = sentence
	}
	return out
}

func monthOptions(ctx context.Context) []ui.Option {
	var out []ui.Option
	for m := 1; m <= 12; m++ {
		out = append(out, ui.Option{Value: strconv.Itoa(m), Label: lang.T(ctx, "%d 月", m)})
	}
	return out
}

func dayOptions(ctx context.Context) []ui.Option {
	var out []ui.Option
	for d := 1; d <= 31; d++ {
		out = append(out, ui.Option{Value: strconv.Itoa(d), Label: lang.T(ctx, "%d 日", d)})
	}
	return out
}

func birthdayID(prefix string) string {
	if prefix == "" {
		return "c-birthday"
	}
	return "birthday"
}
