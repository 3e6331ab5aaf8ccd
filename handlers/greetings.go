package handlers

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"yike/db"
	"yike/policy"
	"yike/policy/day"
	"yike/policy/festival"
	"yike/policy/greeting"
	"yike/policy/mask"
	"yike/policy/message"
	"yike/views"
	"yike/views/lang"
	"yike/views/ui"
)

// Bounds of the pages of greetings.
const (
	greetingsOnCard  = 5
	greetingWords    = 200 // of a note or a reason
	giftsListed      = 1000
	greetingsCounted = 500 // beyond it "more than"
)

// ownNames are the names of the occasions that head office added, by code.
func (h *Handlers) ownNames(ctx context.Context) (map[string]string, []festival.Occasion, error) {
	own, _, err := h.db.Occasions(ctx, h.today())
	names := map[string]string{}
	for _, o := range own {
		names[string(o.Code)] = o.Name
	}
	return names, own, err
}

// occasionOptions are the occasions to choose from.
func occasionOptions(ctx context.Context, own []festival.Occasion, names map[string]string) []ui.Option {
	var out []ui.Option
	for _, c := range occasionCodes(own) {
		out = append(out, ui.Option{Value: string(c), Label: views.OccasionWord(ctx, string(c), names)})
	}
	return out
}

// occasionCodes lists the festivals, what head office added, and the personal
// ones.
func occasionCodes(own []festival.Occasion) []festival.Code {
	out := append([]festival.Code{}, festival.Codes...)
	for _, o := range own {
		if !o.Off {
			out = append(out, o.Code)
		}
	}
	return append(out, greeting.Personal...)
}

// greetingList shows who is to be greeted: one's own, the branch's, what is
// closed.
func (h *Handlers) greetingList(w http.ResponseWriter, r *http.Request) error {
	ctx, a, q := r.Context(), actorOf(r), h.readGreetingQuery(r)
	names, own, err := h.ownNames(ctx)
	if err != nil {
		return err
	}
	list, more, err := h.db.Greetings(ctx, a, q.GreetingFilter)
	if err != nil {
		return err
	}
	here := q
	here.At = db.TodoKey{}
	n := len(list)
	if more || q.At.ID != 0 {
		if n, err = h.db.CountGreetings(ctx, a, here.GreetingFilter, greetingsCounted+1); err != nil {
			return err
		}
	}
	p := views.GreetingList{View: q.view, Occasion: q.Occasion, Branch: idText(q.BranchID), Month: q.month, Closed: q.Closed, Late: q.late, Gifts: q.Gifts,
		Whole: q.view != "mine", Back: here.href(), Count: lang.T(ctx, "共 %d 位", n), Occasions: occasionOptions(ctx, own, names)}
	if n > greetingsCounted {
		p.Count = lang.T(ctx, "超过 %d 位", greetingsCounted)
	}
	for _, tab := range [][2]string{{"mine", lang.T(ctx, "我的")}, {"branch", lang.T(ctx, "网点的")}, {"closed", lang.T(ctx, "问候过的")}} {
		p.Tabs = append(p.Tabs, views.TodoTab{Label: tab[1], Href: "/greetings?view=" + tab[0], Active: q.view == tab[0]})
	}
	p.Tabs = append(p.Tabs, views.TodoTab{Label: lang.T(ctx, "日历"), Href: "/greetings/calendar"}, views.TodoTab{Label: lang.T(ctx, "到了多少"), Href: "/greetings/coverage"})
	if q.view != "mine" {
		p.Branches = h.branchOptions(ctx, a.Scope(policy.GreetingRead))
	}
	if a.Can(policy.GreetingPlan) {
		p.Plan = "/rules/greetings"
	}
	if q.view == "mine" && n == 0 {
		whole := here.GreetingFilter
		whole.UserID = 0
		if n, err = h.db.CountGreetings(ctx, a, whole, greetingsCounted+1); err != nil {
			return err
		}
		if n > 0 {
			p.Others = lang.T(ctx, "网点还有 %d 位要问候。", min(n, greetingsCounted))
		}
	}
	group := ""
	p.Rows = make([]views.GreetingLine, 0, len(list))
	for _, x := range list {
		line := h.greetingLine(ctx, a, x, names)
		p.CanSend = p.CanSend || line.Pick != ""
		if g := greetingGroup(ctx, line); g != group && !q.Closed {
			line.Group, group = g, g
		}
		p.Rows = append(p.Rows, line)
	}
	if more {
		last, next := list[len(list)-1], q
		next.At = last.At
		p.Next = next.href()
	}
	p.Chips.Label, p.Chips.ClearHref = lang.T(ctx, "筛选条件"), "/greetings?view="+q.view
	chip := func(label, value string, drop func(*greetingQuery)) {
		if value != "" {
			q := here
			drop(&q)
			p.Chips.Items = append(p.Chips.Items, ui.Chip{Label: label, Value: value, RemoveHref: q.href()})
		}
	}
	if q.Occasion != "" {
		chip(lang.T(ctx, "节日"), views.OccasionWord(ctx, q.Occasion, names), func(q *greetingQuery) { q.Occasion = "" })
	}
	place := h.db.BranchName(q.BranchID)
	if q.Only && place != "" {
		place = lang.T(ctx, "%s（不含下级）", place)
	}
	chip(lang.T(ctx, "网点"), place, func(q *greetingQuery) { q.BranchID, q.Only = 0, false })
	chip(lang.T(ctx, "日期"), cmp.Or(q.month, q.From), func(q *greetingQuery) { q.month, q.From, q.To = "", "", "" })
	if q.Counted && q.State != "" && q.State != "all" {
		chip(lang.T(ctx, "状态"), views.GreetingStateWord(ctx, q.State), func(q *greetingQuery) { q.State = "" })
	}
	if q.Class != nil {
		chip(lang.T(ctx, "分级"), views.ClassLabel(ctx, *q.Class), func(q *greetingQuery) { q.Class = nil })
	}
	if q.DoneBy != nil {
		chip(lang.T(ctx, "怎么问候"), views.MeansWord(ctx, *q.DoneBy), func(q *greetingQuery) { q.DoneBy = nil })
	}
	if q.Person != nil {
		name, err := h.personName(ctx, *q.Person)
		if err != nil {
			return err
		}
		chip(lang.T(ctx, "谁来办"), name, func(q *greetingQuery) { q.Person = nil })
	}
	if q.late {
		chip(lang.T(ctx, "到期"), lang.T(ctx, "已过期"), func(q *greetingQuery) { q.late, q.Late = false, "" })
	}
	if q.Gifts {
		chip(lang.T(ctx, "礼品"), lang.T(ctx, "有"), func(q *greetingQuery) { q.Gifts = false })
	}
	if q.Customer != 0 {
		c, err := h.db.Customer(ctx, a.Scope(policy.CustomerRead), q.Customer)
		if err != nil && !errors.Is(err, db.ErrNotFound) {
			return err
		}
		chip(lang.T(ctx, "客户"), c.Name, func(q *greetingQuery) { q.Customer = 0 })
	}
	return h.render(w, r, http.StatusOK, page{title: lang.T(ctx, "节日慰问"), body: views.Greetings(p), active: "/greetings"})
}

// personName is somebody's name, or that it is nobody's yet.
func (h *Handlers) personName(ctx context.Context, id int64) (string, error) {
	if id == 0 {
		return lang.T(ctx, "还没有人办"), nil
	}
	names, err := h.db.UserNames(ctx, []int64{id})
	return cmp.Or(names[id], lang.T(ctx, "已离开的同事")), err
}

// greetingLine is a greeting in words. What it names besides stands in its
// name; the client is a link for whoever may open it.
func (h *Handlers) greetingLine(ctx context.Context, a policy.Actor, x db.GreetingRow, names map[string]string) views.GreetingLine {
	today := h.today()
	line := views.GreetingLine{ID: idText(x.ID), Href: "/greetings/" + idText(x.ID), Version: strconv.FormatInt(x.Version, 10), Occasion: views.OccasionWord(ctx, x.Occasion, names),
		Contact: x.Contact, Customer: x.Customer, Class: x.Class, Who: cmp.Or(x.User, lang.T(ctx, "还没有人办")), Gift: x.Gift,
		Day: views.DayWord(ctx, x.Day, today), Due: views.DayWord(ctx, x.Due, today)}
	for _, also := range x.Also {
		line.Occasion += lang.T(ctx, "、") + views.OccasionWord(ctx, also.Occasion, names)
	}
	var means []string
	order, first := greeting.Order(x.Means, x.Ways)
	for _, m := range order {
		means = append(means, views.MeansWord(ctx, string(m)))
	}
	line.Means = strings.Join(means, lang.T(ctx, "、"))
	line.By = string(greeting.Call)
	if len(order) > 0 {
		line.By = string(order[0])
	}
	if first != "" {
		line.Prefers = lang.T(ctx, "本人首选%s", views.WayWord(ctx, first))
		if first != x.Ways[0] {
			line.Prefers = lang.T(ctx, "按本人的先后，先%s", views.WayWord(ctx, first))
		}
	}
	if x.Budget > 0 {
		line.Budget = lang.T(ctx, "%s 元", yuanShown(x.Budget))
	}
	line.CustomerHref = h.clientHref(a, x.CustomerID, x.BranchID, x.OwnerID, x.ClerkID)
	due, _ := day.Parse(x.Due)
	switch {
	case x.State != db.GreetingOpen:
		line.State = views.GreetingStateWord(ctx, x.State)
		if x.State == db.GreetingDone {
			line.StateKind = "ok"
			line.Result = strings.TrimSpace(views.MeansWord(ctx, x.DoneBy) + " " + mask.Text(x.Result, h.db.MaskFor(a, x.BranchID, x.OwnerID, x.ClerkID)))
		} else {
			line.Result = mask.Text(x.Result, h.db.MaskFor(a, x.BranchID, x.OwnerID, x.ClerkID))
		}
		if x.ClosedWhy != "" {
			line.Result = views.GreetingReasonWord(ctx, x.ClosedWhy)
		}
	case due < h.todayDay():
		line.DueState = "over"
	case due <= h.todayDay().Add(1):
		line.DueState = "soon"
	}
	line.CanDo = x.State == db.GreetingOpen && h.db.MayGreet(a, x)
	if x.State == db.GreetingOpen && x.Letter.State != "" {
		line.Letter, line.LetterKind = lang.T(ctx, "%s：%s", views.WayWord(ctx, x.Letter.Channel), views.LetterStateWord(ctx, x.Letter.State)), views.LetterKind(x.Letter.State)
		line.Waits = x.Letter.State == db.LetterQueued || x.Letter.State == db.LetterSending
	}
	if line.CanDo && x.Letter.MayFollow(false) && len(greeting.Sendable(x.Means, x.Ways)) > 0 {
		line.Pick = line.ID + "_" + line.Version
	}
	return line
}

// greetingGroup heads the open greetings that are late, those of these days, and
// those that are ahead.
func greetingGroup(ctx context.Context, line views.GreetingLine) string {
	switch line.DueState {
	case "over":
		return lang.T(ctx, "过了日子，先补")
	case "soon":
		return lang.T(ctx, "今天和明天")
	}
	return lang.T(ctx, "以后几天，可以先备着")
}

// greetingsCard is what waits for one client, and what was done last.
func (h *Handlers) greetingsCard(ctx context.Context, a policy.Actor, customer int64) (views.GreetingCard, error) {
	var p views.GreetingCard
	if !a.Can(policy.GreetingRead) {
		return p, nil
	}
	names, _, err := h.ownNames(ctx)
	if err != nil {
		return p, err
	}
	list, more, err := h.db.ClientGreetings(ctx, a, customer, greetingsOnCard)
	if err != nil {
		return p, err
	}
	for _, x := range list {
		line := h.greetingLine(ctx, a, x, names)
		line.Customer, line.CustomerHref, line.Class, line.Pick = "", "", "", ""
		p.Rows = append(p.Rows, line)
	}
	if more || len(p.Rows) == greetingsOnCard {
		p.More = "/greetings?view=all&state=all&customer=" + idText(customer)
	}
	return p, nil
}

func (h *Handlers) greetingIn(r *http.Request, right policy.Permission) (db.GreetingRow, error) {
	id, err := pathID(r, "id")
	if err != nil {
		return db.GreetingRow{}, err
	}
	return h.db.Greeting(r.Context(), actorOf(r), right, id)
}

// greetingShow is the page of one greeting.
func (h *Handlers) greetingShow(w http.ResponseWriter, r *http.Request) error {
	x, err := h.greetingIn(r, policy.GreetingRead)
	if err != nil {
		return err
	}
	return h.showGreeting(w, r, http.StatusOK, x, views.GreetingPage{Errors: ui.Errors{}})
}

func (h *Handlers) showGreeting(w http.ResponseWriter, r *http.Request, status int, x db.GreetingRow, p views.GreetingPage) error {
	ctx, a := r.Context(), actorOf(r)
	names, _, err := h.ownNames(ctx)
	if err != nil {
		return err
	}
	p.GreetingLine = h.greetingLine(ctx, a, x, names)
	p.Position, p.Branch, p.Peaceful, p.Today = x.Position, h.db.BranchName(x.BranchID), x.Mood == string(festival.Peaceful), h.today()
	for _, also := range x.Also {
		p.Also = append(p.Also, lang.T(ctx, "%s，%s", views.OccasionWord(ctx, also.Occasion, names), also.Day))
	}
	p.Rule = lang.T(ctx, "默认值")
	if x.RuleVersion > 0 {
		p.Rule = lang.T(ctx, "%s第 %d 版", cmp.Or(h.db.BranchName(x.RuleBranch), lang.T(ctx, "全公司")), x.RuleVersion)
	}
	if x.Offer != "" {
		p.Offer = lang.T(ctx, "%s（%s 元，用到 %s）", x.Offer, yuanShown(x.OfferFen), x.OfferUntil)
		p.CanUseOffer = h.db.MayGreet(a, x)
		p.UsedDay = cmp.Or(p.UsedDay, x.OfferUsed)
	}
	if x.Photo != "" {
		p.PhotoHref, p.ThumbHref = p.Href+"/photo", p.Href+"/photo?size=thumb"
	}
	if x.State != db.GreetingOpen {
		p.ClosedBy = lang.T(ctx, "%s，%s", cmp.Or(x.Closer, lang.T(ctx, "系统")), views.TimeWord(ctx, time.UnixMilli(x.ClosedAt), h.db.Now()).Full)
		if x.Spent > 0 {
			p.Result += lang.T(ctx, "，花了 %s 元", yuanShown(x.Spent))
		}
	} else {
		why, err := h.db.Wordings().MayBeGreeted(ctx, x.Greeting)
		if err != nil {
			return err
		}
		if why != greeting.In {
			p.Blocked, p.Upset = lang.T(ctx, "现在不能问候：%s。", views.GreetingReasonWord(ctx, string(why))), why == greeting.Complaint
		}
	}
	if p.Letter, err = h.letterOf(ctx, a, x); err != nil {
		return err
	}
	if p.CanDo && p.Blocked == "" && (mayLetter(x) || !greeting.LetterEnds(festival.Code(x.Occasion), x.Means)) {
		if p.Wording, err = h.greetingWordings(ctx, a, x, names); err != nil {
			return err
		}
	}
	if p.CanDo {
		c, err := h.db.Customer(ctx, a.Scope(policy.GreetingRead), x.CustomerID)
		switch {
		case err == nil:
			contacts, err := h.db.Contacts(ctx, a.Scope(policy.GreetingRead), x.CustomerID)
			if err != nil {
				return err
			}
			for _, k := range contacts {
				if k.ID == x.ContactID {
					p.Calls = h.phoneLines(ctx, a, c, k.ID, k.Phones)
				}
			}
		case !errors.Is(err, db.ErrNotFound):
			return err
		}
		if p.Takers, err = h.greetingTakers(ctx, x.BranchID); err != nil {
			return err
		}
		if p.To == "" && x.Follows == "" {
			p.To = idText(x.UserID)
		}
		p.DoneBy, p.DueDay, p.MinDay = cmp.Or(p.DoneBy, p.By), cmp.Or(p.DueDay, max(x.Due, h.today())), h.today()
	}
	before, err := h.db.GreetingsOf(ctx, x.CustomerID, x.ContactID, greetingsOnCard+1)
	if err != nil {
		return err
	}
	for _, b := range before {
		if b.ID != x.ID && b.State != db.GreetingOpen {
			line := h.greetingLine(ctx, a, b, names)
			line.Customer, line.CustomerHref, line.Class, line.Pick = "", "", "", ""
			p.History = append(p.History, line)
		}
	}
	return h.render(w, r, status, page{title: p.Occasion + " " + p.Contact, body: views.Greeting(p), active: "/greetings", scripts: []string{"account.js"}})
}

// greetingWords is the wording that a contact never had, for one way to greet;
// nil when there is none. on is the day on which it is said. Who sees the client
// masked gets none: the words name the contact.
func (h *Handlers) greetingWords(ctx context.Context, a policy.Actor, k *db.Wordings, x db.GreetingRow, names map[string]string, means string, on day.Day) (*db.Worded, error) {
	if !slices.Contains(message.Channels, means) || !h.db.SeesClient(a.Scope(policy.CustomerUnmask), x.BranchID, x.OwnerID, x.ClerkID) {
		return nil, nil
	}
	codes := []string{message.Written(x.Occasion, means)}
	for _, also := range x.Also {
		codes = append(codes, also.Occasion)
	}
	want := db.Wanted{CustomerID: x.CustomerID, ContactID: x.ContactID, Channel: means, Day: x.Day, Today: on.String(), Person: a.Name}
	if until := storedDay(x.OfferUntil); x.Offer != "" && x.OfferUsed == "" && until >= on {
		want.Offer = message.Offered(x.Offer, until)
	}
	for _, code := range codes {
		o, ok := message.OccasionOf(code)
		if !ok {
			o = message.Occasion{Code: code, Name: names[code], Mood: festival.Mood(x.Mood)}
		}
		want.For = append(want.For, o)
	}
	w, err := k.Word(ctx, want)
	if err == nil && w.Template == (db.Template{}) && codes[0] != x.Occasion { // the company put every guide aside
		want.For[0], _ = message.OccasionOf(x.Occasion)
		w, err = k.Word(ctx, want)
	}
	if err != nil || w.Template == (db.Template{}) {
		return nil, err
	}
	return &w, nil
}

func (h *Handlers) greetingTakers(ctx context.Context, branch int64) ([]ui.Option, error) {
	takers, err := h.db.TodoTakers(ctx, branch)
	if err != nil {
		return nil, err
	}
	var out []ui.Option
	for _, u := range takers {
		if accessOf(ctx).Actor(u.ID, u.Name, u.BranchID, u.Grants).Can(policy.GreetingDo) {
			out = append(out, ui.Option{Value: idText(u.ID), Label: u.Name, Group: h.db.BranchName(u.BranchID)})
		}
	}
	return out, nil
}
