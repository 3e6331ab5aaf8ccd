package feedback

import (
	"reflect"
	"strings"
	"testing"
)

func TestMissing(t *testing.T) {
	none := map[string]int{}
	for _, x := range []struct {
		name string
		have map[string]int
		want Owed
	}{
		{"nothing was sent", nil, Owed{5, map[string]int{"A": 2, "B": 2, "C": 1}}},
		{"the least of each class is enough", map[string]int{"A": 2, "B": 2, "C": 1}, Owed{0, none}},
		{"five of class A leave the others owed", map[string]int{"A": 5}, Owed{3, map[string]int{"B": 2, "C": 1}}},
		{"a client without a class counts toward the number alone", map[string]int{"": 1, "A": 2, "B": 2}, Owed{1, map[string]int{"C": 1}}},
		{"one short of the last class", map[string]int{"A": 3, "B": 2}, Owed{1, map[string]int{"C": 1}}},
		{"more than enough", map[string]int{"A": 9, "B": 9, "C": 9}, Owed{0, none}},
	} {
		if got := DefaultQuota().Missing(x.have); !reflect.DeepEqual(got, x.want) {
			t.Errorf("%s: %+v, want %+v", x.name, got, x.want)
		}
	}
	if got := (Quota{Total: 6, A: 1}).Missing(map[string]int{"A": 1, "B": 2}); got.Total != 3 || len(got.Class) != 0 {
		t.Errorf("beyond the classes the number is owed: %+v", got)
	}
	if got := (Quota{}).Missing(nil); got.Total != 0 {
		t.Errorf("a quota of nought owes nothing: %+v", got)
	}
}

func TestQuotaFaults(t *testing.T) {
	for _, x := range []struct {
		name, field string
		q           Quota
	}{
		{"the shipped one is sound", "", DefaultQuota()},
		{"none at all is sound", "", Quota{Days: 1}},
		{"fewer together than by class", "total", Quota{Total: 4, A: 2, B: 2, C: 1, Days: 3}},
		{"negative", "b", Quota{Total: 5, B: -1, Days: 3}},
		{"no day to answer", "days", Quota{Total: 5, A: 2}},
		{"too many days", "days", Quota{Total: 5, Days: MaxDays + 1}},
		{"too many forms", "total", Quota{Total: MaxQuota + 1, Days: 3}},
	} {
		got := x.q.Faults()
		if x.field == "" && len(got) > 0 || x.field != "" && (len(got) == 0 || got[0].Field != x.field) {
			t.Errorf("%s: %+v", x.name, got)
		}
	}
}

func TestCheck(t *testing.T) {
	if faults := Check(Default()); len(faults) > 0 {
		t.Errorf("the shipped form: %+v", faults)
	}
	f := func(label, kind string, options ...string) []Field {
		return []Field{{Key: "x", Label: label, Kind: kind, Options: options}}
	}
	for _, x := range []struct {
		name, code string
		fields     []Field
	}{
		{"asks nothing", FaultNone, nil},
		{"without a label", FaultLabel, f("", Text)},
		{"a label too long", FaultLabel, f(strings.Repeat("长", MaxLabel+1), Text)},
		{"of no kind", FaultKind, f("问", "photo")},
		{"one option", FaultFew, f("问", Choice, "甲")},
		{"an option too long", FaultOption, f("问", Choices, "甲", strings.Repeat("乙", MaxLabel+1))},
		{"the same twice", FaultTwice, append(f("问", Text), f("问", Long)...)},
		{"too many", FaultMany, make([]Field, MaxFields+1)},
	} {
		if got := Check(x.fields); len(got) == 0 || got[0].Code != x.code {
			t.Errorf("%s: %+v", x.name, got)
		}
	}
}

func TestRead(t *testing.T) {
	fields := []Field{{Key: "a", Label: "甲", Kind: Text, Required: true}, {Key: "n", Label: "数", Kind: Number}, {Key: "d", Label: "日", Kind: Day},
		{Key: "c", Label: "选", Kind: Choice, Options: []string{"一", "二"}}, {Key: "m", Label: "多选", Kind: Choices, Options: []string{"一", "二"}}, {Key: "y", Label: "是否", Kind: YesNo}}
	for _, x := range []struct {
		name, key, value, want string
		draft                  bool
	}{
		{"a required answer is missing", "n", "3", "a:missing", false},
		{"a draft may lack it", "n", "3", "", true},
		{"a number with a fraction", "n", "3.5", "", true},
		{"no number", "n", "三", "n:number", true},
		{"a negative number", "n", "-1", "n:number", true},
		{"no number at all, said in letters", "n", "NaN", "n:number", true},
		{"the leap day", "d", "2028-02-29", "", true},
		{"a day that is none", "d", "2026-02-29", "d:day", true},
		{"an option", "c", "二", "", true},
		{"no option", "c", "三", "c:choice", true},
		{"a yes", "y", Yes, "", true},
		{"neither yes nor no", "y", "也许", "y:choice", true},
		{"a text too long", "a", strings.Repeat("字", maxShort+1), "a:long", true},
		{"blanks are no answer", "a", "  ", "a:missing", false},
	} {
		_, bad := Read(fields, map[string][]string{x.key: {x.value}}, x.draft)
		got := ""
		for k, code := range bad {
			got = k + ":" + code
		}
		if got != x.want {
			t.Errorf("%s: %q, want %q", x.name, got, x.want)
		}
	}
	answers, bad := Read(fields, map[string][]string{"a": {" 说 "}, "m": {"二", "一", "二"}, "other": {"x"}}, false)
	if len(bad) > 0 || len(answers) != 2 || answers[0].Text() != "说" || answers[1].Text() != "二、一" {
		t.Errorf("answers: %+v %v", answers, bad)
	}
	if _, bad := Read(fields, map[string][]string{"c": {"一", "二"}}, true); bad["c"] != BadChoice {
		t.Errorf("two of one choice: %v", bad)
	}
}

func TestGist(t *testing.T) {
	if got := Gist([]Answer{{"a", "甲", Text, []string{"短"}}, {"b", "乙", Long, []string{"长的"}}}); got != "长的" {
		t.Errorf("the long text stands for the form: %q", got)
	}
	if got := Gist([]Answer{{"n", "数", Number, []string{"3"}}}); got != "" {
		t.Errorf("a form without words: %q", got)
	}
}
