package intake_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"yike/policy/intake"
)

const registerBook = "投诉登记本.xlsx"

// causesMeant are the program's causes for the words of the truth.
var causesMeant = map[string]string{"延误": "late", "破损": "damaged", "遗失": "lost", "服务态度": "attitude", "虚假签收": "false_signed", "费用争议": "charges", "其他": "other"}

func TestTheRegisterOfComplaintsGivesTheFiguresOfTheTruth(t *testing.T) {
	var want struct {
		HeaderRow int            `json:"header_row"`
		DataRows  int            `json:"data_rows"`
		Months    int            `json:"month_heading_rows"`
		Errors    int            `json:"errors"`
		ByMonth   map[string]int `json:"by_month"`
		Closed    int
		Open      int
		Blank     int   `json:"result_blank"`
		Fen       int64 `json:"compensation_fen"`
		Here      int   `json:"rows_of_customers_in_file_1"`
		Rows      []struct {
			Row                  int
			Day, Customer, Phone string
			Meant                string `json:"type_meant"`
			Known                bool   `json:"known_customer"`
			Waybill, Handler     string
			Fen                  int64 `json:"compensation_fen"`
			Closed               *bool
		}
	}
	truth(t, registerBook, &want)
	_, _, first := judge(t, read(t, register, "客户台账"), intake.Options{Answers: home})
	known, names := store(first)
	rows := read(t, registerBook, "")
	h, ok := intake.FindHeader(rows)
	if !ok || h.Kind != intake.Cases || h.Year != 2026 {
		t.Fatalf("taken for %v of %d", h.Kind, h.Year)
	}
	same(t, "header rows", h.Rows, []int{want.HeaderRow})
	j, _, got := judge(t, rows, intake.Options{Answers: intake.Answers{AreaCode: "0571"}, Known: known, Today: "2026-11-20"})
	if q := j.Questions(); len(q) != 1 || q[0].Code != intake.NoResult || q[0].Count != want.Blank || q[0].Answer != intake.StillOpen {
		t.Errorf("it asks %+v", q)
	}
	same(t, "tally", []int{j.Tally.Data, j.Tally.Create, j.Tally.Skip, j.Tally.Refuse}, []int{want.DataRows, want.DataRows, 0, want.Errors})
	same(t, "not data", []int{j.Tally.NotData[intake.GroupHeading], j.Tally.NotData[intake.NoteRow]}, []int{want.Months, 1})
	people := []string{}
	for _, w := range want.Rows {
		if !slices.Contains(people, w.Handler) {
			people = append(people, w.Handler)
		}
	}
	at := map[int]intake.Judged{}
	months, ends, fen, here := map[string]int{}, map[string]int{}, int64(0), 0
	for _, g := range got {
		if g.NotData != intake.IsData {
			continue
		}
		at[g.Row] = g
		months[g.Record.Get("day")[:7]]++
		end := g.Record.Get("state")
		if g.Record.Get("result") == "" {
			end = "blank"
		}
		ends[end]++
		n, _ := g.Record.Int("compensation")
		fen += n
		if g.ID != 0 {
			here++
		}
	}
	same(t, "months", months, want.ByMonth)
	same(t, "ends", ends, map[string]int{"closed": want.Closed, "open": want.Open, "blank": want.Blank})
	same(t, "money, clients", []int64{fen, int64(here)}, []int64{want.Fen, int64(want.Here)})
	right := 0
	for _, w := range want.Rows {
		g := at[w.Row]
		n, _ := g.Record.Int("compensation")
		phone := strings.Join(g.Record.Phones, " ")
		same(t, fmt.Sprintf("row %d", w.Row), []any{g.Record.Get("day"), phone, names[g.ID], g.Record.Get("waybill"), intake.PersonOf(g.Record.Get("handler"), people), n},
			[]any{w.Day, w.Phone, w.Customer, w.Waybill, w.Handler, w.Fen})
		if w.Closed != nil && *w.Closed != (g.Record.Get("state") == intake.Closed) {
			t.Errorf("row %d: %q is taken for %s", w.Row, g.Record.Get("result"), g.Record.Get("state"))
		}
		if g.Record.Get("cause") == causesMeant[w.Meant] {
			right++
		} else {
			t.Logf("row %d, %s, is taken for %s: %s", w.Row, w.Meant, g.Record.Get("cause"), g.Record.Get("said"))
		}
	}
	// What the writer meant is no truth that words must tell; the share may not sink unseen.
	if right < 145 {
		t.Errorf("%d of %d causes are guessed as they were meant", right, len(want.Rows))
	}
	again, _, _ := judge(t, append(slices.Clone(rows), rows[3:6]...), intake.Options{Answers: intake.Answers{AreaCode: "0571"}})
	if again.Tally.Create != want.DataRows || again.Tally.Skip != 3 {
		t.Errorf("with rows twice: %+v", again.Tally)
	}
}

const bookHead = "日期|客户|电话|单号|投诉内容|赔款|结果"

// bookRows are rows as a register has them; #3.1 is a number.
func bookRows(lines ...string) []intake.Row {
	var out []intake.Row
	for i, l := range lines {
		r := intake.Row{Number: i + 1}
		for _, s := range strings.Split(l, "|") {
			c := intake.Cell{Kind: intake.Text, Text: s}
			if n, err := strconv.ParseFloat(strings.TrimPrefix(s, "#"), 64); err == nil && strings.HasPrefix(s, "#") {
				c = intake.Cell{Kind: intake.Number, Text: s[1:], Num: n}
			} else if s == "" {
				c = intake.Cell{}
			}
			r.Cells = append(r.Cells, c)
		}
		out = append(out, r)
	}
	return out
}

func TestTheDaysOfARegister(t *testing.T) {
	for _, x := range []struct {
		name  string
		lines []string // under a title and the headings
		want  string   // days in their order, a fault by its code
		told  string   // codes of the last row
	}{
		{"A number that has lost its 0 goes on after the row above", []string{"3.9|a||1|x", "#3.1|b||2|y"}, "2026-03-09 2026-03-10", ""},
		{"A number may be the first of its month", []string{"2.28|a||1|x", "#3.1|b||2|y"}, "2026-02-28 2026-03-01", ""},
		{"A number that may be two days is the earlier one, and told", []string{"3.1|a||1|x", "#3.1|b||2|y"}, "2026-03-01 2026-03-01", "day_short"},
		{"A number with two decimals is one day", []string{"#3.15|a||1|x", "#3.05|b||2|y"}, "2026-03-15 2026-03-05", ""},
		{"2.3 is not the 30th of February", []string{"2.25|a||1|x", "#2.3|b||2|y"}, "2026-02-25 2026-02-03", ""},
		{"As above, in three spellings", []string{"3.9|a||1|x", "同上|b||2|y", "〃|c||3|z", "|d||4|w"}, "2026-03-09 2026-03-09 2026-03-09 2026-03-09", "day_above"},
		{"As above with nothing above", []string{"同上|a||1|x"}, "no_day", "no_day"},
		{"A day alone has the month of its heading", []string{"【三月】", "6日|a||1|x", "#7|b||2|y"}, "2026-03-06 2026-03-07", ""},
		{"A heading with its year", []string{"2025年12月", "12.31|a||1|x", "一月", "1.2|b||2|y"}, "2025-12-31 2026-01-02", ""},
		{"Months that begin anew are of the next year, and one that has not come is refused", []string{"【十月】", "10.3|a||1|x", "【一月】", "1.5|b||2|y"}, "2026-10-03 future_day", "future_day"},
		{"A day of another month than its heading is told", []string{"【三月】", "4.2|a||1|x"}, "2026-04-02", "month_differs"},
		{"With the hour and the part of the day", []string{"3月9日上午|a||1|x", "2026-03-10 08:30|b||2|y"}, "2026-03-09 2026-03-10", ""},
		{"A day that does not exist", []string{"2.30|a||1|x"}, "impossible_date", "impossible_date"},
		{"Words", []string{"月初|a||1|x"}, "not_a_date", "not_a_date"},
		{"The last day of February in a leap year", []string{"2024年2月", "2.29|a||1|x"}, "2024-02-29", ""},
	} {
		_, _, got := judge(t, bookRows(append([]string{"投诉登记本（2026年）", bookHead}, x.lines...)...), intake.Options{Today: "2026-11-20"}, intake.Cases)
		var days []string
		told := ""
		for _, g := range got {
			if g.NotData != intake.IsData {
				continue
			}
			d := g.Record.Get("day")
			if g.Verdict == intake.Refuse {
				d = string(g.Reason())
			}
			days, told = append(days, d), ""
			for _, p := range g.Problems {
				if p.Field == "day" || p.Code == intake.NoDay {
					told = string(p.Code)
				}
			}
		}
		if s := strings.Join(days, " "); s != x.want || told != x.told {
			t.Errorf("%s: %s %q, want %s %q", x.name, s, told, x.want, x.told)
		}
	}
}

func TestTheDayOfClosingFollowsTheDayOfTheRow(t *testing.T) {
	for _, x := range []struct{ name, day, closed, want, told string }{
		{"The same year", "3.1", "3.4", "2026-03-04", ""},
		{"The same day", "3.1", "3.1", "2026-03-01", ""},
		{"The day before", "3.2", "3.1", "", "closed_before"},
		{"December, closed in January", "2025-12-28", "1.3", "2026-01-03", ""},
		{"The last day of the year, closed on the first", "2025年12月31日", "1月1日", "2026-01-01", ""},
		{"December of this year and January that has not come", "11.18", "1.3", "", "closed_before"},
		{"Today", "11.18", "2026-11-20", "2026-11-20", ""},
		{"Tomorrow", "11.18", "2026-11-21", "", "future_day"},
		{"Tomorrow, without its year", "11.18", "11.21", "", "future_day"},
		{"The year before, in full", "3.1", "2025-03-04", "", "closed_before"},
		{"No day", "3.1", "2.30", "", "impossible_date"},
	} {
		_, _, got := judge(t, bookRows("投诉登记本（2026年）", "日期|客户|电话|投诉内容|结果|结案日期", x.day+"|a||碎了|已解决|"+x.closed), intake.Options{Today: "2026-11-20"}, intake.Cases)
		for _, g := range got {
			if g.NotData != intake.IsData {
				continue
			}
			told := ""
			for _, p := range g.Problems {
				if p.Field == "closed_on" {
					told = string(p.Code)
				}
			}
			if g.Verdict != intake.Create || g.Record.Get("closed_on") != x.want || told != x.told {
				t.Errorf("%s: %s, closed on %q %s, want %q %s", x.name, g.Verdict, g.Record.Get("closed_on"), told, x.want, x.told)
			}
		}
	}
}

func TestWhatIsARowOfARegisterOnceMore(t *testing.T) {
	first := []string{"2026-03-01", "13800000001", "王先生", "302601000625492", "送晚了", "late"}
	key := func(x []string) string { return intake.CaseKey(x[0], x[1], x[2], x[3], x[4], x[5]) }
	for _, x := range []struct {
		name  string
		i     int
		other string
		same  bool
	}{
		{"Another day", 0, "2026-03-02", false}, {"Another number", 1, "13800000002", false}, {"Another caller", 2, "李女士", false}, {"The caller with a blank", 2, "王 先生", true},
		{"Another parcel", 3, "", false}, {"Other words", 4, "送错了", false}, {"The words with a full stop", 4, "送晚了。", true}, {"A cause beside words", 5, "lost", true},
	} {
		other := slices.Clone(first)
		other[x.i] = x.other
		if (key(first) == key(other)) != x.same {
			t.Errorf("%s: taken for the same: %v", x.name, !x.same)
		}
	}
	if intake.CaseKey("2026-03-01", "", "", "", "", "late") == intake.CaseKey("2026-03-01", "", "", "", "", "lost") {
		t.Error("of two rows without words the cause tells")
	}
}

func TestWhatARegistersCellsSay(t *testing.T) {
	for text, want := range map[string]string{"√": "closed", "OK": "closed", "已解决": "closed", "客户满意": "closed!", "已赔付，客户认可": "closed!", "没问题了": "closed", "已赔付，待客户确认": "open",
		"待回复": "open", "还没解决": "open", "等总部答复": "open", "客户不满意": "open", "未结案": "open", "处理中": "open", "×": "open", "": "", "/": "", "见附件": "", "解决不了，客户不认可": "open",
		"客户不太满意": "open", "不是很满意": "open", "不太认可": "open", "不愿接受": "open", "拒绝接受": "open", "难以接受": "open", "客户未表示同意": "open", "解决不了": "open", "接受不了": "open",
		"已赔付，客户还是不太认可": "open", "没意见": "closed!", "无异议": "closed!", "客户没有意见": "closed!", "没问题，客户满意": "closed!", "没问题客户满意": "closed!", "不再追究，客户谅解": "closed!",
		"赔了运费，勉强接受": "closed!", "未赔，客户同意": "open", "满意，但拒绝同意补偿方案": "open"} {
		end, satisfied := intake.ParseOutcome(text)
		if satisfied {
			end += "!"
		}
		if end != want {
			t.Errorf("%q says %q, want %q", text, end, want)
		}
	}
	for text, want := range map[string]string{"230": "23000", "赔290元": "29000", "¥90.00": "9000", "赔付1,200元": "120000", "无": "0", "/": "0", "—": "0", "": "0", "未赔": "?", "免运费": "?", "-50": "?", "协商中": "?"} {
		got := "?"
		if n, clear := intake.ParseCompensation(text, false); clear {
			got = strconv.FormatInt(n, 10)
		}
		if got != want {
			t.Errorf("%q is %s, want %s", text, got, want)
		}
	}
	for text, want := range map[string]string{"302601000625492": "302601000625492|", "没报单号": "|", "不记得": "|", "YT3026010006、302601000625493": "YT3026010006 302601000625493|", "尾号5492": "|尾号5492", "": "|"} {
		numbers, rest := intake.Numbers(text)
		if got := strings.Join(numbers, " ") + "|" + rest; got != want {
			t.Errorf("%q holds %s, want %s", text, got, want)
		}
	}
	people := []string{"沈雨桐", "陈立舟", "陈立新", "吴霜", "周砚青", "欧阳雨桐"}
	for name, want := range map[string]string{"陈立舟": "陈立舟", "立舟": "陈立舟", "雨桐": "", "砚青": "周砚青", "老吴": "吴霜", "吴姐": "吴霜", "陈哥": "", "霜": "", "": "", "小周": "周砚青", "师傅": ""} {
		if got := intake.PersonOf(name, people); got != want && !(got == name && !slices.Contains(people, got)) {
			t.Errorf("%q is %q, want %q", name, got, want)
		}
	}
}

func TestWhoCalledIsFoundAndNeverGuessed(t *testing.T) {
	x := intake.NewIndex()
	x.Add(intake.Known{ID: 1, Values: map[string]string{"name": "杭州松果文具有限公司"}, Phones: []string{"13800000001", "13800000009"}})
	x.Add(intake.Known{ID: 2, Values: map[string]string{"name": "桂子书店"}, Phones: []string{"13800000002", "13800000009"}})
	_, _, got := judge(t, bookRows(bookHead,
		"3.1|谁|13800000001|302601000625492|碎了", "3.1|桂子书店||302601000625493|碎了", "3.1|王先生（桂子书店）|13800000009|302601000625494|碎了",
		"3.1|王先生|13800000009|302601000625495|碎了", "3.1|王先生|13800000008|302601000625496|碎了", "3.1||||没说是谁，杯子碎了", "3.1|张三|老板电话|302601000625497|碎了"),
		intake.Options{Known: x, Today: "2026-11-20", Answers: intake.Answers{Year: 2026}}, intake.Cases)
	var ids []int64
	for _, g := range got {
		if g.Verdict != intake.Create {
			t.Errorf("row %d: %s %v", g.Row, g.Verdict, g.Problems)
		}
		ids = append(ids, g.ID)
	}
	same(t, "clients", ids, []int64{1, 2, 2, 0, 0, 0, 0})
	if r := got[6].Record; r.Get("remark") != "老板电话" || len(r.Phones) != 0 {
		t.Errorf("a number that is none: %v", r.Map())
	}
	if !slices.ContainsFunc(got[3].Problems, func(p intake.Problem) bool { return p.Code == intake.CallerOf && p.N == 2 }) {
		t.Errorf("a number of two clients: %v", got[3].Problems)
	}
}
