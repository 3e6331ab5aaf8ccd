package db

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"time"
)

// filePart is how much of a file one row holds.
const filePart = 1 << 20

// PutFile keeps the content under its hash (sha256, hex) and returns that. The
// same content is kept once, whoever brings it. expires says until when it is
// kept; the zero time is for good. Of two answers the longer stays. The
// content is read to its end; one that can be rewound is read twice instead of
// being spooled.
func (d *DB) PutFile(ctx context.Context, r io.Reader, mediaType string, expires time.Time) (hash string, err error) {
	sum := sha256.New()
	content, size, err := rewindable(r, sum)
	if err != nil {
		return "", fmt.Errorf("put file: %w", err)
	}
	if spool, ok := content.(*os.File); ok && r != io.Reader(spool) {
		defer os.Remove(spool.Name()) //nolint:errcheck // a spool left behind is the system's to clear
		defer spool.Close()
	}
	hash = hex.EncodeToString(sum.Sum(nil))
	var until int64
	if !expires.IsZero() {
		until = expires.UnixMilli()
	}
	if err := d.putFile(ctx, hash, content, size, mediaType, until); err != nil {
		return "", fmt.Errorf("put file %s: %w", hash, err)
	}
	return hash, nil
}

// rewindable returns the content from where it can be read again, with its
// size; on the way it goes through sum.
func rewindable(r io.Reader, sum io.Writer) (io.Reader, int64, error) {
	if s, ok := r.(io.ReadSeeker); ok {
		at, err := s.Seek(0, io.SeekCurrent)
		if err != nil {
			return nil, 0, err
		}
		n, err := io.Copy(sum, s)
		if err != nil {
			return nil, 0, err
		}
		_, err = s.Seek(at, io.SeekStart)
		return s, n, err
	}
	spool, err := os.CreateTemp("", "yike-file-*")
	if err != nil {
		return nil, 0, err
	}
	n, err := io.Copy(io.MultiWriter(sum, spool), r)
	if err == nil {
		_, err = spool.Seek(0, io.SeekStart)
	}
	if err != nil {
		_ = spool.Close()
		_ = os.Remove(spool.Name())
		return nil, 0, err
	}
	return spool, n, nil
}

func (d *DB) putFile(ctx context.Context, hash string, content io.Reader, size int64, mediaType string, until int64) error {
	tx, err := d.fw.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // after Commit it says so, and that is fine
	_, err = tx.ExecContext(ctx, `
		INSERT INTO files (hash, size, type, created_at, expires_at) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (hash) DO UPDATE SET expires_at = CASE
			WHEN files.expires_at = 0 OR excluded.expires_at = 0 THEN 0
			WHEN files.expires_at > excluded.expires_at THEN files.expires_at
			ELSE excluded.expires_at END`,
		hash, size, mediaType, d.now().UnixMilli(), until)
	if err != nil {
		return err
	}
	var have bool
	if err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM file_parts WHERE hash = $1)`, hash).Scan(&have); err != nil {
		return err
	}
	buf := make([]byte, min(filePart, size))
	for part, left := 0, size; left > 0 && !have; part++ {
		n := min(left, filePart)
		if _, err := io.ReadFull(content, buf[:n]); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO file_parts (hash, part, data) VALUES ($1, $2, $3)`, hash, part, buf[:n]); err != nil {
			return err
		}
		left -= n
	}
	return tx.Commit()
}

// File is kept content, open for reading: an io.ReadSeekCloser and an
// io.ReaderAt. Not safe for concurrent use.
type File struct {
	Hash string
	Size int64
	Type string // media type

	ctx   context.Context
	db    *DB
	at    int64
	part  int64 // the part that buf holds, -1 for none
	buf   []byte
	close bool
}

// OpenFile opens kept content; ErrNotFound when there is none, or when its
// time is over. Who may read it is for the row that names the hash to say.
func (d *DB) OpenFile(ctx context.Context, hash string) (*File, error) {
	f := &File{Hash: hash, ctx: ctx, db: d, part: -1}
	err := d.fr.QueryRowContext(ctx, `SELECT size, type FROM files WHERE hash = $1 AND (expires_at = 0 OR expires_at > $2)`,
		hash, d.now().UnixMilli()).Scan(&f.Size, &f.Type)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("file %s: %w", hash, ErrNotFound)
	}
	if err != nil {
		return nil, fmt.Errorf("file %s: %w", hash, err)
	}
	return f, nil
}

// Read reads on from where the file stands.
func (f *File) Read(p []byte) (int, error) {
	n, err := f.readSome(p, f.at)
	f.at += int64(n)
	return n, err
}

// ReadAt reads from an offset, wherever the file stands.
func (f *File) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 {
		return 0, fmt.Errorf("file %s: read at %d", f.Hash, off)
	}
	done := 0
	for done < len(p) {
		n, err := f.readSome(p[done:], off+int64(done))
		done += n
		if err != nil {
			return done, err
		}
	}
	return done, nil
}

func (f *File) readSome(p []byte, off int64) (int, error) {
	switch {
	case f.close:
		return 0, os.ErrClosed
	case len(p) == 0:
		return 0, nil
	case off >= f.Size:
		return 0, io.EOF
	}
	if part := off / filePart; part != f.part {
		err := f.db.fr.QueryRowContext(f.ctx, `SELECT data FROM file_parts WHERE hash = $1 AND part = $2`, f.Hash, part).Scan(&f.buf)
		if err != nil {
			f.part = -1
			return 0, fmt.Errorf("file %s, part %d: %w", f.Hash, part, err)
		}
		f.part = part
	}
	from := off - f.part*filePart
	if from >= int64(len(f.buf)) {
		return 0, fmt.Errorf("file %s, part %d: %w", f.Hash, f.part, io.ErrUnexpectedEOF)
	}
	return copy(p, f.buf[from:]), nil
}

// Seek moves to where the next Read begins.
func (f *File) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += f.at
	case io.SeekEnd:
		offset += f.Size
	}
	if offset < 0 {
		return f.at, fmt.Errorf("file %s: seek to %d", f.Hash, offset)
	}
	f.at = offset
	return offset, nil
}

// Close lets go of the file.
func (f *File) Close() error {
	f.close, f.buf, f.part = true, nil, -1
	return nil
}

// SweepFiles removes the files whose time is over and says how many they were.
func (d *DB) SweepFiles(ctx context.Context) (int64, error) {
	tx, err := d.fw.BeginTx(ctx, nil)
	if err != nil {
		return 0, fmt.Errorf("sweep files: %w", err)
	}
	defer tx.Rollback() //nolint:errcheck // after Commit it says so, and that is fine
	now := d.now().UnixMilli()
	if _, err := tx.ExecContext(ctx, `DELETE FROM file_parts WHERE hash IN (SELECT hash FROM files WHERE expires_at <> 0 AND expires_at <= $1)`, now); err != nil {
		return 0, fmt.Errorf("sweep files: %w", err)
	}
	res, err := tx.ExecContext(ctx, `DELETE FROM files WHERE expires_at <> 0 AND expires_at <= $1`, now)
	if err != nil {
		return 0, fmt.Errorf("sweep files: %w", err)
	}
	n, err := res.RowsAffected()
	if err != nil {
		return 0, fmt.Errorf("sweep files: %w", err)
	}
	return n, tx.Commit()
}
