package handlers_test

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"html"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"

	"yike/db"
	"yike/db/dbtest"
	"yike/handlers"
	"yike/internal/jobs"
	"yike/policy"
	"yike/policy/mask"
)

// planted is what stands in the personal fields of a hundred clients. Whoever
// sees them masked must never receive one of them.
const planted = 100

func canaryPhone(i int) string   { return fmt.Sprintf("1397%07d", 4130000+i*97) }
func canaryContact(i int) string { return fmt.Sprintf("1587%07d", 6240000+i*89) }
func canarySaid(i int) string    { return fmt.Sprintf("1776%07d", 2350000+i*83) }
func canaryWord(i int) string    { return fmt.Sprintf("kanari_%03d", i) }

// canarySigns are the digits and words that give a value away: of a number the
// middle with its end, so that a number cut short is found as well.
func canarySigns() []string {
	list := []string{"金丝雀巷", "金丝雀路"}
	for i := range planted {
		list = append(list, canaryPhone(i)[3:], canaryContact(i)[3:], canarySaid(i)[3:], canaryWord(i))
	}
	return list
}

// log collects what the server says of itself.
type logText struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logText) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

// loggedSite is a site whose log is kept.
func loggedSite(t *testing.T) (*site, *logText) {
	t.Helper()
	clock := dbtest.NewClock(dbtest.Start)
	s := &site{World: dbtest.Company(t, clock), t: t}
	said := &logText{}
	h, err := handlers.New(handlers.Config{DB: s.DB, Log: slog.New(slog.NewTextHandler(said, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(h.Handler())
	t.Cleanup(server.Close)
	s.url = server.URL
	return s, said
}

// aviary plants the hundred clients with contacts, visits, changed values, an
// import and its failed rows, and returns the ids of everything.
func aviary(t *testing.T, s *site) []string {
	t.Helper()
	ctx, boss := context.Background(), s.As(t, s.BossWest)
	var ids []string
	must := func(n int64, err error) int64 {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id(n))
		return n
	}
	for i := range planted {
		said := "打" + canarySaid(i) + "或发" + canaryWord(i) + "@said.cn，微信" + canaryWord(i)
		c := must(s.CreateCustomer(ctx, boss, db.Submission{}, db.Customer{BranchID: s.West, OwnerID: s.RepWest, Name: "鸟语商贸" + strconv.Itoa(i), Class: "A", ClassReason: said,
			Phones: []string{canarySaid(i)}, WeChat: canaryWord(i) + "_alt", Email: canaryWord(i) + "@alt.cn", PlaceCode: "330110", Address: "金丝雀路" + strconv.Itoa(i), Remark: said}))
		k := must(s.SaveContact(ctx, boss, db.Submission{}, db.Contact{CustomerID: c, Name: "鸟先生", Phones: []string{canarySaid(i)}, WeChat: canaryWord(i) + "_k", Email: canaryWord(i) + "@k.cn",
			Remark: said, BirthdayYear: 1987, BirthdayMonth: 11, BirthdayDay: 23}))
		was, err := s.Customer(ctx, boss.Scope(policy.CustomerRead), c)
		if err != nil {
			t.Fatal(err)
		}
		was.Phones, was.WeChat, was.Email, was.Address, was.Remark = []string{canaryPhone(i), canaryContact(i)}, canaryWord(i), canaryWord(i)+"@now.cn", "金丝雀巷"+strconv.Itoa(i), said+"。"
		if err := s.UpdateCustomer(ctx, boss, was); err != nil {
			t.Fatal(err)
		}
		contacts, err := s.Contacts(ctx, boss.Scope(policy.CustomerRead), c)
		if err != nil {
			t.Fatal(err)
		}
		contacts[0].Phones, contacts[0].Email = []string{canaryContact(i)}, canaryWord(i)+"@new.cn"
		if _, err := s.SaveContact(ctx, boss, db.Submission{}, contacts[0]); err != nil {
			t.Fatal(err)
		}
		must(s.LogVisit(ctx, boss, db.Submission{}, db.Visit{CustomerID: c, ContactID: k, UserID: s.BossWest, Day: "2026-11-20", Minute: -1, Mode: "phone", Purpose: said, Learned: said, NextStep: said}))
		must(s.PlanVisit(ctx, boss, db.Submission{}, db.Visit{CustomerID: c, UserID: s.RepWest, Day: "2026-11-24", Minute: -1, Mode: "on_site", Purpose: said}))
	}
	if err := s.ClassifyCustomer(ctx, boss, db.ParseID(ids[0]), 2, "B", "打"+canarySaid(0)); err != nil {
		t.Fatal(err)
	}
	var file strings.Builder
	file.WriteString("客户名称,联系人,电话,微信,邮箱,地址,备注\r\n")
	for i := range 20 {
		fmt.Fprintf(&file, "鸟语商贸%d,鸟先生,%s,%s,%s@csv.cn,浙江省杭州市余杭区金丝雀巷%d,打%s\r\n", i, canaryContact(i), canaryWord(i), canaryWord(i), i, canarySaid(i))
	}
	fmt.Fprintf(&file, ",坏先生,%s,%s,,金丝雀巷,打%s\r\n新鸟,新先生,1397413,%s,,金丝雀巷,打%s\r\n", canaryPhone(1), canaryWord(1), canarySaid(1), canaryWord(2), canarySaid(2))
	manager := s.as("boss")
	for range 2 {
		a := manager.upload("customers", id(s.West), "鸟.csv", []byte(file.String()))
		if a.status != http.StatusSeeOther {
			t.Fatalf("upload: %d\n%s", a.status, excerpt(a.body))
		}
		ids = append(ids, strings.TrimPrefix(a.to(), "/imports/"))
		s.work()
	}
	return ids
}

// unpacked is an answer as text: a workbook's parts, a page without its
// entities, both also without what may stand between digits.
func unpacked(t *testing.T, a answer) string {
	t.Helper()
	text := a.body
	if strings.HasPrefix(text, "PK") {
		z, err := zip.NewReader(strings.NewReader(text), int64(len(text)))
		if err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		for _, f := range z.File {
			r, err := f.Open()
			if err != nil {
				t.Fatal(err)
			}
			part, err := io.ReadAll(r)
			if err != nil {
				t.Fatal(err)
			}
			b.Write(part)
		}
		text = b.String()
	}
	text = html.UnescapeString(text) + "\n" + a.to() + "\n" + a.head.Get("Content-Disposition")
	return strings.NewReplacer(" ", "", "-", "", "\u00a0", "").Replace(text)
}

var pageLinks = regexp.MustCompile(`(?:href|hx-get|src)="(/[^"#]*)`)

// TestWhoSeesMaskedValuesNeverReceivesOneInFull signs in as everybody without
// the right to see phones in full, asks every route with every id there is and
// follows the links, and looks for what was planted in every answer and in the
// server's log (SECURITY.md 2 and 22, DayByDay CVE-2022-22107).
func TestWhoSeesMaskedValuesNeverReceivesOneInFull(t *testing.T) {
	dbtest.Alone(t)
	s, said := loggedSite(t)
	ids := aviary(t, s)
	ctx := context.Background()
	system := s.As(t, s.Admin)
	if _, err := s.CreateUser(ctx, system, db.UserInput{Username: "analyst", Name: "分析员", BranchID: s.Zhejiang, PasswordHash: dbtest.Hash, JoinedOn: "2024-01-01",
		Grants: []policy.Grant{{Role: policy.Analyst, Branch: s.Zhejiang}}}); err != nil {
		t.Fatal(err)
	}
	signs := canarySigns()
	find := func(where, text string) {
		t.Helper()
		for _, sign := range signs {
			if at := strings.Index(text, sign); at >= 0 {
				t.Errorf("%s: %q in …%s…", where, sign, text[max(0, at-80):min(len(text), at+80)])
				return
			}
		}
	}
	// The net has no hole: who may see them does.
	boss, seen := s.as("boss"), 0
	for _, path := range []string{"/customers/" + ids[0], "/customers/" + ids[0] + "/history", "/customers/export?format=xlsx", "/customers/export?format=csv", "/visits/" + ids[2], "/visits?view=list", "/imports/" + ids[len(ids)-1],
		"/imports/" + ids[len(ids)-1] + "/failed.xlsx", "/search?q=" + canaryPhone(3)} {
		text := unpacked(t, boss.get(path))
		for _, sign := range signs {
			if strings.Contains(text, sign) {
				seen++
				break
			}
		}
	}
	if seen != 9 {
		t.Fatalf("the manager sees planted values on %d of 9 pages", seen)
	}
	asked := 0
	for _, who := range []string{"courier", "analyst", "auditor", "region", "chief"} {
		v := s.as(who)
		queue := []string{"/", "/customers", "/customers?sort=phone", "/customers?sort=wechat-", "/visits?view=list", "/visits/due?state=all", "/visits/export", "/visits/export?format=xlsx",
			"/customers/export?format=csv", "/customers/export?format=xlsx", "/search?q=" + canaryPhone(5), "/search?q=" + canaryPhone(5)[7:], "/search?q=" + canaryPhone(5)[3:7],
			"/search?q=" + url.QueryEscape("鸟语"), "/customers/duplicates?name=" + url.QueryEscape("鸟语商贸1") + "&phone=" + canaryPhone(1)}
		for n, one := range ids {
			if n >= 12 && n < len(ids)-2 { // of the rest the pages that show a row
				queue = append(queue, "/customers/"+one, "/customers/"+one+"/history", "/customers/"+one+"/timeline", "/visits/"+one)
				continue
			}
			for _, p := range paths(s, func(string, string) string { return one }) {
				if p[0] == http.MethodGet && (n == 0 || strings.Contains(p[1], one)) {
					queue = append(queue, p[1])
				}
			}
			for _, f := range mask.Fields {
				queue = append(queue, "/customers/"+one+"/reveal?field="+f, "/customers/"+one+"/masked?field="+f, "/customers/"+one+"/reveal?field="+f+"&contact="+ids[1])
			}
		}
		known, follow := map[string]bool{}, 0
		for len(queue) > 0 {
			path := queue[0]
			queue = queue[1:]
			if known[path] {
				continue
			}
			known[path] = true
			header := []string{}
			if asked%2 == 1 {
				header = []string{"HX-Request", "true"} // the pieces as well as the pages
			}
			a := v.get(path, header...)
			asked++
			if a.status >= 500 {
				t.Errorf("%s: %s: %d", who, path, a.status)
			}
			text := unpacked(t, a)
			if at, err := url.Parse(path); err == nil && at.Query().Get("q") != "" {
				text = strings.ReplaceAll(text, at.Query().Get("q"), "") // what they typed themselves
			}
			find(who+" "+path, text)
			if follow > 400 {
				continue
			}
			for _, m := range pageLinks.FindAllStringSubmatch(a.body, -1) {
				to := html.UnescapeString(m[1])
				if !known[to] && !strings.HasPrefix(to, "/static/") && !strings.HasPrefix(to, "//") {
					follow++
					queue = append(queue, to)
				}
			}
		}
	}
	t.Logf("%d answers", asked)
	if asked < 3000 {
		t.Errorf("only %d answers", asked)
	}
	// A long export, written by a task with the rights of whoever asked.
	chief := s.As(t, s.Chief)
	task, err := s.StartTask(ctx, chief, jobs.ExportTask, `{"Columns":["name","phone","owner"],"Titles":["客户","电话","业务员"]}`)
	if err != nil {
		t.Fatal(err)
	}
	runner := jobs.Runner{DB: s.DB, Log: slog.New(slog.NewTextHandler(said, nil)), Tasks: map[string]jobs.TaskFunc{jobs.ExportTask: jobs.ExportCustomers(s.DB)}}
	runner.RunTasks(ctx)
	a := s.as("chief").get("/exports/" + id(task) + "/file")
	if a.status != http.StatusOK {
		t.Errorf("the task's file: %d", a.status)
	}
	find("the task's file", unpacked(t, a))
	// What is refused or goes wrong says nothing of it in the log either.
	for _, form := range []url.Values{{"name": {"鸟语商贸1"}, "phone": {canaryPhone(1)}, "wechat": {canaryWord(1)}, "branch": {id(s.West)}, "key": {"k"}}, {"phone": {canaryPhone(2) + "x"}, "email": {canaryWord(2)}}} {
		boss.post("/customers", form)
		boss.post("/customers/"+ids[0], form)
		boss.post("/customers/"+ids[0]+"/contacts", form)
		boss.post("/customers/paste", url.Values{"snippet": {canaryPhone(4)}})
		boss.get("/search?q=" + canaryPhone(4))
		boss.get("/nothing?q=" + canaryPhone(4))
		s.as("").post("/login", url.Values{"username": {canaryPhone(6)}, "password": {canaryPhone(7)}})
	}
	find("the log", strings.NewReplacer(" ", "", "-", "").Replace(said.b.String()))
	if said.b.Len() == 0 {
		t.Error("the log is empty: nothing was looked at")
	}
}
