package db_test

import (
	"context"
	"errors"
	"testing"

	"yike/db"
	"yike/db/dbtest"
	"yike/policy"
	"yike/policy/mask"
)

func TestAClientsPageSaysInWhichFilesTheyLeft(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx := context.Background()
		in, _ := secret(t, w, "松果母婴用品")
		out, _ := secret(t, w, "北窗文具")
		capped(t, w, policy.RegionalManager, mask.Caps{Reveals: 7, Rows: 3})
		region := w.As(t, w.RegionZJ)
		if err := w.RecordExport(ctx, region, "customers.export", db.Left{Rows: 2, Reference: "ABCD", Task: 7, Customers: []int64{in, in}}); err != nil {
			t.Fatal(err)
		}
		var over *db.OverCap
		if err := w.RecordExport(ctx, region, "customers.export", db.Left{Rows: 2, Customers: []int64{out}}); !errors.As(err, &over) {
			t.Errorf("beyond the cap: %v", err)
		}
		if err := w.RecordCharged(ctx, region, "customers.print", db.Left{Rows: 1, Customers: []int64{in}}); err != nil {
			t.Errorf("a print is not counted: %v", err)
		}
		scope := w.As(t, w.BossWest).Scope(policy.CustomerHistory)
		list, err := w.Looks(ctx, scope, in, 10)
		if err != nil || len(list) != 2 || list[0].Act != "customers.print" || list[1].Act != "customers.export" || list[1].Rows != 2 || list[1].User != "浙江经理" {
			t.Errorf("%+v, %v", list, err)
		}
		if list, err := w.Looks(ctx, scope, out, 10); err != nil || len(list) != 0 {
			t.Errorf("a refused file is on record: %+v, %v", list, err)
		}
		if reference, rows, err := w.ExportOfTask(ctx, 7); reference != "ABCD" || rows != 2 || err != nil {
			t.Errorf("the task's: %q %d %v", reference, rows, err)
		}
		if reference, _, err := w.ExportOfTask(ctx, 8); reference != "" || err != nil {
			t.Errorf("a task that wrote nothing: %q %v", reference, err)
		}
	})
}
