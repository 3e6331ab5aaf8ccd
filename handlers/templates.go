package handlers

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"yike/db"
	"yike/policy"
	"yike/policy/festival"
	"yike/policy/message"
	"yike/views"
	"yike/views/lang"
	"yike/views/ui"
)

// anyOccasion stands for a wording for every occasion in addresses and forms,
// where nothing means that nothing was chosen.
const anyOccasion = "any"

func occasionIn(text string) string {
	if text == anyOccasion {
		return message.Any
	}
	return text
}

func occasionOut(code string) string {
	if code == message.Any {
		return anyOccasion
	}
	return code
}

// templateList shows the wordings that hold for a branch, or the company.
func (h *Handlers) templateList(w http.ResponseWriter, r *http.Request) error {
	ctx, a := r.Context(), actorOf(r)
	branch, err := h.ruleBranch(r, policy.TemplateRead, query(r, "branch"))
	if err != nil {
		return err
	}
	list, err := h.db.Templates(ctx, branch)
	if err != nil {
		return err
	}
	sign, err := h.smsChannel(ctx)
	if err != nil {
		return err
	}
	own, err := h.ownOccasions(ctx)
	if err != nil {
		return err
	}
	occasion, channel := query(r, "occasion"), query(r, "channel")
	p := views.TemplateList{Branch: idText(branch), Occasion: occasion, Channel: channel, Branches: h.ruleBranches(ctx, a.Scope(policy.TemplateRead)), CanEdit: h.mayWord(a, branch), Own: own.options("")}
	p.NewHref = "/templates/new?" + url.Values{"branch": {idText(branch)}, "occasion": {occasion}, "channel": {channel}}.Encode()
	for _, t := range list {
		if occasion != "" && occasionOut(t.Occasion) != occasion || channel != "" && t.Channel != channel {
			continue
		}
		row := h.templateRow(ctx, t, branch, sign, own)
		if strings.HasPrefix(row.Href, "/templates/new?") && !h.mayWord(a, branch) {
			row.Href = "" // its words stand in the list
		}
		p.Rows = append(p.Rows, row)
	}
	p.Count = lang.T(ctx, "共 %d 条", len(p.Rows))
	return h.render(w, r, http.StatusOK, page{title: lang.T(ctx, "话术模板"), body: views.Templates(p), active: "/templates"})
}

// ownOccasions are the days that head office added, for their wordings.
type ownOccasions struct {
	list  []message.Occasion
	off   map[string]bool
	names map[string]string
}

func (h *Handlers) ownOccasions(ctx context.Context) (ownOccasions, error) {
	names, own, err := h.ownNames(ctx)
	out := ownOccasions{list: message.Own(own), off: map[string]bool{}, names: names}
	for _, o := range own {
		out.off[string(o.Code)] = o.Off
	}
	return out, err
}

// options are those to choose from: what is kept, and what was chosen before.
func (o ownOccasions) options(chosen string) []ui.Option {
	var out []ui.Option
	for _, x := range o.list {
		if !o.off[x.Code] || x.Code == chosen {
			out = append(out, ui.Option{Value: x.Code, Label: x.Name})
		}
	}
	return out
}

// of is the program's occasion or head office's; the zero one for a wording for
// any.
func (o ownOccasions) of(code string) message.Occasion {
	if known, ok := message.OccasionOf(code); ok {
		return known
	}
	if i := slices.IndexFunc(o.list, func(x message.Occasion) bool { return x.Code == code }); i >= 0 {
		return o.list[i]
	}
	return message.Occasion{}
}

// mayWord says whether the actor may write for a branch, 0 the company.
func (h *Handlers) mayWord(a policy.Actor, branch int64) bool {
	return h.maySetRule(a, policy.TemplateEdit, branch)
}

func (h *Handlers) smsChannel(ctx context.Context) (message.Channel, error) {
	c, err := h.db.Channel(ctx, message.SMS)
	return c.Settings, err
}

func (h *Handlers) templateRow(ctx context.Context, t db.Template, branch int64, sms message.Channel, own ownOccasions) views.TemplateRow {
	row := views.TemplateRow{Occasion: views.MessageOccasion(ctx, t.Occasion, own.names), Class: t.Class, Channel: views.WayWord(ctx, t.Channel), Tone: views.ToneWord(ctx, t.Tone), Subject: t.Subject, Body: t.Body, Off: t.State == db.TemplateOff}
	v := url.Values{"shipped": {t.Shipped}}
	if branch != 0 {
		v.Set("branch", idText(branch))
	}
	switch {
	case t.ID == 0:
		row.From, row.Href = lang.T(ctx, "自带"), "/templates/new?"+v.Encode()
	case t.BranchID == h.db.HeadOffice():
		row.From, row.Href = lang.T(ctx, "全公司"), "/templates/"+idText(t.ID)
		if branch != 0 && t.Shipped != "" {
			row.Href = "/templates/new?" + v.Encode()
		}
	default:
		row.From, row.Href = h.db.BranchName(t.BranchID), "/templates/"+idText(t.ID)
	}
	if t.Channel == message.SMS {
		o := own.of(t.Occasion)
		if m, wrong := message.Render(t.Template, h.exampleFacts(o)); wrong == nil {
			n := message.Length(sms.Full(m.Body))
			row.Length = lang.T(ctx, "%d 字，%d 条", n.Units, n.Parts)
		}
	}
	return row
}

// exampleFacts are those of a made-up client, for whom wordings are looked at.
func (h *Handlers) exampleFacts(o message.Occasion) message.Facts {
	if o.Code == "" {
		o, _ = message.OccasionOf(string(festival.MidAutumn))
	}
	return message.Example(o, h.todayDay())
}

// templateNew shows an empty form, or the program's wording to be changed.
func (h *Handlers) templateNew(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	branch, err := h.ruleBranch(r, policy.TemplateEdit, query(r, "branch"))
	if err != nil {
		return err
	}
	f := views.TemplateForm{Branch: idText(branch), Key: rand.Text(), State: db.TemplateOn, Occasion: query(r, "occasion"), Channel: query(r, "channel"), Tone: message.Warm, Errors: ui.Errors{}}
	if key := query(r, "shipped"); key != "" {
		list, err := h.db.Templates(ctx, branch)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(list, func(t db.Template) bool { return t.Shipped == key })
		if i < 0 {
			return db.ErrNotFound
		}
		t := list[i]
		if t.ID != 0 && (branch == 0 || t.BranchID == branch) {
			h.redirect(w, r, "/templates/"+idText(t.ID))
			return nil
		}
		fillTemplate(&f, t)
		f.Shipped = key
	}
	if !h.mayWord(actorOf(r), branch) {
		return db.ErrRefused
	}
	return h.showTemplate(w, r, http.StatusOK, f)
}

func fillTemplate(f *views.TemplateForm, t db.Template) {
	f.Occasion, f.Class, f.Channel, f.Tone, f.Subject, f.Body, f.Provider, f.State = occasionOut(t.Occasion), t.Class, t.Channel, t.Tone, t.Subject, t.Body, t.Provider, t.State
}

// templateShow shows a wording, to be changed by who may.
func (h *Handlers) templateShow(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "id")
	if err != nil {
		return err
	}
	t, err := h.db.Template(r.Context(), id)
	if err == nil && !h.readsTemplate(actorOf(r), t) {
		err = db.ErrNotFound
	}
	if err != nil {
		return err
	}
	f := views.TemplateForm{ID: idText(t.ID), Branch: h.branchOf(t), Shipped: t.Shipped, Version: strconv.FormatInt(t.Version, 10), Errors: ui.Errors{}}
	fillTemplate(&f, t)
	return h.showTemplate(w, r, http.StatusOK, f)
}

// readsTemplate: head office's are everybody's, a branch's are those who reach
// it.
func (h *Handlers) readsTemplate(a policy.Actor, t db.Template) bool {
	return t.BranchID == h.db.HeadOffice() || a.Scope(policy.TemplateRead).SeesBranch(h.db.Chain(t.BranchID))
}

func (h *Handlers) branchOf(t db.Template) string {
	if t.BranchID == h.db.HeadOffice() {
		return ""
	}
	return idText(t.BranchID)
}

func readTemplate(r *http.Request) (views.TemplateForm, message.Template) {
	f := views.TemplateForm{Branch: field(r, "branch"), Shipped: field(r, "shipped"), Version: field(r, "version"), Key: field(r, "key"), State: db.TemplateOn, Occasion: field(r, "occasion"), Class: field(r, "class"),
		Channel: field(r, "channel"), Tone: field(r, "tone"), Subject: field(r, "subject"), Body: strings.ReplaceAll(field(r, "body"), "\r\n", "\n"), Provider: field(r, "provider"), Errors: ui.Errors{}}
	if field(r, "state") == db.TemplateOff {
		f.State = db.TemplateOff
	}
	if f.Channel != message.Email {
		f.Subject = ""
	}
	return f, message.Template{Occasion: occasionIn(f.Occasion), Class: f.Class, Channel: f.Channel, Tone: f.Tone, Subject: f.Subject, Body: f.Body}
}

// checkTemplate puts beside the fields what is wrong with them.
func checkTemplate(ctx context.Context, f *views.TemplateForm, t message.Template, sms message.Channel, own ownOccasions) {
	if f.Occasion == "" {
		f.Errors.Add("occasion", lang.T(ctx, "选一个场合"))
		t.Occasion = message.Any
	}
	for _, p := range t.Check(own.list, sms.Full("")) {
		if name, said := views.MessageProblem(ctx, p); f.Errors[name] == "" {
			f.Errors.Add(name, said)
		}
	}
	if len(f.Provider) > 60 {
		f.Errors.Add("provider", lang.T(ctx, "最多 %d 个字", 60))
	}
}

func (h *Handlers) showTemplate(w http.ResponseWriter, r *http.Request, status int, f views.TemplateForm) error {
	ctx := r.Context()
	f.CanEdit, f.BranchName = h.mayWord(actorOf(r), db.ParseID(f.Branch)), h.db.BranchName(db.ParseID(f.Branch))
	if f.BranchName == "" {
		f.BranchName = lang.T(ctx, "全公司")
	}
	own, err := h.ownOccasions(ctx)
	if err != nil {
		return err
	}
	f.Own = own.options(f.Occasion)
	if f.Preview, err = h.previewOf(ctx, f, own); err != nil {
		return err
	}
	if id := db.ParseID(f.ID); id != 0 {
		list, err := h.db.TemplateVersions(ctx, id)
		if err != nil {
			return err
		}
		for _, v := range list {
			f.Versions = append(f.Versions, views.TemplateVersion{Version: strconv.FormatInt(v.Version, 10), Body: v.Body, Off: v.State == db.TemplateOff, Author: v.Author,
				Made: views.TimeWord(ctx, time.UnixMilli(v.CreatedAt), h.db.Now())})
		}
	}
	return h.render(w, r, status, page{title: lang.T(ctx, "话术模板"), body: views.TemplateEdit(f), active: "/templates"})
}

// previewOf fills a wording in for an example.
func (h *Handlers) previewOf(ctx context.Context, f views.TemplateForm, own ownOccasions) (views.TemplatePreview, error) {
	var p views.TemplatePreview
	sms, err := h.smsChannel(ctx)
	if err != nil || strings.TrimSpace(f.Body) == "" {
		return p, err
	}
	facts := h.exampleFacts(own.of(occasionIn(f.Occasion)))
	if facts.Company, err = h.db.Company(ctx); err != nil {
		return p, err
	}
	m, wrong := message.Render(message.Template{Occasion: occasionIn(f.Occasion), Channel: f.Channel, Tone: f.Tone, Subject: f.Subject, Body: f.Body}, facts)
	for _, x := range wrong {
		_, said := views.MessageProblem(ctx, x)
		p.Wrong = append(p.Wrong, said)
	}
	p.Subject, p.Body = m.Subject, m.Body
	if f.Channel == message.SMS && m.Body != "" {
		p.Body = sms.Full(m.Body)
		n := message.Length(p.Body)
		p.Length = lang.T(ctx, "%d 字，按 %d 条短信计费，再写 %d 字就多一条", n.Units, n.Parts, n.Left)
	}
	return p, nil
}

// templatePreview shows what is being typed filled in; nothing is kept.
func (h *Handlers) templatePreview(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	f, t := readTemplate(r)
	if id := db.ParseID(field(r, "id")); id != 0 { // its versions are shown beside it
		kept, err := h.db.Template(r.Context(), id)
		if err == nil && !h.readsTemplate(actorOf(r), kept) {
			err = db.ErrNotFound
		}
		if err != nil {
			return err
		}
		f.ID, f.Branch, f.Shipped = idText(id), h.branchOf(kept), kept.Shipped
	} else if _, err := h.ruleBranch(r, policy.TemplateRead, f.Branch); err != nil {
		return err
	}
	sms, err := h.smsChannel(r.Context())
	if err != nil {
		return err
	}
	own, err := h.ownOccasions(r.Context())
	if err != nil {
		return err
	}
	if wantsPartial(r) {
		if f.Preview, err = h.previewOf(r.Context(), f, own); err != nil {
			return err
		}
		return h.render(w, r, http.StatusOK, page{partial: views.TemplatePreviewed(f.Preview)})
	}
	checkTemplate(r.Context(), &f, t, sms, own)
	return h.showTemplate(w, r, http.StatusOK, f)
}

// templateCreate and templateSave keep a wording.
func (h *Handlers) templateCreate(w http.ResponseWriter, r *http.Request) error {
	return h.keepTemplate(w, r, 0)
}

func (h *Handlers) templateSave(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "id")
	if err != nil {
		return err
	}
	return h.keepTemplate(w, r, id)
}

func (h *Handlers) keepTemplate(w http.ResponseWriter, r *http.Request, id int64) error {
	if err := readForm(r); err != nil {
		return err
	}
	ctx, a := r.Context(), actorOf(r)
	f, t := readTemplate(r)
	var now db.Template
	var err error
	if id != 0 {
		if now, err = h.db.Template(ctx, id); err == nil && !h.readsTemplate(a, now) {
			err = db.ErrNotFound
		}
		if err != nil {
			return err
		}
		f.ID, f.Branch, f.Shipped = idText(id), h.branchOf(now), now.Shipped
	} else {
		branch, err := h.ruleBranch(r, policy.TemplateEdit, f.Branch)
		if err != nil {
			return err
		}
		f.Branch = idText(branch)
	}
	if !h.mayWord(a, db.ParseID(f.Branch)) {
		return db.ErrRefused
	}
	sms, err := h.smsChannel(ctx)
	if err != nil {
		return err
	}
	own, err := h.ownOccasions(ctx)
	if err != nil {
		return err
	}
	checkTemplate(ctx, &f, t, sms, own)
	if f.Errors.Any() {
		return h.showTemplate(w, r, http.StatusUnprocessableEntity, f)
	}
	in := db.Template{ID: id, BranchID: db.ParseID(f.Branch), Shipped: f.Shipped, Provider: f.Provider, State: f.State, Version: db.ParseID(f.Version), Template: t}
	if in.BranchID == 0 {
		in.BranchID = h.db.HeadOffice()
	}
	_, err = h.db.SaveTemplate(ctx, a, db.Submission{Key: f.Key}, in)
	if errors.Is(err, db.ErrConflict) {
		if id != 0 {
			f.Version = strconv.FormatInt(now.Version, 10)
			f.Errors.Add("body", lang.T(ctx, "刚才有人改成了“%s”。你写的还在，看过再保存。", now.Body))
		} else {
			f.Errors.Add("body", lang.T(ctx, "刚才有人改了这一条自带的话术，请回列表打开它再改。"))
		}
		return h.showTemplate(w, r, http.StatusUnprocessableEntity, f)
	}
	if err != nil {
		return err
	}
	h.flash(r, views.Flash{Kind: "ok", Text: lang.T(ctx, "话术存好了")})
	home := "/templates?occasion=" + url.QueryEscape(f.Occasion)
	if f.Branch != "" {
		home += "&branch=" + f.Branch
	}
	h.redirect(w, r, home)
	return nil
}
