package handlers

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"yike/db"
	"yike/policy"
	"yike/policy/classify"
	"yike/policy/day"
	"yike/views"
	"yike/views/lang"
	"yike/views/ui"
)

// adviceKinds are the groupings for whose groups something is asked, those
// first by which one acts soonest.
var adviceKinds = []string{"rfm", "mark", "class", "tier", "level", "worth", "stage", "kind"}

// adviceForm shows what head office asks to be done with each group.
func (h *Handlers) adviceForm(w http.ResponseWriter, r *http.Request) error {
	branch, err := h.ruleBranch(r, policy.CustomerRead, query(r, "branch"))
	if err != nil {
		return err
	}
	advice, row, err := h.db.Advice(r.Context(), branch, h.today())
	if err != nil {
		return err
	}
	p := views.AdviceRulePage{RuleFrame: h.newFrame(branch)}
	p.Kinds = adviceLines(r.Context(), branch, func(key string) (string, string) {
		v, _ := advice.Of(key)
		return views.AdviceText(r.Context(), advice, key), strconv.Itoa(v.Days)
	})
	return h.showAdvice(w, r, http.StatusOK, p, row)
}

func adviceLines(ctx context.Context, branch int64, of func(key string) (text, days string)) (out []views.AdviceKind) {
	for _, kind := range adviceKinds {
		k := views.AdviceKind{Kind: kind, Title: views.LabelKindWord(ctx, kind)}
		for _, value := range groupValues(kind) {
			if value == "" {
				continue
			}
			l := views.AdviceLine{Key: classify.GroupKey(kind, value), Label: views.LabelWord(ctx, kind, value), Href: groupHref(kind, value, branch)}
			l.Text, l.Days = of(l.Key)
			k.Lines = append(k.Lines, l)
		}
		out = append(out, k)
	}
	return out
}

func (h *Handlers) showAdvice(w http.ResponseWriter, r *http.Request, status int, p views.AdviceRulePage, row db.RuleRow) error {
	ctx, a := r.Context(), actorOf(r)
	p.CanEdit, p.Branches = h.maySetRule(a, policy.ClassRule, db.ParseID(p.Branch)), h.ruleBranches(ctx, a.Scope(policy.CustomerRead))
	if err := h.fillFrame(ctx, &p.RuleFrame, db.RuleAdvice, row, nil); err != nil {
		return err
	}
	return h.render(w, r, status, page{title: lang.T(ctx, "每一群怎么做"), body: views.AdviceRule(p), active: "/rules/segments"})
}

// adviceSave sets what is asked.
func (h *Handlers) adviceSave(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	ctx := r.Context()
	branch, err := h.ruleBranch(r, policy.CustomerRead, field(r, "branch"))
	if err != nil {
		return err
	}
	if !h.maySetRule(actorOf(r), policy.ClassRule, branch) {
		return fmt.Errorf("rule %s of branch %d: %w", db.RuleAdvice, branch, db.ErrRefused)
	}
	_, row, err := h.db.Advice(ctx, branch, h.today())
	if err != nil {
		return err
	}
	p, advice := views.AdviceRulePage{RuleFrame: readFrame(r, branch)}, classify.Advices{}
	p.Kinds = adviceLines(ctx, branch, func(key string) (string, string) {
		text, days := field(r, key+".text"), field(r, key+".days")
		n, err := strconv.Atoi(days)
		if err != nil {
			p.Errors.Add(key+".days", lang.T(ctx, "填一个数"))
		}
		if n != classify.UsualDays(key) || text != views.AdviceText(ctx, nil, key) {
			advice[key] = classify.Advice{Text: text, Days: n}
		}
		return text, days
	})
	for _, f := range advice.Faults() {
		if p.Errors[f.Field] == "" {
			p.Errors.Add(f.Field, lang.T(ctx, "最多 %d", f.Max))
		}
	}
	h.checkFrame(ctx, &p.RuleFrame, false)
	if p.Errors.Any() {
		return h.showAdvice(w, r, http.StatusUnprocessableEntity, p, row)
	}
	version, err := h.setRule(r, &p.RuleFrame, policy.ClassRule, db.RuleAdvice, advice)
	if err != nil {
		return err
	}
	if version == 0 {
		return h.showAdvice(w, r, http.StatusUnprocessableEntity, p, row)
	}
	h.adviceKept.Store(nil)
	return h.ruleSet(w, r, &p.RuleFrame, version, "/rules/segments")
}

// keptAdvice is what is asked today, kept for a while so that a client's page
// costs no statement for it.
type keptAdvice struct {
	day   string
	until time.Time
	rules db.RulesInForce
	of    map[int64]classify.Advices // by branch whose rule it is
}

const adviceFresh = 20 * time.Second

// advice returns what is asked to be done with groups of clients of a branch.
func (h *Handlers) advice(ctx context.Context, branch int64) (classify.Advices, error) {
	now, today := h.db.Now(), h.today()
	k := h.adviceKept.Load()
	if k == nil || k.day != today || now.After(k.until) {
		rules, err := h.db.RulesInForce(ctx, db.RuleAdvice, today)
		if err != nil {
			return nil, err
		}
		k = &keptAdvice{today, now.Add(adviceFresh), rules, map[int64]classify.Advices{}}
		for id, row := range rules {
			var a classify.Advices
			if err := json.Unmarshal([]byte(row.Value), &a); err != nil {
				return nil, err
			}
			k.of[id] = a
		}
		h.adviceKept.Store(k)
	}
	return k.of[k.rules.For(h.db.Chain(branch)).BranchID], nil
}

// groupHref is the list of one group.
func groupHref(kind, value string, branch int64) string {
	at := url.Values{kind: {value}}
	if kind == "class" && value == "" {
		at.Set(kind, "none")
	}
	if branch != 0 {
		at.Set("branch", idText(branch))
	}
	return address("/customers", at)
}

// listGroups are the groups whose list an address is, those that act soonest
// first.
func listGroups(q customerQuery) (out []string) {
	for _, kind := range adviceKinds {
		if values := q.Values[kind]; len(values) == 1 && values[0] != "none" {
			out = append(out, classify.GroupKey(kind, values[0]))
		}
	}
	return out
}

// segmentNote says above a list what to do with whom it shows, when it is a
// group's.
func (h *Handlers) segmentNote(ctx context.Context, a policy.Actor, q customerQuery, some bool) (*views.SegmentNote, error) {
	groups := listGroups(q)
	if len(groups) == 0 {
		return nil, nil
	}
	advice, err := h.advice(ctx, h.adviceBranch(a, q))
	if err != nil {
		return nil, err
	}
	n := views.SegmentNote{Group: views.GroupWord(ctx, groups[0]), Text: views.AdviceText(ctx, advice, groups[0])}
	if some && n.Text != "" && a.Can(policy.TodoMake) {
		n.TodosHref = q.with("/classes/todos", "", "")
	}
	return &n, nil
}

// nextSteps are what is asked to be done with one client, that of the groups
// first that act soonest; at most two, each text once.
func (h *Handlers) nextSteps(ctx context.Context, c db.Customer) (out []views.NextStep, err error) {
	advice, err := h.advice(ctx, c.BranchID)
	if err != nil {
		return nil, err
	}
	add := func(kind, value string) {
		key := classify.GroupKey(kind, value)
		text := views.AdviceText(ctx, advice, key)
		if value == "" || text == "" || len(out) == nextShown || slices.ContainsFunc(out, func(n views.NextStep) bool { return n.Text == text }) {
			return
		}
		out = append(out, views.NextStep{Text: text, Group: views.LabelWord(ctx, kind, value)})
	}
	add("rfm", c.RFM)
	marks := classify.Marks(c.Marks).Words()
	for _, w := range []string{"complained", "overdue", "slipping", "silent", "seasonal", "usual_middle", "stable"} {
		if slices.Contains(marks, w) {
			add("mark", w)
		}
	}
	if c.RFM == "" { // nobody who ships: by the file
		add("stage", c.Stage)
	}
	return out, nil
}

// nextShown is how many steps a client's page shows.
const nextShown = 2

// adviceBranch is by whose rule a list is spoken of: the branch that it is
// filtered by, else the reader's own.
func (h *Handlers) adviceBranch(a policy.Actor, q customerQuery) int64 {
	if id := db.ParseID(q.Get("branch")); id != 0 {
		return id
	}
	return a.Branch
}

// segmentAsk shows how many to-dos a list would give, and for whom.
func (h *Handlers) segmentAsk(w http.ResponseWriter, r *http.Request) error {
	return h.showSegment(w, r, http.StatusOK, readList(r.URL.Query(), h.db.Now()), views.SegmentTodosPage{Group: query(r, "group"), Errors: ui.Errors{}})
}

// segmentOf is the group that the to-dos of a list are for.
func segmentOf(q customerQuery, wanted string) (group string, all []string, err error) {
	all = listGroups(q)
	if len(all) == 0 {
		return "", nil, db.ErrNotFound
	}
	for _, g := range all {
		if g == wanted {
			return g, all, nil
		}
	}
	return all[0], all, nil
}

func (h *Handlers) segmentIDs(ctx context.Context, a policy.Actor, q customerQuery) (ids []int64, err error) {
	f, err := h.listFilter(ctx, q)
	if err != nil {
		return nil, err
	}
	err = h.db.EachCustomer(ctx, a.Scope(policy.CustomerRead), f, func(rows []db.CustomerRow) error {
		for _, c := range rows {
			ids = append(ids, c.ID)
		}
		if len(ids) > db.BulkLimit {
			return db.ErrTooMany
		}
		return nil
	})
	return ids, err
}

// tooManyTodos sends back to a list that is longer than one act takes.
func (h *Handlers) tooManyTodos(w http.ResponseWriter, r *http.Request, q customerQuery) error {
	h.flash(r, views.Flash{Kind: "soon", Text: lang.T(r.Context(), "一次最多派 %d 件，请先加条件缩小范围，例如按网点", db.BulkLimit)})
	h.redirect(w, r, q.with("/customers", "", ""))
	return nil
}

func (h *Handlers) showSegment(w http.ResponseWriter, r *http.Request, status int, q customerQuery, p views.SegmentTodosPage) error {
	ctx, a := r.Context(), actorOf(r)
	group, all, err := segmentOf(q, p.Group)
	if err != nil {
		return err
	}
	ids, err := h.segmentIDs(ctx, a, q)
	if errors.Is(err, db.ErrTooMany) {
		return h.tooManyTodos(w, r, q)
	}
	if err != nil {
		return err
	}
	plan, err := h.db.PlanSegmentTodos(ctx, a, ids, group, h.today())
	if err != nil {
		return err
	}
	advice, err := h.advice(ctx, h.adviceBranch(a, q))
	if err != nil {
		return err
	}
	v, _ := advice.Of(group)
	p.Query, p.Back, p.Group, p.Word = q.Encode(), q.with("/customers", "", ""), group, views.GroupWord(ctx, group)
	p.Text, p.MinDay, p.Any = views.AdviceText(ctx, advice, group), h.today(), plan.Make > 0
	for _, g := range all {
		p.Groups = append(p.Groups, ui.Option{Value: g, Label: views.GroupWord(ctx, g)})
	}
	if p.Due == "" {
		p.Due = day.MustParse(h.today()).Add(v.Days).String()
	}
	p.Count, p.Make = lang.T(ctx, "名单上 %d 位", len(ids)), lang.T(ctx, "派 %d 件", plan.Make)
	if plan.There > 0 {
		p.There = lang.T(ctx, "%d 位这个月已经有了，不再派；其中 %d 件办完了。", plan.There, plan.Done)
	}
	users := make([]int64, 0, len(plan.By))
	for _, s := range plan.By {
		if s.UserID != 0 {
			users = append(users, s.UserID)
		}
	}
	names, err := h.db.UserNames(ctx, users)
	if err != nil {
		return err
	}
	for _, s := range plan.By {
		who := names[s.UserID]
		if s.UserID == 0 {
			who = lang.T(ctx, "网点里谁有空谁办")
		}
		p.By = append(p.By, views.SegmentShare{Who: who, N: lang.T(ctx, "%d 件", s.N)})
	}
	return h.render(w, r, status, page{title: lang.T(ctx, "给名单派待办"), body: views.SegmentTodos(p), active: "/customers"})
}

// segmentMake makes the to-dos of a list.
func (h *Handlers) segmentMake(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	ctx, a := r.Context(), actorOf(r)
	v, _ := url.ParseQuery(field(r, "q"))
	q := readList(v, h.db.Now())
	p := views.SegmentTodosPage{Group: field(r, "group"), Due: field(r, "due"), Errors: ui.Errors{}}
	group, _, err := segmentOf(q, p.Group)
	if err != nil {
		return err
	}
	if field(r, "do") == "look" {
		p.Due = ""
		return h.showSegment(w, r, http.StatusOK, q, p)
	}
	if d, err := day.Parse(p.Due); err != nil || !d.Valid() || p.Due < h.today() {
		p.Errors.Add("due", lang.T(ctx, "填今天或以后的日子"))
		return h.showSegment(w, r, http.StatusUnprocessableEntity, q, p)
	}
	ids, err := h.segmentIDs(ctx, a, q)
	if errors.Is(err, db.ErrTooMany) {
		return h.tooManyTodos(w, r, q)
	}
	if err != nil {
		return err
	}
	act, plan, err := h.db.MakeSegmentTodos(ctx, a, ids, group, p.Due)
	if err != nil {
		return err
	}
	h.todoCounts.Clear()
	f := views.Flash{Kind: "ok", Text: lang.T(ctx, "派了 %d 件待办", plan.Make)}
	if plan.There > 0 {
		f.Text += lang.T(ctx, "；%d 位这个月已经有了", plan.There)
	}
	if act != 0 {
		f.UndoURL = "/classes/todos/undo?act=" + idText(act)
	}
	h.flash(r, f)
	h.redirect(w, r, q.with("/customers", "", ""))
	return nil
}

// segmentUndo takes the to-dos of one press back.
func (h *Handlers) segmentUndo(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	undone, kept, err := h.db.UndoSegmentTodos(ctx, actorOf(r), db.ParseID(query(r, "act")))
	switch {
	case errors.Is(err, db.ErrNotFound):
		h.flash(r, views.Flash{Kind: "soon", Text: lang.T(ctx, "已经撤销过，或超过 30 天")})
	case err != nil:
		return err
	case kept > 0:
		h.flash(r, views.Flash{Kind: "soon", Text: lang.T(ctx, "撤回了 %d 件，%d 件已经有人动过，留着", undone, kept)})
	default:
		h.flash(r, views.Flash{Kind: "ok", Text: lang.T(ctx, "撤回了 %d 件待办", undone)})
	}
	h.todoCounts.Clear()
	to, ok := sameOriginPath(r)
	if !ok {
		to = "/customers"
	}
	h.redirect(w, r, to)
	return nil
}
