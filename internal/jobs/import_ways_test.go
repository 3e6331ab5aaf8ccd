package jobs_test

import (
	"context"
	"testing"

	"yike/db"
	"yike/db/dbtest"
	"yike/policy"
)

// By which ways a contact is best reached comes with a file, and goes back with
// the import, but not what somebody has chosen since (R135).
func TestPreferredWaysComeWithAnImportAndGoBackWithIt(t *testing.T) {
	dbtest.Alone(t)
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx := context.Background()
		b := newBranch(t, w)
		on := func(name, contact, ways string) int64 {
			t.Helper()
			id, err := w.CreateCustomer(ctx, b.boss, db.Submission{}, db.Customer{BranchID: w.West, Name: name}, db.Contact{Name: contact, Primary: true, Ways: ways})
			if err != nil {
				t.Fatal(err)
			}
			return id
		}
		pine, moon, fern := on("松果文具", "王国平", "phone"), on("月牙食品", "李月", ""), on("蕨叶纸品", "何蕨", "")
		const file = "客户名称,联系人,首选沟通方式\n松果文具,王国平,微信、电话\n月牙食品,李月,短信\n蕨叶纸品,,邮件>微信\n青禾贸易,周青,\"加微信/打电话,飞鸽, 邮箱\"\n无人贸易,,微信\n"
		ways := func(customer int64) (said string) {
			t.Helper()
			list, err := w.Contacts(ctx, b.boss.Scope(policy.CustomerRead), customer)
			if err != nil {
				t.Fatal(err)
			}
			for _, k := range list {
				said += k.Name + " " + k.Ways + ";"
			}
			return said
		}
		want := func(what string, customer int64, want string) {
			t.Helper()
			if got := ways(customer); got != want {
				t.Errorf("%s: %q, want %q", what, got, want)
			}
		}
		m := b.bringBytes(db.ImportCustomers, "ways.csv", []byte(file), db.ImportOptions{})
		if figures(m) != [4]int64{2, 3, 0, 0} {
			t.Fatalf("judged: %v", figures(m))
		}
		if m = b.apply(m); m.State != "applied" {
			t.Fatalf("applied: %s", m.State)
		}
		want("one who had another", pine, "王国平 wechat phone;")
		want("one who had none", moon, "李月 sms;")
		want("the primary one where none is named", fern, "何蕨 email wechat;")
		made, err := w.Customers(ctx, b.boss.Scope(policy.CustomerRead), db.CustomerFilter{})
		if err != nil {
			t.Fatal(err)
		}
		fresh := int64(0)
		for _, c := range made.Rows {
			if c.Name == "青禾贸易" {
				fresh = c.ID
			}
		}
		want("a new one, but for a word that is no way", fresh, "周青 wechat phone email;")

		// What somebody chooses afterwards stays.
		list, err := w.Contacts(ctx, b.boss.Scope(policy.CustomerRead), moon)
		if err != nil {
			t.Fatal(err)
		}
		list[0].Ways = "visit"
		if _, err := w.SaveContact(ctx, b.boss, db.Submission{}, list[0]); err != nil {
			t.Fatal(err)
		}
		if again := b.bringBytes(db.ImportCustomers, "again.csv", []byte(file), db.ImportOptions{FillOnly: true}); again.Updates != 0 {
			t.Errorf("what is there is to be left: %v", figures(again))
		}
		if err := b.StartUndo(ctx, b.boss, m.ID, b.read(m.ID).Version); err != nil {
			t.Fatal(err)
		}
		b.run.RunTasks(ctx)
		if m = b.read(m.ID); m.State != "undone" || m.Undo.Kept != 1 || m.Undo.Failed != 0 {
			t.Errorf("taken back: %s %+v", m.State, m.Undo)
		}
		want("as it was", pine, "王国平 phone;")
		want("chosen since", moon, "李月 visit;")
		want("none, as it was", fern, "何蕨 ;")
	})
}
