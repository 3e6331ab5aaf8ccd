package jobs

import (
	"slices"
	"strings"
	"unicode/utf8"

	"yike/db"
	"yike/internal/sheet"
	"yike/policy/intake"
	"yike/policy/snippet"
)

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
	if j.m.Kind == db.ImportWaybills {
		kinds = []*intake.Kind{intake.Waybills}
	}
	if j.m.Kind == db.ImportPayments {
		kinds = []*intake.Kind{intake.Payments}
	}
	if j.m.Kind == db.ImportCases {
		kinds = []*intake.Kind{intake.Cases}
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
		if p.mode == modeCustomers || p.mode == modeVisits || p.mode == modeCases {
			if len(intake.CheckMapping(p.kind, p.header, p.mapping)) > 0 {
				return nil, errFile{FaultMapping}
			}
		}
		if p.mode == modeWaybills && !billed(p.mapping) || p.mode == modePayments && (!booked(p.mapping) || len(intake.CheckMapping(p.kind, p.header, p.mapping)) > 0) {
			return nil, errFile{FaultMapping}
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
	case j.m.Kind == db.ImportWaybills:
		p.mode = modeWaybills
	case j.m.Kind == db.ImportPayments:
		p.mode = modePayments
	case j.m.Kind == db.ImportCases:
		p.mode = modeCases
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
		if p.mode == modeWaybills {
			return billed(p.mapping) && p.header.Width() > 0
		}
		if p.mode == modePayments && !booked(p.mapping) {
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
		same := i == best || fits(p) && (j.m.Kind == db.ImportVisits || j.m.Kind == db.ImportCases || j.found.Sheets[p.at].Key != "" && j.found.Sheets[p.at].Key == j.found.Sheets[best].Key)
		if same {
			out = append(out, p)
		}
	}
	return out
}
