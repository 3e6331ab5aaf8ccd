package handlers

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"yike/db"
	"yike/policy"
	"yike/policy/day"
	"yike/policy/festival"
	"yike/policy/greeting"
	"yike/views"
	"yike/views/lang"
	"yike/views/ui"
)

// previewNamed is how many contacts of each reason a preview names.
const previewNamed = 20

// greetingsSaid says a version of the plans in one line.
func greetingsSaid(ctx context.Context, value string) (string, error) {
	rule := greeting.Default()
	if value != "" {
		var err error
		if rule, err = greeting.ParseRule(value); err != nil {
			return "", err
		}
	}
	var on []string
	for _, c := range slices.Sorted(maps.Keys(rule.Plans)) {
		if rule.Plans[c].On && !strings.HasPrefix(string(c), "own_") {
			on = append(on, views.OccasionWord(ctx, string(c), nil))
		}
	}
	return lang.T(ctx, "%d 个节日开着：%s；相差 %d 天以内合成一次，过了 %d 天不补", len(on), strings.Join(on, lang.T(ctx, "、")), rule.Close, rule.Late), nil
}

// planSaid says one plan in a line.
func planSaid(ctx context.Context, p greeting.Plan, mood festival.Mood) string {
	if mood == festival.Silent {
		return lang.T(ctx, "不问候")
	}
	if !p.On {
		return lang.T(ctx, "没有开")
	}
	who := lang.T(ctx, "全部客户")
	if len(p.Classes) > 0 {
		var list []string
		for _, c := range p.Classes {
			list = append(list, views.ClassLabel(ctx, c))
		}
		who = strings.Join(list, lang.T(ctx, "、"))
	}
	if len(p.Tags) > 0 {
		who += lang.T(ctx, "（%s）", strings.Join(p.Tags, lang.T(ctx, "、")))
	}
	var means []string
	for _, m := range p.Means {
		means = append(means, views.MeansWord(ctx, string(m)))
	}
	text := lang.T(ctx, "%s；%s；提前 %d 天；%s办", who, strings.Join(means, lang.T(ctx, "、")), p.Ahead, views.DoerWord(ctx, p.By))
	for _, c := range greeting.Classes {
		if t := p.Treats[c]; t != (greeting.Treat{}) {
			text += lang.T(ctx, "；%s %s %s 元", views.ClassLabel(ctx, c), t.Gift, yuanColumn(t.Budget))
		}
	}
	return text
}

// nextOccasion is the next day of a festival or an occasion, in words; "" for
// personal ones.
func (h *Handlers) nextOccasion(own []festival.Occasion, c festival.Code) string {
	today := h.todayDay()
	for _, x := range festival.Dates(own, today, today.Add(400)) {
		if x.Code == c {
			return x.Day.String()
		}
	}
	return ""
}

// greetingRuleForm shows the plans, or the form of one.
func (h *Handlers) greetingRuleForm(w http.ResponseWriter, r *http.Request) error {
	branch, err := h.ruleBranch(r, policy.GreetingRead, query(r, "branch"))
	if err != nil {
		return err
	}
	rule, row, err := h.db.GreetingRule(r.Context(), branch, h.today())
	if err != nil {
		return err
	}
	f := views.GreetingRulePage{RuleFrame: h.newFrame(branch), Close: strconv.Itoa(rule.Close), Late: strconv.Itoa(rule.Late)}
	if code := festival.Code(query(r, "occasion")); code != "" {
		if f.Plan, err = h.planForm(r.Context(), code, rule.Plans[code]); err != nil {
			return err
		}
	}
	return h.showGreetingRule(w, r, http.StatusOK, f, rule, row)
}

// planForm is the form of one occasion's plan; ErrNotFound for no occasion.
func (h *Handlers) planForm(ctx context.Context, code festival.Code, p greeting.Plan) (*views.PlanForm, error) {
	names, own, err := h.ownNames(ctx)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(occasionCodes(own), code) {
		return nil, fmt.Errorf("occasion %q: %w", code, db.ErrNotFound)
	}
	mood := greeting.MoodOf(code, own)
	f := &views.PlanForm{Code: string(code), Name: views.OccasionWord(ctx, string(code), names), Mood: views.OccasionMoodWord(ctx, string(mood)), On: p.On, Everyone: p.Everyone, Silent: mood == festival.Silent,
		First: code == greeting.FirstParcel, Classes: map[string]bool{}, Means: map[string]bool{}, Tags: map[string]bool{}, Ahead: strconv.Itoa(p.Ahead), By: p.By,
		Gifts: map[string]string{}, Budgets: map[string]string{}}
	if next := h.nextOccasion(own, code); next != "" {
		f.When = lang.T(ctx, "下一次是 %s。", next)
	}
	if f.By == "" {
		f.By = greeting.ByOwner
	}
	for _, c := range p.Classes {
		f.Classes[c] = true
	}
	for _, m := range p.Means {
		f.Means[string(m)] = true
	}
	for _, t := range p.Tags {
		f.Tags[t] = true
	}
	for _, c := range greeting.Classes {
		f.Gifts[c], f.Budgets[c] = p.Treats[c].Gift, yuanText(p.Treats[c].Budget)
	}
	if o := p.Offer; o != nil {
		f.OfferText, f.OfferValue, f.OfferUntil = o.Text, yuanText(o.Value), o.Until.String()
	}
	tags, err := h.db.TagChoices(ctx)
	for _, t := range tags {
		f.TagChoices = append(f.TagChoices, ui.Option{Value: idText(t.ID), Label: t.Name})
	}
	return f, err
}

func (h *Handlers) showGreetingRule(w http.ResponseWriter, r *http.Request, status int, f views.GreetingRulePage, rule greeting.Rule, row db.RuleRow) error {
	ctx, a := r.Context(), actorOf(r)
	f.CanEdit, f.Branches = h.maySetRule(a, policy.GreetingPlan, db.ParseID(f.Branch)), h.ruleBranches(ctx, a.Scope(policy.GreetingRead))
	if err := h.fillFrame(ctx, &f.RuleFrame, db.RuleGreetings, row, greetingsSaid); err != nil {
		return err
	}
	names, own, err := h.ownNames(ctx)
	if err != nil {
		return err
	}
	for _, c := range occasionCodes(own) {
		mood := greeting.MoodOf(c, own)
		q := url.Values{"occasion": {string(c)}}
		if f.Branch != "" {
			q.Set("branch", f.Branch)
		}
		line := views.PlanLine{Code: string(c), Name: views.OccasionWord(ctx, string(c), names), When: h.nextOccasion(own, c), Said: planSaid(ctx, rule.Plans[c], mood), Href: "/rules/greetings?" + q.Encode(), Silent: mood == festival.Silent}
		if rule.Plans[c].On && !line.Silent && a.Can(policy.GreetingPlan) {
			line.Preview = "/greetings/who?" + q.Encode()
		}
		f.Plans = append(f.Plans, line)
	}
	return h.render(w, r, status, page{title: lang.T(ctx, "慰问计划"), body: views.GreetingRule(f), active: "/rules/greetings"})
}

// greetingRuleSave sets a new version in which one plan is another, or shows
// what it would mean.
func (h *Handlers) greetingRuleSave(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	ctx, a := r.Context(), actorOf(r)
	branch, err := h.ruleBranch(r, policy.GreetingRead, field(r, "branch"))
	if err != nil {
		return err
	}
	if !h.maySetRule(a, policy.GreetingPlan, branch) {
		return fmt.Errorf("greeting rule of branch %d: %w", branch, db.ErrRefused)
	}
	// What is saved for a later day stands on what holds by then.
	on := h.today()
	if from, _ := day.Parse(field(r, "valid_from")); from.Valid() {
		on = max(on, from.String())
	}
	rule, row, err := h.db.GreetingRule(ctx, branch, on)
	if err != nil {
		return err
	}
	code := festival.Code(field(r, "occasion"))
	f := views.GreetingRulePage{RuleFrame: readFrame(r, branch), Close: field(r, "close"), Late: field(r, "late")}
	if f.Plan, err = h.planForm(ctx, code, greeting.Plan{}); err != nil {
		return err
	}
	_, own, err := h.ownNames(ctx)
	if err != nil {
		return err
	}
	plan := h.readPlan(r, &f, code, own)
	for name, to := range map[string]struct {
		n    *int
		most int
	}{"close": {&rule.Close, greeting.MaxClose}, "late": {&rule.Late, greeting.MaxLate}} {
		n, ok := formInt(r, name)
		if !ok || field(r, name) == "" || n < 0 || n > int64(to.most) {
			f.Errors.Add(name, lang.T(ctx, "填 %d 到 %d", 0, to.most))
			continue
		}
		*to.n = int(n)
	}
	preview := field(r, "preview") != ""
	h.checkFrame(ctx, &f.RuleFrame, preview)
	if f.Errors.Any() {
		return h.showGreetingRule(w, r, http.StatusUnprocessableEntity, f, rule, row)
	}
	if preview {
		if f.Preview, err = h.planPreview(ctx, a, db.GreetingAsked{Occasion: code, Plan: plan, Branch: branch, On: h.today()}); err != nil {
			return err
		}
		return h.showGreetingRule(w, r, http.StatusOK, f, rule, row)
	}
	plans := maps.Clone(rule.Plans)
	plans[code] = plan
	rule.Plans = plans
	version, err := h.setRule(r, &f.RuleFrame, policy.GreetingPlan, db.RuleGreetings, rule)
	if err != nil {
		return err
	}
	if version == 0 {
		return h.showGreetingRule(w, r, http.StatusUnprocessableEntity, f, rule, row)
	}
	later, err := h.laterVersion(ctx, db.RuleGreetings, branch, f.ValidFrom)
	if err != nil {
		return err
	}
	if later != "" {
		h.flash(r, views.Flash{Kind: "soon", Text: lang.T(ctx, "第 %d 版存好了，但 %s 起是另一版，这次的改动到那天为止。要一直用，再打开这个节日，生效日期写 %s 存一次。", version, later, later)})
		h.backToRule(w, r, &f.RuleFrame, "/rules/greetings")
		return nil
	}
	return h.ruleSet(w, r, &f.RuleFrame, version, "/rules/greetings")
}

// laterVersion is the first day after one from which another version of a rule
// holds that was set for the same place; "" when there is none.
func (h *Handlers) laterVersion(ctx context.Context, rule string, branch int64, from string) (string, error) {
	list, err := h.db.RuleVersions(ctx, rule, branch)
	later := ""
	for _, v := range list {
		if v.ValidFrom > from && (later == "" || v.ValidFrom < later) {
			later = v.ValidFrom
		}
	}
	return later, err
}

// readPlan reads the plan of a form and says what is wrong with it.
func (h *Handlers) readPlan(r *http.Request, f *views.GreetingRulePage, code festival.Code, own []festival.Occasion) greeting.Plan {
	ctx, x := r.Context(), f.Plan
	x.On, x.Everyone, x.Ahead, x.By = field(r, "on") != "", field(r, "everyone") != "", field(r, "ahead"), field(r, "by")
	p := greeting.Plan{On: x.On, Everyone: x.Everyone, By: x.By, Treats: map[string]greeting.Treat{}}
	for _, c := range greeting.Classes {
		if x.Classes[c] = field(r, "class"+c) != ""; x.Classes[c] {
			p.Classes = append(p.Classes, c)
		}
		x.Gifts[c], x.Budgets[c] = field(r, "gift"+c), field(r, "budget"+c)
		budget, ok := fen(x.Budgets[c])
		if !ok || budget > greeting.MaxBudget {
			f.Errors.Add("budget"+c, lang.T(ctx, "填金额，例如 88 或 88.50"))
		}
		if utf8.RuneCountInString(x.Gifts[c]) > greeting.MaxGift {
			f.Errors.Add("gift"+c, lang.T(ctx, "最多 %d 个字", greeting.MaxGift))
		}
		if t := (greeting.Treat{Gift: x.Gifts[c], Budget: budget}); t != (greeting.Treat{}) {
			p.Treats[c] = t
		}
	}
	for _, m := range greeting.AllMeans {
		if x.Means[string(m)] = field(r, "means"+string(m)) != ""; x.Means[string(m)] {
			p.Means = append(p.Means, m)
		}
	}
	for _, t := range x.TagChoices {
		if field(r, "tag"+t.Value) != "" {
			x.Tags[t.Label] = true
			p.Tags = append(p.Tags, t.Label)
		}
	}
	ahead, ok := formInt(r, "ahead")
	if !ok || x.Ahead == "" {
		ahead = -1
	}
	p.Ahead = int(min(max(ahead, -1), greeting.MaxAhead+1))
	if x.First {
		x.OfferText, x.OfferValue, x.OfferUntil = field(r, "offer_text"), field(r, "offer_value"), field(r, "offer_until")
		if x.OfferText != "" || x.OfferValue != "" || x.OfferUntil != "" {
			value, ok := fen(x.OfferValue)
			until, _ := day.Parse(x.OfferUntil)
			if !ok {
				value = -1
			}
			p.Offer = &greeting.Offer{Text: x.OfferText, Value: value, Until: until}
		}
	}
	for _, fault := range p.Faults(code, greeting.MoodOf(code, own)) {
		switch fault {
		case greeting.SilentDay:
			f.Errors.Add("on", lang.T(ctx, "这一天不发问候，不能有计划"))
		case greeting.NoMeans:
			f.Errors.Add("means", lang.T(ctx, "至少选一种"))
		case greeting.BadAhead:
			f.Errors.Add("ahead", lang.T(ctx, "填 %d 到 %d", 0, greeting.MaxAhead))
		case greeting.BadDoer:
			f.Errors.Add("by", lang.T(ctx, "选谁来办"))
		case greeting.BadOffer:
			f.Errors.Add("offer_text", lang.T(ctx, "优惠要写内容、金额和用到哪天"))
		}
	}
	return p
}

// planPreview says who a plan that is not saved would greet.
func (h *Handlers) planPreview(ctx context.Context, a policy.Actor, ask db.GreetingAsked) (*views.PlanPreview, error) {
	scope := a.Scope(policy.GreetingRead)
	p, err := h.db.PreviewGreetings(ctx, scope, ask)
	if err != nil {
		return nil, err
	}
	want := map[greeting.Reason]int{}
	for _, c := range p.Counts {
		want[c.Reason] = int(min(c.N, previewNamed))
	}
	named, err := h.db.PreviewedByReason(ctx, scope, ask, want)
	if err != nil {
		return nil, err
	}
	out := &views.PlanPreview{}
	var in int64
	for _, c := range p.Counts {
		reason := views.PlanReason{Word: views.GreetingReasonWord(ctx, string(c.Reason)), N: c.N}
		if c.Reason == greeting.In {
			in = c.N
		}
		reason.Rows = planContacts(ctx, named[c.Reason])
		out.Reasons = append(out.Reasons, reason)
	}
	out.Text = lang.T(ctx, "看过 %d 位联系人：会问候 %d 位，%d 位不会。", p.Contacts, in, p.Contacts-in)
	if p.Budget > 0 {
		var parts []string
		for _, c := range p.Classes {
			if c.Budget > 0 {
				parts = append(parts, lang.T(ctx, "%s %d 位 × %s 元", views.ClassLabel(ctx, c.Class), c.N, yuanColumn(c.Treat.Budget)))
			}
		}
		out.Money = lang.T(ctx, "预算一共 %s 元：%s", yuanColumn(p.Budget), strings.Join(parts, lang.T(ctx, "；")))
	}
	return out, nil
}

func planContacts(ctx context.Context, list []db.GreetingPreviewed) []views.PlanContact {
	var out []views.PlanContact
	for _, x := range list {
		out = append(out, views.PlanContact{Contact: x.Contact, Customer: x.Customer, Href: "/customers/" + idText(x.CustomerID), Code: x.Code, Class: x.Class, Why: views.GreetingReasonWord(ctx, string(x.Why))})
	}
	return out
}

// greetingWho lists everyone that the plan in force would greet or not, with
// the reason.
func (h *Handlers) greetingWho(w http.ResponseWriter, r *http.Request) error {
	ctx, a := r.Context(), actorOf(r)
	branch, err := h.ruleBranch(r, policy.GreetingRead, query(r, "branch"))
	if err != nil {
		return err
	}
	names, own, err := h.ownNames(ctx)
	if err != nil {
		return err
	}
	code := festival.Code(query(r, "occasion"))
	if !slices.Contains(occasionCodes(own), code) {
		return fmt.Errorf("occasion %q: %w", code, db.ErrNotFound)
	}
	rule, _, err := h.db.GreetingRule(ctx, branch, h.today())
	if err != nil {
		return err
	}
	p := views.PlanWho{Title: lang.T(ctx, "%s：谁会收到问候", views.OccasionWord(ctx, string(code), names)), Occasion: string(code), Branch: idText(branch), Why: query(r, "why"), Back: "/rules/greetings"}
	if branch != 0 {
		p.Back += "?branch=" + idText(branch)
	}
	for _, why := range greeting.Reasons {
		p.Reasons = append(p.Reasons, ui.Option{Value: string(why), Label: views.GreetingReasonWord(ctx, string(why))})
	}
	if !slices.Contains(greeting.Reasons, greeting.Reason(p.Why)) {
		p.Why = ""
	}
	list, more, err := h.db.PreviewedGreetings(ctx, a.Scope(policy.GreetingRead), db.GreetingAsked{Occasion: code, Plan: rule.Plans[code], Branch: branch, On: h.today()}, greeting.Reason(p.Why), db.ParseID(query(r, "after")), 50)
	if err != nil {
		return err
	}
	p.Rows = planContacts(ctx, list)
	if more != 0 {
		p.Next = "/greetings/who?" + url.Values{"occasion": {p.Occasion}, "branch": {p.Branch}, "why": {p.Why}, "after": {idText(more)}}.Encode()
	}
	return h.render(w, r, http.StatusOK, page{title: p.Title, body: views.GreetingWho(p), active: "/rules/greetings"})
}

// occasionsSaid says a version of the occasions in one line.
func occasionsSaid(ctx context.Context, value string) (string, error) {
	var list []festival.Occasion
	if value != "" {
		if err := json.Unmarshal([]byte(value), &list); err != nil {
			return "", err
		}
	}
	var names []string
	for _, o := range list {
		if !o.Off {
			names = append(names, o.Name)
		}
	}
	if len(names) == 0 {
		return lang.T(ctx, "没有自定的节日"), nil
	}
	return strings.Join(names, lang.T(ctx, "、")), nil
}

// occasionForm shows the days that head office added.
func (h *Handlers) occasionForm(w http.ResponseWriter, r *http.Request) error {
	own, row, err := h.db.Occasions(r.Context(), h.today())
	if err != nil {
		return err
	}
	return h.showOccasions(w, r, http.StatusOK, views.OccasionPage{RuleFrame: h.newFrame(0), By: string(festival.BySolar), Mood: string(festival.Joyful)}, own, row)
}

func (h *Handlers) showOccasions(w http.ResponseWriter, r *http.Request, status int, f views.OccasionPage, own []festival.Occasion, row db.RuleRow) error {
	ctx, a := r.Context(), actorOf(r)
	f.CanEdit = h.maySetRule(a, policy.GreetingPlan, 0)
	if err := h.fillFrame(ctx, &f.RuleFrame, db.RuleOccasions, row, occasionsSaid); err != nil {
		return err
	}
	for _, o := range own {
		f.Rows = append(f.Rows, views.OccasionLine{Code: string(o.Code), Name: o.Name, Said: views.OccasionSaid(ctx, o), Mood: views.OccasionMoodWord(ctx, string(o.Mood)), Next: h.nextOccasion(own, o.Code), Off: o.Off})
	}
	return h.render(w, r, status, page{title: lang.T(ctx, "自定的节日"), body: views.Occasions(f), active: "/rules/occasions"})
}

// occasionSave adds a day, or puts one aside and back.
func (h *Handlers) occasionSave(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	ctx, a := r.Context(), actorOf(r)
	if !h.maySetRule(a, policy.GreetingPlan, 0) {
		return fmt.Errorf("occasions: %w", db.ErrRefused)
	}
	own, row, err := h.db.Occasions(ctx, h.today())
	if err != nil {
		return err
	}
	f := views.OccasionPage{RuleFrame: readFrame(r, 0), Name: field(r, "name"), By: field(r, "calendar"), Mood: field(r, "mood"), Month: field(r, "month"), Day: field(r, "day"), Term: field(r, "term"), Nth: field(r, "nth"), Weekday: field(r, "weekday")}
	f.ValidFrom = h.today()
	next := slices.Clone(own)
	if code := field(r, "code"); code != "" {
		i := slices.IndexFunc(next, func(o festival.Occasion) bool { return string(o.Code) == code })
		if i < 0 {
			return fmt.Errorf("occasion %q: %w", code, db.ErrNotFound)
		}
		next[i].Off = field(r, "turn") == "off"
		f.Reason = lang.T(ctx, "恢复：%s", next[i].Name)
		if next[i].Off {
			f.Reason = lang.T(ctx, "停用：%s", next[i].Name)
		}
	} else {
		o := readOccasion(r, &f)
		if len(own) >= festival.MaxOwn {
			f.Errors.Add("name", lang.T(ctx, "最多 %d 个，先停用不用的", festival.MaxOwn))
		}
		if slices.ContainsFunc(own, func(x festival.Occasion) bool { return x.Name == o.Name }) {
			f.Errors.Add("name", lang.T(ctx, "已经有叫这个名字的"))
		}
		checkText(ctx, f.Errors, "reason", f.Reason, 200)
		o.Code = festival.Code(fmt.Sprintf("own_%d", len(own)+1))
		next = append(next, o)
	}
	if f.Errors.Any() {
		return h.showOccasions(w, r, http.StatusUnprocessableEntity, f, own, row)
	}
	version, err := h.setRule(r, &f.RuleFrame, policy.GreetingPlan, db.RuleOccasions, next)
	if err != nil {
		return err
	}
	if version == 0 {
		return h.showOccasions(w, r, http.StatusUnprocessableEntity, f, own, row)
	}
	return h.ruleSet(w, r, &f.RuleFrame, version, "/rules/occasions")
}

// readOccasion reads the day of a form and says what is wrong with it.
func readOccasion(r *http.Request, f *views.OccasionPage) festival.Occasion {
	ctx := r.Context()
	number := func(text string) int {
		n, err := strconv.Atoi(text)
		if err != nil {
			return -100
		}
		return n
	}
	o := festival.Occasion{Name: f.Name, By: festival.Calendar(f.By), Mood: festival.Mood(f.Mood)}
	switch o.By {
	case festival.BySolar, festival.ByLunar:
		o.Month, o.Day = number(f.Month), number(f.Day)
	case festival.ByTerm:
		o.Term = festival.Term(number(f.Term))
	case festival.ByWeekday:
		o.Month, o.Nth, o.Weekday = number(f.Month), number(f.Nth), time.Weekday(number(f.Weekday))
	}
	for _, fault := range o.Faults() {
		switch fault {
		case "name":
			f.Errors.Add("name", lang.T(ctx, "写名称，最多 %d 个字", festival.MaxName))
		case "day":
			f.Errors.Add("day", lang.T(ctx, "这个月没有这一天"))
		default:
			f.Errors.Add(fault, lang.T(ctx, "请选一个"))
		}
	}
	return o
}
