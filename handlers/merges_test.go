package handlers_test

import (
	"context"
	"net/http"
	"net/url"
	"testing"

	"yike/db"
	"yike/policy"
)

func TestTwoFilesOfOneClientBecomeOneAndTwoAgain(t *testing.T) {
	s := newSite(t)
	ctx, boss, rep := context.Background(), s.As(t, s.BossWest), s.As(t, s.RepWest)
	open := func(c db.Customer) int64 {
		t.Helper()
		file, err := s.DB.CreateCustomer(ctx, boss, db.Submission{}, c)
		if err != nil {
			t.Fatal(err)
		}
		return file
	}
	kept := open(db.Customer{BranchID: s.West, Name: "云织电商", Code: "Y-1", OwnerID: s.RepWest, Phones: []string{"13800001054"}, Industry: "服装", AccountNo: "5718001"})
	gone := open(db.Customer{BranchID: s.West, Name: "云织电商有限公司", Code: "Y-2", OwnerID: s.RepWest, Phones: []string{"13800001054", "0571-86000123"}, Industry: "百货", Email: "hi@yunzhi.example", AccountNo: "5718002"})
	mine := open(db.Customer{BranchID: s.West, Name: "别的客户", OwnerID: s.RepWest})
	east, err := s.DB.CreateCustomer(ctx, s.As(t, s.BossEast), db.Submission{}, db.Customer{BranchID: s.East, Name: "云织电商东分店"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.DB.SaveContact(ctx, rep, db.Submission{}, db.Contact{CustomerID: gone, Name: "顾清", Primary: true}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.DB.FindDuplicates(ctx, policy.SystemActor("test")); err != nil {
		t.Fatal(err)
	}
	at := "/customers/" + id(kept) + "/merge"
	form := func(version, goneVersion string) url.Values {
		return url.Values{"version": {version}, "gone": {id(gone)}, "gone_version": {goneVersion}, "pick.industry": {"theirs"}, "pick.name": {"mine"}, "pick.branch": {"theirs"}, "pick.code": {"theirs"}}
	}
	pair := url.Values{"one": {id(gone)}, "other": {id(kept)}}
	s.run([]scenario{
		{"a stranger", "", "", at, nil, 303, []string{"/login"}, nil},
		{"a rep merges nothing", "rep", "", at, nil, 403, nil, nil},
		{"a rep asks for the list", "rep", "", "/duplicates", nil, 403, nil, nil},
		{"another branch's leader", "boss2", "", at, nil, 404, nil, nil},
		{"another branch's list", "boss2", "", "/duplicates", nil, 200, []string{"没有疑似重复的档案"}, []string{"云织电商"}},
		{"the list", "boss", "", "/duplicates", nil, 200, []string{"就是同一位", "Y-1", "Y-2", at + "?with=" + id(gone), "名称相同、电话相同"}, []string{"别的客户", "东分店"}},
		{"they are two", "boss", http.MethodPost, "/duplicates/dismiss", pair, 303, []string{"/duplicates"}, nil},
		{"no longer on the list", "boss", "", "/duplicates", nil, 200, []string{"没有疑似重复的档案"}, []string{"Y-2"}},
		{"among those that were said to be two", "boss", "", "/duplicates?show=dismissed", nil, 200, []string{"Y-2", "放回名单"}, nil},
		{"put back by another branch", "boss2", http.MethodPost, "/duplicates/dismiss", url.Values{"one": {id(gone)}, "other": {id(kept)}, "back": {"1"}}, 303, []string{"/duplicates"}, nil},
		{"which changed nothing", "boss", "", "/duplicates", nil, 200, nil, []string{"Y-2"}},
		{"put back", "boss", http.MethodPost, "/duplicates/dismiss", url.Values{"one": {id(gone)}, "other": {id(kept)}, "back": {"1"}}, 303, []string{"/duplicates"}, nil},
		{"the search", "boss", "", at + "?find=" + url.QueryEscape("云织"), nil, 200, []string{at + "?with=" + id(gone)}, []string{at + "?with=" + id(kept), at + "?with=" + id(east)}},
		{"nobody found", "boss", "", at + "?find=zzzz", nil, 200, []string{"没有找到别的档案"}, nil},
		{"side by side", "boss", "", at + "?with=" + id(gone), nil, 200, []string{"服装", "百货", `name="pick.industry"`, "两份的月结账号不同（5718001、5718002）", "/customers/" + id(gone) + "/merge?with=" + id(kept)}, []string{`name="pick.email"`, `name="pick.owner"`, `name="pick.code"`}},
		{"with itself", "boss", "", at + "?with=" + id(kept), nil, 200, []string{"不能合并"}, []string{"合并成一份"}},
		{"with another branch's", "admin", "", at + "?with=" + id(east), nil, 200, []string{"不能合并"}, []string{"合并成一份"}},
		{"with another branch's, sent all the same", "admin", http.MethodPost, at, url.Values{"version": {"1"}, "gone": {id(east)}, "gone_version": {"1"}}, 403, nil, nil},
		{"from an old page", "boss", http.MethodPost, at, form("9", "1"), 409, []string{"刚被人改过", "百货"}, nil},
		{"of nobody", "boss", http.MethodPost, at, url.Values{"version": {"1"}, "gone": {"12"}, "gone_version": {"1"}}, 404, nil, nil},
		{"a rep sends it", "rep", http.MethodPost, at, form("1", "2"), 403, nil, nil},
		{"merged", "boss", http.MethodPost, at, form("1", "1"), 303, []string{"/customers/" + id(kept)}, nil},
	})
	c, err := s.DB.Customer(ctx, boss.Scope(policy.CustomerRead), kept)
	if err != nil || c.Industry != "百货" || c.Name != "云织电商" || c.Code != "Y-1" || c.Email != "hi@yunzhi.example" || len(c.Phones) != 2 || c.AccountNo != "5718001" {
		t.Errorf("the file that stays: %+v, %v", c, err)
	}
	list, err := s.DB.MergesOf(ctx, c, 5)
	if err != nil || len(list) != 1 {
		t.Fatalf("merges: %+v, %v", list, err)
	}
	record := "/merges/" + id(list[0].ID)
	s.run([]scenario{
		{"the old address leads on", "rep", "", "/customers/" + id(gone), nil, 303, []string{"/customers/" + id(kept)}, nil},
		{"for another branch it does not", "boss2", "", "/customers/" + id(gone), nil, 404, nil, nil},
		{"the contact is here", "rep", "", "/customers/" + id(kept), nil, 200, []string{"顾清"}, nil},
		{"the bin says why", "boss", "", "/customers/bin", nil, 200, []string{"合并到别的档案了", record}, nil},
		{"out of the bin", "boss", http.MethodPost, "/customers/" + id(gone) + "/restore", nil, 303, []string{record}, nil},
		{"its page names it", "boss", "", at, nil, 200, []string{"以前并进来的", "Y-2", record}, nil},
		{"the record", "boss", "", record, nil, 200, []string{"联系人", record + "/undo", "周明慧"}, nil},
		{"a rep reads it", "rep", "", record, nil, 403, nil, nil},
		{"another branch reads it", "boss2", "", record, nil, 404, nil, nil},
		{"another branch undoes it", "boss2", http.MethodPost, record + "/undo", nil, 404, nil, nil},
		{"undone", "boss", http.MethodPost, record + "/undo", nil, 303, []string{record}, nil},
		{"the record says so", "boss", "", record, nil, 200, []string{"两份档案又分开了", "回去了"}, []string{record + "/undo"}},
		{"twice", "boss", http.MethodPost, record + "/undo", nil, 303, []string{record}, nil},
		{"both are there", "rep", "", "/customers/" + id(gone), nil, 200, []string{"顾清", "Y-2"}, nil},
		{"the other is itself again", "rep", "", "/customers/" + id(kept), nil, 200, []string{"服装"}, []string{"顾清"}},
		{"nothing is here", "boss", "", "/merges/12", nil, 404, nil, nil},
	})
	if _, err := s.DB.Customer(ctx, boss.Scope(policy.CustomerRead), mine); err != nil {
		t.Error(err)
	}
}
