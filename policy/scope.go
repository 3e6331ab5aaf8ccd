package policy

import "slices"

// Scope says which rows a reader sees: a union of branch subtrees, of single
// branches and of "own" (the owner rep or the service clerk is me). It is
// opaque and computed per actor and permission; its zero value sees nothing.
type Scope struct {
	company bool
	roots   []int64 // subtree roots, ascending, without repeats
	only    []int64 // branches seen without what is below, ascending, without repeats
	own     int64   // user id, 0 when "own" is not part of it
}

// Empty says whether the scope sees nothing at all.
func (s Scope) Empty() bool {
	return !s.company && len(s.roots) == 0 && len(s.only) == 0 && s.own == 0
}

// Company says whether the scope sees every row of the company.
func (s Scope) Company() bool { return s.company }

// Roots returns the branches whose subtrees are seen. The caller must not
// change it.
func (s Scope) Roots() []int64 { return s.roots }

// Only returns the branches that are seen without what is below them. The
// caller must not change it.
func (s Scope) Only() []int64 { return s.only }

// Own returns the user whose own customers are seen besides, or 0.
func (s Scope) Own() int64 { return s.own }

// Wide says whether the scope sees whole branches, more than one's own.
func (s Scope) Wide() bool { return s.company || len(s.roots) > 0 || len(s.only) > 0 }

// SeesBranch says whether all rows of a branch are seen. chain is the branch
// itself first, then its parents up to head office.
func (s Scope) SeesBranch(chain []int64) bool {
	if s.SeesSubtree(chain) {
		return true
	}
	if len(chain) == 0 {
		return false
	}
	_, found := slices.BinarySearch(s.only, chain[0])
	return found
}

// SeesSubtree says whether all rows of a branch and of every branch below it,
// also of one that is added tomorrow, are seen; for the chain see SeesBranch.
func (s Scope) SeesSubtree(chain []int64) bool {
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

// SeesAll says whether every row of the company is seen; head is head office.
func (s Scope) SeesAll(head int64) bool { return s.SeesSubtree([]int64{head}) }

// Sees says whether one customer's row is seen: by its branch chain (see
// SeesBranch), or because the owner rep or the service clerk is the reader.
func (s Scope) Sees(chain []int64, owner, clerk int64) bool {
	if s.own != 0 && (owner == s.own || clerk == s.own) {
		return true
	}
	return s.SeesBranch(chain)
}

// Within says whether everything that the scope sees is seen by the other,
// too. head is head office, chain returns a branch's chain (see SeesBranch).
func (s Scope) Within(other Scope, head int64, chain func(branch int64) []int64) bool {
	if other.SeesAll(head) {
		return true
	}
	if s.company || s.own != 0 && s.own != other.own {
		return false
	}
	for _, id := range s.roots {
		if !other.SeesSubtree(chain(id)) {
			return false
		}
	}
	for _, id := range s.only {
		if !other.SeesBranch(chain(id)) {
			return false
		}
	}
	return true
}
