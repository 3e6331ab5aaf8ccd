package handlers

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"yike/db"
	"yike/policy"
	"yike/policy/day"
	"yike/policy/mask"
	"yike/views"
	"yike/views/lang"
	"yike/views/ui"
)

// noticeList shows what came to the actor, or with view=sent what they look
// after; with asked, what a branch has not answered.
func (h *Handlers) noticeList(w http.ResponseWriter, r *http.Request) error {
	ctx, a := r.Context(), actorOf(r)
	f := db.NoticeFilter{Sent: query(r, "view") == "sent" && a.Can(policy.NoticeSend), Unread: query(r, "unread") == "1", Asked: db.ParseID(query(r, "asked")), Before: db.ParseID(query(r, "before"))}
	if query(r, "late") == "1" {
		f.LateOn = h.today()
	}
	list, more, err := h.db.Notices(ctx, a, f)
	if err != nil {
		return err
	}
	all := f
	all.Before = 0
	n, err := h.db.CountNotices(ctx, a, all, maxCount+1)
	if err != nil {
		return err
	}
	p := views.NoticeList{Sent: f.Sent, Count: lang.T(ctx, "共 %d 条", n)}
	p.Tabs = []views.NavItem{{Label: lang.T(ctx, "给我的"), Href: "/notices", Active: !f.Sent && f.Asked == 0}}
	if a.Can(policy.NoticeSend) {
		p.Tabs = append(p.Tabs, views.NavItem{Label: lang.T(ctx, "发出的"), Href: "/notices?view=sent", Active: f.Sent})
		p.NewHref, p.AskHref = "/notices/new", "/notices/new?kind=inquiry"
	}
	for _, x := range list {
		p.Rows = append(p.Rows, h.noticeLine(ctx, a, x))
	}
	v := url.Values{}
	for name, on := range map[string]bool{"view": f.Sent, "unread": f.Unread, "late": f.LateOn != "", "asked": f.Asked != 0} {
		if on {
			v.Set(name, query(r, name))
		}
	}
	if f.Asked != 0 {
		p.Chips.Label, p.Chips.ClearHref = lang.T(ctx, "筛选条件"), "/notices"
		p.Chips.Items = append(p.Chips.Items, ui.Chip{Label: lang.T(ctx, "没答复的网点"), Value: h.db.BranchName(f.Asked), RemoveHref: "/notices"})
	}
	if more {
		v.Set("before", idText(list[len(list)-1].ID))
		p.Next = "/notices?" + v.Encode()
	}
	return h.render(w, r, http.StatusOK, page{title: lang.T(ctx, "通知和征集"), body: views.Notices(p), active: "/notices"})
}

func (h *Handlers) noticeLine(ctx context.Context, a policy.Actor, x db.NoticeRow) views.NoticeLine {
	line := views.NoticeLine{Href: "/notices/" + idText(x.ID), Kind: views.NoticeKindWord(ctx, x.Kind), Title: x.Title, From: x.Author + " · " + h.db.BranchName(x.BranchID), When: views.TimeWord(ctx, time.UnixMilli(x.SentAt), h.db.Now()),
		Unread: x.Mine && x.ReadAt == 0 && x.ClosedAt == 0, Closed: x.ClosedAt != 0}
	if h.db.MaySeeNotice(a, x) {
		line.Read = outOf(x.Read, x.Told)
	}
	if x.Kind == db.NoticeInquiry {
		line.Due, line.Answered = views.DayWord(ctx, x.Due, h.today()), outOf(x.Answered, x.Asked)
		line.Late = x.ClosedAt == 0 && x.Answered < x.Asked && x.Due < h.today()
	}
	return line
}

// outOf is "3/8".
func outOf(n, of int) string { return strconv.Itoa(n) + "/" + strconv.Itoa(of) }

// noticeNew is the form of a notice or, with kind=inquiry, of an inquiry.
func (h *Handlers) noticeNew(w http.ResponseWriter, r *http.Request) error {
	f := views.NoticeForm{Inquiry: query(r, "kind") == db.NoticeInquiry, Key: strings.ToLower(rand.Text()), Errors: ui.Errors{}}
	if f.Inquiry {
		f.Due = h.todayDay().Add(7).String()
	}
	return h.showNoticeForm(w, r, http.StatusOK, f)
}

func (h *Handlers) showNoticeForm(w http.ResponseWriter, r *http.Request, status int, f views.NoticeForm) error {
	ctx, a := r.Context(), actorOf(r)
	f.MinDay = h.today()
	f.BranchList, f.Below = h.noticePlaces(ctx, a)
	if len(f.BranchList) == 1 && len(f.Branches) == 0 && status == http.StatusOK {
		f.Branches = []string{f.BranchList[0].Value}
	}
	var err error
	if f.RoleList, err = h.roleOptions(ctx, nil); err != nil {
		return err
	}
	if !f.Inquiry {
		typed := f.Person
		if f.Person, err = h.personFind(ctx, a, "told", ui.FindProps{Name: "person", Label: lang.T(ctx, "另发给一位"), Value: typed.Value, Optional: lang.T(ctx, "可不填"), Error: f.Errors["person"]}); err != nil {
			return err
		}
		if typed.Text != "" {
			f.Person.Text = typed.Text
		}
	}
	title := lang.T(ctx, "发通知")
	if f.Inquiry {
		title = lang.T(ctx, "向网点征集")
	}
	return h.render(w, r, status, page{title: title, body: views.NoticeNew(f), active: "/notices", scripts: []string{"find.js"}})
}

// placesFlat is for how many branches each is a tile of its own.
const placesFlat = 10

// noticePlaces are the branches to which the actor sends: all of them when they
// are few, else those that have others below them, and these apart.
func (h *Handlers) noticePlaces(ctx context.Context, a policy.Actor) (top []ui.Option, below []views.NoticeBelow) {
	list := slices.DeleteFunc(h.db.Branches(ctx, a.Scope(policy.NoticeSend)), func(b db.Branch) bool { return !b.Active })
	parents := map[int64]bool{}
	for _, b := range list {
		parents[b.ParentID] = true
	}
	at := map[int64]int{}
	for _, b := range list {
		o := ui.Option{Value: idText(b.ID), Label: b.Name}
		if i, there := at[b.ParentID]; there && len(list) > placesFlat && !parents[b.ID] {
			below[i].Options = append(below[i].Options, o)
			continue
		}
		top = append(top, o)
		if parents[b.ID] {
			at[b.ID], below = len(below), append(below, views.NoticeBelow{Name: b.Name})
		}
	}
	return top, slices.DeleteFunc(below, func(g views.NoticeBelow) bool { return len(g.Options) == 0 })
}

// noticeCreate sends a notice or an inquiry.
func (h *Handlers) noticeCreate(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	ctx, a := r.Context(), actorOf(r)
	f := views.NoticeForm{Inquiry: field(r, "kind") == db.NoticeInquiry, Key: field(r, "key"), Title: field(r, "title"), Body: field(r, "body"), Branches: fields(r, "branches"), Roles: fields(r, "roles"), Must: field(r, "must") == "1", Until: field(r, "until"), Due: field(r, "due"), Errors: ui.Errors{}}
	if utf8.RuneCountInString(f.Key) < 16 || len(f.Key) > 64 {
		return fmt.Errorf("%w: submission key %q", errBadRequest, f.Key)
	}
	n, err := h.readNotice(r, &f)
	if err != nil {
		return err
	}
	id := int64(0)
	if !f.Errors.Any() {
		id, err = h.db.SendNotice(ctx, a, db.Submission{Key: f.Key}, n)
		switch {
		case errors.Is(err, db.ErrNobody):
			f.Errors.Add("branches", lang.T(ctx, "那里没有这样的人，换个范围"))
		case errors.Is(err, db.ErrTooMany):
			f.Errors.Add("branches", lang.T(ctx, "一次最多发给 %d 人", db.MostTold))
		case err != nil:
			return err
		}
	}
	if f.Errors.Any() {
		return h.showNoticeForm(w, r, http.StatusUnprocessableEntity, f)
	}
	h.flash(r, views.Flash{Kind: "ok", Text: lang.T(ctx, "发出去了，谁看过这里看得到")})
	h.redirect(w, r, "/notices/"+idText(id))
	return nil
}

// readNotice reads what was typed and says what is wrong with it.
func (h *Handlers) readNotice(r *http.Request, f *views.NoticeForm) (db.Notice, error) {
	ctx, a := r.Context(), actorOf(r)
	n := db.Notice{Kind: db.NoticePlain, Title: f.Title, Body: f.Body, Must: f.Must}
	checkText(ctx, f.Errors, "title", f.Title, 60)
	checkText(ctx, f.Errors, "body", f.Body, 2000)
	access, err := h.db.Access(ctx)
	if err != nil {
		return n, err
	}
	for _, role := range f.Roles {
		if !slices.ContainsFunc(access.Roles(), func(i policy.RoleInfo) bool { return string(i.Role) == role }) {
			f.Errors.Add("roles", lang.T(ctx, "请重选"))
		}
		n.Target.Roles = append(n.Target.Roles, role)
	}
	for _, text := range f.Branches {
		n.Target.Branches = append(n.Target.Branches, db.ParseID(text))
	}
	checkDay := func(name, text string) string {
		d, err := day.Parse(text)
		if text == "" {
			return ""
		}
		if err != nil || !d.Valid() {
			f.Errors.Add(name, lang.T(ctx, "日期写成 2026-11-21 这样"))
		} else if d.String() < h.today() {
			f.Errors.Add(name, lang.T(ctx, "这一天已经过了"))
		}
		return text
	}
	if f.Inquiry {
		n.Kind, n.Must = db.NoticeInquiry, false
		if n.Due = checkDay("due", f.Due); n.Due == "" {
			f.Errors.Add("due", lang.T(ctx, "请填日期"))
		}
	} else {
		n.Until = checkDay("until", f.Until)
		value, fault, err := h.person(ctx, a, personUses["told"], r.PostForm, "person")
		if err != nil {
			return n, err
		}
		if fault != "" {
			f.Errors.Add("person", fault)
		}
		f.Person.Value, f.Person.Text, n.Target.Person = value, field(r, ui.FindText("person")), db.ParseID(value)
	}
	if len(n.Target.Branches) == 0 && n.Target.Person == 0 {
		f.Errors.Add("branches", lang.T(ctx, "请选发给哪里"))
	}
	return n, nil
}

// noticeShow is one notice with how it went.
func (h *Handlers) noticeShow(w http.ResponseWriter, r *http.Request) error {
	return h.showNotice(w, r, http.StatusOK, nil)
}

// showNotice shows it; typed is an answer that was wrong, nil before any.
func (h *Handlers) showNotice(w http.ResponseWriter, r *http.Request, status int, typed *views.AnswerForm) error {
	ctx, a := r.Context(), actorOf(r)
	id, err := pathID(r, "id")
	if err != nil {
		return err
	}
	x, err := h.db.Notice(ctx, a, id)
	if err != nil {
		return err
	}
	line, now := h.noticeLine(ctx, a, x), h.db.Now()
	p := views.NoticeShow{Inquiry: x.Kind == db.NoticeInquiry, Title: x.Title, Body: x.Body, Kind: line.Kind, From: line.From, When: line.When, Due: line.Due, Late: line.Late, Closed: line.Closed, Path: line.Href, Version: strconv.FormatInt(x.Version, 10),
		CanRead: line.Unread, Must: x.Must, Looks: h.db.MaySeeNotice(a, x), To: h.noticeTo(ctx, x.Target)}
	if x.Until != "" {
		p.Until = views.DayWord(ctx, x.Until, h.today())
	}
	if x.ReadAt != 0 {
		p.ReadAt = views.TimeWord(ctx, time.UnixMilli(x.ReadAt), now)
	}
	if p.Looks {
		p.CanRemind = a.Can(policy.NoticeSend) && x.ClosedAt == 0
		p.Read = lang.T(ctx, "%d 人里看过 %d 人", x.Told, x.Read)
		p.Share = ui.ProgressProps{Label: lang.T(ctx, "看过"), Text: p.Read, Value: int64(x.Read), Max: int64(x.Told)}
		readers, err := h.db.NoticeReaders(ctx, a, id)
		if err != nil {
			return err
		}
		for _, u := range readers {
			one := views.NoticeReader{Name: u.Name, Branch: h.db.BranchName(u.BranchID)}
			if u.ReadAt != 0 {
				one.ReadAt = views.TimeWord(ctx, time.UnixMilli(u.ReadAt), now)
			}
			p.Readers = append(p.Readers, one)
		}
	}
	if p.Inquiry {
		if err := h.noticeAnswers(ctx, a, x, &p, typed); err != nil {
			return err
		}
	}
	return h.render(w, r, status, page{title: x.Title, body: views.NoticePage(p), active: "/notices"})
}

// noticeTo says whom a notice went to.
func (h *Handlers) noticeTo(ctx context.Context, t db.NoticeTarget) string {
	var parts []string
	for _, b := range t.Branches {
		parts = append(parts, h.db.BranchName(b))
	}
	text := lang.T(ctx, "发给：%s", joined(ctx, parts))
	var roles []string
	for _, role := range t.Roles {
		roles = append(roles, h.roleName(ctx, policy.Role(role)))
	}
	if len(parts) == 0 {
		return lang.T(ctx, "发给一位同事")
	}
	if len(roles) > 0 {
		text += lang.T(ctx, "；") + joined(ctx, roles)
	}
	return text
}

// noticeAnswers are the answers to an inquiry, and the form of one for who
// answers.
func (h *Handlers) noticeAnswers(ctx context.Context, a policy.Actor, x db.NoticeRow, p *views.NoticeShow, typed *views.AnswerForm) error {
	list, err := h.db.InquiryAnswers(ctx, a, x.ID)
	if err != nil {
		return err
	}
	p.Answered = lang.T(ctx, "%d 个网点里答了 %d 个", x.Asked, x.Answered)
	f := views.AnswerForm{Errors: ui.Errors{}}
	for _, one := range list {
		line := views.NoticeAnswer{Branch: h.db.BranchName(one.BranchID), By: one.By, Text: h.answerShown(a, one), Hidden: one.Hidden, Done: one.AnsweredAt != 0}
		if line.Done {
			line.When = views.TimeWord(ctx, time.UnixMilli(one.AnsweredAt), h.db.Now())
		}
		for _, c := range one.Clients {
			line.Clients = append(line.Clients, views.NavItem{Label: c.Name, Href: "/customers/" + idText(c.ID)})
		}
		p.Answers = append(p.Answers, line)
		if !one.Mine || x.ClosedAt != 0 || line.Text != one.Text {
			continue // who sees a part of an answer does not correct it
		}
		if len(f.Branches) == 0 {
			f.Branch, f.At, f.Text, f.Correct = idText(one.BranchID), strconv.FormatInt(one.AnsweredAt, 10), one.Text, one.AnsweredAt != 0
			var codes []string
			for _, c := range one.Clients {
				codes = append(codes, c.Code)
			}
			f.Clients = strings.Join(codes, "\n")
		}
		if one.AnsweredAt == 0 || len(list) == 1 {
			f.Branches = append(f.Branches, ui.Option{Value: idText(one.BranchID), Label: h.db.BranchName(one.BranchID)})
		}
	}
	if typed != nil {
		typed.Branches, f = f.Branches, *typed
		if len(typed.Branches) > 0 {
			f.Branches = typed.Branches
		}
	}
	if f.Branch != "" && (len(f.Branches) > 0 || typed != nil) {
		p.Answer = &f
	}
	return nil
}

// answerShown is as much of an answer as the actor sees of its branch's clients.
func (h *Handlers) answerShown(a policy.Actor, one db.InquiryAnswer) string {
	return mask.Text(one.Text, h.db.MaskFor(a, one.BranchID, 0, 0))
}

// noticeRead says that the actor has read it.
func (h *Handlers) noticeRead(w http.ResponseWriter, r *http.Request) error {
	id, _, err := visitActOf(r)
	if err != nil {
		return err
	}
	if err := h.db.ReadNotice(r.Context(), actorOf(r), id); err != nil {
		return err
	}
	h.noticeCounts.Delete(actorOf(r).UserID)
	h.redirect(w, r, "/notices/"+idText(id))
	return nil
}

// noticeAnswer answers an inquiry for a branch.
func (h *Handlers) noticeAnswer(w http.ResponseWriter, r *http.Request) error {
	id, _, err := visitActOf(r)
	if err != nil {
		return err
	}
	ctx, a := r.Context(), actorOf(r)
	list, err := h.db.InquiryAnswers(ctx, a, id)
	if err != nil {
		return err
	}
	for _, one := range list {
		if one.BranchID == db.ParseID(field(r, "branch")) && h.answerShown(a, one) != one.Text {
			return fmt.Errorf("inquiry %d: %w", id, db.ErrRefused)
		}
	}
	f := views.AnswerForm{Branch: field(r, "branch"), At: field(r, "at"), Text: field(r, "text"), Clients: field(r, "clients"), Errors: ui.Errors{}}
	checkText(ctx, f.Errors, "text", f.Text, 2000)
	clients, unknown, err := h.namedClients(ctx, a, f.Clients)
	if err != nil {
		return err
	}
	if unknown != "" {
		f.Errors.Add("clients", lang.T(ctx, "你能看的客户里没有“%s”，写编码或全称", unknown))
	}
	if len(clients) > mostNamed {
		f.Errors.Add("clients", lang.T(ctx, "最多 %d 位", mostNamed))
	}
	at, err := strconv.ParseInt(f.At, 10, 64)
	if err != nil {
		return fmt.Errorf("%w: %q", errBadRequest, f.At)
	}
	if !f.Errors.Any() {
		err := h.db.AnswerInquiry(ctx, a, id, db.ParseID(f.Branch), at, f.Text, clients)
		if err == nil {
			h.noticeCounts.Delete(a.UserID)
			h.late.Clear()
			h.flash(r, views.Flash{Kind: "ok", Text: lang.T(ctx, "答复发出去了")})
			h.redirect(w, r, "/notices/"+idText(id))
			return nil
		}
		if !errors.Is(err, db.ErrConflict) {
			return err
		}
		f.Errors.Add("text", lang.T(ctx, "刚才有人答过，或者征集收回了。请看下面再决定。"))
	}
	return h.showNotice(w, r, http.StatusUnprocessableEntity, &f)
}

// mostNamed bounds the clients whom one answer names.
const mostNamed = 200

// namedClients reads clients, one a line; unknown is the first that is none.
func (h *Handlers) namedClients(ctx context.Context, a policy.Actor, text string) (ids []int64, unknown string, err error) {
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || len(ids) > mostNamed {
			continue
		}
		id, err := h.db.ClientNamed(ctx, a.Scope(policy.CustomerRead), line)
		if errors.Is(err, db.ErrNotFound) {
			return ids, line, nil
		}
		if err != nil {
			return nil, "", err
		}
		if !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids, "", nil
}

// noticeRemind reminds those who have not read it, or not answered.
func (h *Handlers) noticeRemind(w http.ResponseWriter, r *http.Request) error {
	id, _, err := visitActOf(r)
	if err != nil {
		return err
	}
	ctx := r.Context()
	n, err := h.db.RemindNotice(ctx, actorOf(r), id)
	if err != nil {
		return err
	}
	h.flash(r, views.Flash{Kind: "ok", Text: lang.T(ctx, "提醒了，还差 %d 个", n)})
	h.redirect(w, r, "/notices/"+idText(id))
	return nil
}

// noticeClose takes it back.
func (h *Handlers) noticeClose(w http.ResponseWriter, r *http.Request) error {
	id, version, err := visitActOf(r)
	if err != nil {
		return err
	}
	if err := h.db.CloseNotice(r.Context(), actorOf(r), id, version); err != nil {
		return err
	}
	h.flash(r, views.Flash{Kind: "ok", Text: lang.T(r.Context(), "收回了，不再等谁")})
	h.redirect(w, r, "/notices/"+idText(id))
	return nil
}

// noticeCount is how many notices the actor has not read, "" for none.
func (h *Handlers) noticeCount(ctx context.Context, a policy.Actor) string {
	return h.counted(ctx, &h.noticeCounts, a, "count the notices", func() (int, error) { return h.db.CountNotices(ctx, a, db.NoticeFilter{Unread: true}, todoMost+1) })
}
