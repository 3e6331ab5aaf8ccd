package handlers_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"yike/db"
	"yike/policy"
)

// aBill brings a bill of four parcels of 松果文具 and one of somebody unknown
// to the western branch, by the page.
func aBill(t *testing.T, s *site) (customer, parcel, sender int64) {
	t.Helper()
	ctx, admin := context.Background(), s.As(t, s.Admin)
	customer, err := s.DB.CreateCustomer(ctx, admin, db.Submission{}, db.Customer{BranchID: s.West, Name: "松果文具有限公司", OwnerID: s.RepWest, AccountNo: "5712000999", Phones: []string{"13812341054"}})
	if err != nil {
		t.Fatal(err)
	}
	boss := s.as("boss")
	at := boss.upload("waybills", id(s.West), "10月账单.csv", []byte("\ufeff运单号,寄件日期,寄件客户,月结账号,寄件电话,收件人,收件电话,目的地,重量(kg),运费,产品,付款方式,状态\n"+
		"302610000000001,2026-10-08,松果文具有限公司,5712000999,13812341054,林小满,13900007777,浙江省杭州市,1.2,12.50,标快,月结,已签收\n"+
		"302610000000002,2026-10-09,松果文具有限公司,5712000999,13812341054,周大福,13900008888,江苏省南京市,2,15,标快,月结,已签收\n"+
		"302610000000003,2026-11-02,松果文具,,13812341054,吴敏,13900009999,上海市,0.8,9,特惠,月结,破损\n"+
		"302610000000004,2026-11-03,某某工作室,,13666660001,郑好,13900006666,上海市,1,10,标快,寄付,已签收\n")).to()
	s.work()
	a := boss.get(at)
	if !strings.Contains(a.body, "导入 4") {
		t.Fatalf("the preview: %s", excerpt(a.body))
	}
	if a = boss.post(at+"/apply", url.Values{"version": {version(t, a)}}); a.status != http.StatusSeeOther {
		t.Fatalf("apply: %d %s", a.status, excerpt(a.body))
	}
	s.work()
	scope := policy.SystemActor("test").Scope(policy.WaybillRead)
	page, err := s.DB.Waybills(ctx, scope, db.WaybillFilter{Number: "302610000000001", Limit: 5})
	if err != nil || len(page.Rows) != 1 || page.Rows[0].CustomerID != customer {
		t.Fatalf("the parcel: %+v, %v", page.Rows, err)
	}
	other, err := s.DB.Waybills(ctx, scope, db.WaybillFilter{Number: "302610000000004", Limit: 5})
	if err != nil || len(other.Rows) != 1 || other.Rows[0].CustomerID != 0 || other.Rows[0].SenderID == 0 {
		t.Fatalf("the unknown sender's: %+v, %v", other.Rows, err)
	}
	return customer, page.Rows[0].ID, other.Rows[0].SenderID
}

func TestParcelsAreSeenByTheirBranchAndRecipientsByNobody(t *testing.T) {
	s := newSite(t)
	customer, parcel, sender := aBill(t, s)
	list, one, senders := "/waybills", "/waybills/"+id(parcel), "/waybills/senders/"+id(sender)
	secret := []string{"林小满", "13900007777", "139 0000 7777"}
	s.run([]scenario{
		{"a stranger", "", "", list, nil, 303, []string{"/login"}, nil},
		{"a courier", "courier", "", list, nil, 403, nil, nil},
		{"the manager", "boss", "", list, nil, 200, []string{"302610000000001", "302610000000004", "松果文具"}, secret},
		{"the rep sees the own client's", "rep", "", list, nil, 200, []string{"302610000000001"}, append(secret, "302610000000004")},
		{"another rep sees none", "rep2", "", list, nil, 200, nil, append(secret, "302610000000001")},
		{"another branch's manager sees none", "boss2", "", list, nil, 200, nil, append(secret, "302610000000001")},
		{"by number", "boss", "", list + "?number=302610000000002", nil, 200, []string{"302610000000002"}, []string{"302610000000001"}},
		{"by state", "boss", "", list + "?state=damaged", nil, 200, []string{"302610000000003"}, []string{"302610000000001"}},
		{"a parcel", "boss", "", one, nil, 200, []string{"302610000000001", "12.5", "松果文具"}, secret},
		{"a parcel of another branch", "boss2", "", one, nil, 404, nil, nil},
		{"a parcel of another's client", "rep2", "", one, nil, 404, nil, nil},
		{"no number", "boss", "", "/waybills/x", nil, 404, nil, nil},
		{"the client's parcels", "rep", "", "/customers/" + id(customer) + "/waybills", nil, 200, []string{"302610000000001"}, secret},
		{"of another's client", "rep2", "", "/customers/" + id(customer) + "/waybills", nil, 404, nil, nil},
		{"an export", "boss", "", "/waybills/export?format=csv", nil, 200, []string{"302610000000001"}, secret},
		{"possible new clients", "boss", "", "/waybills/senders", nil, 200, []string{"某某工作室"}, nil},
		{"not for reps", "rep", "", "/waybills/senders", nil, 403, nil, nil},
		{"another branch's sender", "boss2", "", senders, nil, 404, nil, nil},
		{"another branch attaches it", "boss2", http.MethodPost, senders + "/attach", url.Values{"customer": {id(customer)}, "version": {"1"}}, 404, nil, nil},
		{"to nobody", "boss", http.MethodPost, senders + "/attach", url.Values{"customer": {"77"}, "version": {"1"}}, 404, nil, nil},
		{"attached", "boss", http.MethodPost, senders + "/attach", url.Values{"customer": {id(customer)}, "version": {"1"}}, 303, []string{"/waybills/senders"}, nil},
		{"the rep sees it now", "rep", "", list, nil, 200, []string{"302610000000004"}, nil},
		{"taken back", "boss", http.MethodPost, senders + "/detach", nil, 303, []string{"/waybills/senders"}, nil},
		{"and no more", "rep", "", list, nil, 200, nil, []string{"302610000000004"}},
		{"a new file is filled in", "boss", "", "/customers/new?sender=" + id(sender), nil, 200, []string{"某某工作室", "13666660001"}, nil},
		{"not with what is masked", "region", "", "/customers/new?sender=" + id(sender), nil, 200, []string{"某某工作室"}, []string{"13666660001", "136 6666 0001"}},
		{"what is held about the client", "admin", "", "/customers/" + id(customer) + "/data", nil, 200, []string{"寄件记录"}, secret},
	})
	if found, err := s.DB.CheckWaybillSums(context.Background()); err != nil || len(found) > 0 {
		t.Errorf("the sums: %v %v", found, err)
	}
}

func TestACorrectedBillShowsInTheClientsHistoryWithoutTheRecipient(t *testing.T) {
	s := newSite(t)
	customer, parcel, _ := aBill(t, s)
	boss := s.as("boss")
	at := boss.upload("waybills", id(s.West), "10月更正.csv", []byte("\ufeff运单号,寄件日期,寄件客户,月结账号,寄件电话,收件人,收件电话,目的地,重量(kg),运费,产品,付款方式,状态\n"+
		"302610000000001,2026-10-08,松果文具有限公司,5712000999,13812341054,林小满改名,13900005555,江苏省南京市,1.5,13.00,特惠,月结,遗失\n"+
		"302610000000002,2026-10-09,松果文具有限公司,5712000999,13812341054,周大福,13900008888,江苏省南京市,2,15,标快,月结,已签收\n")).to()
	s.work()
	a := boss.get(at)
	if a = boss.post(at+"/apply", url.Values{"version": {version(t, a)}}); a.status != http.StatusSeeOther {
		t.Fatalf("apply: %d %s", a.status, excerpt(a.body))
	}
	s.work()
	s.run([]scenario{
		{"the parcel as it is now", "boss", "", "/waybills/" + id(parcel), nil, 200, []string{"13 元", "1.5"}, []string{"林小满", "13900005555"}},
		{"what was corrected", "boss", "", "/customers/" + id(customer) + "/history", nil, 200, []string{"更正了运单", "运费", "12.50 元", "13 元"}, []string{"林小满", "13900005555", "13900007777", "freight_fen", "receiver"}},
	})
}
