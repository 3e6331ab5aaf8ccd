package jobs

import (
	"fmt"
	"slices"
	"strings"

	"yike/policy/intake"
	"yike/policy/snippet"
)

// synthetic is the header of rows that we make of messages and of senders.
var synthetic = intake.Header{First: -1, Last: -1, Headings: []string{"客户名称", "联系人", "联系电话", "地址", "月结账号"},
	Groups: make([]string, 5), Kind: intake.Customers}

var syntheticFields = intake.Mapping{"name", "contact", "phone", "address", "account_no"}

func text(s string) intake.Cell {
	if s == "" {
		return intake.Cell{}
	}
	return intake.Cell{Kind: intake.Text, Text: s}
}

func (j *judging) synthetic(p sheetPlan, key intake.Key) (*stream, error) {
	s := &stream{j: j, kind: intake.Customers, header: synthetic, m: syntheticFields, opt: j.options(p), sheet: p.name, sheets: []string{p.name}, last: -1}
	s.opt.Delimited = false
	if s.opt.Key == "" {
		s.opt.Key = key
	}
	var err error
	s.judge, err = intake.NewJudge(s.kind, s.header, s.m, s.opt)
	return s, err
}

// messages reads pasted messages, one to a cell; what a person should look at
// is refused, never guessed.
func (j *judging) messages(p sheetPlan) error {
	s, err := j.synthetic(p, intake.KeyNamePhone)
	if err != nil {
		return err
	}
	err = j.rows(p, func(r intake.Row) error {
		if p.message >= len(r.Cells) || strings.TrimSpace(r.Cells[p.message].Text) == "" {
			return nil
		}
		raw := r.Cells[p.message].Text
		m := snippet.Parse(raw, j.answers.AreaCode)
		x := item{cells: []string{raw}, row: intake.Row{Number: r.Number}}
		if !m.Certain {
			for _, doubt := range m.Doubts {
				x.fault = append(x.fault, intake.Problem{Code: intake.Code(messageDoubt + string(doubt)), Severity: intake.Fault, Column: 0, Text: clipped(m.Rest, 30)})
			}
			return s.add(x)
		}
		var phones []string
		for _, n := range m.Phones {
			phones = append(phones, n.Digits)
		}
		name, contact := m.Name, m.Name
		if m.Company != "" {
			name = m.Company
		}
		x.row.Cells = []intake.Cell{text(name), text(contact), text(strings.Join(phones, ";")), text(m.Province + m.City + m.District + m.Detail)}
		return s.add(x)
	})
	if err == nil {
		err = s.flush()
	}
	j.found.Sheets[p.at].Fields, j.found.Sheets[p.at].Headings = []string{"message"}, []string{headingAt(p.header, p.message)}
	j.found.Sheets[p.at].Samples, j.found.Sheets[p.at].Sure = nil, nil
	return err
}

func headingAt(h intake.Header, c int) string {
	if c >= 0 && c < len(h.Headings) {
		return h.Headings[c]
	}
	return ""
}

// senders reads a list of parcels and makes customers of who sends them, each
// parcel once.
func (j *judging) senders(p sheetPlan) error {
	o := j.options(p)
	o.Known, o.Key, o.Visited = nil, "", nil
	judge, err := intake.NewJudge(intake.Waybills, p.header, p.mapping, o)
	if err != nil {
		return errFile{FaultMapping}
	}
	at := map[string]int{}
	var all []intake.Sender
	var batch []intake.Judged
	gather := func() {
		for _, s := range intake.Senders(batch) {
			i, known := at[s.Folded]
			if !known {
				at[s.Folded] = len(all)
				all = append(all, s)
				continue
			}
			all[i].Waybills += s.Waybills
			all[i].Fen += s.Fen
			if all[i].Account == "" {
				all[i].Account = s.Account
			}
			for _, n := range s.Phones {
				if !slices.Contains(all[i].Phones, n) {
					all[i].Phones = append(all[i].Phones, n)
				}
			}
		}
		batch = batch[:0]
	}
	err = j.rows(p, func(r intake.Row) error {
		d, err := judge.Row(r)
		if err != nil {
			return err
		}
		if d.NotData != intake.IsData {
			x := item{row: r}
			for _, c := range r.Cells {
				x.cells = append(x.cells, c.Text)
			}
			j.notData(p.name, x, d, 0)
			return nil
		}
		if batch = append(batch, d); len(batch) >= 1000 {
			gather()
		}
		return nil
	})
	if err != nil {
		return err
	}
	gather()
	s, err := j.synthetic(p, intake.KeyName)
	if err != nil {
		return err
	}
	for _, x := range all {
		j.found.Parcels += x.Waybills
		if x.Name == "" {
			continue
		}
		cells := []string{x.Name, x.Contact, strings.Join(x.Phones, " "), "", x.Account, fmt.Sprint(x.Waybills)}
		row := intake.Row{Number: x.Row, Cells: []intake.Cell{text(x.Name), text(x.Contact), text(strings.Join(x.Phones, ";")), {}, text(x.Account)}}
		if err := s.add(item{row: row, cells: cells}); err != nil {
			return err
		}
	}
	j.ask(judge.Questions())
	return s.flush()
}
