package handlers

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"yike/db"
	"yike/policy"
	"yike/policy/mask"
	"yike/policy/phone"
	"yike/policy/place"
	"yike/views"
	"yike/views/lang"
)

// historyPage is how many changes stand on one page.
const historyPage = 50

// customerHistory shows who changed what, and when.
func (h *Handlers) customerHistory(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "id")
	if err != nil {
		return err
	}
	ctx, a := r.Context(), actorOf(r)
	c, err := h.db.Customer(ctx, a.Scope(policy.CustomerRead), id)
	if err != nil {
		return err
	}
	if !h.may(a, policy.CustomerHistory, c) {
		return db.ErrRefused
	}
	before := db.ParseID(query(r, "before"))
	list, err := h.db.History(ctx, a.Scope(policy.CustomerHistory), id, before, historyPage+1)
	if err != nil {
		return err
	}
	p := views.HistoryPage{ID: idText(id), Name: c.Name}
	if len(list) > historyPage {
		list = list[:historyPage]
		p.Next = "/customers/" + p.ID + "/history?before=" + idText(list[historyPage-1].ID)
	}
	if before != 0 {
		p.First = "/customers/" + p.ID + "/history"
	}
	if p.Items, err = h.changeLines(ctx, a, c, list); err != nil {
		return err
	}
	return h.render(w, r, http.StatusOK, page{title: lang.T(ctx, "变更记录"), body: views.History(p), active: "/customers"})
}

// changeLines puts changes into words, with one look-up for all names in them.
func (h *Handlers) changeLines(ctx context.Context, a policy.Actor, c db.Customer, list []db.Change) ([]views.ChangeLine, error) {
	if len(list) == 0 {
		return nil, nil
	}
	people, tagged := namedIn(list)
	names := map[int64]string{}
	if len(people) > 0 {
		var err error
		if names, err = h.db.UserNames(ctx, people); err != nil {
			return nil, err
		}
	}
	tags := map[string]string{}
	if tagged {
		all, err := h.db.TagChoices(ctx)
		if err != nil {
			return nil, err
		}
		for _, t := range all {
			tags[idText(t.ID)] = t.Name
		}
	}
	var todos, cases []int64
	for _, ch := range list {
		switch ch.Entity {
		case "todos":
			todos = append(todos, ch.RowID)
		case "cases":
			cases = append(cases, ch.RowID)
		}
	}
	codes := map[int64]string{}
	if h.may(a, policy.CaseRead, c) {
		var err error
		if codes, err = h.db.CaseCodes(ctx, c.ID, cases); err != nil {
			return nil, err
		}
	}
	about, err := h.db.TodosOf(ctx, c.ID, todos)
	if err != nil {
		return nil, err
	}
	level, now := h.maskFor(a, c), h.db.Now()
	var out []views.ChangeLine
	for _, ch := range list {
		line := views.ChangeLine{Who: ch.UserName, When: views.TimeWord(ctx, time.UnixMilli(ch.At), now), Title: views.ChangeWord(ctx, ch.Entity, ch.Kind, ch.Act),
			Reason: mask.Text(ch.Reason, level), Icon: views.ChangeIcon(ch.Entity, ch.Kind, ch.Act)}
		if title := handedOver(ctx, names, ch); title != "" {
			line.Title = title
		}
		if t, ok := about[ch.RowID]; ok && ch.Entity == "todos" {
			line.Title = lang.T(ctx, "%s：%s", line.Title, views.TodoTitle(ctx, t.Kind, todoArgs(ctx, t)))
		}
		if code := codes[ch.RowID]; code != "" && ch.Entity == "cases" {
			line.Title, line.Href = lang.T(ctx, "%s：%s", line.Title, code), "/cases/"+idText(ch.RowID)
		}
		if ch.Entity == "case_claims" && h.may(a, policy.ClaimRead, c) {
			line.Href = "/claims/" + idText(ch.RowID)
		}
		for _, f := range ch.Fields {
			label := views.ColumnWord(ctx, ch.Entity, f.Column)
			if label == "" {
				continue
			}
			if f.Lost != "" {
				line.Fields = append(line.Fields, views.FieldChange{Label: label, Lost: views.LostWord(ctx, string(f.Lost))})
				continue
			}
			line.Fields = append(line.Fields, views.FieldChange{Label: label, Before: h.valueWord(ctx, level, names, tags, ch.Entity, f.Column, f.Before),
				After: h.valueWord(ctx, level, names, tags, ch.Entity, f.Column, f.After)})
		}
		out = append(out, line)
	}
	return out, nil
}

// handedOver says who handed what to whom; "" for other changes.
func handedOver(ctx context.Context, names map[int64]string, ch db.Change) string {
	if ch.Act != "handovers.apply" {
		return ""
	}
	for _, f := range ch.Fields {
		before, _ := f.Before.(string)
		after, _ := f.After.(string)
		from, to := names[db.ParseID(before)], names[db.ParseID(after)]
		switch f.Column {
		case "owner_id":
			return lang.T(ctx, "负责人由 %s 交接给 %s", from, to)
		case "clerk_id":
			return lang.T(ctx, "客服由 %s 交接给 %s", from, to)
		case "user_id":
			if ch.Entity == "todos" {
				return lang.T(ctx, "待办由 %s 交接给 %s", from, to)
			}
			return lang.T(ctx, "拜访由 %s 交接给 %s", from, to)
		}
	}
	return ""
}

// namedIn collects the people whose ids stand in changes, and says whether
// tags do.
func namedIn(list []db.Change) (people []int64, tags bool) {
	for _, ch := range list {
		for _, f := range ch.Fields {
			switch f.Column {
			case "owner_id", "clerk_id", "user_id":
				for _, v := range []any{f.Before, f.After} {
					if s, ok := v.(string); ok && s != "0" {
						people = append(people, db.ParseID(s))
					}
				}
			case "tags":
				tags = true
			}
		}
	}
	return people, tags
}

// valueWord is one value of a before-image in words, masked as due.
func (h *Handlers) valueWord(ctx context.Context, level mask.Level, names map[int64]string, tags map[string]string, entity, column string, value any) string {
	text, _ := value.(string)
	switch column {
	case "branch_id":
		return h.db.BranchName(db.ParseID(text))
	case "owner_id", "clerk_id", "user_id":
		return names[db.ParseID(text)]
	case "spent_fen":
		n, _ := value.(float64)
		return lang.T(ctx, "%s 元", moneyShown(int64(n)))
	case "closed_why":
		if text == "" {
			return ""
		}
		if entity == "greetings" {
			return views.GreetingReasonWord(ctx, text)
		}
		return views.SettledWord(ctx, text)
	case "tags":
		var words []string
		for _, id := range strings.Fields(text) {
			if name := tags[id]; name != "" {
				words = append(words, name)
			}
		}
		return strings.Join(words, lang.T(ctx, "、"))
	case "phones":
		var words []string
		for _, n := range strings.Fields(text) {
			words = append(words, shownPhone(n, level))
		}
		return strings.Join(words, lang.T(ctx, "、"))
	case "wechat":
		return mask.WeChat(text, level)
	case "email":
		return mask.Email(text, level)
	case "address":
		return mask.AddressLine(text, level)
	case "birthday_year", "birthday_month", "birthday_day":
		if n, _ := value.(float64); n != 0 && level != mask.Full {
			return "****"
		}
	case "charged_fen", "paid_fen":
		n, _ := value.(float64)
		return lang.T(ctx, "%s 元", moneyShown(int64(n)))
	case "score":
		n, _ := value.(float64)
		return views.ScoreWord(ctx, int64(n))
	case "voided_at":
		n, _ := value.(float64)
		return views.YesNo(ctx, n != 0)
	case "freight_fen", "weight_g", "picked_at", "signed_at":
		n, _ := value.(float64)
		switch {
		case n == 0:
			return ""
		case column == "freight_fen":
			return lang.T(ctx, "%s 元", yuanShown(int64(n)))
		case column == "weight_g":
			return weightShown(ctx, int64(n))
		}
		return time.UnixMilli(int64(n)).In(db.Zone).Format("2006-01-02 15:04")
	case "place_code", "city_code", "province", "city":
		p, _ := place.Path(text)
		return p.Name()
	case "credit_limit":
		n, _ := value.(float64)
		if n == 0 {
			return ""
		}
		return lang.T(ctx, "%s 元", yuanShown(int64(n)))
	}
	switch v := value.(type) {
	case bool:
		return views.YesNo(ctx, v)
	case float64:
		if v == 0 {
			return ""
		}
		return strconv.FormatInt(int64(v), 10)
	}
	return mask.Text(views.ValueWord(ctx, entity, column, text), level)
}

func shownPhone(n string, level mask.Level) string {
	if level == mask.Full {
		return phone.Display(n)
	}
	return mask.Phone(n, level)
}
