package handlers

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"yike/db"
	"yike/policy"
	"yike/policy/place"
	"yike/policy/profile"
	"yike/policy/radar"
	"yike/policy/standard"
	"yike/views"
	"yike/views/lang"
	"yike/views/ui"
)

// The parts of a list's address, in the order in which they stand there.
// Together they say what is listed; a page adds "at", where in the list it
// begins.
var listKeys = []string{"branch", "cases", "class", "clerk", "gap", "kind", "level", "mark", "older", "owing", "owner", "place", "quiet", "rfm", "sort", "source", "stage", "state", "tag", "tier", "visit", "worth"}

// customerQuery is a list's address: what is not understood is left out.
type customerQuery struct {
	url.Values
	now time.Time
}

// readList takes the parts of a list out of an address or a form.
func readList(v url.Values, now time.Time) customerQuery {
	q := customerQuery{url.Values{}, now}
	for _, k := range listKeys {
		words := slices.Compact(slices.Sorted(slices.Values(v[k])))
		for _, w := range words {
			if w = clean(w); w != "" && validList(k, w) && (k == "class" || q.Get(k) == "") {
				q.Add(k, w)
			}
		}
	}
	return q
}

func validList(key, w string) bool {
	switch key {
	case "branch", "clerk", "tag":
		return db.ParseID(w) > 0
	case "owner":
		return w == "none" || db.ParseID(w) > 0
	case "class":
		return w == "none" || slices.Contains(profile.Classes, w)
	case "worth", "rfm", "tier", "level", "mark":
		return slices.Contains(groupValues(key), w)
	case "stage":
		return slices.Contains(profile.Stages, w)
	case "kind":
		return slices.Contains(profile.Kinds, w)
	case "source":
		return slices.Contains(profile.Sources, w)
	case "state":
		return slices.Contains(profile.States, w)
	case "place":
		d, ok := place.ByCode(w)
		return ok && d.Level != place.District
	case "visit":
		n, err := strconv.Atoi(w)
		return w == "never" || err == nil && n > 0 && n <= 3650
	case "older":
		n, err := strconv.Atoi(w)
		return err == nil && n > 0 && n <= 3650
	case "cases":
		return w == "open"
	case "owing":
		return w == "1"
	case "quiet":
		n, err := strconv.Atoi(w)
		return err == nil && slices.Contains(radar.QuietStops, n) && strconv.Itoa(n) == w
	case "gap":
		return w == db.GapAny || w == db.GapMust || slices.Contains(standard.Asked, w)
	case "sort":
		return slices.Contains([]string{db.SortName, db.SortCode, db.SortClass, db.SortVisit, db.SortCreated}, strings.TrimSuffix(w, "-"))
	}
	return false
}

// filter is the list's address as the store understands it.
func (q customerQuery) filter() db.CustomerFilter {
	f := db.CustomerFilter{Branch: db.ParseID(q.Get("branch")), Clerk: db.ParseID(q.Get("clerk")), Tag: db.ParseID(q.Get("tag")),
		Classes: q.Values["class"], Stage: q.Get("stage"), Kind: q.Get("kind"), Source: q.Get("source"), State: q.Get("state"),
		Place: q.Get("place"), Gap: q.Get("gap"), Cases: q.Get("cases") != "",
		Worth: q.Get("worth"), RFM: q.Get("rfm"), Tier: q.Get("tier"), Level: q.Get("level"), Mark: q.Get("mark"), Quiet: q.Get("quiet")}
	if f.NoOwner = q.Get("owner") == "none"; !f.NoOwner {
		f.Owner = db.ParseID(q.Get("owner"))
	}
	if n, err := strconv.Atoi(q.Get("older")); err == nil {
		f.Before = db.Day(q.now.AddDate(0, 0, -n))
	}
	switch v := q.Get("visit"); v {
	case "":
	case "never":
		f.Never = true
	default:
		n, _ := strconv.Atoi(v)
		f.NotSince = db.Day(q.now.AddDate(0, 0, -n))
	}
	f.Sort, f.Desc = strings.CutSuffix(q.Get("sort"), "-")
	return f
}

// listFilter is the list's address as the store understands it; who owes is told
// by the rule of now.
func (h *Handlers) listFilter(ctx context.Context, q customerQuery) (db.CustomerFilter, error) {
	f := q.filter()
	if s, _ := ctx.Value(keySignedIn).(db.SignedIn); s.Actor.Scope(policy.CustomerRead).Wide() && !s.Actor.Scope(policy.CaseRead).Wide() {
		f.Cases = false // of which clients there are cases is not theirs to learn
	}
	if q.Get("owing") == "" {
		return f, nil
	}
	rules, err := h.db.AccountRules(ctx, h.today())
	f.Owing = &db.Owing{Rules: rules, Day: h.today()}
	return f, err
}

// with is the address with one part changed or, by "", taken out. A page asks
// for a dozen of them.
func (q customerQuery) with(path, key, value string) string {
	var b strings.Builder
	b.WriteString(path)
	mark := byte('?')
	add := func(key, word string) {
		b.WriteByte(mark)
		b.WriteString(key + "=" + url.QueryEscape(word))
		mark = '&'
	}
	for _, k := range listKeys {
		switch {
		case k != key:
			for _, word := range q.Values[k] {
				add(k, word)
			}
		case value != "":
			add(k, value)
		}
	}
	return b.String()
}

func address(path string, v url.Values) string {
	for k, words := range v {
		if len(words) == 0 {
			delete(v, k)
		}
	}
	if s := v.Encode(); s != "" {
		return path + "?" + s
	}
	return path
}

// customerList shows the customers that the reader may see, as filtered.
func (h *Handlers) customerList(w http.ResponseWriter, r *http.Request) error {
	if done, err := h.filterPeople(w, r); done {
		return err
	}
	ctx, a := r.Context(), actorOf(r)
	q := readList(r.URL.Query(), h.db.Now())
	set, err := h.listSettings(ctx, a)
	if err != nil {
		return err
	}
	f, err := h.listFilter(ctx, q)
	if err != nil {
		return err
	}
	f.Cursor = r.URL.Query().Get("at")
	f.Columns, f.WithPhones, f.WithTags = set.Columns, slices.Contains(set.Columns, "phone"), slices.Contains(set.Columns, "tags")
	found, err := h.db.Customers(ctx, a.Scope(policy.CustomerRead), f)
	if err != nil {
		return err
	}
	p := views.CustomerList{Query: q.Encode(), Columns: h.listColumns(ctx, q, set.Columns), Narrow: found.Narrow,
		CanNew: a.Can(policy.CustomerCreate), CanImport: a.Can(policy.ImportRun), CanExport: a.Can(policy.CustomerExport), CanBulk: a.Can(policy.CustomerEdit),
		FilterHref: q.with("/customers/filter", "", ""), ColumnsHref: q.with("/customers/columns", "", "")}
	p.Count = lang.T(ctx, "%d", found.Count)
	if found.More {
		p.Count, p.CountHref = lang.T(ctx, "%d+", found.Count), q.with("/customers/count", "", "")
	}
	p.CSVHref, p.XLSXHref = q.with("/customers/export", "", ""), q.with("/customers/export", "", "")
	p.CSVHref, p.XLSXHref = join(p.CSVHref, "format=csv"), join(p.XLSXHref, "format=xlsx")
	for _, v := range set.Views {
		p.Views = append(p.Views, views.SavedView{Name: v.Name, Href: join("/customers", v.Query), Current: v.Query == q.Encode()})
	}
	if p.Chips, err = h.listChips(ctx, q); err != nil {
		return err
	}
	if p.Rows, err = h.listRows(ctx, a, q, found.Rows, set.Columns); err != nil {
		return err
	}
	page1 := q.with("/customers", "", "")
	p.Pager = ui.PagerProps{}
	if found.Prev != "" {
		p.Pager.First, p.Pager.Prev = page1, join(page1, "at="+found.Prev)
	}
	if found.Next != "" {
		p.Pager.Next = join(page1, "at="+found.Next)
	}
	p.Filtered = f.Filters() > 0
	if p.Segment, err = h.segmentNote(ctx, a, q, len(p.Rows) > 0); err != nil {
		return err
	}
	return h.render(w, r, http.StatusOK, page{title: lang.T(ctx, "客户"), body: views.Customers(p), active: "/customers", scripts: []string{"customers.js"}})
}

func join(path, query string) string {
	switch {
	case query == "":
		return path
	case strings.Contains(path, "?"):
		return path + "&" + query
	}
	return path + "?" + query
}

// listSettings are how a person likes the list.
type listSettings struct {
	Columns []string
	Views   []savedView
}

type savedView struct{ Name, Query string }

func (h *Handlers) listSettings(ctx context.Context, a policy.Actor) (listSettings, error) {
	var s listSettings
	text, err := h.db.UserSetting(ctx, a, "customers.list")
	if err != nil {
		return s, err
	}
	if text != "" {
		_ = json.Unmarshal([]byte(text), &s) // what cannot be read is as if it had not been set
	}
	s.Columns = slices.DeleteFunc(s.Columns, func(c string) bool { return !slices.Contains(views.CustomerColumns, c) })
	if len(s.Columns) == 0 {
		s.Columns = slices.Clone(views.DefaultColumns)
	}
	return s, nil
}

func (h *Handlers) saveListSettings(ctx context.Context, a policy.Actor, s listSettings) error {
	b, err := json.Marshal(s)
	if err != nil {
		return err
	}
	return h.db.SetUserSetting(ctx, a, "customers.list", string(b))
}

// customerCount counts a list to the end, when somebody asks for it.
func (h *Handlers) customerCount(w http.ResponseWriter, r *http.Request) error {
	ctx, cancel := context.WithTimeout(r.Context(), 10*time.Second)
	defer cancel()
	q := readList(r.URL.Query(), h.db.Now())
	f, err := h.listFilter(ctx, q)
	if err != nil {
		return err
	}
	n, more, err := h.db.CountCustomers(ctx, actorOf(r).Scope(policy.CustomerRead), f)
	if err != nil {
		return err
	}
	text := lang.T(ctx, "%d", n)
	if more {
		text = lang.T(ctx, "%d+", n)
	}
	p := views.CustomerCount{Count: text, Back: q.with("/customers", "", "")}
	return h.render(w, r, http.StatusOK, page{title: lang.T(ctx, "客户"), body: views.CustomerCounted(p), partial: views.CustomerCountOnly(p), active: "/customers"})
}

// customerFilter is the form that adds filters.
func (h *Handlers) customerFilter(w http.ResponseWriter, r *http.Request) error {
	return h.showFilter(w, r, http.StatusOK, readList(r.URL.Query(), h.db.Now()), nil, nil)
}

func (h *Handlers) filterForm(ctx context.Context, a policy.Actor, q customerQuery) (views.CustomerFilterForm, error) {
	p := views.CustomerFilterForm{Value: map[string]string{}, Classes: q.Values["class"], Back: q.with("/customers", "", ""), Sort: q.Get("sort")}
	for _, k := range listKeys {
		p.Value[k] = q.Get(k)
	}
	p.Branches = h.branchOptions(ctx, a.Scope(policy.CustomerRead))
	tags, err := h.db.Tags(ctx)
	if err != nil {
		return p, err
	}
	for _, t := range tags {
		p.Tags = append(p.Tags, ui.Option{Value: idText(t.ID), Label: t.Name, Group: views.TagKindWord(ctx, t.Kind)})
	}
	p.Gaps = views.GapOptions(ctx, standard.Asked)
	for _, province := range place.Provinces() {
		p.Places = append(p.Places, ui.Option{Value: province.Code, Label: lang.T(ctx, "全%s", province.Name), Group: province.Name})
		for _, city := range place.Children(province.Code) {
			if city.Current() && city.Level == place.City {
				p.Places = append(p.Places, ui.Option{Value: city.Code, Label: city.Name, Group: province.Name})
			}
		}
	}
	return p, nil
}

// customerColumns chooses columns and keeps or forgets views.
func (h *Handlers) customerColumns(w http.ResponseWriter, r *http.Request) error {
	ctx, a := r.Context(), actorOf(r)
	q := readList(r.URL.Query(), h.db.Now())
	set, err := h.listSettings(ctx, a)
	if err != nil {
		return err
	}
	return h.showColumns(w, r, http.StatusOK, q, set, "", nil)
}

func (h *Handlers) showColumns(w http.ResponseWriter, r *http.Request, status int, q customerQuery, set listSettings, name string, errs ui.Errors) error {
	ctx := r.Context()
	p := views.ColumnsForm{Query: q.Encode(), Back: q.with("/customers", "", ""), Name: name, Errors: errs, Chosen: set.Columns}
	for _, c := range views.CustomerColumns {
		p.Columns = append(p.Columns, ui.Option{Value: c, Label: views.ListColumnWord(ctx, c)})
	}
	for _, v := range set.Views {
		p.Views = append(p.Views, views.SavedView{Name: v.Name, Href: join("/customers", v.Query)})
	}
	return h.render(w, r, status, page{title: lang.T(ctx, "列和视图"), body: views.CustomerColumnsPage(p), active: "/customers"})
}

func (h *Handlers) columnsSave(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	ctx, a := r.Context(), actorOf(r)
	set, err := h.listSettings(ctx, a)
	if err != nil {
		return err
	}
	chosen := fields(r, "column")
	set.Columns = slices.DeleteFunc(slices.Clone(views.CustomerColumns), func(c string) bool { return !slices.Contains(chosen, c) })
	if err := h.saveListSettings(ctx, a, set); err != nil {
		return err
	}
	h.redirect(w, r, h.backToList(r))
	return nil
}

// backToList is the list that a form was opened from.
func (h *Handlers) backToList(r *http.Request) string {
	v, _ := url.ParseQuery(field(r, "q"))
	return readList(v, h.db.Now()).with("/customers", "", "")
}

const maxViews = 30

func (h *Handlers) viewSave(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	ctx, a := r.Context(), actorOf(r)
	v, _ := url.ParseQuery(field(r, "q"))
	q := readList(v, h.db.Now())
	set, err := h.listSettings(ctx, a)
	if err != nil {
		return err
	}
	name, errs := field(r, "name"), ui.Errors{}
	checkText(ctx, errs, "name", name, 20)
	if len(set.Views) >= maxViews {
		errs.Add("name", lang.T(ctx, "最多存 %d 个视图，先删掉不用的", maxViews))
	}
	if errs.Any() {
		return h.showColumns(w, r, http.StatusUnprocessableEntity, q, set, name, errs)
	}
	set.Views = slices.DeleteFunc(set.Views, func(v savedView) bool { return v.Name == name })
	set.Views = append(set.Views, savedView{name, q.Encode()})
	if err := h.saveListSettings(ctx, a, set); err != nil {
		return err
	}
	h.flash(r, views.Flash{Kind: "ok", Text: lang.T(ctx, "视图「%s」已存好", name)})
	h.redirect(w, r, q.with("/customers", "", ""))
	return nil
}

func (h *Handlers) viewRemove(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	ctx, a := r.Context(), actorOf(r)
	set, err := h.listSettings(ctx, a)
	if err != nil {
		return err
	}
	set.Views = slices.DeleteFunc(set.Views, func(v savedView) bool { return v.Name == field(r, "name") })
	if err := h.saveListSettings(ctx, a, set); err != nil {
		return err
	}
	h.redirect(w, r, h.backToList(r))
	return nil
}
