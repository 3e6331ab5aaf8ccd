package handlers

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"yike/db"
	"yike/internal/backup"
	"yike/policy"
	"yike/policy/backups"
	"yike/views"
	"yike/views/lang"
	"yike/views/ui"
)

// Tasks of back-ups; internal/jobs runs them.
const (
	backupTask  = "backups.run"
	restoreTask = "backups.restore"
)

// backupLate is the bar that administrators see when no good copy was taken for
// two days; nil otherwise.
func (h *Handlers) backupLate(ctx context.Context, a policy.Actor) *views.Banner {
	if !a.Can(policy.BackupEdit) {
		return nil
	}
	last, late := h.backups.Late()
	if !late {
		return nil
	}
	b := views.Banner{Kind: "over", Text: lang.T(ctx, "已经两天没有做成备份。"), Href: "/backups", LinkText: lang.T(ctx, "去看原因")}
	if !last.IsZero() {
		b.Text = lang.T(ctx, "最近一次做成的备份是 %s，已超过两天。", last.Format("2006-01-02 15:04"))
	}
	return &b
}

// mayBackUp refuses whoever has not the whole company: a copy is all of it.
func (h *Handlers) mayBackUp(r *http.Request) error {
	if !h.db.WholeCompany(actorOf(r).Scope(policy.BackupEdit)) {
		return db.ErrRefused
	}
	return nil
}

func (h *Handlers) backupList(w http.ResponseWriter, r *http.Request) error {
	if err := h.mayBackUp(r); err != nil {
		return err
	}
	ctx := r.Context()
	p := views.Backups{Postgres: h.db.Postgres(), Dir: h.backups.Folder(), KeyFile: h.backups.KeyFile()}
	if p.Postgres {
		return h.render(w, r, http.StatusOK, page{title: lang.T(ctx, "备份"), body: views.BackupPage(p), active: "/backups"})
	}
	list, err := h.backups.List(ctx)
	if err != nil {
		return err
	}
	set, err := h.db.BackupSettings(ctx)
	if err != nil {
		return err
	}
	now := h.db.Now()
	p.Hour, p.Off, p.Second, p.Locked, p.Outside = set.Hour, set.Off, set.Second, set.Locked || h.backups.FromOutside(), h.backups.FromOutside()
	for _, c := range list {
		p.Rows = append(p.Rows, views.BackupRow{Name: c.Name, When: views.TimeWord(ctx, c.At, now), Why: views.BackupWhyWord(ctx, c.Why), Size: views.BytesWord(c.Size),
			Good: c.Good, Locked: c.Sealed, Second: c.Second, Rows: views.Thousands(c.Rows), File: "/backups/file/" + c.Name, Restore: "/backups/restore?from=" + c.Name})
	}
	if i := slices.IndexFunc(list, func(c backup.Copy) bool { return c.Good }); i >= 0 {
		p.Last = &p.Rows[i]
	}
	_, p.Late = h.backups.Late()
	fault, err := h.db.BackupFault(ctx)
	if err != nil {
		return err
	}
	if fault.Code != "" {
		code, second := strings.CutPrefix(fault.Code, "second-")
		p.Fault, p.FaultSecond, p.FaultDetail = views.BackupFaultWord(ctx, code), second, fault.Detail
		p.FaultWhen = views.TimeWord(ctx, time.UnixMilli(fault.At), now)
	}
	asides, err := h.backups.Asides()
	if err != nil {
		return err
	}
	for _, x := range asides {
		p.Asides = append(p.Asides, views.BackupAside{Name: x.Name, When: views.TimeWord(ctx, x.At.In(db.Zone), now), Size: views.BytesWord(x.Size), Upgrade: x.Old, Restore: "/backups/restore?from=" + x.Name, Drop: "/backups/former?name=" + x.Name})
	}
	return h.render(w, r, http.StatusOK, page{title: lang.T(ctx, "备份"), body: views.BackupPage(p), active: "/backups"})
}

// backupNow starts a copy, which may be left.
func (h *Handlers) backupNow(w http.ResponseWriter, r *http.Request) error {
	if err := h.mayBackUp(r); err != nil {
		return err
	}
	ctx, a := r.Context(), actorOf(r)
	if h.db.Postgres() {
		return db.ErrRefused
	}
	if err := h.db.RecordBackup(ctx, a, "backups.run", ""); err != nil {
		return err
	}
	id, err := h.db.StartTask(ctx, a, backupTask, "{}")
	if err != nil {
		return err
	}
	h.wake()
	h.redirect(w, r, "/backups/work/"+idText(id))
	return nil
}

// backupWork shows how far a copy or a restore is; it asks again by itself.
func (h *Handlers) backupWork(w http.ResponseWriter, r *http.Request) error {
	if err := h.mayBackUp(r); err != nil {
		return err
	}
	id, err := pathID(r, "id")
	if err != nil {
		return err
	}
	ctx := r.Context()
	task, err := h.db.Task(ctx, actorOf(r), id)
	if err == nil && task.Kind != backupTask && task.Kind != restoreTask {
		err = db.ErrNotFound
	}
	if err != nil {
		return err
	}
	p := views.BackupWork{Href: "/backups/work/" + idText(id), Restore: task.Kind == restoreTask, State: task.State, Done: task.Done, Total: task.Total}
	p.Step = views.BackupStepWord(ctx, p.Restore, task.Done)
	title := lang.T(ctx, "正在备份")
	if p.Restore {
		title = lang.T(ctx, "正在恢复")
	}
	if task.State == "failed" {
		p.Fault = views.BackupFaultWord(ctx, task.Error)
	}
	if task.State == "done" && !p.Restore {
		h.flash(r, views.Flash{Kind: "ok", Text: lang.T(ctx, "备份做好了，读回来核对过，是完好的。")})
		h.redirect(w, r, "/backups")
		return nil
	}
	return h.render(w, r, http.StatusOK, page{title: title, body: views.BackupWorkPage(p), partial: views.BackupProgress(p), active: "/backups"})
}

// backupFile sends a copy; the record of that stands before its first byte.
func (h *Handlers) backupFile(w http.ResponseWriter, r *http.Request) error {
	if err := h.mayBackUp(r); err != nil {
		return err
	}
	f, err := h.backups.Open(r.Context(), actorOf(r), r.PathValue("name"))
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	// A gigabyte over a slow line takes longer than a page may.
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(6 * time.Hour))
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Content-Disposition", `attachment; filename="`+info.Name()+`"`)
	http.ServeContent(w, r, info.Name(), info.ModTime(), f)
	return nil
}

func (h *Handlers) backupSettingsForm(w http.ResponseWriter, r *http.Request) error {
	if err := h.mayBackUp(r); err != nil {
		return err
	}
	set, err := h.db.BackupSettings(r.Context())
	if err != nil {
		return err
	}
	f := views.BackupForm{Hour: strconv.Itoa(set.Hour), Off: set.Off, Second: set.Second, Version: strconv.FormatInt(set.Version, 10), Errors: ui.Errors{}}
	return h.showBackupForm(w, r, http.StatusOK, f, set)
}

func (h *Handlers) showBackupForm(w http.ResponseWriter, r *http.Request, status int, f views.BackupForm, set db.BackupSettings) error {
	f.Locked, f.Outside = set.Locked, h.backups.FromOutside()
	return h.render(w, r, status, page{title: lang.T(r.Context(), "备份设置"), body: views.BackupSettings(f), active: "/backups"})
}

func (h *Handlers) backupSettingsSave(w http.ResponseWriter, r *http.Request) error {
	err := h.mayBackUp(r)
	if err == nil {
		err = readForm(r)
	}
	if err != nil {
		return err
	}
	ctx := r.Context()
	set, err := h.db.BackupSettings(ctx)
	if err != nil {
		return err
	}
	f := views.BackupForm{Hour: field(r, "hour"), Off: field(r, "off") == "1", Second: field(r, "second"), Drop: field(r, "drop") == "1", Version: field(r, "version"), Errors: ui.Errors{}}
	phrase, again := field(r, "phrase"), field(r, "again")
	in := db.BackupSettings{Settings: backups.Settings{Off: f.Off, Second: f.Second}, Version: db.ParseID(f.Version)}
	if in.Hour, err = strconv.Atoi(f.Hour); err != nil {
		in.Hour = -1
	}
	for _, name := range in.Faults(filepath.IsAbs) {
		f.Errors.Add(name, views.BackupFieldFault(ctx, name))
	}
	if fault := backups.PhraseFault(phrase); phrase != "" && fault != "" {
		f.Errors.Add("phrase", views.BackupFieldFault(ctx, fault))
	} else if phrase != again {
		f.Errors.Add("again", lang.T(ctx, "两次填的不一样"))
	}
	if !f.Errors.Any() {
		switch err := h.db.SaveBackupSettings(ctx, actorOf(r), in, phrase, f.Drop); {
		case errors.Is(err, db.ErrConflict):
			f.Version = strconv.FormatInt(set.Version, 10)
			f.Errors.Add("", lang.T(ctx, "刚才有人改过备份设置。你填的还在，看过再保存一次。"))
		case errors.Is(err, db.ErrNoKey):
			f.Errors.Add("phrase", lang.T(ctx, "密钥文件不在，存不了密码。先把密钥文件放回原处。"))
		case err != nil:
			return err
		}
	}
	if f.Errors.Any() {
		return h.showBackupForm(w, r, http.StatusUnprocessableEntity, f, set)
	}
	if err := h.backups.Look(ctx); err != nil {
		h.log.Warn("look at the back-ups", "err", err)
	}
	h.flash(r, views.Flash{Kind: "ok", Text: lang.T(ctx, "备份设置存好了，下一次备份起算")})
	h.redirect(w, r, "/backups")
	return nil
}

// restoreOf reads which copy is to be brought back.
func (h *Handlers) restoreOf(ctx context.Context, name string) (views.RestoreForm, error) {
	f := views.RestoreForm{From: name, Errors: ui.Errors{}}
	if h.db.Postgres() {
		return f, db.ErrNotFound
	}
	if _, err := h.backups.Find(name); err != nil {
		return f, err
	}
	now := h.db.Now()
	f.When = views.TimeWord(ctx, now, now)
	if c, locked, ok := backups.Parse(name, db.Zone); ok {
		f.When, f.Locked = views.TimeWord(ctx, c.At, now), locked
	} else {
		list, err := h.backups.Asides()
		if err != nil {
			return f, err
		}
		for _, x := range list {
			if x.Name == name {
				f.When, f.Aside = views.TimeWord(ctx, x.At.In(db.Zone), now), true
			}
		}
	}
	return f, nil
}

func (h *Handlers) restoreAsk(w http.ResponseWriter, r *http.Request) error {
	if err := h.mayBackUp(r); err != nil {
		return err
	}
	f, err := h.restoreOf(r.Context(), query(r, "from"))
	if err != nil {
		return err
	}
	return h.render(w, r, http.StatusOK, page{title: lang.T(r.Context(), "恢复备份"), body: views.Restore(f), active: "/backups"})
}

// restoreStart begins a restore, once the word was typed that confirms it.
func (h *Handlers) restoreStart(w http.ResponseWriter, r *http.Request) error {
	err := h.mayBackUp(r)
	if err == nil {
		err = readForm(r)
	}
	if err != nil {
		return err
	}
	ctx, a := r.Context(), actorOf(r)
	f, err := h.restoreOf(ctx, field(r, "from"))
	if err != nil {
		return err
	}
	if f.Typed = field(r, "confirm"); f.Typed != views.RestoreWord(ctx) {
		f.Errors.Add("confirm", lang.T(ctx, "照样填写“%s”", views.RestoreWord(ctx)))
		return h.render(w, r, http.StatusUnprocessableEntity, page{title: lang.T(ctx, "恢复备份"), body: views.Restore(f), active: "/backups"})
	}
	if err := h.db.RecordBackup(ctx, a, "backups.restore", f.From); err != nil {
		return err
	}
	in := map[string]string{"From": f.From}
	if phrase := field(r, "phrase"); phrase != "" {
		in["Ticket"] = h.backups.Type(phrase)
	}
	payload, err := json.Marshal(in)
	if err != nil {
		return err
	}
	id, err := h.db.StartTask(ctx, a, restoreTask, string(payload))
	if err != nil {
		return err
	}
	h.wake()
	h.redirect(w, r, "/backups/work/"+idText(id))
	return nil
}

// formerOf reads which former state of the data is to be removed.
func (h *Handlers) formerOf(ctx context.Context, name string) (views.FormerForm, error) {
	f := views.FormerForm{Name: name, Errors: ui.Errors{}}
	if h.db.Postgres() {
		return f, db.ErrNotFound
	}
	list, err := h.backups.Asides()
	if err != nil {
		return f, err
	}
	i := slices.IndexFunc(list, func(x backup.Aside) bool { return x.Name == name })
	if i < 0 {
		return f, db.ErrNotFound
	}
	x := list[i]
	f.When, f.Size, f.Upgrade = views.TimeWord(ctx, x.At.In(db.Zone), h.db.Now()), views.BytesWord(x.Size), x.Old
	return f, nil
}

// formerAsk asks before a former state of the data is removed.
func (h *Handlers) formerAsk(w http.ResponseWriter, r *http.Request) error {
	if err := h.mayBackUp(r); err != nil {
		return err
	}
	f, err := h.formerOf(r.Context(), query(r, "name"))
	if err != nil {
		return err
	}
	return h.render(w, r, http.StatusOK, page{title: lang.T(r.Context(), "删除旧数据"), body: views.DropFormer(f), active: "/backups"})
}

func (h *Handlers) formerDrop(w http.ResponseWriter, r *http.Request) error {
	err := h.mayBackUp(r)
	if err == nil {
		err = readForm(r)
	}
	if err != nil {
		return err
	}
	ctx := r.Context()
	f, err := h.formerOf(ctx, field(r, "name"))
	if err != nil {
		return err
	}
	if f.Typed = field(r, "confirm"); f.Typed != views.DropWord(ctx) {
		f.Errors.Add("confirm", lang.T(ctx, "照样填写“%s”", views.DropWord(ctx)))
		return h.render(w, r, http.StatusUnprocessableEntity, page{title: lang.T(ctx, "删除旧数据"), body: views.DropFormer(f), active: "/backups"})
	}
	err = h.backups.DropAside(ctx, actorOf(r), f.Name)
	if backup.Code(err) == backup.Busy {
		h.flash(r, views.Flash{Kind: "soon", Text: lang.T(ctx, "正在恢复数据，等它做完再删")})
		h.redirect(w, r, "/backups")
		return nil
	}
	if err != nil {
		return err
	}
	h.flash(r, views.Flash{Kind: "ok", Text: lang.T(ctx, "那份旧数据删掉了，腾出 %s", f.Size)})
	h.redirect(w, r, "/backups")
	return nil
}
