package handlers

import (
	"context"
	"net/http"
	"slices"
	"strconv"

	"yike/db"
	"yike/policy"
	"yike/policy/mask"
	"yike/policy/phone"
	"yike/policy/profile"
	"yike/views"
	"yike/views/lang"
	"yike/views/ui"
)

// A person who edits a file that is masked to them receives nothing of what is
// hidden: the form says of each such field what they see of it, sends nothing
// for it, and what is on file stays. Once it was shown to them with a purpose it
// is a field like any other for a while (db.ShownTo).

// hiddenForm describes the hidden fields of a form.
func (h *Handlers) hiddenForm(ctx context.Context, a policy.Actor, c db.Customer, contact int64, fields []string, phones []int, text func(field string, i int) string) views.HiddenFields {
	out := views.HiddenFields{}
	put := func(at, field string, i int) {
		f := views.HiddenField{Text: text(field, i)}
		if v := h.revealOf(ctx, a, c, contact, field, i); v != nil && field != db.FieldBirthday {
			v.Edit = true
			f.Ask = v.Ask()
		}
		out[at] = f
	}
	for _, field := range fields {
		put(field, field, 0)
	}
	for _, i := range phones {
		put(phoneAt(i), mask.FieldPhone, i)
	}
	return out
}

func phoneAt(i int) string { return "phone-" + strconv.Itoa(i) }

// hideFile says in the form of a file what is hidden from whoever edits it, and
// leaves its values out. It may be asked again.
func (h *Handlers) hideFile(ctx context.Context, a policy.Actor, f *views.CustomerForm, c db.Customer) error {
	level := h.maskFor(a, c)
	if c.ID == 0 || level == mask.Full {
		return nil
	}
	shown, err := h.db.ShownTo(ctx, a, c.ID, 0, c.UpdatedAt)
	if err != nil {
		return err
	}
	fields, phones := db.HiddenIn(c, level, shown)
	f.Guarded, f.Known = true, len(c.Phones)
	f.Hidden = h.hiddenForm(ctx, a, c, 0, fields, phones, func(field string, i int) string {
		switch field {
		case mask.FieldPhone:
			return shownPhone(c.Phones[i], level)
		case mask.FieldWeChat:
			return mask.WeChat(c.WeChat, level)
		case mask.FieldEmail:
			return mask.Email(c.Email, level)
		case mask.FieldAddress:
			return h.shownAddress(c, level)
		}
		return mask.Text(c.Remark, level)
	})
	for _, name := range fields {
		delete(f.Values, name)
		if name == mask.FieldAddress {
			for _, part := range placeParts {
				delete(f.Values, part)
			}
			f.Place = views.PlacePick{}
		}
	}
	f.Phones = slices.Clone(f.Phones)
	for _, i := range phones {
		if i < len(f.Phones) {
			f.Phones[i] = ""
		}
	}
	if level != mask.Full && c.ClassReason != "" && f.Values["class_reason"] == c.ClassReason {
		f.Values["class_reason"] = mask.Text(c.ClassReason, level)
	}
	return nil
}

// placeParts are the fields that say an address beside its line.
var placeParts = []string{"province", "city", "district", "place_line"}

// sentHidden reads what was sent of a form with hidden fields: the numbers by
// their places, and a fault for each hidden field for which something was sent
// all the same.
func sentHidden(r *http.Request, hidden views.HiddenFields, errs ui.Errors, known []string) (rows []string) {
	ctx := r.Context()
	for _, name := range append(slices.Clone(mask.Fields), db.FieldBirthday) {
		if !hidden.Has(name) {
			continue
		}
		sent := []string{name}
		switch name {
		case mask.FieldAddress:
			sent = append(sent, placeParts...)
		case db.FieldBirthday:
			sent = []string{"birthday_lunar", "birthday_year", "birthday_month", "birthday_day", "birthday_leap"}
		}
		if slices.ContainsFunc(sent, func(s string) bool { return field(r, s) != "" }) {
			errs.Add(name, lang.T(ctx, "先点“显示后可改”看过，再改这一项"))
		}
	}
	for i, number := range known {
		at := "phone." + strconv.Itoa(i)
		switch {
		case !hidden.Has(phoneAt(i)) && r.PostForm.Has(at):
			number = field(r, at)
		case hidden.Has(phoneAt(i)):
			if number = ""; field(r, at) != "" {
				errs.Add(phoneAt(i), lang.T(ctx, "先点“显示后可改”看过，再改这一项"))
			}
		}
		rows = append(rows, number)
	}
	return append(rows, fields(r, "phone")...)
}

// mergePhones are the numbers of a checked form in their order, those that were
// hidden in it as they stand on file. Not more than profile.MaxPhones.
func mergePhones(ctx context.Context, rows, known []string, hidden views.HiddenFields, area string, errs ui.Errors) []string {
	var out []string
	add := func(n string) {
		if !slices.Contains(out, n) {
			out = append(out, n)
		}
	}
	for i, typed := range rows {
		if hidden.Has(phoneAt(i)) {
			add(known[i])
			continue
		}
		numbers, _ := phone.Split(typed, area)
		for _, n := range numbers {
			add(n.Digits)
		}
	}
	if len(out) > profile.MaxPhones {
		errs.Add(phoneAt(profile.MaxPhones), views.FileFault(ctx, profile.Problem{Code: profile.TooMany, N: profile.MaxPhones}))
	}
	return out
}

// keepHidden puts back into a file what its form did not hold.
func keepHidden(c *db.Customer, was db.Customer, hidden views.HiddenFields) {
	for name, restore := range map[string]func(){
		mask.FieldWeChat:  func() { c.WeChat = was.WeChat },
		mask.FieldEmail:   func() { c.Email = was.Email },
		mask.FieldRemark:  func() { c.Remark = was.Remark },
		mask.FieldAddress: func() { c.PlaceCode, c.CityCode, c.Address = was.PlaceCode, was.CityCode, was.Address },
	} {
		if hidden.Has(name) {
			restore()
		}
	}
}

// hideContact is hideFile for the form of a contact.
func (h *Handlers) hideContact(ctx context.Context, a policy.Actor, f *views.ContactForm, c db.Customer, k db.Contact) error {
	level := h.maskFor(a, c)
	if k.ID == 0 || level == mask.Full {
		return nil
	}
	shown, err := h.db.ShownTo(ctx, a, c.ID, k.ID, k.UpdatedAt)
	if err != nil {
		return err
	}
	fields, phones := db.HiddenInContact(k, level, shown)
	f.Known = len(k.Phones)
	f.Hidden = h.hiddenForm(ctx, a, c, k.ID, fields, phones, func(field string, i int) string {
		switch field {
		case mask.FieldPhone:
			return shownPhone(k.Phones[i], level)
		case mask.FieldWeChat:
			return mask.WeChat(k.WeChat, level)
		case mask.FieldEmail:
			return mask.Email(k.Email, level)
		case db.FieldBirthday:
			shown := birthdayIn(k)
			shown.Year = 0
			return views.BirthdayWords(ctx, shown)
		}
		return mask.Text(k.Remark, level)
	})
	for _, name := range fields {
		delete(f.Values, name)
		if name == db.FieldBirthday {
			for _, part := range []string{"lunar", "year", "month", "day", "leap"} {
				delete(f.Values, "birthday_"+part)
			}
		}
	}
	f.Phones = slices.Clone(f.Phones)
	for _, i := range phones {
		if i < len(f.Phones) {
			f.Phones[i] = ""
		}
	}
	return nil
}

// keepHiddenOf is keepHidden for a contact.
func keepHiddenOf(k *db.Contact, was db.Contact, hidden views.HiddenFields) {
	for name, restore := range map[string]func(){
		mask.FieldWeChat: func() { k.WeChat = was.WeChat },
		mask.FieldEmail:  func() { k.Email = was.Email },
		mask.FieldRemark: func() { k.Remark = was.Remark },
		db.FieldBirthday: func() {
			k.BirthdayLunar, k.BirthdayYear, k.BirthdayMonth, k.BirthdayDay, k.BirthdayLeap = was.BirthdayLunar, was.BirthdayYear, was.BirthdayMonth, was.BirthdayDay, was.BirthdayLeap
		},
	} {
		if hidden.Has(name) {
			restore()
		}
	}
}
