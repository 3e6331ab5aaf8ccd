package handlers

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/skip2/go-qrcode"

	"yike/db"
	"yike/policy"
	"yike/policy/rating"
	"yike/views"
	"yike/views/lang"
	"yike/views/ui"
)

// rateTokenLen is 32 letters of 5 bits: 160 random bits.
const rateTokenLen = 32

// newRateToken makes the secret of a link.
func newRateToken() string { return strings.ToLower(rand.Text() + rand.Text())[:rateTokenLen] }

// askOf reads what a question is about.
func askOf(value func(string) string) db.RatingAsk {
	return db.RatingAsk{CustomerID: db.ParseID(value("customer")), WaybillID: db.ParseID(value("waybill")), CaseID: db.ParseID(value("case")), Number: value("number")}
}

// askHref is the page that asks about it.
func askHref(s db.RatedSubject) string { return "/ratings/ask?" + askQuery(s).Encode() }

func askQuery(s db.RatedSubject) url.Values {
	v := url.Values{}
	switch {
	case s.CaseID != 0:
		v.Set("case", idText(s.CaseID))
	case s.WaybillID != 0:
		v.Set("waybill", idText(s.WaybillID))
	default:
		v.Set("customer", idText(s.CustomerID))
	}
	return v
}

// ratingAsk is the page on which a client is asked: the device handed over, or
// a link. Without a subject it asks for the number of a waybill.
func (h *Handlers) ratingAsk(w http.ResponseWriter, r *http.Request) error {
	ask := askOf(func(name string) string { return query(r, name) })
	if ask == (db.RatingAsk{}) {
		return h.showAsk(w, r, http.StatusOK, views.RatingAsk{Errors: ui.Errors{}})
	}
	s, err := h.db.RatedSubject(r.Context(), actorOf(r), ask)
	if errors.Is(err, db.ErrNotFound) && ask.Number != "" {
		p := views.RatingAsk{Number: ask.Number, Errors: ui.Errors{}}
		p.Errors.Add("number", lang.T(r.Context(), "你能看的运单里没有这个号，请核对"))
		return h.showAsk(w, r, http.StatusUnprocessableEntity, p)
	}
	if err != nil {
		return err
	}
	p, err := h.askPage(r, s)
	if err != nil {
		return err
	}
	return h.showAsk(w, r, http.StatusOK, p)
}

func (h *Handlers) showAsk(w http.ResponseWriter, r *http.Request, status int, p views.RatingAsk) error {
	return h.render(w, r, status, page{title: lang.T(r.Context(), "请客户评价"), body: views.RatingAskPage(p), active: "/ratings/ask", scripts: []string{"account.js"}})
}

// askPage is the page about one subject, with what was asked of it before.
func (h *Handlers) askPage(r *http.Request, s db.RatedSubject) (views.RatingAsk, error) {
	ctx, a := r.Context(), actorOf(r)
	p := views.RatingAsk{Kind: views.RatingKindWord(ctx, s.Kind), Customer: s.Customer, Number: s.Number, Code: s.Code, Open: s.Open, Day: views.DayWord(ctx, s.Day, h.today()), Asked: true,
		CustomerID: idText(s.CustomerID), WaybillID: idText(s.WaybillID), CaseID: idText(s.CaseID), Key: rand.Text(), Links: h.rateURL != "", Errors: ui.Errors{}}
	if s.CustomerID != 0 && a.Can(policy.CustomerRead) {
		p.CustomerHref = "/customers/" + idText(s.CustomerID)
	}
	if s.CaseID != 0 {
		p.CaseHref = "/cases/" + idText(s.CaseID)
	}
	about := s.CustomerID
	if s.WaybillID != 0 || s.CaseID != 0 {
		about = 0
	}
	list, err := h.db.RatingsAbout(ctx, a.Scope(policy.RatingAsk), about, s.WaybillID, s.CaseID)
	if err != nil {
		return p, err
	}
	now := h.db.Now()
	for _, x := range list {
		line := views.RatingAsked{Who: x.Asker, Way: views.RatingWayWord(ctx, x.Way), When: views.TimeWord(ctx, time.UnixMilli(x.AskedAt), now)}
		switch {
		case x.AnsweredAt != 0:
			line.State = views.ScoreWord(ctx, x.Score)
			if !a.Can(policy.RatingRead) {
				line.State = lang.T(ctx, "已经评过")
			}
			p.Rated = p.Rated || (s.WaybillID != 0 || s.CaseID != 0) && x.AnsweredAt >= s.Since
		case x.RevokedAt != 0:
			line.State = lang.T(ctx, "已经作废")
		case x.ExpiresAt <= now.UnixMilli():
			line.State = lang.T(ctx, "过期了，没有评")
		default:
			line.State, line.Revoke = lang.T(ctx, "等客户评"), "/ratings/"+idText(x.ID)+"/revoke"
		}
		p.Before = append(p.Before, line)
	}
	return p, nil
}

// ratingMake asks: it hands the device over, or shows a link, now and never
// again.
func (h *Handlers) ratingMake(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	ctx, a := r.Context(), actorOf(r)
	ask := askOf(func(name string) string { return field(r, name) })
	ask.Way = field(r, "way")
	sent := db.Submission{}
	switch ask.Way {
	case rating.OwnDevice:
		sent.Key = field(r, "key")
	case rating.Link:
		ask.Token = newRateToken()
	}
	if ask.Way != rating.OwnDevice && (ask.Way != rating.Link || h.rateURL == "") {
		return errBadRequest
	}
	asked, err := h.db.AskRating(ctx, a, sent, ask)
	if errors.Is(err, db.ErrRated) || errors.Is(err, db.ErrCaseStop) {
		if errors.Is(err, db.ErrRated) { // else the page says why
			h.flash(r, views.Flash{Kind: "soon", Text: lang.T(ctx, "这一件已经评过了，不再问")})
		}
		h.redirect(w, r, askHref(db.RatedSubject{CustomerID: ask.CustomerID, WaybillID: ask.WaybillID, CaseID: ask.CaseID}))
		return nil
	}
	if err != nil {
		return err
	}
	if ask.Way == rating.OwnDevice {
		h.redirect(w, r, "/ratings/"+idText(asked.ID)+"/hand")
		return nil
	}
	s, err := h.db.RatedSubject(ctx, a, db.RatingAsk{CustomerID: asked.CustomerID, WaybillID: asked.WaybillID, CaseID: asked.CaseID})
	if err != nil {
		return err
	}
	p, err := h.askPage(r, s)
	if err != nil {
		return err
	}
	p.Link = h.rateURL + "/r/" + ask.Token
	p.Until = views.DayWord(ctx, db.Day(time.UnixMilli(asked.ExpiresAt)), h.today())
	png, err := qrcode.Encode(p.Link+"?q=1", qrcode.Medium, 232)
	if err != nil {
		return err
	}
	p.Picture = "data:image/png;base64," + base64.StdEncoding.EncodeToString(png)
	return h.showAsk(w, r, http.StatusOK, p)
}

// ratingRevoke takes a question back.
func (h *Handlers) ratingRevoke(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "id")
	if err != nil {
		return err
	}
	ctx, a := r.Context(), actorOf(r)
	if err := h.db.RevokeRating(ctx, a, id); err != nil {
		return err
	}
	x, err := h.db.RatingRow(ctx, a.Scope(policy.RatingAsk), id)
	if err != nil {
		return err
	}
	h.flash(r, views.Flash{Kind: "ok", Text: lang.T(ctx, "作废了，那个链接打不开了")})
	h.redirect(w, r, askHref(db.RatedSubject{CustomerID: x.CustomerID, WaybillID: x.WaybillID, CaseID: x.CaseID}))
	return nil
}
