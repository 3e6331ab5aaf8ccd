package phone

import (
	"bytes"
	"compress/gzip"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/nyaruka/phonenumbers"
)

var update = flag.Bool("update", false, "write plans.txt.gz anew from the library's data")

func joined(list []int32) string {
	var out []string
	for _, n := range list {
		out = append(out, strconv.Itoa(int(n)))
	}
	return strings.Join(out, ",")
}

// planLine is a region as plans.txt.gz has it.
func planLine(m *phonenumbers.PhoneMetadata) string {
	general := m.GetGeneralDesc()
	f := []string{strconv.Itoa(int(m.GetCountryCode())), m.GetNationalPrefixForParsing(), m.GetNationalPrefixTransformRule(),
		joined(general.GetPossibleLength()), joined(general.GetPossibleLengthLocalOnly()), m.GetLeadingDigits(), general.GetNationalNumberPattern()}
	for _, kind := range []*phonenumbers.PhoneNumberDesc{m.GetFixedLine(), m.GetMobile(), m.GetTollFree(), m.GetPremiumRate(), m.GetSharedCost(),
		m.GetPersonalNumber(), m.GetVoip(), m.GetPager(), m.GetUan(), m.GetVoicemail()} {
		if kind.GetNationalNumberPattern() == "" || slices.Equal(kind.GetPossibleLength(), []int32{-1}) {
			continue
		}
		if s := joined(kind.GetPossibleLength()) + ":" + kind.GetNationalNumberPattern(); !slices.Contains(f[7:], s) {
			f = append(f, s)
		}
	}
	return strings.Join(f, "\t")
}

// regionsInOrder are the regions of every calling code but 86, which phone.go
// reads itself, the main region of a code first.
func regionsInOrder(t *testing.T) []*phonenumbers.PhoneMetadata {
	t.Helper()
	all, err := phonenumbers.MetadataCollection()
	if err != nil {
		t.Fatal(err)
	}
	byRegion := map[string]*phonenumbers.PhoneMetadata{}
	for _, m := range all.GetMetadata() {
		byRegion[m.GetId()+" "+strconv.Itoa(int(m.GetCountryCode()))] = m
	}
	var out []*phonenumbers.PhoneMetadata
	for code := 1; code <= 999; code++ {
		for _, r := range phonenumbers.GetRegionCodesForCountryCode(code) {
			m := byRegion[r+" "+strconv.Itoa(code)]
			if m == nil {
				t.Fatalf("%s of %d has no plan", r, code)
			}
			if code != 86 {
				out = append(out, m)
			}
		}
	}
	return out
}

func TestPlansAreThoseOfTheLibrary(t *testing.T) {
	var want bytes.Buffer
	for _, m := range regionsInOrder(t) {
		fmt.Fprintln(&want, planLine(m))
	}
	if *update {
		var packed bytes.Buffer
		w, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(want.Bytes()); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile("plans.txt.gz", packed.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		t.Skip("written: run the tests again")
	}
	var have []string
	for code, list := range plans() {
		for _, rest := range list {
			have = append(have, code+"\t"+rest)
		}
	}
	lines := strings.Split(strings.TrimSuffix(want.String(), "\n"), "\n")
	slices.Sort(have)
	slices.Sort(lines)
	if !slices.Equal(have, lines) {
		t.Errorf("%d lines, the library has %d, or other ones; go test ./policy/phone -run Plans -update writes them anew", len(have), len(lines))
	}
}

// byLibrary is what the library makes of a number behind "+".
func byLibrary(digits string) (string, bool) {
	p, err := phonenumbers.Parse("+"+digits, "ZZ")
	if err != nil || !phonenumbers.IsValidNumber(p) {
		return "", false
	}
	return phonenumbers.Format(p, phonenumbers.E164), true
}

func TestNumbersAbroadAreReadAsTheLibraryReadsThem(t *testing.T) {
	r := rand.New(rand.NewPCG(86, 571))
	valid, asked := 0, 0
	ask := func(digits string) {
		asked++
		want, fine := byLibrary(digits)
		got, ok := abroad(digits)
		if ok != fine || got != want {
			t.Errorf("+%s: %q %v, the library says %q %v", digits, got, ok, want, fine)
		}
		if fine {
			valid++
		}
	}
	kinds := []phonenumbers.PhoneNumberType{phonenumbers.FIXED_LINE, phonenumbers.MOBILE, phonenumbers.TOLL_FREE, phonenumbers.PREMIUM_RATE,
		phonenumbers.SHARED_COST, phonenumbers.VOIP, phonenumbers.PERSONAL_NUMBER, phonenumbers.PAGER, phonenumbers.UAN, phonenumbers.VOICEMAIL}
	for _, m := range regionsInOrder(t) {
		code := strconv.Itoa(int(m.GetCountryCode()))
		for _, kind := range kinds {
			p := phonenumbers.GetExampleNumberForType(m.GetId(), kind)
			if p == nil || m.GetId() == "001" {
				continue
			}
			n := phonenumbers.GetNationalSignificantNumber(p)
			ask(code + n)
			ask(code + m.GetNationalPrefix() + n) // +44 (0)20 …
			ask(code + n[:len(n)-1])
			ask(code + n + "7")
			for range 5 {
				b := []byte(n)
				b[r.IntN(len(b))] = byte('0' + r.IntN(10))
				ask(code + string(b))
			}
		}
		for range 20 {
			n := ""
			for range 2 + r.IntN(13) {
				n += strconv.Itoa(r.IntN(10))
			}
			ask(code + n)
		}
	}
	for _, none := range []string{"", "1", "85", "852", "0571", "999", "2101234567", "999123456", "44", "4400000000000000000000"} {
		if got, ok := abroad(none); ok {
			t.Errorf("+%s is read as %s", none, got)
		}
	}
	if asked < 5000 || valid < asked/5 || valid > asked*4/5 {
		t.Errorf("%d of %d numbers are valid: too much of one kind", valid, asked)
	}
}
