package policy

import (
	"slices"
	"strconv"
)

// Grant is a role held at a branch.
type Grant struct {
	Role   Role
	Branch int64
}

// Actor is a person who asks, with everything about their rights worked out.
// Make one with Access.Actor. The zero Actor may do nothing.
type Actor struct {
	UserID int64
	Name   string
	Branch int64 // home branch: where what they create belongs by default
	Grants []Grant
	// RequestID and Address travel into the audit record of what they do.
	RequestID string
	Address   string

	scopes map[Permission]*Scope // none = not held
}

// Actor works out what a person may do from the roles they hold.
func (a *Access) Actor(userID int64, name string, branch int64, grants []Grant) Actor {
	actor := Actor{UserID: userID, Name: name, Branch: branch, Grants: grants, scopes: make(map[Permission]*Scope, len(Permissions))}
	var held []Role
	var places [][]int64 // by the number of the role in held; ascending, without repeats
	for _, g := range grants {
		i := slices.Index(held, g.Role)
		if i < 0 {
			i, held, places = len(held), append(held, g.Role), append(places, nil)
		}
		places[i] = append(places[i], g.Branch)
	}
	for i, list := range places {
		slices.Sort(list)
		places[i] = slices.Compact(list)
	}
	// Permissions that the same roles grant equally far reach the same places,
	// which are then worked out once: key is a role's number and reach, each.
	known := map[string]*Scope{}
	var key []byte
	for _, p := range Permissions {
		key = key[:0]
		for i, role := range held {
			if reach := a.reach[role][p]; reach != "" {
				key = append(strconv.AppendInt(key, int64(i), 10), reach[0])
			}
		}
		if len(key) == 0 {
			continue
		}
		scope, ok := known[string(key)]
		if !ok {
			scope = &Scope{}
			for i, role := range held {
				scope.widen(a.reach[role][p], places[i], userID)
			}
			known[string(key)] = scope
		}
		actor.scopes[p] = scope
	}
	return actor
}

// widen adds what one role reaches. The scope may share the list of branches.
func (s *Scope) widen(reach Reach, branches []int64, user int64) {
	switch reach {
	case ReachCompany:
		s.company = true
	case ReachSubtree:
		s.roots = union(s.roots, branches)
	case ReachBranch:
		s.only = union(s.only, branches)
	case ReachOwn:
		s.own = user
	}
}

// union merges two ascending lists without repeats into one such list.
func union(a, b []int64) []int64 {
	if len(a) == 0 || slices.Equal(a, b) {
		return b
	}
	out := make([]int64, 0, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 {
		switch {
		case a[0] < b[0]:
			out, a = append(out, a[0]), a[1:]
		case a[0] > b[0]:
			out, b = append(out, b[0]), b[1:]
		default:
			out, a, b = append(out, a[0]), a[1:], b[1:]
		}
	}
	return append(append(out, a...), b...)
}

// Can says whether the actor may do it anywhere at all.
func (a Actor) Can(p Permission) bool {
	switch p {
	case Public:
		return true
	case SignedIn:
		return a.UserID != 0
	}
	return a.scopes[p] != nil
}

// Scope returns what of the data the permission reaches; empty when the actor
// does not hold it.
func (a Actor) Scope(p Permission) Scope {
	if s := a.scopes[p]; s != nil {
		return *s
	}
	return Scope{}
}

// Holds says whether the actor holds the role at any branch.
func (a Actor) Holds(r Role) bool {
	return slices.ContainsFunc(a.Grants, func(g Grant) bool { return g.Role == r })
}

// MayGrant says whether the actor may give somebody the role at the branch
// whose chain (the branch itself first, then its parents up to head office) is
// given: nobody grants what they do not hold themselves there, that far. A
// role that is put aside or does not exist is granted by nobody.
func (a *Access) MayGrant(actor Actor, role Role, chain []int64) bool {
	info, ok := a.Role(role)
	if !ok || info.Disabled || len(chain) == 0 || !actor.Scope(UserEdit).SeesBranch(chain) {
		return false
	}
	for p, reach := range a.reach[role] {
		if !actor.holds(p, reach, chain) {
			return false
		}
	}
	return true
}

// holds says whether the actor's own right is at least as wide as the
// permission would be with that reach at the branch of the chain.
func (a Actor) holds(p Permission, reach Reach, chain []int64) bool {
	switch scope := a.Scope(p); reach {
	case ReachOwn:
		return !scope.Empty()
	case ReachBranch:
		return scope.SeesBranch(chain)
	case ReachSubtree:
		return scope.SeesSubtree(chain)
	case ReachCompany:
		return scope.SeesAll(chain[len(chain)-1])
	}
	return false
}

// MayEditRoles says whether the actor may change what roles may do. A role is
// held all over the company, so this takes a reach over all of it.
func (a Actor) MayEditRoles(head int64) bool { return a.Scope(RoleEdit).SeesAll(head) }

// BeyondRights returns the permissions in which two sets of grants differ and
// that the actor does not hold over the whole company: neither giving nor
// taking them is the actor's to do. head is head office.
func (a Actor) BeyondRights(before, after Grants, head int64) []Permission {
	var out []Permission
	for _, p := range Permissions {
		if before[p] != after[p] && !a.Scope(p).SeesAll(head) {
			out = append(out, p)
		}
	}
	return out
}

// SystemActor is the program itself: a nightly job, a command, set-up. It is
// named in the audit and may do everything. Only internal/app, internal/jobs,
// internal/demo and tests call it; a test holds that.
func SystemActor(name string) Actor {
	scopes := map[Permission]*Scope{}
	for _, p := range Permissions {
		scopes[p] = &Scope{company: true}
	}
	return Actor{Name: name, scopes: scopes}
}
