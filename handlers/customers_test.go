package handlers_test

import (
	"context"
	"encoding/csv"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"yike/db"
	"yike/internal/jobs"
	"yike/policy"
)

// listed opens three customers: two of the west branch, one of the east.
func listed(t *testing.T, s *site) (own, other, east int64) {
	t.Helper()
	ctx, system := context.Background(), policy.SystemActor("test")
	open := func(c db.Customer) int64 {
		id, err := s.CreateCustomer(ctx, system, db.Submission{}, c)
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	own = open(db.Customer{BranchID: s.West, Name: "松果母婴用品", OwnerID: s.RepWest, Class: "A", Stage: "mature", Phones: []string{"13800001054"}})
	other = open(db.Customer{BranchID: s.West, Name: "=云织服饰", OwnerID: s.RepWest2, Class: "B", Phones: []string{"13900002065"}})
	east = open(db.Customer{BranchID: s.East, Name: "蓝鲸跨境", Class: "A"})
	return own, other, east
}

func TestTheListShowsWhatTheReaderMaySee(t *testing.T) {
	s := newSite(t)
	own, _, east := listed(t, s)
	at := "/customers/" + strconv.FormatInt(own, 10)
	s.run([]scenario{
		{name: "a stranger signs in first", path: "/customers", status: http.StatusSeeOther, want: []string{"/login"}},
		{name: "a rep sees their own", who: "rep", path: "/customers", status: 200, want: []string{"松果母婴用品", "138 0000 1054", "aria-sort"}, never: []string{"云织服饰", "蓝鲸", "/customers/export"}},
		{name: "a courier sees the branch, masked", who: "courier", path: "/customers", status: 200, want: []string{"松果母婴用品", "云织服饰", "138 **** 1054"}, never: []string{"蓝鲸", "0000 1054", "13800001054", "/customers/bulk/choose\"><button"}},
		{name: "the manager of another branch", who: "boss2", path: "/customers", status: 200, want: []string{"蓝鲸跨境"}, never: []string{"松果"}},
		{name: "a filter becomes a chip that can be taken off", who: "boss", path: "/customers?class=A&stage=mature&sort=code-", status: 200, want: []string{"松果", "A", "成熟", "/customers?sort=code-", `aria-sort="descending"`}, never: []string{"云织服饰"}},
		{name: "no such thing", who: "boss", path: "/customers?stage=lost", status: 200, want: []string{"没有符合这些条件的客户"}, never: []string{"松果"}},
		{name: "an address that nobody made is the whole list", who: "boss", path: "/customers?stage=%27&sort=x&at=zz&branch=-1&class=Q", status: 200, want: []string{"松果", "云织服饰"}},
		{name: "somebody else's owner shows nothing of theirs", who: "rep", path: "/customers?owner=" + strconv.FormatInt(s.RepWest2, 10), status: 200, never: []string{"云织服饰"}},
		{name: "counted to the end", who: "boss", path: "/customers/count?class=A", status: 200, want: []string{"符合 1 位"}},
		{name: "the filter form", who: "boss", path: "/customers/filter?class=A", status: 200, want: []string{`data-find=`, "杭州市", "从未拜访"}},
		{name: "through the list from a page", who: "boss", path: at + "?from=" + url.QueryEscape("sort=name"), status: 200, want: []string{"from=sort%3Dname"}},
		{name: "in English", who: "chief", path: "/customers", status: 200, want: []string{"蓝鲸跨境"}},
	})
	_ = east
}

func TestColumnsAndViewsAreKeptForThePersonAlone(t *testing.T) {
	s := newSite(t)
	listed(t, s)
	boss, chief := s.as("boss"), s.as("chief")
	if a := boss.post("/customers/columns", url.Values{"column": {"kind", "nonsense", "branch"}, "q": {"class=A"}}); a.to() != "/customers?class=A" {
		t.Fatalf("columns: %d to %q", a.status, a.to())
	}
	if a := boss.post("/customers/views", url.Values{"name": {"A 类总览"}, "q": {"class=A&evil=1"}}); a.to() != "/customers?class=A" {
		t.Fatalf("view: %d to %q", a.status, a.to())
	}
	if a := boss.post("/customers/views", url.Values{"name": {""}, "q": {"class=A"}}); a.status != http.StatusUnprocessableEntity {
		t.Errorf("a view without a name: %d", a.status)
	}
	page := boss.get("/customers").body
	for _, want := range []string{"A 类总览", "网点", "城西网点"} {
		if !strings.Contains(page, want) {
			t.Errorf("%q does not appear", want)
		}
	}
	if strings.Contains(page, "138 0000 1054") || strings.Contains(chief.get("/customers").body, "A 类总览") {
		t.Error("columns that were not chosen, or another person's view")
	}
	boss.post("/customers/views/first", url.Values{"name": {"A 类总览"}})
	if a := boss.get("/customers"); a.to() != "/customers?class=A" {
		t.Errorf("the list opens with %q", a.to())
	}
	if body := boss.get("/customers?class=A").body; !strings.Contains(body, `href="/customers?all=1"`) {
		t.Error("nothing leads to all customers")
	}
	if a := boss.get("/customers?all=1"); a.status != http.StatusOK {
		t.Errorf("all customers: %d", a.status)
	}
	boss.post("/customers/views/remove", url.Values{"name": {"A 类总览"}})
	if strings.Contains(boss.get("/customers").body, "A 类总览") {
		t.Error("a removed view is still there")
	}
}

func TestSearchAnswersWithinReachAndMarksWhatItFound(t *testing.T) {
	s := newSite(t)
	listed(t, s)
	s.run([]scenario{
		{name: "by name", who: "boss", path: "/search?q=" + url.QueryEscape("母婴"), status: 200, want: []string{"<mark>母婴</mark>", "HZ01-00001"}},
		{name: "by initials", who: "boss", path: "/search?q=sgmy", status: 200, want: []string{"松果母婴用品"}},
		{name: "by a fragment of the phone", who: "rep", path: "/search?q=0001054", status: 200, want: []string{"松果"}},
		{name: "a courier by a fragment", who: "courier", path: "/search?q=38000", status: 200, want: []string{"没有找到"}, never: []string{"松果"}},
		{name: "a courier by the last four", who: "courier", path: "/search?q=1054", status: 200, want: []string{"138 **** 1054"}, never: []string{"13800001054"}},
		{name: "another branch", who: "boss2", path: "/search?q=" + url.QueryEscape("母婴"), status: 200, want: []string{"没有找到"}, never: []string{"松果"}},
		{name: "what is typed stays text", who: "boss", path: "/search?q=" + url.QueryEscape(`<script>"*`), status: 200, want: []string{"&lt;script&gt;"}, never: []string{"<script>\""}},
	})
	if a := s.as("boss").get("/search?q="+url.QueryEscape("松果"), "HX-Request", "true"); strings.Contains(a.body, "<html") || !strings.Contains(a.body, "<mark>松果</mark>") {
		t.Errorf("the piece for the search box: %s", a.body)
	}
}

func TestManyAreChangedFromTheListAndUndone(t *testing.T) {
	s := newSite(t)
	own, other, east := listed(t, s)
	id := func(n int64) string { return strconv.FormatInt(n, 10) }
	ctx, all := context.Background(), policy.SystemActor("test").Scope(policy.CustomerRead)
	if a := s.as("courier").post("/customers/bulk", url.Values{"id": {id(own)}, "owner": {"none"}}); a.status != http.StatusForbidden {
		t.Errorf("a courier changes many: %d", a.status)
	}
	boss := s.as("boss")
	if a := boss.post("/customers/bulk/choose", url.Values{"q": {"class=A"}, "all": {"1"}}); a.status != 200 || !strings.Contains(a.body, "将改 1 位客户") {
		t.Errorf("all that match: %d", a.status)
	}
	if a := boss.post("/customers/bulk", url.Values{"id": {id(own)}}); a.status != http.StatusUnprocessableEntity {
		t.Errorf("nothing to change: %d", a.status)
	}
	if a := boss.post("/customers/bulk", url.Values{"id": {id(own), id(other), id(east)}, "owner": {id(s.RepWest2)}, "q": {"sort=code"}}); a.to() != "/customers?sort=code" {
		t.Fatalf("assigned: %d to %q", a.status, a.to())
	}
	page := boss.get("/customers").body
	if !strings.Contains(page, "已改 1 位客户") || !strings.Contains(page, "撤销") {
		t.Error("the list does not say what was changed")
	}
	if c, err := s.Customer(ctx, all, own); err != nil || c.OwnerID != s.RepWest2 {
		t.Fatalf("owner %d, %v", c.OwnerID, err)
	}
	if c, err := s.Customer(ctx, all, east); err != nil || c.OwnerID != 0 {
		t.Fatalf("another branch's: owner %d, %v", c.OwnerID, err)
	}
	from := strings.Index(page, "/customers/bulk/undo?act=")
	undo, _, _ := strings.Cut(page[from:], `"`)
	boss.post(undo, nil)
	if c, err := s.Customer(ctx, all, own); err != nil || c.OwnerID != s.RepWest {
		t.Fatalf("undone: owner %d, %v", c.OwnerID, err)
	}
	if a := boss.post("/customers/review", url.Values{"one": {id(own)}}); a.to() != "/customers/review" {
		t.Fatalf("reviewed: %d", a.status)
	}
	if a := boss.get("/customers/review"); strings.Contains(a.body, ">松果母婴用品<") || !strings.Contains(a.body, "云织服饰") {
		t.Error("the list of files to review")
	}
	if a := s.as("rep").get("/customers/review"); a.status != http.StatusForbidden {
		t.Errorf("a rep reviews: %d", a.status)
	}
	if a := boss.get("/customers/bin"); !strings.Contains(a.body, "回收站是空的") {
		t.Error("the empty bin")
	}
}

func TestAnExportIsWhatIsListedAndIsOnRecord(t *testing.T) {
	s := newSite(t)
	listed(t, s)
	if a := s.as("rep").get("/customers/export?format=csv"); a.status != http.StatusForbidden {
		t.Errorf("a rep exports: %d", a.status)
	}
	boss := s.as("boss")
	a := boss.get("/customers/export?format=csv&sort=code")
	if a.status != 200 || !strings.HasPrefix(a.body, "\uFEFF") || !strings.Contains(a.body, "\r\n") {
		t.Fatalf("CSV: %d %q", a.status, excerpt(a.body))
	}
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(a.body, "\uFEFF"))).ReadAll()
	if err != nil || len(rows) != 3 || rows[1][0] != "松果母婴用品" || rows[2][0] != "'=云织服饰" {
		t.Fatalf("CSV rows: %q, %v", rows, err)
	}
	if a := boss.get("/customers/export?format=xlsx"); a.status != 200 || !strings.HasPrefix(a.body, "PK") {
		t.Errorf("workbook: %d", a.status)
	}
	if a := boss.get("/customers/export?format=pdf"); a.status != http.StatusNotFound {
		t.Errorf("an unknown format: %d", a.status)
	}
	// A longer one is a task.
	ctx := context.Background()
	actor := s.As(t, s.BossWest)
	id, err := s.StartTask(ctx, actor, jobs.ExportTask, `{"Filter":{"Sort":"code"},"Columns":["name","phone"],"Titles":["客户","电话"]}`)
	if err != nil {
		t.Fatal(err)
	}
	path := "/exports/" + strconv.FormatInt(id, 10)
	if a := boss.get(path); a.status != 200 || !strings.Contains(a.body, "正在导出") || !strings.Contains(a.body, "hx-trigger") {
		t.Errorf("under way: %d", a.status)
	}
	runner := jobs.Runner{DB: s.DB, Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Tasks: map[string]jobs.TaskFunc{jobs.ExportTask: jobs.ExportCustomers(s.DB)}}
	runner.RunTasks(ctx)
	if a := boss.get(path); !strings.Contains(a.body, "共 2 位") {
		t.Errorf("done: %s", excerpt(a.body))
	}
	if a := boss.get(path + "/file"); a.status != 200 || !strings.HasPrefix(a.body, "PK") {
		t.Errorf("the file: %d", a.status)
	}
	if a := s.as("boss2").get(path + "/file"); a.status != http.StatusNotFound {
		t.Errorf("somebody else's file: %d", a.status)
	}
}
