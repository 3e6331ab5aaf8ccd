package db

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"yike/policy/intake"
)

// How a staged row's cells and record are written. Millions of them are
// written and read again, mostly plain ones; these have a form that costs a
// tenth of JSON: a mark, then the parts with a separator between. Whatever does
// not fit is JSON, which begins with neither.
const (
	plainMark = "\x1e"
	plainSep  = "\x1f"
	// What of a record is none of its fields; no field begins so.
	plainPhone, plainCustomer, plainBy, plainVersion = "#p", "#k", "#b", "#v"
)

func unfit(s string) bool {
	for i := range len(s) {
		if c := s[i]; c == plainMark[0] || c == plainSep[0] || c == 0 {
			return true
		}
	}
	return false
}

func cellsText(cells []string) (string, error) {
	for _, c := range cells {
		if unfit(c) {
			return toJSON(cells)
		}
	}
	if len(cells) == 0 {
		return "", nil
	}
	return plainMark + strings.Join(cells, plainSep), nil
}

func readCells(text string, into *[]string) error {
	if rest, is := strings.CutPrefix(text, plainMark); is {
		*into = strings.Split(rest, plainSep)
		return nil
	}
	return fromJSON(text, into)
}

// Take makes the fields of a judged row the record's, without making a list of
// them: of a bill's millions most are only staged. V stays nil.
func (r *ImportRecord) Take(from intake.Record) { r.from, r.V, r.Phones = from, nil, from.Phones }

// Get is a field's value, "" where it is empty.
func (r *ImportRecord) Get(field string) string {
	if r.V == nil {
		return r.from.Get(field)
	}
	return r.V[field]
}

// each calls fn with each filled field.
func (r *ImportRecord) each(fn func(field, value string)) {
	if r.V == nil {
		r.from.Each(fn)
		return
	}
	for f, v := range r.V {
		fn(f, v)
	}
}

// json is the record as JSON.
func (r *ImportRecord) json() (string, error) {
	if r.V == nil {
		r.V = r.from.Map()
	}
	return toJSON(r)
}

// text is the record as it is staged.
func (r *ImportRecord) text() (string, error) {
	if len(r.Tags)+len(r.Extra)+len(r.Changes) > 0 || r.Of != 0 || r.Owner != 0 || r.Clerk != 0 || r.Branch != 0 || r.Due != "" || slices.ContainsFunc(r.Phones, unfit) {
		return r.json()
	}
	size, fits := len(plainMark)+64, true
	r.each(func(f, v string) {
		size += len(f) + len(v) + 2
		fits = fits && !unfit(v)
	})
	if !fits {
		return r.json()
	}
	var b strings.Builder
	b.Grow(size)
	b.WriteString(plainMark)
	put := func(name, v string) {
		if b.Len() > len(plainMark) {
			b.WriteString(plainSep)
		}
		b.WriteString(name)
		b.WriteByte('=')
		b.WriteString(v)
	}
	r.each(put)
	for _, p := range r.Phones {
		put(plainPhone, p)
	}
	if r.Customer != 0 {
		put(plainCustomer, strconv.FormatInt(r.Customer, 10))
	}
	if r.By != "" {
		put(plainBy, r.By)
	}
	if r.Version != 0 {
		put(plainVersion, strconv.FormatInt(r.Version, 10))
	}
	return b.String(), nil
}

// read is the record from its text.
func (r *ImportRecord) read(text string) error {
	rest, is := strings.CutPrefix(text, plainMark)
	if !is {
		return fromJSON(text, r)
	}
	r.V = make(map[string]string, strings.Count(rest, plainSep)+1)
	return eachPart(rest, func(name, v string) (err error) {
		switch name {
		case plainPhone:
			r.Phones = append(r.Phones, v)
		case plainCustomer:
			r.Customer, err = strconv.ParseInt(v, 10, 64)
		case plainBy:
			r.By = v
		case plainVersion:
			r.Version, err = strconv.ParseInt(v, 10, 64)
		default:
			r.V[name] = v
		}
		return err
	})
}

// errPart is a part of a staged record that is none.
var errPart = errors.New("staged record")

// eachPart calls fn with each name and value of a plain record.
func eachPart(rest string, fn func(name, v string) error) error {
	for rest != "" {
		var part string
		part, rest, _ = strings.Cut(rest, plainSep)
		name, v, ok := strings.Cut(part, "=")
		if !ok && part != "" {
			return fmt.Errorf("%w: %q", errPart, part)
		}
		if name == "" {
			continue
		}
		if err := fn(name, v); err != nil {
			return fmt.Errorf("%w: %w", errPart, err)
		}
	}
	return nil
}
