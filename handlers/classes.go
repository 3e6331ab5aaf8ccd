package handlers

import (
	"cmp"
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
	"yike/policy/classify"
	"yike/policy/day"
	"yike/policy/mask"
	"yike/policy/profile"
	"yike/views"
	"yike/views/lang"
	"yike/views/ui"
)

// groupKinds are the groupings in the order of the page.
var groupKinds = []string{"class", "worth", "rfm", "tier", "level", "kind", "stage", "mark"}

// groupValues are the groups of a grouping in their order.
func groupValues(kind string) []string {
	switch kind {
	case "class":
		return append(slices.Clone(profile.Classes), "")
	case "worth":
		return classify.Worths
	case "rfm":
		return classify.Segments
	case "tier":
		return classify.Tiers
	case "level":
		return classify.Levels
	case "kind":
		return append(slices.Clone(profile.Kinds), "")
	case "stage":
		return classify.Stages
	}
	return classify.MarkWords
}

// groupRule is the page of the rule behind a grouping.
func groupRule(kind string) string {
	switch kind {
	case "class", "tier", "level":
		return "/rules/classes"
	case "rfm":
		return "/rules/rfm"
	case "worth", "stage", "mark":
		return "/rules/tags"
	}
	return ""
}

// classBranch reads which branch a page is about; 0 all that are in reach.
func (h *Handlers) classBranch(r *http.Request, text string, p policy.Permission) (int64, error) {
	id := db.ParseID(text)
	if id == 0 {
		return 0, nil
	}
	b, err := h.db.Branch(r.Context(), actorOf(r).Scope(p), id)
	return b.ID, err
}

// classGroups shows all groupings side by side, each group with its list.
func (h *Handlers) classGroups(w http.ResponseWriter, r *http.Request) error {
	ctx, a := r.Context(), actorOf(r)
	scope := a.Scope(policy.CustomerRead)
	branch, err := h.classBranch(r, query(r, "branch"), policy.CustomerRead)
	if err != nil {
		return err
	}
	counts, err := h.db.LabelCounts(ctx, scope, branch)
	if err != nil {
		return err
	}
	p := views.Groupings{Branch: idText(branch), Branches: h.branchOptions(ctx, scope)}
	advice, err := h.advice(ctx, cmp.Or(branch, a.Branch))
	if err != nil {
		return err
	}
	for _, kind := range groupKinds {
		p.Groups = append(p.Groups, h.grouping(ctx, kind, branch, counts, advice))
	}
	if a.Can(policy.CustomerClass) {
		moves, err := h.db.ClassMoves(ctx, a.Scope(policy.CustomerClass), branch)
		if err != nil {
			return err
		}
		n := 0
		for _, m := range moves {
			n += m.N
		}
		p.Waiting = lang.T(ctx, "分级变动：%d 位等批", n)
	}
	p.AsOf = lang.T(ctx, "同一批客户的几种分法，各叫各的名字。点一行看名单。")
	return h.render(w, r, http.StatusOK, page{title: lang.T(ctx, "客户分群"), body: views.ClassGroups(p), active: "/classes"})
}

func (h *Handlers) grouping(ctx context.Context, kind string, branch int64, counts []db.LabelCount, advice classify.Advices) views.Grouping {
	g := views.Grouping{Kind: kind, Title: views.LabelKindWord(ctx, kind), About: views.GroupAbout(ctx, kind), Rule: groupRule(kind)}
	all, n := int64(0), map[string]int64{}
	for _, c := range counts {
		if c.Kind == kind {
			all += c.N
			n[c.Value] = c.N
		}
	}
	if all == 0 {
		return g
	}
	for _, value := range groupValues(kind) {
		if value == "" && n[value] == 0 {
			continue
		}
		l := views.GroupLine{Label: views.LabelWord(ctx, kind, value), N: countWord(ctx, n[value]), Href: groupHref(kind, value, branch)}
		if kind == "kind" && value == "" { // no list asks for who has no kind
			continue
		}
		if kind != "mark" {
			l.Share = strconv.FormatInt(n[value]*100/all, 10) + "%"
		}
		if kind == "class" {
			l.Class = value
		}
		if l.Note = views.AdviceText(ctx, advice, classify.GroupKey(kind, value)); kind == "stage" {
			l.Terms = views.StageTerms(value)
		}
		g.Lines = append(g.Lines, l)
	}
	return g
}

// changesPage is how many changes a page shows.
const changesPage = 100

// changeQuery is the address of a list of changes.
func changeFilter(v url.Values, branch int64) db.ClassChangeFilter {
	f := db.ClassChangeFilter{Branch: branch, Decided: v.Get("decided") == "1", After: db.ParseID(v.Get("after")), Limit: changesPage}
	switch move := v.Get("move"); {
	case move == "contested":
		f.Contested = true
	case strings.Contains(move, "-"):
		f.Old, f.New, _ = strings.Cut(move, "-")
		f.Move = slices.Contains(profile.Classes, f.New)
	}
	return f
}

func changeAddress(f db.ClassChangeFilter) string {
	v := url.Values{}
	if f.Branch != 0 {
		v.Set("branch", idText(f.Branch))
	}
	switch {
	case f.Contested:
		v.Set("move", "contested")
	case f.Move:
		v.Set("move", f.Old+"-"+f.New)
	}
	if f.Decided {
		v.Set("decided", "1")
	}
	if f.After != 0 {
		v.Set("after", idText(f.After))
	}
	return address("/classes/changes", v)
}

// classChanges lists what waits to be decided.
func (h *Handlers) classChanges(w http.ResponseWriter, r *http.Request) error {
	branch, err := h.classBranch(r, query(r, "branch"), policy.CustomerClass)
	if err != nil {
		return err
	}
	return h.showChanges(w, r, http.StatusOK, changeFilter(r.URL.Query(), branch), views.ClassChangesPage{Errors: ui.Errors{}})
}

func (h *Handlers) showChanges(w http.ResponseWriter, r *http.Request, status int, f db.ClassChangeFilter, p views.ClassChangesPage) error {
	ctx, a := r.Context(), actorOf(r)
	scope := a.Scope(policy.CustomerClass)
	list, more, err := h.db.ClassChanges(ctx, scope, f)
	if err != nil {
		return err
	}
	moves, err := h.db.ClassMoves(ctx, scope, f.Branch)
	if err != nil {
		return err
	}
	p.Branch, p.Branches, p.Decided = idText(f.Branch), h.branchOptions(ctx, scope), f.Decided
	p.Query, p.MinDay = changeAddress(f), day.MustParse(h.today()).Add(1).String()
	if p.Until == "" {
		p.Until = day.MustParse(h.today()).AddMonths(db.HoldMonths).String()
	}
	waits, chosen := 0, 0
	option := func(at db.ClassChangeFilter, label string, n int) {
		at.Branch = f.Branch
		o := ui.Option{Value: changeAddress(at), Label: label}
		if now := f; now.Decided == at.Decided && now.Contested == at.Contested && now.Move == at.Move && now.Old == at.Old && now.New == at.New {
			p.Chosen, chosen = o.Value, n
		}
		p.Moves = append(p.Moves, o)
	}
	for _, m := range moves {
		waits += m.N
	}
	option(db.ClassChangeFilter{}, lang.T(ctx, "全部 %d", waits), waits)
	for _, m := range moves {
		if m.Contested {
			option(db.ClassChangeFilter{Contested: true}, lang.T(ctx, "异议 %d", m.N), m.N)
			continue
		}
		option(db.ClassChangeFilter{Move: true, Old: m.Old, New: m.New}, views.LabelWord(ctx, "class", m.Old)+" → "+views.LabelWord(ctx, "class", m.New)+" "+strconv.Itoa(m.N), m.N)
	}
	if !f.Decided {
		p.DecidedHref = changeAddress(db.ClassChangeFilter{Branch: f.Branch, Decided: true})
	}
	for _, x := range list {
		p.Rows = append(p.Rows, h.changeRow(ctx, x, h.maskFor(a, db.Customer{BranchID: x.BranchID, OwnerID: x.OwnerID})))
	}
	if more {
		next := f
		next.After = list[len(list)-1].ID
		p.More = changeAddress(next)
	}
	p.Total = lang.T(ctx, "这里一共 %d 位，批准了就改分级，拜访次数跟着变。", chosen)
	p.All = lang.T(ctx, "这 %d 位全部批准", chosen)
	p.CanRun = f.Branch != 0 || len(p.Branches) == 1
	if f.Branch == 0 && len(p.Branches) == 1 {
		p.Branch = p.Branches[0].Value
	}
	p.AsOf, p.EmptyText = lang.T(ctx, "规则说该变的，先在这里批。"), lang.T(ctx, "到了复评的月份，规则说该变的客户会出现在这里。")
	if run, err := h.db.LatestClassRun(ctx, "classes", db.ParseID(p.Branch)); err == nil {
		p.AsOf = lang.T(ctx, "上次复评：%s，%d 位客户，%d 位该变。", run.Day, run.Clients, run.Changed)
	} else if !errors.Is(err, db.ErrNotFound) {
		return err
	}
	return h.render(w, r, status, page{title: lang.T(ctx, "分级变动"), body: views.ClassChanges(p), active: "/classes/changes"})
}

func (h *Handlers) changeRow(ctx context.Context, x db.ClassChange, level mask.Level) views.ClassChangeRow {
	x.Said, x.Reason = mask.Text(x.Said, level), mask.Text(x.Reason, level)
	row := views.ClassChangeRow{ID: idText(x.ID), Code: x.Code, Name: x.Name, Href: "/customers/" + idText(x.CustomerID), Kind: views.LabelKindWord(ctx, x.Kind),
		Old: views.LabelWord(ctx, x.Kind, x.Old), New: views.LabelWord(ctx, x.Kind, x.New), State: views.ChangeStateWord(ctx, x.State), Reason: x.Reason, By: x.DecidedBy}
	if x.Kind == "class" {
		row.OldClass, row.NewClass = x.Old, x.New
	}
	if x.State == "edited" {
		row.State += lang.T(ctx, "，") + views.LabelWord(ctx, x.Kind, x.Decided)
	}
	if x.DecidedAt != 0 {
		row.At = views.TimeWord(ctx, time.UnixMilli(x.DecidedAt), h.db.Now())
	}
	switch {
	case x.Said != "":
		row.Said, row.Why = x.Said, lang.T(ctx, "%s：%s", x.SaidBy, x.Said)
	case x.Why != nil && len(x.Why.Facts) > 0:
		at := 0
		if i := slices.IndexFunc(x.Why.Facts, func(f classify.Fact) bool { return f.Is == x.New }); i >= 0 {
			at = i
		}
		f := views.WhyFact(ctx, "class", x.Why.Facts[at])
		row.Why = f.Name + " " + f.Value
	}
	return row
}

// classDecide approves, edits or rejects what was chosen, or approves all that
// the list shows.
func (h *Handlers) classDecide(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	ctx, a := r.Context(), actorOf(r)
	at, err := url.Parse(field(r, "q"))
	if err != nil {
		return errBadRequest
	}
	branch, err := h.classBranch(r, at.Query().Get("branch"), policy.CustomerClass)
	if err != nil {
		return err
	}
	f := changeFilter(at.Query(), branch)
	p := views.ClassChangesPage{Value: field(r, "value"), Reason: field(r, "reason"), Until: field(r, "until"), Errors: ui.Errors{}}
	in := db.ClassDecision{State: field(r, "do"), Value: p.Value, Reason: p.Reason, Until: p.Until}
	if !slices.Contains([]string{"approved", "all", "edited", "rejected"}, in.State) {
		return errBadRequest
	}
	contested := f.Contested
	if in.State == "all" {
		all := f
		all.Limit, all.After = db.BulkLimit, 0
		list, _, err := h.db.ClassChanges(ctx, a.Scope(policy.CustomerClass), all)
		if err != nil {
			return err
		}
		for _, x := range list {
			in.IDs = append(in.IDs, x.ID)
			contested = contested || x.SaidByID != 0
		}
		in.State = "approved"
	} else {
		for _, id := range fields(r, "ids") {
			in.IDs = append(in.IDs, db.ParseID(id))
		}
		if len(in.IDs) > 0 {
			list, _, err := h.db.ClassChanges(ctx, a.Scope(policy.CustomerClass), db.ClassChangeFilter{Branch: branch, Contested: true, Limit: db.BulkLimit})
			if err != nil {
				return err
			}
			contested = slices.ContainsFunc(list, func(x db.ClassChange) bool { return slices.Contains(in.IDs, x.ID) })
		}
	}
	if len(in.IDs) == 0 {
		p.Errors.Add("ids", lang.T(ctx, "先选客户"))
	}
	if in.State != "approved" || contested {
		checkText(ctx, p.Errors, "reason", in.Reason, 200)
		if d, err := day.Parse(in.Until); err != nil || !d.Valid() || in.Until <= h.today() {
			p.Errors.Add("until", lang.T(ctx, "填明天或以后的日子"))
		}
	}
	if in.State == "edited" && !slices.Contains(profile.Classes, in.Value) {
		p.Errors.Add("value", lang.T(ctx, "选一个"))
	}
	if p.Errors.Any() {
		return h.showChanges(w, r, http.StatusUnprocessableEntity, f, p)
	}
	if in.Reason == "" {
		in.Reason = lang.T(ctx, "按规则复评")
	}
	done, kept, err := h.db.DecideChanges(ctx, a, in)
	if err != nil {
		return err
	}
	text := lang.T(ctx, "定了 %d 位", done)
	if kept > 0 {
		text += lang.T(ctx, "；%d 位已经定过，或分级后来改过，没有动", kept)
	}
	h.flash(r, views.Flash{Kind: "ok", Text: text})
	f.After = 0
	h.redirect(w, r, changeAddress(f))
	return nil
}

// classRun re-evaluates the classes of a branch at once.
func (h *Handlers) classRun(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	ctx := r.Context()
	branch, err := h.classBranch(r, field(r, "branch"), policy.CustomerClass)
	if err != nil {
		return err
	}
	if branch == 0 {
		return errBadRequest
	}
	n, err := h.db.ProposeClasses(ctx, actorOf(r), branch, day.MustParse(h.today()), true)
	if err != nil {
		return err
	}
	h.flash(r, views.Flash{Kind: "ok", Text: lang.T(ctx, "复评好了，%d 位该变", n)})
	h.redirect(w, r, changeAddress(db.ClassChangeFilter{Branch: branch}))
	return nil
}
