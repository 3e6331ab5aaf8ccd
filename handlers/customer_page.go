package handlers

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"yike/db"
	"yike/policy"
	"yike/policy/classify"
	"yike/policy/day"
	"yike/policy/festival"
	"yike/policy/mask"
	"yike/policy/place"
	"yike/policy/profile"
	"yike/policy/radar"
	"yike/views"
	"yike/views/chart"
	"yike/views/lang"
	"yike/views/ui"
)

// Lengths of what the page shows at once.
const (
	timelineFirst = 10 // on the page itself
	timelinePage  = 20 // at each step back
	visitsAtSide  = 6
	monthsOfChart = 12
)

// customerShow is a customer's page. It is read in at most fourteen statements, of
// somebody with nothing but a file in six.
func (h *Handlers) customerShow(w http.ResponseWriter, r *http.Request) error {
	return h.showCustomer(w, r, http.StatusOK, "", "")
}

func (h *Handlers) showCustomer(w http.ResponseWriter, r *http.Request, status int, classFault, untilFault string) error {
	id, err := pathID(r, "id")
	if err != nil {
		return err
	}
	ctx, a := r.Context(), actorOf(r)
	all, err := h.db.FilePage(ctx, a, id, h.todayDay())
	f := all.CustomerFile
	if errors.Is(err, db.ErrNotFound) {
		if led, fault := h.goneTo(w, r, id); led || fault != nil {
			return fault
		}
	}
	if err != nil {
		return err
	}
	h.db.Looked(ctx, a, f.Customer.ID, f.Customer.BranchID, h.firstRole(signedIn(r)))
	p := h.customerPage(ctx, a, f)
	p.ClassFault, p.UntilFault = classFault, untilFault
	if p.Next, err = h.nextSteps(ctx, f.Customer); err != nil {
		return err
	}
	line, err := h.db.Timeline(ctx, a.Scope(policy.VisitRead), a.Scope(policy.CustomerHistory), f.Customer, db.Position{}, timelineFirst)
	if err != nil {
		return err
	}
	if p.Timeline, err = h.timelinePart(ctx, a, f.Customer, line); err != nil {
		return err
	}
	p.Visits = h.visitLines(ctx, line, h.maskFor(a, f.Customer))
	if h.may(a, policy.VisitRead, f.Customer) {
		p.VisitsHref = "/visits?customer=" + p.ID
		h.visitChart(ctx, all.VisitMonths, &p)
	}
	if all.Has.Todos {
		if p.Todos, err = h.todosOf(ctx, a, db.TodoFilter{Customer: id}); err != nil {
			return err
		}
	}
	if p.Cases, err = h.caseCard(ctx, a, all); err != nil {
		return err
	}
	if all.Has.Greetings {
		if p.Greetings, err = h.greetingsCard(ctx, a, id); err != nil {
			return err
		}
	}
	if p.Ratings, err = h.ratingCard(ctx, a, all); err != nil {
		return err
	}
	if p.Account, err = h.accountCard(ctx, a, all); err != nil {
		return err
	}
	p.Neighbours = h.neighbours(r, p.ID)
	return h.render(w, r, status, page{title: f.Name, body: views.Customer(p), active: "/customers", scripts: []string{"vendor/echarts.min.js", "chart.js"}})
}

// customerPage puts a file into words, masked as due.
func (h *Handlers) customerPage(ctx context.Context, a policy.Actor, f db.CustomerFile) views.CustomerPage {
	c := f.Customer
	today := h.today()
	p := views.CustomerPage{
		ID: idText(c.ID), Version: strconv.FormatInt(c.Version, 10), Name: c.Name, Code: c.Code, Class: c.Class,
		Stage: c.Stage, StageText: views.StageWord(ctx, c.Stage), State: c.State, StateText: views.StateWord(ctx, c.State),
		Meta: h.metaLine(ctx, f), Phones: h.phoneLines(ctx, a, c, 0, c.Phones), Contacts: h.contactsPanel(ctx, a, c, f.Contacts),
		Facts: h.facts(ctx, a, f), Alerts: h.alerts(ctx, a, f),
		CanEdit: h.may(a, policy.CustomerEdit, c), CanDelete: h.may(a, policy.CustomerDelete, c),
		CanVisit: h.may(a, policy.VisitLog, c), CanWaybills: h.may(a, policy.WaybillRead, c), CanHistory: h.may(a, policy.CustomerHistory, c), CanActivities: a.Can(policy.ActivityRead),
		CanRights: h.may(a, policy.CustomerRights, c), CanOptional: h.may(a, policy.SensitiveRead, c) && h.optionalOn(ctx),
		Owner:   views.PhoneLine{Text: f.OwnerName},
		Printed: h.printed(ctx, a, c.BranchID),
	}
	if f.OwnerName != "" && f.OwnerPhone != "" {
		p.Owner.Href = telHref(f.OwnerPhone)
	}
	for _, t := range f.TagList {
		p.Tags = append(p.Tags, views.TagProps(t.Kind, t.Name, t.Hint))
	}
	p.Hint = views.HintSentence(ctx, profile.Hint(h.hintOf(a, f)))
	p.Labels = views.LabelChips(ctx, classify.Labels{Worth: c.Worth, RFM: c.RFM, Tier: c.Tier, Marks: classify.Marks(c.Marks)})
	for _, n := range append(p.Phones, contactNumbers(p.Contacts)...) {
		if p.Call == "" {
			p.Call = n.Href
		}
	}
	if h.may(a, policy.CustomerClass, c) {
		p.Classes = views.WordOptions(ctx, profile.Classes, views.ClassWord)
		now := day.MustParse(today)
		p.ClassUntil, p.ClassMin = now.AddMonths(db.HoldMonths).String(), now.Add(1).String()
	}
	if h.may(a, policy.CustomerReview, c) {
		for _, s := range profile.NextStates(c.State) {
			p.States = append(p.States, ui.Option{Value: s, Label: views.StateAct(ctx, c.State, s)})
		}
	}
	p.Figures = h.figures(ctx, a, c, today)
	return p
}

func contactNumbers(p views.ContactsPanel) []views.PhoneLine {
	var out []views.PhoneLine
	for _, k := range p.Items {
		out = append(out, k.Phones...)
	}
	return out
}

// metaLine says in a few words what kind of customer it is and who cares.
func (h *Handlers) metaLine(ctx context.Context, f db.CustomerFile) []string {
	var out []string
	kind := []string{}
	for _, w := range []string{views.KindWord(ctx, f.Kind), views.TermsWord(ctx, f.Terms)} {
		if w != "" {
			kind = append(kind, w)
		}
	}
	if len(kind) > 0 {
		out = append(out, strings.Join(kind, lang.T(ctx, "，")))
	}
	if f.OwnerName != "" {
		out = append(out, lang.T(ctx, "业务员 %s", f.OwnerName))
	}
	if f.ClerkName != "" {
		out = append(out, lang.T(ctx, "专属客服 %s", f.ClerkName))
	}
	return append(out, h.db.BranchName(f.BranchID))
}

// facts are the groups of the file, the way to reach the customer first.
func (h *Handlers) facts(ctx context.Context, a policy.Actor, f db.CustomerFile) []views.FactGroup {
	c, level := f.Customer, h.maskFor(a, f.Customer)
	hidden := func(name, stored, shown string) views.Fact {
		out := views.Fact{Label: views.FieldWord(ctx, name), Value: shown}
		if stored != "" {
			out.Reveal = h.revealOf(ctx, a, c, 0, name, 0)
		}
		return out
	}
	fact := func(name, value string) views.Fact {
		return views.Fact{Label: views.FieldWord(ctx, name), Value: value}
	}
	count := func(n int64, format string) string {
		if n == 0 {
			return ""
		}
		return lang.T(ctx, format, n)
	}
	money := ""
	if c.CreditLimit != 0 {
		money = lang.T(ctx, "%s 元", yuanShown(c.CreditLimit))
	}
	terms := views.TermsWord(ctx, c.Terms)
	if c.TermsDays > 0 {
		terms = lang.T(ctx, "%s %d 天", terms, c.TermsDays)
	}
	class := ""
	if c.Class != "" {
		class = views.ClassWord(ctx, c.Class)
		if c.ClassReason != "" {
			class += lang.T(ctx, "，") + mask.Text(c.ClassReason, level)
		}
	}
	filed := c.FiledOn
	if filed == "" {
		filed = db.Day(time.UnixMilli(c.CreatedAt).In(db.Zone))
	}
	remark := fact(mask.FieldRemark, mask.Text(c.Remark, level))
	if remark.Value != c.Remark {
		remark.Reveal = h.revealOf(ctx, a, c, 0, mask.FieldRemark, 0)
	}
	// R39: what the file tells and what the rep judged by eye, in one figure; of
	// somebody with a class the parcels speak.
	judged := [4]int64{c.ScreenPlace, c.ScreenProfit, c.ScreenStaff, c.ScreenCulture}
	promise := ""
	if c.Class == "" || judged != [4]int64{} {
		promise = count(int64(classify.Prospect(c.Size, c.Power, c.MonthlyPieces, judged)), lang.N("%d 分，满分 100"))
	}
	groups := []views.FactGroup{
		{Title: lang.T(ctx, "怎么找到客户"), Facts: []views.Fact{
			hidden(mask.FieldWeChat, c.WeChat, mask.WeChat(c.WeChat, level)), hidden(mask.FieldEmail, c.Email, mask.Email(c.Email, level)),
			hidden(mask.FieldAddress, c.Address, h.shownAddress(c, level)),
			fact("clerk", f.ClerkName), remark}},
		{Title: lang.T(ctx, "合同与账款"), Facts: []views.Fact{
			fact("terms", terms), fact("credit_limit", money), fact("account_no", c.AccountNo), fact("monthly_pieces", count(c.MonthlyPieces, lang.N("%d 票"))),
			fact("contract_no", c.ContractNo), fact("contract_from", c.ContractFrom), fact("contract_to", c.ContractTo)}},
		{Title: lang.T(ctx, "资料"), Facts: []views.Fact{
			fact("class", class), fact("short_name", c.ShortName), fact("usage", views.UsageWord(ctx, c.Usage)), fact("nature", views.NatureWord(ctx, c.Nature)),
			fact("size", views.SizeWord(ctx, c.Size)), fact("power", views.PowerWord(ctx, c.Power)), fact("industry", c.Industry),
			fact("business_type", c.BusinessType), fact("credit_code", c.CreditCode), fact("source", views.SourceWord(ctx, c.Source)),
			fact("channel", views.ChannelWord(ctx, c.Channel)), fact("filed_on", filed), fact("founded_on", c.FoundedOn),
			{Label: lang.T(ctx, "建档人"), Value: f.CreatorName}}},
		{Title: lang.T(ctx, "考察打分"), Facts: []views.Fact{
			{Label: lang.T(ctx, "潜在客户得分"), Value: promise},
			fact("screen_place", count(c.ScreenPlace, lang.N("%d 分"))), fact("screen_profit", count(c.ScreenProfit, lang.N("%d 分"))),
			fact("screen_staff", count(c.ScreenStaff, lang.N("%d 分"))), fact("screen_culture", count(c.ScreenCulture, lang.N("%d 分")))}},
	}
	return groups
}

func (h *Handlers) shownAddress(c db.Customer, level mask.Level) string {
	known, _ := place.Path(c.PlaceCode)
	shown := mask.Address(mask.Place{Province: known.Province.Name, City: known.City.Name, District: known.District.Name, Detail: c.Address}, level)
	return known.Name() + shown.Detail
}

// alerts are what policy finds worth minding, each with what to do about it.
func (h *Handlers) alerts(ctx context.Context, a policy.Actor, f db.CustomerFile) []views.AlertLine {
	c := f.Customer
	var out []views.AlertLine
	if h.may(a, policy.RadarRead, c) {
		for _, r := range f.Radar {
			if also := db.RadarAsks[r.Alert.Kind]; also != "" && !h.may(a, also, c) {
				continue
			}
			text := views.RadarSentence(ctx, r.Alert)
			if last, err := day.Parse(r.Alert.Last); r.Alert.Kind == radar.Silence && err == nil {
				text = views.Countdown(ctx, radar.CountDown(last, h.todayDay()))
			}
			out = append(out, views.AlertLine{Kind: "soon", Text: text, Href: "/radar/" + idText(r.ID), LinkText: lang.T(ctx, "看为什么")})
		}
	}
	for _, alert := range profile.Alerts(h.standingOf(f), h.todayDay()) {
		line := views.AlertLine{}
		line.Kind, line.Text = views.FileAlert(ctx, alert)
		switch alert.Code {
		case profile.NotVisited, profile.NeverVisited, profile.VisitOver:
			if h.may(a, policy.VisitLog, c) {
				line.Href, line.LinkText = "/visits/new?customer="+idText(c.ID), lang.T(ctx, "记拜访")
			}
		case profile.NotReviewed:
			if h.may(a, policy.CustomerReview, c) {
				line.Href, line.LinkText = "#judgement", lang.T(ctx, "去审核")
			}
		case profile.NoOwner:
			if h.may(a, policy.CustomerAssign, c) {
				line.Href, line.LinkText = "/customers/"+idText(c.ID)+"/edit#f-owner", lang.T(ctx, "去分派")
			}
		case profile.BirthdaySoon:
			line.Href, line.LinkText = "#contacts", lang.T(ctx, "看联系人")
		case profile.ContractOver, profile.ContractSoon:
			if h.may(a, policy.CustomerEdit, c) {
				line.Href, line.LinkText = "/customers/"+idText(c.ID)+"/edit#f-contract_to", lang.T(ctx, "改合同")
			}
		}
		out = append(out, line)
	}
	return out
}

// standingOf is what the alerts of a file are worked out from.
func (h *Handlers) standingOf(f db.CustomerFile) profile.Standing {
	c := f.Customer
	standing := profile.Standing{Class: c.Class, State: c.State, Owned: c.OwnerID != 0, Opened: day.At(time.UnixMilli(c.CreatedAt), db.Zone),
		LastVisit: storedDay(c.LastVisitOn), NextVisit: storedDay(c.NextVisitOn), To: storedDay(c.ContractTo), Birthdays: map[string]festival.Birthday{}}
	for _, k := range f.Contacts {
		if b := birthdayIn(k); b.Month != 0 {
			standing.Birthdays[k.Name] = b
		}
	}
	return standing
}

// hintOf is what the sentence at the top is made of, as far as this person may
// know it.
func (h *Handlers) hintOf(a policy.Actor, f db.CustomerFile) profile.HintOf {
	hint := profile.HintOf{Class: f.Class, Kind: f.Kind}
	for _, t := range f.TagList {
		hint.Tags = append(hint.Tags, profile.TagHint{Text: t.Hint, Risk: t.Kind == "risk"})
	}
	if h.may(a, policy.RadarRead, f.Customer) {
		for _, r := range f.Radar {
			switch last, err := day.Parse(r.Alert.Last); {
			case r.Alert.Kind == radar.Silence && err == nil:
				hint.Silent = radar.CountDown(last, h.todayDay()).Since
			case r.Alert.Bill != nil:
				if due, err := day.Parse(r.Alert.Bill.Due); err == nil && h.may(a, policy.AccountRead, f.Customer) {
					hint.Late = int(h.todayDay() - due)
				}
			case r.Alert.Kind.Volume():
				hint.Less = max(hint.Less, r.Alert.Percent)
			}
		}
	}
	if h.may(a, policy.VisitRead, f.Customer) {
		hint.Alerts = profile.Alerts(h.standingOf(f), h.todayDay())
	}
	return hint
}

// figures are the few numbers on top, each a link to what it is about.
func (h *Handlers) figures(ctx context.Context, a policy.Actor, c db.Customer, today string) []ui.StatProps {
	if !h.may(a, policy.VisitRead, c) {
		return nil
	}
	last, next := views.DayWord(ctx, c.LastVisitOn, today), views.DayWord(ctx, c.NextVisitOn, today)
	or := func(s, none string) string {
		if s == "" {
			return none
		}
		return s
	}
	out := []ui.StatProps{
		{Label: lang.T(ctx, "上次拜访"), Value: or(last.Text, lang.T(ctx, "没有")), Title: last.Full, Href: "#visits"},
		{Label: lang.T(ctx, "下次拜访"), Value: or(next.Text, lang.T(ctx, "没定")), Title: next.Full, Href: "#visits"},
	}
	if c.NextVisitOn != "" && c.NextVisitOn < today {
		out[1].Kind = "over"
	}
	return out
}

// timelinePart puts a page of events into words.
func (h *Handlers) timelinePart(ctx context.Context, a policy.Actor, c db.Customer, line db.Timeline) (views.TimelinePart, error) {
	var changes []db.Change
	for _, it := range line.Items {
		if it.Change != nil {
			changes = append(changes, *it.Change)
		}
	}
	told, err := h.changeLines(ctx, a, c, changes)
	if err != nil {
		return views.TimelinePart{}, err
	}
	part, next, level := views.TimelinePart{}, 0, h.maskFor(a, c)
	for _, it := range line.Items {
		if it.Visit != nil {
			part.Items = append(part.Items, views.VisitEvent(ctx, visitEvent(shownTold(*it.Visit, level)), h.today()))
			continue
		}
		ch := told[next]
		next++
		item := views.TimelineLine{Fields: ch.Fields}
		item.Icon, item.Title, item.Href, item.Who = ch.Icon, ch.Title, ch.Href, ch.Who
		item.When, item.Full, item.ISO = ch.When.Text, ch.When.Full, ch.When.ISO
		if ch.Reason != "" {
			item.Text = append(item.Text, lang.T(ctx, "理由：%s", ch.Reason))
		}
		part.Items = append(part.Items, item)
	}
	if at := line.More.String(); at != "" {
		part.More = "/customers/" + idText(c.ID) + "/timeline?at=" + at
	}
	return part, nil
}

func visitEvent(v db.TimelineVisit) views.Visited {
	met := v.ContactName
	if met == "" {
		met = v.Met
	}
	return views.Visited{ID: idText(v.ID), State: v.State, Day: v.Day, Mode: v.Mode, Purpose: v.Purpose, Learned: v.Learned, Mood: v.Mood,
		Who: v.UserName, Met: met, NextStep: v.NextStep, Next: v.Next, Photos: int(v.Photos)}
}

// visitLines are the latest visits for the sheet at the side.
func (h *Handlers) visitLines(ctx context.Context, line db.Timeline, level mask.Level) []views.VisitLine {
	var out []views.VisitLine
	for _, v := range line.Visits[:min(len(line.Visits), visitsAtSide)] {
		out = append(out, views.VisitShort(ctx, visitEvent(shownTold(v, level)), h.today()))
	}
	return out
}

// customerTimeline answers with older events.
func (h *Handlers) customerTimeline(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "id")
	if err != nil {
		return err
	}
	ctx, a := r.Context(), actorOf(r)
	c, err := h.db.Customer(ctx, a.Scope(policy.CustomerRead), id)
	if err != nil {
		return err
	}
	line, err := h.db.Timeline(ctx, a.Scope(policy.VisitRead), a.Scope(policy.CustomerHistory), c, db.ParsePosition(query(r, "at")), timelinePage)
	if err != nil {
		return err
	}
	part, err := h.timelinePart(ctx, a, c, line)
	if err != nil {
		return err
	}
	return h.render(w, r, http.StatusOK, page{title: lang.T(ctx, "往来"), body: views.TimelinePage(idText(id), c.Name, part), partial: views.TimelineItems(part), active: "/customers"})
}

// visitChart adds the visits of the last months, this one included.
func (h *Handlers) visitChart(ctx context.Context, counts []db.MonthCount, p *views.CustomerPage) {
	first := h.todayDay().MonthStart().AddMonths(1 - db.VisitMonthsShown)
	bars := chart.Bars{ID: "visits-by-month", Label: lang.T(ctx, "月份"), Value: lang.T(ctx, "次数"), Table: lang.T(ctx, "看数字"),
		Sub: lang.T(ctx, "已做的拜访，按月")}
	total := int64(0)
	for i := range db.VisitMonthsShown {
		month := first.AddMonths(i).String()[:7]
		n := int64(0)
		for _, m := range counts {
			if m.Month == month {
				n = m.Count
			}
		}
		total += n
		bars.Labels = append(bars.Labels, month[2:])
		bars.Counts = append(bars.Counts, n)
	}
	bars.Title = lang.T(ctx, "近 12 个月拜访 %d 次", total)
	p.Figures = append(p.Figures, ui.StatProps{Label: lang.T(ctx, "近 12 个月拜访"), Value: strconv.FormatInt(total, 10), Unit: lang.T(ctx, "次"), Href: "#visits"})
	if total > 0 {
		p.Chart = &bars
	}
}

// printed heads a printed page: company, branch, by whom and when.
func (h *Handlers) printed(ctx context.Context, a policy.Actor, branch int64) string {
	return lang.T(ctx, "%s，%s 打印于 %s", h.printedAt(branch), a.Name, h.today())
}

// printedAt is the company and the branch, as they head a printed page.
func (h *Handlers) printedAt(branch int64) string {
	chain := h.db.Chain(branch)
	if len(chain) == 0 {
		return ""
	}
	company := chain[len(chain)-1]
	if company == branch {
		return h.db.BranchName(branch)
	}
	return h.db.BranchName(company) + " · " + h.db.BranchName(branch)
}

// clientHref is the address of a client for who may open it, else "".
func (h *Handlers) clientHref(a policy.Actor, customer, branch, owner, clerk int64) string {
	if customer == 0 || !h.db.SeesClient(a.Scope(policy.CustomerRead), branch, owner, clerk) {
		return ""
	}
	return "/customers/" + idText(customer)
}
