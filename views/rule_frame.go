package views

import (
	"context"
	"slices"

	"yike/views/ui"
)

// RuleFrame is what the page of any dated rule has around the rule itself:
// whose it is, which version holds, what was typed beside it, and the versions
// before. The form of a rule embeds it.
type RuleFrame struct {
	Branch, BranchName string      // whose, "" the whole company's
	Branches           []ui.Option // whose rule may be shown
	CanEdit            bool
	InForce            string // which version holds, since when, by whom
	ValidFrom, MinDay  string
	Reason             string
	Read               string // the newest version when the form was read
	Versions           []RuleVersion
	Follow             string // where a branch's own rule is ended; "" = it has none
	Errors             ui.Errors
}

// RuleVersion is a version of a rule; Said is the rule in one line.
type RuleVersion struct {
	Version, From, Author, Reason, Said string
	Made                                Moment
	Current                             bool
}

// versionHeads are the columns of a rule's versions: with what each says, where
// any says it.
func versionHeads(ctx context.Context, said bool) []ui.Column {
	out := []ui.Column{{Label: t(ctx, "版本")}, {Label: t(ctx, "从哪天起")}}
	if said {
		out = append(out, ui.Column{Label: t(ctx, "内容")})
	}
	return append(out, ui.Column{Label: t(ctx, "谁改的")}, ui.Column{Label: t(ctx, "什么时候")}, ui.Column{Label: t(ctx, "为什么改")})
}

func versionsSay(list []RuleVersion) bool {
	return slices.ContainsFunc(list, func(v RuleVersion) bool { return v.Said != "" })
}
