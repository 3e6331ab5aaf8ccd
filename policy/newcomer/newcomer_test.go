package newcomer

import (
	"reflect"
	"strings"
	"testing"
)

func TestRead(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       []Person
	}{
		{"a line each", "周砚青\n何家骏\r\n\n 沈雨桐 ", []Person{{Name: "周砚青"}, {Name: "何家骏"}, {Name: "沈雨桐"}}},
		{"in one line", "周砚青、何家骏；沈雨桐", []Person{{Name: "周砚青"}, {Name: "何家骏"}, {Name: "沈雨桐"}}},
		{"out of a sheet", "周砚青\t13800001111\n何家骏\t13800001112\thejj", []Person{{Name: "周砚青", Phone: "13800001111"}, {Name: "何家骏", Phone: "13800001112", Username: "hejj"}}},
		{"a number in groups", "周砚青 138 0000 1111 zyq", []Person{{Name: "周砚青", Phone: "13800001111", Username: "zyq"}}},
		{"a landline with its code", "周砚青 0571-86000033", []Person{{Name: "周砚青", Phone: "0571-86000033"}}},
		{"phone first, a comma between", "13800001111，周砚青", []Person{{Name: "周砚青", Phone: "13800001111"}}},
		{"no number that is understood", "周砚青 138000011", []Person{{Name: "周砚青", Phone: "138000011"}}},
		{"a name in letters", "Li Lei 13800001111 lilei", []Person{{Name: "Li Lei", Phone: "13800001111", Username: "lilei"}}},
		{"letters alone are a name", "lilei", []Person{{Name: "lilei"}}},
		{"twice the same is one", "周砚青\n周砚青", []Person{{Name: "周砚青"}}},
		{"twice with two phones are two", "王伟 13800001111\n王伟 13800001112", []Person{{Name: "王伟", Phone: "13800001111"}, {Name: "王伟", Phone: "13800001112"}}},
		{"nobody", " \n、；\t", nil},
	} {
		if got, more := Read(c.text); !reflect.DeepEqual(got, c.want) || more {
			t.Errorf("%s: %+v %v, want %+v", c.name, got, more, c.want)
		}
	}
	var long strings.Builder
	for i := range Most + 1 {
		long.WriteString("客" + strings.Repeat("一", i+1) + "\n")
	}
	if got, more := Read(long.String()); len(got) != Most || !more {
		t.Errorf("a list that is too long: %d %v", len(got), more)
	}
}

func TestUsername(t *testing.T) {
	for name, want := range map[string]string{"周砚青": "zhouyanqing", "单海涛": "shanhaitao", "吕布": "lvbu", "Li Lei": "lilei", "老王2": "laowang2", "…": "", "安": "an",
		strings.Repeat("庄", 20): "zhuangzhuangzhuangzhuangzhuangzh"} {
		if got := Username(name); got != want || got != "" && !Fits(got) {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

func TestFill(t *testing.T) {
	list := []Person{{Name: "王伟"}, {Name: "王伟"}, {Name: "王薇", Username: "wangwei3"}, {Name: "汪伟"}, {Name: "…"}}
	Fill(list, func(s string) bool { return s == "wangwei" })
	var got []string
	for _, p := range list {
		got = append(got, p.Username)
	}
	if want := []string{"wangwei2", "wangwei4", "wangwei3", "wangwei5", ""}; !reflect.DeepEqual(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	long := []Person{{Name: strings.Repeat("庄", 20)}}
	Fill(long, func(s string) bool { return !strings.HasSuffix(s, "12") })
	if got := long[0].Username; len(got) != longest || !strings.HasSuffix(got, "12") {
		t.Errorf("a long one: %q", got)
	}
}

func TestFits(t *testing.T) {
	for s, want := range map[string]bool{"": false, "a": false, "ab": true, "a.b-c_1": true, ".ab": false, "aB": false, "周周": false, strings.Repeat("a", 33): false} {
		if Fits(s) != want {
			t.Errorf("%q: %v", s, !want)
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, s := range []string{"周砚青\t13800001111", "a b c", "、；\n", "王伟 138 王伟", "\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		list, _ := Read(s)
		if len(list) > Most {
			t.Fatalf("%d of %q", len(list), s)
		}
		Fill(list, func(u string) bool { return len(u) < 4 })
		seen := map[string]bool{}
		for _, p := range list {
			if p.Username != "" && (!Fits(p.Username)) {
				t.Fatalf("%q gives %+v", s, p)
			}
			if made := Username(p.Name); made != "" && strings.HasPrefix(p.Username, made) && p.Username != made && seen[p.Username] {
				t.Fatalf("%q: %s twice", s, p.Username)
			}
			seen[p.Username] = true
		}
	})
}
