package handlers

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"

	"yike/db"
	"yike/policy"
	"yike/policy/waybill"
	"yike/views"
	"yike/views/lang"
)

// keepRule is a dated rule of how many days something is kept, one for the
// whole company.
type keepRule struct {
	rule, path         string
	title              string // as the settings call it, in Chinese
	least, usual, most int
	days               func(set int) int // of the number that was set, 0 = none
	said               func(context.Context, int) string
	later              func(context.Context) string
	// shorter says what a time that ends earlier destroys: before which day,
	// from which night on.
	shorter func(h *Handlers, ctx context.Context, until, from string) (string, error)
}

// mostAuditDays bounds how long audit records may be asked to be kept: thirty
// years.
const mostAuditDays = 30 * 365

var keepAudits = keepRule{
	rule: db.RuleAudit, path: "/rules/audit", title: lang.N("审计保留"), least: db.AuditDaysMin, usual: db.AuditDays, most: mostAuditDays,
	days: func(set int) int {
		if set == 0 {
			return db.AuditDays
		}
		return max(set, db.AuditDaysMin)
	},
	said: func(ctx context.Context, days int) string {
		if days%365 == 0 {
			return lang.T(ctx, "审计记录留 %d 年", days/365)
		}
		return lang.T(ctx, "审计记录留 %d 天", days)
	},
	later: func(ctx context.Context) string {
		return lang.T(ctx, "更早的夜里自动销毁，销毁本身也有记录。")
	},
	shorter: func(h *Handlers, ctx context.Context, until, from string) (string, error) {
		n, more, err := h.db.AuditsBefore(ctx, until)
		count := lang.T(ctx, "%d", n)
		if more {
			count = lang.T(ctx, "%d+", n)
		}
		return lang.T(ctx, "时间改短了：从 %s 夜里起，%s 之前的审计记录会被销毁，找不回来。现在有 %s 条这样的记录。", from, until, count), err
	},
}

var keepRecipients = keepRule{
	rule: db.RuleRecipients, path: "/rules/recipients", title: lang.N("收件人保留"), least: waybill.KeepLeast, usual: waybill.KeepDays, most: waybill.KeepMost, days: waybill.KeptDays,
	said: func(ctx context.Context, days int) string {
		if days%365 == 0 {
			return lang.T(ctx, "运单上的收件人留 %d 年", days/365)
		}
		return lang.T(ctx, "运单上的收件人留 %d 天", days)
	},
	later: func(ctx context.Context) string {
		return lang.T(ctx, "从寄出那天算。到期的夜里清掉姓名、电话、地址、物品和备注，运单、金额和统计都还在。")
	},
	shorter: func(_ *Handlers, ctx context.Context, until, from string) (string, error) {
		return lang.T(ctx, "时间改短了：从 %s 夜里起，%s 之前寄出的运单不再有收件人，找不回来。", from, until), nil
	},
}

func (k *keepRule) of(value string) int {
	var set struct {
		Days int `json:"days"`
	}
	if value != "" && json.Unmarshal([]byte(value), &set) != nil {
		set.Days = 0
	}
	return k.days(set.Days)
}

func (h *Handlers) auditRuleForm(w http.ResponseWriter, r *http.Request) error {
	return h.keepForm(w, r, &keepAudits)
}

func (h *Handlers) auditRuleSave(w http.ResponseWriter, r *http.Request) error {
	return h.keepSave(w, r, &keepAudits)
}

func (h *Handlers) recipientRuleForm(w http.ResponseWriter, r *http.Request) error {
	return h.keepForm(w, r, &keepRecipients)
}

func (h *Handlers) recipientRuleSave(w http.ResponseWriter, r *http.Request) error {
	return h.keepSave(w, r, &keepRecipients)
}

func (h *Handlers) keepForm(w http.ResponseWriter, r *http.Request, k *keepRule) error {
	row, err := h.db.Rule(r.Context(), k.rule, 0, h.today())
	if err != nil {
		return err
	}
	return h.showKeepRule(w, r, http.StatusOK, k, views.KeepRuleForm{RuleFrame: h.newFrame(0), Days: strconv.Itoa(k.of(row.Value))}, row)
}

func (h *Handlers) showKeepRule(w http.ResponseWriter, r *http.Request, status int, k *keepRule, f views.KeepRuleForm, row db.RuleRow) error {
	ctx := r.Context()
	f.Title, f.Path, f.Later = lang.T(ctx, k.title), k.path, k.later(ctx)
	f.CanEdit = h.maySetRule(actorOf(r), policy.PrivacyEdit, 0)
	f.Said, f.Least = k.said(ctx, k.of(row.Value)), lang.T(ctx, "最少 %d 天，通常 %d 天", k.least, k.usual)
	err := h.fillFrame(ctx, &f.RuleFrame, k.rule, row, func(ctx context.Context, value string) (string, error) { return k.said(ctx, k.of(value)), nil })
	if err != nil {
		return err
	}
	return h.render(w, r, status, page{title: f.Title, body: views.KeepRule(f), active: "/settings"})
}

// keepSave sets how long something is kept. A shorter time is kept only when
// the person confirms what would be destroyed and when.
func (h *Handlers) keepSave(w http.ResponseWriter, r *http.Request, k *keepRule) error {
	if err := readForm(r); err != nil {
		return err
	}
	ctx := r.Context()
	row, err := h.db.Rule(ctx, k.rule, 0, h.today())
	if err != nil {
		return err
	}
	f := views.KeepRuleForm{RuleFrame: readFrame(r, 0), Days: field(r, "days")}
	days, ok := formInt(r, "days")
	if !ok || days < int64(k.least) || days > int64(k.most) {
		f.Errors.Add("days", lang.T(ctx, "填 %d 到 %d 的整数", k.least, k.most))
	}
	h.checkFrame(ctx, &f.RuleFrame, false)
	if f.Errors.Any() {
		return h.showKeepRule(w, r, http.StatusUnprocessableEntity, k, f, row)
	}
	if int(days) < k.of(row.Value) && field(r, "confirm") != f.Days {
		if f.Confirm, err = k.shorter(h, ctx, storedDay(f.ValidFrom).Add(-int(days)).String(), f.ValidFrom); err != nil {
			return err
		}
		return h.showKeepRule(w, r, http.StatusUnprocessableEntity, k, f, row)
	}
	version, err := h.setRule(r, &f.RuleFrame, policy.PrivacyEdit, k.rule, map[string]int{"days": int(days)})
	if err != nil {
		return err
	}
	if version == 0 {
		return h.showKeepRule(w, r, http.StatusUnprocessableEntity, k, f, row)
	}
	return h.ruleSet(w, r, &f.RuleFrame, version, k.path)
}
