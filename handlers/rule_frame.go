package handlers

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"yike/db"
	"yike/policy"
	"yike/policy/day"
	"yike/policy/settings"
	"yike/views"
	"yike/views/lang"
	"yike/views/ui"
)

// ruleBranch reads whose rule a page is about: a branch within reach of p, 0
// the company. The head office has none of its own: its rule is the company's.
func (h *Handlers) ruleBranch(r *http.Request, p policy.Permission, text string) (int64, error) {
	id := db.ParseID(text)
	if id == 0 {
		return 0, nil
	}
	b, err := h.db.Branch(r.Context(), actorOf(r).Scope(p), id)
	if err != nil || b.ParentID == 0 {
		return 0, err
	}
	return b.ID, nil
}

// maySetRule says whether the actor may set the rule of a branch, 0 that of
// the company, as SetRule asks.
func (h *Handlers) maySetRule(a policy.Actor, p policy.Permission, branch int64) bool {
	if branch == 0 {
		branch = h.db.HeadOffice()
	}
	return a.Scope(p).SeesBranch(h.db.Chain(branch))
}

// ruleBranches are the branches whose rule may be shown, as a tree.
func (h *Handlers) ruleBranches(ctx context.Context, scope policy.Scope) []ui.Option {
	var out []ui.Option
	for _, b := range h.db.Branches(ctx, scope) {
		if b.ParentID != 0 && b.Active {
			out = append(out, ui.Option{Value: idText(b.ID), Label: strings.Repeat("　", max(0, len(h.db.Chain(b.ID))-2)) + b.Name})
		}
	}
	return out
}

// newFrame is the frame of a rule's page before anything is typed.
func (h *Handlers) newFrame(branch int64) views.RuleFrame {
	return views.RuleFrame{Branch: idText(branch), ValidFrom: h.today(), Errors: ui.Errors{}}
}

// readFrame is what a form says around its rule.
func readFrame(r *http.Request, branch int64) views.RuleFrame {
	return views.RuleFrame{Branch: idText(branch), ValidFrom: field(r, "valid_from"), Reason: field(r, "reason"), Read: field(r, "read"), Errors: ui.Errors{}}
}

// checkFrame says what is wrong around a rule: a rule is set from today on, and
// with a reason; a preview needs none.
func (h *Handlers) checkFrame(ctx context.Context, f *views.RuleFrame, preview bool) {
	if from, err := day.Parse(f.ValidFrom); err != nil || !from.Valid() {
		f.Errors.Add("valid_from", lang.T(ctx, "请填日期"))
	} else if f.ValidFrom < h.today() {
		f.Errors.Add("valid_from", lang.T(ctx, "从今天或以后的日子起，过去的不改"))
	}
	if !preview {
		checkText(ctx, f.Errors, "reason", f.Reason, 200)
	}
}

// fillFrame puts into words which version of a rule holds and which were
// before; said says a rule in one line, nil where no line would.
func (h *Handlers) fillFrame(ctx context.Context, f *views.RuleFrame, rule string, row db.RuleRow, said func(ctx context.Context, value string) (string, error)) error {
	branch := db.ParseID(f.Branch)
	f.MinDay, f.BranchName = h.today(), h.db.BranchName(branch)
	switch {
	case row.Version == 0:
		f.InForce = lang.T(ctx, "现在用的是默认值")
	case row.BranchID == branch:
		if branch != 0 {
			f.Follow = "/settings/" + rule + "/follow"
		}
		f.InForce = lang.T(ctx, "现在用第 %d 版，%s 起，%s 设定", row.Version, row.ValidFrom, row.Author)
	case row.BranchID == 0:
		f.InForce = lang.T(ctx, "没有自己的规则，用全公司的第 %d 版", row.Version)
	default:
		f.InForce = lang.T(ctx, "没有自己的规则，用%s的第 %d 版", h.db.BranchName(row.BranchID), row.Version)
	}
	versions, err := h.db.RuleVersions(ctx, rule, branch)
	if err != nil {
		return err
	}
	if f.Read == "" {
		f.Read = "0"
		if len(versions) > 0 {
			f.Read = strconv.FormatInt(versions[0].Version, 10)
		}
	}
	for _, v := range versions {
		line := views.RuleVersion{Version: strconv.FormatInt(v.Version, 10), From: v.ValidFrom, Author: v.Author, Reason: v.Reason,
			Current: v.ID == row.ID, Made: views.TimeWord(ctx, time.UnixMilli(v.CreatedAt), h.db.Now())}
		if v.Value == settings.Follows {
			line.Said = lang.T(ctx, "不再单独定，跟上级走")
		} else if said != nil {
			if line.Said, err = said(ctx, v.Value); err != nil {
				return fmt.Errorf("version %d of rule %s: %w", v.Version, rule, err)
			}
		}
		f.Versions = append(f.Versions, line)
	}
	return nil
}

// setRule sets a new version with a value that JSON can write. Where the rule
// is locked, or somebody was faster, the frame says so and version is 0.
func (h *Handlers) setRule(r *http.Request, f *views.RuleFrame, p policy.Permission, rule string, value any, later ...db.RuleRow) (version int64, err error) {
	ctx := r.Context()
	text, err := json.Marshal(value)
	if err != nil {
		return 0, fmt.Errorf("rule %s: %w", rule, err)
	}
	version, err = h.db.SetRule(ctx, actorOf(r), p, db.RuleRow{Rule: rule, BranchID: db.ParseID(f.Branch), ValidFrom: f.ValidFrom, Value: string(text),
		Reason: f.Reason, Version: db.ParseID(f.Read)}, later...)
	switch {
	case errors.Is(err, db.ErrLocked):
		f.Errors.Add("", lang.T(ctx, "总部锁住了这一项，网点现在不能自己定。"))
		return 0, nil
	case errors.Is(err, db.ErrConflict):
		f.Read = ""
		f.Errors.Add("", lang.T(ctx, "刚才有人设了新版本，请看过下面的版本再保存一次。"))
		return 0, nil
	}
	return version, err
}

// ruleSet says that a version was set and goes back to the rule's page.
func (h *Handlers) ruleSet(w http.ResponseWriter, r *http.Request, f *views.RuleFrame, version int64, home string) error {
	h.flash(r, views.Flash{Kind: "ok", Text: lang.T(r.Context(), "第 %d 版存好了，%s 起用", version, f.ValidFrom)})
	h.backToRule(w, r, f, home)
	return nil
}

func (h *Handlers) backToRule(w http.ResponseWriter, r *http.Request, f *views.RuleFrame, home string) {
	if f.Branch != "" {
		home += "?branch=" + f.Branch
	}
	h.redirect(w, r, home)
}
