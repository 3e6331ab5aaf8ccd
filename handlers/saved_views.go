package handlers

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"path"
	"slices"

	"yike/db"
	"yike/policy"
	"yike/views"
	"yike/views/lang"
	"yike/views/ui"
)

// keptList is a list whose columns a person chooses and whose views they keep:
// an address with a name. They are one's own, or shared with branches.
type keptList struct {
	setting, name  string            // among one's own settings; as people call it
	list           string            // of shared views
	share          policy.Permission // who shares them
	paths          map[string]string // of its pages: "" is the list
	all            string            // asks for the whole list, whatever view opens first
	columns, usual []string
	word           func(context.Context, string) string
	tidy           func(h *Handlers, r *http.Request, page string, v url.Values) string // what of an address says what is listed
}

var (
	customersKept = keptList{"customers.list", lang.N("客户"), "customers", policy.CustomerEdit, map[string]string{"": "/customers"}, "all", views.CustomerColumns, views.DefaultColumns, views.ListColumnWord,
		func(h *Handlers, _ *http.Request, _ string, v url.Values) string {
			return readList(v, h.db.Now()).Encode()
		}}
	casesKept = keptList{"cases.list", lang.N("工单"), "cases", policy.CaseEdit, map[string]string{"": "/cases", boardView: boardPath}, "all", views.CaseColumns, views.DefaultCaseColumns, views.CaseListColumnWord,
		(*Handlers).tidyCases}
)

// href is a page of the list by its query. firstKept: a view opens first, so that
// the whole list says that it is meant.
func (l keptList) href(page, query string, firstKept bool) string {
	return l.whole(l.paths[page], query, firstKept)
}

func (l keptList) whole(path, query string, firstKept bool) string {
	if query == "" && path == l.paths[""] && firstKept {
		query = l.all + "=1"
	}
	return join(path, query)
}

// listSettings are how a person likes a list. First is the view that opens with
// the list, by its name.
type listSettings struct {
	Columns []string
	Views   []savedView
	First   string `json:",omitempty"`
}

// savedView is an address of a page of a list; Page is "" for the list itself.
type savedView struct {
	Name, Query string
	Page        string `json:",omitempty"`
}

const (
	maxViews    = 30
	maxViewName = 20
)

func (s listSettings) at(name string) int {
	return slices.IndexFunc(s.Views, func(v savedView) bool { return v.Name == name })
}

func (h *Handlers) listSettings(ctx context.Context, a policy.Actor, l keptList) (listSettings, error) {
	var s listSettings
	text, err := h.db.UserSetting(ctx, a, l.setting)
	if err != nil {
		return s, err
	}
	if text != "" {
		_ = json.Unmarshal([]byte(text), &s) // what cannot be read is as if it had not been set
	}
	s.Columns = slices.DeleteFunc(s.Columns, func(c string) bool { return !slices.Contains(l.columns, c) })
	if len(s.Columns) == 0 {
		s.Columns = slices.Clone(l.usual)
	}
	return s, nil
}

func (h *Handlers) saveListSettings(ctx context.Context, a policy.Actor, l keptList, s listSettings) error {
	b, err := json.Marshal(s)
	if err != nil {
		return err
	}
	return h.db.SetUserSetting(ctx, a, l.setting, string(b))
}

// firstView is the view that opens instead of the bare list; "" when none was
// chosen, or something was asked for.
func (h *Handlers) firstView(r *http.Request, l keptList, s listSettings) string {
	i := s.at(s.First)
	if r.URL.RawQuery != "" || s.First == "" || i < 0 || s.Views[i].Page == "" && s.Views[i].Query == "" {
		return ""
	}
	return l.href(s.Views[i].Page, s.Views[i].Query, true)
}

// savedViews are the views of a list; page and query are where the reader is.
func (h *Handlers) savedViews(l keptList, s listSettings, page, query string) (out []views.SavedView) {
	for _, v := range s.Views {
		out = append(out, views.SavedView{Name: v.Name, Href: l.href(v.Page, v.Query, s.First != ""), Current: v.Query == query && v.Page == page, First: v.Name == s.First})
	}
	return out
}

// viewForm is what a form about the views of a list says: where it was opened,
// and how the list is kept.
func (h *Handlers) viewForm(r *http.Request, l keptList) (page, query string, s listSettings, err error) {
	if err = readForm(r); err != nil {
		return "", "", s, err
	}
	if page = field(r, "page"); l.paths[page] == "" {
		page = ""
	}
	v, _ := url.ParseQuery(field(r, "q"))
	query = l.tidy(h, r, page, v)
	s, err = h.listSettings(r.Context(), actorOf(r), l)
	return page, query, s, err
}

// showColumns is the page on which columns are chosen and views are kept.
func (h *Handlers) showColumns(w http.ResponseWriter, r *http.Request, status int, l keptList, where, query string, s listSettings, name string, errs ui.Errors) error {
	ctx := r.Context()
	p := views.ColumnsForm{Path: l.paths[""], Page: where, Query: query, Back: l.href(where, query, s.First != ""), BackText: lang.T(ctx, l.name), Name: name, Errors: errs, Chosen: s.Columns, Branch: field(r, "branch")}
	for _, c := range l.columns {
		p.Columns = append(p.Columns, ui.Option{Value: c, Label: l.word(ctx, c)})
	}
	p.Views, p.ShareTo = h.savedViews(l, s, where, query), h.shareBranches(ctx, actorOf(r), l)
	var err error
	if p.Shared, err = h.sharedViews(ctx, actorOf(r), l, where, query, s.First != ""); err != nil {
		return err
	}
	if p.Below, err = h.viewsBelow(ctx, actorOf(r), l, s.First != ""); err != nil {
		return err
	}
	p.More = len(p.Below) >= db.MostViewsBelow
	return h.render(w, r, status, page{title: lang.T(ctx, "列和视图"), body: views.ListColumnsPage(p), active: l.paths[""]})
}

func (h *Handlers) columnsPage(w http.ResponseWriter, r *http.Request, l keptList) error {
	s, err := h.listSettings(r.Context(), actorOf(r), l)
	if err != nil {
		return err
	}
	page := query(r, "page")
	if l.paths[page] == "" {
		page = ""
	}
	return h.showColumns(w, r, http.StatusOK, l, page, l.tidy(h, r, page, r.URL.Query()), s, "", nil)
}

func (h *Handlers) columnsSave(w http.ResponseWriter, r *http.Request, l keptList) error {
	page, query, s, err := h.viewForm(r, l)
	if err != nil {
		return err
	}
	chosen := fields(r, "column")
	s.Columns = slices.DeleteFunc(slices.Clone(l.columns), func(c string) bool { return !slices.Contains(chosen, c) })
	if err := h.saveListSettings(r.Context(), actorOf(r), l, s); err != nil {
		return err
	}
	h.redirect(w, r, l.href(page, query, s.First != ""))
	return nil
}

// viewSave keeps where one is under a name; the name of another one takes its
// place.
func (h *Handlers) viewSave(w http.ResponseWriter, r *http.Request, l keptList) error {
	page, query, s, err := h.viewForm(r, l)
	if err != nil {
		return err
	}
	ctx := r.Context()
	name, errs := field(r, "name"), ui.Errors{}
	checkText(ctx, errs, "name", name, maxViewName)
	if s.at(name) < 0 && len(s.Views) >= maxViews {
		errs.Add("name", lang.T(ctx, "最多存 %d 个视图，先删掉不用的", maxViews))
	}
	if errs.Any() {
		return h.showColumns(w, r, http.StatusUnprocessableEntity, l, page, query, s, name, errs)
	}
	s.Views = slices.DeleteFunc(s.Views, func(v savedView) bool { return v.Name == name })
	s.Views = append(s.Views, savedView{name, query, page})
	if err := h.saveListSettings(ctx, actorOf(r), l, s); err != nil {
		return err
	}
	h.flash(r, views.Flash{Kind: "ok", Text: lang.T(ctx, "视图「%s」已存好", name)})
	h.redirect(w, r, l.href(page, query, s.First != ""))
	return nil
}

// viewDo renames a view, lets it open first or no longer, or forgets it, as the
// end of its address says.
func (h *Handlers) viewDo(w http.ResponseWriter, r *http.Request, l keptList) error {
	page, query, s, err := h.viewForm(r, l)
	if err != nil {
		return err
	}
	ctx, name := r.Context(), field(r, "name")
	i := s.at(name)
	switch act := path.Base(r.URL.Path); {
	case i < 0: // gone meanwhile, in another window
	case act == "remove":
		s.Views = slices.Delete(s.Views, i, i+1)
		if s.First == name {
			s.First = ""
		}
	case act == "first":
		if s.First == name {
			s.First = ""
		} else {
			s.First = name
		}
	default:
		to, errs := field(r, "to"), ui.Errors{}
		if checkText(ctx, errs, "to", to, maxViewName); to != name && s.at(to) >= 0 {
			errs.Add("to", lang.T(ctx, "已有叫「%s」的视图", to))
		}
		if errs.Any() {
			errs["to."+name] = errs["to"]
			return h.showColumns(w, r, http.StatusUnprocessableEntity, l, page, query, s, "", errs)
		}
		if s.Views[i].Name = to; s.First == name {
			s.First = to
		}
	}
	if err := h.saveListSettings(ctx, actorOf(r), l, s); err != nil {
		return err
	}
	h.redirect(w, r, l.paths[""]+"/columns?"+url.Values{"page": {page}}.Encode()+"&"+query)
	return nil
}

func (h *Handlers) customerColumns(w http.ResponseWriter, r *http.Request) error {
	return h.columnsPage(w, r, customersKept)
}

func (h *Handlers) customerColumnsSave(w http.ResponseWriter, r *http.Request) error {
	return h.columnsSave(w, r, customersKept)
}

func (h *Handlers) customerViewSave(w http.ResponseWriter, r *http.Request) error {
	return h.viewSave(w, r, customersKept)
}

func (h *Handlers) customerViewDo(w http.ResponseWriter, r *http.Request) error {
	return h.viewDo(w, r, customersKept)
}

func (h *Handlers) caseColumnsPage(w http.ResponseWriter, r *http.Request) error {
	return h.columnsPage(w, r, casesKept)
}

func (h *Handlers) caseColumnsSave(w http.ResponseWriter, r *http.Request) error {
	return h.columnsSave(w, r, casesKept)
}

func (h *Handlers) caseViewSave(w http.ResponseWriter, r *http.Request) error {
	return h.viewSave(w, r, casesKept)
}

func (h *Handlers) caseViewDo(w http.ResponseWriter, r *http.Request) error {
	return h.viewDo(w, r, casesKept)
}
