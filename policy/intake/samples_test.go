package intake_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"yike/internal/sheet"
	"yike/policy/dedupe"
	"yike/policy/intake"
)

const samples = "../../internal/sheet/testdata/samples"

func truth(t testing.TB, name string, into any) {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(samples, "truth.json"))
	if err != nil {
		t.Fatal(err)
	}
	var all struct{ Files map[string]json.RawMessage }
	if err := json.Unmarshal(raw, &all); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(all.Files[name], into); err != nil {
		t.Fatal(err)
	}
}

// read gives the rows of a sheet as intake takes them.
func read(t testing.TB, file, name string) []intake.Row {
	t.Helper()
	book, err := sheet.Open(filepath.Join(samples, file), sheet.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close()
	var rows []intake.Row
	for r, err := range book.Rows(context.Background(), name) {
		if err != nil {
			t.Fatal(err)
		}
		row := intake.Row{Number: r.Number, Broken: r.Broken, Cells: make([]intake.Cell, len(r.Cells))}
		for i, c := range r.Cells {
			row.Cells[i] = intake.Cell{Kind: intake.CellKind(c.Kind), Text: c.Text, Num: c.Num}
		}
		rows = append(rows, row)
	}
	return rows
}

func judge(t testing.TB, rows []intake.Row, o intake.Options, kinds ...*intake.Kind) (*intake.Judge, intake.Header, []intake.Judged) {
	t.Helper()
	h, ok := intake.FindHeader(rows, kinds...)
	if !ok {
		t.Fatal("no header found")
	}
	j, err := intake.NewJudge(h.Kind, h, intake.Guessing(intake.Guess(h.Kind, h)), o)
	if err != nil {
		t.Fatal(err)
	}
	out, err := j.All(rows)
	if err != nil {
		t.Fatal(err)
	}
	return j, h, out
}

// store is what is on record after an import, for the next one, and the
// names by id.
func store(rows []intake.Judged) (*intake.Index, map[int64]string) {
	extra := map[int][]string{}
	for _, j := range rows {
		if j.Of != 0 {
			extra[j.Of] = append(extra[j.Of], j.Extra...)
		}
	}
	x, names := intake.NewIndex(), map[int64]string{}
	for _, j := range rows {
		if j.Verdict != intake.Create {
			continue
		}
		values := map[string]string{"tags": strings.Join(j.Record.Tags, ",")}
		for _, f := range intake.Customers.Fields {
			if f.Name != "tags" {
				values[f.Name] = j.Record.Get(f.Name)
			}
		}
		id := int64(len(names) + 1)
		names[id] = values["name"]
		x.Add(intake.Known{ID: id, Values: values, Phones: append(slices.Clone(j.Record.Phones), extra[j.Row]...)})
	}
	return x, names
}

const (
	register  = "客户台账_杭州城西网点.xlsx"
	oldSystem = "老系统导出_GB18030.csv"
	portal    = "平台导出.xls"
	visits    = "拜访记录.xlsx"
)

var home = intake.Answers{AreaCode: "0571", Year: 2026}

func same[T any](t *testing.T, what string, got, want T) {
	t.Helper()
	a, _ := json.Marshal(got)
	b, _ := json.Marshal(want)
	if string(a) != string(b) {
		t.Errorf("%s: %s, truth %s", what, a, b)
	}
}

func TestRegisterGivesTheFiguresOfTheTruth(t *testing.T) {
	var want struct {
		HeaderRows                    []int `json:"header_rows"`
		DataRows                      int   `json:"data_rows"`
		Customers, Duplicates, Errors int
		NotData                       struct {
			Groups    int   `json:"group_headings"`
			Subtotals []int `json:"subtotal_rows"`
			Grand     int   `json:"grand_total_row"`
			Signature int   `json:"signature_row"`
		} `json:"not_data"`
		ByKey    map[string]int `json:"customers_by_key"`
		NoPhone  int            `json:"without_phone_accepted"`
		ByLevel  map[string]int `json:"customers_by_level"`
		ByRep    map[string]int `json:"customers_by_rep"`
		Accounts int            `json:"account_customers"`
		Pieces   int64          `json:"pieces_sum_of_customers"`
		Rows     []struct {
			Row                                                  int
			Verdict, Reason, Level, Rep, Filed, Account, Contact string
			Phones                                               []string
			Pieces                                               int64
			SameAs                                               int `json:"same_as_row"`
		}
	}
	truth(t, register, &want)
	rows := read(t, register, "客户台账")
	j, h, got := judge(t, rows, intake.Options{Answers: home})
	same(t, "header rows", h.Rows, want.HeaderRows)
	if h.Kind != intake.Customers {
		t.Fatalf("taken for %s", h.Kind.Name)
	}
	same(t, "tally", []int{j.Tally.Data, j.Tally.Create, j.Tally.Skip, j.Tally.Refuse}, []int{want.DataRows, want.Customers, want.Duplicates, want.Errors})
	other := map[intake.NotData][]int{}
	at := map[int]intake.Judged{}
	for _, r := range got {
		if r.NotData != intake.IsData {
			other[r.NotData] = append(other[r.NotData], r.Row)
		}
		at[r.Row] = r
	}
	same(t, "groups", len(other[intake.GroupHeading]), want.NotData.Groups)
	same(t, "subtotals", other[intake.Subtotal], want.NotData.Subtotals)
	same(t, "grand total", other[intake.GrandTotal], []int{want.NotData.Grand})
	same(t, "signature", other[intake.Signature], []int{want.NotData.Signature})
	reasons := map[string]intake.Code{
		"no name": intake.NoName, "phone 1.38E+10 as text: digits lost": intake.DigitsLost, "phone with 10 digits": intake.MobileShort,
		"columns shifted: the name cell holds the phone": intake.ColumnsShifted, "impossible date 2023年2月30日": intake.ImpossibleDate,
		"month account belongs to another customer": intake.AccountOfAnother,
	}
	levels, reps, accounts, pieces, silent := map[string]int{}, map[string]int{}, 0, int64(0), 0
	for _, w := range want.Rows {
		g := at[w.Row]
		if w.Verdict == "error" {
			if g.Verdict != intake.Refuse || g.Reason() != reasons[w.Reason] {
				t.Errorf("row %d: %s %s, truth %s", w.Row, g.Verdict, g.Reason(), w.Reason)
			}
			continue
		}
		verdict := map[string]intake.Verdict{"customer": intake.Create, "duplicate": intake.Skip}[w.Verdict]
		if g.Verdict != verdict || g.Of != w.SameAs {
			t.Errorf("row %d: %s of %d %v, truth %s of %d", w.Row, g.Verdict, g.Of, g.Problems, w.Verdict, w.SameAs)
			continue
		}
		if len(w.Phones)+len(g.Record.Phones) > 0 {
			same(t, "phones", g.Record.Phones, w.Phones)
		}
		n, _ := g.Record.Int("monthly_pieces")
		same(t, "values", []string{g.Record.Level, g.Record.Get("owner"), g.Record.Get("filed_on"), g.Record.Get("account_no"), g.Record.Get("contact")},
			[]string{w.Level, w.Rep, w.Filed, w.Account, w.Contact})
		same(t, "pieces", n, w.Pieces)
		if w.Verdict == "customer" {
			if g.Record.Level == "" {
				levels["(blank)"]++
			} else {
				levels[g.Record.Level]++
			}
			reps[g.Record.Get("owner")]++
			pieces += n
			if g.Record.Get("account_no") != "" {
				accounts++
			}
			if len(g.Record.Phones) == 0 {
				silent++
			}
		}
	}
	same(t, "levels", levels, want.ByLevel)
	same(t, "reps", reps, want.ByRep)
	same(t, "accounts, no phone", []int{accounts, silent}, []int{want.Accounts, want.NoPhone})
	same(t, "pieces", pieces, want.Pieces)

	jn, _, _ := judge(t, rows, intake.Options{Answers: home, Key: intake.KeyName})
	same(t, "by folded name alone", jn.Tally.Create, want.ByKey["folded name alone"])
	jp, _, _ := judge(t, rows, intake.Options{Answers: home, Key: intake.KeyPhone})
	same(t, "by phone, those without left out", jp.Tally.Create-want.NoPhone, want.ByKey["first phone alone, customers without a phone left out"])

	known, _ := store(got)
	again, _, _ := judge(t, rows, intake.Options{Answers: home, Known: known})
	if n := again.Tally; n.Create != 0 || n.Update != 0 || n.Refuse != want.Errors {
		t.Errorf("the same file once more: %+v", n)
	}
}

func TestRegisterAsksInsteadOfGuessing(t *testing.T) {
	rows := read(t, register, "客户台账")
	j, _, _ := judge(t, rows, intake.Options{Answers: home})
	var codes []string
	for _, q := range j.Questions() {
		codes = append(codes, string(q.Code)+"="+q.Answer)
		if q.Count == 0 || q.Sample == "" || q.Row == 0 {
			t.Errorf("%+v", q)
		}
	}
	slices.Sort(codes)
	same(t, "questions", codes, []string{"no_area_code=0571", "vip_means=a_tag"})
	none, _, _ := judge(t, rows, intake.Options{})
	if none.Tally.Refuse <= j.Tally.Refuse {
		t.Error("without an area code the local numbers are faults")
	}
}

func TestOldSystemGivesTheFiguresOfTheTruth(t *testing.T) {
	var want struct {
		DataRows                      int `json:"data_rows"`
		FooterRows                    int `json:"footer_rows"`
		Customers, Duplicates, Errors int
		Reasons                       map[string]int `json:"errors_by_reason"`
		Also                          int            `json:"customers_also_in_file_1"`
		New                           int            `json:"customers_new_beside_file_1"`
		Balance                       int64          `json:"balance_fen_customers_first_row"`
		Every                         int64          `json:"balance_fen_with_duplicates"`
		Pieces                        int64          `json:"pieces_customers_first_row"`
		Rare                          []string       `json:"names_outside_GBK"`
		Rows                          []struct {
			Record                                 int
			Verdict, Reason, Filed, Name, Customer string
			Also                                   string `json:"also_in"`
			SameAs                                 int    `json:"same_as_record"`
			Phones                                 []string
		} `json:"rows_listed"`
	}
	truth(t, oldSystem, &want)
	rows := read(t, oldSystem, "")
	j, _, got := judge(t, rows, intake.Options{Answers: home, Delimited: true})
	same(t, "tally", []int{j.Tally.Data, j.Tally.Create, j.Tally.Skip, j.Tally.Refuse}, []int{want.DataRows, want.Customers, want.Duplicates, want.Errors})
	same(t, "footer", j.Tally.NotData[intake.GrandTotal], want.FooterRows)
	words := map[intake.Code]string{
		intake.BadBytes: "bytes that are no character", intake.NoName: "no name", intake.MobileShort: "mobile with 10 digits",
		intake.DigitsLost: "mobile 1.38E+10: digits lost", intake.ImpossibleDate: "impossible date", intake.ColumnsShifted: "comma without quotes: columns shifted",
	}
	reasons := map[string]int{}
	var balance, every, pieces int64
	at := map[int]intake.Judged{}
	names := map[string]bool{}
	for _, g := range got {
		if g.NotData != intake.IsData {
			continue
		}
		at[g.Row-1] = g // the heading is record 0 of the truth
		if g.Verdict == intake.Refuse {
			reasons[words[g.Reason()]]++
			continue
		}
		n, _ := g.Record.Int("balance")
		every += n
		if g.Verdict == intake.Create {
			balance += n
			p, _ := g.Record.Int("pieces_total")
			pieces += p
		}
		names[g.Record.Get("name")] = true
	}
	same(t, "reasons", reasons, want.Reasons)
	same(t, "sums", []int64{balance, every, pieces}, []int64{want.Balance, want.Every, want.Pieces})
	for _, n := range want.Rare {
		if !names[n] {
			t.Errorf("%s is missing", n)
		}
	}
	for _, w := range want.Rows {
		g := at[w.Record]
		switch w.Verdict {
		case "error":
			if g.Verdict != intake.Refuse || words[g.Reason()] != w.Reason {
				t.Errorf("record %d: %s %s, truth %s", w.Record, g.Verdict, g.Reason(), w.Reason)
			}
			continue
		case "duplicate":
			if g.Verdict != intake.Skip || g.Of-1 != w.SameAs {
				t.Errorf("record %d: %s of %d, truth of %d", w.Record, g.Verdict, g.Of-1, w.SameAs)
			}
		default:
			if g.Verdict != intake.Create {
				t.Errorf("record %d: %s %v", w.Record, g.Verdict, g.Problems)
			}
		}
		same(t, "phones", g.Record.Phones, w.Phones)
		same(t, "name, day", []string{dedupe.FoldName(g.Record.Get("name")), g.Record.Get("filed_on")}, []string{dedupe.FoldName(w.Name), w.Filed})
	}

	_, _, first := judge(t, read(t, register, "客户台账"), intake.Options{Answers: home})
	known, called := store(first)
	beside, _, second := judge(t, rows, intake.Options{Answers: home, Delimited: true, Known: known})
	same(t, "beside file 1", []int{beside.Tally.Create, beside.Tally.Update + beside.Tally.Skip - want.Duplicates}, []int{want.New, want.Also})
	for _, g := range second {
		at[g.Row-1] = g
	}
	for _, w := range want.Rows {
		g := at[w.Record]
		if (w.Also != "") != (g.ID != 0 && g.Of == 0) {
			t.Errorf("record %d: id %d, truth also in %q", w.Record, g.ID, w.Also)
		} else if w.Also != "" && called[g.ID] != w.Customer {
			t.Errorf("record %d is %s, truth %s", w.Record, called[g.ID], w.Customer)
		}
		for _, c := range g.Changes {
			if c.New == "" || c.New == c.Old {
				t.Errorf("record %d would change nothing: %+v", w.Record, c)
			}
		}
	}
}

func TestPortalGivesTheSendersOfTheTruth(t *testing.T) {
	var want struct {
		DataRows                     int `json:"data_rows"`
		Repeated                     int `json:"header_rows_repeated_inside"`
		Footer                       int `json:"footer_rows"`
		Waybills, Duplicates, Errors int
		Freight                      int64    `json:"freight_fen_waybills"`
		Known                        int      `json:"shops_of_file_1"`
		Unknown                      []string `json:"shops_unknown"`
		ByShop                       map[string]struct {
			Waybills int
			Fen      int64 `json:"freight_fen"`
		} `json:"by_shop"`
	}
	truth(t, portal, &want)
	j, h, got := judge(t, read(t, portal, ""), intake.Options{Answers: home})
	if h.Kind != intake.Waybills {
		t.Fatalf("taken for %s", h.Kind.Name)
	}
	same(t, "tally", []int{j.Tally.Data, j.Tally.Create, j.Tally.Skip, j.Tally.Refuse}, []int{want.DataRows, want.Waybills, want.Duplicates, want.Errors})
	same(t, "not data", []int{j.Tally.NotData[intake.HeaderAgain], j.Tally.NotData[intake.GrandTotal]}, []int{want.Repeated, want.Footer})
	_, _, first := judge(t, read(t, register, "客户台账"), intake.Options{Answers: home})
	known, _ := store(first)
	senders := intake.Senders(got)
	same(t, "shops", len(senders), len(want.ByShop))
	found, freight := 0, int64(0)
	var strangers []string
	told := map[string]string{}
	for name := range want.ByShop {
		told[dedupe.FoldName(name)] = name
	}
	for _, s := range senders {
		w := want.ByShop[told[s.Folded]]
		if s.Waybills != w.Waybills || s.Fen != w.Fen {
			t.Errorf("%s: %d parcels, %d fen, truth %+v", s.Name, s.Waybills, s.Fen, w)
		}
		freight += s.Fen
		if ks, _ := known.Find(intake.KeyName, s.Folded); len(ks) > 0 {
			found++
		} else {
			strangers = append(strangers, told[s.Folded])
		}
		if len(s.Phones) == 0 || s.Contact == "" {
			t.Errorf("%s: no contact or phone", s.Name)
		}
	}
	slices.Sort(strangers)
	same(t, "strangers", strangers, want.Unknown)
	if found != want.Known || freight != want.Freight {
		t.Errorf("%d known shops, %d fen; truth %d, %d", found, freight, want.Known, want.Freight)
	}
}

func TestVisitsGiveTheFiguresOfTheTruth(t *testing.T) {
	type words struct {
		Sheet, Day, Cell string
		Row              int
		Due              *string
	}
	var want struct {
		DataRows int `json:"data_rows"`
		Errors   int
		Sheets   map[string]struct {
			Rows   int
			ByMode map[string]int `json:"by_mode"`
			Known  int            `json:"next_date_known"`
			Left   int            `json:"next_date_left_to_a_person"`
			Blank  int            `json:"next_date_blank"`
		}
		First   string  `json:"first_day"`
		Last    string  `json:"last_day"`
		Here    int     `json:"rows_of_customers_in_file_1"`
		Visited int     `json:"customers_visited"`
		Strange int     `json:"rows_of_unknown_names"`
		Names   int     `json:"unknown_names"`
		Words   []words `json:"next_dates_in_words"`
	}
	truth(t, visits, &want)
	_, _, first := judge(t, read(t, register, "客户台账"), intake.Options{Answers: home})
	known, _ := store(first)
	modes := map[string]string{intake.ModeOnSite: "上门", intake.ModePhone: "电话", intake.ModeWeChat: "微信", intake.ModeAtBranch: "到网点"}
	total, strange, earliest, latest := 0, 0, "9999", ""
	met, names := map[int64]bool{}, map[string]bool{}
	at := map[string]map[int]intake.Judged{}
	for rep, w := range want.Sheets {
		j, h, got := judge(t, read(t, visits, rep), intake.Options{Answers: home, SheetName: rep, Known: known})
		if h.Kind != intake.Visits {
			t.Fatalf("%s taken for %s", rep, h.Kind.Name)
		}
		if j.Tally.Refuse != 0 || j.Tally.Create != w.Rows {
			t.Errorf("%s: %+v", rep, j.Tally)
		}
		ways, due, left, blank := map[string]int{}, 0, 0, 0
		at[rep] = map[int]intake.Judged{}
		for _, g := range got {
			at[rep][g.Row] = g
			ways[modes[g.Record.Get("mode")]]++
			switch {
			case g.Record.Get("next_on") != "":
				due++
			case g.Record.DueWords != "":
				left++
			default:
				blank++
			}
			if g.Record.Get("rep") != rep || g.Record.Get("learned") == "" || g.Record.Get("met") == "" {
				t.Errorf("%s row %d: %v", rep, g.Row, g.Record.Map())
			}
			if g.ID != 0 {
				met[g.ID] = true
			} else {
				strange++
				names[dedupe.FoldName(g.Record.Get("name"))] = true
			}
			day := g.Record.Get("day")
			earliest, latest = min(earliest, day), max(latest, day)
		}
		total += j.Tally.Data
		same(t, rep+" modes", ways, w.ByMode)
		same(t, rep+" next", []int{due, left, blank}, []int{w.Known, w.Left, w.Blank})
	}
	same(t, "days", []string{earliest, latest}, []string{want.First, want.Last})
	same(t, "rows", []int{total, total - strange, strange, len(met), len(names)}, []int{want.DataRows, want.Here, want.Strange, want.Visited, want.Names})
	for _, w := range want.Words {
		g := at[w.Sheet][w.Row]
		due := ""
		if w.Due != nil {
			due = *w.Due
		}
		if g.Record.Get("day") != w.Day || g.Record.Get("next_on") != due || due == "" && g.Record.DueWords != w.Cell {
			t.Errorf("%s %d: %s on %s gives %q %q, truth %q", w.Sheet, w.Row, w.Cell, w.Day, g.Record.Get("next_on"), g.Record.DueWords, due)
		}
	}
}

func TestTheCarriersBillNamesItsSenders(t *testing.T) {
	var want struct {
		DataRows int                               `json:"data_rows"`
		Freight  int64                             `json:"freight_fen"`
		First    string                            `json:"first_day"`
		Last     string                            `json:"last_day"`
		Unknown  map[string]struct{ Waybills int } `json:"senders_unknown"`
	}
	const bill = "运单明细_2026年10月.xlsx"
	truth(t, bill, &want)
	j, h, got := judge(t, read(t, bill, ""), intake.Options{Answers: home})
	if h.Kind != intake.Waybills || h.Year != 2026 {
		t.Fatalf("taken for %s of %d", h.Kind.Name, h.Year)
	}
	same(t, "rows", []int{j.Tally.Data, j.Tally.Create, j.Tally.Refuse}, []int{want.DataRows, want.DataRows, 0})
	freight, first, last := int64(0), "9", ""
	for _, g := range got {
		if g.NotData != intake.IsData {
			continue
		}
		n, _ := g.Record.Int("freight")
		freight += n
		first, last = min(first, g.Record.Get("day")), max(last, g.Record.Get("day"))
	}
	same(t, "freight, days", []any{freight, first, last}, []any{want.Freight, want.First, want.Last})
	by := map[string]int{}
	for _, s := range intake.Senders(got) {
		by[s.Folded] = s.Waybills
	}
	for name, w := range want.Unknown {
		if by[dedupe.FoldName(name)] != w.Waybills {
			t.Errorf("%s: %d parcels, truth %d", name, by[dedupe.FoldName(name)], w.Waybills)
		}
	}
}
