package backup

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/pressly/goose/v3"

	"yike/db"
	"yike/policy"
	"yike/policy/backups"
)

const phrase = "驿路梅花断肠时又见雪"

// TestMain is also the process that is killed: it does one thing to a folder
// and ends, without any clearing up, where it is told to.
func TestMain(m *testing.M) {
	at, dir := os.Getenv("YIKE_KILL_AT"), os.Getenv("YIKE_KILL_DIR")
	if at == "" {
		os.Exit(m.Run())
	}
	reached = func(step string) {
		if step == at {
			os.Exit(137)
		}
	}
	if err := victim(os.Getenv("YIKE_KILL_DOES"), filepath.Join(dir, "yike.db")); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

var testKey = db.OnlyKey([]byte(strings.Repeat("k", db.KeySize)))

func victim(does, main string) error {
	ctx := context.Background()
	switch does {
	case "upgrade":
		was, err := Pending(ctx, main)
		if err == nil && was > 0 {
			err = Upgrade(ctx, main, was, testKey)
		}
		if err == nil {
			_, err = Finish(ctx, main)
		}
		return err
	case "restore":
		r, err := Stage(ctx, main, filepath.Join(filepath.Dir(main), "copy.zip"), "", testKey, policy.SystemActor("test"), nil)
		if err == nil {
			err = r.Commit()
		}
		if err == nil {
			_, err = Finish(ctx, main)
		}
		return err
	}
	d, err := db.Open(ctx, db.Config{DSN: main, Key: testKey})
	if err != nil {
		return err
	}
	_, err = New(Config{DB: d, Dir: Dir(main)}).Take(ctx, backups.Manual, nil)
	return errors.Join(err, d.Close())
}

// killed runs a victim until a step; false when it never came there.
func killed(t *testing.T, does, dir, step string) bool {
	t.Helper()
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), "YIKE_KILL_AT="+step, "YIKE_KILL_DIR="+dir, "YIKE_KILL_DOES="+does)
	out, err := c.CombinedOutput()
	var end *exec.ExitError
	if err == nil {
		return false
	}
	if !errors.As(err, &end) || end.ExitCode() != 137 {
		t.Fatalf("%s until %q: %v\n%s", does, step, err, out)
	}
	return true
}

func open(t *testing.T, main string) *db.DB {
	t.Helper()
	d, err := db.Open(context.Background(), db.Config{DSN: main, Key: testKey})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// company makes a data folder with one value by which it is known again.
func company(t *testing.T, word string) string {
	t.Helper()
	main := filepath.Join(t.TempDir(), "yike.db")
	d := open(t, main)
	_, err := d.SetUpCompany(context.Background(), policy.SystemActor("test"), db.SetUp{Company: "岚翎速递", HeadOffice: "总部",
		Branch: "城西网点", BranchCode: "HZ01", Admin: db.UserInput{Username: "admin", Name: "管理员", PasswordHash: "x"}})
	if err = errors.Join(err, d.SetMeta(context.Background(), "word", word), d.Close()); err != nil {
		t.Fatal(err)
	}
	return main
}

// word reads the value by which a database is known, as it stands in the file.
func word(t *testing.T, main string) string {
	t.Helper()
	pool, err := sql.Open("sqlite", "file:"+main+"?mode=ro")
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	var v string
	if err := pool.QueryRow(`SELECT value FROM meta WHERE key = 'word'`).Scan(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

func copyTree(t *testing.T, from string) string {
	t.Helper()
	to := t.TempDir()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(to, "yike.db")
}

func TestACopyIsReadBackBeforeItCounts(t *testing.T) {
	ctx, main := context.Background(), company(t, "one")
	d := open(t, main)
	defer d.Close()
	for _, lock := range []string{"", phrase} {
		s := New(Config{DB: d, Dir: filepath.Join(t.TempDir(), "backup"), Phrase: lock, Program: "test"})
		var seen []int64
		made, err := s.Take(ctx, backups.Nightly, func(done, total int64) error { seen = append(seen, done); return nil })
		if err != nil {
			t.Fatal(err)
		}
		if !slices.IsSorted(seen) || len(seen) < 4 {
			t.Errorf("told of its steps: %v", seen)
		}
		list, err := s.List(ctx)
		if err != nil || len(list) != 1 || list[0] != made || !made.Good || made.Sealed != (lock != "") || made.Hash == "" || made.Rows == 0 {
			t.Fatalf("%+v, %v; made %+v", list, err, made)
		}
		at := filepath.Join(s.dir, made.Name)
		dir := t.TempDir()
		m, err := unpack(at, lock, dir)
		if err != nil || m.Counts["users"] != 1 || m.Program != "test" {
			t.Fatalf("%+v, %v", m, err)
		}
		if _, err := prove(ctx, dir, m); err != nil || word(t, filepath.Join(dir, mainPart)) != "one" {
			t.Errorf("restored: %v", err)
		}
		m.Counts["users"] = 2
		if _, err := prove(ctx, dir, m); Code(err) != Damaged {
			t.Errorf("a row too few: %v", err)
		}
		damage(t, at, lock)
		if lock == "" {
			continue
		}
		if b, err := os.ReadFile(at); err != nil || strings.Contains(string(b), "yike.db") {
			t.Errorf("the locked copy is readable: %v", err)
		}
		for _, wrong := range []string{"", "another-phrase"} {
			if _, err := unpack(at, wrong, t.TempDir()); Code(err) != Phrase {
				t.Errorf("with %q: %v", wrong, err)
			}
		}
	}
}

// damage cuts a copy short and changes bytes of it, everywhere.
func damage(t *testing.T, at, lock string) {
	t.Helper()
	whole, err := os.ReadFile(at)
	if err != nil {
		t.Fatal(err)
	}
	want, err := unpack(at, lock, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	n := len(whole)
	file := filepath.Join(t.TempDir(), "bad")
	var cases [][]byte
	for _, cut := range []int{30, 200, n / 4, n / 2, n - 1000, n - 1} {
		cases = append(cases, whole[:cut])
	}
	for _, at := range []int{n / 5, n / 3, n / 2, n * 2 / 3, n * 4 / 5} {
		b := slices.Clone(whole)
		b[at] ^= 0x10
		cases = append(cases, b)
	}
	for i, b := range cases {
		if err := os.WriteFile(file, b, 0o600); err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		_, err := unpack(file, lock, dir)
		if err == nil && lock == "" && len(b) == n { // a byte of the zip that says nothing of the data, such as a time
			_, got, herr := hashOf(filepath.Join(dir, mainPart))
			if herr == nil && got == want.Hashes[mainPart] {
				continue
			}
		}
		if code := Code(err); code != Damaged && code != Phrase && code != Foreign {
			t.Errorf("damaged copy %d of %d bytes: %v", i, len(b), err)
		}
	}
}

// TestACopyThatIsKilledLeavesNoneThatPassesForAGoodOne, at any step, and the
// one before it stays whole.
func TestACopyThatIsKilledLeavesNoneThatPassesForAGoodOne(t *testing.T) {
	ctx, main := context.Background(), company(t, "one")
	dir := filepath.Dir(main)
	d := open(t, main)
	s := New(Config{DB: d, Dir: Dir(main)})
	first, err := s.Take(ctx, backups.Nightly, nil)
	if err = errors.Join(err, d.Close()); err != nil {
		t.Fatal(err)
	}
	good := 1
	for _, step := range []string{"copy 0", "main copied", "copy 1", "copy 2", "copy 3", "checked", "noted", "named"} {
		if !killed(t, "take", dir, step) {
			t.Fatalf("there is no step %q", step)
		}
		found, err := list(s.dir)
		if err != nil {
			t.Fatal(err)
		}
		if step == "named" {
			good++
		}
		if len(found) != good || !slices.Contains(found, first) { // the two may be of one second, so their order says nothing
			t.Errorf("killed at %q: %+v", step, found)
		}
		for _, c := range found {
			if m, err := unpack(filepath.Join(s.dir, c.Name), "", t.TempDir()); !c.Good || err != nil || m.Counts["users"] != 1 {
				t.Errorf("killed at %q: %+v, %v", step, c, err)
			}
		}
	}
	if err := sweep(s.dir, time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	files, err := os.ReadDir(s.dir)
	if err != nil || len(files) != 2*good {
		t.Errorf("left behind: %v, %v", files, err)
	}
}

// older makes a data folder of an older program: an earlier schema, with a value
// by which it is known again.
func older(t *testing.T) string {
	t.Helper()
	ctx, dir := context.Background(), t.TempDir()
	main := filepath.Join(dir, "yike.db")
	for _, p := range []struct {
		path, from string
		to         int64
	}{{main, "sqlite", 68}, {db.FilesPath(main), "files", 1}} {
		pool, err := sql.Open("sqlite", "file:"+p.path+"?_pragma=journal_mode(WAL)")
		if err != nil {
			t.Fatal(err)
		}
		provider, err := goose.NewProvider(goose.DialectSQLite3, pool, os.DirFS(filepath.Join("..", "..", "db", "migrations", p.from)))
		if err == nil {
			_, err = provider.UpTo(ctx, p.to)
		}
		if p.from == "sqlite" {
			_, werr := pool.Exec(`INSERT INTO meta (key, value) VALUES ('word', 'one')`)
			err = errors.Join(err, werr)
		}
		if err = errors.Join(err, pool.Close()); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestAnUpgradeThatIsKilledIsDoneOrNotDone, at any step: the data are those of
// before, or those of after, and the next start goes on by itself.
func TestAnUpgradeThatIsKilledIsDoneOrNotDone(t *testing.T) {
	ctx, from := context.Background(), older(t)
	decided := false
	for _, step := range []string{"main copied", "files copied", "migrated", "checked", "ready", "decided", "aside yike.db", "placed yike.db", "aside yike-files.db", "placed yike-files.db", "unmarked"} {
		main := copyTree(t, from)
		if !killed(t, "upgrade", filepath.Dir(main), step) {
			t.Fatalf("there is no step %q", step)
		}
		decided = decided || step == "decided"
		if !decided {
			seen, err := db.Inspect(ctx, main, db.PartMain, true)
			if err != nil || seen.Version != 68 || len(seen.Faults) > 0 || word(t, main) != "one" {
				t.Errorf("killed at %q: %+v, %v", step, seen, err)
			}
			if err := SweepStages(main); err != nil {
				t.Error(err)
			}
			if left, _ := filepath.Glob(filepath.Join(filepath.Dir(main), stageName)); len(left) > 0 {
				t.Errorf("killed at %q: left behind %v", step, left)
			}
			if step != "checked" {
				continue // one of them goes on below
			}
			if err := victim("upgrade", main); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := Finish(ctx, main); err != nil {
			t.Fatal(err)
		}
		if was, err := Pending(ctx, main); was != 0 || err != nil || word(t, main) != "one" {
			t.Errorf("after %q and another start: %d, %v", step, was, err)
		}
		list, err := Asides(main)
		if err != nil || len(list) != 1 || !list[0].Old {
			t.Fatalf("after %q the former data: %+v, %v", step, list, err)
		}
		seen, err := db.Inspect(ctx, filepath.Join(filepath.Dir(main), list[0].Name), db.PartMain, true)
		if err != nil || seen.Version != 68 || len(seen.Faults) > 0 {
			t.Errorf("after %q the former data: %+v, %v", step, seen, err)
		}
	}
}

// TestAnUpgradeThatFailsLeavesTheDataAsTheyWere: here a migration cannot be done.
func TestAnUpgradeThatFailsLeavesTheDataAsTheyWere(t *testing.T) {
	ctx, main := context.Background(), copyTree(t, older(t))
	pool, err := sql.Open("sqlite", "file:"+main)
	if err == nil {
		_, err = pool.Exec(`CREATE TABLE monthly_reports (stands_in_the_way INTEGER)`)
	}
	if err = errors.Join(err, pool.Close()); err != nil {
		t.Fatal(err)
	}
	was, err := Pending(ctx, main)
	if was != 68 || err != nil {
		t.Fatal(was, err)
	}
	before, _, err := hashOf(main)
	if err != nil {
		t.Fatal(err)
	}
	if err := Upgrade(ctx, main, was, testKey); err == nil {
		t.Fatal("it was upgraded")
	}
	if done, err := Finish(ctx, main); done.Say != "" || err != nil {
		t.Errorf("%+v, %v", done, err)
	}
	after, _, err := hashOf(main)
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(main), stageName)); err != nil || after != before || len(left) > 0 || word(t, main) != "one" {
		t.Errorf("%v, %v", err, left)
	}
}

// TestARestoreThatIsKilledIsDoneOrNotDone.
func TestARestoreThatIsKilledIsDoneOrNotDone(t *testing.T) {
	ctx, main := context.Background(), company(t, "then")
	d := open(t, main)
	err := New(Config{DB: d, Dir: Dir(main)}).WriteTo(ctx, filepath.Join(filepath.Dir(main), "copy.zip"))
	if err = errors.Join(err, d.SetMeta(ctx, "word", "now"), d.Close()); err != nil {
		t.Fatal(err)
	}
	want := "now"
	for _, step := range []string{"migrated", "ready", "decided", "aside yike.db", "placed yike.db", "aside yike-files.db", "placed yike-files.db", "unmarked"} {
		at := copyTree(t, filepath.Dir(main))
		if !killed(t, "restore", filepath.Dir(at), step) {
			t.Fatalf("there is no step %q", step)
		}
		if step == "decided" {
			want = "then"
		}
		if _, err := Finish(ctx, at); err != nil {
			t.Fatal(err)
		}
		if got := word(t, at); got != want {
			t.Errorf("killed at %q: %q", step, got)
		}
		seen, err := db.Inspect(ctx, db.FilesPath(at), db.PartFiles, true)
		if err != nil || len(seen.Faults) > 0 {
			t.Errorf("killed at %q: %+v, %v", step, seen, err)
		}
	}
}

// TestWhatWasSetAsideComesBackToo, and nobody stays signed in over a restore.
func TestWhatWasSetAsideComesBackToo(t *testing.T) {
	ctx, main := context.Background(), company(t, "then")
	d := open(t, main)
	s := New(Config{DB: d, Dir: Dir(main), Phrase: phrase})
	made, err := s.Take(ctx, backups.Manual, nil)
	if err = errors.Join(err, d.SetMeta(ctx, "word", "now")); err != nil {
		t.Fatal(err)
	}
	from := filepath.Join(s.dir, made.Name)
	back := func(from, phrase string) error {
		r, err := Stage(ctx, main, from, phrase, testKey, policy.SystemActor("test"), nil)
		if err != nil {
			return err
		}
		if err := r.Commit(); err != nil {
			return err
		}
		_, err = Finish(ctx, main)
		return err
	}
	if err := back(from, "not-this-one"); Code(err) != Phrase {
		t.Errorf("a wrong passphrase: %v", err)
	}
	if err := back(from, phrase); Code(err) != Busy {
		t.Errorf("under a running program: %v", err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Finish(ctx, main); err != nil { // as the next start does
		t.Fatal(err)
	}
	if got := word(t, main); got != "then" {
		t.Errorf("restored: %q", got)
	}
	list, err := Asides(main)
	if err != nil || len(list) != 1 || list[0].Old {
		t.Fatalf("%+v, %v", list, err)
	}
	if err := back(filepath.Join(filepath.Dir(main), list[0].Name), ""); err != nil || word(t, main) != "now" {
		t.Errorf("brought back: %v, %q", err, word(t, main))
	}
	d = open(t, main)
	defer d.Close()
	// What a restore reads is taken away by nobody meanwhile.
	s = New(Config{DB: d, Dir: Dir(main), Phrase: phrase})
	s.asides.RLock()
	err = s.DropAside(ctx, policy.SystemActor("test"), list[0].Name)
	s.asides.RUnlock()
	if Code(err) != Busy {
		t.Errorf("removed while it is read: %v", err)
	}
	records, err := d.Audits(ctx, policy.SystemActor("test").Scope(policy.AuditRead), db.AuditFilter{Limit: 1})
	if err != nil || len(records.Records) != 1 || records.Records[0].Act != "backups.restored" {
		t.Errorf("on record: %+v, %v", records, err)
	}
}

// TestASecondFolderIsNoConditionOfTheFirst.
func TestASecondFolderIsNoConditionOfTheFirst(t *testing.T) {
	ctx, main := context.Background(), company(t, "one")
	d := open(t, main)
	defer d.Close()
	s := New(Config{DB: d, Dir: Dir(main)})
	second := filepath.Join(t.TempDir(), "nas")
	set, err := d.BackupSettings(ctx)
	if err == nil {
		set.Second = second
		err = d.SaveBackupSettings(ctx, policy.SystemActor("test"), set, "", false)
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Take(ctx, backups.Nightly, nil); err != nil {
		t.Fatal(err)
	}
	if f, err := d.BackupFault(ctx); err != nil || f.Code != "second-missing" {
		t.Errorf("a drive that is not there: %+v, %v", f, err)
	}
	if err := os.Mkdir(second, 0o700); err != nil {
		t.Fatal(err)
	}
	made, err := s.Take(ctx, backups.Manual, nil)
	if err != nil {
		t.Fatal(err)
	}
	found, err := s.List(ctx)
	there := 0
	for _, c := range found {
		if c.Second == (c.Name == made.Name) {
			there++
		}
	}
	if f, ferr := d.BackupFault(ctx); err != nil || ferr != nil || f.Code != "" || len(found) != 2 || there != 2 {
		t.Errorf("%+v, %v; %+v, %v", found, err, f, ferr)
	}
	theirs := filepath.Join(second, "yike-another", made.Name)
	if err := errors.Join(os.Mkdir(filepath.Dir(theirs), 0o700), os.WriteFile(theirs, []byte("x"), 0o600)); err != nil {
		t.Fatal(err)
	}
	if err := s.second(ctx, made.Name); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(theirs); err != nil {
		t.Errorf("another installation's copy: %v", err)
	}
}

func TestEveryFaultHasItsReason(t *testing.T) {
	path := func(err error) error {
		return fmt.Errorf("back up: %w", &fs.PathError{Op: "write", Path: "x", Err: err})
	}
	for want, list := range map[string][]error{
		"": {nil}, Full: {path(syscall.ENOSPC)}, Denied: {path(syscall.EACCES), path(syscall.EROFS), path(syscall.EPERM)}, Missing: {path(syscall.ENOENT)},
		Newer: {fmt.Errorf("x: %w", db.ErrNewer)}, Foreign: {db.ErrForeign}, Key: {db.ErrNoKey, db.ErrSealed}, Phrase: {fmt.Errorf("x: %w", &Fault{Phrase, db.ErrForeign})},
		Other: {errors.New("x"), context.Canceled},
	} {
		for _, err := range list {
			if got := Code(err); got != want {
				t.Errorf("%v: %q, want %q", err, got, want)
			}
		}
	}
}
