package intake

import (
	"strings"

	"yike/policy/dedupe"
	"yike/policy/phone"
)

// customer decides what becomes of a customer's row.
func (j *Judge) customer(out *Judged) error {
	rec := &out.Record
	name := rec.Get("name")
	whole := func(code Code, sev Severity, n int, text string) {
		out.Problems = append(out.Problems, Problem{Code: code, Severity: sev, Column: -1, N: n, Text: text})
	}
	e := entry{row: out.Row, folded: dedupe.FoldName(name), phones: rec.Phones}
	ids := [...]struct {
		key   Key
		value string
		taken Code
	}{{KeyCode, rec.Get("code"), CodeOfAnother}, {KeyAccount, rec.Get("account_no"), AccountOfAnother}, {KeyCredit, rec.Get("credit_code"), CreditOfAnother}}

	at := j.inFile(e, ids[0].value, ids[1].value, ids[2].value)
	for _, x := range ids {
		if x.value == "" || x.key == j.opt.Key {
			continue
		}
		if i, ok := j.by[x.key][x.value]; ok && int(i) != at && j.entries[i].folded != e.folded {
			whole(x.taken, Fault, j.entries[i].row, x.value)
			return nil
		}
	}
	known, found, err := j.onRecord(e, ids[0].value, ids[1].value, ids[2].value, whole)
	if err != nil || faulty(out.Problems) {
		return err
	}
	if j.opt.Known != nil {
		for _, x := range ids {
			if x.value == "" || x.key == j.opt.Key {
				continue
			}
			others, err := j.opt.Known.Find(x.key, x.value)
			if err != nil {
				return err
			}
			for _, o := range others {
				if (!found || o.ID != known.ID) && (dedupe.FoldName(o.Values["name"]) != e.folded || x.key == KeyCode) {
					whole(x.taken, Fault, 0, x.value)
					return nil
				}
			}
		}
	}
	if found && at < 0 {
		if i, ok := j.byID[known.ID]; ok {
			at = int(i)
		}
	}
	if at >= 0 {
		earlier := &j.entries[at]
		out.Verdict, out.Of, out.ID = Skip, earlier.row, earlier.id
		first(out, Problem{Code: DuplicateOfRow, Column: -1, N: earlier.row})
		for _, p := range rec.Phones {
			if !dedupe.Contains(earlier.phones, p) {
				out.Extra = append(out.Extra, p)
				earlier.phones = append(earlier.phones[:len(earlier.phones):len(earlier.phones)], p)
				j.byPhone[p] = append(j.byPhone[p], int32(at))
			}
		}
		return nil
	}
	if !found {
		out.Verdict = Create
		if rec.Get("ways") != "" && rec.Get("contact") == "" {
			whole(WaysOfNobody, Notice, 0, "")
		}
		if err := j.likeness(e, whole); err != nil {
			return err
		}
	} else {
		e.id, out.ID = known.ID, known.ID
		out.Changes = j.changes(rec, known, whole)
		if len(out.Changes) == 0 {
			out.Verdict = Skip
			first(out, Problem{Code: NothingNew, Column: -1})
		} else {
			out.Verdict = Update
			first(out, Problem{Code: MatchedBy, Column: -1, Text: string(j.opt.Key)})
		}
	}
	i := int32(len(j.entries))
	j.entries = append(j.entries, e)
	j.byName[e.folded] = append(j.byName[e.folded], i)
	for _, p := range e.phones {
		j.byPhone[p] = append(j.byPhone[p], i)
	}
	for _, x := range ids {
		if x.value != "" {
			if _, ok := j.by[x.key][x.value]; !ok {
				j.by[x.key][x.value] = i
			}
		}
	}
	if e.id != 0 {
		j.byID[e.id] = i
	}
	return nil
}

// isPhone: the text is a telephone number and nothing else.
func isPhone(s string) bool {
	if s[0] != '+' && s[0] != '0' && s[0] != '1' {
		return false
	}
	for _, r := range s {
		if (r < '0' || r > '9') && r != '-' && r != ' ' && r != '+' && r != '/' {
			return false
		}
	}
	ns, ps := phone.Split(s, "")
	return len(ns) > 0 && len(ps) == 0
}

// inFile finds the earlier row of the same customer, -1 = none.
func (j *Judge) inFile(e entry, code, account, credit string) int {
	own := func(key Key, v string) (int, bool) {
		if v == "" {
			return -1, false
		}
		if i, ok := j.by[key][v]; ok {
			return int(i), true
		}
		return -1, true
	}
	switch j.opt.Key {
	case KeyCode:
		if i, has := own(KeyCode, code); has {
			return i
		}
	case KeyAccount:
		if i, has := own(KeyAccount, account); has {
			return i
		}
	case KeyCredit:
		if i, has := own(KeyCredit, credit); has {
			return i
		}
	case KeyPhone:
		for _, p := range e.phones {
			if is := j.byPhone[p]; len(is) > 0 {
				return int(is[0])
			}
		}
		if len(e.phones) > 0 {
			return -1
		}
	case KeyName:
		if is := j.byName[e.folded]; len(is) > 0 {
			return int(is[0])
		}
		return -1
	}
	for _, i := range j.byName[e.folded] {
		if have := j.entries[i].phones; dedupe.Common(have, e.phones) || len(have) == 0 && len(e.phones) == 0 {
			return int(i)
		}
	}
	for _, x := range [...]struct {
		key Key
		v   string
	}{{KeyCode, code}, {KeyCredit, credit}} {
		if i, _ := own(x.key, x.v); i >= 0 && j.entries[i].folded == e.folded {
			return i
		}
	}
	return -1
}

// onRecord finds the customer on record that a row is about.
func (j *Judge) onRecord(e entry, code, account, credit string, whole func(Code, Severity, int, string)) (Known, bool, error) {
	if j.opt.Known == nil {
		return Known{}, false, nil
	}
	one := func(ks []Known) (Known, bool) {
		switch len(ks) {
		case 0:
			return Known{}, false
		case 1:
			return ks[0], true
		}
		var named []Known
		for _, k := range ks {
			if dedupe.FoldName(k.Values["name"]) == e.folded {
				named = append(named, k)
			}
		}
		if len(named) == 1 {
			return named[0], true
		}
		whole(Ambiguous, Fault, len(ks), "")
		return Known{}, false
	}
	for _, x := range [...]struct {
		key Key
		v   string
	}{{KeyCode, code}, {KeyAccount, account}, {KeyCredit, credit}, {KeyName, e.folded}} {
		if x.key == j.opt.Key && x.v != "" {
			ks, err := j.opt.Known.Find(x.key, x.v)
			if err != nil {
				return Known{}, false, err
			}
			k, ok := one(ks)
			return k, ok, nil
		}
	}
	if j.opt.Key == KeyPhone && len(e.phones) > 0 {
		var all []Known
		for _, p := range e.phones {
			ks, err := j.opt.Known.Find(KeyPhone, p)
			if err != nil {
				return Known{}, false, err
			}
			for _, k := range ks {
				if !hasID(all, k.ID) {
					all = append(all, k)
				}
			}
		}
		k, ok := one(all)
		return k, ok, nil
	}
	ks, err := j.opt.Known.Find(KeyName, e.folded)
	if err != nil {
		return Known{}, false, err
	}
	var fit []Known
	for _, k := range ks {
		if dedupe.Common(k.Phones, e.phones) || len(k.Phones) == 0 && len(e.phones) == 0 ||
			code != "" && k.Values["code"] == code || credit != "" && k.Values["credit_code"] == credit {
			fit = append(fit, k)
		}
	}
	if len(fit) > 1 {
		whole(Ambiguous, Notice, len(fit), "")
	}
	if len(fit) == 0 {
		return Known{}, false, nil
	}
	return fit[0], true, nil
}

func hasID(ks []Known, id int64) bool {
	for _, k := range ks {
		if k.ID == id {
			return true
		}
	}
	return false
}

// likeness tells of customers that share a name or a phone with a new one.
func (j *Judge) likeness(e entry, whole func(Code, Severity, int, string)) error {
	if is := j.byName[e.folded]; len(is) > 0 {
		whole(SameNameOtherwise, Notice, j.entries[is[0]].row, "")
	} else if j.opt.Known != nil {
		ks, err := j.opt.Known.Find(KeyName, e.folded)
		if err != nil {
			return err
		}
		if len(ks) > 0 {
			whole(SameNameOtherwise, Notice, 0, "")
		}
	}
	for _, p := range e.phones {
		if is := j.byPhone[p]; len(is) > 0 {
			whole(SamePhone, Notice, j.entries[is[0]].row, p)
		} else if j.opt.Known != nil {
			ks, err := j.opt.Known.Find(KeyPhone, p)
			if err != nil {
				return err
			}
			if len(ks) > 0 {
				whole(SamePhone, Notice, 0, p)
			}
		}
	}
	return nil
}

// changes is what the row would change; empty cells change nothing.
func (j *Judge) changes(rec *Record, k Known, whole func(Code, Severity, int, string)) []Change {
	var out []Change
	rec.Each(func(field, v string) {
		old, kept := k.Values[field]
		switch {
		case !kept || old == v || old != "" && j.opt.FillOnly:
		case field == "name" && dedupe.FoldName(old) == dedupe.FoldName(v):
		case field == "code" && old != "":
			whole(CodeKept, Notice, 0, old)
		default:
			out = append(out, Change{field, old, v})
		}
	})
	var phones []string
	for _, p := range rec.Phones {
		if !dedupe.Contains(k.Phones, p) {
			phones = append(phones, p)
		}
	}
	if len(phones) > 0 {
		out = append(out, Change{"phone", strings.Join(k.Phones, " "), strings.Join(phones, " ")})
	}
	if old, kept := k.Values["tags"]; kept {
		have := strings.FieldsFunc(old, func(r rune) bool { return r == ',' || r == ' ' || r == '、' })
		var tags []string
		for _, t := range rec.Tags {
			if !dedupe.Contains(have, t) {
				tags = append(tags, t)
			}
		}
		if len(tags) > 0 {
			out = append(out, Change{"tags", old, strings.Join(tags, ",")})
		}
	}
	return out
}
