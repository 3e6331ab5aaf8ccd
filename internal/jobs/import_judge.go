package jobs

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"yike/db"
	"yike/internal/sheet"
	"yike/policy"
	"yike/policy/intake"
)

// Reasons that come from what is on record or from the kind of file, beside
// those of policy/intake.
const (
	BelongsElsewhere intake.Code = "belongs_elsewhere" // on record where the actor may not write
	InBin            intake.Code = "in_bin"            // on record in the recycle bin
	RepUnknown       intake.Code = "rep_unknown"       // Text is nobody's name in the branch
	BranchUnknown    intake.Code = "branch_unknown"    // Text is no branch within reach
	messageDoubt                 = "message_"          // and a doubt of policy/snippet
)

// How a file of customers is read.
const (
	modeCustomers = "customers"
	modeSenders   = "senders"  // a list of parcels: who sends them
	modeMessages  = "messages" // pasted messages, one to a cell
	modeVisits    = "visits"
	modeWaybills  = "waybills"
	modeCases     = "cases"
)

const (
	lookRows   = 80   // rows from the top that decide what a sheet is
	batchRows  = 400  // rows judged between two looks into the database
	stageRows  = 4000 // rows staged with one commit
	shownOther = 200  // rows that are no data and are named
	sheetStep  = 1 << 24
	mostKnown  = 20_000 // clients on record that a bill's judgement remembers
)

// errFile is a file that cannot be imported as it is, with its code.
type errFile struct{ code string }

func (e errFile) Error() string { return "import: " + e.code }

// judging is one run over one file.
type judging struct {
	*Importer
	ctx      context.Context
	by       policy.Actor
	m        db.Import
	report   Report
	book     *sheet.Book
	found    db.ImportFound
	lookup   *db.ImportLookup
	parcels  *db.WaybillLookup // of a bill
	persons  string            // day before which its parcels name no persons
	entries  *db.EntryLookup   // of an account file
	cases    *db.CaseLookup    // of a register
	people   map[string]int64
	branches map[string]int64
	answers  intake.Answers
	n        int64
	read     int64
	claimed  int64
	count    map[string]int64
	reps     map[string]int
	names    map[string]int
	faults   map[string]int
	asked    map[intake.Code]int
	stage    chan []db.ImportRow
	stop     context.CancelCauseFunc
	feed     *db.BillFeed   // of a straight bill
	again    []db.ImportRow // of its rows that are taken already, the next that are staged
	againTo  int64          // up to which row again has them all
}

// judge reads the file, decides of every row what is to become of it, and
// stages the rows; the import goes from one state to the other. A file that
// cannot be read makes it failed, with the reason.
func (im *Importer) judge(ctx context.Context, by policy.Actor, m db.Import, from, to, notice string, report Report) error {
	mark, err := im.db.NewestChange(ctx)
	if err != nil {
		return err
	}
	if err := im.db.ClearStage(ctx, m.ID); err != nil {
		return err
	}
	j := im.judging(by, m, report)
	err = j.run(ctx)
	switch code := faultOf(err); {
	case code != "":
		// What was found so far is kept: the person may choose another sheet.
		if err := im.db.ClearStage(ctx, m.ID); err != nil {
			return err
		}
		j.found.Fault = code
		return im.db.EndJudging(ctx, m.ID, from, "failed", j.found, 0, 0, 0, 0)
	case err != nil:
		return err
	}
	j.found.Notice, j.found.Mark = notice, mark
	return im.db.EndJudging(ctx, m.ID, from, to, j.found, j.count["create"], j.count["update"], j.count["skip"], j.count["error"])
}

func (im *Importer) judging(by policy.Actor, m db.Import, report Report) *judging {
	j := &judging{Importer: im, by: by, m: m, report: report, lookup: nil, count: map[string]int64{}, reps: map[string]int{},
		names: map[string]int{}, faults: map[string]int{}, asked: map[intake.Code]int{}}
	j.found.NotCount = map[string]int{}
	return j
}

// faultOf is the code of what is wrong with the file, "" when the error is none
// of the file's.
func faultOf(err error) string {
	if f := (errFile{}); errors.As(err, &f) {
		return f.code
	}
	return SheetFault(err)
}

func (j *judging) run(ctx context.Context) error {
	ctx, j.stop = context.WithCancelCause(ctx)
	defer j.stop(nil)
	j.ctx = ctx
	j.lookup = j.db.ImportLookup(ctx, j.by.Scope(policy.CustomerEdit))
	if j.m.Kind == db.ImportWaybills {
		j.parcels = j.db.WaybillLookup(ctx, j.m.BranchID)
		defer j.parcels.Close() //nolint:errcheck // it only read
		var err error
		if j.persons, err = j.db.PersonsFrom(ctx); err != nil {
			return err
		}
	}
	if j.m.Kind == db.ImportPayments {
		j.entries = j.db.EntryLookup(ctx, j.m.BranchID)
	}
	if j.m.Kind == db.ImportCases {
		var err error
		if j.cases, err = j.db.CaseLookup(ctx, j.m.BranchID); err != nil {
			return err
		}
	}
	book, done, err := j.open(ctx, j.m.FileHash, j.m.Kind)
	if err != nil {
		return err
	}
	defer done()
	j.book = book
	if j.people, err = j.db.BranchPeople(ctx, j.m.BranchID); err != nil {
		return err
	}
	j.branches = map[string]int64{}
	area := ""
	within := j.by.Scope(policy.ImportRun)
	if j.parcels != nil { // another branch's parcels are known as such, also where the actor sees nothing of it
		within = policy.SystemActor("import").Scope(policy.ImportRun)
	}
	for _, b := range j.db.Branches(ctx, within) {
		j.branches[b.Name], j.branches[b.Code] = b.ID, b.ID
	}
	// The branch's own area code, else that of the branch above it.
	for _, id := range j.db.Chain(j.m.BranchID) {
		if b, err := j.db.Branch(ctx, policy.SystemActor("import").Scope(policy.BranchRead), id); err == nil && area == "" {
			area = b.AreaCode
		}
	}
	o := j.m.Options
	j.answers = intake.Answers{Year: o.Year, AreaCode: o.AreaCode, Order: intake.Order(o.Order), DecimalComma: o.Comma, VIP: o.VIP, Unread: o.Unread, NoResult: o.NoResult}
	if j.answers.AreaCode == "" {
		j.answers.AreaCode = area
	}
	plans, err := j.look()
	if err != nil {
		return err
	}
	j.stage = make(chan []db.ImportRow, 2)
	wrote := make(chan error, 1)
	go func() { wrote <- j.keep(ctx) }()
	err = j.sheets(plans)
	close(j.stage)
	if stageErr := <-wrote; stageErr != nil {
		return stageErr
	}
	if err != nil {
		return err
	}
	if j.n == 0 {
		return errFile{FaultNoRows}
	}
	j.found.Reps, j.found.Names = names(j.reps), names(j.names)
	for _, code := range slices.Sorted(maps.Keys(j.faults)) {
		j.found.Faults = append(j.found.Faults, db.ImportCount{Code: code, Rows: j.faults[code]})
	}
	slices.SortStableFunc(j.found.Faults, func(a, b db.ImportCount) int { return b.Rows - a.Rows })
	return nil
}

// keep stages what is judged, beside the judgement, a few thousand rows with
// each commit.
func (j *judging) keep(ctx context.Context) error {
	var err error
	var wait []db.ImportRow
	write := func() {
		if err == nil && len(wait) > 0 {
			if j.feed != nil {
				err = j.feed.Give(ctx, wait)
			} else {
				err = j.db.StageRows(ctx, j.m.ID, wait)
			}
		}
		if wait = wait[:0]; err != nil {
			j.stop(err)
		}
	}
	for rows := range j.stage {
		if wait = append(wait, rows...); len(wait) >= stageRows {
			write()
		}
	}
	write()
	clear(wait[:cap(wait)])
	return err
}

func names(m map[string]int) []db.ImportName {
	var out []db.ImportName
	for _, name := range slices.Sorted(maps.Keys(m)) {
		out = append(out, db.ImportName{Name: name, Rows: m[name]})
	}
	slices.SortStableFunc(out, func(a, b db.ImportName) int { return b.Rows - a.Rows })
	return out[:min(len(out), 100)]
}

// item is a row on its way to its verdict.
type item struct {
	row   intake.Row
	cells []string
	fault []intake.Problem // refused before the judge sees it
}

// stream judges rows of one shape.
type stream struct {
	j      *judging
	kind   *intake.Kind
	header intake.Header
	opt    intake.Options
	m      intake.Mapping
	judge  *intake.Judge
	sheets []string // by what row numbers carry, see sheetStep
	batch  []item
	base   int
	sheet  string
	last   int // position of the last heading row
}

func (j *judging) options(p sheetPlan) intake.Options {
	o := intake.Options{Key: intake.Key(j.m.Options.Key), Answers: j.answers, Known: j.lookup, FillOnly: j.m.Options.FillOnly,
		Delimited: j.found.Format == "csv", SheetName: p.name}
	if o.Answers.Year == 0 {
		o.Answers.Year = p.header.Year
	}
	if o.Answers.Year == 0 {
		o.Answers.Year = j.db.Now().Year()
	}
	o.Parcels, o.Today = j.m.Kind == db.ImportWaybills, db.Day(j.db.Now())
	o.BindLater = o.Parcels
	if j.m.Kind == db.ImportVisits {
		o.Visited = func(customer int64, day, _, learned string) (bool, error) {
			return j.lookup.Visited(customer, day, learned)
		}
	}
	return o
}

func (j *judging) sheets(plans []sheetPlan) error {
	var last *stream
	for i, p := range plans {
		var err error
		switch p.mode {
		case modeMessages:
			err = j.messages(p)
		case modeSenders:
			err = j.senders(p)
		default:
			// Sheets of one shape are one list: what repeats across them is
			// found. Visits are told apart by the sheet's name, too.
			if last == nil || p.mode == modeVisits || !slices.Equal(last.header.Headings, p.header.Headings) || !slices.Equal(last.m, p.mapping) {
				last = &stream{j: j, kind: p.kind, header: p.header, m: p.mapping, opt: j.options(p), last: p.header.Last}
				if last.judge, err = intake.NewJudge(p.kind, p.header, p.mapping, last.opt); err != nil {
					return err
				}
			}
			last.base, last.sheet = len(last.sheets)*sheetStep, p.name
			last.sheets = append(last.sheets, p.name)
			last.last = p.header.Last
			err = j.rows(p, func(r intake.Row) error {
				cells := make([]string, min(len(r.Cells), max(p.header.Width(), 1)+8))
				for c := range cells {
					cells[c] = r.Cells[c].Text
				}
				return last.add(item{row: r, cells: cells})
			})
			if err == nil {
				err = last.flush()
			}
			if err == nil && (i == len(plans)-1 || p.mode == modeVisits || !slices.Equal(plans[i+1].mapping, p.mapping)) {
				j.ask(last.judge.Questions())
				j.totals(last)
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// ask joins the questions of several sheets.
func (j *judging) ask(list []intake.Asked) {
	for _, q := range list {
		i := slices.IndexFunc(j.found.Questions, func(have intake.Asked) bool { return have.Code == q.Code })
		if i < 0 {
			j.found.Questions = append(j.found.Questions, q)
			continue
		}
		j.found.Questions[i].Count += q.Count
	}
}

// rows reads a sheet below its headings, beside the judge.
func (j *judging) rows(p sheetPlan, take func(intake.Row) error) error {
	ctx, stop := context.WithCancel(j.ctx)
	defer stop()
	ch := make(chan []intake.Row, 2)
	var failed error
	go func() {
		defer close(ch)
		at, batch := 0, make([]intake.Row, 0, 256)
		send := func() bool {
			select {
			case ch <- batch:
				batch = make([]intake.Row, 0, 256)
				return true
			case <-ctx.Done():
				return false
			}
		}
		for r, err := range j.book.Rows(ctx, p.name) {
			if err != nil {
				failed = err
				break
			}
			if at++; at <= p.header.Last+1 {
				continue
			}
			if batch = append(batch, cellsOf(r)); len(batch) == cap(batch) && !send() {
				return
			}
		}
		if len(batch) > 0 && failed == nil {
			send()
		}
	}()
	drain := func() {
		stop()
		for range ch {
		}
	}
	for batch := range ch {
		for _, r := range batch {
			if err := take(r); err != nil {
				drain()
				return err
			}
		}
		j.read += int64(len(batch))
		if err := j.report(j.read, max(j.claimed, j.read)); err != nil {
			drain()
			return err
		}
	}
	if failed != nil {
		return failed
	}
	return context.Cause(j.ctx)
}

func (s *stream) add(x item) error {
	x.row.Number += s.base
	if s.batch = append(s.batch, x); len(s.batch) >= batchRows {
		return s.flush()
	}
	return nil
}

// flush judges the rows that wait: first by themselves, to learn what to look
// up, then beside what is on record.
func (s *stream) flush() error {
	if len(s.batch) == 0 {
		return nil
	}
	j := s.j
	if j.parcels == nil || j.lookup.Known() > mostKnown {
		j.lookup.Forget() // bills name the same clients over and over
		s.judge.ForgetSenders()
	}
	judged, err := s.judged()
	if err != nil {
		return err
	}
	out := make([]db.ImportRow, 0, len(s.batch))
	for i, x := range s.batch {
		d := judged[i]
		if d.NotData != intake.IsData {
			j.notData(s.sheet, x, d, s.base)
			continue
		}
		j.n++
		if j.taken() {
			if err := j.remember(); err != nil {
				return err
			}
			continue
		}
		r := s.decide(d, x)
		r.N = j.n
		j.count[r.Verdict]++
		if short := j.db.ImportShort(j.m, r); len(short) > 0 {
			j.found.Short++
			for _, field := range short {
				j.lacking(field)
			}
		}
		if r.Verdict == "error" && len(r.Reasons) > 0 {
			j.faults[string(reason(r.Reasons))]++
		}
		out = append(out, r)
	}
	s.batch = s.batch[:0]
	if j.n > j.most() {
		return errFile{FaultTooMany}
	}
	if len(out) == 0 {
		return nil
	}
	select {
	case j.stage <- out:
		return nil
	case <-j.ctx.Done():
		return context.Cause(j.ctx)
	}
}

// judged is what the judge says of the rows that wait, with what is on record
// looked up for all of them at once.
func (s *stream) judged() ([]intake.Judged, error) {
	if s.j.parcels != nil {
		return s.judgedParcels()
	}
	out := make([]intake.Judged, len(s.batch))
	records := make([]intake.Record, 0, len(s.batch))
	for i, x := range s.batch {
		if x.fault != nil {
			out[i] = intake.Judged{Row: x.row.Number, Verdict: intake.Refuse, Problems: x.fault}
			continue
		}
		out[i] = s.judge.Read(x.row)
		if out[i].NotData == intake.IsData && !out[i].Refused() {
			records = append(records, out[i].Record)
		}
	}
	if err := s.j.lookup.Prefetch(records); err != nil {
		return nil, err
	}
	if s.j.entries != nil {
		if err := s.j.entries.Prefetch(records); err != nil {
			return nil, err
		}
	}
	if s.j.cases != nil {
		if err := s.j.cases.Prefetch(records); err != nil {
			return nil, err
		}
	}
	for i, x := range s.batch {
		if x.fault == nil {
			if err := s.judge.Decide(&out[i]); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// judgedParcels is judged for a bill, whose rows need what is on record only
// to be bound to a client.
func (s *stream) judgedParcels() (out []intake.Judged, err error) {
	out = make([]intake.Judged, len(s.batch))
	numbers := make([]string, 0, len(s.batch))
	var fresh []intake.Record
	for i, x := range s.batch {
		if out[i], err = s.judge.Row(x.row); err != nil {
			return nil, err
		}
		if out[i].NotData == intake.IsData && out[i].Verdict == intake.Create {
			numbers = append(numbers, out[i].Record.Get("waybill"))
			if !s.judge.Knows(&out[i]) {
				fresh = append(fresh, out[i].Record)
			}
		}
	}
	if s.j.feed != nil && s.j.n+int64(len(out)) <= s.j.feed.Done() {
		return out, nil // what is on record was asked by the run that wrote them
	}
	if err := s.j.lookup.Prefetch(fresh); err != nil {
		return nil, err
	}
	fresh = fresh[:0]
	for i := range out {
		if err := s.judge.Bind(&out[i]); err != nil {
			return nil, err
		}
		if out[i].NotData == intake.IsData && out[i].Verdict == intake.Create && out[i].ID == 0 {
			fresh = append(fresh, out[i].Record)
		}
	}
	return out, s.j.parcels.Prefetch(numbers, fresh)
}

// lacking counts a row that falls short of the data-entry standard in a field.
func (j *judging) lacking(field string) {
	i := slices.IndexFunc(j.found.Lacking, func(c db.ImportCount) bool { return c.Code == field })
	if i < 0 {
		i = len(j.found.Lacking)
		j.found.Lacking = append(j.found.Lacking, db.ImportCount{Code: field})
	}
	j.found.Lacking[i].Rows++
}

func reason(list []intake.Problem) intake.Code {
	for _, p := range list {
		if p.Severity == intake.Fault {
			return p.Code
		}
	}
	return list[0].Code
}

func (j *judging) notData(sheet string, x item, d intake.Judged, base int) {
	if d.NotData == intake.BlankRow {
		return
	}
	j.found.NotCount[string(d.NotData)]++
	if len(j.found.NotData) < shownOther {
		j.found.NotData = append(j.found.NotData, db.ImportNotData{Sheet: sheet, Row: x.row.Number - base, Why: string(d.NotData),
			Text: clipped(strings.Join(x.cells, " "), 30)})
	}
}
