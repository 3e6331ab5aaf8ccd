package handlers

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"yike/db"
	"yike/policy"
	"yike/policy/mask"
	"yike/policy/sensitive"
	"yike/views"
	"yike/views/lang"
	"yike/views/ui"
)

// hideAfter is how long a revealed field stays on the screen, in seconds.
const hideAfter = 60

// revealOf is the way to ask for a masked field of a file; nil when the actor
// sees it in full, or may not ask.
func (h *Handlers) revealOf(ctx context.Context, a policy.Actor, c db.Customer, contact int64, field string, index int) *views.Reveal {
	if h.maskFor(a, c) == mask.Full || !h.may(a, policy.CustomerReveal, c) {
		return nil
	}
	return &views.Reveal{Customer: idText(c.ID), Contact: idText(contact), Field: field, Index: index, Label: views.RevealWord(ctx, field)}
}

// revealAsked reads which field a request is about, and what of it stands there
// masked; ErrRefused when the actor may not ask.
func (h *Handlers) revealAsked(r *http.Request, get func(*http.Request, string) string) (db.Customer, views.Reveal, error) {
	ctx, a := r.Context(), actorOf(r)
	id, err := pathID(r, "id")
	if err != nil {
		return db.Customer{}, views.Reveal{}, err
	}
	c, err := h.db.Customer(ctx, a.Scope(policy.CustomerRead), id)
	if err != nil {
		return c, views.Reveal{}, err
	}
	field, contact := get(r, "field"), db.ParseID(get(r, "contact"))
	if sensitive.Known(field) {
		v, err := h.optionalAsked(ctx, a, c, contact, field)
		return c, v, err
	}
	index, err := strconv.Atoi(get(r, "n"))
	if err != nil {
		index = 0
	}
	v := h.revealOf(ctx, a, c, contact, field, index)
	if v == nil {
		return c, views.Reveal{}, db.ErrRefused
	}
	v.Edit = get(r, "edit") == "1" && h.may(a, policy.CustomerEdit, c)
	phones, wechat, email, remark := c.Phones, c.WeChat, c.Email, c.Remark
	if contact != 0 {
		list, err := h.db.Contacts(ctx, a.Scope(policy.CustomerRead), id)
		if err != nil {
			return c, *v, err
		}
		i := slices.IndexFunc(list, func(k db.Contact) bool { return k.ID == contact })
		if i < 0 || field == mask.FieldAddress {
			return c, *v, db.ErrNotFound
		}
		phones, wechat, email, remark = list[i].Phones, list[i].WeChat, list[i].Email, list[i].Remark
	}
	switch {
	case field == mask.FieldPhone && index >= 0 && index < len(phones):
		v.Masked = shownPhone(phones[index], mask.Masked)
	case field == mask.FieldWeChat:
		v.Masked = mask.WeChat(wechat, mask.Masked)
		if contact != 0 && wechat != "" {
			v.Masked = lang.T(ctx, "微信 %s", v.Masked)
		}
	case field == mask.FieldEmail:
		v.Masked = mask.Email(email, mask.Masked)
	case field == mask.FieldAddress && c.Address != "":
		v.Masked = h.shownAddress(c, mask.Masked)
	case field == mask.FieldRemark:
		if v.Masked = mask.Text(remark, mask.Masked); v.Masked == remark {
			return c, *v, db.ErrNotFound // nothing is hidden in it
		}
	}
	if v.Masked == "" {
		return c, *v, db.ErrNotFound
	}
	return c, asking(ctx, *v), nil
}

// asking adds what the form asks.
func asking(ctx context.Context, v views.Reveal) views.Reveal {
	for _, p := range mask.Purposes {
		v.Purposes = append(v.Purposes, ui.Option{Value: p, Label: views.PurposeWord(ctx, p)})
	}
	v.Errors = ui.Errors{}
	return v
}

// optionalAsked is revealAsked for an optional field, of which nothing is seen
// but that it is filled.
func (h *Handlers) optionalAsked(ctx context.Context, a policy.Actor, c db.Customer, contact int64, field string) (views.Reveal, error) {
	if !h.may(a, policy.SensitiveRead, c) {
		return views.Reveal{}, db.ErrRefused
	}
	filled, err := h.db.SensitiveFilled(ctx, a.Scope(policy.SensitiveRead), c.ID)
	if err != nil {
		return views.Reveal{}, err
	}
	if !slices.ContainsFunc(filled, func(f db.Filled) bool { return f.ContactID == contact && f.Field == field }) {
		return views.Reveal{}, db.ErrNotFound
	}
	v := optionalReveal(ctx, c.ID, contact, field)
	v.Masked = lang.T(ctx, "%s已填", v.Label)
	return asking(ctx, *v), nil
}

// revealForm asks what the field is needed for.
func (h *Handlers) revealForm(w http.ResponseWriter, r *http.Request) error {
	c, v, err := h.revealAsked(r, query)
	if err != nil {
		return err
	}
	ctx, a := r.Context(), actorOf(r)
	rule, _, err := h.db.Privacy(ctx, a.Branch, h.today())
	if err != nil {
		return err
	}
	n, err := h.db.Used(ctx, a.UserID, db.UseReveals)
	if err != nil {
		return err
	}
	limit := int64(db.CapsOf(rule, a).Reveals)
	if v.Left = limit - n; v.Left <= 0 {
		v.Over = capWord(ctx, &db.OverCap{Kind: db.UseReveals, Cap: limit, Used: n, Asked: 1})
	}
	return h.showReveal(w, r, http.StatusOK, c, v)
}

func (h *Handlers) showReveal(w http.ResponseWriter, r *http.Request, status int, c db.Customer, v views.Reveal) error {
	p := page{title: lang.T(r.Context(), "看完整的%s", v.Label), body: views.RevealPage(c.Name, v), partial: views.RevealForm(v), active: "/customers"}
	if v.Value != "" {
		p.partial = views.Revealed(v)
	}
	return h.render(w, r, status, p)
}

// capWord says that a daily cap is reached and who can help.
func capWord(ctx context.Context, over *db.OverCap) string {
	if over.Kind == db.UseReveals {
		return lang.T(ctx, "今天已查看 %d 条，上限是 %d 条。明天可以接着看；今天还要看，请主管帮忙查，或请管理员在“查看与导出”里调上限。", over.Used, over.Cap)
	}
	return lang.T(ctx, "今天已导出 %d 行，上限是 %d 行，这次要 %d 行，超过了。可以先筛选，少导一些；确实需要，请主管代为导出，或请管理员在“查看与导出”里调上限。", over.Used, over.Cap, over.Asked)
}

// revealShow puts the purpose on record and shows the field.
func (h *Handlers) revealShow(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	c, v, err := h.revealAsked(r, field)
	if err != nil {
		return err
	}
	ctx, a := r.Context(), actorOf(r)
	v.Purpose, v.Note = field(r, "purpose"), field(r, "note")
	switch mask.CheckPurpose(v.Purpose, v.Note) {
	case mask.PurposeMissing:
		v.Errors.Add("purpose", lang.T(ctx, "请选一个"))
	case mask.NoteMissing:
		v.Errors.Add("note", lang.T(ctx, "写几个字：要做什么"))
	case mask.NoteLong:
		v.Errors.Add("note", lang.T(ctx, "最多 %d 个字", mask.MaxNote))
	}
	if v.Errors.Any() {
		n, err := h.db.Used(ctx, a.UserID, db.UseReveals)
		if err != nil {
			return err
		}
		rule, _, err := h.db.Privacy(ctx, a.Branch, h.today())
		if err != nil {
			return err
		}
		v.Left = max(0, int64(db.CapsOf(rule, a).Reveals)-n)
		return h.showReveal(w, r, http.StatusUnprocessableEntity, c, v)
	}
	seen, err := h.db.Reveal(ctx, a, db.RevealAsk{Customer: c.ID, Contact: db.ParseID(v.Contact), Field: v.Field, Index: v.Index, Purpose: v.Purpose, Note: v.Note})
	var over *db.OverCap
	if errors.As(err, &over) {
		v.Over = capWord(ctx, over)
		return h.showReveal(w, r, http.StatusUnprocessableEntity, c, v)
	}
	if errors.Is(err, db.ErrNoKey) {
		v.Over = noKeyWord(ctx)
		return h.showReveal(w, r, http.StatusUnprocessableEntity, c, v)
	}
	if err != nil {
		return err
	}
	if v.Edit {
		h.redirect(w, r, v.Form())
		return nil
	}
	v.Value, v.Left, v.Hide = seen.Value, seen.Left, hideAfter
	if v.Field == mask.FieldPhone {
		v.Value, v.Href = shownPhone(seen.Value, mask.Full), telHref(seen.Value)
	}
	return h.showReveal(w, r, http.StatusOK, c, v)
}

// revealHide answers with the field masked again.
func (h *Handlers) revealHide(w http.ResponseWriter, r *http.Request) error {
	_, v, err := h.revealAsked(r, query)
	if err != nil {
		return err
	}
	if !wantsPartial(r) {
		h.redirect(w, r, v.Home())
		return nil
	}
	if v.Optional {
		v.Masked = lang.T(r.Context(), "已填")
	}
	return h.render(w, r, http.StatusOK, page{title: v.Label, body: views.MaskedField(v.Masked, "", &v), partial: views.MaskedField(v.Masked, "", &v)})
}

// privacyKept is what a node remembers of the rule, so that a page need not
// read it again: another node's change is seen within privacyFresh.
type privacyKept struct {
	at        time.Time
	watermark bool
}

const privacyFresh = 20 * time.Second

// marked are the paths whose pages show clients' data.
var marked = []string{"/customers", "/visits", "/search", "/imports", "/exports", "/alerts", "/audit", "/handovers", "/users/", "/breaches"}

// watermark is what stands across a page with clients' data: who looks, when.
func (h *Handlers) watermark(r *http.Request, name string) string {
	if !slices.ContainsFunc(marked, func(p string) bool { return strings.HasPrefix(r.URL.Path, p) }) {
		return ""
	}
	now := h.db.Now()
	kept := h.privacy.Load()
	if kept == nil || now.Sub(kept.at) > privacyFresh || now.Before(kept.at) {
		rule, _, err := h.db.Privacy(r.Context(), 0, db.Day(now))
		if err != nil {
			h.log.Error("read the privacy rule", "request", requestID(r.Context()), "err", err)
			rule = mask.DefaultRule()
		}
		kept = &privacyKept{at: now, watermark: rule.Watermark}
		h.privacy.Store(kept)
	}
	if !kept.watermark {
		return ""
	}
	return name + " " + now.In(db.Zone).Format("2006-01-02 15:04")
}

// privacyForm shows the rule of caps, watermark and unusual looking.
func (h *Handlers) privacyForm(w http.ResponseWriter, r *http.Request) error {
	rule, row, err := h.db.Privacy(r.Context(), 0, h.today())
	if err != nil {
		return err
	}
	f, err := h.privacyOf(r.Context(), rule)
	if err != nil {
		return err
	}
	return h.showPrivacy(w, r, http.StatusOK, f, row)
}

func (h *Handlers) privacyOf(ctx context.Context, rule mask.Rule) (views.PrivacyForm, error) {
	access, err := h.db.Access(ctx)
	if err != nil {
		return views.PrivacyForm{}, err
	}
	f := views.PrivacyForm{RuleFrame: h.newFrame(0), Watermark: rule.Watermark, Times: strconv.Itoa(rule.Unusual.Times), Files: strconv.Itoa(rule.Unusual.Files),
		Reveals: strconv.Itoa(rule.Unusual.Reveals)}
	for _, info := range access.Roles() {
		role := string(info.Role)
		caps := rule.CapsOf(role)
		f.Roles = append(f.Roles, views.PrivacyRole{Role: role, Label: cmp.Or(info.Title, views.RoleWord(ctx, role)), Sees: seesWord(ctx, access, info.Role),
			Reveals: strconv.Itoa(caps.Reveals), Rows: strconv.Itoa(caps.Rows)})
	}
	return f, nil
}

// seesWord says how a role sees phones and the like.
func seesWord(ctx context.Context, access *policy.Access, role policy.Role) string {
	switch reach, ok := access.Reach(role, policy.CustomerUnmask); {
	case ok && reach == policy.ReachOwn:
		return lang.T(ctx, "自己的客户看完整的")
	case ok:
		return lang.T(ctx, "看完整的")
	}
	if _, ok := access.Reach(role, policy.CustomerReveal); ok {
		return lang.T(ctx, "打码，逐条显示，说明用途")
	}
	return lang.T(ctx, "打码，不能显示")
}

func (h *Handlers) showPrivacy(w http.ResponseWriter, r *http.Request, status int, f views.PrivacyForm, row db.RuleRow) error {
	ctx, a := r.Context(), actorOf(r)
	f.CanEdit = h.maySetRule(a, policy.PrivacyEdit, 0)
	if err := h.fillFrame(ctx, &f.RuleFrame, db.RulePrivacy, row, privacySaid); err != nil {
		return err
	}
	return h.render(w, r, status, page{title: lang.T(ctx, "查看与导出"), body: views.Privacy(f), active: "/rules/privacy"})
}

// privacySaid says a rule in one line.
func privacySaid(ctx context.Context, value string) (string, error) {
	rule := mask.DefaultRule()
	if err := json.Unmarshal([]byte(value), &rule); err != nil {
		return "", err
	}
	said := lang.T(ctx, "业务员一天显示 %d 条、导出 %d 行", rule.CapsOf("sales_rep").Reveals, rule.CapsOf("sales_rep").Rows)
	if rule.Watermark {
		return said + lang.T(ctx, "，带水印"), nil
	}
	return said + lang.T(ctx, "，不带水印"), nil
}

// privacySave sets a new version of the rule for the whole company.
func (h *Handlers) privacySave(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	ctx := r.Context()
	was, row, err := h.db.Privacy(ctx, 0, h.today())
	if err != nil {
		return err
	}
	f, err := h.privacyOf(ctx, was)
	if err != nil {
		return err
	}
	f.RuleFrame = readFrame(r, 0)
	number := func(name string, most int) (string, int) {
		n, ok := formInt(r, name)
		if !ok || n < 0 || n > int64(most) {
			f.Errors.Add(name, lang.T(ctx, "填 0 到 %d 的整数", most))
		}
		return field(r, name), int(n)
	}
	rule := mask.Rule{Watermark: field(r, "watermark") == "1", Caps: map[string]mask.Caps{}}
	f.Watermark = rule.Watermark
	for i := range f.Roles {
		role, caps := &f.Roles[i], mask.Caps{}
		role.Reveals, caps.Reveals = number("reveals."+role.Role, mask.MostCap)
		role.Rows, caps.Rows = number("rows."+role.Role, mask.MostCap)
		rule.Caps[role.Role] = caps
	}
	f.Times, rule.Unusual.Times = number("times", 100)
	f.Files, rule.Unusual.Files = number("files", 100_000)
	f.Reveals, rule.Unusual.Reveals = number("reveals", 100_000)
	h.checkFrame(ctx, &f.RuleFrame, false)
	if f.Errors.Any() {
		return h.showPrivacy(w, r, http.StatusUnprocessableEntity, f, row)
	}
	version, err := h.setRule(r, &f.RuleFrame, policy.PrivacyEdit, db.RulePrivacy, rule)
	if err != nil {
		return err
	}
	if version == 0 {
		return h.showPrivacy(w, r, http.StatusUnprocessableEntity, f, row)
	}
	h.privacy.Store(nil)
	return h.ruleSet(w, r, &f.RuleFrame, version, "/rules/privacy")
}

// writeOverCap answers what would pass a daily cap where no page of its own
// says so.
func (h *Handlers) writeOverCap(w http.ResponseWriter, r *http.Request, over *db.OverCap) {
	ctx := r.Context()
	e := views.ErrorPage{Status: http.StatusTooManyRequests, RequestID: requestID(ctx), NextHref: "/", Next: lang.T(ctx, "回到首页"),
		Title: lang.T(ctx, "今天的份额用完了"), Text: capWord(ctx, over)}
	if err := h.render(w, r, e.Status, page{title: e.Title, body: views.Error(e)}); err != nil {
		h.log.Error("render", "request", requestID(ctx), "err", err)
	}
}
