package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"yike/db"
	"yike/handlers"
	"yike/internal/jobs"
	"yike/policy"
	"yike/policy/intake"
	"yike/views"
	"yike/views/lang"
)

// importFile is yike import: the importer of the page, with a report file of
// the rows that were not taken.
func importFile(ctx context.Context, c *call) error {
	branch := c.flags.String("branch", "", "code of the branch")
	key := c.flags.String("key", "", "what tells that two rows are one customer: name_phone, code, account, credit_code, phone, name")
	area := c.flags.String("area", "", "area code of landlines written without one (default: the branch's)")
	year := c.flags.Int("year", 0, "year of dates written without one (default: the file's, or this one)")
	unread := c.flags.String("unread", intake.UnreadRefuses, "remark: a customer's cell that cannot be read goes into the remark (default: its row fails)")
	report := c.flags.String("report", "", "workbook for the rows that fail (default: beside the file)")
	dry := c.flags.Bool("dry-run", false, "say what would be done, and do nothing")
	words, err := c.parse(2, 2)
	if err != nil {
		return err
	}
	kind, path := words[0], words[1]
	if kind != db.ImportCustomers && kind != db.ImportVisits && kind != db.ImportWaybills && kind != db.ImportPayments && kind != db.ImportCases {
		return errUsage{"只能导入 customers、visits、waybills、payments 或 cases (customers, visits, waybills, payments or cases only): " + kind}
	}
	if *key != "" && !slices.Contains(intake.Keys(), intake.Key(*key)) {
		return errUsage{"没有这种认法 (no such key): " + *key}
	}
	if *unread != intake.UnreadRefuses && *unread != intake.UnreadRemark {
		return errUsage{"--unread 只能是 remark (remark or nothing): " + *unread}
	}
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("读不了文件 %s (cannot read the file): %w", path, err)
	}
	defer f.Close()
	if err := exists(c.cfg); err != nil {
		return err
	}
	d, err := OpenDB(ctx, c.cfg)
	if err != nil {
		return err
	}
	defer d.Close()
	system := policy.SystemActor("yike import")
	at := int64(0)
	for _, b := range d.Branches(ctx, system.Scope(policy.BranchRead)) {
		if b.Code == strings.ToUpper(*branch) {
			at = b.ID
		}
	}
	if at == 0 {
		return errUsage{"请用 --branch 写网点代码 (name a branch by its code): " + *branch}
	}
	hash, err := d.PutFile(ctx, f, "application/octet-stream", d.Now().Add(db.UndoImportFor+48*time.Hour))
	if err != nil {
		return err
	}
	size, err := f.Seek(0, io.SeekCurrent)
	if err != nil {
		return fmt.Errorf("读不了文件 %s (cannot read the file): %w", path, err)
	}
	id, err := d.CreateImport(ctx, system, db.Submission{}, db.NewImport{Kind: kind, FileName: filepath.Base(path), FileHash: hash, Branch: at,
		Options: db.ImportOptions{Key: *key, AreaCode: *area, Year: *year, Unread: *unread, Straight: kind == db.ImportWaybills && !*dry && !d.Postgres() && size > straightBill}})
	if err != nil {
		return err
	}
	im := jobs.NewImporter(d)
	im.Log = c.cfg.Log
	run := &jobs.Runner{DB: d, Log: c.cfg.Log, Tasks: im.Tasks()}
	read := func() (db.Import, error) {
		run.RunTasks(ctx)
		return d.Import(ctx, system.Scope(policy.ImportRun), id)
	}
	m, err := read()
	if err != nil {
		return err
	}
	ctx = lang.With(ctx, lang.Chinese)
	if m.State == "cancelled" || m.State == "applying" {
		return errNotImported
	}
	if m.State != "judged" && m.State != "applied" {
		return fmt.Errorf("%s (%s)", views.ImportFaultWord(ctx, m.Found.Fault), m.Found.Fault)
	}
	_, _ = fmt.Fprintf(c.out, "新建 (new) %d，更新 (updated) %d，跳过 (skipped) %d，错误 (failed) %d\n", m.Creates, m.Updates, m.Skips, m.Faults)
	for _, x := range m.Found.Faults {
		_, _ = fmt.Fprintf(c.out, "  %d 行: %s (%s)\n", x.Rows, views.ImportFaultKind(ctx, x.Code), x.Code)
	}
	for _, t := range m.Found.Totals {
		_, _ = fmt.Fprintf(c.out, "  第 %d 行的合计 (total of row) %d.%02d，各行相加 (rows add up to) %d.%02d\n", t.Row, t.Said/100, t.Said%100, t.Sum/100, t.Sum%100)
	}
	for _, x := range m.Found.Reps {
		_, _ = fmt.Fprintf(c.out, "  %d 行: 本网点没有业务员 %s (no such rep)\n", x.Rows, x.Name)
	}
	if m.Faults > 0 {
		if *report == "" {
			*report = strings.TrimSuffix(path, filepath.Ext(path)) + ".failed.xlsx"
		}
		if err := writeReport(*report, func(w io.Writer) error {
			_, err := handlers.WriteFailedRows(ctx, d, m, w, "")
			return err
		}); err != nil {
			return err
		}
		_, _ = fmt.Fprintf(c.out, "错误行在 (failed rows in) %s\n", *report)
	}
	if m.State != "applied" {
		if *dry || m.Creates+m.Updates == 0 {
			return d.CancelImport(ctx, system, id)
		}
		if err := d.StartApply(ctx, system, id, m.Version); err != nil {
			return err
		}
		if m, err = read(); err != nil {
			return err
		}
	}
	if m.State != "applied" {
		return errNotImported
	}
	_, _ = fmt.Fprintln(c.out, "已导入 (imported)")
	return nil
}

// straightBill is beyond how many bytes a bill is taken while it is judged. A
// test lowers it.
var straightBill int64 = 64 << 20

var errNotImported = errors.New("没有导入，数据没有动，请再试一次 (not imported, nothing changed)")

func writeReport(path string, write func(io.Writer) error) error {
	out, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("写不了 %s (cannot write the report): %w", path, err)
	}
	return errors.Join(write(out), out.Close())
}
