package demo

import (
	"context"
	"fmt"

	"yike/db"
	"yike/policy"
	"yike/policy/consent"
	"yike/policy/day"
)

// asked is how many of a hundred contacts were asked about a purpose, and how
// many of those said yes. Of clients that matter more were asked (cared): their
// reps mean to greet them.
var asked = []struct {
	purpose  string
	of, gave int
}{
	{consent.Service, 30, 97},
	{consent.Marketing, 34, 58},
	{consent.Festival, 30, 86},
	{consent.Birthday, 16, 78},
	{consent.Survey, 14, 64},
}

// consents writes down what the contacts of a file said since it was opened;
// some took it back later.
func (w *world) consents(i int, opened day.Day, item *db.LoadItem) {
	d := newDice(w.cfg.Seed, "consent", i)
	talked, cared := 0.6, 0
	if class := item.Customer.Class; w.cfg.Customers <= radarClients && (class == "A" || class == "B") { // a load test wants rows, not people to greet
		talked, cared = 0.85, 45
	}
	for k := range item.Contacts {
		if !d.chance(talked) {
			continue // nobody talked to them about it
		}
		source := []string{"form", "phone", "wechat", "in_person", "contract", "paper"}[d.weighted(20, 28, 22, 16, 9, 5)]
		on := opened.Add(d.IntN(int(w.cfg.Today-opened) + 1))
		say := func(purpose string, state consent.State, source string, on day.Day) {
			item.Consents = append(item.Consents, db.Consent{ContactID: int64(k + 1), Purpose: purpose, State: state, Source: source, Day: on.String(),
				UserID: item.Customer.OwnerID, CreatedAt: max(w.instant(on, i), item.Customer.CreatedAt)})
		}
		for _, a := range asked {
			of := a.of
			if a.purpose == consent.Festival || a.purpose == consent.Birthday {
				of += cared
			}
			if d.IntN(100) >= of {
				continue
			}
			if d.IntN(100) >= a.gave {
				say(a.purpose, consent.Refused, source, on)
				continue
			}
			say(a.purpose, consent.Given, source, on)
			if later := int(w.cfg.Today - on); later > 30 && d.chance(0.06) {
				say(a.purpose, consent.Withdrawn, "phone", on.Add(d.between(20, later)))
			}
		}
	}
}

// requests has some persons ask for their data in the first branches: one was
// answered, the others wait.
func (w *world) requests(ctx context.Context, d *db.DB) error {
	actors, today := d.Actors(), min(w.cfg.Today, day.At(d.Now(), db.Zone))
	for _, r := range []struct {
		office                      int
		kind, channel, asked, reply string
		ago                         int
	}{
		{0, consent.Copy, "phone", "想知道你们存了我哪些信息", "已核对身份，资料副本已当面交给本人", 40},
		{0, consent.Correction, "wechat", "店搬家了，旧地址请改掉", "", 6},
		{1, consent.Erasure, "paper", "店已转让，不再发件，请删除我的信息", "", 17},
		{2, consent.Copy, "form", "申请一份个人信息副本", "", 2},
	} {
		if r.office >= len(w.offices) || w.offices[r.office].head == 0 {
			continue
		}
		o := w.offices[r.office]
		boss, err := actors.Actor(ctx, o.head)
		if err != nil {
			return fmt.Errorf("requests: %w", err)
		}
		scope := boss.Actor.Scope(policy.CustomerRights)
		page, err := d.Customers(ctx, scope, db.CustomerFilter{Branch: o.id, Kind: "individual", Sort: "name", Limit: 10})
		if err != nil {
			return err
		}
		if len(page.Rows) == 0 {
			continue
		}
		id, err := d.OpenRequest(ctx, boss.Actor, db.Submission{}, db.Request{Kind: r.kind, CustomerID: page.Rows[r.ago%len(page.Rows)].ID, Channel: r.channel,
			ReceivedOn: min(today, w.days.workday(today.Add(-r.ago))).String(), Asked: r.asked})
		if err != nil {
			return fmt.Errorf("request: %w", err)
		}
		if r.reply == "" {
			continue
		}
		if err := d.AnswerRequest(ctx, boss.Actor, id, 1, "done", r.reply); err != nil {
			return fmt.Errorf("answer a request: %w", err)
		}
	}
	return nil
}

// duties names who is responsible for what: the managers for files and visits,
// a clerk for complaints; what a branch leaves open is head office's.
func (w *world) duties(ctx context.Context, d *db.DB, system policy.Actor) error {
	name := func(branch int64, area string, user int64) error {
		if user == 0 {
			return nil
		}
		if err := d.SetDuty(ctx, system, branch, area, user, 0); err != nil {
			return fmt.Errorf("duties: %w", err)
		}
		return nil
	}
	if w.chief != 0 {
		for _, area := range db.DutyAreas {
			if err := name(w.top, area, w.chief); err != nil {
				return err
			}
		}
	}
	for _, o := range w.offices {
		for _, area := range []string{db.DutyData, db.DutyService} {
			if err := name(o.id, area, o.head); err != nil {
				return err
			}
		}
		if len(o.clerks) > 0 {
			if err := name(o.id, db.DutyComplaints, o.clerks[0].id); err != nil {
				return err
			}
		}
	}
	return nil
}
