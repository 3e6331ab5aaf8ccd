package handlers

import (
	"context"
	"strings"
	"time"

	"yike/db"
	"yike/policy/mask"
	"yike/policy/phone"
	"yike/views"
	"yike/views/lang"
)

// caseRows are the tables whose changes caseChange puts into words.
var caseRows = map[string]bool{"cases": true, "case_claims": true, "measures": true, "activities": true}

// caseChange is before and after of a field of a case, or of a claim, of a
// caller who is nobody's client. What follows from other fields says nothing.
// Numbers of people are masked whoever reads.
func (h *Handlers) caseChange(ctx context.Context, entity string, f db.FieldChange, names auditNames) []views.FieldChange {
	label := views.CaseColumnWord(ctx, entity, f.Column)
	if label == "" {
		return nil
	}
	word := func(v any) string {
		text := auditText(v)
		n := db.ParseID(text)
		switch f.Column {
		case "branch_id":
			return h.db.BranchName(n)
		case "user_id", "reviewed_by", "told_by", "accepted_by", "measures_by", "proposed_by", "decided_by":
			return names[n]
		case "asked", "agreed", "paid":
			return yuanShown(n)
		case "photos":
			if text == "" {
				return ""
			}
			return lang.T(ctx, "%d 张", len(strings.Fields(text)))
		case "caller_phone":
			return mask.Phone(phone.Display(text), mask.Masked)
		}
		if strings.HasSuffix(f.Column, "_at") || f.Column == "call_due" {
			if n == 0 {
				return ""
			}
			return time.UnixMilli(n).In(db.Zone).Format("2006-01-02 15:04")
		}
		if entity == "activities" {
			return shortText(mask.Text(views.ActivityValueWord(ctx, f.Column, text), mask.Masked))
		}
		if entity == "measures" {
			return shortText(mask.Text(views.MeasureValueWord(ctx, f.Column, text), mask.Masked))
		}
		return shortText(mask.Text(views.CaseValueWord(ctx, f.Column, text), mask.Masked))
	}
	before, after := word(f.Before), word(f.After)
	if before == "" && after == "" {
		return nil
	}
	return []views.FieldChange{{Label: label, Before: before, After: after}}
}
