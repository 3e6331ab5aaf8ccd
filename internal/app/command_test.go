package app

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"yike/db"
	"yike/policy"
	"yike/policy/signin"
	"yike/policy/totp"
)

// yike runs one command line as a shell would.
func yike(t *testing.T, stdin string, args ...string) (code int, out, errOut string) {
	t.Helper()
	var o, e bytes.Buffer
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	code = Main(ctx, args, strings.NewReader(stdin), &o, &e)
	return code, o.String(), e.String()
}

func TestAWrongCommandLineIsOneClearSentence(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	file := filepath.Join(t.TempDir(), "a-file")
	if err := os.WriteFile(file, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	noise := filepath.Join(t.TempDir(), "noise.db")
	if err := os.WriteFile(noise, bytes.Repeat([]byte("no database "), 1000), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		args []string
		code int
		want string
	}{
		"an unknown command":                 {[]string{"fly"}, 2, "没有 \"fly\" 这个命令"},
		"an unknown flag":                    {[]string{"serve", "--speed", "9"}, 2, "看不懂参数"},
		"a word too many":                    {[]string{"version", "now"}, 2, "多了参数"},
		"a missing file name":                {[]string{"restore"}, 2, "少了参数"},
		"a taken port":                       {[]string{"serve", "--data", t.TempDir(), "--addr", taken.Addr().String()}, 1, "已被占用"},
		"an address that is none":            {[]string{"serve", "--data", t.TempDir(), "--addr", "nowhere"}, 1, "--addr"},
		"a data folder that is a file":       {[]string{"serve", "--data", file, "--addr", "127.0.0.1:0"}, 1, "数据文件夹"},
		"a file that is no database":         {[]string{"check", "--data", t.TempDir(), "--db", noise}, 1, "yike restore"},
		"a check of nothing":                 {[]string{"check", "--data", t.TempDir()}, 1, "没有数据库"},
		"a PostgreSQL that does not answer":  {[]string{"migrate", "--data", t.TempDir(), "--db", "postgres://u:hidden@127.0.0.1:1/x"}, 1, "PostgreSQL"},
		"a back-up of a missing database":    {[]string{"backup", "--data", t.TempDir(), "x.db"}, 1, "没有数据库"},
		"a restore from a missing file":      {[]string{"restore", "--data", t.TempDir(), "missing.db"}, 1, "读不了备份文件"},
		"a restore from noise":               {[]string{"restore", "--data", t.TempDir(), noise}, 1, "不是驿客的备份"},
		"a user command that is none":        {[]string{"user", "dance", "--data", t.TempDir()}, 2, "看不懂"},
		"a user at a branch that is not one": {[]string{"user", "add", "x1", "--branch", "ZZ", "--data", t.TempDir()}, 2, "没有这个网点代码"},
	} {
		t.Run(name, func(t *testing.T) {
			code, _, errOut := yike(t, "", c.args...)
			if code != c.code || !strings.Contains(errOut, c.want) {
				t.Errorf("exit %d, %q; want %d and %q", code, errOut, c.code, c.want)
			}
			if strings.Contains(errOut, "hidden") || strings.Contains(errOut, "goroutine") {
				t.Errorf("it tells too much: %q", errOut)
			}
		})
	}
}

func TestANewerDatabaseIsRefused(t *testing.T) {
	data := t.TempDir()
	if code, _, e := yike(t, "", "migrate", "--data", data); code != 0 {
		t.Fatal(e)
	}
	raw, err := sql.Open("sqlite", "file:"+filepath.Join(data, "yike.db"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := raw.Exec(`INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, 1)`); err != nil {
		t.Fatal(err)
	}
	if err := raw.Close(); err != nil {
		t.Fatal(err)
	}
	code, _, errOut := yike(t, "", "serve", "--data", data, "--addr", "127.0.0.1:0")
	if code != 1 || !strings.Contains(errOut, "更新版本") {
		t.Errorf("exit %d, %q", code, errOut)
	}
}

// company sets up a company in a data folder and returns the folder.
func company(t *testing.T) string {
	t.Helper()
	data := t.TempDir()
	d, err := OpenDB(context.Background(), Config{Data: data})
	if err != nil {
		t.Fatal(err)
	}
	_, err = d.SetUpCompany(context.Background(), policy.SystemActor("test"), db.SetUp{Company: "岚翎速递", HeadOffice: "总部",
		Branch: "城西网点", BranchCode: "HZ01", Admin: db.UserInput{Username: "admin", Name: "管理员", PasswordHash: "x"}})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	return data
}

// ownRole keeps a role of the company's own, as the page does.
func ownRole(t *testing.T, data, title string) policy.Role {
	t.Helper()
	ctx := context.Background()
	d, err := OpenDB(ctx, Config{Data: data})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	u, err := d.Credentials(ctx, "admin")
	if err != nil {
		t.Fatal(err)
	}
	s, err := d.Actors().Actor(ctx, u.ID)
	if err != nil {
		t.Fatal(err)
	}
	word, err := d.CreateRole(ctx, s.Actor, db.Submission{}, policy.ServiceClerk, db.RoleInput{Title: title, Grants: s.Access.Grants(policy.ServiceClerk)})
	if err != nil {
		t.Fatal(err)
	}
	return word
}

func TestPeopleAreAddedAndListedByCommand(t *testing.T) {
	data := company(t)
	if code, _, e := yike(t, "saddle-Kite-77\n", "user", "add", "Rep", "--name", "沈雨桐", "--role", "sales_rep", "--branch", "hz01", "--data", data); code != 0 {
		t.Fatal(e)
	}
	if code, _, e := yike(t, "saddle-Kite-77\n", "user", "add", "rep", "--branch", "HZ01", "--data", data); code != 1 || !strings.Contains(e, "已有人用") {
		t.Errorf("a name in use: %d %q", code, e)
	}
	if code, _, e := yike(t, "other-Kite-78\n", "user", "passwd", "rep", "--data", data); code != 0 {
		t.Fatal(e)
	}
	if code, _, e := yike(t, "x\n", "user", "passwd", "rep", "--data", data); code != 1 || !strings.Contains(e, "至少 8 位") {
		t.Errorf("a short password: %d %q", code, e)
	}
	for what, password := range map[string]string{"a common one": "password123", "one like the user name": "admin2026", "one like the company": "lanlingsudi8", "a run of keys": "qwertyuiop"} {
		if code, _, e := yike(t, password+"\n", "user", "passwd", "admin", "--data", data); code != 1 || strings.Contains(e, password) {
			t.Errorf("%s: %d %q", what, code, e)
		}
	}
	if code, _, e := yike(t, "saddle-Kite-77\n", "user", "add", "chef", "--role", "cook", "--branch", "HZ01", "--data", data); code != 2 || !strings.Contains(e, "sales_rep") {
		t.Errorf("an unknown role: %d %q", code, e)
	}
	own := ownRole(t, data, "晚班客服")
	for i, role := range []string{string(own), "晚班客服"} {
		if code, _, e := yike(t, "saddle-Kite-77\n", "user", "add", "late"+string(rune('0'+i)), "--role", role, "--branch", "HZ01", "--data", data); code != 0 {
			t.Errorf("the company's own role as %s: %q", role, e)
		}
	}
	_, out, _ := yike(t, "", "user", "list", "--data", data)
	if !strings.Contains(out, "late0\tlate0\t城西网点\t"+string(own)+"@城西网点") {
		t.Errorf("the company's own role is not listed: %q", out)
	}
	if !strings.Contains(out, "rep\t沈雨桐\t城西网点\tsales_rep@城西网点") {
		t.Errorf("list: %q", out)
	}
}

// TestTheLastAdministratorComesBackByCommand: held back after wrong passwords,
// and without the phone. Both acts are on record.
func TestTheLastAdministratorComesBackByCommand(t *testing.T) {
	data := company(t)
	ctx := context.Background()
	name := "name:" + signin.NameKey("admin")
	open := func() *db.DB {
		t.Helper()
		d, err := OpenDB(ctx, Config{Data: data})
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	d := open()
	u, err := d.Credentials(ctx, "admin")
	if err != nil {
		t.Fatal(err)
	}
	for range 8 {
		if _, err := d.TrySignIn(ctx, name, ""); err != nil {
			t.Fatal(err)
		}
	}
	if until, err := d.LockedUntil(ctx, name); err != nil || until.IsZero() {
		t.Fatalf("not held back: %v", err)
	}
	secret := bytes.Repeat([]byte{7}, totp.SecretBytes)
	me := policy.Actor{UserID: u.ID, Name: u.Name, Branch: u.BranchID}
	if err := d.BeginTwoStep(ctx, me, secret); err != nil {
		t.Fatal(err)
	}
	if ok, err := d.ConfirmTwoStep(ctx, me, totp.Code(secret, totp.Step(d.Now())), "salt", []string{"hash"}); err != nil || !ok {
		t.Fatal(ok, err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}

	for verb, word := range map[string]string{"unlock": "现在可以登录了", "two-step-off": "两步验证已关闭"} {
		if code, out, e := yike(t, "", "user", verb, "Admin", "--data", data); code != 0 || !strings.Contains(out, word) {
			t.Errorf("%s: %d %q %q", verb, code, out, e)
		}
		if code, _, e := yike(t, "", "user", verb, "nobody", "--data", data); code != 1 || !strings.Contains(e, "没有账号") {
			t.Errorf("%s of nobody: %d %q", verb, code, e)
		}
	}
	if code, _, e := yike(t, "", "user", "two-step-off", "admin", "--data", data); code != 1 || !strings.Contains(e, "没有开启") {
		t.Errorf("a second time: %d %q", code, e)
	}

	d = open()
	defer d.Close()
	if until, err := d.LockedUntil(ctx, name); err != nil || !until.IsZero() {
		t.Errorf("still held back until %s, %v", until, err)
	}
	if on, err := d.TwoStepUsers(ctx, []int64{u.ID}); err != nil || on[u.ID] {
		t.Errorf("the second step is still on: %v, %v", on, err)
	}
	list, err := d.Audits(ctx, policy.SystemActor("test").Scope(policy.AuditRead), db.AuditFilter{Limit: 50})
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]string{}
	for _, r := range list.Records {
		if r.Subject == u.ID {
			seen[r.Act] = r.User
		}
	}
	for _, act := range []string{"users.unlock", "users.two_step_reset"} {
		if seen[act] != "yike user" {
			t.Errorf("%s is on record as by %q, want the command", act, seen[act])
		}
	}
}

func TestABackUpIsRestoredAndThePresentSetAside(t *testing.T) {
	data := company(t)
	copyAt := filepath.Join(t.TempDir(), "copy.zip")
	if code, _, e := yike(t, "", "backup", copyAt, "--data", data); code != 0 {
		t.Fatal(e)
	}
	if code, _, e := yike(t, "", "backup", copyAt, "--data", data); code != 1 || !strings.Contains(e, "已存在") {
		t.Errorf("a back-up over a back-up: %d %q", code, e)
	}
	if code, _, e := yike(t, "saddle-Kite-77\n", "user", "add", "later", "--branch", "HZ01", "--data", data); code != 0 {
		t.Fatal(e)
	}
	code, out, e := yike(t, "", "restore", copyAt, "--data", data)
	if code != 0 {
		t.Fatal(e)
	}
	_, list, _ := yike(t, "", "user", "list", "--data", data)
	if strings.Contains(list, "later") || !strings.Contains(list, "admin") {
		t.Errorf("after the restore: %q", list)
	}
	aside := regexp.MustCompile(`\S+before-restore-\S+`).FindString(out)
	if _, err := os.Stat(aside); err != nil {
		t.Errorf("the former data: %v (%q)", err, out)
	}
	if code, _, e := yike(t, "", "check", "--data", data); code != 0 {
		t.Errorf("check after the restore: %s", e)
	}
}

func TestWhoWasErasedIsErasedAgainByTheRestore(t *testing.T) {
	ctx, data := context.Background(), company(t)
	const name, number = "鹮鹳翎毛纺织有限公司", "13871239846"
	d, err := OpenDB(ctx, Config{Data: data})
	if err != nil {
		t.Fatal(err)
	}
	system := policy.SystemActor("test")
	at := int64(0)
	for _, b := range d.Branches(ctx, system.Scope(policy.BranchRead)) {
		if b.Code == "HZ01" {
			at = b.ID
		}
	}
	people := make([]policy.Actor, 2)
	for i, who := range []string{"first", "second"} {
		id, err := d.CreateUser(ctx, system, db.UserInput{Username: who, Name: who, BranchID: at, PasswordHash: "x", Grants: []policy.Grant{{Role: policy.BranchManager, Branch: at}}})
		if err != nil {
			t.Fatal(err)
		}
		s, err := d.Actors().Actor(ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		people[i] = s.Actor
	}
	id, err := d.CreateCustomer(ctx, people[0], db.Submission{}, db.Customer{BranchID: at, Name: name, Phones: []string{number}})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	copyAt := filepath.Join(t.TempDir(), "copy.zip")
	if code, _, e := yike(t, "", "backup", copyAt, "--data", data); code != 0 {
		t.Fatal(e)
	}
	if code, out, e := yike(t, "", "restore", copyAt, "--data", data); code != 0 || !strings.Contains(out, "yike-erasures.jsonl") {
		t.Errorf("a restore without a note of erasures: %d %q %q", code, out, e)
	}

	if d, err = OpenDB(ctx, Config{Data: data}); err != nil {
		t.Fatal(err)
	}
	q, err := d.OpenRequest(ctx, people[0], db.Submission{}, db.Request{CustomerID: id, Kind: "erasure", Channel: "phone", ReceivedOn: "2026-01-05", Asked: "删"})
	if err == nil {
		err = d.ProposeErasure(ctx, people[0], q, 1, false)
	}
	if err == nil {
		_, err = d.ConfirmErasure(ctx, people[1], q, 2)
	}
	if err = errors.Join(err, d.Close()); err != nil {
		t.Fatal(err)
	}
	code, out, e := yike(t, "", "restore", copyAt, "--data", data)
	if code != 0 || !strings.Contains(out, "再删一次") {
		t.Fatalf("restore: %d %q %q", code, out, e)
	}
	for _, file := range []string{"yike.db", "yike.db-wal", "yike-files.db", "yike-files.db-wal"} {
		b, err := os.ReadFile(filepath.Join(data, file))
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
		for _, w := range []string{name, "鹮鹳", number} {
			if bytes.Contains(b, []byte(w)) {
				t.Errorf("%s still holds %s", file, w)
			}
		}
	}
	if code, _, e := yike(t, "", "check", "--data", data); code != 0 {
		t.Errorf("check after the restore: %s", e)
	}
}

func TestADamagedBackUpIsNotRestored(t *testing.T) {
	data := company(t)
	copyAt := filepath.Join(t.TempDir(), "copy.zip")
	if code, _, e := yike(t, "", "backup", copyAt, "--data", data); code != 0 {
		t.Fatal(e)
	}
	b, err := os.ReadFile(copyAt)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(copyAt, b[:len(b)/2], 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, e := yike(t, "", "restore", copyAt, "--data", data); code != 1 || !strings.Contains(e, "备份") {
		t.Errorf("restore of half a file: %d %q", code, e)
	}
	if _, list, _ := yike(t, "", "user", "list", "--data", data); !strings.Contains(list, "admin") {
		t.Errorf("the present data were touched: %q", list)
	}
}

func TestAnEmptyInstallationIsSetUpByItsLinkOnce(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	a, err := New(ctx, Config{Addr: "127.0.0.1:0", Data: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	link, err := a.SetUpLink(ctx)
	if err != nil || !strings.Contains(link, "/setup?token=") {
		t.Fatalf("link %q, %v", link, err)
	}
	done := make(chan error, 1)
	go func() { done <- a.Run(ctx) }()
	res, err := http.Get(link)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusOK || !strings.Contains(res.Header.Get("Content-Security-Policy"), "default-src 'none'") {
		t.Errorf("set-up page: %d %s", res.StatusCode, res.Header.Get("Content-Security-Policy"))
	}
	cancel()
	select {
	case err := <-done:
		if err != nil {
			t.Errorf("stop: %v", err)
		}
	case <-time.After(2 * time.Minute):
		t.Fatal("it does not stop")
	}
}
