package handlers

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"sync"

	"github.com/a-h/templ"

	"yike/db"
	"yike/policy"
	"yike/views"
	"yike/views/lang"
)

// page is what a handler shows: the content, and what the frame needs to know.
type page struct {
	title   string // in the reader's language
	body    templ.Component
	partial templ.Component // answered instead of the whole page when HTMX asks
	active  string          // path of the navigation entry, "/customers"
	scripts []string
	bare    bool // without navigation: sign-in, set-up
}

func isHTMX(r *http.Request) bool { return r.Header.Get("HX-Request") == "true" }

// wantsPartial: HTMX asks for a piece, unless it is boosted navigation or
// restores its history, which both want the whole page.
func wantsPartial(r *http.Request) bool {
	return isHTMX(r) && r.Header.Get("HX-Boosted") != "true" && r.Header.Get("HX-History-Restore-Request") != "true"
}

// pageBuffers keep the room that a page needed for the next one: a list is some
// eighty kilobytes.
var pageBuffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

const maxKeptBuffer = 512 << 10

// render writes the page or its partial. Everything is rendered before the
// first byte leaves, so that an error can still become an error page.
func (h *Handlers) render(w http.ResponseWriter, r *http.Request, status int, p page) error {
	buf := pageBuffers.Get().(*bytes.Buffer)
	defer func() {
		if buf.Cap() <= maxKeptBuffer {
			buf.Reset()
			pageBuffers.Put(buf)
		}
	}()
	w.Header().Add("Vary", "HX-Request")
	var err error
	if p.partial != nil && wantsPartial(r) {
		err = p.partial.Render(r.Context(), buf)
	} else {
		err = h.frames.Layout(h.frame(r, p), p.body).Render(r.Context(), buf)
	}
	if err != nil {
		return fmt.Errorf("render %s: %w", r.URL.Path, err)
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(buf.Len()))
	w.WriteHeader(status)
	_, _ = w.Write(buf.Bytes()) // the reader may have left
	return nil
}

// frame builds the layout's props once, here.
func (h *Handlers) frame(r *http.Request, p page) views.Page {
	ctx := r.Context()
	f := views.Page{Title: p.title, Lang: lang.Tag(ctx), Scripts: p.scripts, RequestID: requestID(ctx)}
	if kept := preference(r, "yike-theme"); kept == "light" || kept == "dark" {
		f.Theme = kept
	}
	f.Flash = h.popFlash(r)
	s := signedIn(r)
	if s.User.ID == 0 || p.bare {
		return f
	}
	f.User = &views.PageUser{ID: strconv.FormatInt(s.User.ID, 10), Name: s.User.Name, Role: h.roleLine(ctx, s), Initial: initial(s.User.Name)}
	f.Search = s.Actor.Can(policy.CustomerRead)
	f.Help = h.pageHelp(r, s.Actor)
	f.Nav, f.Tabs, f.New = h.navigation(ctx, s.Actor, p.active)
	f.Foot = h.db.BranchName(s.User.BranchID)
	f.Mark = h.watermark(r, s.User.Name)
	if s.Actor.Can(policy.VisitLog) || s.Actor.Can(policy.CaseOpen) {
		f.Scripts = append(slices.Clone(f.Scripts), "visit.js") // a visit or a case that waits on the phone may go from any page
	}
	if health := h.db.Health(); health.Faults > 0 && s.Actor.Can(policy.BranchEdit) {
		f.Banner = &views.Banner{Kind: "over", Text: lang.T(ctx, "数据库检查发现 %d 处损坏。请停止驿客，用 yike restore 恢复最近的备份。", health.Faults)}
	}
	if n := h.db.ChainState(); !n.Whole() && s.Actor.Can(policy.AuditRead) && f.Banner == nil {
		f.Banner = &views.Banner{Kind: "over", Text: lang.T(ctx, "审计记录有 %d 处和写下时不一样，有人动过数据库。请到“审计”页查看。", len(n.Faults)+n.More)}
	}
	if state, _ := h.db.KeyState(); state != db.KeyGood && s.Actor.Can(policy.BranchEdit) && f.Banner == nil {
		text := lang.T(ctx, "没有密钥文件，加密保存的内容暂时读不出来。请把密钥文件放回原处，再重新启动驿客。")
		if state == db.KeyWrong {
			text = lang.T(ctx, "密钥文件不是这个数据库的，加密保存的内容暂时读不出来。请放回原来的密钥文件，再重新启动驿客。")
		}
		f.Banner = &views.Banner{Kind: "over", Text: text}
	}
	if h.clockDoubted != nil && h.clockDoubted() && s.Actor.Can(policy.BackupEdit) && f.Banner == nil {
		f.Banner = &views.Banner{Kind: "over", Text: lang.T(ctx, "电脑的时间比上一次夜间工作晚了一年多，备份、提醒这些夜间工作停着。请核对电脑的时间；时间没有错，加 --clock-is-right 重新启动一次。")}
	}
	if b := h.backupLate(ctx, s.Actor); b != nil && f.Banner == nil {
		f.Banner = b
	}
	return f
}

// firstRole is the role that a person is called by.
func (h *Handlers) firstRole(s db.SignedIn) string {
	for _, role := range policy.Roles {
		if s.Actor.Holds(role) {
			return string(role)
		}
	}
	return ""
}

func initial(name string) string {
	for _, r := range name {
		return string(r)
	}
	return ""
}

// roleLine names the person's first role.
func (h *Handlers) roleLine(ctx context.Context, s db.SignedIn) string {
	for _, info := range s.Access.Roles() {
		if s.Actor.Holds(info.Role) {
			return views.RoleTitle(ctx, info)
		}
	}
	return ""
}

// redirect ends an act: 303 for a page, HX-Location for HTMX.
func (h *Handlers) redirect(w http.ResponseWriter, r *http.Request, to string) {
	if isHTMX(r) {
		w.Header().Set("HX-Redirect", to)
		w.WriteHeader(http.StatusNoContent)
		return
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
}

// flash leaves a message for the next page of this session.
func (h *Handlers) flash(r *http.Request, f views.Flash) {
	var list []views.Flash
	_ = json.Unmarshal([]byte(h.sessions.GetString(r.Context(), "flash")), &list)
	b, err := json.Marshal(append(list, f))
	if err == nil {
		h.sessions.Put(r.Context(), "flash", string(b))
	}
}

func (h *Handlers) popFlash(r *http.Request) []views.Flash {
	if r.Context().Value(keyRequestID) == nil || !h.hasSession(r) {
		return nil
	}
	text := h.sessions.GetString(r.Context(), "flash")
	if text == "" {
		return nil
	}
	h.sessions.Remove(r.Context(), "flash")
	var list []views.Flash
	_ = json.Unmarshal([]byte(text), &list)
	return list
}

// hasSession says whether the request came through the session middleware;
// an error page written before it has none, and scs would panic.
func (h *Handlers) hasSession(r *http.Request) (ok bool) {
	defer func() { ok = recover() == nil }()
	h.sessions.Exists(r.Context(), "user")
	return true
}

// fail turns an error into a page. It is the only place that logs a request's
// error and writes an HTTP number for one.
func (h *Handlers) fail(w http.ResponseWriter, r *http.Request, err error) {
	var tooLarge *http.MaxBytesError
	var over *db.OverCap
	var short *db.Short
	switch {
	case errors.As(err, &over):
		h.writeOverCap(w, r, over)
	case errors.Is(err, context.Canceled) && r.Context().Err() != nil:
		return // the reader has left
	case errors.Is(err, db.ErrNotFound):
		h.noteRefusal(r, "beyond reach or not there")
		h.writeError(w, r, http.StatusNotFound)
	case errors.As(err, &short):
		h.shortFault(w, r, short)
	case errors.Is(err, db.ErrClosed):
		h.writeFault(w, r, http.StatusConflict, views.ErrorPage{Title: lang.T(r.Context(), "这个网点已停用"),
			Text: lang.T(r.Context(), "停用的网点里不能再放客户、人员、角色、拜访和导入。请换一个在用的网点，或先重新启用它。")})
	case errors.Is(err, db.ErrRefused):
		h.noteRefusal(r, "no right")
		h.writeError(w, r, http.StatusForbidden)
	case errors.Is(err, db.ErrConflict), errors.Is(err, db.ErrTaken):
		h.writeError(w, r, http.StatusConflict)
	case errors.As(err, &tooLarge):
		h.noteRefusal(r, "too large")
		h.writeError(w, r, http.StatusRequestEntityTooLarge)
	case errors.Is(err, errBadRequest):
		h.noteRefusal(r, "no request of ours")
		h.writeError(w, r, http.StatusBadRequest)
	default:
		h.log.Error("request failed", "request", requestID(r.Context()), "route", routeOf(r), "err", err)
		h.outside(w, r, err)
	}
}

// noteRefusal leaves in the log who asked for what they may not have, by the
// route: what somebody typed into an address is nobody's to read.
func (h *Handlers) noteRefusal(r *http.Request, why string) {
	if user := signedIn(r).User.ID; user != 0 {
		h.log.Warn("refused", "request", requestID(r.Context()), "user", user, "address", clientAddress(r), "method", r.Method, "route", r.Pattern, "why", why)
	}
}

// outside answers what went wrong outside the program: the database is away,
// the disk is full. Everything else is our own fault.
func (h *Handlers) outside(w http.ResponseWriter, r *http.Request, err error) {
	ctx := r.Context()
	e := views.ErrorPage{Text: lang.T(ctx, "请管理员腾出空间，或改好数据文件夹的权限。不用重启驿客，弄好再提交一次。")}
	switch db.DiskFault(err) {
	case "full":
		e.Title = lang.T(ctx, "磁盘满了，没有保存")
	case "readonly":
		e.Title = lang.T(ctx, "磁盘不能写入，没有保存")
	case "io":
		e.Title, e.Text = lang.T(ctx, "磁盘出错了，没有保存"), lang.T(ctx, "请马上告诉管理员：先备份，再检查磁盘。")
	default:
		if !h.db.IsAway(err) {
			h.writeError(w, r, http.StatusInternalServerError)
			return
		}
		w.Header().Set("Retry-After", "10")
		e.Title, e.Text = lang.T(ctx, "数据库暂时连不上"), lang.T(ctx, "这一次可能没有做成。过半分钟再提交一次，同一张表单不会记两次；一直这样，请告诉管理员。")
	}
	h.writeFault(w, r, http.StatusServiceUnavailable, e)
}

// errBadRequest is a request that no page of ours sends.
var errBadRequest = errors.New("bad request")

// writeError answers with the error page for an HTTP number.
func (h *Handlers) writeError(w http.ResponseWriter, r *http.Request, status int) {
	ctx := r.Context()
	var e views.ErrorPage
	switch status {
	case http.StatusNotFound:
		e.Title, e.Text = lang.T(ctx, "没有这个页面"), lang.T(ctx, "它可能已被删除，或不在你能看的范围里。")
	case http.StatusForbidden:
		e.Title, e.Text = lang.T(ctx, "你没有这项权限"), lang.T(ctx, "需要的话，请网点经理或管理员为你开通。")
	case http.StatusConflict:
		e.Title, e.Text = lang.T(ctx, "有人先改过了"), lang.T(ctx, "请回到上一页刷新，看过新的内容再改一次。")
	case http.StatusRequestEntityTooLarge:
		e.Title, e.Text = lang.T(ctx, "内容太大"), lang.T(ctx, "请缩小文件或分几次提交。")
	case http.StatusBadRequest:
		e.Title, e.Text = lang.T(ctx, "没看懂这次请求"), lang.T(ctx, "请回到上一页再试一次。")
	default:
		e.Title, e.Text = lang.T(ctx, "出错了，没有保存"), lang.T(ctx, "请稍后再试。再出现时，把下面的编号告诉管理员。")
	}
	h.writeFault(w, r, status, e)
}

// writeFault answers with an error page of those words.
func (h *Handlers) writeFault(w http.ResponseWriter, r *http.Request, status int, e views.ErrorPage) {
	ctx := r.Context()
	e.Status, e.RequestID, e.NextHref, e.Next = status, requestID(ctx), "/", lang.T(ctx, "回到首页")
	if err := h.render(w, r, status, page{title: e.Title, body: views.Error(e), bare: signedIn(r).User.ID == 0}); err != nil {
		h.log.Error("error page", "request", requestID(ctx), "err", err)
		http.Error(w, e.Title, status)
	}
}
