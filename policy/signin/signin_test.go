package signin

import (
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

const t0 = int64(1_790_000_000_000)

func TestTheDelayGrowsWithEachWrongPassword(t *testing.T) {
	want := []time.Duration{0, 0, 0, 0, 15 * time.Second, 30 * time.Second, time.Minute, 2 * time.Minute, 4 * time.Minute, 8 * time.Minute, 15 * time.Minute, 15 * time.Minute}
	var s State
	now := t0
	for i, w := range want {
		s = ForName.After(s, now)
		if got := ForName.Allowed(s, now); got != w {
			t.Errorf("after %d wrong passwords the wait is %s, want %s", i+1, got, w)
		}
		now = s.Until
		if got := ForName.Allowed(s, now); got != 0 {
			t.Errorf("after the wait, %s is left", got)
		}
	}
}

func TestNobodyGuessesTenPasswordsAtOnce(t *testing.T) {
	var s State
	now, looked := t0, 0
	for now < t0+15*60*1000 { // a quarter of an hour, a try a second
		if ForName.Allowed(s, now) == 0 {
			s, looked = ForName.After(s, now), looked+1
		}
		now += 1000
	}
	if looked > 10 {
		t.Errorf("%d passwords were looked at in a quarter of an hour", looked)
	}
	for day := looked; now < t0+24*3600*1000; now += 1000 {
		if ForName.Allowed(s, now) == 0 {
			s, looked = ForName.After(s, now), looked+1
		}
		if looked > day+110 {
			t.Fatalf("%d passwords were looked at within a day", looked)
		}
	}
}

func TestALockedNameNeverBlocksOthersAtTheSameAddress(t *testing.T) {
	var name, address State
	for now := t0; now < t0+8*3600*1000; now += 500 { // a day's work of hammering on one name
		if Wait(name, address, now) == 0 {
			name, address = ForName.After(name, now), ForAddress.After(address, now)
		}
		if w := Wait(State{}, address, now); w != 0 {
			t.Fatalf("after %s a colleague waits %s", time.Duration(now-t0)*time.Millisecond, w)
		}
	}
	if ForName.Allowed(name, name.Last) == 0 {
		t.Error("the name itself must be locked")
	}
}

func TestAnAddressThatTriesManyNamesIsSlowed(t *testing.T) {
	var address State
	now, looked := t0, 0
	for now < t0+3600*1000 {
		if ForAddress.Allowed(address, now) == 0 {
			address, looked = ForAddress.After(address, now), looked+1
		}
		now += 100
	}
	if looked < ForAddress.Free || looked > 250 {
		t.Errorf("%d tries within an hour", looked)
	}
}

func TestAQuietTimeForgives(t *testing.T) {
	var s State
	for range 6 {
		s = ForName.After(s, t0)
	}
	later := t0 + 2*ForName.Decay.Milliseconds()
	if s2 := ForName.After(s, later); s2.Failures != 5 {
		t.Errorf("half an hour forgives two of six, then one more: got %d", s2.Failures)
	}
	if ForName.Spent(s, later) || !ForName.Spent(s, t0+6*ForName.Decay.Milliseconds()) {
		t.Error("a state is spent when all is forgiven, not before")
	}
	if !ForName.Spent(State{}, t0) {
		t.Error("no state is spent")
	}
}

func TestAClockThatJumps(t *testing.T) {
	var s State
	for range 8 {
		s = ForName.After(s, t0)
	}
	if got := ForName.Allowed(s, t0-24*3600*1000); got > ForName.Max {
		t.Errorf("set back by a day, the wait is %s", got)
	}
	if got := ForName.After(s, t0-24*3600*1000); got.Failures != 9 || got.Until <= got.Last {
		t.Errorf("set back by a day, nothing is forgiven: %+v", got)
	}
	if got := ForName.Allowed(s, t0+10*365*24*3600*1000); got != 0 {
		t.Errorf("in ten years the wait is %s", got)
	}
	if got := ForName.After(State{Failures: 1 << 62, Last: t0, Until: 1 << 62}, t0); ForName.Allowed(got, t0) != ForName.Max {
		t.Errorf("an absurd state waits %s", ForName.Allowed(got, t0))
	}
	if got := ForName.After(State{Failures: -5}, t0); got.Failures != 1 {
		t.Errorf("a negative count: %+v", got)
	}
}

func TestNamesAndAddressesAreOne(t *testing.T) {
	if NameKey("  WangWei ") != NameKey("wangwei") || NameKey("ｗａｎｇｗｅｉ") != NameKey("wangwei") {
		t.Error("one name, written differently, must share its counter")
	}
	if NameKey("wangwei") == NameKey("wangwe") || strings.Contains(NameKey("wangwei"), "wangwei") {
		t.Error("keys must differ and tell nothing")
	}
	if len(NameKey(strings.Repeat("长", 100_000))) != len(NameKey("")) {
		t.Error("keys have one length")
	}
	for _, c := range [][2]string{{"192.168.1.7", "192.168.1.7"}, {"::ffff:192.168.1.7", "192.168.1.7"},
		{"2408:8000:1:2:3:4:5:6", "2408:8000:1:2::/64"}, {"fe80::1%eth0", "fe80::/64"}} {
		if got := AddressKey(netip.MustParseAddr(c[0])); got != c[1] {
			t.Errorf("%s is kept as %s, want %s", c[0], got, c[1])
		}
	}
	if AddressKey(netip.Addr{}) != "unknown" {
		t.Error("no address has a key too")
	}
}

func TestPasswords(t *testing.T) {
	owner := Owner{Username: "zhouyan", Names: []string{"周燕", "zhou yan"}, Firms: []string{"杭州良渚网点", "HZLZ", "百世"}, Phones: []string{"199 1234 1186", "0571-88886666"}}
	for _, c := range []struct {
		name, password, want string
	}{
		{"seven characters", "kT9#xw2", "[{too_short 8}]"},
		{"eight Chinese characters are eight", "雨后江边看白鹭飞", "[]"},
		{"a short phrase of words is good", "橘子三斤要甜", "[{too_short 8}]"},
		{"a sentence is good", "dong men kou de mian guan", "[]"},
		{"eight mixed characters are good", "kT9#xw2m", "[]"},
		{"128 characters are good", strings.Repeat("kT9#xw2mvq", 12) + "kT9#xw2m", "[]"},
		{"129 are too many", strings.Repeat("kT9#xw2mvq", 12) + "kT9#xw2mv", "[{too_long 128}]"},
		{"a megabyte is refused before it is looked at", strings.Repeat("好", 1<<18), "[{too_long 128}]"},
		{"broken text", "abc\xff\xfe12345", "[{unreadable 0}]"},
		{"a control character", "kT9#xw2m\x00", "[{unreadable 0}]"},
		{"12345678", "12345678", "[{common 0}]"},
		{"password", "Password1", "[{common 0}]"},
		{"woaini1314", "woaini1314", "[{common 0}]"},
		{"Woaini@1314", "Woaini@1314", "[{common 0}]"},
		{"qwe123456", "qwe123456", "[{common 0}]"},
		{"Aa123456", "Aa123456", "[{common 0}]"},
		{"Aa123456 in full width", "Ａａ１２３４５６", "[{common 0}]"},
		{"admin with the year", "Admin@2026", "[{common 0}]"},
		{"the product and the year", "yike2026", "[{common 0} {like_firm 0}]"},
		{"the product and other signs", "yike#78!x", "[{like_firm 0}]"},
		{"the company and the year", "百世2026!!", "[{like_firm 0}]"},
		{"the branch alone", "杭州良渚网点01", "[{like_firm 0}]"},
		{"digits first", "1314woaini", "[{common 0}]"},
		{"one character over and over", "爱爱爱爱爱爱爱爱", "[{repeated 0}]"},
		{"two characters over and over", "7373737373", "[{repeated 0}]"},
		{"along the keyboard", "asdfghjkl;", "[{common 0}]"},
		{"two runs", "tyuiop4567", "[{sequence 0}]"},
		{"backwards", "zyxwvuts", "[{sequence 0}]"},
		{"the user name and digits", "zhouyan77", "[{like_name 0}]"},
		{"the user name within a sentence is no harm", "zhouyan drinks tea", "[]"},
		{"own phone", "19912341186", "[{like_phone 0}]"},
		{"own landline", "88886666", "[{common 0} {like_phone 0}]"},
		{"any mobile number", "13800138000", "[{like_phone 0}]"},
		{"a birthday", "19900131", "[{common 0}]"},
		{"a birthday with signs", "1990-01-31", "[{common 0}]"},
		{"eight digits that are no date", "83927461", "[]"},
	} {
		if got := fmt.Sprint(Faults(c.password, owner)); got != c.want {
			t.Errorf("%s: %.40q got %s, want %s", c.name, c.password, got, c.want)
		}
	}
	if got := Faults("kT9#xw2m", Owner{}); got != nil {
		t.Errorf("nobody's password: %v", got)
	}
}

func TestTheListIsAsLongAsItSays(t *testing.T) {
	g := guessable()
	if len(g.whole) < 11_000 {
		t.Errorf("%d passwords in the list", len(g.whole))
	}
	for _, p := range []string{"password", "trustno1", "liverpool", "12qwaszx", "woaini1314"} { // of breaches, and of habits here
		if !g.whole[p] && !common(p) {
			t.Errorf("%q is not known", p)
		}
	}
	for p := range g.whole {
		if len(p) < MinPassword || p != fold(p) {
			t.Errorf("%q can never match", p)
		}
		if got := Faults(p, Owner{}); len(got) == 0 {
			t.Errorf("%q is taken", p)
		}
	}
	for p := range g.stems {
		if p == "" || p != fold(p) {
			t.Errorf("stem %q can never match", p)
		}
	}
}

func FuzzFaults(f *testing.F) {
	f.Add("woaini1314", "zhouyan", "百世")
	f.Add("\xff12345678", "", "")
	f.Fuzz(func(t *testing.T, p, name, firm string) {
		Faults(p, Owner{Username: name, Names: []string{name}, Firms: []string{firm}, Phones: []string{name}})
	})
}

func TestNextURL(t *testing.T) {
	for _, c := range []struct{ name, raw, want string }{
		{"a page", "/customers/123", "/customers/123"},
		{"a list with its filters", "/customers?class=A&city=%E6%9D%AD%E5%B7%9E&sort=-last", "/customers?class=A&city=%E6%9D%AD%E5%B7%9E&sort=-last"},
		{"a Chinese path", "/客户", "/%E5%AE%A2%E6%88%B7"},
		{"the fragment is dropped", "/visits#due", "/visits"},
		{"an address within the query is data", "/search?q=http://x.cn", "/search?q=http://x.cn"},
		{"nothing", "", "/"},

		{"1 another site", "https://evil.example/", "/"},
		{"2 without scheme", "//evil.example", "/"},
		{"two slashes and nothing", "//", "/"},
		{"two slashes and a query", "//?a", "/"},
		{"3 three slashes", "///evil.example", "/"},
		{"4 slash and backslash", `/\evil.example`, "/"},
		{"5 backslashes", `\\evil.example`, "/"},
		{"6 a tab that browsers drop", "/\t/evil.example", "/"},
		{"7 percent signs", "/%2f%2fevil.example", "/"},
		{"8 percent sign and backslash", "/%5cevil.example", "/"},
		{"9 a script", "javascript:alert(1)", "/"},
		{"10 a user before the host", "https://yike@evil.example/", "/"},
		{"11 a step up to a double slash", "/a/..//evil.example", "/"},

		{"a leading space", " //evil.example", "/"},
		{"a line break", "/\r\nLocation: //evil.example", "/"},
		{"a line break in percent", "/%0d%0aSet-Cookie:x", "/"},
		{"twice in percent", "/%252f%252fevil.example", "/"},
		{"a dot and slashes", "/.//evil.example", "/"},
		{"no slash before", "evil.example", "/"},
		{"a scheme without slashes", "https:evil.example", "/"},
		{"a full-width slash is a letter of ours", "/／evil.example", "/%EF%BC%8Fevil.example"},
		{"broken text", "/\xff\xfe", "/"},
		{"broken percent", "/%zz", "/"},
		{"too long", "/" + strings.Repeat("a", 2000), "/"},
		{"signing in again", "/login?next=/", "/"},
		{"signing out", "/logout", "/"},
	} {
		if got := NextURL(c.raw); got != c.want {
			t.Errorf("%s: NextURL(%q) = %q, want %q", c.name, c.raw, got, c.want)
		}
	}
}

func FuzzNextURL(f *testing.F) {
	for _, s := range []string{"/customers?x=1", "//e", `/\e`, "/%2f%2fe", "/%5c/e", "https://e", "/a/../b", "/\t/e", "/%25252f/", "/?a;b#c"} {
		f.Add(s)
	}
	base, err := url.Parse("http://yike.example:8080/login")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		got := NextURL(raw)
		if got[0] != '/' || len(got) > 1 && (got[1] == '/' || got[1] == '\\') || strings.ContainsAny(got, "\\\t\r\n ") {
			t.Fatalf("NextURL(%q) = %q", raw, got)
		}
		ref, err := url.Parse(got)
		if err != nil {
			t.Fatalf("NextURL(%q) = %q: %v", raw, got, err)
		}
		if to := base.ResolveReference(ref); to.Host != base.Host || to.Scheme != base.Scheme || to.User != nil {
			t.Fatalf("NextURL(%q) leads to %s", raw, to)
		}
		if again := NextURL(got); again != got {
			t.Fatalf("NextURL(%q) = %q, then %q", raw, got, again)
		}
	})
}

func TestWordsOfFirmsAndPersons(t *testing.T) {
	for name, want := range map[string][]string{
		"杭州良渚网点":     {"杭州良渚网点", "杭州良渚", "杭州", "良渚"},
		"浙江省区":       {"浙江省区", "浙江"},
		"杭州顺达快递有限公司": {"杭州顺达快递有限公司", "杭州顺达", "杭州", "顺达"},
		"总部":         {"总部"},
		"Yike East":  {"Yike East"},
		"":           {""},
	} {
		if got := FirmWords(name); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
	for name, want := range map[string][]string{"沈雨桐": {"沈雨桐", "雨桐"}, "欧阳晓楠": {"欧阳晓楠", "晓楠"}, "王伟": {"王伟"}, "Ann Lee": {"Ann Lee"}, "": {""}} {
		if got := PersonWords(name); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
	owner := Owner{Firms: append(FirmWords("杭州良渚网点"), "liangzhu", "hangzhou"), Names: append(PersonWords("沈雨桐"), "yutong")}
	for password, want := range map[string]Code{"liangzhu-2026": LikeFirm, "hangzhou-Kx9": LikeFirm, "良渚20261120": LikeFirm, "yutong2026": LikeName} {
		got := Code("")
		if f := Faults(password, owner); len(f) > 0 {
			got = f[0].Code
		}
		if got != want {
			t.Errorf("%q: %q, want %q", password, got, want)
		}
	}
}
