package handlers

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"yike/db"
	"yike/policy/consent"
	"yike/views"
	"yike/views/lang"
	"yike/views/ui"

	"yike/policy"
)

// consentChips are the purposes that ship with the program, each with what was
// said to it, for the card.
func consentChips(ctx context.Context, said map[string]consent.State) []views.ConsentChip {
	var out []views.ConsentChip
	for _, code := range consent.Purposes {
		if s := said[code]; s != consent.NotAsked {
			out = append(out, views.SaidChip(ctx, views.PurposeName(ctx, consent.Purpose{Code: code}), s))
		}
	}
	return out
}

// consentForm shows what a contact agreed to.
func (h *Handlers) consentForm(w http.ResponseWriter, r *http.Request) error {
	c, k, err := h.consentOf(r)
	if err != nil {
		return err
	}
	return h.showConsent(w, r, http.StatusOK, c, k, views.ConsentPage{Source: "phone", Day: h.today(), Errors: ui.Errors{}})
}

// consentOf reads client and contact of the address; the actor must be allowed
// to write down what the contact says.
func (h *Handlers) consentOf(r *http.Request) (db.Customer, db.Contact, error) {
	c, _, list, err := h.contactPage(r, false)
	if err != nil {
		return c, db.Contact{}, err
	}
	if !h.may(actorOf(r), policy.ConsentEdit, c) {
		return c, db.Contact{}, db.ErrRefused
	}
	k, err := contactOf(r, list)
	return c, k, err
}

func (h *Handlers) showConsent(w http.ResponseWriter, r *http.Request, status int, c db.Customer, k db.Contact, p views.ConsentPage) error {
	ctx, a := r.Context(), actorOf(r)
	rule, _, err := h.db.ConsentRule(ctx, h.today())
	if err != nil {
		return err
	}
	all, err := h.db.Consents(ctx, a.Scope(policy.ConsentEdit), c.ID, true)
	if err != nil {
		return err
	}
	today := h.today()
	p.Customer, p.CustomerName, p.Contact, p.Name, p.MaxDay = idText(c.ID), c.Name, idText(k.ID), k.Name, today
	for _, s := range consent.Sources {
		p.Sources = append(p.Sources, ui.Option{Value: s, Label: views.SourceOfWord(ctx, s)})
	}
	names := map[string]string{}
	for _, u := range rule.Added {
		names[u.Code] = u.Name
	}
	for _, u := range rule.All() {
		name, said := views.PurposeName(ctx, u), k.Consents[u.Code]
		names[u.Code] = name
		line := views.ConsentPurpose{Code: u.Code, Name: name, Hint: views.PurposeHint(ctx, u.Code), Chip: views.SaidChip(ctx, name, said)}
		line.Chip.Title = views.SaidWord(ctx, said)
		for _, n := range all {
			if n.ContactID == k.ID && n.Purpose == u.Code && n.Superseded == 0 {
				line.Since = views.DayWord(ctx, n.Day, today)
			}
		}
		for _, next := range []consent.State{consent.Given, consent.Refused, consent.Withdrawn} {
			if consent.Follows(said, next) && (next != consent.Refused || said != consent.Given) {
				label := views.SaidWord(ctx, next)
				if next == consent.Withdrawn {
					label = lang.T(ctx, "撤回")
				}
				line.Next = append(line.Next, ui.Option{Value: string(next), Label: label, Hint: name + " " + label})
			}
		}
		p.Purposes = append(p.Purposes, line)
	}
	for _, n := range all {
		if n.ContactID == k.ID {
			p.History = append(p.History, views.ConsentLine{Purpose: names[n.Purpose], Said: views.SaidWord(ctx, n.State), Source: views.SourceOfWord(ctx, n.Source),
				Note: n.Note, Who: n.User, On: views.DayWord(ctx, n.Day, today), Written: views.TimeWord(ctx, time.UnixMilli(n.CreatedAt), h.db.Now())})
		}
	}
	return h.render(w, r, status, page{title: lang.T(ctx, "同意"), body: views.Consent(p), active: "/customers"})
}

// consentSave writes down one answer.
func (h *Handlers) consentSave(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	c, k, err := h.consentOf(r)
	if err != nil {
		return err
	}
	ctx := r.Context()
	state, purpose, _ := strings.Cut(field(r, "say"), ":")
	in := db.Consent{CustomerID: c.ID, ContactID: k.ID, Purpose: purpose, State: consent.State(state), Source: field(r, "source"), Day: field(r, "day"), Note: field(r, "note")}
	errs := ui.Errors{}
	switch consent.Check(in.Source, in.Day, in.Note, h.todayDay()) {
	case consent.NoSource:
		errs.Add("source", lang.T(ctx, "请选一个"))
	case consent.NoDay:
		errs.Add("day", lang.T(ctx, "没有这一天，写成 2026-11-21 这样"))
	case consent.DayAhead:
		errs.Add("day", lang.T(ctx, "这一天还没到"))
	case consent.NoteLong:
		errs.Add("note", lang.T(ctx, "最多 %d 个字", consent.MaxNote))
	case consent.NoteNeeded:
		errs.Add("note", lang.T(ctx, "写一句是怎么说的"))
	}
	if errs.Any() {
		return h.showConsent(w, r, http.StatusUnprocessableEntity, c, k, views.ConsentPage{Source: in.Source, Day: in.Day, Note: in.Note, Errors: errs})
	}
	_, err = h.db.RecordConsent(ctx, actorOf(r), in)
	switch {
	case errors.Is(err, db.ErrSame):
		h.flash(r, views.Flash{Kind: "soon", Text: lang.T(ctx, "已经是这样了")})
	case err != nil:
		return err
	default:
		h.flash(r, views.Flash{Kind: "ok", Text: lang.T(ctx, "已记下：%s %s", k.Name, views.SaidWord(ctx, in.State))})
	}
	h.redirect(w, r, "/customers/"+idText(c.ID)+"/contacts/"+idText(k.ID)+"/consent")
	return nil
}

// consentPage is how many contacts stand on one page.
const consentPage = 50

// consentList shows who may be turned to for a purpose.
func (h *Handlers) consentList(w http.ResponseWriter, r *http.Request) error {
	ctx, a := r.Context(), actorOf(r)
	rule, _, err := h.db.ConsentRule(ctx, h.today())
	if err != nil {
		return err
	}
	p := views.ConsentList{Purpose: query(r, "purpose"), State: query(r, "state")}
	if !rule.Knows(p.Purpose) {
		p.Purpose = consent.Marketing
	}
	if !slices.Contains([]string{"may", "given", "refused", "withdrawn", "not_asked"}, p.State) {
		p.State = "may"
	}
	for _, u := range rule.All() {
		p.Purposes = append(p.Purposes, ui.Option{Value: u.Code, Label: views.PurposeName(ctx, u)})
	}
	scope := a.Scope(policy.CustomerRead)
	f := db.ConsentFilter{Purpose: p.Purpose, State: p.State, After: db.ParseID(query(r, "after")), Limit: consentPage + 1}
	counts, err := h.db.CountConsents(ctx, scope, f)
	if err != nil {
		return err
	}
	may := counts[consent.Given]
	if p.Purpose == consent.Service {
		may += counts[consent.NotAsked]
	}
	href := func(state string) string {
		return "/consents?" + url.Values{"purpose": {p.Purpose}, "state": {state}}.Encode()
	}
	for _, s := range []struct {
		state, label string
		n            int64
	}{{"may", lang.T(ctx, "可以联系"), may}, {"not_asked", lang.T(ctx, "没问过"), counts[consent.NotAsked]}, {"refused", lang.T(ctx, "拒绝"), counts[consent.Refused]},
		{"withdrawn", lang.T(ctx, "已撤回"), counts[consent.Withdrawn]}} {
		p.States = append(p.States, views.StateLink{Label: s.label, Count: countWord(ctx, s.n), Href: href(s.state), On: s.state == p.State})
	}
	if a.Can(policy.CustomerExport) {
		p.BookHref = "/consents/export?" + url.Values{"purpose": {p.Purpose}, "state": {p.State}}.Encode()
	}
	rows, err := h.db.ConsentList(ctx, scope, f)
	if err != nil {
		return err
	}
	if len(rows) > consentPage {
		rows = rows[:consentPage]
		p.Next = href(p.State) + "&after=" + idText(rows[consentPage-1].ContactID)
	}
	for _, c := range rows {
		row := views.ConsentRow{Contact: c.Contact, Customer: c.Customer, Code: c.Code, Href: "/customers/" + idText(c.CustomerID), Branch: h.db.BranchName(c.BranchID),
			Source: views.SourceOfWord(ctx, c.Source), Chip: views.SaidChip(ctx, views.SaidWord(ctx, c.State), c.State), On: views.DayWord(ctx, c.Day, h.today())}
		if c.Phone != "" {
			row.Phone = shownPhone(c.Phone, h.db.MaskFor(a, c.BranchID, c.OwnerID, c.ClerkID))
		}
		p.Rows = append(p.Rows, row)
	}
	return h.render(w, r, http.StatusOK, page{title: lang.T(ctx, "可联系名单"), body: views.Consents(p), active: "/consents"})
}

// consentExport sends the list of who may be turned to, as it is filtered.
func (h *Handlers) consentExport(w http.ResponseWriter, r *http.Request) error {
	ctx, a := r.Context(), actorOf(r)
	f := db.ConsentFilter{Purpose: query(r, "purpose"), State: query(r, "state"), Limit: 1000}
	rule, _, err := h.db.ConsentRule(ctx, h.today())
	if err != nil {
		return err
	}
	if !rule.Knows(f.Purpose) {
		return errBadRequest
	}
	table := [][]string{{lang.T(ctx, "联系人"), lang.T(ctx, "客户"), lang.T(ctx, "编码"), lang.T(ctx, "网点"), lang.T(ctx, "电话"), lang.T(ctx, "说了什么"), lang.T(ctx, "哪天说的"), lang.T(ctx, "怎么说的")}}
	var customers []int64
	for len(table) < mostExposed {
		rows, err := h.db.ConsentList(ctx, a.Scope(policy.CustomerExport), f)
		if err != nil {
			return err
		}
		for _, c := range rows {
			number := ""
			if c.Phone != "" {
				number = shownPhone(c.Phone, h.db.MaskFor(a, c.BranchID, c.OwnerID, c.ClerkID))
			}
			table = append(table, []string{c.Contact, c.Customer, c.Code, h.db.BranchName(c.BranchID), number, views.SaidWord(ctx, c.State), c.Day, views.SourceOfWord(ctx, c.Source)})
			customers = append(customers, c.CustomerID)
			f.After = c.ContactID
		}
		if len(rows) < f.Limit {
			break
		}
	}
	return h.sendBook(w, r, "consents.export", "consents-"+h.today(), lang.T(ctx, "可联系名单"), "/consents", table, customers...)
}
