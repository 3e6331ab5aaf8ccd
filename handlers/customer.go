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
	"yike/policy/mask"
	"yike/policy/place"
	"yike/policy/profile"
	"yike/policy/snippet"
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

// customerTexts are the fields of the form that are kept as they are typed.
var customerTexts = []string{"name", "short_name", "code", "kind", "usage", "nature", "size", "power", "source", "industry",
	"business_type", "credit_code", "account_no", "wechat", "email", "class", "class_reason", "stage", "terms", "contract_no",
	"contract_from", "contract_to", "channel", "state", "filed_on", "remark", "branch", "owner", "owner_text", "clerk", "clerk_text", "address",
	"terms_days", "credit_limit", "monthly_pieces", "screen_place", "screen_profit", "screen_staff", "screen_culture",
	"contact_name", "contact_position", "contact_phone", "contact_wechat", "contact_birthday_lunar", "contact_birthday_year",
	"contact_birthday_month", "contact_birthday_day", "contact_birthday_leap", "new_tags", "province", "city", "district", "place_line"}

// typedCustomer reads the form as it was typed.
func typedCustomer(r *http.Request) views.CustomerForm {
	f := views.CustomerForm{Values: map[string]string{}, Errors: ui.Errors{}, Doubts: ui.Errors{}, Fixed: map[string]string{},
		Version: field(r, "version"), Key: field(r, "key"), Phones: fields(r, "phone"), Tags: fields(r, "tags"), Snippet: field(r, "snippet"), Sender: field(r, "sender"), Sent: r.PostForm}
	for _, name := range customerTexts {
		f.Values[name] = field(r, name)
	}
	return f
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
		"state": c.State, "filed_on": c.FiledOn, "remark": c.Remark, "branch": idText(c.BranchID), "owner": idText(c.OwnerID), "clerk": idText(c.ClerkID),
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

// yuanText writes fen as yuan, without a fraction where there is none.
func yuanText(fen int64) string {
	if fen == 0 {
		return ""
	}
	s := strconv.FormatInt(fen/100, 10)
	if fen%100 != 0 {
		s += "." + strconv.FormatInt(100+fen%100, 10)[1:]
	}
	return s
}

// yuanShown is yuanText with its thousands grouped, for reading.
func yuanShown(fen int64) string {
	whole, part, dot := strings.Cut(yuanText(fen), ".")
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if dot {
		whole += "." + part
	}
	return whole
}

// yuanColumn is yuanShown with both decimals, so that amounts stand below each
// other.
func yuanColumn(fen int64) string {
	s := yuanShown(fen)
	if s == "" {
		s = "0"
	}
	if !strings.Contains(s, ".") {
		s += ".00"
	}
	return s
}

// fen reads an amount in yuan with at most two decimals.
func fen(s string) (int64, bool) {
	s = strings.NewReplacer(",", "", "，", "", " ", "").Replace(s)
	if s == "" {
		return 0, true
	}
	whole, part, dot := strings.Cut(s, ".")
	if len(part) > 2 || dot && part == "" || len(whole) > 12 {
		return 0, false
	}
	n, err := strconv.ParseUint(whole+(part + "00")[:2], 10, 63)
	return int64(n), err == nil
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

// readCustomer turns what was typed into a file, beginning from the file as it
// stands, and notes every fault at its field. A field that the actor may not
// set keeps its value, whatever was sent.
func (h *Handlers) readCustomer(r *http.Request, f *views.CustomerForm, was db.Customer) (db.Customer, error) {
	ctx, a, c := r.Context(), actorOf(r), was
	if err := h.readCharge(ctx, a, f, &c, was); err != nil {
		return c, err
	}
	v := f.Values
	in := profile.File{
		Code: v["code"], Name: v["name"], ShortName: v["short_name"], Kind: v["kind"], Usage: v["usage"], Nature: v["nature"], Size: v["size"],
		Power: v["power"], Source: v["source"], Industry: v["industry"], BusinessType: v["business_type"], CreditCode: v["credit_code"],
		AccountNo: v["account_no"], WeChat: v["wechat"], Email: v["email"], Terms: v["terms"], ContractNo: v["contract_no"],
		ContractFrom: v["contract_from"], ContractTo: v["contract_to"], Channel: v["channel"], FiledOn: v["filed_on"], Remark: v["remark"],
		Phones: f.Phones, Stage: was.Stage, Class: was.Class, ClassReason: was.ClassReason, ClassWas: was.Class, ReasonWas: was.ClassReason, State: was.State,
	}
	if h.may(a, policy.CustomerClass, c) {
		in.Class, in.ClassReason, in.Stage = v["class"], v["class_reason"], v["stage"]
	} else if was.ID == 0 && slices.Contains(profile.FirstStages, v["stage"]) {
		in.Stage = v["stage"]
	}
	if was.ID != 0 && h.may(a, policy.CustomerReview, was) && v["state"] != "" {
		in.State = v["state"]
	}
	if f.Guarded && in.ClassReason == mask.Text(was.ClassReason, mask.Masked) {
		in.ClassReason = was.ClassReason
	}
	h.readNumbers(ctx, f, &in)
	f.Place = h.placePick(ctx, v["address"], v["province"], v["city"], v["district"], v["place_line"])
	in.PlaceCode, in.Address = placeCode(f.Place), placeDetail(f.Place)
	in, faults := profile.Check(in, h.db.AreaCode(c.BranchID), h.todayDay())
	for _, p := range faults {
		f.Errors.Add(p.Field, views.FileFault(ctx, p))
	}
	for name, sentence := range f.Place.Errors {
		f.Errors.Add(name, sentence)
	}
	if in.Class != was.Class && in.Class == "" {
		in.ClassReason = ""
	}
	apply(&c, in)
	if f.Guarded {
		keepHidden(&c, was, f.Hidden)
		c.Phones = mergePhones(ctx, f.Phones, was.Phones, f.Hidden, h.db.AreaCode(c.BranchID), f.Errors)
	}
	c.Tags = c.Tags[:0:0]
	for _, t := range f.Tags {
		if id := db.ParseID(t); id != 0 {
			c.Tags = append(c.Tags, id)
		}
	}
	slices.Sort(c.Tags)
	c.Tags = slices.Compact(c.Tags)
	readNewTags(ctx, a, f)
	return c, nil
}

// apply writes a checked file into a row.
func apply(c *db.Customer, in profile.File) {
	c.Name, c.ShortName, c.Kind, c.Usage, c.Nature, c.Size, c.Power = in.Name, in.ShortName, in.Kind, in.Usage, in.Nature, in.Size, in.Power
	c.Source, c.Industry, c.BusinessType, c.CreditCode, c.AccountNo = in.Source, in.Industry, in.BusinessType, in.CreditCode, in.AccountNo
	c.WeChat, c.Email, c.PlaceCode, c.Address = in.WeChat, in.Email, in.PlaceCode, in.Address
	c.Stage, c.Class, c.ClassReason, c.Terms, c.TermsDays, c.CreditLimit = in.Stage, in.Class, in.ClassReason, in.Terms, in.TermsDays, in.CreditLimit
	c.ContractNo, c.ContractFrom, c.ContractTo, c.Channel, c.State = in.ContractNo, in.ContractFrom, in.ContractTo, in.Channel, in.State
	c.ScreenPlace, c.ScreenProfit, c.ScreenStaff, c.ScreenCulture = in.Screen[0], in.Screen[1], in.Screen[2], in.Screen[3]
	c.MonthlyPieces, c.FiledOn, c.Remark, c.Phones = in.MonthlyPieces, in.FiledOn, in.Remark, in.Phones
	if in.Code != "" || c.ID == 0 {
		c.Code = in.Code
	}
	c.CityCode = ""
	if p, ok := place.Path(in.PlaceCode); ok {
		c.CityCode = p.City.Code
	}
}

// readCharge reads who is in charge: branch, owner and clerk.
func (h *Handlers) readCharge(ctx context.Context, a policy.Actor, f *views.CustomerForm, c *db.Customer, was db.Customer) error {
	if was.ID == 0 {
		c.BranchID = db.ParseID(f.Values["branch"])
		if open := h.openBranches(ctx, a.Scope(policy.CustomerCreate)); c.BranchID == 0 && len(open) == 1 {
			c.BranchID = db.ParseID(open[0].Value)
		}
		if !a.Scope(policy.CustomerCreate).SeesBranch(h.db.Chain(c.BranchID)) || !h.db.BranchOpen(c.BranchID) {
			c.BranchID = 0
			f.Errors.Add("branch", lang.T(ctx, "请选网点"))
		}
		if h.createsOwn(a, c.BranchID) {
			c.OwnerID = a.UserID
		}
	} else if to := db.ParseID(f.Values["branch"]); to != 0 && to != was.BranchID && h.may(a, policy.CustomerAssign, was) {
		if a.Scope(policy.CustomerAssign).SeesBranch(h.db.Chain(to)) && h.db.BranchOpen(to) {
			c.BranchID = to
		} else {
			f.Errors.Add("branch", lang.T(ctx, "请选网点"))
		}
	}
	about := was
	if was.ID == 0 {
		about = *c
	}
	if !h.may(a, policy.CustomerAssign, about) {
		return nil
	}
	for _, x := range []struct {
		name string
		id   *int64
	}{{"owner", &c.OwnerID}, {"clerk", &c.ClerkID}} {
		use := personUses[x.name]
		value, fault, err := h.person(ctx, a, use, f.Sent, x.name)
		if err != nil {
			return err
		}
		sent := db.ParseID(value)
		switch {
		case fault != "":
			f.Errors.Add(x.name, fault)
		case sent == *x.id:
		case sent != 0 && !h.mayChoose(ctx, a, use, sent):
			f.Errors.Add(x.name, lang.T(ctx, "请选一个"))
		default:
			*x.id = sent
		}
	}
	return nil
}

// readNumbers reads the figures of the form.
func (h *Handlers) readNumbers(ctx context.Context, f *views.CustomerForm, in *profile.File) {
	for name, into := range map[string]*int64{"terms_days": &in.TermsDays, "monthly_pieces": &in.MonthlyPieces, "screen_place": &in.Screen[0],
		"screen_profit": &in.Screen[1], "screen_staff": &in.Screen[2], "screen_culture": &in.Screen[3]} {
		if v := f.Values[name]; v != "" {
			n, err := strconv.ParseInt(strings.ReplaceAll(v, ",", ""), 10, 64)
			if err != nil {
				f.Errors.Add(name, lang.T(ctx, "填整数"))
			}
			*into = n
		}
	}
	limit, ok := fen(f.Values["credit_limit"])
	if !ok {
		f.Errors.Add("credit_limit", lang.T(ctx, "填金额，例如 80000 或 80000.50"))
	}
	in.CreditLimit = limit
}

// readFirstContact reads the contact that stands in the form of a new file;
// none when nothing was typed.
func (h *Handlers) readFirstContact(ctx context.Context, f *views.CustomerForm, branch int64) []db.Contact {
	v := map[string]string{}
	said := false
	for name, value := range f.Values {
		if short, ok := strings.CutPrefix(name, "contact_"); ok {
			v[short] = value
			said = said || value != ""
		}
	}
	if !said {
		return nil
	}
	in := profile.Person{Name: v["name"], Position: v["position"], WeChat: v["wechat"], Birthday: birthdayOf(v)}
	if v["phone"] != "" {
		in.Phones = []string{v["phone"]}
	}
	in, faults := profile.CheckPerson(in, h.db.AreaCode(branch), h.todayDay())
	for _, p := range faults {
		name := "contact_" + p.Field
		switch {
		case p.Field == "birthday":
			name = p.Field
		case strings.HasPrefix(p.Field, "phone-"):
			name = "contact_phone"
		}
		f.Errors.Add(name, views.FileFault(ctx, p))
	}
	return []db.Contact{contactFrom(in, true)}
}

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
