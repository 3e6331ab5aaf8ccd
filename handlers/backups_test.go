package handlers_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"yike/db"
	"yike/handlers"
	"yike/internal/backup"
	"yike/internal/jobs"
	"yike/policy"
)

// siteWithBackups is a site with the copies that its pages and its runner share.
func siteWithBackups(t *testing.T) (*site, *backup.Store) {
	t.Helper()
	s := newSite(t)
	store := backup.New(backup.Config{DB: s.DB, Dir: backup.Dir(s.DB.Path())})
	h, err := handlers.New(handlers.Config{DB: s.DB, Backups: store})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(h.Handler())
	t.Cleanup(server.Close)
	s.url = server.URL
	return s, store
}

// TestAnAdministratorTakesFetchesAndSetsUpBackUps, and nobody else does.
func TestAnAdministratorTakesFetchesAndSetsUpBackUps(t *testing.T) {
	s, store := siteWithBackups(t)
	const phrase = "驿路梅花断肠时又见雪"
	settings := func(change func(url.Values)) url.Values {
		v := url.Values{"version": {"0"}, "hour": {"2"}, "second": {""}, "phrase": {""}, "again": {""}}
		if change != nil {
			change(v)
		}
		return v
	}
	s.run([]scenario{
		{"a leader does not", "boss", "", "/backups", nil, 403, nil, nil},
		{"nor takes one", "boss", http.MethodPost, "/backups", url.Values{}, 403, nil, nil},
		{"nor restores one", "boss", http.MethodPost, "/backups/restore", url.Values{"from": {"x"}}, 403, nil, nil},
		{"head office does not", "chief", "", "/backups", nil, 403, nil, nil},
		{"none yet", "admin", "", "/backups", nil, 200, []string{"还没有完好的备份", "现在备份", "备份没有加密"}, nil},
		{"no such copy", "admin", "", "/backups/file/yike-20261101-010000-nightly.zip", nil, 404, nil, nil},
		{"nor another file of the folder", "admin", "", "/backups/file/..%2Fyike.db", nil, 404, nil, nil},
		{"nothing to restore", "admin", "", "/backups/restore?from=yike.db", nil, 404, nil, nil},
		{"a folder that is no path", "admin", http.MethodPost, "/backups/settings", settings(func(v url.Values) { v.Set("second", "nas") }), 422, []string{"填完整的路径"}, nil},
		{"an hour that is none", "admin", http.MethodPost, "/backups/settings", settings(func(v url.Values) { v.Set("hour", "24") }), 422, []string{"填 0 到 23"}, nil},
		{"a short passphrase", "admin", http.MethodPost, "/backups/settings", settings(func(v url.Values) { v.Set("phrase", "short"); v.Set("again", "short") }), 422, []string{"至少 10 个字"}, nil},
		{"typed twice, differently", "admin", http.MethodPost, "/backups/settings", settings(func(v url.Values) { v.Set("phrase", phrase); v.Set("again", phrase+"x") }), 422, []string{"两次填的不一样"}, []string{phrase}},
		{"set up", "admin", http.MethodPost, "/backups/settings", settings(func(v url.Values) { v.Set("phrase", phrase); v.Set("again", phrase) }), 303, []string{"/backups"}, nil},
		{"an old form", "admin", http.MethodPost, "/backups/settings", settings(nil), 422, []string{"刚才有人改过备份设置"}, nil},
		{"locked from now on", "admin", "", "/backups", nil, 200, []string{"备份是加密的", "每天 2 点备份"}, []string{phrase}},
	})
	admin := s.as("admin")
	started := admin.post("/backups", url.Values{})
	if started.status != http.StatusSeeOther || !strings.HasPrefix(started.to(), "/backups/work/") {
		t.Fatalf("started: %d to %s", started.status, started.to())
	}
	if p := admin.get(started.to()); p.status != 200 || !strings.Contains(p.body, "正在备份") {
		t.Errorf("under way: %d\n%s", p.status, p.body)
	}
	runner := &jobs.Runner{DB: s.DB, Log: slog.New(slog.DiscardHandler), Tasks: map[string]jobs.TaskFunc{jobs.BackupTask: jobs.TakeBackup(store),
		jobs.RestoreTask: jobs.RestoreBackup(s.DB, store, func() { t.Error("it starts anew with a wrong passphrase") })}}
	runner.RunTasks(t.Context())
	if p := admin.get(started.to()); p.status != http.StatusSeeOther || p.to() != "/backups" {
		t.Errorf("done: %d to %s", p.status, p.to())
	}
	page := admin.get("/backups").body
	name := regexp.MustCompile(`yike-\d{8}-\d{6}-manual\.zip\.age`).FindString(page)
	if name == "" || !strings.Contains(page, "完好") || !strings.Contains(page, "有口令") {
		t.Fatalf("the list:\n%s", page)
	}
	file := admin.get("/backups/file/" + name)
	if file.status != 200 || !strings.HasPrefix(file.body, "age-encryption.org/") || !strings.Contains(file.head.Get("Content-Disposition"), name) {
		t.Errorf("fetched: %d %v", file.status, file.head)
	}
	records, err := s.Audits(t.Context(), policy.SystemActor("test").Scope(policy.AuditRead), db.AuditFilter{Limit: 1})
	if err != nil || records.Records[0].Act != "backups.download" {
		t.Errorf("on record: %+v, %v", records, err)
	}
	s.run([]scenario{
		{"it asks first", "admin", "", "/backups/restore?from=" + name, nil, 200, []string{"开始恢复", "现在的数据整个另存", "加密口令"}, nil},
		{"without the word", "admin", http.MethodPost, "/backups/restore", url.Values{"from": {name}, "confirm": {"好"}}, 422, []string{"照样填写"}, nil},
		{"a leader reads no progress", "boss", "", started.to(), nil, 403, nil, nil},
	})
	asked := admin.post("/backups/restore", url.Values{"from": {name}, "confirm": {"恢复"}, "phrase": {"not-the-phrase"}})
	if asked.status != http.StatusSeeOther {
		t.Fatalf("asked: %d\n%s", asked.status, asked.body)
	}
	runner.RunTasks(t.Context())
	if p := admin.get(asked.to()); p.status != 200 || !strings.Contains(p.body, "口令不对") || !strings.Contains(p.body, "数据没有改动") {
		t.Errorf("a wrong passphrase: %d\n%s", p.status, p.body)
	}
	if left, _ := filepath.Glob(s.DB.Path() + ".restore*"); len(left) > 0 {
		t.Errorf("decided for: %v", left)
	}
}

// TestATypedPassphraseIsThereWhenItsTaskBegins: whoever else wakes the runner at
// that moment, the restore finds what was typed for it.
func TestATypedPassphraseIsThereWhenItsTaskBegins(t *testing.T) {
	s, store := siteWithBackups(t)
	const phrase = "驿路梅花断肠时又见雪"
	admin := s.as("admin")
	if a := admin.post("/backups/settings", url.Values{"version": {"0"}, "hour": {"2"}, "second": {""}, "phrase": {phrase}, "again": {phrase}}); a.status != http.StatusSeeOther {
		t.Fatal(a.status)
	}
	made, err := store.Take(t.Context(), "manual", nil)
	if err != nil {
		t.Fatal(err)
	}
	if a := admin.post("/backups/settings", url.Values{"version": {"1"}, "hour": {"2"}, "second": {""}, "phrase": {phrase + "后来换的"}, "again": {phrase + "后来换的"}}); a.status != http.StatusSeeOther {
		t.Fatal(a.status)
	}
	restarts := make(chan struct{}, 100)
	runner := &jobs.Runner{DB: s.DB, Log: slog.New(slog.DiscardHandler), Tasks: map[string]jobs.TaskFunc{jobs.RestoreTask: jobs.RestoreBackup(s.DB, store, func() { restarts <- struct{}{} })}}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	go func() {
		for ctx.Err() == nil {
			runner.RunTasks(ctx)
		}
	}()
	for i := range 3 {
		a := admin.post("/backups/restore", url.Values{"from": {made.Name}, "confirm": {"恢复"}, "phrase": {phrase}})
		if a.status != http.StatusSeeOther {
			t.Fatalf("%d\n%s", a.status, a.body)
		}
		select {
		case <-restarts:
		case <-time.After(time.Minute):
			t.Fatalf("restore %d: %s", i, admin.get(a.to()).body)
		}
		if i == 0 { // a second one, before the first is carried out, is told so
			again := admin.post("/backups/restore", url.Values{"from": {made.Name}, "confirm": {"恢复"}, "phrase": {phrase}})
			body := ""
			for until := time.Now().Add(time.Minute); time.Now().Before(until) && !strings.Contains(body, "没有做成"); time.Sleep(20 * time.Millisecond) {
				body = admin.get(again.to()).body
			}
			if !strings.Contains(body, "别人刚刚定下了另一次恢复") {
				t.Errorf("a second restore:\n%s", body)
			}
			if left, _ := filepath.Glob(filepath.Join(filepath.Dir(s.DB.Path()), ".restore-*")); len(left) != 1 {
				t.Errorf("made ready: %v", left)
			}
		}
		if err := os.Remove(s.DB.Path() + ".restore.json"); err != nil {
			t.Fatal(err)
		}
	}
}

// TestFormerDataAreRemovedByRightAndOnRecord.
func TestFormerDataAreRemovedByRightAndOnRecord(t *testing.T) {
	s, _ := siteWithBackups(t)
	dir := filepath.Dir(s.DB.Path())
	name := filepath.Base(s.DB.Path()) + ".before-restore-20261120-101112.000"
	files := strings.TrimSuffix(filepath.Base(s.DB.Path()), ".db") + "-files.db.before-restore-20261120-101112.000"
	upgrade := filepath.Join("backup", "before-migration-70-20261119-080910.000.db")
	if err := os.MkdirAll(filepath.Join(dir, "backup"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, f := range []string{name, name + "-wal", files, upgrade, filepath.Join("backup", "before-migration-70-20261119-080910.000-files.db")} {
		if err := os.WriteFile(filepath.Join(dir, f), make([]byte, 1_500_000), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	form := func(name, word string) url.Values { return url.Values{"name": {name}, "confirm": {word}} }
	s.run([]scenario{
		{"they are listed with their size", "admin", "", "/backups", nil, 200, []string{"另存的旧数据", "3.0 MB", "/backups/former?name=" + name}, nil},
		{"a leader does not ask", "boss", "", "/backups/former?name=" + name, nil, 403, nil, nil},
		{"nor removes", "boss", http.MethodPost, "/backups/former", form(name, "删除"), 403, nil, nil},
		{"no other file", "admin", http.MethodPost, "/backups/former", form(filepath.Base(s.DB.Path()), "删除"), 404, nil, nil},
		{"nor one beside", "admin", http.MethodPost, "/backups/former", form("../"+name, "删除"), 404, nil, nil},
		{"it asks first", "admin", "", "/backups/former?name=" + name, nil, 200, []string{"恢复以前另存的数据", "3.0 MB", "删了就找不回来"}, nil},
		{"an upgrade's too", "admin", "", "/backups/former?name=" + url.QueryEscape(filepath.ToSlash(upgrade)), nil, 200, []string{"升级以前另存的数据"}, nil},
		{"without the word", "admin", http.MethodPost, "/backups/former", form(name, "好"), 422, []string{"照样填写"}, nil},
		{"removed", "admin", http.MethodPost, "/backups/former", form(name, "删除"), 303, []string{"/backups"}, nil},
		{"it is gone", "admin", http.MethodPost, "/backups/former", form(name, "删除"), 404, nil, nil},
		{"the other stays", "admin", "", "/backups", nil, 200, []string{"升级以前"}, []string{name}},
	})
	if left, _ := filepath.Glob(filepath.Join(dir, "*before-restore*")); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
	if _, err := os.Stat(filepath.Join(dir, upgrade)); err != nil {
		t.Error(err)
	}
	records, err := s.Audits(t.Context(), policy.SystemActor("test").Scope(policy.AuditRead), db.AuditFilter{Limit: 1})
	if err != nil || records.Records[0].Act != "backups.drop" {
		t.Errorf("on record: %+v, %v", records, err)
	}
}

// TestAMissingBackUpIsARedBarAfterTwoDays for administrators only.
func TestAMissingBackUpIsARedBarAfterTwoDays(t *testing.T) {
	s, store := siteWithBackups(t)
	if p := s.as("admin").post("/backups/settings", url.Values{"version": {"0"}, "hour": {"1"}, "second": {""}}); p.status != http.StatusSeeOther {
		t.Fatalf("%d", p.status)
	}
	const bar = "已经两天没有做成备份"
	s.Clock.Move(48*time.Hour - time.Minute)
	admin, boss := s.as("admin"), s.as("boss")
	if p := admin.get("/users"); p.status != 200 || strings.Contains(p.body, bar) {
		t.Errorf("a minute early: %d", p.status)
	}
	s.Clock.Move(2 * time.Minute)
	if p := admin.get("/users"); p.status != 200 || !strings.Contains(p.body, bar) {
		t.Errorf("after two days: %d\n%s", p.status, p.body)
	}
	if p := boss.get("/users"); p.status != 200 || strings.Contains(p.body, bar) {
		t.Errorf("a leader is told: %d", p.status)
	}
	if _, err := store.Take(t.Context(), "nightly", nil); err != nil {
		t.Fatal(err)
	}
	if p := admin.get("/backups"); strings.Contains(p.body, bar) || !strings.Contains(p.body, "最近一次完好的备份") {
		t.Errorf("taken:\n%s", p.body)
	}
	if p := admin.get("/users"); strings.Contains(p.body, bar) {
		t.Error("it stays")
	}
}
