package handlers

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"yike/db"
	"yike/internal/sheet"
	"yike/policy"
	"yike/policy/activity"
	"yike/policy/day"
	"yike/policy/mask"
	"yike/policy/measure"
	"yike/views"
	"yike/views/lang"
	"yike/views/ui"
)

// activitiesShown is how many activities a page lists.
const activitiesShown = 50

// activityQuery is what the address of the list says.
func activityQuery(r *http.Request) (db.ActivityFilter, url.Values) {
	v := url.Values{}
	for name, value := range map[string]string{"kind": known(activity.Kinds, query(r, "kind")), "state": known(activity.States, query(r, "state")),
		"branch": idText(db.ParseID(query(r, "branch"))), "customer": idText(db.ParseID(query(r, "customer")))} {
		if value != "" {
			v.Set(name, value)
		}
	}
	f := db.ActivityFilter{Kind: v.Get("kind"), State: v.Get("state"), BranchID: db.ParseID(v.Get("branch")), Customer: db.ParseID(v.Get("customer")), Limit: activitiesShown}
	at, id, _ := strings.Cut(query(r, "at"), "_")
	if d, err := day.Parse(at); err == nil {
		f.At = db.ActivityKey{Day: d.String(), ID: db.ParseID(id)}
	}
	return f, v
}

func (h *Handlers) activityList(w http.ResponseWriter, r *http.Request) error {
	ctx, a := r.Context(), actorOf(r)
	f, v := activityQuery(r)
	if f.Customer != 0 { // whose, only for who may see them
		if _, err := h.db.Customer(ctx, a.Scope(policy.CustomerRead), f.Customer); err != nil {
			return err
		}
	}
	list, more, err := h.db.Activities(ctx, a, f)
	if err != nil {
		return err
	}
	n, err := h.db.CountActivities(ctx, a, f, todayMost+1)
	if err != nil {
		return err
	}
	p := views.ActivityList{Kind: f.Kind, State: f.State, Branch: idText(f.BranchID), Customer: idText(f.Customer), Branches: h.ruleBranches(ctx, a.Scope(policy.ActivityRead)),
		Count: lang.T(ctx, "%s 场", upTo(n, todayMost)), Printed: h.printed(ctx, a, f.BranchID), Chips: h.activityChips(ctx, v)}
	for _, x := range list {
		p.Rows = append(p.Rows, h.activityLine(ctx, x))
	}
	if more {
		last := list[len(list)-1]
		p.Next = hrefWith("/activities", v, "at", last.Day+"_"+idText(last.ID))
	}
	if a.Scope(policy.ActivityEdit).Wide() {
		p.New = "/activities/new"
	}
	if a.Can(policy.CustomerExport) && len(list) > 0 {
		p.Export = hrefWith("/activities/export", v)
	}
	return h.render(w, r, http.StatusOK, page{title: lang.T(ctx, "活动和培训"), body: views.Activities(p), active: "/activities"})
}

// activityChips are the filters in force, each with a way to take it off.
func (h *Handlers) activityChips(ctx context.Context, v url.Values) ui.ChipsProps {
	out := ui.ChipsProps{Label: lang.T(ctx, "筛选条件"), ClearHref: "/activities"}
	for _, c := range []struct{ name, label, value string }{{"kind", lang.T(ctx, "类型"), views.ActivityKindWord(ctx, v.Get("kind"))}, {"state", lang.T(ctx, "进度"), views.ActivityStateWord(ctx, v.Get("state"))},
		{"branch", lang.T(ctx, "网点"), h.db.BranchName(db.ParseID(v.Get("branch")))}, {"customer", lang.T(ctx, "客户"), lang.T(ctx, "一位客户")}} {
		if v.Get(c.name) != "" {
			out.Items = append(out.Items, ui.Chip{Label: c.label, Value: c.value, RemoveHref: hrefWith("/activities", v, c.name, "")})
		}
	}
	return out
}

func activityKind(state string) string {
	switch state {
	case activity.Held:
		return "ok"
	case activity.Planned:
		return "soon"
	}
	return "line"
}

// activityLine is an activity in a list; of one that was held it says how many
// of those who were asked came.
func (h *Handlers) activityLine(ctx context.Context, x db.ActivityRow) views.ActivityLine {
	line := views.ActivityLine{Href: "/activities/" + idText(x.ID), Title: mask.Text(x.Title, mask.Masked), Kind: views.ActivityKindWord(ctx, x.Kind), Day: x.Day, Place: x.Place, Who: cmp.Or(x.User, lang.T(ctx, "还没有人")), Branch: h.db.BranchName(x.BranchID),
		Clients: strconv.FormatInt(x.Clients, 10), People: strconv.FormatInt(x.People, 10), Measures: strconv.FormatInt(x.Measures, 10), State: views.ActivityStateWord(ctx, x.State), StateKind: activityKind(x.State)}
	if x.State == activity.Held {
		line.Clients, line.People = fmt.Sprintf("%d/%d", x.ClientsCame, x.Clients), fmt.Sprintf("%d/%d", x.PeopleCame, x.People)
	}
	return line
}

func (h *Handlers) activityAt(r *http.Request) (db.ActivityRow, error) {
	id, err := pathID(r, "id")
	if err != nil {
		return db.ActivityRow{}, err
	}
	return h.db.Activity(r.Context(), actorOf(r), id)
}

func (h *Handlers) activityShow(w http.ResponseWriter, r *http.Request) error {
	x, err := h.activityAt(r)
	if err != nil {
		return err
	}
	return h.showActivity(w, r, http.StatusOK, x, views.ActivityPage{Errors: ui.Errors{}, Typed: x.Opinions, Cost: yuanTyped(x.Cost)}, nil)
}

// yuanTyped is an amount as a form has it, "" for none.
func yuanTyped(fen int64) string {
	if fen == 0 {
		return ""
	}
	return strings.TrimSuffix(fmt.Sprintf("%d.%02d", fen/100, fen%100), ".00")
}

// showActivity shows one activity; typed, when it is not nil, is what a form
// said of who came.
func (h *Handlers) showActivity(w http.ResponseWriter, r *http.Request, status int, x db.ActivityRow, p views.ActivityPage, typed *db.Attended) error {
	ctx, a := r.Context(), actorOf(r)
	level := h.db.MaskFor(a, x.BranchID, 0, 0)
	p.Home, p.Version, p.Title, p.Kind = "/activities/"+idText(x.ID), versionText(x.Version), mask.Text(x.Title, level), views.ActivityKindWord(ctx, x.Kind)
	p.State, p.StateKind, p.Held = views.ActivityStateWord(ctx, x.State), activityKind(x.State), x.State == activity.Held
	p.Agenda, p.Opinions, p.Printed = mask.Text(x.Agenda, level), mask.Text(x.Opinions, level), h.printed(ctx, a, x.BranchID)
	for _, f := range []views.Fact{{Label: lang.T(ctx, "日期"), Value: x.Day}, {Label: lang.T(ctx, "地点"), Value: x.Place}, {Label: lang.T(ctx, "网点"), Value: h.db.BranchName(x.BranchID)},
		{Label: lang.T(ctx, "谁负责"), Value: cmp.Or(x.User, lang.T(ctx, "还没有人"))}, {Label: lang.T(ctx, "花了多少"), Value: yuanTyped(x.Cost)}, {Label: lang.T(ctx, "谁写的"), Value: x.Author}} {
		if f.Value != "" {
			p.Facts = append(p.Facts, f)
		}
	}
	clients, others, err := h.db.ActivityClients(ctx, a, x.ID)
	if err != nil {
		return err
	}
	p.Others = others
	for _, c := range clients {
		g := views.ActivityGuest{ID: idText(c.CustomerID), Name: c.Name, Class: c.Class, Came: c.Came, Said: mask.Text(c.Said, h.db.MaskFor(a, c.BranchID, c.OwnerID, c.ClerkID)), Href: h.clientHref(a, c.CustomerID, c.BranchID, c.OwnerID, c.ClerkID)}
		if typed != nil {
			g.Said, g.Came = typed.Said[c.CustomerID], slices.Contains(typed.Came, c.CustomerID)
		}
		p.Clients = append(p.Clients, g)
	}
	people, err := h.db.ActivityPeople(ctx, a, x.ID)
	if err != nil {
		return err
	}
	for _, who := range people {
		g := views.ActivityGuest{ID: idText(who.UserID), Name: who.Name, Came: who.Came}
		if typed != nil {
			g.Came = slices.Contains(typed.People, who.UserID)
		}
		p.People = append(p.People, g)
	}
	whole, err := h.activityWhole(ctx, a, x)
	if err != nil {
		return err
	}
	if h.db.MayEditActivity(a, x) && whole {
		on, err := day.Parse(x.Day)
		if err != nil {
			return err
		}
		can := func(act activity.Act) bool { return activity.After(x.State, act, on, h.todayDay()) != "" }
		p.CanNote, p.CanCancel, p.CanReopen = can(activity.Note), can(activity.Cancel), can(activity.Reopen)
		p.DeleteURL = p.Home + "/delete"
		if x.State != activity.Cancelled {
			p.EditHref = p.Home + "/edit"
		}
		if x.State == activity.Planned && !p.CanNote {
			p.Early = lang.T(ctx, "到了那天，在这里记谁来了、说了什么。")
		}
	}
	if p.Measures, err = h.measuresFrom(ctx, a, measure.Activity, x.ID, x.BranchID, 0, 0); err != nil {
		return err
	}
	return h.render(w, r, status, page{title: p.Title, body: views.Activity(p), active: "/activities"})
}

func (h *Handlers) activityNew(w http.ResponseWriter, r *http.Request) error {
	ctx, a := r.Context(), actorOf(r)
	f := views.ActivityForm{Title: lang.T(ctx, "安排活动"), Home: "/activities", Action: "/activities", Key: strings.ToLower(rand.Text()), Owner: idText(a.UserID), Errors: ui.Errors{}}
	branch := db.ParseID(query(r, "branch"))
	if branch == 0 {
		options := h.ruleBranches(ctx, a.Scope(policy.ActivityEdit))
		switch len(options) {
		case 0:
			return db.ErrRefused
		case 1:
			branch = db.ParseID(options[0].Value)
		default:
			f.Pick = options
			return h.render(w, r, http.StatusOK, page{title: f.Title, body: views.ActivityEdit(f), active: "/activities"})
		}
	}
	return h.showActivityForm(w, r, http.StatusOK, branch, []int64{a.UserID}, f)
}

// showActivityForm shows the form with those who may be asked; people are those
// who are.
func (h *Handlers) showActivityForm(w http.ResponseWriter, r *http.Request, status int, branch int64, people []int64, f views.ActivityForm) error {
	ctx, a := r.Context(), actorOf(r)
	if !a.Scope(policy.ActivityEdit).SeesBranch(h.db.Chain(branch)) {
		return db.ErrNotFound
	}
	f.Branch, f.BranchName = idText(branch), h.db.BranchName(branch)
	takers, err := h.db.TodoTakers(ctx, branch)
	if err != nil {
		return err
	}
	names := map[int64]string{a.UserID: a.Name}
	ids := []int64{a.UserID}
	leads := []int64{a.UserID, db.ParseID(f.Owner)}
	for _, u := range takers {
		if names[u.ID] == "" {
			ids = append(ids, u.ID)
		}
		names[u.ID] = u.Name
		if accessOf(ctx).Actor(u.ID, u.Name, u.BranchID, u.Grants).Can(policy.ActivityRead) {
			leads = append(leads, u.ID)
		}
	}
	gone, err := h.userNames(ctx, append(slices.Clone(people), db.ParseID(f.Owner)))
	if err != nil {
		return err
	}
	for id, name := range gone {
		if id != 0 && names[id] == "" {
			names[id], ids = name, append(ids, id)
		}
	}
	slices.Sort(ids)
	for _, id := range ids {
		if slices.Contains(leads, id) {
			f.Owners = append(f.Owners, ui.Option{Value: idText(id), Label: names[id]})
		}
		f.People = append(f.People, views.ActivityGuest{ID: idText(id), Name: names[id], Came: slices.Contains(people, id)})
	}
	return h.render(w, r, status, page{title: f.Title, body: views.ActivityEdit(f), active: "/activities"})
}

// readActivity reads the form of an activity.
func (h *Handlers) readActivity(r *http.Request, f *views.ActivityForm) (x db.Activity, people, clients []int64, err error) {
	ctx := r.Context()
	f.Name, f.Day, f.Place, f.Agenda, f.Owner, f.Clients = field(r, "title"), field(r, "day"), field(r, "place"), field(r, "agenda"), field(r, "owner"), field(r, "clients")
	checkText(ctx, f.Errors, "title", f.Name, 80)
	checkLength(ctx, f.Errors, "place", f.Place, 80)
	checkLength(ctx, f.Errors, "agenda", f.Agenda, 1000)
	if on, err := day.Parse(f.Day); err != nil || on.Year() < 2000 || on.Year() > 2100 {
		f.Errors.Add("day", lang.T(ctx, "请选日期"))
	}
	if f.Owner == "" {
		f.Errors.Add("owner", lang.T(ctx, "请选一个"))
	}
	clients, unknown, err := h.namedClients(ctx, actorOf(r), f.Clients)
	if err != nil {
		return x, nil, nil, err
	}
	if unknown != "" {
		f.Errors.Add("clients", lang.T(ctx, "你能看的客户里没有“%s”，写编码或全称", unknown))
	}
	if len(clients) > mostNamed {
		f.Errors.Add("clients", lang.T(ctx, "最多 %d 位", mostNamed))
	}
	for _, id := range fields(r, "person") {
		people = append(people, db.ParseID(id))
	}
	x = db.Activity{Title: f.Name, Day: f.Day, Place: f.Place, Agenda: f.Agenda, UserID: db.ParseID(f.Owner)}
	return x, people, clients, nil
}

func (h *Handlers) activityCreate(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	ctx, branch := r.Context(), db.ParseID(field(r, "branch"))
	f := views.ActivityForm{Title: lang.T(ctx, "安排活动"), Home: "/activities", Action: "/activities", Key: field(r, "key"), Kind: field(r, "kind"), Errors: ui.Errors{}}
	if utf8.RuneCountInString(f.Key) < 16 || len(f.Key) > 64 {
		return fmt.Errorf("%w: submission key %q", errBadRequest, f.Key)
	}
	x, people, clients, err := h.readActivity(r, &f)
	if err != nil {
		return err
	}
	if x.BranchID, x.Kind = branch, f.Kind; !slices.Contains(activity.Kinds, f.Kind) {
		f.Errors.Add("kind", lang.T(ctx, "请选一个"))
	}
	var id int64
	if !f.Errors.Any() {
		if id, err = h.db.NewActivity(ctx, actorOf(r), db.Submission{Key: f.Key}, x, people, clients); errors.Is(err, db.ErrRefused) {
			f.Errors.Add("owner", lang.T(ctx, "这个人接不了，请重选"))
		} else if err != nil {
			return err
		}
	}
	if f.Errors.Any() {
		return h.showActivityForm(w, r, http.StatusUnprocessableEntity, branch, people, f)
	}
	h.flash(r, views.Flash{Kind: "ok", Text: lang.T(ctx, "安排好了")})
	h.redirect(w, r, "/activities/"+idText(id))
	return nil
}

// activityOpen is an activity that the actor may work on, with its words whole.
func (h *Handlers) activityOpen(r *http.Request) (db.ActivityRow, error) {
	x, err := h.activityAt(r)
	if err != nil {
		return x, err
	}
	a := actorOf(r)
	whole, err := h.activityWhole(r.Context(), a, x)
	if err == nil && (!whole || !h.db.MayEditActivity(a, x)) {
		err = fmt.Errorf("activity %d: %w", x.ID, db.ErrRefused)
	}
	return x, err
}

// activityWhole says whether the actor sees every word of an activity that a form
// of it would write again.
func (h *Handlers) activityWhole(ctx context.Context, a policy.Actor, x db.ActivityRow) (bool, error) {
	level := h.db.MaskFor(a, x.BranchID, 0, 0)
	for _, text := range []string{x.Title, x.Agenda, x.Opinions} {
		if mask.Text(text, level) != text {
			return false, nil
		}
	}
	clients, _, err := h.db.ActivityClients(ctx, a, x.ID)
	for _, c := range clients {
		if mask.Text(c.Said, h.db.MaskFor(a, c.BranchID, c.OwnerID, c.ClerkID)) != c.Said {
			return false, err
		}
	}
	return true, err
}

func (h *Handlers) activityEdit(w http.ResponseWriter, r *http.Request) error {
	x, err := h.activityOpen(r)
	if err != nil {
		return err
	}
	ctx, a := r.Context(), actorOf(r)
	f := views.ActivityForm{Name: x.Title, Day: x.Day, Place: x.Place, Agenda: x.Agenda, Owner: idText(x.UserID), Version: versionText(x.Version), Errors: ui.Errors{}}
	clients, _, err := h.db.ActivityClients(ctx, a, x.ID)
	if err != nil {
		return err
	}
	for _, c := range clients {
		f.Clients += c.Code + "\n"
	}
	list, err := h.db.ActivityPeople(ctx, a, x.ID)
	if err != nil {
		return err
	}
	var people []int64
	for _, p := range list {
		people = append(people, p.UserID)
	}
	return h.showActivityEdit(w, r, http.StatusOK, x, people, f)
}

func (h *Handlers) showActivityEdit(w http.ResponseWriter, r *http.Request, status int, x db.ActivityRow, people []int64, f views.ActivityForm) error {
	f.Title, f.Home, f.Action, f.Editing = lang.T(r.Context(), "改活动"), "/activities/"+idText(x.ID), "/activities/"+idText(x.ID), true
	f.KindWord = views.ActivityKindWord(r.Context(), x.Kind)
	return h.showActivityForm(w, r, status, x.BranchID, people, f)
}

func (h *Handlers) activityUpdate(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	was, err := h.activityOpen(r)
	if err != nil {
		return err
	}
	ctx := r.Context()
	f := views.ActivityForm{Version: field(r, "version"), Errors: ui.Errors{}}
	x, people, clients, err := h.readActivity(r, &f)
	if err != nil {
		return err
	}
	if x.ID, x.Version = was.ID, db.ParseID(f.Version); !f.Errors.Any() {
		switch err := h.db.EditActivity(ctx, actorOf(r), x, people, clients); {
		case errors.Is(err, db.ErrConflict):
			f.Errors.Add("", lang.T(ctx, "有人先改过了，或者办过的活动改到了以后。请对照现在的内容再存一次。"))
			f.Version = versionText(was.Version)
		case errors.Is(err, db.ErrRefused):
			f.Errors.Add("owner", lang.T(ctx, "这个人接不了，请重选"))
		case err != nil:
			return err
		}
	}
	if f.Errors.Any() {
		return h.showActivityEdit(w, r, http.StatusUnprocessableEntity, was, people, f)
	}
	h.flash(r, views.Flash{Kind: "ok", Text: lang.T(ctx, "改好了")})
	h.redirect(w, r, "/activities/"+idText(was.ID))
	return nil
}

// activityHeld notes that an activity took place: who came, what each client and
// all of them said, and what it cost.
func (h *Handlers) activityHeld(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	x, err := h.activityOpen(r)
	if err != nil {
		return err
	}
	ctx := r.Context()
	p := views.ActivityPage{Typed: field(r, "opinions"), Cost: field(r, "cost"), Errors: ui.Errors{}}
	in := db.Attended{Opinions: p.Typed, Said: map[int64]string{}}
	checkLength(ctx, p.Errors, "opinions", p.Typed, 2000)
	var ok bool
	if in.Cost, ok = fen(p.Cost); !ok {
		p.Errors.Add("cost", lang.T(ctx, "填金额，例如 88 或 88.50"))
	}
	for _, id := range fields(r, "person") {
		in.People = append(in.People, db.ParseID(id))
	}
	for _, id := range fields(r, "came") {
		in.Came = append(in.Came, db.ParseID(id))
	}
	for name := range r.PostForm {
		if id, ok := strings.CutPrefix(name, "said."); ok {
			said := field(r, name)
			checkLength(ctx, p.Errors, name, said, 500)
			in.Said[db.ParseID(id)] = said
		}
	}
	if !p.Errors.Any() {
		err := h.db.NoteActivity(ctx, actorOf(r), db.TodoRef{ID: x.ID, Version: db.ParseID(field(r, "version"))}, in)
		switch {
		case errors.Is(err, db.ErrConflict):
			p.Errors.Add("", lang.T(ctx, "刚才有人先改了，或者日子还没到。请对照现在的内容再存一次。"))
		case err != nil:
			return err
		}
	}
	if p.Errors.Any() {
		return h.showActivity(w, r, http.StatusUnprocessableEntity, x, p, &in)
	}
	h.flash(r, views.Flash{Kind: "ok", Text: lang.T(ctx, "记下了。要改的事，写成措施。")})
	h.redirect(w, r, "/activities/"+idText(x.ID))
	return nil
}

// activityDo calls an activity off, takes it up again, deletes it or takes it out
// of the bin.
func (h *Handlers) activityDo(w http.ResponseWriter, r *http.Request) error {
	id, version, err := visitActOf(r)
	if err != nil {
		return err
	}
	ctx, a, act, home := r.Context(), actorOf(r), r.PathValue("act"), "/activities/"+idText(id)
	x := db.TodoRef{ID: id, Version: version}
	said := views.Flash{Kind: "ok"}
	switch act {
	case string(activity.Cancel):
		said.Text, said.UndoURL, err = lang.T(ctx, "取消了这场活动"), home+"/reopen", h.db.MoveActivity(ctx, a, x, activity.Cancel)
	case string(activity.Reopen):
		said.Text, err = lang.T(ctx, "这场活动照办"), h.db.MoveActivity(ctx, a, x, activity.Reopen)
	case "delete":
		said.Text, said.UndoURL, err = lang.T(ctx, "删了这场活动"), home+"/restore", h.db.DeleteActivity(ctx, a, x)
	case "restore":
		said.Text, err = lang.T(ctx, "取回来了"), h.db.RestoreActivity(ctx, a, id)
	default:
		return db.ErrNotFound
	}
	if err != nil {
		return err
	}
	h.flash(r, said)
	if act == "delete" {
		home = "/activities"
	}
	h.redirect(w, r, home)
	return nil
}

// activityExport writes the activities of the list, by the same filters.
func (h *Handlers) activityExport(w http.ResponseWriter, r *http.Request) error {
	ctx, a := r.Context(), actorOf(r)
	f, v := activityQuery(r)
	f.At, f.Limit = db.ActivityKey{}, 500
	if !a.Can(policy.ActivityRead) {
		return db.ErrRefused
	}
	leaves := a.Scope(policy.CustomerExport)
	f.Also = &leaves
	n, err := h.db.CountActivities(ctx, a, f, mostExported+1)
	if err != nil {
		return err
	}
	back := hrefWith("/activities", v)
	if ok, err := h.mayLeave(w, r, int64(n), back, lang.T(ctx, "超过 %d 条，一个文件放不下。先选网点或日子，再分几次导出。", mostExported)); !ok {
		return err
	}
	return h.sendFile(w, r, fileOf{act: "activities.export", name: "activities", sheet: lang.T(ctx, "活动和培训"), back: back, detail: conditions(v),
		heads: []string{lang.T(ctx, "日期"), lang.T(ctx, "类型"), lang.T(ctx, "名称"), lang.T(ctx, "地点"), lang.T(ctx, "网点"), lang.T(ctx, "谁负责"), lang.T(ctx, "进度"), lang.T(ctx, "客户到场"), lang.T(ctx, "同事到场"), lang.T(ctx, "措施"), lang.T(ctx, "花了多少"), lang.T(ctx, "大家的意见")},
		rows: func(write func(...sheet.Cell) error) ([]int64, error) {
			for more := true; more; {
				var list []db.ActivityRow
				if list, more, err = h.db.Activities(ctx, a, f); err != nil {
					return nil, err
				}
				for _, x := range list {
					line := h.activityLine(ctx, x)
					var cells []sheet.Cell
					for _, text := range []string{x.Day, line.Kind, line.Title, x.Place, line.Branch, x.User, line.State, line.Clients, line.People, line.Measures, yuanTyped(x.Cost), mask.Text(x.Opinions, h.db.MaskFor(a, x.BranchID, 0, 0))} {
						cells = append(cells, sheet.TextOf(text))
					}
					if err := write(cells...); err != nil {
						return nil, err
					}
					f.At = db.ActivityKey{Day: x.Day, ID: x.ID}
				}
			}
			return nil, nil
		}})
}
