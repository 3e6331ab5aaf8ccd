package handlers

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"yike/db"
	"yike/policy"
	"yike/policy/standard"
	"yike/views"
	"yike/views/lang"
	"yike/views/ui"
)

// formFields are the fields of the customer form in which what a standard asks
// for is filled in, where they are called otherwise.
var formFields = map[string]string{"phone": "phone-0", "contact": "contact_name"}

// meetsStandard puts what the company's data-entry standard says must be there
// beside its field: on a new file all of it that the actor may set, on one that
// is edited only what the edit takes away (standard.Broken). had and contacts
// are the contacts before and after.
func (h *Handlers) meetsStandard(ctx context.Context, a policy.Actor, f *views.CustomerForm, was, c db.Customer, had, contacts []db.Contact) {
	must, _ := h.db.StandardBits(c.BranchID, c.Kind)
	broken := db.LacksOf(c, contacts) & must &^ h.db.Unsettable(a, c.BranchID, c.OwnerID, c.ClerkID)
	if was.ID != 0 {
		broken = standard.Broken(db.LacksOf(was, had), db.LacksOf(c, contacts), must)
	}
	for _, field := range standard.Names(broken) {
		f.Errors.Add(cmp.Or(formFields[field], field), lang.T(ctx, "按公司的录入标准要填%s", views.StandardFieldWord(ctx, field)))
	}
	if must&standard.Bit("mobile")&broken != 0 && len(c.Phones) > 0 {
		f.Errors["phone-0"] = lang.T(ctx, "按公司的录入标准，至少要有一个手机号")
	}
}

// remind leaves a reminder of what a file still lacks of what is asked for; it
// stops nobody.
func (h *Handlers) remind(r *http.Request, c db.Customer, contacts []db.Contact) {
	ctx := r.Context()
	must, should := h.db.StandardBits(c.BranchID, c.Kind)
	var words []string
	for _, field := range standard.Names(db.LacksOf(c, contacts) & (must | should)) {
		words = append(words, views.StandardFieldWord(ctx, field))
	}
	if len(words) > 0 {
		h.flash(r, views.Flash{Kind: "soon", Text: lang.T(ctx, "按录入标准还缺：%s。知道了再补。", strings.Join(words, lang.T(ctx, "、")))})
	}
}

// shortFault is the page for an act that the standard refused where no form can
// say so.
func (h *Handlers) shortFault(w http.ResponseWriter, r *http.Request, short *db.Short) {
	h.writeFault(w, r, http.StatusUnprocessableEntity, views.ErrorPage{Title: lang.T(r.Context(), "没有保存：这一项必须有"), Text: h.shortWord(r.Context(), short)})
}

func (h *Handlers) shortWord(ctx context.Context, short *db.Short) string {
	var words []string
	for _, field := range short.Fields {
		words = append(words, views.StandardFieldWord(ctx, field))
	}
	return lang.T(ctx, "按公司的录入标准，客户资料里必须有：%s。先填上别的，再去掉这个。", strings.Join(words, lang.T(ctx, "、")))
}

func (h *Handlers) standardForm(w http.ResponseWriter, r *http.Request) error {
	branch, err := h.ruleBranch(r, policy.CustomerRead, query(r, "branch"))
	if err != nil {
		return err
	}
	return h.showStandard(w, r, http.StatusOK, branch, h.db.Standard(branch), views.StandardForm{RuleFrame: h.newFrame(branch)})
}

func (h *Handlers) showStandard(w http.ResponseWriter, r *http.Request, status int, branch int64, rule standard.Rule, f views.StandardForm) error {
	ctx, a := r.Context(), actorOf(r)
	state, err := h.db.SettingState(ctx, db.RuleStandard, h.today())
	if err != nil {
		return err
	}
	above := standard.Rule{}
	f.CanEdit, f.Branches = h.maySetRule(a, policy.StandardEdit, branch), h.ruleBranches(ctx, a.Scope(policy.CustomerRead))
	own := state.Company
	if branch != 0 {
		above, own = h.db.StandardAbove(branch), state.Overrides[branch]
		if f.Locked = state.Locked; f.Locked {
			f.CanEdit = false
		}
	}
	if err := h.fillFrame(ctx, &f.RuleFrame, db.RuleStandard, own, standardSaid); err != nil {
		return err
	}
	if branch != 0 && own.Version == 0 {
		f.InForce = lang.T(ctx, "没有另外要求，和上级一样")
	}
	f.Lines, f.Phone = h.standardLines(ctx, rule, above), rule.Phone
	f.PhoneFixed = above.Phone == standard.Mobile
	for _, kind := range standard.Kinds {
		f.Kinds = append(f.Kinds, views.StandardKindWord(ctx, kind))
	}
	for _, b := range h.db.Branches(ctx, a.Scope(policy.CustomerRead)) {
		if b.ParentID == 0 || !b.Active {
			continue
		}
		if o, ok := state.Overrides[b.ID]; ok && branch == 0 {
			said, err := standardSaid(ctx, o.Value)
			if err != nil {
				return err
			}
			f.Own = append(f.Own, views.SettingOwn{Name: b.Name, Href: "/rules/standard?branch=" + idText(b.ID), From: o.ValidFrom, Author: o.Author, Value: said})
		}
	}
	return h.render(w, r, status, page{title: lang.T(ctx, "录入标准"), body: views.Standard(f), active: "/rules/standard"})
}

// standardSaid says a standard in one line.
func standardSaid(ctx context.Context, value string) (string, error) {
	rule := standard.Default()
	if value != "" {
		rule = standard.Rule{}
		if err := json.Unmarshal([]byte(value), &rule); err != nil {
			return "", err
		}
	}
	must, should := 0, 0
	for _, field := range standard.Asked {
		levels := map[standard.Level]bool{}
		for _, kind := range standard.Kinds {
			levels[rule.Level(field, kind)] = true
		}
		if levels[standard.Must] {
			must++
		} else if levels[standard.Should] {
			should++
		}
	}
	return lang.T(ctx, "必填 %d 项，应填 %d 项", must, should), nil
}

// standardLines are the rows of the page. What is asked for above is the least
// that can be chosen.
func (h *Handlers) standardLines(ctx context.Context, rule, above standard.Rule) []views.StandardLine {
	var out []views.StandardLine
	for _, field := range standard.Asked {
		l := views.StandardLine{Field: field, Label: views.StandardFieldWord(ctx, field), Format: views.StandardFormatWord(ctx, field)}
		for _, kind := range standard.Kinds {
			c := views.StandardCell{Name: "l." + field + "." + kind, Kind: views.StandardKindWord(ctx, kind), Value: string(rule.Level(field, kind))}
			least := above.Level(field, kind)
			if field == "kind" && kind != standard.None {
				c.Word = "—" // whoever has a kind has it
			} else if least == standard.Must {
				c.Word = views.StandardLevelWord(ctx, string(least))
			}
			for _, level := range standard.Levels {
				if slices.Index(standard.Levels, level) >= slices.Index(standard.Levels, least) {
					c.Options = append(c.Options, ui.Option{Value: string(level), Label: views.StandardLevelWord(ctx, string(level))})
				}
			}
			l.Cells = append(l.Cells, c)
		}
		out = append(out, l)
	}
	return out
}

// standardSave shows what a new standard would mean, or sets it.
func (h *Handlers) standardSave(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	ctx, a := r.Context(), actorOf(r)
	branch, err := h.ruleBranch(r, policy.CustomerRead, field(r, "branch"))
	if err != nil {
		return err
	}
	if !h.maySetRule(a, policy.StandardEdit, branch) {
		return fmt.Errorf("standard of branch %d: %w", branch, db.ErrRefused)
	}
	f := views.StandardForm{RuleFrame: readFrame(r, branch)}
	var rule, above standard.Rule
	if branch != 0 {
		above = h.db.StandardAbove(branch)
	}
	for _, name := range standard.Asked {
		for _, kind := range standard.Kinds {
			if l := standard.Level(field(r, "l."+name+"."+kind)); l != standard.Free && (name != "kind" || kind == standard.None) {
				rule.Set(name, kind, l)
			}
		}
	}
	rule.Phone = field(r, "phone_format")
	if !rule.Valid() {
		return fmt.Errorf("standard: %w", errBadRequest)
	}
	rule = rule.With(above) // what is asked for above stands in the form as words, not as fields
	preview := field(r, "do") == "preview"
	h.checkFrame(ctx, &f.RuleFrame, preview)
	if f.Errors.Any() {
		return h.showStandard(w, r, http.StatusUnprocessableEntity, branch, rule, f)
	}
	if preview {
		if f.Preview, err = h.standardPreview(ctx, a, branch, rule); err != nil {
			return err
		}
		return h.showStandard(w, r, http.StatusOK, branch, rule, f)
	}
	version, err := h.setRule(r, &f.RuleFrame, policy.StandardEdit, db.RuleStandard, rule)
	if err != nil {
		return err
	}
	if version == 0 {
		return h.showStandard(w, r, http.StatusUnprocessableEntity, branch, rule, f)
	}
	h.flash(r, views.Flash{Kind: "ok", Text: lang.T(ctx, "第 %d 版存好了，%s 起用", version, f.ValidFrom), Href: "/gaps", LinkText: lang.T(ctx, "看资料缺口")})
	h.backToRule(w, r, &f.RuleFrame, "/rules/standard")
	return nil
}

// effectsShown is how many branches a preview names.
const effectsShown = 50

func (h *Handlers) standardPreview(ctx context.Context, a policy.Actor, branch int64, rule standard.Rule) (*views.StandardPreview, error) {
	e, err := h.db.StandardEffects(ctx, a.Scope(policy.CustomerRead), branch, rule)
	if err != nil {
		return nil, err
	}
	p := &views.StandardPreview{Files: lang.T(ctx, "%d", e.Files), More: max(len(e.Branches)-effectsShown, 0)}
	for _, field := range append(slices.Clone(standard.Asked), db.GapMust) {
		if e.Now[field]+e.Then[field] > 0 {
			p.Fields = append(p.Fields, views.StandardEffect{Label: views.StandardFieldWord(ctx, field), Now: lang.T(ctx, "%d", e.Now[field]), Then: lang.T(ctx, "%d", e.Then[field]), More: e.Then[field] > e.Now[field]})
		}
	}
	for _, b := range e.Branches[:min(len(e.Branches), effectsShown)] {
		p.Branches = append(p.Branches, views.StandardEffect{Label: h.db.BranchName(b.Branch), Files: lang.T(ctx, "%d", b.Files), Now: lang.T(ctx, "%d", b.Now), Then: lang.T(ctx, "%d", b.Then), More: b.Then > b.Now})
	}
	return p, nil
}

// gapList shows how many files lack what is asked for, by branch: one branch
// and those right below it. Each figure opens the list behind it.
func (h *Handlers) gapList(w http.ResponseWriter, r *http.Request) error {
	ctx, a := r.Context(), actorOf(r)
	scope := a.Scope(policy.CustomerRead)
	gaps, err := h.db.Gaps(ctx, scope)
	if err != nil {
		return err
	}
	at := db.ParseID(query(r, "branch"))
	if at != 0 {
		if _, err := h.db.Branch(ctx, scope, at); err != nil {
			return err
		}
	}
	p := views.GapPage{CanEdit: a.Can(policy.StandardEdit)}
	list, words := h.db.Branches(ctx, scope), []string{db.GapAny, db.GapMust}
	for _, field := range standard.Asked {
		if slices.ContainsFunc(list, func(b db.Branch) bool { return gaps[b.ID].ByWord[field] > 0 }) || gaps[h.db.HeadOffice()].ByWord[field] > 0 {
			words = append(words, field)
		}
	}
	for _, word := range words {
		p.Columns = append(p.Columns, views.GapWord(ctx, word))
	}
	add := func(id int64, name, down string, depth int) {
		g := gaps[id]
		line := views.GapLine{Name: name, Href: down, Depth: depth, Files: countWord(ctx, g.Files), FilesHref: gapHref(id, "")}
		for i, word := range words {
			line.Figures = append(line.Figures, views.GapFigure{Label: p.Columns[i], Value: countWord(ctx, g.ByWord[word]), Href: gapHref(id, word), None: g.ByWord[word] == 0})
		}
		p.Lines = append(p.Lines, line)
	}
	if len(list) == 0 {
		g := gaps[h.db.HeadOffice()]
		line := views.GapLine{Name: lang.T(ctx, "我的客户"), Files: countWord(ctx, g.Files), FilesHref: "/customers"}
		for i, word := range words {
			line.Figures = append(line.Figures, views.GapFigure{Label: p.Columns[i], Value: countWord(ctx, g.ByWord[word]), Href: "/customers?gap=" + word, None: g.ByWord[word] == 0})
		}
		p.Lines = append(p.Lines, line)
	}
	for _, b := range list {
		top := at == 0 && !slices.ContainsFunc(list, func(up db.Branch) bool { return up.ID == b.ParentID })
		if b.ID == at {
			p.Title, top = b.Name, true
			if slices.ContainsFunc(list, func(up db.Branch) bool { return up.ID == b.ParentID }) {
				p.Back, p.BackText = "/gaps?branch="+idText(b.ParentID), h.db.BranchName(b.ParentID)
			}
		}
		if !top {
			continue
		}
		add(b.ID, b.Name, "", 0)
		for _, below := range list {
			if below.ParentID == b.ID && (below.Active || gaps[below.ID].Files > 0) {
				down := ""
				if slices.ContainsFunc(list, func(x db.Branch) bool { return x.ParentID == below.ID }) {
					down = "/gaps?branch=" + idText(below.ID)
				}
				add(below.ID, below.Name, down, 1)
			}
		}
	}
	return h.render(w, r, http.StatusOK, page{title: lang.T(ctx, "资料缺口"), body: views.GapTable(p), active: "/gaps"})
}

func gapHref(branch int64, word string) string {
	to := "/customers?branch=" + idText(branch)
	if word != "" {
		to += "&gap=" + word
	}
	return to
}

// countWord is a figure as lists say it: exact up to db.CountLimit.
func countWord(ctx context.Context, n int64) string {
	if n > db.CountLimit {
		return lang.T(ctx, "%d+", int64(db.CountLimit))
	}
	return lang.T(ctx, "%d", n)
}
