package db_test

import (
	"context"
	"strconv"
	"testing"

	"yike/db"
	"yike/db/dbtest"
	"yike/policy"
)

// BenchmarkLoadActor is a person's first request after a policy change: roles,
// account, roles held and rights, in a company of 300 branches whose people
// hold 3,000 grants. The tree of branches is not read anew by it.
func BenchmarkLoadActor(b *testing.B) {
	clock := dbtest.NewClock(dbtest.Start)
	w := dbtest.Company(b, clock)
	ctx, system := context.Background(), policy.SystemActor("bench")
	var branches []int64
	for i := range 300 {
		id, err := w.CreateBranch(ctx, system, db.BranchInput{ParentID: w.Zhejiang, Level: db.LevelBranch, Name: "网点" + strconv.Itoa(i), Code: "B" + strconv.Itoa(1000+i)})
		if err != nil {
			b.Fatal(err)
		}
		branches = append(branches, id)
	}
	var somebody int64
	for i := range 600 { // five roles each
		var grants []policy.Grant
		for k, role := range []policy.Role{policy.BranchManager, policy.SalesRep, policy.ServiceClerk, policy.Courier, policy.Analyst} {
			grants = append(grants, policy.Grant{Role: role, Branch: branches[(i*7+k*31)%len(branches)]})
		}
		id, err := w.CreateUser(ctx, system, db.UserInput{Username: "u" + strconv.Itoa(i), Name: "人" + strconv.Itoa(i), BranchID: branches[i%300], PasswordHash: dbtest.Hash, Grants: grants})
		if err != nil {
			b.Fatal(err)
		}
		somebody = id
	}
	b.Run("first request", func(b *testing.B) {
		for b.Loop() {
			if s, err := w.Actors().Actor(ctx, somebody); err != nil || !s.Actor.Can(policy.CustomerRead) {
				b.Fatal(err)
			}
		}
	})
	b.Run("every later one", func(b *testing.B) {
		actors := w.Actors()
		for b.Loop() {
			if s, err := actors.Actor(ctx, somebody); err != nil || !s.Actor.Can(policy.CustomerRead) {
				b.Fatal(err)
			}
		}
	})
	b.Run("roles read anew", func(b *testing.B) {
		for b.Loop() {
			db.ForgetAccess(w.DB)
			if _, err := w.DB.Access(ctx); err != nil {
				b.Fatal(err)
			}
		}
	})
}
