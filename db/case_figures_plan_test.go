package db

import (
	"path/filepath"
	"strings"
	"testing"
)

// TestFiguresOfCasesReadTheCasesOfTheirSpan: a branch's figures read its cases of
// the months by an index, the company's those of the months, a column of the
// board the cases that it shows, and parcels are summed from what is kept.
func TestFiguresOfCasesReadTheCasesOfTheirSpan(t *testing.T) {
	d, by, branch := loadHouse(t, filepath.Join(t.TempDir(), "yike.db"))
	of := func(f CaseFilter) conditions { return d.casesWhere(by, f) }
	span := CaseFilter{Show: CasesAll, From: 1, To: 2, Counted: Counted{On: true}}
	at := span
	at.Counted.At = branch
	column := of(CaseFilter{Step: "handle"})
	months, ok := d.shippedSQL(by, branch, dayParsed("2026-09-01"), dayParsed("2026-11-01"), `s.branch_id, s.period`, `AND s.dim = '' AND s.value = ''`, ``)
	if !ok {
		t.Fatal("the administrator sees no branch")
	}
	for _, c := range []struct {
		name, text string
		args       []any
		with, free string
	}{
		{"the company's", caseFiguresSQL(of(span)), of(span).args, "e USING INDEX cases_opened (opened_at>? AND opened_at<?)", "SCAN e"},
		{"a branch's", caseFiguresSQL(of(at)), of(at).args, "e USING INDEX cases_opened_branch (branch_id=? AND opened_at>? AND opened_at<?)", "SCAN e"},
		{"where parcels go", caseParcelsSQL(of(at), CasesByProvince), of(at).args, "e USING INDEX cases_opened_branch (branch_id=? AND opened_at>? AND opened_at<?)", "SCAN"},
		{"a column of the board", caseListSQL(false) + column.whereSQL() + " ORDER BY e.due ASC, e.id ASC LIMIT 13", column.args, "e USING INDEX cases_step (step=?)", "TEMP B-TREE"},
		{"parcels of months", numberSQL(months.text), months.args, "s USING PRIMARY KEY (branch_id=? AND period=? AND dim=? AND value=?)", "SCAN"},
	} {
		text, err := planOf(d, c.text, c.args)
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		if !strings.Contains(text, c.with) || strings.Contains(text, c.free) {
			t.Errorf("%s: the plan should have %q and no %q:\n%s", c.name, c.with, c.free, text)
		}
	}
}
