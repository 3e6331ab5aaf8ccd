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
	"slices"
	"strings"

	"github.com/casbin/casbin/v2"
	"github.com/casbin/casbin/v2/model"
)

//go:embed model.conf
var modelConf string

//go:embed grants.csv
var defaultGrants string

// Reach says how far a permission of a role goes.
type Reach string

const (
	ReachOwn     Reach = "own"     // customers whose owner rep or service clerk is the actor
	ReachBranch  Reach = "branch"  // the branch where the role is held and all below it
	ReachCompany Reach = "company" // everywhere
)

// Access is the compiled set of grants: which role may do what, how far. It
// is built once per policy version and never changes; actors are made from it.
type Access struct {
	reach map[Role]map[Permission]Reach
}

// DefaultAccess compiles the grants that ship with the program.
func DefaultAccess() (*Access, error) {
	return ParseAccess("policy/grants.csv", strings.NewReader(defaultGrants))
}

// ParseAccess reads grants in the form of grants.csv. A wrong line is an error
// that names the file and the line; nothing is dropped silently.
func ParseAccess(name string, r io.Reader) (*Access, error) {
	read := csv.NewReader(r)
	read.Comment = '#'
	read.FieldsPerRecord = 4
	read.TrimLeadingSpace = true
	m, err := model.NewModelFromString(modelConf)
	if err != nil {
		return nil, fmt.Errorf("policy/model.conf: %w", err)
	}
	enforcer, err := casbin.NewEnforcer(m)
	if err != nil {
		return nil, fmt.Errorf("policy/model.conf: %w", err)
	}
	enforcer.AddNamedDomainMatchingFunc("g", "covers", Covers)
	reaches := map[Role]map[Permission]Reach{}
	for {
		rec, err := read.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		line, _ := read.FieldPos(0)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		role, err := ParseRole(rec[0])
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", name, line, err)
		}
		perm := Permission(rec[1] + "." + rec[2])
		if !slices.Contains(Permissions, perm) {
			return nil, fmt.Errorf("%s:%d: unknown permission %q", name, line, perm)
		}
		reach := Reach(rec[3])
		if reach != ReachOwn && reach != ReachBranch && reach != ReachCompany {
			return nil, fmt.Errorf("%s:%d: unknown reach %q (own, branch or company)", name, line, rec[3])
		}
		if reaches[role] == nil {
			reaches[role] = map[Permission]Reach{}
		}
		if _, twice := reaches[role][perm]; twice {
			return nil, fmt.Errorf("%s:%d: %s is granted to %s twice", name, line, perm, role)
		}
		if _, err := enforcer.AddPolicy(rec[0], rec[1], rec[2], rec[3]); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", name, line, err)
		}
		reaches[role][perm] = reach
	}
	return compile(enforcer, reaches)
}

// compile asks casbin once for every role and permission, so that a request
// later costs a map look-up. A role is asked as itself, at the root.
func compile(e *casbin.Enforcer, reaches map[Role]map[Permission]Reach) (*Access, error) {
	a := &Access{reach: map[Role]map[Permission]Reach{}}
	for _, role := range Roles {
		a.reach[role] = map[Permission]Reach{}
		if _, err := e.AddGroupingPolicy("holder of "+string(role), string(role), "/"); err != nil {
			return nil, fmt.Errorf("compile grants of %s: %w", role, err)
		}
		for _, perm := range Permissions {
			obj, act, _ := strings.Cut(string(perm), ".")
			ok, err := e.Enforce("holder of "+string(role), "/", obj, act)
			if err != nil {
				return nil, fmt.Errorf("compile grants of %s: %w", role, err)
			}
			if ok {
				a.reach[role][perm] = reaches[role][perm]
			}
		}
	}
	return a, nil
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
