package totp

import (
	"encoding/base32"
	"net/url"
	"strings"
	"testing"
	"time"
)

var rfcSecret = []byte("12345678901234567890")

// RFC 4226, appendix D.
func TestCodesOfRFC4226(t *testing.T) {
	for step, want := range []string{"755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"} {
		if got := Code(rfcSecret, int64(step)); got != want {
			t.Errorf("count %d: %s, want %s", step, got, want)
		}
	}
}

// RFC 6238, appendix B: the eight digits of SHA-1, of which six are shown.
func TestCodesOfRFC6238(t *testing.T) {
	for seconds, want := range map[int64]string{
		59: "94287082", 1111111109: "07081804", 1111111111: "14050471", 1234567890: "89005924", 2000000000: "69279037", 20000000000: "65353130",
	} {
		at := time.Unix(seconds, 0)
		if got := Code(rfcSecret, Step(at)); got != want[2:] {
			t.Errorf("at %d: %s, want %s", seconds, got, want[2:])
		}
		if step, ok := Match(rfcSecret, want[2:], at, 0); !ok || step != Step(at) {
			t.Errorf("at %d: its own code gives step %d, %v", seconds, step, ok)
		}
	}
}

func TestMatch(t *testing.T) {
	now := time.Unix(1_800_000_015, 0)
	step := Step(now)
	code := func(s int64) string { return Code(rfcSecret, s) }
	for _, c := range []struct {
		name   string
		secret []byte
		typed  string
		last   int64
		ok     bool
		step   int64
	}{
		{"the code of now", rfcSecret, code(step), 0, true, step},
		{"a phone half a minute slow", rfcSecret, code(step - 1), 0, true, step - 1},
		{"a phone half a minute fast", rfcSecret, code(step + 1), 0, true, step + 1},
		{"a minute slow is too much", rfcSecret, code(step - 2), 0, false, 0},
		{"a minute fast is too much", rfcSecret, code(step + 2), 0, false, 0},
		{"used before", rfcSecret, code(step), step, false, 0},
		{"older than the one used", rfcSecret, code(step - 1), step, false, 0},
		{"the next after the one used", rfcSecret, code(step + 1), step, true, step + 1},
		{"with a space in the middle", rfcSecret, code(step)[:3] + " " + code(step)[3:], 0, true, step},
		{"in full-width digits", rfcSecret, strings.Map(func(r rune) rune { return r - '0' + '０' }, code(step)), 0, true, step},
		{"nothing typed", rfcSecret, "", 0, false, 0},
		{"five digits of it", rfcSecret, code(step)[:5], 0, false, 0},
		{"seven digits", rfcSecret, code(step) + "0", 0, false, 0},
		{"letters", rfcSecret, "abcdef", 0, false, 0},
		{"an empty secret opens nothing", nil, Code(nil, step), 0, false, 0},
		{"a very long text", rfcSecret, strings.Repeat("1", 5000), 0, false, 0},
	} {
		got, ok := Match(c.secret, c.typed, now, c.last)
		if ok != c.ok || got != c.step {
			t.Errorf("%s: step %d %v, want %d %v", c.name, got, ok, c.step, c.ok)
		}
	}
}

func TestStepsBeforeTheEpochFollowOneAnother(t *testing.T) {
	for at := int64(-95); at < 95; at++ {
		if d := Step(time.Unix(at+1, 0)) - Step(time.Unix(at, 0)); d != 0 && d != 1 {
			t.Errorf("from %d s to the next: %d steps", at, d)
		}
	}
	if Step(time.Unix(-1, 0)) != -1 || Step(time.Unix(0, 0)) != 0 || Step(time.Unix(29, 0)) != 0 || Step(time.Unix(30, 0)) != 1 {
		t.Error("a step does not begin at the half minute")
	}
}

func TestWhatThePhoneReads(t *testing.T) {
	u, err := url.Parse(URI("驿客 岚翎", "zhou yan", rfcSecret))
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	if u.Scheme != "otpauth" || u.Host != "totp" || u.Path != "/驿客 岚翎:zhou yan" || q.Get("issuer") != "驿客 岚翎" ||
		q.Get("digits") != "6" || q.Get("period") != "30" || q.Get("algorithm") != "SHA1" {
		t.Errorf("%s", u)
	}
	back, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(q.Get("secret"))
	if err != nil || string(back) != string(rfcSecret) {
		t.Errorf("the secret comes back as %q, %v", back, err)
	}
	if got := Text(rfcSecret); strings.ReplaceAll(got, " ", "") != q.Get("secret") || len(strings.Fields(got)) != 8 {
		t.Errorf("typed by hand: %s", got)
	}
}

func TestRecoveryCodes(t *testing.T) {
	code := Recovery([RecoveryBytes]byte{0, 1, 2, 31, 32, 100, 200, 255, 9, 17})
	if len(code) != 11 || code[5] != '-' || strings.ContainsAny(code, "ilou") {
		t.Errorf("%q", code)
	}
	for name, typed := range map[string]string{
		"as printed": code, "without the dash": strings.ReplaceAll(code, "-", ""), "in capitals": strings.ToUpper(code),
		"with spaces": " " + strings.ReplaceAll(code, "-", " ") + " ", "an o for a zero": strings.ReplaceAll(code, "0", "o"), "an l for a one": strings.ReplaceAll(code, "1", "l"),
	} {
		if FoldRecovery(typed) != FoldRecovery(code) {
			t.Errorf("%s: %q and %q differ", name, typed, code)
		}
	}
	if IsCode(code) || !IsCode("123 456") || IsCode("12345") || IsCode("12345a") {
		t.Error("a phone's code and a recovery code are mistaken for one another")
	}
}

func FuzzMatch(f *testing.F) {
	f.Add("123456", int64(1_800_000_000))
	f.Add("\xff１２３-４５６", int64(-5))
	f.Fuzz(func(t *testing.T, typed string, at int64) {
		now := time.Unix(at%(1<<40), 0)
		step, ok := Match(rfcSecret, typed, now, -1<<60)
		if ok && Code(rfcSecret, step) != Fold(typed) {
			t.Fatalf("%q is not the code of step %d", typed, step)
		}
		FoldRecovery(typed)
	})
}
