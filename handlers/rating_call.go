package handlers

import (
	"context"
	"crypto/rand"
	"net/http"
	"unicode/utf8"

	"yike/db"
	"yike/policy"
	"yike/policy/mask"
	"yike/policy/rating"
	"yike/views"
	"yike/views/lang"
	"yike/views/ui"
)

// ratingCallForm is the form of a call back to a client.
func (h *Handlers) ratingCallForm(w http.ResponseWriter, r *http.Request) error {
	return h.showCall(w, r, http.StatusOK, views.RatingCallForm{CustomerID: query(r, "customer"), CaseID: query(r, "case"), Key: rand.Text(), Errors: ui.Errors{}})
}

func (h *Handlers) showCall(w http.ResponseWriter, r *http.Request, status int, f views.RatingCallForm) error {
	ctx, a := r.Context(), actorOf(r)
	ask := db.RatingAsk{CustomerID: db.ParseID(f.CustomerID), CaseID: db.ParseID(f.CaseID)}
	if ask == (db.RatingAsk{}) {
		return db.ErrNotFound
	}
	s, err := h.db.RatedSubject(ctx, a, ask)
	if err != nil {
		return err
	}
	f.Scores, f.SolvedWords = views.ScoreOptions(ctx), views.WordOptions(ctx, rating.Solved, views.SolvedWord)
	f.Code, f.CustomerID, f.BackHref, f.BackText = s.Code, idText(s.CustomerID), "/customers/"+idText(s.CustomerID), lang.T(ctx, "客户")
	if s.CaseID != 0 {
		f.BackHref, f.BackText = "/cases/"+idText(s.CaseID), s.Code
	}
	if s.CustomerID == 0 {
		err = h.callStranger(ctx, a, s.CaseID, &f)
	} else {
		err = h.callClient(r, s.CustomerID, &f)
	}
	if err != nil {
		return err
	}
	return h.render(w, r, status, page{title: lang.T(ctx, "电话回访"), body: views.RatingCall(f), active: "/customers"})
}

// callStranger says how to reach the unknown caller of a case.
func (h *Handlers) callStranger(ctx context.Context, a policy.Actor, id int64, f *views.RatingCallForm) error {
	x, err := h.db.Case(ctx, a, id)
	if err != nil {
		return err
	}
	level := h.caseMask(a, x)
	f.Customer = mask.Text(x.Caller, level)
	if x.CallerPhone == "" {
		return nil
	}
	line := views.PhoneLine{Text: shownPhone(x.CallerPhone, level)}
	if level == mask.Full {
		line.Href = telHref(x.CallerPhone)
	}
	f.Phones = []views.PhoneLine{line}
	return nil
}

// callClient says how to reach a client and its contacts.
func (h *Handlers) callClient(r *http.Request, id int64, f *views.RatingCallForm) error {
	ctx, a := r.Context(), actorOf(r)
	c, err := h.db.CustomerFile(ctx, a.Scope(policy.CustomerRead), id)
	if err != nil {
		return err
	}
	h.db.Looked(ctx, a, c.ID, c.BranchID, h.firstRole(signedIn(r)))
	f.Customer, f.Phones = c.Name, h.phoneLines(ctx, a, c.Customer, 0, c.Phones)
	for _, k := range c.Contacts {
		f.Contacts = append(f.Contacts, ui.Option{Value: idText(k.ID), Label: k.Name})
	}
	f.Contacted = views.ContactsOf(h.contactsPanel(ctx, a, c.Customer, c.Contacts))
	return nil
}

// ratingCall writes down what a client said on the telephone.
func (h *Handlers) ratingCall(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	ctx := r.Context()
	f := views.RatingCallForm{CustomerID: field(r, "customer"), CaseID: field(r, "case"), Contact: field(r, "contact"), Score: field(r, "score"), Solved: field(r, "solved"), Comment: field(r, "comment"),
		NextStep: field(r, "next_step"), Key: field(r, "key"), Errors: ui.Errors{}}
	score, ok := formInt(r, "score")
	if !ok || !rating.Valid(score) {
		f.Errors.Add("score", lang.T(ctx, "问一句满不满意，选一个"))
	}
	if f.Solved != "" && views.SolvedWord(ctx, f.Solved) == f.Solved {
		f.Errors.Add("solved", lang.T(ctx, "选项不认得，请重选"))
	}
	for _, x := range []struct{ name, value string }{{"comment", f.Comment}, {"next_step", f.NextStep}} {
		if utf8.RuneCountInString(x.value) > rateComment {
			f.Errors.Add(x.name, lang.T(ctx, "写得太长了，最多 %d 个字。", rateComment))
		}
	}
	if f.Errors.Any() {
		return h.showCall(w, r, http.StatusUnprocessableEntity, f)
	}
	_, err := h.db.LogCall(ctx, actorOf(r), db.Submission{Key: f.Key}, db.RatingCall{CustomerID: db.ParseID(f.CustomerID), CaseID: db.ParseID(f.CaseID), ContactID: db.ParseID(f.Contact),
		Score: score, Comment: f.Comment, Solved: f.Solved, NextStep: f.NextStep})
	if err != nil {
		return err
	}
	h.flash(r, views.Flash{Kind: "ok", Text: callSaid(ctx, score)})
	if id := db.ParseID(f.CaseID); id != 0 {
		h.redirect(w, r, "/cases/"+idText(id))
		return nil
	}
	h.redirect(w, r, "/customers/"+f.CustomerID)
	return nil
}

func callSaid(ctx context.Context, score int64) string {
	return lang.T(ctx, "回访记下了：%s", views.ScoreWord(ctx, score))
}
