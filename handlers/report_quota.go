package handlers

import (
	"context"
	"errors"
	"slices"
	"strings"

	"yike/db"
	"yike/policy"
	"yike/policy/day"
	"yike/policy/people"
	"yike/policy/profile"
	"yike/views"
	"yike/views/chart"
	"yike/views/lang"
	"yike/views/ui"
)

const quotaPath = "/reports/quota"

// quotaReport is what reps did of the visits that the rule asks for, by class,
// and which forms they sent (R113–R117).
func (h *Handlers) quotaReport() framed {
	return framed{path: quotaPath, reach: policy.PeopleRead, usual: 1, make: h.quota}
}

func quotaMeans(ctx context.Context) []views.ReportMeaning {
	return []views.ReportMeaning{
		{Name: lang.T(ctx, "做了"), Text: lang.T(ctx, "这几个月对名下这一级客户做了的拜访，谁去的都算，同一天去两次算两次。客户归谁、哪一级，按现在的档案；接手以前的月、流失的、归档的不算。")},
		{Name: lang.T(ctx, "该做"), Text: lang.T(ctx, "按拜访频次规则，名下这一级客户一个月该去几次，几个月就加几次；和该访名单一样，这几个月里新来的、接手的、换了级的，按那个月剩下的工作日折算，接手以前的月不算。流失的、归档的不算。过去的月用月底那天的规则，这个月用今天的。")},
		{Name: lang.T(ctx, "完成"), Text: lang.T(ctx, "做了 ÷ 该做；超过的不封顶。")},
		{Name: lang.T(ctx, "反馈表"), Text: lang.T(ctx, "本人这几个月发出去的反馈表，按发的那天客户的级别分；草稿不算。")},
		{Name: lang.T(ctx, "网点该交的表"), Text: lang.T(ctx, "反馈表配额规则里一个月几张，每一级最少几张；按网点要，不按人要。")},
	}
}

// quotaPart adds up some sums: visits done and asked, and forms.
type quotaPart struct{ done, asked, forms int64 }

func quotaOf(list []db.QuotaSum, match func(db.QuotaSum) bool) (p quotaPart) {
	for _, s := range list {
		if match(s) {
			p.done, p.asked, p.forms = p.done+s.Visits, p.asked+s.Asked, p.forms+s.Forms
		}
	}
	return p
}

func (h *Handlers) quota(ctx context.Context, a policy.Actor, q reportQuery) (views.Report, error) {
	scope := a.Scope(policy.PeopleRead)
	p := h.peopleFrame(ctx, a, q)
	p.Title, p.Question = lang.T(ctx, "拜访和反馈表达标"), lang.T(ctx, "每位业务员、每一级客户，该去的去了几成？表交了几张？")
	people, more, err := h.db.Colleagues(ctx, scope, people.Rep, q.branch, peopleListed)
	if err != nil {
		return p, err
	}
	var ids []int64
	for _, c := range people {
		ids = append(ids, c.ID)
	}
	list, err := h.db.QuotaSums(ctx, a, ids, q.back(q.months()).first, q.last)
	if errors.Is(err, db.ErrTooMany) {
		p.Empty = lang.T(ctx, "这几个月新来的客户太多，一次数不完。少选几个月，或者选一个网点。")
		return p, nil
	}
	if err != nil {
		return p, err
	}
	now := slices.DeleteFunc(slices.Clone(list), func(s db.QuotaSum) bool { return s.Month < q.first })
	all := quotaOf(now, func(db.QuotaSum) bool { return true })
	if all == (quotaPart{}) {
		p.Empty = lang.T(ctx, "这里没有带客户的业务员。换一个网点看。")
		return p, nil
	}
	before := quotaOf(list, func(s db.QuotaSum) bool { return s.Month < q.first })
	p.Means = quotaMeans(ctx)
	p.Top = []ui.StatProps{{Label: lang.T(ctx, "拜访完成"), Value: percent(all.done, all.asked), Title: p.Means[2].Text, Note: lang.T(ctx, "做了 %s，该做 %s；上期 %s", views.Thousands(all.done), views.Thousands(all.asked), percent(before.done, before.asked))},
		{Label: lang.T(ctx, "反馈表"), Value: views.Thousands(all.forms), Title: p.Means[3].Text, Note: lang.T(ctx, "上期 %s", views.Thousands(before.forms))}}
	p.Charts = []chart.Bars{quotaBars(ctx, q, list)}
	t := views.ReportTable{Title: lang.T(ctx, "每位业务员"), Head: lang.T(ctx, "姓名"), Columns: quotaColumns(ctx)}
	if more {
		t.Sub = lang.T(ctx, "先列 %d 位，选一个网点看其余的", peopleListed)
		p.Note = strings.TrimSpace(p.Note + " " + lang.T(ctx, "只数了先列的 %d 位业务员，合计、图和每个月也是；选一个网点看全。", peopleListed))
	}
	for _, c := range people {
		mine := func(s db.QuotaSum) bool { return s.Owner == c.ID }
		if x := quotaOf(now, mine); x == (quotaPart{}) {
			continue
		}
		t.Rows = append(t.Rows, views.ReportRow{Name: c.Name, Cells: quotaCells(a, q.first, q.last, c.ID, now, mine)})
	}
	t.Rows = append(t.Rows, views.ReportRow{Name: lang.T(ctx, "一共"), Sum: true, Cells: quotaCells(a, q.first, q.last, 0, now, func(db.QuotaSum) bool { return true })})
	months := views.ReportTable{Title: lang.T(ctx, "每个月"), Sub: lang.T(ctx, "上面的业务员合在一起"), Head: lang.T(ctx, "月"), Columns: quotaColumns(ctx)}
	for m := q.last; m >= q.first; m = m.AddMonths(-1) {
		months.Rows = append(months.Rows, views.ReportRow{Name: m.String()[:7], Cells: quotaCells(a, m, m, 0, now, func(s db.QuotaSum) bool { return s.Month == m })})
	}
	p.Tables = []views.ReportTable{t, months}
	if forms, err := h.quotaForms(ctx, a, q); err != nil || len(forms.Rows) > 0 {
		p.Tables = append(p.Tables, forms)
		return p, err
	}
	return p, nil
}

func quotaColumns(ctx context.Context) (out []views.ReportColumn) {
	m := quotaMeans(ctx)
	for _, class := range profile.Classes {
		out = append(out, views.ReportColumn{Label: lang.T(ctx, "%s 类拜访", class), Means: m[0].Text + m[1].Text})
	}
	out = append(out, views.ReportColumn{Label: lang.T(ctx, "拜访"), Means: m[0].Text}, views.ReportColumn{Label: m[1].Name, Means: m[1].Text}, views.ReportColumn{Label: m[2].Name, Means: m[2].Text})
	for _, class := range profile.Classes {
		out = append(out, views.ReportColumn{Label: lang.T(ctx, "%s 类表", class), Means: m[3].Text})
	}
	return out
}

// quotaCells are one line; of somebody each number has its list.
func quotaCells(a policy.Actor, first, last day.Day, owner int64, list []db.QuotaSum, of func(db.QuotaSum) bool) (out []views.ReportCell) {
	from, to := first.String(), last.MonthEnd().String()
	visits := func(class string) string {
		if owner == 0 || !a.Can(policy.VisitRead) {
			return ""
		}
		return visitQuery{VisitFilter: db.VisitFilter{Owner: owner, Class: class}}.list(from, to, db.VisitDone)
	}
	for _, class := range profile.Classes {
		x := quotaOf(list, func(s db.QuotaSum) bool { return of(s) && s.Class == class })
		c := countCell(x.done, visits(class))
		if x.asked > 0 {
			c.Note = "/ " + views.Thousands(x.asked)
		}
		out = append(out, c)
	}
	all := quotaOf(list, of)
	out = append(out, countCell(all.done, visits(db.AnyClass)), countCell(all.asked, ""), shareCell(all.done, all.asked))
	for _, class := range profile.Classes {
		x, href := quotaOf(list, func(s db.QuotaSum) bool { return of(s) && s.Class == class }), ""
		if owner != 0 && a.Can(policy.FormRead) {
			href = formQuery{class: class, FormFilter: db.FormFilter{From: from, To: to, UserID: owner, Class: &class}}.href("/forms")
		}
		out = append(out, countCell(x.forms, href))
	}
	return out
}

// quotaBars are done and asked, month by month, the span before it too.
func quotaBars(ctx context.Context, q reportQuery, list []db.QuotaSum) chart.Bars {
	b := chart.Bars{ID: "rep-quota", Title: lang.T(ctx, "每月拜访"), Sub: lang.T(ctx, "左柱是做了的，右柱是该做的；线是完成，百分之几"), Label: lang.T(ctx, "月"), Value: lang.T(ctx, "做了"), Beside: lang.T(ctx, "该做"), Line: lang.T(ctx, "完成"), Table: lang.T(ctx, "看数字")}
	for m := q.back(q.months()).first; m <= q.last; m = m.AddMonths(1) {
		x, share := quotaOf(list, func(s db.QuotaSum) bool { return s.Month == m }), int64(0)
		if x.asked > 0 {
			share = x.done * 1000 / x.asked
		}
		b.Labels, b.Counts, b.BesideCounts, b.LineTenths = append(b.Labels, m.String()[:7]), append(b.Counts, x.done), append(b.BesideCounts, x.asked), append(b.LineTenths, share)
	}
	return b
}

// quotaForms is what each branch owed of forms in the last of the months.
func (h *Handlers) quotaForms(ctx context.Context, a policy.Actor, q reportQuery) (views.ReportTable, error) {
	m := quotaMeans(ctx)
	t := views.ReportTable{Title: lang.T(ctx, "%s 反馈表配额", q.last.String()[:7]), Sub: lang.T(ctx, "交了 / 最少该交"), Head: lang.T(ctx, "网点")}
	for _, class := range profile.Classes {
		t.Columns = append(t.Columns, views.ReportColumn{Label: lang.T(ctx, "%s 类表", class), Means: m[4].Text})
	}
	t.Columns = append(t.Columns, views.ReportColumn{Label: lang.T(ctx, "一共"), Means: m[4].Text}, views.ReportColumn{Label: lang.T(ctx, "还缺"), Means: lang.T(ctx, "还差几张才够：各级最少的和总数，缺得多的算。")})
	if !a.Scope(policy.FormRead).Wide() {
		return t, nil
	}
	list, err := h.db.FormQuotas(ctx, a, q.last.String()[:7])
	for _, b := range list {
		if q.branch != 0 && !h.db.InBranch(b.Branch, q.branch) {
			continue
		}
		href := func(class string) string { return formsOfMonth(b.Branch, q.last.String()[:7], class) }
		row := views.ReportRow{Name: h.db.BranchName(b.Branch)}
		cell := func(n, asked int, href string) {
			c := countCell(int64(n), href)
			c.Note = "/ " + views.Thousands(int64(asked))
			row.Cells = append(row.Cells, c)
		}
		for _, class := range profile.Classes {
			cell(b.Sent[class], b.Quota.Of(class), href(class))
		}
		cell(b.Total, b.Quota.Total, href(""))
		row.Cells = append(row.Cells, countCell(int64(b.Owed.Total), ""))
		t.Rows = append(t.Rows, row)
	}
	return t, err
}
