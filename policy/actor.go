package policy

import "slices"

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

	scopes map[Permission]Scope
}

// Actor works out what a person may do from the roles they hold.
func (a *Access) Actor(userID int64, name string, branch int64, grants []Grant) Actor {
	actor := Actor{UserID: userID, Name: name, Branch: branch, Grants: grants, scopes: map[Permission]Scope{}}
	for _, g := range grants {
		for perm, reach := range a.reach[g.Role] {
			actor.scopes[perm] = actor.scopes[perm].with(reach, g.Branch, userID)
		}
	}
	return actor
}

// Can says whether the actor may do it anywhere at all.
func (a Actor) Can(p Permission) bool {
	switch p {
	case Public:
		return true
	case SignedIn:
		return a.UserID != 0
	}
	return !a.scopes[p].Empty()
}

// Scope returns what of the data the permission reaches; empty when the actor
// does not hold it.
func (a Actor) Scope(p Permission) Scope { return a.scopes[p] }

// Holds says whether the actor holds the role at any branch.
func (a Actor) Holds(r Role) bool {
	return slices.ContainsFunc(a.Grants, func(g Grant) bool { return g.Role == r })
}

// MayGrant says whether the actor may give somebody the role at the branch
// whose chain (the branch itself first, then its parents up to head office) is
// given: nobody grants what they do not hold themselves there.
func (a *Access) MayGrant(actor Actor, role Role, chain []int64) bool {
	if !actor.Scope(UserEdit).SeesBranch(chain) {
		return false
	}
	for perm := range a.reach[role] {
		if !actor.Scope(perm).SeesBranch(chain) && a.reach[role][perm] != ReachOwn {
			return false
		}
		if a.reach[role][perm] == ReachOwn && !actor.Can(perm) {
			return false
		}
	}
	return true
}

// SystemActor is the program itself: a nightly job, a command, set-up. It is
// named in the audit and may do everything. Only internal/app, internal/jobs,
// internal/demo and tests call it; a test holds that.
func SystemActor(name string) Actor {
	scopes := map[Permission]Scope{}
	for _, p := range Permissions {
		scopes[p] = Scope{company: true}
	}
	return Actor{Name: name, scopes: scopes}
}
