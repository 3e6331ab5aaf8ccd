package db_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"yike/db"
	"yike/db/dbtest"
	"yike/policy"
)

func TestANoticeGoesToWhomItNamesAndIsRead(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, region, rep := context.Background(), w.As(t, w.RegionZJ), w.As(t, w.RepWest)
		n := db.Notice{Kind: db.NoticePlain, Title: "双十一排班", Body: "周五前报人手", Must: true, Target: db.NoticeTarget{Branches: []int64{w.West}, Roles: []string{string(policy.SalesRep)}}}
		if _, err := w.SendNotice(ctx, rep, db.Submission{}, n); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("a rep sends: %v", err)
		}
		if _, err := w.SendNotice(ctx, w.As(t, w.BossWest), db.Submission{}, db.Notice{Kind: db.NoticePlain, Title: "x", Body: "x", Target: db.NoticeTarget{Branches: []int64{w.East}}}); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("another branch: %v", err)
		}
		if _, err := w.SendNotice(ctx, region, db.Submission{}, db.Notice{Kind: db.NoticePlain, Title: "x", Body: "x", Target: db.NoticeTarget{Branches: []int64{w.East}, Roles: []string{string(policy.Courier)}}}); !errors.Is(err, db.ErrNobody) {
			t.Errorf("nobody there: %v", err)
		}
		sent := db.Submission{Key: "noticenoticenotice"}
		id, err := w.SendNotice(ctx, region, sent, n)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := w.SendNotice(ctx, region, sent, n); err != nil || again != id {
			t.Errorf("sent twice: %d %v", again, err)
		}
		if x, err := w.Notice(ctx, region, id); err != nil || x.Told != 2 || x.Read != 0 || x.Mine {
			t.Errorf("two reps were told: %+v %v", x, err)
		}
		if _, err := w.Notice(ctx, w.As(t, w.ClerkWest), id); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("a clerk sees it: %v", err)
		}
		if _, err := w.NoticeReaders(ctx, rep, id); !errors.Is(err, db.ErrRefused) {
			t.Errorf("a reader sees the others: %v", err)
		}
		unread := func(who policy.Actor) int {
			n, err := w.CountNotices(ctx, who, db.NoticeFilter{Unread: true}, 9)
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		todos := func(who policy.Actor) int {
			n, err := w.CountTodos(ctx, who, db.TodoFilter{UserID: who.UserID, Kind: db.TodoNotice}, 9)
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		if unread(rep) != 1 || todos(rep) != 1 {
			t.Errorf("the rep has %d unread and %d to-dos", unread(rep), todos(rep))
		}
		for range 2 { // the second time says nothing new
			if err := w.ReadNotice(ctx, rep, id); err != nil {
				t.Fatal(err)
			}
		}
		if unread(rep) != 0 || todos(rep) != 0 {
			t.Errorf("read: %d unread and %d to-dos", unread(rep), todos(rep))
		}
		list, err := w.NoticeReaders(ctx, region, id)
		if err != nil || len(list) != 2 || list[0].UserID != w.RepWest2 || list[0].ReadAt != 0 || list[1].ReadAt == 0 {
			t.Errorf("who has read it: %+v %v", list, err)
		}
		if n, err := w.RemindNotice(ctx, region, id); err != nil || n != 1 {
			t.Errorf("one is reminded: %d %v", n, err)
		}
		if err := w.CloseNotice(ctx, region, id, 7); !errors.Is(err, db.ErrConflict) {
			t.Errorf("a stale version: %v", err)
		}
		if err := w.CloseNotice(ctx, region, id, 1); err != nil {
			t.Fatal(err)
		}
		if late := w.As(t, w.RepWest2); unread(late) != 0 || todos(late) != 0 {
			t.Errorf("taken back: %d unread and %d to-dos", unread(late), todos(late))
		}
		if _, err := w.RemindNotice(ctx, region, id); !errors.Is(err, db.ErrConflict) {
			t.Errorf("reminded of what was taken back: %v", err)
		}
	})
}

func TestANoticeIsShownUntilItsDay(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, rep := context.Background(), w.As(t, w.RepWest)
		if _, err := w.SendNotice(ctx, w.As(t, w.Chief), db.Submission{}, db.Notice{Kind: db.NoticePlain, Title: "停电", Body: "周日", Until: "2026-11-22", Target: db.NoticeTarget{Branches: []int64{w.Head}}}); err != nil {
			t.Fatal(err)
		}
		for _, x := range []struct {
			name string
			move time.Duration
			want int
		}{{"the day before", 0, 1}, {"the day itself", 24 * time.Hour, 1}, {"the day after", 24 * time.Hour, 0}} {
			w.Clock.Move(x.move)
			if n, err := w.CountNotices(ctx, rep, db.NoticeFilter{Unread: true}, 9); err != nil || n != x.want {
				t.Errorf("%s: %d unread, want %d (%v)", x.name, n, x.want, err)
			}
		}
		if list, more, err := w.Notices(ctx, rep, db.NoticeFilter{}); err != nil || more || len(list) != 1 {
			t.Errorf("it can still be found: %d %v", len(list), err)
		}
	})
}

func TestAnInquiryIsAnsweredByEachBranchOfItsOwnClients(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, chief, rep, boss := context.Background(), w.As(t, w.Chief), w.As(t, w.RepWest), w.As(t, w.BossEast)
		mine, others := aClient(t, w, "松果文具", "A", w.RepWest), aClient(t, w, "木棉", "B", w.RepWest2)
		id, err := w.SendNotice(ctx, chief, db.Submission{}, db.Notice{Kind: db.NoticeInquiry, Title: "谁要加车", Body: "双十一", Due: "2026-11-24", Target: db.NoticeTarget{Branches: []int64{w.Zhejiang}}})
		if err != nil {
			t.Fatal(err)
		}
		if x, err := w.Notice(ctx, chief, id); err != nil || x.Asked != 2 || x.Answered != 0 {
			t.Fatalf("two branches are asked: %+v %v", x, err)
		}
		late := func(branch int64, on string) int {
			n, err := w.CountNotices(ctx, chief, db.NoticeFilter{Asked: branch, LateOn: on}, 9)
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		if late(w.West, "2026-11-24") != 0 || late(w.West, "2026-11-25") != 1 || late(w.Gulou, "2026-11-25") != 0 {
			t.Errorf("late the day after, where it was asked: %d %d %d", late(w.West, "2026-11-24"), late(w.West, "2026-11-25"), late(w.Gulou, "2026-11-25"))
		}
		if err := w.AnswerInquiry(ctx, rep, id, w.East, 0, "x", nil); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("for another branch: %v", err)
		}
		if err := w.AnswerInquiry(ctx, rep, id, w.West, 0, "x", []int64{others}); !errors.Is(err, db.ErrRefused) {
			t.Errorf("naming another's client: %v", err)
		}
		if err := w.AnswerInquiry(ctx, rep, id, w.West, 0, "要两辆", []int64{mine, mine}); err != nil {
			t.Fatal(err)
		}
		if err := w.AnswerInquiry(ctx, w.As(t, w.BossWest), id, w.West, 0, "x", nil); !errors.Is(err, db.ErrConflict) {
			t.Errorf("who did not see the answer: %v", err)
		}
		list, err := w.InquiryAnswers(ctx, chief, id)
		if err != nil || len(list) != 2 || list[0].BranchID != w.East || list[1].Text != "要两辆" || len(list[1].Clients) != 1 || list[1].Hidden != 0 || list[1].Mine {
			t.Errorf("head office reads: %+v %v", list, err)
		}
		if list, err := w.InquiryAnswers(ctx, boss, id); err != nil || len(list) != 1 || !list[0].Mine {
			t.Errorf("a branch sees its own: %+v %v", list, err)
		}
		if list, err := w.InquiryAnswers(ctx, w.As(t, w.RepWest2), id); err != nil || len(list) != 1 || len(list[0].Clients) != 0 || list[0].Hidden != 1 {
			t.Errorf("a colleague's client is not named: %+v %v", list, err)
		}
		if late(w.West, "2026-11-25") != 0 || late(w.East, "2026-11-25") != 1 {
			t.Error("answered is not late")
		}
		if n, err := w.RemindNotice(ctx, chief, id); err != nil || n != 1 {
			t.Errorf("one branch is reminded: %d %v", n, err)
		}
		if err := w.CloseNotice(ctx, chief, id, 1); err != nil {
			t.Fatal(err)
		}
		if err := w.AnswerInquiry(ctx, boss, id, w.East, 0, "晚了", nil); !errors.Is(err, db.ErrConflict) {
			t.Errorf("answered after it was ended: %v", err)
		}
		if got, err := w.ClientNamed(ctx, rep.Scope(policy.CustomerRead), "松果文具"); err != nil || got != mine {
			t.Errorf("by full name: %d %v", got, err)
		}
		if _, err := w.ClientNamed(ctx, rep.Scope(policy.CustomerRead), "木棉"); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("another rep's by name: %v", err)
		}
	})
}

// atOnce lets several do the same at the same moment and returns how it ended for
// each.
func atOnce(n int, do func(i int) error) []error {
	out, begin := make([]error, n), make(chan struct{})
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			<-begin
			out[i] = do(i)
		})
	}
	close(begin)
	wg.Wait()
	return out
}

func TestTwoWhoAnswerAnInquiryAtOnceDoNotOverwriteEachOther(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx := context.Background()
		who := []policy.Actor{w.As(t, w.RepWest), w.As(t, w.RepWest2), w.As(t, w.BossWest)}
		for round := range 4 {
			id, err := w.SendNotice(ctx, w.As(t, w.Chief), db.Submission{}, db.Notice{Kind: db.NoticeInquiry, Title: "谁要加车", Body: "双十一", Due: "2026-11-24", Target: db.NoticeTarget{Branches: []int64{w.West}}})
			if err != nil {
				t.Fatal(err)
			}
			through := 0
			for _, err := range atOnce(len(who), func(i int) error { return w.AnswerInquiry(ctx, who[i], id, w.West, 0, "我来答", nil) }) {
				switch {
				case err == nil:
					through++
				case !errors.Is(err, db.ErrConflict):
					t.Errorf("round %d: %v", round, err)
				}
			}
			if through != 1 {
				t.Errorf("round %d: %d answers went through, want 1", round, through)
			}
		}
	})
}

func TestANoticeSentTwiceAtOnceIsOne(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, chief := context.Background(), w.As(t, w.Chief)
		ids := make([]int64, 4)
		for i, err := range atOnce(len(ids), func(i int) (err error) {
			ids[i], err = w.SendNotice(ctx, chief, db.Submission{Key: "twiceatoncetwice"}, db.Notice{Kind: db.NoticePlain, Title: "停电", Body: "周日", Target: db.NoticeTarget{Branches: []int64{w.West}}})
			return err
		}) {
			if err != nil || ids[i] != ids[0] {
				t.Errorf("%d: %d, want %d (%v)", i, ids[i], ids[0], err)
			}
		}
		for i, err := range atOnce(3, func(int) error { return w.CloseNotice(ctx, chief, ids[0], 1) }) {
			if err != nil && !errors.Is(err, db.ErrConflict) {
				t.Errorf("closed, %d: %v", i, err)
			}
		}
		if x, err := w.Notice(ctx, chief, ids[0]); err != nil || x.Version != 2 {
			t.Errorf("closed once it is version 2: %d (%v)", x.Version, err)
		}
	})
}

func TestWhoCorrectsAnAnswerKeepsTheClientsWhomTheyDoNotSee(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, chief, rep, other := context.Background(), w.As(t, w.Chief), w.As(t, w.RepWest), w.As(t, w.RepWest2)
		mine, theirs := aClient(t, w, "松果文具", "A", w.RepWest), aClient(t, w, "木棉", "B", w.RepWest2)
		id, err := w.SendNotice(ctx, chief, db.Submission{}, db.Notice{Kind: db.NoticeInquiry, Title: "谁要加车", Body: "双十一", Due: "2026-11-24", Target: db.NoticeTarget{Branches: []int64{w.West}}})
		if err != nil {
			t.Fatal(err)
		}
		if err := w.AnswerInquiry(ctx, rep, id, w.West, 0, "一家", []int64{mine}); err != nil {
			t.Fatal(err)
		}
		list, err := w.InquiryAnswers(ctx, other, id)
		if err != nil || len(list) != 1 || list[0].Hidden != 1 {
			t.Fatalf("%+v %v", list, err)
		}
		if err := w.AnswerInquiry(ctx, other, id, w.West, list[0].AnsweredAt, "两家", []int64{theirs}); err != nil {
			t.Fatal(err)
		}
		if list, err = w.InquiryAnswers(ctx, chief, id); err != nil || len(list[0].Clients) != 2 || list[0].Text != "两家" {
			t.Errorf("both clients are named: %+v %v", list, err)
		}
		if err := w.AnswerInquiry(ctx, chief, id, w.West, list[0].AnsweredAt, "没有了", nil); err == nil {
			if list, err = w.InquiryAnswers(ctx, chief, id); err != nil || len(list[0].Clients) != 0 {
				t.Errorf("who sees them takes them out: %+v %v", list, err)
			}
		}
	})
}

func TestWhoComesLaterGetsTheNoticesThatStillRun(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, admin, chief := context.Background(), w.As(t, w.Admin), w.As(t, w.Chief)
		send := func(title, until string, must bool, branch int64) int64 {
			id, err := w.SendNotice(ctx, chief, db.Submission{}, db.Notice{Kind: db.NoticePlain, Title: title, Body: "x", Until: until, Must: must, Target: db.NoticeTarget{Branches: []int64{branch}, Roles: []string{string(policy.SalesRep)}}})
			if err != nil {
				t.Fatal(err)
			}
			return id
		}
		send("到今天", "2026-11-22", true, w.West)
		send("到月底", "2026-11-30", true, w.Zhejiang)
		send("没有日子", "", false, w.Head)
		if err := w.CloseNotice(ctx, chief, send("收回的", "", true, w.West), 1); err != nil {
			t.Fatal(err)
		}
		w.Clock.Move(2 * 24 * time.Hour)
		joins := func(name string, branch int64, role policy.Role) policy.Actor {
			id, err := w.CreateUser(ctx, admin, db.UserInput{Username: name, Name: name, BranchID: branch, PasswordHash: "x", Grants: []policy.Grant{{Role: role, Branch: branch}}})
			if err != nil {
				t.Fatal(err)
			}
			return w.As(t, id)
		}
		count := func(who policy.Actor) [2]int {
			unread, err := w.CountNotices(ctx, who, db.NoticeFilter{Unread: true}, 9)
			todos, err2 := w.CountTodos(ctx, who, db.TodoFilter{UserID: who.UserID, Kind: db.TodoNotice}, 9)
			if err != nil || err2 != nil {
				t.Fatal(err, err2)
			}
			return [2]int{unread, todos}
		}
		rep := joins("newrep", w.West, policy.SalesRep)
		if got := count(rep); got != [2]int{2, 1} {
			t.Errorf("a new rep has %v, want two to read and one to confirm", got)
		}
		if got := count(joins("newclerk", w.West, policy.ServiceClerk)); got != [2]int{} {
			t.Errorf("a new clerk has %v", got)
		}
		away := joins("awayrep", w.Gulou, policy.SalesRep)
		if got := count(away); got != [2]int{1, 0} {
			t.Errorf("a new rep elsewhere has %v", got)
		}
		u, err := w.User(ctx, admin.Scope(policy.UserEdit), away.UserID)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.UpdateUser(ctx, admin, u.ID, u.Version, db.UserInput{Username: u.Username, Name: u.Name, BranchID: w.West, Grants: []policy.Grant{{Role: policy.SalesRep, Branch: w.West}}}); err != nil {
			t.Fatal(err)
		}
		if got := count(w.As(t, u.ID)); got != [2]int{2, 1} {
			t.Errorf("moved there they have %v", got)
		}
	})
}
