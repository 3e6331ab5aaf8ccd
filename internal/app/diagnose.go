package app

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"yike/db"
)

// A bundle for whoever helps from afar: how the program runs and what went
// wrong, and nothing about anybody. It holds numbers, states, words of the
// program's own and the log, which is clean already and is cleaned once more.

// counting is how long the rows of tables may be counted.
const counting = 20 * time.Second

// about is the first page of the bundle.
type about struct {
	Version, Go, OS, Arch string
	At                    string
	Running               string `json:",omitempty"` // for how long; "" for a command
	CPUs                  int
	Engine                string
	Schema, Needed        int64
	Sizes                 map[string]int64
	DiskLeft              uint64
	Key                   db.KeyState
	Checked               string
	CheckFaults           int
	ChainFaults           int
	Settings              map[string]string
}

// settings are how the program was started, without an address, a folder, a
// name or a secret.
func (c Config) settings() map[string]string {
	set := func(on bool) string {
		if on {
			return "on"
		}
		return "off"
	}
	engine := "sqlite"
	if strings.Contains(c.DSN(), "://") {
		engine = "postgres"
	}
	return map[string]string{"engine": engine, "ratings": set(c.RateAddr != ""), "rate_proxy": set(c.RateProxy != ""), "metrics": set(c.MetricsAddr != ""),
		"metrics_token": set(c.MetricsToken != ""), "tls_own": set(c.TLSSelf), "tls_given": set(c.TLSCert != ""), "key_file_named": set(c.KeyFile != "")}
}

// diagnosis writes the bundle. running is the product in this process, nil for
// the command.
func diagnosis(ctx context.Context, cfg Config, d *db.DB, running *App, out io.Writer) error {
	z := zip.NewWriter(out)
	add := func(name string, text []byte) error {
		w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: d.Now()})
		if err == nil {
			_, err = w.Write(text)
		}
		return err
	}
	first, err := aboutOf(ctx, cfg, d)
	if err != nil {
		return err
	}
	states, err := d.JobStates(ctx)
	if err != nil {
		return err
	}
	for i := range states {
		states[i].Error = cleaned(states[i].Error)
	}
	letters, err := d.LettersWaiting(ctx)
	if err != nil {
		return err
	}
	tasks, err := d.TasksWaiting(ctx)
	if err != nil {
		return err
	}
	soon, cancel := context.WithTimeout(ctx, counting)
	defer cancel()
	tables, err := d.TableSizes(soon)
	if err != nil {
		return err
	}
	var fault error
	page := func(name string, v any) {
		text, err := json.MarshalIndent(v, "", "  ")
		fault = errors.Join(fault, err, add(name, append(text, '\n')))
	}
	if running != nil {
		first.Running = time.Since(running.meter.began).Round(time.Second).String()
		var numbers bytes.Buffer
		fault = errors.Join(fault, running.metrics(ctx, &numbers), add("metrics.txt", numbers.Bytes()))
		text, _ := cfg.last.text()
		stacks := make([]byte, 1<<20)
		fault = errors.Join(fault, add("last.jsonl", []byte(text)), add("goroutines.txt", stacks[:runtime.Stack(stacks, true)]))
	}
	page("about.json", first)
	page("jobs.json", states)
	page("waiting.json", map[string][]db.Waiting{"outbox": letters, "tasks": tasks})
	page("tables.json", tables)
	return errors.Join(fault, add("log.jsonl", logTail(cfg.Data)), z.Close())
}

func aboutOf(ctx context.Context, cfg Config, d *db.DB) (a about, err error) {
	a = about{Version: cfg.Version, Go: runtime.Version(), OS: runtime.GOOS, Arch: runtime.GOARCH, At: logged(d.Now()), CPUs: runtime.NumCPU(),
		Sizes: d.Sizes(), Settings: cfg.settings()}
	if a.Engine, err = d.Engine(ctx); err != nil {
		return a, err
	}
	if a.Schema, a.Needed, err = d.Schema(ctx); err != nil {
		return a, err
	}
	a.DiskLeft, _ = diskLeft(cfg.Data) // 0 says that it is not known
	a.Key, _ = d.KeyState()
	h := d.Health()
	if a.CheckFaults = h.Faults; h.CheckedAt > 0 {
		a.Checked = logged(time.UnixMilli(h.CheckedAt))
	}
	a.ChainFaults = len(d.ChainState().Faults)
	return a, nil
}

// logTail is the end of the log, cleaned once more: an older program may have
// written it.
func logTail(data string) []byte {
	const most = 1 << 20
	f, err := os.Open(filepath.Join(data, "log", "yike.log"))
	if err != nil {
		return nil
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil
	}
	text := make([]byte, min(info.Size(), most))
	n, _ := f.ReadAt(text, info.Size()-int64(len(text)))
	var out bytes.Buffer
	for line := range bytes.Lines(text[:n]) {
		var fields map[string]any
		if d := json.NewDecoder(bytes.NewReader(line)); decode(d, &fields) != nil {
			continue // half a line, where the end begins
		}
		for k, v := range fields {
			if s, ok := v.(string); ok && k != "time" && k != "msg" {
				fields[k] = cleaned(s)
			}
		}
		if b, err := json.Marshal(fields); err == nil {
			out.Write(append(b, '\n'))
		}
	}
	return out.Bytes()
}

// decode keeps the digits of an id.
func decode(d *json.Decoder, into any) error {
	d.UseNumber()
	return d.Decode(into)
}

// diagnose writes the bundle from the command line, also while the product is
// serving.
func diagnose(ctx context.Context, c *call) error {
	words, err := c.parse(0, 1)
	if err != nil {
		return err
	}
	if err := exists(c.cfg); err != nil {
		return err
	}
	name := "yike-diagnose-" + time.Now().Format("20060102-150405") + ".zip"
	if len(words) == 1 {
		name = words[0]
	}
	d, err := OpenDB(ctx, c.cfg)
	if err != nil {
		return err
	}
	defer d.Close()
	var text bytes.Buffer
	if err := diagnosis(ctx, c.cfg, d, nil, &text); err != nil {
		return fmt.Errorf("诊断没有做成 (the diagnosis failed): %w", err)
	}
	f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, os.ErrExist) {
		return fmt.Errorf("%s 已存在，请换一个文件名 (the file exists)", name)
	}
	if err == nil {
		_, err = f.Write(text.Bytes())
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		return fmt.Errorf("不能写 %s (cannot write): %w", name, err)
	}
	_, _ = fmt.Fprintf(c.out, "诊断信息在 (the diagnosis is in) %s，里面没有客户和人员的信息，可以发给帮忙的人 (it tells of nobody)。\n", name)
	return nil
}
