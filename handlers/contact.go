package handlers

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"yike/db"
	"yike/policy"
	"yike/policy/day"
	"yike/policy/festival"
	"yike/policy/mask"
	"yike/policy/message"
	"yike/policy/profile"
	"yike/views"
	"yike/views/lang"
	"yike/views/ui"
)

// birthdayOf reads the fields of a birthday; a year that is no number counts
// as a wrong one.
func birthdayOf(v map[string]string) festival.Birthday {
	b := festival.Birthday{Lunar: v["birthday_lunar"] == "1", Leap: v["birthday_leap"] == "1"}
	for name, into := range map[string]*int{"birthday_year": &b.Year, "birthday_month": &b.Month, "birthday_day": &b.Day} {
		if s := v[name]; s != "" {
			n, err := strconv.Atoi(s)
			if err != nil {
				n = -1
			}
			*into = n
		}
	}
	return b
}

func contactFrom(in profile.Person, primary bool) db.Contact {
	return db.Contact{Name: in.Name, Position: in.Position, WeChat: in.WeChat, Email: in.Email, Remark: in.Remark, Phones: in.Phones, Primary: primary,
		BirthdayLunar: in.Birthday.Lunar, BirthdayYear: int64(in.Birthday.Year), BirthdayMonth: int64(in.Birthday.Month),
		BirthdayDay: int64(in.Birthday.Day), BirthdayLeap: in.Birthday.Leap}
}

func birthdayIn(k db.Contact) festival.Birthday {
	return festival.Birthday{Lunar: k.BirthdayLunar, Year: int(k.BirthdayYear), Month: int(k.BirthdayMonth), Day: int(k.BirthdayDay), Leap: k.BirthdayLeap}
}

// contactsPanel builds the sheet of a file's contacts, masked as due.
func (h *Handlers) contactsPanel(ctx context.Context, a policy.Actor, c db.Customer, list []db.Contact) views.ContactsPanel {
	p := views.ContactsPanel{Customer: idText(c.ID), CanEdit: h.may(a, policy.CustomerEdit, c)}
	level, today := h.maskFor(a, c), h.todayDay()
	for _, k := range list {
		line := views.ContactLine{ID: idText(k.ID), Version: strconv.FormatInt(k.Version, 10), Name: k.Name, Initial: initial(k.Name), Position: k.Position, Primary: k.Primary,
			WeChat: mask.WeChat(k.WeChat, level), Email: mask.Email(k.Email, level), Remark: mask.Text(k.Remark, level), Phones: h.phoneLines(ctx, a, c, k.ID, k.Phones)}
		if k.WeChat != "" {
			line.RevealWeChat = h.revealOf(ctx, a, c, k.ID, mask.FieldWeChat, 0)
		}
		if k.Email != "" {
			line.RevealEmail = h.revealOf(ctx, a, c, k.ID, mask.FieldEmail, 0)
		}
		if line.Remark != k.Remark {
			line.RevealRemark = h.revealOf(ctx, a, c, k.ID, mask.FieldRemark, 0)
		}
		if b := birthdayIn(k); b.Valid() == festival.Fine && b.Month != 0 {
			shown := b
			if level != mask.Full {
				shown.Year = 0
			}
			line.Birthday = views.BirthdayWords(ctx, shown)
			if on, _ := b.Next(today); on.Valid() {
				line.Next = views.DayWord(ctx, on.String(), today.String())
				line.Soon = int(on-today) <= profile.BirthdayNotice
			}
		}
		line.Ways = views.WaysWord(ctx, strings.Fields(k.Ways))
		line.Said = consentChips(ctx, k.Consents)
		if h.may(a, policy.ConsentEdit, c) {
			line.SayHref = "/customers/" + p.Customer + "/contacts/" + line.ID + "/consent"
		}
		p.Items = append(p.Items, line)
	}
	return p
}

func (h *Handlers) phoneLines(ctx context.Context, a policy.Actor, c db.Customer, contact int64, numbers []string) []views.PhoneLine {
	level := h.maskFor(a, c)
	var out []views.PhoneLine
	for i, n := range numbers {
		line := views.PhoneLine{Text: shownPhone(n, level), Reveal: h.revealOf(ctx, a, c, contact, mask.FieldPhone, i)}
		if level == mask.Full {
			line.Href = telHref(n)
		}
		out = append(out, line)
	}
	return out
}

// telHref is the link that calls a number; an extension is dialled after a
// pause.
func telHref(number string) string {
	digits, extension := "", ""
	dashes := 0
	for _, c := range number {
		switch {
		case c == '-':
			dashes++
		case c == '+' && digits == "":
			digits = "+"
		case c < '0' || c > '9':
		case dashes >= 2:
			extension += string(c)
		default:
			digits += string(c)
		}
	}
	if extension != "" {
		digits += "," + extension
	}
	return "tel:" + digits
}

// contactPage reads the customer and the panel of a contact's request; write
// asks for the right to change it.
func (h *Handlers) contactPage(r *http.Request, write bool) (db.Customer, views.ContactsPanel, []db.Contact, error) {
	id, err := pathID(r, "id")
	if err != nil {
		return db.Customer{}, views.ContactsPanel{}, nil, err
	}
	ctx, a := r.Context(), actorOf(r)
	c, err := h.db.Customer(ctx, a.Scope(policy.CustomerRead), id)
	if err != nil {
		return c, views.ContactsPanel{}, nil, err
	}
	list, err := h.db.Contacts(ctx, a.Scope(policy.CustomerRead), id)
	if err != nil {
		return c, views.ContactsPanel{}, nil, err
	}
	p := h.contactsPanel(ctx, a, c, list)
	if write && !p.CanEdit {
		return c, p, nil, db.ErrRefused
	}
	return c, p, list, nil
}

func (h *Handlers) showContacts(w http.ResponseWriter, r *http.Request, status int, c db.Customer, p views.ContactsPanel) error {
	return h.render(w, r, status, page{title: lang.T(r.Context(), "联系人"), body: views.ContactPage(c.Name, p), partial: views.Contacts(p), active: "/customers"})
}

func (h *Handlers) contactList(w http.ResponseWriter, r *http.Request) error {
	c, p, _, err := h.contactPage(r, false)
	if err != nil {
		return err
	}
	return h.showContacts(w, r, http.StatusOK, c, p)
}

func (h *Handlers) contactNew(w http.ResponseWriter, r *http.Request) error {
	c, p, list, err := h.contactPage(r, true)
	if err != nil {
		return err
	}
	p.Form = &views.ContactForm{Key: rand.Text(), Values: map[string]string{}, Errors: ui.Errors{}}
	if len(list) == 0 {
		p.Form.Values["is_primary"] = "1"
	}
	if _, err := h.ownWays(r.Context(), p.Form, c, nil); err != nil {
		return err
	}
	return h.showContacts(w, r, http.StatusOK, c, p)
}

func (h *Handlers) contactEdit(w http.ResponseWriter, r *http.Request) error {
	c, p, list, err := h.contactPage(r, true)
	if err != nil {
		return err
	}
	k, err := contactOf(r, list)
	if err != nil {
		return err
	}
	p.Form = contactForm(k)
	if _, err := h.ownWays(r.Context(), p.Form, c, strings.Fields(k.Ways)); err != nil {
		return err
	}
	if err := h.hideContact(r.Context(), actorOf(r), p.Form, c, k); err != nil {
		return err
	}
	return h.showContacts(w, r, http.StatusOK, c, p)
}

// contactOf finds the contact of the address among those of the customer.
func contactOf(r *http.Request, list []db.Contact) (db.Contact, error) {
	id, err := pathID(r, "contact")
	if err != nil {
		return db.Contact{}, err
	}
	for _, k := range list {
		if k.ID == id {
			return k, nil
		}
	}
	return db.Contact{}, db.ErrNotFound
}

func contactForm(k db.Contact) *views.ContactForm {
	flag := map[bool]string{true: "1"}
	return &views.ContactForm{ID: idText(k.ID), Version: strconv.FormatInt(k.Version, 10), Phones: k.Phones, Ways: strings.Fields(k.Ways), Errors: ui.Errors{}, Values: map[string]string{
		"name": k.Name, "position": k.Position, "wechat": k.WeChat, "email": k.Email, "remark": k.Remark, "is_primary": flag[k.Primary],
		"birthday_lunar": flag[k.BirthdayLunar], "birthday_leap": flag[k.BirthdayLeap], "birthday_year": numberText(k.BirthdayYear),
		"birthday_month": numberText(k.BirthdayMonth), "birthday_day": numberText(k.BirthdayDay),
	}}
}

// readContact reads the form and notes its faults; was is the contact as it
// stands, zero for a new one.
func (h *Handlers) readContact(r *http.Request, c db.Customer, was db.Contact) (*views.ContactForm, db.Contact, error) {
	ctx, area := r.Context(), h.db.AreaCode(c.BranchID)
	f := &views.ContactForm{Version: field(r, "version"), Key: field(r, "key"), Phones: fields(r, "phone"), Values: map[string]string{}, Errors: ui.Errors{}}
	for _, name := range []string{"name", "position", "wechat", "email", "remark", "is_primary", "birthday_lunar", "birthday_leap", "birthday_year", "birthday_month", "birthday_day"} {
		f.Values[name] = field(r, name)
	}
	if err := h.hideContact(ctx, actorOf(r), f, c, was); err != nil {
		return f, was, err
	}
	if f.Hidden != nil {
		f.Phones = sentHidden(r, f.Hidden, f.Errors, was.Phones)
	}
	in, faults := profile.CheckPerson(profile.Person{Name: f.Values["name"], Position: f.Values["position"], WeChat: f.Values["wechat"], Email: f.Values["email"],
		Remark: f.Values["remark"], Phones: f.Phones, Birthday: birthdayOf(f.Values)}, area, h.todayDay())
	for _, p := range faults {
		f.Errors.Add(p.Field, views.FileFault(ctx, p))
	}
	k := contactFrom(in, f.Values["is_primary"] == "1")
	had := strings.Fields(was.Ways)
	own, err := h.ownWays(ctx, f, c, had)
	if err != nil {
		return f, was, err
	}
	if f.Ways = append(fields(r, "way"), fields(r, "own")...); !message.CheckWays(f.Ways, own, had) {
		f.Errors.Add("ways", lang.T(ctx, "每种方式只选一次"))
	}
	k.Ways = strings.Join(f.Ways, " ")
	if f.Hidden != nil {
		keepHiddenOf(&k, was, f.Hidden)
		k.Phones = mergePhones(ctx, f.Phones, was.Phones, f.Hidden, area, f.Errors)
	}
	return f, k, nil
}

// ownWays puts into a contact's form the ways of the company's own that may be
// ticked: those of its branch's rule, and those that the contact has.
func (h *Handlers) ownWays(ctx context.Context, f *views.ContactForm, c db.Customer, had []string) ([]string, error) {
	rule, _, err := h.db.SendingRule(ctx, c.BranchID, h.today())
	if err != nil {
		return nil, err
	}
	words := []string{}
	for _, name := range rule.Own {
		words = append(words, message.OwnWay(name))
	}
	for _, w := range append(words, had...) {
		if name, mine := message.OwnWayName(w); mine && !slices.ContainsFunc(f.OwnWays, func(o ui.Option) bool { return o.Value == w }) {
			f.OwnWays = append(f.OwnWays, ui.Option{Value: w, Label: name})
		}
	}
	return rule.Own, nil
}

func (h *Handlers) contactCreate(w http.ResponseWriter, r *http.Request) error {
	return h.contactSave(w, r, false)
}

func (h *Handlers) contactUpdate(w http.ResponseWriter, r *http.Request) error {
	return h.contactSave(w, r, true)
}

// contactSave answers with the panel inside the page, or goes back to it.
func (h *Handlers) contactSave(w http.ResponseWriter, r *http.Request, known bool) error {
	if err := readForm(r); err != nil {
		return err
	}
	ctx, a := r.Context(), actorOf(r)
	c, p, list, err := h.contactPage(r, true)
	if err != nil {
		return err
	}
	var was db.Contact
	if known {
		if was, err = contactOf(r, list); err != nil {
			return err
		}
	}
	f, k, err := h.readContact(r, c, was)
	if err != nil {
		return err
	}
	k.CustomerID = c.ID
	if known {
		k.ID, k.Version, f.ID = was.ID, db.ParseID(f.Version), idText(was.ID)
	}
	p.Form = f
	if f.Errors.Any() {
		return h.showContacts(w, r, http.StatusUnprocessableEntity, c, p)
	}
	_, err = h.db.SaveContact(ctx, a, db.Submission{Key: f.Key}, k)
	if errors.Is(err, db.ErrConflict) {
		return h.contactClash(w, r, c, p, list)
	}
	if short := (*db.Short)(nil); errors.As(err, &short) {
		f.Errors.Add("phone-0", h.shortWord(ctx, short))
		return h.showContacts(w, r, http.StatusUnprocessableEntity, c, p)
	}
	if err != nil {
		return err
	}
	return h.contactDone(w, r, views.Flash{Kind: "ok", Text: lang.T(ctx, "已保存联系人 %s", k.Name)})
}

// contactClash keeps what was typed and says what stands there now.
func (h *Handlers) contactClash(w http.ResponseWriter, r *http.Request, c db.Customer, p views.ContactsPanel, list []db.Contact) error {
	now, err := contactOf(r, list)
	if err != nil {
		return err
	}
	ctx, level := r.Context(), h.maskFor(actorOf(r), c)
	theirs := []string{now.Name, now.Position}
	for _, n := range now.Phones {
		theirs = append(theirs, shownPhone(n, level))
	}
	birthday := birthdayIn(now)
	if level != mask.Full {
		birthday.Year = 0
	}
	theirs = append(theirs, mask.WeChat(now.WeChat, level), mask.Email(now.Email, level), views.BirthdayWords(ctx, birthday), views.WaysWord(ctx, strings.Fields(now.Ways)), mask.Text(now.Remark, level))
	p.Form.Clash = lang.T(ctx, "有人先改过了，现在是：%s。再按一次保存，就用你填的。", joinSaid(ctx, theirs))
	p.Form.Version = strconv.FormatInt(now.Version, 10)
	return h.showContacts(w, r, http.StatusUnprocessableEntity, c, p)
}

func joinSaid(ctx context.Context, words []string) string {
	out := ""
	for _, w := range words {
		if w == "" {
			continue
		}
		if out != "" {
			out += lang.T(ctx, "，")
		}
		out += w
	}
	return out
}

func (h *Handlers) contactRemove(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	c, _, list, err := h.contactPage(r, true)
	if err != nil {
		return err
	}
	k, err := contactOf(r, list)
	if err != nil {
		return err
	}
	if err := h.db.RemoveContact(ctx, actorOf(r), c.ID, k.ID); err != nil {
		return err
	}
	return h.contactDone(w, r, views.Flash{Kind: "ok", Text: lang.T(ctx, "已移除联系人 %s", k.Name)})
}

func (h *Handlers) contactDone(w http.ResponseWriter, r *http.Request, f views.Flash) error {
	if wantsPartial(r) {
		c, p, _, err := h.contactPage(r, false)
		if err != nil {
			return err
		}
		return h.showContacts(w, r, http.StatusOK, c, p)
	}
	h.flash(r, f)
	h.redirect(w, r, "/customers/"+r.PathValue("id")+"#contacts")
	return nil
}

// storedDay parses a stored day; none when it is empty.
func storedDay(s string) day.Day {
	d, err := day.Parse(s)
	if err != nil {
		return day.None
	}
	return d
}
