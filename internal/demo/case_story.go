package demo

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"yike/db"
	"yike/policy"
	"yike/policy/casework"
	"yike/policy/day"
)

// Where the story of a case that is open ends, beside its steps.
const (
	stopPaused    = "paused"
	stopWaiting   = "waiting"   // for a leader's word
	stopEscalated = "escalated" // by the client
	stopProposed  = "proposed"  // money that waits for approval
)

var stops = []string{casework.Accept, casework.Handle, stopPaused, casework.Analyse, casework.FollowUp, stopProposed, casework.Tell, casework.Accept,
	stopWaiting, casework.Handle, stopPaused, casework.Review, casework.Analyse, stopEscalated, casework.Handle, casework.FollowUp, stopPaused, casework.Accept}

// dossier is one case as it is thought out.
type dossier struct {
	*casebook
	dice
	o       *office
	in      db.NewCase
	id      int64 // when it was opened
	when    int64 // it came in
	clock   int64 // of the last act
	handler int64
	author  int64
	stop    string
	kind    string
	trouble trouble
	cause   int64
	// What it is about.
	severity, goods, town string
	sent                  int64
	number                string
	asked, agreed         int64 // fen
	claim, version        int64 // the version after what was decided
	refused               bool
	only                  *office // whose clients it may be of
}

// make thinks out what a case is about. What stands in it already stays.
func (x *dossier) make(ctx context.Context) error {
	if x.kind == "" {
		x.kind = []string{casework.Complaint, casework.Consultation, casework.Suggestion}[x.weighted(67, 25, 8)]
	}
	list := map[string][]trouble{casework.Complaint: troubles, casework.Consultation: asks, casework.Suggestion: ideas}[x.kind]
	var weights []int
	for _, t := range list {
		n := t.weight
		if x.cause != 0 && t.cause != x.cause || x.stop == stopProposed && t.money < 50 {
			n = 0
		}
		weights = append(weights, n)
	}
	x.trouble = list[x.weighted(weights...)]
	x.asked = int64(min(4800, x.logNormal(5.1, 0.85))) * 100
	x.clock = x.when
	on := day.At(time.UnixMilli(x.when), db.Zone)
	client, err := x.about(ctx, on)
	if err != nil {
		return err
	}
	x.o = x.at[client.BranchID]
	x.in.Case = db.Case{Kind: x.kind, BranchID: x.o.id, CauseID: x.trouble.cause, Severity: x.severity, OpenedAt: x.when, Wants: wantOf(x.trouble)}
	if x.in.Severity == "" {
		x.in.Severity = x.howGrave()
	}
	x.in.Channel = []string{casework.Phone, casework.WeChat, casework.Chat, casework.App, casework.Counter, casework.OnSite, casework.Email, casework.Letter, casework.HeadOffice, casework.Postal}[x.weighted(44, 18, 9, 5, 6, 5, 3, 1, 6, 3)]
	if (x.kind != casework.Complaint || x.stop != "") && casework.HasTicket(x.in.Channel) {
		x.in.Channel = casework.Phone
	}
	switch x.in.Channel {
	case casework.HeadOffice:
		x.in.Ticket = fmt.Sprintf("ZB%s%05d", on.String()[2:4]+on.String()[5:7], x.IntN(100_000))
	case casework.Postal:
		x.in.Ticket = fmt.Sprintf("YZ%s%04d", on.String()[:4]+on.String()[5:7]+on.String()[8:], x.IntN(10_000))
		x.in.Severity = casework.Serious
	}
	x.in.CustomerID, x.in.ContactID, x.in.Caller, x.in.CallerPhone = client.ID, client.ContactID, client.Contact, client.Phone
	if x.number != "" && x.in.Channel != casework.OnSite && x.chance(0.2) { // who waits for the parcel calls
		x.in.ContactID, x.in.Caller, x.in.CallerPhone = 0, x.person(), mobile(20_000+x.IntN(200_000))
		if x.chance(0.35) {
			x.in.CustomerID = 0
		}
	}
	if x.number != "" {
		x.in.Waybills = []string{x.number}
	}
	x.in.Said = x.filled(pick(x.dice, x.trouble.said))
	if x.chance(0.3) && x.kind == casework.Complaint {
		x.in.Said += pick(x.dice, tails)
	}
	x.who(client)
	return nil
}

// howGrave is the severity of a case of its cause.
func (x *dossier) howGrave() string {
	switch {
	case x.kind != casework.Complaint:
		return casework.Minor
	case x.stop == casework.Review:
		return casework.Grave // it asks for measures
	case x.stop == casework.FollowUp:
		return casework.Serious // it asks for a call
	case x.trouble.money > 50:
		return []string{casework.Minor, casework.Serious, casework.Grave}[x.weighted(36, 48, 16)]
	}
	return []string{casework.Minor, casework.Serious, casework.Grave}[x.weighted(68, 27, 5)]
}

// wantOf is what a client mostly wants.
func wantOf(t trouble) string {
	switch {
	case t.cause == 83:
		return "return"
	case t.money > 20:
		return "pay"
	case t.cause == 61:
		return "address"
	case t.parcel && t.cause < 81:
		return "deliver"
	}
	return "explain"
}

// about picks the client, and the parcel when it is about one: if it can be,
// one to which such a thing happened.
func (x *dossier) about(ctx context.Context, on day.Day) (db.Shipper, error) {
	var c db.Shipper
	for range 6 {
		c = x.client(x.dice, on, x.only)
		if !x.trouble.parcel || x.cfg.Waybills == 0 {
			break
		}
		p, err := x.d.Waybills(ctx, x.system.Scope(policy.WaybillRead), db.WaybillFilter{CustomerID: c.ID, From: on.Add(-20).String(), To: on.Add(-2).String(), Limit: 30})
		if err != nil {
			return c, err
		}
		fits := slices.IndexFunc(p.Rows, func(w db.WaybillRow) bool {
			return !x.taken[w.Number] && (slices.Contains(x.trouble.fits, w.Exception) || slices.Contains(x.trouble.fits, w.State))
		})
		if fits >= 0 {
			x.parcelOf(p.Rows[fits])
			break
		}
		plain := slices.IndexFunc(p.Rows, func(w db.WaybillRow) bool { return !x.taken[w.Number] && w.Exception == "" })
		if plain >= 0 && x.number == "" {
			x.parcelOf(p.Rows[plain])
		}
		if x.number != "" && len(x.trouble.fits) == 0 {
			break
		}
	}
	if x.number != "" {
		x.taken[x.number] = true
		i := slices.IndexFunc(x.clients, func(k db.Shipper) bool { return k.ID == x.in.CustomerID })
		c = x.clients[i]
	}
	if x.town == "" {
		x.town = pick(x.dice, []string{"成都", "武汉", "佛山", "济南", "西安", "长沙", "合肥", "郑州"})
	}
	if x.goods == "" {
		x.goods = pick(x.dice, contentsOf(c.Industry))
	}
	return c, nil
}

func (x *dossier) parcelOf(w db.WaybillRow) {
	x.number, x.goods, x.town, x.sent, x.in.CustomerID = w.Number, w.Contents, townOf(w.City), w.SentAt, w.CustomerID
}

// who says who writes it down, and who works on it.
func (x *dossier) who(c db.Shipper) {
	x.author = x.o.head
	if len(x.o.clerks) > 0 && (x.o.head == 0 || x.chance(0.93)) {
		x.author = pick(x.dice, x.o.clerks).id
	}
	x.handler = x.author
	if len(x.o.clerks) > 0 {
		x.handler = pick(x.dice, x.o.clerks).id
	}
	if x.in.Channel == casework.OnSite {
		isRep := slices.ContainsFunc(x.o.reps, func(p person) bool { return p.id == c.OwnerID })
		switch {
		case isRep && x.in.CustomerID == c.ID && (len(x.o.couriers) == 0 || x.chance(0.5)):
			x.author = c.OwnerID
		case len(x.o.couriers) > 0:
			x.author = pick(x.dice, x.o.couriers).id
		}
	}
	if x.o.head != 0 && x.in.Severity == casework.Grave && x.chance(0.3) {
		x.handler = x.o.head
	}
	x.in.UserID = x.handler
}

func (x *dossier) ref() db.CaseRef { return db.CaseRef{ID: x.id} }

// do is an act some minutes later, while people are at work.
func (x *dossier) do(soonest, latest int, user int64, act func(context.Context, policy.Actor) error) {
	x.clock = x.working(x.clock + int64(x.between(soonest, latest))*60_000)
	at := x.clock
	x.acts = append(x.acts, db.PastAct{At: at, Do: func(ctx context.Context) error {
		by, err := x.actor(ctx, user)
		if err == nil {
			x.clock = at
			err = act(ctx, by)
		}
		if err != nil {
			return fmt.Errorf("case %s of %s: %w", x.in.Said, by.Name, err)
		}
		return nil
	}})
}

// working is the instant, or the next at which somebody works on such a case:
// on complaints every day until the evening, on what can wait in office hours.
func (x *dossier) working(at int64) int64 {
	const opens = 8*60 + 30
	on, closes := day.At(time.UnixMilli(at), db.Zone), 18*60
	minute, late := int(at-x.instantOf(on, 0))/60_000, int(at/60_000%35)
	works := func(d day.Day) day.Day { return d }
	if x.kind == casework.Complaint {
		closes = 20*60 + 40
	} else {
		works = x.days.workday
	}
	switch {
	case works(on) != on:
		return x.instantOf(works(on), opens+late)
	case minute < opens:
		return x.instantOf(on, opens+late)
	case minute > closes:
		return x.instantOf(works(on.Add(1)), opens+late)
	}
	return at
}

// open is the call that comes in.
func (x *dossier) open() {
	x.acts = append(x.acts, db.PastAct{At: x.when, Do: func(ctx context.Context) error {
		by, err := x.actor(ctx, x.author)
		if err != nil {
			return err
		}
		x.id, err = x.d.OpenCase(ctx, by, db.Submission{}, x.in)
		return err
	}})
}

func (x *dossier) take(soonest, latest int) {
	x.do(soonest, latest, x.handler, func(ctx context.Context, by policy.Actor) error { return x.d.TakeCase(ctx, by, x.ref()) })
}

func (x *dossier) answer() {
	how := x.way()
	x.do(1, 14, x.handler, func(ctx context.Context, by policy.Actor) error {
		return x.d.AnswerCase(ctx, by, x.ref(), db.CaseAnswer{How: how})
	})
}

// way is how a client is spoken to.
func (x *dossier) way() string {
	switch x.in.Channel {
	case casework.WeChat, casework.Chat, casework.Email:
		return map[string]string{casework.WeChat: "wechat", casework.Chat: "chat", casework.Email: "email"}[x.in.Channel]
	}
	return "phone"
}

func (x *dossier) note(text string) {
	x.do(15, 90, x.handler, func(ctx context.Context, by policy.Actor) error { return x.d.NoteCase(ctx, by, x.id, text) })
}

// story is what became of a case, from the call to its end or to where it
// stands.
func (x *dossier) story() {
	x.open()
	if x.kind != casework.Complaint {
		x.shortStory()
		return
	}
	if x.stop == casework.Accept {
		return
	}
	soonest, latest := 2, 30
	if x.in.Severity != casework.Minor {
		soonest, latest = 1, 12
	}
	if x.chance(0.07) { // nobody had time
		soonest, latest = 70, 240
	}
	x.take(soonest, latest)
	x.answer()
	money := x.o.head != 0 && len(x.o.clerks) > 0 && (x.IntN(100) < x.trouble.money || x.stop == stopProposed)
	if money {
		x.ask()
	}
	if x.stop == casework.Analyse {
		return
	}
	if x.chance(0.3) {
		x.note(pick(x.dice, looked))
	}
	why := pick(x.dice, found)
	x.do(15, 110, x.handler, func(ctx context.Context, by policy.Actor) error {
		return x.d.MoveCase(ctx, by, x.ref(), casework.Handle, why)
	})
	if !x.worked(money) {
		return
	}
	x.ended(money)
}

// shortStory is that of a question or a suggestion.
func (x *dossier) shortStory() {
	soonest, latest := 3, 45
	if x.kind == casework.Suggestion {
		soonest, latest = 60, 1500
	}
	if x.kind == casework.Suggestion || x.chance(0.4) {
		x.take(soonest, latest)
	}
	how, result := x.way(), x.filled(pick(x.dice, x.trouble.result))
	x.do(soonest, latest, x.handler, func(ctx context.Context, by policy.Actor) error {
		_, err := x.d.TellCase(ctx, by, x.ref(), db.CaseTold{How: how, Result: result, Satisfied: casework.Satisfied, Close: true})
		return err
	})
}

// worked is the work on a case until its client can be told; false where the
// story ends before.
func (x *dossier) worked(money bool) bool {
	if x.stop == stopEscalated || x.stop == "" && x.chance(0.05) {
		reason, why := pick(x.dice, casework.EscalationReasons[:7]), pick(x.dice, whyFurther)
		x.do(60, 300, x.author, func(ctx context.Context, by policy.Actor) error {
			return x.d.EscalateCase(ctx, x.orHandler(ctx, by), x.ref(), reason, why)
		})
		if x.stop == stopEscalated {
			return false
		}
	}
	if x.stop == stopPaused || x.stop == "" && x.chance(0.1) {
		reason := []string{"client", "branch", "carrier", "evidence"}[x.IntN(4)]
		text := pick(x.dice, pauses[reason])
		x.do(10, 60, x.handler, func(ctx context.Context, by policy.Actor) error {
			return x.d.PauseCase(ctx, by, x.id, 0, reason, text, 0)
		})
		if x.stop == stopPaused {
			return false
		}
		x.do(200, 1700, x.handler, func(ctx context.Context, by policy.Actor) error { return x.d.ResumeCase(ctx, by, x.id, 0, "") })
	}
	if x.chance(0.4) {
		x.note(pick(x.dice, looked))
	}
	if x.stop == "" && x.o.head != 0 && x.handler != x.o.head && x.chance(0.05) {
		x.do(10, 60, x.handler, func(ctx context.Context, by policy.Actor) error {
			return x.d.HandCase(ctx, by, x.ref(), x.o.head, "客户要和经理谈")
		})
		x.handler = x.o.head
	}
	if x.stop == casework.Handle {
		return false
	}
	if money && !x.settled() {
		return false
	}
	if x.stop == casework.Tell {
		x.do(20, 120, x.handler, func(ctx context.Context, by policy.Actor) error {
			return x.d.MoveCase(ctx, by, x.ref(), casework.Tell, "已有结果，约了下午给客户回电。")
		})
		return false
	}
	return true
}

// orHandler is who may work on the case: who wrote it down, else who has it.
func (x *dossier) orHandler(ctx context.Context, by policy.Actor) policy.Actor {
	if by.Can(policy.CaseEdit) {
		return by
	}
	if other, err := x.actor(ctx, x.handler); err == nil {
		return other
	}
	return by
}

// ended is the end of a case: the client is told and asked, and it closes.
func (x *dossier) ended(money bool) {
	satisfied := []string{casework.Satisfied, "", casework.Unsatisfied}[x.weighted(76, 15, 9)]
	switch x.stop {
	case casework.FollowUp, casework.Review:
		satisfied = ""
	case stopWaiting:
		satisfied = casework.Unsatisfied
	}
	x.tell(satisfied)
	if x.stop == casework.FollowUp {
		return
	}
	if satisfied == casework.Unsatisfied {
		why := pick(x.dice, []string{"unreachable", "too_much", "unfounded", "refused"})
		note := pick(x.dice, whyWaived[why])
		x.do(5, 60, x.handler, func(ctx context.Context, by policy.Actor) error {
			return x.d.AskAcceptance(ctx, by, x.ref(), why, note)
		})
		if x.stop == stopWaiting || x.o.head == 0 {
			return
		}
		x.do(60, 400, x.o.head, func(ctx context.Context, by policy.Actor) error {
			return x.d.AcceptCase(ctx, by, x.ref(), "情况属实，可以结案。")
		})
	} else if satisfied == "" {
		text, soonest, latest := pick(x.dice, afterCall), 150, 420
		if x.stop != "" {
			soonest, latest = 10, 40
		}
		x.do(soonest, latest, x.handler, func(ctx context.Context, by policy.Actor) error {
			return x.d.CallCase(ctx, by, x.ref(), casework.Satisfied, text, false)
		})
	}
	if x.stop == casework.Review {
		return
	}
	if x.in.Severity == casework.Grave {
		x.review(30, 300)
	}
	x.close(20, 500)
	if money {
		x.paid()
	}
	if satisfied == casework.Satisfied && x.chance(0.04) {
		why := pick(x.dice, whyAgain)
		x.do(900, 4000, x.handler, func(ctx context.Context, by policy.Actor) error { return x.d.ReopenCase(ctx, by, x.ref(), why) })
		x.tell(casework.Satisfied)
		x.close(60, 500)
	}
}

func (x *dossier) tell(satisfied string) {
	soonest, latest := 60, 330
	if x.chance(0.11) { // it took longer than was promised
		soonest, latest = 1300, 2600
	}
	if x.stop != "" {
		soonest, latest = 30, 120
	}
	how, result := x.way(), x.filled(pick(x.dice, x.trouble.result))
	x.do(soonest, latest, x.handler, func(ctx context.Context, by policy.Actor) error {
		_, err := x.d.TellCase(ctx, by, x.ref(), db.CaseTold{How: how, Result: result, Satisfied: satisfied})
		return err
	})
}

// review writes measures for whoever leads, or for who handles it.
func (x *dossier) review(soonest, latest int) {
	x.do(soonest, latest, x.handler, x.measures)
}

func (x *dossier) measures(ctx context.Context, by policy.Actor) error {
	user := x.o.head
	if user == 0 {
		user = x.handler
	}
	due := day.At(time.UnixMilli(x.clock), db.Zone).Add(7)
	text := x.filled(measuresTaken[int(x.when/60_000)%len(measuresTaken)])
	return x.d.ReviewCase(ctx, by, x.ref(), db.Measures{Text: text, User: user, Due: due.String()})
}

// close ends a case; what its rule asks for before, is done.
func (x *dossier) close(soonest, latest int) {
	text := afterCall[x.IntN(len(afterCall))]
	x.do(soonest, latest, x.handler, func(ctx context.Context, by policy.Actor) error {
		for range 4 {
			_, err := x.d.CloseCase(ctx, by, x.ref(), "", false)
			var stop *db.CaseStop
			if !errors.As(err, &stop) {
				return err
			}
			switch why := stop.Why[0]; why {
			case casework.IsClosed:
				return nil // a leader's word has closed it
			case casework.NotCalled, casework.NotSatisfied:
				err = x.d.CallCase(ctx, by, x.ref(), casework.Satisfied, text, false)
			case casework.NotReviewed:
				err = x.measures(ctx, by)
			}
			if err != nil {
				return err
			}
		}
		return errors.New("it does not close")
	})
}

// twice is the same thing told again by somebody else while it is worked on,
// which goes into the first case.
func (x *dossier) twice() {
	y := &dossier{casebook: x.casebook, dice: x.dice, o: x.o, when: x.when + int64(x.between(8, 20))*60_000, handler: x.handler, author: x.author, kind: x.kind, trouble: x.trouble}
	y.in = x.in
	y.in.OpenedAt, y.in.Channel, y.in.Ticket, y.in.Waybills = y.when, casework.WeChat, "", slices.Clone(x.in.Waybills)
	y.in.ContactID, y.in.Caller, y.in.CallerPhone = 0, x.person(), mobile(20_000+x.IntN(200_000))
	y.in.Said = "收件人在微信上又问了一次同一票件。"
	y.clock = y.when
	y.open()
	leader := x.o.head
	if leader == 0 {
		return
	}
	// Before the first one can be closed; nobody waits for the office to open.
	y.acts = append(y.acts, db.PastAct{At: y.when + 3*60_000, Do: func(ctx context.Context) error {
		by, err := x.actor(ctx, leader)
		if err != nil {
			return err
		}
		return x.d.MergeCase(ctx, by, y.ref(), x.id, "同一票件，合在一起处理")
	}})
}
