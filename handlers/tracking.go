package handlers

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"strconv"
	"strings"
	"time"

	"yike/db"
	"yike/policy"
	"yike/policy/mask"
	"yike/policy/place"
	"yike/policy/tracking"
	"yike/views"
	"yike/views/lang"
	"yike/views/ui"
)

// maxTrackBody bounds what is sent at once: files and pasted text together.
const maxTrackBody = 2*tracking.MaxBytes + 1<<16

// trackForm asks for answers of the tracking services.
func (h *Handlers) trackForm(w http.ResponseWriter, r *http.Request) error {
	return h.showTracks(w, r, http.StatusOK, views.TrackForm{Errors: ui.Errors{}})
}

func (h *Handlers) showTracks(w http.ResponseWriter, r *http.Request, status int, f views.TrackForm) error {
	if !f.Looked {
		if err := h.trackReads(r.Context(), actorOf(r), &f); err != nil {
			return err
		}
	}
	return h.render(w, r, status, page{title: lang.T(r.Context(), "更新轨迹"), body: views.Tracks(f), active: "/waybills"})
}

// trackRead shows what answers would change, or takes them in.
func (h *Handlers) trackRead(w http.ResponseWriter, r *http.Request) error {
	docs, names, err := trackDocs(w, r)
	if err != nil {
		return err
	}
	ctx, a := r.Context(), actorOf(r)
	f := views.TrackForm{Errors: ui.Errors{}, Looked: true, Text: strings.ToValidUTF8(r.PostFormValue("text"), "")}
	size := 0
	for _, d := range docs {
		size += len(d)
	}
	if size > tracking.MaxBytes {
		f.Errors.Add("text", lang.T(ctx, "一起超过 2 MB，分几次传"))
	} else if size == 0 {
		f.Errors.Add("text", lang.T(ctx, "贴一段查询结果，或者选文件"))
	}
	if f.Errors.Any() {
		f.Looked = false
		return h.showTracks(w, r, http.StatusUnprocessableEntity, f)
	}
	list, faults := tracking.Read(docs...)
	if field(r, "do") == "apply" {
		return h.trackApply(w, r, list)
	}
	plan, err := h.db.PlanTracks(ctx, a, list)
	if err != nil {
		return err
	}
	f.Carry = strings.ToValidUTF8(string(tracking.Plain(docs...)), "")
	for _, x := range faults {
		f.Faults = append(f.Faults, views.TrackFault{Where: names[min(x.Doc, len(names)-1)], Number: x.Number, Text: views.TrackFaultWord(ctx, x.Code, x.Arg)})
	}
	n := 0
	for _, c := range plan {
		line := h.trackPlan(ctx, c)
		if !line.Missing && (c.New > 0 || c.Changed) {
			n++
		}
		f.Rows = append(f.Rows, line)
	}
	f.Count = lang.T(ctx, "%d 票有新消息", n)
	status := http.StatusOK
	if len(f.Rows) == 0 {
		f.Errors.Add("text", lang.T(ctx, "没有读到一票轨迹，原因在下面"))
		status = http.StatusUnprocessableEntity
	}
	return h.showTracks(w, r, status, f)
}

// trackDocs reads the pasted text and the files of a form, each with its name.
func trackDocs(w http.ResponseWriter, r *http.Request) (docs [][]byte, names []string, err error) {
	r.Body = http.MaxBytesReader(w, r.Body, maxTrackBody)
	if err := r.ParseMultipartForm(maxTrackBody); err != nil && !errors.Is(err, http.ErrNotMultipart) {
		if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
			return nil, nil, err
		}
		return nil, nil, fmt.Errorf("%w: %w", errBadRequest, err)
	} else if err != nil {
		if err := readForm(r); err != nil {
			return nil, nil, err
		}
	}
	ctx := r.Context()
	if text := strings.TrimSpace(r.PostFormValue("text")); text != "" {
		docs, names = append(docs, []byte(text)), append(names, lang.T(ctx, "贴的内容"))
	}
	if r.MultipartForm == nil {
		return docs, names, nil
	}
	for _, head := range r.MultipartForm.File["files"] {
		b, err := readPart(head)
		if err != nil {
			return nil, nil, err
		}
		if len(b) > 0 {
			docs, names = append(docs, b), append(names, clean(head.Filename))
		}
	}
	return docs, names, nil
}

func readPart(head *multipart.FileHeader) ([]byte, error) {
	file, err := head.Open()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errBadRequest, err)
	}
	defer file.Close()
	return io.ReadAll(io.LimitReader(file, tracking.MaxBytes+1))
}

func (h *Handlers) trackPlan(ctx context.Context, c db.TrackChange) views.TrackPlan {
	line := views.TrackPlan{Number: c.Number, Missing: c.WaybillID == 0}
	if line.Missing {
		return line
	}
	line.Href, line.Customer = "/waybills/"+idText(c.WaybillID), c.Customer
	line.Before, line.After, line.Kind = views.WaybillStateWord(ctx, c.Before), views.WaybillStateWord(ctx, c.After), views.WaybillStateKind(c.After)
	line.Same, line.News = c.Before == c.After, strconv.Itoa(c.New)
	if c.Last() != 0 {
		line.Last = time.UnixMilli(c.Last()).In(db.Zone).Format("2006-01-02 15:04")
	} else {
		line.Last = lang.T(ctx, "还没有轨迹")
	}
	for _, x := range c.Flags {
		line.Flags = append(line.Flags, views.FlagWord(ctx, x.Kind))
	}
	return line
}

func (h *Handlers) trackApply(w http.ResponseWriter, r *http.Request, list []tracking.Parcel) error {
	ctx := r.Context()
	done, read, err := h.db.ApplyTracks(ctx, actorOf(r), list)
	if err != nil {
		return err
	}
	parcels, traces, flagged := 0, 0, 0
	for _, c := range done {
		if c.WaybillID == 0 {
			continue
		}
		if c.New > 0 || c.Changed {
			parcels++
		}
		traces += c.New
		if len(c.Flags) > 0 {
			flagged++
		}
	}
	h.todoCounts.Clear()
	said := views.Flash{Kind: "ok", Text: lang.T(ctx, "收下了：%d 票，%d 条轨迹，%d 票要人办", parcels, traces, flagged)}
	if read != 0 {
		said.UndoURL = "/waybills/tracking/" + idText(read) + "/undo"
	}
	h.flash(r, said)
	to := "/waybills"
	if flagged > 0 {
		to = "/waybills?flagged=1"
	}
	h.redirect(w, r, to)
	return nil
}

// trackReadsShown is how many of the latest takings-in a page lists.
const trackReadsShown = 20

// trackReads are the latest takings-in.
func (h *Handlers) trackReads(ctx context.Context, a policy.Actor, f *views.TrackForm) error {
	list, err := h.db.TrackReads(ctx, a, trackReadsShown)
	if err != nil {
		return err
	}
	now := h.db.Now()
	for _, x := range list {
		taken := time.UnixMilli(x.TakenAt)
		line := views.TrackRead{ID: idText(x.ID), Who: x.User, When: views.TimeWord(ctx, taken, now), Until: views.DayWord(ctx, db.Day(taken.Add(db.UndoImportFor)), db.Day(now)),
			Parcels: views.Thousands(x.Parcels), Traces: views.Thousands(x.Traces), Flagged: views.Thousands(x.Flagged), CanUndo: x.MayUndo(now.UnixMilli())}
		switch {
		case x.UndoneAt != 0:
			line.State = lang.T(ctx, "%s 撤销了", x.Undoer)
			if x.Kept > 0 {
				line.Kept = lang.T(ctx, "%d 票没有动", x.Kept)
			}
		case !line.CanUndo:
			line.State = lang.T(ctx, "过了 30 天")
		}
		if line.Who == "" {
			line.Who = lang.T(ctx, "系统")
		}
		f.Reads = append(f.Reads, line)
	}
	return nil
}

// trackUndo takes a taking-in back.
func (h *Handlers) trackUndo(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "id")
	if err != nil {
		return err
	}
	ctx := r.Context()
	done, err := h.db.UndoTracks(ctx, actorOf(r), id)
	switch {
	case errors.Is(err, db.ErrRefused):
		h.flash(r, views.Flash{Kind: "soon", Text: lang.T(ctx, "收下超过 30 天，或者已经撤销，不能再撤")})
	case err != nil:
		return err
	case done.Kept > 0:
		h.flash(r, views.Flash{Kind: "ok", Text: lang.T(ctx, "撤销了，%d 票后来又有消息，没有动", done.Kept)})
	default:
		h.flash(r, views.Flash{Kind: "ok", Text: lang.T(ctx, "撤销了，包裹回到收下之前")})
	}
	h.todoCounts.Clear()
	h.redirect(w, r, "/waybills/tracking")
	return nil
}

// trackOf is a parcel's way for its page. Words that name people are hidden
// from everybody.
func (h *Handlers) trackOf(ctx context.Context, x db.Waybill) (views.TrackPane, error) {
	var p views.TrackPane
	track, err := h.db.Track(ctx, x)
	if err != nil || !track.Known {
		return p, err
	}
	if track.Service != "" {
		p.Service = views.ServiceWord(ctx, track.Service)
	}
	p.Rule = lang.T(ctx, "按默认规则")
	if track.Rule.Version > 0 {
		p.Rule = lang.T(ctx, "按规则第 %d 版", track.Rule.Version)
	}
	for _, f := range track.Flags {
		args := placeArgs(f.Args)
		p.Flags = append(p.Flags, views.TrackFlag{Title: views.FlagWord(ctx, f.Kind), Why: views.TodoWhy(ctx, "parcel_"+f.Kind, args)})
	}
	for i := len(track.Traces) - 1; i >= 0; i-- {
		t := track.Traces[i]
		at := time.UnixMilli(t.At).In(db.Zone)
		today := db.Day(at)
		if n := len(p.Days); n == 0 || p.Days[n-1].Day.ISO != today {
			m := views.DayWord(ctx, today, h.today())
			m.ISO = today
			p.Days = append(p.Days, views.TrackDay{Day: m})
		}
		d := &p.Days[len(p.Days)-1]
		words := mask.Text(t.Words, mask.Masked)
		if words == "" { // their time is over, or nobody said any
			words = views.WaybillStateWord(ctx, t.State)
		}
		d.Lines = append(d.Lines, views.TrackLine{Time: at.Format("15:04"), Words: words})
	}
	return p, nil
}

// placeArgs are arguments with the codes of places put into names.
func placeArgs(args map[string]string) map[string]string {
	out := map[string]string{}
	for k, v := range args {
		if k == "to" || k == "at" {
			if p, ok := place.Path(v); ok {
				v = p.Name()
			}
		}
		out[k] = v
	}
	return out
}

// todoArgs are the arguments of a to-do in words.
func todoArgs(_ context.Context, t db.Todo) map[string]string { return placeArgs(t.Args) }
