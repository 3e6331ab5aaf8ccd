package handlers

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"yike/db"
	"yike/policy"
	"yike/policy/classify"
	"yike/policy/day"
	"yike/policy/mask"
	"yike/views"
	"yike/views/lang"
	"yike/views/ui"
)

// customerWhy explains a client's labels.
func (h *Handlers) customerWhy(w http.ResponseWriter, r *http.Request) error {
	return h.showWhy(w, r, http.StatusOK, views.ContestForm{Errors: ui.Errors{}})
}

func (h *Handlers) showWhy(w http.ResponseWriter, r *http.Request, status int, f views.ContestForm) error {
	id, err := pathID(r, "id")
	if err != nil {
		return err
	}
	ctx, a := r.Context(), actorOf(r)
	c, err := h.db.Customer(ctx, a.Scope(policy.CustomerRead), id)
	if err != nil {
		return err
	}
	h.db.Looked(ctx, a, c.ID, c.BranchID, h.firstRole(signedIn(r)))
	why, err := h.db.Why(ctx, c, day.MustParse(h.today()))
	if err != nil {
		return err
	}
	p := views.WhyPage{ID: idText(id), Name: c.Name, Code: c.Code, Base: "/customers/" + idText(id), CanContest: h.may(a, policy.CustomerEdit, c), Form: f}
	p.Form.Kinds = views.ContestOptions(ctx, why.Labels)
	advice, err := h.advice(ctx, c.BranchID)
	if err != nil {
		return err
	}
	p.Labels = whyLabels(ctx, h.db.BranchName, c, why, advice, h.maskFor(a, c))
	for _, e := range why.Events {
		p.Events = append(p.Events, lang.T(ctx, "%s %s：%s → %s", e.Day, views.LabelKindWord(ctx, e.Kind), views.LabelWord(ctx, e.Kind, e.Old), views.LabelWord(ctx, e.Kind, e.New)))
	}
	return h.render(w, r, status, page{title: lang.T(ctx, "%s 为什么是这样", c.Name), body: views.CustomerWhy(p), active: "/customers"})
}

// labelLines are the labels of a client as its copy has them: what it is
// called, by which figures and which version of the rule, what holds by hand.
func labelLines(ctx context.Context, branchName func(int64) string, c db.Customer, why db.CustomerWhy) (out [][2]string) {
	for _, l := range whyLabels(ctx, branchName, c, why, nil, mask.Full) {
		text := []string{l.Value}
		for _, f := range l.Lines {
			text = append(text, f.Name+" "+f.Value)
		}
		if l.Held != "" {
			text = append(text, l.Held)
		}
		out = append(out, [2]string{l.Title, strings.Join(append(text, l.Since), lang.T(ctx, "；"))})
	}
	return out
}

// whyLabels are the labels of a client with their reasons in words.
func whyLabels(ctx context.Context, branchName func(int64) string, c db.Customer, why db.CustomerWhy, advice classify.Advices, level mask.Level) (out []views.WhyLabel) {
	versions := func(rule string) string {
		row := why.Rules.Rows[rule]
		switch {
		case row.Version == 0:
			return lang.T(ctx, "规则：默认值")
		case row.BranchID != 0:
			return lang.T(ctx, "规则：%s的第 %d 版，%s 起", branchName(row.BranchID), row.Version, row.ValidFrom)
		}
		return lang.T(ctx, "规则：全公司的第 %d 版，%s 起", row.Version, row.ValidFrom)
	}
	fill := func(l views.WhyLabel, kind string, r classify.Reason) views.WhyLabel {
		l.Kind, l.Title = strings.ReplaceAll(kind, ".", "-"), views.LabelKindWord(ctx, kind)
		for _, f := range r.Facts {
			l.Lines = append(l.Lines, views.WhyFact(ctx, r.Kind, f))
		}
		l.Turns = views.WhyTurns(ctx, r.Kind, why.Turns[kind])
		for _, held := range why.Holds {
			if held.Kind == kind {
				l.Held = lang.T(ctx, "%s 手工定的，保持到 %s：%s", held.By, held.Until, mask.Text(held.Reason, level))
			}
		}
		for _, x := range why.Waits {
			switch {
			case x.Kind == kind && x.SaidByID != 0:
				l.Waits = append(l.Waits, lang.T(ctx, "%s 提了异议，说该是%s：%s", x.SaidBy, views.LabelWord(ctx, x.Kind, x.New), mask.Text(x.Said, level)))
			case x.Kind == kind:
				l.Waits = append(l.Waits, lang.T(ctx, "规则说该改成%s，等经理批。", views.LabelWord(ctx, x.Kind, x.New)))
			}
		}
		return l
	}
	class := views.WhyLabel{Value: views.LabelWord(ctx, "class", c.Class), Class: c.Class, Since: versions(db.RuleClasses)}
	if c.ClassSince != "" {
		class.Since = lang.T(ctx, "%s 起是这一类", c.ClassSince) + lang.T(ctx, "；") + class.Since
	}
	if why.Shipped || why.Class.Value == "B" {
		class = fill(class, "class", why.Class)
		switch k := why.Rules.Classes; {
		case len(k.Methods) < 2:
		case k.All:
			class.Turns = append(class.Turns, lang.T(ctx, "选了 %d 个办法，每个都够才算。", len(k.Methods)))
		default:
			class.Turns = append(class.Turns, lang.T(ctx, "选了 %d 个办法，有一个够就算。", len(k.Methods)))
		}
		class.Moves = append(class.Moves, lang.T(ctx, "照规则今天是%s。", views.LabelWord(ctx, "class", why.Class.Value)))
	} else {
		class = fill(class, "class", classify.Reason{})
		class.Turns = views.WhyTurns(ctx, "class", slices.DeleteFunc(why.Turns["class"], func(t classify.Turn) bool { return t.By != "promise" }))
		class.Moves = append(class.Moves, lang.T(ctx, "还没有绑定运单，规则不评，照手工定的。"))
	}
	if c.Class != "" {
		class.Next = views.AdviceText(ctx, advice, classify.GroupKey("class", c.Class))
	}
	out = append(out, class)
	for _, r := range why.Reasons {
		kind, rule, stored := r.Kind, db.RuleTags, r.Value
		switch r.Kind {
		case "worth":
			stored = why.Labels.Worth
		case "rfm":
			rule, stored = db.RuleRFM, why.Labels.RFM
		case "tier":
			rule, stored = db.RuleClasses, why.Labels.Tier
		case "level":
			rule, stored = db.RuleClasses, why.Labels.Level
		case "stage":
			stored = c.Stage
		case "mark":
			kind = "mark." + r.Value
		}
		l := views.WhyLabel{Value: views.LabelWord(ctx, r.Kind, stored), Since: versions(rule)}
		if r.Kind == "mark" {
			l.Value = views.LabelWord(ctx, "mark", r.Value)
		}
		if l.Next = views.AdviceText(ctx, advice, classify.GroupKey(r.Kind, cmp.Or(stored, r.Value))); r.Kind == "rfm" {
			if stored != "" {
				l.Since = views.CellWord(ctx, r.Cell) + lang.T(ctx, "；") + l.Since
			}
		}
		for _, e := range why.Events {
			if e.Kind == kind {
				l.Since = lang.T(ctx, "%s 起", e.Day) + lang.T(ctx, "；") + l.Since
				break
			}
		}
		if stored != r.Value && r.Kind != "mark" {
			l.Moves = append(l.Moves, lang.T(ctx, "照今天的运单是%s，今夜会跟上。", views.LabelWord(ctx, r.Kind, r.Value)))
		}
		more := l.Moves
		l = fill(l, kind, r)
		l.Moves = append(l.Moves, more...)
		out = append(out, l)
	}
	return out
}

// customerContest says that a label is wrong.
func (h *Handlers) customerContest(w http.ResponseWriter, r *http.Request) error {
	id, err := h.within(r, policy.CustomerEdit)
	if err != nil {
		return err
	}
	ctx, a := r.Context(), actorOf(r)
	f := views.ContestForm{Value: field(r, "should"), Said: field(r, "said"), Errors: ui.Errors{}}
	c, err := h.db.Customer(ctx, a.Scope(policy.CustomerRead), id)
	if err != nil {
		return err
	}
	l, err := h.db.CustomerLabels(ctx, c)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(views.ContestOptions(ctx, l), func(o ui.Option) bool { return o.Value == f.Value }) {
		f.Errors.Add("should", lang.T(ctx, "选一个"))
	}
	checkText(ctx, f.Errors, "said", f.Said, 200)
	if !f.Errors.Any() {
		kind, value, _ := strings.Cut(f.Value, "=")
		err := h.db.Contest(ctx, a, id, kind, value, f.Said)
		if err != nil && !errors.Is(err, db.ErrOpen) {
			return err
		}
		if err != nil {
			f.Errors.Add("should", lang.T(ctx, "这一项你已经提过，等经理看。"))
		}
	}
	if f.Errors.Any() {
		return h.showWhy(w, r, http.StatusUnprocessableEntity, f)
	}
	h.flash(r, views.Flash{Kind: "ok", Text: lang.T(ctx, "异议交给经理了")})
	h.redirect(w, r, "/customers/"+idText(id)+"/why")
	return nil
}
