package app

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"yike/db"
	"yike/db/dbtest"
	"yike/policy"
	"yike/policy/retention"
)

const (
	keeperDSN   = "YIKE_TEST_KEEPER_DSN"
	keeperClock = "YIKE_TEST_KEEPER_CLOCK"
)

// TestAKeeperToBeKilled is no test: it is a node that archives, in a process of
// its own.
func TestAKeeperToBeKilled(t *testing.T) {
	dsn := os.Getenv(keeperDSN)
	if dsn == "" {
		return // the test below starts it
	}
	ms, err := strconv.ParseInt(os.Getenv(keeperClock), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	d, err := db.Open(context.Background(), db.Config{DSN: dsn, Now: dbtest.NewClock(time.UnixMilli(ms)).Now, Key: db.OnlyKey(dbtest.Key)})
	if err != nil {
		t.Fatal(err)
	}
	_, _ = d.KeepTimes(context.Background(), policy.SystemActor("test"))
}

// TestANightOfRetentionIsDoneOnceByNodesThatAreKilledAndByTwoAtOnce: a process
// is ended as by a power cut while it archives, then two nodes do the rest at
// the same time. Everything is in the archive once, with its words, and one
// record counts it.
func TestANightOfRetentionIsDoneOnceByNodesThatAreKilledAndByTwoAtOnce(t *testing.T) {
	const visits = 1500
	p := twoNodes(t)
	ctx, chief := context.Background(), p.As(t, p.Chief)
	client, err := p.DB.CreateCustomer(ctx, p.As(t, p.BossWest), db.Submission{}, db.Customer{BranchID: p.West, Name: "盛达电子"})
	if err != nil {
		t.Fatal(err)
	}
	line, err := pgx.Connect(ctx, p.Address)
	if err != nil {
		t.Fatal(err)
	}
	defer line.Close(ctx)
	if _, err := line.Exec(ctx, `INSERT INTO visits (id, customer_id, branch_id, user_id, state, day, mode, learned, created_at, updated_at)
		SELECT i, $1, $2, $3, 'done', '2026-11-20', 'phone', '听到的 ' || i, 0, 0 FROM generate_series(1, $4::int) i`, client, p.West, p.RepWest, visits); err != nil {
		t.Fatal(err)
	}
	value, err := json.Marshal(retention.Rule{Archiving: true})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.SetRule(ctx, chief, policy.PrivacyEdit, db.RuleRow{Rule: db.RuleRetention, ValidFrom: db.Day(p.Now()), Value: string(value), Reason: "试"}); err != nil {
		t.Fatal(err)
	}
	p.Clock.Set(dbtest.Start.AddDate(2, 1, 0))
	count := func(query string) (n int) {
		t.Helper()
		if err := line.QueryRow(ctx, query).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	const archived = `SELECT count(*) FROM archived`
	for round := range 2 {
		before := count(archived)
		child := exec.Command(os.Args[0], "-test.run", "^TestAKeeperToBeKilled$")
		child.Env = append(os.Environ(), keeperDSN+"="+p.Address, keeperClock+"="+strconv.FormatInt(p.Now().UnixMilli(), 10))
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		for until := time.Now().Add(time.Minute); count(archived) < before+100; time.Sleep(2 * time.Millisecond) {
			if time.Now().After(until) {
				t.Fatal("the node does not begin")
			}
		}
		if err := child.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = child.Wait()
		if n := count(archived); n >= visits || n%50 != 0 {
			t.Fatalf("killed in round %d with %d archived: not between two acts", round, n)
		}
	}
	half := count(archived)
	var wait sync.WaitGroup
	var done [2]db.Kept
	for i, o := range []*office{p.a, p.b} {
		wait.Go(func() {
			var err error
			if done[i], err = o.DB.KeepTimes(ctx, policy.SystemActor("test")); err != nil {
				t.Errorf("node %d: %v", i, err)
			}
		})
	}
	wait.Wait()
	t.Logf("%d before the nodes were killed, then %d and %d", half, done[0].Archived, done[1].Archived)
	if n := done[0].Archived + done[1].Archived; n != int64(visits-half) {
		t.Errorf("both say that they archived %d of %d", n, visits-half)
	}
	for query, want := range map[string]int{
		archived: visits,
		`SELECT count(*) FROM visits x JOIN archived a ON a.kind = 'visits' AND a.row_id = x.id WHERE x.life = 1 AND x.learned = '' AND position('"听到的 ' || x.id || '"' in a.body) > 0`: visits,
		`SELECT count(*) FROM retention_records WHERE kind = 'visits'`:                    1,
		`SELECT CAST(rows AS INT) FROM retention_records WHERE kind = 'visits'`:           visits,
		`SELECT CAST(sum(rows_count) AS INT) FROM audits WHERE act = 'retention.archive'`: visits,
	} {
		if n := count(query); n != want {
			t.Errorf("%s: %d, want %d", query, n, want)
		}
	}
	if r, err := p.CheckChain(ctx); err != nil || !r.Whole() {
		t.Errorf("the chain: %+v, %v", r, err)
	}
}
