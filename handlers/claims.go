package handlers

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"yike/db"
	"yike/policy"
	"yike/policy/casework"
	"yike/policy/mask"
	"yike/views"
	"yike/views/lang"
	"yike/views/ui"
)

// claimsShown is how many claims a page lists.
const claimsShown = 50

// claimQuery is what the address of the list says.
func (h *Handlers) claimQuery(r *http.Request) (db.ClaimFilter, url.Values) {
	f := db.ClaimFilter{State: known(append(slices.Clone(casework.ClaimStates), casework.ClaimAgreed), query(r, "state")), Bearer: known(casework.Bearers, query(r, "bearer")), From: query(r, "from"), To: query(r, "to"), BranchID: db.ParseID(query(r, "branch")), CustomerID: db.ParseID(query(r, "customer"))}
	if !dayOK(f.From) {
		f.From = ""
	}
	if !dayOK(f.To) {
		f.To = ""
	}
	at, id, _ := strings.Cut(query(r, "at"), "_")
	if f.At.ID = db.ParseID(id); f.At.ID != 0 {
		f.At.Day = at
	}
	v := url.Values{}
	for name, value := range map[string]string{"state": f.State, "bearer": f.Bearer, "from": f.From, "to": f.To, "branch": idText(f.BranchID), "customer": idText(f.CustomerID)} {
		if value != "" {
			v.Set(name, value)
		}
	}
	return f, v
}

func (h *Handlers) claimList(w http.ResponseWriter, r *http.Request) error {
	ctx, a := r.Context(), actorOf(r)
	f, v := h.claimQuery(r)
	scope := a.Scope(policy.ClaimRead)
	list, more, err := h.db.Claims(ctx, scope, f)
	if err != nil {
		return err
	}
	all := f
	all.At = db.ClaimKey{}
	sums, err := h.db.SumClaims(ctx, scope, all)
	if err != nil {
		return err
	}
	p := views.ClaimList{Action: "/claims", State: f.State, Bearer: f.Bearer, From: f.From, To: f.To, Branch: idText(f.BranchID), Customer: idText(f.CustomerID), Branches: h.ruleBranches(ctx, scope),
		Count: lang.T(ctx, "%d 笔", sums.Count), Printed: h.printed(ctx, a, f.BranchID), Chips: h.claimChips(ctx, f, v)}
	for _, x := range list {
		p.Rows = append(p.Rows, h.claimLine(ctx, x))
	}
	if more {
		last := list[min(len(list), claimsShown)-1]
		p.Next = hrefWith("/claims", v, "at", last.Day+"_"+idText(last.ID))
	}
	p.Sums = claimSums(ctx, sums, v)
	if a.Can(policy.CustomerExport) && len(list) > 0 {
		p.Export = hrefWith("/claims/export", v)
	}
	return h.render(w, r, http.StatusOK, page{title: lang.T(ctx, "理赔"), body: views.Claims(p), active: "/claims"})
}

// claimSums are what the claims of a list add up to, each with the address of
// those that it is made of.
func claimSums(ctx context.Context, sums db.ClaimSums, v url.Values) (out []ui.StatProps) {
	agreed := cmp.Or(v.Get("state"), casework.ClaimAgreed)
	for _, s := range []struct {
		label string
		fen   int64
		state string
	}{{lang.T(ctx, "客户要的"), sums.Asked, v.Get("state")}, {lang.T(ctx, "同意的"), sums.Agreed, agreed}, {lang.T(ctx, "付了的"), sums.Paid, casework.ClaimPaid}} {
		out = append(out, ui.StatProps{Label: s.label, Value: cmp.Or(yuanShown(s.fen), "0"), Unit: lang.T(ctx, "元"), Href: hrefWith("/claims", v, "state", s.state)})
	}
	for _, bearer := range casework.Bearers {
		if n := sums.Borne[bearer]; n != 0 {
			out = append(out, ui.StatProps{Label: lang.T(ctx, "%s承担", views.BearerWord(ctx, bearer)), Value: yuanShown(n), Unit: lang.T(ctx, "元"), Href: hrefWith("/claims", v, "bearer", bearer, "state", agreed)})
		}
	}
	return out
}

// claimChips are the filters in force, each with a way to take it off.
func (h *Handlers) claimChips(ctx context.Context, f db.ClaimFilter, v url.Values) ui.ChipsProps {
	out := ui.ChipsProps{Label: lang.T(ctx, "筛选条件"), ClearHref: "/claims"}
	for _, c := range []struct{ name, label, value string }{{"state", lang.T(ctx, "状态"), views.ClaimStateWord(ctx, f.State)}, {"bearer", lang.T(ctx, "谁承担"), views.BearerWord(ctx, f.Bearer)},
		{"from", lang.T(ctx, "从"), f.From}, {"to", lang.T(ctx, "到"), f.To}, {"branch", lang.T(ctx, "网点"), h.db.BranchName(f.BranchID)}, {"customer", lang.T(ctx, "客户"), lang.T(ctx, "一位客户")}} {
		if v.Get(c.name) == "" {
			continue
		}
		out.Items = append(out.Items, ui.Chip{Label: c.label, Value: c.value, RemoveHref: hrefWith("/claims", v, c.name, "")})
	}
	return out
}

func claimKind(state string) string {
	switch state {
	case casework.ClaimPaid:
		return "ok"
	case casework.ClaimProposed, casework.ClaimApproved:
		return "soon"
	case casework.ClaimRefused:
		return "line"
	}
	return "brand"
}

// agreedFen is what was agreed to, not what somebody proposed.
func agreedFen(x db.ClaimRow) int64 {
	if x.State != casework.ClaimApproved && x.State != casework.ClaimPaid {
		return 0
	}
	return x.Agreed
}

func (h *Handlers) claimLine(ctx context.Context, x db.ClaimRow) views.ClaimLine {
	return views.ClaimLine{Href: "/claims/" + idText(x.ID), Code: x.Code, CaseHref: "/cases/" + idText(x.CaseID), Customer: cmp.Or(x.Customer, lang.T(ctx, "还没认出")), Number: x.Number,
		State: views.ClaimStateWord(ctx, x.State), StateKind: claimKind(x.State), Asked: yuanShown(x.Asked), Agreed: yuanShown(agreedFen(x)), Paid: yuanShown(x.Paid), Day: views.DayWord(ctx, x.Day, h.today()), Proposer: x.Proposer}
}

// caseClaims are the claims of a case on its page.
func (h *Handlers) caseClaims(ctx context.Context, a policy.Actor, x db.CaseRow) (views.ClaimPart, error) {
	var p views.ClaimPart
	list, err := h.db.ClaimsOfCase(ctx, a.Scope(policy.ClaimRead), x.ID)
	if err != nil {
		return p, err
	}
	for _, c := range list {
		p.Rows = append(p.Rows, h.claimLine(ctx, c))
	}
	if h.db.SeesClient(a.Scope(policy.ClaimEdit), x.BranchID, x.OwnerID, x.ClerkID) {
		p.New = "/cases/" + idText(x.ID) + "/claims/new"
	}
	return p, nil
}

func (h *Handlers) claimNew(w http.ResponseWriter, r *http.Request) error {
	x, err := h.caseAt(r)
	if err != nil {
		return err
	}
	f := views.ClaimForm{Key: strings.ToLower(rand.Text()), Errors: ui.Errors{}}
	return h.showClaimForm(w, r, http.StatusOK, x, f)
}

func (h *Handlers) showClaimForm(w http.ResponseWriter, r *http.Request, status int, x db.CaseRow, f views.ClaimForm) error {
	ctx := r.Context()
	f.Home, f.Code = "/cases/"+idText(x.ID), x.Code
	f.Action = f.Home + "/claims"
	numbers, err := h.db.CaseWaybills(ctx, x.ID)
	if err != nil {
		return err
	}
	for _, n := range numbers {
		f.Numbers = append(f.Numbers, ui.Option{Value: n, Label: n})
	}
	return h.render(w, r, status, page{title: lang.T(ctx, "登记理赔"), body: views.ClaimNew(f), active: "/claims"})
}

// claimCreate writes down what a client asks.
func (h *Handlers) claimCreate(w http.ResponseWriter, r *http.Request) error {
	done, err := readVisitForm(w, r)
	defer done()
	if err != nil {
		return err
	}
	x, err := h.caseAt(r)
	if err != nil {
		return err
	}
	ctx := r.Context()
	f := views.ClaimForm{Key: field(r, "key"), Asked: field(r, "asked"), Number: field(r, "number"), Note: field(r, "note"), Errors: ui.Errors{}}
	asked := claimAmount(ctx, f.Errors, "asked", f.Asked)
	checkText(ctx, f.Errors, "note", f.Note, 500)
	photos, err := h.claimShots(r, f.Errors, 0)
	if err != nil {
		return err
	}
	if f.Errors.Any() {
		return h.showClaimForm(w, r, http.StatusUnprocessableEntity, x, f)
	}
	id, err := h.db.AskClaim(ctx, actorOf(r), db.Submission{Key: f.Key}, db.Claim{CaseID: x.ID, Asked: asked, Number: f.Number, Note: f.Note}, photos...)
	if err != nil {
		return err
	}
	h.flash(r, views.Flash{Kind: "ok", Text: lang.T(ctx, "登记好了，接着写赔付多少、谁承担")})
	h.redirect(w, r, "/claims/"+idText(id))
	return nil
}

// claimAmount reads an amount in yuan that is more than nothing.
func claimAmount(ctx context.Context, errs ui.Errors, name, text string) int64 {
	n, ok := fen(text)
	if !ok || n <= 0 || n > casework.MaxLimit {
		errs.Add(name, lang.T(ctx, "填大于 0 的金额，最多两位小数"))
	}
	return n
}

func (h *Handlers) claimAt(r *http.Request) (db.ClaimRow, error) {
	id, err := pathID(r, "id")
	if err != nil {
		return db.ClaimRow{}, err
	}
	return h.db.Claim(r.Context(), actorOf(r).Scope(policy.ClaimRead), id)
}

func (h *Handlers) claimShow(w http.ResponseWriter, r *http.Request) error {
	x, err := h.claimAt(r)
	if err != nil {
		return err
	}
	return h.showClaim(w, r, http.StatusOK, x, h.claimPage(x, ui.Errors{}))
}

// claimPage is the page of a claim with its forms as they are at first.
func (h *Handlers) claimPage(x db.ClaimRow, errs ui.Errors) views.ClaimPage {
	p := views.ClaimPage{Errors: errs, Agreed: yuanText(cmp.Or(x.Agreed, x.Asked)), Amount: yuanText(x.Agreed), PayDay: h.today(), How: casework.PayMeans[0]}
	for _, s := range x.Shares {
		p.Propose = append(p.Propose, views.ClaimShare{Bearer: s.Bearer, User: idText(s.User), Amount: yuanText(s.Amount)})
	}
	if len(p.Propose) == 0 {
		p.Propose = []views.ClaimShare{{Bearer: casework.BearerBranch, Amount: p.Agreed}}
	}
	return p
}

func (h *Handlers) showClaim(w http.ResponseWriter, r *http.Request, status int, x db.ClaimRow, p views.ClaimPage) error {
	ctx, a := r.Context(), actorOf(r)
	level := h.db.MaskFor(a, x.BranchID, x.OwnerID, x.ClerkID)
	p.ClaimLine, p.ID, p.Version, p.Decider, p.Proposed = h.claimLine(ctx, x), idText(x.ID), versionText(x.Version), x.Decider, yuanShown(x.Agreed)
	p.Note, p.Reason = mask.Text(x.Note, level), mask.Text(x.Reason, level)
	if x.PaidDay != "" {
		p.PaidHow = x.PaidDay + " " + views.PayMeansWord(ctx, x.PaidHow)
	}
	var err error
	if p.Photos, err = h.claimPictures(ctx, x.ID); err != nil {
		return err
	}
	may := h.db.ClaimPowers(a, x)
	if may.Edit && x.State != casework.ClaimPaid && len(p.Photos) < db.MostClaimPhotos {
		p.ProveURL = "/claims/" + p.ID + "/photos"
	}
	p.CanPropose, p.CanPay, p.CanUnpay = may.Edit && x.State != casework.ClaimPaid, may.Edit && x.State == casework.ClaimApproved, may.Approve && x.State == casework.ClaimPaid
	if x.State == casework.ClaimProposed {
		why, err := h.db.MayApprove(ctx, a, x)
		if err != nil {
			return err
		}
		if p.CanDecide = why == casework.Fine && may.Approve; why == casework.OwnProposal {
			p.WhyNot = views.ClaimStopWord(ctx, why)
		} else if why != casework.Fine {
			p.WhyNot = lang.T(ctx, "等有权限的人批准")
		}
	}
	rule, _, err := h.db.CaseworkRule(ctx, x.BranchID, h.today())
	if err != nil {
		return err
	}
	p.Limit = lang.T(ctx, "%s 元以内自己就能定，%s 元以内主管批，再多由经理或总部批。同一件工单的赔款合起来算。", cmp.Or(yuanShown(rule.Limits.Clerk), "0"), cmp.Or(yuanShown(rule.Limits.Leader), "0"))
	takers, err := h.db.TodoTakers(ctx, x.BranchID)
	if err != nil {
		return err
	}
	for _, u := range takers {
		p.Couriers = append(p.Couriers, ui.Option{Value: idText(u.ID), Label: u.Name})
	}
	var bear []int64
	for _, s := range x.Shares {
		bear = append(bear, s.User)
	}
	names, err := h.db.UserNames(ctx, bear) // one who has left, too
	if err != nil {
		return err
	}
	for _, s := range x.Shares {
		label := views.BearerWord(ctx, s.Bearer)
		if s.User != 0 {
			label += " " + names[s.User]
		}
		p.Shares = append(p.Shares, views.Fact{Label: label, Value: yuanShown(s.Amount)})
	}
	for len(p.Propose) < 4 {
		p.Propose = append(p.Propose, views.ClaimShare{})
	}
	return h.render(w, r, status, page{title: lang.T(ctx, "理赔"), body: views.Claim(p), active: "/claims"})
}

// claimDone answers an act on a claim; fault says beside which field a refusal
// stands.
func (h *Handlers) claimDone(w http.ResponseWriter, r *http.Request, x db.ClaimRow, p views.ClaimPage, fault, said string, err error) error {
	ctx := r.Context()
	var stopped *db.CaseStop
	switch {
	case errors.As(err, &stopped):
		p.Errors.Add(fault, views.ClaimStopWord(ctx, stopped.Why[0]))
		err = nil
	case errors.Is(err, db.ErrConflict):
		p.Errors.Add("", lang.T(ctx, "刚才有人先办了。你填的还在，请对照现在的情况再提交一次。"))
		if x, err = h.claimAt(r); err != nil {
			return err
		}
	}
	if err != nil {
		return err
	}
	if p.Errors.Any() {
		return h.showClaim(w, r, http.StatusUnprocessableEntity, x, p)
	}
	h.flash(r, views.Flash{Kind: "ok", Text: said})
	h.redirect(w, r, "/claims/"+idText(x.ID))
	return nil
}

// claimAct reads the form of an act on a claim.
func (h *Handlers) claimAct(r *http.Request) (x db.ClaimRow, ref db.CaseRef, p views.ClaimPage, err error) {
	if err = readForm(r); err != nil {
		return
	}
	x, err = h.claimAt(r)
	version, _ := formInt(r, "version")
	return x, db.CaseRef{ID: x.ID, Version: version}, views.ClaimPage{Errors: ui.Errors{}, Agreed: yuanText(x.Agreed), Amount: yuanText(x.Agreed), PayDay: h.today()}, err
}

// claimPropose says how much is to be paid and who bears it.
func (h *Handlers) claimPropose(w http.ResponseWriter, r *http.Request) error {
	x, ref, p, err := h.claimAct(r)
	if err != nil {
		return err
	}
	ctx := r.Context()
	p.Agreed, p.NewNote = field(r, "agreed"), field(r, "note")
	checkLength(ctx, p.Errors, "note", p.NewNote, 500)
	agreed := claimAmount(ctx, p.Errors, "agreed", p.Agreed)
	bearers, couriers, parts := r.PostForm["bearer"], r.PostForm["courier"], r.PostForm["part"]
	var shares []casework.Share
	for i := range min(len(bearers), len(couriers), len(parts), 10) {
		line := views.ClaimShare{Bearer: clean(bearers[i]), User: clean(couriers[i]), Amount: clean(parts[i])}
		p.Propose = append(p.Propose, line)
		if line.Bearer == "" {
			continue
		}
		n, ok := fen(line.Amount)
		if !ok || n <= 0 {
			p.Errors.Add("share", lang.T(ctx, "填大于 0 的金额，最多两位小数"))
		}
		s := casework.Share{Bearer: line.Bearer, Amount: n}
		if line.Bearer == casework.BearerCourier {
			s.User = db.ParseID(line.User)
		}
		shares = append(shares, s)
	}
	if !p.Errors.Any() {
		if err = h.db.ProposeClaim(ctx, actorOf(r), ref, agreed, shares, p.NewNote); errors.Is(err, db.ErrRefused) {
			p.Errors.Add("share", lang.T(ctx, "这个人接不了，请重选"))
			err = nil
		}
	}
	return h.claimDone(w, r, x, p, "share", lang.T(ctx, "记下了"), err)
}

// claimDecide approves what was proposed, or refuses it.
func (h *Handlers) claimDecide(w http.ResponseWriter, r *http.Request) error {
	x, ref, p, err := h.claimAct(r)
	if err != nil {
		return err
	}
	p.Decision = field(r, "reason")
	yes := field(r, "do") == "approve"
	if checkLength(r.Context(), p.Errors, "reason", p.Decision, 200); !p.Errors.Any() {
		err = h.db.DecideClaim(r.Context(), actorOf(r), ref, yes, p.Decision)
	}
	said := lang.T(r.Context(), "批准了")
	if !yes {
		said = lang.T(r.Context(), "没有批准")
	}
	return h.claimDone(w, r, x, p, "reason", said, err)
}

// claimPay writes down that a claim was paid.
func (h *Handlers) claimPay(w http.ResponseWriter, r *http.Request) error {
	x, ref, p, err := h.claimAct(r)
	if err != nil {
		return err
	}
	ctx := r.Context()
	p.Amount, p.PayDay, p.How = field(r, "amount"), field(r, "day"), field(r, "how")
	amount := claimAmount(ctx, p.Errors, "amount", p.Amount)
	if !dayOK(p.PayDay) || p.PayDay > h.today() {
		p.Errors.Add("day", lang.T(ctx, "填今天或以前的日子"))
	}
	if p.How == "" {
		p.Errors.Add("how", lang.T(ctx, "请选一个"))
	}
	if !p.Errors.Any() {
		err = h.db.PayClaim(ctx, actorOf(r), ref, amount, p.PayDay, p.How)
	}
	return h.claimDone(w, r, x, p, "amount", lang.T(ctx, "付款记下了"), err)
}

// claimUnpay takes back that a claim was paid.
func (h *Handlers) claimUnpay(w http.ResponseWriter, r *http.Request) error {
	x, ref, p, err := h.claimAct(r)
	if err != nil {
		return err
	}
	p.Back = field(r, "back")
	if checkLength(r.Context(), p.Errors, "back", p.Back, 200); !p.Errors.Any() {
		err = h.db.UnpayClaim(r.Context(), actorOf(r), ref, p.Back)
	}
	return h.claimDone(w, r, x, p, "back", lang.T(r.Context(), "付款撤回了"), err)
}
