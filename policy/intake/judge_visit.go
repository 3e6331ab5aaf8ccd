package intake

import (
	"strings"

	"yike/policy/dedupe"
)

// visit decides what becomes of a visit note.
func (j *Judge) visit(out *Judged) error {
	rec := &out.Record
	whole := func(code Code, sev Severity, n int, text string) {
		out.Problems = append(out.Problems, Problem{Code: code, Severity: sev, Column: -1, N: n, Text: text})
	}
	name, code, account := rec.Get("name"), rec.Get("code"), rec.Get("account_no")
	if name == "" && code == "" && account == "" && len(rec.Phones) == 0 {
		whole(NoCustomer, Fault, 0, "")
		return nil
	}
	if rec.Get("day") == "" {
		whole(NoDay, Fault, 0, "")
		return nil
	}
	if rec.Get("rep") == "" && j.rep != "" {
		rec.values[j.plan.slot[j.kind.index["rep"]]] = j.rep
	}
	if rec.Get("mode") == "" {
		j.ask(NoMode, "mode", rec.Get("learned"), out.Row)
		whole(NoMode, Question, 0, "")
		rec.values[j.plan.slot[j.kind.index["mode"]]] = j.opt.Answers.Mode
	}
	folded := dedupe.FoldName(name)
	out.Verdict = Create
	id := strings.Join([]string{rec.Get("day"), folded, code, account, rec.Get("rep"), rec.Get("mode"), rec.Get("learned"), rec.Get("next_on")}, "\x00")
	if row, ok := j.visits[id]; ok {
		out.Verdict, out.Of = Skip, row
		first(out, Problem{Code: DuplicateOfRow, Column: -1, N: row})
		return nil
	}
	j.visits[id] = out.Row
	if j.opt.Known == nil {
		return nil
	}
	var fit []Known
	for _, x := range [...]struct {
		key Key
		v   string
	}{{KeyCode, code}, {KeyAccount, account}, {KeyName, folded}} {
		if x.v == "" || len(fit) > 0 {
			continue
		}
		ks, err := j.opt.Known.Find(x.key, x.v)
		if err != nil {
			return err
		}
		fit = ks
	}
	for _, p := range rec.Phones {
		if len(fit) > 0 {
			break
		}
		ks, err := j.opt.Known.Find(KeyPhone, p)
		if err != nil {
			return err
		}
		fit = ks
	}
	if len(fit) > 1 && len(rec.Phones) > 0 {
		var near []Known
		for _, k := range fit {
			if dedupe.Common(k.Phones, rec.Phones) {
				near = append(near, k)
			}
		}
		if len(near) > 0 {
			fit = near
		}
	}
	switch len(fit) {
	case 1:
		out.ID = fit[0].ID
	case 0:
		j.ask(UnknownCustomer, "name", name, out.Row)
		first(out, Problem{Code: UnknownCustomer, Severity: Question, Column: -1, Text: name})
		if j.opt.Answers.Unknown == UnknownSkip {
			out.Verdict = Skip
			return nil
		}
	default:
		whole(Ambiguous, Fault, len(fit), name)
		return nil
	}
	if j.opt.Visited != nil {
		had, err := j.opt.Visited(out.ID, rec.Get("day"), rec.Get("rep"), rec.Get("learned"))
		if err != nil {
			return err
		}
		if had {
			out.Verdict = Skip
			first(out, Problem{Code: NothingNew, Column: -1})
		}
	}
	return nil
}

// waybill decides what becomes of a parcel's row.
func (j *Judge) waybill(out *Judged) {
	rec := &out.Record
	no := rec.Get("waybill")
	if no == "" {
		no = rec.Get("order")
	}
	if no == "" {
		out.Problems = append(out.Problems, Problem{Code: NoWaybill, Severity: Fault, Column: -1})
		return
	}
	if row, ok := j.visits[no]; ok {
		out.Verdict, out.Of = Skip, row
		out.Problems = append(out.Problems, Problem{Code: DuplicateOfRow, Column: -1, N: row})
		return
	}
	j.visits[no] = out.Row
	out.Verdict = Create
}

// Sender is one who sends, gathered from the rows of a waybill list.
type Sender struct {
	Name     string // as first written
	Folded   string
	Account  string
	Contact  string
	Phones   []string
	Row      int
	Waybills int
	Fen      int64
}

// Senders gathers who sends from judged waybills, each parcel once, in the
// order in which they first appear.
func Senders(rows []Judged) []Sender {
	var out []Sender
	at := make(map[string]int)
	for _, r := range rows {
		if r.NotData != IsData || r.Verdict != Create {
			continue
		}
		name := r.Record.Get("name")
		if name == "" {
			name = r.Record.Get("contact")
		}
		key := dedupe.FoldName(name)
		i, ok := at[key]
		if !ok {
			i = len(out)
			at[key] = i
			out = append(out, Sender{Name: name, Folded: key, Row: r.Row})
		}
		s := &out[i]
		s.Waybills++
		n, _ := r.Record.Int("freight")
		s.Fen += n
		if s.Account == "" {
			s.Account = r.Record.Get("account_no")
		}
		if s.Contact == "" {
			s.Contact = r.Record.Get("contact")
		}
		for _, p := range r.Record.Phones {
			s.Phones = addText(s.Phones, p)
		}
	}
	return out
}
