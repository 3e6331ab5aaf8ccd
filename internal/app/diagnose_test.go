package app

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"yike/db"
	"yike/db/dbtest"
	"yike/policy"
)

// unzip returns the files of a zip.
func unzip(t *testing.T, raw []byte) map[string]string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		out[f.Name] = string(b)
	}
	return out
}

// TestADiagnosisTellsOfNobody: names, numbers, mail, words and secrets are
// planted wherever the program keeps such; the bundle of the running product and
// that of the command hold what a helper needs and none of them.
func TestADiagnosisTellsOfNobody(t *testing.T) {
	const name, number, mail, word, secret = "鹮鹳翎毛纺织有限公司", "13871239846", "huanguan@example.com", "沈雨桐", "a-secret-of-the-channel-9321"
	ctx := context.Background()
	folder := filepath.Join(t.TempDir(), "zhangsanfeng")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	file, err := openLog(folder)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	last := new(lastFaults)
	var out console
	cfg := Config{Data: folder, last: last, Version: "test", MetricsToken: secret, RateProxy: "192.0.2.77"}
	cfg.Log = newLog(&out, false, file, last)
	o := startOffice(t, cfg)
	boss := o.as("boss")
	boss.post(o.url+"/customers", url.Values{"name": {name}, "phone": {number}, "kind": {"enterprise"}, "submission": {"submission-0123456789"}})
	boss.get(o.url + "/customers?q=" + url.QueryEscape(name))
	// What an error could carry.
	cfg.Log.Error("request failed", "err", "insert "+name+": "+number+" of "+mail+" by "+word)
	if _, err := o.DB.ClaimJob(ctx, "planted", "2026-11-21", "me", 0); err != nil {
		t.Fatal(err)
	}
	if err := o.DB.EndJob(ctx, "planted", "2026-11-21", "me", 0, "customer "+name+" of "+word+": "+number); err != nil {
		t.Fatal(err)
	}
	if _, err := o.DB.Post(ctx, policy.SystemActor("test"), db.Letter{Key: "planted", Kind: db.ToStaff, Channel: "dingtalk", BranchID: o.DB.HeadOffice(), Body: name, Subject: word}); err != nil {
		t.Fatal(err)
	}

	var bundle bytes.Buffer
	if err := diagnosis(ctx, o.cfg, o.DB, o.App, &bundle); err != nil {
		t.Fatal(err)
	}
	if err := o.stop(); err != nil {
		t.Fatal(err)
	}
	key := filepath.Join(t.TempDir(), "no key")
	to := filepath.Join(t.TempDir(), "d.zip")
	if code, said, e := yike(t, "", "diagnose", to, "--data", folder, "--key-file", key); code != 0 || !strings.Contains(said, to) {
		t.Fatalf("%d %q %q", code, said, e)
	}
	if code, _, e := yike(t, "", "diagnose", to, "--data", folder, "--key-file", key); code != 1 || !strings.Contains(e, "已存在") {
		t.Errorf("over a file: %d %q", code, e)
	}
	raw, err := os.ReadFile(to)
	if err != nil {
		t.Fatal(err)
	}
	host, _ := os.Hostname()
	for what, files := range map[string]map[string]string{"the product's": unzip(t, bundle.Bytes()), "the command's": unzip(t, raw)} {
		for _, want := range []string{"about.json", "jobs.json", "tables.json", "waiting.json", "log.jsonl"} {
			if files[want] == "" {
				t.Errorf("%s bundle has no %s", what, want)
			}
		}
		all := ""
		for _, text := range files {
			all += text
		}
		for _, canary := range []string{name, "鹮", number, mail, "huanguan", word, "沈", secret, "zhangsanfeng", "192.0.2.77", "岚翎", "boss", dbtest.Password} {
			if strings.Contains(all, canary) {
				t.Errorf("%s bundle tells %s", what, canary)
			}
		}
		if len(host) > 3 && strings.Contains(all, host) {
			t.Errorf("%s bundle tells the name of the machine", what)
		}
		var a about
		if err := json.Unmarshal([]byte(files["about.json"]), &a); err != nil || a.Schema == 0 || a.Schema != a.Needed || !strings.HasPrefix(a.Engine, "SQLite 3.") || a.Sizes["main"] == 0 || a.Settings["engine"] != "sqlite" {
			t.Errorf("%s bundle: %+v, %v", what, a, err)
		}
		if !strings.Contains(files["jobs.json"], `"planted"`) || !strings.Contains(files["tables.json"], `"customers"`) || !strings.Contains(files["log.jsonl"], `"request failed"`) {
			t.Errorf("%s bundle does not tell what a helper needs", what)
		}
	}
	if files := unzip(t, bundle.Bytes()); !strings.Contains(files["metrics.txt"], "yike_up 1") || !strings.Contains(files["last.jsonl"], "request failed") || !strings.Contains(files["goroutines.txt"], "goroutine ") {
		t.Error("the product's bundle has no numbers, no last errors or no stacks")
	}
}
