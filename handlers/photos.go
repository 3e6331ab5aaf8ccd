package handlers

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"mime/multipart"
	"net/http"
	"time"

	"yike/db"
	"yike/internal/photo"
	"yike/policy"
	"yike/views/lang"
	"yike/views/ui"
)

// A visit takes this many photos of this size each; the phone shrinks them
// before it sends, so that a form is seldom larger than two or three MB.
const (
	maxPhotos     = 9
	maxPhotoBytes = 15 << 20
	maxVisitBody  = maxPhotos*maxPhotoBytes + 1<<20
)

// readVisitForm parses the form of a visit, with or without photos, within its
// bound. The caller calls done when it has read them.
func readVisitForm(w http.ResponseWriter, r *http.Request) (done func(), err error) {
	done = func() {}
	r.Body = http.MaxBytesReader(w, r.Body, maxVisitBody)
	err = r.ParseMultipartForm(4 << 20)
	if errors.Is(err, http.ErrNotMultipart) {
		return done, readForm(r)
	}
	if r.MultipartForm != nil {
		done = func() { _ = r.MultipartForm.RemoveAll() } // temporary files; the system sweeps what stays
	}
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		return done, err
	}
	if err != nil {
		return done, fmt.Errorf("%w: %w", errBadRequest, err)
	}
	return done, nil
}

// readPhotos shrinks the photos of a form, upright and without metadata, and
// keeps them. have is how many the visit has already. A fault is noted beside
// the field, and nothing is kept.
func (h *Handlers) readPhotos(ctx context.Context, errs ui.Errors, form *multipart.Form, have int) ([]db.VisitPhoto, error) {
	if form == nil {
		return nil, nil
	}
	var files []*multipart.FileHeader
	for _, f := range form.File["photos"] {
		if f.Size > 0 || f.Filename != "" {
			files = append(files, f)
		}
	}
	if have+len(files) > maxPhotos {
		errs.Add("photos", lang.T(ctx, "最多 %d 张照片", maxPhotos))
		return nil, nil
	}
	var shrunk []photo.Photo
	for i, f := range files {
		p, err := shrink(ctx, f)
		if word := photoFault(ctx, i+1, err); word != "" {
			errs.Add("photos", word)
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		shrunk = append(shrunk, p)
	}
	if errs.Any() {
		return nil, nil // the form comes back; the phone still has the pictures
	}
	var out []db.VisitPhoto
	for _, p := range shrunk {
		hash, err := h.db.PutFile(ctx, bytes.NewReader(p.JPEG), "image/jpeg", time.Time{})
		if err != nil {
			return nil, err
		}
		thumb, err := h.db.PutFile(ctx, bytes.NewReader(p.Thumb), "image/jpeg", time.Time{})
		if err != nil {
			return nil, err
		}
		out = append(out, db.VisitPhoto{Hash: hash, Thumb: thumb})
	}
	return out, nil
}

func shrink(ctx context.Context, f *multipart.FileHeader) (photo.Photo, error) {
	file, err := f.Open()
	if err != nil {
		return photo.Photo{}, fmt.Errorf("open photo: %w", err)
	}
	defer file.Close()
	return photo.Shrink(ctx, file, photo.Options{MaxBytes: maxPhotoBytes})
}

// photoFault says what is wrong with the nth picture and what to do; "" when
// the error is no fault of the picture.
func photoFault(ctx context.Context, n int, err error) string {
	var format *photo.FormatError
	switch {
	case errors.As(err, &format) && format.Format == photo.HEIC:
		return lang.T(ctx, "第 %d 张是 HEIC 格式，存不了。在 iPhone 的“设置 → 相机 → 格式”里选“兼容性最佳”，再拍一次", n)
	case errors.As(err, &format) && format.Format == photo.Unknown:
		return lang.T(ctx, "第 %d 个文件不是照片", n)
	case errors.As(err, &format):
		return lang.T(ctx, "第 %d 张是 %s 格式，存不了。请换成 JPEG 或 PNG", n, string(format.Format))
	case errors.Is(err, photo.ErrTooLarge):
		return lang.T(ctx, "第 %d 张太大，每张最多 15 MB", n)
	case errors.Is(err, photo.ErrPixels):
		return lang.T(ctx, "第 %d 张的像素太多，请用普通模式拍", n)
	case errors.Is(err, photo.ErrDamaged), errors.Is(err, photo.ErrEmpty):
		return lang.T(ctx, "第 %d 张打不开，可能没有传完，请重新选", n)
	}
	return ""
}

// visitPhoto serves a picture of a visit to those who see the visit.
func (h *Handlers) visitPhoto(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	id, err := pathID(r, "id")
	if err != nil {
		return err
	}
	v, err := h.db.Visit(ctx, actorOf(r).Scope(policy.VisitRead), id)
	if err != nil {
		return err
	}
	hash := ""
	for _, p := range v.Photos {
		if p.Hash == r.PathValue("hash") {
			if hash = p.Hash; query(r, "size") == "thumb" {
				hash = p.Thumb
			}
		}
	}
	if hash == "" {
		return fmt.Errorf("photo %q of visit %d: %w", r.PathValue("hash"), id, db.ErrNotFound)
	}
	return h.servePhoto(w, r, hash, "private, max-age=604800, immutable") // its name is its content
}

// servePhoto sends a kept picture as a picture and nothing else.
func (h *Handlers) servePhoto(w http.ResponseWriter, r *http.Request, hash, cache string) error {
	f, err := h.db.OpenFile(r.Context(), hash)
	if err != nil {
		return err
	}
	defer f.Close()
	head := w.Header()
	head.Set("Content-Type", "image/jpeg")
	head.Set("X-Content-Type-Options", "nosniff")
	head.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	head.Set("Cache-Control", cache)
	head.Set("Content-Disposition", "inline")
	http.ServeContent(w, r, "", time.Time{}, f)
	return nil
}
