package handlers

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"slices"
	"strings"

	"yike/db"
	"yike/policy"
	"yike/policy/absence"
	"yike/policy/casework"
	"yike/policy/day"
	"yike/views"
	"yike/views/lang"
	"yike/views/ui"
)

// absencesPath is the page on which one says when one is away, and on which who
// leads sees who is at work.
const absencesPath = "/absences"

// absenceList shows when people are away, and a form for oneself or for those
// whom one leads.
func (h *Handlers) absenceList(w http.ResponseWriter, r *http.Request) error {
	f := views.AbsenceForm{Key: strings.ToLower(rand.Text()), From: h.today(), Until: h.today(), Kind: absence.Leave, Errors: ui.Errors{}}
	return h.showAbsences(w, r, http.StatusOK, h.absenceBranch(r, query(r, "branch")), f)
}

// absenceBranch is the branch whose people the page is about: one that the
// reader leads, else 0.
func (h *Handlers) absenceBranch(r *http.Request, text string) int64 {
	a := actorOf(r)
	branch := cmp.Or(db.ParseID(text), a.Branch)
	if !a.Scope(policy.AbsenceEdit).SeesBranch(h.db.Chain(branch)) {
		return 0
	}
	return branch
}

func (h *Handlers) showAbsences(w http.ResponseWriter, r *http.Request, status int, branch int64, f views.AbsenceForm) error {
	ctx, a := r.Context(), actorOf(r)
	p := views.AbsencePage{Form: f, Branch: idText(branch), Branches: h.branchOptions(ctx, a.Scope(policy.AbsenceEdit))}
	if branch != 0 {
		takers, err := h.db.TodoTakers(ctx, branch)
		if err != nil {
			return err
		}
		for _, u := range takers {
			if u.ID != a.UserID && h.db.MayPutAway(a, u.ID, u.BranchID) {
				p.Form.People = append(p.Form.People, ui.Option{Value: idText(u.ID), Label: u.Name})
			}
		}
	}
	list, err := h.db.Absences(ctx, a, branch)
	if err != nil {
		return err
	}
	for _, x := range list {
		p.Rows = append(p.Rows, h.absenceLine(ctx, a, x))
	}
	if branch != 0 && a.Can(policy.CaseRead) {
		if p.Hands, err = h.handLines(ctx, branch); err != nil {
			return err
		}
	}
	return h.render(w, r, status, page{title: lang.T(ctx, "谁在岗"), body: views.Absences(p), active: absencesPath})
}

func (h *Handlers) absenceLine(ctx context.Context, a policy.Actor, x db.Absence) views.AbsenceLine {
	line := views.AbsenceLine{ID: idText(x.ID), Name: x.Name, Branch: h.db.BranchName(x.Home), Days: views.AbsenceDays(ctx, x.From, x.Until, x.Part), Kind: views.AbsenceWord(ctx, x.Kind),
		Version: versionText(x.Version), Now: x.Span().At(h.db.Now()), Begun: x.From < h.today(), Mine: x.UserID == a.UserID}
	if x.UserID != a.UserID && a.Can(policy.CustomerAssign) && a.Can(policy.CaseRead) {
		line.Cases = "/cases?who=" + idText(x.UserID)
	}
	return line
}

// handLabel is the name of somebody who may be given a case, with until when they
// are away.
func handLabel(ctx context.Context, x db.Hand) string {
	if !x.Away {
		return x.Name
	}
	return lang.T(ctx, "%s（%s）", x.Name, views.HandWord(ctx, x.Why(), x.Until))
}

// handLines are those who take cases at a branch, and whether a new one would be
// given to them.
func (h *Handlers) handLines(ctx context.Context, branch int64) (out []views.HandLine, err error) {
	list, err := h.db.CaseHands(ctx, accessOf(ctx), branch)
	for _, x := range list {
		line := views.HandLine{Name: x.Name, State: "ok", Said: views.HandWord(ctx, x.Why(), x.Until), Open: x.Open, Cases: "/cases?who=" + idText(x.ID)}
		switch x.Why() {
		case casework.WhyAway:
			line.State = "soon"
		case casework.WhyOff, casework.WhyUnseen:
			line.State = ""
		}
		out = append(out, line)
	}
	return out, err
}

// absenceCreate writes down that somebody is away.
func (h *Handlers) absenceCreate(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	ctx, a := r.Context(), actorOf(r)
	branch := h.absenceBranch(r, field(r, "branch"))
	f := views.AbsenceForm{Key: field(r, "key"), User: field(r, "user"), From: field(r, "from"), Until: cmp.Or(field(r, "until"), field(r, "from")), Part: field(r, "part"), Kind: field(r, "kind"), Errors: ui.Errors{}}
	if !slices.Contains(absence.Kinds, f.Kind) {
		f.Errors.Add("kind", lang.T(ctx, "请选择"))
	}
	if !slices.Contains(absence.Parts, f.Part) {
		f.Part = ""
	}
	for name, text := range map[string]string{"from": f.From, "until": f.Until} {
		if d, err := day.Parse(text); err != nil || !d.Valid() {
			f.Errors.Add(name, lang.T(ctx, "请选日期"))
		}
	}
	if !f.Errors.Any() {
		x := db.Absence{UserID: cmp.Or(db.ParseID(f.User), a.UserID), Kind: f.Kind, From: f.From, Until: f.Until, Part: f.Part}
		_, err := h.db.AddAbsence(ctx, a, db.Submission{Key: f.Key}, x)
		var fault *db.AbsenceFault
		switch {
		case errors.As(err, &fault):
			field, text := views.AbsenceFaultWord(ctx, fault.Why)
			f.Errors.Add(field, text)
		case errors.Is(err, db.ErrAbsent):
			f.Errors.Add("from", lang.T(ctx, "这几天里已经登记过不在岗，先取消那一条"))
		case errors.Is(err, db.ErrNotFound) && branch != 0:
			f.Errors.Add("user", lang.T(ctx, "这个人不归你管，或已停用"))
		case err != nil:
			return err
		}
	}
	if f.Errors.Any() {
		return h.showAbsences(w, r, http.StatusUnprocessableEntity, branch, f)
	}
	h.flash(r, views.Flash{Kind: "ok", Text: lang.T(ctx, "登记好了：这几天的新工单不会派过去")})
	h.backToAbsences(w, r, branch)
	return nil
}

func (h *Handlers) backToAbsences(w http.ResponseWriter, r *http.Request, branch int64) {
	to := absencesPath
	if branch != 0 {
		to += "?branch=" + idText(branch)
	}
	h.redirect(w, r, to)
}

// absenceEnd says that somebody is back, or does not go.
func (h *Handlers) absenceEnd(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	id, err := pathID(r, "id")
	if err != nil {
		return err
	}
	ctx := r.Context()
	said := views.Flash{Kind: "ok", Text: lang.T(ctx, "改好了：从今天起算在岗")}
	switch err := h.db.EndAbsence(ctx, actorOf(r), id, db.ParseID(field(r, "version"))); {
	case errors.Is(err, db.ErrConflict):
		said = views.Flash{Kind: "warn", Text: lang.T(ctx, "这一条刚才有人改过，或已经过去了")}
	case err != nil:
		return err
	}
	h.flash(r, said)
	h.backToAbsences(w, r, h.absenceBranch(r, field(r, "branch")))
	return nil
}
