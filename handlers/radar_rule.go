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
	"yike/policy/radar"
	"yike/views"
	"yike/views/lang"
	"yike/views/ui"
)

// radarSaid says the rule of the radar in one line; "" is the default.
func radarSaid(ctx context.Context, value string) (string, error) {
	rule := radar.Default()
	if value != "" {
		rule = radar.Rule{}
		if err := json.Unmarshal([]byte(value), &rule); err != nil {
			return "", err
		}
	}
	return lang.T(ctx, "和前 %d 个平常周比，少 %d%% 提醒，一周至少 %d 件；时效件占 %d%% 算时效敏感；大促 %d 段", rule.Weeks, rule.Drop, rule.Least, rule.Express, len(rule.Peaks)), nil
}

// radarRuleForm shows when the radar raises.
func (h *Handlers) radarRuleForm(w http.ResponseWriter, r *http.Request) error {
	branch, err := h.radarBranch(r, query(r, "branch"))
	if err != nil {
		return err
	}
	rule, row, err := h.db.Radar(r.Context(), branch, h.today())
	if err != nil {
		return err
	}
	f := views.RadarRuleForm{Weeks: strconv.Itoa(rule.Weeks), Drop: strconv.Itoa(rule.Drop), Least: strconv.Itoa(rule.Least), Express: strconv.Itoa(rule.Express),
		Peaks: radar.PeaksText(rule.Peaks), ValidFrom: h.today(), Branch: idText(branch), Errors: ui.Errors{}}
	return h.showRadarRule(w, r, http.StatusOK, f, row)
}

// radarBranch reads whose rule a page is about: a branch within reach, 0 the
// company, whose head office has none of its own.
func (h *Handlers) radarBranch(r *http.Request, text string) (int64, error) {
	id := db.ParseID(text)
	if id == 0 {
		return 0, nil
	}
	b, err := h.db.Branch(r.Context(), actorOf(r).Scope(policy.RadarRead), id)
	if err != nil || b.ParentID == 0 {
		return 0, err
	}
	return b.ID, nil
}

// maySetRadar says whether the actor may set the rule of a branch, 0 that of
// the company, as SetRule asks.
func (h *Handlers) maySetRadar(a policy.Actor, branch int64) bool {
	if branch == 0 {
		branch = h.db.HeadOffice()
	}
	return a.Scope(policy.RadarRule).SeesBranch(h.db.Chain(branch))
}

func (h *Handlers) showRadarRule(w http.ResponseWriter, r *http.Request, status int, f views.RadarRuleForm, row db.RuleRow) error {
	ctx, a := r.Context(), actorOf(r)
	branch := db.ParseID(f.Branch)
	f.CanEdit, f.MinDay, f.BranchName = h.maySetRadar(a, branch), h.today(), h.db.BranchName(branch)
	switch {
	case row.Version == 0:
		f.InForce = lang.T(ctx, "现在用的是默认值")
	case row.BranchID == branch:
		f.InForce = lang.T(ctx, "现在用第 %d 版，%s 起，%s 设定", row.Version, row.ValidFrom, row.Author)
	case row.BranchID == 0:
		f.InForce = lang.T(ctx, "没有自己的规则，用全公司的第 %d 版", row.Version)
	default:
		f.InForce = lang.T(ctx, "没有自己的规则，用%s的第 %d 版", h.db.BranchName(row.BranchID), row.Version)
	}
	for _, b := range h.db.Branches(ctx, a.Scope(policy.RadarRead)) {
		if b.ParentID != 0 && b.Active {
			f.Branches = append(f.Branches, ui.Option{Value: idText(b.ID), Label: strings.Repeat("　", max(0, len(h.db.Chain(b.ID))-2)) + b.Name})
		}
	}
	versions, err := h.db.RuleVersions(ctx, db.RuleRadar, branch)
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
		said, err := radarSaid(ctx, v.Value)
		if err != nil {
			return err
		}
		f.Versions = append(f.Versions, views.RadarRuleVersion{Version: strconv.FormatInt(v.Version, 10), From: v.ValidFrom, Said: said, Author: v.Author, Reason: v.Reason,
			Current: v.ID == row.ID, Made: views.TimeWord(ctx, time.UnixMilli(v.CreatedAt), h.db.Now())})
	}
	return h.render(w, r, status, page{title: lang.T(ctx, "件量雷达的规则"), body: views.RadarRule(f), active: "/rules/radar"})
}

// radarRuleSave sets a new version.
func (h *Handlers) radarRuleSave(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	ctx, a := r.Context(), actorOf(r)
	branch, err := h.radarBranch(r, field(r, "branch"))
	if err != nil {
		return err
	}
	if !h.maySetRadar(a, branch) {
		return fmt.Errorf("radar rule of branch %d: %w", branch, db.ErrRefused)
	}
	_, row, err := h.db.Radar(ctx, branch, h.today())
	if err != nil {
		return err
	}
	f := views.RadarRuleForm{Weeks: field(r, "weeks"), Drop: field(r, "drop"), Least: field(r, "least"), Express: field(r, "express"), Peaks: field(r, "peaks"),
		ValidFrom: field(r, "valid_from"), Reason: field(r, "reason"), Read: field(r, "read"), Branch: idText(branch), Errors: ui.Errors{}}
	rule := readRadarRule(r, &f)
	if from, err := day.Parse(f.ValidFrom); err != nil || !from.Valid() {
		f.Errors.Add("valid_from", lang.T(ctx, "请填日期"))
	} else if f.ValidFrom < h.today() {
		f.Errors.Add("valid_from", lang.T(ctx, "从今天或以后的日子起，过去的不改"))
	}
	checkText(ctx, f.Errors, "reason", f.Reason, 200)
	if f.Errors.Any() {
		return h.showRadarRule(w, r, http.StatusUnprocessableEntity, f, row)
	}
	value, err := json.Marshal(rule)
	if err != nil {
		return err
	}
	version, err := h.db.SetRule(ctx, a, policy.RadarRule, db.RuleRow{Rule: db.RuleRadar, BranchID: branch, ValidFrom: f.ValidFrom, Value: string(value), Reason: f.Reason, Version: db.ParseID(f.Read)})
	if errors.Is(err, db.ErrLocked) {
		f.Errors.Add("", lang.T(ctx, "总部锁住了这一项，网点现在不能自己定。"))
		return h.showRadarRule(w, r, http.StatusUnprocessableEntity, f, row)
	}
	if errors.Is(err, db.ErrConflict) {
		f.Read = ""
		f.Errors.Add("", lang.T(ctx, "刚才有人设了新版本，请看过下面的版本再保存一次。"))
		return h.showRadarRule(w, r, http.StatusUnprocessableEntity, f, row)
	}
	if err != nil {
		return err
	}
	h.flash(r, views.Flash{Kind: "ok", Text: lang.T(ctx, "第 %d 版存好了，%s 起用", version, f.ValidFrom)})
	to := "/rules/radar"
	if branch != 0 {
		to += "?branch=" + idText(branch)
	}
	h.redirect(w, r, to)
	return nil
}

// readRadarRule reads the rule of a form and says what is wrong with it.
func readRadarRule(r *http.Request, f *views.RadarRuleForm) radar.Rule {
	ctx := r.Context()
	rule := radar.Rule{Peaks: radar.ParsePeaks(f.Peaks)}
	for name, to := range map[string]*int{"weeks": &rule.Weeks, "drop": &rule.Drop, "least": &rule.Least, "express": &rule.Express} {
		n, ok := formInt(r, name)
		if !ok || field(r, name) == "" {
			f.Errors.Add(name, lang.T(ctx, "填一个整数"))
			continue
		}
		*to = int(min(max(n, -1), 10*radar.MaxLeast))
	}
	for _, fault := range rule.Faults() {
		if fault.Field == "peaks" {
			f.Errors.Add("peaks", lang.T(ctx, "每行写名称和两个日子，例如：双11 11-01 11-03；最多 %d 行", radar.MaxPeaks))
			continue
		}
		f.Errors.Add(fault.Field, lang.T(ctx, "填 %d 到 %d", fault.Min, fault.Max))
	}
	return rule
}
