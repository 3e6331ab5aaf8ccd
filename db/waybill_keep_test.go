package db_test

import (
	"context"
	"fmt"
	"testing"

	"yike/db"
	"yike/db/dbtest"
	"yike/policy"
)

// What parcels say of persons goes when its time is over, on the very day, in
// batches, and nothing else of them does.
func TestRecipientsAreForgottenWhenTheirTimeIsOver(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx, system := context.Background(), policy.SystemActor("test")
		client, err := w.CreateCustomer(ctx, w.As(t, w.BossWest), db.Submission{}, db.Customer{BranchID: w.West, Name: "松果文具有限公司"})
		if err != nil {
			t.Fatal(err)
		}
		put := func(id int64, day, who string, customer any) {
			t.Helper()
			if _, err := db.Writer(w.DB).Exec(`INSERT INTO waybills (id, number, branch_id, customer_id, sender, sender_contact, sender_phone, receiver, receiver_phone, contents, remark, province, freight_fen, sent_day, sent_at, created_at, updated_at)
				VALUES ($1, $2, $3, $4, '寄件的', '联系人', '13900000001', $5, '13900000002', '信', '轻放', '330000', 900, $6, 0, 0, 0)`, id, fmt.Sprintf("4026100000%05d", id), w.West, customer, who, day); err != nil {
				t.Fatal(err)
			}
		}
		// Today is 2026-11-21, a year ago 2025-11-21.
		put(1, "2025-11-20", "一年多前", client)
		put(2, "2025-11-20", "一年多前", nil)
		put(3, "2025-11-21", "整一年", client)
		put(4, "2026-10-01", "五十天前", client)
		// More than one batch, long ago, with nobody named in them but the last.
		if _, err := db.Writer(w.DB).Exec(`WITH RECURSIVE n(i) AS (SELECT 100 UNION ALL SELECT i + 1 FROM n WHERE i < 4600)
			INSERT INTO waybills (id, number, branch_id, receiver, sent_day, sent_at, created_at, updated_at)
			SELECT i, '5026100000' || CAST(i AS TEXT), CAST($1 AS BIGINT), CASE WHEN i = 4600 THEN '最后一位' ELSE '' END, '2024-05-01', 0, 0, 0 FROM n`, w.West); err != nil {
			t.Fatal(err)
		}
		named := func(id int64) string {
			t.Helper()
			x, err := w.Waybill(ctx, system.Scope(policy.WaybillRead), id)
			if err != nil {
				t.Fatal(err)
			}
			if x.Version != 1 || id < 100 && (x.Freight != 900 || x.Province != "330000") {
				t.Errorf("parcel %d: version %d, freight %d", id, x.Version, x.Freight)
			}
			return x.Sender + "|" + x.SenderContact + x.SenderPhone + x.Receiver + x.ReceiverPhone + x.Contents + x.Remark
		}
		forget := func(what string, want int64, left map[int64]string) {
			t.Helper()
			if n, err := w.ForgetRecipients(ctx, policy.SystemActor("recipients")); err != nil || n != want {
				t.Errorf("%s: %d forgotten, %v; want %d", what, n, err, want)
			}
			for id, want := range left {
				if got := named(id); got != want {
					t.Errorf("%s: parcel %d says %q, want %q", what, id, got, want)
				}
			}
		}
		full := func(who string) string { return "寄件的|联系人13900000001" + who + "13900000002信轻放" }
		left := map[int64]string{1: "|", 2: "寄件的|", 3: full("整一年"), 4: full("五十天前"), 4600: "|"}
		forget("the default, a year", 3, left)
		forget("once more", 0, left)
		w.Clock.Move(24 * 3600e9)
		left[3] = "|"
		forget("a day later", 1, left)
		if _, err := w.SetRule(ctx, w.As(t, w.Chief), policy.PrivacyEdit, db.RuleRow{Rule: db.RuleRecipients, ValidFrom: db.Day(w.Clock.Now()), Value: `{"days":45}`, Reason: "少留一点"}); err != nil {
			t.Fatal(err)
		}
		left[4] = "|"
		forget("45 days", 1, left)
		// A longer time brings nothing back, and newer bills may name persons of
		// those days; when it is short again they go, too.
		if _, err := w.SetRule(ctx, w.As(t, w.Chief), policy.PrivacyEdit, db.RuleRow{Rule: db.RuleRecipients, ValidFrom: db.Day(w.Clock.Now()), Version: 1, Value: `{"days":365}`, Reason: "还是一年"}); err != nil {
			t.Fatal(err)
		}
		forget("a year again", 0, left)
		put(5, "2026-01-05", "补来的", client)
		left[5] = full("补来的")
		forget("what came later", 0, left)
		if _, err := w.SetRule(ctx, w.As(t, w.Chief), policy.PrivacyEdit, db.RuleRow{Rule: db.RuleRecipients, ValidFrom: db.Day(w.Clock.Now()), Version: 2, Value: `{"days":45}`, Reason: "少留一点"}); err != nil {
			t.Fatal(err)
		}
		left[5] = "|"
		forget("45 days again", 1, left)
		var acts int64
		if err := db.Writer(w.DB).QueryRow(`SELECT count(*) FROM audits WHERE act = 'waybills.forget'`).Scan(&acts); err != nil || acts != 4 {
			t.Errorf("%d records, %v", acts, err)
		}
		records, err := w.KeptRecords(ctx, db.StageDestroyed, 10)
		var rows, versions int64
		for _, r := range records {
			rows, versions = rows+r.Rows, versions+r.RuleVersion
		}
		// By the default on two days, by the first version and by the third.
		if err != nil || len(records) != 4 || rows != 6 || versions != 1+3 || records[3].Kind != db.RecordRecipients || records[3].FromDay != "2024-05-01" || records[3].ToDay != "2025-11-20" || records[3].Rows != 3 || len(records[3].Digest) != 64 {
			t.Errorf("the records: %+v, %v", records, err)
		}
		if _, err := w.ForgetRecipients(ctx, w.As(t, w.Admin)); err == nil {
			t.Error("a person may do it")
		}
	})
}
