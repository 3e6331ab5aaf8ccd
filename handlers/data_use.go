package handlers

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"yike/db"
	"yike/policy"
	"yike/policy/consent"
	"yike/views"
	"yike/views/lang"
)

// dataUse is the record of what is held about a client, and who used it.
func (h *Handlers) dataUse(w http.ResponseWriter, r *http.Request) error {
	p, err := h.dataUsePage(r)
	if err != nil {
		return err
	}
	return h.render(w, r, http.StatusOK, page{title: lang.T(r.Context(), "信息使用记录"), body: views.DataUse(p), active: "/customers"})
}

func (h *Handlers) dataUsePage(r *http.Request) (views.DataUsePage, error) {
	id, err := pathID(r, "id")
	if err != nil {
		return views.DataUsePage{}, err
	}
	ctx, a := r.Context(), actorOf(r)
	scope := a.Scope(policy.CustomerRights)
	u, err := h.db.DataUse(ctx, scope, id)
	if err != nil {
		return views.DataUsePage{}, err
	}
	c := u.Customer
	p := views.DataUsePage{ID: idText(id), Name: c.Name, Code: c.Code, Branch: h.db.BranchName(c.BranchID), BookHref: "/customers/" + idText(id) + "/data.xlsx",
		Printed: lang.T(ctx, "%s，%s 打印于 %s", h.printedAt(c.BranchID), a.Name, h.today())}
	p.Source = dataSource(ctx, u)
	contract := lang.T(ctx, "收派件、对账、理赔：履行合同需要")
	masked := lang.T(ctx, "负责的人和客服看全号，其他人打码，显示要说明用途")
	within := lang.T(ctx, "这个网点和上级里有权看客户的人")
	held := func(what string, n int, purpose, seen string) {
		if n > 0 {
			p.Held = append(p.Held, views.DataUseLine{What: what, Much: strconv.Itoa(n), Purpose: purpose, Seen: seen})
		}
	}
	held(lang.T(ctx, "名称、编码、分级等资料"), 1, contract, within)
	held(lang.T(ctx, "联系人姓名、职务"), u.Contacts, contract, within)
	held(lang.T(ctx, "电话"), u.Phones, contract, masked)
	held(lang.T(ctx, "微信"), u.WeChats, lang.T(ctx, "沟通收派件和服务"), masked)
	held(lang.T(ctx, "邮箱"), u.Emails, lang.T(ctx, "发对账单和回复"), masked)
	if c.Address != "" || c.PlaceCode != "" {
		held(lang.T(ctx, "地址"), 1, lang.T(ctx, "上门取件、派件"), masked)
	}
	held(lang.T(ctx, "生日"), u.Birthdays, lang.T(ctx, "生日问候，本人同意才用"), within)
	held(lang.T(ctx, "寄件记录"), u.Waybills, contract, lang.T(ctx, "有权看运单的人；收件人一律打码"))
	held(lang.T(ctx, "对账和回款"), u.Entries, contract, lang.T(ctx, "有权看应收的人"))
	held(lang.T(ctx, "件量雷达的提醒和时效标记"), u.Alerts, lang.T(ctx, "改进服务"), within)
	held(lang.T(ctx, "分级、标签和理由"), u.Labels, lang.T(ctx, "按寄件和付款分类，决定怎么照顾"), within)
	held(lang.T(ctx, "节日和生日的问候"), u.Greetings, lang.T(ctx, "节日、生日问候，本人同意才用"), within)
	held(lang.T(ctx, "满意度评价"), u.Ratings, lang.T(ctx, "改进服务"), within)
	held(lang.T(ctx, "发出和待发的消息"), u.Letters, lang.T(ctx, "问候和通知，本人同意才发"), within)
	held(lang.T(ctx, "投诉、咨询和建议"), u.Cases, lang.T(ctx, "答复和解决客户反映的事"), within)
	held(lang.T(ctx, "客户信息反馈表"), u.Forms, lang.T(ctx, "改进服务"), within)
	held(lang.T(ctx, "改进措施"), u.Measures, lang.T(ctx, "改进服务"), within)
	held(lang.T(ctx, "参加的活动"), u.Activities, lang.T(ctx, "改进服务"), within)
	held(lang.T(ctx, "拜访记录"), u.Visits, lang.T(ctx, "改进服务"), within)
	held(lang.T(ctx, "归档的旧内容"), u.Archived, lang.T(ctx, "查得到以前的事，到期销毁"), lang.T(ctx, "有权看归档的人，凭理由，逐条记录"))
	held(lang.T(ctx, "拜访照片"), u.Photos, lang.T(ctx, "记录现场和货物"), within)
	rule, _, err := h.db.SensitiveRule(ctx, h.today())
	if err != nil {
		return p, err
	}
	var why []string
	for _, f := range rule.On() {
		why = append(why, views.OptionalWord(ctx, f)+lang.T(ctx, "：")+rule[f].Purpose)
	}
	held(lang.T(ctx, "可选信息（加密）"), u.Optional, cmp.Or(strings.Join(why, lang.T(ctx, "；")), lang.T(ctx, "已停用，等待销毁")), lang.T(ctx, "有“看可选信息”权限的人，逐条记录"))
	held(lang.T(ctx, "修改记录"), u.Changes, lang.T(ctx, "查得到谁改了什么（法律要求）"), lang.T(ctx, "有权看修改记录的人"))
	if p.Consents, err = h.dataConsents(ctx, scope, id); err != nil {
		return p, err
	}
	kept, _, err := h.db.ConsentRule(ctx, h.today())
	if err != nil {
		return p, err
	}
	p.Kept = []string{lang.T(ctx, "资料：合作期间；本人要求删除的，%d 个工作日内办", kept.Days), lang.T(ctx, "谁看过、改过的记录：按审计保留期，默认 3 年"),
		lang.T(ctx, "备份：最多 %d 天", kept.BackupDays)}
	times, err := h.keptTimes(ctx)
	if err != nil {
		return p, err
	}
	p.Kept = append(p.Kept, times...)
	list, err := h.db.Looks(ctx, scope, id, looksShown)
	if err != nil {
		return p, err
	}
	slices.SortStableFunc(list, func(a, b db.Look) int { return cmp.Compare(b.Last, a.Last) })
	for _, l := range list {
		p.Looked = append(p.Looked, views.DataUseLook{On: views.TimeWord(ctx, time.UnixMilli(l.Last), h.db.Now()), Who: l.User, Did: lookWord(ctx, l)})
	}
	for _, q := range u.Requests {
		p.Requests = append(p.Requests, h.requestRow(ctx, q))
	}
	return p, nil
}

// lookWord says what somebody did with a client's data.
func lookWord(ctx context.Context, l db.Look) string {
	switch {
	case l.Act == "customers.print":
		return lang.T(ctx, "打印了这位客户的资料")
	case l.Act != "":
		return lang.T(ctx, "%s，里面有这位客户，共 %d 行", views.ActWord(ctx, l.Act), l.Rows)
	case l.Field != "":
		return lang.T(ctx, "看了完整的%s，用于%s", views.RevealWord(ctx, l.Field), views.PurposeWord(ctx, l.Purpose))
	}
	return lang.T(ctx, "打开资料 %d 次", l.Times)
}

func dataSource(ctx context.Context, u db.DataUse) []string {
	c := u.Customer
	var out []string
	if u.ImportFile != "" {
		out = append(out, lang.T(ctx, "%s 从文件“%s”导入，%s 操作", time.UnixMilli(u.ImportAt).In(db.Zone).Format(time.DateOnly), u.ImportFile, u.ImportBy))
	} else {
		out = append(out, lang.T(ctx, "%s 由 %s 录入", time.UnixMilli(c.CreatedAt).In(db.Zone).Format(time.DateOnly), cmp.Or(u.CreatedBy, lang.T(ctx, "系统"))))
	}
	if c.Source != "" {
		out = append(out, lang.T(ctx, "客户来源：%s", views.SourceWord(ctx, c.Source)))
	}
	if c.Channel != "" {
		out = append(out, lang.T(ctx, "登记渠道：%s", views.ChannelWord(ctx, c.Channel)))
	}
	return out
}

// dataConsents says what each contact agreed to by now.
func (h *Handlers) dataConsents(ctx context.Context, scope policy.Scope, id int64) ([]string, error) {
	said, err := h.db.Consents(ctx, scope, id, false)
	if err != nil {
		return nil, err
	}
	list, err := h.db.Contacts(ctx, scope, id)
	if err != nil {
		return nil, err
	}
	names := map[int64]string{}
	for _, k := range list {
		names[k.ID] = k.Name
	}
	var out []string
	for _, n := range said {
		if names[n.ContactID] != "" {
			out = append(out, lang.T(ctx, "%s，%s：%s", names[n.ContactID], views.PurposeName(ctx, consent.Purpose{Code: n.Purpose}), strings.Join([]string{views.SaidWord(ctx, n.State), views.SourceOfWord(ctx, n.Source), n.Day}, " ")))
		}
	}
	return out, nil
}

// dataUseBook sends the same as a workbook, for the person who asks.
func (h *Handlers) dataUseBook(w http.ResponseWriter, r *http.Request) error {
	p, err := h.dataUsePage(r)
	if err != nil {
		return err
	}
	ctx := r.Context()
	table := [][]string{{lang.T(ctx, "类别"), lang.T(ctx, "项目"), lang.T(ctx, "内容"), lang.T(ctx, "用途"), lang.T(ctx, "谁看得到")}}
	for _, l := range p.Held {
		table = append(table, []string{lang.T(ctx, "保存了什么，用来做什么"), l.What, l.Much, l.Purpose, l.Seen})
	}
	for _, part := range []struct {
		title string
		list  []string
	}{{lang.T(ctx, "从哪里来"), p.Source}, {lang.T(ctx, "同意"), p.Consents}, {lang.T(ctx, "留多久"), p.Kept}} {
		for _, l := range part.list {
			table = append(table, []string{part.title, "", l, "", ""})
		}
	}
	for _, l := range p.Looked {
		table = append(table, []string{lang.T(ctx, "谁看过、显示过、带走过"), l.Who, l.Did, l.On.Full, ""})
	}
	return h.sendBook(w, r, "customers.data", "data-use-"+h.today(), lang.T(ctx, "信息使用记录"), "/customers/"+p.ID+"/data", table, db.ParseID(p.ID))
}
