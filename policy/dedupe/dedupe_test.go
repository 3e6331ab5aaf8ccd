package dedupe

import "testing"

func TestFoldNameGivesOneKeyPerName(t *testing.T) {
	for _, c := range []struct{ why, a, b string }{
		{"company form left out", "杭州纾坞丰宠物用品有限公司", "杭州纾坞丰宠物用品"},
		{"limited liability in full", "杭州甲乙有限责任公司", "杭州甲乙"},
		{"by shares", "杭州甲乙股份有限公司", "杭州甲乙"},
		{"brackets of either width", "澄枞逸家居用品（杭州）有限公司", "澄枞逸家居用品(杭州)有限公司"},
		{"full width letters", "芷樾达Ｈｏｍｅ家居店", "芷樾达Home家居店"},
		{"capitals", "芷樾达HOME家居店", "芷樾达Home家居店"},
		{"blanks of any kind", "杭州市 上城区　霁阡\u00a0逸贸易\n经营部 ", "杭州市上城区霁阡逸贸易经营部"},
		{"invisible characters", "\ufeff张巧\u200b云", "张巧云"},
	} {
		if FoldName(c.a) != FoldName(c.b) {
			t.Errorf("%s: %q and %q differ", c.why, FoldName(c.a), FoldName(c.b))
		}
	}
	for _, c := range []struct{ why, a, b string }{
		{"another city in brackets", "朔澈尔包装材料（杭州）有限公司", "朔澈尔包装材料（绍兴）有限公司"},
		{"only the ending is left out", "杭州有限公司联合体", "杭州联合体"},
		{"the city in front is part of the name", "杭州甲乙有限公司", "甲乙有限公司"},
		{"the form is dropped once", "甲有限公司有限公司", "甲"},
		{"nothing but the form", "有限公司", ""},
	} {
		if FoldName(c.a) == FoldName(c.b) {
			t.Errorf("%s: both are %q", c.why, FoldName(c.a))
		}
	}
}

func TestSame(t *testing.T) {
	a := Party{Name: "杭州甲乙有限公司", Phones: []string{"13800001054", "0571-86000123"}, CreditCode: "91330106MA00000000"}
	for _, c := range []struct {
		why     string
		b       Party
		same    bool
		reasons int
	}{
		{"name and a phone", Party{Name: "杭州甲乙", Phones: []string{"0571-86000123"}}, true, 2},
		{"name alone is a hint", Party{Name: "杭州甲乙"}, false, 1},
		{"phone alone is a hint: one owner, two firms", Party{Name: "杭州丙丁", Phones: []string{"13800001054"}}, false, 1},
		{"credit code alone is enough", Party{Name: "改名了", CreditCode: "91330106ma00000000"}, true, 1},
		{"nothing in common", Party{Name: "戊"}, false, 0},
	} {
		same, why := Same(a, c.b)
		if same != c.same || len(why) != c.reasons {
			t.Errorf("%s: %v %v", c.why, same, why)
		}
		if again, _ := Same(c.b, a); again != same {
			t.Errorf("%s: not symmetric", c.why)
		}
	}
	if same, _ := Same(Party{}, Party{}); same {
		t.Error("two empty parties are not one customer")
	}
}

func FuzzFoldName(f *testing.F) {
	f.Add("芷樾达Ｈｏｍｅ（杭州）有限公司")
	f.Fuzz(func(t *testing.T, s string) {
		once := FoldName(s)
		if again := FoldName(once + "有限公司"); once != "" && again != once && FoldName(again) != again {
			t.Errorf("%q folds to %q and then %q", s, once, again)
		}
	})
}
