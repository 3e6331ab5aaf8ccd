package handlers_test

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"yike/db"
)

// pinecone opens the file that these scenarios look at: of 城西, owned by rep.
func (s *site) pinecone() string {
	s.t.Helper()
	id, err := s.CreateCustomer(context.Background(), s.As(s.t, s.BossWest), db.Submission{}, db.Customer{
		BranchID: s.West, Name: "杭州松果母婴用品有限公司", Kind: "ecommerce", OwnerID: s.RepWest, ClerkID: s.ClerkWest,
		Class: "A", ClassReason: "每月 2,000 票", Stage: "mature", Phones: []string{"13800001054"}, WeChat: "songguo_2020", Email: "wang@songguo.cn",
		PlaceCode: "330110", CityCode: "330100", Address: "文一西路 969 号", ContractTo: "2026-12-01", Terms: "monthly", TermsDays: 30, CreditLimit: 8000000,
	}, db.Contact{Name: "王国平", Position: "仓库主管", Primary: true, Phones: []string{"19900001186"}, BirthdayLunar: true, BirthdayMonth: 10, BirthdayDay: 15})
	if err != nil {
		s.t.Fatal(err)
	}
	return strconv.FormatInt(id, 10)
}

func TestACustomersFileOpensForThoseWhoMayAndAsFarAsTheyMay(t *testing.T) {
	s := newSite(t)
	at := "/customers/" + s.pinecone()
	s.run([]scenario{
		{name: "a stranger signs in first", path: at, status: http.StatusSeeOther, want: []string{"/login?next="}, never: []string{"松果"}},
		{name: "another rep of the branch", who: "rep2", path: at, status: http.StatusNotFound, never: []string{"松果", "13800001054"}},
		{name: "another branch", who: "boss2", path: at, status: http.StatusNotFound, never: []string{"松果"}},
		{name: "another branch's history", who: "boss2", path: at + "/history", status: http.StatusNotFound, never: []string{"松果"}},
		{name: "another branch's contacts", who: "clerk2", path: at + "/contacts", status: http.StatusNotFound, never: []string{"王国平"}},
		{name: "another rep's timeline", who: "rep2", path: at + "/timeline", status: http.StatusNotFound},
		{name: "a courier sees it masked, and no history", who: "courier", path: at, status: http.StatusOK,
			want: []string{"松果母婴", "138 **** 1054", "合同还有 10 天到期", "王国平 2 天后生日"}, never: []string{"13800001054", "138 0000 1054", "songguo_2020", "wang@", "969 号", "建了档", "/edit"}},
		{name: "a courier reads no history", who: "courier", path: at + "/history", status: http.StatusForbidden},
		{name: "a courier edits nothing", who: "courier", path: at + "/edit", status: http.StatusForbidden},
		{name: "the owner sees all of it", who: "rep", path: at, status: http.StatusOK,
			want: []string{"138 0000 1054", "tel:13800001054", "songguo_2020", "文一西路 969 号", "月结 30 天", "80,000 元", "农历十月十五", "建了档", "HZ01-00001", "业务员 沈雨桐"}, never: []string{"/class\""}},
		{name: "the manager may judge it", who: "boss", path: at, status: http.StatusOK, want: []string{at + "/class", at + "/state", "审核通过", at + "/delete"}},
		{name: "an auditor sees it masked", who: "auditor", path: at, status: http.StatusOK, want: []string{"138 **** 1054"}, never: []string{"138 0000 1054", "969 号"}},
		{name: "nothing of that id", who: "boss", path: "/customers/42", status: http.StatusNotFound},
		{name: "an id that is none", who: "boss", path: "/customers/x", status: http.StatusNotFound},
	})
}

func TestAFileIsOpenedOnceWithWhatWasTyped(t *testing.T) {
	s := newSite(t)
	west := strconv.FormatInt(s.West, 10)
	form := func(change ...string) url.Values {
		v := url.Values{"key": {"k1"}, "name": {"宁波海潮贸易有限公司"}, "kind": {"enterprise"}, "phone": {"138 0000 2001", "86000123", ""}, "branch": {west},
			"address": {"浙江省宁波市鄞州区中山东路 1 号"}, "stage": {"prospect"}, "contact_name": {"李海"}, "contact_phone": {"13900002002"}}
		for i := 0; i < len(change); i += 2 {
			v[change[i]] = []string{change[i+1]}
		}
		return v
	}
	rep := s.as("rep")
	if a := rep.get("/customers/new"); a.status != 200 || !strings.Contains(a.body, "粘贴微信或短信") || !strings.Contains(a.body, "由经理评定") {
		t.Fatalf("the form: %d\n%s", a.status, excerpt(a.body))
	}
	first := rep.post("/customers", form())
	if first.status != http.StatusSeeOther || !strings.HasPrefix(first.to(), "/customers/") {
		t.Fatalf("saved: %d %q\n%s", first.status, first.to(), excerpt(first.body))
	}
	for _, again := range []answer{rep.post("/customers", form()), rep.post("/customers", form("distinct", "1"))} {
		if again.to() != first.to() {
			t.Errorf("sent twice leads to %q, want %q", again.to(), first.to())
		}
	}
	page := rep.get(first.to())
	for _, want := range []string{"宁波海潮贸易有限公司", "138 0000 2001", "0571-8600 0123", "浙江省宁波市鄞州区", "中山东路 1 号", "李海", "139 0000 2002", "潜在", "业务员 沈雨桐", "已新建"} {
		if !strings.Contains(page.body, want) {
			t.Errorf("%q is missing on the page", want)
		}
	}
	s.run([]scenario{
		{name: "a stranger", method: "POST", path: "/customers", form: form(), status: http.StatusSeeOther, want: []string{"/login"}},
		{name: "a courier may not", who: "courier", method: "POST", path: "/customers", form: form("key", "k2"), status: http.StatusForbidden},
		{name: "a branch beyond reach", who: "rep", method: "POST", path: "/customers", form: form("key", "k3", "name", "另一家", "phone", "13800002009", "contact_phone", "", "branch", strconv.FormatInt(s.East, 10)),
			status: http.StatusUnprocessableEntity, want: []string{"请选网点", "另一家"}},
		{name: "mistakes stand at their fields and nothing typed is lost", who: "rep", method: "POST", path: "/customers",
			form:   form("key", "k4", "name", "", "phone", "1380000200", "credit_code", "9133O100MA2J28B96T", "terms_days", "abc", "remark", "下午再打", "contact_name", ""),
			status: http.StatusUnprocessableEntity, want: []string{"请填写", "少 1 位，手机号是 11 位", "第 5 位不会是", "填整数", "下午再打", "1380000200", "13900002002", "aria-invalid"}},
		{name: "surely the same customer is asked about", who: "rep", method: "POST", path: "/customers", form: form("key", "k5"),
			status: http.StatusUnprocessableEntity, want: []string{"可能是同一家客户", "确实是另一家", "已有："}},
		{name: "and opened when the person says so", who: "rep", method: "POST", path: "/customers", form: form("key", "k5", "distinct", "1"), status: http.StatusSeeOther, want: []string{"/customers/"}},
		{name: "another branch learns the owner and no more", who: "clerk2", method: "POST", path: "/customers", form: form("key", "k6", "branch", strconv.FormatInt(s.East, 10)),
			status: http.StatusUnprocessableEntity, want: []string{"已存在，", "业务员 沈雨桐，城西网点"}, never: []string{"已有：", "HZ01-"}},
		{name: "a rep sets neither class nor another owner", who: "rep", method: "POST", path: "/customers",
			form:   form("key", "k7", "name", "绍兴乌篷", "phone", "13800002007", "contact_name", "", "contact_phone", "", "class", "A", "class_reason", "好", "owner", strconv.FormatInt(s.RepWest2, 10), "stage", "mature", "state", "reviewed"),
			status: http.StatusSeeOther, want: []string{"/customers/"}},
	})
	id := s.find("绍兴乌篷")
	c, err := s.Customer(context.Background(), s.As(t, s.BossWest).Scope("customers.read"), id)
	if err != nil || c.Class != "" || c.OwnerID != s.RepWest || c.Stage != "" || c.State != "draft" {
		t.Errorf("what a rep may not set: %+v, %v", c, err)
	}
}

// find returns the id of the customer of that name in 城西.
func (s *site) find(name string) int64 {
	s.t.Helper()
	list, err := s.Duplicates(context.Background(), s.As(s.t, s.BossWest).Scope("customers.read"), db.DuplicateQuery{Name: name})
	if err != nil || len(list) == 0 {
		s.t.Fatalf("no customer %s: %v", name, err)
	}
	return list[0].ID
}

func TestALateEditShowsBothValuesAndTakesThePickedOnes(t *testing.T) {
	s := newSite(t)
	at := "/customers/" + s.pinecone()
	boss, rep := s.as("boss"), s.as("rep")
	form := url.Values{"version": {"1"}, "name": {"杭州松果母婴用品有限公司"}, "short_name": {"松果"}, "kind": {"ecommerce"}, "phone": {"13800001054"}, "address": {"浙江省杭州市余杭区文一西路 969 号"},
		"wechat": {"songguo_2020"}, "email": {"wang@songguo.cn"}, "contract_to": {"2026-12-01"}, "terms": {"monthly"}, "terms_days": {"30"}, "credit_limit": {"80000"}}
	theirs := url.Values{}
	for k, v := range form {
		theirs[k] = v
	}
	theirs["short_name"], theirs["terms_days"], theirs["remark"] = []string{""}, []string{"45"}, []string{"换了仓库"}
	for k, v := range map[string]string{"owner": strconv.FormatInt(s.RepWest, 10), "clerk": strconv.FormatInt(s.ClerkWest, 10), "class": "A", "class_reason": "每月 2,000 票", "stage": "mature", "state": "draft"} {
		theirs[k] = []string{v}
	}
	if a := boss.post(at, theirs); a.status != http.StatusSeeOther {
		t.Fatalf("the manager's edit: %d\n%s", a.status, excerpt(a.body))
	}
	late := rep.post(at, form)
	if late.status != http.StatusConflict {
		t.Fatalf("a late edit: %d\n%s", late.status, excerpt(late.body))
	}
	for _, want := range []string{"周明慧 在", "pick.short_name", "pick.terms_days", "pick.remark", "换了仓库", "45", "松果", `name="version" value="2"`} {
		if !strings.Contains(late.body, want) {
			t.Errorf("the late edit does not show %q\n%s", want, excerpt(late.body))
		}
	}
	if strings.Contains(late.body, "pick.address") || strings.Contains(late.body, "pick.owner") || strings.Contains(late.body, "pick.class") {
		t.Errorf("fields that agree are asked about\n%s", excerpt(late.body))
	}
	form.Set("version", "2")
	form.Set("pick.short_name", "mine")
	form.Set("pick.terms_days", "theirs")
	form.Set("pick.remark", "theirs")
	if a := rep.post(at, form); a.status != http.StatusSeeOther {
		t.Fatalf("the picked edit: %d\n%s", a.status, excerpt(a.body))
	}
	c, err := s.Customer(context.Background(), s.As(t, s.BossWest).Scope("customers.read"), s.find("杭州松果母婴用品有限公司"))
	if err != nil || c.ShortName != "松果" || c.TermsDays != 45 || c.Remark != "换了仓库" || c.Class != "A" || c.OwnerID != s.RepWest || c.Address != "文一西路 969 号" || c.PlaceCode != "330110" {
		t.Errorf("after the pick: %+v, %v", c, err)
	}
}

func TestClassStateBinAndContactsAreChangedByThoseWhoMay(t *testing.T) {
	s := newSite(t)
	at := "/customers/" + s.pinecone()
	contact := func(change ...string) url.Values {
		v := url.Values{"key": {"c1"}, "name": {"许雅琴"}, "position": {"总经理"}, "phone": {"19900002047"}, "birthday_month": {"1"}, "birthday_day": {"9"}}
		for i := 0; i < len(change); i += 2 {
			v[change[i]] = []string{change[i+1]}
		}
		return v
	}
	s.run([]scenario{
		{name: "a rep sets no class", who: "rep", method: "POST", path: at + "/class", form: url.Values{"class": {"B"}, "class_reason": {"少了"}, "version": {"1"}}, status: http.StatusForbidden},
		{name: "a class needs a reason", who: "boss", method: "POST", path: at + "/class", form: url.Values{"class": {"B"}, "version": {"1"}}, status: http.StatusUnprocessableEntity, want: []string{"写一句理由"}},
		{name: "another branch sets no class", who: "boss2", method: "POST", path: at + "/class", form: url.Values{"class": {"B"}, "class_reason": {"x"}, "version": {"1"}}, status: http.StatusNotFound},
		{name: "the manager sets it", who: "boss", method: "POST", path: at + "/class", form: url.Values{"class": {"B"}, "class_reason": {"近 3 月少了一半"}, "version": {"1"}}, status: http.StatusSeeOther, want: []string{at}},
		{name: "and it stands in the history", who: "boss", path: at + "/history", status: http.StatusOK, want: []string{"改了分级", "A 类", "B 类", "近 3 月少了一半", "周明慧"}},
		{name: "a stale review is looked at again", who: "boss", method: "POST", path: at + "/state", form: url.Values{"state": {"reviewed"}, "version": {"1"}}, status: http.StatusSeeOther, want: []string{at}},
		{name: "it was not reviewed", who: "boss", path: at, status: http.StatusOK, want: []string{"刚改过这份资料", "待审核"}},
		{name: "reviewed", who: "boss", method: "POST", path: at + "/state", form: url.Values{"state": {"reviewed"}, "version": {"2"}}, status: http.StatusSeeOther},
		{name: "a state that is none", who: "boss", method: "POST", path: at + "/state", form: url.Values{"state": {"burnt"}, "version": {"3"}}, status: http.StatusBadRequest},

		{name: "a courier adds no contact", who: "courier", method: "POST", path: at + "/contacts", form: contact(), status: http.StatusForbidden},
		{name: "another rep adds no contact", who: "rep2", method: "POST", path: at + "/contacts", form: contact(), status: http.StatusNotFound},
		{name: "a contact without a name", who: "rep", method: "POST", path: at + "/contacts", form: contact("name", "", "phone", "1990000"), status: http.StatusUnprocessableEntity, want: []string{"请填写", "1990000", "少 4 位"}},
		{name: "a birthday that no calendar has", who: "rep", method: "POST", path: at + "/contacts", form: contact("birthday_month", "2", "birthday_day", "30"), status: http.StatusUnprocessableEntity, want: []string{"没有这一天"}},
		{name: "the owner adds one", who: "rep", method: "POST", path: at + "/contacts", form: contact(), status: http.StatusSeeOther, want: []string{at + "#contacts"}},
		{name: "sent twice, added once", who: "rep", method: "POST", path: at + "/contacts", form: contact(), status: http.StatusSeeOther},
		{name: "it is there once", who: "rep", path: at + "/contacts", status: http.StatusOK, want: []string{"许雅琴", "2 位", "1月9日"}},

		{name: "a rep deletes nothing", who: "rep", method: "POST", path: at + "/delete", form: url.Values{"version": {"3"}}, status: http.StatusForbidden},
		{name: "the manager bins it", who: "boss", method: "POST", path: at + "/delete", form: url.Values{"version": {"3"}}, status: http.StatusSeeOther, want: []string{"/customers"}},
		{name: "gone", who: "boss", path: at, status: http.StatusNotFound},
		{name: "another branch restores nothing", who: "boss2", method: "POST", path: at + "/restore", status: http.StatusNotFound},
		{name: "undone", who: "boss", method: "POST", path: at + "/restore", status: http.StatusSeeOther, want: []string{at}},
		{name: "back", who: "boss", path: at, status: http.StatusOK, want: []string{"松果"}},
	})
}

func TestFragmentsAnswerWhileOneTypes(t *testing.T) {
	s := newSite(t)
	id := s.pinecone()
	s.run([]scenario{
		{name: "a known number", who: "rep", path: "/customers/duplicates?phone=138+0000+1054", status: http.StatusOK, want: []string{"已有：", "/customers/" + id, "电话相同"}},
		{name: "the file itself is none", who: "rep", path: "/customers/duplicates?phone=13800001054&except=" + id, status: http.StatusOK, never: []string{"已有："}},
		{name: "another branch learns who and where", who: "clerk2", path: "/customers/duplicates?phone=13800001054", status: http.StatusOK, want: []string{"已存在，", "业务员 沈雨桐，城西网点"}, never: []string{"松果", "/customers/" + id, "HZ01-"}},
		{name: "half a number is nobody's", who: "rep", path: "/customers/duplicates?phone=1380000", status: http.StatusOK, never: []string{"已有：", "已存在，"}},
		{name: "a courier asks nothing", who: "courier", path: "/customers/duplicates?phone=13800001054", status: http.StatusForbidden},
		{name: "an address is understood", who: "rep", path: "/customers/place?address=" + url.QueryEscape("杭州余杭区文一西路969号"), status: http.StatusOK, want: []string{"浙江省杭州市余杭区，文一西路969号", `value="330110" selected`}},
		{name: "an ambiguous place is asked about", who: "rep", path: "/customers/place?address=" + url.QueryEscape("鼓楼区中山路1号"), status: http.StatusOK, want: []string{"几个同名的地方"}},
		{name: "another province empties the city", who: "rep", path: "/customers/place?province=320000&city=330100&district=330110&place_line=x", status: http.StatusOK, want: []string{"请重新选市", "南京市"}},
		{name: "a pasted message fills the form", who: "rep", method: "POST", path: "/customers/paste", form: url.Values{"snippet": {"收件人：单小云 13800003003 浙江省杭州市西湖区文三路 90 号"}, "remark": {"先记着"}, "branch": {strconv.FormatInt(s.West, 10)}},
			status: http.StatusOK, want: []string{`value="单小云"`, `value="13800003003"`, "浙江省杭州市西湖区文三路 90 号", "先记着", "都认出来了", "城西网点"}, never: []string{"请选网点"}},
		{name: "what is doubtful is marked", who: "rep", method: "POST", path: "/customers/paste", form: url.Values{"snippet": {"13800003003 鼓楼区中山路1号"}}, status: http.StatusOK, want: []string{"请核对", "doubt"}},
		{name: "nothing pasted", who: "rep", method: "POST", path: "/customers/paste", form: url.Values{"name": {"甲"}}, status: http.StatusUnprocessableEntity, want: []string{"先把微信或短信粘贴进来", `value="甲"`}},
	})
}

func TestOneGoesThroughTheListThatAFileWasOpenedFrom(t *testing.T) {
	s := newSite(t)
	ctx, boss := context.Background(), s.As(t, s.BossWest)
	var ids []string
	for _, name := range []string{"安吉竹器", "北仑水产", "慈溪家电"} {
		id, err := s.CreateCustomer(ctx, boss, db.Submission{}, db.Customer{BranchID: s.West, Name: name, Class: "B", OwnerID: s.RepWest})
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, strconv.FormatInt(id, 10))
	}
	if _, err := s.CreateCustomer(ctx, boss, db.Submission{}, db.Customer{BranchID: s.West, Name: "长兴纺织", Class: "C", OwnerID: s.RepWest2}); err != nil {
		t.Fatal(err)
	}
	from := "?from=" + url.QueryEscape("class=B&sort=name")
	s.run([]scenario{
		{name: "a page opened from a list leads back and on", who: "boss", path: "/customers/" + ids[1] + from, status: 200, want: []string{"回到列表", "/customers?class=B&amp;sort=name", "/customers/" + ids[1] + "/next?from="}},
		{name: "on", who: "boss", path: "/customers/" + ids[0] + "/next" + from, status: http.StatusSeeOther, want: []string{"/customers/" + ids[1] + "?from="}},
		{name: "back", who: "boss", path: "/customers/" + ids[1] + "/previous" + from, status: http.StatusSeeOther, want: []string{"/customers/" + ids[0] + "?from="}},
		{name: "at the end one stays", who: "boss", path: "/customers/" + ids[2] + "/next" + from, status: http.StatusSeeOther, want: []string{"/customers/" + ids[2] + "?from="}},
		{name: "and is told", who: "boss", path: "/customers/" + ids[2] + from, status: 200, want: []string{"这是最后一位"}},
		{name: "another rep goes nowhere", who: "rep2", path: "/customers/" + ids[0] + "/next" + from, status: http.StatusNotFound, never: []string{ids[1]}},
		{name: "what is no list leads to the page", who: "boss", path: "/customers/" + ids[0] + "/next", status: http.StatusSeeOther, want: []string{"/customers/" + ids[0]}},
		{name: "a list that leads elsewhere stays ours", who: "boss", path: "/customers/" + ids[0] + "?from=" + url.QueryEscape("//evil.example/?class=B"), status: 200, never: []string{"evil.example"}},
	})
}
