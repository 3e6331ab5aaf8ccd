package db_test

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"yike/db"
	"yike/db/dbtest"
	"yike/internal/jobs"
	"yike/policy"
)

const complaintBook = "投诉登记本.xlsx"

// registered is a branch that brings files, with the people whom the register
// names but one.
type registered struct {
	*dbtest.World
	t    *testing.T
	boss policy.Actor
	at   int64 // another branch than 城西
	run  *jobs.Runner
}

func newRegistered(t *testing.T, w *dbtest.World) *registered {
	t.Helper()
	b := &registered{World: w, t: t, boss: w.As(t, w.BossWest)}
	b.run = &jobs.Runner{DB: w.DB, Log: slog.New(slog.DiscardHandler), Tasks: jobs.NewImporter(w.DB).Tasks()}
	for name, user := range map[string]string{"何家骏": "rep1a", "陈立舟": "rep1b", "周砚青": "rep1c"} {
		if _, err := w.CreateUser(context.Background(), policy.SystemActor("test"), db.UserInput{Username: user, Name: name,
			BranchID: w.West, PasswordHash: dbtest.Hash, Grants: []policy.Grant{{Role: policy.ServiceClerk, Branch: w.West}}}); err != nil {
			t.Fatal(err)
		}
	}
	return b
}

func (b *registered) bring(kind, file string, raw []byte, o db.ImportOptions) db.Import {
	b.t.Helper()
	ctx := context.Background()
	if raw == nil {
		var err error
		if raw, err = os.ReadFile(filepath.Join("..", "internal", "sheet", "testdata", "samples", file)); err != nil {
			b.t.Fatal(err)
		}
	}
	hash, err := b.PutFile(ctx, bytes.NewReader(raw), "application/octet-stream", b.Now().Add(time.Hour))
	if err != nil {
		b.t.Fatal(err)
	}
	id, err := b.CreateImport(ctx, b.boss, db.Submission{}, db.NewImport{Kind: kind, FileName: file, FileHash: hash, Branch: cmp.Or(b.at, b.West), Options: o})
	if err != nil {
		b.t.Fatal(err)
	}
	b.run.RunTasks(ctx)
	return b.read(id)
}

func (b *registered) read(id int64) db.Import {
	b.t.Helper()
	m, err := b.Import(context.Background(), b.boss.Scope(policy.ImportRun), id)
	if err != nil {
		b.t.Fatal(err)
	}
	return m
}

func (b *registered) apply(m db.Import) db.Import {
	b.t.Helper()
	if err := b.StartApply(context.Background(), b.boss, m.ID, m.Version); err != nil {
		b.t.Fatal(err)
	}
	b.run.RunTasks(context.Background())
	return b.read(m.ID)
}

func (b *registered) want(what string, m db.Import, state string, f [4]int64) {
	b.t.Helper()
	if got := [4]int64{m.Creates, m.Updates, m.Skips, m.Faults}; m.State != state || got != f {
		b.t.Fatalf("%s: %s %v, want %s %v (%s %s)", what, m.State, got, state, f, m.Found.Fault, m.TaskError)
	}
}

// caseFigures are what the truth says of the register, counted in the database.
type caseFigures struct {
	All, Closed, Open, Clients, Callers, Promised, Late int64
	Months                                              map[string]int
	Waybills                                            int64
}

func (b *registered) cases() caseFigures {
	b.t.Helper()
	f := caseFigures{Months: map[string]int{}}
	for query, to := range map[string]*int64{
		`SELECT COUNT(*) FROM cases`:                                                                   &f.All,
		`SELECT COUNT(*) FROM cases WHERE step = 'closed' AND closed_at > 0`:                           &f.Closed,
		`SELECT COUNT(*) FROM cases WHERE step <> 'closed'`:                                            &f.Open,
		`SELECT COUNT(*) FROM cases WHERE customer_id IS NOT NULL`:                                     &f.Clients,
		`SELECT COUNT(*) FROM cases WHERE customer_id IS NULL AND caller_phone <> ''`:                  &f.Callers,
		`SELECT COUNT(*) FROM cases WHERE answer_due <> 0 OR solve_due <> 0 OR due < 9000000000000000`: &f.Promised,
		`SELECT COUNT(*) FROM case_waybills`:                                                           &f.Waybills,
	} {
		if err := db.Writer(b.DB).QueryRow(query).Scan(to); err != nil {
			b.t.Fatal(err)
		}
	}
	rows, err := db.Writer(b.DB).Query(`SELECT code FROM cases`)
	if err != nil {
		b.t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var code string
		if err := rows.Scan(&code); err != nil {
			b.t.Fatal(err)
		}
		f.Months[code[:4]+"-"+code[4:6]]++
	}
	return f
}

func TestTheOldRegisterBecomesCasesWithItsFigures(t *testing.T) {
	dbtest.Alone(t)
	var want struct {
		DataRows int64          `json:"data_rows"`
		ByMonth  map[string]int `json:"by_month"`
		Closed   int64
		Open     int64
		Blank    int64 `json:"result_blank"`
		Here     int64 `json:"rows_of_customers_in_file_1"`
		Rows     []struct {
			Row      int
			Day      string
			Customer string
			Waybill  string
			Handler  string
			Fen      int64 `json:"compensation_fen"`
		}
	}
	raw, err := os.ReadFile(filepath.Join("..", "internal", "sheet", "testdata", "samples", "truth.json"))
	if err != nil {
		t.Fatal(err)
	}
	var truth struct{ Files map[string]json.RawMessage }
	if err := json.Unmarshal(raw, &truth); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(truth.Files[complaintBook], &want); err != nil {
		t.Fatal(err)
	}
	numbers := int64(0)
	for _, r := range want.Rows {
		if r.Waybill != "" {
			numbers++
		}
	}
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		defer loadsStand(t, w)
		ctx := context.Background()
		b := newRegistered(t, w)
		b.apply(b.bring(db.ImportCustomers, "客户台账_杭州城西网点.xlsx", nil, db.ImportOptions{}))
		m := b.bring(db.ImportCases, complaintBook, nil, db.ImportOptions{})
		b.want("the register", m, "judged", [4]int64{want.DataRows, 0, 0, 0})
		if n := m.Found.NotCount; n["group_heading"] != 10 || n["note"] != 1 || m.Found.Mode != "cases" {
			t.Errorf("what is no data: %v, %s", n, m.Found.Mode)
		}
		m = b.apply(m)
		b.want("the register, taken", m, "applied", [4]int64{want.DataRows, 0, 0, 0})
		f := b.cases()
		if f.All != want.DataRows || f.Closed != want.Closed || f.Open != want.Open+want.Blank || f.Clients != want.Here || f.Callers != want.DataRows-want.Here || f.Waybills != numbers || f.Promised != 0 {
			t.Errorf("cases: %+v", f)
		}
		for month, n := range want.ByMonth {
			if f.Months[month] != n {
				t.Errorf("%s: %d cases, truth %d", month, f.Months[month], n)
			}
		}
		// Row 13: a client's, closed, paid, by somebody who is nobody here.
		row, event := b.caseSaid(t, "到付多收了8块", "20260127-001")
		if row.Customer != "栖峤欣印务（杭州）有限公司" || row.Step != "closed" || row.Result != "联系收件人核实，\n晚上回电\nOK\n赔款：230\n经办：吴霜" || row.Cause.Code != "charges" ||
			row.Channel != "phone" || row.UserID != 0 || event.Kind != "imported" {
			t.Errorf("row 13: %+v, %+v", row, event)
		}
		again := b.bring(db.ImportCases, complaintBook, nil, db.ImportOptions{})
		b.want("the register once more", again, "judged", [4]int64{0, 0, want.DataRows, 0})
		// One that somebody works on stays when the register is taken back.
		if err := w.EditCase(ctx, b.boss, func() db.Case { c := row.Case; c.Severity = "serious"; return c }(), nil, nil, nil); err != nil {
			t.Fatal(err)
		}
		if err := w.StartUndo(ctx, b.boss, m.ID, m.Version); err != nil {
			t.Fatal(err)
		}
		b.run.RunTasks(ctx)
		if m = b.read(m.ID); m.State != "undone" || m.Undo.Reversed != int(want.DataRows)-1 || m.Undo.Kept != 1 || m.Undo.Failed != 0 {
			t.Errorf("taken back: %s %+v", m.State, m.Undo)
		}
		if f := b.cases(); f.All != 1 {
			t.Errorf("after it was taken back: %+v", f)
		}
		if found, err := b.Check(ctx); err != nil || len(found) > 0 {
			t.Errorf("the database after it: %v %v", found, err)
		}
	})
}

// caseSaid is the case of a code, which says that.
func (b *registered) caseSaid(t *testing.T, said, code string) (db.CaseRow, db.CaseEvent) {
	t.Helper()
	ctx := context.Background()
	var id int64
	if err := db.Writer(b.DB).QueryRow(`SELECT id FROM cases WHERE code = $1 AND said LIKE $2`, code, said+"%").Scan(&id); err != nil {
		t.Fatal(code, err)
	}
	row, err := b.Case(ctx, b.boss, id)
	if err != nil {
		t.Fatal(err)
	}
	events, err := b.CaseEvents(ctx, id)
	if err != nil || len(events) != 1 {
		t.Fatal(events, err)
	}
	return row, events[0]
}

func TestBadRowsOfARegisterAreToldByRow(t *testing.T) {
	clock := dbtest.NewClock(dbtest.Start)
	w := dbtest.NewWorld(t, dbtest.Open(t, clock), clock)
	b := newRegistered(t, w)
	ctx := context.Background()
	for branch, phone := range map[int64]string{w.West: "13900000001", w.East: "13900000002"} {
		if _, err := w.CreateCustomer(ctx, w.As(t, w.Admin), db.Submission{}, db.Customer{BranchID: branch, Name: "客户" + phone, Phones: []string{phone}}); err != nil {
			t.Fatal(err)
		}
	}
	head := "日期,客户,电话,单号,投诉内容,类型,渠道,级别,经办,结果,结案日期\n"
	m := b.bring(db.ImportCases, "簿.csv", []byte("\ufeff"+head+
		"2026-03-01,王先生,13900000001,302601000625492,送晚了,,微信,紧急,周明慧,已解决,2026-03-04\n"+
		"2026-03-02,李女士,13900000002,,碎了,破损,,,明慧,,\n"+
		"2026-03-03,赵先生,不记得,,多收钱,,,,老板,说不清,\n"+
		"2027-03-04,钱女士,13900000009,,还没到,,,,,,\n"+
		"2026-02-30,孙先生,13900000009,,还没到,,,,,,\n"+
		",周先生,13900000009,,还没到,,,,,,\n"+
		"2026-03-05,吴先生,13900000009,,,,,,,,\n"+
		"2026-03-01,王先生,13900000001,302601000625492,送晚了。,,微信,紧急,周明慧,已解决,2026-03-04\n"), db.ImportOptions{NoResult: "closed"})
	b.want("the file", m, "judged", [4]int64{3, 0, 1, 4})
	rows, err := b.ImportRows(ctx, m, "error", 0, false, 10)
	if err != nil {
		t.Fatal(err)
	}
	var why []string
	for _, r := range rows {
		why = append(why, string(r.Reasons[0].Code))
	}
	if strings.Join(why, " ") != "future_day impossible_date no_day nothing_said" {
		t.Errorf("refused for %v", why)
	}
	b.apply(m)
	f := b.cases()
	if f.All != 3 || f.Clients != 1 || f.Closed != 2 {
		t.Errorf("cases: %+v", f)
	}
	first, _ := b.caseSaid(t, "送晚了", "20260301-001")
	if first.Channel != "wechat" || first.Severity != "serious" || first.UserID != w.BossWest || db.Day(time.UnixMilli(first.ClosedAt)) != "2026-03-04" || first.Cause.Code != "late" {
		t.Errorf("the first: %+v", first)
	}
	// A client of another branch is a caller here, and their file is not named.
	east, _ := b.caseSaid(t, "碎了", "20260302-001")
	if east.CustomerID != 0 || east.CallerPhone != "13900000002" || east.BranchID != w.West || east.Cause.Code != "damaged" || east.UserID != w.BossWest || east.Step != "closed" {
		t.Errorf("another branch's client: %+v", east)
	}
	open, _ := b.caseSaid(t, "多收钱", "20260303-001")
	if open.Step == "closed" || open.CallerPhone != "" || !strings.Contains(open.Result, "经办：老板") || !strings.Contains(open.Result, "不记得") || !strings.Contains(open.Result, "说不清") {
		t.Errorf("what cannot be read is kept in words: %+v", open)
	}
}

func TestARegisterBroughtOnceMoreBringsNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, w *dbtest.World) {
		b := newRegistered(t, w)
		b.boss, b.at = w.As(t, w.RegionZJ), w.Zhejiang
		ctx := context.Background()
		// Its client's branch is where the case stands, not the region that brings it.
		if _, err := w.CreateCustomer(ctx, w.As(t, w.Admin), db.Submission{}, db.Customer{BranchID: w.West, Name: "桂子书店", Phones: []string{"13900000001"}}); err != nil {
			t.Fatal(err)
		}
		file := []byte("\ufeff日期,客户,电话,单号,投诉内容,类型,结果\n" +
			"2026-03-01,桂子书店,,,送晚了,,已解决\n" +
			"2026-03-01,王先生,,,送晚了,,已解决\n" +
			"2026-03-01,李女士,13900000002,,碎了,,已解决\n" +
			"2026-03-01,赵先生,13900000002,,碎了,,已解决\n" +
			"2026-03-02,,,,,破损,已解决\n" +
			"2026-03-02,,,,,遗失,已解决\n" +
			"2026-03-02,,,,,遗失,已解决\n")
		m := b.bring(db.ImportCases, "簿.csv", file, db.ImportOptions{})
		b.want("the file", m, "judged", [4]int64{6, 0, 1, 0})
		b.apply(m)
		var west int64
		if err := db.Writer(w.DB).QueryRow(`SELECT count(*) FROM cases WHERE branch_id = $1`, w.West).Scan(&west); err != nil || west != 1 {
			t.Fatalf("%d cases stand at their client's branch (%v)", west, err)
		}
		b.want("once more", b.bring(db.ImportCases, "簿.csv", file, db.ImportOptions{}), "judged", [4]int64{0, 0, 7, 0})
		// Another branch's register may say the same of somebody else.
		b.boss, b.at = w.As(t, w.BossEast), w.East
		b.want("another branch", b.bring(db.ImportCases, "簿2.csv", []byte("\ufeff日期,客户,电话,单号,投诉内容,类型,结果\n2026-03-02,,,,,破损,已解决\n"), db.ImportOptions{}), "judged", [4]int64{1, 0, 0, 0})
	})
}
