package db_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"yike/db"
	"yike/db/dbtest"
	"yike/policy"
	"yike/policy/casework"
	"yike/policy/day"
	"yike/policy/tracking"
	"yike/policy/waybill"
)

// billed brings one parcel to the western branch, sent on a day.
func billed(t *testing.T, w *dbtest.World, customer int64, number, day, state, exception string) db.WaybillRow {
	t.Helper()
	v := map[string]string{"waybill": number, "day": day, "freight": "1200", "pieces": "1", "status": state, "exception": exception, "product": waybill.Standard, "province": "420000",
		"receiver": "刘收件", "receiver_phone": "13800000077"}
	r := db.ImportRow{Verdict: "create", Record: db.ImportRecord{Customer: customer, By: waybill.ByName, V: v}}
	if p, err := w.Waybills(context.Background(), policy.SystemActor("test").Scope(policy.WaybillRead), db.WaybillFilter{Number: number, Limit: 2}); err != nil {
		t.Fatal(err)
	} else if len(p.Rows) == 1 {
		r.Verdict, r.Target, r.Record.Version = "update", p.Rows[0].ID, p.Rows[0].Version
	}
	began := w.Now().UnixMilli()
	if _, err := bill(t, w, []db.ImportRow{r}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.FlagSince(context.Background(), policy.SystemActor("test"), began); err != nil {
		t.Fatal(err)
	}
	return parcelOf(t, w, number)
}

// sender is a client of the western branch.
func sender(t *testing.T, w *dbtest.World) int64 {
	t.Helper()
	id, err := w.CreateCustomer(context.Background(), w.As(t, w.BossWest), db.Submission{}, db.Customer{BranchID: w.West, Name: "松果文具有限公司", OwnerID: w.RepWest, ClerkID: w.ClerkWest})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// about says what is kept of a parcel: its flags, then its to-dos, each with
// its state and why it closed.
func about(t *testing.T, w *dbtest.World, p db.WaybillRow) string {
	t.Helper()
	ctx := context.Background()
	track, err := w.Track(ctx, p.Waybill)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, f := range track.Flags {
		out = append(out, f.Kind)
	}
	out = []string{strings.Join(out, " ")}
	for _, closed := range []bool{false, true} {
		list, _, err := w.Todos(ctx, w.As(t, w.BossWest), db.TodoFilter{Waybill: p.ID, Closed: closed})
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range list {
			out = append(out, strings.TrimSpace(strings.TrimPrefix(x.Kind, "parcel_")+" "+x.State+" "+x.ClosedWhy))
		}
	}
	return strings.Join(out, "; ")
}

func news(number, state, code string, at time.Time, words string) []tracking.Parcel {
	return []tracking.Parcel{{Number: number, Service: tracking.KD100, Code: code, Known: true, State: state, Exception: waybill.ExceptionOf(state),
		Traces: []tracking.Trace{{At: at.UnixMilli(), Place: "330100", Words: words, State: state}}}}
}

func TestABillThatSaysSomethingIsWrongRaisesWhatATraceDoes(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		customer := sender(t, w)
		today := w.Now()
		lately := db.Day(today.AddDate(0, 0, -12))
		for i, c := range []struct{ name, day, state, exception, want string }{
			{"damaged", lately, waybill.Damaged, waybill.Damaged, "damaged; damaged open"},
			{"lost", lately, waybill.Lost, waybill.Lost, "lost; lost open"},
			{"refused", lately, waybill.Refused, waybill.Refused, "refused; refused open"},
			{"came back", lately, waybill.Returned, waybill.Returned, "back; back open"},
			{"coming back", lately, waybill.Returning, waybill.Returned, "back; back open"},
			{"stuck", lately, waybill.Stuck, waybill.Stuck, "stuck; stuck open"},
			{"on its way, with damage", lately, waybill.Moving, waybill.Damaged, "damaged; damaged open"},
			{"nothing but the exception", lately, "", waybill.Lost, "lost; lost open"},
			{"signed for, with damage", lately, waybill.Signed, waybill.Damaged, "damaged; damaged open"},
			{"signed for", lately, waybill.Signed, "", ""},
			{"signed for, late", lately, waybill.Signed, waybill.Late, ""},
			{"damaged three weeks ago", db.Day(today.AddDate(0, 0, -21)), waybill.Damaged, waybill.Damaged, ""},
			{"damaged long ago", db.Day(today.AddDate(0, 0, -61)), waybill.Damaged, waybill.Damaged, ""},
		} {
			p := billed(t, w, customer, fmt.Sprintf("30261000000%04d", 100+i), c.day, c.state, c.exception)
			if got := about(t, w, p); got != c.want {
				t.Errorf("%s: %s; want %s", c.name, got, c.want)
			}
		}
		ctx, west := context.Background(), w.As(t, w.BossWest)
		n, err := w.CountWaybills(ctx, west.Scope(policy.WaybillRead), db.WaybillFilter{Flagged: true}, 100)
		todos, _, err2 := w.Todos(ctx, west, db.TodoFilter{Customer: customer})
		if err != nil || err2 != nil || n != 9 || len(todos) != 9 {
			t.Errorf("%d flagged, %d to-dos, %v %v", n, len(todos), err, err2)
		}
		for _, x := range todos {
			if x.UserID != w.ClerkWest {
				t.Errorf("not for the client's clerk: %+v", x)
			}
		}
		if n, err := w.FlagParcels(ctx, policy.SystemActor("test")); err != nil || n != 0 {
			t.Errorf("looked at again, %d change, %v", n, err)
		}
	})
}

func TestAToDoOfAParcelClosesAndOpensWithItsTrouble(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, boss, system := context.Background(), w.As(t, w.BossWest), policy.SystemActor("test")
		const number = "302610000000900"
		p := billed(t, w, sender(t, w), number, db.Day(w.Now()), waybill.Moving, "")
		step := func(name, want string, act func() error) {
			t.Helper()
			w.Clock.Move(time.Minute)
			if err := act(); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			p = parcelOf(t, w, number)
			if got := about(t, w, p); got != want {
				t.Errorf("%s: %s; want %s", name, got, want)
			}
		}
		taken := func(state, code string) func() error {
			return func() error {
				_, _, err := w.ApplyTracks(ctx, boss, news(number, state, code, w.Now(), "消息"+code+w.Now().Format(time.DateTime)))
				return err
			}
		}
		look := func(wait time.Duration) func() error {
			return func() error {
				w.Clock.Move(wait)
				_, err := w.FlagParcels(ctx, system)
				return err
			}
		}
		closeIt := func() error {
			list, _, err := w.Todos(ctx, boss, db.TodoFilter{Waybill: p.ID})
			if err != nil || len(list) != 1 {
				return fmt.Errorf("%d to-dos, %w", len(list), err)
			}
			return w.DoTodo(ctx, boss, list[0].ID, list[0].Version, "打过电话")
		}
		step("on its way", "", taken(waybill.Moving, "0"))
		step("two days of silence", "stuck; stuck open", look(48*time.Hour))
		step("it moves again", "; stuck done moved", taken(waybill.Moving, "0"))
		step("silence again: the same to-do", "stuck; stuck open", look(50*time.Hour))
		step("a person does it", "stuck; stuck done", closeIt)
		step("the silence goes on: no second one", "stuck; stuck done", look(24*time.Hour))
		step("it moves", "; stuck done", taken(waybill.Moving, "0"))
		step("and gets stuck elsewhere: that is another trouble", "stuck; stuck open", look(49*time.Hour))
		step("refused", "refused; refused open; stuck done moved", taken(waybill.Refused, "14"))
		step("comes back: one trouble", "back; refused open; stuck done moved", taken(waybill.Returning, "6"))
		step("has come back: still to be settled with the client", "back; refused open; stuck done moved", taken(waybill.Returned, "4"))
		step("sixty days on nobody looks, and the to-do stays", "; refused open; stuck done moved", look(60*24*time.Hour))
		step("a bill says signed for", "; refused done signed; stuck done moved", func() error {
			billed(t, w, p.CustomerID, number, db.Day(w.Now()), waybill.Signed, "")
			return nil
		})
		step("and then damaged", "damaged stuck; stuck open; damaged open; refused done signed", func() error {
			billed(t, w, p.CustomerID, number, db.Day(w.Now()), waybill.Damaged, waybill.Damaged)
			return nil
		})
		step("signed for, says the track", "; damaged done signed; stuck done signed; refused done signed", taken(waybill.Signed, "3"))
	})
}

func TestATakingInIsTakenBack(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		if _, err := w.SetRule(context.Background(), w.As(t, w.Admin), policy.CaseRule, db.RuleRow{Rule: db.RuleParcelCases, ValidFrom: db.Day(w.Now()), Value: `{"troubles":{},"days":7}`, Reason: "试"}); err != nil {
			t.Fatal(err)
		}
		ctx, boss, clerk := context.Background(), w.As(t, w.BossWest), w.As(t, w.ClerkWest)
		customer := sender(t, w)
		day := db.Day(w.Now())
		first, second := billed(t, w, customer, "302610000000901", day, waybill.Moving, ""), billed(t, w, customer, "302610000000902", day, waybill.Refused, waybill.Refused)
		both := func() string {
			return about(t, w, parcelOf(t, w, first.Number)) + " | " + about(t, w, parcelOf(t, w, second.Number)) + " | " + parcelOf(t, w, first.Number).State + " " + parcelOf(t, w, second.Number).State
		}
		before := both()
		if before != " | refused; refused open | moving refused" {
			t.Fatal(before)
		}
		list := append(news(first.Number, waybill.Damaged, "209", w.Now(), "外包装破损"), news(second.Number, waybill.Signed, "3", w.Now(), "已签收")...)
		_, read, err := w.ApplyTracks(ctx, boss, list)
		if err != nil || read == 0 {
			t.Fatal(read, err)
		}
		if got := both(); got != "damaged; damaged open | ; refused done signed | damaged signed" {
			t.Error(got)
		}
		reads, err := w.TrackReads(ctx, boss, 10)
		if err != nil || len(reads) != 1 || reads[0].ID != read || reads[0].Parcels != 2 || reads[0].Traces != 2 || reads[0].Flagged != 1 || reads[0].UserID != w.BossWest {
			t.Errorf("%+v, %v", reads, err)
		}
		if seen, err := w.TrackReads(ctx, w.As(t, w.BossEast), 10); err != nil || len(seen) != 0 {
			t.Errorf("another branch sees %+v, %v", seen, err)
		}
		if _, err := w.UndoTracks(ctx, w.As(t, w.BossEast), read); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("another branch takes it back: %v", err)
		}
		done, err := w.UndoTracks(ctx, clerk, read)
		if err != nil || done.Kept != 0 {
			t.Fatalf("%+v, %v", done, err)
		}
		if got := both(); got != "; damaged done undone | refused; refused open | moving refused" {
			t.Error(got)
		}
		for _, p := range []db.WaybillRow{first, second} {
			track, err := w.Track(ctx, p.Waybill)
			now := parcelOf(t, w, p.Number)
			if err != nil || len(track.Traces) != 0 || now.SignedAt != p.SignedAt || now.DayOnly != p.DayOnly || now.Exception != p.Exception {
				t.Errorf("%s: %+v, %+v, %v", p.Number, track, now, err)
			}
		}
		if _, err := w.UndoTracks(ctx, boss, read); !errors.Is(err, db.ErrRefused) {
			t.Errorf("taken back twice: %v", err)
		}
		// Taken in again, then later news of one: that one stays.
		if _, read, err = w.ApplyTracks(ctx, boss, list); err != nil || read == 0 {
			t.Fatal(read, err)
		}
		w.Clock.Move(time.Hour)
		if _, _, err := w.ApplyTracks(ctx, boss, news(first.Number, waybill.Signed, "3", w.Now(), "已签收，签收人：本人")); err != nil {
			t.Fatal(err)
		}
		if done, err = w.UndoTracks(ctx, boss, read); err != nil || done.Kept != 1 {
			t.Errorf("%+v, %v", done, err)
		}
		if got := both(); got != "; damaged done signed | refused; refused open | signed refused" {
			t.Error(got)
		}
		if found, err := w.CheckWaybillSums(ctx); err != nil || len(found) > 0 {
			t.Errorf("the sums: %v %v", found, err)
		}
		// After thirty days it is too late.
		reads, err = w.TrackReads(ctx, boss, 10)
		if err != nil || len(reads) != 3 || reads[1].UndoneBy != w.BossWest || reads[1].Kept != 1 {
			t.Fatalf("%+v, %v", reads, err)
		}
		w.Clock.Move(30*24*time.Hour + time.Second)
		if _, err := w.UndoTracks(ctx, boss, reads[0].ID); !errors.Is(err, db.ErrRefused) {
			t.Errorf("after thirty days: %v", err)
		}
	})
}

func TestOldNewsBringNoNamesBack(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, boss, system := context.Background(), w.As(t, w.BossWest), policy.SystemActor("test")
		customer := sender(t, w)
		old := billed(t, w, customer, "302610000000903", db.Day(w.Now()), waybill.Moving, "")
		sent := w.Now()
		answer := news(old.Number, waybill.Signed, "3", sent, "已签收，签收人：刘收件")
		answer[0].Traces = append([]tracking.Trace{{At: sent.Add(-time.Hour).UnixMilli(), Place: "330100", Words: "刘收件的快件派送中", State: waybill.Delivering}}, answer[0].Traces...)
		if _, _, err := w.ApplyTracks(ctx, boss, answer); err != nil {
			t.Fatal(err)
		}
		w.Clock.Move(366 * 24 * time.Hour)
		if _, err := w.ForgetRecipients(ctx, system); err != nil {
			t.Fatal(err)
		}
		again := func(name string, p db.WaybillRow, answer []tracking.Parcel) {
			t.Helper()
			for range 2 {
				if _, _, err := w.ApplyTracks(ctx, boss, answer); err != nil {
					t.Fatal(err)
				}
			}
			track, err := w.Track(ctx, p.Waybill)
			if err != nil || len(track.Traces) != 2 || track.Traces[1].State != waybill.Signed || track.Traces[0].Place != "330100" {
				t.Errorf("%s: %+v, %v", name, track.Traces, err)
			}
			for _, x := range track.Traces {
				if x.Words != "" {
					t.Errorf("%s: %q is kept", name, x.Words)
				}
			}
		}
		again("after a year", old, answer)
		// The same of a client who was erased.
		fresh := billed(t, w, customer, "302610000000904", db.Day(w.Now()), waybill.Moving, "")
		if _, err := db.Writer(w.DB).Exec(`UPDATE customers SET erased_at = 1, deleted_at = 1 WHERE id = $1`, customer); err != nil {
			t.Fatal(err)
		}
		answer[0].Number = fresh.Number
		again("after an erasure", fresh, answer)
	})
}

func TestToDosOfAStrangersParcelsFollowItToAClientAndBack(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, boss, system := context.Background(), w.As(t, w.BossWest), policy.SystemActor("test")
		if err := w.SetDuty(ctx, w.As(t, w.Admin), w.West, db.DutyService, w.BossWest, 0); err != nil {
			t.Fatal(err)
		}
		customer := sender(t, w)
		var rows []db.ImportRow
		for i, state := range []string{waybill.Lost, waybill.Damaged, waybill.Refused} {
			rows = append(rows, db.ImportRow{Verdict: "create", Record: db.ImportRecord{V: map[string]string{"waybill": fmt.Sprintf("30261000000095%d", i), "day": db.Day(w.Now()), "freight": "1200", "pieces": "1",
				"status": state, "name": "晚风工作室", "phone": "13666660001", "product": waybill.Standard, "province": "420000"}}})
		}
		if _, err := bill(t, w, rows); err != nil {
			t.Fatal(err)
		}
		if _, err := w.FlagParcels(ctx, system); err != nil {
			t.Fatal(err)
		}
		list, _, err := w.Todos(ctx, boss, db.TodoFilter{})
		if err != nil || len(list) != 3 {
			t.Fatalf("%d to-dos, %v", len(list), err)
		}
		named, done := list[1], list[2]
		if err := w.PassTodo(ctx, boss, named.ID, named.Version, w.RepWest2); err != nil {
			t.Fatal(err)
		}
		if err := w.DoTodo(ctx, boss, done.ID, done.Version, "办完了"); err != nil {
			t.Fatal(err)
		}
		say := func() string {
			t.Helper()
			var out []string
			for _, x := range list {
				now, err := w.Todo(ctx, boss, policy.TodoRead, x.ID)
				if err != nil {
					t.Fatal(err)
				}
				who := map[int64]string{w.BossWest: "responsible", w.ClerkWest: "clerk", w.RepWest2: "named"}[now.UserID]
				whose := map[int64]string{0: "nobody", customer: "client"}[now.CustomerID]
				out = append(out, who+" "+whose+" "+now.State)
			}
			return strings.Join(out, ", ")
		}
		before := "responsible nobody open, named nobody open, responsible nobody done"
		if got := say(); got != before {
			t.Fatal(got)
		}
		senders, _, err := w.WaybillSenders(ctx, boss.Scope(policy.WaybillEdit), 10)
		if err != nil || len(senders) != 1 {
			t.Fatalf("%+v, %v", senders, err)
		}
		if n, err := w.AttachSender(ctx, boss, senders[0].ID, 0, customer); err != nil || n != 3 {
			t.Fatal(n, err)
		}
		if got := say(); got != "clerk client open, named client open, responsible nobody done" {
			t.Error("attached:", got)
		}
		if n, err := w.CountTodos(ctx, w.As(t, w.ClerkWest), db.TodoFilter{UserID: w.ClerkWest}, 10); err != nil || n != 1 {
			t.Errorf("the clerk has %d, %v", n, err)
		}
		if err := w.DetachSender(ctx, boss, senders[0].ID); err != nil {
			t.Fatal(err)
		}
		if got := say(); got != before {
			t.Error("taken back:", got)
		}
	})
}

func TestManyNewsAreTakenInAndBackInPartsThatAreOneForThePerson(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, boss := context.Background(), w.As(t, w.BossWest)
		customer := sender(t, w)
		const n = 130
		var rows []db.ImportRow
		var list []tracking.Parcel
		for i := range n {
			number := fmt.Sprintf("3026100001%05d", i)
			rows = append(rows, db.ImportRow{Verdict: "create", Record: db.ImportRecord{Customer: customer, By: waybill.ByName, V: map[string]string{"waybill": number, "day": db.Day(w.Now()), "freight": "1200", "pieces": "1",
				"status": waybill.Moving, "product": waybill.Standard, "province": "420000"}}})
			list = append(list, news(number, waybill.Damaged, "209", w.Now(), "快件破损")...)
		}
		if _, err := bill(t, w, rows); err != nil {
			t.Fatal(err)
		}
		acts := func(name string) (n int) {
			t.Helper()
			if err := db.Writer(w.DB).QueryRow(`SELECT count(*) FROM audits WHERE act = $1`, name).Scan(&n); err != nil {
				t.Fatal(err)
			}
			return n
		}
		flagged := func() int {
			t.Helper()
			n, err := w.CountWaybills(ctx, boss.Scope(policy.WaybillRead), db.WaybillFilter{Flagged: true}, 1000)
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		out, read, err := w.ApplyTracks(ctx, boss, append(list, news("302619999999999", waybill.Signed, "3", w.Now(), "已签收")...))
		if err != nil || len(out) != n+1 || read == 0 || flagged() != n || acts("waybills.track") < 2 {
			t.Fatalf("%d news, taking-in %d, %d flagged, in %d parts, %v", len(out), read, flagged(), acts("waybills.track"), err)
		}
		reads, err := w.TrackReads(ctx, boss, 10)
		if err != nil || len(reads) != 1 || reads[0].Parcels != n || reads[0].Traces != n || reads[0].Flagged != n {
			t.Fatalf("%+v, %v", reads, err)
		}
		done, err := w.UndoTracks(ctx, boss, read)
		if err != nil || done.Kept != 0 || flagged() != 0 || acts("waybills.untrack") < 2 {
			t.Errorf("%+v, %d flagged, in %d parts, %v", done, flagged(), acts("waybills.untrack"), err)
		}
		if _, err := w.UndoTracks(ctx, boss, read); !errors.Is(err, db.ErrRefused) {
			t.Errorf("taken back twice: %v", err)
		}
		if found, err := w.CheckWaybillSums(ctx); err != nil || len(found) > 0 {
			t.Errorf("the sums: %v %v", found, err)
		}
		// Cut off, it leaves whole parts behind, and the rest comes when it is asked again.
		cut, stop := context.WithCancel(ctx)
		stop()
		if _, _, err := w.ApplyTracks(cut, boss, list); err == nil {
			t.Error("a reader who has left is not noticed")
		}
		if _, _, err := w.ApplyTracks(ctx, boss, list[:60]); err != nil {
			t.Fatal(err)
		}
		if _, again, err := w.ApplyTracks(ctx, boss, list); err != nil || again == 0 || flagged() != n {
			t.Errorf("%d flagged, %v", flagged(), err)
		}
	})
}

func TestWhoComplainsOfLatenessIsToldOfItsStuckParcelsSooner(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, boss, system := context.Background(), w.As(t, w.BossWest), policy.SystemActor("test")
		customer := sender(t, w)
		c := readFile(t, w, customer)
		p := billed(t, w, customer, "302610000000950", db.Day(w.Now()), waybill.Moving, "")
		if _, _, err := w.ApplyTracks(ctx, boss, news(p.Number, waybill.Moving, "0", w.Now(), "离开杭州")); err != nil {
			t.Fatal(err)
		}
		late := func(want int64, sensitive bool) {
			t.Helper()
			got, _, err := w.Timing(ctx, c, day.At(w.Now(), db.Zone))
			if err != nil || got.Late != want || got.Sensitive != sensitive || got.ByLate() != sensitive || got.Complaints != 2 || got.Months != 6 {
				t.Errorf("%+v, %v; want %d, %v", got, err, want, sensitive)
			}
		}
		open := func(change func(*db.NewCase)) int64 {
			t.Helper()
			in := told(customer, "慢")
			change(&in)
			id, err := w.OpenCase(ctx, boss, db.Submission{}, in)
			if err != nil {
				t.Fatal(err)
			}
			return id
		}
		now := w.Now()
		ago := func(d time.Time) func(*db.NewCase) {
			return func(in *db.NewCase) { in.OpenedAt = d.UnixMilli() }
		}
		first := open(ago(now.AddDate(0, -2, 0)))
		for _, other := range []func(*db.NewCase){
			func(in *db.NewCase) { in.CauseID = 21 },                                      // damage
			func(in *db.NewCase) { in.CauseID = 0 },                                       // of no cause
			func(in *db.NewCase) { in.Kind = casework.Suggestion },                        // no complaint
			ago(now.AddDate(0, -7, 0)),                                                    // of too long ago
			func(in *db.NewCase) { in.CustomerID = fileOf(t, w, "城西海棠食品", w.RepWest).ID }, // another's
		} {
			open(other)
		}
		late(1, false)
		second := open(func(in *db.NewCase) { in.CauseID = 1 }) // of the first level
		late(2, true)
		look := func(want string) {
			t.Helper()
			if _, err := w.FlagParcels(ctx, system); err != nil {
				t.Fatal(err)
			}
			if got := about(t, w, parcelOf(t, w, p.Number)); got != want {
				t.Errorf("%s; want %s", got, want)
			}
		}
		w.Clock.Move(23 * time.Hour)
		look("")
		w.Clock.Move(2 * time.Hour)
		look("stuck") // 24 hours instead of 48; whose time matters has a case of it, by rule
		if list := alerted(t, w); len(list) != 1 || list[0].CustomerID != customer {
			t.Errorf("cases of the stuck parcel: %+v", list)
		}
		row, err := w.Case(ctx, boss, second)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.MergeCase(ctx, boss, db.CaseRef{ID: second, Version: row.Version}, first, ""); err != nil {
			t.Fatal(err)
		}
		late(1, false)
		look("")
	})
}
