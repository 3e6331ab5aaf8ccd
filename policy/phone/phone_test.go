package phone

import (
	"strings"
	"testing"
)

func TestSplitReadsWhatPeopleType(t *testing.T) {
	for _, c := range []struct{ why, in, want string }{
		{"plain", "13800001054", "13800001054"},
		{"full width", "１３８００００１０５４", "13800001054"},
		{"dashes", "138-0000-1054", "13800001054"},
		{"blanks", "138 0000 1054", "13800001054"},
		{"dots", "138.0000.1054", "13800001054"},
		{"country code with plus", "+86 13800001054", "13800001054"},
		{"country code glued", "8613800001054", "13800001054"},
		{"country code with 00", "0086-138-0000-1054", "13800001054"},
		{"country code with dash", "86-13800001054", "13800001054"},
		{"point zero", "13800001054.0", "13800001054"},
		{"full exponent", "1.3800001054E10", "13800001054"},
		{"label", "手机：13800001054", "13800001054"},
		{"note behind", "13800001054（微信同号）", "13800001054"},
		{"no-break blank", "\u00a013800001054", "13800001054"},
		{"zero width blank", "\u200b138\u200b00001054", "13800001054"},
		{"house number in words beside", "2号楼 13800001054", "13800001054"},
		{"two by slash", "13800001054/0571-86000123转801", "13800001054 0571-86000123-801"},
		{"two by a mark", "13800001054、13900001055", "13800001054 13900001055"},
		{"two by a line break", "13800001054\n0571-86000123-801", "13800001054 0571-86000123-801"},
		{"two by a blank", "13800001054 13900001055", "13800001054 13900001055"},
		{"two by semicolon, full width", "13800001054；13900001055", "13800001054 13900001055"},
		{"two by 或", "13800001054或13900001055", "13800001054 13900001055"},
		{"the same twice", "13800001054/138 0000 1054", "13800001054"},
		{"names between", "张总13800001054 李经理13900001055", "13800001054 13900001055"},
		{"landline", "0571-86000123", "0571-86000123"},
		{"landline with blank", "0571 86000123", "0571-86000123"},
		{"landline in brackets", "（0571）86000123", "0571-86000123"},
		{"landline glued", "057186000123", "0571-86000123"},
		{"extension by word", "0571-86000123 转 801", "0571-86000123-801"},
		{"extension by ext", "0571-86000123 ext.801", "0571-86000123-801"},
		{"extension by 分机", "0571-86000123分机8023", "0571-86000123-8023"},
		{"leading zero lost", "57186000123", "0571-86000123"},
		{"leading zero lost, with dash", "571-86000123", "0571-86000123"},
		{"three-digit area code", "010-66000123", "010-66000123"},
		{"three-digit area code, zero lost", "2166000123", "021-66000123"},
		{"with country code", "+86 571 86000123", "0571-86000123"},
		{"local number takes the default", "86000123", "0571-86000123"},
		{"local number in two groups", "8600 0123", "0571-86000123"},
		{"local number with extension", "86000123-801", "0571-86000123-801"},
		{"service", "400-800-1234", "4008001234"},
		{"service other grouping", "400-8001-234", "4008001234"},
		{"short service", "95338", "95338"},
		{"privacy number", "13800001054-1234", "13800001054-1234"},
		{"Hong Kong", "+852 2123 4567", "+85221234567"},
		{"nothing", "", ""},
		{"none in words", "无", ""},
		{"a dash", "—", ""},
	} {
		t.Run(c.why, func(t *testing.T) {
			ns, ps := Split(c.in, "0571")
			var got []string
			for _, n := range ns {
				got = append(got, n.Digits)
			}
			if g := strings.Join(got, " "); g != c.want || len(ps) > 0 {
				t.Errorf("%q: %q %v, want %q", c.in, g, ps, c.want)
			}
		})
	}
}

func TestSplitNeverGuesses(t *testing.T) {
	for _, c := range []struct {
		why, in, area string
		code          Code
		n             int
	}{
		{"ten digits", "1380000105", "0571", MobileShort, 1},
		{"ten digits in groups", "138 0000 105", "0571", MobileShort, 1},
		{"twelve digits", "138000010541", "0571", MobileLong, 1},
		{"digits lost", "1.38E+10", "0571", DigitsLost, 0},
		{"digits lost, full width", "１.38Ｅ+10", "0571", DigitsLost, 0},
		{"local number, no default", "86000123", "", NoAreaCode, 0},
		{"masked", "138****1054", "0571", Masked, 0},
		{"an address", "杭州市西湖区望麓街81号2幢502室", "0571", NotAPhone, 0},
		{"a word", "老板微信", "0571", NotAPhone, 0},
		{"a day", "2024-03-05", "0571", NotAPhone, 0},
		{"second number cut off", "13800001054/1390000", "0571", MobileShort, 4},
		{"short form of a second line", "0571-86000123/24", "0571", StrayDigits, 0},
		{"no such number abroad", "+852 12", "0571", ForeignWrong, 0},
	} {
		t.Run(c.why, func(t *testing.T) {
			_, ps := Split(c.in, c.area)
			if len(ps) != 1 || ps[0].Code != c.code || ps[0].N != c.n {
				t.Errorf("%q: %+v, want %s %d", c.in, ps, c.code, c.n)
			}
		})
	}
}

func TestParseTakesOneNumber(t *testing.T) {
	if n, p := Parse("86000123", "0571"); !p.OK() || !n.AreaAdded || n.Kind != Landline {
		t.Errorf("%+v %+v", n, p)
	}
	if n, p := Parse("57186000123", ""); !p.OK() || !n.ZeroRestored {
		t.Errorf("%+v %+v", n, p)
	}
	if n, p := Parse("13800001054-12", ""); !p.OK() || n.Kind != Virtual {
		t.Errorf("%+v %+v", n, p)
	}
	if _, p := Parse("13800001054/13900001055", ""); p.Code != NotAPhone || p.N != 2 {
		t.Errorf("two numbers: %+v", p)
	}
	if n, p := Parse(" ", ""); !p.OK() || n != (Number{}) {
		t.Errorf("empty: %+v %+v", n, p)
	}
}

func TestSpellings(t *testing.T) {
	for _, c := range []struct{ digits, key, last, show string }{
		{"13800001054", "13800001054", "1054", "138 0000 1054"},
		{"0571-86000123-801", "057186000123801", "0123", "0571-8600 0123-801"},
		{"0571-86000123", "057186000123", "0123", "0571-8600 0123"},
		{"4008001234", "4008001234", "1234", "400-800-1234"},
		{"95338", "95338", "5338", "95338"},
		{"+85221234567", "85221234567", "4567", "+85221234567"},
	} {
		if k, l, d := SearchKey(c.digits), Last4(c.digits), Display(c.digits); k != c.key || l != c.last || d != c.show {
			t.Errorf("%s: %q %q %q", c.digits, k, l, d)
		}
	}
}

func FuzzSplit(f *testing.F) {
	for _, s := range []string{"13800001054", "+86 571 86000123转801", "1.38E+10", "0571-8600 0123/24", "+852", "（）-转", "9999999999999999"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		ns, ps := Split(s, "0571")
		for _, n := range ns {
			again, p := Parse(n.Digits, "")
			if !p.OK() || again.Digits != n.Digits || again.Kind != n.Kind {
				t.Errorf("%q gives %+v, which reads back as %+v %+v", s, n, again, p)
			}
		}
		for _, p := range ps {
			if p.OK() {
				t.Errorf("%q: a problem without a code", s)
			}
		}
	})
}

func BenchmarkSplit(b *testing.B) {
	for b.Loop() {
		Split("0571-86000001转801/13800001054", "0571")
	}
}
