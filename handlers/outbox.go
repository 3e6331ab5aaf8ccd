package handlers

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"yike/db"
	"yike/internal/sheet"
	"yike/policy"
	"yike/policy/day"
	"yike/policy/mask"
	"yike/policy/message"
	"yike/policy/phone"
	"yike/views"
	"yike/views/lang"
	"yike/views/ui"
)

// Bounds of the page of messages.
const (
	lettersShown   = 50
	lettersCounted = 1000 // beyond it "more than"
)

// readOutboxQuery is what the address of the list of messages says.
func readOutboxQuery(r *http.Request) db.LetterFilter {
	f := db.LetterFilter{Customer: db.ParseID(query(r, "customer")), BranchID: db.ParseID(query(r, "branch")), Before: db.ParseID(query(r, "before")), Limit: lettersShown}
	if state := query(r, "state"); slices.Contains(db.LetterStates, state) {
		f.State = state
	}
	if channel := query(r, "channel"); slices.Contains(message.Channels, channel) || slices.Contains(message.Outlets, channel) {
		f.Channel = channel
	}
	for name, to := range map[string]*string{"from": &f.From, "to": &f.To} {
		if d, err := day.Parse(query(r, name)); err == nil && d.Valid() {
			*to = d.String()
		}
	}
	return f
}

// outboxValues are the address of a list without its place in the pages.
func outboxValues(f db.LetterFilter) url.Values {
	v := url.Values{}
	for name, value := range map[string]string{"state": f.State, "channel": f.Channel, "customer": idText(f.Customer), "branch": idText(f.BranchID), "from": f.From, "to": f.To} {
		if value != "" {
			v.Set(name, value)
		}
	}
	return v
}

func outboxHref(f db.LetterFilter) string {
	v := outboxValues(f)
	if f.Before != 0 {
		v.Set("before", idText(f.Before))
	}
	if len(v) == 0 {
		return "/outbox"
	}
	return "/outbox?" + v.Encode()
}

// outboxList shows what was sent, waits, or could not be sent.
func (h *Handlers) outboxList(w http.ResponseWriter, r *http.Request) error {
	ctx, a, f := r.Context(), actorOf(r), readOutboxQuery(r)
	scope := a.Scope(policy.OutboxRead)
	list, more, err := h.db.Letters(ctx, scope, f)
	if err != nil {
		return err
	}
	here := f
	here.Before = 0
	counts, err := h.db.CountLetters(ctx, scope, here, lettersCounted+1)
	if err != nil {
		return err
	}
	p := views.Outbox{State: f.State, Channel: f.Channel, Branch: idText(f.BranchID), From: f.From, To: f.To, Customer: idText(f.Customer), Branches: h.branchOptions(ctx, scope),
		CanSetUp: h.db.WholeCompany(a.Scope(policy.ChannelEdit)), Printed: h.printed(ctx, a, a.Branch)}
	if a.Can(policy.TemplateRead) {
		p.Rule = "/rules/sending"
	}
	all := 0
	for _, state := range db.LetterStates {
		n := counts[state]
		all += n
		if n > 0 || f.State == state {
			to := here
			to.State = state
			p.States = append(p.States, views.Tally{Label: views.LetterStateWord(ctx, state), N: countWord(ctx, int64(n)), Href: outboxHref(to), Active: f.State == state})
		}
	}
	if len(p.States) > 0 {
		to := here
		to.State = ""
		p.States = slices.Insert(p.States, 0, views.Tally{Label: lang.T(ctx, "全部"), N: countWord(ctx, int64(all)), Href: outboxHref(to), Active: f.State == ""})
	}
	if p.Chips, err = h.outboxChips(ctx, a, here); err != nil {
		return err
	}
	for _, l := range list {
		line := h.letterLine(ctx, a, l)
		line.Back = outboxHref(f)
		p.Rows = append(p.Rows, line)
	}
	if f.Before != 0 {
		p.First = outboxHref(here)
	}
	if more {
		next := here
		next.Before = list[len(list)-1].ID
		p.Next = outboxHref(next)
	}
	if f.State == db.LetterFailed && a.Can(policy.OutboxEdit) {
		if p.Retry, err = h.db.CountRetries(ctx, a, here); err != nil {
			return err
		}
	}
	if a.Can(policy.CustomerExport) {
		v := outboxValues(here)
		v.Set("format", sheet.CSV)
		p.CSV = "/outbox/export?" + v.Encode()
		v.Set("format", sheet.XLSX)
		p.XLSX = "/outbox/export?" + v.Encode()
	}
	return h.render(w, r, http.StatusOK, page{title: lang.T(ctx, "消息"), body: views.OutboxPage(p), active: "/outbox"})
}

// outboxChips are the filters of the list, each to be taken away; states have
// their own row.
func (h *Handlers) outboxChips(ctx context.Context, a policy.Actor, f db.LetterFilter) (ui.ChipsProps, error) {
	p := ui.ChipsProps{Label: lang.T(ctx, "筛选条件"), ClearHref: outboxHref(db.LetterFilter{State: f.State})}
	chip := func(label, value string, drop func(*db.LetterFilter)) {
		if value != "" {
			to := f
			drop(&to)
			p.Items = append(p.Items, ui.Chip{Label: label, Value: value, RemoveHref: outboxHref(to)})
		}
	}
	if f.Channel != "" {
		chip(lang.T(ctx, "怎么发"), views.WayWord(ctx, f.Channel), func(f *db.LetterFilter) { f.Channel = "" })
	}
	chip(lang.T(ctx, "网点"), h.db.BranchName(f.BranchID), func(f *db.LetterFilter) { f.BranchID = 0 })
	chip(lang.T(ctx, "从"), f.From, func(f *db.LetterFilter) { f.From = "" })
	chip(lang.T(ctx, "到"), f.To, func(f *db.LetterFilter) { f.To = "" })
	if f.Customer != 0 {
		c, err := h.db.Customer(ctx, a.Scope(policy.CustomerRead), f.Customer)
		if err != nil && !errors.Is(err, db.ErrNotFound) {
			return p, err
		}
		chip(lang.T(ctx, "客户"), cmp.Or(c.Name, lang.T(ctx, "另一位客户")), func(f *db.LetterFilter) { f.Customer = 0 })
	}
	return p, nil
}

func (h *Handlers) letterLine(ctx context.Context, a policy.Actor, l db.LetterRow) views.LetterLine {
	now, level := h.db.Now(), h.db.MaskFor(a, l.BranchID, l.OwnerID, l.ClerkID)
	line := views.LetterLine{ID: idText(l.ID), Version: strconv.FormatInt(l.Version, 10), Customer: l.Customer, Contact: l.Contact, Channel: views.WayWord(ctx, l.Channel), Subject: mask.Text(l.Subject, level), Body: mask.Text(l.Body, level), State: views.LetterStateWord(ctx, l.State),
		Kind: views.LetterKind(l.State), Why: views.LetterWhy(ctx, l.Reason), Said: mask.Text(l.Said, level), Who: l.User, Made: views.TimeWord(ctx, time.UnixMilli(l.CreatedAt), now)}
	if l.State == db.LetterQueued && l.NextAt > now.UnixMilli() {
		line.Next = lang.T(ctx, "%s 再发", time.UnixMilli(l.NextAt).In(db.Zone).Format("01-02 15:04"))
	}
	if l.CustomerID == 0 {
		line.Customer = lang.T(ctx, "本公司的人")
	} else if h.db.SeesClient(a.Scope(policy.CustomerRead), l.BranchID, l.OwnerID, l.ClerkID) {
		line.Href = "/customers/" + idText(l.CustomerID)
	}
	may := l.Body != "" && h.db.SeesClient(a.Scope(policy.OutboxEdit), l.BranchID, l.OwnerID, l.ClerkID)
	open := may && (l.State == db.LetterUnsure || l.State == db.LetterFailed)
	line.CanAgain, line.CanDrop = open && l.Kind != db.ToTry, open || may && l.State == db.LetterQueued
	return line
}

// outboxDecide sends a message once more, or drops it.
func (h *Handlers) outboxDecide(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "id")
	if err == nil {
		err = readForm(r)
	}
	if err != nil {
		return err
	}
	ctx, again := r.Context(), field(r, "do") == "again"
	err = h.db.DecideLetter(ctx, actorOf(r), id, db.ParseID(field(r, "version")), again)
	switch {
	case errors.Is(err, db.ErrConflict):
		h.flash(r, views.Flash{Kind: "error", Text: lang.T(ctx, "这条消息刚才变了，请看过再决定。")})
	case err != nil:
		return err
	case again:
		h.flash(r, views.Flash{Kind: "ok", Text: lang.T(ctx, "排进去了，很快再发一次")})
	default:
		h.flash(r, views.Flash{Kind: "ok", Text: lang.T(ctx, "这条不发了")})
	}
	h.redirect(w, r, outboxBack(field(r, "back")))
	return nil
}

// outboxBack is where the form of a message leads: the list on which it stood.
func outboxBack(to string) string {
	if to == "/outbox" || strings.HasPrefix(to, "/outbox?") && !strings.ContainsAny(to, "\\\n") {
		return to
	}
	return "/outbox"
}

// channelList shows the ways out and how they stand.
func (h *Handlers) channelList(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	if !h.db.WholeCompany(actorOf(r).Scope(policy.ChannelEdit)) {
		return db.ErrRefused
	}
	var p views.ChannelList
	for _, code := range message.Outlets {
		c, err := h.db.Channel(ctx, code)
		if err != nil {
			return err
		}
		row := views.ChannelRow{Href: "/channels/" + code, Name: views.WayWord(ctx, code), Hint: views.OutletHint(ctx, code), On: c.State == db.ChannelOn, Set: c.Version > 0}
		if c.Settings.Host != "" {
			row.Where = c.Settings.Host
		} else if u, err := url.Parse(c.Settings.URL); err == nil {
			row.Where = u.Host
		}
		p.Rows = append(p.Rows, row)
	}
	return h.render(w, r, http.StatusOK, page{title: lang.T(ctx, "发送渠道"), body: views.Channels(p), active: "/channels"})
}

func (h *Handlers) channelOf(r *http.Request) (db.Channel, error) {
	if !h.db.WholeCompany(actorOf(r).Scope(policy.ChannelEdit)) {
		return db.Channel{}, db.ErrRefused
	}
	return h.db.Channel(r.Context(), r.PathValue("code"))
}

func (h *Handlers) channelShow(w http.ResponseWriter, r *http.Request) error {
	c, err := h.channelOf(r)
	if err != nil {
		return err
	}
	return h.showChannel(w, r, http.StatusOK, newChannelForm(c), c)
}

func newChannelForm(c db.Channel) views.ChannelForm {
	s := c.Settings
	f := views.ChannelForm{Version: strconv.FormatInt(c.Version, 10), On: c.State == db.ChannelOn, Values: map[string]string{"host": s.Host, "tls": s.TLS, "user": s.User, "from": s.From,
		"from_name": s.FromName, "url": s.URL, "account": s.Account, "sign": s.Sign, "allowed": s.Allowed}, OptOut: s.OptOut, Once: s.Once, Key: rand.Text(), Errors: ui.Errors{}}
	if s.Port != 0 {
		f.Values["port"] = strconv.Itoa(s.Port)
	}
	return f
}

func (h *Handlers) showChannel(w http.ResponseWriter, r *http.Request, status int, f views.ChannelForm, c db.Channel) error {
	ctx := r.Context()
	f.Code, f.Name, f.Hint, f.HasSecret, f.Robot, f.Set = c.Code, views.WayWord(ctx, c.Code), views.OutletHint(ctx, c.Code), c.HasSecret, message.Robot(c.Code), c.Version > 0
	return h.render(w, r, status, page{title: f.Name, body: views.ChannelEdit(f), active: "/channels"})
}

// channelSave sets a way out up, and switches it on or off.
func (h *Handlers) channelSave(w http.ResponseWriter, r *http.Request) error {
	c, err := h.channelOf(r)
	if err == nil {
		err = readForm(r)
	}
	if err != nil {
		return err
	}
	ctx := r.Context()
	f := views.ChannelForm{Version: field(r, "version"), On: field(r, "on") == "1", OptOut: field(r, "opt_out") == "1", Once: field(r, "once") == "1", Values: map[string]string{}, Key: rand.Text(), Errors: ui.Errors{}}
	for _, name := range []string{"host", "port", "tls", "user", "from", "from_name", "url", "account", "sign", "allowed"} {
		f.Values[name] = field(r, name)
	}
	port, _ := strconv.Atoi(f.Values["port"]) // what is no number is 0, which Check refuses
	in := db.Channel{Code: c.Code, State: db.ChannelDry, Version: db.ParseID(f.Version), Settings: message.Channel{Host: f.Values["host"], Port: port, TLS: f.Values["tls"], User: f.Values["user"], From: f.Values["from"],
		FromName: f.Values["from_name"], URL: f.Values["url"], Account: f.Values["account"], Sign: f.Values["sign"], OptOut: f.OptOut, Once: f.Once, Allowed: f.Values["allowed"]}}
	if f.On {
		in.State = db.ChannelOn
	}
	for _, name := range in.Settings.Check(c.Code) {
		f.Errors.Add(name, views.ChannelFault(ctx, name))
	}
	secret, said := field(r, "secret"), lang.T(ctx, "渠道存好了，发一条给自己试试")
	lost := secret == "" && c.HasSecret && c.Moves(in.Settings)
	switch need := f.On && secret == "" && c.Code != message.WeCom; {
	case need && lost:
		f.Errors.Add("secret", lang.T(ctx, "地址换了，原来的密码不会发到新地址：重新填密码或密钥才能启用"))
	case need && !c.HasSecret:
		f.Errors.Add("secret", lang.T(ctx, "要先填密码或密钥才能启用"))
	case lost:
		said = lang.T(ctx, "渠道存好了。地址换了，原来的密码没有留下：启用前重新填")
	}
	if !f.Errors.Any() {
		err = h.db.SaveChannel(ctx, actorOf(r), in, secret)
		switch {
		case errors.Is(err, db.ErrConflict):
			f.Version = strconv.FormatInt(c.Version, 10)
			f.Errors.Add("", lang.T(ctx, "刚才有人改过这个渠道。你填的还在，看过再保存一次。"))
		case errors.Is(err, db.ErrNoKey):
			f.Errors.Add("secret", lang.T(ctx, "密钥文件不在，存不了密码。先把密钥文件放回原处。"))
		case err != nil:
			return err
		}
	}
	if f.Errors.Any() {
		return h.showChannel(w, r, http.StatusUnprocessableEntity, f, c)
	}
	h.flash(r, views.Flash{Kind: "ok", Text: said})
	h.redirect(w, r, "/channels/"+c.Code)
	return nil
}

// channelTest sends one message to whoever set the channel up.
func (h *Handlers) channelTest(w http.ResponseWriter, r *http.Request) error {
	c, err := h.channelOf(r)
	if err == nil {
		err = readForm(r)
	}
	if err != nil {
		return err
	}
	ctx, a := r.Context(), actorOf(r)
	to := field(r, "to")
	f := newChannelForm(c)
	f.To = to
	switch {
	case c.Version == 0:
		f.Errors.Add("to", lang.T(ctx, "先把渠道的设置存好"))
	case c.Code == message.Email && !message.Address(to):
		f.Errors.Add("to", lang.T(ctx, "填一个邮箱地址"))
	case c.Code == message.SMS && !phone.IsMobile(to):
		f.Errors.Add("to", lang.T(ctx, "填一个手机号"))
	}
	if f.Errors.Any() {
		return h.showChannel(w, r, http.StatusUnprocessableEntity, f, c)
	}
	subject := ""
	if c.Code == message.Email {
		subject = lang.T(ctx, "驿客的测试消息")
	}
	_, err = h.db.Post(ctx, a, db.Letter{Key: "test." + idText(a.UserID) + "." + field(r, "key"), Kind: db.ToTry, Channel: c.Code, BranchID: h.db.HeadOffice(), UserID: a.UserID, Recipient: to,
		Subject: subject, Body: lang.T(ctx, "这是驿客发出的测试消息，收到就说明渠道可以用了。")})
	if err != nil {
		return err
	}
	h.flash(r, views.Flash{Kind: "ok", Text: lang.T(ctx, "测试消息排进去了，半分钟内发出；结果在“消息”里看")})
	h.redirect(w, r, "/channels/"+c.Code)
	return nil
}
