package handlers

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"yike/db"
	"yike/policy"
	"yike/policy/mask"
	"yike/policy/place"
	"yike/policy/profile"
	"yike/views"
	"yike/views/lang"
	"yike/views/ui"
)

// customerTexts are the fields of the form that are kept as they are typed.
var customerTexts = []string{"name", "short_name", "code", "kind", "usage", "nature", "size", "power", "source", "industry",
	"business_type", "credit_code", "account_no", "wechat", "email", "class", "class_reason", "stage", "terms", "contract_no",
	"contract_from", "contract_to", "channel", "state", "filed_on", "founded_on", "remark", "branch", "owner", "owner_text", "clerk", "clerk_text", "address",
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
		ContractFrom: v["contract_from"], ContractTo: v["contract_to"], Channel: v["channel"], FiledOn: v["filed_on"], FoundedOn: v["founded_on"], Remark: v["remark"],
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
	c.MonthlyPieces, c.FiledOn, c.FoundedOn, c.Remark, c.Phones = in.MonthlyPieces, in.FiledOn, in.FoundedOn, in.Remark, in.Phones
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
