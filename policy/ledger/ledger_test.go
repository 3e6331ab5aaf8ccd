package ledger_test

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"yike/policy/day"
	"yike/policy/ledger"
)

func on(s string) day.Day { return day.MustParse(s) }

func bill(d string, fen int64, months ...string) ledger.Entry {
	return ledger.Entry{Kind: ledger.Statement, Day: on(d), Charged: fen, Periods: months}
}

func paid(d string, fen int64, months ...string) ledger.Entry {
	return ledger.Entry{Kind: ledger.Payment, Day: on(d), Paid: fen, Periods: months}
}

func refund(d string, fen int64, months ...string) ledger.Entry {
	return ledger.Entry{Kind: ledger.Refund, Day: on(d), Paid: -fen, Periods: months}
}

func uncharge(d string, fen int64, months ...string) ledger.Entry {
	return ledger.Entry{Kind: ledger.Reversal, Day: on(d), Charged: -fen, Periods: months}
}

func bounce(d string, fen int64, months ...string) ledger.Entry {
	return ledger.Entry{Kind: ledger.Reversal, Day: on(d), Paid: -fen, Periods: months}
}

func TestPaymentsSettleStatements(t *testing.T) {
	for _, c := range []struct {
		name       string
		list       []ledger.Entry
		left, free []int64
	}{
		{"a payment that names nothing settles the oldest statement first",
			[]ledger.Entry{bill("2026-06-01", 100, "2026-05"), bill("2026-07-01", 200, "2026-06"), paid("2026-07-05", 150)}, []int64{0, 150, 0}, []int64{0, 0, 0}},
		{"a payment settles the month that it names, an older one stays open",
			[]ledger.Entry{bill("2026-06-01", 100, "2026-05"), bill("2026-07-01", 200, "2026-06"), paid("2026-07-05", 200, "2026-06")}, []int64{100, 0, 0}, []int64{0, 0, 0}},
		{"what is over of a named month goes to the oldest",
			[]ledger.Entry{bill("2026-06-01", 100, "2026-05"), bill("2026-07-01", 200, "2026-06"), paid("2026-07-05", 230, "2026-06")}, []int64{70, 0, 0}, []int64{0, 0, 0}},
		{"one payment settles two months",
			[]ledger.Entry{bill("2026-06-01", 100, "2026-05"), bill("2026-07-01", 200, "2026-06"), paid("2026-07-05", 300, "2026-05", "2026-06")}, []int64{0, 0, 0}, []int64{0, 0, 0}},
		{"money before any statement is prepaid and stays free",
			[]ledger.Entry{paid("2026-05-20", 500)}, []int64{0}, []int64{500}},
		{"the next statement is paid from what is prepaid, the rest stays free",
			[]ledger.Entry{paid("2026-05-20", 500), bill("2026-06-01", 120, "2026-05")}, []int64{0, 0}, []int64{380, 0}},
		{"the order in which documents were written does not matter, their days do",
			[]ledger.Entry{bill("2026-06-01", 120, "2026-05"), paid("2026-05-20", 500)}, []int64{0, 0}, []int64{0, 380}},
		{"a refund comes out of what is free",
			[]ledger.Entry{bill("2026-06-01", 100), paid("2026-06-10", 150), refund("2026-06-12", 50)}, []int64{0, 0, 0}, []int64{0, 0, 0}},
		{"a refund of money that had settled a statement opens it again",
			[]ledger.Entry{bill("2026-06-01", 100), paid("2026-06-10", 100), refund("2026-06-12", 30)}, []int64{30, 0, 0}, []int64{0, 0, 0}},
		{"of a refund larger than what was ever paid the rest is owed",
			[]ledger.Entry{bill("2026-06-01", 100), paid("2026-06-10", 100), refund("2026-06-12", 130)}, []int64{100, 0, 30}, []int64{0, 0, 0}},
		{"a refund without anything paid is owed",
			[]ledger.Entry{refund("2026-06-12", 130), paid("2026-06-20", 200)}, []int64{0, 0}, []int64{0, 70}},
		{"a charge taken back in a later month lowers the month that it names",
			[]ledger.Entry{bill("2026-09-01", 100, "2026-08"), bill("2026-10-01", 200, "2026-09"), uncharge("2026-10-16", 60, "2026-09")}, []int64{100, 140, 0}, []int64{0, 0, 0}},
		{"a charge taken back after it was paid leaves money for the next",
			[]ledger.Entry{bill("2026-09-01", 100, "2026-08"), paid("2026-09-05", 100), uncharge("2026-10-16", 60, "2026-08"), bill("2026-11-01", 50, "2026-10")}, []int64{0, 0, 0, 0}, []int64{0, 0, 10, 0}},
		{"a payment of an earlier month taken back opens that month again",
			[]ledger.Entry{bill("2026-06-01", 100, "2026-05"), bill("2026-07-01", 200, "2026-06"), paid("2026-06-05", 100, "2026-05"), paid("2026-07-05", 200, "2026-06"),
				bounce("2026-09-01", 100, "2026-05")}, []int64{100, 0, 0, 0, 0}, []int64{0, 0, 0, 0, 0}},
		{"a bounced payment that names no month opens the newest again",
			[]ledger.Entry{bill("2026-06-01", 100, "2026-05"), bill("2026-07-01", 200, "2026-06"), paid("2026-07-05", 300), bounce("2026-07-09", 250)}, []int64{50, 200, 0, 0}, []int64{0, 0, 0, 0}},
		{"a statement that was lowered is not opened beyond what is left of it",
			[]ledger.Entry{bill("2026-06-01", 100), uncharge("2026-06-05", 20), paid("2026-06-10", 80), refund("2026-06-12", 90)}, []int64{80, 0, 0, 10}, []int64{0, 0, 0, 0}},
		{"a statement and its payment of one day settle",
			[]ledger.Entry{paid("2026-06-01", 100), bill("2026-06-01", 100)}, []int64{0, 0}, []int64{0, 0}},
		{"nothing", nil, []int64{}, []int64{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			left, free := []int64{}, []int64{}
			for _, o := range ledger.Settle(c.list) {
				left, free = append(left, o.Left), append(free, o.Free)
			}
			if !slices.Equal(left, c.left) || !slices.Equal(free, c.free) {
				t.Errorf("left %v, free %v; want %v, %v", left, free, c.left, c.free)
			}
		})
	}
	got := ledger.Settle([]ledger.Entry{bill("2026-06-01", 100), paid("2026-06-10", 60), paid("2026-06-20", 60)})
	if got[0].Settled != on("2026-06-20") || got[1].Settled != 0 {
		t.Errorf("settled on %v", got)
	}
}

func TestWhatIsOpenIsWhatWasChargedLessWhatWasPaid(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // a test
	for range 3000 {
		var list []ledger.Entry
		sum := int64(0)
		for range r.IntN(14) {
			d, fen := day.MustParse("2026-05-01").Add(r.IntN(120)).String(), int64(1+r.IntN(300))
			var months []string
			if r.IntN(2) == 0 {
				months = []string{[]string{"2026-05", "2026-06", "2026-07"}[r.IntN(3)]}
			}
			e := []func(string, int64, ...string) ledger.Entry{bill, paid, refund, uncharge, bounce, bill, paid}[r.IntN(7)](d, fen, months...)
			sum += e.Charged - e.Paid
			list = append(list, e)
		}
		left, free := int64(0), int64(0)
		for i, o := range ledger.Settle(list) {
			if o.Left < 0 || o.Free < 0 || (o.Left == 0) != (o.Settled != 0) && (list[i].Charged > 0) {
				t.Fatalf("%+v of %+v", o, list)
			}
			left += o.Left
			free += o.Free
		}
		if left-free != sum || left > 0 && free > 0 {
			t.Fatalf("left %d, free %d, balance %d of %+v", left, free, sum, list)
		}
	}
}

func TestDueDaysAndAges(t *testing.T) {
	rule := ledger.DefaultRule()
	for _, c := range []struct {
		name, issued string
		terms        int64
		due          string
	}{
		{"thirty days over the end of a month", "2026-01-31", 30, "2026-03-02"},
		{"thirty days over a leap day", "2028-01-31", 30, "2028-03-01"},
		{"over the turn of the year", "2026-12-15", 45, "2027-01-29"},
		{"no terms on file: those of the rule", "2026-06-01", 0, "2026-07-01"},
		{"one day", "2026-06-30", 1, "2026-07-01"},
	} {
		if got := ledger.Due(on(c.issued), c.terms, rule); got != on(c.due) {
			t.Errorf("%s: due %s, want %s", c.name, got, c.due)
		}
	}
	if got := ledger.Due(on("2026-06-01"), 0, ledger.Rule{}); got != on("2026-06-01") {
		t.Errorf("a rule of no days: %s", got)
	}
	today := on("2026-11-20")
	for _, c := range []struct {
		due       string
		days, age int
	}{
		{"2026-11-21", 0, ledger.NotDue}, {"2026-11-20", 0, ledger.NotDue}, {"2026-11-19", 1, ledger.To30}, {"2026-10-21", 30, ledger.To30}, {"2026-10-20", 31, ledger.To60},
		{"2026-09-21", 60, ledger.To60}, {"2026-09-20", 61, ledger.To90}, {"2026-08-22", 90, ledger.To90}, {"2026-08-21", 91, ledger.Over90}, {"2024-02-29", 995, ledger.Over90},
	} {
		if n, age := ledger.DaysOver(on(c.due), today), ledger.AgeOf(on(c.due), today); n != c.days || age != c.age {
			t.Errorf("due %s: %d days, age %d; want %d, %d", c.due, n, age, c.days, c.age)
		}
	}
	for age := range ledger.Ages {
		for d := today.Add(-120); d <= today.Add(3); d++ {
			first, last := ledger.AgeFrom(age, today)
			within := (first == 0 || d >= first) && (last == 0 || d <= last)
			if within != (ledger.AgeOf(d, today) == age) {
				t.Fatalf("due %s is of age %d; age %d is %s to %s", d, ledger.AgeOf(d, today), age, first, last)
			}
		}
	}
}

func TestWhoOwes(t *testing.T) {
	today := on("2026-11-20")
	item := func(due string, left int64) ledger.Item {
		return ledger.Item{Number: "DZ" + due, Due: on(due), Left: left}
	}
	for _, c := range []struct {
		name    string
		items   []ledger.Item
		free    int64
		limit   int64
		rule    ledger.Rule
		owing   bool
		balance int64
		over    int64
		days    int
		beyond  int64
		why     []string
	}{
		{"nothing open", nil, 0, 0, ledger.DefaultRule(), false, 0, 0, 0, 0, []string{ledger.WhyNone}},
		{"due today is not overdue", []ledger.Item{item("2026-11-20", 500)}, 0, 0, ledger.DefaultRule(), false, 500, 0, 0, 0, []string{ledger.WhyNone}},
		{"due yesterday owes", []ledger.Item{item("2026-11-19", 500)}, 0, 0, ledger.DefaultRule(), true, 500, 500, 1, 0, []string{ledger.WhyItem, ledger.WhyOwing}},
		{"less than the least does not", []ledger.Item{item("2026-10-01", 99)}, 0, 0, ledger.DefaultRule(), false, 99, 99, 50, 0, []string{ledger.WhyItem, ledger.WhyLeast}},
		{"exactly the least does", []ledger.Item{item("2026-10-01", 60), item("2026-10-02", 40)}, 0, 0, ledger.DefaultRule(), true, 100, 100, 50, 0,
			[]string{ledger.WhyItem, ledger.WhyItem, ledger.WhyOwing}},
		{"within the days of grace nobody owes", []ledger.Item{item("2026-11-15", 500)}, 0, 0, ledger.Rule{Grace: 5}, false, 500, 500, 5, 0, []string{ledger.WhyItem, ledger.WhyGrace}},
		{"one day more and they do", []ledger.Item{item("2026-11-14", 500)}, 0, 0, ledger.Rule{Grace: 5}, true, 500, 500, 6, 0, []string{ledger.WhyItem, ledger.WhyOwing}},
		{"over the limit, not yet due", []ledger.Item{item("2026-12-01", 900)}, 0, 800, ledger.DefaultRule(), false, 900, 0, 0, 100, []string{ledger.WhyNone, ledger.WhyOverLimit}},
		{"at the limit is within it", []ledger.Item{item("2026-12-01", 800)}, 0, 800, ledger.DefaultRule(), false, 800, 0, 0, 0, []string{ledger.WhyNone}},
		{"a balance of the client's", nil, 250, 800, ledger.DefaultRule(), false, -250, 0, 0, 0, []string{ledger.WhyNone, ledger.WhyCredit}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := ledger.Stand(c.items, c.free, c.limit, c.rule, today)
			if s.Owing != c.owing || s.Balance != c.balance || s.Overdue != c.over || s.Days != c.days || s.OverLimit != c.beyond {
				t.Errorf("%+v", s)
			}
			sum := int64(0)
			for _, n := range s.Ages {
				sum += n
			}
			if sum-c.free != s.Balance || s.Ages[ledger.NotDue]+s.Overdue != sum {
				t.Errorf("ages %v of %d", s.Ages, s.Balance)
			}
			var why []string
			for _, r := range s.Why(c.rule, today) {
				why = append(why, r.Code)
			}
			if !slices.Equal(why, c.why) {
				t.Errorf("because of %v, want %v", why, c.why)
			}
		})
	}
	var many []ledger.Item
	for i := range 8 {
		many = append(many, ledger.Item{Number: "N", Due: on("2026-06-01").Add(-i), Left: 10})
	}
	why := ledger.Stand(many, 0, 0, ledger.DefaultRule(), today).Why(ledger.DefaultRule(), today)
	if len(why) != 7 || why[0].Day != on("2026-05-25") || why[5] != (ledger.Reason{Code: ledger.WhyMore, Days: 3, Fen: 30}) {
		t.Errorf("of many: %+v", why)
	}
}

func TestMonthsAreReadAsPeopleWriteThem(t *testing.T) {
	doc := on("2026-06-01")
	for _, c := range []struct {
		text string
		want []string
		ok   bool
	}{
		{"2026-05", []string{"2026-05"}, true}, {"202605", []string{"2026-05"}, true}, {"2026年5月", []string{"2026-05"}, true}, {"2026年05月份", []string{"2026-05"}, true},
		{"2026/5", []string{"2026-05"}, true}, {"2026.05", []string{"2026-05"}, true}, {"２０２６年５月", []string{"2026-05"}, true}, {"2026-05-01", []string{"2026-05"}, true},
		{"2026年5月1日", []string{"2026-05"}, true}, {" ", nil, true},
		{"2026年5月、2026-06", []string{"2026-05", "2026-06"}, true}, {"2026-06、2026年5月", []string{"2026-05", "2026-06"}, true}, {"202605,202605", []string{"2026-05"}, true},
		{"2026年5-6月", []string{"2026-05", "2026-06"}, true}, {"2026年10月-12月", []string{"2026-10", "2026-11", "2026-12"}, true}, {"2026-11至2027-01", []string{"2026-11", "2026-12", "2027-01"}, true},
		{"2026-11~1", []string{"2026-11", "2026-12", "2027-01"}, true}, {"5月", []string{"2026-05"}, true}, {"12月", []string{"2025-12"}, true}, {"6", []string{"2026-06"}, true},
		{"2026-13", nil, false}, {"上个月", nil, false}, {"20260", nil, false}, {"2026-00", nil, false}, {"2026-06至2026-05", nil, false}, {"2020-01至2026-05", nil, false}, {"1926-05", nil, false},
		{"-5", []string{"2026-05"}, true}, {"2026-5-x", nil, false}, {"～", nil, false},
	} {
		got, ok := ledger.Periods(c.text, doc)
		if ok != c.ok || ok && !reflect.DeepEqual(got, c.want) {
			t.Errorf("%q: %v %v, want %v", c.text, got, ok, c.want)
		}
	}
	if _, ok := ledger.Periods("5月", 0); ok {
		t.Error("a month without a year, of a document without a day, was read")
	}
	for text, want := range map[string]string{"对账单": ledger.Statement, "月结账单": ledger.Statement, "回款": ledger.Payment, "预存": ledger.Payment, "退款": ledger.Refund, "冲红": ledger.Reversal, "红冲对账单": ledger.Reversal, "": "", "发货": ""} {
		if got, _ := ledger.KindOf(text); got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
	for text, want := range map[string]string{"对公转账": ledger.Transfer, "微信转账": ledger.WeChat, "支付宝": ledger.Alipay, "现金": ledger.Cash, "承兑": ledger.Draft, "刷卡": ledger.Card, "": "", "面粉": ledger.Other} {
		if got := ledger.MethodOf(text); got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
}

func FuzzPeriods(f *testing.F) {
	f.Add("2026年5月、2026-06")
	f.Add("2026-5M~")
	f.Fuzz(func(t *testing.T, s string) {
		list, ok := ledger.Periods(s, on("2026-06-01"))
		if ok && (len(list) > ledger.MostPeriods || !slices.IsSorted(list)) {
			t.Errorf("%q: %v", s, list)
		}
		for _, m := range list {
			if _, err := day.Parse(m + "-01"); ok && err != nil {
				t.Errorf("%q: %q", s, m)
			}
		}
	})
}
