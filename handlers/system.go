package handlers

import (
	"bytes"
	"cmp"
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/skip2/go-qrcode"

	"yike/db"
	"yike/policy"
	"yike/views"
	"yike/views/lang"
)

// Machine is what a process knows of itself and of what it runs on.
type Machine struct {
	Data      string        // the data folder
	Up        time.Duration // since the process began
	Listens   bool          // to other machines
	Addresses []string      // where phones reach it
	// Certificate is nil for plain HTTP.
	Certificate *Certificate
}

// Certificate is what TLS is served with.
type Certificate struct {
	Fingerprint string
	Ends        time.Time
	Own         bool // made by the program, which makes the next one itself
}

// certSoon is how long before its end a given certificate is warned of.
const certSoon = 30 * 24 * time.Hour

// mayRun refuses whoever has not the whole company: the machine serves all of it.
func (h *Handlers) mayRun(r *http.Request) error {
	if !h.db.WholeCompany(actorOf(r).Scope(policy.SystemRead)) {
		return db.ErrRefused
	}
	return nil
}

// system shows whoever keeps the program running how it stands, and where
// phones open it.
func (h *Handlers) system(w http.ResponseWriter, r *http.Request) error {
	if err := h.mayRun(r); err != nil {
		return err
	}
	ctx := r.Context()
	now := h.db.Now()
	p := views.System{Version: h.version}
	have, want, err := h.db.Schema(ctx)
	if err != nil {
		return err
	}
	if p.Schema = fmt.Sprint(have); have != want {
		p.Schema = fmt.Sprintf("%d / %d", have, want)
	}
	if p.Engine, err = h.db.Engine(ctx); err != nil {
		return err
	}
	for _, n := range h.db.Sizes() {
		p.Bytes += n
	}
	if h.diskLeft != nil {
		if left, err := h.diskLeft(); err == nil { // where the system does not say, the page does not
			p.DiskLeft, p.DiskLow = views.BytesWord(int64(left)), left < diskLow
		}
	}
	if state := h.db.Health(); state.CheckedAt > 0 {
		p.Checked, p.Faults = views.TimeWord(ctx, time.UnixMilli(state.CheckedAt), now), state.Faults
	}
	h.systemBackup(ctx, actorOf(r), now, &p)
	if err := h.systemMachine(ctx, now, &p); err != nil {
		return err
	}
	if p.Jobs, err = h.systemJobs(ctx, now); err != nil {
		return err
	}
	return h.render(w, r, http.StatusOK, page{title: lang.T(ctx, "运行情况"), body: views.SystemPage(p), active: "/system"})
}

func (h *Handlers) systemBackup(ctx context.Context, a policy.Actor, now time.Time, p *views.System) {
	if p.Postgres = h.db.Postgres(); p.Postgres {
		return
	}
	last, late := h.backups.Late()
	p.Backup, p.BackupLate = views.TimeWord(ctx, last, now), late
	if a.Can(policy.BackupEdit) {
		p.BackupHref = "/backups"
	}
}

// systemMachine puts down what the process knows, and draws the address.
func (h *Handlers) systemMachine(ctx context.Context, now time.Time, p *views.System) error {
	if h.machine == nil {
		return nil
	}
	m := h.machine()
	p.Data, p.Up, p.Listens = m.Data, views.TookWord(ctx, m.Up), m.Listens
	if c := m.Certificate; c != nil {
		p.TLS, p.Own, p.Fingerprint = true, c.Own, c.Fingerprint
		p.Ends = views.DayWord(ctx, db.Day(c.Ends), h.today())
		p.Ended, p.EndsSoon = !c.Ends.After(now), c.Ends.Sub(now) < certSoon
	}
	if len(m.Addresses) == 0 {
		return nil
	}
	p.Address, p.Others = m.Addresses[0], m.Addresses[1:]
	png, err := qrcode.Encode(p.Address, qrcode.Medium, 232)
	if err != nil {
		return fmt.Errorf("draw the address: %w", err)
	}
	p.Picture = "data:image/png;base64," + base64.StdEncoding.EncodeToString(png)
	return nil
}

// systemJobs lists what runs by itself: what failed first, then by name.
func (h *Handlers) systemJobs(ctx context.Context, now time.Time) ([]views.SystemJob, error) {
	states, err := h.db.JobStates(ctx)
	if err != nil {
		return nil, err
	}
	var out []views.SystemJob
	for _, s := range states {
		j := views.SystemJob{Name: views.JobWord(ctx, s.Job), State: s.State, When: views.TimeWord(ctx, time.UnixMilli(s.StartedAt), now)}
		if s.EndedAt > 0 {
			j.Took = views.TookWord(ctx, time.Duration(s.EndedAt-s.StartedAt)*time.Millisecond)
		}
		out = append(out, j)
	}
	failed := func(j views.SystemJob) int {
		if j.State == "failed" {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(out, func(a, b views.SystemJob) int { return cmp.Compare(failed(a), failed(b)) })
	return out, nil
}

// systemDiagnosis hands the diagnosis out, and leaves on record that it did.
func (h *Handlers) systemDiagnosis(w http.ResponseWriter, r *http.Request) error {
	if err := h.mayRun(r); err != nil {
		return err
	}
	if h.diagnose == nil {
		return db.ErrNotFound
	}
	ctx := r.Context()
	var text bytes.Buffer
	if err := h.diagnose(ctx, &text); err != nil {
		return err
	}
	if err := h.db.RecordDiagnosis(ctx, actorOf(r)); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/zip")
	w.Header().Set("Content-Disposition", `attachment; filename="yike-diagnose-`+h.db.Now().Format("20060102-1504")+`.zip"`)
	_, _ = w.Write(text.Bytes()) // the reader may have left
	return nil
}
