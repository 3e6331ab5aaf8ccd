package handlers

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"yike/db"
	"yike/policy"
	"yike/policy/cause"
	"yike/policy/message"
	"yike/policy/reply"
	"yike/views"
	"yike/views/lang"
	"yike/views/ui"
)

// replyShown is how many answers a text is offered.
const replyShown = 3

// replyList shows the answers that hold for a branch, or the company.
func (h *Handlers) replyList(w http.ResponseWriter, r *http.Request) error {
	branch, err := h.ruleBranch(r, policy.TemplateRead, query(r, "branch"))
	if err != nil {
		return err
	}
	return h.showReplies(w, r, branch, query(r, "cause"), views.ReplyTry{Branch: idText(branch)})
}

func (h *Handlers) showReplies(w http.ResponseWriter, r *http.Request, branch int64, of string, try views.ReplyTry) error {
	ctx, a := r.Context(), actorOf(r)
	list, err := h.db.Replies(ctx, branch)
	if err != nil {
		return err
	}
	causes := replyCauses(ctx)
	p := views.ReplyList{Branch: idText(branch), Cause: of, Branches: h.ruleBranches(ctx, a.Scope(policy.TemplateRead)), Causes: causes, CanEdit: h.mayWord(a, branch), Try: try}
	p.NewHref = "/replies/new?" + url.Values{"branch": {idText(branch)}, "cause": {of}}.Encode()
	for _, t := range list {
		if of == "" || t.Cause == of {
			p.Rows = append(p.Rows, h.replyRow(ctx, a, t, branch))
		}
	}
	p.Count = lang.T(ctx, "共 %d 条", len(p.Rows))
	return h.render(w, r, http.StatusOK, page{title: lang.T(ctx, "答复模板"), body: views.Replies(p), active: "/replies"})
}

// replyCauses are the causes that an answer can be for.
func replyCauses(ctx context.Context) []ui.Option {
	var out []ui.Option
	for _, code := range cause.Codes {
		out = append(out, ui.Option{Value: code, Label: views.CauseCodeWord(ctx, code)})
	}
	return out
}

func (h *Handlers) replyRow(ctx context.Context, a policy.Actor, t db.Reply, branch int64) views.ReplyRow {
	row := views.ReplyRow{Title: t.Title, Keywords: t.Keywords, Body: t.Body, Off: t.State == db.TemplateOff}
	var use []string
	for _, s := range []string{views.ReplyKindWord(ctx, t.Kind), views.CauseCodeWord(ctx, t.Cause), views.WayWord(ctx, t.Channel)} {
		if s != "" {
			use = append(use, s)
		}
	}
	if row.For = strings.Join(use, " · "); row.For == "" {
		row.For = lang.T(ctx, "都行")
	}
	v := url.Values{"shipped": {t.Shipped}}
	if branch != 0 {
		v.Set("branch", idText(branch))
	}
	change := ""
	if h.mayWord(a, branch) {
		change = "/replies/new?" + v.Encode()
	}
	switch {
	case t.ID == 0:
		row.From, row.Href = lang.T(ctx, "自带"), change
	case t.BranchID == h.db.HeadOffice():
		row.From, row.Href = lang.T(ctx, "全公司"), "/replies/"+idText(t.ID)
		if branch != 0 && t.Shipped != "" && change != "" {
			row.Href = change
		}
	default:
		row.From, row.Href = h.db.BranchName(t.BranchID), "/replies/"+idText(t.ID)
	}
	return row
}

// replyTry says which answers fit a text; nothing is kept.
func (h *Handlers) replyTry(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	ctx := r.Context()
	branch, err := h.ruleBranch(r, policy.TemplateRead, field(r, "branch"))
	if err != nil {
		return err
	}
	list, err := h.db.ReplyCandidates(ctx, branch)
	if err != nil {
		return err
	}
	p := views.ReplyTry{Text: field(r, "text"), Branch: idText(branch), Asked: true}
	if strings.TrimSpace(p.Text) == "" {
		p.Asked = false
	}
	asked := askedOf(reply.Extract(p.Text, ""), "")
	p.Cause = views.CauseCodeWord(ctx, asked.Cause)
	for i, f := range reply.Fit(list, asked) {
		if i < replyShown {
			p.Found = append(p.Found, views.ReplyFound{Title: f.Title, Words: strings.Join(f.Words, lang.T(ctx, "、")), Score: strconv.Itoa(f.Score), Body: f.Body, First: i == 0})
		}
	}
	if wantsPartial(r) {
		return h.render(w, r, http.StatusOK, page{partial: views.ReplyTried(p)})
	}
	return h.showReplies(w, r, branch, "", p)
}

// askedOf is what an answer is looked for, of what a text says. A cause that
// was only guessed to be another one says nothing.
func askedOf(e reply.Extracted, channel string) reply.Asked {
	text := strings.TrimSpace(e.Subject + "\n" + e.Said)
	a := reply.Asked{Text: text, Kind: cause.Kind(text), Channel: channel}
	if g := cause.Guess(text); g.Score > 0 {
		a.Cause = g.Code
	}
	return a
}

// replyNew shows an empty form, or the program's answer to be changed.
func (h *Handlers) replyNew(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	branch, err := h.ruleBranch(r, policy.TemplateEdit, query(r, "branch"))
	if err != nil {
		return err
	}
	f := views.ReplyForm{Branch: idText(branch), Key: rand.Text(), State: db.TemplateOn, Errors: ui.Errors{}}
	f.Cause = query(r, "cause")
	if key := query(r, "shipped"); key != "" {
		list, err := h.db.Replies(ctx, branch)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(list, func(t db.Reply) bool { return t.Shipped == key })
		if i < 0 {
			return db.ErrNotFound
		}
		t := list[i]
		if t.ID != 0 && (branch == 0 || t.BranchID == branch) {
			h.redirect(w, r, "/replies/"+idText(t.ID))
			return nil
		}
		f.Template, f.State, f.Shipped = t.Template, t.State, key
	}
	if !h.mayWord(actorOf(r), branch) {
		return db.ErrRefused
	}
	return h.showReply(w, r, http.StatusOK, f)
}

// replyOf is an answer that the actor may read: head office's are everybody's,
// a branch's are those who reach it.
func (h *Handlers) replyOf(r *http.Request) (db.Reply, error) {
	id, err := pathID(r, "id")
	if err != nil {
		return db.Reply{}, err
	}
	t, err := h.db.Reply(r.Context(), id)
	if err == nil && t.BranchID != h.db.HeadOffice() && !actorOf(r).Scope(policy.TemplateRead).SeesBranch(h.db.Chain(t.BranchID)) {
		err = db.ErrNotFound
	}
	return t, err
}

func (h *Handlers) replyBranch(t db.Reply) string {
	if t.BranchID == h.db.HeadOffice() {
		return ""
	}
	return idText(t.BranchID)
}

// replyShow shows an answer, to be changed by who may.
func (h *Handlers) replyShow(w http.ResponseWriter, r *http.Request) error {
	t, err := h.replyOf(r)
	if err != nil {
		return err
	}
	return h.showReply(w, r, http.StatusOK, views.ReplyForm{ID: idText(t.ID), Branch: h.replyBranch(t), Shipped: t.Shipped, Version: strconv.FormatInt(t.Version, 10),
		State: t.State, Template: t.Template, Errors: ui.Errors{}})
}

func (h *Handlers) showReply(w http.ResponseWriter, r *http.Request, status int, f views.ReplyForm) error {
	ctx := r.Context()
	f.CanEdit, f.BranchName = h.mayWord(actorOf(r), db.ParseID(f.Branch)), h.db.BranchName(db.ParseID(f.Branch))
	if f.BranchName == "" {
		f.BranchName = lang.T(ctx, "全公司")
	}
	f.Causes = append([]ui.Option{{Value: "", Label: lang.T(ctx, "都行")}}, replyCauses(ctx)...)
	var err error
	if f.Preview, err = h.replyPreviewOf(ctx, f.Template); err != nil {
		return err
	}
	if id := db.ParseID(f.ID); id != 0 {
		list, err := h.db.ReplyVersions(ctx, id)
		if err != nil {
			return err
		}
		for _, v := range list {
			f.Versions = append(f.Versions, views.TemplateVersion{Version: strconv.FormatInt(v.Version, 10), Body: v.Keywords + "\n" + v.Body, Off: v.State == db.TemplateOff, Author: v.Author,
				Made: views.TimeWord(ctx, time.UnixMilli(v.CreatedAt), h.db.Now())})
		}
	}
	return h.render(w, r, status, page{title: lang.T(ctx, "答复模板"), body: views.ReplyEdit(f), active: "/replies"})
}

// replyPreviewOf fills an answer in for an example.
func (h *Handlers) replyPreviewOf(ctx context.Context, t reply.Template) (views.ReplyPreview, error) {
	var p views.ReplyPreview
	if strings.TrimSpace(t.Body) == "" {
		return p, nil
	}
	company, err := h.db.Company(ctx)
	if err != nil {
		return p, err
	}
	facts := reply.Facts{Message: message.Example(message.Occasion{}, h.todayDay()), Waybills: []string{"302611000625492"}, Case: "20261120-014",
		Promise: lang.T(ctx, "今天 18:00"), Track: lang.T(ctx, "昨天 21:40 到达中转站")}
	facts.Message.Company = company
	w := reply.Write(t, facts)
	p.Subject, p.Body = w.Subject, w.Body
	for _, x := range t.Check() {
		if _, said := views.ReplyProblem(ctx, x); x.In == "body" || x.In == "subject" {
			p.Wrong = append(p.Wrong, said)
		}
	}
	return p, nil
}

func readReply(r *http.Request) views.ReplyForm {
	f := views.ReplyForm{ID: field(r, "id"), Branch: field(r, "branch"), Shipped: field(r, "shipped"), Version: field(r, "version"), Key: field(r, "key"), State: db.TemplateOn, Errors: ui.Errors{}}
	f.Template = reply.Template{Title: field(r, "title"), Keywords: field(r, "keywords"), Kind: field(r, "kind"), Cause: field(r, "cause"), Channel: field(r, "channel"),
		Subject: field(r, "subject"), Body: strings.ReplaceAll(field(r, "body"), "\r\n", "\n")}
	if field(r, "state") == db.TemplateOff {
		f.State = db.TemplateOff
	}
	return f
}

// checkReply puts beside the fields what is wrong with them.
func checkReply(ctx context.Context, f *views.ReplyForm) {
	for _, p := range f.Check() {
		if name, said := views.ReplyProblem(ctx, p); f.Errors[name] == "" {
			f.Errors.Add(name, said)
		}
	}
	one := func(name, value string, among []string) {
		if value != "" && !slices.Contains(among, value) {
			f.Errors.Add(name, lang.T(ctx, "从列出来的里选一个"))
		}
	}
	one("kind", f.Kind, []string{cause.Complaint, cause.Consultation, cause.Suggestion})
	one("cause", f.Cause, cause.Codes)
	one("channel", f.Channel, views.ReplyWays)
}

// replyPreview shows what is being typed filled in; nothing is kept.
func (h *Handlers) replyPreview(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	f := readReply(r)
	if wantsPartial(r) {
		p, err := h.replyPreviewOf(r.Context(), f.Template)
		if err != nil {
			return err
		}
		return h.render(w, r, http.StatusOK, page{partial: views.ReplyPreviewed(p)})
	}
	branch, err := h.ruleBranch(r, policy.TemplateRead, f.Branch)
	if err != nil {
		return err
	}
	f.Branch, f.ID = idText(branch), "" // a history is shown by the page of the answer
	checkReply(r.Context(), &f)
	f.ID = field(r, "id")
	if id := db.ParseID(f.ID); id != 0 {
		r.SetPathValue("id", f.ID)
		if _, err := h.replyOf(r); err != nil {
			return err
		}
	}
	return h.showReply(w, r, http.StatusOK, f)
}

// replyCreate and replySave keep an answer.
func (h *Handlers) replyCreate(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	f := readReply(r)
	f.ID = ""
	branch, err := h.ruleBranch(r, policy.TemplateEdit, f.Branch)
	if err != nil {
		return err
	}
	f.Branch = idText(branch)
	return h.keepReply(w, r, f, db.Reply{})
}

func (h *Handlers) replySave(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	now, err := h.replyOf(r)
	if err != nil {
		return err
	}
	f := readReply(r)
	f.ID, f.Branch, f.Shipped = idText(now.ID), h.replyBranch(now), now.Shipped
	return h.keepReply(w, r, f, now)
}

func (h *Handlers) keepReply(w http.ResponseWriter, r *http.Request, f views.ReplyForm, now db.Reply) error {
	ctx, a := r.Context(), actorOf(r)
	if !h.mayWord(a, db.ParseID(f.Branch)) {
		return db.ErrRefused
	}
	if checkReply(ctx, &f); f.Errors.Any() {
		return h.showReply(w, r, http.StatusUnprocessableEntity, f)
	}
	in := db.Reply{ID: now.ID, BranchID: db.ParseID(f.Branch), Shipped: f.Shipped, State: f.State, Version: db.ParseID(f.Version), Template: f.Template}
	if in.BranchID == 0 {
		in.BranchID = h.db.HeadOffice()
	}
	_, err := h.db.SaveReply(ctx, a, db.Submission{Key: f.Key}, in)
	if errors.Is(err, db.ErrConflict) {
		if now.ID != 0 {
			f.Version = strconv.FormatInt(now.Version, 10)
			f.Errors.Add("body", lang.T(ctx, "刚才有人改成了“%s”。你写的还在，看过再保存。", now.Body))
		} else {
			f.Errors.Add("body", lang.T(ctx, "刚才有人改了这一条自带的答复，请回列表打开它再改。"))
		}
		return h.showReply(w, r, http.StatusUnprocessableEntity, f)
	}
	if err != nil {
		return err
	}
	h.flash(r, views.Flash{Kind: "ok", Text: lang.T(ctx, "答复存好了")})
	home := "/replies"
	if f.Branch != "" {
		home += "?branch=" + f.Branch
	}
	h.redirect(w, r, home)
	return nil
}
