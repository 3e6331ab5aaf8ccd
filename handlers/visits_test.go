package handlers_test

import (
	"bytes"
	"context"
	"encoding/json"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"yike/db"
	"yike/handlers"
	"yike/policy"
)

const formKey = "abcdefghijklmnopqrstuvwxyz"

// client opens a file of 城西 that belongs to the rep.
func (s *site) client(name string) string {
	s.t.Helper()
	n, err := s.CreateCustomer(context.Background(), s.As(s.t, s.BossWest), db.Submission{}, db.Customer{BranchID: s.West, Name: name,
		Class: "A", OwnerID: s.RepWest, Phones: []string{"13800001054"}}, db.Contact{Name: "王国平", Primary: true})
	if err != nil {
		s.t.Fatal(err)
	}
	return id(n)
}

// made is the form of a visit that was made.
func made(customer, key string) url.Values {
	return url.Values{"customer": {customer}, "key": {key}, "mode": {"on_site"}, "mood": {"good"}, "learned": {"双十一后每天 300 票"}, "day": {"2026-11-21"}}
}

// sendPhotos posts the form with files, as a browser does.
func (v *visitor) sendPhotos(path string, form url.Values, files map[string][]byte, header ...string) answer {
	v.s.t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for name, values := range form {
		for _, value := range values {
			if err := w.WriteField(name, value); err != nil {
				v.s.t.Fatal(err)
			}
		}
	}
	for name, content := range files {
		part, err := w.CreateFormFile("photos", name)
		if err == nil {
			_, err = part.Write(content)
		}
		if err != nil {
			v.s.t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		v.s.t.Fatal(err)
	}
	return v.do(http.MethodPost, path, &body, w.FormDataContentType(), header...)
}

func picture(t *testing.T, side int) []byte {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, side, side/2))
	for x := range side {
		img.Set(x, x/2, color.RGBA{uint8(x), 90, 120, 255})
	}
	var buf bytes.Buffer
	if err := jpeg.Encode(&buf, img, nil); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func (s *site) visits(customer string) []db.VisitRow {
	s.t.Helper()
	list, err := s.CustomerVisits(context.Background(), policy.SystemActor("test").Scope(policy.VisitRead), db.ParseID(customer), 50)
	if err != nil {
		s.t.Fatal(err)
	}
	return list
}

func TestWhoMayLogAndSeeAVisit(t *testing.T) {
	s := newSite(t)
	c := s.client("杭州松果用品有限公司")
	if a := s.as("rep").post("/visits", made(c, formKey)); a.status != http.StatusSeeOther || a.to() != "/customers/"+c {
		t.Fatalf("the rep logs a visit: %d to %q\n%s", a.status, a.to(), a.body)
	}
	visit := "/visits/" + id(s.visits(c)[0].ID)
	for _, sc := range []struct {
		who           string
		form, see, in int // statuses: the form, the visit, logging another
	}{
		{"", 303, 303, 303},
		{"courier", 403, 403, 403},
		{"auditor", 403, 200, 403},
		{"rep2", 404, 404, 404},
		{"boss2", 404, 404, 404},
		{"clerk", 200, 200, 303},
		{"boss", 200, 200, 303},
		{"region", 200, 200, 303},
	} {
		v := s.as(sc.who)
		if a := v.get("/visits/new?customer=" + c); a.status != sc.form {
			t.Errorf("%q opens the form: %d, want %d", sc.who, a.status, sc.form)
		}
		if a := v.get(visit); a.status != sc.see {
			t.Errorf("%q sees the visit: %d, want %d", sc.who, a.status, sc.see)
		}
		if a := v.post("/visits", made(c, formKey)); a.status != sc.in {
			t.Errorf("%q logs a visit: %d, want %d", sc.who, a.status, sc.in)
		}
	}
	for _, path := range []string{visit, visit + "/cancel", visit + "/delete", visit + "/reopen", visit + "/restore"} {
		if a := s.as("rep2").post(path, made(c, formKey)); a.status != http.StatusNotFound {
			t.Errorf("another rep: POST %s: %d", path, a.status)
		}
		if a := s.as("clerk").post(path, made(c, formKey)); a.status != http.StatusForbidden && a.status != http.StatusNotFound {
			t.Errorf("a clerk: POST %s: %d", path, a.status)
		}
	}
}

func TestAVisitSentAgainAndAgainIsOneVisit(t *testing.T) {
	s := newSite(t)
	c := s.client("杭州松果用品有限公司")
	rep := s.as("rep")
	for range 3 {
		a := rep.sendPhotos("/visits", made(c, formKey), map[string][]byte{"a.jpg": picture(t, 64)}, "Accept", "application/json")
		var got struct{ Href string }
		if err := json.Unmarshal([]byte(a.body), &got); err != nil || a.status != http.StatusOK || got.Href != "/customers/"+c {
			t.Fatalf("sent in the background: %d %s", a.status, a.body)
		}
	}
	list := s.visits(c)
	if len(list) != 1 || list[0].PhotoCount != 1 {
		t.Fatalf("visits: %+v", list)
	}
	// The session ended meanwhile: the phone is told by the way to the sign-in page.
	if a := s.stranger().sendPhotos("/visits", made(c, formKey), nil, "Accept", "application/json"); a.status != http.StatusSeeOther || !strings.HasPrefix(a.to(), "/login") {
		t.Errorf("without a session: %d to %q", a.status, a.to())
	}
}

func TestAFormWithAMistakeComesBackWithWhatWasTyped(t *testing.T) {
	s := newSite(t)
	c := s.client("杭州松果用品有限公司")
	rep := s.as("rep")
	for name, sc := range map[string]struct {
		field, value, says string
	}{
		"a day to come":                       {"day", "2026-11-22", "这一天还没到"},
		"two years before the file":           {"day", "2024-11-20", "比建档早了两年以上"},
		"no day":                              {"day", "2026-02-30", "请填日期"},
		"no sentence":                         {"learned", "", "写一句话"},
		"too many words":                      {"learned", strings.Repeat("长", 2001), "最多 2,000 个字"},
		"no such mode":                        {"mode", "fax", "请选一个"},
		"no such mood":                        {"mood", "angry", "请选一个"},
		"the next one in the past":            {"next_on", "2026-11-20", "下次日期已经过了"},
		"the next one on the same day":        {"next_on", "2026-11-21", "下次要晚于这次"},
		"the next one in three years":         {"next_on", "2029-11-21", "最多安排到两年以内"},
		"a day to pick that was not picked":   {"next", "pick", "请填下次日期"},
		"another customer's contact":          {"contact", "12345", "这位联系人已不在"},
		"for somebody else without the right": {"user", id(s.RepWest2), "你不能替别人记"},
		"no time":                             {"time", "25:00", "时间写成"},
	} {
		form := made(c, formKey)
		form.Set("next_step", "带报价单去")
		form.Set(sc.field, sc.value)
		a := rep.post("/visits", form)
		if a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, sc.says) || !strings.Contains(a.body, "带报价单去") || !strings.Contains(a.body, formKey) {
			t.Errorf("%s: %d; says %q: %v", name, a.status, sc.says, strings.Contains(a.body, sc.says))
		}
		if a := rep.post("/visits", form, "Accept", "application/json"); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, `"errors"`) {
			t.Errorf("%s in the background: %d %s", name, a.status, a.body)
		}
	}
	if list := s.visits(c); len(list) != 0 {
		t.Errorf("saved all the same: %+v", list)
	}
	past := url.Values{"customer": {c}, "key": {formKey}, "kind": {"planned"}, "mode": {"phone"}, "day": {"2026-11-20"}}
	if a := rep.post("/visits", past); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, "这一天已经过了") {
		t.Errorf("planned for yesterday: %d", a.status)
	}
}

func TestAVisitIsPlannedMadeCalledOffAndDeletedByItsPages(t *testing.T) {
	s := newSite(t)
	c := s.client("杭州松果用品有限公司")
	rep := s.as("rep")
	plan := url.Values{"customer": {c}, "key": {formKey}, "kind": {"planned"}, "mode": {"phone"}, "day": {"2026-11-23"}, "purpose": {"谈续约"}}
	if a := rep.post("/visits", plan); a.status != http.StatusSeeOther {
		t.Fatalf("plan: %d\n%s", a.status, a.body)
	}
	v := s.visits(c)[0]
	if a := rep.get("/visits/new?customer=" + c); !strings.Contains(a.body, "这就是安排在2 天后的那次") {
		t.Errorf("the form does not offer the plan:\n%s", excerpt(a.body))
	}
	path := "/visits/" + id(v.ID)
	if a := rep.post(path+"/cancel", url.Values{"version": {"1"}}); a.status != http.StatusSeeOther || s.visits(c)[0].State != db.VisitCancelled {
		t.Errorf("call off: %d", a.status)
	}
	if a := rep.get(path); !strings.Contains(a.body, path+"/reopen") {
		t.Errorf("no way back is offered")
	}
	if a := rep.post(path+"/reopen", nil); a.status != http.StatusSeeOther || s.visits(c)[0].State != db.VisitPlanned {
		t.Errorf("take up again: %d", a.status)
	}
	form := made(c, formKey+"2")
	form.Set("plan", id(v.ID))
	if a := rep.post("/visits", form); a.status != http.StatusSeeOther {
		t.Fatalf("make it: %d\n%s", a.status, a.body)
	}
	if list := s.visits(c); len(list) != 1 || list[0].State != db.VisitDone || list[0].Purpose != "谈续约" {
		t.Fatalf("made: %+v", list)
	}
	form = made(c, "")
	form.Set("version", id(s.visits(c)[0].Version))
	form.Set("learned", "改成每天 500 票")
	if a := rep.post(path, form); a.status != http.StatusSeeOther || s.visits(c)[0].Learned != "改成每天 500 票" {
		t.Errorf("correct: %d\n%s", a.status, excerpt(a.body))
	}
	form.Set("learned", "改成每天 700 票")
	if a := rep.post(path, form); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, "有人先改过了") ||
		!strings.Contains(a.body, `data-label="你填的">改成每天 700 票<`) || !strings.Contains(a.body, `data-label="现在的">改成每天 500 票<`) {
		t.Errorf("a stale correction: %d\n%s", a.status, excerpt(a.body))
	}
	if a := rep.post(path+"/delete", nil); a.status != http.StatusSeeOther || len(s.visits(c)) != 0 {
		t.Errorf("delete: %d", a.status)
	}
	if a := rep.post(path+"/restore", nil); a.status != http.StatusSeeOther || len(s.visits(c)) != 1 {
		t.Errorf("restore: %d", a.status)
	}
}

// TestAPhotoAttack: what is handed in as a photo is a picture or nothing, and
// who does not see the visit does not see its photos.
func TestAPhotoAttack(t *testing.T) {
	s := newSite(t)
	c := s.client("杭州松果用品有限公司")
	rep := s.as("rep")
	script := []byte("<script>alert(1)</script>")
	var huge bytes.Buffer
	if err := png.Encode(&huge, image.NewGray(image.Rect(0, 0, 1, 1))); err != nil {
		t.Fatal(err)
	}
	bomb := huge.Bytes()
	copy(bomb[16:24], []byte{0, 0, 0xff, 0xff, 0, 0, 0xff, 0xff}) // says it is 65,535 × 65,535
	for name, content := range map[string][]byte{
		"a page": script, "a huge picture": bomb, "half a picture": picture(t, 300)[:600],
		"an iPhone's HEIC": append([]byte("\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic"), make([]byte, 64)...),
		"an SVG":           []byte(`<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`),
	} {
		a := rep.sendPhotos("/visits", made(c, formKey), map[string][]byte{"x.jpg": content})
		if a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, `id="f-photos-e"`) {
			t.Errorf("%s: %d", name, a.status)
		}
	}
	many := map[string][]byte{}
	for i := range 10 {
		many[id(int64(i+1))+".jpg"] = picture(t, 16+i)
	}
	if a := rep.sendPhotos("/visits", made(c, formKey), many); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, "最多 9 张照片") {
		t.Errorf("ten photos: %d", a.status)
	}
	if len(s.visits(c)) != 0 {
		t.Fatal("a visit was saved with a faulty photo")
	}
	polyglot := append(picture(t, 800), script...)
	if a := rep.sendPhotos("/visits", made(c, formKey), map[string][]byte{"x.html": polyglot}); a.status != http.StatusSeeOther {
		t.Fatalf("a picture with a page behind it: %d\n%s", a.status, excerpt(a.body))
	}
	v, err := s.Visit(context.Background(), policy.SystemActor("test").Scope(policy.VisitRead), s.visits(c)[0].ID)
	if err != nil || len(v.Photos) != 1 {
		t.Fatal(v, err)
	}
	path := "/visits/" + id(v.ID) + "/photos/" + v.Photos[0].Hash
	for _, at := range []string{path, path + "?size=thumb"} {
		a := rep.get(at)
		if a.status != http.StatusOK || a.head.Get("Content-Type") != "image/jpeg" || a.head.Get("X-Content-Type-Options") != "nosniff" ||
			!strings.HasPrefix(a.head.Get("Cache-Control"), "private") || strings.Contains(a.body, "script") {
			t.Errorf("%s: %d %v", at, a.status, a.head)
		}
		for who, want := range map[string]int{"rep2": 404, "boss2": 404, "courier": 403, "": 303, "boss": 200} {
			if a := s.as(who).get(at); a.status != want {
				t.Errorf("%q: %s: %d, want %d", who, at, a.status, want)
			}
		}
	}
	other := s.client("另一家")
	if a := rep.post("/visits", made(other, formKey+"9")); a.status != http.StatusSeeOther {
		t.Fatal(a.status)
	}
	for _, at := range []string{"/visits/" + id(s.visits(other)[0].ID) + "/photos/" + v.Photos[0].Hash, "/visits/" + id(v.ID) + "/photos/" + v.Photos[0].Thumb} {
		if a := rep.get(at); a.status != http.StatusNotFound {
			t.Errorf("by another way: %s: %d", at, a.status)
		}
	}
}

func TestTheDueListShowsWhoIsDueAndItsFiguresAreItsLists(t *testing.T) {
	s := newSite(t)
	c := s.client("杭州松果用品有限公司")
	for who, want := range map[string]int{"": 303, "courier": 403, "auditor": 403, "rep": 200, "boss": 200, "rep2": 200, "boss2": 200} {
		a := s.as(who).get("/visits/due")
		if a.status != want {
			t.Errorf("%q: %d, want %d", who, a.status, want)
		}
		sees := who == "rep" || who == "boss"
		if strings.Contains(a.body, "松果用品") != sees || strings.Contains(a.body, "tel:13800001054") != sees {
			t.Errorf("%q sees the client: %v", who, !sees)
		}
	}
	a := s.as("rep").get("/visits/due?state=ontime")
	if !strings.Contains(a.body, "还没拜访过") || !strings.Contains(a.body, "/visits/new?customer="+c) {
		t.Errorf("the line: %s", excerpt(a.body))
	}
	if a := s.as("rep").get("/visits/due?state=met"); strings.Contains(a.body, "/visits/new?customer="+c) {
		t.Error("in the list of a state that it is not in")
	}
	if a := s.as("rep").get("/visits/due?state=nonsense&class=Z&city=x&user=abc&page=-4"); a.status != http.StatusOK {
		t.Errorf("nonsense in the address: %d", a.status)
	}
}

func TestTheRuleOfVisitsIsSetByWhoMayAndKeepsItsHistory(t *testing.T) {
	s := newSite(t)
	s.client("杭州松果用品有限公司")
	form := url.Values{"read": {"0"}, "valid_from": {"2026-11-21"}, "reason": {"旺季多走动"}, "do": {"save"},
		"per_month.a": {"8"}, "per_month.b": {"2"}, "per_month.c": {"1"}, "per_month.none": {"0"}, "soon.a": {"2"}, "soon.b": {"3"}, "soon.c": {"5"}, "soon.none": {"5"}}
	for who, want := range map[string]int{"": 303, "courier": 403, "rep": 403, "boss": 403, "region": 403} {
		if a := s.as(who).post("/rules/cadence", form); a.status != want {
			t.Errorf("%q sets the rule: %d, want %d", who, a.status, want)
		}
	}
	admin := s.as("admin")
	if a := admin.get("/rules/cadence"); !strings.Contains(a.body, "客户分级管理制度") || strings.Count(a.body, "系统的默认值") < 3 {
		t.Error("the page does not say what comes from the documents")
	}
	with := func(name, value string) url.Values {
		f := url.Values{}
		for k, v := range form {
			f[k] = v
		}
		f.Set(name, value)
		return f
	}
	for name, sc := range map[string]struct {
		form url.Values
		says string
	}{
		"A below C":         {with("per_month.a", "0"), "不能少于 C 类的 1 次"},
		"too many":          {with("per_month.b", "40"), "填 0 到 31"},
		"no number":         {with("soon.c", "x"), "填一个整数"},
		"in the past":       {with("valid_from", "2026-11-20"), "从今天或以后的日子起"},
		"no reason":         {with("reason", ""), "请填写"},
		"read too long ago": {with("read", "3"), "刚才有人设了新版本"},
	} {
		if a := admin.post("/rules/cadence", sc.form); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, sc.says) {
			t.Errorf("%s: %d, says %q: %v", name, a.status, sc.says, strings.Contains(a.body, sc.says))
		}
	}
	if a := admin.post("/rules/cadence", with("do", "preview")); a.status != http.StatusOK || !strings.Contains(a.body, "如果今天就用") {
		t.Errorf("preview: %d", a.status)
	}
	if a := admin.post("/rules/cadence", form); a.status != http.StatusSeeOther {
		t.Fatalf("save: %d\n%s", a.status, a.body)
	}
	if a := s.as("boss").get("/rules/cadence"); !strings.Contains(a.body, "旺季多走动") || !strings.Contains(a.body, "管理员") || strings.Contains(a.body, `name="reason"`) {
		t.Error("a manager reads the history without the form")
	}
	s.aBranchHasARuleOfItsOwn(admin, form)
}

// aBranchHasARuleOfItsOwn goes on from a company's rule of eight visits a month.
func (s *site) aBranchHasARuleOfItsOwn(admin *visitor, form url.Values) {
	s.t.Helper()
	west, east := id(s.West), id(s.East)
	if a := admin.get("/rules/cadence?branch=" + west); a.status != http.StatusOK || !strings.Contains(a.body, "没有自己的规则，用全公司的第 1 版") || !strings.Contains(a.body, `value="8"`) {
		s.t.Errorf("a branch without a rule: %d\n%s", a.status, excerpt(a.body))
	}
	form.Set("branch", west)
	form.Set("per_month.a", "3")
	form.Set("reason", "路远少跑")
	if a := s.as("boss").post("/rules/cadence", form); a.status != http.StatusForbidden {
		s.t.Errorf("a manager sets the rule of the branch: %d", a.status)
	}
	form.Set("do", "preview")
	if a := admin.post("/rules/cadence", form); a.status != http.StatusOK || !strings.Contains(a.body, "如果今天就用") {
		s.t.Errorf("preview: %d", a.status)
	}
	form.Set("do", "save")
	if a := admin.post("/rules/cadence", form); a.status != http.StatusSeeOther || a.to() != "/rules/cadence?branch="+west {
		s.t.Fatalf("save: %d %q\n%s", a.status, a.to(), excerpt(a.body))
	}
	if a := admin.get("/rules/cadence"); !strings.Contains(a.body, "有自己规则的网点") || !strings.Contains(a.body, "A 3、B 2") || !strings.Contains(a.body, `value="8"`) {
		s.t.Error("the company's page does not name the branch with a rule of its own, or took it over")
	}
	if a := admin.get("/rules/cadence?branch=" + east); !strings.Contains(a.body, `value="8"`) || strings.Contains(a.body, "路远少跑") {
		s.t.Error("another branch took the rule over")
	}
	if a := s.as("boss2").get("/rules/cadence?branch=" + west); a.status != http.StatusNotFound {
		s.t.Errorf("another branch's manager reads it: %d", a.status)
	}
	for branch, want := range map[int64]int{s.West: 3, s.East: 8} {
		rule, _, err := s.Cadence(context.Background(), branch, "2026-11-21")
		if err != nil || rule.PerMonth.A != want {
			s.t.Errorf("branch %d: %d visits a month, %v, want %d", branch, rule.PerMonth.A, err, want)
		}
	}
}

func TestTheListsOfVisitsAndTheirExport(t *testing.T) {
	s := newSite(t)
	c := s.client("=1+1 松果用品")
	rep := s.as("rep")
	for i, day := range []string{"2026-11-20", "2026-11-20", "2026-11-05"} {
		form := made(c, formKey+id(int64(i+1)))
		form.Set("day", day)
		if a := rep.post("/visits", form); a.status != http.StatusSeeOther {
			t.Fatal(a.status, a.body)
		}
	}
	if a := s.as("boss").get("/visits?month=2026-11"); a.status != 200 || !strings.Contains(a.body, "已访 3") || !strings.Contains(a.body, `aria-current="date"`) {
		t.Errorf("calendar: %d", a.status)
	}
	if a := s.as("boss").get("/visits?view=list&from=2026-11-20&to=2026-11-20&state=done"); strings.Count(a.body, "双十一后每天 300 票") < 2 || !strings.Contains(a.body, "共 2 次") {
		t.Errorf("the list of a day: %s", excerpt(a.body))
	}
	if a := s.as("boss2").get("/visits?view=list"); strings.Contains(a.body, "松果") || !strings.Contains(a.body, "没有符合的拜访") {
		t.Error("another branch sees them")
	}
	for _, path := range []string{"/visits?view=list&from=x&to=2026-13-40&at=9999_1&mode=%00", "/visits?month=0000-00", "/visits?month=9999-12", "/visits?view=list&at=2026-11-20_99&back=1"} {
		if a := rep.get(path); a.status != http.StatusOK {
			t.Errorf("%s: %d", path, a.status)
		}
	}
	a := s.as("boss").get("/visits/export?view=list&to=2026-11-10")
	if a.status != 200 || !strings.HasPrefix(a.body, "\ufeff") || !strings.Contains(a.body, "'=1+1 松果用品") || strings.Count(a.body, "\r\n") != 2 {
		t.Errorf("export: %d %q", a.status, a.body)
	}
	back := handlers.SetMostExported(0)
	boss := s.as("boss")
	if a := boss.get("/visits/export?view=list&to=2026-11-10"); a.status != http.StatusSeeOther || !strings.HasPrefix(a.to(), "/visits?to=2026-11-10") {
		t.Errorf("more than fits a file: %d %q", a.status, a.to())
	}
	if a := boss.get("/visits?view=list"); !strings.Contains(a.body, "一个文件放不下") {
		t.Error("an export that is too large says nothing")
	}
	back()
	if a := s.as("boss2").get("/visits/export"); a.status != 200 || strings.Contains(a.body, "松果") {
		t.Error("another branch exports them")
	}
	if a := rep.get("/visits/export"); a.status != http.StatusForbidden {
		t.Errorf("a rep exports: %d", a.status)
	}
}

func TestACustomerToVisitIsFoundWithinReach(t *testing.T) {
	s := newSite(t)
	c := s.client("杭州松果用品有限公司")
	for _, q := range []string{"松果", "HZ01-00001", "1054", "13800001054"} {
		if a := s.as("rep").get("/visits/customers?q=" + url.QueryEscape(q)); a.status != 200 || !strings.Contains(a.body, "/visits/new?customer="+c) {
			t.Errorf("%q finds nothing: %d", q, a.status)
		}
		if a := s.as("rep2").get("/visits/customers?q=" + url.QueryEscape(q)); a.status != 200 || strings.Contains(a.body, c) {
			t.Errorf("%q finds another rep's client", q)
		}
	}
	for _, q := range []string{"%", "_", "'", "\\"} {
		if a := s.as("rep").get("/visits/customers?q=" + url.QueryEscape(q)); a.status != 200 || strings.Contains(a.body, c) {
			t.Errorf("%q: %d, found", q, a.status)
		}
	}
}
