package jobs

import (
	"context"
	"strings"
	"testing"
	"time"

	"yike/db"
	"yike/db/dbtest"
	"yike/policy"
	"yike/policy/message"
)

// A reminder that could not go out in its day is of no use on the next.
func TestAReminderEndsAtMidnight(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, now := context.Background(), time.Date(2026, 11, 20, 8, 0, 0, 0, db.Zone)
		w.Clock.Set(now)
		admin := w.As(t, w.Admin)
		c, err := w.Channel(ctx, message.WeCom)
		if err != nil {
			t.Fatal(err)
		}
		c.State, c.Settings = db.ChannelOn, message.Channel{URL: "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=1"}
		if err := w.SaveChannel(ctx, admin, c, ""); err != nil {
			t.Fatal(err)
		}
		if n, err := Remind(w.DB).Run(ctx, now); err != nil || n != 0 {
			t.Fatalf("nothing is due: %d, %v", n, err)
		}
		if _, err := w.AddTodos(ctx, policy.SystemActor("test"), []db.Todo{{Kind: db.TodoGreetings, Key: "x", BranchID: w.West, Due: "2026-11-20"}}); err != nil {
			t.Fatal(err)
		}
		if n, err := Remind(w.DB).Run(ctx, now); err != nil || n != 1 {
			t.Fatalf("made %d, %v", n, err)
		}
		list, _, err := w.Letters(ctx, w.As(t, w.Chief).Scope(policy.OutboxRead), db.LetterFilter{Limit: 9})
		if err != nil || len(list) != 1 || list[0].UntilAt != time.Date(2026, 11, 21, 0, 0, 0, 0, db.Zone).UnixMilli() {
			t.Fatalf("%+v, %v", list, err)
		}
		w.Clock.Set(time.Date(2026, 11, 21, 0, 0, 0, 0, db.Zone))
		if taken, looked, err := w.TakeLetters(ctx, message.WeCom, "n", time.Minute); err != nil || len(taken) != 0 || looked != 1 {
			t.Errorf("the next day %d of %d go out, %v", len(taken), looked, err)
		}
	})
}

func TestAReminderSaysWhatIsDueAtEachBranch(t *testing.T) {
	names := map[int64]string{1: "杭州良渚网点", 2: "宁波鄞州网点", 3: "名字长得一行写不下的网点名字"}
	name := func(id int64) string { return names[id] }
	got := reminder([]db.BranchDue{{BranchID: 2, Todos: 1, LateTodos: 3, LateGreetings: 2}, {BranchID: 1, Todos: 4, Greetings: 5}, {BranchID: 3, Greetings: 1}}, name)
	want := `驿客提醒：今天到期的待办 5 件（另有过期 3 件），问候 6 位（另有过期 2 位）。
宁波鄞州网点：待办 1 件（另有过期 3 件），问候 0 位（另有过期 2 位）。
杭州良渚网点：待办 4 件，问候 5 位。
名字长得一行写不下的网点：问候 1 位。
请打开驿客的“待办”和“节日慰问”处理。`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if got := reminder([]db.BranchDue{{BranchID: 1, Todos: 2}}, name); strings.Contains(got, "良渚") || !strings.Contains(got, "待办 2 件。") {
		t.Errorf("one branch alone is not named: %s", got)
	}
	var many []db.BranchDue
	for range 200 {
		many = append(many, db.BranchDue{BranchID: 3, Todos: 999, LateTodos: 999, Greetings: 999, LateGreetings: 999})
	}
	got = reminder(many, name)
	if len(got) > 2048 || !strings.Contains(got, "另有 186 个网点") {
		t.Errorf("%d bytes:\n%s", len(got), got)
	}
}
