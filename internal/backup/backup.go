// Package backup takes copies of everything, keeps and checks them, and brings
// one back. It owns the folder of copies and what a copy looks like; which of
// them are kept is policy's to say, and it has no words of its own beyond the
// codes of what went wrong.
package backup

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"yike/db"
	"yike/policy"
	"yike/policy/backups"
)

// Store is the copies of one installation.
type Store struct {
	db      *db.DB
	dir     string
	phrase  string // from the environment; before the one that the page keeps
	program string
	key     db.KeySource
	keyFile string
	taking  sync.Mutex
	asides  sync.RWMutex              // held while a former state is read
	last    atomic.Pointer[time.Time] // of the last good one
	since   atomic.Pointer[time.Time]
	typed   sync.Map // passphrases for tasks that wait, by their tickets; never written down
}

// Config is what a Store needs.
type Config struct {
	DB *db.DB
	// Dir is the folder of copies.
	Dir string
	// Phrase locks copies, whatever the page says; "" = the page's.
	Phrase string
	// Program is the version that is noted in each copy.
	Program string
	// Key opens what is sealed in data that come back, KeyFile is where it stands.
	Key     db.KeySource
	KeyFile string
}

// New returns the copies of an installation.
func New(cfg Config) *Store {
	return &Store{db: cfg.DB, dir: cfg.Dir, phrase: cfg.Phrase, program: cfg.Program, key: cfg.Key, keyFile: cfg.KeyFile}
}

// Dir is the folder of copies beside a SQLite file.
func Dir(main string) string { return filepath.Join(filepath.Dir(main), "backup") }

// KeyFile is where the key file stands, which is in no copy.
func (s *Store) KeyFile() string { return s.keyFile }

// Folder is where the copies stand.
func (s *Store) Folder() string { return s.dir }

// Copy is one copy in the folder.
type Copy struct {
	backups.Copy
	Size      int64
	Sealed    bool
	CheckedAt int64
	Hash      string // SHA-256 of the file
	Rows      int64
	Second    bool // it stands in the second folder too
}

// note is beside a copy and says what its check found. It is written before
// the copy gets its name, so that a copy without one was never finished.
type note struct {
	Size      int64  `json:"size"`
	Hash      string `json:"sha256"`
	CheckedAt int64  `json:"checked_at"`
	Rows      int64  `json:"rows"`
}

const noteEnding = ".json"

// reached is called where a kill would hurt the most; tests end the process
// there.
var reached = func(string) {}

// Report tells how far a copy is, in steps.
type Report func(done, total int64) error

// Steps of a copy, for its progress.
const steps = 5

// Take makes a copy, checks it, brings it to the second folder and drops what
// need not be kept any longer. What went wrong is kept for the page; the second
// folder's trouble is no error of the copy, but is kept as well.
func (s *Store) Take(ctx context.Context, why string, report Report) (Copy, error) {
	s.taking.Lock()
	defer s.taking.Unlock()
	if report == nil {
		report = func(int64, int64) error { return nil }
	}
	now := s.db.Now()
	_ = sweep(s.dir, time.Now().Add(-24*time.Hour)) // what was cut off takes the room of this one
	c, err := s.take(ctx, why, now, report)
	if err != nil {
		if ctx.Err() != nil || errors.Is(err, db.ErrCancelled) {
			return c, err
		}
		return c, errors.Join(err, s.db.SetBackupFault(context.WithoutCancel(ctx), db.BackupFault{Code: Code(err), Detail: err.Error(), At: now.UnixMilli()}))
	}
	s.last.Store(&c.At)
	fault := db.BackupFault{}
	if err := s.second(ctx, c.Name); err != nil {
		fault = db.BackupFault{Code: "second-" + Code(err), Detail: err.Error(), At: now.UnixMilli()}
	}
	if err := s.db.SetBackupFault(ctx, fault); err != nil {
		return c, err
	}
	_ = s.prune(s.dir, now) // an old one that is held open goes after the next copy
	return c, nil
}

func (s *Store) take(ctx context.Context, why string, now time.Time, report Report) (Copy, error) {
	phrase, err := s.Phrase(ctx)
	if err != nil {
		return Copy{}, err
	}
	name := backups.Name(now, why, phrase != "")
	to := filepath.Join(s.dir, name)
	if _, err := os.Stat(to); err == nil {
		return Copy{}, fmt.Errorf("%s: %w", name, fs.ErrExist)
	}
	n, err := s.write(ctx, to, phrase, report)
	if err != nil {
		return Copy{}, err
	}
	c, _, _ := backups.Parse(name, db.Zone)
	c.Good = true
	return Copy{Copy: c, Size: n.Size, Sealed: phrase != "", CheckedAt: n.CheckedAt, Hash: n.Hash, Rows: n.Rows}, nil
}

// WriteTo makes one copy somewhere else, for the command; it is checked like
// any other and must not be there yet.
func (s *Store) WriteTo(ctx context.Context, to string) error {
	phrase, err := s.Phrase(ctx)
	if err != nil {
		return err
	}
	_, err = s.write(ctx, to, phrase, func(int64, int64) error { return nil })
	return err
}

// write makes and checks a copy in a folder of its own beside its place, and
// names it when it is good.
func (s *Store) write(ctx context.Context, to, phrase string, report Report) (note, error) {
	dir := filepath.Dir(to)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return note{}, err
	}
	part, err := os.MkdirTemp(dir, partName)
	if err != nil {
		return note{}, err
	}
	defer os.RemoveAll(part)
	packed := filepath.Join(part, "packed")
	var n note
	var m manifest
	for i, step := range []func() error{
		func() error { m, err = s.copies(ctx, part, report); return err },
		func() error { return pack(part, packed, phrase, m) },
		func() error { return removeParts(part) }, // else the disk would have to hold them twice
		func() error { n, err = s.readBack(ctx, packed, phrase, part); return err },
	} {
		reached(fmt.Sprintf("copy %d", i))
		if err := errors.Join(ctx.Err(), report(int64(i+1), steps)); err != nil {
			return n, err
		}
		if err := step(); err != nil {
			return n, err
		}
	}
	reached("checked")
	return n, s.name(packed, to, n)
}

// partName is what the folder of an unfinished copy begins with.
const partName = ".part-*"

// copies writes both databases into a folder and says what they hold: the
// counts of the tables that nobody wrote to meanwhile.
func (s *Store) copies(ctx context.Context, dir string, report Report) (m manifest, err error) {
	before, err := s.db.Counts(ctx)
	if err != nil {
		return m, err
	}
	if err := s.db.BackupMain(ctx, filepath.Join(dir, mainPart)); err != nil {
		return m, err
	}
	reached("main copied")
	if err := report(1, steps); err != nil {
		return m, err
	}
	if err := s.db.BackupFiles(ctx, filepath.Join(dir, filesPart)); err != nil {
		return m, err
	}
	after, err := s.db.Counts(ctx)
	if err != nil {
		return m, err
	}
	maps.DeleteFunc(after, func(table string, n int64) bool { return before[table] != n })
	m = manifest{Program: s.program, CreatedAt: s.db.Now().UnixMilli(), Counts: after}
	if m.Installation, err = s.db.Installation(ctx); err != nil {
		return m, err
	}
	seen, err := db.Inspect(ctx, filepath.Join(dir, mainPart), db.PartMain, false)
	m.Schema = seen.Version
	return m, err
}

func removeParts(dir string) error {
	return errors.Join(os.Remove(filepath.Join(dir, mainPart)), os.Remove(filepath.Join(dir, filesPart)))
}

// readBack restores a copy to a folder and looks into it.
func (s *Store) readBack(ctx context.Context, packed, phrase, dir string) (n note, err error) {
	m, err := unpack(packed, phrase, dir)
	if err != nil {
		return n, err
	}
	if _, err := prove(ctx, dir, m); err != nil {
		return n, err
	}
	for _, k := range m.Counts {
		n.Rows += k
	}
	n.CheckedAt = s.db.Now().UnixMilli()
	n.Size, n.Hash, err = hashOf(packed)
	return n, err
}

func hashOf(path string) (int64, string, error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, "", err
	}
	defer f.Close()
	sum := sha256.New()
	n, err := io.Copy(sum, f)
	return n, hex.EncodeToString(sum.Sum(nil)), err
}

// name gives a good copy its name, its note first.
func (s *Store) name(packed, to string, n note) error {
	text, err := json.Marshal(n)
	if err != nil {
		return err
	}
	beside := packed + noteEnding
	if err := writeSynced(beside, text); err != nil {
		return err
	}
	if _, err := os.Stat(to); err == nil {
		return fmt.Errorf("%s: %w", to, fs.ErrExist)
	}
	if err := os.Rename(beside, to+noteEnding); err != nil {
		return err
	}
	reached("noted")
	if err := os.Rename(packed, to); err != nil {
		return err
	}
	reached("named")
	return syncDir(filepath.Dir(to))
}

func writeSynced(path string, text []byte) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// syncDir brings names to the disk, where the system lets a folder be synced.
func syncDir(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	_ = f.Sync() // Windows has no such thing
	return f.Close()
}

// Phrase is the passphrase that copies are locked with, "" for none.
func (s *Store) Phrase(ctx context.Context) (string, error) {
	if s.phrase != "" {
		return s.phrase, nil
	}
	return s.db.BackupPhrase(ctx)
}

// FromOutside says whether the passphrase stands in the environment, where the
// page cannot change it.
func (s *Store) FromOutside() bool { return s.phrase != "" }

// List returns the copies, the newest first.
func (s *Store) List(ctx context.Context) ([]Copy, error) {
	out, err := list(s.dir)
	if err != nil {
		return nil, err
	}
	set, err := s.db.BackupSettings(ctx)
	if err != nil {
		return nil, err
	}
	if set.Second != "" {
		there, err := s.secondDir(ctx, set.Second)
		if err != nil {
			return nil, err
		}
		for i := range out {
			info, err := os.Stat(filepath.Join(there, out[i].Name))
			out[i].Second = err == nil && info.Size() == out[i].Size
		}
	}
	if !set.Off {
		s.keepLast(out)
	}
	return out, nil
}

func list(dir string) ([]Copy, error) {
	files, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var out []Copy
	for _, f := range files {
		c, sealed, ok := backups.Parse(f.Name(), db.Zone)
		info, err := f.Info()
		if !ok || err != nil || !f.Type().IsRegular() {
			continue
		}
		x := Copy{Copy: c, Size: info.Size(), Sealed: sealed}
		var n note
		if text, err := os.ReadFile(filepath.Join(dir, f.Name()+noteEnding)); err == nil && json.Unmarshal(text, &n) == nil && n.Size == x.Size {
			x.Good, x.CheckedAt, x.Hash, x.Rows = true, n.CheckedAt, n.Hash, n.Rows
		}
		out = append(out, x)
	}
	slices.SortFunc(out, func(a, b Copy) int { return strings.Compare(b.Name, a.Name) })
	return out, nil
}

// keepLast notes when the newest good one was taken.
func (s *Store) keepLast(list []Copy) {
	var last time.Time
	for _, c := range list {
		if c.Good && c.At.After(last) {
			last = c.At
		}
	}
	s.last.Store(&last)
}

// Look reads the folder, for Late: at the start, and now and then afterwards,
// since copies may be taken away by hand.
func (s *Store) Look(ctx context.Context) error {
	since, err := s.db.BackupSince(ctx)
	if err != nil {
		return err
	}
	set, err := s.db.BackupSettings(ctx)
	if err != nil {
		return err
	}
	if set.Off {
		since = time.Time{} // nobody is told of what somebody else's tools do
	}
	all, err := list(s.dir)
	if err != nil {
		return err
	}
	if s.keepLast(all); set.Off {
		s.last.Store(&time.Time{})
	}
	s.since.Store(&since)
	return nil
}

// Late says, from memory, whether a copy is missing, and when the last good one
// was taken.
func (s *Store) Late() (last time.Time, late bool) {
	at, since := s.last.Load(), s.since.Load()
	if at == nil || since == nil {
		return time.Time{}, false
	}
	return *at, backups.Late(*at, *since, s.db.Now())
}

// Open opens a copy of that name for whoever fetches it. The record of that
// stands before its first byte. ErrNotFound for a name that is none of ours,
// or without the right.
func (s *Store) Open(ctx context.Context, by policy.Actor, name string) (*os.File, error) {
	if _, _, ok := backups.Parse(name, db.Zone); !ok {
		return nil, fmt.Errorf("copy %.80q: %w", name, db.ErrNotFound)
	}
	f, err := os.Open(filepath.Join(s.dir, name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("copy %q: %w", name, db.ErrNotFound)
	}
	if err != nil {
		return nil, err
	}
	if err := s.db.RecordBackup(ctx, by, "backups.download", name); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// prune drops what the rule does not keep, and what runs that were cut off left
// behind.
func (s *Store) prune(dir string, now time.Time) error {
	all, err := list(dir)
	if err != nil {
		return err
	}
	plain := make([]backups.Copy, len(all))
	for i, c := range all {
		plain[i] = c.Copy
	}
	var errs []error
	for _, name := range backups.Drop(plain, now) {
		errs = append(errs, os.Remove(filepath.Join(dir, name)), os.Remove(filepath.Join(dir, name+noteEnding)))
	}
	errs = append(errs, sweep(dir, time.Now().Add(-24*time.Hour)))
	for i, err := range errs {
		if errors.Is(err, fs.ErrNotExist) {
			errs[i] = nil
		}
	}
	return errors.Join(errs...)
}

// sweep removes folders of unfinished copies, and notes of copies that never
// got their name, from before an instant.
func sweep(dir string, before time.Time) error {
	files, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	var errs []error
	for _, f := range files {
		info, err := f.Info()
		if err != nil || !info.ModTime().Before(before) {
			continue
		}
		name, isNote := strings.CutSuffix(f.Name(), noteEnding)
		if f.IsDir() && strings.HasPrefix(f.Name(), strings.TrimSuffix(partName, "*")) {
			errs = append(errs, os.RemoveAll(filepath.Join(dir, f.Name())))
		} else if _, _, ours := backups.Parse(name, db.Zone); isNote && ours {
			if _, err := os.Stat(filepath.Join(dir, name)); errors.Is(err, fs.ErrNotExist) {
				errs = append(errs, os.Remove(filepath.Join(dir, f.Name())))
			}
		}
	}
	return errors.Join(errs...)
}

// secondDir is this installation's own folder in the second one, so that two
// that share a network drive do not drop each other's copies.
func (s *Store) secondDir(ctx context.Context, folder string) (string, error) {
	name, err := s.db.Installation(ctx)
	return filepath.Join(folder, "yike-"+name), err
}

// second brings a copy to the second folder, if there is one. The folder itself
// must be there: a drive that is not mounted is not to be replaced by a folder
// of its name.
func (s *Store) second(ctx context.Context, name string) error {
	set, err := s.db.BackupSettings(ctx)
	if err != nil || set.Second == "" {
		return err
	}
	if info, err := os.Stat(set.Second); err != nil {
		return err
	} else if !info.IsDir() {
		return &Fault{Missing, fmt.Errorf("%s is no folder", set.Second)}
	}
	dir, err := s.secondDir(ctx, set.Second)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	part, err := os.MkdirTemp(dir, partName)
	if err != nil {
		return err
	}
	defer os.RemoveAll(part)
	from, to := filepath.Join(s.dir, name), filepath.Join(part, name)
	if err := errors.Join(copyFile(from, to), copyFile(from+noteEnding, to+noteEnding)); err != nil {
		return err
	}
	_, want, err := hashOf(from)
	if err != nil {
		return err
	}
	if _, got, err := hashOf(to); err != nil || got != want {
		return errors.Join(err, &Fault{Damaged, fmt.Errorf("%s is not what was written", to)})
	}
	for _, tail := range []string{noteEnding, ""} {
		if err := os.Rename(to+tail, filepath.Join(dir, name+tail)); err != nil {
			return err
		}
	}
	_ = s.prune(dir, s.db.Now()) // as in Take
	return syncDir(dir)
}
