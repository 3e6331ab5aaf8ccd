package handlers

import (
	"cmp"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"yike/db"
	"yike/policy/day"
)

// greetingQuery is what the address of a list of greetings says.
type greetingQuery struct {
	db.GreetingFilter
	view  string // mine, branch, closed, or all: what a figure counts
	month string // YYYY-MM, or YYYY
	late  bool
}

// unclassed and nobody stand in an address for what has no word of its own.
const (
	unclassed = "none"
	nobody    = "0"
)

func (h *Handlers) readGreetingQuery(r *http.Request) greetingQuery {
	a := actorOf(r)
	q := greetingQuery{view: query(r, "view"), late: query(r, "late") == "1"}
	q.BranchID, q.Customer, q.Occasion, q.Gifts = db.ParseID(query(r, "branch")), db.ParseID(query(r, "customer")), query(r, "occasion"), query(r, "gifts") == "1"
	switch {
	case q.view == "all":
		q.Counted, q.State, q.late = true, query(r, "state"), false
		q.Only = q.BranchID != 0 && query(r, "only") == "1"
		if v := query(r, "class"); v != "" {
			class := strings.TrimPrefix(v, unclassed)
			q.Class = &class
		}
		if v := query(r, "means"); v != "" {
			q.DoneBy = &v
		}
		if v := query(r, "person"); v != "" {
			who := db.ParseID(v)
			q.Person = &who
		}
	case q.view == "closed":
		q.Closed, q.late = true, false
	case q.view == "branch" || q.view == "" && (q.BranchID != 0 || q.Customer != 0):
		q.view = "branch"
	default:
		q.view, q.UserID = "mine", a.UserID
	}
	if q.late {
		q.Late = h.today()
	}
	if d, err := day.Parse(query(r, "month") + "-01"); err == nil && d.Valid() {
		q.month = d.String()[:7]
		q.From, q.To = d.String(), d.MonthEnd().String()
	} else if d, err := day.Parse(query(r, "month") + "-01-01"); err == nil && d.Valid() {
		q.month = d.String()[:4]
		q.From, q.To = d.String(), q.month+"-12-31"
	} else if first, err := day.Parse(query(r, "from")); err == nil && first.Valid() {
		if last, err := day.Parse(query(r, "to")); err == nil && last.Valid() {
			q.From, q.To = first.String(), last.String()
		}
	}
	if on := query(r, "day"); q.month == "" {
		if d, err := day.Parse(on); err == nil && d.Valid() {
			q.From, q.To = on, on
		}
	}
	at, id, _ := strings.Cut(query(r, "at"), "_")
	if q.At.ID = db.ParseID(id); q.At.ID != 0 {
		q.At.Due = at
		q.At.ClosedAt, _ = strconv.ParseInt(at, 10, 64)
	}
	return q
}

func (q greetingQuery) href() string {
	v := url.Values{"view": {q.view}}
	if q.Counted {
		v.Set("state", cmp.Or(q.State, "all"))
	}
	if q.Only {
		v.Set("only", "1")
	}
	if q.Class != nil {
		v.Set("class", cmp.Or(*q.Class, unclassed))
	}
	if q.DoneBy != nil {
		v.Set("means", *q.DoneBy)
	}
	if q.Person != nil {
		v.Set("person", cmp.Or(idText(*q.Person), nobody))
	}
	for name, value := range map[string]string{"occasion": q.Occasion, "branch": idText(q.BranchID), "customer": idText(q.Customer), "month": q.month} {
		if value != "" {
			v.Set(name, value)
		}
	}
	if q.month == "" && q.From != q.To {
		v.Set("from", q.From)
		v.Set("to", q.To)
	} else if q.month == "" && q.From != "" {
		v.Set("day", q.From)
	}
	if q.late {
		v.Set("late", "1")
	}
	if q.Gifts {
		v.Set("gifts", "1")
	}
	if q.At.ID != 0 {
		at := q.At.Due
		if q.Closed {
			at = strconv.FormatInt(q.At.ClosedAt, 10)
		}
		v.Set("at", at+"_"+idText(q.At.ID))
	}
	return "/greetings?" + v.Encode()
}
