package mask

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestPhone(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"a mobile number", "19912341186", "199 **** 1186"},
		{"with spaces", "199 1234 1186", "199 **** 1186"},
		{"with the country code", "+86 199-1234-1186", "199 **** 1186"},
		{"with the country code and zeros", "008619912341186", "199 **** 1186"},
		{"in full-width digits", "１９９１２３４１１８６", "199 **** 1186"},
		{"masked already", "199 **** 1186", "199 **** 1186"},
		{"a landline", "0571-88886666", "0571-**** 6666"},
		{"a landline with seven digits", "0571-8888666", "0571-**** 8666"},
		{"a landline of Shanghai", "(021)6888 6666", "021-**** 6666"},
		{"a landline with the country code", "+86-571-88886666", "0571-**** 6666"},
		{"an extension", "0571-88886666 转 801", "0571-**** 6666 转 ****"},
		{"an extension behind a dash", "0571-88886666-801", "0571-**** 6666 转 ****"},
		{"a landline without its code", "88886666", "**** 66"},
		{"seven digits", "8888666", "**** 66"},
		{"a service number", "95338", "****"},
		{"a short number", "110", "****"},
		{"ten digits", "4008001234", "****"},
		{"two numbers in one", "19912341186 13800138000", "****"},
		{"two numbers with a sign", "19912341186/13800138000", "****"},
		{"letters only", "无", "****"},
		{"stars put in by someone", "199*2341186", "****"},
		{"a star to pass for masked", "*19912341186", "****"},
		{"nothing", "", ""},
		{"a space", " ", ""},
		{"a number abroad", "+1 212 555 0134", "121 **** 0134"},
		{"Hong Kong as it is stored", "+85221234567", "852 **** 4567"},
		{"an extension as it is stored", "0571-86000123-801", "0571-**** 0123 转 ****"},
		{"broken text", "\xff199\xfe12341186", "199 **** 1186"},
	} {
		if got := Phone(c.in, Masked); got != c.want {
			t.Errorf("%s: %q shows %q, want %q", c.name, c.in, got, c.want)
		}
	}
}

func TestWeChatAndEmail(t *testing.T) {
	for _, c := range []struct {
		name     string
		f        func(string, Level) string
		in, want string
	}{
		{"an id", WeChat, "wxid_ab12cd38", "w****8"},
		{"a short id", WeChat, "lily8", "****"},
		{"an id of six", WeChat, "lily88", "l****8"},
		{"an id that is a phone", WeChat, "19912341186", "199 **** 1186"},
		{"a Chinese name", WeChat, "杭州小周子呀", "杭****呀"},
		{"a masked id", WeChat, "w****8", "w****8"},
		{"nothing", WeChat, "", ""},
		{"an address", Email, "zhouyan@qq.com", "z****@qq.com"},
		{"a short one", Email, "zy@qq.com", "****@qq.com"},
		{"a masked one", Email, "z****@qq.com", "z****@qq.com"},
		{"no address", Email, "zhouyan", "****"},
		{"no domain", Email, "zhouyan@", "****"},
		{"two addresses", Email, "zhou@a.cn, yan@b.cn", "****@b.cn"},
		{"two the other way", Email, "zhou@a.cn yan", "****"},
		{"nothing", Email, " ", ""},
	} {
		if got := c.f(c.in, Masked); got != c.want {
			t.Errorf("%s: %q shows %q, want %q", c.name, c.in, got, c.want)
		}
	}
}

func TestAddress(t *testing.T) {
	p := Place{"浙江省", "杭州市", "余杭区", "良渚街道古墩路 1899 号 3 幢"}
	want := Place{"浙江省", "杭州市", "余杭区", "****"}
	if got := Address(p, Masked); got != want || Address(got, Masked) != want {
		t.Errorf("masked: %+v", got)
	}
	if Address(p, Full) != p || Address(p, Hidden) != (Place{}) {
		t.Error("full is all, hidden is nothing")
	}
	if got := Address(Place{Province: "浙江省"}, Masked); got != (Place{Province: "浙江省"}) {
		t.Errorf("no detail, no stars: %+v", got)
	}
	if AddressLine("浙江省杭州市余杭区幸福小区 3 幢", Masked) != "****" || AddressLine("", Masked) != "" {
		t.Error("a line nobody has split shows nothing")
	}
}

func TestLevels(t *testing.T) {
	const v = "zhou@qq.com"
	for name, f := range map[string]func(string, Level) string{"phone": Phone, "wechat": WeChat, "email": Email, "address": AddressLine} {
		if got := f(v, Full); got != v {
			t.Errorf("%s in full: %q", name, got)
		}
		var unset Level
		for _, l := range []Level{Hidden, unset, Level(-1), Level(7)} {
			if got := f(v, l); got != "" {
				t.Errorf("%s at level %d: %q", name, l, got)
			}
		}
	}
}

func TestSearch(t *testing.T) {
	for _, c := range []struct {
		name, query string
		level       Level
		want        PhoneQuery
	}{
		{"in full, three digits", "118", Full, PhoneQuery{Fragment, "118"}},
		{"in full, two digits are too few", "11", Full, PhoneQuery{}},
		{"in full, a whole number", "+86 199 1234 1186", Full, PhoneQuery{Fragment, "19912341186"}},
		{"masked, the last four", "1186", Masked, PhoneQuery{LastFour, "1186"}},
		{"masked, in full width", "１１８６", Masked, PhoneQuery{LastFour, "1186"}},
		{"masked, three", "118", Masked, PhoneQuery{}},
		{"masked, five", "41186", Masked, PhoneQuery{}},
		{"masked, six", "341186", Masked, PhoneQuery{}},
		{"masked, the whole number", "199-1234-1186", Masked, PhoneQuery{Whole, "19912341186"}},
		{"masked, ten of eleven are looked for as they are", "9912341186", Masked, PhoneQuery{Whole, "9912341186"}},
		{"masked, a landline with the country code", "+86 571 8888 6666", Masked, PhoneQuery{Whole, "057188886666"}},
		{"masked, a landline", "0571-88886666", Masked, PhoneQuery{Whole, "057188886666"}},
		{"masked, a joker", "1199%1186", Masked, PhoneQuery{}},
		{"masked, underscores", "199____1186", Masked, PhoneQuery{}},
		{"hidden, the whole number", "19912341186", Hidden, PhoneQuery{}},
		{"a name", "良渚", Full, PhoneQuery{}},
		{"a name with digits", "3 号店 118", Full, PhoneQuery{}},
		{"nothing", "", Full, PhoneQuery{}},
		{"a flood", strings.Repeat("1", 21), Full, PhoneQuery{}},
	} {
		if got := Search(c.query, c.level); got != c.want {
			t.Errorf("%s: got %+v, want %+v", c.name, got, c.want)
		}
	}
}

// digitsShown is the greatest number of digits that out shows in a row.
func digitsShown(out string) int {
	best, n := 0, 0
	for _, r := range plain(out) {
		if n++; r < '0' || r > '9' {
			n = 0
		}
		best = max(best, n)
	}
	return best
}

func FuzzMasked(f *testing.F) {
	for _, s := range []string{"19912341186", "0571-88886666-801", "8888666", "wxid_ab12", "z@q", "****", "199 **** 1186", "a*b", "\xff", " 转 1", "１９９", "**** 转 ****", "lily88 ", "**** 31 "} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if len(s) > 200 {
			return
		}
		for name, mask := range map[string]func(string, Level) string{"Phone": Phone, "WeChat": WeChat, "Email": Email, "AddressLine": AddressLine} {
			out := mask(s, Masked)
			if again := mask(out, Masked); again != out {
				t.Fatalf("%s(%q) = %q, then %q", name, s, out, again)
			}
			if !utf8.ValidString(out) && utf8.ValidString(s) {
				t.Fatalf("%s(%q) = %q is no text", name, s, out)
			}
		}
		for name, mask := range map[string]func(string, Level) string{"Phone": Phone, "WeChat": WeChat} {
			out := mask(s, Masked)
			if n := digitsShown(out); n > 4 || utf8.RuneCountInString(out) > len([]rune("0571-**** 6666 转 ****")) {
				t.Fatalf("%s(%q) = %q shows too much", name, s, out)
			}
			if out != "" && !strings.Contains(out, gone) {
				t.Fatalf("%s(%q) = %q hides nothing", name, s, out)
			}
			if n := len(digits(plain(s))); n > 0 && n < 7 && digitsShown(out) > 1 && !mine.MatchString(strings.TrimSpace(s)) {
				t.Fatalf("%s(%q) = %q shows a short number", name, s, out)
			}
		}
	})
}
