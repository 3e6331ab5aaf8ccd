package views

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"yike/policy"
	"yike/views/ui"
)

// PermissionGroup is an object's permissions in the order of the page.
type PermissionGroup struct {
	Label string
	List  []policy.Permission
}

// PermissionGroups returns every permission, by what it is about.
func PermissionGroups(ctx context.Context) []PermissionGroup {
	out := make([]PermissionGroup, len(permissionGroups))
	for i := range out {
		out[i].Label = permissionGroupWord(ctx, i)
	}
	for _, p := range policy.Permissions {
		object, _, _ := strings.Cut(string(p), ".")
		at := slices.IndexFunc(permissionGroups, func(list []string) bool { return slices.Contains(list, object) })
		if at < 0 {
			at = len(out) - 1
		}
		out[at].List = append(out[at].List, p)
	}
	return slices.DeleteFunc(out, func(g PermissionGroup) bool { return len(g.List) == 0 })
}

// RoleList is the matrix of what each role may do.
type RoleList struct {
	Roles   []RoleColumn
	Groups  []PermissionGroup
	CanEdit bool
	Printed string // by whom and when, on paper
}

// RoleColumn is a role in the matrix.
type RoleColumn struct {
	Title, Href, People string
	Own, Edited, Aside  bool
	Grants              policy.Grants
	Holds               int // permissions
}

// RolePage is one role.
type RolePage struct {
	Title, Word, Href, Based    string
	Holders                     int
	Names                       []RolePerson // within the reader's reach
	Elsewhere                   int          // holders beyond it
	Own, Edited, Aside, CanEdit bool
	Version                     string
	Groups                      []PermissionGroup
	Grants, Default             policy.Grants
	Differences                 int
	Submission                  string
	Printed                     string // by whom and when, on paper
}

// RolePerson is somebody who holds a role.
type RolePerson struct{ Name, Place, Href string }

// RoleForm changes a role, or makes one from a copy.
type RoleForm struct {
	New                      bool
	Action, Back, Name, From string
	Title, Word              string // the name typed; the word that a built-in role has without one
	Version, Submission      string
	Groups                   []PermissionGroup
	Grants, Current, Default policy.Grants
	Locked                   map[policy.Permission]bool         // not the editor's to give or take
	Theirs                   map[policy.Permission]policy.Reach // a stale form: what stands there by now
	TheirTitle               string
	Stale, Reset, Unchanged  bool
	Errors                   ui.Errors
}

// RoleCheck shows what saving would mean before it is done.
type RoleCheck struct {
	Action, CheckAction, Name, Title, Version, Mark string
	Renamed, Moved                                  bool // Moved: the effects are others than those shown before
	Holders                                         int
	Grants                                          policy.Grants
	Effects                                         []RoleEffectLine
}

// RoleEffectLine is one permission's change and whom it touches.
type RoleEffectLine struct {
	Permission    policy.Permission
	Before, After policy.Reach
	Gain, Lose    []string
}

// RoleField is the name of a permission's field in the form.
func RoleField(p policy.Permission) string { return "grant." + string(p) }

// reachOptions are the reaches that a permission may have, and none.
func reachOptions(ctx context.Context, p policy.Permission) []ui.Option {
	out := []ui.Option{{Value: "none", Label: ReachWord(ctx, "")}}
	for _, r := range p.Reaches() {
		out = append(out, ui.Option{Value: string(r), Label: ReachWord(ctx, r)})
	}
	return out
}

func reachValue(r policy.Reach) string {
	if r == "" {
		return "none"
	}
	return string(r)
}

// someNames joins at most eight names and says how many there are.
func someNames(ctx context.Context, list []string) string {
	const most = 8
	if len(list) <= most {
		return strings.Join(list, t(ctx, "、"))
	}
	return t(ctx, "%s 等 %d 人", strings.Join(list[:most], t(ctx, "、")), len(list))
}

// reachAngle is the filled part of a reach's pie as a path.
func reachPath(r policy.Reach) string {
	switch r {
	case policy.ReachOwn:
		return "M8 2.5A5.5 5.5 0 0 1 13.5 8H8z"
	case policy.ReachBranch:
		return "M8 2.5a5.5 5.5 0 0 1 0 11z"
	case policy.ReachSubtree:
		return "M8 2.5A5.5 5.5 0 1 1 2.5 8H8z"
	case policy.ReachCompany:
		return "M8 2.5a5.5 5.5 0 1 1 0 11a5.5 5.5 0 1 1 0-11z"
	}
	return ""
}

func permTitle(ctx context.Context, p policy.Permission) string {
	title, _ := PermissionWord(ctx, p)
	return title
}

func permSentence(ctx context.Context, p policy.Permission) string {
	_, sentence := PermissionWord(ctx, p)
	return sentence
}

func number(n int) string { return strconv.Itoa(n) }

func (f RoleForm) fields(ctx context.Context) []ui.FieldLabel {
	out := []ui.FieldLabel{{Name: "title", Label: t(ctx, "名称")}}
	for _, p := range policy.Permissions {
		out = append(out, ui.FieldLabel{Name: RoleField(p), Label: permTitle(ctx, p)})
	}
	return out
}
