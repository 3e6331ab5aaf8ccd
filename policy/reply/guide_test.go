package reply_test

import (
	"slices"
	"strings"
	"testing"

	"yike/policy/reply"
)

func TestAGuideSaysSomethingOfEachPartAndNotTooMuch(t *testing.T) {
	full := strings.Repeat("听", reply.MaxGuide)
	for _, x := range []struct {
		name string
		g    reply.Guide
		want []string
	}{
		{"All three, as long as may be", reply.Guide{Listen: full, Understand: "懂", Solve: "办"}, nil},
		{"One character more", reply.Guide{Listen: full + "听", Understand: "懂", Solve: "办"}, []string{"listen"}},
		{"Blanks say nothing", reply.Guide{Listen: "听", Understand: " \n", Solve: "办"}, []string{"understand"}},
		{"Nothing", reply.Guide{}, []string{"listen", "understand", "solve"}},
	} {
		if got := x.g.Faults(); !slices.Equal(got, x.want) {
			t.Errorf("%s: %v", x.name, got)
		}
	}
}
