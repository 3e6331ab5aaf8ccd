package app

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestSeenFromOutside drives pages with names and numbers of clients and reads
// what whoever keeps the program running sees of it: the log, which has the
// number of every request and nothing of anybody, and the numbers for a monitor.
func TestSeenFromOutside(t *testing.T) {
	const name, number, mail, address = "鹮鹳翎毛纺织有限公司", "13871239846", "huanguan@example.com", "青鸾路八号"
	folder := t.TempDir()
	file, err := openLog(folder)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var out console
	last := new(lastFaults)
	cfg := Config{Data: folder, MetricsAddr: "127.0.0.1:0", MetricsToken: "a token of a monitor", last: last, Version: "test"}
	cfg.Log = newLog(&out, true, file, last)
	o := startOffice(t, cfg)

	boss, admin := o.as("boss"), o.as("admin")
	status, body := boss.post(o.url+"/customers", url.Values{"name": {name}, "phone": {number}, "email": {mail}, "address": {address}, "kind": {"enterprise"}, "submission": {"submission-0123456789"}})
	if status != http.StatusSeeOther && status != http.StatusUnprocessableEntity {
		t.Fatalf("create: %d %s", status, body)
	}
	for _, at := range []string{"/customers?q=" + url.QueryEscape(name), "/search?q=" + number, "/customers/" + number, "/" + url.PathEscape(name), "/no/" + mail,
		"/visits?from=" + url.QueryEscape(address), "/customers/381234567890123456"} {
		boss.get(o.url + at)
	}
	newPerson(t).post(o.url+"/login", url.Values{"username": {name}, "password": {number}})
	if status, _ := boss.post(o.url+"/users/1/edit", url.Values{"name": {name}}); status < 400 {
		t.Errorf("a refused act: %d", status)
	}
	status, body = admin.get(o.url + "/customers/381234567890123456")
	id := regexp.MustCompile(`class="mono">([a-z0-9]{10})<`).FindStringSubmatch(body)
	if status != http.StatusNotFound || id == nil {
		t.Fatalf("an error page without the number of its request: %d %s", status, body)
	}

	raw, err := os.ReadFile(filepath.Join(folder, "log", "yike.log"))
	if err != nil {
		t.Fatal(err)
	}
	log := string(raw) + out.String()
	for _, word := range []string{name, "鹮鹳", number, mail, "huanguan", address, url.QueryEscape(name)} {
		if strings.Contains(log, word) {
			t.Errorf("the log tells %s", word)
		}
	}
	if !regexp.MustCompile(`"msg":"request","request":"` + id[1] + `","route":"GET /customers/\{id\}","status":404`).Match(raw) {
		t.Errorf("the log does not know request %s:\n%s", id[1], raw)
	}

	read := func(token string) (int, string) {
		r, err := http.NewRequestWithContext(context.Background(), http.MethodGet, "http://"+o.in.numbers.Addr().String()+"/metrics", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+token)
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		b, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		return res.StatusCode, string(b)
	}
	if status, text := read("a token of somebody"); status != http.StatusUnauthorized || strings.Contains(text, "yike_") {
		t.Errorf("with a wrong token: %d %s", status, text)
	}
	if status, _ := newPerson(t).get(o.url + "/metrics"); status == http.StatusOK {
		t.Error("the people's listener tells the numbers")
	}
	status, text := read(cfg.MetricsToken)
	for _, want := range []string{
		"yike_up 1\n", `yike_requests_total{route="GET /customers/{id}",status="404"} 3`, `yike_requests_total{route="POST /login",status="303"} 2`,
		`yike_request_seconds_bucket{route="POST /login",le="+Inf"} 3`, `yike_request_seconds_count{route="POST /login"} 3`,
		`yike_db_waits_total{pool="write"} `, "yike_outbox_age_seconds 0\n", "yike_disk_left_bytes ", "go_goroutines ", `yike_database_bytes{file="main"} `, "yike_log_warnings_total ",
	} {
		if status != http.StatusOK || !strings.Contains(text, want) {
			t.Errorf("%d, no %q in the numbers", status, want)
		}
	}
	line := regexp.MustCompile(`^(# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\{[a-z]+="([^"\\]|\\.)*"(,[a-z]+="([^"\\]|\\.)*")*\})? [-+0-9.e]+)$`)
	helped := map[string]bool{}
	for l := range strings.Lines(text) {
		l = strings.TrimSuffix(l, "\n")
		if !line.MatchString(l) {
			t.Errorf("a monitor cannot read %q", l)
		}
		if strings.HasPrefix(l, "# TYPE ") {
			if helped[l] {
				t.Errorf("twice: %s", l)
			}
			helped[l] = true
		}
	}
	if strings.Contains(text, number) || strings.Contains(text, "鹮") {
		t.Error("the numbers tell of a client")
	}
}

func TestAMonitorBeyondThisMachineNeedsAToken(t *testing.T) {
	t.Parallel()
	for addr, token := range map[string]string{"0.0.0.0:0": "", ":0": "", "192.0.2.1:0": "short", "nowhere": ""} {
		if l, err := metricsListen(context.Background(), addr, token); err == nil || !strings.Contains(err.Error(), "--metrics-addr") {
			t.Errorf("%s with token %q: %v", addr, token, err)
			_ = l.Close()
		}
	}
	for _, addr := range []string{"127.0.0.1:0", "[::1]:0", "localhost:0"} {
		l, err := metricsListen(context.Background(), addr, "")
		if err != nil {
			t.Logf("%s: %v", addr, err) // no such address on this machine
			continue
		}
		_ = l.Close()
	}
}

// TestReadiness says in one word why pages cannot be served.
func TestReadiness(t *testing.T) {
	o := startOffice(t, Config{})
	p := newPerson(t)
	for _, at := range []string{"/healthz", "/readyz"} {
		if status, body := p.get(o.url + at); status != http.StatusOK || body != "ok\n" {
			t.Errorf("%s: %d %q", at, status, body)
		}
	}
	o.broken = true
	if err := o.DB.Close(); err != nil { // the database is away
		t.Fatal(err)
	}
	if status, body := p.get(o.url + "/readyz"); status != http.StatusServiceUnavailable || body != "database\n" {
		t.Errorf("without a database: %d %q", status, body)
	}
	if status, body := p.get(o.url + "/healthz"); status != http.StatusOK {
		t.Errorf("alive: %d %q", status, body)
	}
	if status, body := p.get(o.url + "/login"); status != http.StatusInternalServerError || !strings.Contains(body, "出错了") || !strings.Contains(body, `class="mono"`) {
		t.Errorf("a page without a database: %d %s", status, body)
	}
}
