package handlers

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"yike/db"
	"yike/policy"
	"yike/policy/consent"
	"yike/policy/mask"
	"yike/policy/settings"
	"yike/views"
	"yike/views/lang"
)

// auditNames are the people whose ids stand in what records say.
type auditNames map[int64]string

// namesIn finds them all in one question.
func (h *Handlers) namesIn(ctx context.Context, list []db.AuditRecord) (auditNames, error) {
	var ids []int64
	add := func(v any) {
		if s, ok := v.(string); ok {
			if id := db.ParseID(s); id != 0 {
				ids = append(ids, id)
			}
		}
	}
	for _, r := range list {
		switch area, _, _ := strings.Cut(r.Act, "."); area {
		case "users", "session", "account":
			ids = append(ids, r.Subject)
		case "handovers":
			add(r.Detail.Values["from"])
		case "audit":
			add(firstOf(r.Detail.Values["user"]))
		}
		for _, c := range r.Changes {
			for _, f := range c.Fields {
				switch f.Column {
				case "user_id", "seen_by", "told_by", "accepted_by", "measures_by", "proposed_by", "decided_by":
					add(f.Before)
					add(f.After)
				case "value":
					ids = append(ids, targetPeople(f.Before, f.After)...)
				}
			}
		}
	}
	if len(ids) == 0 {
		return auditNames{}, nil
	}
	return h.db.UserNames(ctx, ids)
}

// firstOf is the value of an address that names each value once.
func firstOf(v any) any {
	if list, ok := v.([]any); ok && len(list) > 0 {
		return list[0]
	}
	return v
}

// detailLine is what an act said besides, in one line.
func (h *Handlers) detailLine(ctx context.Context, r db.AuditRecord, names auditNames, level mask.Level) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(r.Detail.Values)) {
		label, text := h.detailWord(ctx, r, names, name, firstOf(r.Detail.Values[name]))
		if text != "" {
			parts = append(parts, label+" "+shortText(mask.Text(text, level)))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(r.Detail.Lost)) {
		parts = append(parts, views.DetailWord(ctx, name)+" "+views.LostWord(ctx, string(r.Detail.Lost[name])))
	}
	if strings.HasSuffix(r.Act, ".export") || r.Act == "imports.failed_rows" {
		parts = append(parts, lang.T(ctx, "共 %d 行", r.Rows))
	}
	return strings.Join(parts, lang.T(ctx, "；"))
}

// detailWord puts one thing that an act said into words; no text for what says
// nothing to people: ids, noughts, and what did not happen.
func (h *Handlers) detailWord(ctx context.Context, r db.AuditRecord, names auditNames, name string, v any) (label, text string) {
	label = views.DetailWord(ctx, name)
	switch x := v.(type) {
	case float64:
		if x != 0 {
			text = strconv.FormatFloat(x, 'f', -1, 64)
		}
		if name == "wait_seconds" {
			text = lang.T(ctx, "%s 秒", text)
		}
		switch name {
		case "task", "request", "contact":
			text = ""
		}
		return label, text
	case bool:
		if x {
			text = views.YesNo(ctx, x)
		}
		return label, text
	case string:
		text = x
	case nil:
		return label, ""
	default:
		b, _ := json.Marshal(v)
		return label, string(b)
	}
	area, _, _ := strings.Cut(r.Act, ".")
	switch name {
	case "contact", "hash", "id", "request", "sender", "task":
		return label, ""
	case "field":
		return label, views.RevealWord(ctx, text)
	case "purpose":
		if area == "consents" {
			return label, views.PurposeName(ctx, consent.Purpose{Code: text})
		}
		return label, views.PurposeWord(ctx, text)
	case "reason":
		if area == "session" {
			return label, views.RefusalWord(ctx, text)
		}
	case "group":
		return label, views.GroupWord(ctx, text)
	case "mode":
		return label, views.ModeWord(ctx, text)
	case "mood":
		return label, views.MoodWord(ctx, text)
	case "second":
		return label, views.SecondStepWord(ctx, text)
	case "source":
		return label, views.SourceOfWord(ctx, text)
	case "kind":
		switch area {
		case "requests":
			return label, views.RequestKindWord(ctx, text)
		case "imports":
			return label, views.ImportedWord(ctx, text)
		case "alerts":
			return label, views.UnusualWord(ctx, text)
		case "receivables":
			return label, views.EntryKindWord(ctx, text)
		case "customers":
			return label, views.ErasedWord(ctx, text)
		case "ratings":
			return label, views.RatingKindWord(ctx, text)
		case "retention", "archive":
			return label, views.KeptKindWord(ctx, text)
		}
	case "state":
		switch area {
		case "requests":
			return label, views.RequestStateWord(ctx, text)
		case "consents":
			return label, views.SaidWord(ctx, consent.State(text))
		case "visits":
			return label, views.VisitStateWord(ctx, text)
		case "breaches":
			title, _ := views.StepWord(ctx, text)
			return views.DetailWord(ctx, "step"), title
		case "waybills":
			return label, views.WaybillStateWord(ctx, text)
		case "receivables":
			return label, views.ReceivableStateWord(ctx, text)
		case "outbox":
			return label, views.LetterStateWord(ctx, text)
		case "channels":
			return label, views.ChannelStateWord(ctx, text)
		}
	case "channel":
		return label, views.WayWord(ctx, text)
	case "product":
		return label, views.ProductWord(ctx, text)
	case "payment":
		return label, views.PaymentWord(ctx, text)
	case "from":
		switch area {
		case "consents":
			return views.DetailWord(ctx, "before"), views.SaidWord(ctx, consent.State(text))
		case "handovers":
			return views.DetailWord(ctx, "leaver"), names[db.ParseID(text)]
		case "roles":
			return views.DetailWord(ctx, "copy_of"), roleWord(ctx, policy.Role(text))
		case "outbox":
			return views.DetailWord(ctx, "before"), views.LetterStateWord(ctx, text)
		}
	case "to":
		if area == "branches" {
			return views.DetailWord(ctx, "taken_over"), h.db.BranchName(db.ParseID(text))
		}
	case "how":
		if area == "ratings" {
			return views.DetailWord(ctx, "mode"), views.RatingWayWord(ctx, text)
		}
	case "for":
		return label, views.DutyWord(ctx, text)
	case "ending":
		return label, views.EndingKind(ctx, text)
	case "role":
		if r.Detail.Text("title") != "" {
			return label, ""
		}
		return label, roleWord(ctx, policy.Role(text))
	case "title":
		return views.DetailWord(ctx, "role"), text
	case "rule":
		return label, ruleWord(ctx, text)
	case "format":
		return label, views.FormatWord(ctx, text)
	case "file":
		if area != "imports" {
			return views.DetailWord(ctx, "reference"), text
		}
	case "act":
		return label, views.ActWord(ctx, text)
	case "user":
		return label, names[db.ParseID(text)]
	case "branch":
		return label, h.db.BranchName(db.ParseID(text))
	case "customer":
		return label, "" // the record names its client itself
	case "view":
		return label, views.VisitViewWord(ctx, text)
	}
	return label, text
}

// ruleWord is a dated rule as people call it.
func ruleWord(ctx context.Context, rule string) string {
	if of := settings.LockedBy(rule); of != "" {
		return lang.T(ctx, "%s（锁住）", ruleWord(ctx, of))
	}
	if rule == db.RuleBreach {
		return lang.T(ctx, "泄露时的联系人")
	}
	return views.SettingWord(ctx, rule)
}

// fieldChanges are before and after of a field of what is no client's row.
func (h *Handlers) fieldChanges(ctx context.Context, c db.AuditChange, f db.FieldChange, names auditNames) []views.FieldChange {
	if f.Lost != "" {
		return []views.FieldChange{{Label: views.AuditColumn(ctx, c.Entity, f.Column), Lost: views.LostWord(ctx, string(f.Lost))}}
	}
	if c.Entity == "rules" && f.Column == "value" {
		if list, ok := targetRuleChanges(ctx, f.Before, f.After, names); ok {
			return list
		}
		return ruleChanges(ctx, f)
	}
	if caseRows[c.Entity] {
		return h.caseChange(ctx, c.Entity, f, names)
	}
	word := func(v any) string {
		if is, ok := v.(bool); ok {
			return views.YesNo(ctx, is)
		}
		text := auditText(v)
		if c.Entity == "score_sheets" && f.Column == "state" {
			return views.ScoreStateWord(ctx, text)
		}
		if c.Entity == "todos" && f.Column == "closed_why" {
			return views.SettledWord(ctx, text)
		}
		if c.Entity == "todos" && f.Column == "state" {
			return views.TodoStateWord(ctx, text)
		}
		if c.Entity == "case_causes" {
			return h.causeValue(ctx, f.Column, text)
		}
		switch f.Column {
		case "branch_id", "parent_id":
			return h.db.BranchName(db.ParseID(text))
		case "user_id", "seen_by":
			return names[db.ParseID(text)]
		case "grants":
			return h.grantsWord(ctx, text)
		case "lang":
			return views.LanguageWord(text)
		case "kind":
			if c.Entity == "tags" {
				return views.TagKindWord(ctx, text)
			}
		}
		if c.Entity == "message_templates" {
			return shortText(views.TemplateValue(ctx, f.Column, text))
		}
		if c.Entity == "reply_templates" {
			return shortText(views.ReplyValue(ctx, f.Column, text))
		}
		if c.Entity == "roles" && policy.KnownReach(policy.Reach(text)) {
			return views.ReachWord(ctx, policy.Reach(text))
		}
		return shortText(text)
	}
	label := views.AuditColumn(ctx, c.Entity, f.Column)
	if c.Entity == "roles" {
		if title, _ := views.PermissionWord(ctx, policy.Permission(f.Column)); title != "" {
			label = title
		}
	}
	return []views.FieldChange{{Label: label, Before: word(f.Before), After: word(f.After)}}
}

// auditText is a value as the audit keeps it; "" for none.
func auditText(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	b, _ := json.Marshal(v)
	return string(b)
}

// grantsWord are roles at branches, as the audit keeps them.
func (h *Handlers) grantsWord(ctx context.Context, text string) string {
	var list []policy.Grant
	if json.Unmarshal([]byte(text), &list) != nil {
		return shortText(text)
	}
	var words []string
	for _, g := range list {
		words = append(words, lang.T(ctx, "%s（%s）", roleWord(ctx, g.Role), h.db.BranchName(g.Branch)))
	}
	return strings.Join(words, lang.T(ctx, "、"))
}

// ruleChanges are what differs between two versions of a rule, a line for each
// thing that it says.
func ruleChanges(ctx context.Context, f db.FieldChange) []views.FieldChange {
	if f.After == settings.Follows {
		return []views.FieldChange{{Label: lang.T(ctx, "谁的规则"), Before: lang.T(ctx, "自己定的"), After: lang.T(ctx, "不再单独定，跟上级走")}}
	}
	if f.Before == settings.Follows {
		f.Before = ""
	}
	if change, ok := clockRuleChange(ctx, f.Before, f.After); ok {
		return []views.FieldChange{change}
	}
	if change, ok := formRuleChange(ctx, f.Before, f.After); ok {
		return []views.FieldChange{change}
	}
	if change, ok := retentionChange(ctx, f.Before, f.After); ok {
		return []views.FieldChange{change}
	}
	if change, ok := scoreRuleChange(ctx, f.Before, f.After); ok {
		return []views.FieldChange{change}
	}
	before, after := ruleLeaves(f.Before), ruleLeaves(f.After)
	var out []views.FieldChange
	all := maps.Clone(after)
	maps.Copy(all, before)
	for _, path := range slices.Sorted(maps.Keys(all)) {
		if before[path] == after[path] {
			continue
		}
		if rule := classRuleIn(all); rule != "" {
			out = append(out, classRuleChange(ctx, rule, path, before[path], after[path]))
			continue
		}
		if holidayRuleIn(all) {
			if change, ok := holidayChange(ctx, path, before, after); ok {
				out = append(out, change)
			}
			continue
		}
		if greetingRuleIn(all) {
			name, was, ok := greetingPart(ctx, path, before[path])
			if _, is, _ := greetingPart(ctx, path, after[path]); ok {
				out = append(out, views.FieldChange{Label: name, Before: was, After: is})
				continue
			}
		}
		var label []string
		for _, part := range strings.Split(path, ".") {
			if w := ruleLabel(ctx, part); w != "" {
				label = append(label, w)
			}
		}
		if path == "" {
			label = []string{lang.T(ctx, "锁住")}
		}
		out = append(out, views.FieldChange{Label: strings.Join(label, " "), Before: ruleValue(ctx, before[path]), After: ruleValue(ctx, after[path])})
	}
	return out
}

// ruleLeaves are the single values of a rule by the path that leads to them.
func ruleLeaves(v any) map[string]string {
	text, _ := v.(string)
	out := map[string]string{}
	if text == "" {
		return out
	}
	var value any
	if json.Unmarshal([]byte(text), &value) != nil {
		value = text
	}
	var walk func(path string, v any)
	walk = func(path string, v any) {
		switch v := v.(type) {
		case map[string]any:
			for name, inner := range v {
				walk(strings.TrimPrefix(path+"."+name, "."), inner)
			}
		case []any:
			for i, inner := range v {
				walk(strings.TrimPrefix(path+"."+strconv.Itoa(i+1), "."), inner)
			}
		case nil:
		case float64:
			out[path] = strconv.FormatFloat(v, 'f', -1, 64)
		default:
			out[path] = fmt.Sprint(v)
		}
	}
	walk("", value)
	return out
}

// ruleLabel is one step of a path: a word of the rule, a role, or a field.
func ruleLabel(ctx context.Context, part string) string {
	if w := views.RulePartWord(ctx, part); w != part {
		return w
	}
	if w := roleWord(ctx, policy.Role(part)); w != part {
		return w
	}
	if w, _ := views.BreachContactWord(ctx, part); w != "" && w != part {
		return w
	}
	if w := views.FlagWord(ctx, part); w != "" && w != part {
		return w
	}
	if w := views.OptionalWord(ctx, part); w != part {
		return w
	}
	return views.StandardFieldWord(ctx, part)
}

func ruleValue(ctx context.Context, v string) string {
	switch v {
	case "true", "false":
		return views.YesNo(ctx, v == "true")
	case "must", "should":
		return views.StandardLevelWord(ctx, v)
	case "consent", "contract", "law":
		return views.BasisWord(ctx, v)
	}
	if w := views.SeverityWord(ctx, v); w != v {
		return w
	}
	return shortText(v)
}
