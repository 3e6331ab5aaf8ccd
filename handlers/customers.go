package handlers

import (
	"context"
	"maps"
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
	now       time.Time
	firstKept bool // the bare address opens a view of theirs: all of them has its own
}

// readList takes the parts of a list out of an address or a form.
func readList(v url.Values, now time.Time) customerQuery {
	q := customerQuery{Values: url.Values{}, now: now}
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

// placeUnknown asks for the customers of whom no city is known.
const placeUnknown = "none"

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
		if w == placeUnknown {
			return true
		}
		d, ok := place.ByCode(strings.TrimSuffix(w, db.NoDistrict))
		return ok && (d.Level != place.District || d.Code == w)
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
	if q.firstKept && mark == '?' && path == customersKept.paths[""] {
		add(customersKept.all, "1")
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
	set, err := h.listSettings(ctx, a, customersKept)
	if err != nil {
		return err
	}
	if first := h.firstView(r, customersKept, set); first != "" {
		h.redirect(w, r, first)
		return nil
	}
	q.firstKept = set.First != ""
	f, err := h.listFilter(ctx, q)
	if err != nil {
		return err
	}
	f.Cursor = r.URL.Query().Get("at")
	f.Columns, f.WithPhones, f.WithTags = set.Columns, slices.Contains(set.Columns, "phone"), slices.Contains(set.Columns, "tags")
	f.WithCases = a.Can(policy.CaseRead)
	found, err := h.db.Customers(ctx, a.Scope(policy.CustomerRead), f)
	if err != nil {
		return err
	}
	p := views.CustomerList{Query: q.Encode(), Columns: h.listColumns(ctx, q, set.Columns), Narrow: found.Narrow,
		CanNew: a.Can(policy.CustomerCreate), CanImport: a.Can(policy.ImportRun), CanExport: a.Can(policy.CustomerExport), CanBulk: a.Can(policy.CustomerEdit),
		FilterHref: q.with("/customers/filter", "", "")}
	p.Count = lang.T(ctx, "%d", found.Count)
	if found.More {
		p.Count, p.CountHref = lang.T(ctx, "%d+", found.Count), q.with("/customers/count", "", "")
	}
	p.CSVHref, p.XLSXHref = q.with("/customers/export", "", ""), q.with("/customers/export", "", "")
	p.CSVHref, p.XLSXHref = join(p.CSVHref, "format=csv"), join(p.XLSXHref, "format=xlsx")
	p.Saved = views.SavedMenu{Views: h.savedViews(customersKept, set, "", q.Encode()), AllHref: customersKept.href("", "", q.firstKept), ColumnsHref: q.with("/customers/columns", "", ""), Whole: p.Query == ""}
	if p.Saved.Shared, err = h.sharedViews(ctx, a, customersKept, "", q.Encode(), q.firstKept); err != nil {
		return err
	}
	if p.Chips, err = h.listChips(ctx, q); err != nil {
		return err
	}
	room := cellRooms.Get().(*cellRoom)
	defer room.done()
	if p.Rows, err = h.listRows(ctx, a, q, found.Rows, set.Columns, room); err != nil {
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

// hrefWith is a path with conditions, some of them changed: more is a name and
// its value each, "" takes a condition off.
func hrefWith(path string, v url.Values, more ...string) string {
	to := maps.Clone(v)
	if to == nil {
		to = url.Values{}
	}
	for i := 0; i+1 < len(more); i += 2 {
		if to.Set(more[i], more[i+1]); more[i+1] == "" {
			to.Del(more[i])
		}
	}
	return join(path, to.Encode())
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
	if w := q.Get("place"); w != "" && !slices.ContainsFunc(p.Places, func(o ui.Option) bool { return o.Value == w }) {
		p.Places = append(p.Places, ui.Option{Value: w, Label: placeAsked(ctx, w)}) // a report asks for more places than the form offers
	}
	return p, nil
}
