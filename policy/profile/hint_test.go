package profile_test

import (
	"slices"
	"testing"

	"yike/policy/profile"
)

func TestTheSentenceAtTheDoor(t *testing.T) {
	type part = profile.HintPart
	for _, tt := range []struct {
		name string
		of   profile.HintOf
		want []part
	}{
		{"nothing to mind", profile.HintOf{}, nil},
		{"a client of class A", profile.HintOf{Class: "A"}, []part{{Code: profile.HintValue}}},
		{"a company of class B", profile.HintOf{Class: "B", Kind: "enterprise"}, []part{{Code: profile.HintEnterprise}}},
		{"a tag and the class", profile.HintOf{Tags: []profile.TagHint{{"先打电话", false}}, Class: "A", Kind: "enterprise"}, []part{{Code: profile.HintTag, Text: "先打电话"}, {Code: profile.HintValue}}},
		{"risk before everything, then what the radar says", profile.HintOf{Tags: []profile.TagHint{{"先打电话", false}, {"投诉过", true}, {"欠费", true}}, Less: 40, Class: "A"},
			[]part{{Code: profile.HintTag, Text: "投诉过"}, {Code: profile.HintLess, N: 40}}},
		{"silence says more than less", profile.HintOf{Silent: 60, Less: 40}, []part{{Code: profile.HintSilence, N: 60}}},
		{"a tag without a hint says nothing", profile.HintOf{Tags: []profile.TagHint{{"", true}, {"", false}}}, nil},
		{"what is late", profile.HintOf{Alerts: []profile.Alert{{Code: profile.ContractOver, N: 3, Late: true}, {Code: profile.NoOwner}, {Code: profile.VisitOver, N: 5, Late: true}}, Class: "A"},
			[]part{{Code: profile.HintOver, N: 3}, {Code: profile.HintVisit, N: 5}}},
	} {
		if got := profile.Hint(tt.of); !slices.Equal(got, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}
