package intake

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"yike/policy/dedupe"
)

// held is a few customers on record.
type held []Known

func (h held) Find(key Key, value string) ([]Known, error) {
	if value == "fails" {
		return nil, errors.New("the database is gone")
	}
	var out []Known
	for _, k := range h {
		hit := false
		switch key {
		case KeyName:
			hit = dedupe.FoldName(k.Values["name"]) == value
		case KeyPhone:
			hit = dedupe.Contains(k.Phones, value)
		case KeyCode:
			hit = k.Values["code"] == value
		case KeyAccount:
			hit = k.Values["account_no"] == value
		case KeyCredit:
			hit = k.Values["credit_code"] == value
		}
		if hit {
			out = append(out, k)
		}
	}
	return out, nil
}

// tell judges lines and prints each data row as "verdict reason of/id".
func tell(t *testing.T, o Options, lines ...string) ([]string, []Judged, *Judge) {
	t.Helper()
	rows := sheetOf(lines...)
	h, ok := FindHeader(rows)
	if !ok {
		t.Fatal("no header")
	}
	j, err := NewJudge(h.Kind, h, Guessing(Guess(h.Kind, h)), o)
	if err != nil {
		t.Fatal(err)
	}
	all, err := j.All(rows)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, g := range all {
		s := string(g.Verdict)
		if r := g.Reason(); r != "" {
			s += " " + string(r)
		}
		if g.Of != 0 {
			s += fmt.Sprint(" row ", g.Of)
		}
		if g.ID != 0 {
			s += fmt.Sprint(" id ", g.ID)
		}
		out = append(out, s)
	}
	return out, all, j
}

func TestVerdictsWithinAFile(t *testing.T) {
	for _, c := range []struct {
		why   string
		o     Options
		lines []string
		want  []string
	}{
		{"name and phone: the later row is the duplicate", Options{}, []string{"客户名称|电话", "甲有限公司|13800001054", "甲|138 0000 1054"}, []string{"create", "skip duplicate_of_row row 2"}},
		{"same name, other phone: two customers", Options{}, []string{"客户名称|电话", "张巧云|13800001054", "张巧云|13900001055"}, []string{"create", "create"}},
		{"same phone, other name: one owner, two customers", Options{}, []string{"客户名称|电话", "甲|13800001054", "乙|13800001054"}, []string{"create", "create"}},
		{"a duplicate's second phone finds the third row", Options{}, []string{"客户名称|电话", "甲|13800001054", "甲|13800001054/13900001055", "甲|13900001055"}, []string{"create", "skip duplicate_of_row row 2", "skip duplicate_of_row row 2"}},
		{"both without a phone", Options{}, []string{"客户名称|电话", "甲|", "甲|无"}, []string{"create", "skip duplicate_of_row row 2"}},
		{"one without a phone is not the one with", Options{}, []string{"客户名称|电话", "甲|13800001054", "甲|"}, []string{"create", "create"}},
		{"by name alone", Options{Key: KeyName}, []string{"客户名称|电话", "张巧云|13800001054", "张巧云|13900001055"}, []string{"create", "skip duplicate_of_row row 2"}},
		{"by phone", Options{Key: KeyPhone}, []string{"客户名称|电话", "甲|13800001054", "乙|13800001054", "丙|"}, []string{"create", "skip duplicate_of_row row 2", "create"}},
		{"by account", Options{Key: KeyAccount}, []string{"客户名称|月结账号", "甲|571", "甲改名|571", "丙|", "丙|"}, []string{"create", "skip duplicate_of_row row 2", "create", "skip duplicate_of_row row 4"}},
		{"an account of another", Options{}, []string{"客户名称|月结账号|电话", "甲|571|13800001054", "乙|571|13900001055"}, []string{"create", "error account_of_another"}},
		{"a faulty row holds no account", Options{}, []string{"客户名称|月结账号|电话", "甲|571|138", "乙|571|13900001055"}, []string{"error not_a_phone", "create"}},
		{"by code", Options{Key: KeyCode}, []string{"客户编码|客户名称", "K1|甲", "k2|乙", "K1|丙"}, []string{"create", "create", "skip duplicate_of_row row 2"}},
		{"a code of another", Options{}, []string{"客户编码|客户名称|电话", "K1|甲|13800001054", "K1|乙|13900001055"}, []string{"create", "error code_of_another"}},
		{"no name", Options{}, []string{"客户名称|电话|地址", "|13800001054|杭州"}, []string{"error no_name"}},
		{"the name is a phone", Options{}, []string{"客户名称|联系人|电话", "13800001054|甲|杭州市"}, []string{"error columns_shifted"}},
		{"a name that begins with a number", Options{}, []string{"客户名称|电话", "1688童装店|13800001054"}, []string{"create"}},
		{"no phone is no error", Options{}, []string{"客户名称|电话|地址", "甲||杭州", "乙|—|杭州"}, []string{"create", "create"}},
		{"bytes that are no character, even in a column left out", Options{}, []string{"客户名称|电话|脸盆", "甲|13800001054|\ufffd"}, []string{"error bad_bytes"}},
		{"more cells than headings in a text file", Options{Delimited: true}, []string{"客户名称|电话|备注", "甲|13800001054|a|b"}, []string{"error columns_shifted"}},
		{"cells beyond the headings in a workbook are told", Options{}, []string{"客户名称|电话|备注", "甲|13800001054|a|b"}, []string{"create"}},
		{"a comma at each line's end means nothing", Options{Delimited: true}, []string{"客户名称|电话", "甲|13800001054|", "乙|13900001055|"}, []string{"create", "create"}},
		{"one line with an empty cell too many", Options{Delimited: true}, []string{"客户名称|电话|备注", "甲|13800001054|", "丙|13800001057|", "乙|13900001055||"}, []string{"create", "create", "error columns_shifted"}},
		{"two wrong values alone are not shifted columns", Options{}, []string{"客户名称|建档日期|月均件量", "甲|待定|约三十"}, []string{"error not_a_date"}},
		{"as above", Options{}, []string{"客户名称|业务员", "甲|李四", "乙|同上", "丙|〃"}, []string{"create", "create", "create"}},
		{"digits lost in a number", Options{}, []string{"客户名称|电话", "甲|=1.38E+10"}, []string{"error digits_lost"}},
		{"a phone as a number", Options{}, []string{"客户名称|电话", "甲|=13800001054"}, []string{"create"}},
	} {
		t.Run(c.why, func(t *testing.T) {
			if got, all, _ := tell(t, c.o, c.lines...); !slices.Equal(got, c.want) {
				t.Errorf("%q, want %q\n%+v", got, c.want, all)
			}
		})
	}
}

func TestWhatCannotBeReadGoesIntoTheRemark(t *testing.T) {
	keep := Options{Answers: Answers{Unread: UnreadRemark}}
	for _, c := range []struct {
		why    string
		lines  []string
		want   string
		remark string
	}{
		{"a day without its day, after the file's own remark", []string{"客户名称|建档日期|备注", "甲|2024年3月|老客户"}, "create", "老客户\n建档日期：2024年3月"},
		{"without a column of remarks", []string{"客户名称|建档日期|电话", "甲|2024年3月|13800001054"}, "create", "建档日期：2024年3月"},
		{"a phone too short beside a good one: the cell once", []string{"客户名称|电话", "甲|13800001054/1380000105/139"}, "create", "电话：13800001054/1380000105/139"},
		{"two cells", []string{"客户名称|电话|月均件量", "甲|1380000105|≈300"}, "create", "电话：1380000105\n月均件量：≈300"},
		{"a formula that failed has no words", []string{"客户名称|建档日期", "甲|!#N/A"}, "create", ""},
		{"as above", []string{"客户名称|建档日期", "甲|2024-03-05", "乙|2024年3月", "丙|同上"}, "create create create", "建档日期：2024年3月"},
		{"a row without a name stays out", []string{"客户名称|建档日期|地址", "|2024年3月|杭州"}, "error no_name", ""},
		{"shifted columns stay out", []string{"客户名称|地址|建档日期|月均件量", "甲|杭州|江干区|2024-03-05|300"}, "error columns_shifted", ""},
		{"a question without an answer stays out", []string{"客户名称|建档日期", "甲|3/5/24"}, "error date_order", ""},
		{"another's account stays out", []string{"客户名称|月结账号|电话", "甲|571|13800001054", "乙|571|1390000105"}, "create error account_of_another", "电话：1390000105"},
	} {
		t.Run(c.why, func(t *testing.T) {
			got, all, _ := tell(t, keep, c.lines...)
			if s := strings.Join(got, " "); s != c.want {
				t.Errorf("%q, want %q\n%+v", s, c.want, all)
			}
			if s := all[len(all)-1].Record.Get("remark"); s != c.remark && !strings.Contains(c.want, "error") {
				t.Errorf("remark %q, want %q", s, c.remark)
			}
		})
	}
}

func TestAsAboveTakesTheCellAbove(t *testing.T) {
	_, all, _ := tell(t, Options{}, "客户名称|业务员", "甲|李四", "乙|同上", "丙|〃", "丁|")
	var reps []string
	for _, g := range all {
		reps = append(reps, g.Record.Get("owner"))
	}
	if !slices.Equal(reps, []string{"李四", "李四", "李四", ""}) {
		t.Error(reps)
	}
}

func TestADuplicateBringsItsPhones(t *testing.T) {
	_, all, _ := tell(t, Options{}, "客户名称|电话", "甲|13800001054", "甲|13800001054/13900001055")
	if !slices.Equal(all[1].Extra, []string{"13900001055"}) || !slices.Equal(all[0].Record.Phones, []string{"13800001054"}) {
		t.Errorf("%+v", all)
	}
}

func TestVerdictsBesideCustomersOnRecord(t *testing.T) {
	on := held{
		{ID: 7, Phones: []string{"13800001054"}, Values: map[string]string{"name": "甲有限公司", "code": "K7", "address": "老地址", "remark": "", "account_no": "571", "class": "B", "tags": "老客户"}},
		{ID: 8, Phones: []string{"13900001055"}, Values: map[string]string{"name": "乙", "code": "K8", "address": ""}},
		{ID: 9, Phones: []string{"13900001055"}, Values: map[string]string{"name": "丙", "code": "K9"}},
		{ID: 10, Values: map[string]string{"name": "无号", "code": "K10"}},
	}
	for _, c := range []struct {
		why   string
		o     Options
		lines []string
		want  []string
	}{
		{"nothing new", Options{}, []string{"客户名称|电话|地址", "甲|13800001054|老地址"}, []string{"skip nothing_new id 7"}},
		{"empty cells erase nothing", Options{}, []string{"客户名称|电话|地址", "甲|13800001054|"}, []string{"skip nothing_new id 7"}},
		{"an update", Options{}, []string{"客户名称|电话|地址", "甲|13800001054|新地址"}, []string{"update matched_by id 7"}},
		{"only what is empty", Options{FillOnly: true}, []string{"客户名称|电话|地址|备注", "甲|13800001054|新地址|", "甲|13800001054||记"}, []string{"skip nothing_new id 7", "skip duplicate_of_row row 2 id 7"}},
		{"fill an empty one", Options{FillOnly: true}, []string{"客户名称|电话|地址|备注", "甲|13800001054|新地址|记"}, []string{"update matched_by id 7"}},
		{"a second phone", Options{}, []string{"客户名称|电话", "甲|13800001054 13700001056"}, []string{"update matched_by id 7"}},
		{"a tag", Options{}, []string{"客户名称|电话|标签", "甲|13800001054|老客户、直播"}, []string{"update matched_by id 7"}},
		{"the tag is there", Options{}, []string{"客户名称|电话|标签", "甲|13800001054|老客户"}, []string{"skip nothing_new id 7"}},
		{"another phone: somebody else", Options{}, []string{"客户名称|电话", "甲|13700001056"}, []string{"create"}},
		{"the code on record stays", Options{}, []string{"客户编号|客户名称|电话", "HZ1|甲|13800001054"}, []string{"skip nothing_new id 7"}},
		{"the code of another on record", Options{}, []string{"客户编号|客户名称|电话", "K8|甲|13800001054"}, []string{"error code_of_another"}},
		{"the account of another on record", Options{}, []string{"客户名称|电话|月结账号", "新|13700001056|571"}, []string{"error account_of_another"}},
		{"by code, renamed", Options{Key: KeyCode}, []string{"客户编号|客户名称", "K8|乙改名"}, []string{"update matched_by id 8"}},
		{"by phone, two of them, one of the name", Options{Key: KeyPhone}, []string{"客户名称|电话", "丙|13900001055"}, []string{"skip nothing_new id 9"}},
		{"by phone, two of them, none of the name", Options{Key: KeyPhone}, []string{"客户名称|电话", "丁|13900001055"}, []string{"error ambiguous"}},
		{"by account", Options{Key: KeyAccount}, []string{"客户名称|月结账号|地址", "甲新名|571|老地址"}, []string{"update matched_by id 7"}},
		{"two rows of one on record", Options{Key: KeyCode}, []string{"客户编号|客户名称|地址", "K8|乙|a", "K8|乙|b"}, []string{"update matched_by id 8", "skip duplicate_of_row row 2 id 8"}},
		{"neither has a phone", Options{}, []string{"客户名称|电话", "无号|"}, []string{"skip nothing_new id 10"}},
	} {
		t.Run(c.why, func(t *testing.T) {
			c.o.Known = on
			if got, all, _ := tell(t, c.o, c.lines...); !slices.Equal(got, c.want) {
				t.Errorf("%q, want %q\n%+v", got, c.want, all)
			}
		})
	}
	_, all, _ := tell(t, Options{Known: on}, "客户名称|电话|地址|客户等级", "甲|13800001054/13700001056|新地址|VIP")
	want := []Change{{"class", "B", "A"}, {"address", "老地址", "新地址"}, {"phone", "13800001054", "13700001056"}, {"tags", "老客户", "VIP"}}
	if !slices.Equal(all[0].Changes, want) {
		t.Errorf("%+v", all[0].Changes)
	}
}

func TestTheLookupsErrorIsHandedOn(t *testing.T) {
	rows := sheetOf("客户编号|客户名称", "fails|甲")
	h, _ := FindHeader(rows)
	j, err := NewJudge(Customers, h, Guessing(Guess(Customers, h)), Options{Known: held{}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := j.All(rows); err == nil {
		t.Error("a lookup that fails must not be taken for nobody found")
	}
}

func TestQuestionsAreAskedOncePerFile(t *testing.T) {
	lines := []string{"客户名称|电话|建档日期|授信额度|客户等级", "甲|86000123|3月5日|12,50|VIP", "乙|86000124|3/5/24|100|vip", "丙|13800001054|4月1日|200|A"}
	got, _, j := tell(t, Options{}, lines...)
	if !slices.Equal(got, []string{"error no_area_code", "error no_area_code", "error no_year"}) {
		t.Error(got)
	}
	var asked []string
	for _, q := range j.Questions() {
		asked = append(asked, fmt.Sprintf("%s %d %s %d %q", q.Code, q.Count, q.Sample, q.Row, q.Answer))
	}
	want := []string{`no_area_code 2 86000123 2 ""`, `no_year 2 3月5日 2 ""`, `decimal_comma 1 12,50 2 ""`, `vip_means 2 VIP 2 "a_tag"`, `date_order 1 3/5/24 3 ""`}
	if !slices.Equal(asked, want) {
		t.Errorf("%q", asked)
	}
	got, all, j := tell(t, Options{Answers: Answers{Year: 2024, AreaCode: "0571", Order: MDY, DecimalComma: true, VIP: VIPIsTag}}, lines...)
	if !slices.Equal(got, []string{"create", "create", "create"}) {
		t.Error(got)
	}
	r := all[0].Record
	if r.Get("filed_on") != "2024-03-05" || r.Get("credit_limit") != "1250" || r.Get("class") != "" || r.Level != "VIP" || !slices.Equal(r.Tags, []string{"VIP"}) || all[1].Record.Get("filed_on") != "2024-03-05" {
		t.Errorf("%v %s %v", r.Map(), r.Level, r.Tags)
	}
	for _, q := range j.Questions() {
		if q.Answer == "" {
			t.Errorf("%s was answered", q.Code)
		}
	}
}

func TestVisitsOfOtherSheets(t *testing.T) {
	on := held{
		{ID: 1, Phones: []string{"13800001054"}, Values: map[string]string{"name": "甲有限公司", "account_no": "571"}},
		{ID: 2, Phones: []string{"13900001055"}, Values: map[string]string{"name": "张巧云"}},
		{ID: 3, Phones: []string{"13700001056"}, Values: map[string]string{"name": "张巧云"}},
	}
	lines := []string{"日期|客户名称|电话|拜访方式|拜访内容|下次拜访时间",
		"2026-12-20|甲||上门|好|1月5日", "同上|张巧云||电话|问|明天", "2026-12-20|张巧云|13700001056|电话|问|月底",
		"2026-12-20|甲||上门|好|1月5日", "|甲||上门|好|", "2026-12-21|||上门|好|", "2026-12-22|新客||飞鸽|好|2月30日", "2026-12-22|新客||飞鸽|好|"}
	got, all, j := tell(t, Options{Known: on, SheetName: "吴霜"}, lines...)
	want := []string{"create id 1", "error ambiguous", "create id 3", "skip duplicate_of_row row 2", "error no_day", "error no_customer", "error impossible_date", "create"}
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	if r := all[0].Record; r.Get("next_on") != "2027-01-05" || r.Get("rep") != "吴霜" || r.Get("mode") != ModeOnSite {
		t.Errorf("%v", r.Map())
	}
	if r := all[2].Record; r.DueWords != "月底" || r.DueHint != "2026-12-31" || r.Get("next_on") != "" {
		t.Errorf("%v", r)
	}
	if qs := j.Questions(); len(qs) != 2 || qs[0].Code != NoMode || qs[0].Answer != ModeOnSite || qs[1].Code != UnknownCustomer || qs[1].Answer != UnknownKeep {
		t.Errorf("%+v", qs)
	}
	if m := all[7].Record.Get("mode"); m != ModeOnSite {
		t.Errorf("a visit that does not say how is taken as the file's answer says: %q", m)
	}
	got, _, _ = tell(t, Options{Known: on, Answers: Answers{Unknown: UnknownSkip}}, lines[0], lines[8])
	if !slices.Equal(got, []string{"skip unknown_customer"}) {
		t.Errorf("%q", got)
	}
	seen := func(id int64, day, rep, content string) (bool, error) { return id == 1 && day == "2026-12-20", nil }
	got, _, _ = tell(t, Options{Known: on, Visited: seen}, lines[0], lines[1])
	if !slices.Equal(got, []string{"skip nothing_new id 1"}) {
		t.Errorf("%q", got)
	}
}

func TestSheetNamesThatAreNobody(t *testing.T) {
	for in, want := range map[string]string{"吴霜": "吴霜", "吴 霜": "吴霜", "Sheet1": "", "工作表1": "", "10月": "", "汇总": "", "拜访记录": "", "欧阳雨桐": "欧阳雨桐", "": ""} {
		if got := sheetRep(in); got != want {
			t.Errorf("%q: %q", in, got)
		}
	}
}

func many(n int) (Header, []Row) {
	head := sheetOf("客户编号|客户名称|联系人|联系电话|地址|客户类型|客户等级|业务员|建档日期|月均件量|授信额度|结算方式|月结账号|来源|备注")
	h, _ := FindHeader(head)
	kinds, levels := []string{"电商客户", "企业客户", "个人客户"}, []string{"A", "B类", "Ｃ", ""}
	rows := make([]Row, n)
	for i := range rows {
		phone := fmt.Sprintf("139%08d", i)
		if i%5 == 0 {
			phone = fmt.Sprintf("0571-86%06d转801/138%08d", i, i)
		}
		rows[i] = Row{Number: i + 2, Cells: []Cell{
			text(fmt.Sprintf("HZ%06d", i)), text(fmt.Sprintf("杭州客户%d贸易有限公司", i)), text("张三"), text(phone), text("杭州市西湖区望麓街81号2幢502室"),
			text(kinds[i%3]), text(levels[i%4]), text("沈雨桐"), text([]string{"2024-03-05", "2024年3月5日", "24.3.5"}[i%3]), num(float64(i % 300)),
			text("1,234.50"), text("月结"), text(fmt.Sprintf("57%08d", i)), text("淘宝"), text("每周二、四下午揽收，易碎品多"),
		}}
	}
	return h, rows
}

func BenchmarkJudge100kRowsOf15Columns(b *testing.B) {
	h, rows := many(100_000)
	m := Guessing(Guess(Customers, h))
	b.ReportAllocs()
	for b.Loop() {
		j, err := NewJudge(Customers, h, m, Options{Answers: Answers{AreaCode: "0571", Year: 2026}})
		if err != nil {
			b.Fatal(err)
		}
		for _, r := range rows {
			if _, err := j.Row(r); err != nil {
				b.Fatal(err)
			}
		}
		if j.Tally.Create != len(rows) {
			b.Fatalf("%+v", j.Tally)
		}
	}
}

func FuzzJudgeRow(f *testing.F) {
	f.Add("甲", "13800001054", "3月5日", "1,234.50", "VIP", 1.38e10)
	f.Add("\ufffd", "—", "同上", "12,50", "A", 45356.0)
	head := sheetOf("客户名称|电话|建档日期|授信额度|客户等级|月均件量")
	h, _ := FindHeader(head)
	m := Guessing(Guess(Customers, h))
	f.Fuzz(func(t *testing.T, a, b, c, d, e string, n float64) {
		j, err := NewJudge(Customers, h, m, Options{Answers: Answers{Year: 2026, AreaCode: "0571"}, Known: held{}})
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			g, err := j.Row(Row{Number: 2, Cells: []Cell{text(a), text(b), text(c), text(d), text(e), num(n), text(a)}})
			if err != nil && !strings.Contains(a+b, "fails") {
				t.Fatal(err)
			}
			if g.NotData == IsData && err == nil && (g.Verdict == "") {
				t.Errorf("no verdict: %+v", g)
			}
			if g.Verdict == Refuse && g.Reason() == "" {
				t.Errorf("an error without a reason: %+v", g)
			}
		}
	})
}
