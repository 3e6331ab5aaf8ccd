package db_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"testing"
	"testing/iotest"
	"time"

	"yike/db"
	"yike/db/dbtest"
)

func TestAFileIsKeptOnceReadFromAnywhereAndSweptWhenItsTimeIsOver(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		ctx := context.Background()
		content := bytes.Repeat([]byte("岚翎速递 0123456789\n"), 130_000) // more than three parts
		hash, err := w.PutFile(ctx, bytes.NewReader(content), "text/plain", w.Now().Add(time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		// The same content from a reader that cannot go back, kept for less.
		again, err := w.PutFile(ctx, iotest.OneByteReader(io.LimitReader(bytes.NewReader(content[:64]), 64)), "text/plain", time.Time{})
		if err != nil || again == hash {
			t.Fatalf("another content: %s, %v", again, err)
		}
		if same, err := w.PutFile(ctx, io.MultiReader(bytes.NewReader(content)), "text/plain", w.Now().Add(time.Minute)); err != nil || same != hash {
			t.Fatalf("the same content: %s, %v; want %s", same, err, hash)
		}
		f, err := w.OpenFile(ctx, hash)
		if err != nil {
			t.Fatal(err)
		}
		if f.Size != int64(len(content)) || f.Type != "text/plain" {
			t.Fatalf("opened: %d bytes of %s", f.Size, f.Type)
		}
		if err := iotest.TestReader(f, content); err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		if empty, err := w.PutFile(ctx, bytes.NewReader(nil), "text/plain", time.Time{}); err != nil {
			t.Fatal(err)
		} else if f, err := w.OpenFile(ctx, empty); err != nil {
			t.Fatal(err)
		} else if b, err := io.ReadAll(f); err != nil || len(b) != 0 {
			t.Fatalf("an empty file: %q, %v", b, err)
		}
		w.Clock.Move(30 * time.Minute)
		if n, err := w.SweepFiles(ctx); err != nil || n != 0 {
			t.Fatalf("swept too early: %d, %v", n, err)
		}
		w.Clock.Move(time.Hour)
		if _, err := w.OpenFile(ctx, hash); !errors.Is(err, db.ErrNotFound) {
			t.Fatalf("opened after its time: %v", err)
		}
		if n, err := w.SweepFiles(ctx); err != nil || n != 1 {
			t.Fatalf("swept: %d, %v; want 1", n, err)
		}
		if _, err := w.OpenFile(ctx, again); err != nil {
			t.Fatalf("what is kept for good: %v", err)
		}
	})
}
