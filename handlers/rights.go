package handlers

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"yike/db"
	"yike/policy"
	"yike/policy/consent"
	"yike/policy/day"
	"yike/views"
	"yike/views/lang"
	"yike/views/ui"
)

// requestPage is how many requests stand on one page of the register.
const requestPage = 50

// requestList is the register of what persons asked of their data.
func (h *Handlers) requestList(w http.ResponseWriter, r *http.Request) error {
	ctx, a := r.Context(), actorOf(r)
	scope := a.Scope(policy.CustomerRights)
	f := db.RequestFilter{All: query(r, "all") == "1", Before: db.ParseID(query(r, "before")), Limit: requestPage + 1}
	if !f.All {
		f.Limit, f.Before = 1000, 0
	}
	list, err := h.db.Requests(ctx, scope, f)
	if err != nil {
		return err
	}
	p := views.RequestList{All: f.All, Printed: h.printed(ctx, a, a.Branch)}
	if f.All && len(list) > requestPage {
		list = list[:requestPage]
		p.Next = "/requests?all=1&before=" + idText(list[requestPage-1].ID)
	}
	late := 0
	for _, q := range list {
		row := h.requestRow(ctx, q)
		if row.Due == "over" {
			late++
		}
		p.Rows = append(p.Rows, row)
		if q.Open() && p.Unpublished == "" {
			if p.Unpublished, err = h.unpublishedDue(ctx, q.ReceivedOn, q.DueOn); err != nil {
				return err
			}
		}
	}
	p.Open, p.Late = strconv.Itoa(len(list)), strconv.Itoa(late)
	return h.render(w, r, http.StatusOK, page{title: lang.T(ctx, "个人信息请求"), body: views.Requests(p), active: "/requests"})
}

// unpublishedDue says that a deadline in working days rests on a year whose
// holidays are not announced; "" when it does not.
func (h *Handlers) unpublishedDue(ctx context.Context, from, to string) (string, error) {
	first, err1 := day.Parse(from)
	last, err2 := day.Parse(to)
	if err1 != nil || err2 != nil || !first.Valid() || !last.Valid() {
		return "", nil
	}
	cal, err := h.db.WorkCalendar(ctx, h.today())
	if err != nil {
		return "", err
	}
	if year := cal.Unpublished(first, last); year != 0 {
		return lang.T(ctx, "%s 年放假安排未公布，期限先按周一到周五算。", strconv.Itoa(year)), nil
	}
	return "", nil
}

func (h *Handlers) requestRow(ctx context.Context, q db.Request) views.RequestRow {
	today := h.todayDay()
	due, err := day.Parse(q.DueOn)
	if err != nil {
		due = today
	}
	who := q.Customer
	if q.ContactID != 0 {
		who = lang.T(ctx, "%s（%s）", q.Contact, q.Customer)
	}
	return views.RequestRow{Href: "/requests/" + idText(q.ID), Kind: views.RequestKindWord(ctx, q.Kind), Who: who, Customer: q.Customer, Branch: h.db.BranchName(q.BranchID),
		State: views.RequestStateWord(ctx, q.State), Handler: q.Handler, Due: consent.Urgency(q.Open(), due, today),
		DueOn: views.DayWord(ctx, q.DueOn, today.String()), Received: views.DayWord(ctx, q.ReceivedOn, today.String())}
}

// requestNew is the form of a request of one client.
func (h *Handlers) requestNew(w http.ResponseWriter, r *http.Request) error {
	return h.showRequestForm(w, r, http.StatusOK, views.RequestForm{Customer: query(r, "customer"), Key: rand.Text(), Channel: "phone", Received: h.today(), Errors: ui.Errors{}})
}

func (h *Handlers) showRequestForm(w http.ResponseWriter, r *http.Request, status int, f views.RequestForm) error {
	ctx, a := r.Context(), actorOf(r)
	scope := a.Scope(policy.CustomerRights)
	c, err := h.db.Customer(ctx, scope, db.ParseID(f.Customer))
	if err != nil {
		return err
	}
	list, err := h.db.Contacts(ctx, scope, c.ID)
	if err != nil {
		return err
	}
	rule, _, err := h.db.ConsentRule(ctx, h.today())
	if err != nil {
		return err
	}
	f.Name, f.MaxDay, f.Days = c.Name, h.today(), strconv.Itoa(rule.Days)
	cal, err := h.db.WorkCalendar(ctx, h.today())
	if err != nil {
		return err
	}
	if f.Unpublished, err = h.unpublishedDue(ctx, h.today(), rule.Due(h.todayDay(), cal).String()); err != nil {
		return err
	}
	for _, k := range consent.Kinds {
		f.Kinds = append(f.Kinds, ui.Option{Value: k, Label: views.RequestKindWord(ctx, k)})
	}
	f.Contacts = []ui.Option{{Value: "", Label: lang.T(ctx, "整个客户：%s", c.Name)}}
	for _, k := range list {
		f.Contacts = append(f.Contacts, ui.Option{Value: idText(k.ID), Label: lang.T(ctx, "只是联系人：%s", k.Name)})
	}
	for _, s := range consent.Sources {
		f.Channels = append(f.Channels, ui.Option{Value: s, Label: views.SourceOfWord(ctx, s)})
	}
	return h.render(w, r, status, page{title: lang.T(ctx, "登记个人信息请求"), body: views.RequestNew(f), active: "/requests"})
}

// maxAsked is how many characters a request, or its answer, has at most.
const maxAsked = 500

func (h *Handlers) requestCreate(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	ctx := r.Context()
	f := views.RequestForm{Key: field(r, "key"), Customer: field(r, "customer"), Kind: field(r, "kind"), Contact: field(r, "contact"), Channel: field(r, "channel"),
		Received: field(r, "received"), Asked: field(r, "asked"), Errors: ui.Errors{}}
	if !slices.Contains(consent.Kinds, f.Kind) {
		f.Errors.Add("kind", lang.T(ctx, "请选一个"))
	}
	switch consent.Check(f.Channel, f.Received, "x", h.todayDay()) {
	case consent.NoSource:
		f.Errors.Add("channel", lang.T(ctx, "请选一个"))
	case consent.NoDay:
		f.Errors.Add("received", lang.T(ctx, "没有这一天，写成 2026-11-21 这样"))
	case consent.DayAhead:
		f.Errors.Add("received", lang.T(ctx, "这一天还没到"))
	}
	switch n := utf8.RuneCountInString(f.Asked); {
	case n == 0:
		f.Errors.Add("asked", lang.T(ctx, "请填写"))
	case n > maxAsked:
		f.Errors.Add("asked", lang.T(ctx, "最多 %d 个字", maxAsked))
	}
	if f.Errors.Any() {
		return h.showRequestForm(w, r, http.StatusUnprocessableEntity, f)
	}
	id, err := h.db.OpenRequest(ctx, actorOf(r), db.Submission{Key: f.Key}, db.Request{CustomerID: db.ParseID(f.Customer), ContactID: db.ParseID(f.Contact), Kind: f.Kind,
		Channel: f.Channel, ReceivedOn: f.Received, Asked: f.Asked})
	if err != nil {
		return err
	}
	h.flash(r, views.Flash{Kind: "ok", Text: lang.T(ctx, "已登记")})
	h.redirect(w, r, "/requests/"+idText(id))
	return nil
}

// requestShow is the page of one request.
func (h *Handlers) requestShow(w http.ResponseWriter, r *http.Request) error {
	return h.showRequest(w, r, http.StatusOK, ui.Errors{}, "")
}

func (h *Handlers) showRequest(w http.ResponseWriter, r *http.Request, status int, errs ui.Errors, typed string) error {
	id, err := pathID(r, "id")
	if err != nil {
		return err
	}
	ctx, a := r.Context(), actorOf(r)
	scope := a.Scope(policy.CustomerRights)
	q, err := h.db.Request(ctx, scope, id)
	if err != nil {
		return err
	}
	rule, _, err := h.db.ConsentRule(ctx, h.today())
	if err != nil {
		return err
	}
	now := h.db.Now()
	p := views.RequestPage{RequestRow: h.requestRow(ctx, q), ID: idText(q.ID), Version: strconv.FormatInt(q.Version, 10), Asked: q.Asked, Reply: q.Reply,
		Proposer: q.Proposer, Decider: q.Decider, IsCopy: q.Kind == consent.Copy, IsErasure: q.Kind == consent.Erasure, Open: q.Open(), Waits: q.State == "proposed",
		Mine: q.ProposedBy == a.UserID, Erased: q.Erased, Contact: q.ContactID != 0, Errors: errs, Typed: typed, Printed: h.printed(ctx, a, q.BranchID)}
	if q.Open() {
		if p.Unpublished, err = h.unpublishedDue(ctx, q.ReceivedOn, q.DueOn); err != nil {
			return err
		}
	}
	if q.ProposedAt != 0 {
		p.Proposed = views.TimeWord(ctx, time.UnixMilli(q.ProposedAt), now)
	}
	if q.DecidedAt != 0 {
		at := time.UnixMilli(q.DecidedAt)
		p.Decided = views.TimeWord(ctx, at, now)
		p.BackupsUntil = views.DayWord(ctx, db.Day(at.AddDate(0, 0, rule.BackupDays)), h.today())
	}
	if !q.Erased {
		p.CustomerHref = "/customers/" + idText(q.CustomerID)
		if q.Kind == consent.Correction && q.Open() {
			p.EditHref = p.CustomerHref + "/edit"
			if q.ContactID != 0 {
				p.EditHref = p.CustomerHref + "/contacts/" + idText(q.ContactID) + "/edit"
			}
		}
	} else if p.Scrub, err = h.db.ScrubDue(ctx); err != nil {
		return err
	}
	if p.IsErasure && p.Open {
		plan, err := h.db.PlanErasure(ctx, scope, id)
		if err != nil {
			return err
		}
		if !a.Can(policy.AccountRead) {
			plan.Owed = 0
		}
		p.Goes, p.Stays = planWords(ctx, plan, p.Contact, db.Day(now.AddDate(0, 0, rule.BackupDays)))
	}
	return h.render(w, r, status, page{title: p.Kind, body: views.Request(p), active: "/requests"})
}

// planWords says what an erasure takes and what stays.
func planWords(ctx context.Context, plan db.ErasePlan, contact bool, until string) (goes, stays []string) {
	if contact {
		goes = append(goes, lang.T(ctx, "这位联系人的姓名、职务、微信、邮箱、生日、备注"))
	} else {
		goes = append(goes, lang.T(ctx, "客户名称、微信、邮箱、地址、证照号、备注，和 %d 位联系人的全部资料", plan.Contacts))
	}
	goes = append(goes, lang.T(ctx, "%d 个电话号码，和搜索里的全部线索", plan.Phones),
		lang.T(ctx, "%d 次拜访里写的内容，%d 张照片", plan.Visits, plan.Photos))
	if plan.Optional > 0 {
		goes = append(goes, lang.T(ctx, "%d 项可选信息（证件号等），连同钥匙", plan.Optional))
	}
	if plan.Tags > 0 {
		goes = append(goes, lang.T(ctx, "%d 个标签", plan.Tags))
	}
	if plan.Mentions > 0 {
		goes = append(goes, lang.T(ctx, "别的客户资料里写到的 %d 处（号码、微信、邮箱、全名）", plan.Mentions))
	}
	if plan.Uncounted {
		goes = append(goes, lang.T(ctx, "别的客户资料里写到的号码、微信、邮箱、全名：资料多，没有先数，删除时一处不落"))
		stays = append(stays, lang.T(ctx, "别的客户资料里只写着姓名的，认不出是不是同一个人，请搜一搜，人工改"))
	}
	goes = append(goes, lang.T(ctx, "导入的原文件和待下载的导出文件，导出的请本人重新导一次"))
	if plan.Named > 0 {
		stays = append(stays, lang.T(ctx, "别的客户资料里有 %d 处写着“%s”，认不出是不是同一个人，请搜一搜，人工改", plan.Named, plan.Name))
	}
	if contact {
		goes = append(goes, lang.T(ctx, "这位客户以前各次修改的旧值也一并读不出来"))
		stays = append(stays, lang.T(ctx, "客户本身和其他联系人；和联系人同一个号码的客户电话要另外改"))
	} else {
		goes = append(goes, lang.T(ctx, "%d 条修改记录里的旧值：钥匙销毁，再也读不出来", plan.Audits))
		stays = append(stays, lang.T(ctx, "一个叫“已删除”的空档，拜访次数等数字不变"))
		if plan.Papers > 0 {
			stays = append(stays, lang.T(ctx, "%d 张账款单据的金额和日期：法律要求留存，备注会删掉", plan.Papers))
		}
		if plan.Owed > 0 {
			stays = append(stays, lang.T(ctx, "他还有 %s 元没结清：删除以后应收里不再列出，先收清再删", moneyShown(plan.Owed)))
		}
	}
	return goes, append(stays, lang.T(ctx, "谁在哪天做过什么的记录，不含内容（个人信息保护法要求留存）；当时写的理由、文件名里如有姓名会留着"),
		lang.T(ctx, "程序自己留的旧副本，%s 自动清除；另外存的备份，请保管的人在这天前删掉。恢复旧备份会自动再删一次", until),
		lang.T(ctx, "已经导出、打印带走的文件：客户页“谁看过”里查得到是谁，请他删掉"))
}

// requestAct runs one act on a request and goes back to it; a stale page says
// so.
func (h *Handlers) requestAct(w http.ResponseWriter, r *http.Request, done string, act func(id, version int64) error) error {
	id, err := pathID(r, "id")
	if err != nil {
		return err
	}
	ctx := r.Context()
	err = act(id, db.ParseID(field(r, "version")))
	switch {
	case errors.Is(err, db.ErrSamePerson):
		h.flash(r, views.Flash{Kind: "soon", Text: lang.T(ctx, "提交的人不能自己确认，请另一个人来")})
	case errors.Is(err, db.ErrConflict):
		h.flash(r, views.Flash{Kind: "soon", Text: lang.T(ctx, "刚才有人处理过了，看看现在的样子")})
	case err != nil:
		return err
	default:
		h.flash(r, views.Flash{Kind: "ok", Text: done})
	}
	h.redirect(w, r, "/requests/"+idText(id))
	return nil
}

func (h *Handlers) requestAnswer(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	ctx, reply, errs := r.Context(), field(r, "reply"), ui.Errors{}
	switch n := utf8.RuneCountInString(reply); {
	case n < 2:
		errs.Add("reply", lang.T(ctx, "写一句怎么答复的；拒绝的写明理由"))
	case n > maxAsked:
		errs.Add("reply", lang.T(ctx, "最多 %d 个字", maxAsked))
	}
	if errs.Any() {
		return h.showRequest(w, r, http.StatusUnprocessableEntity, errs, reply)
	}
	return h.requestAct(w, r, lang.T(ctx, "已办结"), func(id, version int64) error {
		return h.db.AnswerRequest(ctx, actorOf(r), id, version, field(r, "state"), reply)
	})
}

func (h *Handlers) requestPropose(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	ctx, back := r.Context(), field(r, "back") == "1"
	done := lang.T(ctx, "已提交，请另一人确认")
	if back {
		done = lang.T(ctx, "已收回")
	}
	return h.requestAct(w, r, done, func(id, version int64) error {
		return h.db.ProposeErasure(ctx, actorOf(r), id, version, back)
	})
}

func (h *Handlers) requestConfirm(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	ctx := r.Context()
	if field(r, "sure") != "1" {
		return h.showRequest(w, r, http.StatusUnprocessableEntity, ui.Errors{"sure": lang.T(ctx, "先勾选，再确认")}, "")
	}
	return h.requestAct(w, r, lang.T(ctx, "已删除，不能恢复"), func(id, version int64) error {
		_, err := h.db.ConfirmErasure(ctx, actorOf(r), id, version)
		return err
	})
}

// requestExport sends the register, without what the persons said.
func (h *Handlers) requestExport(w http.ResponseWriter, r *http.Request) error {
	ctx, a := r.Context(), actorOf(r)
	table := [][]string{{lang.T(ctx, "要什么"), lang.T(ctx, "是谁的信息"), lang.T(ctx, "网点"), lang.T(ctx, "哪天收到的"), lang.T(ctx, "期限"), lang.T(ctx, "状态"), lang.T(ctx, "谁在办")}}
	var customers []int64
	f := db.RequestFilter{All: true, Limit: 1000}
	for len(table) < mostExposed {
		list, err := h.db.Requests(ctx, a.Scope(policy.CustomerRights), f)
		if err != nil {
			return err
		}
		for _, q := range list {
			row := h.requestRow(ctx, q)
			table = append(table, []string{row.Kind, row.Who, row.Branch, q.ReceivedOn, q.DueOn, row.State, row.Handler})
			customers = append(customers, q.CustomerID)
			f.Before = q.ID
		}
		if len(list) < f.Limit {
			break
		}
	}
	return h.sendBook(w, r, "requests.export", "requests-"+h.today(), lang.T(ctx, "个人信息请求"), "/requests", table, customers...)
}
