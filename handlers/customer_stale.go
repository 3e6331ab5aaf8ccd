package handlers

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"yike/db"
	"yike/policy"
	"yike/views"
	"yike/views/lang"
)

// staleFields are the fields of the form that may differ between two who
// change a file at once; the address stands for its place too.
var staleFields = []string{"name", "short_name", "code", "kind", "phones", "branch", "owner", "clerk", "class", "class_reason", "stage", "state",
	"address", "usage", "nature", "size", "power", "industry", "business_type", "credit_code", "source", "channel", "filed_on", "founded_on", "screen_place",
	"screen_profit", "screen_staff", "screen_culture", "terms", "terms_days", "credit_limit", "account_no", "monthly_pieces", "contract_no",
	"contract_from", "contract_to", "wechat", "email", "tags", "remark"}

// rawOf is a field's value in a form, for comparing.
func rawOf(f views.CustomerForm, name string) string {
	switch name {
	case "phones":
		return strings.Join(f.Phones, " ")
	case "tags":
		return strings.Join(f.Tags, " ")
	}
	return f.Values[name]
}

// showStale shows what this person wrote beside what somebody saved meanwhile.
// What only the other one touched is picked as theirs, the rest as one's own.
func (h *Handlers) showStale(w http.ResponseWriter, r *http.Request, f views.CustomerForm, mine db.Customer, stale *db.Stale) error {
	ctx, a := r.Context(), actorOf(r)
	read, err := h.db.CustomerAt(ctx, a.Scope(policy.CustomerEdit), stale.Now, mine.Version)
	if err != nil {
		return err
	}
	mineForm, theirs, base := h.formOf(ctx, mine), h.formOf(ctx, stale.Now), h.formOf(ctx, read)
	words, err := h.valueWords(ctx, a, stale.Now, mine.OwnerID, mine.ClerkID, stale.Now.OwnerID, stale.Now.ClerkID)
	if err != nil {
		return err
	}
	p := views.CustomerStale{Form: f, ID: idText(mine.ID), Name: stale.Now.Name, Version: strconv.FormatInt(stale.Now.Version, 10), By: stale.By,
		When: views.TimeWord(ctx, time.UnixMilli(stale.At), h.db.Now())}
	if err := h.hideFile(ctx, a, &p.Form, stale.Now); err != nil {
		return err
	}
	p.Form.Phones = f.Phones
	if p.Form.Guarded { // of the numbers only those that are added
		p.Form.Phones = fields(r, "phone")
	}
	p.Form.Values["province"], p.Form.Values["city"], p.Form.Values["district"], p.Form.Values["place_line"] = f.Place.Province, f.Place.City, f.Place.District, f.Place.Line
	for _, name := range staleFields {
		m, t := rawOf(mineForm, name), rawOf(theirs, name)
		if m == t || p.Form.Hidden.Has(name) || p.Form.Guarded && name == "phones" {
			continue
		}
		p.Rows = append(p.Rows, views.StaleRow{Name: name, Label: views.FieldWord(ctx, name), Mine: words(columnOf(name), rawValue(name, m)), Theirs: words(columnOf(name), rawValue(name, t)),
			PickTheirs: m == rawOf(base, name)})
	}
	return h.render(w, r, http.StatusConflict, page{title: lang.T(ctx, "有人先改过了"), body: views.Stale(p), active: "/customers"})
}

// columnOf is the column behind a field of the form.
func columnOf(name string) string {
	switch name {
	case "branch", "owner", "clerk":
		return name + "_id"
	}
	return name
}

// rawValue is a form's text as the column holds it.
func rawValue(name, text string) any {
	if name == "credit_limit" {
		n, _ := fen(text)
		return float64(n)
	}
	return text
}

// takeTheirs puts the values that are on file into the form where the person
// picked them.
func (h *Handlers) takeTheirs(r *http.Request, f *views.CustomerForm, now db.Customer) {
	theirs := h.formOf(r.Context(), now)
	for _, name := range staleFields {
		if field(r, "pick."+name) != "theirs" || f.Hidden.Has(name) || f.Guarded && name == "phones" {
			continue
		}
		switch name {
		case "phones":
			f.Phones = theirs.Phones
		case "tags":
			f.Tags = theirs.Tags
		case "address":
			for _, part := range []string{"address", "province", "city", "district", "place_line"} {
				f.Values[part] = theirs.Values[part]
			}
		default:
			f.Values[name] = theirs.Values[name]
		}
	}
}

// valueWords returns a function that puts a column's value into words. It
// looks up the people named and the tags once.
func (h *Handlers) valueWords(ctx context.Context, a policy.Actor, c db.Customer, people ...int64) (func(column string, value any) string, error) {
	names, err := h.db.UserNames(ctx, people)
	if err != nil {
		return nil, err
	}
	tags, err := h.db.TagChoices(ctx)
	if err != nil {
		return nil, err
	}
	tagNames := map[string]string{}
	for _, t := range tags {
		tagNames[idText(t.ID)] = t.Name
	}
	level := h.maskFor(a, c)
	return func(column string, value any) string {
		return h.valueWord(ctx, level, names, tagNames, "customers", column, value)
	}, nil
}
