package handlers

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"yike/db"
	"yike/policy"
	"yike/policy/mask"
	"yike/policy/measure"
	"yike/views"
	"yike/views/lang"
	"yike/views/ui"
)

// measureFrom is from where a measure is written down: its source as it is now,
// within the reach of the actor.
func (h *Handlers) measureFrom(r *http.Request, value func(string) string) (m db.Measure, text string, err error) {
	ctx, a := r.Context(), actorOf(r)
	m.Source, m.SourceID, m.Reach = value("source"), db.ParseID(value("source_id")), measure.WholeBranch
	if m.SourceID == 0 {
		m.SourceID = db.ParseID(value("id"))
	}
	switch m.Source {
	case measure.Visit:
		v, err := h.db.Visit(ctx, a.Scope(policy.VisitRead), m.SourceID)
		m.CustomerID, m.BranchID, m.Reach = v.CustomerID, v.BranchID, measure.OneClient
		return m, lang.T(ctx, "%s的拜访，%s", v.Customer, v.Day), err
	case measure.Radar:
		x, err := h.db.RadarAlert(ctx, a, policy.RadarRead, m.SourceID)
		m.CustomerID, m.BranchID, m.Reach = x.CustomerID, x.BranchID, measure.OneClient
		return m, lang.T(ctx, "%s的雷达提醒", x.Customer), err
	case measure.Activity:
		x, err := h.db.Activity(ctx, a, m.SourceID)
		m.BranchID = x.BranchID
		return m, lang.T(ctx, "%s，%s", mask.Text(x.Title, h.db.MaskFor(a, x.BranchID, 0, 0)), x.Day), err
	case measure.Report:
		m.SourceID = 0
		if m.SourcePath = reportPath(value("path")); m.SourcePath == "" {
			m.Source = measure.Own
		}
	default:
		m.Source, m.SourceID = measure.Own, 0
		if id := db.ParseID(value("customer")); id != 0 {
			c, err := h.db.Customer(ctx, a.Scope(policy.CustomerRead), id)
			m.CustomerID, m.BranchID, m.Reach = c.ID, c.BranchID, measure.OneClient
			return m, c.Name, err
		}
	}
	m.BranchID = db.ParseID(value("branch"))
	return m, "", nil
}

func (h *Handlers) measureNew(w http.ResponseWriter, r *http.Request) error {
	ctx, a := r.Context(), actorOf(r)
	ask := func(name string) string { return query(r, name) }
	m, text, err := h.measureFrom(r, ask)
	if err != nil {
		return err
	}
	scope := a.Scope(policy.MeasureEdit)
	f := views.MeasureForm{Title: lang.T(ctx, "写一条措施"), Home: "/measures", Key: strings.ToLower(rand.Text()), SourceText: text, Errors: ui.Errors{}}
	if m.BranchID == 0 {
		options := h.ruleBranches(ctx, scope)
		if len(options) == 1 {
			m.BranchID = db.ParseID(options[0].Value)
		} else {
			f.Pick = options
			for _, name := range []string{"source", "id", "path"} {
				if value := query(r, name); value != "" {
					f.PickQuery = append(f.PickQuery, [2]string{name, value})
				}
			}
			if len(options) == 0 {
				return db.ErrRefused // measures of one's own clients begin on their pages
			}
			return h.render(w, r, http.StatusOK, page{title: f.Title, body: views.MeasureEdit(f), active: "/measures"})
		}
	}
	f.From, f.Due, f.Owner = h.today(), h.todayDay().Add(14).String(), idText(a.UserID)
	f.Reach = m.Reach
	return h.showMeasureForm(w, r, http.StatusOK, m, f)
}

// showMeasureForm shows the form with what it is about filled in.
func (h *Handlers) showMeasureForm(w http.ResponseWriter, r *http.Request, status int, m db.Measure, f views.MeasureForm) error {
	ctx, a := r.Context(), actorOf(r)
	if f.Action == "" {
		f.Action = "/measures"
	}
	f.Source, f.SourceID, f.SourcePath, f.Branch, f.BranchName = m.Source, idText(m.SourceID), m.SourcePath, idText(m.BranchID), h.db.BranchName(m.BranchID)
	f.Reaches = views.MeasureReachOptions(ctx, m.CustomerID != 0, a.Scope(policy.MeasureEdit).SeesBranch(h.db.Chain(m.BranchID)))
	if len(f.Reaches) == 1 {
		f.Reach = f.Reaches[0].Value
	}
	takers, err := h.db.TodoTakers(ctx, m.BranchID)
	if err != nil {
		return err
	}
	for _, u := range takers {
		if !accessOf(ctx).Actor(u.ID, u.Name, u.BranchID, u.Grants).Can(policy.TodoEdit) {
			continue
		}
		f.Owners = append(f.Owners, ui.Option{Value: idText(u.ID), Label: u.Name})
	}
	if !slices.ContainsFunc(f.Owners, func(o ui.Option) bool { return o.Value == f.Owner }) {
		f.Owner = ""
	}
	return h.render(w, r, status, page{title: f.Title, body: views.MeasureEdit(f), active: "/measures"})
}

// readMeasure reads the form of a measure into it.
func readMeasure(ctx context.Context, r *http.Request, f *views.MeasureForm, m *db.Measure) {
	f.Said, f.Owner, f.From, f.Due, f.Review = field(r, "said"), field(r, "owner"), field(r, "from"), field(r, "due"), field(r, "review")
	f.Figure, f.Goal, f.Reach, f.Class, f.Segment = field(r, "figure"), field(r, "goal"), field(r, "reach"), field(r, "class"), field(r, "segment")
	checkLength(ctx, f.Errors, "goal", f.Goal, 200)
	f.Every = cmp.Or(field(r, "every"), "0")
	if m.Every, _ = strconv.ParseInt(f.Every, 10, 64); !slices.Contains(measure.Every, m.Every) || strconv.FormatInt(m.Every, 10) != f.Every {
		f.Errors.Add("every", lang.T(ctx, "请选一个"))
	}
	if f.Owner == "" {
		f.Errors.Add("owner", lang.T(ctx, "请选一个"))
	}
	if name, why := measure.Days(f.From, f.Due, f.Review, f.Figure != ""); why != "" {
		f.Errors.Add(name, views.MeasureFaultWord(ctx, why))
	}
	if f.Figure != "" && !measure.Figure(f.Figure).Valid() {
		f.Errors.Add("figure", lang.T(ctx, "请选一个"))
	}
	m.Said, m.UserID, m.From, m.Due, m.Review, m.Figure, m.Goal, m.Reach, m.ReachValue = f.Said, db.ParseID(f.Owner), f.From, f.Due, f.Review, f.Figure, f.Goal, f.Reach, ""
	switch {
	case !slices.Contains(measure.Reaches, f.Reach):
		f.Errors.Add("reach", lang.T(ctx, "请选一个"))
	case f.Reach == measure.ClassOf && f.Class == "":
		f.Errors.Add("reach", lang.T(ctx, "请选是哪个分级"))
	case f.Reach == measure.SegmentOf && f.Segment == "":
		f.Errors.Add("reach", lang.T(ctx, "请选是哪个分群"))
	case f.Reach == measure.ClassOf:
		m.ReachValue = f.Class
	case f.Reach == measure.SegmentOf:
		m.ReachValue = f.Segment
	}
}

func (h *Handlers) measureCreate(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	ctx := r.Context()
	m, text, err := h.measureFrom(r, func(name string) string { return field(r, name) })
	if err != nil {
		return err
	}
	f := views.MeasureForm{Title: lang.T(ctx, "写一条措施"), Home: "/measures", Key: field(r, "key"), SourceText: text, Errors: ui.Errors{}}
	readMeasure(ctx, r, &f, &m)
	if checkText(ctx, f.Errors, "said", f.Said, 500); f.Errors.Any() {
		return h.showMeasureForm(w, r, http.StatusUnprocessableEntity, m, f)
	}
	id, err := h.db.NewMeasure(ctx, actorOf(r), db.Submission{Key: f.Key}, m)
	if h.measureFaults(ctx, f.Errors, err) {
		return h.showMeasureForm(w, r, http.StatusUnprocessableEntity, m, f)
	}
	if err != nil {
		return err
	}
	h.workChanged()
	h.flash(r, views.Flash{Kind: "ok", Text: lang.T(ctx, "措施写好了，到期前会提醒负责的人")})
	h.redirect(w, r, "/measures/"+idText(id))
	return nil
}

// measureFaults puts what the store refused beside its field.
func (h *Handlers) measureFaults(ctx context.Context, errs ui.Errors, err error) bool {
	switch {
	case errors.Is(err, db.ErrNobodyReached):
		errs.Add("reach", lang.T(ctx, "这里没有这样的客户"))
	case errors.Is(err, db.ErrClosed):
		return false
	case errors.Is(err, db.ErrRefused):
		errs.Add("owner", lang.T(ctx, "这个人接不了，请重选"))
	case errors.Is(err, db.ErrConflict):
		errs.Add("", lang.T(ctx, "刚才有人先办了。你填的还在，请对照现在的情况再提交一次。"))
	default:
		return false
	}
	return true
}

func (h *Handlers) measureEdit(w http.ResponseWriter, r *http.Request) error {
	m, err := h.measureAt(r)
	if err != nil {
		return err
	}
	f := views.MeasureForm{Said: m.Said, Owner: idText(m.UserID), From: m.From, Due: m.Due, Review: m.Review, Figure: m.Figure, Goal: m.Goal, Reach: m.Reach, Every: strconv.FormatInt(m.Every, 10), Errors: ui.Errors{}}
	switch m.Reach {
	case measure.ClassOf:
		f.Class = m.ReachValue
	case measure.SegmentOf:
		f.Segment = m.ReachValue
	}
	return h.editMeasure(w, r, http.StatusOK, m, f)
}

// editMeasure shows the form on which a measure is corrected; not to who sees
// only a part of its words.
func (h *Handlers) editMeasure(w http.ResponseWriter, r *http.Request, status int, m db.MeasureRow, f views.MeasureForm) error {
	a := actorOf(r)
	level := h.measureMask(a, m)
	if !h.db.MayEditMeasure(a, m) || mask.Text(m.Said, level) != m.Said || mask.Text(m.Goal, level) != m.Goal {
		return db.ErrRefused
	}
	f.Title, f.Home, f.Version, f.Customer, f.Fixed = lang.T(r.Context(), "改措施"), "/measures/"+idText(m.ID), versionText(m.Version), m.Customer, m.Source == measure.Review
	if f.Action = f.Home; f.Fixed {
		f.Said = m.Said
	}
	return h.showMeasureForm(w, r, status, m.Measure, f)
}

func (h *Handlers) measureUpdate(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	m, err := h.measureAt(r)
	if err != nil {
		return err
	}
	ctx, in, f := r.Context(), m.Measure, views.MeasureForm{Errors: ui.Errors{}}
	readMeasure(ctx, r, &f, &in)
	if m.Source != measure.Review {
		checkText(ctx, f.Errors, "said", f.Said, 500)
	}
	if in.Version, _ = formInt(r, "version"); !f.Errors.Any() {
		if err = h.db.EditMeasure(ctx, actorOf(r), in); h.measureFaults(ctx, f.Errors, err) {
			err = nil
		}
	}
	if err != nil {
		return err
	}
	if f.Errors.Any() {
		return h.editMeasure(w, r, http.StatusUnprocessableEntity, m, f)
	}
	h.workChanged()
	h.flash(r, views.Flash{Kind: "ok", Text: lang.T(ctx, "措施改好了")})
	h.redirect(w, r, "/measures/"+idText(m.ID))
	return nil
}

// measureDo is an act on a measure, by the word in its address.
func (h *Handlers) measureDo(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	m, err := h.measureAt(r)
	if err != nil {
		return err
	}
	ctx, a, p := r.Context(), actorOf(r), views.MeasurePage{Errors: ui.Errors{}}
	version, _ := formInt(r, "version")
	ref := db.TodoRef{ID: m.ID, Version: version}
	name, said := "words", lang.T(ctx, "记下了")
	switch act := r.PathValue("act"); act {
	case string(measure.Begin), string(measure.Reopen):
		err = h.db.MoveMeasure(ctx, a, ref, measure.Act(act), "")
	case string(measure.Finish):
		p.Words = field(r, "words")
		if checkLength(ctx, p.Errors, "words", p.Words, 500); !p.Errors.Any() {
			err = h.db.MoveMeasure(ctx, a, ref, measure.Finish, p.Words)
		}
	case string(measure.Drop):
		name, p.Reason = "reason", field(r, "reason")
		if checkLength(ctx, p.Errors, "reason", p.Reason, 200); !p.Errors.Any() {
			err = h.db.MoveMeasure(ctx, a, ref, measure.Drop, p.Reason)
		}
	case "review":
		name, p.Lesson = "learned", field(r, "learned")
		if checkLength(ctx, p.Errors, "learned", p.Lesson, 500); !p.Errors.Any() {
			err = h.db.ReviewMeasure(ctx, a, ref, p.Lesson)
		}
	default:
		return db.ErrNotFound
	}
	switch {
	case errors.Is(err, db.ErrMeasureWords):
		p.Errors.Add(name, lang.T(ctx, "请填写"))
	case errors.Is(err, db.ErrConflict):
		p.Errors.Add("", lang.T(ctx, "刚才有人先办了。你填的还在，请对照现在的情况再提交一次。"))
		if m, err = h.measureAt(r); err != nil {
			return err
		}
	case err != nil:
		return err
	}
	if p.Errors.Any() {
		return h.showMeasure(w, r, http.StatusUnprocessableEntity, m, p)
	}
	h.workChanged()
	h.flash(r, views.Flash{Kind: "ok", Text: said})
	h.redirect(w, r, "/measures/"+idText(m.ID))
	return nil
}

func (h *Handlers) measureDelete(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	m, err := h.measureAt(r)
	if err != nil {
		return err
	}
	ctx := r.Context()
	version, _ := formInt(r, "version")
	if err := h.db.DeleteMeasure(ctx, actorOf(r), db.TodoRef{ID: m.ID, Version: version}); err != nil {
		return err
	}
	h.workChanged()
	h.flash(r, views.Flash{Kind: "ok", Text: lang.T(ctx, "已删除这条措施"), UndoURL: "/measures/" + idText(m.ID) + "/restore"})
	h.redirect(w, r, "/measures")
	return nil
}

func (h *Handlers) measureRestore(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	id, err := pathID(r, "id")
	if err == nil {
		err = h.db.RestoreMeasure(r.Context(), actorOf(r), id)
	}
	if err != nil {
		return err
	}
	h.workChanged()
	h.flash(r, views.Flash{Kind: "ok", Text: lang.T(r.Context(), "取回来了")})
	h.redirect(w, r, "/measures/"+idText(id))
	return nil
}
