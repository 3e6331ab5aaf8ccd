package handlers

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"

	"yike/db"
	"yike/policy"
	"yike/policy/place"
	"yike/policy/tracking"
	"yike/policy/waybill"
	"yike/views"
	"yike/views/lang"
)

// trackingSaid says a rule in one line.
func trackingSaid(ctx context.Context, value string) (string, error) {
	rule := tracking.Default()
	if value != "" {
		rule = tracking.Rule{}
		if err := json.Unmarshal([]byte(value), &rule); err != nil {
			return "", err
		}
	}
	return lang.T(ctx, "%d 小时没消息算滞留，派送失败 %d 次提醒", rule.Hours, rule.Fails), nil
}

func (h *Handlers) trackingForm(w http.ResponseWriter, r *http.Request) error {
	branch, err := h.ruleBranch(r, policy.TrackingEdit, query(r, "branch"))
	if err != nil {
		return err
	}
	rule, row, err := h.db.TrackingRule(r.Context(), branch, h.today())
	if err != nil {
		return err
	}
	f := views.TrackingRuleForm{RuleFrame: h.newFrame(branch), Hours: strconv.Itoa(rule.Hours), FarHours: strconv.Itoa(rule.FarHours), Sensitive: strconv.Itoa(rule.Sensitive),
		Provinces: strconv.Itoa(rule.Provinces), Fails: strconv.Itoa(rule.Fails), Days: strconv.Itoa(rule.Days), BillDays: strconv.Itoa(cmp.Or(rule.BillDays, tracking.Default().BillDays))}
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
	ctx, a := r.Context(), actorOf(r)
	f.CanEdit, f.Branches = h.maySetRule(a, policy.TrackingEdit, db.ParseID(f.Branch)), h.ruleBranches(ctx, a.Scope(policy.TrackingEdit))
	var err error
	if f.Said, err = trackingSaid(ctx, row.Value); err != nil {
		return err
	}
	if err := h.fillFrame(ctx, &f.RuleFrame, db.RuleTracking, row, trackingSaid); err != nil {
		return err
	}
	return h.render(w, r, status, page{title: lang.T(ctx, "包裹提醒"), body: views.TrackingRule(f), active: "/settings"})
}

// trackingSave sets when parcels ask for somebody.
func (h *Handlers) trackingSave(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	ctx := r.Context()
	branch, err := h.ruleBranch(r, policy.TrackingEdit, field(r, "branch"))
	if err != nil {
		return err
	}
	_, row, err := h.db.TrackingRule(ctx, branch, h.today())
	if err != nil {
		return err
	}
	f := views.TrackingRuleForm{RuleFrame: readFrame(r, branch), Hours: field(r, "hours"), FarHours: field(r, "far_hours"), Sensitive: field(r, "sensitive"), Provinces: field(r, "provinces"), Fails: field(r, "fails"), Days: field(r, "days"), BillDays: field(r, "bill_days")}
	rule := h.readTracking(r, &f)
	h.checkFrame(ctx, &f.RuleFrame, false)
	if f.Errors.Any() {
		return h.showTracking(w, r, http.StatusUnprocessableEntity, f, row)
	}
	version, err := h.setRule(r, &f.RuleFrame, policy.TrackingEdit, db.RuleTracking, rule)
	if err != nil {
		return err
	}
	if version == 0 {
		return h.showTracking(w, r, http.StatusUnprocessableEntity, f, row)
	}
	return h.ruleSet(w, r, &f.RuleFrame, version, "/rules/tracking")
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
	rule := tracking.Rule{Hours: number("hours"), FarHours: number("far_hours"), Sensitive: number("sensitive"), Provinces: number("provinces"), Fails: number("fails"), Days: max(1, number("days")), BillDays: tracking.Default().BillDays, Products: map[string]int{}, Far: fields(r, "far")}
	if f.BillDays != "" {
		if rule.BillDays = number("bill_days"); rule.BillDays < 1 {
			rule.BillDays = -1
		}
	}
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
		case tracking.BillDaysOut:
			f.Errors.Add(fault.Field, lang.T(ctx, "填 1 到 365 的整数"))
		case tracking.DaysOut:
			f.Errors.Add(fault.Field, lang.T(ctx, "填 7 到 365 的整数"))
		default:
			f.Errors.Add("", lang.T(ctx, "有的选项不认得，请重选"))
		}
	}
	trackingChoices(ctx, f, typed, rule.Far)
	return rule
}
