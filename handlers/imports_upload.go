package handlers

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"yike/db"
	"yike/internal/sheet"
	"yike/policy"
	"yike/views"
	"yike/views/lang"
	"yike/views/ui"
)

// maxImport bounds an uploaded file.
const maxImport = 64 << 20

// importKept is how long an uploaded file is kept: as long as its import can
// be taken back.
const importKept = db.UndoImportFor + 48*time.Hour

func (h *Handlers) importNew(w http.ResponseWriter, r *http.Request) error {
	kind := query(r, "kind")
	if kind != db.ImportVisits && kind != db.ImportWaybills && kind != db.ImportPayments && kind != db.ImportCases {
		kind = db.ImportCustomers
	}
	return h.showUpload(w, r, http.StatusOK, views.ImportNew{Kind: kind, Branch: h.usualBranch(actorOf(r), policy.ImportRun), Errors: ui.Errors{}})
}

// usualBranch is where the actor's work goes unless they say otherwise: their
// own branch, or for somebody of a region or of head office the first branch
// within reach, since clients belong to branches.
func (h *Handlers) usualBranch(a policy.Actor, p policy.Permission) string {
	first := ""
	for _, b := range h.db.Branches(context.Background(), a.Scope(p)) {
		if b.Level != db.LevelBranch || !b.Active {
			continue
		}
		if b.ID == a.Branch {
			return idText(b.ID)
		}
		if first == "" {
			first = idText(b.ID)
		}
	}
	if first == "" {
		return idText(a.Branch)
	}
	return first
}

func (h *Handlers) showUpload(w http.ResponseWriter, r *http.Request, status int, f views.ImportNew) error {
	ctx := r.Context()
	f.Branches = h.branchOptions(ctx, actorOf(r).Scope(policy.ImportRun))
	if !slices.ContainsFunc(f.Branches, func(o ui.Option) bool { return o.Value == f.Branch }) && len(f.Branches) > 0 {
		f.Branch = f.Branches[0].Value
	}
	if f.Submission == "" {
		f.Submission = requestID(ctx)
	}
	return h.render(w, r, status, page{title: lang.T(ctx, "导入"), body: views.ImportUpload(f), active: "/imports", scripts: []string{"import.js"}})
}

// importCreate takes an uploaded file. Whether it is a spreadsheet at all is
// said at once, by its content; everything else is the task's.
func (h *Handlers) importCreate(w http.ResponseWriter, r *http.Request) error {
	ctx, a := r.Context(), actorOf(r)
	f := views.ImportNew{Kind: db.ImportCustomers, Branch: idText(a.Branch), Errors: ui.Errors{}}
	name, file, err := h.readUpload(w, r, &f)
	if file != nil {
		defer os.Remove(file.Name())
		defer file.Close()
	}
	refuse := func(sentence string) error {
		f.Errors.Add("file", sentence)
		return h.showUpload(w, r, http.StatusUnprocessableEntity, f)
	}
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		w.Header().Set("Connection", "close")
		return refuse(views.ImportFaultWord(ctx, tooBig(f.Kind)))
	case err != nil:
		return err
	case file == nil || name == "":
		return refuse(lang.T(ctx, "请选一个文件"))
	}
	size, err := file.Seek(0, io.SeekEnd)
	if err != nil {
		return fmt.Errorf("uploaded file: %w", err)
	}
	if _, err := sheet.OpenReader(file, size, sheet.Options{MaxFile: maxImport}); err != nil {
		if code := sheetFault(err); code != "" {
			if code == "too_big" {
				code = tooBig(f.Kind)
			}
			return refuse(views.ImportFaultWord(ctx, code))
		}
		return fmt.Errorf("uploaded file: %w", err)
	}
	branch := db.ParseID(f.Branch)
	if !a.Scope(policy.ImportRun).SeesBranch(h.db.Chain(branch)) {
		return fmt.Errorf("branch %q: %w", f.Branch, db.ErrNotFound)
	}
	if !h.db.BranchOpen(branch) {
		f.Errors.Add("branch", lang.T(ctx, "这个网点已停用，请换一个在用的"))
		return h.showUpload(w, r, http.StatusUnprocessableEntity, f)
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("uploaded file: %w", err)
	}
	hash, err := h.db.PutFile(ctx, file, "application/octet-stream", h.db.Now().Add(importKept))
	if err != nil {
		return err
	}
	id, err := h.db.CreateImport(ctx, a, db.Submission{Key: f.Submission}, db.NewImport{Kind: f.Kind, FileName: name, FileHash: hash, Branch: branch})
	if err != nil {
		return err
	}
	h.wake()
	h.redirect(w, r, "/imports/"+idText(id))
	return nil
}

// readUpload reads the form part by part and spools the file to disk, never
// into memory.
func (h *Handlers) readUpload(w http.ResponseWriter, r *http.Request, f *views.ImportNew) (name string, file *os.File, err error) {
	r.Body = http.MaxBytesReader(w, r.Body, maxImport+64<<10)
	parts, err := r.MultipartReader()
	if err != nil {
		return "", nil, fmt.Errorf("%w: %w", errBadRequest, err)
	}
	for n := 0; n < 20; n++ {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return name, file, nil
		}
		var tooLarge *http.MaxBytesError
		if errors.As(err, &tooLarge) {
			return name, file, err
		}
		if err != nil {
			return name, file, fmt.Errorf("%w: %w", errBadRequest, err)
		}
		if part.FormName() == "file" && file == nil {
			name = clean(filepath.Base(strings.ReplaceAll(part.FileName(), `\`, "/")))
			if part.FileName() == "" {
				name = ""
			}
			if file, err = os.CreateTemp("", "yike-upload-*"); err != nil {
				return name, nil, fmt.Errorf("a place for the file: %w", err)
			}
			if _, err := io.Copy(file, part); err != nil {
				if errors.As(err, &tooLarge) {
					return name, file, err
				}
				return name, file, fmt.Errorf("%w: %w", errBadRequest, err)
			}
			continue
		}
		b, err := io.ReadAll(io.LimitReader(part, 4<<10))
		if err != nil {
			return name, file, fmt.Errorf("%w: %w", errBadRequest, err)
		}
		switch v := clean(string(b)); part.FormName() {
		case "kind":
			if v == db.ImportVisits || v == db.ImportCustomers || v == db.ImportWaybills || v == db.ImportPayments || v == db.ImportCases {
				f.Kind = v
			}
		case "branch":
			f.Branch = v
		case "submission":
			f.Submission = v
		}
	}
	return name, file, fmt.Errorf("%w: too many parts", errBadRequest)
}

// tooBig is the fault of a file beyond maxImport. A bill beyond it is brought by
// the command.
func tooBig(kind string) string {
	if kind == db.ImportWaybills {
		return "bill_too_big"
	}
	return "too_big"
}

func sheetFault(err error) string {
	for _, x := range []struct {
		err  error
		code string
	}{
		{sheet.ErrEmpty, "empty"}, {sheet.ErrEncrypted, "encrypted"}, {sheet.ErrTruncated, "truncated"}, {sheet.ErrDamaged, "damaged"},
		{sheet.ErrNotSheet, "not_sheet"}, {sheet.ErrTooBig, "too_big"}, {sheet.ErrOldXLS, "old_xls"}, {sheet.ErrNoSheet, "no_sheet"},
	} {
		if errors.Is(err, x.err) {
			return x.code
		}
	}
	return ""
}
