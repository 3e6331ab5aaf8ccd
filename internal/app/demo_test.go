package app

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"yike/internal/demo"
	"yike/policy"
)

// console is a writer that may be read while it is written to.
type console struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (c *console) Write(b []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.text.Write(b)
}

func (c *console) String() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.text.String()
}

// startDemo runs yike demo until the returned function stops it, and returns
// where it serves and what it printed.
func startDemo(t *testing.T, args ...string) (url string, out *console, stop func() int) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	out = &console{}
	done := make(chan int, 1)
	go func() {
		done <- Main(ctx, append([]string{"demo", "--addr", "127.0.0.1:0", "--customers", "40"}, args...), strings.NewReader(""), out, out)
	}()
	stop = sync.OnceValue(func() int { cancel(); return <-done })
	t.Cleanup(func() { stop() })
	at := regexp.MustCompile(`\(serving\): (http://\S+)`)
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		if m := at.FindStringSubmatch(out.String()); m != nil {
			return m[1], out, stop
		}
		if time.Now().After(deadline) {
			t.Fatalf("the demo does not start: %s", out)
		}
	}
}

func TestEveryRoleOfTheDemoSignsIn(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	file := filepath.Join(folder, "accounts.json")
	at, out, stop := startDemo(t, "--data", filepath.Join(folder, "data"), "--accounts", file, "--today", "2026-03-02")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var accounts []struct{ User, Password, Role, Branch string }
	if err := json.Unmarshal(text, &accounts); err != nil {
		t.Fatal(err)
	}
	if len(accounts) != 45 {
		t.Errorf("%d accounts, want 45", len(accounts))
	}
	printed, tried := out.String(), map[string]bool{}
	for _, a := range accounts {
		if !strings.Contains(printed, "  "+a.User+" ") || !strings.Contains(printed, a.Branch) || a.Branch == "" {
			t.Errorf("%s is not in the printed table", a.User)
		}
		if tried[a.Role] {
			continue
		}
		tried[a.Role] = true
		jar, err := cookiejar.New(nil)
		if err != nil {
			t.Fatal(err)
		}
		client := &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
		res, err := client.PostForm(at+"/login", url.Values{"username": {a.User}, "password": {a.Password}})
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if res.StatusCode != http.StatusSeeOther || strings.Contains(res.Header.Get("Location"), "password") {
			t.Errorf("%s: %d to %s", a.User, res.StatusCode, res.Header.Get("Location"))
		}
	}
	if len(tried) != len(policy.Roles) {
		t.Errorf("roles tried: %v", tried)
	}
	if code := stop(); code != 0 {
		t.Errorf("exit %d: %s", code, out)
	}

	// The folder is taken up again, with the accounts it has.
	_, again, stop := startDemo(t, "--data", filepath.Join(folder, "data"))
	if !strings.Contains(again.String(), "  rep11 ") || strings.Contains(again.String(), "making data") {
		t.Errorf("the second start: %s", again)
	}
	stop()
}

func TestADemoLeavesNothingBehind(t *testing.T) {
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	t.Setenv("TMP", temp)
	_, _, stop := startDemo(t)
	left := func() []string {
		found, err := filepath.Glob(filepath.Join(temp, "yike-demo-*"))
		if err != nil {
			t.Fatal(err)
		}
		return found
	}
	if len(left()) != 1 {
		t.Fatalf("while it runs: %v", left())
	}
	if code := stop(); code != 0 || len(left()) != 0 {
		t.Errorf("exit %d, left behind: %v", code, left())
	}
}

func TestDemoAndSeedKeepOffRealData(t *testing.T) {
	t.Parallel()
	seeded := t.TempDir()
	code, out, errOut := yike(t, "", "seed", "--data", seeded, "--customers", "30", "--visits", "60", "--branches", "2")
	if code != 0 || !strings.Contains(out, demo.Password) || !strings.Contains(errOut, "customers a second") {
		t.Fatalf("seed: %d %s %s", code, out, errOut)
	}
	for name, c := range map[string]struct {
		args []string
		code int
		want string
	}{
		"seed fills an empty database only":   {[]string{"seed", "--data", seeded}, 1, "seed 只填空数据库"},
		"demo takes up a demo's folder only":  {[]string{"demo", "--addr", "127.0.0.1:0", "--data", seeded}, 1, "不是演示数据"},
		"demo has its data in a folder":       {[]string{"demo", "--db", "x.db"}, 2, "--db"},
		"a day that is none":                  {[]string{"seed", "--data", t.TempDir(), "--today", "22.11."}, 2, "2026-11-22"},
		"a day before ids begin":              {[]string{"seed", "--data", t.TempDir(), "--today", "2020-01-01"}, 2, "不能早于"},
		"a demo of tomorrow":                  {[]string{"demo", "--today", "2199-01-01"}, 2, "不能晚于今天"},
		"more branches than the country has":  {[]string{"seed", "--data", t.TempDir(), "--branches", "9999"}, 2, "--branches"},
		"fewer than no customers":             {[]string{"seed", "--data", t.TempDir(), "--customers", "-1"}, 2, "--customers"},
		"an accounts file that cannot be one": {[]string{"demo", "--addr", "127.0.0.1:0", "--customers", "1", "--accounts", filepath.Join(seeded, "no", "where")}, 1, "账号文件"},
	} {
		code, _, errOut := yike(t, "", c.args...)
		if code != c.code || !strings.Contains(errOut, c.want) {
			t.Errorf("%s: exit %d, %q; want %d and %q", name, code, errOut, c.code, c.want)
		}
	}
}

func TestColumnsOfAConsole(t *testing.T) {
	for s, want := range map[string]int{"": 0, "rep1": 4, "杭州": 4, "A 类（试）": 10} {
		if got := columnsOf(s); got != want {
			t.Errorf("%q takes %d columns, want %d", s, got, want)
		}
	}
}
