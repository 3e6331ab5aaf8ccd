package db_test

import (
	"context"
	"errors"
	"testing"

	"yike/db"
	"yike/db/dbtest"
	"yike/policy"
)

func TestNothingComesToStandInAClosedBranch(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, admin := context.Background(), w.As(t, w.Admin)
		client := clientAt(t, w, w.East, "松果贸易")
		binned := clientAt(t, w, w.Gulou, "旧客户")
		imported, err := w.CreateImport(ctx, admin, db.Submission{}, db.NewImport{Kind: db.ImportCustomers, FileName: "a.csv", FileHash: "x", Branch: w.East})
		if err != nil {
			t.Fatal(err)
		}
		if err := w.ImportState(ctx, imported, "judging", "judged"); err != nil {
			t.Fatal(err)
		}
		if err := w.DeleteCustomer(ctx, admin, binned, 1); err != nil {
			t.Fatal(err)
		}
		if err := w.CloseBranch(ctx, admin, w.Gulou, branchOf(t, w, w.Gulou).Version, 0); err != nil {
			t.Fatal(err)
		}
		if w.BranchOpen(w.Gulou) || !w.BranchOpen(w.East) || w.BranchOpen(4711) {
			t.Error("which branches are open is not known")
		}
		clerk, err := w.User(ctx, admin.Scope(policy.UserRead), w.ClerkEast)
		if err != nil {
			t.Fatal(err)
		}
		c, err := w.Customer(ctx, admin.Scope(policy.CustomerRead), client)
		if err != nil {
			t.Fatal(err)
		}
		m, err := w.Import(ctx, admin.Scope(policy.ImportRun), imported)
		if err != nil {
			t.Fatal(err)
		}
		at := func(branch int64, grants ...policy.Grant) db.UserInput {
			return db.UserInput{Username: clerk.Username, Name: clerk.Name, Phone: clerk.Phone, BranchID: branch, JoinedOn: clerk.JoinedOn, Grants: grants}
		}
		there := policy.Grant{Role: policy.ServiceClerk, Branch: w.Gulou}
		for name, act := range map[string]func() error{
			"a new client": func() error {
				_, err := w.CreateCustomer(ctx, admin, db.Submission{}, db.Customer{BranchID: w.Gulou, Name: "新客户"})
				return err
			},
			"a client that is moved there": func() error {
				to := c
				to.BranchID = w.Gulou
				return w.UpdateCustomer(ctx, admin, to)
			},
			"a client out of the bin": func() error { return w.RestoreCustomer(ctx, admin, binned) },
			"a new person":            func() error { _, err := w.CreateUser(ctx, admin, atNew(w.Gulou)); return err },
			"a new person with a role": func() error {
				in := atNew(w.East)
				in.Grants = []policy.Grant{there}
				_, err := w.CreateUser(ctx, admin, in)
				return err
			},
			"a person who is moved there": func() error { return w.UpdateUser(ctx, admin, clerk.ID, clerk.Version, at(w.Gulou, clerk.Grants...)) },
			"a role that is given there": func() error {
				return w.UpdateUser(ctx, admin, clerk.ID, clerk.Version, at(w.East, append(clerk.Grants, there)...))
			},
			"a file to be imported": func() error {
				_, err := w.CreateImport(ctx, admin, db.Submission{}, db.NewImport{Kind: db.ImportCustomers, Branch: w.Gulou})
				return err
			},
			"an import that is sent there": func() error { return w.ChangeImport(ctx, admin, imported, m.Version, w.Gulou, m.Options, nil) },
			"many clients at once": func() error {
				_, err := w.LoadCustomers(ctx, policy.SystemActor("test"), func(yield func(db.LoadItem) bool) {
					yield(db.LoadItem{Customer: db.Customer{BranchID: w.Gulou, Name: "新客户", State: "draft", CreatedAt: w.Clock.Now().UnixMilli()}})
				}, nil)
				return err
			},
		} {
			if err := act(); !errors.Is(err, db.ErrClosed) || !errors.Is(err, db.ErrRefused) {
				t.Errorf("%s: %v, want ErrClosed", name, err)
			}
		}
		if err := w.ReopenBranch(ctx, admin, w.Gulou, branchOf(t, w, w.Gulou).Version); err != nil {
			t.Fatal(err)
		}
		if err := w.RestoreCustomer(ctx, admin, binned); err != nil {
			t.Errorf("out of the bin after the branch was reopened: %v", err)
		}
		figures, err := w.BranchFigures(ctx, admin.Scope(policy.UserRead), admin.Scope(policy.CustomerRead))
		if err != nil || figures.Clients[w.Gulou] != 1 || figures.People[w.Gulou] != 0 {
			t.Errorf("something was left there: %+v, %v", figures, err)
		}
	})
}

func atNew(branch int64) db.UserInput {
	return db.UserInput{Username: "newcomer", Name: "新人", BranchID: branch, PasswordHash: dbtest.Hash, JoinedOn: "2026-11-01"}
}
