package handlers

import (
	"context"
	"strings"

	"yike/db"
	"yike/policy"
)

// AuditTexts are the newest records of the audit as its page words them:
// "act | what was said besides | field: before → after", in Chinese.
func (h *Handlers) AuditTexts(ctx context.Context, a policy.Actor) ([]string, error) {
	list, err := h.db.Audits(ctx, a.Scope(policy.AuditRead), db.AuditFilter{Limit: 200})
	if err != nil {
		return nil, err
	}
	lines, err := h.auditLines(ctx, a, list.Records)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, l := range lines {
		text := []string{l.Act, l.Extra}
		for _, c := range l.Changes {
			text = append(text, c.Label+": "+c.Before+" → "+c.After)
		}
		out = append(out, strings.Join(text, " | "))
	}
	return out, nil
}
