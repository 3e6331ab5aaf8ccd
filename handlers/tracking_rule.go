package handlers

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"yike/db"
	"yike/policy"
	"yike/policy/day"
	"yike/policy/place"
	"yike/policy/tracking"
	"yike/policy/waybill"
	"yike/views"
	"yike/views/lang"
	"yike/views/ui"
)

// trackingSaid says a rule in one line.
func trackingSaid(ctx context.Context, value string) string {
	rule := tracking.Default()
	if value != "" {
		rule = tracking.Rule{}
		if json.Unmarshal([]byte(value), &rule) != nil {
			return ""
		}
	}
	return lang.T(ctx, "%d 小时没消息算滞留，派送失败 %d 次提醒", rule.Hours, rule.Fails)
}

// trackingBranch reads whose rule a page is about, 0 the company's.
func (h *Handlers) trackingBranch(r *http.Request, text string) (int64, error) {
	id := db.ParseID(text)
	if id == 0 {
		return 0, nil
	}
	b, err := h.db.Branch(r.Context(), actorOf(r).Scope(policy.TrackingEdit), id)
	if err != nil || b.ParentID == 0 {
		return 0, err
	}
	return b.ID, nil
}

func (h *Handlers) trackingForm(w http.ResponseWriter, r *http.Request) error {
	branch, err := h.trackingBranch(r, query(r, "branch"))
	if err != nil {
		return err
	}
	rule, row, err := h.db.TrackingRule(r.Context(), branch, h.today())
	if err != nil {
		return err
	}
	f := views.TrackingRuleForm{ValidFrom: h.today(), Branch: idText(branch), Errors: ui.Errors{}, Hours: strconv.Itoa(rule.Hours), FarHours: strconv.Itoa(rule.FarHours), Sensitive: strconv.Itoa(rule.Sensitive),
		Provinces: strconv.Itoa(rule.Provinces), Fails: strconv.Itoa(rule.Fails)}
	hours := map[string]string{}
	for product, n := range rule.Products {
		hours[product] = strconv.Itoa(n)
	}
	trackingChoices(r.Context(), &f, hours, rule.Far)
	return h.showTracking(w, r, http.StatusOK, f, row)
}

func trackingChoices(ctx context.Context, f *views.TrackingRuleForm, hours map[string]string, far []string) {
	for _, p := range waybill.Products() {
		f.Products = append(f.Products, views.TrackingProduct{Name: p, Label: views.ProductWord(ctx, p), Hours: hours[p]})
	}
	for _, p := range place.Provinces() {
		if p.Current() {
			f.Far = append(f.Far, views.TrackingFar{Code: p.Code, Name: p.Name, On: slices.Contains(far, p.Code)})
		}
	}
}

func (h *Handlers) showTracking(w http.ResponseWriter, r *http.Request, status int, f views.TrackingRuleForm, row db.RuleRow) error {
	ctx, scope := r.Context(), actorOf(r).Scope(policy.TrackingEdit)
	branch := db.ParseID(f.Branch)
	f.MinDay, f.Said = h.today(), trackingSaid(ctx, row.Value)
	f.CanEdit = scope.SeesBranch(h.db.Chain(h.db.HeadOffice()))
	if branch != 0 {
		f.CanEdit = scope.SeesBranch(h.db.Chain(branch))
	}
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
	for _, b := range h.db.Branches(ctx, scope) {
		if b.ParentID != 0 && b.Active {
			f.Branches = append(f.Branches, ui.Option{Value: idText(b.ID), Label: strings.Repeat("　", len(h.db.Chain(b.ID))-2) + b.Name})
		}
	}
	versions, err := h.db.RuleVersions(ctx, db.RuleTracking, branch)
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
		f.Versions = append(f.Versions, views.PrivacyVersion{Version: strconv.FormatInt(v.Version, 10), From: v.ValidFrom, Author: v.Author, Reason: v.Reason, Said: trackingSaid(ctx, v.Value),
			Current: v.ID == row.ID, Made: views.TimeWord(ctx, time.UnixMilli(v.CreatedAt), h.db.Now())})
	}
	return h.render(w, r, status, page{title: lang.T(ctx, "包裹提醒"), body: views.TrackingRule(f), active: "/settings"})
}

// trackingSave sets when parcels ask for somebody.
func (h *Handlers) trackingSave(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	ctx, a := r.Context(), actorOf(r)
	branch, err := h.trackingBranch(r, field(r, "branch"))
	if err != nil {
		return err
	}
	_, row, err := h.db.TrackingRule(ctx, branch, h.today())
	if err != nil {
		return err
	}
	f := views.TrackingRuleForm{Branch: idText(branch), ValidFrom: field(r, "valid_from"), Reason: field(r, "reason"), Read: field(r, "read"), Errors: ui.Errors{},
		Hours: field(r, "hours"), FarHours: field(r, "far_hours"), Sensitive: field(r, "sensitive"), Provinces: field(r, "provinces"), Fails: field(r, "fails")}
	rule := h.readTracking(r, &f)
	if from, err := day.Parse(f.ValidFrom); err != nil || !from.Valid() {
		f.Errors.Add("valid_from", lang.T(ctx, "请填日期"))
	} else if f.ValidFrom < h.today() {
		f.Errors.Add("valid_from", lang.T(ctx, "从今天或以后的日子起，过去的不改"))
	}
	checkText(ctx, f.Errors, "reason", f.Reason, 200)
	if f.Errors.Any() {
		return h.showTracking(w, r, http.StatusUnprocessableEntity, f, row)
	}
	value, err := json.Marshal(rule)
	if err != nil {
		return fmt.Errorf("rule of tracking: %w", err)
	}
	version, err := h.db.SetRule(ctx, a, policy.TrackingEdit, db.RuleRow{Rule: db.RuleTracking, BranchID: branch, ValidFrom: f.ValidFrom, Value: string(value), Reason: f.Reason, Version: db.ParseID(f.Read)})
	switch {
	case errors.Is(err, db.ErrLocked):
		f.Errors.Add("", lang.T(ctx, "总部锁住了这一项，网点现在不能自己定。"))
		return h.showTracking(w, r, http.StatusUnprocessableEntity, f, row)
	case errors.Is(err, db.ErrConflict):
		f.Read = ""
		f.Errors.Add("", lang.T(ctx, "刚才有人设了新版本，请看过下面的版本再保存一次。"))
		return h.showTracking(w, r, http.StatusUnprocessableEntity, f, row)
	case err != nil:
		return err
	}
	h.flash(r, views.Flash{Kind: "ok", Text: lang.T(ctx, "第 %d 版存好了，%s 起用", version, f.ValidFrom)})
	to := "/rules/tracking"
	if branch != 0 {
		to += "?branch=" + idText(branch)
	}
	h.redirect(w, r, to)
	return nil
}

// readTracking reads the rule of a form, keeps what was typed and says what is
// wrong with it.
func (h *Handlers) readTracking(r *http.Request, f *views.TrackingRuleForm) tracking.Rule {
	ctx := r.Context()
	number := func(name string) int {
		n, ok := formInt(r, name)
		if !ok || n < -1 || n > 10000 {
			return -1
		}
		return int(n)
	}
	rule := tracking.Rule{Hours: number("hours"), FarHours: number("far_hours"), Sensitive: number("sensitive"), Provinces: number("provinces"), Fails: number("fails"), Products: map[string]int{}, Far: fields(r, "far")}
	typed := map[string]string{}
	for _, p := range waybill.Products() {
		if typed[p] = field(r, "product_"+p); typed[p] != "" {
			rule.Products[p] = number("product_" + p)
		}
	}
	for _, fault := range rule.Faults() {
		switch fault.Code {
		case tracking.HoursOut:
			f.Errors.Add(fault.Field, lang.T(ctx, "填 1 到 720 的整数"))
		case tracking.ProvincesOut:
			f.Errors.Add(fault.Field, lang.T(ctx, "填 1 到 10 的整数"))
		case tracking.FailsOut:
			f.Errors.Add(fault.Field, lang.T(ctx, "填 1 到 9 的整数"))
		default:
			f.Errors.Add("", lang.T(ctx, "有的选项不认得，请重选"))
		}
	}
	trackingChoices(ctx, f, typed, rule.Far)
	return rule
}
