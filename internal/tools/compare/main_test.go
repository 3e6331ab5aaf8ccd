package main

import (
	"bytes"
	"errors"
	"flag"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestWhatIsCompared(t *testing.T) {
	for name, c := range map[string]struct {
		words []string
		want  string // "" refuses
	}{
		"two commits":                        {[]string{"HEAD~1", "HEAD"}, "-test.run ^$ -test.bench List|Search|Customer -test.benchtime 1x -test.timeout 4h"},
		"flags of the benchmarks go to them": {[]string{"-bench", "Visit", "-short", "a", "b", "--", "-size", "10000"}, "-test.run ^$ -test.bench Visit -test.benchtime 1x -test.timeout 4h -test.short -size 10000"},
		"one commit":                         {[]string{"HEAD"}, ""},
		"three commits":                      {[]string{"a", "b", "c"}, ""},
		"five rounds tell nothing":           {[]string{"-n", "5", "a", "b"}, ""},
	} {
		p, err := parse(c.words, io.Discard)
		if got := strings.Join(p.words(), " "); (err == nil) != (c.want != "") || err == nil && got != c.want {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	if _, err := parse([]string{"-h"}, io.Discard); !errors.Is(err, flag.ErrHelp) {
		t.Errorf("help: %v", err)
	}
}

// TestBothRunInTurns: each round runs both, and neither is always the first.
func TestBothRunInTurns(t *testing.T) {
	first := 0
	for round := range 6 {
		o := order(round)
		if o[0]+o[1] != 1 {
			t.Errorf("round %d runs %v", round, o)
		}
		first += o[0]
	}
	if first != 3 {
		t.Errorf("the second commit is first in %d of 6 rounds", first)
	}
}

// TestTwoCommitsOfASmallRepository goes the whole way but for benchstat: two
// trees, two programs, their figures in two files, and nothing left behind.
func TestTwoCommitsOfASmallRepository(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	git := func(words ...string) {
		t.Helper()
		words = append([]string{"-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"}, words...)
		if out, err := exec.Command("git", words...).CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v\n%s", words, err, out)
		}
	}
	write := func(name, text string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	bench := func(figure string) string {
		return "package bench\n\nimport (\n\t\"flag\"\n\t\"testing\"\n)\n\nvar size = flag.Int(\"size\", 1, \"\")\n\nfunc BenchmarkList(b *testing.B) {\n\tb.ReportMetric(" + figure + "*float64(*size), \"xFP\")\n}\n"
	}
	git("init", "-q", "-b", "main")
	write("go.mod", "module small\n\ngo 1.26\n")
	write("internal/bench/bench_test.go", bench("1.5"))
	git("add", "-A")
	git("commit", "-q", "-m", "before")
	write("internal/bench/bench_test.go", bench("2.5"))
	git("commit", "-q", "-a", "-m", "after")

	kept := filepath.Join(dir, "figures")
	var said bytes.Buffer
	p, err := parse([]string{"-bench", "List", "-out", kept, "HEAD~1", "HEAD", "--", "-size", "10"}, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	told := compare(p, &said) // without a network benchstat is not there
	for side, want := range map[string]string{"before": "15.00 xFP", "after": "25.00 xFP"} {
		text, err := os.ReadFile(filepath.Join(kept, side+".txt"))
		if err != nil || strings.Count(string(text), want) != leastRounds {
			t.Errorf("%s, %v: %q is not there %d times:\n%s", side, err, want, leastRounds, text)
		}
	}
	if told != nil && !strings.Contains(told.Error(), "benchstat") {
		t.Error(told)
	}
	if told == nil && !strings.Contains(said.String(), "xFP") {
		t.Errorf("the table: %s", said.String())
	}
	list, err := exec.Command("git", "worktree", "list").Output()
	if err != nil || len(slices.Collect(strings.Lines(string(list)))) != 1 {
		t.Errorf("trees are left: %s %v", list, err)
	}
}
