package dedupe_test

import (
	"slices"
	"testing"

	"yike/policy/dedupe"
)

func TestHowLikelyTwoFilesAreOneCustomer(t *testing.T) {
	const code = "91330110MA2B0QK12X"
	for _, c := range []struct {
		name string
		a, b dedupe.Party
		want int
		why  []string
	}{
		{"name and phone", dedupe.Party{Name: "云织电商有限公司", Phones: []string{"13800001054"}}, dedupe.Party{Name: "云织电商", Phones: []string{"0571-86000123", "13800001054"}},
			dedupe.Certainly, []string{dedupe.SameName, dedupe.SamePhone}},
		{"credit code under two names", dedupe.Party{Name: "甲", CreditCode: code}, dedupe.Party{Name: "乙", CreditCode: code}, dedupe.Certainly, []string{dedupe.SameCreditCode}},
		{"one name", dedupe.Party{Name: "（杭州）云织"}, dedupe.Party{Name: "(杭州)云织", Phones: []string{"13800001054"}}, dedupe.OneName, []string{dedupe.SameName}},
		{"sister companies", dedupe.Party{Name: "云织（杭州）"}, dedupe.Party{Name: "云织（上海）"}, dedupe.Unlike, nil},
		{"two shops, two phones in common", dedupe.Party{Name: "甲", Phones: []string{"1", "2"}}, dedupe.Party{Name: "乙", Phones: []string{"2", "1"}}, dedupe.OnePhone, []string{dedupe.SamePhone}},
		{"nothing known of either", dedupe.Party{}, dedupe.Party{}, dedupe.Unlike, nil},
	} {
		got, why := dedupe.Likely(c.a, c.b)
		if got != c.want || !slices.Equal(why, c.why) {
			t.Errorf("%s: %d %v, want %d %v", c.name, got, why, c.want, c.why)
		}
		if back, _ := dedupe.Likely(c.b, c.a); back != got {
			t.Errorf("%s: the other way round it is %d", c.name, back)
		}
	}
}
