package handlers

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"yike/db"
	"yike/policy"
	"yike/views"
	"yike/views/lang"
	"yike/views/ui"
)

// visitCreate logs or plans a visit. A phone that sends in the background asks
// for JSON and gets where the visit stands, or what is wrong with it.
func (h *Handlers) visitCreate(w http.ResponseWriter, r *http.Request) error {
	done, err := readVisitForm(w, r)
	defer done()
	if err != nil {
		return err
	}
	ctx, a := r.Context(), actorOf(r)
	customer := db.ParseID(field(r, "customer"))
	c, err := h.db.Customer(ctx, a.Scope(policy.VisitLog), customer)
	if err != nil {
		return err
	}
	f := views.VisitForm{Action: "/visits", Planning: field(r, "kind") == "planned", PlanChecked: field(r, "plan") != ""}
	plan, err := h.planFor(ctx, a, customer, db.ParseID(field(r, "plan")))
	if errors.Is(err, db.ErrNotFound) {
		plan, err = db.VisitRow{}, nil // binned since: the visit was made all the same
	}
	if err != nil {
		return err
	}
	var made db.VisitRow // the plan that this visit makes true
	if f.PlanChecked && !f.Planning {
		made = plan
	}
	v := h.readVisit(r, &f, earlier(db.Day(time.UnixMilli(c.CreatedAt)), c.FiledOn), made.Visit)
	v.CustomerID = customer
	if utf8.RuneCountInString(f.Key) < 16 || len(f.Key) > 64 {
		return fmt.Errorf("%w: submission key %q", errBadRequest, f.Key)
	}
	photos, err := h.readPhotos(ctx, f.Errors, r.MultipartForm, 0)
	if err != nil {
		return err
	}
	id := int64(0)
	if !f.Errors.Any() {
		if made.ID != 0 {
			v.ID, v.Version, v.UserID = made.ID, made.Version, cmp.Or(v.UserID, made.UserID)
		}
		if id, err = h.saveVisit(ctx, a, db.Submission{Key: f.Key}, v, f.Planning, photos); err != nil {
			switch {
			case errors.Is(err, db.ErrNotFound):
				f.Errors.Add("contact", lang.T(ctx, "这位联系人已不在，请重选"))
			case errors.Is(err, db.ErrRefused):
				f.Errors.Add("", lang.T(ctx, "你不能替别人记"))
			default:
				return err
			}
		}
	}
	if f.Errors.Any() {
		if wantsJSON(r) {
			return answerJSON(w, http.StatusUnprocessableEntity, map[string]any{"errors": f.Errors})
		}
		if err := h.fillVisitForm(ctx, a, customer, plan, &f); err != nil {
			return err
		}
		f.Hidden = h.hiddenOf(a, made)
		return h.showVisitForm(w, r, http.StatusUnprocessableEntity, f)
	}
	if r.Header.Get("Yike-Behind") == "" { // sent behind another page, which says so itself
		h.flash(r, h.visitSaved(ctx, c, v, f.Planning, id))
	}
	to := "/customers/" + idText(customer)
	if wantsJSON(r) {
		return answerJSON(w, http.StatusOK, map[string]any{"href": to})
	}
	h.redirect(w, r, to)
	return nil
}

func (h *Handlers) saveVisit(ctx context.Context, a policy.Actor, sent db.Submission, v db.Visit, planning bool, photos []db.VisitPhoto) (int64, error) {
	if planning {
		return h.db.PlanVisit(ctx, a, sent, v)
	}
	return h.db.LogVisit(ctx, a, sent, v, photos...)
}

func (h *Handlers) visitSaved(ctx context.Context, c db.Customer, v db.Visit, planning bool, id int64) views.Flash {
	name := cmp.Or(c.ShortName, c.Name)
	f := views.Flash{Kind: "ok", Href: "/visits/" + idText(id), LinkText: lang.T(ctx, "看这次拜访")}
	switch {
	case planning:
		f.Text = lang.T(ctx, "已安排 %s 拜访 %s", views.DayWord(ctx, v.Day, h.today()).Text, name)
	case v.NextOn != "":
		f.Text = lang.T(ctx, "记好了 %s 的拜访，下次安排在 %s", name, views.DayWord(ctx, v.NextOn, h.today()).Text)
	default:
		f.Text = lang.T(ctx, "记好了 %s 的拜访", name)
	}
	return f
}

func wantsJSON(r *http.Request) bool {
	return strings.HasPrefix(r.Header.Get("Accept"), "application/json")
}

func answerJSON(w http.ResponseWriter, status int, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("answer: %w", err)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(b) // the reader may have left
	return nil
}

// mayChange returns a visit that the actor may change; ErrRefused for one that
// they may only read.
func (h *Handlers) mayChange(r *http.Request) (db.VisitRow, error) {
	id, err := pathID(r, "id")
	if err != nil {
		return db.VisitRow{}, err
	}
	a := actorOf(r)
	v, err := h.db.Visit(r.Context(), a.Scope(policy.VisitRead), id)
	if err == nil && !h.db.MayEditVisit(a, v) {
		err = fmt.Errorf("visit %d: %w", id, db.ErrRefused)
	}
	return v, err
}

func (h *Handlers) visitEdit(w http.ResponseWriter, r *http.Request) error {
	v, err := h.mayChange(r)
	if err != nil {
		return err
	}
	f := views.VisitForm{Action: "/visits/" + idText(v.ID), Editing: true, Planning: v.State != db.VisitDone, Version: strconv.FormatInt(v.Version, 10),
		Mode: v.Mode, Mood: v.Mood, Day: v.Day, Time: minuteText(v.Minute), Contact: idText(v.ContactID), Met: v.Met, Purpose: v.Purpose,
		Learned: v.Learned, NextStep: v.NextStep, NextOn: v.NextOn, User: idText(v.UserID), Errors: ui.Errors{}}
	h.hideInForm(actorOf(r), v, &f)
	return h.showVisitEdit(w, r, http.StatusOK, v, f)
}

func (h *Handlers) showVisitEdit(w http.ResponseWriter, r *http.Request, status int, v db.VisitRow, f views.VisitForm) error {
	ctx := r.Context()
	if err := h.fillVisitForm(ctx, actorOf(r), v.CustomerID, db.VisitRow{}, &f); err != nil {
		return err
	}
	f.Photos, f.Hidden = visitPictures(ctx, v), h.hiddenOf(actorOf(r), v)
	if f.Planning {
		f.Today = min(f.Today, v.Day) // a plan of the past may stay where it is
	}
	return h.showVisitForm(w, r, status, f)
}

func (h *Handlers) visitUpdate(w http.ResponseWriter, r *http.Request) error {
	done, err := readVisitForm(w, r)
	defer done()
	if err != nil {
		return err
	}
	ctx, a := r.Context(), actorOf(r)
	was, err := h.mayChange(r)
	if err != nil {
		return err
	}
	c, err := h.db.Customer(ctx, a.Scope(policy.VisitRead), was.CustomerID)
	if err != nil {
		return err
	}
	f := views.VisitForm{Action: "/visits/" + idText(was.ID), Editing: true, Planning: was.State != db.VisitDone}
	v := h.readVisit(r, &f, earlier(db.Day(time.UnixMilli(c.CreatedAt)), c.FiledOn), was.Visit)
	if was.State != db.VisitDone && v.Day == was.Day {
		delete(f.Errors, "day")
	}
	v.ID, v.CustomerID = was.ID, was.CustomerID
	drop := r.PostForm["drop"]
	have := len(was.Photos) - len(drop)
	photos, err := h.readPhotos(ctx, f.Errors, r.MultipartForm, max(have, 0))
	if err != nil {
		return err
	}
	if !f.Errors.Any() {
		switch err := h.db.EditVisit(ctx, a, v, drop, photos...); {
		case errors.Is(err, db.ErrConflict):
			if was, err = h.db.Visit(ctx, a.Scope(policy.VisitRead), was.ID); err != nil {
				return err
			}
			f.Errors.Add("", lang.T(ctx, "有人先改过了。下面是你填的，请对照现在的内容再存一次。"))
			f.Version = strconv.FormatInt(was.Version, 10)
			if f.Stale, err = h.visitDiffs(ctx, a, v, was); err != nil {
				return err
			}
		case errors.Is(err, db.ErrRefused):
			f.Errors.Add("", lang.T(ctx, "你不能替别人记"))
		case errors.Is(err, db.ErrNotFound):
			f.Errors.Add("contact", lang.T(ctx, "这位联系人已不在，请重选"))
		case err != nil:
			return err
		}
	}
	if f.Errors.Any() {
		return h.showVisitEdit(w, r, http.StatusUnprocessableEntity, was, f)
	}
	h.flash(r, views.Flash{Kind: "ok", Text: lang.T(ctx, "改好了")})
	h.redirect(w, r, "/visits/"+idText(was.ID))
	return nil
}

// visitDiffs sets what was typed beside what stands, where they differ, as far as
// the actor reads it.
func (h *Handlers) visitDiffs(ctx context.Context, a policy.Actor, mine db.Visit, now db.VisitRow) ([]views.VisitDiff, error) {
	file, err := h.db.CustomerFile(ctx, a.Scope(policy.VisitRead), now.CustomerID)
	if err != nil {
		return nil, err
	}
	mine.UserID, mine.BranchID = cmp.Or(mine.UserID, now.UserID), now.BranchID
	mine = h.shownVisit(a, db.VisitRow{Visit: mine, OwnerID: now.OwnerID, ClerkID: now.ClerkID}).Visit
	now = h.shownVisit(a, now)
	people, err := h.userNames(ctx, []int64{mine.UserID, now.UserID})
	if err != nil {
		return nil, err
	}
	met := func(id int64) string {
		for _, k := range file.Contacts {
			if k.ID == id {
				return k.Name
			}
		}
		return ""
	}
	label := map[string]string{}
	for _, f := range views.VisitFields(ctx) {
		label[f.Name] = f.Label
	}
	var out []views.VisitDiff
	add := func(name, typed, stands string) {
		if typed != stands {
			none := lang.T(ctx, "没填")
			out = append(out, views.VisitDiff{Label: label[name], Mine: cmp.Or(typed, none), Now: cmp.Or(stands, none)})
		}
	}
	add("mode", views.ModeWord(ctx, mine.Mode), views.ModeWord(ctx, now.Mode))
	add("mood", views.MoodWord(ctx, mine.Mood), views.MoodWord(ctx, now.Mood))
	add("contact", met(mine.ContactID), cmp.Or(met(now.ContactID), now.Contact))
	add("met", mine.Met, now.Met)
	add("learned", mine.Learned, now.Learned)
	add("purpose", mine.Purpose, now.Purpose)
	add("next_step", mine.NextStep, now.NextStep)
	add("next_on", mine.NextOn, now.NextOn)
	add("day", mine.Day, now.Day)
	add("time", minuteText(mine.Minute), minuteText(now.Minute))
	add("user", people[mine.UserID], people[now.UserID])
	return out, nil
}

func (h *Handlers) visitCancel(w http.ResponseWriter, r *http.Request) error {
	id, version, err := visitActOf(r)
	if err != nil {
		return err
	}
	if err := h.db.CancelVisit(r.Context(), actorOf(r), id, version); err != nil {
		return err
	}
	path := "/visits/" + idText(id)
	h.flash(r, views.Flash{Kind: "ok", Text: lang.T(r.Context(), "已取消这次安排"), UndoURL: path + "/reopen"})
	h.redirect(w, r, path)
	return nil
}

func (h *Handlers) visitReopen(w http.ResponseWriter, r *http.Request) error {
	id, _, err := visitActOf(r)
	if err != nil {
		return err
	}
	if err := h.db.ReopenVisit(r.Context(), actorOf(r), id); err != nil {
		return err
	}
	h.redirect(w, r, "/visits/"+idText(id))
	return nil
}

func (h *Handlers) visitDelete(w http.ResponseWriter, r *http.Request) error {
	id, version, err := visitActOf(r)
	if err != nil {
		return err
	}
	if err := h.db.DeleteVisit(r.Context(), actorOf(r), id, version); err != nil {
		return err
	}
	h.flash(r, views.Flash{Kind: "ok", Text: lang.T(r.Context(), "已删除这次拜访"), UndoURL: "/visits/" + idText(id) + "/restore"})
	h.redirect(w, r, "/visits")
	return nil
}

func (h *Handlers) visitRestore(w http.ResponseWriter, r *http.Request) error {
	id, _, err := visitActOf(r)
	if err != nil {
		return err
	}
	if err := h.db.RestoreVisit(r.Context(), actorOf(r), id); err != nil {
		return err
	}
	h.redirect(w, r, "/visits/"+idText(id))
	return nil
}

func visitActOf(r *http.Request) (id, version int64, err error) {
	if err := readForm(r); err != nil {
		return 0, 0, err
	}
	id, err = pathID(r, "id")
	return id, db.ParseID(field(r, "version")), err
}
