package handlers

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"

	"yike/policy"
	"yike/policy/signin"
	"yike/views"
	"yike/views/lang"
)

// settingHints holds the keys of the hints that somebody has put away, JSON.
const settingHints = "hints.away"

// mostHints bounds what one person's list may grow to.
const mostHints = 200

func (h *Handlers) hintsAway(ctx context.Context, a policy.Actor) ([]string, error) {
	text, err := h.db.UserSetting(ctx, a, settingHints)
	if err != nil || text == "" {
		return nil, err
	}
	var keys []string
	_ = json.Unmarshal([]byte(text), &keys) // a broken list hides nothing
	return keys, nil
}

// pageHelp returns the help of the page that a request asked for, its hint only
// while the reader has not put it away; nil when it has none.
func (h *Handlers) pageHelp(r *http.Request, a policy.Actor) *views.Help {
	ctx := r.Context()
	help, ok := views.PageHelp(ctx, r.Pattern)
	if !ok {
		return nil
	}
	if help.Hint == "" {
		return &help
	}
	away, err := h.hintsAway(ctx, a)
	if err != nil {
		h.log.Warn("hints", "request", requestID(ctx), "err", err)
	}
	if err != nil || slices.Contains(away, help.Key) {
		help.Hint = ""
	}
	return &help
}

// hintAway puts a hint away for good; "all" brings every one back.
func (h *Handlers) hintAway(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	ctx, a, key := r.Context(), actorOf(r), field(r, "hint")
	back := "/help"
	away, err := h.hintsAway(ctx, a)
	if err != nil {
		return err
	}
	switch {
	case key == "all":
		away = nil
	case key == "" || len(key) > 60:
		return errBadRequest
	default:
		if from, ok := sameOriginPath(r); ok {
			back = signin.NextURL(from)
		}
		if !slices.Contains(away, key) && len(away) < mostHints {
			away = append(away, key)
		}
	}
	text, err := json.Marshal(away)
	if err != nil {
		return err
	}
	if err := h.db.SetUserSetting(ctx, a, settingHints, string(text)); err != nil {
		return err
	}
	if isHTMX(r) { // the hint is taken away where it stands: what was chosen or typed beside it stays
		w.WriteHeader(http.StatusOK)
		return nil
	}
	http.Redirect(w, r, back, http.StatusSeeOther)
	return nil
}

// help shows what the product is for and which page does what.
func (h *Handlers) help(w http.ResponseWriter, r *http.Request) error {
	ctx, a := r.Context(), actorOf(r)
	link := func(label, href string, may policy.Permission) views.HelpLink {
		if !a.Can(may) {
			href = ""
		}
		return views.HelpLink{Label: label, Href: href}
	}
	later := func(label string) views.HelpLink { return views.HelpLink{Label: label, Later: true} }
	var (
		customers = link(lang.T(ctx, "客户"), "/customers", policy.CustomerRead)
		imports   = link(lang.T(ctx, "导入"), "/imports", policy.ImportRun)
		review    = link(lang.T(ctx, "待审核"), "/customers/review", policy.CustomerReview)
		due       = link(lang.T(ctx, "该访客户"), "/visits/due", policy.CadenceRead)
		visits    = link(lang.T(ctx, "拜访"), "/visits", policy.VisitRead)
		log       = link(lang.T(ctx, "记拜访"), "/visits/new", policy.VisitLog)
		cadence   = link(lang.T(ctx, "拜访频次"), "/rules/cadence", policy.CadenceRead)
		users     = link(lang.T(ctx, "人员"), "/users", policy.UserRead)
		branches  = link(lang.T(ctx, "网点"), "/branches", policy.BranchRead)
		search    = link(lang.T(ctx, "搜索"), "/search", policy.CustomerRead)
		classes   = later(lang.T(ctx, "自动分级"))
		reports   = later(lang.T(ctx, "报表"))
		cases     = link(lang.T(ctx, "投诉和工单"), "/cases", policy.CaseRead)
		greetings = link(lang.T(ctx, "节日慰问"), "/greetings", policy.GreetingRead)
	)
	p := views.HelpPage{
		Phases: []views.HelpItem{
			{Title: lang.T(ctx, "数据准备与整合"), Text: lang.T(ctx, "把散在各处的名单并到一处：一位客户一份资料，缺的补上，重的合并。"), Links: []views.HelpLink{imports, review, customers}},
			{Title: lang.T(ctx, "客户分析与洞察"), Text: lang.T(ctx, "看清谁重要、谁在变少、谁该去看。"), Links: []views.HelpLink{due, classes, reports}},
			{Title: lang.T(ctx, "策略执行与反馈"), Text: lang.T(ctx, "去拜访、去解决，把结果记下来，下一轮做得更好。"), Links: []views.HelpLink{log, visits, cadence, cases}},
		},
		Blocks: []views.HelpItem{
			{Title: lang.T(ctx, "信息收集与整理"), Text: lang.T(ctx, "资料准、全、只有一份。"), Links: []views.HelpLink{imports, customers, review}},
			{Title: lang.T(ctx, "分级与分类"), Text: lang.T(ctx, "A、B、C 三类，各有各的照顾。"), Links: []views.HelpLink{cadence, classes}},
			{Title: lang.T(ctx, "沟通与维护"), Text: lang.T(ctx, "按时去、说到做到、过节有问候。"), Links: []views.HelpLink{due, visits, greetings, cases}},
			{Title: lang.T(ctx, "数据分析与反馈"), Text: lang.T(ctx, "每个数字都能点开，看到是哪些客户。"), Links: []views.HelpLink{customers, reports}},
		},
		Principles: []views.HelpItem{
			{Title: lang.T(ctx, "客户至上"), Text: lang.T(ctx, "电话进来一秒找到人，客户的信息只给用得着的人看。"), Links: []views.HelpLink{search, customers}},
			{Title: lang.T(ctx, "数据驱动"), Text: lang.T(ctx, "多久去一次、去谁家，按级别和记录算，不凭印象。"), Links: []views.HelpLink{due, cadence}},
			{Title: lang.T(ctx, "持续改进"), Text: lang.T(ctx, "每次拜访留一句反馈，规则一版一版改，改了什么都查得到。"), Links: []views.HelpLink{log, cadence}},
			{Title: lang.T(ctx, "协同合作"), Text: lang.T(ctx, "业务员、客服、经理看同一份资料，人走了客户有人接。"), Links: []views.HelpLink{users, branches}},
		},
	}
	nav, _, _ := h.navigation(ctx, a, "/help")
	for _, g := range nav {
		group := views.HelpGroup{Label: g.Label}
		for _, item := range slices.Concat(g.Items, g.More) {
			if help, ok := views.PageHelp(ctx, "GET "+item.Href); ok {
				group.Pages = append(group.Pages, views.HelpPageLine{Label: item.Label, Href: item.Href, Icon: item.Icon, Why: help.Why, How: help.How})
			}
		}
		p.Pages = append(p.Pages, group)
	}
	away, err := h.hintsAway(ctx, a)
	if err != nil {
		return err
	}
	p.HintsHidden = len(away) > 0
	return h.render(w, r, http.StatusOK, page{title: lang.T(ctx, "帮助"), body: views.HelpHome(p), active: "/help"})
}
