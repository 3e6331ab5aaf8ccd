package handlers

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"yike/db"
	"yike/internal/sheet"
	"yike/policy"
	"yike/policy/classify"
	"yike/policy/day"
	"yike/views"
	"yike/views/lang"
)

// movedPage is how many clients who would move a page lists.
const movedPage = 100

// ruleText carries a rule that is not saved in an address.
func ruleText(rule string, in classify.Rules) (string, error) {
	text, err := json.Marshal(rulePart(rule, &in))
	return base64.RawURLEncoding.EncodeToString(text), err
}

// triedRule is the rule that an address carries, for who may set it.
func (h *Handlers) triedRule(r *http.Request, rule string, branch int64, now classify.Rules) (classify.Rules, error) {
	in := classify.Default()
	if !h.maySetRule(actorOf(r), policy.ClassRule, branch) {
		return in, fmt.Errorf("rule %s of branch %d: %w", rule, branch, db.ErrRefused)
	}
	text, err := base64.RawURLEncoding.DecodeString(query(r, "set"))
	if err != nil {
		return in, errBadRequest
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields() // another rule
	if err := dec.Decode(rulePart(rule, &in)); err != nil || len(ruleFaults(rule, &in)) > 0 {
		return in, errBadRequest
	}
	setPart(rule, &now, in)
	return now, nil
}

// setPart puts one of the rules among the others.
func setPart(rule string, into *classify.Rules, in classify.Rules) {
	switch rule {
	case db.RuleClasses:
		into.Classes = in.Classes
	case db.RuleRFM:
		into.RFM = in.RFM
	default:
		into.Tags = in.Tags
	}
}

func ruleFaults(rule string, in *classify.Rules) []classify.Fault {
	switch rule {
	case db.RuleClasses:
		return in.Classes.Faults()
	case db.RuleRFM:
		return in.RFM.Faults()
	}
	return in.Tags.Faults()
}

func (h *Handlers) tryOf(rule string, branch int64, in classify.Rules) db.RuleTry {
	return db.RuleTry{Rule: rule, Branch: branch, On: day.MustParse(h.today()), Set: func(r *classify.Rules) { setPart(rule, r, in) }}
}

// previewRule works out who would be called otherwise.
func (h *Handlers) previewRule(ctx context.Context, a policy.Actor, p *views.ClassRulePage, branch int64, in classify.Rules) error {
	found, err := h.db.PreviewRules(ctx, a.Scope(policy.CustomerRead), h.tryOf(p.Rule, branch, in))
	if err != nil {
		return err
	}
	p.Preview = &views.RulePreviewPart{}
	if found.TooMany {
		p.Preview.Text = lang.T(ctx, "客户超过 20 万位，不能在这里先算。按网点一个一个看。")
		return nil
	}
	set, err := ruleText(p.Rule, in)
	if err != nil {
		return err
	}
	for _, m := range found.Moves {
		v := url.Values{"set": {set}, "kind": {m.Kind}, "from": {m.Old}, "to": {m.New}}
		if branch != 0 {
			v.Set("branch", idText(branch))
		}
		p.Preview.Moves = append(p.Preview.Moves, views.RuleMoveLine{Kind: views.LabelKindWord(ctx, m.Kind), Old: views.LabelWord(ctx, m.Kind, m.Old), New: views.LabelWord(ctx, m.Kind, m.New),
			N: strconv.Itoa(m.N), Href: address("/rules/"+p.Rule+"/moved", v)})
	}
	p.Preview.Text = lang.T(ctx, "如果今天就用，%d 位客户里会变的：", found.Clients)
	if len(found.Moves) == 0 {
		p.Preview.Text = lang.T(ctx, "如果今天就用，%d 位客户没有一位会变。", found.Clients)
	}
	p.Preview.Text += lang.T(ctx, "还没有保存。")
	return nil
}

// moved is what an address of a list of those who would move says.
type moved struct {
	rule   string
	branch int64
	in     classify.Rules
	move   db.RuleMove
	after  *db.MovedKey
	v      url.Values
}

func (h *Handlers) readMoved(r *http.Request) (m moved, err error) {
	if m.rule, err = classRuleOf(r); err != nil {
		return m, err
	}
	if m.branch, err = h.ruleBranch(r, policy.CustomerRead, query(r, "branch")); err != nil {
		return m, err
	}
	now, err := h.db.ClassRules(r.Context(), m.branch, h.today())
	if err != nil {
		return m, err
	}
	if m.in, err = h.triedRule(r, m.rule, m.branch, now.Rules); err != nil {
		return m, err
	}
	m.move = db.RuleMove{Kind: query(r, "kind"), Old: query(r, "from"), New: query(r, "to")}
	if fen, id, ok := strings.Cut(query(r, "after"), "."); ok {
		n, err := strconv.ParseInt(fen, 10, 64)
		if err != nil {
			return m, errBadRequest
		}
		m.after = &db.MovedKey{Freight: n, ID: db.ParseID(id)}
	}
	m.v = url.Values{}
	for _, name := range []string{"set", "kind", "from", "to", "branch"} {
		if v := query(r, name); v != "" || name == "from" || name == "to" {
			m.v.Set(name, v)
		}
	}
	return m, nil
}

func (m moved) href(path string, more ...string) string {
	v := url.Values{}
	for name, list := range m.v {
		v[name] = list
	}
	for i := 0; i < len(more); i += 2 {
		if v.Set(more[i], more[i+1]); more[i+1] == "" {
			v.Del(more[i])
		}
	}
	return address("/rules/"+m.rule+path, v)
}

// classMoved lists who would make one move if a rule were another.
func (h *Handlers) classMoved(w http.ResponseWriter, r *http.Request) error {
	m, err := h.readMoved(r)
	if err != nil {
		return err
	}
	ctx, a := r.Context(), actorOf(r)
	list, n, err := h.db.PreviewMoved(ctx, a.Scope(policy.CustomerRead), h.tryOf(m.rule, m.branch, m.in), m.move, m.after, movedPage+1)
	if err != nil {
		return err
	}
	old, to := views.LabelWord(ctx, m.move.Kind, m.move.Old), views.LabelWord(ctx, m.move.Kind, m.move.New)
	p := views.ClassMovedPage{Kind: views.LabelKindWord(ctx, m.move.Kind), Old: old, New: to, Back: m.href("", "kind", "", "from", "", "to", ""),
		Rule: views.SettingWord(ctx, m.rule), Count: lang.T(ctx, "%d 位，月均运费大的在前。规则还没有保存。", n)}
	if m.move.Kind == "class" {
		p.OldClass, p.NewClass = m.move.Old, m.move.New
	}
	if a.Can(policy.CustomerExport) && n > 0 {
		p.XLSX = m.href("/moved/export")
	}
	if m.after != nil {
		p.First = m.href("/moved")
	}
	if len(list) > movedPage {
		list = list[:movedPage]
		last := list[movedPage-1]
		p.More = m.href("/moved", "after", strconv.FormatInt(last.Freight, 10)+"."+idText(last.ID))
	}
	for _, c := range list {
		p.Rows = append(p.Rows, views.ClassMovedRow{Href: "/customers/" + idText(c.ID), Code: c.Code, Name: c.Name, Branch: h.db.BranchName(c.BranchID), Freight: views.Yuan(c.Freight)})
	}
	return h.render(w, r, http.StatusOK, page{title: lang.T(ctx, "会变的客户"), body: views.ClassMoved(p), active: "/rules/" + m.rule})
}

// classMovedExport sends the whole of such a list as a workbook.
func (h *Handlers) classMovedExport(w http.ResponseWriter, r *http.Request) error {
	m, err := h.readMoved(r)
	if err != nil {
		return err
	}
	ctx, a := r.Context(), actorOf(r)
	list, _, err := h.db.PreviewMoved(ctx, a.Scope(policy.CustomerExport), h.tryOf(m.rule, m.branch, m.in), m.move, nil, 0)
	if err != nil {
		return err
	}
	kind, old, to := views.LabelKindWord(ctx, m.move.Kind), views.LabelWord(ctx, m.move.Kind, m.move.Old), views.LabelWord(ctx, m.move.Kind, m.move.New)
	heads := []string{lang.T(ctx, "客户编码"), lang.T(ctx, "名称"), lang.T(ctx, "网点"), lang.T(ctx, "月均运费（元）"), lang.T(ctx, "%s，现在", kind), lang.T(ctx, "%s，会是", kind)}
	var rows [][]sheet.Cell
	ids := make([]int64, 0, len(list))
	for _, c := range list {
		ids = append(ids, c.ID)
		rows = append(rows, []sheet.Cell{sheet.TextOf(c.Code), sheet.TextOf(c.Name), sheet.TextOf(h.db.BranchName(c.BranchID)), sheet.NumberOf(float64(c.Freight) / 100), sheet.TextOf(old), sheet.TextOf(to)})
	}
	return h.sendCells(w, r, "classes.moved.export", "moved", lang.T(ctx, "会变的客户"), m.href("/moved"), heads, rows, ids...)
}
