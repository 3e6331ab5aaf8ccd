package sensitive

import (
	"strings"
	"testing"
)

func TestClean(t *testing.T) {
	for _, c := range []struct {
		name, field, value, want string
		fault                    Fault
	}{
		{"the number of the standard's example", IDNumber, "11010519491231002X", "11010519491231002X", Fine},
		{"a small x and spaces", IDNumber, "110105 19491231 002x", "11010519491231002X", Fine},
		{"a wrong check digit", IDNumber, "110105194912310021", "110105194912310021", NotAnID},
		{"the old 15 places", IDNumber, "110105491231002", "110105491231002", NotAnID},
		{"letters", IDNumber, "1101051949123100AX", "1101051949123100AX", NotAnID},
		{"a bank card in groups", BankAccount, "6222 0212 3456 7890 123", "6222021234567890123", Fine},
		{"seven digits are no account", BankAccount, "1234567", "1234567", NotABank},
		{"words are no account", BankAccount, "工行 6222", "工行6222", NotABank},
		{"an age", Age, " 042 ", "42", Fine},
		{"no age at all", Age, "0", "0", NotAnAge},
		{"older than anybody", Age, "121", "121", NotAnAge},
		{"an income in words", Income, "月入八千", "月入八千", Fine},
		{"nothing", Interests, "  ", "", Nothing},
		{"a novel", Culture, strings.Repeat("长", MaxValue+1), strings.Repeat("长", MaxValue+1), TooLong},
		{"just as long as it may be", Culture, strings.Repeat("长", MaxValue), strings.Repeat("长", MaxValue), Fine},
	} {
		if got, fault := Clean(c.field, c.value); got != c.want || fault != c.fault {
			t.Errorf("%s: %q, %q; want %q, %q", c.name, got, fault, c.want, c.fault)
		}
	}
}

func TestCheckUse(t *testing.T) {
	for _, c := range []struct {
		name string
		use  Use
		want Fault
	}{
		{"off needs nothing", Use{}, Fine},
		{"on with purpose and basis", Use{true, "理赔打款", "contract"}, Fine},
		{"on without a purpose", Use{true, " ", "contract"}, NoPurpose},
		{"on for too many words", Use{true, strings.Repeat("长", MaxPurpose+1), "law"}, LongPurpose},
		{"on upon a ground that the law does not know", Use{true, "理赔打款", "curiosity"}, NoBasis},
	} {
		if got := CheckUse(c.use); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestNothingIsOnUntilSomebodySwitchesItOn(t *testing.T) {
	if on := (Rule{}).On(); len(on) != 0 {
		t.Errorf("on without a rule: %v", on)
	}
	r := Rule{Age: {On: true}, IDNumber: {On: true}, Income: {On: false, Purpose: "以前用过"}}
	if on := strings.Join(r.On(), " "); on != "id_number age" {
		t.Errorf("on: %s", on)
	}
}
