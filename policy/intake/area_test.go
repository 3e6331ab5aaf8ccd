package intake

import "testing"

func TestTheUsualAreaIsThatOfMostLandlines(t *testing.T) {
	rows := func(texts ...string) []Row {
		var out []Row
		for _, s := range texts {
			out = append(out, Row{Cells: []Cell{{Kind: Text, Text: s}, {Kind: Number, Text: "057186000123", Num: 57186000123}}})
		}
		return out
	}
	for name, c := range map[string]struct {
		texts []string
		want  string
	}{
		"most are Hangzhou's":                  {[]string{"0571-86000123", "0571 8600 0124", "021-66000123", "13800001054；0571-86000125-801"}, "0571"},
		"none carries one":                     {[]string{"86000123", "13800001054", "400-860-0123"}, ""},
		"a mobile beginning with 0 is no area": {[]string{"013800001054"}, ""},
		"a waybill is no landline":             {[]string{"302611000001049"}, ""},
		"nothing":                              {nil, ""},
	} {
		if got := UsualArea(rows(c.texts...)); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
