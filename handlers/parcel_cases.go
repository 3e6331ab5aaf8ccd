package handlers

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"yike/db"
	"yike/policy"
	"yike/policy/casework"
	"yike/policy/mask"
	"yike/policy/reply"
	"yike/policy/tracking"
	"yike/views"
	"yike/views/lang"
)

// alertDays is how many days the figures of who called first go back.
const alertDays = 30

// parcelCaseSaid says the rule of cases of parcels in one line; "" is the
// default.
func parcelCaseSaid(ctx context.Context, value string) (string, error) {
	rule := tracking.DefaultCases()
	if value != "" {
		rule = tracking.CaseRule{}
		if err := json.Unmarshal([]byte(value), &rule); err != nil {
			return "", err
		}
	}
	var on []string
	for _, trouble := range tracking.Troubles() {
		if rule.Rows[trouble].On {
			on = append(on, views.FlagWord(ctx, trouble))
		}
	}
	if len(on) == 0 {
		return lang.T(ctx, "包裹出了问题只提醒，不开工单"), nil
	}
	return lang.T(ctx, "%s：开工单，先打给客户；%d 天以前的不开", joined(ctx, on), rule.Days), nil
}

func joined(ctx context.Context, list []string) string {
	out := ""
	for i, s := range list {
		if i > 0 {
			out += lang.T(ctx, "、")
		}
		out += s
	}
	return out
}

// parcelCaseForm shows which trouble of a parcel opens a case.
func (h *Handlers) parcelCaseForm(w http.ResponseWriter, r *http.Request) error {
	branch, err := h.ruleBranch(r, policy.CaseRead, query(r, "branch"))
	if err != nil {
		return err
	}
	rule, row, err := h.db.ParcelCaseRule(r.Context(), branch, h.today())
	if err != nil {
		return err
	}
	f := views.ParcelCaseForm{RuleFrame: h.newFrame(branch), Days: strconv.Itoa(rule.Days)}
	for _, trouble := range tracking.Troubles() {
		x := rule.Rows[trouble]
		f.Rows = append(f.Rows, views.ParcelCaseRow{Trouble: trouble, On: x.On, Severity: cmp.Or(x.Severity, casework.Minor), Classes: x.Classes, Sensitive: x.Sensitive, Script: x.Script})
	}
	return h.showParcelCases(w, r, http.StatusOK, f, row)
}

func (h *Handlers) showParcelCases(w http.ResponseWriter, r *http.Request, status int, f views.ParcelCaseForm, row db.RuleRow) error {
	ctx, a := r.Context(), actorOf(r)
	f.CanEdit, f.Branches = h.maySetRule(a, policy.CaseRule, db.ParseID(f.Branch)), h.ruleBranches(ctx, a.Scope(policy.CaseRead))
	var err error
	if f.Said, err = parcelCaseSaid(ctx, row.Value); err != nil {
		return err
	}
	if err := h.fillFrame(ctx, &f.RuleFrame, db.RuleParcelCases, row, parcelCaseSaid); err != nil {
		return err
	}
	return h.render(w, r, status, page{title: lang.T(ctx, "包裹出事开工单"), body: views.ParcelCases(f), active: "/settings"})
}

// parcelCaseSave sets a new version.
func (h *Handlers) parcelCaseSave(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	ctx := r.Context()
	branch, err := h.ruleBranch(r, policy.CaseRead, field(r, "branch"))
	if err != nil {
		return err
	}
	if !h.maySetRule(actorOf(r), policy.CaseRule, branch) {
		return fmt.Errorf("rule of cases of parcels of branch %d: %w", branch, db.ErrRefused)
	}
	_, row, err := h.db.ParcelCaseRule(ctx, branch, h.today())
	if err != nil {
		return err
	}
	f := views.ParcelCaseForm{RuleFrame: readFrame(r, branch), Days: field(r, "days")}
	rule := readParcelCases(r, &f)
	for _, x := range rule.Faults([]string{"A", "B", "C"}) {
		f.Errors.Add(parcelCaseFault(ctx, x))
	}
	h.checkFrame(ctx, &f.RuleFrame, false)
	if f.Errors.Any() {
		return h.showParcelCases(w, r, http.StatusUnprocessableEntity, f, row)
	}
	version, err := h.setRule(r, &f.RuleFrame, policy.CaseRule, db.RuleParcelCases, rule)
	if err != nil {
		return err
	}
	if version == 0 {
		return h.showParcelCases(w, r, http.StatusUnprocessableEntity, f, row)
	}
	return h.ruleSet(w, r, &f.RuleFrame, version, "/rules/parcel-cases")
}

// readParcelCases reads the rule of a form and keeps what was typed.
func readParcelCases(r *http.Request, f *views.ParcelCaseForm) tracking.CaseRule {
	rule := tracking.CaseRule{Rows: map[string]tracking.CaseRow{}}
	if n, err := strconv.Atoi(f.Days); err == nil {
		rule.Days = n
	}
	for _, trouble := range tracking.Troubles() {
		l := views.ParcelCaseRow{Trouble: trouble, On: field(r, trouble+"_on") == "1", Severity: field(r, trouble+"_severity"), Classes: fields(r, trouble+"_class"),
			Sensitive: field(r, trouble+"_sensitive") == "1", Script: field(r, trouble+"_script")}
		f.Rows = append(f.Rows, l)
		rule.Rows[trouble] = tracking.CaseRow{On: l.On, Classes: l.Classes, Sensitive: l.Sensitive, Severity: l.Severity, Script: l.Script}
	}
	return rule
}

// parcelCaseFault is the field of what is wrong with the rule, and the words.
func parcelCaseFault(ctx context.Context, x tracking.CaseFault) (name, text string) {
	switch x.Code {
	case tracking.DaysOut:
		return "days", lang.T(ctx, "填 %d 到 %d", 1, tracking.MaxCaseDays)
	case tracking.ScriptEmpty:
		return x.Trouble + "_script", lang.T(ctx, "开工单，就要写怎么说")
	case tracking.ScriptLong:
		return x.Trouble + "_script", lang.T(ctx, "最多 %d 个字", tracking.MaxScript)
	case tracking.ScriptUnknown:
		return x.Trouble + "_script", lang.T(ctx, "没有“%s”这一项，只能用上面列的", x.Arg)
	}
	return "", lang.T(ctx, "有的选项不认得，请重选")
}

// parcelAlert is the pane of a case that a rule opened for a parcel: what
// happened, whom to call, what to say, and whether it was done.
func (h *Handlers) parcelAlert(ctx context.Context, a policy.Actor, x db.CaseRow, level mask.Level) (*views.ParcelAlert, error) {
	if x.Channel != casework.Program {
		return nil, nil
	}
	alert, found, err := h.db.ParcelCaseOf(ctx, x.ID)
	if err != nil || !found {
		return nil, err
	}
	p := &views.ParcelAlert{Flag: views.FlagWord(ctx, alert.Trouble), Version: versionText(x.Version)}
	if alert.EndedAt != 0 {
		p.Over = lang.T(ctx, "提醒解除了：%s", views.AlertOverWord(ctx, alert.EndedWhy))
	}
	if alert.CalledAt != 0 {
		names, err := h.db.UserNames(ctx, []int64{alert.CalledBy})
		if err != nil {
			return nil, err
		}
		p.Who, p.When = names[alert.CalledBy], views.TimeWord(ctx, time.UnixMilli(alert.CalledAt), h.db.Now())
		if alert.CalledBy == a.UserID && h.db.Now().UnixMilli() <= alert.CalledAt+db.UncallHours*3600_000 && x.Standing().Open() && h.db.MayEditCase(a, x) {
			p.UndoAction = "/cases/" + idText(x.ID) + "/uncalled"
		}
		return p, nil
	}
	if !x.Standing().Open() || !h.db.MayEditCase(a, x) {
		return p, nil
	}
	p.Action = "/cases/" + idText(x.ID) + "/called"
	if err := h.whomToCall(ctx, a, x, level, p); err != nil {
		return nil, err
	}
	rule, _, err := h.db.ParcelCaseRule(ctx, x.BranchID, h.today())
	if err != nil {
		return nil, err
	}
	return p, h.alertScript(ctx, a, x, alert.Number, rule.Rows[alert.Trouble].Script, level, p)
}

// whomToCall names the client's contact with the numbers.
func (h *Handlers) whomToCall(ctx context.Context, a policy.Actor, x db.CaseRow, level mask.Level, p *views.ParcelAlert) error {
	contacts, err := h.db.Contacts(ctx, a.Scope(policy.CustomerRead), x.CustomerID)
	if errors.Is(err, db.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	c, err := h.db.Customer(ctx, a.Scope(policy.CustomerRead), x.CustomerID)
	if err != nil {
		return err
	}
	numbers := c.Phones
	if i := slices.IndexFunc(contacts, func(k db.Contact) bool { return k.ID == x.ContactID }); i >= 0 {
		p.Contact = contacts[i].Name
		if len(contacts[i].Phones) > 0 {
			numbers = contacts[i].Phones
		}
	}
	for _, n := range numbers {
		l := views.CallNumber{Text: shownPhone(n, level)}
		if level == mask.Full {
			l.Number = n
		}
		p.Numbers = append(p.Numbers, l)
	}
	return nil
}

// alertScript fills in what is said to the client.
func (h *Handlers) alertScript(ctx context.Context, a policy.Actor, x db.CaseRow, number, script string, level mask.Level, p *views.ParcelAlert) error {
	words, err := h.db.Word(ctx, db.Wanted{CustomerID: x.CustomerID, ContactID: x.ContactID, Day: h.today(), Today: h.today(), Person: a.Name})
	if errors.Is(err, db.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	facts := reply.Facts{Message: words.Facts, Waybills: []string{number}, Case: x.Code}
	if a.Can(policy.WaybillRead) {
		parcels, err := h.caseParcels(ctx, a, x.ID)
		if err != nil {
			return err
		}
		for _, w := range parcels {
			if w.Number == number {
				facts.Track = w.State
			}
		}
	}
	facts.Track = cmp.Or(facts.Track, p.Flag)
	if x.SolveDue > h.db.Now().UnixMilli() {
		facts.Promise = views.TimeWord(ctx, time.UnixMilli(x.SolveDue), h.db.Now()).Text
	}
	written := reply.Write(reply.Template{Body: script}, facts)
	p.Script, p.Open = mask.Text(written.Body, level), written.Open
	return nil
}

// caseCallFirst writes down that the client was called before the client
// called.
func (h *Handlers) caseCallFirst(w http.ResponseWriter, r *http.Request) error {
	return h.caseCalled(w, r, h.db.CallFirst, lang.T(r.Context(), "记下了：我们先打的电话"))
}

// caseUncall takes such a call back that was written down by mistake.
func (h *Handlers) caseUncall(w http.ResponseWriter, r *http.Request) error {
	return h.caseCalled(w, r, h.db.UncallFirst, lang.T(r.Context(), "撤回了：先打的电话不算了"))
}

func (h *Handlers) caseCalled(w http.ResponseWriter, r *http.Request, act func(context.Context, policy.Actor, db.CaseRef, string) error, done string) error {
	id, version, err := visitActOf(r)
	if err != nil {
		return err
	}
	ctx, note := r.Context(), field(r, "note")
	if n := []rune(note); len(n) > caseWords {
		note = string(n[:caseWords])
	}
	said := views.Flash{Kind: "ok", Text: done}
	var stopped *db.CaseStop
	switch err := act(ctx, actorOf(r), db.CaseRef{ID: id, Version: version}, note); {
	case errors.As(err, &stopped):
		said = views.Flash{Kind: "soon", Text: views.CaseStops(ctx, stopped.Why)}
	case errors.Is(err, db.ErrConflict):
		said = views.Flash{Kind: "soon", Text: lang.T(ctx, "刚才有人先办了，看看现在怎样")}
	case err != nil:
		return err
	}
	h.workChanged()
	h.flash(r, said)
	h.redirect(w, r, "/cases/"+idText(id))
	return nil
}

// alertTallies are, of the cases that rules opened for parcels lately, how many
// clients were called first; each opens its list. None when there was none.
func (h *Handlers) alertTallies(ctx context.Context, a policy.Actor, branch int64) ([]views.Tally, error) {
	if !a.Can(policy.CaseRead) {
		return nil, nil
	}
	from := h.todayDay().Add(1 - alertDays)
	q := caseQuery{from: from.String(), CaseFilter: db.CaseFilter{Show: db.CasesAll, From: startOfDay(from), BranchID: branch}}
	counts, err := h.db.CountAlerts(ctx, a, q.CaseFilter)
	if err != nil || counts[db.AlertAny] == 0 {
		return nil, err
	}
	var out []views.Tally
	for _, alert := range db.Alerts {
		q.Alert = alert
		t := views.Tally{Label: views.AlertWord(ctx, alert), N: views.Thousands(int64(counts[alert])), Href: q.href()}
		switch alert {
		case db.AlertAny:
			t.Label = lang.T(ctx, "近 %d 天系统开的工单", alertDays)
		case db.AlertFirst:
			t.N += " " + lang.T(ctx, "（%d%%）", (counts[alert]*100+counts[db.AlertAny]/2)/counts[db.AlertAny])
		}
		out = append(out, t)
	}
	return out, nil
}

// waybillCases are the cases of a parcel that the reader sees, the newest first.
func (h *Handlers) waybillCases(ctx context.Context, a policy.Actor, number string) (out []views.CaseBrief, err error) {
	if !a.Can(policy.CaseRead) {
		return nil, nil
	}
	list, err := h.db.Cases(ctx, a, db.CaseFilter{Show: db.CasesAll, Number: number})
	for _, x := range list.Rows {
		line := views.CaseBrief{Href: "/cases/" + idText(x.ID), Code: x.Code, Text: h.caseWhat(ctx, x)}
		line.State, line.Badge = h.caseBadge(ctx, x.Case)
		out = append(out, line)
	}
	return out, err
}
