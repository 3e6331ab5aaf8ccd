package views

import (
	"context"
	"strconv"

	"yike/views/ui"
)

// UserList is the page of the people.
type UserList struct {
	Rows                      []UserRow
	Sub                       string
	CanEdit, CanHand          bool
	Find, Branch, Role, State string
	Branches, Roles, States   []ui.Option
	Chips                     ui.ChipsProps
	Pager                     ui.PagerProps
	ExportHref                string
	Open                      int    // people gone or leaving who still have clients
	OpenHref                  string // the list of them
	ShowClients               bool
}

// UserRow is a person. Clients is how many the reader sees in their name, with
// the list behind it.
type UserRow struct {
	Name, Username, Branch, Roles, Phone, Tel, JoinedOn, Href string
	HandHref                                                  string // hand their work over
	Clients, ClientsHref                                      string
	Disabled                                                  bool
	Leaves                                                    Moment
	LeavesText                                                string
}

// UserForm adds or changes a person, with the roles held line by line.
type UserForm struct {
	Action, Username, Name, Phone, Branch, JoinedOn, LeavesOn, Version, How string
	New, Disabled, Self                                                     bool
	Above                                                                   bool // shown, not changed: holds more than the reader may give
	Grants                                                                  []UserGrant
	Branches, Roles                                                         []ui.Option
	Stale                                                                   []UserStale // what somebody else saved meanwhile
	ResetHref, HandHref                                                     string
	Signin                                                                  *UserSignin // nil for a new person
	Errors                                                                  ui.Errors
	ResetErrors                                                             ui.Errors
}

// UserGrant is a line of the form: a role and the branch at which it is held.
type UserGrant struct{ Role, Place, Error, RoleText, PlaceText string }

// UserStale is a field that was saved by somebody else meanwhile.
type UserStale struct{ Label, Mine, Now string }

// UserLink is the page that shows a one-time link, once.
type UserLink struct {
	Name, Username, Path string
	Until                Moment
	New                  bool
}

// JoinForm is where a person whom a link leads here chooses a password.
type JoinForm struct {
	Token, Name, Username string
	Errors                ui.Errors
}

// grantLabels leads from the summary of faults to the lines of roles.
func (f UserForm) grantLabels(ctx context.Context) []ui.FieldLabel {
	var out []ui.FieldLabel
	for i := range f.Grants {
		out = append(out, ui.FieldLabel{Name: "role-" + strconv.Itoa(i), Label: t(ctx, "第 %d 个角色", i+1)})
	}
	return out
}

// howOptions are the two ways to a first sign-in.
func howOptions(ctx context.Context) []ui.Option {
	return []ui.Option{
		{Value: "link", Label: t(ctx, "发一次性链接，本人设密码")},
		{Value: "password", Label: t(ctx, "我设一个初始密码")},
	}
}

func userColumns(ctx context.Context, p UserList) []ui.Column {
	out := []ui.Column{
		{Label: t(ctx, "姓名")}, {Label: t(ctx, "用户名")}, {Label: t(ctx, "电话")}, {Label: t(ctx, "网点")}, {Label: t(ctx, "角色")},
		{Label: t(ctx, "入职")}, {Label: t(ctx, "状态")},
	}
	if p.ShowClients {
		out = append(out, ui.Column{Label: t(ctx, "名下客户"), Right: true})
	}
	if p.CanHand {
		out = append(out, ui.Column{Label: t(ctx, "操作"), Hidden: true})
	}
	return out
}

// PeopleStateWord is a state by which people are listed.
func PeopleStateWord(ctx context.Context, state string) string {
	switch state {
	case "leaving":
		return t(ctx, "定了离职日期")
	case "gone":
		return t(ctx, "已停用或已离职")
	case "open":
		return t(ctx, "离开了还有客户")
	case "all":
		return t(ctx, "全部")
	}
	return t(ctx, "在职")
}
