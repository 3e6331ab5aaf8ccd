package creditcode

import "testing"

func TestCheck(t *testing.T) {
	for _, c := range []struct {
		why, in, code string
		reason        Reason
		at            int
		expected      string
	}{
		{"the example of the standard", "91350100M000100Y43", "91350100M000100Y43", OK, 0, ""},
		{"a code ending in a letter", "91330100799655058B", "91330100799655058B", OK, 0, ""},
		{"a code with X inside", "9144030071526726XG", "9144030071526726XG", OK, 0, ""},
		{"lower case is raised", "91330100799655058b", "91330100799655058B", OK, 0, ""},
		{"blanks and hyphens go", " 9133 0100-7996 5505 8B\u00a0", "91330100799655058B", OK, 0, ""},
		{"full width becomes narrow", "９１３３０１００７９９６５５０５８Ｂ", "91330100799655058B", OK, 0, ""},
		{"a wrong last character", "91350100M000100Y44", "91350100M000100Y44", WrongCheck, 18, "3"},
		{"two digits swapped", "91330100799655085B", "91330100799655085B", WrongCheck, 18, "5"},
		{"an old business licence number of 15 digits", "330106000012345", "330106000012345", WrongLength, 0, ""},
		{"one character too many", "91350100M000100Y433", "91350100M000100Y433", WrongLength, 0, ""},
		{"the letter O for a zero", "9135O100M000100Y43", "9135O100M000100Y43", WrongAlphabet, 5, ""},
		{"the letter I is no character of the code", "91350100MI00100Y43", "91350100MI00100Y43", WrongAlphabet, 10, ""},
		{"a letter among the six digits of the place", "91A50100M000100Y43", "91A50100M000100Y43", WrongAlphabet, 3, ""},
		{"a Chinese character", "91350100M000100Y4三", "91350100M000100Y4三", WrongAlphabet, 18, ""},
		{"nothing", "  ", "", Empty, 0, ""},
	} {
		v := Check(c.in)
		if v.Code != c.code || v.Reason != c.reason || v.At != c.at || v.Expected != c.expected || v.OK() != (c.reason == OK) {
			t.Errorf("%s: %q gives %+v", c.why, c.in, v)
		}
	}
}

// One wrong character is always noticed: that is what the check is for.
func TestEveryOneCharacterMistakeIsFound(t *testing.T) {
	const good = "91350100M000100Y43"
	for i := range Length {
		for j := range alphabet {
			bad := good[:i] + alphabet[j:j+1] + good[i+1:]
			if ok := Check(bad).OK(); ok != (bad == good) {
				t.Errorf("%s passes: %v", bad, ok)
			}
		}
	}
}

func FuzzCheck(f *testing.F) {
	f.Add("91350100M000100Y43")
	f.Add("９1３")
	f.Fuzz(func(t *testing.T, s string) {
		v := Check(s)
		if again := Check(v.Code); again != v {
			t.Fatalf("Check(%q) = %+v, checked again %+v", s, v, again)
		}
		if v.OK() && len(v.Code) != Length {
			t.Fatalf("%q passes with %d bytes", s, len(v.Code))
		}
	})
}
