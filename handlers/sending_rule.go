package handlers

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"yike/db"
	"yike/policy"
	"yike/policy/message"
	"yike/views"
	"yike/views/lang"
)

// sendingLookBack is of how many days' messages a rule is tried on.
const sendingLookBack = 30

// sendingSaid says the rule in one line; "" is the default.
func sendingSaid(ctx context.Context, value string) (string, error) {
	rule, err := message.ParseSending(value)
	if err != nil {
		return "", err
	}
	said := lang.T(ctx, "%s 到次日 %s 不发，同一位一天最多 %d 条，一个网点 %d 条", rule.QuietFrom, rule.QuietTo, rule.ContactDay, rule.BranchDay)
	if rule.Tel != "" {
		said += lang.T(ctx, "，电话 %s", rule.Tel)
	}
	return said, nil
}

// sendingRuleForm shows when messages go out by themselves, and how many.
func (h *Handlers) sendingRuleForm(w http.ResponseWriter, r *http.Request) error {
	branch, err := h.ruleBranch(r, policy.TemplateRead, query(r, "branch"))
	if err != nil {
		return err
	}
	rule, row, err := h.db.SendingRule(r.Context(), branch, h.today())
	if err != nil {
		return err
	}
	f := views.SendingRuleForm{RuleFrame: h.newFrame(branch), QuietFrom: rule.QuietFrom, QuietTo: rule.QuietTo, ContactDay: strconv.Itoa(rule.ContactDay), BranchDay: strconv.Itoa(rule.BranchDay),
		ChannelDay: strconv.Itoa(rule.ChannelDay), Tries: strconv.Itoa(rule.Tries), Neutral: rule.Neutral, Tel: rule.Tel, Own: strings.Join(rule.Own, lang.T(r.Context(), "、"))}
	if f.Effect, err = h.sendingEffect(r, branch, rule); err != nil {
		return err
	}
	return h.showSendingRule(w, r, http.StatusOK, f, row)
}

func (h *Handlers) showSendingRule(w http.ResponseWriter, r *http.Request, status int, f views.SendingRuleForm, row db.RuleRow) error {
	ctx, a := r.Context(), actorOf(r)
	f.CanEdit, f.Branches = h.maySetRule(a, policy.TemplateEdit, db.ParseID(f.Branch)), h.ruleBranches(ctx, a.Scope(policy.TemplateRead))
	if err := h.fillFrame(ctx, &f.RuleFrame, db.RuleSending, row, sendingSaid); err != nil {
		return err
	}
	return h.render(w, r, status, page{title: lang.T(ctx, "发送规矩"), body: views.SendingRule(f), active: "/settings"})
}

// sendingEffect says what a rule would have put off of what went out lately.
func (h *Handlers) sendingEffect(r *http.Request, branch int64, rule message.Sending) (string, error) {
	ctx := r.Context()
	list, err := h.db.WentOut(ctx, actorOf(r).Scope(policy.TemplateRead), branch, h.todayDay().Add(-sendingLookBack))
	if err != nil {
		return "", err
	}
	company, _, err := h.db.SendingRule(ctx, 0, h.today())
	if err != nil {
		return "", err
	}
	most := company.ChannelDay
	if branch == 0 {
		most = rule.ChannelDay
	}
	held := rule.WouldHold(list, most)
	switch {
	case held.All == 0:
		return lang.T(ctx, "最近 %d 天系统没有发过消息，没有可以比的。", sendingLookBack), nil
	case held.Total() == 0:
		return lang.T(ctx, "最近 %d 天系统发出 %d 条，照这一版一条也不会推迟。", sendingLookBack, held.All), nil
	}
	return lang.T(ctx, "最近 %d 天系统发出 %d 条，照这一版会推迟 %d 条：不发的时间 %d 条，同一位超过 %d 条，网点超过 %d 条，渠道超过 %d 条。",
		sendingLookBack, held.All, held.Total(), held.Quiet, held.Contact, held.Branch, held.Channel), nil
}

// sendingRuleSave sets a new version for the company or a branch, or says what
// it would put off (do=preview).
func (h *Handlers) sendingRuleSave(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	ctx := r.Context()
	branch, err := h.ruleBranch(r, policy.TemplateRead, field(r, "branch"))
	if err != nil {
		return err
	}
	if !h.maySetRule(actorOf(r), policy.TemplateEdit, branch) {
		return fmt.Errorf("rule of sending of branch %d: %w", branch, db.ErrRefused)
	}
	was, row, err := h.db.SendingRule(ctx, branch, h.today())
	if err != nil {
		return err
	}
	f := views.SendingRuleForm{RuleFrame: readFrame(r, branch), QuietFrom: field(r, "quiet_from"), QuietTo: field(r, "quiet_to"), ContactDay: field(r, "contact_day"), BranchDay: field(r, "branch_day"),
		ChannelDay: field(r, "channel_day"), Tries: field(r, "tries"), Neutral: field(r, "neutral"), Tel: field(r, "tel"), Own: field(r, "own")}
	if branch != 0 { // the channel and its tries are the company's
		f.ChannelDay, f.Tries = strconv.Itoa(was.ChannelDay), strconv.Itoa(was.Tries)
	}
	rule := sendingOf(f)
	for _, name := range rule.Check() {
		f.Errors.Add(name, views.SendingFault(ctx, name))
	}
	preview := field(r, "do") == "preview"
	h.checkFrame(ctx, &f.RuleFrame, preview)
	if f.Errors.Any() {
		return h.showSendingRule(w, r, http.StatusUnprocessableEntity, f, row)
	}
	if preview {
		if f.Effect, err = h.sendingEffect(r, branch, rule); err != nil {
			return err
		}
		f.Tried = true
		return h.showSendingRule(w, r, http.StatusOK, f, row)
	}
	version, err := h.setRule(r, &f.RuleFrame, policy.TemplateEdit, db.RuleSending, rule)
	if err != nil {
		return err
	}
	if version == 0 {
		return h.showSendingRule(w, r, http.StatusUnprocessableEntity, f, row)
	}
	return h.ruleSet(w, r, &f.RuleFrame, version, "/rules/sending")
}

// sendingOf is the rule of a form; a number that is none is -1, which Check
// refuses.
func sendingOf(f views.SendingRuleForm) message.Sending {
	number := func(text string) int {
		n, err := strconv.Atoi(text)
		if err != nil {
			return -1
		}
		return n
	}
	rule := message.Sending{QuietFrom: f.QuietFrom, QuietTo: f.QuietTo, ContactDay: number(f.ContactDay), BranchDay: number(f.BranchDay), ChannelDay: number(f.ChannelDay), Tries: number(f.Tries),
		Neutral: f.Neutral, Tel: f.Tel}
	rule.Own = strings.FieldsFunc(f.Own, func(c rune) bool { return strings.ContainsRune("、，,;； 　\t", c) })
	return rule
}
