package find

import "testing"

func TestFold(t *testing.T) {
	for in, want := range map[string]string{
		"朔澈尔包装材料（杭州）有限公司": "朔澈尔包装材料杭州有限公司",
		"ＡＢＣ １２３":         "abc123",
		"HZ01-00001":      "hz0100001",
		"栖峤 Home·家居":      "栖峤home家居",
		"𠮷安":              "𠮷安",
		" —（）":            "",
	} {
		if got := Fold(in); got != want {
			t.Errorf("Fold(%q) = %q, want %q", in, got, want)
		}
	}
}
