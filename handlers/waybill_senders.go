package handlers

import (
	"context"
	"errors"
	"net/http"
	"strconv"

	"yike/db"
	"yike/policy"
	"yike/policy/mask"
	"yike/views"
	"yike/views/lang"
)

// senderList is who sent parcels and is nobody on file.
func (h *Handlers) senderList(w http.ResponseWriter, r *http.Request) error {
	ctx, a := r.Context(), actorOf(r)
	list, more, err := h.db.WaybillSenders(ctx, a.Scope(policy.WaybillEdit), 100)
	if err != nil {
		return err
	}
	p := views.SenderList{More: more}
	for _, s := range list {
		p.Rows = append(p.Rows, h.senderLine(ctx, a, s))
	}
	return h.render(w, r, http.StatusOK, page{title: lang.T(ctx, "可能的新客户"), body: views.Senders(p), active: "/waybills"})
}

func (h *Handlers) senderLine(ctx context.Context, a policy.Actor, s db.WaybillSender) views.SenderLine {
	level := h.db.MaskFor(a, s.BranchID, 0, 0)
	number := shownPhone(s.Phone, level)
	line := views.SenderLine{Href: "/waybills/senders/" + idText(s.ID), Name: s.Name, Phone: number, Account: s.Account, Branch: h.db.BranchName(s.BranchID),
		Waybills: views.Thousands(s.Waybills), Freight: yuanColumn(s.Freight), ListHref: "/waybills?sender=" + idText(s.ID), Last: views.DayWord(ctx, s.LastDay, h.today())}
	if line.Name == "" {
		line.Name = number
	}
	if a.Scope(policy.CustomerCreate).SeesBranch(h.db.Chain(s.BranchID)) {
		line.NewHref = "/customers/new?sender=" + idText(s.ID)
	}
	return line
}

// senderShow asks whose the parcels of a sender are: a search among the
// clients, at first for the sender's own name.
func (h *Handlers) senderShow(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "id")
	if err != nil {
		return err
	}
	ctx, a := r.Context(), actorOf(r)
	s, err := h.db.WaybillSender(ctx, a.Scope(policy.WaybillEdit), id)
	if err != nil {
		return err
	}
	if s.CustomerID != 0 {
		h.redirect(w, r, "/customers/"+idText(s.CustomerID)+"/waybills")
		return nil
	}
	level := h.db.MaskFor(a, s.BranchID, 0, 0)
	p := views.SenderPage{SenderLine: h.senderLine(ctx, a, s), ID: idText(id), Version: strconv.FormatInt(s.Version, 10), Address: mask.AddressLine(s.Address, level)}
	p.Query, p.Asked = query(r, "q"), query(r, "q") != ""
	look := p.Query
	if look == "" {
		look = s.Name
	}
	if look != "" {
		hits, _, err := h.db.SearchCustomers(ctx, a.Scope(policy.WaybillEdit), a.Scope(policy.CustomerUnmask), look)
		if err != nil {
			return err
		}
		for _, c := range hits[:min(len(hits), 8)] {
			p.Hits = append(p.Hits, views.SenderHit{ID: idText(c.ID), Name: c.Name, Sub: c.Code, Class: c.Class})
		}
	}
	return h.render(w, r, http.StatusOK, page{title: p.Name, body: views.Sender(p), active: "/waybills"})
}

// senderOf fills the form of a new file with what a bill says of a sender, as
// far as this person may see it; the zero sender when none was asked for.
func (h *Handlers) senderOf(r *http.Request, id string, f *views.CustomerForm) (db.WaybillSender, error) {
	if db.ParseID(id) == 0 {
		return db.WaybillSender{}, nil
	}
	a := actorOf(r)
	s, err := h.db.WaybillSender(r.Context(), a.Scope(policy.WaybillEdit), db.ParseID(id))
	if err != nil {
		return s, err
	}
	f.Sender = id
	f.Values["name"], f.Values["account_no"] = s.Name, s.Account
	if s.Account != "" {
		f.Values["terms"] = "monthly"
	}
	if h.db.MaskFor(a, s.BranchID, 0, 0) != mask.Full {
		return s, nil
	}
	f.Values["contact_name"], f.Values["address"] = s.Contact, s.Address
	if s.Phone != "" {
		f.Phones = []string{s.Phone}
	}
	return s, nil
}

// bringParcels gives a new file the parcels of the sender for whom it was
// opened; that somebody else was quicker changes nothing.
func (h *Handlers) bringParcels(r *http.Request, customer int64) (int64, error) {
	id := db.ParseID(field(r, "sender"))
	if id == 0 {
		return 0, nil
	}
	n, err := h.db.AttachSender(r.Context(), actorOf(r), id, 0, customer)
	if errors.Is(err, db.ErrConflict) || errors.Is(err, db.ErrNotFound) {
		err = nil
	}
	return n, err
}

// senderAttach says whose a sender's parcels are.
func (h *Handlers) senderAttach(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	id, err := pathID(r, "id")
	if err != nil {
		return err
	}
	ctx := r.Context()
	version, _ := formInt(r, "version")
	n, err := h.db.AttachSender(ctx, actorOf(r), id, version, db.ParseID(field(r, "customer")))
	if err != nil {
		return err
	}
	h.flash(r, views.Flash{Kind: "ok", Text: lang.T(ctx, "%d 票已归到这位客户，以后的账单也会", n), UndoURL: "/waybills/senders/" + idText(id) + "/detach"})
	h.redirect(w, r, "/waybills/senders")
	return nil
}

// senderDetach takes it back.
func (h *Handlers) senderDetach(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	id, err := pathID(r, "id")
	if err != nil {
		return err
	}
	if err := h.db.DetachSender(r.Context(), actorOf(r), id); err != nil {
		return err
	}
	h.flash(r, views.Flash{Kind: "ok", Text: lang.T(r.Context(), "已撤销，运单又回到没有客户的样子")})
	h.redirect(w, r, "/waybills/senders")
	return nil
}
