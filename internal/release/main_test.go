package main

import (
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestTheBillOfMaterials is read out of a program, here this test's own, and is
// the same each time.
func TestTheBillOfMaterials(t *testing.T) {
	dir, me := t.TempDir(), target{"linux", "amd64"}
	from, err := os.Open(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	defer from.Close()
	to, err := os.Create(filepath.Join(dir, me.file()))
	if err == nil {
		_, err = io.Copy(to, from)
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := to.Close(); err != nil {
		t.Fatal(err)
	}
	sums, err := checksums(dir, []target{me})
	if err != nil || len(sums[me.file()]) != 64 {
		t.Fatal(sums, err)
	}
	first, err := materials(dir, "v1", []target{me}, sums)
	if err != nil {
		t.Fatal(err)
	}
	second, err := materials(dir, "v1", []target{me}, sums)
	if err != nil || string(first) != string(second) {
		t.Errorf("it differs: %v", err)
	}
	var b bom
	if err := json.Unmarshal(first, &b); err != nil || b.Format != "CycloneDX" || len(b.Metadata.Component.Components) != 1 || b.Metadata.Component.Components[0].Hashes[0].Content != sums[me.file()] {
		t.Errorf("%+v, %v", b, err)
	}
	if !strings.Contains(string(first), "pkg:golang/stdlib@") || strings.Contains(string(first), dir) {
		t.Errorf("%s", first)
	}
}

func TestATargetThatIsNone(t *testing.T) {
	if err := release(t.TempDir(), "plan9/mips", false); err == nil {
		t.Error("built for it")
	}
}

// TestTheCopyOfATree has what is built and neither the history nor what was made.
func TestTheCopyOfATree(t *testing.T) {
	from, to := t.TempDir(), filepath.Join(t.TempDir(), "another place")
	for _, name := range []string{"main.go", "db/a.sql", ".git/HEAD", "dist/yike", ".ci/run"} {
		if err := os.MkdirAll(filepath.Join(from, filepath.Dir(name)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(from, name), []byte(name), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(from)
	if err := copyTree(to, filepath.Join(from, "dist")); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{"main.go": true, "db/a.sql": true, ".ci/run": true, ".git/HEAD": false, "dist/yike": false} {
		if text, err := os.ReadFile(filepath.Join(to, name)); (err == nil) != want || want && string(text) != name {
			t.Errorf("%s: %q, %v", name, text, err)
		}
	}
}
