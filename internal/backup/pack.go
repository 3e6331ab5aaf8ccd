package backup

import (
	"archive/zip"
	"bufio"
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
	"strings"

	"filippo.io/age"
	"github.com/klauspost/compress/flate"

	"yike/db"
)

// The two databases of a data folder, and what is said about them, as they are
// called inside a copy.
const (
	mainPart  = "yike.db"
	filesPart = "yike-files.db"
	notePart  = "manifest.json"
)

// manifest travels inside a copy.
type manifest struct {
	Installation string            `json:"installation"`
	Program      string            `json:"program"`
	CreatedAt    int64             `json:"created_at"`
	Schema       int64             `json:"schema"`
	Counts       map[string]int64  `json:"counts"`
	Hashes       map[string]string `json:"sha256"` // by part
}

// work is the cost of opening a locked copy: 64 MiB of memory and a quarter of a
// second, for the program as for whoever guesses.
const work = 16

// pack writes the parts of a folder and the manifest into one file and brings
// it to the disk.
func pack(dir, to, phrase string, m manifest) error {
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	err = writePacked(out, dir, phrase, m)
	if err == nil {
		err = out.Sync()
	}
	return errors.Join(err, out.Close())
}

func writePacked(out io.Writer, dir, phrase string, m manifest) (err error) {
	buffered := bufio.NewWriterSize(out, 1<<18)
	var sink io.Writer = buffered
	var lock io.WriteCloser
	if phrase != "" {
		to, err := age.NewScryptRecipient(phrase)
		if err != nil {
			return err
		}
		to.SetWorkFactor(work)
		if lock, err = age.Encrypt(buffered, to); err != nil {
			return err
		}
		sink = lock
	}
	z := zip.NewWriter(sink)
	z.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, flate.BestSpeed) })
	m.Hashes = map[string]string{}
	for _, name := range []string{mainPart, filesPart} {
		if m.Hashes[name], err = addPart(z, filepath.Join(dir, name), name); err != nil {
			return err
		}
	}
	text, err := json.Marshal(m)
	if err != nil {
		return err
	}
	w, err := z.Create(notePart)
	if err == nil {
		_, err = w.Write(text)
	}
	if err == nil {
		err = z.Close()
	}
	if err == nil && lock != nil {
		err = lock.Close()
	}
	if err == nil {
		err = buffered.Flush()
	}
	return err
}

func addPart(z *zip.Writer, from, name string) (hash string, err error) {
	src, err := os.Open(from)
	if err != nil {
		return "", err
	}
	defer src.Close()
	dst, err := z.Create(name)
	if err != nil {
		return "", err
	}
	sum := sha256.New()
	_, err = io.Copy(io.MultiWriter(dst, sum), src)
	return hex.EncodeToString(sum.Sum(nil)), err
}

// lockMark begins every locked copy.
const lockMark = "age-encryption.org/"

// unpack brings what a file holds into a folder: a copy, locked or not, or a
// bare database with the pictures beside it, such as what was set aside. The
// manifest is empty when the file has none. Each part is held against its hash.
func unpack(from, phrase, dir string) (manifest, error) {
	var m manifest
	f, err := os.Open(from)
	if err != nil {
		return m, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return m, err
	}
	if info.IsDir() {
		return m, &Fault{Foreign, fmt.Errorf("%s is a folder", from)}
	}
	head := make([]byte, len(lockMark))
	_, _ = f.ReadAt(head, 0)
	var at io.ReaderAt = f
	size := info.Size()
	switch {
	case string(head) == lockMark:
		if at, size, err = unlock(f, size, phrase); err != nil {
			return m, err
		}
	case strings.HasPrefix(string(head), "SQLite format 3\x00"):
		return m, copyBare(from, dir)
	case !strings.HasPrefix(string(head), "PK"):
		return m, &Fault{Foreign, errors.New("neither a copy nor a database")}
	}
	z, err := zip.NewReader(at, size)
	if err != nil {
		return m, &Fault{Damaged, err}
	}
	z.RegisterDecompressor(zip.Deflate, func(r io.Reader) io.ReadCloser { return flate.NewReader(bufio.NewReaderSize(r, 1<<18)) })
	if text, err := fs.ReadFile(z, notePart); err == nil {
		if err := json.Unmarshal(text, &m); err != nil {
			return m, &Fault{Damaged, err}
		}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return m, &Fault{Damaged, err}
	}
	for _, name := range []string{mainPart, filesPart} {
		hash, err := unpackPart(z, name, filepath.Join(dir, name))
		if errors.Is(err, fs.ErrNotExist) {
			return m, &Fault{Foreign, err}
		}
		if err != nil {
			return m, err
		}
		if want := m.Hashes[name]; want != "" && want != hash {
			return m, &Fault{Damaged, fmt.Errorf("%s is not what was written", name)}
		}
	}
	return m, nil
}

func unlock(f *os.File, size int64, phrase string) (io.ReaderAt, int64, error) {
	if phrase == "" {
		return nil, 0, &Fault{Phrase, errors.New("the copy is locked")}
	}
	id, err := age.NewScryptIdentity(phrase)
	if err != nil {
		return nil, 0, err
	}
	id.SetMaxWorkFactor(20) // a gigabyte: what somebody brings does not cost more
	at, n, err := age.DecryptReaderAt(f, size, id)
	if wrong := (*age.NoIdentityMatchError)(nil); errors.As(err, &wrong) {
		return nil, 0, &Fault{Phrase, err}
	}
	if err != nil {
		return nil, 0, &Fault{Damaged, err}
	}
	return at, n, nil
}

func unpackPart(z *zip.Reader, name, to string) (hash string, err error) {
	src, err := z.Open(name)
	if err != nil {
		return "", err
	}
	defer src.Close()
	dst, err := os.OpenFile(to, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return "", err
	}
	sum := sha256.New()
	read := &reading{r: src}
	_, err = io.Copy(io.MultiWriter(dst, sum), read)
	if err == nil {
		err = dst.Sync()
	}
	if err = errors.Join(err, dst.Close()); read.err != nil {
		err = &Fault{Damaged, read.err} // not a fault of the disk that is written to
	}
	return hex.EncodeToString(sum.Sum(nil)), err
}

// reading remembers that it was the reading that failed.
type reading struct {
	r   io.Reader
	err error
}

func (r *reading) Read(p []byte) (int, error) {
	n, err := r.r.Read(p)
	if err != nil && err != io.EOF {
		r.err = err
	}
	return n, err
}

// asideMark is in the name of what was set aside by a restore.
const asideMark = ".before-restore-"

// filesBeside is where the pictures of a bare database stand.
func filesBeside(path string) string {
	if main, tail, ok := strings.Cut(path, asideMark); ok {
		return db.FilesPath(main) + asideMark + tail
	}
	return db.FilesPath(path)
}

// copyBare copies a database file with its log, and the pictures beside it.
func copyBare(from, dir string) error {
	for _, part := range []struct{ from, name string }{{from, mainPart}, {filesBeside(from), filesPart}} {
		for _, tail := range []string{"", "-wal"} {
			err := copyFile(part.from+tail, filepath.Join(dir, part.name+tail))
			if err != nil && (!errors.Is(err, fs.ErrNotExist) || part.from+tail == from) {
				return err
			}
		}
	}
	return nil
}

func copyFile(from, to string) error {
	src, err := os.Open(from)
	if err != nil {
		return err
	}
	defer src.Close()
	dst, err := os.OpenFile(to, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	if _, err = io.Copy(dst, src); err == nil {
		err = dst.Sync()
	}
	return errors.Join(err, dst.Close())
}

// prove looks into an unpacked copy: each page, each reference, and how many
// rows there are.
func prove(ctx context.Context, dir string, m manifest) (db.Inspection, error) {
	main, err := db.Inspect(ctx, filepath.Join(dir, mainPart), db.PartMain, true)
	if err != nil {
		return main, err
	}
	faults, counts := main.Faults, maps.Clone(main.Counts)
	files, err := db.Inspect(ctx, filepath.Join(dir, filesPart), db.PartFiles, true)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return main, err
	}
	faults = append(faults, files.Faults...)
	maps.Copy(counts, files.Counts)
	if len(faults) > 0 {
		return main, &Fault{Damaged, errors.New(strings.Join(faults[:min(len(faults), 3)], "; "))}
	}
	for table, want := range m.Counts {
		if counts[table] != want {
			return main, &Fault{Damaged, fmt.Errorf("%s has %d rows, %d were there", table, counts[table], want)}
		}
	}
	return main, nil
}
