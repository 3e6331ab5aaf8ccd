package handlers

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"yike/db"
	"yike/policy"
	"yike/policy/feedback"
	"yike/policy/mask"
	"yike/policy/retention"
	"yike/views"
	"yike/views/lang"
	"yike/views/ui"
)

// fieldOf is the name of a question in a form.
func fieldOf(key string) string { return "q_" + key }

// formNew is an empty form about a client, or one that a visit fills in;
// without either it lets a client be chosen.
func (h *Handlers) formNew(w http.ResponseWriter, r *http.Request) error {
	ctx, a := r.Context(), actorOf(r)
	f := views.FeedbackEdit{Action: "/forms", Key: strings.ToLower(rand.Text()), Errors: ui.Errors{}}
	customer, typed := db.ParseID(query(r, "customer")), map[string][]string{}
	if id := db.ParseID(query(r, "visit")); id != 0 {
		v, err := h.db.Visit(ctx, a.Scope(policy.VisitRead), id)
		if err != nil {
			return err
		}
		if there, err := h.db.FormOfVisit(ctx, a, id); err != nil {
			return err
		} else if there != 0 {
			h.redirect(w, r, "/forms/"+idText(there))
			return nil
		}
		v = h.shownVisit(a, v)
		customer, f.VisitID = v.CustomerID, idText(id)
		for key, text := range map[string]string{feedback.KeyMet: cmp.Or(v.Contact, v.Met), feedback.KeySaid: v.Learned, feedback.KeyNext: v.NextStep} {
			if text != "" {
				typed[key] = []string{text}
			}
		}
	}
	if customer == 0 {
		return h.formPick(w, r, f)
	}
	return h.showForm(w, r, http.StatusOK, f, customer, typed)
}

// formPick lets a client be chosen: those visited lately and not written about
// yet, or what a search finds.
func (h *Handlers) formPick(w http.ResponseWriter, r *http.Request, f views.FeedbackEdit) error {
	ctx, a := r.Context(), actorOf(r)
	var err error
	if f.OwedText, err = h.ownOwed(ctx, a); err != nil {
		return err
	}
	if f.Query = query(r, "q"); f.Query != "" {
		hits, _, err := h.db.SearchCustomers(ctx, a.Scope(policy.FormFill), a.Scope(policy.CustomerUnmask), f.Query)
		if err != nil {
			return err
		}
		for _, c := range hits {
			f.Hits = append(f.Hits, views.VisitHit{Name: cmp.Or(c.ShortName, c.Name), Class: c.Class, Sub: c.Code + " " + c.Name, Href: "/forms/new?customer=" + idText(c.ID)})
		}
	} else if a.Can(policy.VisitRead) {
		list, err := h.db.Visits(ctx, a.Scope(policy.VisitRead), db.VisitFilter{UserID: a.UserID, State: db.VisitDone, From: h.todayDay().Add(-visitedDays).String(), To: h.today(), Limit: 20})
		if err != nil {
			return err
		}
		var ids []int64
		for _, v := range list.Rows {
			ids = append(ids, v.ID)
		}
		there, err := h.db.FormsOfVisits(ctx, a, ids...)
		if err != nil {
			return err
		}
		f.Visited = true
		for _, v := range list.Rows {
			if there[v.ID] != 0 {
				continue
			}
			v = h.shownVisit(a, v)
			f.Hits = append(f.Hits, views.VisitHit{Name: cmp.Or(v.CustomerShort, v.Customer), Class: v.Class, Sub: views.DayWord(ctx, v.Day, h.today()).Text + " " + shorten(v.Learned, 30), Href: "/forms/new?visit=" + idText(v.ID)})
		}
	}
	return h.render(w, r, http.StatusOK, page{title: lang.T(ctx, "写反馈表"), body: views.Feedback(f), active: "/forms"})
}

// visitedDays is how far back the visits go from which a form is offered.
const visitedDays = 30

// ownOwed says what the actor's own branch owes this month, "" for nothing.
func (h *Handlers) ownOwed(ctx context.Context, a policy.Actor) (string, error) {
	list, err := h.db.FormQuotas(ctx, a, h.today()[:7])
	if err != nil {
		return "", err
	}
	i := slices.IndexFunc(list, func(q db.BranchQuota) bool { return q.Branch == a.Branch })
	if i < 0 || list[i].Owed.Total == 0 {
		return "", nil
	}
	return lang.T(ctx, "本月%s", owedText(ctx, list[i].Owed)), nil
}

// showForm shows a form with its client and what was typed.
func (h *Handlers) showForm(w http.ResponseWriter, r *http.Request, status int, f views.FeedbackEdit, customer int64, typed map[string][]string) error {
	ctx, a := r.Context(), actorOf(r)
	c, err := h.db.Customer(ctx, a.Scope(policy.FormFill), customer)
	if err != nil {
		return err
	}
	asked, _, err := h.db.FormFields(ctx, h.today())
	if err != nil {
		return err
	}
	f.CustomerID, f.Customer, f.CustomerHref, f.Class = idText(c.ID), cmp.Or(c.ShortName, c.Name), "/customers/"+idText(c.ID), c.Class
	if c.LastVisitOn != "" {
		f.Last = lang.T(ctx, "上次拜访 %s", views.DayWord(ctx, c.LastVisitOn, h.today()).Text)
	}
	if f.VisitID != "" && status == http.StatusOK && !f.Editing {
		f.FromVisit = lang.T(ctx, "那次拜访写过的已经填好，看一遍、补几句就能发。")
	}
	if !f.Sent {
		if f.OwedText, err = h.ownOwed(ctx, a); err != nil {
			return err
		}
	}
	for _, q := range asked {
		f.Questions = append(f.Questions, views.Question{Name: fieldOf(q.Key), Label: views.FormWord(ctx, q.Label), Kind: q.Kind, Options: views.QuestionOptions(ctx, q), Values: typed[q.Key], Required: q.Required, Max: q.Max(), Error: f.Errors[fieldOf(q.Key)]})
		f.Fields = append(f.Fields, ui.FieldLabel{Name: fieldOf(q.Key), Label: views.FormWord(ctx, q.Label)})
	}
	f.Fields = append(f.Fields, ui.FieldLabel{Name: "photos", Label: lang.T(ctx, "照片")})
	return h.render(w, r, status, page{title: lang.T(ctx, "客户信息反馈表"), body: views.Feedback(f), active: "/forms"})
}

// readAnswers reads what was typed and says what is wrong with it.
func (h *Handlers) readAnswers(r *http.Request, errs ui.Errors, send bool) (answers []feedback.Answer, typed map[string][]string, version int64, err error) {
	ctx := r.Context()
	asked, row, err := h.db.FormFields(ctx, h.today())
	if err != nil {
		return nil, nil, 0, err
	}
	typed = map[string][]string{}
	limit := map[string]int{}
	for _, q := range asked {
		typed[q.Key], limit[q.Key] = fields(r, fieldOf(q.Key)), q.Max()
	}
	answers, bad := feedback.Read(asked, typed, !send)
	for key, code := range bad {
		text := lang.T(ctx, "请选一个")
		switch code {
		case feedback.BadMissing:
			text = lang.T(ctx, "请填写")
		case feedback.BadLong:
			text = lang.T(ctx, "最多 %d 个字", limit[key])
		case feedback.BadNumber:
			text = lang.T(ctx, "请填数字")
		case feedback.BadDay:
			text = lang.T(ctx, "日期写成 2026-11-21 这样")
		}
		errs.Add(fieldOf(key), text)
	}
	return answers, typed, row.Version, nil
}

// formCreate keeps a form, or sends it.
func (h *Handlers) formCreate(w http.ResponseWriter, r *http.Request) error {
	done, err := readVisitForm(w, r)
	defer done()
	if err != nil {
		return err
	}
	ctx, a := r.Context(), actorOf(r)
	f := views.FeedbackEdit{Action: "/forms", Key: field(r, "key"), VisitID: idText(db.ParseID(field(r, "visit"))), Errors: ui.Errors{}}
	if utf8.RuneCountInString(f.Key) < 16 || len(f.Key) > 64 {
		return fmt.Errorf("%w: submission key %q", errBadRequest, f.Key)
	}
	send, customer := field(r, "do") != "draft", db.ParseID(field(r, "customer"))
	answers, typed, version, err := h.readAnswers(r, f.Errors, send)
	if err != nil {
		return err
	}
	photos, err := h.readPhotos(ctx, f.Errors, r.MultipartForm, 0)
	if err != nil {
		return err
	}
	if f.Errors.Any() {
		return h.showForm(w, r, http.StatusUnprocessableEntity, f, customer, typed)
	}
	id, err := h.db.StartForm(ctx, a, db.Submission{Key: f.Key}, db.FeedbackForm{CustomerID: customer, VisitID: db.ParseID(f.VisitID), RuleVersion: version, Answers: answers, Photos: photos}, send)
	if err != nil {
		return err
	}
	return h.formKept(w, r, id, send)
}

// formKept says that a form was sent, or kept.
func (h *Handlers) formKept(w http.ResponseWriter, r *http.Request, id int64, sent bool) error {
	ctx, a := r.Context(), actorOf(r)
	if !sent {
		h.flash(r, views.Flash{Kind: "ok", Text: lang.T(ctx, "草稿存好了，还没有发"), Href: "/forms/" + idText(id) + "/edit", LinkText: lang.T(ctx, "接着写")})
		h.redirect(w, r, "/forms?view="+formsDrafts)
		return nil
	}
	owed, err := h.ownOwed(ctx, a)
	if err != nil {
		return err
	}
	text := lang.T(ctx, "发给市场部了")
	if owed != "" {
		text += lang.T(ctx, "，") + owed
	}
	h.flash(r, views.Flash{Kind: "ok", Text: text})
	h.redirect(w, r, "/forms/"+idText(id))
	return nil
}

// formEdit shows a form of the actor's that can still be changed.
func (h *Handlers) formEdit(w http.ResponseWriter, r *http.Request) error {
	x, err := h.ownForm(r)
	if err != nil {
		return err
	}
	typed := map[string][]string{}
	for _, answer := range x.Answers {
		typed[answer.Key] = answer.Values
	}
	return h.showForm(w, r, http.StatusOK, formEditOf(r.Context(), x), x.CustomerID, typed)
}

// formPictures are the pictures on a form.
func formPictures(ctx context.Context, x db.FormRow) (out []views.VisitPicture) {
	for i, p := range x.Photos {
		href := "/forms/" + idText(x.ID) + "/photos/" + p.Hash
		out = append(out, views.VisitPicture{Hash: p.Hash, Href: href, Thumb: href + "?size=thumb", Alt: lang.T(ctx, "第 %d 张照片", i+1)})
	}
	return out
}

// formPhoto serves a picture of a form to those who see the form.
func (h *Handlers) formPhoto(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "id")
	if err != nil {
		return err
	}
	x, err := h.db.FeedbackForm(r.Context(), actorOf(r), id)
	if err != nil {
		return err
	}
	for _, p := range x.Photos {
		if p.Hash != r.PathValue("hash") {
			continue
		}
		if query(r, "size") == "thumb" {
			p.Hash = p.Thumb
		}
		return h.servePhoto(w, r, p.Hash, "private, max-age=604800, immutable")
	}
	return fmt.Errorf("photo %q of form %d: %w", r.PathValue("hash"), id, db.ErrNotFound)
}

func formEditOf(ctx context.Context, x db.FormRow) views.FeedbackEdit {
	f := views.FeedbackEdit{Action: "/forms/" + idText(x.ID), Editing: true, Sent: x.State != db.FormDraft, VisitID: idText(x.VisitID), Version: strconv.FormatInt(x.Version, 10), Photos: formPictures(ctx, x), Errors: ui.Errors{}}
	if !f.Sent {
		f.DropURL = f.Action + "/drop"
	}
	return f
}

// ownForm is the form of an address that the actor may still change.
func (h *Handlers) ownForm(r *http.Request) (db.FormRow, error) {
	id, err := pathID(r, "id")
	if err != nil {
		return db.FormRow{}, err
	}
	x, err := h.db.FeedbackForm(r.Context(), actorOf(r), id)
	if err == nil && !h.db.MayEditForm(actorOf(r), x) {
		err = fmt.Errorf("form %d: %w", id, db.ErrRefused)
	}
	return x, err
}

// formUpdate keeps what was changed, and sends it.
func (h *Handlers) formUpdate(w http.ResponseWriter, r *http.Request) error {
	done, err := readVisitForm(w, r)
	defer done()
	if err != nil {
		return err
	}
	ctx, a := r.Context(), actorOf(r)
	x, err := h.ownForm(r)
	if err != nil {
		return err
	}
	f := formEditOf(ctx, x)
	f.Version = field(r, "version")
	send := field(r, "do") != "draft"
	answers, typed, version, err := h.readAnswers(r, f.Errors, send || f.Sent)
	if err != nil {
		return err
	}
	f.Dropped = fields(r, "drop")
	photos, err := h.readPhotos(ctx, f.Errors, r.MultipartForm, max(len(x.Photos)-len(f.Dropped), 0))
	if err != nil {
		return err
	}
	if !f.Errors.Any() {
		err := h.db.EditForm(ctx, a, db.FeedbackForm{ID: x.ID, Version: db.ParseID(f.Version), RuleVersion: version, Answers: answers, Drop: f.Dropped, Photos: photos}, send)
		switch {
		case err == nil:
			return h.formKept(w, r, x.ID, send || f.Sent)
		case !errors.Is(err, db.ErrConflict):
			return err
		}
		if x, err = h.ownForm(r); err != nil {
			return err // taken up by the marketing department meanwhile
		}
		f.Errors.Add("", lang.T(ctx, "有人先改过了。下面是你填的，请对照现在的内容再存一次。"))
		f.Photos = formPictures(ctx, x)
		f.Version, f.Stale = strconv.FormatInt(x.Version, 10), formDiffs(ctx, answers, x.Answers)
	}
	return h.showForm(w, r, http.StatusUnprocessableEntity, f, x.CustomerID, typed)
}

// formDiffs sets what was typed beside what stands, where they differ.
func formDiffs(ctx context.Context, mine, now []feedback.Answer) (out []views.VisitDiff) {
	text := func(list []feedback.Answer, key string) (label, text string) {
		for _, x := range list {
			if x.Key == key {
				return views.FormWord(ctx, x.Label), views.AnswerText(ctx, x)
			}
		}
		return "", ""
	}
	none, seen := lang.T(ctx, "没填"), map[string]bool{}
	for _, x := range slices.Concat(mine, now) {
		l1, t1 := text(mine, x.Key)
		l2, t2 := text(now, x.Key)
		if t1 != t2 && !seen[x.Key] {
			out = append(out, views.VisitDiff{Label: cmp.Or(l1, l2), Mine: cmp.Or(t1, none), Now: cmp.Or(t2, none)})
		}
		seen[x.Key] = true
	}
	return out
}

// formDrop throws a draft away.
func (h *Handlers) formDrop(w http.ResponseWriter, r *http.Request) error {
	id, version, err := visitActOf(r)
	if err != nil {
		return err
	}
	if err := h.db.DropForm(r.Context(), actorOf(r), id, version); err != nil {
		return err
	}
	h.flash(r, views.Flash{Kind: "ok", Text: lang.T(r.Context(), "草稿不要了")})
	h.redirect(w, r, "/forms?view="+formsDrafts)
	return nil
}

// formShow is one form with what came of it.
func (h *Handlers) formShow(w http.ResponseWriter, r *http.Request) error {
	return h.showFeedback(w, r, http.StatusOK, "", ui.Errors{})
}

func (h *Handlers) showFeedback(w http.ResponseWriter, r *http.Request, status int, typed string, errs ui.Errors) error {
	ctx, a := r.Context(), actorOf(r)
	id, err := pathID(r, "id")
	if err != nil {
		return err
	}
	x, err := h.db.FeedbackForm(ctx, a, id)
	if err != nil {
		return err
	}
	notes, err := h.db.FormNotes(ctx, a, id)
	if err != nil {
		return err
	}
	level, line, now := h.db.MaskFor(a, x.BranchID, x.OwnerID, x.ClerkID), h.formLine(ctx, a, x), h.db.Now()
	p := views.FeedbackShow{Customer: x.Customer, CustomerHref: "/customers/" + idText(x.CustomerID), Class: x.ClassNow, Who: x.User, Branch: line.Branch, Day: line.Day, Due: line.Due, Late: line.Late, State: x.State, StateText: line.StateText, StateKind: line.StateKind,
		Path: "/forms/" + idText(id), Version: strconv.FormatInt(x.Version, 10), Key: strings.ToLower(rand.Text()), Typed: typed, Errors: errs,
		Printed: lang.T(ctx, "%s，%s 打印于 %s", h.printedAt(x.BranchID), a.Name, h.today())}
	if p.OutOfUse, err = h.outOfUse(ctx, a, retention.Forms, id, x.Life); err != nil {
		return err
	}
	if x.Class != x.ClassNow && x.State != db.FormDraft {
		p.ClassThen = lang.T(ctx, "发表时：%s", views.ClassLabel(ctx, x.Class))
	}
	for _, answer := range x.Answers {
		p.Answers = append(p.Answers, views.FeedbackAnswer{Label: views.FormWord(ctx, answer.Label), Text: mask.Text(views.AnswerText(ctx, answer), level)})
	}
	for _, n := range notes {
		p.Notes = append(p.Notes, views.FeedbackNote{Answer: n.Kind == db.NoteAnswer, Who: n.User, Text: mask.Text(n.Text, level), When: views.TimeWord(ctx, time.UnixMilli(n.At), now)})
	}
	p.Photos = formPictures(ctx, x)
	if x.State == db.FormSeen {
		names, err := h.userNames(ctx, []int64{x.ReadBy})
		if err != nil {
			return err
		}
		p.Read = lang.T(ctx, "%s %s 看了", names[x.ReadBy], views.TimeWord(ctx, time.UnixMilli(x.ReadAt), now).Text)
	}
	if x.VisitID != 0 {
		if _, err := h.db.Visit(ctx, a.Scope(policy.VisitRead), x.VisitID); err == nil {
			p.VisitHref = "/visits/" + idText(x.VisitID)
		}
	}
	if h.db.MayEditForm(a, x) {
		p.EditHref = p.Path + "/edit"
	}
	p.CanAnswer = h.db.MayAnswerForm(a, x) && x.UserID != a.UserID
	p.CanTake = p.CanAnswer && x.State == db.FormSent
	p.CanAsk = x.State == db.FormAnswered && x.UserID == a.UserID
	if p.CanAsk {
		if p.CanKnow, err = h.db.FormNews(ctx, a, id); err != nil {
			return err
		}
	}
	return h.render(w, r, status, page{title: lang.T(ctx, "反馈表") + " " + x.Customer, body: views.FeedbackPage(p), active: "/forms"})
}

// formRead says that somebody in the marketing department has a form in hand.
func (h *Handlers) formRead(w http.ResponseWriter, r *http.Request) error {
	return h.formAct(w, r, func(ctx context.Context, a policy.Actor, id, version int64) error {
		return h.db.TakeForm(ctx, a, id, version)
	})
}

// formKnow says that who filled a form in has read the answer.
func (h *Handlers) formKnow(w http.ResponseWriter, r *http.Request) error {
	return h.formAct(w, r, func(ctx context.Context, a policy.Actor, id, _ int64) error { return h.db.KnowForm(ctx, a, id) })
}

func (h *Handlers) formAct(w http.ResponseWriter, r *http.Request, act func(ctx context.Context, a policy.Actor, id, version int64) error) error {
	id, version, err := visitActOf(r)
	if err != nil {
		return err
	}
	if err := act(r.Context(), actorOf(r), id, version); err != nil {
		return err
	}
	h.redirect(w, r, "/forms/"+idText(id))
	return nil
}

// formAnswer answers a form for the marketing department.
func (h *Handlers) formAnswer(w http.ResponseWriter, r *http.Request) error {
	return h.formSay(w, r, h.db.AnswerForm, lang.T(r.Context(), "答复了，写表的人会看到"))
}

// formAsk asks the marketing department further.
func (h *Handlers) formAsk(w http.ResponseWriter, r *http.Request) error {
	return h.formSay(w, r, h.db.AskForm, lang.T(r.Context(), "问过去了"))
}

func (h *Handlers) formSay(w http.ResponseWriter, r *http.Request, say func(context.Context, policy.Actor, db.Submission, int64, int64, string) error, done string) error {
	id, version, err := visitActOf(r)
	if err != nil {
		return err
	}
	ctx, text, errs := r.Context(), field(r, "text"), ui.Errors{}
	checkText(ctx, errs, "text", text, 1000)
	if !errs.Any() {
		err := say(ctx, actorOf(r), db.Submission{Key: field(r, "key")}, id, version, text)
		if err == nil {
			h.late.Clear()
			h.flash(r, views.Flash{Kind: "ok", Text: done})
			h.redirect(w, r, "/forms/"+idText(id))
			return nil
		}
		if !errors.Is(err, db.ErrConflict) {
			return err
		}
		errs.Add("text", lang.T(ctx, "刚才有人先答复或追问了。看过上面的，再发一次。"))
	}
	return h.showFeedback(w, r, http.StatusUnprocessableEntity, text, errs)
}
