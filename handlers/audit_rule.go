package handlers

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"time"

	"yike/db"
	"yike/policy"
	"yike/policy/day"
	"yike/views"
	"yike/views/lang"
	"yike/views/ui"
)

// mostAuditDays bounds how long audit records may be asked to be kept: thirty
// years.
const mostAuditDays = 30 * 365

// auditKept is the value of the rule of how long audit records are kept.
type auditKept struct {
	Days int `json:"days"`
}

func keptOf(value string) int {
	k := auditKept{}
	if value == "" || json.Unmarshal([]byte(value), &k) != nil || k.Days == 0 {
		return db.AuditDays
	}
	return max(k.Days, db.AuditDaysMin)
}

func keptSaid(ctx context.Context, days int) string {
	if days%365 == 0 {
		return lang.T(ctx, "审计记录留 %d 年", days/365)
	}
	return lang.T(ctx, "审计记录留 %d 天", days)
}

func (h *Handlers) auditRuleForm(w http.ResponseWriter, r *http.Request) error {
	row, err := h.db.Rule(r.Context(), db.RuleAudit, 0, h.today())
	if err != nil {
		return err
	}
	return h.showAuditRule(w, r, http.StatusOK, views.AuditRuleForm{Days: strconv.Itoa(keptOf(row.Value)), ValidFrom: h.today(), Errors: ui.Errors{}}, row)
}

func (h *Handlers) showAuditRule(w http.ResponseWriter, r *http.Request, status int, f views.AuditRuleForm, row db.RuleRow) error {
	ctx := r.Context()
	f.MinDay, f.CanEdit, f.InForce = h.today(), actorOf(r).Scope(policy.PrivacyEdit).SeesBranch(h.db.Chain(h.db.HeadOffice())), lang.T(ctx, "现在用的是默认值")
	if row.Version > 0 {
		f.InForce = lang.T(ctx, "现在用第 %d 版，%s 起，%s 设定", row.Version, row.ValidFrom, row.Author)
	}
	f.Said, f.Least = keptSaid(ctx, keptOf(row.Value)), lang.T(ctx, "最少 %d 天，通常 %d 天（3 年）", db.AuditDaysMin, db.AuditDays)
	versions, err := h.db.RuleVersions(ctx, db.RuleAudit, 0)
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
		f.Versions = append(f.Versions, views.PrivacyVersion{Version: strconv.FormatInt(v.Version, 10), From: v.ValidFrom, Author: v.Author, Reason: v.Reason,
			Said: keptSaid(ctx, keptOf(v.Value)), Current: v.ID == row.ID, Made: views.TimeWord(ctx, time.UnixMilli(v.CreatedAt), h.db.Now())})
	}
	return h.render(w, r, status, page{title: lang.T(ctx, "审计保留"), body: views.AuditRule(f), active: "/settings"})
}

// auditRuleSave sets how long audit records are kept. A shorter time is kept
// only when the person confirms what would be destroyed and when.
func (h *Handlers) auditRuleSave(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	ctx := r.Context()
	row, err := h.db.Rule(ctx, db.RuleAudit, 0, h.today())
	if err != nil {
		return err
	}
	f := views.AuditRuleForm{Days: field(r, "days"), ValidFrom: field(r, "valid_from"), Reason: field(r, "reason"), Read: field(r, "read"), Errors: ui.Errors{}}
	days, ok := formInt(r, "days")
	if !ok || days < db.AuditDaysMin || days > mostAuditDays {
		f.Errors.Add("days", lang.T(ctx, "填 %d 到 %d 的整数", db.AuditDaysMin, mostAuditDays))
	}
	from, err := day.Parse(f.ValidFrom)
	if err != nil || !from.Valid() {
		f.Errors.Add("valid_from", lang.T(ctx, "请填日期"))
	} else if f.ValidFrom < h.today() {
		f.Errors.Add("valid_from", lang.T(ctx, "从今天或以后的日子起，过去的不改"))
	}
	checkText(ctx, f.Errors, "reason", f.Reason, 200)
	if f.Errors.Any() {
		return h.showAuditRule(w, r, http.StatusUnprocessableEntity, f, row)
	}
	if int(days) < keptOf(row.Value) && field(r, "confirm") != f.Days {
		until := from.Add(-int(days)).String()
		n, more, err := h.db.AuditsBefore(ctx, until)
		if err != nil {
			return err
		}
		count := lang.T(ctx, "%d", n)
		if more {
			count = lang.T(ctx, "%d+", n)
		}
		f.Confirm = lang.T(ctx, "时间改短了：从 %s 夜里起，%s 之前的审计记录会被销毁，找不回来。现在有 %s 条这样的记录。", f.ValidFrom, until, count)
		return h.showAuditRule(w, r, http.StatusUnprocessableEntity, f, row)
	}
	value, err := json.Marshal(auditKept{int(days)})
	if err != nil {
		return err
	}
	version, err := h.db.SetRule(ctx, actorOf(r), policy.PrivacyEdit, db.RuleRow{Rule: db.RuleAudit, ValidFrom: f.ValidFrom, Value: string(value), Reason: f.Reason, Version: db.ParseID(f.Read)})
	if errors.Is(err, db.ErrConflict) {
		f.Read = ""
		f.Errors.Add("", lang.T(ctx, "刚才有人设了新版本，请看过下面的版本再保存一次。"))
		return h.showAuditRule(w, r, http.StatusUnprocessableEntity, f, row)
	}
	if err != nil {
		return err
	}
	h.flash(r, views.Flash{Kind: "ok", Text: lang.T(ctx, "第 %d 版存好了，%s 起用", version, f.ValidFrom)})
	h.redirect(w, r, "/rules/audit")
	return nil
}
