package profile

import (
	"slices"
	"testing"
)

func TestRegisterWordsBecomeClosedWords(t *testing.T) {
	for _, c := range []struct {
		name, text, want string
		read             func(string) string
		list             []string
	}{
		{"a platform by its name", "淘宝店", "taobao", ReadSource, Sources},
		{"a word that nobody knows is other", "庙会", "other", ReadSource, Sources},
		{"blank says nothing", " ", "", ReadSource, Sources},
		{"word of mouth", "老客户介绍", "referral", ReadSource, Sources},
		{"our own word stays", "walk_in", "walk_in", ReadSource, Sources},
		{"monthly statement", "月结30天", "monthly", ReadTerms, Terms},
		{"cash", "现结", "per_parcel", ReadTerms, Terms},
		{"unclear terms", "面议", "", ReadTerms, Terms},
		{"a joint venture is not foreign", "中外合资", "joint_venture", ReadNature, Natures},
		{"fewer than ten people", "5人", "micro", ReadSize, Sizes},
		{"a range counts from its lower end", "50-100人", "medium", ReadSize, Sizes},
		{"a huge number does not overflow", "99999999999999999999人", "large", ReadSize, Sizes},
		{"won back before lost", "流失后赢回", "won_back", ReadStage, Stages},
		{"lost", "已流失", "lost", ReadStage, Stages},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := c.read(c.text)
			if got != c.want || !slices.Contains(append([]string{""}, c.list...), got) {
				t.Errorf("%q read as %q, want %q", c.text, got, c.want)
			}
		})
	}
}
