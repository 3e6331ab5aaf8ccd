package jobs

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"yike/db"
	"yike/db/dbtest"
	"yike/internal/notify"
	"yike/internal/notify/notifytest"
	"yike/policy"
	"yike/policy/consent"
	"yike/policy/day"
	"yike/policy/festival"
	"yike/policy/greeting"
	"yike/policy/message"
)

func TestMain(m *testing.M) {
	undo, err := notifytest.Trust()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	undo()
	os.Exit(code)
}

// post is a branch whose greetings go out by a gateway and a mail server of
// the test's own.
type post struct {
	*dbtest.World
	*testing.T
	postman *Postman
	gateway *notifytest.Gateway
	boss    policy.Actor
}

// eachPost runs a test on both engines, three days before New Year's Day.
func eachPost(t *testing.T, say func(n int, list []notifytest.SMS) notifytest.Answer, test func(p *post)) {
	if runtime.GOOS != "linux" {
		t.Skip("the servers of the test are trusted by SSL_CERT_FILE, which only Linux reads")
	}
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		w.Clock.Set(time.Date(2026, 12, 29, 10, 0, 0, 0, db.Zone))
		p := &post{World: w, T: t, postman: &Postman{DB: w.DB, Log: slog.New(slog.DiscardHandler)}, gateway: notifytest.NewGateway(t, say), boss: w.As(t, w.BossWest)}
		rule := greeting.Default()
		for _, c := range []festival.Code{festival.NewYear, greeting.Birthday} {
			rule.Plans[c] = greeting.Plan{On: true, Means: []greeting.Means{greeting.SMS, greeting.Email}, Ahead: 7, By: greeting.ByOwner}
		}
		text, err := json.Marshal(rule)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.SetRule(context.Background(), w.As(t, w.Admin), policy.GreetingPlan, db.RuleRow{Rule: db.RuleGreetings, ValidFrom: "2026-12-01", Value: string(text), Reason: "试"}); err != nil {
			t.Fatal(err)
		}
		p.channel(message.SMS, message.Channel{URL: p.gateway.URL, Sign: "驿客快递", Allowed: "127.0.0.1"})
		test(p)
	})
}

func (p *post) channel(code string, c message.Channel) {
	p.Helper()
	was, err := p.Channel(context.Background(), code)
	if err != nil {
		p.Fatal(err)
	}
	was.State, was.Settings = db.ChannelOn, c
	if err := p.SaveChannel(context.Background(), p.As(p.T, p.Admin), was, "a secret"); err != nil {
		p.Fatal(err)
	}
}

// greetee is a client with one contact, who is to be greeted.
type greetee struct{ customer, contact int64 }

func (p *post) greetee(name string, birthday int) greetee {
	p.Helper()
	ctx := context.Background()
	customer, err := p.CreateCustomer(ctx, p.boss, db.Submission{}, db.Customer{BranchID: p.West, OwnerID: p.RepWest, Name: name + "公司", Class: "A"})
	if err != nil {
		p.Fatal(err)
	}
	k := db.Contact{CustomerID: customer, Name: "王" + name, Phones: []string{fmt.Sprintf("138%08d", customer%100000000)}, Email: fmt.Sprintf("c%d@example.com", customer)}
	if birthday != 0 {
		k.BirthdayMonth, k.BirthdayDay = 12, int64(birthday)
	}
	contact, err := p.SaveContact(ctx, p.boss, db.Submission{}, k)
	if err != nil {
		p.Fatal(err)
	}
	x := greetee{customer, contact}
	p.say(x, consent.Festival, consent.Given)
	p.say(x, consent.Birthday, consent.Given)
	return x
}

func (p *post) say(x greetee, purpose string, said consent.State) {
	p.Helper()
	if _, err := p.RecordConsent(context.Background(), p.boss, db.Consent{CustomerID: x.customer, ContactID: x.contact, Purpose: purpose, State: said, Source: "phone", Day: "2026-12-01"}); err != nil {
		p.Fatal(err)
	}
}

func (p *post) sweep() {
	p.Helper()
	if _, err := p.SweepGreetings(context.Background(), policy.SystemActor("test"), day.At(p.Clock.Now(), db.Zone)); err != nil {
		p.Fatal(err)
	}
}

// greeting is the greeting of a contact on an occasion.
func (p *post) greeting(x greetee, code festival.Code) db.GreetingRow {
	p.Helper()
	list, err := p.GreetingsOf(context.Background(), x.customer, 0, 10)
	if err != nil {
		p.Fatal(err)
	}
	i := slices.IndexFunc(list, func(g db.GreetingRow) bool { return g.Occasion == string(code) })
	if i < 0 {
		p.Fatalf("no greeting on %s: %+v", code, list)
	}
	return list[i]
}

// send lets the program send a greeting at once.
func (p *post) send(x greetee, code festival.Code, channel string, again bool) error {
	p.Helper()
	g := p.greeting(x, code)
	o, _ := message.OccasionOf(string(code))
	ctx := context.Background()
	w, err := p.Word(ctx, db.Wanted{CustomerID: x.customer, ContactID: x.contact, For: []message.Occasion{o}, Channel: channel, Day: g.Day, Today: db.Day(p.Clock.Now()), Person: "王店长"})
	if err != nil {
		p.Fatal(err)
	}
	return p.SendGreeting(ctx, p.boss, db.GreetingSend{ID: g.ID, Version: g.Version, Words: w, Ahead: true, Again: again})
}

func (p *post) mustSend(x greetee, code festival.Code, channel string) {
	p.Helper()
	if err := p.send(x, code, channel, false); err != nil {
		p.Fatal(err)
	}
}

func (p *post) round() {
	p.Helper()
	if err := p.postman.Round(context.Background()); err != nil {
		p.Fatal(err)
	}
}

// stands says how a greeting stands: its state, its letter's, and why.
func (p *post) stands(x greetee, code festival.Code) string {
	p.Helper()
	g := p.greeting(x, code)
	return strings.TrimSpace(g.State + " " + g.Letter.State + " " + g.Letter.Reason)
}

// want compares how greetings of New Year's Day stand.
func (p *post) want(when string, all map[string]greetee, want map[string]string) {
	p.Helper()
	for name, x := range all {
		if got := p.stands(x, festival.NewYear); got != want[name] {
			p.Errorf("%s, %s: %q, want %q", when, name, got, want[name])
		}
	}
}

func answers(results ...string) notifytest.Answer { return notifytest.Answer{Results: results} }

func TestAGreetingGoesOutByTheGateway(t *testing.T) {
	// Half a batch: one is taken, one is refused, one is asked to wait, one is
	// not spoken of.
	say := func(n int, list []notifytest.SMS) notifytest.Answer {
		var out []string
		for _, m := range list {
			word := "ok"
			for name, said := range map[string]string{"拒": "black list", "等": "retry", "漏": ""} {
				if n == 1 && strings.Contains(m.Text, name) {
					word = said
				}
			}
			out = append(out, word)
		}
		return answers(out...)
	}
	eachPost(t, say, func(p *post) {
		all := map[string]greetee{}
		for _, name := range []string{"收", "拒", "等", "漏"} {
			all[name] = p.greetee(name, 0)
		}
		p.sweep()
		for _, x := range all {
			p.mustSend(x, festival.NewYear, message.SMS)
		}
		p.want("queued", all, map[string]string{"收": "open queued", "拒": "open queued", "等": "open queued", "漏": "open queued"})
		p.round()
		p.want("after half a batch", all, map[string]string{"收": "done sent", "拒": "open failed refused", "等": "open queued waits", "漏": "open queued waits"})
		g := p.greeting(all["收"], festival.NewYear)
		if g.DoneBy != message.SMS || g.ClosedBy != p.BossWest || g.ClosedAt != p.Clock.Now().UnixMilli() || g.Letter.SentAt == 0 {
			p.Errorf("done as %+v", g.Greeting)
		}
		if said := p.greeting(all["拒"], festival.NewYear).Letter; said.Said != "black list" || !strings.Contains(said.Body, "王拒") {
			p.Errorf("what comes back to the task: %+v", said)
		}
		p.round() // nothing is due
		p.Clock.Move(2 * time.Minute)
		p.round()
		p.want("later", all, map[string]string{"收": "done sent", "拒": "open failed refused", "等": "done sent", "漏": "done sent"})
		taken, asked := p.gateway.Taken()
		if len(taken) != 3 || asked != 2 {
			p.Errorf("taken %d in %d requests", len(taken), asked)
		}
		// The next way is offered, and a person takes it: the same letter is not.
		if err := p.send(all["收"], festival.NewYear, message.Email, false); !errors.Is(err, db.ErrConflict) {
			p.Errorf("a greeting that is done goes out again: %v", err)
		}
		p.mustSend(all["拒"], festival.NewYear, message.SMS)
		p.round()
		p.want("the refused one again by hand, on the same day", map[string]greetee{"拒": all["拒"]}, map[string]string{"拒": "done sent"})
	})
}

func TestWhatWasCutOffAfterItWasTakenIsNeverSentTwice(t *testing.T) {
	say := func(n int, list []notifytest.SMS) notifytest.Answer { return notifytest.Answer{Cut: n == 1} }
	eachPost(t, say, func(p *post) {
		x := p.greetee("甲", 0)
		p.sweep()
		p.mustSend(x, festival.NewYear, message.SMS)
		for range 20 {
			p.round()
			p.Clock.Move(time.Hour)
		}
		if taken, asked := p.gateway.Taken(); len(taken) != 1 || asked != 1 {
			p.Fatalf("taken %d in %d requests", len(taken), asked)
		}
		if got := p.stands(x, festival.NewYear); got != "open unsure cut" {
			p.Errorf("nobody knows: %q", got)
		}
		if err := p.send(x, festival.NewYear, message.SMS, false); !errors.Is(err, db.ErrConflict) {
			p.Errorf("another one without being asked: %v", err)
		}
		if err := p.send(x, festival.NewYear, message.Email, false); !errors.Is(err, db.ErrConflict) {
			p.Errorf("another one by another way: %v", err)
		}
		// Dropped in the list of messages: it may have come all the same.
		ctx := context.Background()
		list, _, err := p.Letters(ctx, p.boss.Scope(policy.OutboxRead), db.LetterFilter{State: db.LetterUnsure, Limit: 9})
		if err != nil || len(list) != 1 {
			p.Fatal(list, err)
		}
		if err := p.DecideLetter(ctx, p.boss, list[0].ID, list[0].Version, false); err != nil {
			p.Fatal(err)
		}
		if got := p.stands(x, festival.NewYear); got != "open dropped cut" {
			p.Errorf("dropped: %q", got)
		}
		if err := p.send(x, festival.NewYear, message.SMS, false); !errors.Is(err, db.ErrConflict) {
			p.Errorf("another one without being asked, after it was dropped: %v", err)
		}
		p.Clock.Set(time.Date(2026, 12, 30, 10, 0, 0, 0, db.Zone))
		if err := p.send(x, festival.NewYear, message.SMS, true); err != nil {
			p.Fatalf("a person asked, it had not come: %v", err)
		}
		again, _, err := p.Letters(ctx, p.boss.Scope(policy.OutboxRead), db.LetterFilter{State: db.LetterQueued, Limit: 9})
		if err != nil || len(again) != 1 || again[0].Mark == list[0].Mark {
			p.Errorf("in the same words, %v", err)
		}
		p.round()
		if taken, _ := p.gateway.Taken(); len(taken) != 2 || p.stands(x, festival.NewYear) != "done sent" {
			p.Errorf("taken %d, %s", len(taken), p.stands(x, festival.NewYear))
		}
	})
}

func TestASlowGatewayAndASenderThatDied(t *testing.T) {
	say := func(n int, _ []notifytest.SMS) notifytest.Answer { return notifytest.Answer{Hold: n == 1} }
	eachPost(t, say, func(p *post) {
		slow, died := p.greetee("慢", 0), p.greetee("断", 0)
		p.sweep()
		p.mustSend(slow, festival.NewYear, message.SMS)
		p.postman.within = 300 * time.Millisecond
		p.round()
		if got := p.stands(slow, festival.NewYear); got != "open unsure cut" {
			p.Errorf("an answer that does not come: %q", got)
		}
		p.mustSend(died, festival.NewYear, message.SMS)
		if list, _, err := p.TakeLetters(context.Background(), message.SMS, "another node", postLease); err != nil || len(list) != 1 {
			p.Fatal(list, err)
		}
		p.round()
		p.Clock.Move(postLease + time.Minute)
		p.round()
		if got := p.stands(died, festival.NewYear); got != "open unsure cut" {
			p.Errorf("its sender died: %q", got)
		}
		if _, asked := p.gateway.Taken(); asked != 1 {
			p.Errorf("asked %d times", asked)
		}
	})
}

func TestAGatewayThatIsDownForADay(t *testing.T) {
	down := func(int, []notifytest.SMS) notifytest.Answer { return notifytest.Answer{Status: 503} }
	eachPost(t, down, func(p *post) {
		all := map[string]greetee{}
		for i := range 30 { // more than one taking
			name := string(rune('甲' + i))
			all[name] = p.greetee(name, 0)
		}
		late := p.greetee("寿", 29) // a birthday of today
		p.sweep()
		for _, x := range all {
			p.mustSend(x, festival.NewYear, message.SMS)
		}
		p.mustSend(late, greeting.Birthday, message.SMS)
		for range 4 * 26 {
			p.round()
			p.Clock.Move(15 * time.Minute)
		}
		if taken, asked := p.gateway.Taken(); len(taken) != 0 || asked < 5 {
			p.Fatalf("taken %d in %d requests", len(taken), asked)
		}
		if got := p.stands(late, greeting.Birthday); got != "open failed late" {
			p.Errorf("the birthday that is over: %q", got)
		}
		p.gateway.Say(nil) // it is back
		for range 4 * 8 {
			p.round()
			p.Clock.Move(15 * time.Minute)
		}
		taken, _ := p.gateway.Taken()
		once := map[string]bool{}
		for _, m := range taken {
			once[m.Key] = true
		}
		if len(taken) != len(all) || len(once) != len(all) {
			p.Errorf("%d taken, %d different, of %d", len(taken), len(once), len(all))
		}
		for name, x := range all {
			if got := p.stands(x, festival.NewYear); got != "done sent" {
				p.Errorf("%s: %q", name, got)
			}
		}
		if got := p.stands(late, greeting.Birthday); got != "open failed late" {
			p.Errorf("the birthday goes out late: %q", got)
		}
		if err := p.send(late, greeting.Birthday, message.SMS, false); !errors.Is(err, db.ErrLate) {
			p.Errorf("wished by hand after its day: %v", err)
		}
	})
}

func TestAClockThatIsSetBack(t *testing.T) {
	eachPost(t, nil, func(p *post) {
		sent, waits := p.greetee("甲", 0), p.greetee("乙", 30)
		p.sweep()
		p.mustSend(sent, festival.NewYear, message.SMS)
		p.mustSend(waits, greeting.Birthday, message.SMS) // tomorrow morning
		p.round()
		for _, back := range []time.Duration{-time.Hour, -24 * time.Hour, -365 * 24 * time.Hour} {
			now := p.Clock.Now()
			p.Clock.Move(back)
			p.round()
			p.Clock.Set(now)
		}
		if taken, _ := p.gateway.Taken(); len(taken) != 1 || p.stands(waits, greeting.Birthday) != "open queued" {
			p.Fatalf("%d taken; %s", len(taken), p.stands(waits, greeting.Birthday))
		}
		p.Clock.Set(time.Date(2026, 12, 30, 8, 29, 0, 0, db.Zone))
		p.round()
		if taken, _ := p.gateway.Taken(); len(taken) != 1 {
			p.Errorf("before the morning of the birthday: %d", len(taken))
		}
		p.Clock.Set(time.Date(2026, 12, 30, 8, 31, 0, 0, db.Zone))
		p.round()
		p.Clock.Move(-2 * time.Hour)
		p.round()
		if taken, _ := p.gateway.Taken(); len(taken) != 2 || p.stands(waits, greeting.Birthday) != "done sent" {
			p.Errorf("%d taken; %s", len(taken), p.stands(waits, greeting.Birthday))
		}
	})
}

func TestNothingGoesOutThatShouldNot(t *testing.T) {
	eachPost(t, nil, func(p *post) {
		ctx := context.Background()
		acts := map[string]struct {
			do   func(x greetee, g db.GreetingRow) error
			want string
		}{
			"consent withdrawn": {func(x greetee, _ db.GreetingRow) error { p.say(x, consent.Festival, consent.Withdrawn); return nil }, "open dropped consent.withdrawn"},
			"done by hand": {func(_ greetee, g db.GreetingRow) error {
				return p.DoGreeting(ctx, p.boss, g.ID, g.Version, db.GreetingDoneAs{By: "call"})
			}, "done dropped recalled"},
			"skipped":     {func(_ greetee, g db.GreetingRow) error { return p.SkipGreeting(ctx, p.boss, g.ID, g.Version, "不必") }, "skipped dropped recalled"},
			"called back": {func(_ greetee, g db.GreetingRow) error { return p.RecallGreeting(ctx, p.boss, g.ID, g.Version) }, "open"},
			"put off": {func(_ greetee, g db.GreetingRow) error {
				return p.PostponeGreeting(ctx, p.boss, g.ID, g.Version, "2027-01-03")
			}, "open dropped recalled"},
			"passed on": {func(_ greetee, g db.GreetingRow) error {
				return p.PassGreeting(ctx, p.boss, g.ID, g.Version, p.ClerkWest)
			}, "open dropped handed"},
			"another owner": {func(x greetee, _ db.GreetingRow) error {
				return p.change(x, func(c *db.Customer) { c.OwnerID = p.RepWest2 })
			}, "open dropped handed"},
			"another branch": {func(x greetee, _ db.GreetingRow) error {
				return p.change(x, func(c *db.Customer) { c.BranchID, c.OwnerID = p.East, 0 })
			}, "open dropped handed"},
			"contact left": {func(x greetee, _ db.GreetingRow) error { return p.RemoveContact(ctx, p.boss, x.customer, x.contact) }, "open dropped gone"},
			"no mobile": {func(x greetee, _ db.GreetingRow) error {
				list, err := p.Contacts(ctx, p.boss.Scope(policy.CustomerRead), x.customer)
				if err == nil {
					list[0].Phones = nil
					_, err = p.SaveContact(ctx, p.boss, db.Submission{}, list[0])
				}
				return err
			}, "open failed no_address"},
		}
		all := map[string]greetee{}
		for name := range acts {
			all[name] = p.greetee(name, 0)
		}
		p.sweep()
		for name, x := range all {
			p.mustSend(x, festival.NewYear, message.SMS)
			if err := acts[name].do(x, p.greeting(x, festival.NewYear)); err != nil {
				p.Fatalf("%s: %v", name, err)
			}
		}
		p.round()
		for name, x := range all {
			if got := p.stands(x, festival.NewYear); got != acts[name].want {
				p.Errorf("%s: %q, want %q", name, got, acts[name].want)
			}
		}
		if _, asked := p.gateway.Taken(); asked != 0 {
			p.Errorf("the gateway was asked %d times", asked)
		}
	})
}

func (p *post) change(x greetee, set func(*db.Customer)) error {
	ctx := context.Background()
	admin := p.As(p.T, p.Admin)
	c, err := p.Customer(ctx, admin.Scope(policy.CustomerRead), x.customer)
	if err != nil {
		return err
	}
	set(&c)
	return p.UpdateCustomer(ctx, admin, c)
}

func TestATemplatePutAsideWhileItWaits(t *testing.T) {
	eachPost(t, nil, func(p *post) {
		ctx := context.Background()
		x := p.greetee("甲", 0)
		p.sweep()
		p.mustSend(x, festival.NewYear, message.SMS)
		for _, t := range message.Library() {
			if t.Occasion == string(festival.NewYear) && t.Channel == message.SMS {
				if _, err := p.SaveTemplate(ctx, p.As(p.T, p.Chief), db.Submission{}, db.Template{BranchID: p.HeadOffice(), Shipped: t.Key, State: db.TemplateOff, Template: t.Template}); err != nil {
					p.Fatal(err)
				}
			}
		}
		p.round()
		if _, asked := p.gateway.Taken(); asked != 0 || p.stands(x, festival.NewYear) != "open dropped template" {
			p.Errorf("%s, asked %d times", p.stands(x, festival.NewYear), asked)
		}
	})
}

// A branch's putting-aside counts, too, when the words were head office's own
// by then.
func TestAWordingOfHeadOfficeThatABranchPutsAside(t *testing.T) {
	eachPost(t, nil, func(p *post) {
		ctx := context.Background()
		for _, t := range message.Library() {
			if t.Occasion == string(festival.NewYear) && t.Channel == message.SMS {
				t.Body += "祝好。"
				if _, err := p.SaveTemplate(ctx, p.As(p.T, p.Chief), db.Submission{}, db.Template{BranchID: p.HeadOffice(), Shipped: t.Key, State: db.TemplateOn, Template: t.Template}); err != nil {
					p.Fatal(err)
				}
			}
		}
		x := p.greetee("甲", 0)
		p.sweep()
		p.mustSend(x, festival.NewYear, message.SMS)
		for _, t := range message.Library() {
			if t.Occasion == string(festival.NewYear) && t.Channel == message.SMS {
				if _, err := p.SaveTemplate(ctx, p.boss, db.Submission{}, db.Template{BranchID: p.West, Shipped: t.Key, State: db.TemplateOff, Template: t.Template}); err != nil {
					p.Fatal(err)
				}
			}
		}
		p.round()
		if _, asked := p.gateway.Taken(); asked != 0 || p.stands(x, festival.NewYear) != "open dropped template" {
			p.Errorf("%s, asked %d times", p.stands(x, festival.NewYear), asked)
		}
	})
}

// A channel whose settings are not whole keeps its letters, and says why.
func TestAChannelThatCannotSendSaysWhy(t *testing.T) {
	eachPost(t, nil, func(p *post) {
		x := p.greetee("甲", 0)
		p.sweep()
		p.mustSend(x, festival.NewYear, message.SMS)
		p.postman.Sender = func(db.Channel, string) (notify.Sender, error) { return nil, errors.New("no") }
		p.round()
		if got := p.stands(x, festival.NewYear); got != "open queued no_channel" || p.greeting(x, festival.NewYear).Letter.Said != "" {
			p.Errorf("%q", got)
		}
		p.postman.Sender = nil
		p.Clock.Move(11 * time.Minute)
		p.round()
		if got := p.stands(x, festival.NewYear); got != "done sent" {
			p.Errorf("when it is set up: %q", got)
		}
	})
}

// One letter that cannot be written down costs no other its fate.
func TestALetterThatCannotBeWrittenDown(t *testing.T) {
	list, fault := []db.Taken{{GreetingID: 1}, {GreetingID: 2}, {GreetingID: 3}}, errors.New("no")
	var settled []int64
	err := settleEach(list, make([]db.Fate, 3), func(x db.Taken, _ db.Fate) error {
		if x.GreetingID == 1 {
			return fault
		}
		settled = append(settled, x.GreetingID)
		return nil
	})
	if !errors.Is(err, fault) || !slices.Equal(settled, []int64{2, 3}) {
		t.Errorf("%v settled, %v", settled, err)
	}
}

func TestADryChannelSendsNothingAndSaysSo(t *testing.T) {
	eachPost(t, nil, func(p *post) {
		ctx := context.Background()
		x := p.greetee("甲", 0)
		p.sweep()
		c, err := p.Channel(ctx, message.SMS)
		if err != nil {
			p.Fatal(err)
		}
		c.State = db.ChannelDry
		if err := p.SaveChannel(ctx, p.As(p.T, p.Admin), c, ""); err != nil {
			p.Fatal(err)
		}
		if err := p.send(x, festival.NewYear, message.Email, false); !errors.Is(err, db.ErrRefused) {
			p.Errorf("by a channel that nobody set up: %v", err)
		}
		p.mustSend(x, festival.NewYear, message.SMS)
		p.round()
		if _, asked := p.gateway.Taken(); asked != 0 || p.stands(x, festival.NewYear) != "open dry" {
			p.Errorf("%s, asked %d times", p.stands(x, festival.NewYear), asked)
		}
		c.State, c.Version = db.ChannelOn, c.Version+1
		if err := p.SaveChannel(ctx, p.As(p.T, p.Admin), c, ""); err != nil {
			p.Fatal(err)
		}
		p.round()
		if _, asked := p.gateway.Taken(); asked != 0 {
			p.Error("what ran dry goes out later")
		}
		p.mustSend(x, festival.NewYear, message.SMS)
		p.round()
		if taken, _ := p.gateway.Taken(); len(taken) != 1 || p.stands(x, festival.NewYear) != "done sent" {
			p.Errorf("%d taken, %s", len(taken), p.stands(x, festival.NewYear))
		}
	})
}

func TestAGreetingGoesOutByMail(t *testing.T) {
	for _, c := range []struct {
		name, command, answer, want string
		taken                       int
	}{
		{"taken", "", "", "done sent", 1},
		{"no such mailbox", "RCPT", "550 no such user", "open failed refused", 0},
		{"greylisted", "RCPT", "451 later", "open queued waits", 0},
		{"the password is wrong", "AUTH", "535 no", "open queued waits", 0},
		{"cut before the text", "DATA", notifytest.Cut, "open queued waits", 0},
		{"cut after the text", "END", notifytest.Cut, "open unsure cut", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			eachPost(t, nil, func(p *post) {
				server := notifytest.NewMail(p.T, func(command string) string {
					if c.command != "" && command == c.command {
						return c.answer
					}
					return ""
				})
				p.channel(message.Email, message.Channel{Host: "127.0.0.1", Port: server.Port, TLS: message.TLSStart, User: "yike", From: "care@example.com", FromName: "驿客", Allowed: "127.0.0.1"})
				x := p.greetee("甲", 0)
				p.sweep()
				p.mustSend(x, festival.NewYear, message.Email)
				p.round()
				p.round()
				if got := p.stands(x, festival.NewYear); got != c.want || len(server.Taken()) != c.taken {
					p.Errorf("%q with %d taken, want %q with %d", got, len(server.Taken()), c.want, c.taken)
				}
				if c.want != "open queued waits" {
					return
				}
				p.Clock.Move(2 * time.Minute)
				p.round() // tried again, refused again
				if got := p.stands(x, festival.NewYear); got != c.want {
					p.Errorf("the second time: %q", got)
				}
			})
		})
	}
}

// Two nodes take at once: each letter goes out once.
func TestTwoPostmen(t *testing.T) {
	eachPost(t, nil, func(p *post) {
		for i := range 45 {
			p.greetee(string(rune('甲'+i)), 0)
		}
		p.sweep()
		list, _, err := p.Greetings(context.Background(), p.boss, db.GreetingFilter{Limit: 100})
		if err != nil || len(list) != 45 {
			p.Fatal(len(list), err)
		}
		for _, g := range list {
			p.mustSend(greetee{g.CustomerID, g.ContactID}, festival.NewYear, message.SMS)
		}
		done := make(chan error, 2)
		for range 2 {
			other := &Postman{DB: p.DB, Log: p.postman.Log}
			go func() { done <- other.Round(context.Background()) }()
		}
		if err := cmp.Or(<-done, <-done); err != nil {
			p.Fatal(err)
		}
		p.round()
		taken, _ := p.gateway.Taken()
		once := map[string]bool{}
		for _, m := range taken {
			once[m.Key] = true
		}
		if len(taken) != 45 || len(once) != 45 {
			p.Errorf("%d taken, %d different", len(taken), len(once))
		}
	})
}
