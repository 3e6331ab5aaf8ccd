package handlers

import (
	"context"
	"fmt"
	"net/http"
	"strconv"

	"yike/db"
	"yike/policy"
	"yike/policy/radar"
	"yike/views"
	"yike/views/lang"
)

// radarSaid says the rule of the radar in one line; "" is the default.
func radarSaid(ctx context.Context, value string) (string, error) {
	rule := radar.Default()
	if value != "" {
		var err error
		if rule, err = radar.ParseRule(value); err != nil {
			return "", err
		}
	}
	return lang.T(ctx, "和前 %d 个平常周比，少 %d%% 提醒，一周至少 %d 件；回到 %d%% 自己了结；晚付 %d 天提醒，对账单至少 %d 元；评价指数低 %d 分提醒，前后各至少 %d 份；时效件占 %d%%，或 %d 个月里投诉派送慢 %d 次，算时效敏感；大促 %d 段",
		rule.Weeks, rule.Drop, rule.Least, rule.Back, rule.Late, rule.Billed, rule.Fall, rule.Answers, rule.Express, rule.Months, rule.Slow, len(rule.Peaks)), nil
}

// radarRuleForm shows when the radar raises.
func (h *Handlers) radarRuleForm(w http.ResponseWriter, r *http.Request) error {
	branch, err := h.ruleBranch(r, policy.RadarRead, query(r, "branch"))
	if err != nil {
		return err
	}
	rule, row, err := h.db.Radar(r.Context(), branch, h.today())
	if err != nil {
		return err
	}
	f := views.RadarRuleForm{RuleFrame: h.newFrame(branch), Weeks: strconv.Itoa(rule.Weeks), Drop: strconv.Itoa(rule.Drop), Least: strconv.Itoa(rule.Least), Back: strconv.Itoa(rule.Back), Late: strconv.Itoa(rule.Late), Billed: strconv.Itoa(rule.Billed), Fall: strconv.Itoa(rule.Fall), Answers: strconv.Itoa(rule.Answers), Express: strconv.Itoa(rule.Express), Slow: strconv.Itoa(rule.Slow), Months: strconv.Itoa(rule.Months),
		Peaks: radar.PeaksText(rule.Peaks)}
	return h.showRadarRule(w, r, http.StatusOK, f, row)
}

func (h *Handlers) showRadarRule(w http.ResponseWriter, r *http.Request, status int, f views.RadarRuleForm, row db.RuleRow) error {
	ctx, a := r.Context(), actorOf(r)
	f.CanEdit, f.Branches = h.maySetRule(a, policy.RadarRule, db.ParseID(f.Branch)), h.ruleBranches(ctx, a.Scope(policy.RadarRead))
	if err := h.fillFrame(ctx, &f.RuleFrame, db.RuleRadar, row, radarSaid); err != nil {
		return err
	}
	return h.render(w, r, status, page{title: lang.T(ctx, "件量雷达的规则"), body: views.RadarRule(f), active: "/rules/radar"})
}

// radarRuleSave sets a new version.
func (h *Handlers) radarRuleSave(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	ctx, a := r.Context(), actorOf(r)
	branch, err := h.ruleBranch(r, policy.RadarRead, field(r, "branch"))
	if err != nil {
		return err
	}
	if !h.maySetRule(a, policy.RadarRule, branch) {
		return fmt.Errorf("radar rule of branch %d: %w", branch, db.ErrRefused)
	}
	_, row, err := h.db.Radar(ctx, branch, h.today())
	if err != nil {
		return err
	}
	f := views.RadarRuleForm{RuleFrame: readFrame(r, branch), Weeks: field(r, "weeks"), Drop: field(r, "drop"), Least: field(r, "least"), Back: field(r, "back"), Late: field(r, "late"), Billed: field(r, "billed"), Fall: field(r, "fall"), Answers: field(r, "answers"), Express: field(r, "express"), Slow: field(r, "slow"), Months: field(r, "months"), Peaks: field(r, "peaks")}
	rule := readRadarRule(r, &f)
	preview := field(r, "preview") != ""
	h.checkFrame(ctx, &f.RuleFrame, preview)
	if f.Errors.Any() {
		return h.showRadarRule(w, r, http.StatusUnprocessableEntity, f, row)
	}
	if preview {
		if f.Preview, err = h.radarPreview(ctx, a, branch, rule); err != nil {
			return err
		}
		return h.showRadarRule(w, r, http.StatusOK, f, row)
	}
	version, err := h.setRule(r, &f.RuleFrame, policy.RadarRule, db.RuleRadar, rule)
	if err != nil {
		return err
	}
	if version == 0 {
		return h.showRadarRule(w, r, http.StatusUnprocessableEntity, f, row)
	}
	return h.ruleSet(w, r, &f.RuleFrame, version, "/rules/radar")
}

// radarPreview says what a rule that is not saved would have raised.
func (h *Handlers) radarPreview(ctx context.Context, a policy.Actor, branch int64, rule radar.Rule) (*views.RadarPreview, error) {
	p, err := h.db.PreviewRadar(ctx, a.Scope(policy.RadarRead), a.Scope(policy.AccountRead), a.Scope(policy.RatingRead), branch, h.todayDay(), rule)
	if err != nil {
		return nil, err
	}
	if p.TooMany {
		return &views.RadarPreview{Text: lang.T(ctx, "客户太多，一时算不完。先选一个网点试。")}, nil
	}
	out := &views.RadarPreview{Text: lang.T(ctx, "看过近 %d 周的 %d 位客户：现在的规则会提醒 %d 次，照这样会提醒 %d 次。", db.RadarPreviewWeeks, p.Clients, p.Was, p.Would)}
	for _, part := range []struct {
		title string
		all   int
		list  []db.RadarPreviewed
	}{{lang.T(ctx, "会多提醒 %d 次", p.MoreAll), p.MoreAll, p.More}, {lang.T(ctx, "会少提醒 %d 次", p.LessAll), p.LessAll, p.Less}} {
		if part.all == 0 {
			continue
		}
		group := views.RadarPreviewPart{Title: part.title}
		for _, x := range part.list {
			group.Rows = append(group.Rows, views.RadarPreviewRow{Customer: x.Name, Code: x.Code, Href: "/customers/" + idText(x.CustomerID), Kind: views.RadarKindWord(ctx, string(x.Alert.Kind)), Text: views.RadarSentence(ctx, x.Alert)})
		}
		if rest := part.all - len(part.list); rest > 0 {
			group.More = lang.T(ctx, "还有 %d 次没有列出。", rest)
		}
		out.Parts = append(out.Parts, group)
	}
	return out, nil
}

// readRadarRule reads the rule of a form and says what is wrong with it.
func readRadarRule(r *http.Request, f *views.RadarRuleForm) radar.Rule {
	ctx := r.Context()
	rule := radar.Rule{Peaks: radar.ParsePeaks(f.Peaks)}
	for name, to := range map[string]*int{"weeks": &rule.Weeks, "drop": &rule.Drop, "least": &rule.Least, "back": &rule.Back, "late": &rule.Late, "billed": &rule.Billed, "fall": &rule.Fall, "answers": &rule.Answers, "express": &rule.Express, "slow": &rule.Slow, "months": &rule.Months} {
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
