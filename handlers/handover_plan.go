package handlers

import (
	"context"
	"crypto/rand"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"yike/db"
	"yike/policy"
	"yike/policy/day"
	"yike/policy/handover"
	"yike/policy/place"
	"yike/views"
	"yike/views/lang"
	"yike/views/ui"
)

// mostGroups bounds how many cities or districts a form asks about; the rest
// goes with the rest.
const mostGroups = 60

// handoverNew asks who shall take what of a person's work.
func (h *Handlers) handoverNew(w http.ResponseWriter, r *http.Request) error {
	held, err := h.holding(r)
	if err != nil {
		return err
	}
	rules := map[string]handover.Rule{}
	for _, k := range held.Work {
		rules[k.Kind] = handover.Rule{By: handover.By(query(r, k.Kind))}
	}
	return h.showHandoverNew(w, r, http.StatusOK, held, views.HandoverForm{Key: rand.Text(), Ending: db.EndingKeep, EndsOn: held.User.LeavesOn, Errors: ui.Errors{}}, rules)
}

func (h *Handlers) holding(r *http.Request) (db.Held, error) {
	id, err := pathID(r, "id")
	if err != nil {
		return db.Held{}, err
	}
	return h.db.Holding(r.Context(), actorOf(r), id)
}

func (h *Handlers) showHandoverNew(w http.ResponseWriter, r *http.Request, status int, held db.Held, f views.HandoverForm, rules map[string]handover.Rule) error {
	ctx, a := r.Context(), actorOf(r)
	access, err := h.db.Access(ctx)
	if err != nil {
		return err
	}
	u := held.User
	f.ID, f.Name, f.Action, f.Back = idText(u.ID), u.Name, "/users/"+idText(u.ID)+"/handover", "/users"
	f.More, f.Elsewhere, f.Running, f.Waiting, f.Requests = held.More, held.Elsewhere, held.Running, held.Waiting, held.Requests
	for _, x := range held.Duties {
		f.Duties = append(f.Duties, ui.Option{Value: "/branches/" + idText(x.Branch), Label: lang.T(ctx, "%s（%s）", h.db.BranchName(x.Branch), views.DutyWord(ctx, x.Area))})
	}
	f.MayEnd = u.ID != a.UserID && a.Scope(policy.UserEdit).SeesBranch(h.db.Chain(u.BranchID)) && h.db.MayAdminister(a, access, u.ID, u.Grants)
	f.Nothing = true
	for _, by := range handover.Rules {
		f.Rules = append(f.Rules, ui.Option{Value: string(by), Label: views.ShareWord(ctx, string(by))})
	}
	people := h.takerOptions(ctx, held.Takers)
	for _, k := range held.Work {
		rule := rules[k.Kind]
		if !handover.Known(rule.By) {
			rule.By = handover.One
		}
		line := views.HandoverKind{Word: k.Kind, Label: views.WorkWord(ctx, k.Kind), Count: strconv.Itoa(k.Count), Follows: db.HandoverFollows(k.Kind),
			Rule: string(rule.By), One: idText(rule.One), People: people, Typed: map[string]string{}}
		for name := range f.Errors {
			line.Typed[name] = field(r, ui.FindText(name))
		}
		switch k.Kind {
		case "owner":
			line.Href = "/customers?owner=" + f.ID
		case "clerk":
			line.Href = "/customers?clerk=" + f.ID
		case "visit":
			line.Href = "/visits?state=planned&user=" + f.ID
		case "todo":
			line.Href = "/todos?user=" + f.ID
		case "case":
			line.Href = "/cases?who=" + f.ID
		}
		for _, id := range rule.Among {
			line.Among = append(line.Among, idText(id))
		}
		line.Groups = groupsOf(ctx, k, rule)
		f.Nothing = f.Nothing && k.Count == 0
		f.Kinds = append(f.Kinds, line)
	}
	return h.render(w, r, status, page{title: lang.T(ctx, "交接 %s 的工作", u.Name), body: views.HandoverNew(f), active: "/users", scripts: []string{"find.js"}})
}

// groupsOf are the groups that a rule asks about, the largest first.
func groupsOf(ctx context.Context, k db.Holding, rule handover.Rule) []views.HandoverGroup {
	counts := k.Groups[rule.By]
	words := make([]string, 0, len(counts))
	for word := range counts {
		if word != "" || rule.By == handover.Class {
			words = append(words, word)
		}
	}
	slices.SortFunc(words, func(a, b string) int {
		if rule.By == handover.Class {
			return strings.Compare(a+"~", b+"~") // A, B, C, none
		}
		if d := counts[b] - counts[a]; d != 0 {
			return d
		}
		return strings.Compare(a, b)
	})
	var out []views.HandoverGroup
	for _, word := range words[:min(len(words), mostGroups)] {
		label := placeName(word)
		if rule.By == handover.Class {
			label = views.ClassWord(ctx, word)
			if word == "" {
				label = lang.T(ctx, "还没有分级")
			}
		}
		out = append(out, views.HandoverGroup{Name: k.Kind + ".g." + word, Label: lang.T(ctx, "%s（%d）", label, counts[word]), Value: idText(rule.Group[word])})
	}
	return out
}

// placeName is a division for a label, with its city when it is a district.
func placeName(code string) string {
	p, _ := place.Path(code)
	return p.Name()
}

// readRules reads the rule of each kind of work, and says what is missing.
func (h *Handlers) readRules(r *http.Request, held db.Held, errs ui.Errors) map[string]handover.Rule {
	ctx := r.Context()
	rules := map[string]handover.Rule{}
	for _, k := range held.Work {
		taker := func(name string) int64 {
			id, fault := h.takerSent(r, held.Takers, name)
			if fault != "" {
				errs.Add(name, fault)
			}
			return id
		}
		rule := handover.Rule{By: handover.By(field(r, "rule."+k.Kind)), One: taker(k.Kind + ".one")}
		if !handover.Known(rule.By) {
			rule.By = handover.One
		}
		for _, w := range fields(r, k.Kind+".among") {
			if id := db.ParseID(w); id != 0 {
				rule.Among = append(rule.Among, id)
			}
		}
		for word := range k.Groups[rule.By] {
			if id := taker(k.Kind + ".g." + word); id != 0 {
				if rule.Group == nil {
					rule.Group = map[string]int64{}
				}
				rule.Group[word] = id
			}
		}
		if k.Count > 0 && !db.HandoverFollows(k.Kind) {
			switch {
			case errs[k.Kind+".one"] != "":
			case rule.By == handover.One && rule.One == 0:
				errs.Add(k.Kind+".one", lang.T(ctx, "选一个接的人"))
			case rule.By == handover.Even && len(rule.Among) == 0:
				errs.Add(k.Kind+".among", lang.T(ctx, "至少选一个接的人"))
			}
		}
		rules[k.Kind] = rule
	}
	return rules
}

// handoverPlan keeps the plan as a draft; nothing moves yet.
func (h *Handlers) handoverPlan(w http.ResponseWriter, r *http.Request) error {
	held, err := h.holding(r)
	if err != nil {
		return err
	}
	if err := readForm(r); err != nil {
		return err
	}
	ctx := r.Context()
	f := views.HandoverForm{Key: field(r, "key"), Ending: field(r, "ending"), EndsOn: field(r, "ends_on"), Errors: ui.Errors{}}
	if f.Ending != db.EndingNow && f.Ending != db.EndingDate {
		f.Ending = db.EndingKeep
	}
	rules := h.readRules(r, held, f.Errors)
	if f.Ending == db.EndingDate {
		switch _, err := day.Parse(f.EndsOn); {
		case err != nil:
			f.Errors.Add("ends_on", lang.T(ctx, "日期写成 2026-11-21 这样"))
		case f.EndsOn < db.Day(h.db.Now()):
			f.Errors.Add("ends_on", lang.T(ctx, "离职日期已经过了：选「马上停用」"))
		}
	} else {
		f.EndsOn = ""
	}
	if f.Errors.Any() {
		return h.showHandoverNew(w, r, http.StatusUnprocessableEntity, held, f, rules)
	}
	id, err := h.db.PlanHandover(ctx, actorOf(r), db.Submission{Key: f.Key}, db.HandoverInput{From: held.User.ID, Rules: rules, Ending: f.Ending, EndsOn: f.EndsOn})
	if err != nil {
		return err
	}
	h.redirect(w, r, "/handovers/"+idText(id))
	return nil
}
