package handlers

import (
	"cmp"
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"yike/db"
	"yike/policy"
	"yike/policy/mask"
	"yike/policy/phone"
	"yike/policy/place"
	"yike/policy/shipping"
	"yike/views"
	"yike/views/lang"
	"yike/views/ui"
)

// sortsBy are the columns that sort the list.
var sortsBy = map[string]string{"name": db.SortName, "code": db.SortCode, "class": db.SortClass, "last_visit": db.SortVisit, "created": db.SortCreated}

func (h *Handlers) listColumns(ctx context.Context, q customerQuery, columns []string) []ui.Column {
	by, desc := strings.CutSuffix(cmp.Or(q.Get("sort"), db.SortName), "-")
	head := func(key string) ui.Column {
		c := ui.Column{Label: views.ListColumnWord(ctx, key), Class: "c-" + key}
		if s := sortsBy[key]; s != "" {
			to := s
			if s == by {
				c.Sort = "ascending"
				if desc {
					c.Sort = "descending"
				} else {
					to += "-"
				}
			}
			c.Href = q.with("/customers", "sort", to)
		}
		c.Right = key == "pieces" || key == "complaints"
		return c
	}
	out := []ui.Column{{Label: lang.T(ctx, "选中本页全部"), All: true}, head("name")}
	for _, c := range columns {
		out = append(out, head(c))
	}
	return out
}

// listChips are the filters in force.
func (h *Handlers) listChips(ctx context.Context, q customerQuery) (ui.ChipsProps, error) {
	p := ui.ChipsProps{Label: lang.T(ctx, "筛选条件")}
	chip := func(key, label, value string) {
		if value != "" {
			p.Items = append(p.Items, ui.Chip{Label: label, Value: value, RemoveHref: q.with("/customers", key, "")})
		}
	}
	people, err := h.db.UserNames(ctx, slices.DeleteFunc([]int64{db.ParseID(q.Get("owner")), db.ParseID(q.Get("clerk"))}, func(id int64) bool { return id == 0 }))
	if err != nil {
		return p, err
	}
	chip("branch", lang.T(ctx, "网点"), h.db.BranchName(db.ParseID(q.Get("branch"))))
	var classes []string
	for _, c := range q.Values["class"] {
		if c == "none" {
			c = lang.T(ctx, "未分级")
		}
		classes = append(classes, c)
	}
	chip("class", lang.T(ctx, "分级"), strings.Join(classes, lang.T(ctx, "、")))
	chip("stage", lang.T(ctx, "阶段"), views.StageWord(ctx, q.Get("stage")))
	chip("kind", lang.T(ctx, "类型"), views.KindWord(ctx, q.Get("kind")))
	if id := db.ParseID(q.Get("tag")); id != 0 {
		names, err := h.db.TagNames(ctx, slices.Values([]int64{id}))
		if err != nil {
			return p, err
		}
		chip("tag", lang.T(ctx, "标签"), cmp.Or(names[id], "?"))
	}
	owner := people[db.ParseID(q.Get("owner"))]
	if q.Get("owner") == "none" {
		owner = lang.T(ctx, "无人负责")
	}
	chip("owner", lang.T(ctx, "业务员"), owner)
	chip("clerk", lang.T(ctx, "客服"), people[db.ParseID(q.Get("clerk"))])
	chip("place", lang.T(ctx, "地区"), placeAsked(ctx, q.Get("place")))
	switch v := q.Get("visit"); v {
	case "":
	case "never":
		chip("visit", lang.T(ctx, "拜访"), lang.T(ctx, "从未拜访"))
	default:
		n, _ := strconv.Atoi(v)
		chip("visit", lang.T(ctx, "拜访"), lang.T(ctx, "%d 天没有拜访", n))
	}
	chip("source", lang.T(ctx, "来源"), views.SourceWord(ctx, q.Get("source")))
	chip("state", lang.T(ctx, "档案"), views.StateWord(ctx, q.Get("state")))
	if n, err := strconv.Atoi(q.Get("older")); err == nil {
		chip("older", lang.T(ctx, "建档"), lang.T(ctx, "超过 %d 天", n))
	}
	for _, kind := range []string{"worth", "rfm", "tier", "level", "mark"} {
		if w := q.Get(kind); w != "" {
			chip(kind, views.LabelKindWord(ctx, kind), views.LabelWord(ctx, kind, w))
		}
	}
	if gap := q.Get("gap"); gap != "" {
		chip("gap", lang.T(ctx, "按标准缺"), views.StandardFieldWord(ctx, gap))
	}
	chip("quiet", lang.T(ctx, "多久没发"), views.QuietWord(ctx, q.Get("quiet")))
	if q.Get("cases") != "" {
		chip("cases", lang.T(ctx, "工单"), lang.T(ctx, "有没结的"))
	}
	if q.Get("owing") != "" {
		chip("owing", lang.T(ctx, "账款"), lang.T(ctx, "欠费"))
	}
	if len(p.Items) > 1 {
		p.ClearHref = customerQuery{url.Values{"sort": q.Values["sort"]}, q.now, q.firstKept}.with("/customers", "", "")
	}
	return p, nil
}

// cellRoom is the room that the cells of a page need, kept for the next page: it
// is a third of what a page would take anew.
type cellRoom struct{ cells []views.CustomerCell }

var cellRooms = sync.Pool{New: func() any { return new(cellRoom) }}

func (r *cellRoom) take(n int) []views.CustomerCell {
	if cap(r.cells) < n {
		r.cells = make([]views.CustomerCell, 0, n)
	}
	r.cells = r.cells[:n]
	return r.cells[:0]
}

// done gives the room back when the page is drawn, with nothing of it left inside.
func (r *cellRoom) done() {
	clear(r.cells)
	cellRooms.Put(r)
}

// listRows puts rows into words, phones as the reader sees them. Their cells
// stand in room.
func (h *Handlers) listRows(ctx context.Context, a policy.Actor, q customerQuery, rows []db.CustomerRow, columns []string, room *cellRoom) ([]views.CustomerLine, error) {
	people, tags, err := h.namesFor(ctx, rows, columns)
	if err != nil {
		return nil, err
	}
	var rates map[int64]shipping.Complaints
	if slices.Contains(columns, "complaints") {
		ids := make([]int64, len(rows))
		for i, c := range rows {
			ids[i] = c.ID
		}
		if rates, err = h.db.ComplaintRates(ctx, ids, h.todayDay()); err != nil {
			return nil, err
		}
	}
	reads := a.Scope(policy.CaseRead)
	today := db.Day(q.now)
	origin := "?from=" + url.QueryEscape(cmp.Or(q.Encode(), "sort="+db.SortName))
	labels := make([]string, len(columns))
	for i, col := range columns {
		labels[i] = views.ListColumnWord(ctx, col)
	}
	out := make([]views.CustomerLine, len(rows))
	cells := room.take(len(rows) * len(columns))
	for i := range rows {
		c, id := &rows[i], idText(rows[i].ID)
		l := views.CustomerLine{ID: id, Href: "/customers/" + id + origin, Name: cmp.Or(c.ShortName, c.Name), Title: c.Name, Class: c.Class}
		if c.Cases > 0 && h.db.SeesClient(reads, c.BranchID, c.OwnerID, c.ClerkID) {
			l.Cases, l.CasesHref = c.Cases, "/cases?customer="+l.ID
		}
		from := len(cells)
		for k, col := range columns {
			cells = append(cells, views.CustomerCell{Key: col, Label: labels[k]})
			cell := &cells[len(cells)-1]
			switch col {
			case "stage":
				cell.Code, cell.Text = c.Stage, views.StageWord(ctx, c.Stage)
			case "tags":
				for _, id := range c.Tags {
					cell.Tags = append(cell.Tags, tags[id])
				}
			case "last_visit":
				cell.Moment = views.DayWord(ctx, c.LastVisitOn, today)
			case "next_visit":
				cell.Moment = views.DayWord(ctx, c.NextVisitOn, today)
			case "created":
				cell.Moment = views.DayWord(ctx, db.Day(time.UnixMilli(c.CreatedAt)), today)
			case "phone":
				level := h.db.MaskFor(a, c.BranchID, c.OwnerID, c.ClerkID)
				cell.Text = mask.Phone(phone.Display(c.Phone), level)
				if level == mask.Full && c.Phone != "" {
					cell.Href = "tel:" + phone.SearchKey(c.Phone)
				}
			case "complaints":
				if rate := rates[c.ID].Text(); rate != "" && h.db.SeesClient(reads, c.BranchID, c.OwnerID, c.ClerkID) {
					cell.Text, cell.Href = rate, "/customers/"+idText(c.ID)+"/shipping#complaints"
				}
			default:
				cell.Text = h.rowText(ctx, *c, col, people)
			}
		}
		l.Cells = cells[from:len(cells):len(cells)]
		out[i] = l
	}
	return out, nil
}

// namesFor reads the names that rows refer to.
func (h *Handlers) namesFor(ctx context.Context, rows []db.CustomerRow, columns []string) (people, tags map[int64]string, err error) {
	var ids []int64
	for _, c := range rows {
		for _, id := range []int64{c.OwnerID, c.ClerkID} {
			if id != 0 && !slices.Contains(ids, id) {
				ids = append(ids, id)
			}
		}
	}
	if people, err = h.db.UserNames(ctx, ids); err == nil && slices.Contains(columns, "tags") {
		tags, err = h.db.TagNames(ctx, func(yield func(int64) bool) {
			for i := range rows {
				for _, id := range rows[i].Tags {
					if !yield(id) {
						return
					}
				}
			}
		})
	}
	return people, tags, err
}

// rowText is a column that is plain text.
func (h *Handlers) rowText(ctx context.Context, c db.CustomerRow, column string, people map[int64]string) string {
	switch column {
	case "code":
		return c.Code
	case "short":
		return c.ShortName
	case "branch":
		return h.db.BranchName(c.BranchID)
	case "owner":
		return people[c.OwnerID]
	case "clerk":
		return people[c.ClerkID]
	case "kind":
		return views.KindWord(ctx, c.Kind)
	case "source":
		return views.SourceWord(ctx, c.Source)
	case "state":
		return views.StateWord(ctx, c.State)
	case "industry":
		return c.Industry
	case "account":
		return c.AccountNo
	case "terms":
		return views.TermsWord(ctx, c.Terms)
	case "city":
		if d, ok := place.ByCode(c.CityCode); ok {
			return d.Name
		}
	case "pieces":
		if c.MonthlyPieces > 0 {
			return lang.T(ctx, "%d", c.MonthlyPieces)
		}
	}
	return ""
}

// placeAsked says which place a list is narrowed to, "" for none.
func placeAsked(ctx context.Context, word string) string {
	d, ok := place.ByCode(strings.TrimSuffix(word, db.NoDistrict))
	switch {
	case word == placeUnknown:
		return lang.T(ctx, "地址不清楚")
	case ok && d.Code != word:
		return lang.T(ctx, "%s，区县不清楚", d.Name)
	case ok:
		return d.Name
	}
	return ""
}
