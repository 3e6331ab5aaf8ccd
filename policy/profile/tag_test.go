package profile

import (
	"slices"
	"strings"
	"testing"
)

func TestATagIsAWordWithoutTheMarksThatPartTags(t *testing.T) {
	for _, c := range []struct {
		in    Tag
		name  string
		wrong string // field:code
	}{
		{Tag{"  易碎  件 ", "own", ""}, "易碎 件", ""},
		{Tag{"高价值", "value", " 先打电话 "}, "高价值", ""},
		{Tag{"", "own", ""}, "", "name:missing"},
		{Tag{"易碎、贵重", "own", ""}, "易碎、贵重", "name:tag_mark"},
		{Tag{strings.Repeat("长", 20), "own", ""}, strings.Repeat("长", 20), ""},
		{Tag{strings.Repeat("长", 21), "own", ""}, strings.Repeat("长", 21), "name:too_long"},
		{Tag{"甲", "mine", ""}, "甲", "kind:unknown_word"},
		{Tag{"甲", "risk", strings.Repeat("看", 61)}, "甲", "hint:too_long"},
	} {
		got, faults := CheckTag(c.in)
		var wrong []string
		for _, p := range faults {
			wrong = append(wrong, p.Field+":"+string(p.Code))
		}
		if got.Name != c.name || strings.Join(wrong, " ") != c.wrong {
			t.Errorf("%q: %q, %v, want %q, %q", c.in.Name, got.Name, wrong, c.name, c.wrong)
		}
	}
}

func TestTagsInALine(t *testing.T) {
	if got := SplitTags("易碎, 夜间取件，易碎；\n大件 / 冷链 "); !slices.Equal(got, []string{"易碎", "夜间取件", "大件", "冷链"}) {
		t.Errorf("%q", got)
	}
	if got := SplitTags(" ，、"); got != nil {
		t.Errorf("%q", got)
	}
}
