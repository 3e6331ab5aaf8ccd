package db_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"yike/db"
	"yike/db/dbtest"
)

// TestTwoProcessesNeverMakeTheSameID: two nodes, or the product and a command
// on one file, at one and the same instant; also after one of them was cut off
// and started again, and after one slept past the time for which its number is
// held.
func TestTwoProcessesNeverMakeTheSameID(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, seen := context.Background(), map[int64]string{}
		var mu sync.Mutex
		both := func(round string, nodes ...*dbtest.World) {
			t.Helper()
			var wait sync.WaitGroup
			for n, node := range nodes {
				boss := node.As(t, w.BossWest)
				wait.Go(func() {
					for i := range 20 {
						name := fmt.Sprintf("%s 第%d台第%d家", round, n, i)
						id, err := node.CreateCustomer(ctx, boss, db.Submission{}, db.Customer{BranchID: w.West, Name: name})
						mu.Lock()
						if other := seen[id]; err != nil || other != "" {
							t.Errorf("%s: id %d, also that of %q, %v", name, id, other, err)
						}
						seen[id] = name
						mu.Unlock()
					}
				})
			}
			wait.Wait()
		}
		second := w.Node(t)
		both("两台", w, second)
		third := w.Node(t) // the second counts as cut off: it is not closed
		both("三台", w, second, third)
		w.Clock.Move(25 * time.Hour) // all slept; a fourth may take their numbers
		fourth := w.Node(t)
		both("睡过", w, second, third, fourth)
		for range 30 { // days, each noted anew
			w.Clock.Move(time.Hour)
			for _, n := range []*dbtest.World{w, second, third, fourth} {
				if err := n.KeepWriter(ctx); err != nil {
					t.Fatal(err)
				}
			}
		}
		both("一天后", w, second, third, fourth, w.Node(t))
	})
}
