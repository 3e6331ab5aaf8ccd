package jobs

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"yike/db"
	"yike/internal/sheet"
	"yike/policy"
	"yike/policy/dedupe"
	"yike/policy/intake"
	"yike/policy/pinyin"
	"yike/policy/snippet"
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
)

const (
	lookRows   = 80  // rows from the top that decide what a sheet is
	batchRows  = 400 // rows judged between two looks into the database
	shownOther = 200 // rows that are no data and are named
	sheetStep  = 10_000_000
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
	j := &judging{Importer: im, by: by, m: m, report: report, lookup: nil, count: map[string]int64{}, reps: map[string]int{},
		names: map[string]int{}, faults: map[string]int{}, asked: map[intake.Code]int{}}
	j.found.NotCount = map[string]int{}
	err = j.run(ctx)
	code := SheetFault(err)
	if f := (errFile{}); errors.As(err, &f) {
		code = f.code
	}
	switch {
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

func (j *judging) run(ctx context.Context) error {
	ctx, j.stop = context.WithCancelCause(ctx)
	defer j.stop(nil)
	j.ctx = ctx
	j.lookup = j.db.ImportLookup(ctx, j.by.Scope(policy.CustomerEdit))
	book, done, err := j.open(ctx, j.m.FileHash)
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
	for _, b := range j.db.Branches(ctx, j.by.Scope(policy.ImportRun)) {
		j.branches[b.Name], j.branches[b.Code] = b.ID, b.ID
	}
	// The branch's own area code, else that of the branch above it.
	for _, id := range j.db.Chain(j.m.BranchID) {
		if b, err := j.db.Branch(ctx, policy.SystemActor("import").Scope(policy.BranchRead), id); err == nil && area == "" {
			area = b.AreaCode
		}
	}
	o := j.m.Options
	j.answers = intake.Answers{Year: o.Year, AreaCode: o.AreaCode, Order: intake.Order(o.Order), DecimalComma: o.Comma, VIP: o.VIP}
	if j.answers.AreaCode == "" {
		j.answers.AreaCode = area
	}
	plans, err := j.look()
	if err != nil {
		return err
	}
	j.stage = make(chan []db.ImportRow, 2)
	wrote := make(chan error, 1)
	go func() {
		var err error
		for rows := range j.stage {
			if err == nil {
				err = j.db.StageRows(ctx, j.m.ID, rows)
			}
			if err != nil {
				j.stop(err)
			}
		}
		wrote <- err
	}()
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

func names(m map[string]int) []db.ImportName {
	var out []db.ImportName
	for _, name := range slices.Sorted(maps.Keys(m)) {
		out = append(out, db.ImportName{Name: name, Rows: m[name]})
	}
	slices.SortStableFunc(out, func(a, b db.ImportName) int { return b.Rows - a.Rows })
	return out[:min(len(out), 100)]
}

// sheetPlan is how one sheet is read.
type sheetPlan struct {
	at      int // among found.Sheets
	name    string
	kind    *intake.Kind
	header  intake.Header
	mapping intake.Mapping
	mode    string
	message int // column of the messages
}

func cellsOf(r sheet.Row) intake.Row {
	row := intake.Row{Number: r.Number, Broken: r.Broken, Cells: make([]intake.Cell, len(r.Cells))}
	for i, c := range r.Cells {
		row.Cells[i] = intake.Cell{Kind: intake.CellKind(c.Kind), Text: c.Text, Num: c.Num}
	}
	return row
}

// look finds out what the sheets are, and which are to be read.
func (j *judging) look() ([]sheetPlan, error) {
	info := j.book.Info()
	j.found.Format, j.found.Encoding = info.Format, info.Encoding
	kinds := []*intake.Kind{intake.Customers, intake.Waybills}
	if j.m.Kind == db.ImportVisits {
		kinds = []*intake.Kind{intake.Visits}
	}
	plans := make([]sheetPlan, 0, len(info.Sheets))
	for i, s := range info.Sheets {
		p, fs, err := j.lookAt(s, kinds)
		if err != nil {
			return nil, err
		}
		p.at = i
		j.found.Sheets = append(j.found.Sheets, fs)
		plans = append(plans, p)
	}
	var use []sheetPlan
	for _, p := range j.choose(plans) {
		fs := &j.found.Sheets[p.at]
		fs.Used = true
		if p.mode == modeCustomers || p.mode == modeVisits {
			if len(intake.CheckMapping(p.kind, p.header, p.mapping)) > 0 {
				return nil, errFile{FaultMapping}
			}
		}
		j.claimed += int64(fs.Rows)
		if j.found.Mode == "" {
			j.found.Mode = p.mode
		}
		use = append(use, p)
	}
	if len(use) == 0 {
		return nil, errFile{FaultNoRows}
	}
	return use, nil
}

// lookAt reads the top of a sheet.
func (j *judging) lookAt(s sheet.SheetInfo, kinds []*intake.Kind) (sheetPlan, db.ImportSheet, error) {
	p := sheetPlan{name: s.Name, message: -1}
	fs := db.ImportSheet{Name: s.Name, Hidden: s.Hidden, Rows: s.Rows}
	var rows []intake.Row
	for r, err := range j.book.Rows(j.ctx, s.Name) {
		if err != nil {
			if s.Hidden {
				return p, fs, nil
			}
			return p, fs, err
		}
		if rows = append(rows, cellsOf(r)); len(rows) >= lookRows {
			break
		}
	}
	h, ok := intake.FindHeader(rows, kinds...)
	p.header, p.kind = h, h.Kind
	if j.answers.AreaCode == "" && !s.Hidden {
		j.answers.AreaCode = intake.UsualArea(rows)
	}
	var guesses []intake.Guessed
	if !ok {
		p.kind = kinds[0]
		guesses = intake.GuessByContent(p.kind, rows, h.Width())
	} else {
		guesses = intake.Guess(p.kind, h)
	}
	p.mapping = intake.Guessing(guesses)
	for _, g := range guesses {
		fs.Sure = append(fs.Sure, g.Confidence)
	}
	if ok {
		fs.Key = intake.HeadingKey(p.kind, h)
		kept, err := j.db.RememberedMapping(j.ctx, j.m.BranchID, j.m.Kind, fs.Key)
		if err != nil {
			return p, fs, err
		}
		if kept != nil {
			if m := intake.Recall(p.kind, h, kept); len(intake.CheckMapping(p.kind, h, m)) == 0 {
				p.mapping, fs.Remembered = m, true
			}
		}
	}
	if chosen, has := j.m.Options.Mapping[s.Name]; has && len(chosen) <= h.Width() {
		p.mapping = append(slices.Clone(chosen), make([]string, h.Width()-len(chosen))...)
	}
	switch {
	case p.kind == intake.Visits:
		p.mode = modeVisits
	case p.kind == intake.Waybills:
		p.mode = modeSenders
	default:
		p.mode = modeCustomers
		if !slices.Contains(p.mapping, "name") {
			if p.message = messageColumn(rows[h.Last+1:]); p.message >= 0 {
				p.mode = modeMessages
			}
		}
	}
	fs.HeaderRows, fs.Headings, fs.Groups, fs.Fields = h.Rows, h.Headings, h.Groups, p.mapping
	fs.Samples = make([]string, h.Width())
	for _, r := range rows[h.Last+1:] {
		for c := range fs.Samples {
			if fs.Samples[c] == "" && c < len(r.Cells) && len(r.Cells) > 2 {
				fs.Samples[c] = clipped(r.Cells[c].Text, 24)
			}
		}
	}
	return p, fs, nil
}

func clipped(s string, n int) string {
	s = strings.Join(strings.Fields(s), " ")
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return string([]rune(s)[:n]) + "…"
}

// messageColumn finds the column whose cells are mostly whole messages: long
// texts with a telephone number in them; -1 = none.
func messageColumn(rows []intake.Row) int {
	hits := map[int]int{}
	filled := 0
	for _, r := range rows {
		seen := false
		for c, x := range r.Cells {
			if x.Kind != intake.Text || utf8.RuneCountInString(x.Text) < 12 {
				continue
			}
			seen = true
			if s := snippet.Parse(x.Text, ""); len(s.Phones) > 0 && (s.Detail != "" || s.Name != "") {
				hits[c]++
			}
		}
		if seen {
			filled++
		}
	}
	for c, n := range hits {
		if n*2 > filled && n > 0 {
			return c
		}
	}
	return -1
}

// choose returns the sheets to read: those that were chosen, else the visible
// one that fits best with those of the same headings; of visits all that fit.
func (j *judging) choose(plans []sheetPlan) []sheetPlan {
	if chosen := j.m.Options.Sheets; len(chosen) > 0 {
		return slices.DeleteFunc(plans, func(p sheetPlan) bool { return !slices.Contains(chosen, p.name) })
	}
	fits := func(p sheetPlan) bool {
		if j.found.Sheets[p.at].Hidden {
			return false
		}
		return p.mode == modeMessages || p.mode == modeSenders || len(intake.CheckMapping(p.kind, p.header, p.mapping)) == 0 && p.header.Width() > 0
	}
	best := -1
	for i, p := range plans {
		if fits(p) && (best < 0 || p.header.Known > plans[best].header.Known) {
			best = i
		}
	}
	if best < 0 {
		// Nothing fits: show the first visible sheet, so that its columns can
		// be named by hand.
		for _, p := range plans {
			if !j.found.Sheets[p.at].Hidden && p.header.Width() > 0 {
				return []sheetPlan{p}
			}
		}
		return nil
	}
	var out []sheetPlan
	for i, p := range plans {
		same := i == best || fits(p) && (j.m.Kind == db.ImportVisits || j.found.Sheets[p.at].Key != "" && j.found.Sheets[p.at].Key == j.found.Sheets[best].Key)
		if same {
			out = append(out, p)
		}
	}
	return out
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
	j.lookup.Forget()
	alone := s.opt
	alone.Known, alone.Visited = nil, nil
	dry, err := intake.NewJudge(s.kind, s.header, s.m, alone)
	if err != nil {
		return err
	}
	records := make([]intake.Record, 0, len(s.batch))
	for _, x := range s.batch {
		if x.fault == nil {
			d, err := dry.Row(x.row)
			if err != nil {
				return err
			}
			if d.NotData == intake.IsData && d.Verdict != intake.Refuse {
				records = append(records, d.Record)
			}
		}
	}
	if err := j.lookup.Prefetch(records); err != nil {
		return err
	}
	out := make([]db.ImportRow, 0, len(s.batch))
	for _, x := range s.batch {
		d := intake.Judged{Row: x.row.Number, Verdict: intake.Refuse, Problems: x.fault}
		if x.fault == nil {
			if d, err = s.judge.Row(x.row); err != nil {
				return err
			}
		}
		if d.NotData != intake.IsData {
			j.notData(s.sheet, x, d, s.base)
			continue
		}
		r := s.decide(d, x)
		j.n++
		r.N = j.n
		j.count[r.Verdict]++
		if r.Verdict == "error" && len(r.Reasons) > 0 {
			j.faults[string(reason(r.Reasons))]++
		}
		out = append(out, r)
	}
	s.batch = s.batch[:0]
	if j.n > j.MaxRows {
		return errFile{FaultTooMany}
	}
	select {
	case j.stage <- out:
		return nil
	case <-j.ctx.Done():
		return context.Cause(j.ctx)
	}
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

// decide turns a verdict of the judge, which knows nothing of rights, of the
// bin and of every column, into what will be done.
func (s *stream) decide(d intake.Judged, x item) db.ImportRow {
	j := s.j
	r := db.ImportRow{Sheet: s.sheet, Row: d.Row % sheetStep, Verdict: string(d.Verdict), Reasons: d.Problems, Cells: x.cells, Target: d.ID}
	rowNumber(d.Problems)
	rec := &r.Record
	rec.V, rec.Phones, rec.Tags, rec.Extra, rec.Due = d.Record.Map(), d.Record.Phones, d.Record.Tags, d.Extra, d.Record.DueWords
	if d.Of != 0 {
		rec.Of = d.Of % sheetStep
		if of := s.sheets[min(d.Of/sheetStep, len(s.sheets)-1)]; of != s.sheet {
			rec.OfSheet = of
		}
	}
	if d.Verdict == intake.Refuse {
		return r
	}
	if s.kind == intake.Visits {
		return s.decideVisit(d, r)
	}
	rec.Owner = j.person(rec.V["owner"], &r)
	if rec.Owner == 0 && rec.V["owner"] == "" && d.ID == 0 {
		rec.Owner = j.m.Options.Owner
	}
	rec.Clerk = j.person(rec.V["clerk"], &r)
	if rec.Owner == 0 && rec.V["owner"] != "" && d.ID == 0 {
		rec.Owner = j.m.Options.Owner
	}
	if name := rec.V["branch"]; name != "" && d.ID == 0 {
		if id := j.branches[name]; id == 0 {
			r.Reasons = append(r.Reasons, intake.Problem{Code: BranchUnknown, Column: -1, Field: "branch", Text: name})
		} else if id != j.m.BranchID && j.by.Scope(policy.CustomerCreate).SeesBranch(j.db.Chain(id)) {
			rec.Branch = id
		}
	}
	if d.ID == 0 {
		if d.Verdict == intake.Create {
			r.SortKey = pinyin.Key(rec.V["name"])
		}
		return r
	}
	k := j.lookup.Customer(d.ID)
	switch {
	case k == nil: // repeats an earlier row about a file on record
		return r
	case k.DeletedAt != 0:
		return refuse(r, InBin)
	case !k.Seen:
		return refuse(r, BelongsElsewhere)
	case d.Of != 0:
		return r
	}
	rec.Version = k.Version
	rec.Changes = db.CompareImport(*rec, k, j.m.Options.FillOnly, rec.Tags)
	r.Reasons = slices.DeleteFunc(r.Reasons, func(p intake.Problem) bool { return p.Code == intake.NothingNew || p.Code == intake.MatchedBy })
	why := intake.Problem{Code: intake.NothingNew, Column: -1}
	r.Verdict = "skip"
	if len(rec.Changes) > 0 {
		key := j.m.Options.Key
		if key == "" {
			key = string(intake.KeyNamePhone)
		}
		r.Verdict, why = "update", intake.Problem{Code: intake.MatchedBy, Column: -1, Text: key}
	}
	r.Reasons = append([]intake.Problem{why}, r.Reasons...)
	return r
}

// rowNumber gives the rows that reasons name the numbers that people read.
func rowNumber(list []intake.Problem) {
	for i := range list {
		switch list[i].Code {
		case intake.DuplicateOfRow, intake.AccountOfAnother, intake.CodeOfAnother, intake.CreditOfAnother, intake.SameNameOtherwise, intake.SamePhone:
			list[i].N %= sheetStep
		}
	}
}

// refuse makes a row an error without a word of what it ran into.
func refuse(r db.ImportRow, code intake.Code) db.ImportRow {
	r.Verdict, r.Target = "error", 0
	r.Record.Changes, r.Record.Version = nil, 0
	r.Reasons = []intake.Problem{{Code: code, Severity: intake.Fault, Column: -1}}
	return r
}

// person is who a name means in the branch; who is nobody's is told.
func (j *judging) person(name string, r *db.ImportRow) int64 {
	if name == "" {
		return 0
	}
	id := j.people[name]
	if id == 0 {
		j.reps[name]++
		r.Reasons = append(r.Reasons, intake.Problem{Code: RepUnknown, Column: -1, Field: "owner", Text: name})
	}
	return id
}

func (s *stream) decideVisit(d intake.Judged, r db.ImportRow) db.ImportRow {
	j := s.j
	r.Record.Owner = j.person(r.Record.V["rep"], &r)
	if r.Record.Owner == 0 {
		r.Record.Owner = j.m.Options.Owner
	}
	if d.ID == 0 {
		if d.Verdict == intake.Skip {
			return r
		}
		name := r.Record.V["name"]
		if fold := dedupe.FoldName(name); fold != "" {
			for have := range j.names {
				if dedupe.FoldName(have) == fold {
					name = have
					break
				}
			}
		}
		j.names[name]++
		if j.m.Options.Unknown == "create" && r.Record.V["name"] != "" {
			return r
		}
		r.Verdict = "error"
		r.Reasons = []intake.Problem{{Code: intake.UnknownCustomer, Severity: intake.Fault, Column: -1, Text: r.Record.V["name"]}}
		return r
	}
	k := j.lookup.Customer(d.ID)
	log := j.by.Scope(policy.VisitLog)
	switch {
	case k == nil:
		return r
	case k.DeletedAt != 0:
		return refuse(r, InBin)
	case !log.Sees(j.db.Chain(k.BranchID), k.OwnerID, k.ClerkID):
		return refuse(r, BelongsElsewhere)
	}
	return r
}

// synthetic is the header of rows that we make of messages and of senders.
var synthetic = intake.Header{First: -1, Last: -1, Headings: []string{"客户名称", "联系人", "联系电话", "地址", "月结账号"},
	Groups: make([]string, 5), Kind: intake.Customers}

var syntheticFields = intake.Mapping{"name", "contact", "phone", "address", "account_no"}

func text(s string) intake.Cell {
	if s == "" {
		return intake.Cell{}
	}
	return intake.Cell{Kind: intake.Text, Text: s}
}

func (j *judging) synthetic(p sheetPlan, key intake.Key) (*stream, error) {
	s := &stream{j: j, kind: intake.Customers, header: synthetic, m: syntheticFields, opt: j.options(p), sheet: p.name, sheets: []string{p.name}, last: -1}
	s.opt.Delimited = false
	if s.opt.Key == "" {
		s.opt.Key = key
	}
	var err error
	s.judge, err = intake.NewJudge(s.kind, s.header, s.m, s.opt)
	return s, err
}

// messages reads pasted messages, one to a cell; what a person should look at
// is refused, never guessed.
func (j *judging) messages(p sheetPlan) error {
	s, err := j.synthetic(p, intake.KeyNamePhone)
	if err != nil {
		return err
	}
	err = j.rows(p, func(r intake.Row) error {
		if p.message >= len(r.Cells) || strings.TrimSpace(r.Cells[p.message].Text) == "" {
			return nil
		}
		raw := r.Cells[p.message].Text
		m := snippet.Parse(raw, j.answers.AreaCode)
		x := item{cells: []string{raw}, row: intake.Row{Number: r.Number}}
		if !m.Certain {
			for _, doubt := range m.Doubts {
				x.fault = append(x.fault, intake.Problem{Code: intake.Code(messageDoubt + string(doubt)), Severity: intake.Fault, Column: 0, Text: clipped(m.Rest, 30)})
			}
			return s.add(x)
		}
		var phones []string
		for _, n := range m.Phones {
			phones = append(phones, n.Digits)
		}
		name, contact := m.Name, m.Name
		if m.Company != "" {
			name = m.Company
		}
		x.row.Cells = []intake.Cell{text(name), text(contact), text(strings.Join(phones, ";")), text(m.Province + m.City + m.District + m.Detail)}
		return s.add(x)
	})
	if err == nil {
		err = s.flush()
	}
	j.found.Sheets[p.at].Fields, j.found.Sheets[p.at].Headings = []string{"message"}, []string{headingAt(p.header, p.message)}
	j.found.Sheets[p.at].Samples, j.found.Sheets[p.at].Sure = nil, nil
	return err
}

func headingAt(h intake.Header, c int) string {
	if c >= 0 && c < len(h.Headings) {
		return h.Headings[c]
	}
	return ""
}

// senders reads a list of parcels and makes customers of who sends them, each
// parcel once.
func (j *judging) senders(p sheetPlan) error {
	o := j.options(p)
	o.Known, o.Key, o.Visited = nil, "", nil
	judge, err := intake.NewJudge(intake.Waybills, p.header, p.mapping, o)
	if err != nil {
		return errFile{FaultMapping}
	}
	at := map[string]int{}
	var all []intake.Sender
	var batch []intake.Judged
	gather := func() {
		for _, s := range intake.Senders(batch) {
			i, known := at[s.Folded]
			if !known {
				at[s.Folded] = len(all)
				all = append(all, s)
				continue
			}
			all[i].Waybills += s.Waybills
			all[i].Fen += s.Fen
			if all[i].Account == "" {
				all[i].Account = s.Account
			}
			for _, n := range s.Phones {
				if !slices.Contains(all[i].Phones, n) {
					all[i].Phones = append(all[i].Phones, n)
				}
			}
		}
		batch = batch[:0]
	}
	err = j.rows(p, func(r intake.Row) error {
		d, err := judge.Row(r)
		if err != nil {
			return err
		}
		if d.NotData != intake.IsData {
			x := item{row: r}
			for _, c := range r.Cells {
				x.cells = append(x.cells, c.Text)
			}
			j.notData(p.name, x, d, 0)
			return nil
		}
		if batch = append(batch, d); len(batch) >= 1000 {
			gather()
		}
		return nil
	})
	if err != nil {
		return err
	}
	gather()
	s, err := j.synthetic(p, intake.KeyName)
	if err != nil {
		return err
	}
	for _, x := range all {
		j.found.Parcels += x.Waybills
		if x.Name == "" {
			continue
		}
		cells := []string{x.Name, x.Contact, strings.Join(x.Phones, " "), "", x.Account, fmt.Sprint(x.Waybills)}
		row := intake.Row{Number: x.Row, Cells: []intake.Cell{text(x.Name), text(x.Contact), text(strings.Join(x.Phones, ";")), {}, text(x.Account)}}
		if err := s.add(item{row: row, cells: cells}); err != nil {
			return err
		}
	}
	j.ask(judge.Questions())
	return s.flush()
}
