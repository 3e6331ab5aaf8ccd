package handlers_test

import (
	"context"
	"errors"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"yike/db"
	"yike/policy"
)

// veiled is a client of 城西 with a contact, all that can be hidden filled in,
// and the values that whoever sees them masked must never receive.
func veiled(s *site) (customer, contact string, signs []string) {
	s.t.Helper()
	ctx, boss := context.Background(), s.As(s.t, s.BossWest)
	n, err := s.CreateCustomer(ctx, boss, db.Submission{}, db.Customer{BranchID: s.West, OwnerID: s.RepWest, Name: "松果母婴用品", Kind: "enterprise", Stage: "prospect", Class: "A", ClassReason: "听13912345678说的",
		Phones: []string{"13812341054", "0571-88776655"}, WeChat: "songguo_88", Email: "songguo@hidden.cn", PlaceCode: "330110", CityCode: "330100", Address: "古墩路 1899 号", Remark: "夜里打19912341186"})
	if err != nil {
		s.t.Fatal(err)
	}
	k, err := s.SaveContact(ctx, boss, db.Submission{}, db.Contact{CustomerID: n, Name: "周燕", Phones: []string{"13712349876"}, WeChat: "zhouyan_77", Email: "zhouyan@hidden.cn",
		Remark: "她丈夫13612340001", BirthdayYear: 1987, BirthdayMonth: 11, BirthdayDay: 23})
	if err != nil {
		s.t.Fatal(err)
	}
	return id(n), id(k), []string{"13812341054", "1234 1054", "88776655", "8877 6655", "songguo_88", "songguo@", "古墩路", "19912341186", "13912345678", "13712349876", "1234 9876", "zhouyan", "13612340001", "1987"}
}

var formInputs = regexp.MustCompile(`<(?:input|textarea|select)[^>]* name="([^"]+)"[^>]*>`)

// sendable is a page's form as it would be sent with nothing changed.
func sendable(body, action string) url.Values {
	for _, tag := range formOpen.FindAllString(body, -1) {
		if strings.Contains(tag, `action="`+action+`"`) && strings.Contains(tag, `method="post"`) {
			_, body, _ = strings.Cut(body, tag)
			body, _, _ = strings.Cut(body, "</form>")
			break
		}
	}
	out := url.Values{}
	for _, m := range formInputs.FindAllStringSubmatch(body, -1) {
		tag, name := m[0], m[1]
		value := ""
		if _, rest, ok := strings.Cut(tag, ` value="`); ok {
			value, _, _ = strings.Cut(rest, `"`)
		}
		switch {
		case strings.HasPrefix(tag, "<textarea"):
			_, rest, _ := strings.Cut(body, tag)
			value, _, _ = strings.Cut(rest, "<")
		case strings.HasPrefix(tag, "<select"):
			_, rest, _ := strings.Cut(body, tag)
			rest, _, _ = strings.Cut(rest, "</select>")
			for _, option := range strings.Split(rest, "<option ")[1:] {
				if strings.Contains(option[:strings.Index(option, ">")], "selected") {
					value, _, _ = strings.Cut(strings.TrimPrefix(option, `value="`), `"`)
				}
			}
		case (strings.Contains(tag, `type="radio"`) || strings.Contains(tag, `type="checkbox"`)) && !strings.Contains(tag, " checked"):
			continue
		}
		out.Add(name, html.UnescapeString(value))
	}
	return out
}

// TestAMaskedFileIsEditedWithoutWhatIsHidden: Krayin #2616, mass assignment:
// who sees a client masked edits the rest of the file; the form holds nothing of
// what is hidden, a forged value for it is refused and leaves nothing, and what
// stands there stays to the letter.
func TestAMaskedFileIsEditedWithoutWhatIsHidden(t *testing.T) {
	s := newSite(t)
	ctx := context.Background()
	customer, contact, signs := veiled(s)
	at, n := "/customers/"+customer, db.ParseID(customer)
	stored := func() db.Customer {
		t.Helper()
		c, err := s.Customer(ctx, s.As(t, s.BossWest).Scope(policy.CustomerRead), n)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	same := func(now, was db.Customer, but string) {
		t.Helper()
		for name, pair := range map[string][2]string{"phones": {strings.Join(was.Phones, " "), strings.Join(now.Phones, " ")}, "wechat": {was.WeChat, now.WeChat}, "email": {was.Email, now.Email},
			"address": {was.PlaceCode + was.CityCode + was.Address, now.PlaceCode + now.CityCode + now.Address}, "remark": {was.Remark, now.Remark}, "class_reason": {was.ClassReason, now.ClassReason}} {
			if name != but && pair[0] != pair[1] {
				t.Errorf("%s was %q and is %q", name, pair[0], pair[1])
			}
		}
	}
	silent := func(where string, a answer) {
		t.Helper()
		for _, sign := range signs {
			if strings.Contains(html.UnescapeString(a.body), sign) {
				t.Errorf("%s: %q in the answer", where, sign)
			}
		}
	}
	for _, who := range []string{"region", "chief"} {
		v := s.as(who)
		page := v.get(at + "/edit")
		if page.status != http.StatusOK || !strings.Contains(page.body, "138 **** 1054") || !strings.Contains(page.body, "显示后可改") {
			t.Fatalf("%s: %d\n%s", who, page.status, excerpt(page.body))
		}
		silent(who+" form", page)
		form := sendable(page.body, at)
		for _, name := range []string{"phone.0", "phone.1", "wechat", "email", "address", "province", "place_line", "remark"} {
			if form.Has(name) {
				t.Errorf("%s: the form sends %s", who, name)
			}
		}
		was := stored()
		form.Set("short_name", "松果"+who)
		form.Add("phone", "13700001111")
		if a := v.post(at, form); a.status != http.StatusSeeOther {
			t.Fatalf("%s: save: %d\n%s", who, a.status, excerpt(a.body))
		}
		now := stored()
		if now.ShortName != "松果"+who || !slices.Equal(now.Phones, []string{"13812341054", "0571-88776655", "13700001111"}) {
			t.Errorf("%s: %q %q", who, now.ShortName, now.Phones)
		}
		same(now, was, "phones")
	}
	v, chief := s.as("region"), s.As(t, s.Chief)
	fresh := func() url.Values { return sendable(v.get(at+"/edit").body, at) }
	was := stored()
	for name, forged := range map[string]url.Values{
		"a number by its place": {"phone.0": {"13900000000"}}, "the second": {"phone.1": {"13900000000"}}, "WeChat": {"wechat": {"mine"}}, "e-mail": {"email": {"a@b.cn"}},
		"the address": {"address": {"浙江省杭州市余杭区别处 1 号"}}, "its division": {"province": {"310000"}}, "its line": {"place_line": {"x"}}, "the remark": {"remark": {"空的"}},
		"theirs of a late edit": {"wechat": {"x"}, "pick.wechat": {"theirs"}, "pick.phones": {"theirs"}, "pick.address": {"theirs"}},
	} {
		form := fresh()
		for k, list := range forged {
			form[k] = list
		}
		a := v.post(at, form)
		if a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, "先点“显示后可改”看过") {
			t.Errorf("%s: %d\n%s", name, a.status, excerpt(a.body))
		}
		silent("forged "+name, a)
		if now := stored(); now.Version != was.Version {
			t.Errorf("%s: something was written", name)
		}
	}
	// Values that are no field of the form at all.
	form := fresh()
	for _, name := range []string{"phones", "phone.9", "phone.-1", "Phones", "place_code", "city_code", "hidden", "Guarded", "known", "pick.phones", "pick.remark", "pick.wechat"} {
		form.Set(name, "theirs")
	}
	form.Set("name", "") // a fault brings the form back
	silent("picked and faulty", v.post(at, form))
	same(stored(), was, "")
	// Past the form, in the act itself.
	for name, change := range map[string]func(*db.Customer){"phones": func(c *db.Customer) { c.Phones = []string{"13900000000"} }, "wechat": func(c *db.Customer) { c.WeChat = "" },
		"email": func(c *db.Customer) { c.Email = "a@b.cn" }, "address": func(c *db.Customer) { c.Address = "别处" }, "place": func(c *db.Customer) { c.PlaceCode = "" }, "remark": func(c *db.Customer) { c.Remark = "" }} {
		c := stored()
		change(&c)
		if err := s.UpdateCustomer(ctx, chief, c); !errors.Is(err, db.ErrRefused) {
			t.Errorf("act: %s: %v", name, err)
		}
	}
	// A late edit shows no hidden value either, and takes none.
	late := fresh()
	boss := stored()
	boss.WeChat, boss.ShortName = "songguo_99", "别的"
	if err := s.UpdateCustomer(ctx, s.As(t, s.BossWest), boss); err != nil {
		t.Fatal(err)
	}
	late.Set("short_name", "晚了")
	late.Add("phone", "13700002222")
	a := v.post(at, late)
	if a.status != http.StatusConflict || strings.Contains(a.body, "songguo_99") {
		t.Errorf("late: %d\n%s", a.status, excerpt(a.body))
	}
	silent("late", a)
	again := sendable(a.body, at)
	again.Set("pick.short_name", "mine")
	if a := v.post(at, again); a.status != http.StatusSeeOther {
		t.Errorf("late, picked: %d\n%s", a.status, excerpt(a.body))
	}
	if now := stored(); now.ShortName != "晚了" || now.WeChat != "songguo_99" || len(now.Phones) != 4 || now.Address != was.Address {
		t.Errorf("late, saved: %+v", now)
	}
	// Once shown for a purpose a field is a field like any other.
	s.Clock.Move(time.Second)
	a = v.post(at+"/reveal", url.Values{"field": {"wechat"}, "purpose": {"verify"}, "edit": {"1"}})
	if a.status != http.StatusSeeOther || a.to() != at+"/edit#f-wechat" {
		t.Fatalf("shown to edit: %d %s", a.status, a.to())
	}
	v.post(at+"/reveal", url.Values{"field": {"phone"}, "n": {"1"}, "purpose": {"verify"}, "edit": {"1"}})
	page := v.get(at + "/edit")
	if !strings.Contains(page.body, "songguo_99") || !strings.Contains(page.body, "0571-88776655") || strings.Contains(page.body, "songguo@") || strings.Contains(page.body, "1234 1054") {
		t.Errorf("the form after: %s", excerpt(page.body))
	}
	other := s.as("chief").get(at + "/edit")
	if strings.Contains(other.body, "songguo_99") {
		t.Error("what one person was shown is open to another")
	}
	form = sendable(page.body, at)
	form.Set("wechat", "songguo_100")
	form.Set("phone.1", "0571-88776600")
	if a := v.post(at, form); a.status != http.StatusSeeOther {
		t.Errorf("save what was shown: %d\n%s", a.status, excerpt(a.body))
	}
	if now := stored(); now.WeChat != "songguo_100" || now.Phones[0] != "13812341054" || now.Phones[1] != "0571-88776600" || len(now.Phones) != 4 {
		t.Errorf("saved: %q %q", now.WeChat, now.Phones)
	}
	if a := v.get(at + "/edit"); strings.Contains(a.body, "songguo_100") {
		t.Error("a field stays open after it was saved")
	}
	s.Clock.Move(time.Second)
	v.post(at+"/reveal", url.Values{"field": {"email"}, "purpose": {"verify"}, "edit": {"1"}})
	form = sendable(v.get(at+"/edit").body, at)
	s.Clock.Move(db.RewriteWithin + time.Minute)
	if a := v.post(at, form); a.status != http.StatusUnprocessableEntity || strings.Contains(a.body, "songguo@") {
		t.Errorf("too late: %d\n%s", a.status, excerpt(a.body))
	}
	// A courier edits nothing, and asks for nothing.
	s.run([]scenario{
		{name: "a courier has no form", who: "courier", path: at + "/edit", status: http.StatusForbidden, never: signs},
		{name: "an auditor neither", who: "auditor", path: at + "/edit", status: http.StatusForbidden, never: signs},
		{name: "who may not edit is shown a field as anybody", who: "auditor", method: http.MethodPost, path: at + "/reveal", form: url.Values{"field": {"email"}, "purpose": {"verify"}, "edit": {"1"}}, status: 200, want: []string{"songguo@hidden.cn"}},
		{name: "a contact is edited the same way", who: "region", path: at + "/contacts/" + contact + "/edit", status: 200, want: []string{"137 **** 9876", "11月23日", "显示后可改"}, never: signs},
	})
}

// TestAMaskedContactIsEditedWithoutWhatIsHidden is the same for a contact.
func TestAMaskedContactIsEditedWithoutWhatIsHidden(t *testing.T) {
	s := newSite(t)
	ctx := context.Background()
	customer, contact, signs := veiled(s)
	at := "/customers/" + customer + "/contacts/" + contact
	stored := func() db.Contact {
		t.Helper()
		list, err := s.Contacts(ctx, s.As(t, s.BossWest).Scope(policy.CustomerRead), db.ParseID(customer))
		if err != nil || len(list) != 1 {
			t.Fatal(list, err)
		}
		return list[0]
	}
	v := s.as("region")
	was := stored()
	form := sendable(v.get(at+"/edit").body, at)
	form.Set("position", "财务")
	for name, forged := range map[string]url.Values{"a number": {"phone.0": {"13900000000"}}, "WeChat": {"wechat": {"mine"}}, "e-mail": {"email": {"a@b.cn"}}, "a remark": {"remark": {"x"}}, "a birthday": {"birthday_year": {"1990"}}} {
		bad := url.Values{}
		for k, list := range form {
			bad[k] = list
		}
		for k, list := range forged {
			bad[k] = list
		}
		a := v.post(at, bad)
		if a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, "先点“显示后可改”看过") || stored().Version != was.Version {
			t.Errorf("%s: %d\n%s", name, a.status, excerpt(a.body))
		}
		for _, sign := range signs {
			if strings.Contains(html.UnescapeString(a.body), sign) {
				t.Errorf("%s: %q in the answer", name, sign)
			}
		}
	}
	if a := v.post(at, form); a.status != http.StatusSeeOther {
		t.Fatalf("save: %d\n%s", a.status, excerpt(a.body))
	}
	now := stored()
	if now.Position != "财务" || !slices.Equal(now.Phones, was.Phones) || now.WeChat != was.WeChat || now.Email != was.Email || now.Remark != was.Remark || now.BirthdayYear != 1987 || now.BirthdayDay != 23 {
		t.Errorf("saved: %+v", now)
	}
	if a := v.post(at, form); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, "有人先改过了") || strings.Contains(a.body, "zhouyan") || strings.Contains(a.body, "1234 9876") {
		t.Errorf("late: %d\n%s", a.status, excerpt(a.body))
	}
	s.Clock.Move(time.Second)
	a := v.post("/customers/"+customer+"/reveal", url.Values{"contact": {contact}, "field": {"remark"}, "purpose": {"verify"}, "edit": {"1"}})
	if a.status != http.StatusSeeOther || a.to() != at+"/edit#f-c-remark" {
		t.Fatalf("shown to edit: %d %s", a.status, a.to())
	}
	form = sendable(v.get(at+"/edit").body, at)
	if form.Get("remark") != "她丈夫13612340001" {
		t.Errorf("the form after: %v", form)
	}
	form.Set("remark", "她丈夫管仓库")
	if a := v.post(at, form); a.status != http.StatusSeeOther || stored().Remark != "她丈夫管仓库" {
		t.Errorf("rewritten: %d %q", a.status, stored().Remark)
	}
	for name, change := range map[string]func(*db.Contact){"phones": func(k *db.Contact) { k.Phones = nil }, "wechat": func(k *db.Contact) { k.WeChat = "" }, "birthday": func(k *db.Contact) { k.BirthdayYear = 0 }} {
		k := stored()
		change(&k)
		if _, err := s.SaveContact(ctx, s.As(t, s.Chief), db.Submission{}, k); !errors.Is(err, db.ErrRefused) {
			t.Errorf("act: %s: %v", name, err)
		}
	}
}

// TestAMaskedVisitIsEditedWithoutWhatIsHidden: what somebody wrote of a visit and
// a masked reader sees only in part stays as it is, unless they write anew; what
// stands there is in none of the answers.
func TestAMaskedVisitIsEditedWithoutWhatIsHidden(t *testing.T) {
	s := newSite(t)
	customer, _, _ := veiled(s)
	form := made(customer, formKey)
	form.Set("learned", "下次找周姐13812340009")
	form.Set("met", "仓库13912340008")
	form.Set("next_step", "带报价单去")
	if a := s.as("rep").post("/visits", form); a.status != http.StatusSeeOther {
		t.Fatalf("log: %d\n%s", a.status, excerpt(a.body))
	}
	stored := func() db.VisitRow { t.Helper(); return s.visits(customer)[0] }
	first := stored()
	at, v := "/visits/"+id(first.ID), s.as("region")
	never := []string{"13812340009", "1234 0009", "13912340008", "1234 0008"}
	secret := func(name string, a answer) {
		t.Helper()
		for _, sign := range never {
			if strings.Contains(html.UnescapeString(a.body), sign) {
				t.Errorf("%s: %q in the answer", name, sign)
			}
		}
	}
	a := v.get(at + "/edit")
	secret("form", a)
	if !strings.Contains(a.body, "有一部分你看不到") || !strings.Contains(a.body, "138 **** 0009") {
		t.Fatalf("the form: %d\n%s", a.status, excerpt(a.body))
	}
	form = sendable(a.body, at)
	if form.Get("learned") != "" || form.Get("met") != "" || form.Get("next_step") != "带报价单去" {
		t.Fatalf("stands in the form: %v", form)
	}
	form["kept"] = []string{"learned", "met"}
	form.Set("mode", "phone")
	form.Set("mood", "good")
	form.Set("next_step", "")
	form.Set("day", "2031-01-01")
	a = v.post(at, form)
	secret("a mistake", a)
	if a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, "138 **** 0009") || !strings.Contains(a.body, "有 1 处要改") {
		t.Errorf("a mistake: %d\n%s", a.status, excerpt(a.body))
	}
	form.Set("day", "2026-11-21")
	if a := v.post(at, form); a.status != http.StatusSeeOther {
		t.Fatalf("save: %d\n%s", a.status, excerpt(a.body))
	}
	if now := stored(); now.Mode != "phone" || now.Learned != first.Learned || now.Met != first.Met || now.NextStep != "" {
		t.Errorf("saved: %+v", now.Visit)
	}
	a = v.post(at, form) // with the version of before
	secret("late", a)
	if a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, "有人先改过了") {
		t.Errorf("late: %d\n%s", a.status, excerpt(a.body))
	}
	form.Set("version", id(stored().Version))
	form.Set("met", "仓库老陈")
	if a := v.post(at, form); a.status != http.StatusSeeOther {
		t.Fatalf("write anew: %d\n%s", a.status, excerpt(a.body))
	}
	if now := stored(); now.Learned != first.Learned || now.Met != "仓库老陈" {
		t.Errorf("written anew: %+v", now.Visit)
	}
	delete(form, "kept")
	form.Set("version", id(stored().Version))
	if a := v.post(at, form); a.status != http.StatusUnprocessableEntity || stored().Learned != first.Learned {
		t.Errorf("nothing kept and nothing written: %d %q", a.status, stored().Learned)
	}
}

// TestAMaskedPlanIsMadeTrueWithoutWhatIsHidden is the same for the visit that
// makes a planned one true.
func TestAMaskedPlanIsMadeTrueWithoutWhatIsHidden(t *testing.T) {
	s := newSite(t)
	customer, _, _ := veiled(s)
	form := url.Values{"customer": {customer}, "key": {formKey}, "kind": {"planned"}, "mode": {"on_site"}, "day": {"2026-11-22"}, "purpose": {"找周姐13812340009"}}
	if a := s.as("rep").post("/visits", form); a.status != http.StatusSeeOther {
		t.Fatalf("plan: %d\n%s", a.status, excerpt(a.body))
	}
	v := s.as("region")
	a := v.get("/visits/new?customer=" + customer + "&plan=" + id(s.visits(customer)[0].ID))
	if a.status != http.StatusOK || strings.Contains(a.body, "1234 0009") || strings.Contains(a.body, "13812340009") || !strings.Contains(a.body, "138 **** 0009") {
		t.Fatalf("the form: %d\n%s", a.status, excerpt(a.body))
	}
	form = made(customer, formKey+"2")
	form.Set("plan", id(s.visits(customer)[0].ID))
	form["kept"] = []string{"purpose"}
	if a := v.post("/visits", form); a.status != http.StatusSeeOther {
		t.Fatalf("make: %d\n%s", a.status, excerpt(a.body))
	}
	if list := s.visits(customer); len(list) != 1 || list[0].State != db.VisitDone || list[0].Purpose != "找周姐13812340009" {
		t.Errorf("made: %+v", list)
	}
}
