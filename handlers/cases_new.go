package handlers

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"yike/db"
	"yike/policy"
	"yike/policy/casework"
	"yike/policy/mask"
	"yike/policy/phone"
	"yike/policy/sla"
	"yike/views"
	"yike/views/lang"
	"yike/views/ui"
)

// Bounds of the form of a case.
const (
	caseParcels = 8  // of the client, offered to be picked
	caseNumbers = 60 // of one case: a lorry has its own parent case
)

// shortCase says whether this person registers at the door: what a clerk asks
// on the phone is not asked there.
func shortCase(a policy.Actor) bool { return !a.Scope(policy.CaseEdit).Wide() }

// caseNew is the form on which a case is registered.
func (h *Handlers) caseNew(w http.ResponseWriter, r *http.Request) error {
	a := actorOf(r)
	f := views.CaseForm{Action: "/cases", Key: strings.ToLower(rand.Text()), Short: shortCase(a), Kind: casework.Complaint, Severity: casework.Minor,
		Channel: casework.Phone, Customer: idText(db.ParseID(query(r, "customer"))), Numbers: numberTyped(query(r, "waybill")), Errors: ui.Errors{}}
	if f.Short {
		f.Channel = casework.OnSite
	}
	if f.Numbers != "" {
		f.Picked = []string{f.Numbers}
	}
	return h.showCaseForm(w, r, http.StatusOK, f)
}

// showCaseForm adds what a form shows besides what was typed.
func (h *Handlers) showCaseForm(w http.ResponseWriter, r *http.Request, status int, f views.CaseForm) error {
	ctx, a := r.Context(), actorOf(r)
	branch := db.ParseID(f.Branch)
	if id := db.ParseID(f.Customer); id != 0 {
		c, err := h.caseClientOf(ctx, a, id)
		switch {
		case errors.Is(err, db.ErrNotFound):
			f.Customer = ""
		case err != nil:
			return err
		default:
			branch = c.BranchID
			if !f.Editing {
				h.db.Looked(ctx, a, c.ID, c.BranchID, h.firstRole(signedIn(r)))
			}
			if f.Client, err = h.caseClient(ctx, a, c); err != nil {
				return err
			}
			if !f.Editing && f.Caller == "" && f.Phone == "" {
				f.Caller, f.Phone = f.Client.Caller, f.Client.Phone
			}
		}
	}
	f.Branches = h.openBranches(ctx, a.Scope(policy.CaseOpen))
	if branch == 0 {
		branch = db.ParseID(h.usualBranch(a, policy.CaseOpen))
		f.Branch = idText(branch)
	}
	var err error
	if f.Causes, err = h.caseCauses(ctx, f.Cause, f.SubCause); err != nil {
		return err
	}
	if !f.Short && !f.Editing {
		hands, err := h.db.CaseHands(ctx, accessOf(ctx), branch)
		if err != nil {
			return err
		}
		for _, x := range hands {
			f.Users = append(f.Users, ui.Option{Value: idText(x.ID), Label: handLabel(ctx, x)})
		}
		f.UserNow = lang.T(ctx, "客户的客服，没有就交给值班的")
	}
	if !f.Short {
		if f.Guide, err = h.guide(ctx, branch); err != nil {
			return err
		}
	}
	facts := sla.Facts{Kind: f.Kind, Severity: f.Severity, Channel: f.Channel}
	if c := db.ParseID(f.Customer); c != 0 {
		facts.Class = f.Client.Class
	}
	if f.Promise, err = h.casePromised(ctx, branch, facts); err != nil {
		return err
	}
	title := lang.T(ctx, "登记工单")
	if f.Editing {
		title = lang.T(ctx, "改工单")
	}
	return h.render(w, r, status, page{title: title, body: views.CaseNew(f), active: "/cases", scripts: []string{"case.js"}})
}

// casePromise answers what the caller may be told once what it depends on has
// changed.
func (h *Handlers) casePromise(w http.ResponseWriter, r *http.Request) error {
	branch, facts := h.promiseAsked(r)
	promise, err := h.casePromised(r.Context(), branch, facts)
	if err != nil {
		return err
	}
	part := views.PromisePart(promise)
	return h.render(w, r, http.StatusOK, page{title: lang.T(r.Context(), "答应客户的时间"), body: part, partial: part, active: "/cases"})
}

// caseCauses are the causes on offer, and the one that is chosen even when it
// is not any more.
func (h *Handlers) caseCauses(ctx context.Context, chosen ...string) ([]views.CaseCause, error) {
	list, err := h.db.CaseCauses(ctx)
	if err != nil {
		return nil, err
	}
	var out []views.CaseCause
	for _, c := range list {
		id := idText(c.ID)
		if c.RetiredAt != 0 && !slices.Contains(chosen, id) {
			continue
		}
		name := views.CauseWord(ctx, c.Code, c.Name)
		if c.ParentID == 0 {
			out = append(out, views.CaseCause{ID: id, Name: name})
		} else if n := len(out); n > 0 && out[n-1].ID == idText(c.ParentID) {
			out[n-1].Sub = append(out[n-1].Sub, ui.Option{Value: id, Label: name})
		}
	}
	return out, nil
}

// caseClientOf reads a client of whom the actor may register a case.
func (h *Handlers) caseClientOf(ctx context.Context, a policy.Actor, id int64) (db.Customer, error) {
	c, err := h.db.Customer(ctx, a.Scope(policy.CustomerRead), id)
	if err == nil && !h.may(a, policy.CaseOpen, c) {
		err = fmt.Errorf("customer %d: %w", id, db.ErrNotFound)
	}
	return c, err
}

// caseClient is what one should know of a client who calls.
func (h *Handlers) caseClient(ctx context.Context, a policy.Actor, c db.Customer) (*views.CaseClient, error) {
	file, err := h.db.CustomerFile(ctx, a.Scope(policy.CustomerRead), c.ID)
	if err != nil {
		return nil, err
	}
	known, err := h.db.CaseClient(ctx, a, c)
	if err != nil {
		return nil, err
	}
	out := &views.CaseClient{ID: idText(c.ID), Name: cmp.Or(c.ShortName, c.Name), Class: c.Class, Href: "/customers/" + idText(c.ID),
		Rep: cmp.Or(file.OwnerName, lang.T(ctx, "没有")), Branch: h.db.BranchName(c.BranchID), Complaints: lang.T(ctx, "%d 件", known.Complaints)}
	if h.maskFor(a, c) == mask.Full && len(file.Contacts) > 0 {
		k := file.Contacts[0]
		out.Caller = k.Name
		if len(k.Phones) > 0 {
			out.Phone = phone.Display(k.Phones[0])
		}
	}
	for _, x := range known.Open {
		out.Open = append(out.Open, views.CaseBrief{Href: "/cases/" + idText(x.ID), Code: x.Code, Text: h.caseWhat(ctx, x)})
	}
	if !h.may(a, policy.WaybillRead, c) {
		return out, nil
	}
	parcels, freight, err := h.db.RecentParcels(ctx, c)
	if err != nil {
		return nil, err
	}
	out.Parcels = lang.T(ctx, "%s 票，%s 元", views.Thousands(parcels), cmp.Or(yuanShown(freight), "0"))
	list, err := h.db.Waybills(ctx, a.Scope(policy.WaybillRead), db.WaybillFilter{CustomerID: c.ID, Limit: caseParcels})
	if err != nil {
		return nil, err
	}
	for _, x := range list.Rows {
		out.Waybills = append(out.Waybills, h.caseParcel(ctx, x))
	}
	return out, nil
}

func (h *Handlers) caseParcel(ctx context.Context, x db.WaybillRow) views.CaseParcel {
	return views.CaseParcel{Number: x.Number, Href: "/waybills/" + idText(x.ID), To: placeShown(x.Waybill), State: views.WaybillStateWord(ctx, x.State),
		StateKind: views.WaybillStateKind(x.State), Day: views.DayWord(ctx, x.SentDay, h.today())}
}

// caseWhat says in a few words what a case is about.
func (h *Handlers) caseWhat(ctx context.Context, x db.CaseRow) string {
	return cmp.Or(views.CauseLine(ctx, x.Cause.Code, x.Cause.Name, x.Cause.ParentCode, x.Cause.ParentName), views.CaseKindWord(ctx, x.Kind))
}

// caseCallers answers the search for who calls.
func (h *Handlers) caseCallers(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	f := views.CaseForm{Query: query(r, "q")}
	var err error
	if f.Hits, err = h.caseHits(ctx, actorOf(r), f.Query, policy.CaseOpen); err != nil {
		return err
	}
	return h.render(w, r, http.StatusOK, page{title: lang.T(ctx, "谁打来的"), body: views.CaseCallers(f), partial: views.CaseHits(f), active: "/cases"})
}

// caseHits finds clients by what a box takes: names, initials, numbers of
// phones and of parcels.
func (h *Handlers) caseHits(ctx context.Context, a policy.Actor, q string, right policy.Permission) ([]views.CaseHit, error) {
	if q == "" {
		return nil, nil
	}
	var out []views.CaseHit
	if number := numberTyped(q); len(number) >= 8 && a.Can(policy.WaybillRead) {
		list, err := h.db.Waybills(ctx, a.Scope(policy.WaybillRead), db.WaybillFilter{Number: number, Limit: 5})
		if err != nil {
			return nil, err
		}
		for _, x := range list.Rows {
			if x.CustomerID == 0 {
				continue
			}
			out = append(out, views.CaseHit{ID: idText(x.CustomerID), Name: x.Customer, Sub: x.Number + " " + placeShown(x.Waybill), Number: x.Number,
				Href: "/cases/new?customer=" + idText(x.CustomerID) + "&waybill=" + x.Number})
		}
	}
	hits, _, err := h.db.SearchCustomers(ctx, a.Scope(policy.CustomerRead), a.Scope(policy.CustomerUnmask), q)
	if err != nil {
		return nil, err
	}
	scope := a.Scope(right)
	for _, c := range hits {
		if len(out) >= 8 {
			break
		}
		if !h.db.SeesClient(scope, c.BranchID, c.OwnerID, c.ClerkID) {
			continue
		}
		out = append(out, views.CaseHit{ID: idText(c.ID), Name: cmp.Or(c.ShortName, c.Name), Class: c.Class, Href: "/cases/new?customer=" + idText(c.ID),
			Sub: strings.TrimSpace(c.Code + " " + mask.Phone(phone.Display(c.Phone), h.db.MaskFor(a, c.BranchID, c.OwnerID, c.ClerkID)))})
	}
	return out, nil
}

// caseClientPart answers what one should know of the client who was chosen.
func (h *Handlers) caseClientPart(w http.ResponseWriter, r *http.Request) error {
	ctx, a := r.Context(), actorOf(r)
	c, err := h.caseClientOf(ctx, a, db.ParseID(query(r, "customer")))
	if err != nil {
		return err
	}
	h.db.Looked(ctx, a, c.ID, c.BranchID, h.firstRole(signedIn(r)))
	f := views.CaseForm{Picked: strings.Fields(query(r, "numbers"))}
	if f.Client, err = h.caseClient(ctx, a, c); err != nil {
		return err
	}
	part := views.CaseClientPart(f)
	return h.render(w, r, http.StatusOK, page{title: c.Name, body: part, partial: part, active: "/cases"})
}

// caseTrack answers where a parcel is, beside the form.
func (h *Handlers) caseTrack(w http.ResponseWriter, r *http.Request) error {
	ctx, a := r.Context(), actorOf(r)
	p := views.CaseTrack{Number: numberTyped(query(r, "number"))}
	if p.Number != "" && a.Can(policy.WaybillRead) {
		list, err := h.db.Waybills(ctx, a.Scope(policy.WaybillRead), db.WaybillFilter{Number: p.Number, Limit: 1})
		if err != nil {
			return err
		}
		if len(list.Rows) > 0 && list.Rows[0].Number == p.Number {
			p.Parcel = h.caseParcel(ctx, list.Rows[0])
			if p.Track, err = h.trackOf(ctx, list.Rows[0].Waybill); err != nil {
				return err
			}
		}
	}
	part := views.CaseTrackPart(p)
	return h.render(w, r, http.StatusOK, page{title: p.Number, body: part, partial: part, active: "/cases"})
}

// readCase reads the form of a case, keeps what was typed and says what is
// wrong with it.
func (h *Handlers) readCase(r *http.Request, f *views.CaseForm) (db.NewCase, error) {
	ctx := r.Context()
	f.Errors = ui.Errors{}
	f.Key, f.Version, f.Customer, f.Caller, f.Phone, f.Branch = field(r, "key"), field(r, "version"), field(r, "customer"), field(r, "caller"), field(r, "phone"), field(r, "branch")
	f.Cause, f.SubCause, f.Said, f.Wants, f.WantsOwn, f.User, f.Numbers = field(r, "cause"), field(r, "cause2"), field(r, "said"), field(r, "wants"), field(r, "wants_own"), field(r, "user"), field(r, "numbers")
	f.Picked, f.Reply = fields(r, "waybill"), field(r, "reply")
	if !f.Short {
		f.Kind, f.Severity, f.Channel, f.Ticket = field(r, "kind"), field(r, "severity"), field(r, "channel"), field(r, "ticket")
	}
	in := db.NewCase{Case: db.Case{Kind: f.Kind, Severity: f.Severity, Channel: f.Channel, Ticket: f.Ticket, CustomerID: db.ParseID(f.Customer), BranchID: db.ParseID(f.Branch),
		Caller: f.Caller, Said: f.Said, Wants: cmp.Or(f.WantsOwn, f.Wants), UserID: db.ParseID(f.User), Version: db.ParseID(f.Version)}}
	for name, known := range map[string]bool{"kind": slices.Contains(casework.Kinds, f.Kind), "severity": slices.Contains(casework.Severities, f.Severity),
		"channel": f.Short && f.Channel == casework.OnSite || slices.Contains(casework.Channels, f.Channel) || f.Editing && f.Channel == casework.Program} {
		if !known {
			f.Errors.Add(name, lang.T(ctx, "请选一个"))
		}
	}
	if casework.HasTicket(f.Channel) && f.Ticket == "" {
		f.Errors.Add("ticket", lang.T(ctx, "总部工单和邮政申诉要写号，好对得上"))
	}
	if !casework.HasTicket(f.Channel) {
		in.Ticket = ""
	}
	if f.Said == "" {
		f.Errors.Add("said", lang.T(ctx, "写一句客户怎么说"))
	}
	for name, n := range map[string]int{"said": maxSaid, "caller": maxCaller, "ticket": 60, "wants_own": 200} {
		if utf8.RuneCountInString(field(r, name)) > n {
			f.Errors.Add(name, lang.T(ctx, "最多 %d 个字", n))
		}
	}
	h.readCasePhone(ctx, f, &in)
	if in.Waybills = waybillNumbers(f.Numbers, f.Picked); len(in.Waybills) > caseNumbers {
		f.Errors.Add("numbers", lang.T(ctx, "最多 %d 个运单号，再多请分几件登记", caseNumbers))
	}
	if in.CustomerID == 0 && in.Caller == "" && in.CallerPhone == "" && len(in.Waybills) == 0 && !f.Errors.Any() {
		f.Errors.Add("caller", lang.T(ctx, "找到客户，写来电人或号码，或者写运单号"))
	}
	return in, h.readCause(ctx, f, &in)
}

func (h *Handlers) readCasePhone(ctx context.Context, f *views.CaseForm, in *db.NewCase) {
	if f.Phone == "" {
		return
	}
	n, fault := phone.Parse(f.Phone, "")
	if !fault.OK() || n.Digits == "" {
		f.Errors.Add("phone", lang.T(ctx, "这个号码不像电话，请再核对"))
		return
	}
	in.CallerPhone = n.Digits
}

// readCause checks the cause that was picked; of two levels the second counts.
func (h *Handlers) readCause(ctx context.Context, f *views.CaseForm, in *db.NewCase) error {
	list, err := h.db.CaseCauses(ctx)
	if err != nil {
		return err
	}
	top, sub := db.ParseID(f.Cause), db.ParseID(f.SubCause)
	f.SubCause = ""
	for _, c := range list {
		switch {
		case c.RetiredAt != 0 && !f.Editing: // not for new ones
		case c.ID == top && c.ParentID == 0:
			in.CauseID = cmp.Or(in.CauseID, c.ID)
		case c.ID == sub && c.ParentID == top && top != 0:
			in.CauseID, f.SubCause = c.ID, idText(c.ID)
		}
	}
	if top != 0 && in.CauseID == 0 {
		f.Errors.Add("cause", lang.T(ctx, "这个原因已经不用了，请重选"))
	}
	if in.CauseID == 0 && in.Kind == casework.Complaint {
		f.Errors.Add("cause", lang.T(ctx, "选一个原因，说不清选“其他”"))
	}
	return nil
}

// waybillNumbers are the numbers that were pasted and ticked, each once.
func waybillNumbers(typed string, picked []string) []string {
	var out []string
	for _, s := range append(strings.FieldsFunc(typed, func(c rune) bool { return strings.ContainsRune(" \t\n,，;；、", c) }), picked...) {
		if n := numberTyped(s); n != "" && len(n) <= 40 && !slices.Contains(out, n) {
			out = append(out, n)
		}
	}
	return out
}

// caseCreate registers a case. A page that sends by script asks for JSON and
// gets where the case stands, or what is wrong with it.
func (h *Handlers) caseCreate(w http.ResponseWriter, r *http.Request) error {
	done, err := readVisitForm(w, r)
	defer done()
	if err != nil {
		return err
	}
	ctx, a := r.Context(), actorOf(r)
	f := views.CaseForm{Action: "/cases", Short: shortCase(a), Kind: casework.Complaint, Severity: casework.Minor, Channel: casework.OnSite}
	in, err := h.readCase(r, &f)
	if err != nil {
		return err
	}
	if utf8.RuneCountInString(f.Key) < 16 || len(f.Key) > 64 {
		return fmt.Errorf("%w: submission key %q", errBadRequest, f.Key)
	}
	if field(r, "pass") != "" && in.UserID == 0 {
		f.Errors.Add("user", lang.T(ctx, "选一位同事接手"))
	}
	photos, err := h.readPhotos(ctx, f.Errors, r.MultipartForm, 0)
	if err != nil {
		return err
	}
	for _, p := range photos {
		in.Photos = append(in.Photos, db.CasePhoto(p))
	}
	id := int64(0)
	if !f.Errors.Any() {
		switch id, err = h.db.OpenCase(ctx, a, db.Submission{Key: f.Key}, in); {
		case errors.Is(err, db.ErrNotFound) && in.CustomerID != 0:
			f.Errors.Add("q", lang.T(ctx, "这位客户已不在，请重选"))
		case errors.Is(err, db.ErrRefused):
			f.Errors.Add("user", lang.T(ctx, "这个人接不了，请重选"))
		case err != nil:
			return err
		}
	}
	if f.Errors.Any() {
		if wantsJSON(r) {
			return answerJSON(w, http.StatusUnprocessableEntity, map[string]any{"errors": f.Errors})
		}
		return h.showCaseForm(w, r, http.StatusUnprocessableEntity, f)
	}
	x, err := h.db.Case(ctx, a, id)
	if err != nil {
		return err
	}
	h.workChanged()
	if r.Header.Get("Yike-Behind") == "" {
		h.flash(r, views.Flash{Kind: "ok", Text: lang.T(ctx, "登记好了，工单号 %s", x.Code)})
	}
	to := "/cases/" + idText(id)
	if f.Reply != "" && h.db.MayEditCase(a, x) { // the text that the client wrote waits for an answer
		to = caseActURL(x, casework.ActAnswer) + "?" + url.Values{"reply": {f.Reply}}.Encode()
	}
	if wantsJSON(r) {
		return answerJSON(w, http.StatusOK, map[string]any{"href": to})
	}
	h.redirect(w, r, to)
	return nil
}

func versionText(v int64) string { return strconv.FormatInt(v, 10) }
