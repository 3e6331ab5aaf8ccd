package handlers_test

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"yike/db"
	"yike/internal/jobs"
	"yike/policy"
)

// contents is what every table holds, hashed, of a back-up made now. Sessions
// are left out: a request keeps one alive.
func (s *site) contents() map[string]string {
	s.t.Helper()
	ctx := context.Background()
	file := filepath.Join(s.t.TempDir(), "copy.db")
	if err := s.BackupMain(ctx, file); err != nil {
		s.t.Fatal(err)
	}
	d, err := sql.Open("sqlite", file)
	if err != nil {
		s.t.Fatal(err)
	}
	defer d.Close()
	var tables []string
	rows, err := d.QueryContext(ctx, `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '%search_%' AND name <> 'sessions' ORDER BY name`)
	if err != nil {
		s.t.Fatal(err)
	}
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			s.t.Fatal(err)
		}
		tables = append(tables, name)
	}
	if err := rows.Close(); err != nil {
		s.t.Fatal(err)
	}
	out := map[string]string{}
	for _, name := range tables {
		out[name] = tableHash(s.t, d, name)
	}
	return out
}

func tableSQL(name string) string { return `SELECT * FROM "` + name + `"` }

func tableHash(t *testing.T, d *sql.DB, name string) string {
	t.Helper()
	rows, err := d.QueryContext(context.Background(), tableSQL(name))
	if err != nil {
		t.Fatal(name, err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	n, sum := 0, sha256.New()
	for rows.Next() {
		cells, to := make([]any, len(columns)), make([]any, len(columns))
		for i := range cells {
			to[i] = &cells[i]
		}
		if err := rows.Scan(to...); err != nil {
			t.Fatal(err)
		}
		n++
		_, _ = fmt.Fprintf(sum, "%v\n", cells)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%d rows, %s", n, hex.EncodeToString(sum.Sum(nil)[:6]))
}

// TestARefusedWriteLeavesNoTrace: EspoCRM CVE-2026-41160, DayByDay
// CVE-2022-22107: every writing route with every id of another branch, of
// another rep, or of something above one's rights, sent by those who may not:
// each refused, and every table holds afterwards what it held before.
func TestARefusedWriteLeavesNoTrace(t *testing.T) {
	s := newSite(t)
	ids, kinds := s.lived()
	people := map[string]*visitor{}
	for _, who := range []string{"boss2", "clerk2", "rep2", "rep", "courier", "auditor"} {
		people[who] = s.as(who)
		people[who].get("/")
	}
	before := s.contents()
	form := url.Values{"version": {"1"}, "name": {"stolen"}, "class": {"C"}, "reason": {"x"}, "title": {"x"}, "from": {"administrator"}, "grant.users.edit": {"company"}, "note": {"x"},
		"branch": {id(s.East)}, "owner": {id(s.BossEast)}, "owner.one": {id(s.BossEast)}, "rule.owner": {"one"}, "to.1": {id(s.BossEast)}, "how": {"link"}, "username": {"stolen"},
		"role": {"administrator"}, "place": {id(s.Head)}, "field": {"phone"}, "purpose": {"call"}, "state": {"archived"}, "learned": {"x"}, "day": {"2026-11-21"}, "mode": {"phone"},
		"code": {"ZZ99"}, "level": {"branch"}, "parent": {id(s.Head)}, "key": {"stolen"}, "valid_from": {"2026-11-21"}, "read": {"0"}, "kind": {"other"}, "phone": {"13800009999"}, "aside": {"1"}}
	requests := 0
	refused := func(who, path string, form url.Values) {
		t.Helper()
		requests++
		if a := people[who].post(path, form); a.status != http.StatusForbidden && a.status != http.StatusNotFound {
			t.Errorf("%s: POST %s: %d to %q\n%s", who, path, a.status, a.to(), excerpt(a.body))
		}
	}
	// Upwards: what a rep, a courier and an auditor may not do with anything.
	above := []string{"/users", "/branches", "/roles", "/imports", "/rules", "/handovers/", "/alerts", "/audit"}
	for i, one := range ids {
		for _, p := range paths(s, func(_, name string) string {
			if name == "role" {
				return "sales_rep"
			}
			return one
		}) {
			if p[0] != http.MethodPost || p[1] == "/handovers/received" || p[1] == "/audit/check" { // theirs
				continue
			}
			named := strings.Contains(p[1], one) && strings.HasPrefix(p[1], kinds[i])
			upward := slices.ContainsFunc(above, func(at string) bool { return strings.HasPrefix(p[1], at) })
			for who := range people {
				switch {
				case upward && who != "boss2" && who != "clerk2" && (named || i == 0):
					refused(who, p[1], form)
				case named && who != "rep" && !(who == "auditor" && strings.HasSuffix(p[1], "/reveal")) &&
					!((who == "auditor" || who == "courier") && strings.HasSuffix(p[1], "/print")): // who reads a page may print it
					refused(who, p[1], form)
				}
			}
		}
	}
	// Sideways by an id in the form: the answer may be a page with a mistake or
	// a message, as long as nothing is changed.
	bulk := url.Values{"id": ids[:4], "owner": {id(s.BossEast)}, "clerk": {id(s.ClerkEast)}, "one": {ids[0]}, "customer": {ids[0]}, "contact": {ids[5]}, "key": {formKey + "x"},
		"mode": {"phone"}, "mood": {"good"}, "learned": {"x"}, "day": {"2026-11-21"}, "branch": {id(s.West)}, "name": {"stolen"}, "phone": {"13800007777"}}
	for _, who := range []string{"boss2", "clerk2", "rep2", "courier", "auditor"} {
		for _, path := range []string{"/customers/bulk", "/customers/bulk/choose", "/customers/review", "/visits", "/customers/bulk/undo?act=" + ids[0], "/customers"} {
			if who == "rep2" && path == "/customers" {
				continue // their own branch: they may
			}
			requests++
			if a := people[who].post(path, bulk); a.status < 300 && path != "/customers/bulk/choose" || a.status >= 500 {
				t.Errorf("%s: POST %s: %d", who, path, a.status)
			}
		}
	}
	after := s.contents()
	for name, was := range before {
		if after[name] != was {
			t.Errorf("a refused write left a trace in %s: %s, was %s", name, after[name], was)
		}
	}
	t.Logf("%d refused requests, %d tables", requests, len(before))
	if requests < 200 || len(before) < 30 {
		t.Error("too few to show anything")
	}
}

// extras are fields that no form has.
var extras = []string{"id", "branch_id", "owner_id", "user_id", "created_by", "created_at", "updated_at", "deleted_at", "deleted_by", "disabled_at", "is_admin", "admin", "grants", "built_in",
	"password_hash", "code_seq", "imported_by", "done_by", "seen_by", "customer_id", "visit_id", "session_id", "permission", "submission_id", "policy_version", "must_change"}

// TestFieldsThatNoFormHasAreIgnored: Krayin #2616, mass assignment: forms of
// every area with two dozen fields of the tables beside their own.
func TestFieldsThatNoFormHasAreIgnored(t *testing.T) {
	s := newSite(t)
	ctx, all := context.Background(), policy.SystemActor("test")
	with := func(v url.Values) url.Values {
		for _, name := range extras {
			v.Set(name, id(s.Admin))
		}
		return v
	}
	rep, boss, admin := s.as("rep"), s.as("boss"), s.as("admin")
	a := rep.post("/customers", with(url.Values{"key": {"k1"}, "name": {"绍兴乌篷"}, "kind": {"enterprise"}, "phone": {"13800002007"}, "branch": {id(s.West)}, "stage": {"prospect"},
		"owner": {id(s.RepWest2)}, "clerk": {id(s.ClerkEast)}, "class": {"A"}, "class_reason": {"x"}, "state": {"reviewed"}, "version": {"9"}}))
	if a.status != http.StatusSeeOther {
		t.Fatalf("customer: %d\n%s", a.status, excerpt(a.body))
	}
	n := s.find("绍兴乌篷")
	c, err := s.Customer(ctx, all.Scope(policy.CustomerRead), n)
	if err != nil || c.ID == s.Admin || c.BranchID != s.West || c.OwnerID != s.RepWest || c.ClerkID == s.ClerkEast || c.Class != "" || c.State != "draft" || c.Version != 1 {
		t.Errorf("customer: %+v, %v", c, err)
	}
	a = rep.post("/customers/"+id(n), with(url.Values{"version": {"1"}, "name": {"绍兴乌篷二"}, "kind": {"enterprise"}, "phone": {"13800002007"}, "branch": {id(s.East)}, "owner": {id(s.RepWest2)}, "class": {"A"}, "state": {"archived"}}))
	c, err = s.Customer(ctx, all.Scope(policy.CustomerRead), n)
	if a.status != http.StatusSeeOther || err != nil || c.Name != "绍兴乌篷二" || c.BranchID != s.West || c.OwnerID != s.RepWest || c.Class != "" || c.State != "draft" {
		t.Errorf("edit: %d, %+v, %v", a.status, c, err)
	}
	if a := rep.post("/visits", with(made(id(n), formKey))); a.status != http.StatusSeeOther || len(s.visits(id(n))) != 1 || s.visits(id(n))[0].UserID != s.RepWest {
		t.Errorf("a visit in another's name: %d, %+v", a.status, s.visits(id(n)))
	}
	person := func() db.User {
		u, err := s.User(ctx, all.Scope(policy.UserRead), s.RepWest)
		if err != nil {
			t.Fatal(err)
		}
		return u
	}
	was := person()
	if a := admin.post("/users/"+id(s.RepWest), with(s.person(s.RepWest, "phone", "13800001054"))); a.status != http.StatusSeeOther {
		t.Errorf("person: %d\n%s", a.status, excerpt(a.body))
	}
	if u := person(); u.Phone != "13800001054" || u.BranchID != was.BranchID || u.Disabled || !slices.Equal(u.Grants, was.Grants) || u.Username != was.Username {
		t.Errorf("person: %+v", u)
	}
	// A rep sets neither role nor branch by the forms that are theirs.
	for _, path := range []string{"/account/language", "/customers/columns", "/customers/views", "/cases/columns", "/cases/views", "/handovers/received"} {
		rep.post(path, with(url.Values{"lang": {"zh-CN"}, "name": {"x"}, "role": {"administrator"}, "place": {id(s.Head)}, "branch": {id(s.Head)}, "user": {id(s.Admin)}}))
	}
	if u := person(); !slices.Equal(u.Grants, was.Grants) || u.BranchID != was.BranchID {
		t.Errorf("a rep's own forms gave rights: %+v", u)
	}
	if a := rep.get("/users"); a.status != http.StatusForbidden {
		t.Errorf("a rep among the people: %d", a.status)
	}
	plan := boss.post("/users/"+id(s.RepWest)+"/handover", with(url.Values{"key": {"h1"}, "rule.owner": {"one"}, "owner.one": {id(s.RepWest2)}, "state": {"done"}, "from": {id(s.BossEast)}}))
	if page := boss.get(plan.to()); plan.status != http.StatusSeeOther || !strings.Contains(page.body, "草稿") && versionIn.FindString(page.body) == "" {
		t.Errorf("a handover done by a field: %d\n%s", plan.status, excerpt(page.body))
	}
	if c, _ := s.Customer(ctx, all.Scope(policy.CustomerRead), n); c.OwnerID != s.RepWest {
		t.Error("the handover was applied by a field of its plan")
	}
}

// TestNestedIdsBelongToTheirParents: Gitea CVE-2026-20897 and others: the id
// of a child under a parent that is not its own, both within one's reach.
func TestNestedIdsBelongToTheirParents(t *testing.T) {
	s := newSite(t)
	ids, _ := s.lived()
	ctx, boss := context.Background(), s.as("boss")
	contacts, err := s.Contacts(ctx, s.World.As(t, s.BossWest).Scope(policy.CustomerRead), db.ParseID(ids[0]))
	if err != nil || len(contacts) == 0 {
		t.Fatal(contacts, err)
	}
	contact := id(contacts[0].ID)
	for _, c := range []struct {
		method, path string
	}{
		{"GET", "/customers/" + ids[1] + "/contacts/" + contact + "/edit"}, {"POST", "/customers/" + ids[1] + "/contacts/" + contact}, {"POST", "/customers/" + ids[1] + "/contacts/" + contact + "/remove"},
		{"GET", "/customers/" + contact}, {"GET", "/visits/" + ids[0]}, {"GET", "/imports/" + ids[0]}, {"GET", "/handovers/" + ids[0]}, {"GET", "/exports/" + ids[6]}, {"GET", "/users/" + ids[0] + "/handover"},
		{"POST", "/account/sessions/" + ids[0] + "/end"},
	} {
		if a := boss.do(c.method, c.path, strings.NewReader("version=1&name=x"), "application/x-www-form-urlencoded"); a.status != http.StatusNotFound && a.status != http.StatusBadRequest && !strings.HasPrefix(a.to(), "/account") {
			t.Errorf("%s %s: %d", c.method, c.path, a.status)
		}
	}
	region := s.as("region")
	for _, path := range []string{"/customers/" + ids[1] + "/reveal?field=phone&contact=" + contact, "/customers/" + ids[1] + "/masked?field=phone&contact=" + contact} {
		if a := region.get(path); a.status != http.StatusNotFound {
			t.Errorf("GET %s: %d", path, a.status)
		}
	}
	if a := region.post("/customers/"+ids[1]+"/reveal", url.Values{"field": {"phone"}, "contact": {contact}, "purpose": {"call"}}); a.status != http.StatusNotFound {
		t.Errorf("another client's contact is revealed: %d", a.status)
	}
	// A visit of one client with the contact of another.
	form := made(ids[1], formKey+"n")
	form.Set("contact", contact)
	boss.post("/visits", form)
	for _, v := range s.visits(ids[1]) {
		if v.ContactID == contacts[0].ID {
			t.Error("a visit carries another client's contact")
		}
	}
}

// TestAFormSentTwentyTimesAtOnceIsDoneOnce: replays of every form that
// creates, in parallel: one row, and everybody is led to it.
func TestAFormSentTwentyTimesAtOnceIsDoneOnce(t *testing.T) {
	s := newSite(t)
	client := s.client("重放有限公司")
	boss, admin := s.as("boss"), s.as("admin")
	for name, c := range map[string]struct {
		v     *visitor
		path  string
		form  url.Values
		count func() int
	}{
		"a customer": {boss, "/customers", url.Values{"key": {"r1"}, "name": {"只有一家"}, "kind": {"enterprise"}, "phone": {"13800003001"}, "branch": {id(s.West)}, "stage": {"prospect"}}, func() int {
			list, err := s.Duplicates(context.Background(), policy.SystemActor("test").Scope(policy.CustomerRead), db.DuplicateQuery{Name: "只有一家"})
			if err != nil {
				t.Fatal(err)
			}
			return len(list)
		}},
		"a contact": {boss, "/customers/" + client + "/contacts", url.Values{"key": {"r2"}, "name": {"只有一人"}, "phone": {"13800003002"}}, func() int {
			list, err := s.Contacts(context.Background(), policy.SystemActor("test").Scope(policy.CustomerRead), db.ParseID(client))
			if err != nil {
				t.Fatal(err)
			}
			return len(list) - 1
		}},
		"a person": {admin, "/users", url.Values{"name": {"只有一位"}, "username": {"onlyone"}, "branch": {id(s.West)}, "how": {"password"}, "password": {"saddle-Kite-77"}, "role": {"sales_rep"}, "place": {id(s.West)}}, func() int {
			list, err := s.Users(context.Background(), policy.SystemActor("test").Scope(policy.UserRead), true)
			if err != nil {
				t.Fatal(err)
			}
			n := 0
			for _, u := range list {
				if u.Username == "onlyone" {
					n++
				}
			}
			return n
		}},
		"a branch": {admin, "/branches", url.Values{"name": {"只有一处"}, "code": {"HZ77"}, "area_code": {"0571"}, "parent": {id(s.Zhejiang)}, "level": {"branch"}}, func() int {
			n := 0
			for _, b := range s.Branches(context.Background(), policy.SystemActor("test").Scope(policy.BranchRead)) {
				if b.Code == "HZ77" {
					n++
				}
			}
			return n
		}},
		"a role": {admin, "/roles", url.Values{"title": {"只有一个"}, "from": {"courier"}, "submission": {"r5"}, "grant.customers.read": {"branch"}}, func() int {
			n := 0
			for _, r := range s.roles().Roles() {
				if r.Title == "只有一个" {
					n++
				}
			}
			return n
		}},
	} {
		var wg sync.WaitGroup
		for range 20 {
			wg.Add(1)
			go func() {
				defer wg.Done()
				res, err := c.v.client.PostForm(s.url+c.path, c.form)
				if err != nil {
					t.Errorf("%s: %v", name, err)
					return
				}
				_ = res.Body.Close()
				if res.StatusCode >= 500 {
					t.Errorf("%s: %d", name, res.StatusCode)
				}
			}()
		}
		wg.Wait()
		if n := c.count(); n != 1 {
			t.Errorf("%s: %d were made", name, n)
		}
	}
}

// moveTo gives a person the same roles at another branch, as an administrator
// does.
func (s *site) moveTo(user, branch int64) {
	s.t.Helper()
	ctx, system := context.Background(), policy.SystemActor("test")
	u, err := s.User(ctx, system.Scope(policy.UserRead), user)
	if err != nil {
		s.t.Fatal(err)
	}
	grants := slices.Clone(u.Grants)
	for i := range grants {
		grants[i].Branch = branch
	}
	if err := s.UpdateUser(ctx, system, user, u.Version, db.UserInput{Username: u.Username, Name: u.Name, BranchID: branch, JoinedOn: u.JoinedOn, Grants: grants, Disabled: u.Disabled}); err != nil {
		s.t.Fatal(err)
	}
}

// TestAFormReadBeforeRightsChangedIsRefused shows goal 25 of SECURITY.md for
// forms: opened with the right, sent without it.
func TestAFormReadBeforeRightsChangedIsRefused(t *testing.T) {
	s := newSite(t)
	client := s.client("中途有限公司")
	ctx, all := context.Background(), policy.SystemActor("test").Scope(policy.CustomerRead)
	edit := url.Values{"version": {"1"}, "name": {"改了名"}, "kind": {"enterprise"}, "phone": {"13800001054"}}
	boss := s.as("boss")
	if a := boss.get("/customers/" + client + "/edit"); a.status != 200 {
		t.Fatal(a.status)
	}
	// The role loses the right: the session goes on, the form does not.
	if a := s.as("admin").saveRole("branch_manager", roleForm("0", "grant.customers.edit", "none")); a.status != 303 {
		t.Fatalf("role: %d\n%s", a.status, excerpt(a.body))
	}
	if a := boss.post("/customers/"+client, edit); a.status != http.StatusForbidden {
		t.Errorf("after the role changed: %d", a.status)
	}
	// The person moves: the session ends, and the new one does not see the file.
	rep := s.as("rep")
	s.moveTo(s.RepWest, s.East)
	if a := rep.post("/customers/"+client, edit); a.status != http.StatusSeeOther || !strings.HasPrefix(a.to(), "/login") {
		t.Errorf("after a move: %d to %q", a.status, a.to())
	}
	clerk := s.as("clerk")
	s.moveTo(s.ClerkWest, s.East)
	for _, path := range []string{"/customers/" + client, "/customers/" + client + "/edit", "/customers/" + client + "/history"} {
		if a := clerk.get(path); a.status == http.StatusOK {
			t.Errorf("the moved clerk's old session: %s: %d", path, a.status)
		}
		if a := s.as("clerk").get(path); a.status != http.StatusNotFound {
			t.Errorf("the moved clerk: %s: %d", path, a.status)
		}
	}
	if c, err := s.Customer(ctx, all, db.ParseID(client)); err != nil || c.Name != "中途有限公司" || c.Version != 1 {
		t.Errorf("a trace: %+v, %v", c, err)
	}
}

// TestATaskRunsWithTheRightsOfNow: Gitea CVE-2026-20883: rights are asked when
// a task runs and when its file is fetched, not when it was queued.
func TestATaskRunsWithTheRightsOfNow(t *testing.T) {
	s := newSite(t)
	s.client("金丝雀贸易")
	ctx, all := context.Background(), policy.SystemActor("test").Scope(policy.CustomerRead)
	count := func() int64 {
		n, _, err := s.CountCustomers(ctx, all, db.CustomerFilter{})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	was := count()
	file := []byte("客户名称,电话\n乙有限公司,13800000011\n")
	run := func() {
		tasks := jobs.NewImporter(s.DB).Tasks()
		tasks[jobs.ExportTask] = jobs.ExportCustomers(s.DB)
		(&jobs.Runner{DB: s.DB, Log: slog.New(slog.DiscardHandler), Tasks: tasks}).RunTasks(ctx)
	}
	export := func(user int64) string {
		n, err := s.StartTask(ctx, s.World.As(t, user), jobs.ExportTask, `{"Columns":["name","phone"],"Titles":["客户","电话"]}`)
		if err != nil {
			t.Fatal(err)
		}
		return "/exports/" + id(n) + "/file"
	}
	boss := s.as("boss")
	judged := boss.upload("customers", id(s.West), "x.csv", file)
	run()
	if a := boss.post(judged.to()+"/apply", url.Values{"version": {version(t, boss.get(judged.to()))}}); a.status != http.StatusSeeOther {
		t.Fatalf("apply: %d\n%s", a.status, excerpt(a.body))
	}
	finished := export(s.BossWest) // queued before the move
	s.moveTo(s.BossWest, s.East)
	run() // the import and the export were queued by the manager of 城西
	if n := count(); n != was {
		t.Errorf("an import that its person may not run any more made %d customers", n-was)
	}
	moved := s.as("boss")
	a := moved.get(finished)
	if strings.Contains(unpacked(t, a), "金丝雀") {
		t.Errorf("an export that ran after the move holds the old branch: %d", a.status)
	}
	s.moveTo(s.BossWest, s.West)
	before := export(s.BossWest)
	run()
	if a := s.as("boss").get(before); a.status != http.StatusOK || !strings.Contains(unpacked(t, a), "金丝雀") {
		t.Fatalf("an export by who may: %d", a.status)
	}
	s.moveTo(s.BossWest, s.East)
	if a := s.as("boss").get(before); a.status != http.StatusNotFound {
		t.Errorf("a file written with former rights: %d", a.status)
	}
	if a := s.as("boss2").get(before); a.status != http.StatusNotFound {
		t.Errorf("another's file: %d", a.status)
	}
	// Disabled before it runs.
	held := export(s.ClerkEast)
	u, err := s.User(ctx, policy.SystemActor("test").Scope(policy.UserRead), s.ClerkEast)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.UpdateUser(ctx, policy.SystemActor("test"), u.ID, u.Version, db.UserInput{Username: u.Username, Name: u.Name, BranchID: u.BranchID, JoinedOn: u.JoinedOn, Grants: u.Grants, Disabled: true}); err != nil {
		t.Fatal(err)
	}
	run()
	if task, err := s.Task(ctx, s.World.As(t, s.Admin), db.ParseID(strings.Split(held, "/")[2])); err == nil && task.State == "done" {
		t.Error("a disabled person's export was written")
	}
}

// TestSortingByWhatIsHiddenTellsNothing: Gitea CVE-2025-68943: for those who see
// a column masked, and for columns that are nobody's, sorting by it gives the
// order that no sorting gives.
func TestSortingByWhatIsHiddenTellsNothing(t *testing.T) {
	s := newSite(t)
	ctx := context.Background()
	for i, phone := range []string{"13900000003", "13900000001", "13900000002"} {
		if _, err := s.CreateCustomer(ctx, policy.SystemActor("test"), db.Submission{}, db.Customer{BranchID: s.West, Name: fmt.Sprintf("排序%d", i), Phones: []string{phone},
			WeChat: "wx" + phone, Email: phone[8:] + "@x.cn", Address: phone[8:], Remark: phone}); err != nil {
			t.Fatal(err)
		}
	}
	order := func(v *visitor, query string) string {
		a := v.get("/customers?" + query)
		if a.status != http.StatusOK {
			t.Fatalf("%s: %d", query, a.status)
		}
		at := []int{}
		for i := range 3 {
			at = append(at, strings.Index(a.body, fmt.Sprintf("排序%d", i)))
		}
		return fmt.Sprint(at[0] < at[1], at[1] < at[2], at[0] < at[2], at[0] < 0)
	}
	for _, who := range []string{"courier", "region", "auditor"} {
		v := s.as(who)
		plain := order(v, "")
		for _, key := range []string{"phone", "wechat", "email", "address", "remark", "phones", "password_hash", "owner_id", "deleted_at", "name;--", "1", "(SELECT 1)"} {
			for _, way := range []string{"", "-"} {
				if got := order(v, "sort="+url.QueryEscape(key+way)); got != plain {
					t.Errorf("%s: sort=%s%s orders the list: %s, without: %s", who, key, way, got, plain)
				}
			}
		}
		if order(v, "sort=name") == order(v, "sort=name-") {
			t.Errorf("%s: sorting by name does nothing, so this test would see nothing", who)
		}
	}
}
