// Package handover decides who takes over which client when a person leaves.
// It owns the rules by which work is shared out. It does not know tables,
// names or permissions: the caller says who may take clients at which branch,
// and what each of them carries already.
package handover

import (
	"cmp"
	"slices"
)

// By is a rule by which clients are shared out.
type By string

const (
	One      By = "one"      // all to one person
	Even     By = "even"     // evenly by number over several
	City     By = "city"     // by the city, each to a person
	District By = "district" // by the district, each to a person
	Class    By = "class"    // by A, B, C and none, each to a person
	Hand     By = "hand"     // nobody yet: each is given by hand
)

// Rules lists the rules in the order in which a page offers them.
var Rules = []By{One, Even, City, District, Class, Hand}

// Known says whether there is such a rule.
func Known(by By) bool { return slices.Contains(Rules, by) }

// Rule is a rule with the people it names.
type Rule struct {
	By    By               `json:"by"`
	One   int64            `json:"one,omitempty,string"` // for One; and for what a group of City, District and Class does not name
	Among []int64          `json:"among,omitempty"`      // for Even
	Group map[string]int64 `json:"group,omitempty"`      // for City, District and Class: the word of the group → person
}

// Person may take clients over.
type Person struct {
	ID       int64
	Load     int     // clients carried already
	Branches []int64 // where they may have clients
}

// Client is what a rule looks at.
type Client struct {
	Branch   int64
	City     string // division code, "" when not known
	District string // division code, "" when not known
	Class    string // A, B, C or ""
}

// NoPerson says why a client found nobody.
const (
	WhyNobody  = "nobody"  // the rule names nobody for it
	WhyUnknown = "unknown" // the person named may take no clients at all
	WhyBranch  = "branch"  // the person named may have no clients at its branch
)

// Given is who takes a client; To is 0 when nobody does, and Why says why.
type Given struct {
	To  int64
	Why string
}

// GroupOf is the word under which a rule looks a client up; "" for the rest.
func GroupOf(by By, c Client) string {
	switch by {
	case City:
		return c.City
	case District:
		return c.District
	case Class:
		return c.Class
	}
	return ""
}

// Share says for each client, in the order given, who takes it. It is
// deterministic: the same clients, rule and people always give the same answer.
//
// Even deals the clients out one by one, each to whoever may have it and has
// been given the fewest so far; among equals to whoever carries the least
// already, then to the lower id. Clients that come sorted by class are
// therefore dealt evenly class by class, and what two people get differs by
// one at most when both may have every client.
func Share(rule Rule, clients []Client, people []Person) []Given {
	out := make([]Given, len(clients))
	who := make(map[int64]Person, len(people))
	for _, p := range people {
		who[p.ID] = p
	}
	if rule.By == Even {
		return deal(rule.Among, clients, who)
	}
	for i, c := range clients {
		to := int64(0)
		switch rule.By {
		case One:
			to = rule.One
		case City, District, Class:
			if to = rule.Group[GroupOf(rule.By, c)]; to == 0 {
				to = rule.One
			}
		}
		out[i] = give(to, c.Branch, who)
	}
	return out
}

// give says whether a named person takes a client of a branch.
func give(to, branch int64, who map[int64]Person) Given {
	if to == 0 {
		return Given{Why: WhyNobody}
	}
	p, ok := who[to]
	switch {
	case !ok:
		return Given{Why: WhyUnknown}
	case !slices.Contains(p.Branches, branch):
		return Given{Why: WhyBranch}
	}
	return Given{To: to}
}

// May says whether a person may take a client of the branch.
func May(to, branch int64, people []Person) bool {
	return slices.ContainsFunc(people, func(p Person) bool { return p.ID == to && slices.Contains(p.Branches, branch) })
}

func deal(among []int64, clients []Client, who map[int64]Person) []Given {
	var takers []Person
	for _, id := range slices.Compact(slices.Sorted(slices.Values(among))) {
		if p, ok := who[id]; ok {
			takers = append(takers, p)
		}
	}
	out := make([]Given, len(clients))
	given := map[int64]int{}
	for i, c := range clients {
		out[i] = Given{Why: WhyNobody}
		if len(takers) > 0 {
			out[i].Why = WhyBranch
		}
		may := slices.DeleteFunc(slices.Clone(takers), func(p Person) bool { return !slices.Contains(p.Branches, c.Branch) })
		if len(may) == 0 {
			continue
		}
		next := slices.MinFunc(may, func(a, b Person) int {
			return cmp.Or(cmp.Compare(given[a.ID], given[b.ID]), cmp.Compare(a.Load, b.Load), cmp.Compare(a.ID, b.ID))
		})
		given[next.ID]++
		out[i] = Given{To: next.ID}
	}
	return out
}
