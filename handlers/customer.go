package handlers

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"strconv"

	"yike/db"
	"yike/policy"
	"yike/policy/day"
	"yike/policy/standard"
	"yike/views"
	"yike/views/lang"
	"yike/views/ui"
)

// today is the business day of the company.
func (h *Handlers) today() string { return db.Day(h.db.Now()) }

func (h *Handlers) todayDay() day.Day { return day.At(h.db.Now(), db.Zone) }

// may says whether the actor holds a right over a customer's row.
func (h *Handlers) may(a policy.Actor, p policy.Permission, c db.Customer) bool {
	return a.Scope(p).Sees(h.db.Chain(c.BranchID), c.OwnerID, c.ClerkID)
}

// customerNew shows an empty form at the actor's own branch.
func (h *Handlers) customerNew(w http.ResponseWriter, r *http.Request) error {
	f := views.CustomerForm{Values: map[string]string{"channel": query(r, "channel")}, Errors: ui.Errors{}, Key: rand.Text()}
	f.Values["name"] = query(r, "name")
	a := actorOf(r)
	sender, err := h.senderOf(r, query(r, "sender"), &f)
	if err != nil {
		return err
	}
	if open := h.openBranches(r.Context(), a.Scope(policy.CustomerCreate)); len(open) > 0 {
		f.Values["branch"] = h.usualBranch(a, policy.CustomerCreate)
	}
	if sender.BranchID != 0 {
		f.Values["branch"] = idText(sender.BranchID)
	}
	f.Place = h.placePick(r.Context(), "", "", "", "", "")
	if h.createsOwn(a, db.ParseID(f.Values["branch"])) {
		f.Values["owner"] = idText(a.UserID)
	}
	return h.showCustomerForm(w, r, http.StatusOK, f, db.Customer{})
}

// createsOwn: who sees only their own customers becomes the owner of those
// they open.
func (h *Handlers) createsOwn(a policy.Actor, branch int64) bool {
	read := a.Scope(policy.CustomerRead)
	return read.Own() == a.UserID && !read.SeesBranch(h.db.Chain(branch))
}

// openBranches are the branches proper, those that have customers, in a scope.
func (h *Handlers) openBranches(ctx context.Context, scope policy.Scope) []ui.Option {
	var out []ui.Option
	for _, b := range h.db.Branches(ctx, scope) {
		if b.Active && b.Level == db.LevelBranch {
			out = append(out, ui.Option{Value: idText(b.ID), Label: b.Name, Group: h.db.BranchName(b.ParentID)})
		}
	}
	return out
}

// showCustomerForm fills in what the form offers and what this person may not
// change. was is the file as it stands, zero for a new one.
func (h *Handlers) showCustomerForm(w http.ResponseWriter, r *http.Request, status int, f views.CustomerForm, was db.Customer) error {
	ctx, a := r.Context(), actorOf(r)
	if f.Fixed == nil {
		f.Fixed = map[string]string{}
	}
	f.MaxDay = h.today()
	title := lang.T(ctx, "新建客户")
	if was.ID != 0 {
		f.ID, f.Action, title = idText(was.ID), "/customers/"+idText(was.ID), lang.T(ctx, "改客户资料")
		f.CodeHint = lang.T(ctx, "改了以后，旧编码不再能搜到")
	} else {
		f.Action = "/customers"
		f.CodeHint = lang.T(ctx, "空着就自动编号")
	}
	if err := h.formChoices(ctx, a, &f, was); err != nil {
		return err
	}
	if err := h.hideFile(ctx, a, &f, was); err != nil {
		return err
	}
	must, _ := h.db.StandardBits(db.ParseID(f.Values["branch"]), f.Values["kind"])
	f.Must = standard.Names(must)
	f.NewTags = a.Can(policy.TagEdit)
	if err := h.tagOptions(ctx, &f); err != nil {
		return err
	}
	p := page{title: title, body: views.CustomerEdit(f), partial: views.CustomerFields(f), active: "/customers", scripts: []string{"customer.js", "find.js"}}
	if was.ID == 0 {
		p.active = "/customers/new"
	}
	return h.render(w, r, status, p)
}

// formChoices offers branch, people and state to those who may set them, and
// says their value to the others.
func (h *Handlers) formChoices(ctx context.Context, a policy.Actor, f *views.CustomerForm, was db.Customer) error {
	about := was
	if was.ID == 0 {
		about.BranchID = db.ParseID(f.Values["branch"])
		if h.createsOwn(a, about.BranchID) {
			about.OwnerID = a.UserID
		}
		f.Branches = h.openBranches(ctx, a.Scope(policy.CustomerCreate))
	} else {
		f.Branches = h.openBranches(ctx, a.Scope(policy.CustomerAssign))
	}
	if was.ID != 0 && !h.may(a, policy.CustomerAssign, was) || len(f.Branches) == 1 && f.Branches[0].Value == idText(about.BranchID) {
		f.Fixed["branch"] = h.db.BranchName(about.BranchID)
	}
	if !h.may(a, policy.CustomerAssign, about) {
		names, err := h.db.UserNames(ctx, []int64{about.OwnerID, about.ClerkID})
		if err != nil {
			return err
		}
		f.Fixed["owner"], f.Fixed["clerk"] = names[about.OwnerID], names[about.ClerkID]
	} else if err := h.chargeFields(ctx, a, f); err != nil {
		return err
	}
	if !h.may(a, policy.CustomerClass, about) {
		f.Fixed["class"] = views.ClassWord(ctx, was.Class)
		if was.ID != 0 {
			f.Fixed["stage"] = views.StageWord(ctx, was.Stage)
		}
	}
	if was.ID == 0 || !h.may(a, policy.CustomerReview, was) {
		state := was.State
		if state == "" {
			state = "draft"
		}
		f.Fixed["state"] = views.StateWord(ctx, state)
	}
	return nil
}

// chargeFields are the fields of who is in charge, as chosen or as typed.
func (h *Handlers) chargeFields(ctx context.Context, a policy.Actor, f *views.CustomerForm) (err error) {
	for _, x := range []struct {
		name, label string
		into        *ui.FindProps
	}{{"owner", lang.T(ctx, "业务员"), &f.Owner}, {"clerk", lang.T(ctx, "专属客服"), &f.Clerk}} {
		if *x.into, err = h.personFind(ctx, a, x.name, ui.FindProps{Name: x.name, Label: x.label, Value: f.Values[x.name],
			Text: f.Values[ui.FindText(x.name)], Error: f.Errors[x.name], Placeholder: lang.T(ctx, "还没定"), With: "branch"}); err != nil {
			return err
		}
	}
	return nil
}

// customerCreate opens a file. A file that is surely on record already is
// opened only when the person says that it is another customer.
func (h *Handlers) customerCreate(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	ctx, a := r.Context(), actorOf(r)
	f := typedCustomer(r)
	if id, err := h.db.CustomerSent(ctx, a, db.Submission{Key: f.Key}); err != nil {
		return err
	} else if id != 0 {
		h.redirect(w, r, "/customers/"+idText(id))
		return nil
	}
	c, err := h.readCustomer(r, &f, db.Customer{})
	if err != nil {
		return err
	}
	contacts := h.readFirstContact(ctx, &f, c.BranchID)
	if err := h.warnOfDuplicates(r, &f, c, contacts); err != nil {
		return err
	}
	h.meetsStandard(ctx, a, &f, db.Customer{}, c, nil, contacts)
	if f.Errors.Any() {
		return h.showCustomerForm(w, r, http.StatusUnprocessableEntity, f, db.Customer{})
	}
	if err := h.makeTags(ctx, a, &f, &c); err != nil {
		return err
	}
	id, err := h.db.CreateCustomer(ctx, a, db.Submission{Key: f.Key}, c, contacts...)
	if errors.Is(err, db.ErrTaken) {
		f.Errors.Add("code", lang.T(ctx, "这个编码已经有客户用了"))
		return h.showCustomerForm(w, r, http.StatusUnprocessableEntity, f, db.Customer{})
	}
	if err != nil {
		return err
	}
	said := lang.T(ctx, "已新建 %s", c.Name)
	if n, err := h.bringParcels(r, id); err != nil {
		return err
	} else if n > 0 {
		said = lang.T(ctx, "已新建 %s，%d 票运单归到名下", c.Name, n)
	}
	h.flash(r, views.Flash{Kind: "ok", Text: said})
	h.remind(r, c, contacts)
	h.redirect(w, r, "/customers/"+idText(id))
	return nil
}

// customerEdit shows the form of a file that the actor may change.
func (h *Handlers) customerEdit(w http.ResponseWriter, r *http.Request) error {
	c, err := h.editable(r)
	if err != nil {
		return err
	}
	return h.showCustomerForm(w, r, http.StatusOK, h.formOf(r.Context(), c), c)
}

// editable reads the file of the address within the reach of editing.
func (h *Handlers) editable(r *http.Request) (db.Customer, error) {
	id, err := pathID(r, "id")
	if err != nil {
		return db.Customer{}, err
	}
	a := actorOf(r)
	c, err := h.db.Customer(r.Context(), a.Scope(policy.CustomerRead), id)
	if err != nil {
		return c, err
	}
	if !h.may(a, policy.CustomerEdit, c) {
		return c, db.ErrRefused
	}
	return c, nil
}

// formOf is the form as a file fills it.
func (h *Handlers) formOf(ctx context.Context, c db.Customer) views.CustomerForm {
	f := views.CustomerForm{Version: strconv.FormatInt(c.Version, 10), Phones: c.Phones, Errors: ui.Errors{}, Values: map[string]string{
		"name": c.Name, "short_name": c.ShortName, "code": c.Code, "kind": c.Kind, "usage": c.Usage, "nature": c.Nature, "size": c.Size,
		"power": c.Power, "source": c.Source, "industry": c.Industry, "business_type": c.BusinessType, "credit_code": c.CreditCode,
		"account_no": c.AccountNo, "wechat": c.WeChat, "email": c.Email, "class": c.Class, "class_reason": c.ClassReason, "stage": c.Stage,
		"terms": c.Terms, "contract_no": c.ContractNo, "contract_from": c.ContractFrom, "contract_to": c.ContractTo, "channel": c.Channel,
		"state": c.State, "filed_on": c.FiledOn, "founded_on": c.FoundedOn, "remark": c.Remark, "branch": idText(c.BranchID), "owner": idText(c.OwnerID), "clerk": idText(c.ClerkID),
		"terms_days": numberText(c.TermsDays), "credit_limit": yuanText(c.CreditLimit), "monthly_pieces": numberText(c.MonthlyPieces),
		"screen_place": numberText(c.ScreenPlace), "screen_profit": numberText(c.ScreenProfit), "screen_staff": numberText(c.ScreenStaff),
		"screen_culture": numberText(c.ScreenCulture),
	}}
	for _, t := range c.Tags {
		f.Tags = append(f.Tags, idText(t))
	}
	line := addressLine(c.PlaceCode, c.Address)
	f.Values["address"] = line
	f.Place = h.placeOf(ctx, line, c.PlaceCode)
	f.Values["province"], f.Values["city"], f.Values["district"], f.Values["place_line"] = f.Place.Province, f.Place.City, f.Place.District, line
	return f
}

func numberText(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}

// customerUpdate keeps what was changed. Where somebody else was faster it
// shows both values, and takes those that the person picks.
func (h *Handlers) customerUpdate(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	ctx, a := r.Context(), actorOf(r)
	was, err := h.editable(r)
	if err != nil {
		return err
	}
	f := typedCustomer(r)
	if err := h.hideFile(ctx, a, &f, was); err != nil {
		return err
	}
	if f.Guarded {
		f.Phones = sentHidden(r, f.Hidden, f.Errors, was.Phones)
	}
	h.takeTheirs(r, &f, was)
	c, err := h.readCustomer(r, &f, was)
	if err != nil {
		return err
	}
	contacts, err := h.db.Contacts(ctx, a.Scope(policy.CustomerRead), was.ID)
	if err != nil {
		return err
	}
	h.meetsStandard(ctx, a, &f, was, c, contacts, contacts)
	if f.Errors.Any() {
		return h.showCustomerForm(w, r, http.StatusUnprocessableEntity, f, was)
	}
	if err := h.makeTags(ctx, a, &f, &c); err != nil {
		return err
	}
	c.ID, c.Version = was.ID, db.ParseID(f.Version)
	err = h.db.UpdateCustomer(ctx, a, c)
	var stale *db.Stale
	switch {
	case errors.As(err, &stale):
		return h.showStale(w, r, f, c, stale)
	case errors.Is(err, db.ErrTaken):
		f.Errors.Add("code", lang.T(ctx, "这个编码已经有客户用了"))
		return h.showCustomerForm(w, r, http.StatusUnprocessableEntity, f, was)
	case err != nil:
		return err
	}
	h.flash(r, views.Flash{Kind: "ok", Text: lang.T(ctx, "已保存 %s 的资料", c.Name)})
	h.remind(r, c, contacts)
	h.redirect(w, r, "/customers/"+idText(was.ID))
	return nil
}
