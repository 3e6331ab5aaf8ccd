package handlers

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"yike/db"
	"yike/policy"
	"yike/views"
	"yike/views/lang"
	"yike/views/ui"
)

// handoverPage is how many pieces of work stand on one page.
const handoverPage = 50

// takerOptions lists who may take work over, each with what they carry.
func (h *Handlers) takerOptions(ctx context.Context, list []db.Taker) []ui.Option {
	var out []ui.Option
	for _, t := range list {
		out = append(out, ui.Option{Value: idText(t.ID), Label: lang.T(ctx, "%s（现有 %d 位）", t.Name, t.Load), Group: h.db.BranchName(t.Branch), Hint: h.takerText(t)})
	}
	return out
}

// takerText is how a taker stands in a field that looks for one.
func (h *Handlers) takerText(t db.Taker) string { return t.Name + " · " + h.db.BranchName(t.Branch) }

// takerSent reads a field for who takes something over: what was picked while
// its text is unchanged, else the one taker whom the text names. A form that
// sends no text means the value.
func (h *Handlers) takerSent(r *http.Request, takers []db.Taker, name string) (id int64, fault string) {
	ctx := r.Context()
	id = db.ParseID(field(r, name))
	text := field(r, ui.FindText(name))
	switch {
	case !r.PostForm.Has(ui.FindText(name)):
		return id, ""
	case text == "":
		return 0, ""
	}
	var like []db.Taker
	for _, t := range takers {
		whole := h.takerText(t)
		if t.ID == id && whole == text {
			return id, ""
		}
		if whole == text || t.Name == text {
			like = append(like, t)
		}
	}
	switch len(like) {
	case 0:
		return 0, lang.T(ctx, "没有找到这个人，换个写法")
	case 1:
		return like[0].ID, ""
	}
	return 0, lang.T(ctx, "符合的有 %d 位，请写成「%s」这样", len(like), h.takerText(like[0]))
}

func (h *Handlers) handoverOf(r *http.Request) (db.Handover, error) {
	id, err := pathID(r, "id")
	if err != nil {
		return db.Handover{}, err
	}
	return h.db.Handover(r.Context(), actorOf(r), id)
}

// handoverShow is a handover: its plan, and what became of it.
func (h *Handlers) handoverShow(w http.ResponseWriter, r *http.Request) error {
	t, err := h.handoverOf(r)
	if err != nil {
		return err
	}
	ctx, a, now := r.Context(), actorOf(r), h.db.Now()
	counts, err := h.db.HandoverCounts(ctx, t.ID)
	if err != nil {
		return err
	}
	ids := []int64{t.From, t.DoneBy, t.UndoneBy}
	for _, c := range counts {
		ids = append(ids, c.To)
	}
	names, err := h.db.UserNames(ctx, ids)
	if err != nil {
		return err
	}
	at := "/handovers/" + idText(t.ID)
	p := views.HandoverPage{ID: idText(t.ID), Name: names[t.From], State: t.State, Version: idText(t.Version), Back: "/handovers", Draft: t.State == "draft", More: t.More,
		DoneBy: names[t.DoneBy], UndoneBy: names[t.UndoneBy], Ending: views.EndingWord(ctx, t.Ending, t.EndsOn),
		Done: views.TimeWord(ctx, time.UnixMilli(t.DoneAt), now), Undone: views.TimeWord(ctx, time.UnixMilli(t.UndoneAt), now)}
	if t.State == "done" && now.Before(t.UndoUntil()) {
		p.CanUndo, p.UndoUntil = true, views.TimeWord(ctx, t.UndoUntil(), now)
	}
	p.People, p.Unassigned, p.Total = shares(at, counts, names)
	p.UnassignedHref = at + "?to=0"
	for _, state := range []string{"moved", "reversed", "kept", "failed"} {
		n := 0
		for _, c := range counts {
			if c.State == state {
				n += c.Count
			}
		}
		if n > 0 {
			kind := ""
			if state == "failed" {
				kind = "over"
			}
			p.Outcomes = append(p.Outcomes, views.HandoverOutcome{Label: views.PieceStateWord(ctx, state), Count: strconv.Itoa(n), Href: at + "?state=" + state, Kind: kind})
		}
	}
	if err := h.handoverPieces(r, a, t, names, &p); err != nil {
		return err
	}
	return h.render(w, r, http.StatusOK, page{title: lang.T(ctx, "%s 的交接", p.Name), body: views.HandoverShow(p), active: "/users", scripts: []string{"find.js"}})
}

// shares sums a handover up by person, who gets the most first, nobody last.
func shares(at string, counts []db.HandoverCount, names map[int64]string) (out []views.HandoverShare, nobody, total int) {
	type sum struct{ owner, clerk, visit, a, b, c, none int }
	by := map[int64]*sum{}
	var order []int64
	for _, c := range counts {
		s := by[c.To]
		if s == nil {
			s = &sum{}
			by[c.To], order = s, append(order, c.To)
		}
		switch c.Kind {
		case "owner":
			s.owner += c.Count
			switch c.Class {
			case "A":
				s.a += c.Count
			case "B":
				s.b += c.Count
			case "C":
				s.c += c.Count
			default:
				s.none += c.Count
			}
		case "clerk":
			s.clerk += c.Count
		default:
			s.visit += c.Count
		}
		if c.To == 0 {
			nobody += c.Count
		} else {
			total += c.Count
		}
	}
	slices.SortFunc(order, func(x, y int64) int {
		switch {
		case x == 0:
			return 1
		case y == 0:
			return -1
		}
		if d := by[y].owner + by[y].clerk - by[x].owner - by[x].clerk; d != 0 {
			return d
		}
		return strings.Compare(names[x], names[y])
	})
	for _, id := range order {
		s := by[id]
		out = append(out, views.HandoverShare{Name: names[id], Href: at + "?to=" + strconv.FormatInt(id, 10), Nobody: id == 0, Owner: strconv.Itoa(s.owner), Clerk: strconv.Itoa(s.clerk),
			Visit: strconv.Itoa(s.visit), A: strconv.Itoa(s.a), B: strconv.Itoa(s.b), C: strconv.Itoa(s.c), None: strconv.Itoa(s.none)})
	}
	return out, nobody, total
}

// handoverPieces fills the page with the pieces that are asked for.
func (h *Handlers) handoverPieces(r *http.Request, a policy.Actor, t db.Handover, names map[int64]string, p *views.HandoverPage) error {
	ctx, at, v := r.Context(), "/handovers/"+p.ID, url.Values{}
	f := db.HandoverFilter{To: -1, Kind: query(r, "kind"), State: query(r, "state"), After: db.ParseID(query(r, "after")), Limit: handoverPage + 1}
	chip := func(name, label, value string) {
		v.Set(name, query(r, name))
		p.Filter.Items = append(p.Filter.Items, ui.Chip{Label: label, Value: value, RemoveHref: name})
	}
	if to := query(r, "to"); to != "" {
		f.To = db.ParseID(to)
		name := names[f.To]
		if f.To == 0 {
			name = lang.T(ctx, "还没有人接")
		}
		chip("to", lang.T(ctx, "接的人"), name)
	}
	if slices.Contains(db.HandoverKinds(), f.Kind) {
		chip("kind", lang.T(ctx, "工作"), views.WorkWord(ctx, f.Kind))
	} else {
		f.Kind = ""
	}
	if f.State != "" {
		chip("state", lang.T(ctx, "状态"), views.PieceStateWord(ctx, f.State))
	}
	p.Filter.Label = lang.T(ctx, "条件")
	for i, c := range p.Filter.Items {
		p.Filter.Items[i].RemoveHref = hrefWith(at, v, c.RemoveHref, "")
	}
	rows, err := h.db.HandoverRows(ctx, a, t.ID, f)
	if err != nil {
		return err
	}
	turn := func(after int64) string {
		q := url.Values{"after": {idText(after)}}
		for k, list := range v {
			q[k] = list
		}
		return at + "?" + q.Encode()
	}
	p.Here = join(at, v.Encode())
	if f.After != 0 {
		p.Pager.First, p.Here = p.Here, turn(f.After)
	}
	if len(rows) > handoverPage {
		rows = rows[:handoverPage]
		p.Pager.Next = turn(rows[handoverPage-1].Position)
	}
	var people map[int64][]ui.Option
	if p.Draft {
		if people, err = h.takersByBranch(ctx, a, t.From); err != nil {
			return err
		}
	}
	for _, row := range rows {
		name, href := pieceName(ctx, row)
		l := views.HandoverLine{Position: idText(row.Position), Name: name, Href: href, Code: row.Code, Class: row.Class, Place: placeName(row.PlaceCode),
			Kind: views.WorkShort(ctx, row.Kind), Day: row.Day, To: names[row.To], ToID: idText(row.To), State: views.PieceStateWord(ctx, row.State),
			Why: views.PieceWhyWord(ctx, row.Why), People: people[row.BranchID]}
		for _, o := range l.People {
			if o.Value == l.ToID {
				l.Typed = o.Hint
			}
		}
		if row.Binned {
			l.Why, l.Href = lang.T(ctx, "在回收站里"), ""
		}
		p.Rows = append(p.Rows, l)
	}
	return nil
}

// pieceName is whom a piece of work is about, or what is to be done where it is
// about no client, and its address; "" for one beyond the reader's reach.
func pieceName(ctx context.Context, row db.HandoverRow) (name, href string) {
	switch {
	case row.Name != "":
		return row.Name, "/customers/" + idText(row.CustomerID)
	case row.Todo != "":
		return views.TodoTitle(ctx, row.Todo, placeArgs(row.TodoArgs)), "/todos/" + idText(row.RowID)
	}
	return "", ""
}

// takersByBranch lists for each branch who may take a client there.
func (h *Handlers) takersByBranch(ctx context.Context, a policy.Actor, from int64) (map[int64][]ui.Option, error) {
	held, err := h.db.Holding(ctx, a, from)
	if err != nil {
		return nil, err
	}
	out := map[int64][]ui.Option{}
	options := h.takerOptions(ctx, held.Takers)
	for i, t := range held.Takers {
		for _, b := range t.Branches {
			out[b] = append(out[b], options[i])
		}
	}
	return out, nil
}

// handoverAssign gives the pieces of one page to people by hand.
func (h *Handlers) handoverAssign(w http.ResponseWriter, r *http.Request) error {
	t, err := h.handoverOf(r)
	if err != nil {
		return err
	}
	if err := readForm(r); err != nil {
		return err
	}
	held, err := h.db.Holding(r.Context(), actorOf(r), t.From)
	if err != nil {
		return err
	}
	ctx, to, unknown := r.Context(), map[int64]int64{}, ""
	for name := range r.PostForm {
		if at, ok := strings.CutPrefix(name, "to."); ok {
			if position := db.ParseID(at); position != 0 && len(to) < 2*handoverPage {
				id, fault := h.takerSent(r, held.Takers, name)
				if to[position] = id; fault != "" {
					unknown = field(r, ui.FindText(name))
				}
			}
		}
	}
	back := "/handovers/" + idText(t.ID)
	if here := field(r, "here"); here == back || strings.HasPrefix(here, back+"?") {
		back = here
	}
	if unknown != "" {
		h.flash(r, views.Flash{Kind: "soon", Text: lang.T(ctx, "「%s」没有找到，或不止一位：从列表里选，没有保存", unknown)})
		h.redirect(w, r, back)
		return nil
	}
	err = h.db.AssignHandover(ctx, actorOf(r), t.ID, db.ParseID(field(r, "version")), to)
	switch {
	case errors.Is(err, db.ErrRefused):
		h.flash(r, views.Flash{Kind: "soon", Text: lang.T(ctx, "选的人里有人不能在那个网点有客户，没有保存")})
	case errors.Is(err, db.ErrConflict):
		h.flash(r, views.Flash{Kind: "soon", Text: lang.T(ctx, "这份交接刚改过，请看过再改")})
	case err != nil:
		return err
	default:
		h.flash(r, views.Flash{Kind: "ok", Text: lang.T(ctx, "已保存")})
	}
	h.redirect(w, r, back)
	return nil
}

// handoverApply moves everything, in one act.
func (h *Handlers) handoverApply(w http.ResponseWriter, r *http.Request) error {
	return h.handoverAct(w, r, func(ctx context.Context, a policy.Actor, t db.Handover) (views.Flash, error) {
		res, err := h.db.ApplyHandover(ctx, a, t.ID, db.ParseID(field(r, "version")))
		f := views.Flash{Kind: "ok", Text: lang.T(ctx, "已交接 %d 项", res.Moved), UndoURL: "/handovers/" + idText(t.ID) + "/undo"}
		if res.Kept+res.Failed > 0 {
			f.Kind, f.Text = "soon", lang.T(ctx, "已交接 %d 项，%d 项没动，原因见明细", res.Moved, res.Kept+res.Failed)
		}
		return f, err
	})
}

// handoverUndo puts back what can be.
func (h *Handlers) handoverUndo(w http.ResponseWriter, r *http.Request) error {
	return h.handoverAct(w, r, func(ctx context.Context, a policy.Actor, t db.Handover) (views.Flash, error) {
		res, err := h.db.UndoHandover(ctx, a, t.ID)
		f := views.Flash{Kind: "ok", Text: lang.T(ctx, "已撤销，%d 项退回", res.Moved)}
		if res.Kept+res.Failed > 0 {
			f.Kind, f.Text = "soon", lang.T(ctx, "已撤销，%d 项退回，%d 项没动，原因见明细", res.Moved, res.Kept+res.Failed)
		}
		return f, err
	})
}

func (h *Handlers) handoverAct(w http.ResponseWriter, r *http.Request, act func(context.Context, policy.Actor, db.Handover) (views.Flash, error)) error {
	t, err := h.handoverOf(r)
	if err != nil {
		return err
	}
	if err := readForm(r); err != nil {
		return err
	}
	f, err := act(r.Context(), actorOf(r), t)
	if errors.Is(err, db.ErrConflict) {
		f, err = views.Flash{Kind: "soon", Text: lang.T(r.Context(), "这份交接刚改过，或已超过 30 天，请看过再决定")}, nil
	}
	if err != nil {
		return err
	}
	h.flash(r, f)
	h.redirect(w, r, "/handovers/"+idText(t.ID))
	return nil
}

// handoverDrop forgets a draft and begins anew.
func (h *Handlers) handoverDrop(w http.ResponseWriter, r *http.Request) error {
	t, err := h.handoverOf(r)
	if err != nil {
		return err
	}
	if err := h.db.DropHandover(r.Context(), actorOf(r), t.ID); err != nil {
		return err
	}
	h.redirect(w, r, "/users/"+idText(t.From)+"/handover")
	return nil
}

// handoverList lists the handovers of the reader's branches.
func (h *Handlers) handoverList(w http.ResponseWriter, r *http.Request) error {
	ctx, now := r.Context(), h.db.Now()
	list, err := h.db.Handovers(ctx, actorOf(r), db.ParseID(query(r, "user")), db.ParseID(query(r, "before")), handoverPage+1)
	if err != nil {
		return err
	}
	p := views.HandoverList{}
	if len(list) > handoverPage {
		list = list[:handoverPage]
		p.Next = "/handovers?before=" + idText(list[handoverPage-1].ID)
	}
	var ids []int64
	for _, t := range list {
		ids = append(ids, t.From, t.By, t.DoneBy)
	}
	names, err := h.db.UserNames(ctx, ids)
	if err != nil {
		return err
	}
	for _, t := range list {
		e := views.HandoverEntry{Href: "/handovers/" + idText(t.ID), Name: names[t.From], Branch: h.db.BranchName(t.BranchID), State: views.HandoverStateWord(ctx, t.State),
			By: names[t.By], At: views.TimeWord(ctx, time.UnixMilli(t.CreatedAt), now)}
		if t.DoneAt != 0 {
			e.By, e.At = names[t.DoneBy], views.TimeWord(ctx, time.UnixMilli(t.DoneAt), now)
		}
		p.Rows = append(p.Rows, e)
	}
	return h.render(w, r, http.StatusOK, page{title: lang.T(ctx, "交接记录"), body: views.Handovers(p), active: "/users"})
}
