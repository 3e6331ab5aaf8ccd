package handlers

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
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
)

// greetingsPicked bounds how many greetings one press sends.
const greetingsPicked = 100

// letterWay is one way by which the program could send a greeting; note says
// why it cannot now.
type letterWay struct {
	channel, note, when string
	words               *db.Worded
	dry, ahead          bool
}

// mark says by which way and in which words: what somebody saw is what goes out.
func (w letterWay) mark() string {
	return w.channel + "_" + message.Fingerprint(w.words.Template.Body)
}

// sending is what holds for the letters of a request: how the channels stand,
// what is kept of wordings, who may switch channels on.
type sending struct {
	channels map[string]db.Channel
	words    *db.Wordings
	keepers  func() (string, error)
}

func (h *Handlers) newSending(ctx context.Context) (sending, error) {
	s := sending{channels: map[string]db.Channel{}, words: h.db.Wordings(), keepers: sync.OnceValues(func() (string, error) { return h.channelKeepers(ctx) })}
	for _, code := range []string{message.SMS, message.Email} {
		c, err := h.db.Channel(ctx, code)
		if err != nil {
			return s, err
		}
		s.channels[code] = c
	}
	return s, nil
}

// channelKeepers names up to three who may set channels up.
func (h *Handlers) channelKeepers(ctx context.Context) (string, error) {
	takers, err := h.db.TodoTakers(ctx, h.db.HeadOffice())
	if err != nil {
		return "", err
	}
	var names []string
	for _, u := range takers {
		if len(names) < 3 && h.db.WholeCompany(accessOf(ctx).Actor(u.ID, u.Name, u.BranchID, u.Grants).Scope(policy.ChannelEdit)) {
			names = append(names, u.Name)
		}
	}
	return cmp.Or(strings.Join(names, lang.T(ctx, "、")), lang.T(ctx, "总部管理员")), nil
}

// letterWays are the ways by which the program can send a greeting, in the
// order in which they are offered; first looks no further than to the first one
// that is good. Who sees the client masked has none: the words name the contact.
func (h *Handlers) letterWays(ctx context.Context, a policy.Actor, x db.GreetingRow, names map[string]string, s sending, ahead, first bool) ([]letterWay, error) {
	channels := greeting.Sendable(x.Means, x.Ways)
	if len(channels) == 0 || !h.db.SeesClient(a.Scope(policy.CustomerUnmask), x.BranchID, x.OwnerID, x.ClerkID) {
		return nil, nil
	}
	reach, err := h.db.ReachableBy(ctx, x.CustomerID, x.ContactID)
	if err != nil {
		return nil, err
	}
	rule, err := s.words.Sending(ctx, x.BranchID, h.today())
	if err != nil {
		return nil, err
	}
	code, today := festival.Code(x.Occasion), h.todayDay()
	from, _, open := greeting.Leaves(code, storedDay(x.Day), storedDay(x.Due), today, ahead)
	on := today
	if open {
		on = from
	}
	var out []letterWay
	for _, channel := range channels {
		w := letterWay{channel: channel, dry: s.channels[channel].State != db.ChannelOn, ahead: storedDay(x.Day) > today && code != greeting.FirstParcel && !greeting.IsPersonal(code)}
		if w.note, err = letterNote(ctx, s, w, reach[channel], open); err != nil {
			return nil, err
		}
		if w.note == "" || !first {
			if w.words, err = h.greetingWords(ctx, a, s.words, x, names, channel, on); err != nil {
				return nil, err
			}
		}
		if w.note == "" && w.words == nil {
			w.note = lang.T(ctx, "%s没有他没收过的话术了，去“话术模板”加一条，或者自己联系。", views.WayWord(ctx, channel))
		}
		if w.note == "" {
			w.when = h.leavesWord(ctx, rule, from)
		}
		if out = append(out, w); first && w.note == "" {
			break
		}
	}
	return out, nil
}

// letterNote says why the program cannot send by a way, whatever the words; ""
// = it can.
func letterNote(ctx context.Context, s sending, w letterWay, reachable, open bool) (string, error) {
	switch {
	case s.channels[w.channel].Version == 0:
		keepers, err := s.keepers()
		return lang.T(ctx, "%s渠道还没有设置，系统发不了。能设置和启用的：%s。", views.WayWord(ctx, w.channel), keepers), err
	case !reachable && w.channel == message.Email:
		return lang.T(ctx, "联系人没有邮箱，发不了邮件。"), nil
	case !reachable:
		return lang.T(ctx, "联系人没有手机号，发不了短信。"), nil
	case !open:
		return lang.T(ctx, "日子过了，系统不补发。要补问候就先改天，或者自己联系。"), nil
	}
	return "", nil
}

// leavesWord says when a letter goes out.
func (h *Handlers) leavesWord(ctx context.Context, rule message.Sending, from day.Day) string {
	now := h.db.Now().In(db.Zone)
	at := now
	if from > h.todayDay() {
		at = from.Start(db.Zone)
	}
	if at = rule.Open(at); at.After(now) {
		return lang.T(ctx, "%s 发出", at.Format("2006-01-02 15:04"))
	}
	return lang.T(ctx, "马上发出")
}

// mayLetter says whether another letter of a greeting may be written now.
func mayLetter(x db.GreetingRow) bool {
	return x.State == db.GreetingOpen && x.Letter.MayFollow(true)
}

// greetingWordings are the words for the ways in which a contact is to be
// greeted, those first that the contact prefers, each with what the program can
// do about it.
func (h *Handlers) greetingWordings(ctx context.Context, a policy.Actor, x db.GreetingRow, names map[string]string) ([]views.GreetingWording, error) {
	s, err := h.newSending(ctx)
	if err != nil {
		return nil, err
	}
	ways, err := h.letterWays(ctx, a, x, names, s, false, false)
	if err != nil {
		return nil, err
	}
	var out []views.GreetingWording
	add := func(channel string, w *db.Worded, send *views.GreetingSend) {
		p := views.GreetingWording{ID: "words-" + channel, Channel: views.MeansWord(ctx, channel), Guide: message.Written(x.Occasion, channel) == message.Guide, Send: send}
		if w != nil {
			p.Subject, p.Text = w.Message.Subject, w.Message.Body
		}
		out = append(out, p)
	}
	offered := false
	sendOf := func(w letterWay) *views.GreetingSend {
		f := &views.GreetingSend{Href: "/greetings/" + idText(x.ID) + "/send", Version: strconv.FormatInt(x.Version, 10), Channel: w.channel, Name: views.WayWord(ctx, w.channel),
			Note: w.note, When: w.when, Dry: w.dry, Ahead: w.ahead, Again: x.Letter.Unsure()}
		if w.note == "" {
			f.Mark = message.Fingerprint(w.words.Template.Body)
			if w.channel == message.SMS {
				f.Cost = lang.T(ctx, "按 %d 条短信计费", message.Length(s.channels[message.SMS].Settings.Full(w.words.Message.Body)).Parts)
			}
			if w.channel != x.Letter.Channel || x.Letter.State == db.LetterDry {
				f.Primary, offered = !offered, true
			}
		}
		return f
	}
	means, _ := greeting.Order(x.Means, x.Ways)
	done := map[string]bool{}
	for _, m := range means {
		if !mayLetter(x) && m != greeting.Call { // it was written to, and is to be called
			continue
		}
		if i := slices.IndexFunc(ways, func(w letterWay) bool { return w.channel == string(m) }); i >= 0 {
			add(string(m), ways[i].words, sendOf(ways[i]))
		} else if w, err := h.greetingWords(ctx, a, s.words, x, names, string(m), h.todayDay()); err != nil {
			return nil, err
		} else if w != nil {
			add(string(m), w, nil)
		}
		done[string(m)] = true
	}
	for _, w := range ways {
		if !done[w.channel] && mayLetter(x) {
			add(w.channel, w.words, sendOf(w))
		}
	}
	return out, nil
}

// letterOf is how the letter of a greeting stands, in words; nil when there is
// none.
func (h *Handlers) letterOf(ctx context.Context, a policy.Actor, x db.GreetingRow) (*views.GreetingLetter, error) {
	l := x.Letter
	if l.State == "" {
		return nil, nil
	}
	p := &views.GreetingLetter{State: views.LetterStateWord(ctx, l.State), Kind: views.LetterKind(l.State), Name: views.WayWord(ctx, l.Channel), Why: views.LetterWhy(ctx, l.Reason), Said: mask.Text(l.Said, h.db.MaskFor(a, x.BranchID, x.OwnerID, x.ClerkID)),
		Href: "/greetings/" + idText(x.ID) + "/recall"}
	if h.db.SeesClient(a.Scope(policy.CustomerUnmask), x.BranchID, x.OwnerID, x.ClerkID) {
		p.Subject, p.Text = l.Subject, l.Body
	}
	now := h.db.Now()
	if l.Unsure() {
		p.What = lang.T(ctx, "先问一声客户收到没有。收到了就记“已问候”，没收到再发一次。")
	}
	switch l.State {
	case db.LetterQueued:
		p.CanRecall = x.State == db.GreetingOpen && h.db.MayGreet(a, x)
		if l.NextAt > now.UnixMilli() {
			p.When = lang.T(ctx, "%s 发出", time.UnixMilli(l.NextAt).In(db.Zone).Format("2006-01-02 15:04"))
		}
		c, err := h.db.Channel(ctx, l.Channel)
		if err != nil {
			return nil, err
		}
		if c.State != db.ChannelOn {
			p.What = lang.T(ctx, "%s渠道还在试运行：到时只记下会发什么，不会真的发出去。", p.Name)
		}
	case db.LetterSent:
		p.When = views.TimeWord(ctx, time.UnixMilli(l.SentAt), now).Full
	case db.LetterDry:
		p.What = lang.T(ctx, "%s渠道还在试运行，这条没有发出，客户没有收到。请自己联系，或者等渠道启用了再发。", p.Name)
	case db.LetterFailed, db.LetterDropped:
		if x.State == db.GreetingOpen && !l.Unsure() {
			p.What = lang.T(ctx, "客户没有收到，这次问候还要办：换一种发法，或者自己联系。")
		}
	}
	return p, nil
}

// greetingSend lets the program send a greeting.
func (h *Handlers) greetingSend(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	x, err := h.greetingIn(r, policy.GreetingDo)
	if err != nil {
		return err
	}
	ctx, a, here := r.Context(), actorOf(r), "/greetings/"+idText(x.ID)
	names, _, err := h.ownNames(ctx)
	if err != nil {
		return err
	}
	s, err := h.newSending(ctx)
	if err != nil {
		return err
	}
	ahead := field(r, "when") == "now"
	ways, err := h.letterWays(ctx, a, x, names, s, ahead, false)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(ways, func(w letterWay) bool { return w.channel == field(r, "channel") })
	if i < 0 {
		return errBadRequest
	}
	way := ways[i]
	switch {
	case way.note != "":
		h.flash(r, views.Flash{Kind: "soon", Text: way.note})
	case message.Fingerprint(way.words.Template.Body) != field(r, "mark"):
		h.flash(r, views.Flash{Kind: "soon", Text: lang.T(ctx, "话术刚才变了，没有发。看过现在的再发。")})
	default:
		version, _ := formInt(r, "version")
		err = h.db.SendGreeting(ctx, a, db.GreetingSend{ID: x.ID, Version: version, Words: *way.words, Ahead: ahead, Again: field(r, "again") == "1"})
		return h.greetingChanged(w, r, x.ID, err, sentWord(ctx, way), "", here)
	}
	h.redirect(w, r, here)
	return nil
}

func sentWord(ctx context.Context, way letterWay) string {
	name := views.WayWord(ctx, way.channel)
	if way.dry {
		return lang.T(ctx, "排好了，但%s渠道在试运行：只记下会发什么，客户不会收到", name)
	}
	return lang.T(ctx, "排好了：%s%s", name, way.when)
}

// greetingRecall calls a letter back that still waits.
func (h *Handlers) greetingRecall(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	x, err := h.greetingIn(r, policy.GreetingDo)
	if err != nil {
		return err
	}
	version, _ := formInt(r, "version")
	err = h.db.RecallGreeting(r.Context(), actorOf(r), x.ID, version)
	return h.greetingChanged(w, r, x.ID, err, lang.T(r.Context(), "收回了，不发"), "", "/greetings/"+idText(x.ID))
}

// greetingsSend shows which of the picked greetings the program can send and
// which not, and why; do=send sends them.
func (h *Handlers) greetingsSend(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	ctx, picked := r.Context(), fields(r, "pick")
	if len(picked) > greetingsPicked {
		return errBadRequest
	}
	p := views.GreetingSending{Back: greetingBack(field(r, "back")), Now: field(r, "when") == "now"}
	if len(picked) == 0 {
		h.flash(r, views.Flash{Kind: "soon", Text: lang.T(ctx, "先勾选要发的")})
		h.redirect(w, r, p.Back)
		return nil
	}
	list, err := h.judgePicked(r, picked, p.Now)
	if err != nil {
		return err
	}
	if field(r, "do") == "send" {
		return h.sendPicked(w, r, list, p)
	}
	for _, x := range list {
		line := views.GreetingSendLine{Pick: x.pick, Contact: x.Contact, Customer: x.Customer, Occasion: x.occasion, Href: "/greetings/" + idText(x.ID), Why: x.why}
		if x.why == "" {
			p.Go, p.Ahead = p.Go+1, p.Ahead || x.way.ahead
			p.Dry = p.Dry || x.way.dry
			line.Pick = idText(x.ID) + "_" + strconv.FormatInt(x.Version, 10) + "_" + x.way.mark()
			line.Name, line.When, line.Text = views.WayWord(ctx, x.way.channel), x.way.when, x.way.words.Message.Body
		} else {
			p.Stay++
		}
		p.Rows = append(p.Rows, line)
	}
	return h.render(w, r, http.StatusOK, page{title: lang.T(ctx, "由系统发送"), body: views.GreetingsSending(p), active: "/greetings"})
}

// pickedGreeting is one of several to be sent: by which way, or why not.
type pickedGreeting struct {
	db.GreetingRow
	pick, occasion, why string
	way                 letterWay
}

func (h *Handlers) judgePicked(r *http.Request, picked []string, ahead bool) ([]pickedGreeting, error) {
	ctx, a := r.Context(), actorOf(r)
	names, _, err := h.ownNames(ctx)
	if err != nil {
		return nil, err
	}
	s, err := h.newSending(ctx)
	if err != nil {
		return nil, err
	}
	var out []pickedGreeting
	for _, pick := range picked {
		id, rest, _ := strings.Cut(pick, "_")
		version, seen, _ := strings.Cut(rest, "_")
		row, err := h.db.Greeting(ctx, a, policy.GreetingDo, db.ParseID(id))
		if errors.Is(err, db.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		x := pickedGreeting{GreetingRow: row, pick: pick, occasion: views.OccasionWord(ctx, row.Occasion, names)}
		if x.why, err = h.whyNotSent(ctx, s.words, row, version); err != nil {
			return nil, err
		}
		if x.why == "" {
			ways, err := h.letterWays(ctx, a, row, names, s, ahead, true)
			if err != nil {
				return nil, err
			}
			x.why = lang.T(ctx, "计划里和本人都没有选短信或邮件")
			for _, w := range ways {
				x.way, x.why = w, w.note
			}
			if sends := field(r, "do") == "send"; sends && x.why == "" && seen != x.way.mark() {
				x.why = lang.T(ctx, "话术刚才变了，看过现在的再发")
			}
		}
		out = append(out, x)
	}
	return out, nil
}

// whyNotSent says why a picked greeting cannot go out, whatever the way.
func (h *Handlers) whyNotSent(ctx context.Context, k *db.Wordings, x db.GreetingRow, version string) (string, error) {
	switch {
	case x.State != db.GreetingOpen || strconv.FormatInt(x.Version, 10) != version:
		return lang.T(ctx, "刚才有人动过"), nil
	case !x.Letter.MayFollow(false):
		return views.LetterStateWord(ctx, x.Letter.State), nil
	}
	why, err := k.MayBeGreeted(ctx, x.Greeting)
	if err != nil || why == greeting.In {
		return "", err
	}
	return views.GreetingReasonWord(ctx, string(why)), nil
}

// sendPicked leaves a letter for each that can go; each is an act of its own, so
// that one who said no meanwhile keeps nobody else's back.
func (h *Handlers) sendPicked(w http.ResponseWriter, r *http.Request, list []pickedGreeting, p views.GreetingSending) error {
	ctx := r.Context()
	var not *db.NotGreeted
	n := 0
	for _, x := range list {
		if x.why != "" {
			continue
		}
		err := h.db.SendGreeting(ctx, actorOf(r), db.GreetingSend{ID: x.ID, Version: x.Version, Words: *x.way.words, Ahead: p.Now})
		switch {
		case err == nil:
			n++
			p.Dry = p.Dry || x.way.dry
		case errors.Is(err, db.ErrConflict), errors.As(err, &not), errors.Is(err, db.ErrLate), errors.Is(err, db.ErrRefused), errors.Is(err, db.ErrNotFound):
		default:
			return err
		}
	}
	said := views.Flash{Kind: "ok", Text: lang.T(ctx, "排好了 %d 条", n)}
	if left := len(list) - n; left > 0 {
		said = views.Flash{Kind: "soon", Text: lang.T(ctx, "排好了 %d 条，%d 位没有排", n, left)}
	}
	if p.Dry {
		said.Text += lang.T(ctx, "；渠道在试运行，只记下会发什么，客户不会收到")
	}
	h.greetingCounts.Delete(actorOf(r).UserID)
	h.flash(r, said)
	h.redirect(w, r, p.Back)
	return nil
}
