package db_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"yike/db"
	"yike/db/dbtest"
	"yike/policy"
	"yike/policy/classify"
)

func TestAGroupsToDosAreMadeOnceAMonthAndTakenBack(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, boss := context.Background(), w.As(t, w.BossWest)
		client := func(by policy.Actor, branch int64, name string, owner, clerk int64) int64 {
			id, err := w.CreateCustomer(ctx, by, db.Submission{}, db.Customer{BranchID: branch, Name: name, OwnerID: owner, ClerkID: clerk})
			if err != nil {
				t.Fatal(err)
			}
			return id
		}
		owned, served, nobodys := client(boss, w.West, "有业务员和客服的公司", w.RepWest, w.ClerkWest), client(boss, w.West, "只有客服的公司", 0, w.ClerkWest), client(boss, w.West, "没有人的公司", 0, 0)
		far := client(w.As(t, w.BossEast), w.East, "别的网点的公司", 0, 0)
		binned := client(boss, w.West, "回收站里的公司", w.RepWest, 0)
		if err := w.DeleteCustomer(ctx, boss, binned, 1); err != nil {
			t.Fatal(err)
		}
		list := []int64{owned, served, nobodys, far, binned, owned}
		today := db.Day(w.Clock.Now())
		plan, err := w.PlanSegmentTodos(ctx, boss, list, "rfm.at_risk", today)
		if err != nil || plan.Make != 3 || plan.There != 0 || len(plan.By) != 3 {
			t.Fatalf("planned: %+v %v", plan, err)
		}
		act, made, err := w.MakeSegmentTodos(ctx, boss, list, "rfm.at_risk", "2026-12-01")
		if err != nil || act == 0 || made.Make != 3 {
			t.Fatalf("made: %d %+v %v", act, made, err)
		}
		todoOf := func(customer int64) (out []db.TodoRow) {
			list, _, err := w.Todos(ctx, policy.SystemActor("test"), db.TodoFilter{Customer: customer})
			if err != nil {
				t.Fatal(err)
			}
			return list
		}
		for _, c := range []struct {
			name     string
			customer int64
			want     []int64
		}{
			{"the rep's, though there is a clerk", owned, []int64{w.RepWest}}, {"without a rep the clerk's", served, []int64{w.ClerkWest}},
			{"without either, whoever takes it", nobodys, []int64{0}}, {"none out of reach", far, nil}, {"none in the recycle bin", binned, nil},
		} {
			got := todoOf(c.customer)
			if len(got) != len(c.want) {
				t.Errorf("%s: %+v", c.name, got)
				continue
			}
			if len(got) == 1 && (got[0].UserID != c.want[0] || got[0].Due != "2026-12-01" || got[0].Args["group"] != "rfm.at_risk") {
				t.Errorf("%s: %+v", c.name, got[0])
			}
		}
		if again, made, err := w.MakeSegmentTodos(ctx, boss, list, "rfm.at_risk", "2026-12-05"); err != nil || again != 0 || made.Make != 0 || made.There != 3 {
			t.Errorf("pressed twice: %d %+v %v", again, made, err)
		}
		if _, made, err := w.MakeSegmentTodos(ctx, w.As(t, w.RepWest), list, "mark.silent", today); err != nil || made.Make != 1 {
			t.Errorf("another group by the rep, of their own clients only: %+v %v", made, err)
		}
		x := todoOf(served)[0]
		if err := w.DoTodo(ctx, boss, x.ID, x.Version, "打过电话了"); err != nil {
			t.Fatal(err)
		}
		if plan, err = w.PlanSegmentTodos(ctx, boss, list, "rfm.at_risk", today); err != nil || plan.There != 3 || plan.Done != 1 || plan.Make != 0 {
			t.Errorf("with one done: %+v %v", plan, err)
		}
		if _, _, err := w.UndoSegmentTodos(ctx, w.As(t, w.RepWest), act); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("another's act: %v", err)
		}
		if undone, kept, err := w.UndoSegmentTodos(ctx, boss, act); err != nil || undone != 2 || kept != 1 {
			t.Errorf("taken back %d, kept %d: %v", undone, kept, err)
		}
		if _, _, err := w.UndoSegmentTodos(ctx, boss, act); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("taken back twice: %v", err)
		}
		if n := len(todoOf(nobodys)); n != 0 {
			t.Errorf("%d stand after they were taken back", n)
		}
		if _, made, err = w.MakeSegmentTodos(ctx, boss, list, "rfm.at_risk", today); err != nil || made.Make != 2 || made.There != 1 {
			t.Errorf("after an undo they can be made again: %+v %v", made, err)
		}
		w.Clock.Move(31 * 24 * time.Hour)
		if plan, err = w.PlanSegmentTodos(ctx, boss, list, "rfm.at_risk", db.Day(w.Clock.Now())); err != nil || plan.Make != 1 || plan.There != 2 {
			t.Errorf("a month later whoever has no open one: %+v %v", plan, err)
		}
		many := make([]int64, db.BulkLimit+1)
		if _, _, err := w.MakeSegmentTodos(ctx, boss, many, "rfm.core", today); !errors.Is(err, db.ErrTooMany) {
			t.Errorf("too many: %v", err)
		}
	})
}

func TestWhatToDoIsTakenFromTheNearestRule(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, chief := context.Background(), w.As(t, w.Admin)
		today := db.Day(w.Clock.Now())
		set := func(branch int64, text string) {
			value := fmt.Sprintf(`{"rfm.core": {"text": %q, "days": 3}}`, text)
			if _, err := w.SetRule(ctx, chief, policy.ClassRule, db.RuleRow{Rule: db.RuleAdvice, BranchID: branch, ValidFrom: today, Value: value, Reason: "试"}); err != nil {
				t.Fatal(err)
			}
		}
		set(0, "全公司的话")
		set(w.West, "西边的话")
		for branch, want := range map[int64]string{w.West: "西边的话", w.East: "全公司的话"} {
			advice, row, err := w.Advice(ctx, branch, today)
			if got, own := advice.Of("rfm.core"); err != nil || !own || got.Text != want || got.Days != 3 || row.Version != 1 {
				t.Errorf("%s: %+v %v", want, got, err)
			}
			if got, own := advice.Of("rfm.at_risk"); own || got.Days != classify.UsualDays("rfm.at_risk") {
				t.Errorf("a group that is not named: %+v", got)
			}
			id, err := w.CreateCustomer(ctx, chief, db.Submission{}, db.Customer{BranchID: branch, Name: want + "公司"})
			if err != nil {
				t.Fatal(err)
			}
			if _, _, err := w.MakeSegmentTodos(ctx, chief, []int64{id}, "rfm.core", today); err != nil {
				t.Fatal(err)
			}
			if list, _, err := w.Todos(ctx, chief, db.TodoFilter{Customer: id}); err != nil || len(list) != 1 || list[0].Args["text"] != want {
				t.Errorf("%s on the to-do: %+v %v", want, list, err)
			}
		}
	})
}
