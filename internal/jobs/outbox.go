package jobs

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"yike/db"
	"yike/internal/notify"
	"yike/policy"
	"yike/policy/day"
	"yike/policy/message"
)

// Postman takes letters from the outbox and hands them over, each at most
// once; on however many nodes.
type Postman struct {
	DB  *db.DB
	Log *slog.Logger
	// Sender makes the sender of a channel; nil means that of its settings.
	Sender func(c db.Channel, secret string) (notify.Sender, error)

	name   string
	within time.Duration // for handing over what was taken at once; 0 means postBatch
}

const (
	postPause = 15 * time.Second
	postLease = 5 * time.Minute
	postBatch = 2 * time.Minute // for handing over what was taken at once
)

// postman is in whose name a greeting is closed whose letter went out.
var postman = policy.SystemActor("outbox")

// Run hands letters over until ctx ends.
func (p *Postman) Run(ctx context.Context) {
	for {
		if err := p.Round(ctx); err != nil && ctx.Err() == nil {
			p.Log.Error("outbox", "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(postPause):
		}
	}
}

// Round hands over everything that is due.
func (p *Postman) Round(ctx context.Context) error {
	if p.name == "" {
		p.name = rand.Text()[:8]
	}
	if n, err := p.DB.CutLetters(ctx); err != nil {
		return err
	} else if n > 0 {
		p.Log.Warn("letters whose fate is not known", "n", n)
	}
	var fault error
	for _, channel := range message.Outlets {
		for ctx.Err() == nil {
			more, err := p.channel(ctx, channel)
			if err != nil {
				fault = errors.Join(fault, fmt.Errorf("channel %s: %w", channel, err))
			}
			if err != nil || !more {
				break
			}
		}
	}
	return fault
}

// channel takes and hands over what a few letters of one channel; more says
// that there may be others.
func (p *Postman) channel(ctx context.Context, code string) (more bool, err error) {
	list, looked, err := p.DB.TakeLetters(ctx, code, p.name, postLease)
	if err != nil || len(list) == 0 {
		return looked > 0, err
	}
	c, fates := p.handOver(ctx, code, list)
	end := context.WithoutCancel(ctx)
	err = settleEach(list, fates, func(t db.Taken, f db.Fate) error {
		return p.DB.SettleLetter(end, postman, p.name, t, f, c.Settings.Once)
	})
	return err == nil, err
}

// settleEach writes the fate of each letter down: one that cannot be must not
// cost the others theirs.
func settleEach(list []db.Taken, fates []db.Fate, settle func(db.Taken, db.Fate) error) (err error) {
	for i, t := range list {
		err = errors.Join(err, settle(t, fates[i]))
	}
	return err
}

// handOver gives letters to the channel's sender, and says as what the channel
// was set up then. What a program that is told to end has in hand is given time
// to be answered.
func (p *Postman) handOver(ctx context.Context, code string, list []db.Taken) (db.Channel, []db.Fate) {
	out := make([]db.Fate, len(list))
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cmp.Or(p.within, postBatch))
	defer cancel()
	c, sender, err := p.sender(ctx, code)
	if err != nil {
		p.Log.Warn("channel cannot send", "channel", code, "err", err)
		for i := range out {
			out[i] = db.Fate{State: db.LetterQueued, Why: db.WhyNoChannel, After: 10 * time.Minute}
		}
		return c, out
	}
	var send []notify.Message
	for _, t := range list {
		m := notify.Message{Key: t.Key, To: t.To, Subject: t.Subject, Text: t.Body, Template: t.Provider}
		if t.Provider != "" {
			if err := json.Unmarshal([]byte(t.Params), &m.Params); err != nil {
				p.Log.Error("variables of a letter", "letter", t.ID, "err", err)
			}
		}
		send = append(send, m)
	}
	for i, o := range sender.Send(ctx, send) {
		f := db.Fate{State: db.LetterUnsure, Said: o.Said, Receipt: o.ID, After: o.After}
		switch o.State {
		case notify.Sent:
			f.State = db.LetterSent
		case notify.Later:
			f.State = db.LetterQueued
		case notify.Refused:
			f.State = db.LetterFailed
		}
		out[i] = f
	}
	return c, out
}

// sender makes the sender of a channel of its settings and its secret, read at
// once.
func (p *Postman) sender(ctx context.Context, code string) (c db.Channel, s notify.Sender, err error) {
	c, secret, err := p.DB.ChannelSecret(ctx, code)
	switch {
	case err != nil:
	case len(c.Settings.Check(code)) > 0:
		err = errors.New("settings are not whole")
	case p.Sender != nil:
		s, err = p.Sender(c, secret)
	default:
		s, err = NewSender(c, secret)
	}
	return c, s, err
}

// NewSender returns the sender of a channel as it is set up.
func NewSender(c db.Channel, secret string) (notify.Sender, error) {
	s := c.Settings
	allowed, err := s.Ranges()
	if err != nil {
		return nil, err
	}
	guard := notify.Guard{Allowed: allowed}
	switch c.Code {
	case message.Email:
		return notify.Mail{Host: s.Host, Port: s.Port, Direct: s.TLS == message.TLSDirect, User: s.User, Password: secret, From: s.From, FromName: s.FromName, Guard: guard, Now: time.Now}, nil
	case message.SMS:
		end := ""
		if s.OptOut {
			end = message.OptOut
		}
		return notify.Gateway{URL: s.URL, Account: s.Account, Secret: secret, Sign: s.Sign, End: end, Guard: guard, Now: time.Now}, nil
	}
	return notify.Robot{Kind: c.Code, URL: s.URL, Secret: secret, Guard: guard, Now: time.Now}, nil
}

// Remind tells the groups whose robots are set up, each morning, what is due at
// each branch; without a word of any client.
func Remind(d *db.DB) Job {
	return Job{Name: "outbox.remind", Period: Daily(8), Run: func(ctx context.Context, now time.Time) (int64, error) {
		var n int64
		by, today := policy.SystemActor("reminder"), db.Day(now)
		list, err := d.DueByBranch(ctx, today)
		if err != nil || len(list) == 0 {
			return 0, err
		}
		body := reminder(list, d.BranchName)
		tomorrow := day.At(now, db.Zone).Add(1).Start(db.Zone).UnixMilli() // it is of no use then
		for _, code := range message.Outlets {
			if !message.Robot(code) {
				continue
			}
			c, err := d.Channel(ctx, code)
			if err != nil || c.Version == 0 {
				if err != nil {
					return n, err
				}
				continue
			}
			made, err := d.Post(ctx, by, db.Letter{Key: "remind." + code + "." + today, Kind: db.ToStaff, Channel: code, BranchID: d.HeadOffice(), Body: body, UntilAt: tomorrow})
			if err != nil {
				return n, err
			}
			n += int64(made)
		}
		return n, nil
	}}
}

// branchesNamed is how many branches a reminder names: a robot takes 2,048
// bytes.
const branchesNamed = 14

// reminder says what is due in the company, and under it at each branch.
func reminder(list []db.BranchDue, name func(int64) string) string {
	var all db.BranchDue
	for _, b := range list {
		all.Todos, all.LateTodos, all.Greetings, all.LateGreetings = all.Todos+b.Todos, all.LateTodos+b.LateTodos, all.Greetings+b.Greetings, all.LateGreetings+b.LateGreetings
	}
	var text strings.Builder
	text.WriteString("驿客提醒：今天到期的" + dueSaid(all))
	for i, b := range list {
		if i == branchesNamed {
			fmt.Fprintf(&text, "\n另有 %d 个网点。", len(list)-i)
			break
		}
		if len(list) > 1 {
			fmt.Fprintf(&text, "\n%s：%s", cutName(name(b.BranchID)), dueSaid(b))
		}
	}
	text.WriteString("\n请打开驿客的“待办”和“节日慰问”处理。")
	return text.String()
}

// dueSaid counts what is due and late: 待办 3 件（过期 1 件），问候 2 位。
func dueSaid(b db.BranchDue) string {
	part := func(what, unit string, due, late int) string {
		text := fmt.Sprintf("%s %d %s", what, due, unit)
		if late > 0 {
			text += fmt.Sprintf("（另有过期 %d %s）", late, unit)
		}
		return text
	}
	var parts []string
	if b.Todos+b.LateTodos > 0 {
		parts = append(parts, part("待办", "件", b.Todos, b.LateTodos))
	}
	if b.Greetings+b.LateGreetings > 0 {
		parts = append(parts, part("问候", "位", b.Greetings, b.LateGreetings))
	}
	return strings.Join(parts, "，") + "。"
}

// cutName keeps a branch's name short enough for a reminder.
func cutName(name string) string {
	if r := []rune(name); len(r) > 12 {
		return string(r[:12])
	}
	return name
}
