package views

import (
	"context"
	"testing"

	"yike/policy/profile"
	"yike/views/lang"
)

func TestEveryWordOfAFileHasALabelInBothLanguages(t *testing.T) {
	zh, en := lang.With(context.Background(), "zh-CN"), lang.With(context.Background(), "en")
	for name, c := range map[string]struct {
		list  []string
		label func(context.Context, string) string
	}{
		"kinds": {profile.Kinds, KindWord}, "uses": {profile.Uses, UsageWord}, "natures": {profile.Natures, NatureWord},
		"sizes": {profile.Sizes, SizeWord}, "powers": {profile.Powers, PowerWord}, "sources": {profile.Sources, SourceWord},
		"channels": {profile.Channels, ChannelWord}, "stages": {profile.Stages, StageWord}, "classes": {profile.Classes, ClassWord},
		"terms": {profile.Terms, TermsWord}, "states": {profile.States, StateWord}, "kinds of tags": {profile.TagKinds, TagKindWord},
	} {
		seen := map[string]bool{}
		for _, w := range c.list {
			label := c.label(zh, w)
			if label == w || label == "" || c.label(en, w) == label {
				t.Errorf("%s: %q is shown as %q and %q", name, w, label, c.label(en, w))
			}
			if seen[label] {
				t.Errorf("%s: two words are shown as %q", name, label)
			}
			seen[label] = true
		}
		if got := c.label(zh, "unheard"); got != "unheard" {
			t.Errorf("%s: an unknown word is shown as %q", name, got)
		}
	}
}
