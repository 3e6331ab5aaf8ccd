package worktime

import (
	"slices"
	"strings"
	"testing"
	"time"

	"yike/policy/day"
)

// The arrangement of 2025 as the State Council's notice put it, in its form.
const notice2025 = `国务院办公厅关于2025年部分节假日安排的通知
各省、自治区、直辖市人民政府：
现将具体安排通知如下。
一、元旦：1月1日（周三）放假1天，不调休。
二、春节：1月28日（农历除夕、周二）至2月4日（农历正月初七、周二）放假调休，共8天。1月26日（周日）、2月8日（周六）上班。
三、清明节：4月4日（周五）至6日（周日）放假，共3天。
四、劳动节：5月1日（周四）至5日（周一）放假调休，共5天。4月27日（周日）上班。
五、端午节：5月31日（周六）至6月2日（周一）放假，共3天。
六、国庆节、中秋节：10月1日（周三）至8日（周三）放假调休，共8天。9月28日（周日）、10月11日（周六）上班。
节假日期间，各地区、各部门要妥善安排好值班和安全、保卫、疫情防控等工作。
国务院办公厅
2024年11月12日`

func TestANoticeIsReadAsTheShippedTableHasIt(t *testing.T) {
	y, faults := ReadNotice(2025, notice2025)
	if len(faults) > 0 {
		t.Fatalf("%+v", faults)
	}
	want := China().Entries(2025)
	for i, e := range y.Entries {
		if i >= len(want) || e.Day != want[i].Day || e.Kind != want[i].Kind {
			t.Fatalf("%d: %s %s, the table has %+v", i, e.Day, e.Kind, want[min(i, len(want)-1)])
		}
	}
	if len(want) != len(y.Entries) {
		t.Errorf("%d days, want %d", len(y.Entries), len(want))
	}
	// Day by day in a table it is the same.
	var lines []string
	for _, e := range y.Entries {
		word := map[Kind]string{Rest: "放假", Work: "上班"}[e.Kind]
		lines = append(lines, e.Day.String()+"\t"+word+"\t"+e.Name)
	}
	table, faults := ReadNotice(2025, strings.Join(lines, "\r\n"))
	if len(faults) > 0 || !slices.Equal(table.Entries, y.Entries) {
		t.Errorf("as a table: %+v", faults)
	}
}

func TestEveryShippedYearIsAnArrangement(t *testing.T) {
	for y := 2020; y <= 2026; y++ {
		if faults := (Year{y, China().Entries(y)}).Faults(); len(faults) > 0 {
			t.Errorf("%d: %+v", y, faults)
		}
	}
}

func TestWhatANoticeCannotBeIsTold(t *testing.T) {
	change := func(old, new string) string {
		if !strings.Contains(notice2025, old) {
			t.Fatalf("the notice has no %q", old)
		}
		return strings.Replace(notice2025, old, new, 1)
	}
	for _, c := range []struct {
		name string
		year int
		text string
		want Code
		line int
	}{
		{"of another year", 2026, notice2025, OtherWeekday, 4},
		{"a day twice", 2025, change("2月8日（周六）上班", "1月26日（周日）上班"), Twice, 0},
		{"a made-up day on a Friday", 2025, change("4月27日（周日）上班", "4月25日（周五）上班"), NotWeekend, 0},
		{"another number of days", 2025, change("共5天", "共6天"), OtherCount, 7},
		{"a day that is none", 2025, change("4月4日（周五）", "4月31日"), NoSuchDay, 6},
		{"no National Day", 2025, change("六、国庆节、中秋节：10月1日（周三）至8日（周三）放假调休，共8天。9月28日（周日）、10月11日（周六）上班。", ""), Missing, 0},
		{"no kind", 2025, change("1月1日（周三）放假1天，不调休", "1月1日（周三），放假安排另行通知"), Unread, 4},
		{"too long", 2025, change("至5日（周一）放假调休，共5天", "至5月20日放假调休，共20天"), TooLong, 0},
		{"a day of another year", 2025, notice2025 + "\n2026-01-01 放假 元旦", Outside, 0},
		{"a nameless day", 2025, notice2025 + "\n2025-12-24 放假", NoName, 0},
		{"nothing", 2025, "", Missing, 0},
		{"a year of no calendar", 2101, notice2025, BadYear, 0},
	} {
		_, faults := ReadNotice(c.year, c.text)
		if !slices.ContainsFunc(faults, func(f Fault) bool { return f.Code == c.want && f.Line == c.line }) {
			t.Errorf("%s: %+v", c.name, faults)
		}
	}
}

func TestNewYearMayBeginTheYearBefore(t *testing.T) {
	text := strings.Replace(notice2025, "一、元旦：1月1日（周三）放假1天，不调休。", "一、元旦：2024年12月30日至2025年1月1日放假调休，共3天。2024年12月29日（周日）上班。", 1)
	for _, text := range []string{text, strings.NewReplacer("2024年12", "12", "2025年1月1日放", "1月1日放").Replace(text)} {
		y, faults := ReadNotice(2025, text)
		if len(faults) > 0 {
			t.Fatalf("%+v", faults)
		}
		if first := y.Entries[0]; first.Day != day.Of(2024, time.December, 29) || first.Kind != Work || y.Entries[1].Day != day.Of(2024, time.December, 30) || y.Entries[3].Day != day.Of(2025, time.January, 1) {
			t.Errorf("%+v", y.Entries[:4])
		}
	}
}

func TestACorrectedYearReplacesTheShippedOne(t *testing.T) {
	days := slices.DeleteFunc(China().Entries(2026), func(e Entry) bool { return e.Day == d("2026-10-10") })
	c, err := China().WithYears([]Year{{2026, days}, {2027, []Entry{{d("2027-01-01"), Rest, "元旦"}}}})
	if err != nil {
		t.Fatal(err)
	}
	if worked, _ := c.IsWorkday(d("2026-10-10")); worked {
		t.Error("the Saturday is worked still")
	}
	if worked, _ := China().IsWorkday(d("2026-10-10")); !worked {
		t.Error("the shipped calendar has changed")
	}
	if !c.Published(2027) || !c.Published(2025) || c.Published(2028) {
		t.Error("which years are announced")
	}
}
