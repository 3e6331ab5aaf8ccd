package phone

import (
	"strconv"
	"strings"
	"testing"

	"github.com/nyaruka/phonenumbers"
)

// TestEveryCountryIsKnown holds the table against the plans of libphonenumber:
// the same codes, no length that a subscriber's line there does not have, none
// missing, and the 0 of home dropped where it is one.
func TestEveryCountryIsKnown(t *testing.T) {
	all, err := phonenumbers.MetadataCollection()
	if err != nil {
		t.Fatal(err)
	}
	want, main := map[string]plan{}, map[string]bool{}
	for _, m := range all.GetMetadata() {
		code := strconv.Itoa(int(m.GetCountryCode()))
		p := want[code]
		for _, d := range []*phonenumbers.PhoneNumberDesc{m.GetFixedLine(), m.GetMobile(), m.GetTollFree(), m.GetVoip(), m.GetUan(), m.GetPersonalNumber(), m.GetSharedCost()} {
			if d.GetNationalNumberPattern() == "" || d.GetNationalNumberPattern() == "NA" {
				continue
			}
			lengths := d.GetPossibleLength()
			if len(lengths) == 0 {
				lengths = m.GetGeneralDesc().GetPossibleLength()
			}
			for _, n := range lengths {
				if n > 0 { // -1: no such line
					p.lengths |= 1 << n
				}
			}
		}
		if m.GetMainCountryForCode() || !main[code] {
			p.trunk = m.GetNationalPrefix() == "0"
			main[code] = true
		}
		if p.lengths != 0 && code != "86" {
			want[code] = p
		}
	}
	got := plans()
	if len(want) < 200 || len(got) != len(want) {
		t.Errorf("%d calling codes, want %d", len(got), len(want))
	}
	for code, p := range want {
		if got[code] != p {
			t.Errorf("+%s: trunk %t, lengths %b; want %t, %b", code, got[code].trunk, got[code].lengths, p.trunk, p.lengths)
		}
	}
}

func TestNumbersOfEveryCountry(t *testing.T) {
	seen := 0
	for region := range phonenumbers.GetSupportedRegions() {
		if region == "CN" {
			continue
		}
		for _, kind := range []phonenumbers.PhoneNumberType{phonenumbers.FIXED_LINE, phonenumbers.MOBILE, phonenumbers.TOLL_FREE} {
			example := phonenumbers.GetExampleNumberForType(region, kind)
			if example == nil {
				continue
			}
			seen++
			want := phonenumbers.Format(example, phonenumbers.E164)
			for _, typed := range []string{want, phonenumbers.Format(example, phonenumbers.INTERNATIONAL)} {
				n, p := Parse(typed, "0571")
				if !p.OK() || n.Kind != Foreign || n.Digits != want {
					t.Errorf("%s: %q: %+v %+v, want %s", region, typed, n, p, want)
				}
			}
		}
	}
	if seen < 400 {
		t.Errorf("%d numbers only", seen)
	}
}

func TestForeignSpellings(t *testing.T) {
	for _, c := range []struct{ why, in, want string }{
		{"the 0 of home in brackets", "+44 (0)20 7946 0958", "+442079460958"},
		{"the 0 of home without brackets", "+81 03-1234-5678", "+81312345678"},
		{"a leading 0 that belongs to the number", "+39 06 6982 1234", "+390669821234"},
		{"dashes", "+1-212-555-0134", "+12125550134"},
		{"Taiwan", "+886 2 2345 6789", "+886223456789"},
		{"Macau", "+853 6612 3456", "+85366123456"},
	} {
		t.Run(c.why, func(t *testing.T) {
			if n, p := Parse(c.in, "0571"); !p.OK() || n.Kind != Foreign || n.Digits != c.want {
				t.Errorf("%q: %+v %+v, want %s", c.in, n, p, c.want)
			}
		})
	}
	for _, c := range []struct{ why, in string }{
		{"a digit missing", "+852 2123 456"},
		{"a digit too many", "+34 612 345 6789"},
		{"a code that no country has", "+999 1234 5678"},
		{"nothing behind the code", "+65"},
		{"the 0 of home and nothing else", "+44 0"},
		{"two zeros", "+81 00 1234 5678"},
		{"longer than any number", "+" + strings.Repeat("4", 40)},
	} {
		t.Run(c.why, func(t *testing.T) {
			if _, ps := Split(c.in, "0571"); len(ps) != 1 || ps[0].Code != ForeignWrong {
				t.Errorf("%q: %+v, want %s", c.in, ps, ForeignWrong)
			}
		})
	}
}
