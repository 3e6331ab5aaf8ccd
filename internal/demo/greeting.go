package demo

import (
	"context"
	"slices"
	"time"

	"yike/db"
	"yike/policy"
	"yike/policy/day"
	"yike/policy/festival"
	"yike/policy/greeting"
)

// courtesies are the greetings of a demo company: what head office planned,
// what the nights of the last weeks listed, and what the people made of it.
type courtesies struct {
	d     *db.DB
	seed  uint64
	today day.Day
	days  calendar
	rule  greeting.Rule
	sent  []db.LoadLetter // of the night that is being worked off
	spare map[string]int
}

// Greetings gives a demo company its courtesies: the last great festival, done
// by most, late by some, by some not at all; birthdays and first parcels of the
// last weeks; and what is due now. It goes last: classes stand by then.
func Greetings(ctx context.Context, d *db.DB, seed uint64, today day.Day) error {
	c := &courtesies{d: d, seed: seed, today: today, days: newCalendar(today), rule: greetingRule(today), spare: map[string]int{}}
	if err := c.arrange(ctx); err != nil {
		return err
	}
	system := policy.SystemActor("yike demo")
	nights := c.nights()
	for i, night := range nights {
		if _, err := d.SweepGreetings(ctx, system, night); err != nil {
			return err
		}
		next := today
		if i+1 < len(nights) {
			next = nights[i+1]
		}
		var worked []db.GreetingRow
		err := d.LoadGreetingFates(ctx, system, func(x *db.GreetingRow) bool {
			changed := c.fate(x, night, next)
			worked = append(worked, *x)
			return changed
		})
		if err != nil {
			return err
		}
		if err := c.letters(ctx, worked); err != nil {
			return err
		}
	}
	return nil
}

// nights are those on which the greetings of the past were listed: that of the
// last great festival, and some since, so that birthdays of these weeks stand
// among them.
func (c *courtesies) nights() []day.Day {
	var wishes []greeting.Wish
	for _, x := range festival.Dates(nil, c.today.Add(-span/2), c.today.Add(-10)) {
		wishes = append(wishes, greeting.Wish{Date: x, Plan: c.rule.Plans[x.Code]})
	}
	out := []day.Day{c.today.Add(-14), c.today.Add(-4), c.today}
	if groups := greeting.Groups(wishes, c.rule.Close); len(groups) > 0 {
		out = append(out, groups[len(groups)-1][0].Day.Add(-2))
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// said is what people write of a greeting, by how it was done.
var said = map[greeting.Means][]string{
	greeting.WeChat: {"", "客户回了谢谢", "发了语音，客户很高兴", "回了个红包，没收"},
	greeting.Call:   {"聊了几句，顺带问了近期发货", "打通了，客户在外地出差", "电话里约了下周去看仓库"},
	greeting.Gift:   {"礼盒当面送到，本人签收", "放前台，本人微信确认收到", "和对账单一起送去的", "快递寄到公司，已签收"},
	greeting.Visit:  {"当面问候，谈了明年的合同", "上门坐了一会，客户提了包装的意见"},
	greeting.SMS:    {""},
	greeting.Email:  {"", "客户回信致谢"},
}

// whyNot is what they write where they greet nobody.
var whyNot = []string{"上周走访时已当面问候", "客户说心意领了，不用再送", "联系人休假，节后回来", "店里在装修，联系不上", "客户公司规定不收礼，改为电话感谢"}

// fate is what has become, by the night before next, of a greeting that stood
// open at night; false while it is open.
func (c *courtesies) fate(x *db.GreetingRow, night, next day.Day) bool {
	due, err := day.Parse(x.Due)
	if err != nil || x.UserID == 0 {
		return false
	}
	r := newDice(c.seed, "greeting "+x.Code+x.Contact+x.Occasion, int(x.Season))
	x.CreatedAt = c.at(night, 5*60+10)
	const inTime, late, not, never = 76, 12, 8, 4
	kind := r.weighted(inTime, late, not, never)
	var on day.Day
	switch kind {
	case 0:
		on = c.days.workday(max(night, due.Add(-r.between(0, 3))))
		if due > c.today { // some begin early
			on = c.days.workday(night.Add(r.between(0, 3)))
		}
	case 1:
		on = c.days.workday(max(night, due).Add(r.between(1, 3)))
	case 2:
		on = c.days.workday(max(night, due.Add(-1)))
	default:
		return false
	}
	if due > c.today && r.chance(0.7) || on >= next || on < night || on >= c.today {
		return false
	}
	x.ClosedBy, x.ClosedAt, x.State = x.UserID, c.at(on, r.between(9*60, 18*60)), db.GreetingDone
	if kind == 2 {
		x.State, x.Result = db.GreetingSkipped, pick(r, whyNot)
		return true
	}
	by := greeting.Call
	if len(x.Means) > 0 {
		by = x.Means[min(r.weighted(70, 20, 10), len(x.Means)-1)]
	}
	if by == greeting.Gift && x.Gift == "" {
		by = greeting.WeChat
	}
	x.DoneBy, x.Result = string(by), pick(r, said[by])
	if x.Budget > 0 && (by == greeting.Gift || r.chance(0.6)) {
		x.Spent = x.Budget / 100 * int64(r.between(88, 103)) / 100 * 100
	}
	if x.Offer != "" && r.chance(0.4) {
		x.OfferUsed = min(on.Add(r.between(1, 9)), c.today.Add(-1)).String()
	}
	return true
}

// at is a time of a day, in minutes, as it is stored.
func (c *courtesies) at(on day.Day, minutes int) int64 {
	return on.Time().Add(-8*time.Hour).UnixMilli() + int64(minutes)*60_000
}
