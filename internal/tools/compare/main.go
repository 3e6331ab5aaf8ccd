// Command compare measures two commits in turns and prints what differs, as
// benchstat tells it:
//
//	go run ./internal/tools/compare -bench List HEAD~1 HEAD -- -size 10000
//	go run ./internal/tools/compare -n 10 -bench 'List|Search' main my-branch -- -size 100000 -engine postgres
//
// What follows -- goes to the benchmarks of internal/bench. Each commit is
// checked out in a temporary folder and its benchmarks are built once;
// then each round runs both, the one first in odd rounds, the other in even
// ones, so that a busy machine is as unkind to the one as to the other. Columns
// that end in "xFP" are multiples of a yardstick of the same run; milliseconds
// alone mean little on a machine that does other things.
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// benchstat is the program that tells whether a difference is one.
const benchstat = "golang.org/x/perf/cmd/benchstat@v0.0.0-20260908200009-22c9c6c9d4da"

// plan is what is compared.
type plan struct {
	rounds  int
	bench   string
	time    string
	short   bool
	out     string
	commits [2]string
	args    []string // for the benchmarks
}

// leastRounds is below what benchstat finds no difference, however great.
const leastRounds = 6

func main() {
	p, err := parse(os.Args[1:], os.Stderr)
	if err == nil {
		err = compare(p, os.Stdout)
	}
	if errors.Is(err, flag.ErrHelp) {
		os.Exit(2)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// parse reads the command line.
func parse(words []string, help io.Writer) (plan, error) {
	p := plan{}
	f := flag.NewFlagSet("compare", flag.ContinueOnError)
	f.SetOutput(help)
	f.IntVar(&p.rounds, "n", leastRounds, "rounds, in each of which both commits run once")
	f.StringVar(&p.bench, "bench", "List|Search|Customer", "which benchmarks of internal/bench")
	f.StringVar(&p.time, "benchtime", "1x", "as for go test")
	f.BoolVar(&p.short, "short", false, "fewer requests in each run")
	f.StringVar(&p.out, "out", "", "folder that keeps the figures of both (default: a temporary one)")
	f.Usage = func() {
		fmt.Fprintln(help, "compare [flags] BEFORE AFTER [-- flags of internal/bench]")
		f.PrintDefaults()
	}
	for i, w := range words {
		if w == "--" {
			words, p.args = words[:i], words[i+1:]
			break
		}
	}
	if err := f.Parse(words); err != nil {
		return p, err
	}
	if f.NArg() != 2 {
		return p, fmt.Errorf("two commits are compared, not %d", f.NArg())
	}
	if p.rounds < leastRounds {
		return p, fmt.Errorf("-n %d: with fewer than %d rounds no difference can be told from chance", p.rounds, leastRounds)
	}
	p.commits = [2]string{f.Arg(0), f.Arg(1)}
	return p, nil
}

// compare builds both, runs them in turns and prints the table.
func compare(p plan, out io.Writer) (err error) {
	dir, err := os.MkdirTemp("", "yike-compare-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if p.out == "" {
		p.out = dir
	} else if p.out, err = filepath.Abs(p.out); err == nil {
		err = os.MkdirAll(p.out, 0o755)
	}
	if err != nil {
		return err
	}
	var trees, files [2]string
	for i, side := range []string{"before", "after"} {
		trees[i], files[i] = filepath.Join(dir, side), filepath.Join(p.out, side+".txt")
		if err := run(io.Discard, ".", "git", "worktree", "add", "--detach", "--quiet", trees[i], p.commits[i]); err != nil {
			return err
		}
		defer func() {
			err = errors.Join(err, run(io.Discard, ".", "git", "worktree", "remove", "--force", trees[i]))
		}()
		if err := run(out, trees[i], "go", "test", "-c", "-o", filepath.Join(trees[i], "bench.test"), "./internal/bench"); err != nil {
			return err
		}
		if err := os.WriteFile(files[i], nil, 0o644); err != nil {
			return err
		}
	}
	for round := range p.rounds {
		for _, i := range order(round) {
			fmt.Fprintf(out, "round %d of %d, %s\n", round+1, p.rounds, p.commits[i])
			if err := measure(p, trees[i], files[i]); err != nil {
				return err
			}
		}
	}
	return run(out, ".", "go", "run", benchstat, "before="+files[0], "after="+files[1])
}

// order is which of the two runs first.
func order(round int) [2]int {
	if round%2 == 0 {
		return [2]int{0, 1}
	}
	return [2]int{1, 0}
}

// measure runs the benchmarks of a tree once and adds what they say to a file.
func measure(p plan, tree, file string) (err error) {
	f, err := os.OpenFile(file, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	var said bytes.Buffer // a benchmark says there, too, why it failed
	if err := run(io.MultiWriter(f, &said), filepath.Join(tree, "internal", "bench"), filepath.Join(tree, "bench.test"), p.words()...); err != nil {
		return fmt.Errorf("%w\n%s", err, said.String())
	}
	return nil
}

// words are the arguments of a built benchmark.
func (p plan) words() []string {
	words := []string{"-test.run", "^$", "-test.bench", p.bench, "-test.benchtime", p.time, "-test.timeout", "4h"}
	if p.short {
		words = append(words, "-test.short")
	}
	return append(words, p.args...)
}

// run runs a program in a folder; what it says of its failure is in the error.
func run(out io.Writer, dir, name string, words ...string) error {
	var said bytes.Buffer
	cmd := exec.Command(name, words...) //nolint:gosec // whoever calls this names the commits and flags
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, out, &said
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s %s: %w\n%s", filepath.Base(name), strings.Join(words, " "), err, said.String())
	}
	return nil
}
