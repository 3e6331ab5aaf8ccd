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
	"yike/policy/sensitive"
	"yike/views"
	"yike/views/lang"
	"yike/views/ui"
)

// optionalKept is what a node remembers of the optional fields, so that a
// client's page need not read the rule: another node's change is seen within
// privacyFresh.
type optionalKept struct {
	at time.Time
	on bool
}

// optionalOn says whether any optional field is in use.
func (h *Handlers) optionalOn(ctx context.Context) bool {
	now := h.db.Now()
	kept := h.optional.Load()
	if kept == nil || now.Sub(kept.at) > privacyFresh || now.Before(kept.at) {
		rule, _, err := h.db.SensitiveRule(ctx, db.Day(now))
		if err != nil {
			h.log.Error("read the optional fields", "request", requestID(ctx), "err", err)
			return false
		}
		kept = &optionalKept{at: now, on: len(rule.On()) > 0}
		h.optional.Store(kept)
	}
	return kept.on
}

// optionalReveal is the way to ask for an optional field.
func optionalReveal(ctx context.Context, customer, contact int64, field string) *views.Reveal {
	return &views.Reveal{Customer: idText(customer), Contact: idText(contact), Field: field, Label: views.OptionalWord(ctx, field), Optional: true}
}

// optionalShow is the page of a client's optional fields.
func (h *Handlers) optionalShow(w http.ResponseWriter, r *http.Request) error {
	return h.showOptional(w, r, http.StatusOK, -1, nil, nil)
}

// showOptional renders the page; of the contact at fault (-1: none, 0: the
// client) it keeps what was typed.
func (h *Handlers) showOptional(w http.ResponseWriter, r *http.Request, status int, faulty int64, typed, faults map[string]string) error {
	id, err := pathID(r, "id")
	if err != nil {
		return err
	}
	ctx, a := r.Context(), actorOf(r)
	scope := a.Scope(policy.SensitiveRead)
	c, err := h.db.Customer(ctx, scope, id)
	if err != nil {
		return err
	}
	filled, err := h.db.SensitiveFilled(ctx, scope, id)
	if err != nil {
		return err
	}
	list, err := h.db.Contacts(ctx, scope, id)
	if err != nil {
		return err
	}
	rule, _, err := h.db.SensitiveRule(ctx, h.today())
	if err != nil {
		return err
	}
	if len(rule.On()) == 0 {
		return db.ErrNotFound // nobody switched anything on: there is no such page
	}
	p := views.Optional{Customer: idText(id), Name: c.Name, CanEdit: h.may(a, policy.SensitiveEdit, c)}
	person := func(contact int64, name string) {
		who := views.OptionalPerson{Contact: strconv.FormatInt(contact, 10), Name: name, Open: contact == faulty}
		for _, f := range rule.On() {
			if contact == 0 && !sensitive.OfClient(f) {
				continue
			}
			line := views.OptionalField{Field: f, Label: views.OptionalWord(ctx, f), Purpose: rule[f].Purpose}
			if contact == faulty {
				line.Typed, line.Error = typed[f], faults[f]
			}
			if i := slices.IndexFunc(filled, func(x db.Filled) bool { return x.ContactID == contact && x.Field == f }); i >= 0 {
				line.Show, line.By = optionalReveal(ctx, id, contact, f), filled[i].UpdatedBy
				line.Written = views.TimeWord(ctx, time.UnixMilli(filled[i].UpdatedAt), h.db.Now())
			}
			who.Fields = append(who.Fields, line)
		}
		if len(who.Fields) > 0 {
			p.People = append(p.People, who)
		}
	}
	person(0, c.Name)
	for _, k := range list {
		person(k.ID, k.Name)
	}
	return h.render(w, r, status, page{title: lang.T(ctx, "可选信息"), body: views.OptionalPage(p), active: "/customers"})
}

// optionalSave writes the optional fields of one person: what was typed, and
// what is to be taken away.
func (h *Handlers) optionalSave(w http.ResponseWriter, r *http.Request) error {
	id, err := h.within(r, policy.SensitiveEdit)
	if err != nil {
		return err
	}
	ctx, contact := r.Context(), db.ParseID(field(r, "contact"))
	values, faults := map[string]string{}, map[string]string{}
	for _, f := range sensitive.Fields {
		typed := field(r, f)
		if typed == "" && field(r, "gone."+f) != "1" {
			continue
		}
		if values[f] = typed; typed == "" {
			continue
		}
		if _, fault := sensitive.Clean(f, typed); fault != sensitive.Fine {
			faults[f] = optionalFault(ctx, fault)
		}
	}
	if len(faults) > 0 {
		return h.showOptional(w, r, http.StatusUnprocessableEntity, contact, values, faults)
	}
	err = h.db.SetSensitive(ctx, actorOf(r), id, contact, values)
	switch {
	case errors.Is(err, db.ErrSame):
		h.flash(r, views.Flash{Kind: "soon", Text: lang.T(ctx, "没有要存的")})
	case errors.Is(err, db.ErrNoKey):
		h.flash(r, views.Flash{Kind: "over", Text: noKeyWord(ctx)})
	case err != nil:
		return err
	default:
		h.flash(r, views.Flash{Kind: "ok", Text: lang.T(ctx, "已加密保存")})
	}
	h.redirect(w, r, "/customers/"+idText(id)+"/sensitive")
	return nil
}

func noKeyWord(ctx context.Context) string {
	return lang.T(ctx, "没有密钥文件，加密的信息存不了也看不了。请管理员把密钥文件放回原处，再重新启动。")
}

func optionalFault(ctx context.Context, fault sensitive.Fault) string {
	switch fault {
	case sensitive.NotAnID:
		return lang.T(ctx, "不是有效的 18 位证件号，核对一下")
	case sensitive.NotABank:
		return lang.T(ctx, "账号是 8 到 30 位数字")
	case sensitive.NotAnAge:
		return lang.T(ctx, "填 1 到 120 的整数")
	case sensitive.TooLong:
		return lang.T(ctx, "最多 %d 个字", sensitive.MaxValue)
	}
	return lang.T(ctx, "请填写")
}

// sensitiveForm shows which optional fields are in use.
func (h *Handlers) sensitiveForm(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	rule, row, err := h.db.SensitiveRule(ctx, h.today())
	if err != nil {
		return err
	}
	f := views.SensitiveForm{RuleFrame: h.newFrame(0)}
	for _, name := range sensitive.Fields {
		u := rule[name]
		f.Fields = append(f.Fields, views.SensitiveUse{Field: name, On: u.On, Purpose: u.Purpose, Basis: u.Basis})
	}
	return h.showSensitive(w, r, http.StatusOK, f, rule, row)
}

func (h *Handlers) showSensitive(w http.ResponseWriter, r *http.Request, status int, f views.SensitiveForm, rule sensitive.Rule, row db.RuleRow) error {
	ctx, a := r.Context(), actorOf(r)
	f.CanEdit = a.Scope(policy.PrivacyEdit).SeesBranch(h.db.Chain(h.db.HeadOffice()))
	counts, err := h.db.CountSensitive(ctx)
	if err != nil {
		return err
	}
	for i := range f.Fields {
		u := &f.Fields[i]
		u.Label, u.WasOn = views.OptionalWord(ctx, u.Field), rule[u.Field].On
		if sensitive.ByLaw(u.Field) {
			u.Law = lang.T(ctx, "敏感个人信息，要本人单独同意")
		}
		if n := counts[u.Field]; n > 0 {
			u.Filled = strconv.FormatInt(n, 10)
		}
	}
	for _, b := range sensitive.Bases {
		f.Bases = append(f.Bases, ui.Option{Value: b, Label: views.BasisWord(ctx, b)})
	}
	if state, _ := h.db.KeyState(); state != db.KeyGood {
		f.NoKey = noKeyWord(ctx)
	}
	access, err := h.db.Access(ctx)
	if err != nil {
		return err
	}
	for _, info := range access.Roles() {
		if reach, ok := access.Reach(info.Role, policy.SensitiveRead); ok && !info.Disabled {
			f.Readers = append(f.Readers, ui.Option{Label: cmp.Or(info.Title, views.RoleWord(ctx, string(info.Role))), Hint: views.ReachWord(ctx, reach)})
		}
	}
	gone, err := h.db.Destructions(ctx)
	if err != nil {
		return err
	}
	for _, x := range gone {
		f.Destroyed = append(f.Destroyed, views.DestroyedLine{Field: views.OptionalWord(ctx, x.Field), Rows: strconv.FormatInt(x.Rows, 10), Who: x.User, Reason: x.Reason,
			At: views.TimeWord(ctx, time.UnixMilli(x.At), h.db.Now())})
	}
	if err := h.fillFrame(ctx, &f.RuleFrame, db.RuleSensitive, row, sensitiveSaid); err != nil {
		return err
	}
	f.InForce = lang.T(ctx, "现在一项都没有打开")
	if on := rule.On(); len(on) > 0 {
		f.InForce = lang.T(ctx, "打开的有：%s。第 %d 版，%s 起，%s 设定", wordsOf(ctx, on), row.Version, row.ValidFrom, row.Author)
	}
	return h.render(w, r, status, page{title: lang.T(ctx, "可选信息"), body: views.Sensitive(f), active: "/settings"})
}

// sensitiveSaid says in one line which fields are in use.
func sensitiveSaid(ctx context.Context, value string) (string, error) {
	rule := sensitive.Rule{}
	if err := json.Unmarshal([]byte(value), &rule); err != nil {
		return "", err
	}
	if on := rule.On(); len(on) > 0 {
		return wordsOf(ctx, on), nil
	}
	return lang.T(ctx, "一项都不用"), nil
}

func wordsOf(ctx context.Context, fields []string) string {
	var out []string
	for _, f := range fields {
		out = append(out, views.OptionalWord(ctx, f))
	}
	return strings.Join(out, lang.T(ctx, "、"))
}

// sensitiveSave sets which optional fields are in use, from today.
func (h *Handlers) sensitiveSave(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	ctx := r.Context()
	was, row, err := h.db.SensitiveRule(ctx, h.today())
	if err != nil {
		return err
	}
	f, rule := views.SensitiveForm{RuleFrame: readFrame(r, 0)}, sensitive.Rule{}
	f.ValidFrom = h.today()
	for _, name := range sensitive.Fields {
		u := sensitive.Use{On: field(r, "on."+name) == "1", Purpose: field(r, "purpose."+name), Basis: field(r, "basis."+name)}
		switch sensitive.CheckUse(u) {
		case sensitive.NoPurpose:
			f.Errors.Add("purpose."+name, lang.T(ctx, "打开前写明用来做什么"))
		case sensitive.LongPurpose:
			f.Errors.Add("purpose."+name, lang.T(ctx, "最多 %d 个字", sensitive.MaxPurpose))
		case sensitive.NoBasis:
			f.Errors.Add("basis."+name, lang.T(ctx, "请选一个"))
		}
		if rule[name] = u; !u.On && !slices.Contains(sensitive.Bases, u.Basis) {
			u.Basis = ""
			rule[name] = u
		}
		f.Fields = append(f.Fields, views.SensitiveUse{Field: name, On: u.On, Purpose: u.Purpose, Basis: u.Basis})
	}
	checkText(ctx, f.Errors, "reason", f.Reason, 200)
	if f.Errors.Any() {
		return h.showSensitive(w, r, http.StatusUnprocessableEntity, f, was, row)
	}
	version, err := h.setRule(r, &f.RuleFrame, policy.PrivacyEdit, db.RuleSensitive, rule)
	if err != nil {
		return err
	}
	if version == 0 {
		return h.showSensitive(w, r, http.StatusUnprocessableEntity, f, was, row)
	}
	h.optional.Store(nil)
	return h.ruleSet(w, r, &f.RuleFrame, version, "/rules/sensitive")
}

// sensitiveDestroy removes what a field held that is switched off.
func (h *Handlers) sensitiveDestroy(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	ctx, name := r.Context(), field(r, "field")
	if !sensitive.Known(name) {
		return errBadRequest
	}
	reason, errs := field(r, "destroy."+name), ui.Errors{}
	checkText(ctx, errs, "destroy."+name, reason, 200)
	if errs.Any() {
		rule, row, err := h.db.SensitiveRule(ctx, h.today())
		if err != nil {
			return err
		}
		f := views.SensitiveForm{RuleFrame: h.newFrame(0)}
		f.Errors = errs
		for _, name := range sensitive.Fields {
			u := rule[name]
			f.Fields = append(f.Fields, views.SensitiveUse{Field: name, On: u.On, Purpose: u.Purpose, Basis: u.Basis})
		}
		return h.showSensitive(w, r, http.StatusUnprocessableEntity, f, rule, row)
	}
	n, err := h.db.DestroySensitive(ctx, actorOf(r), name, reason)
	switch {
	case errors.Is(err, db.ErrConflict):
		h.flash(r, views.Flash{Kind: "soon", Text: lang.T(ctx, "%s正在用，先关掉再销毁", views.OptionalWord(ctx, name))})
	case err != nil:
		return err
	default:
		h.flash(r, views.Flash{Kind: "ok", Text: lang.T(ctx, "已销毁 %d 人的%s，记录在下面", n, views.OptionalWord(ctx, name))})
	}
	h.redirect(w, r, "/rules/sensitive")
	return nil
}
