package handlers

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"yike/db"
	"yike/views"
	"yike/views/lang"
	"yike/views/ui"
)

// claimShots reads the pictures that came with a form of a claim.
func (h *Handlers) claimShots(r *http.Request, errs ui.Errors, have int) (out []db.CasePhoto, err error) {
	photos, err := h.readPhotos(r.Context(), errs, r.MultipartForm, have)
	for _, p := range photos {
		out = append(out, db.CasePhoto(p))
	}
	return out, err
}

func (h *Handlers) claimPictures(ctx context.Context, id int64) ([]views.VisitPicture, error) {
	list, err := h.db.ClaimPhotos(ctx, id)
	var out []views.VisitPicture
	for i, p := range list {
		href := "/claims/" + idText(id) + "/photos/" + p.Hash
		out = append(out, views.VisitPicture{Hash: p.Hash, Href: href, Thumb: href + "?size=thumb", Alt: lang.T(ctx, "第 %d 张照片", i+1)})
	}
	return out, err
}

// claimProve hangs further pictures on a claim.
func (h *Handlers) claimProve(w http.ResponseWriter, r *http.Request) error {
	done, err := readVisitForm(w, r)
	defer done()
	if err != nil {
		return err
	}
	x, err := h.claimAt(r)
	if err != nil {
		return err
	}
	errs := ui.Errors{}
	photos, err := h.claimShots(r, errs, 0)
	if err != nil {
		return err
	}
	have, err := h.db.ClaimPhotos(r.Context(), x.ID)
	if err != nil {
		return err
	}
	if len(have)+len(photos) > db.MostClaimPhotos {
		errs.Add("photos", lang.T(r.Context(), "最多 %d 张照片", db.MostClaimPhotos))
	}
	if len(photos) == 0 && !errs.Any() {
		errs.Add("photos", lang.T(r.Context(), "先选照片"))
	}
	if !errs.Any() {
		switch err := h.db.ProveClaim(r.Context(), actorOf(r), db.CaseRef{ID: x.ID, Version: db.ParseID(field(r, "version"))}, photos); {
		case errors.Is(err, db.ErrConflict):
			if x, err = h.claimAt(r); err != nil {
				return err
			}
			errs.Add("photos", lang.T(r.Context(), "有人先改过了，请看过再存一次"))
		case err != nil:
			return err
		}
	}
	if errs.Any() {
		return h.showClaim(w, r, http.StatusUnprocessableEntity, x, h.claimPage(x, errs))
	}
	h.redirect(w, r, "/claims/"+idText(x.ID))
	return nil
}

// claimPhoto serves a picture of a claim to those who see the claim.
func (h *Handlers) claimPhoto(w http.ResponseWriter, r *http.Request) error {
	x, err := h.claimAt(r)
	if err != nil {
		return err
	}
	list, err := h.db.ClaimPhotos(r.Context(), x.ID)
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
	return fmt.Errorf("photo %q of claim %d: %w", r.PathValue("hash"), x.ID, db.ErrNotFound)
}
