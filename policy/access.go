// Package policy holds what the company decided about access: roles, their
// grants, the actor who asks and the scope of what they see. Its
// sub-packages hold the business rules, one word each. Nothing here reads a
// clock or a database: the caller brings the world.
package policy

import (
	_ "embed"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/casbin/casbin/v2"
	"github.com/casbin/casbin/v2/model"
)

//go:embed model.conf
var modelConf string

//go:embed grants.csv
var defaultGrants string

// Reach says how far a permission of a role goes. The zero Reach is nowhere.
type Reach string

const (
	ReachOwn     Reach = "own"     // customers whose owner rep or service clerk is the actor
	ReachBranch  Reach = "branch"  // the branch where the role is held, and no other
	ReachSubtree Reach = "subtree" // the branch where the role is held and all below it
	ReachCompany Reach = "company" // everywhere
)

// Reaches lists every reach, the narrowest first.
var Reaches = []Reach{ReachOwn, ReachBranch, ReachSubtree, ReachCompany}

// KnownReach says whether a word is a reach.
func KnownReach(r Reach) bool { return slices.Contains(Reaches, r) }

// Reaches lists how far the permission can be granted. "Own" is about
// customers and what hangs on them; for a branch, a person, a role, an import,
// and for a customer who does not exist yet, it would say nothing.
func (p Permission) Reaches() []Reach {
	object, _, _ := strings.Cut(string(p), ".")
	switch {
	case p == CustomerCreate,
		slices.Contains([]string{"imports", "users", "roles", "branches", "audit", "privacy", "alerts", "signin"}, object):
		return Reaches[1:]
	}
	return Reaches
}

// Grants is what one role may do, and how far.
type Grants map[Permission]Reach

// RoleInfo is what is known of a role beside its grants.
type RoleInfo struct {
	Role     Role
	Title    string // as the company calls it; empty: the word that ships with the program
	BuiltIn  bool   // ships with the program
	BasedOn  Role   // an own role: what it was copied from
	Edited   bool   // a built-in role whose grants are the company's own
	Disabled bool   // nobody holds it and nobody is given it
	Version  int64  // 0 = untouched
}

// StoredRole is a role as the company keeps it. Grants count for an own role
// and for a built-in one that is Edited.
type StoredRole struct {
	RoleInfo
	Grants Grants
}

// Access is the compiled set of grants: which role may do what, how far. It
// never changes; a changed role makes a new one (With). Actors are made from it.
type Access struct {
	shipped  map[Role]Grants // of grants.csv, as casbin confirmed them
	reach    map[Role]Grants
	roles    []RoleInfo
	stored   map[Role]StoredRole
	settings map[Role]map[string]string
}

// DefaultAccess returns the grants that ship with the program, compiled once.
func DefaultAccess() (*Access, error) { return shipped() }

var shipped = sync.OnceValues(func() (*Access, error) {
	return ParseAccess("policy/grants.csv", strings.NewReader(defaultGrants))
})

// ParseAccess reads grants in the form of grants.csv. A wrong line is an error
// that names the file and the line; nothing is dropped silently.
func ParseAccess(name string, r io.Reader) (*Access, error) {
	read := csv.NewReader(r)
	read.Comment = '#'
	read.FieldsPerRecord = 4
	read.TrimLeadingSpace = true
	said := map[Role]Grants{}
	for _, role := range Roles {
		said[role] = Grants{}
	}
	for {
		rec, err := read.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		line, _ := read.FieldPos(0)
		role, err := ParseRole(rec[0])
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", name, line, err)
		}
		perm, reach := Permission(rec[1]+"."+rec[2]), Reach(rec[3])
		if err := checkGrant(perm, reach); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", name, line, err)
		}
		if _, twice := said[role][perm]; twice {
			return nil, fmt.Errorf("%s:%d: %s is granted to %s twice", name, line, perm, role)
		}
		said[role][perm] = reach
	}
	a := &Access{shipped: map[Role]Grants{}}
	for role, grants := range said {
		var err error
		if a.shipped[role], err = compile(role, grants); err != nil {
			return nil, err
		}
	}
	a.reach = a.shipped
	for _, role := range Roles {
		a.roles = append(a.roles, RoleInfo{Role: role, BuiltIn: true})
	}
	return a, nil
}

// checkGrant says whether the permission can be granted that far.
func checkGrant(p Permission, reach Reach) error {
	if !slices.Contains(Permissions, p) {
		return fmt.Errorf("unknown permission %q", p)
	}
	if !slices.Contains(Reaches, reach) {
		return fmt.Errorf("unknown reach %q (own, branch, subtree or company)", reach)
	}
	if !slices.Contains(p.Reaches(), reach) {
		return fmt.Errorf("%s cannot be granted for one's own customers", p)
	}
	return nil
}

// Check says whether every permission of the grants can be granted that far.
func (g Grants) Check() error {
	for _, p := range slices.Sorted(maps.Keys(g)) {
		if err := checkGrant(p, g[p]); err != nil {
			return fmt.Errorf("permission %q: %w", p, err)
		}
	}
	return nil
}

// With returns the access as the company has it: the shipped grants, and over
// them what is stored; settings are by role and key. A stored role that cannot
// be is an error naming role and permission. Only the roles that differ from
// the receiver's are put to casbin.
func (a *Access) With(stored []StoredRole, settings map[Role]map[string]string) (*Access, error) {
	out := &Access{shipped: a.shipped, reach: maps.Clone(a.shipped), stored: map[Role]StoredRole{}, settings: settings}
	for _, role := range Roles {
		out.roles = append(out.roles, RoleInfo{Role: role, BuiltIn: true})
	}
	for _, s := range stored {
		at := slices.Index(Roles, s.Role)
		switch {
		case s.Role == "" || s.BuiltIn != (at >= 0):
			return nil, fmt.Errorf("role %q: built-in and own are mixed up", s.Role)
		case !s.BuiltIn && s.Title == "":
			return nil, fmt.Errorf("role %q has no name", s.Role)
		case out.stored[s.Role].Role != "":
			return nil, fmt.Errorf("role %q stands there twice", s.Role)
		}
		out.stored[s.Role] = s
		if s.BuiltIn {
			out.roles[at] = s.RoleInfo
		} else {
			out.roles = append(out.roles, s.RoleInfo)
		}
		if s.BuiltIn && !s.Edited {
			continue
		}
		if err := s.Grants.Check(); err != nil {
			return nil, fmt.Errorf("role %q, %w", s.Role, err)
		}
		if had := a.stored[s.Role]; had.Role != "" && maps.Equal(had.Grants, s.Grants) && had.Edited == s.Edited {
			out.reach[s.Role] = a.reach[s.Role]
			continue
		}
		grants, err := compile(s.Role, s.Grants)
		if err != nil {
			return nil, err
		}
		out.reach[s.Role] = grants
	}
	return out, nil
}

// Trying returns the access as it would be if the role had the grants.
func (a *Access) Trying(role Role, grants Grants) (*Access, error) {
	if err := grants.Check(); err != nil {
		return nil, fmt.Errorf("role %q, %w", role, err)
	}
	compiled, err := compile(role, grants)
	if err != nil {
		return nil, err
	}
	out := *a
	out.reach = maps.Clone(a.reach)
	out.reach[role] = compiled
	return &out, nil
}

// newEnforcer returns casbin with our model and no grants.
func newEnforcer() (*casbin.Enforcer, error) {
	m, err := model.NewModelFromString(modelConf)
	if err != nil {
		return nil, fmt.Errorf("policy/model.conf: %w", err)
	}
	e, err := casbin.NewEnforcer(m)
	if err != nil {
		return nil, fmt.Errorf("policy/model.conf: %w", err)
	}
	e.AddNamedDomainMatchingFunc("g", "covers", Covers)
	return e, nil
}

// hold writes that somebody holds a role at a branch path.
func hold(e *casbin.Enforcer, who string, role Role, path string) error {
	_, err := e.AddNamedGroupingPolicy("g", who, string(role), path)
	_, err2 := e.AddNamedGroupingPolicy("g2", who, string(role), path)
	_, err3 := e.AddNamedGroupingPolicy("g3", who, string(role))
	return errors.Join(err, err2, err3)
}

// grant writes what a role may do.
func grant(e *casbin.Enforcer, role Role, grants Grants) error {
	for p, reach := range grants {
		object, act, _ := strings.Cut(string(p), ".")
		if _, err := e.AddPolicy(string(role), object, act, string(reach)); err != nil {
			return err
		}
	}
	return nil
}

// compile asks casbin once for every permission of a role, as a holder at the
// root, so that a request later costs a map look-up.
func compile(role Role, grants Grants) (Grants, error) {
	e, err := newEnforcer()
	if err != nil {
		return nil, err
	}
	if err := errors.Join(grant(e, role, grants), hold(e, "holder", role, "/")); err != nil {
		return nil, fmt.Errorf("compile grants of %s: %w", role, err)
	}
	out := Grants{}
	for _, p := range Permissions {
		object, act, _ := strings.Cut(string(p), ".")
		ok, err := e.Enforce("holder", "/", object, act)
		if err != nil {
			return nil, fmt.Errorf("compile grants of %s: %w", role, err)
		}
		if ok {
			out[p] = grants[p]
		}
	}
	return out, nil
}

// Covers says whether a role held at the branch path stored is held at the
// branch path asked: the same branch or one below it. "/hq/zj" does not cover
// "/hq/zjx".
func Covers(asked, stored string) bool {
	return asked == stored || stored == "/" || strings.HasPrefix(asked, stored+"/")
}

// Reach returns how far the role's permission goes; false when it has none.
func (a *Access) Reach(role Role, p Permission) (Reach, bool) {
	r, ok := a.reach[role][p]
	return r, ok
}

// Grants returns what the role may do. The caller must not change it.
func (a *Access) Grants(role Role) Grants { return a.reach[role] }

// Shipped returns what the role may do in the program's own default; for an
// own role, the default of the built-in role it goes back to. The caller must
// not change it.
func (a *Access) Shipped(role Role) Grants {
	for range len(a.roles) + 1 { // own roles may be copies of copies
		if g, ok := a.shipped[role]; ok {
			return g
		}
		role = a.stored[role].BasedOn
	}
	return nil
}

// Roles lists every role, the built-in ones first and the most powerful first
// among them, then the company's own in the order they were made. The caller
// must not change it.
func (a *Access) Roles() []RoleInfo { return a.roles }

// Role returns what is known of a role; false when there is none of that word.
func (a *Access) Role(role Role) (RoleInfo, bool) {
	for _, r := range a.roles {
		if r.Role == role {
			return r, true
		}
	}
	return RoleInfo{}, false
}

// Setting returns what the company set for everybody of a role; empty when it
// set nothing.
func (a *Access) Setting(role Role, key string) string { return a.settings[role][key] }
