package db_test

import (
	"context"
	"testing"

	"yike/db"
	"yike/db/dbtest"
	"yike/policy/casework"
)

func TestABoardHoldsTheOpenCasesOfTheListByTheirSteps(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, clerk := context.Background(), w.As(t, w.ClerkWest)
		c := fileOf(t, w, "杭州松果用品", w.RepWest)
		other := fileOf(t, w, "城西海棠食品", w.RepWest2)
		var ids []int64
		for i := range 7 {
			in := told(c.ID, "慢")
			if i == 6 {
				in.CustomerID = other.ID
			}
			id, err := w.OpenCase(ctx, clerk, db.Submission{}, in)
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, id)
		}
		for _, id := range ids[:3] {
			if err := w.TakeCase(ctx, clerk, db.CaseRef{ID: id}); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.MergeCase(ctx, w.As(t, w.BossWest), db.CaseRef{ID: ids[0]}, ids[1], "同一件"); err != nil {
			t.Fatal(err) // it is closed now
		}
		if err := w.HandCase(ctx, w.As(t, w.BossWest), db.CaseRef{ID: ids[2]}, w.RepWest, ""); err != nil {
			t.Fatal(err)
		}
		for name, x := range map[string]struct {
			who    int64
			filter db.CaseFilter
		}{"a clerk": {w.ClerkWest, db.CaseFilter{}}, "whose": {w.ClerkWest, db.CaseFilter{UserID: w.ClerkWest}}, "a client's": {w.BossWest, db.CaseFilter{CustomerID: c.ID}},
			"a rep": {w.RepWest, db.CaseFilter{}}, "another rep": {w.RepWest2, db.CaseFilter{}}, "another branch": {w.ClerkEast, db.CaseFilter{}}} {
			actor := w.As(t, x.who)
			board, err := w.CaseBoard(ctx, actor, x.filter, 2)
			if err != nil {
				t.Fatal(err)
			}
			if len(board) != len(casework.Steps)-1 {
				t.Fatalf("%s: %d columns", name, len(board))
			}
			all := int64(0)
			for i, column := range board {
				f := x.filter
				f.Step = column.Step
				n, err := w.CountCases(ctx, actor, f, 100)
				if err != nil || column.Step != casework.Steps[i] || int64(n) != column.Count || len(column.Rows) != min(n, 2) {
					t.Errorf("%s: %s holds %d and shows %d; the list %d, %v", name, column.Step, column.Count, len(column.Rows), n, err)
				}
				for j, r := range column.Rows {
					if r.Step != column.Step || j > 0 && column.Rows[j-1].Due > r.Due {
						t.Errorf("%s: %s shows %+v", name, column.Step, r)
					}
				}
				all += column.Count
			}
			want := map[string]int64{"a clerk": 6, "whose": 5, "a client's": 5, "a rep": 5, "another rep": 1, "another branch": 0}[name]
			if all != want {
				t.Errorf("%s: %d cases, want %d", name, all, want)
			}
		}
	})
}
