package backup

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"yike/db"
	"yike/policy"
	"yike/policy/backups"
)

// A restore and an upgrade go the same way. What is to come is made ready and
// checked in a folder beside the data, which nothing touches meanwhile. Then a
// marker is written, which is the moment that decides; after it, each start
// carries out what the marker says, however often it is cut off: the present
// files get another name, the new ones theirs, the marker goes.

// stageName is what the folder begins with in which data are made ready.
const stageName = ".restore-*"

// marker says what is to change its name. Paths are within the folder of the
// main file, so that the folder may be moved.
type marker struct {
	Stage string       `json:"stage"`
	Parts []markedPart `json:"parts"`
	Aside string       `json:"aside"` // of the main file
	Say   string       `json:"say"`   // "restore", "upgrade"
}

type markedPart struct {
	Staged string `json:"staged"`
	At     string `json:"at"`
	Aside  string `json:"aside"`
}

func markerPath(main string) string { return main + ".restore.json" }

// Ready is data that stand ready to take the place of the present ones.
type Ready struct {
	main string // of the present data
	dir  string
	mark marker
	// Version is the schema that the copy had.
	Version int64
}

// Stage unpacks and checks a copy and makes it ready: brought to this program's
// schema, with no session in it, and on record that it was brought back. The
// present data are not touched. ErrNewer, ErrForeign, a Fault.
func Stage(ctx context.Context, main, from, phrase string, key db.KeySource, by policy.Actor, report Report) (r *Ready, err error) {
	if report == nil {
		report = func(int64, int64) error { return nil }
	}
	dir, err := os.MkdirTemp(filepath.Dir(main), stageName)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			_ = os.RemoveAll(dir)
		}
	}()
	if err := report(0, restoreSteps); err != nil {
		return nil, err
	}
	m, err := unpack(from, phrase, dir)
	if err != nil {
		return nil, err
	}
	if err := report(1, restoreSteps); err != nil {
		return nil, err
	}
	if err := fold(ctx, dir); err != nil {
		return nil, err
	}
	seen, err := prove(ctx, dir, m)
	if err != nil {
		return nil, err
	}
	if err := report(2, restoreSteps); err != nil {
		return nil, err
	}
	stamp := time.Now().Format("20060102-150405.000")
	r = &Ready{main: main, dir: dir, Version: seen.Version, mark: marker{Say: "restore", Aside: filepath.Base(main) + asideMark + stamp}}
	err = r.finish(ctx, key, func(ctx context.Context, d *db.DB) error { return d.Restored(ctx, by, filepath.Base(from)) })
	if err != nil {
		return nil, err
	}
	parts := []markedPart{{mainPart, filepath.Base(main), r.mark.Aside}}
	if _, err := os.Stat(filepath.Join(dir, filesPart)); err == nil {
		files := filepath.Base(db.FilesPath(main))
		parts = append(parts, markedPart{filesPart, files, files + asideMark + stamp})
	}
	r.mark.Stage, r.mark.Parts = filepath.Base(dir), parts
	return r, report(3, restoreSteps)
}

const restoreSteps = 4

// Find returns the file of a copy or of a former state of that name;
// db.ErrNotFound for any other.
func (s *Store) Find(name string) (string, error) {
	if _, _, ok := backups.Parse(name, db.Zone); ok {
		at := filepath.Join(s.dir, name)
		if _, err := os.Stat(at); err == nil {
			return at, nil
		}
	}
	list, err := s.Asides()
	if err != nil {
		return "", err
	}
	for _, a := range list {
		if a.Name == name {
			return filepath.Join(filepath.Dir(s.db.Path()), filepath.FromSlash(name)), nil
		}
	}
	return "", fmt.Errorf("copy %.80q: %w", name, db.ErrNotFound)
}

// Asides returns the former states of this installation's data.
func (s *Store) Asides() ([]Aside, error) { return Asides(s.db.Path()) }

// Type keeps a passphrase that was typed, in memory only, and returns what the
// task of it asks for it with: it is kept before there is a task, which may be
// begun at once.
func (s *Store) Type(phrase string) (ticket string) {
	ticket = rand.Text()
	s.typed.Store(ticket, phrase)
	return ticket
}

// Prepare makes a copy of that name ready, with the passphrase that was typed
// under the ticket or else the one that copies are locked with, and decides for
// it: the next start of the program puts it in its place.
func (s *Store) Prepare(ctx context.Context, name, ticket string, by policy.Actor, report Report) error {
	s.asides.RLock() // nobody takes a former state away while it is read
	defer s.asides.RUnlock()
	from, err := s.Find(name)
	if err != nil {
		return &Fault{Missing, err}
	}
	phrase, _ := s.typed.LoadAndDelete(ticket)
	word, _ := phrase.(string)
	if word == "" {
		if word, err = s.Phrase(ctx); err != nil {
			return err
		}
	}
	r, err := Stage(ctx, s.db.Path(), from, word, s.key, by, report)
	if err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return errors.Join(err, r.Drop())
	}
	if err := r.Commit(); err != nil {
		return errors.Join(err, r.Drop())
	}
	return nil
}

// fold takes the log that came with a bare database into it.
func fold(ctx context.Context, dir string) error {
	for _, name := range []string{mainPart, filesPart} {
		path := filepath.Join(dir, name)
		if _, err := os.Stat(path + "-wal"); errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if used, err := db.InUse(ctx, path); err != nil || used {
			return errors.Join(err, fmt.Errorf("the log of %s does not go into it", name))
		}
	}
	return nil
}

// finish opens what is staged, which brings it to this program's schema, lets
// the caller do what is to be done in it, and checks the result.
func (r *Ready) finish(ctx context.Context, key db.KeySource, do func(context.Context, *db.DB) error) error {
	// A bare database may have come without pictures; those of the present data
	// then stay where they are.
	_, bare := os.Stat(filepath.Join(r.dir, filesPart))
	d, err := db.Open(ctx, db.Config{DSN: filepath.Join(r.dir, mainPart), Key: key})
	if err != nil {
		return err
	}
	reached("migrated")
	err = do(ctx, d)
	if err == nil {
		var found []string
		if found, err = d.CheckPages(ctx); err == nil && len(found) > 0 {
			err = &Fault{Damaged, errors.New(strings.Join(found[:min(len(found), 3)], "; "))}
		}
	}
	if err = errors.Join(err, d.Close()); err != nil {
		return err
	}
	if bare != nil {
		for _, tail := range []string{"", "-wal", "-shm"} {
			if err := os.Remove(filepath.Join(r.dir, filesPart+tail)); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
	}
	_ = os.Remove(db.ErasuresPath(filepath.Join(r.dir, mainPart))) // the data folder has its own
	return nil
}

// Drop forgets what was made ready.
func (r *Ready) Drop() error { return os.RemoveAll(r.dir) }

// Commit decides for what is ready: the next start puts it in its place. A
// Fault with Decided when something else was decided for before.
func (r *Ready) Commit() error {
	text, err := json.Marshal(r.mark)
	if err != nil {
		return err
	}
	reached("ready")
	to := markerPath(r.main)
	if _, err := os.Stat(to); err == nil {
		return &Fault{Decided, fmt.Errorf("%s: %w", to, fs.ErrExist)}
	}
	if err := writeSynced(to+".part", text); err != nil {
		return err
	}
	if err := os.Rename(to+".part", to); err != nil {
		return err
	}
	reached("decided")
	return syncDir(filepath.Dir(to))
}

// Done is what a start carried out.
type Done struct {
	Say   string // "restore", "upgrade", "" for nothing
	Aside string // where the former main file stands
}

// Finish carries out what was decided before, if anything was. A Fault with
// Busy while somebody has the present data open.
func Finish(ctx context.Context, main string) (Done, error) {
	text, err := os.ReadFile(markerPath(main))
	if errors.Is(err, fs.ErrNotExist) {
		return Done{}, nil
	}
	if err != nil {
		return Done{}, err
	}
	var m marker
	if err := json.Unmarshal(text, &m); err != nil {
		return Done{}, fmt.Errorf("%s: %w", markerPath(main), err)
	}
	dir := filepath.Dir(main)
	for _, p := range m.Parts {
		if used, err := db.InUse(ctx, filepath.Join(dir, p.At)); err != nil || used {
			return Done{}, errors.Join(err, &Fault{Busy, fmt.Errorf("%s is in use", p.At)})
		}
	}
	for _, p := range m.Parts {
		staged, at, aside := filepath.Join(dir, m.Stage, p.Staged), filepath.Join(dir, p.At), filepath.Join(dir, p.Aside)
		if _, err := os.Stat(staged); errors.Is(err, fs.ErrNotExist) {
			continue // it was in its place when an earlier start was cut off
		}
		if err := os.MkdirAll(filepath.Dir(aside), 0o700); err != nil {
			return Done{}, err
		}
		for _, tail := range []string{"", "-wal", "-shm"} {
			if err := os.Rename(at+tail, aside+tail); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return Done{}, err
			}
			reached("aside " + p.At + tail)
		}
		if err := os.Rename(staged, at); err != nil {
			return Done{}, err
		}
		reached("placed " + p.At)
	}
	if err := errors.Join(syncDir(dir), os.Remove(markerPath(main))); err != nil {
		return Done{}, err
	}
	reached("unmarked")
	return Done{m.Say, filepath.Join(dir, m.Aside)}, os.RemoveAll(filepath.Join(dir, m.Stage))
}

// Pending says which schema a database has that this program would change; 0
// when it need not, or when there is none yet.
func Pending(ctx context.Context, main string) (int64, error) {
	for _, p := range []struct{ path, part string }{{main, db.PartMain}, {db.FilesPath(main), db.PartFiles}} {
		if _, err := os.Stat(p.path); errors.Is(err, fs.ErrNotExist) {
			return 0, nil // a new installation, or one without pictures
		}
		seen, err := db.Inspect(ctx, p.path, p.part, false)
		if err != nil {
			return 0, err
		}
		if seen.Version != 0 && seen.Version < seen.Newest {
			return max(seen.Version, 1), nil
		}
	}
	return 0, nil
}

// Upgrade makes the data ready for this program: they are copied, the copy is
// brought to its schema and checked, and only then takes their place. When
// anything fails they stand as they stood, for the program that they are of.
func Upgrade(ctx context.Context, main string, was int64, key db.KeySource) (err error) {
	for _, path := range []string{main, db.FilesPath(main)} {
		if used, err := db.InUse(ctx, path); err != nil || used {
			return errors.Join(err, &Fault{Busy, fmt.Errorf("%s is in use", path)})
		}
	}
	if err := SweepStages(main); err != nil { // what was cut off takes the room of this one
		return err
	}
	dir, err := os.MkdirTemp(filepath.Dir(main), stageName)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.RemoveAll(dir)
		}
	}()
	if err := db.CopyFile(ctx, main, filepath.Join(dir, mainPart)); err != nil {
		return err
	}
	reached("main copied")
	// One that was carried over without its pictures goes on without them.
	if err := db.CopyFile(ctx, db.FilesPath(main), filepath.Join(dir, filesPart)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	reached("files copied")
	aside := filepath.Join("backup", fmt.Sprintf("before-migration-%d-%s.db", was, time.Now().Format("20060102-150405.000")))
	r := &Ready{main: main, dir: dir, Version: was, mark: marker{Say: "upgrade", Stage: filepath.Base(dir), Aside: aside, Parts: []markedPart{
		{mainPart, filepath.Base(main), aside}, {filesPart, filepath.Base(db.FilesPath(main)), db.FilesPath(aside)}}}}
	if err := r.finish(ctx, key, func(context.Context, *db.DB) error { return nil }); err != nil {
		return err
	}
	reached("checked")
	return r.Commit()
}

// SweepStages removes what was made ready and never decided for, before the
// program serves: nobody is making anything ready then.
func SweepStages(main string) error {
	if _, err := os.Stat(markerPath(main)); err == nil {
		return nil
	}
	list, err := filepath.Glob(filepath.Join(filepath.Dir(main), stageName))
	if err != nil {
		return err
	}
	var errs []error
	for _, dir := range list {
		errs = append(errs, os.RemoveAll(dir))
	}
	return errors.Join(errs...)
}

// Aside is a former state of the data that was set aside whole.
type Aside struct {
	Name string // within the folder of the main file
	At   time.Time
	Size int64
	Old  bool // by an upgrade
}

// Asides returns the states that restores and upgrades set aside, the newest
// first.
func Asides(main string) ([]Aside, error) {
	dir := filepath.Dir(main)
	var out []Aside
	for _, place := range []struct {
		glob string
		old  bool
	}{{filepath.Base(main) + asideMark + "*", false}, {filepath.Join("backup", "before-migration-*.db"), true}} {
		list, err := filepath.Glob(filepath.Join(dir, place.glob))
		if err != nil {
			return nil, err
		}
		for _, path := range list {
			info, err := os.Stat(path)
			if err != nil || !info.Mode().IsRegular() || strings.HasSuffix(path, "-wal") || strings.HasSuffix(path, "-shm") || strings.HasSuffix(path, "-files.db") {
				continue
			}
			name, err := filepath.Rel(dir, path)
			if err != nil {
				return nil, err
			}
			a := Aside{Name: filepath.ToSlash(name), At: asideTime(path, info.ModTime()), Size: info.Size(), Old: place.old}
			if files, err := os.Stat(filesBeside(path)); err == nil {
				a.Size += files.Size()
			}
			out = append(out, a)
		}
	}
	sortAsides(out)
	return out, nil
}

// DropAside removes a former state of the data for good. The record of that
// stands first. ErrNotFound for a name that is none of them, or without the right;
// a Fault of Busy while a restore reads one of them.
func (s *Store) DropAside(ctx context.Context, by policy.Actor, name string) error {
	if !s.asides.TryLock() {
		return &Fault{Busy, fmt.Errorf("former data %.80q: a restore is under way", name)}
	}
	defer s.asides.Unlock()
	list, err := s.Asides()
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(list, func(a Aside) bool { return a.Name == name }) {
		return fmt.Errorf("former data %.80q: %w", name, db.ErrNotFound)
	}
	if err := s.db.RecordBackup(ctx, by, "backups.drop", name); err != nil {
		return err
	}
	path := filepath.Join(filepath.Dir(s.db.Path()), filepath.FromSlash(name))
	var errs []error
	for _, file := range []string{filesBeside(path), path} { // what the list goes by is the last to go
		for _, tail := range []string{"-wal", "-shm", ""} {
			if err := os.Remove(file + tail); err != nil && !errors.Is(err, fs.ErrNotExist) {
				errs = append(errs, err)
			}
		}
	}
	return errors.Join(errs...)
}

// asideTime reads the instant from a name, which the file's own time is not:
// that is of its last change.
func asideTime(path string, changed time.Time) time.Time {
	name := strings.TrimSuffix(path, ".db")
	const form = "20060102-150405.000"
	if len(name) > len(form) {
		if at, err := time.ParseInLocation(form, name[len(name)-len(form):], time.Local); err == nil {
			return at
		}
	}
	return changed
}

func sortAsides(list []Aside) {
	slices.SortFunc(list, func(a, b Aside) int { return cmp.Or(b.At.Compare(a.At), strings.Compare(a.Name, b.Name)) })
}
