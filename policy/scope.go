package policy

import "slices"

// Scope says which rows a reader sees: a union of branch subtrees and "own"
// (the owner rep or the service clerk is me). It is opaque and computed per
// actor and permission; its zero value sees nothing.
type Scope struct {
	company bool
	roots   []int64 // subtree roots, ascending, without repeats
	own     int64   // user id, 0 when "own" is not part of it
}

// with returns the scope widened by one grant.
func (s Scope) with(reach Reach, branch, user int64) Scope {
	switch reach {
	case ReachCompany:
		s.company = true
	case ReachBranch:
		if at, found := slices.BinarySearch(s.roots, branch); !found {
			s.roots = slices.Insert(slices.Clone(s.roots), at, branch)
		}
	case ReachOwn:
		s.own = user
	}
	return s
}

// Empty says whether the scope sees nothing at all.
func (s Scope) Empty() bool { return !s.company && len(s.roots) == 0 && s.own == 0 }

// Company says whether the scope sees every row of the company.
func (s Scope) Company() bool { return s.company }

// Roots returns the branches whose subtrees are seen. The caller must not
// change it.
func (s Scope) Roots() []int64 { return s.roots }

// Own returns the user whose own customers are seen besides, or 0.
func (s Scope) Own() int64 { return s.own }

// SeesBranch says whether all rows of a branch are seen. chain is the branch
// itself first, then its parents up to head office.
func (s Scope) SeesBranch(chain []int64) bool {
	if s.company {
		return true
	}
	for _, id := range chain {
		if _, found := slices.BinarySearch(s.roots, id); found {
			return true
		}
	}
	return false
}

// Sees says whether one customer's row is seen: by its branch chain (see
// SeesBranch), or because the owner rep or the service clerk is the reader.
func (s Scope) Sees(chain []int64, owner, clerk int64) bool {
	if s.own != 0 && (owner == s.own || clerk == s.own) {
		return true
	}
	return s.SeesBranch(chain)
}
