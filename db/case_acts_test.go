package db_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"testing"
	"time"

	"yike/db"
	"yike/db/dbtest"
	"yike/policy"
	"yike/policy/casework"
)

// caseOf registers a complaint of a client and reads it.
func caseOf(t testing.TB, w *dbtest.World, by, customer int64, set func(*db.NewCase)) db.CaseRow {
	t.Helper()
	in := told(customer, "慢")
	if set != nil {
		set(&in)
	}
	id, err := w.OpenCase(context.Background(), w.As(t, by), db.Submission{}, in)
	if err != nil {
		t.Fatal(err)
	}
	return readCase(t, w, id)
}

func readCase(t testing.TB, w *dbtest.World, id int64) db.CaseRow {
	t.Helper()
	r, err := w.Case(context.Background(), policy.SystemActor("test"), id)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func refOf(r db.CaseRow) db.CaseRef { return db.CaseRef{ID: r.ID, Version: r.Version} }

// kindsOf are the lines of a case's history, the oldest first.
func kindsOf(t testing.TB, w *dbtest.World, id int64) (out []string) {
	t.Helper()
	events, err := w.CaseEvents(context.Background(), id)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range events {
		out = append(out, e.Kind)
	}
	slices.Reverse(out)
	return out
}

func seenToday(t testing.TB, w *dbtest.World, user int64) {
	t.Helper()
	if _, err := db.Writer(w.DB).Exec(`INSERT INTO sessions (token, user_id, data, expires_at, seen_at) VALUES ($1, $2, $3, $4, $5)`,
		"seen-"+strconv.FormatInt(user, 10), user, []byte("{}"), w.Clock.Now().Add(time.Hour).UnixMilli(), w.Clock.Now().UnixMilli()); err != nil {
		t.Fatal(err)
	}
}

func setCasework(t testing.TB, w *dbtest.World, rule casework.Rule) {
	t.Helper()
	ctx := context.Background()
	text, err := json.Marshal(rule)
	if err != nil {
		t.Fatal(err)
	}
	versions, err := w.RuleVersions(ctx, db.RuleCasework, 0)
	if err != nil {
		t.Fatal(err)
	}
	row := db.RuleRow{Rule: db.RuleCasework, ValidFrom: db.Day(w.Clock.Now()), Value: string(text), Reason: "试"}
	if len(versions) > 0 {
		row.Version = versions[0].Version
	}
	if _, err := w.SetRule(ctx, w.As(t, w.Admin), policy.CaseRule, row); err != nil {
		t.Fatal(err)
	}
}

func TestWhoHandlesACaseWhenNobodyIsNamed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx := context.Background()
		c := fileOf(t, w, "杭州松果用品", w.RepWest)
		handled := func(why string, want int64, severity string) {
			t.Helper()
			if r := caseOf(t, w, w.BossWest, c.ID, func(n *db.NewCase) { n.Severity = severity }); r.UserID != want {
				t.Errorf("%s: handled by %d, want %d", why, r.UserID, want)
			}
		}
		handled("nobody signed in yet: the clerk of the branch, before its manager", w.ClerkWest, casework.Minor)
		seenToday(t, w, w.BossWest)
		handled("only the manager is at work", w.BossWest, casework.Minor)
		seenToday(t, w, w.ClerkWest)
		handled("the clerk is at work, too", w.ClerkWest, casework.Minor)
		if err := w.SetDuty(ctx, w.As(t, w.Admin), w.West, db.DutyComplaints, w.BossWest, 0); err != nil {
			t.Fatal(err)
		}
		handled("a grave one: who is responsible for complaints", w.BossWest, casework.Grave)
		handled("a minor one: whoever has the fewest", w.ClerkWest, casework.Minor)
		rule := casework.Default()
		rule.Assign = []casework.AssignRow{{Fits: casework.Fits{Cause: "late"}, To: casework.ToPerson, User: w.RepWest2}, {To: casework.ToRep}}
		setCasework(t, w, rule)
		handled("a rule names a person for what is below a cause, though not at work", w.RepWest2, casework.Minor)
		seenToday(t, w, w.RepWest)
		handled("the next row finds somebody at work", w.RepWest, casework.Minor)
		if _, err := db.Writer(w.DB).Exec(`UPDATE users SET leaves_on = '2026-11-01' WHERE id = $1`, w.RepWest); err != nil {
			t.Fatal(err)
		}
		if _, err := db.Writer(w.DB).Exec(`UPDATE meta SET value = value || '0' WHERE key = 'policy_version'`); err != nil { // as whatever changes a person does
			t.Fatal(err)
		}
		handled("who left is nobody", w.RepWest2, casework.Minor)
	})
}

// Each act: the stranger, the wrong role, the wrong owner, a stale version; then
// the right one.
func TestWhoMayDoWhatWithACase(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx := context.Background()
		c := fileOf(t, w, "杭州松果用品", w.RepWest)
		other := caseOf(t, w, w.ClerkWest, c.ID, nil)
		fresh := func(prepare func(r db.CaseRow) error) func() db.CaseRow {
			return func() db.CaseRow {
				r := caseOf(t, w, w.ClerkWest, c.ID, func(n *db.NewCase) { n.UserID = w.ClerkWest })
				if prepare != nil {
					if err := prepare(r); err != nil {
						t.Fatal(err)
					}
				}
				return readCase(t, w, r.ID)
			}
		}
		clerk, boss := w.As(t, w.ClerkWest), w.As(t, w.BossWest)
		yes := db.CaseTold{How: "phone", Result: "派到了", Satisfied: casework.Satisfied}
		tell := func(r db.CaseRow) error { _, err := w.TellCase(ctx, clerk, refOf(r), yes); return err }
		closed := func(r db.CaseRow) error {
			told := yes
			told.Close = true
			if _, err := w.TellCase(ctx, clerk, refOf(r), told); err != nil {
				return err
			}
			if r = readCase(t, w, r.ID); r.Step == casework.Closed {
				return nil
			}
			return errors.New("not closed")
		}
		setCasework(t, w, casework.Rule{Assign: casework.Default().Assign, Times: 20, Days: 30, Measures: 7})
		for _, x := range []struct {
			name  string
			right int64
			ready func() db.CaseRow
			act   func(policy.Actor, db.CaseRef) error
			lead  bool // not for clerks
		}{
			{"take", w.ClerkWest, fresh(nil), func(a policy.Actor, x db.CaseRef) error { return w.TakeCase(ctx, a, x) }, false},
			{"hand", w.ClerkWest, fresh(nil), func(a policy.Actor, x db.CaseRef) error { return w.HandCase(ctx, a, x, w.BossWest, "") }, false},
			{"step", w.ClerkWest, fresh(nil), func(a policy.Actor, x db.CaseRef) error { return w.MoveCase(ctx, a, x, casework.Analyse, "") }, false},
			{"answer", w.ClerkWest, fresh(nil), func(a policy.Actor, x db.CaseRef) error { return w.AnswerCase(ctx, a, x, db.CaseAnswer{How: "phone"}) }, false},
			{"tell", w.ClerkWest, fresh(nil), func(a policy.Actor, x db.CaseRef) error { _, err := w.TellCase(ctx, a, x, yes); return err }, false},
			{"call", w.ClerkWest, fresh(tell), func(a policy.Actor, x db.CaseRef) error {
				return w.CallCase(ctx, a, x, casework.Satisfied, "", false)
			}, false},
			{"close", w.ClerkWest, fresh(tell), func(a policy.Actor, x db.CaseRef) error { _, err := w.CloseCase(ctx, a, x, "", false); return err }, false},
			{"ask", w.ClerkWest, fresh(nil), func(a policy.Actor, x db.CaseRef) error {
				return w.AskAcceptance(ctx, a, x, "unreachable", "打了三次")
			}, false},
			{"accept", w.BossWest, fresh(func(r db.CaseRow) error { return w.AskAcceptance(ctx, clerk, refOf(r), "unreachable", "打了三次") }),
				func(a policy.Actor, x db.CaseRef) error { return w.AcceptCase(ctx, a, x, "同意") }, true},
			{"reopen", w.ClerkWest, fresh(closed), func(a policy.Actor, x db.CaseRef) error { return w.ReopenCase(ctx, a, x, "又来电") }, false},
			{"escalate", w.ClerkWest, fresh(nil), func(a policy.Actor, x db.CaseRef) error { return w.EscalateCase(ctx, a, x, "slow", "") }, false},
			{"review", w.ClerkWest, fresh(nil), func(a policy.Actor, x db.CaseRef) error {
				return w.ReviewCase(ctx, a, x, db.Measures{Text: "晨会讲", User: w.BossWest, Due: "2026-11-30"})
			}, false},
			{"merge", w.BossWest, fresh(nil), func(a policy.Actor, x db.CaseRef) error { return w.MergeCase(ctx, a, x, other.ID, "") }, true},
			{"unmerge", w.BossWest, fresh(func(r db.CaseRow) error { return w.MergeCase(ctx, boss, refOf(r), other.ID, "") }),
				func(a policy.Actor, x db.CaseRef) error { return w.UnmergeCase(ctx, a, x) }, true},
			{"unlink", w.BossWest, fresh(func(r db.CaseRow) error { _, err := w.LinkCases(ctx, boss, other.ID, []int64{r.ID}); return err }),
				func(a policy.Actor, x db.CaseRef) error { return w.UnlinkCase(ctx, a, x) }, true},
		} {
			r := x.ready()
			for who, want := range map[int64]error{w.ClerkEast: db.ErrNotFound, w.RepWest2: db.ErrNotFound, w.CourierWest: db.ErrNotFound, w.AuditorHead: db.ErrRefused} {
				if err := x.act(w.As(t, who), refOf(r)); !errors.Is(err, want) {
					t.Errorf("%s by %d: %v, want %v", x.name, who, err, want)
				}
			}
			if x.lead {
				if err := x.act(clerk, refOf(r)); !errors.Is(err, db.ErrRefused) {
					t.Errorf("%s by a clerk: %v", x.name, err)
				}
			}
			if err := x.act(w.As(t, x.right), db.CaseRef{ID: r.ID, Version: r.Version + 1}); !errors.Is(err, db.ErrConflict) {
				t.Errorf("%s of a version that is none: %v", x.name, err)
			}
			if err := x.act(w.As(t, x.right), refOf(r)); err != nil {
				t.Errorf("%s: %v", x.name, err)
			}
			if now := readCase(t, w, r.ID); now.Version == r.Version {
				t.Errorf("%s changed nothing", x.name)
			}
			if err := x.act(w.As(t, x.right), refOf(r)); !errors.Is(err, db.ErrConflict) && !errors.Is(err, db.ErrCaseStop) {
				t.Errorf("%s a second time: %v", x.name, err)
			}
		}
	})
}

func TestACaseFromTheCallToTheEnd(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		defer loadsStand(t, w)
		ctx, clerk, boss := context.Background(), w.As(t, w.ClerkWest), w.As(t, w.BossWest)
		if err := w.SetDuty(ctx, w.As(t, w.Admin), w.West, db.DutyComplaints, w.BossWest, 0); err != nil {
			t.Fatal(err)
		}
		c := fileOf(t, w, "杭州松果用品", w.RepWest)
		r := caseOf(t, w, w.ClerkWest, c.ID, nil)
		step := func(name string, err error, want string) {
			t.Helper()
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if r = readCase(t, w, r.ID); r.Step != want {
				t.Fatalf("%s: at %s, want %s", name, r.Step, want)
			}
			w.Clock.Move(time.Minute)
		}
		stops := func(name string, err error, want ...casework.Reason) {
			t.Helper()
			var s *db.CaseStop
			if !errors.As(err, &s) || !slices.Equal(s.Why, want) {
				t.Errorf("%s: %v, want %v", name, err, want)
			}
		}
		step("taken", w.TakeCase(ctx, clerk, refOf(r)), casework.Analyse)
		step("noted", w.NoteCase(ctx, clerk, r.ID, "问过分拨"), casework.Analyse)
		step("answered", w.AnswerCase(ctx, clerk, refOf(r), db.CaseAnswer{How: "phone", Note: "在查"}), casework.Analyse)
		stops("answered twice", w.AnswerCase(ctx, clerk, refOf(r), db.CaseAnswer{How: "phone"}), casework.NoStep)
		stops("skipped", w.MoveCase(ctx, clerk, refOf(r), casework.Tell, ""), casework.Skips)
		step("forward", w.MoveCase(ctx, clerk, refOf(r), casework.Handle, ""), casework.Handle)
		stops("back without a reason", w.MoveCase(ctx, clerk, refOf(r), casework.Analyse, ""), casework.NeedsNote)
		_, err := w.CloseCase(ctx, clerk, refOf(r), "", false)
		stops("closed too early", err, casework.NotTold, casework.NotSatisfied)
		_, err = w.TellCase(ctx, clerk, refOf(r), db.CaseTold{How: "phone"})
		stops("told nothing", err, casework.NeedsResult)
		_, err = w.TellCase(ctx, clerk, refOf(r), db.CaseTold{How: "smoke", Result: "派到了"})
		stops("told by smoke", err, casework.Unknown)
		if _, err = w.TellCase(ctx, clerk, refOf(r), db.CaseTold{How: "phone", Result: "派到了", At: r.OpenedAt - 1}); !errors.Is(err, db.ErrRefused) {
			t.Errorf("told before it came in: %v", err)
		}
		// An A client's complaint: the rule asks for a call, 16 working hours on.
		_, err = w.TellCase(ctx, clerk, refOf(r), db.CaseTold{How: "phone", Result: "派到了", Satisfied: casework.Satisfied, Close: true})
		step("told", err, casework.FollowUp)
		if r.CallDue <= r.SolvedAt || r.ToldBy != w.ClerkWest || r.ToldHow != "phone" || r.Result != "派到了" {
			t.Errorf("told: %+v", r.Case)
		}
		call := todoOf(t, w, db.TodoCaseCall, r.ID)
		if call.UserID != w.ClerkWest || call.State != db.TodoOpen || call.Due != db.Day(time.UnixMilli(r.CallDue)) {
			t.Errorf("the call that is owed: %+v", call.Todo)
		}
		step("called, not satisfied", w.CallCase(ctx, clerk, refOf(r), casework.Unsatisfied, "还是慢", true), casework.FollowUp)
		if call = todoOf(t, w, db.TodoCaseCall, r.ID); call.State != db.TodoDone || call.ClosedWhy != db.SettledCase {
			t.Errorf("the call was made: %+v", call.Todo)
		}
		step("back to handling", w.MoveCase(ctx, clerk, refOf(r), casework.Handle, "再催"), casework.Handle)
		if r.SolvedAt != 0 || r.CalledAt != 0 || r.Satisfied != "" || r.AnsweredAt == 0 {
			t.Errorf("back: %+v", r.Case)
		}
		_, err = w.TellCase(ctx, clerk, refOf(r), db.CaseTold{How: "wechat", Result: "赔了券"})
		step("told again", err, casework.FollowUp)
		step("not satisfied, and why", w.AskAcceptance(ctx, clerk, refOf(r), "too_much", "要十倍"), casework.FollowUp)
		if ask := todoOf(t, w, db.TodoCaseAccept, r.ID); ask.UserID != w.BossWest || ask.State != db.TodoOpen {
			t.Errorf("the leader is asked: %+v", ask.Todo)
		}
		step("accepted", w.AcceptCase(ctx, boss, refOf(r), "按合同"), casework.Closed)
		if r.Satisfied != casework.Accepted || r.AcceptedBy != w.BossWest || r.ClosedAt == 0 {
			t.Errorf("closed: %+v", r.Case)
		}
		if ask := todoOf(t, w, db.TodoCaseAccept, r.ID); ask.State != db.TodoDone {
			t.Errorf("the leader's to-do: %+v", ask.Todo)
		}
		stops("an act on a closed one", w.MoveCase(ctx, clerk, refOf(r), casework.Handle, "x"), casework.IsClosed)
		stops("reopened without a reason", w.ReopenCase(ctx, clerk, refOf(r), ""), casework.NeedsNote)
		step("reopened", w.ReopenCase(ctx, clerk, refOf(r), "又来电"), casework.Handle)
		if r.Reopened != 1 || r.ClosedAt != 0 || r.AcceptedBy != 0 {
			t.Errorf("reopened: %+v", r.Case)
		}
		step("escalated", w.EscalateCase(ctx, clerk, refOf(r), "outside", "说要打12305"), casework.Handle)
		if x := todoOf(t, w, db.TodoCaseEscalated, r.ID); x.UserID != w.BossWest || r.EscalatedReason != "outside" {
			t.Errorf("escalated: %+v %+v", x.Todo, r.Case)
		}
		want := []string{"opened", "taken", "note", "answered", "step", "told", "called", "step", "told", "unsatisfied", "accepted", "reopened", "escalated"}
		if got := kindsOf(t, w, r.ID); !slices.Equal(got, want) {
			t.Errorf("history: %v\nwant %v", got, want)
		}
	})
}

// todoOf reads the to-do of a case, open or not.
func todoOf(t testing.TB, w *dbtest.World, kind string, id int64) db.TodoRow {
	t.Helper()
	for _, done := range []bool{false, true} {
		list, _, err := w.Todos(context.Background(), policy.SystemActor("test"), db.TodoFilter{Kind: kind, Closed: done, Limit: 500})
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range list {
			if x.Key == strconv.FormatInt(id, 10) {
				return x
			}
		}
	}
	t.Fatalf("no to-do %s of %d", kind, id)
	return db.TodoRow{}
}

func TestARepeatOfACauseAsksForMeasures(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		defer loadsStand(t, w)
		ctx, clerk := context.Background(), w.As(t, w.ClerkWest)
		c := fileOf(t, w, "杭州松果用品", w.RepWest)
		minor := func(n *db.NewCase) { n.Severity, n.Class = casework.Minor, "B" }
		setCasework(t, w, casework.Rule{Assign: casework.Default().Assign, Times: 2, Days: 30, Measures: 7})
		if first := caseOf(t, w, w.ClerkWest, c.ID, minor); first.ReviewWhy != "" {
			t.Errorf("the first: %q", first.ReviewWhy)
		}
		damaged := caseOf(t, w, w.ClerkWest, c.ID, func(n *db.NewCase) { minor(n); n.CauseID = 21 })
		if damaged.ReviewWhy != "" {
			t.Errorf("another cause: %q", damaged.ReviewWhy)
		}
		w.Clock.Move(30*24*time.Hour - time.Second)
		second := caseOf(t, w, w.ClerkWest, c.ID, func(n *db.NewCase) { minor(n); n.CauseID = 12 }) // another of the same first level
		if second.ReviewWhy != casework.ReviewRepeat {
			t.Errorf("within thirty days: %q", second.ReviewWhy)
		}
		w.Clock.Move(30 * 24 * time.Hour)
		if third := caseOf(t, w, w.ClerkWest, c.ID, minor); third.ReviewWhy != "" {
			t.Errorf("thirty days to the second: %q", third.ReviewWhy)
		}
		if _, err := w.TellCase(ctx, clerk, refOf(second), db.CaseTold{How: "phone", Result: "派到了", Satisfied: casework.Satisfied, Close: true}); err != nil {
			t.Fatal(err)
		}
		second = readCase(t, w, second.ID)
		if second.Step != casework.Review {
			t.Fatalf("told, and stands at %s", second.Step)
		}
		if err := w.ReviewCase(ctx, clerk, refOf(second), db.Measures{Text: "换车", User: w.BossWest, Due: "2026-11-20"}); !errors.Is(err, db.ErrRefused) {
			t.Errorf("by a day that is past: %v", err)
		}
		due := db.Day(w.Clock.Now().AddDate(0, 0, 7))
		if err := w.ReviewCase(ctx, clerk, refOf(second), db.Measures{Text: "换车", User: w.BossWest, Due: due}); err != nil {
			t.Fatal(err)
		}
		x := todoOf(t, w, db.TodoCaseMeasures, second.ID)
		if x.UserID != w.BossWest || x.Due != due || x.State != db.TodoOpen {
			t.Errorf("followed: %+v", x.Todo)
		}
		if _, err := w.CloseCase(ctx, clerk, refOf(readCase(t, w, second.ID)), "", false); err != nil {
			t.Error(err)
		}
		if x := todoOf(t, w, db.TodoCaseMeasures, second.ID); x.State != db.TodoOpen {
			t.Error("the measures are owed still, when the case is closed")
		}
	})
}

func TestOneLorryMakesManyCases(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		defer loadsStand(t, w)
		ctx, boss := context.Background(), w.As(t, w.BossWest)
		setCasework(t, w, casework.Rule{Assign: casework.Default().Assign, Times: 20, Days: 30, Measures: 7})
		c, o := fileOf(t, w, "杭州松果用品", w.RepWest), fileOf(t, w, "杭州竹海茶叶", w.RepWest2)
		parent := caseOf(t, w, w.ClerkWest, c.ID, nil)
		var parts []int64
		for range 3 {
			parts = append(parts, caseOf(t, w, w.ClerkWest, o.ID, nil).ID)
		}
		if n, err := w.LinkCases(ctx, boss, parent.ID, append(parts, parent.ID, 77)); err != nil || n != 3 {
			t.Fatalf("linked %d, %v", n, err)
		}
		if n, err := w.LinkCases(ctx, boss, parts[0], []int64{caseOf(t, w, w.ClerkWest, o.ID, nil).ID}); err != nil || n != 0 {
			t.Errorf("a part of a part: %d, %v", n, err)
		}
		var s *db.CaseStop
		if err := w.MergeCase(ctx, boss, refOf(parent), parts[0], ""); !errors.As(err, &s) || s.Why[0] != casework.Chain {
			t.Errorf("a case with parts goes into one of them: %v", err)
		}
		told := db.CaseTold{How: "phone", Result: "车坏了，明天到", Satisfied: casework.Satisfied, Close: true, Children: true}
		n, err := w.TellCase(ctx, boss, refOf(readCase(t, w, parent.ID)), told)
		if err != nil || n != 3 {
			t.Fatalf("told %d parts, %v", n, err)
		}
		for _, id := range append(parts, parent.ID) {
			if r := readCase(t, w, id); r.Step != casework.Closed || r.Result != told.Result || r.ToldBy != w.BossWest {
				t.Errorf("%+v", r.Case)
			}
		}
	})
}

func TestAMergedCaseLeavesWhatItKnowsAndIsTakenOutAgain(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		defer loadsStand(t, w)
		ctx, boss := context.Background(), w.As(t, w.BossWest)
		c, o := fileOf(t, w, "杭州松果用品", w.RepWest), fileOf(t, w, "杭州竹海茶叶", w.RepWest2)
		into := caseOf(t, w, w.ClerkWest, c.ID, func(n *db.NewCase) {
			n.Waybills, n.Photos = []string{"302610000000003"}, []db.CasePhoto{{Hash: "aa", Thumb: "ab"}}
		})
		from := caseOf(t, w, w.ClerkWest, 0, func(n *db.NewCase) {
			n.Waybills, n.Photos = []string{"302610000000003", "302610000000016"}, []db.CasePhoto{{Hash: "aa", Thumb: "ab"}, {Hash: "ba", Thumb: "bb"}}
		})
		foreign := caseOf(t, w, w.ClerkWest, o.ID, nil)
		var s *db.CaseStop
		if err := w.MergeCase(ctx, boss, refOf(foreign), into.ID, ""); !errors.As(err, &s) || s.Why[0] != casework.OtherClient {
			t.Errorf("another client's: %v", err)
		}
		if err := w.MergeCase(ctx, boss, refOf(into), into.ID, ""); !errors.As(err, &s) || s.Why[0] != casework.Itself {
			t.Errorf("into itself: %v", err)
		}
		if err := w.MergeCase(ctx, boss, refOf(from), into.ID, "同一件"); err != nil {
			t.Fatal(err)
		}
		has := func(id int64, waybills, photos int64) {
			t.Helper()
			if r := readCase(t, w, id); r.WaybillCount != waybills || r.PhotoCount != photos {
				t.Errorf("%s has %d parcels and %d pictures, want %d and %d", r.Code, r.WaybillCount, r.PhotoCount, waybills, photos)
			}
		}
		has(into.ID, 2, 2)
		if r := readCase(t, w, from.ID); r.Step != casework.Closed || r.MergedID != into.ID {
			t.Errorf("merged: %+v", r.Case)
		}
		events, err := w.CaseEvents(ctx, into.ID)
		if err != nil || events[0].Kind != string(casework.ActMerge) || events[0].Note != "王国平 13800001054\n慢" {
			t.Errorf("who called goes along: %+v, %v", events, err)
		}
		if err := w.ReopenCase(ctx, boss, refOf(readCase(t, w, from.ID)), "x"); !errors.As(err, &s) || s.Why[0] != casework.IsMerged {
			t.Errorf("a merged one is opened again: %v", err)
		}
		w.Clock.Move(db.UnmergeFor)
		if err := w.UnmergeCase(ctx, boss, refOf(readCase(t, w, from.ID))); err != nil {
			t.Fatal(err)
		}
		has(into.ID, 1, 1)
		has(from.ID, 2, 2)
		if r := readCase(t, w, from.ID); r.Step != casework.Accept || r.MergedID != 0 || r.ClosedAt != 0 {
			t.Errorf("taken out: %+v", r.Case)
		}
		if err := w.MergeCase(ctx, boss, refOf(readCase(t, w, from.ID)), into.ID, ""); err != nil {
			t.Fatal(err)
		}
		w.Clock.Move(db.UnmergeFor + time.Millisecond)
		if err := w.UnmergeCase(ctx, boss, refOf(readCase(t, w, from.ID))); !errors.Is(err, db.ErrRefused) {
			t.Errorf("after thirty days: %v", err)
		}
	})
}
