package db_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"yike/db"
	"yike/db/dbtest"
	"yike/policy"
	"yike/policy/casework"
	"yike/policy/tracking"
	"yike/policy/waybill"
)

// alerted returns the cases that rules opened for parcels, the latest first.
func alerted(t *testing.T, w *dbtest.World) []db.CaseRow {
	t.Helper()
	list, err := w.Cases(context.Background(), w.As(t, w.Chief), db.CaseFilter{Show: db.CasesAll, Alert: db.AlertAny})
	if err != nil {
		t.Fatal(err)
	}
	return list.Rows
}

// heard takes news of one parcel in.
func heard(t *testing.T, w *dbtest.World, number, state, words string) {
	t.Helper()
	if _, _, err := w.ApplyTracks(context.Background(), w.As(t, w.BossWest), news(number, state, "", w.Now(), words)); err != nil {
		t.Fatal(err)
	}
}

// lookAt lets the job look at all parcels.
func lookAt(t *testing.T, w *dbtest.World) {
	t.Helper()
	if _, err := w.FlagParcels(context.Background(), policy.SystemActor("parcels")); err != nil {
		t.Fatal(err)
	}
}

// history are the kinds of the lines of a case's history, the first first.
func history(t *testing.T, w *dbtest.World, id int64) string {
	t.Helper()
	list, err := w.CaseEvents(context.Background(), id)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, e := range slices.Backward(list) {
		text := e.Kind
		if e.Args["flag"] != "" {
			text += "(" + strings.TrimSpace(e.Args["flag"]+" "+e.Args["why"]) + ")"
		}
		if e.UserID != 0 {
			text += "*" // somebody did it
		}
		out = append(out, text)
	}
	return strings.Join(out, " ")
}

func TestTroubleOfAParcelOpensOneCase(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, boss := context.Background(), w.As(t, w.BossWest)
		customer := sender(t, w)
		contact, err := w.SaveContact(ctx, boss, db.Submission{}, db.Contact{CustomerID: customer, Name: "王静", Phones: []string{"13800002000"}})
		if err != nil {
			t.Fatal(err)
		}
		const number = "30261000000001"
		p := billed(t, w, customer, number, db.Day(w.Now()), waybill.Moving, "")
		w.Clock.Move(time.Hour)
		heard(t, w, number, waybill.Lost, "快件遗失")
		list := alerted(t, w)
		if len(list) != 1 {
			t.Fatalf("%d cases", len(list))
		}
		c := list[0]
		if c.Kind != casework.Consultation || c.Channel != casework.Program || c.Severity != casework.Serious || c.CustomerID != customer || c.ContactID != contact || c.BranchID != w.West ||
			c.UserID != w.ClerkWest || c.CreatedBy != 0 || c.Step != casework.Accept || c.Cause.Code != "lost" || c.WaybillCount != 1 {
			t.Errorf("the case: %+v", c)
		}
		if parcels, err := w.CaseWaybills(ctx, c.ID); err != nil || len(parcels) != 1 || parcels[0] != number {
			t.Errorf("its parcel: %+v, %v", parcels, err)
		}
		if got := about(t, w, parcelOf(t, w, number)); got != "lost" {
			t.Errorf("beside the case: %q", got)
		}
		todos, _, err := w.Todos(ctx, boss, db.TodoFilter{Customer: customer})
		if err != nil || len(todos) != 1 || todos[0].Kind != db.TodoNewCase || todos[0].UserID != w.ClerkWest {
			t.Errorf("who is told: %+v, %v", todos, err)
		}
		if seen, err := w.Watched(ctx, []int64{p.ID}); err != nil || !seen[p.ID].Open || seen[p.ID].Who == "" {
			t.Errorf("the list says %+v, %v", seen, err)
		}
		// However often it is looked at, told again, or by two at once.
		lookAt(t, w)
		heard(t, w, number, waybill.Lost, "确认遗失")
		lookAt(t, w)
		if n := len(alerted(t, w)); n != 1 {
			t.Fatalf("%d cases after it was looked at again", n)
		}
		w.Clock.Move(time.Hour)
		heard(t, w, number, waybill.Damaged, "破损") // more trouble of it stands on the same case
		if n := len(alerted(t, w)); n != 1 {
			t.Fatalf("%d cases of one parcel", n)
		}
		if x, _, err := w.ParcelCaseOf(ctx, c.ID); err != nil || x.Trouble != tracking.Damaged {
			t.Errorf("what goes on: %+v, %v", x, err)
		}
		w.Clock.Move(time.Hour)
		heard(t, w, number, waybill.Delivering, "找到了，正在派送")
		heard(t, w, number, waybill.Delivering, "还在派送")
		w.Clock.Move(time.Hour)
		heard(t, w, number, waybill.Lost, "又不见了")
		w.Clock.Move(time.Hour)
		heard(t, w, number, waybill.Signed, "已签收")
		if got, want := history(t, w, c.ID), "opened alert(lost) alert(damaged) alert_over(lost moved) alert_over(damaged moved) alert_again(lost) alert_over(lost signed)"; got != want {
			t.Errorf("its history: %s, want %s", got, want)
		}
		alert, found, err := w.ParcelCaseOf(ctx, c.ID)
		if err != nil || !found || alert.Number != number || alert.Trouble != tracking.Lost || alert.EndedAt != w.Now().UnixMilli() || alert.EndedWhy != db.SettledSigned || alert.CalledAt != 0 || alert.RuleVersion != 0 {
			t.Errorf("%+v, %v %v", alert, found, err)
		}
		if list := alerted(t, w); len(list) != 1 || list[0].Step != casework.Accept {
			t.Errorf("who handles it ends it: %d, %s", len(list), list[0].Step)
		}
	})
}

// Once its case is closed, trouble that comes again is a to-do as without a rule.
func TestTroubleAfterItsCaseIsATodo(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		customer := sender(t, w)
		const number = "30261000000002"
		billed(t, w, customer, number, db.Day(w.Now()), waybill.Moving, "")
		heard(t, w, number, waybill.Lost, "快件遗失")
		w.Clock.Move(time.Hour)
		heard(t, w, number, waybill.Delivering, "找到了")
		if _, err := db.Writer(w.DB).Exec(`UPDATE cases SET step = 'closed'`); err != nil {
			t.Fatal(err)
		}
		w.Clock.Move(time.Hour)
		heard(t, w, number, waybill.Lost, "又不见了")
		if n := len(alerted(t, w)); n != 1 {
			t.Errorf("%d cases", n)
		}
		if got := about(t, w, parcelOf(t, w, number)); got != "lost; lost open" {
			t.Errorf("%q", got)
		}
	})
}

// Two nodes look at the same parcels at once.
func TestTwoWhoLookAtOnceOpenOneCase(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, customer := context.Background(), sender(t, w)
		for i := range 6 {
			number := "3026100000010" + string(rune('0'+i))
			billed(t, w, customer, number, db.Day(w.Now()), waybill.Moving, "")
			if _, err := db.Writer(w.DB).Exec(`INSERT INTO waybill_tracks (waybill_id, service, updated_at) SELECT id, '', 1 FROM waybills WHERE number = $1 ON CONFLICT DO NOTHING`, number); err != nil {
				t.Fatal(err)
			}
			if _, err := db.Writer(w.DB).Exec(`UPDATE waybills SET state = 'lost', sent_at = $2 WHERE number = $1`, number, w.Now().UnixMilli()); err != nil {
				t.Fatal(err)
			}
		}
		var group sync.WaitGroup
		for range 3 {
			group.Go(func() {
				if _, err := w.FlagParcels(ctx, policy.SystemActor("parcels")); err != nil && !errors.Is(err, db.ErrConflict) {
					t.Errorf("looks: %v", err)
				}
			})
		}
		group.Wait()
		if n := len(alerted(t, w)); n != 6 {
			t.Errorf("%d cases of six parcels", n)
		}
	})
}

func TestTheRuleSaysWhichTroubleOpensACase(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, admin := context.Background(), w.As(t, w.Admin)
		set := func(branch int64, rule tracking.CaseRule) {
			t.Helper()
			text, err := json.Marshal(rule)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := w.SetRule(ctx, admin, policy.CaseRule, db.RuleRow{Rule: db.RuleParcelCases, BranchID: branch, ValidFrom: db.Day(w.Now()), Value: string(text), Reason: "试"}); err != nil {
				t.Fatal(err)
			}
		}
		client := func(name, class string, branch int64) int64 {
			t.Helper()
			id, err := w.CreateCustomer(ctx, admin, db.Submission{}, db.Customer{BranchID: branch, Name: name, Class: class})
			if err != nil {
				t.Fatal(err)
			}
			return id
		}
		company := tracking.DefaultCases()
		company.Rows[tracking.Refused] = tracking.CaseRow{Severity: casework.Minor}
		company.Rows[tracking.Failed] = tracking.CaseRow{On: true, Severity: casework.Minor, Script: "您好"}
		set(0, company)
		own := tracking.DefaultCases()
		own.Rows = map[string]tracking.CaseRow{tracking.Lost: {On: true, Severity: casework.Grave, Script: "您好", Classes: []string{"A"}}}
		set(w.East, own)
		a, b, gone, eastA, eastB := client("甲", "A", w.West), client("乙", "B", w.West), client("回收的", "A", w.West), client("东甲", "A", w.East), client("东乙", "B", w.East)
		if _, err := db.Writer(w.DB).Exec(`UPDATE customers SET deleted_at = 1 WHERE id = $1`, gone); err != nil {
			t.Fatal(err)
		}
		today, old := db.Day(w.Now()), db.Day(w.Now().AddDate(0, 0, -9))
		for i, c := range []struct {
			name          string
			customer      int64
			day           string
			state, want   string
			version, from int64
		}{
			{"a stuck one of an A client", a, today, waybill.Stuck, "minor late.stuck", 1, 0},
			{"a stuck one of a B client", b, today, waybill.Stuck, "", 0, 0},
			{"a lost one of a B client", b, today, waybill.Lost, "serious lost", 1, 0},
			{"a lost one of long ago", a, old, waybill.Lost, "", 0, 0},
			{"a refused one: its row is off", a, today, waybill.Refused, "", 0, 0},
			{"one that comes back, too", a, today, waybill.Returning, "", 0, 0},
			{"of a client in the bin", gone, today, waybill.Lost, "", 0, 0},
			{"of nobody that is known", 0, today, waybill.Lost, "", 0, 0},
			{"in the east, by its own rule", eastA, today, waybill.Lost, "grave lost", 1, w.East},
			{"a B client there", eastB, today, waybill.Lost, "", 0, 0},
			{"a stuck one there", eastA, today, waybill.Stuck, "", 0, 0},
		} {
			number := "302610000002" + string(rune('0'+i/10)) + string(rune('0'+i%10))
			before := len(alerted(t, w))
			branch := w.West
			if c.customer == eastA || c.customer == eastB {
				branch = w.East
			}
			if _, err := w.LoadWaybills(ctx, systemActor, slices.Values([]db.Waybill{{Number: number, BranchID: branch, CustomerID: c.customer, SentDay: c.day, SentAt: startOf(t, c.day), State: c.state, Pieces: 1, Freight: 100}}), nil); err != nil {
				t.Fatal(err)
			}
			if _, err := db.Writer(w.DB).Exec(`INSERT INTO waybill_tracks (waybill_id, service, updated_at) SELECT id, '', 1 FROM waybills WHERE number = $1 ON CONFLICT DO NOTHING`, number); err != nil {
				t.Fatal(err)
			}
			lookAt(t, w)
			list := alerted(t, w)
			got := ""
			if len(list) > before {
				got = list[0].Severity + " " + list[0].Cause.Code
				p, found, err := w.ParcelCaseOf(ctx, list[0].ID)
				if err != nil || !found || p.RuleVersion != c.version || p.RuleBranch != c.from {
					t.Errorf("%s: by which rule: %+v, %v", c.name, p, err)
				}
			}
			if got != c.want {
				t.Errorf("%s: %q, want %q", c.name, got, c.want)
			}
		}
	})
}

func startOf(t *testing.T, day string) int64 {
	t.Helper()
	at, err := time.ParseInLocation(time.DateOnly, day, db.Zone)
	if err != nil {
		t.Fatal(err)
	}
	return at.UnixMilli()
}

// Whether we called before the client complained of the same parcel is counted,
// and each figure is as long as its list.
func TestWhoCalledFirst(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, boss, clerk := context.Background(), w.As(t, w.BossWest), w.As(t, w.ClerkWest)
		customer := sender(t, w)
		began := w.Now()
		cases := map[string]db.CaseRow{}
		names := []string{"called", "called, then complained of", "complained of, then called", "complained of", "neither", "complained of long before", "another one's complaint"}
		for i, name := range names {
			number := "3026100000030" + string(rune('0'+i))
			billed(t, w, customer, number, db.Day(w.Now()), waybill.Moving, "")
			if name == "complained of long before" {
				complainOf(t, w, customer, number)
				w.Clock.Move(time.Minute)
			}
			heard(t, w, number, waybill.Lost, "快件遗失")
			cases[name] = alerted(t, w)[0]
		}
		number := func(name string) string { return "3026100000030" + string(rune('0'+slices.Index(names, name))) }
		call := func(name string) {
			t.Helper()
			w.Clock.Move(time.Minute)
			c := cases[name]
			if err := w.CallFirst(ctx, clerk, db.CaseRef{ID: c.ID, Version: c.Version}, "客户说谢谢"); err != nil {
				t.Fatal(name, err)
			}
		}
		complain := func(name string) {
			t.Helper()
			w.Clock.Move(time.Minute)
			complainOf(t, w, customer, number(name))
		}
		for _, who := range []policy.Actor{w.As(t, w.BossEast), w.As(t, w.CourierWest)} {
			if err := w.CallFirst(ctx, who, db.CaseRef{ID: cases["called"].ID, Version: cases["called"].Version}, ""); err == nil {
				t.Errorf("%s calls", who.Name)
			}
		}
		call("called")
		call("called, then complained of")
		complain("called, then complained of")
		complain("complained of, then called")
		call("complained of, then called")
		complain("complained of")
		call("complained of long before")
		complainOf(t, w, customer, "30261000000999")

		now, err := w.Case(ctx, boss, cases["called"].ID)
		if err != nil || now.AnsweredAt == 0 || !strings.HasSuffix(history(t, w, now.ID), "called_first*") {
			t.Errorf("the call answers it: %d, %s, %v", now.AnsweredAt, history(t, w, now.ID), err)
		}
		if err := w.CallFirst(ctx, clerk, db.CaseRef{ID: now.ID, Version: now.Version}, ""); !errors.Is(err, db.ErrCaseStop) {
			t.Errorf("a second time: %v", err)
		}
		other := complainOf(t, w, customer, "")
		if err := w.CallFirst(ctx, clerk, db.CaseRef{ID: other, Version: 1}, ""); !errors.Is(err, db.ErrCaseStop) {
			t.Errorf("a case that no rule opened: %v", err)
		}
		for _, c := range []struct {
			who  policy.Actor
			want map[string]int
		}{{boss, map[string]int{db.AlertAny: 7, db.AlertFirst: 2, db.AlertLate: 3, db.AlertUncalled: 2}}, {w.As(t, w.BossEast), map[string]int{}}} {
			counts, err := w.CountAlerts(ctx, c.who, db.CaseFilter{From: began.UnixMilli()})
			if err != nil {
				t.Fatal(err)
			}
			for _, alert := range db.Alerts {
				n, err := w.CountCases(ctx, c.who, db.CaseFilter{Show: db.CasesAll, Alert: alert, From: began.UnixMilli()}, 100)
				if err != nil || n != c.want[alert] || counts[alert] != n {
					t.Errorf("%s: %d counted, %d listed, want %d (%v)", alert, counts[alert], n, c.want[alert], err)
				}
			}
		}
		// Of those whose client was told, or that are closed, by branch; a call that was
		// written down by mistake is taken back by who wrote it.
		done := db.CaseFilter{Show: db.CasesAll, From: began.UnixMilli(), Counted: db.Counted{On: true, Done: true}}
		for _, name := range []string{"called", "complained of", "complained of long before"} {
			if _, err := w.TellCase(ctx, clerk, db.CaseRef{ID: cases[name].ID}, db.CaseTold{How: "phone", Result: "找到了"}); err != nil {
				t.Fatal(err)
			}
		}
		branches := func(want int64) {
			t.Helper()
			list, err := w.AlertBranches(ctx, boss, done)
			f := done
			f.Alert, f.Counted.At = db.AlertFirst, w.West
			n, failed := w.CountCases(ctx, boss, f, 100)
			if err != nil || failed != nil || !slices.Equal(list, []db.AlertBranch{{BranchID: w.West, Cases: 3, First: want}}) || int64(n) != want {
				t.Errorf("by branch %+v, %d listed, want %d first (%v, %v)", list, n, want, err, failed)
			}
		}
		branches(1)
		called := db.CaseRef{ID: cases["called"].ID}
		if err := w.UncallFirst(ctx, clerk, called, ""); !errors.Is(err, db.ErrCaseStop) {
			t.Errorf("taken back without a reason: %v", err)
		}
		if err := w.UncallFirst(ctx, boss, called, "打错了"); !errors.Is(err, db.ErrRefused) {
			t.Errorf("taken back by another: %v", err)
		}
		if err := w.UncallFirst(ctx, clerk, called, "打的是别的客户"); err != nil {
			t.Error(err)
		}
		if err := w.UncallFirst(ctx, clerk, called, "打的是别的客户"); !errors.Is(err, db.ErrCaseStop) {
			t.Errorf("taken back twice: %v", err)
		}
		branches(0)
		w.Clock.Move(db.UncallHours*time.Hour - time.Hour)
		late := db.CaseRef{ID: cases["complained of long before"].ID}
		before, err := w.Case(ctx, boss, late.ID)
		if err != nil || before.AnsweredAt == 0 {
			t.Fatalf("answered at %d, %v", before.AnsweredAt, err)
		}
		w.Clock.Move(2 * time.Hour)
		if err := w.UncallFirst(ctx, clerk, late, "记错了"); !errors.Is(err, db.ErrRefused) {
			t.Errorf("taken back a day later: %v", err)
		}
		if counts, err := w.CountAlerts(ctx, boss, db.CaseFilter{From: w.Now().Add(time.Hour).UnixMilli()}); err != nil || counts[db.AlertAny] != 0 {
			t.Errorf("of later: %v, %v", counts, err)
		}
	})
}

// complainOf registers a complaint about a parcel.
func complainOf(t *testing.T, w *dbtest.World, customer int64, number string) int64 {
	t.Helper()
	in := db.NewCase{Case: db.Case{Kind: casework.Complaint, CustomerID: customer, Channel: casework.Phone, Severity: casework.Minor, Said: "件呢"}}
	if number != "" {
		in.Waybills = []string{number}
	}
	id, err := w.OpenCase(context.Background(), w.As(t, w.ClerkWest), db.Submission{}, in)
	if err != nil {
		t.Fatal(err)
	}
	return id
}
