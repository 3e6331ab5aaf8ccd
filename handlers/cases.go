package handlers

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"yike/db"
	"yike/policy"
	"yike/policy/casework"
	"yike/policy/mask"
	"yike/policy/measure"
	"yike/policy/phone"
	"yike/policy/retention"
	"yike/views"
	"yike/views/lang"
	"yike/views/ui"
)

// caseAt reads the case of the address that the actor sees.
func (h *Handlers) caseAt(r *http.Request) (db.CaseRow, error) {
	id, err := pathID(r, "id")
	if err != nil {
		return db.CaseRow{}, err
	}
	return h.db.Case(r.Context(), actorOf(r), id)
}

// caseMask is how much of what was registered the actor sees: who registered a
// case typed it. What others wrote since is shown by workMask.
func (h *Handlers) caseMask(a policy.Actor, x db.CaseRow) mask.Level {
	if x.CreatedBy == a.UserID && a.UserID != 0 {
		return mask.Full
	}
	return h.workMask(a, x)
}

// workMask is how much the actor sees of what was written about a case since it
// was registered.
func (h *Handlers) workMask(a policy.Actor, x db.CaseRow) mask.Level {
	return h.db.MaskFor(a, x.BranchID, x.OwnerID, x.ClerkID)
}

// caseHides says whether a level hides something of what was registered: who
// sees only a part of it may not write over it.
func caseHides(x db.CaseRow, level mask.Level) bool {
	return level != mask.Full && (x.CallerPhone != "" || slices.ContainsFunc([]string{x.Said, x.Wants, x.Caller, x.Ticket}, func(s string) bool { return mask.Text(s, level) != s }))
}

// severityKind is the colour of a severity.
func severityKind(severity string) string {
	switch severity {
	case casework.Grave:
		return "risk"
	case casework.Serious:
		return "soon"
	}
	return ""
}

// caseBadge is how a case stands with its promised time.
func (h *Handlers) caseBadge(ctx context.Context, x db.Case) (state, text string) {
	switch now := h.db.Now().UnixMilli(); {
	case x.Step == casework.Closed:
		return "done", lang.T(ctx, "已结案")
	case x.Waits(now) && x.PauseUntil != 0 && x.Due > now:
		return "none", lang.T(ctx, "停到 %s", h.clockSaid(ctx, x.PauseUntil))
	case x.Waits(now) && x.Due == db.NoDue:
		return "none", lang.T(ctx, "暂停计时")
	case x.Due == db.NoDue:
		return "", ""
	case x.Due < now:
		return "over", lang.T(ctx, "超时 %s", views.SpanWord(ctx, now-x.Due))
	case x.SoonAt <= now:
		return "soon", lang.T(ctx, "还剩 %s", views.SpanWord(ctx, x.Due-now))
	default:
		return "ontime", lang.T(ctx, "还剩 %s", views.SpanWord(ctx, x.Due-now))
	}
}

func (h *Handlers) caseShow(w http.ResponseWriter, r *http.Request) error {
	ctx, a := r.Context(), actorOf(r)
	x, err := h.caseAt(r)
	if err != nil {
		return err
	}
	if x.CustomerID != 0 {
		h.db.Looked(ctx, a, x.CustomerID, x.BranchID, h.firstRole(signedIn(r)))
	}
	level, work, path := h.caseMask(a, x), h.workMask(a, x), "/cases/"+idText(x.ID)
	p := views.CasePage{ID: idText(x.ID), Code: x.Code, Title: h.caseWhat(ctx, x), Kind: views.CaseKindWord(ctx, x.Kind), Severity: views.SeverityWord(ctx, x.Severity),
		SeverityKind: severityKind(x.Severity), Step: views.CaseStepWord(ctx, x.Step), Client: x.Customer, Class: x.Class,
		Said: mask.Text(x.Said, level), Wants: mask.Text(views.WantWord(ctx, x.Wants), level), Result: mask.Text(x.Result, work),
		LooksHref: path + "/looks", Version: versionText(x.Version), Printed: h.printed(ctx, a, x.BranchID)}
	p.State, p.Badge = h.caseBadge(ctx, x.Case)
	p.ClientHref = h.clientHref(a, x.CustomerID, x.BranchID, x.OwnerID, x.ClerkID)
	p.Facts = h.caseFacts(ctx, x, level)
	if p.Clocks, err = h.caseClocks(ctx, x, h.db.MayEditCase(a, x)); err != nil {
		return err
	}
	if p.Parcels, err = h.caseParcels(ctx, a, x.ID); err != nil {
		return err
	}
	if p.Alert, err = h.parcelAlert(ctx, a, x, work); err != nil {
		return err
	}
	if p.Photos, err = h.casePictures(ctx, x.ID); err != nil {
		return err
	}
	if p.Events, err = h.caseHistory(ctx, a, x); err != nil {
		return err
	}
	if p.Work, err = h.caseWork(ctx, a, x, work); err != nil {
		return err
	}
	if !p.Work.ReadOnly {
		if p.Guide, err = h.guide(ctx, x.BranchID); err != nil {
			return err
		}
	}
	if p.Claims, err = h.caseClaims(ctx, a, x); err != nil {
		return err
	}
	if p.Measures, err = h.measuresFrom(ctx, a, measure.Review, x.ID, x.BranchID, x.OwnerID, x.ClerkID); err != nil {
		return err
	}
	if p.Ratings, err = h.caseRatings(ctx, a, x, level); err != nil {
		return err
	}
	if p.OutOfUse, err = h.outOfUse(ctx, a, retention.Cases, x.ID, x.Life); err != nil {
		return err
	}
	if p.Others, err = h.db.LookAtCase(ctx, a, x.ID); err != nil {
		return err
	}
	if h.db.MayEditCase(a, x) {
		if h.db.MayDeleteCase(a, x) {
			p.DeleteURL = path + "/delete"
		}
		if x.CustomerID == 0 {
			p.AttachHref = path + "/client"
		}
		if !caseHides(x, level) {
			p.EditHref = path + "/edit"
		}
	}
	return h.render(w, r, http.StatusOK, page{title: x.Code, body: views.Case(p), active: "/cases"})
}

// caseFacts is the column of facts.
func (h *Handlers) caseFacts(ctx context.Context, x db.CaseRow, level mask.Level) []views.Fact {
	at := func(ms int64) string {
		if ms == 0 {
			return ""
		}
		return time.UnixMilli(ms).In(db.Zone).Format("2006-01-02 15:04")
	}
	number := x.CallerPhone
	if number != "" {
		number = shownPhone(phone.Display(number), level)
	}
	var out []views.Fact
	for _, f := range []views.Fact{
		{Label: lang.T(ctx, "来电人"), Value: mask.Text(x.Caller, level)}, {Label: lang.T(ctx, "回电号码"), Value: number},
		{Label: lang.T(ctx, "怎么来的"), Value: strings.TrimSpace(views.CaseChannelWord(ctx, x.Channel) + " " + mask.Text(x.Ticket, level))},
		{Label: lang.T(ctx, "网点"), Value: h.db.BranchName(x.BranchID)}, {Label: lang.T(ctx, "处理人"), Value: cmp.Or(x.User, lang.T(ctx, "还没有人"))},
		{Label: lang.T(ctx, "登记"), Value: strings.TrimSpace(at(x.OpenedAt) + " " + x.Author)},
		{Label: lang.T(ctx, "答复期限"), Value: at(x.AnswerDue)}, {Label: lang.T(ctx, "解决期限"), Value: at(x.SolveDue)},
		{Label: lang.T(ctx, "答复时间"), Value: at(x.AnsweredAt)}, {Label: lang.T(ctx, "告知结果"), Value: at(x.SolvedAt)}, {Label: lang.T(ctx, "结案时间"), Value: at(x.ClosedAt)},
	} {
		if f.Value != "" {
			out = append(out, f)
		}
	}
	return out
}

// caseParcels are the parcels of a case; of those that the actor sees, state
// and way.
func (h *Handlers) caseParcels(ctx context.Context, a policy.Actor, id int64) ([]views.CaseParcel, error) {
	list, err := h.db.CaseWaybills(ctx, id)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	known, err := h.db.CaseParcels(ctx, a.Scope(policy.WaybillRead), id)
	if err != nil {
		return nil, err
	}
	var out []views.CaseParcel
	for _, n := range list {
		line := views.CaseParcel{Number: n}
		if x, seen := known[n]; seen {
			line = h.caseParcel(ctx, x)
		}
		out = append(out, line)
	}
	return out, nil
}

func (h *Handlers) casePictures(ctx context.Context, id int64) ([]views.VisitPicture, error) {
	list, err := h.db.CasePhotos(ctx, id)
	var out []views.VisitPicture
	for i, p := range list {
		href := "/cases/" + idText(id) + "/photos/" + p.Hash
		out = append(out, views.VisitPicture{Hash: p.Hash, Href: href, Thumb: href + "?size=thumb", Alt: lang.T(ctx, "第 %d 张照片", i+1)})
	}
	return out, err
}

// caseHistory is what happened to a case; what was done with its claims only
// for who may read these.
func (h *Handlers) caseHistory(ctx context.Context, a policy.Actor, x db.CaseRow) ([]views.CaseEventLine, error) {
	list, err := h.db.CaseEvents(ctx, x.ID)
	if err == nil {
		err = h.nameEvents(ctx, list)
	}
	level, claims := h.workMask(a, x), h.db.SeesClient(a.Scope(policy.ClaimRead), x.BranchID, x.OwnerID, x.ClerkID)
	var out []views.CaseEventLine
	for _, e := range list {
		if e.Kind == "claim" && !claims {
			continue
		}
		if e.Kind == db.EventAlert {
			e.Args = placeArgs(e.Args)
		}
		out = append(out, views.CaseEventLine{Text: views.CaseEventWord(ctx, e.Kind, e.Step, e.Args), Who: cmp.Or(e.User, lang.T(ctx, "系统")), Note: mask.Text(e.Note, level),
			Icon: "circle-check", When: views.TimeWord(ctx, time.UnixMilli(e.At), h.db.Now())})
	}
	return out, err
}

// caseLooks says who else has a case open, and that this person has.
func (h *Handlers) caseLooks(w http.ResponseWriter, r *http.Request) error {
	x, err := h.caseAt(r)
	if err != nil {
		return err
	}
	names, err := h.db.LookAtCase(r.Context(), actorOf(r), x.ID)
	if err != nil {
		return err
	}
	part := views.CaseLooks(names)
	return h.render(w, r, http.StatusOK, page{title: x.Code, body: part, partial: part, active: "/cases"})
}

// casePhoto serves a picture of a case to those who see the case.
func (h *Handlers) casePhoto(w http.ResponseWriter, r *http.Request) error {
	x, err := h.caseAt(r)
	if err != nil {
		return err
	}
	list, err := h.db.CasePhotos(r.Context(), x.ID)
	if err != nil {
		return err
	}
	for _, p := range list {
		if p.Hash != r.PathValue("hash") {
			continue
		}
		if query(r, "size") == "thumb" {
			p.Hash = p.Thumb
		}
		return h.servePhoto(w, r, p.Hash, "private, max-age=604800, immutable")
	}
	return fmt.Errorf("photo %q of case %d: %w", r.PathValue("hash"), x.ID, db.ErrNotFound)
}

// mayWork returns a case that the actor may work on; ErrRefused for one that
// they may only read.
func (h *Handlers) mayWork(r *http.Request) (db.CaseRow, error) {
	x, err := h.caseAt(r)
	if err == nil && !h.db.MayEditCase(actorOf(r), x) {
		err = fmt.Errorf("case %d: %w", x.ID, db.ErrRefused)
	}
	return x, err
}

// mayCorrect returns a case of which the actor may correct what was registered:
// one that they work on and of which nothing is hidden from them.
func (h *Handlers) mayCorrect(r *http.Request) (db.CaseRow, error) {
	x, err := h.mayWork(r)
	if err == nil && caseHides(x, h.caseMask(actorOf(r), x)) {
		err = fmt.Errorf("case %d: %w", x.ID, db.ErrRefused)
	}
	return x, err
}

// caseEdit is the form on which what was registered is corrected.
func (h *Handlers) caseEdit(w http.ResponseWriter, r *http.Request) error {
	x, err := h.mayCorrect(r)
	if err != nil {
		return err
	}
	f := views.CaseForm{Kind: x.Kind, Severity: x.Severity, Channel: x.Channel, Ticket: x.Ticket, Caller: x.Caller, Phone: phone.Display(x.CallerPhone), Said: x.Said,
		Version: versionText(x.Version), Errors: ui.Errors{}}
	if f.Wants = x.Wants; views.WantWord(r.Context(), x.Wants) == x.Wants {
		f.Wants, f.WantsOwn = "", x.Wants
	}
	list, err := h.db.CaseCauses(r.Context())
	if err != nil {
		return err
	}
	for _, c := range list {
		if c.ID == x.CauseID {
			f.Cause = idText(cmp.Or(c.ParentID, c.ID))
			if c.ParentID != 0 {
				f.SubCause = idText(c.ID)
			}
		}
	}
	numbers, err := h.db.CaseWaybills(r.Context(), x.ID)
	if err != nil {
		return err
	}
	f.Numbers, f.Picked = strings.Join(numbers, "\n"), numbers
	return h.showCaseEdit(w, r, http.StatusOK, x, f)
}

func (h *Handlers) showCaseEdit(w http.ResponseWriter, r *http.Request, status int, x db.CaseRow, f views.CaseForm) error {
	f.Editing, f.Action, f.Customer = true, "/cases/"+idText(x.ID), idText(x.CustomerID)
	var err error
	if f.Photos, err = h.casePictures(r.Context(), x.ID); err != nil {
		return err
	}
	return h.showCaseForm(w, r, status, f)
}

func (h *Handlers) caseUpdate(w http.ResponseWriter, r *http.Request) error {
	done, err := readVisitForm(w, r)
	defer done()
	if err != nil {
		return err
	}
	ctx, a := r.Context(), actorOf(r)
	was, err := h.mayCorrect(r)
	if err != nil {
		return err
	}
	f := views.CaseForm{Editing: true, Channel: was.Channel}
	in, err := h.readCase(r, &f)
	if err != nil {
		return err
	}
	if in.CustomerID = was.CustomerID; was.CustomerID != 0 {
		delete(f.Errors, "caller")
	}
	before, err := h.db.CaseWaybills(ctx, was.ID)
	if err != nil {
		return err
	}
	drop, add := numbersChanged(before, in.Waybills)
	photos, err := h.readPhotos(ctx, f.Errors, r.MultipartForm, int(was.PhotoCount))
	if err != nil {
		return err
	}
	var more []db.CasePhoto
	for _, p := range photos {
		more = append(more, db.CasePhoto(p))
	}
	c := in.Case
	c.ID, c.ContactID = was.ID, was.ContactID
	if !f.Errors.Any() {
		switch err := h.db.EditCase(ctx, a, c, drop, add, more); {
		case errors.Is(err, db.ErrConflict):
			if was, err = h.mayCorrect(r); err != nil {
				return err
			}
			f.Errors.Add("", lang.T(ctx, "有人先改过了。下面是你填的，请对照现在的内容再存一次。"))
			f.Version = versionText(was.Version)
			if f.Stale, err = h.caseDiffs(ctx, in, was); err != nil {
				return err
			}
		case err != nil:
			return err
		}
	}
	if f.Errors.Any() {
		return h.showCaseEdit(w, r, http.StatusUnprocessableEntity, was, f)
	}
	h.flash(r, views.Flash{Kind: "ok", Text: lang.T(ctx, "改好了")})
	h.redirect(w, r, "/cases/"+idText(was.ID))
	return nil
}

// numbersChanged says which parcels come off a case and which are added.
func numbersChanged(before, now []string) (drop, add []string) {
	for _, n := range now {
		if !slices.Contains(before, n) {
			add = append(add, n)
		}
	}
	for _, n := range before {
		if !slices.Contains(now, n) {
			drop = append(drop, n)
		}
	}
	return drop, add
}

// caseDiffs sets what was typed beside what stands, where they differ.
func (h *Handlers) caseDiffs(ctx context.Context, mine db.NewCase, now db.CaseRow) ([]views.VisitDiff, error) {
	causes, err := h.db.CaseCauses(ctx)
	if err != nil {
		return nil, err
	}
	numbers, err := h.db.CaseWaybills(ctx, now.ID)
	if err != nil {
		return nil, err
	}
	var out []views.VisitDiff
	none := lang.T(ctx, "没填")
	for _, x := range []views.VisitDiff{
		{Label: lang.T(ctx, "类型"), Mine: views.CaseKindWord(ctx, mine.Kind), Now: views.CaseKindWord(ctx, now.Kind)},
		{Label: lang.T(ctx, "原因"), Mine: causeLine(ctx, causes, mine.CauseID), Now: causeLine(ctx, causes, now.CauseID)},
		{Label: lang.T(ctx, "运单号"), Mine: sortedWords(mine.Waybills), Now: sortedWords(numbers)},
		{Label: lang.T(ctx, "轻重"), Mine: views.SeverityWord(ctx, mine.Severity), Now: views.SeverityWord(ctx, now.Severity)},
		{Label: lang.T(ctx, "怎么来的"), Mine: views.CaseChannelWord(ctx, mine.Channel), Now: views.CaseChannelWord(ctx, now.Channel)},
		{Label: lang.T(ctx, "工单或申诉号"), Mine: mine.Ticket, Now: now.Ticket},
		{Label: lang.T(ctx, "客户怎么说"), Mine: mine.Said, Now: now.Said},
		{Label: lang.T(ctx, "客户要什么"), Mine: views.WantWord(ctx, mine.Wants), Now: views.WantWord(ctx, now.Wants)},
		{Label: lang.T(ctx, "来电人"), Mine: mine.Caller, Now: now.Caller},
		{Label: lang.T(ctx, "回电号码"), Mine: phone.Display(mine.CallerPhone), Now: phone.Display(now.CallerPhone)},
	} {
		if x.Mine != x.Now {
			x.Mine, x.Now = cmp.Or(x.Mine, none), cmp.Or(x.Now, none)
			out = append(out, x)
		}
	}
	return out, nil
}

func sortedWords(list []string) string { return strings.Join(slices.Sorted(slices.Values(list)), " ") }

// causeLine names a cause by both of its levels.
func causeLine(ctx context.Context, list []db.CaseCause, id int64) string {
	at := func(id int64) db.CaseCause {
		i := slices.IndexFunc(list, func(c db.CaseCause) bool { return c.ID == id })
		if i < 0 || id == 0 {
			return db.CaseCause{}
		}
		return list[i]
	}
	c := at(id)
	up := at(c.ParentID)
	return views.CauseLine(ctx, c.Code, c.Name, up.Code, up.Name)
}

// caseAttachForm finds the client of an unknown caller.
func (h *Handlers) caseAttachForm(w http.ResponseWriter, r *http.Request) error {
	x, err := h.mayWork(r)
	if err != nil {
		return err
	}
	p := views.CaseAttach{Code: x.Code, Href: "/cases/" + idText(x.ID), Action: "/cases/" + idText(x.ID) + "/client", Version: versionText(x.Version),
		Query: query(r, "q")}
	if p.Query == "" && h.caseMask(actorOf(r), x) == mask.Full {
		p.Query = x.CallerPhone
	}
	if p.Hits, err = h.caseHits(r.Context(), actorOf(r), p.Query, policy.CustomerRead); err != nil {
		return err
	}
	return h.render(w, r, http.StatusOK, page{title: lang.T(r.Context(), "认出客户"), body: views.CaseAttachPage(p), active: "/cases"})
}

func (h *Handlers) caseAttach(w http.ResponseWriter, r *http.Request) error {
	id, version, err := visitActOf(r)
	if err != nil {
		return err
	}
	if err := h.db.AttachCase(r.Context(), actorOf(r), id, version, db.ParseID(field(r, "customer"))); err != nil {
		return err
	}
	h.flash(r, views.Flash{Kind: "ok", Text: lang.T(r.Context(), "认出来了，记在这位客户名下")})
	h.redirect(w, r, "/cases/"+idText(id))
	return nil
}

func (h *Handlers) caseDelete(w http.ResponseWriter, r *http.Request) error {
	id, version, err := visitActOf(r)
	if err != nil {
		return err
	}
	err = h.db.DeleteCase(r.Context(), actorOf(r), id, version)
	if errors.Is(err, db.ErrCaseMoney) {
		h.flash(r, views.Flash{Kind: "warn", Text: lang.T(r.Context(), "这件工单上有批准了或付过的赔款，不能删除。登记错了的，写明说明后结案。")})
		h.redirect(w, r, "/cases/"+idText(id))
		return nil
	}
	if err != nil {
		return err
	}
	h.flash(r, views.Flash{Kind: "ok", Text: lang.T(r.Context(), "已删除这件工单"), UndoURL: "/cases/" + idText(id) + "/restore"})
	h.redirect(w, r, "/cases")
	return nil
}

func (h *Handlers) caseRestore(w http.ResponseWriter, r *http.Request) error {
	id, _, err := visitActOf(r)
	if err != nil {
		return err
	}
	if err := h.db.RestoreCase(r.Context(), actorOf(r), id); err != nil {
		return err
	}
	h.redirect(w, r, "/cases/"+idText(id))
	return nil
}

// caseCard are a client's open cases on its page, and how many complaints there
// were this year.
func (h *Handlers) caseCard(ctx context.Context, a policy.Actor, all db.FilePage) (views.CaseCard, error) {
	var p views.CaseCard
	c, known := all.Customer, all.Cases
	if !a.Can(policy.CaseRead) {
		return p, nil
	}
	if all.Has.OpenCases {
		var err error
		if known.Open, err = h.db.OpenCasesOf(ctx, a, c); err != nil {
			return p, err
		}
	}
	p.Href, p.Count = "/cases?show=all&customer="+idText(c.ID), lang.T(ctx, "没结的 %d 件，今年投诉 %d 件", len(known.Open), known.Complaints)
	if h.may(a, policy.CaseOpen, c) {
		p.NewHref = "/cases/new?customer=" + idText(c.ID)
	}
	if known.Claims > 0 && h.may(a, policy.ClaimRead, c) {
		p.Claims = lang.T(ctx, "理赔 %d 笔，要 %s 元，同意 %s 元", known.Claims, cmp.Or(yuanShown(known.Asked), "0"), cmp.Or(yuanShown(known.Agreed), "0"))
		p.ClaimsHref = "/claims?customer=" + idText(c.ID)
	}
	for _, x := range known.Open {
		line := views.CaseBrief{Href: "/cases/" + idText(x.ID), Code: x.Code, Text: h.caseWhat(ctx, x)}
		line.State, line.Badge = h.caseBadge(ctx, x.Case)
		p.Open = append(p.Open, line)
	}
	return p, nil
}
