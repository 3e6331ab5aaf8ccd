package handlers

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"yike/db"
	"yike/policy"
	"yike/policy/profile"
	"yike/policy/snippet"
	"yike/views"
	"yike/views/lang"
)

// warnOfDuplicates adds to the form what is on file already, and a fault when
// it is surely the same customer and the person has not said otherwise.
func (h *Handlers) warnOfDuplicates(r *http.Request, f *views.CustomerForm, c db.Customer, contacts []db.Contact) error {
	phones := slices.Clone(c.Phones)
	for _, k := range contacts {
		phones = append(phones, k.Phones...)
	}
	list, sure, err := h.duplicates(r, db.DuplicateQuery{Name: c.Name, CreditCode: c.CreditCode, Phones: phones})
	if err != nil {
		return err
	}
	f.Duplicates = list
	f.Duplicates.Confirmed = field(r, "distinct") == "1"
	if sure {
		f.Duplicates.Ask = true
		if !f.Duplicates.Confirmed {
			f.Duplicates.Fault = lang.T(r.Context(), "可能是同一家客户，看过再决定")
			f.Errors.Add("duplicate", f.Duplicates.Fault)
		}
	}
	return nil
}

func (h *Handlers) duplicates(r *http.Request, q db.DuplicateQuery) (views.DuplicateList, bool, error) {
	ctx := r.Context()
	found, err := h.db.Duplicates(ctx, actorOf(r).Scope(policy.CustomerRead), q)
	if err != nil {
		return views.DuplicateList{}, false, err
	}
	var out views.DuplicateList
	sure := false
	for _, d := range found {
		line := views.DuplicateLine{Name: d.Name, Why: views.DuplicateWhy(ctx, d.Why)}
		who := lang.T(ctx, "业务员 %s", d.OwnerName)
		switch {
		case d.OwnerName == "" && d.ClerkName != "":
			who = lang.T(ctx, "客服 %s", d.ClerkName)
		case d.OwnerName == "":
			who = lang.T(ctx, "还没有业务员")
		}
		line.Who = who + lang.T(ctx, "，") + h.db.BranchName(d.BranchID)
		if d.Open {
			line.Href = "/customers/" + idText(d.ID)
		}
		out.Items = append(out.Items, line)
		sure = sure || d.Sure
	}
	return out, sure, nil
}

// customerDuplicates answers while somebody types.
func (h *Handlers) customerDuplicates(w http.ResponseWriter, r *http.Request) error {
	values := r.URL.Query()
	q := db.DuplicateQuery{Except: db.ParseID(query(r, "except"))}
	in := profile.File{Name: query(r, "name"), CreditCode: query(r, "credit_code")}
	for _, v := range append(values["phone"], values["contact_phone"]...) {
		if len(in.Phones) < profile.MaxPhones {
			in.Phones = append(in.Phones, clean(v))
		}
	}
	in, faults := profile.Check(in, h.db.AreaCode(actorOf(r).Branch), h.todayDay())
	bad := map[string]bool{}
	for _, p := range faults {
		bad[p.Field] = true
	}
	if len([]rune(in.Name)) >= 2 && !bad["name"] {
		q.Name = in.Name
	}
	if !bad["credit_code"] {
		q.CreditCode = in.CreditCode
	}
	q.Phones = in.Phones // a half-typed number is nobody's
	list, _, err := h.duplicates(r, q)
	if err != nil {
		return err
	}
	part := views.Duplicates(list)
	return h.render(w, r, http.StatusOK, page{title: lang.T(r.Context(), "重复客户"), body: part, partial: part, active: "/customers"})
}

// customerPaste fills the form from a pasted message, for the person to check.
func (h *Handlers) customerPaste(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	ctx := r.Context()
	f := typedCustomer(r)
	f.Place = h.placePick(ctx, f.Values["address"], f.Values["province"], f.Values["city"], f.Values["district"], f.Values["place_line"])
	if f.Snippet == "" {
		f.Doubts.Add("snippet", lang.T(ctx, "先把微信或短信粘贴进来"))
		return h.showCustomerForm(w, r, http.StatusUnprocessableEntity, f, db.Customer{})
	}
	s := snippet.Parse(f.Snippet, h.db.AreaCode(db.ParseID(f.Values["branch"])))
	for _, d := range s.Doubts {
		if name, sentence := views.SnippetDoubt(ctx, d); name != "" {
			f.Doubts.Add(name, sentence)
		}
	}
	h.fillFrom(ctx, &f, s)
	list, _, err := h.duplicates(r, db.DuplicateQuery{Name: f.Values["name"], Phones: f.Phones})
	if err != nil {
		return err
	}
	f.Duplicates = list
	return h.showCustomerForm(w, r, http.StatusOK, f, db.Customer{})
}

// fillFrom puts what was understood into the form; what was not found leaves
// the form as it was typed.
func (h *Handlers) fillFrom(ctx context.Context, f *views.CustomerForm, s snippet.Snippet) {
	set := func(name, value string) {
		if value != "" {
			f.Values[name] = value
		}
	}
	if s.Company != "" {
		set("name", s.Company)
		set("contact_name", s.Name)
		if s.Name != "" && len(s.Phones) > 0 {
			set("contact_phone", s.Phones[0].Digits)
		}
	} else {
		set("name", s.Name)
	}
	for _, n := range s.Phones {
		if !slices.Contains(f.Phones, n.Digits) {
			f.Phones = append(f.Phones, n.Digits)
		}
	}
	if code := s.Place.Code(); code != "" || s.Detail != "" {
		line := s.Place.Name() + s.Detail
		f.Values["address"] = line
		f.Place = h.placeOf(ctx, line, code)
	}
	if s.Rest != "" && !strings.Contains(f.Values["remark"], s.Rest) {
		f.Values["remark"] = strings.TrimSpace(f.Values["remark"] + "\n" + s.Rest)
	}
}
