package views

import (
	"context"
	"strconv"
	"strings"

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

// UsersSeveral adds several people at once: a list is pasted, then looked at row by
// row. Import is the import that asked for them, "" for none.
type UsersSeveral struct {
	Names, Branch, Role, Key, Import string
	Branches, Roles                  []ui.Option
	Rows                             []SeveralRow // nil before the list was read
	More                             bool         // the list was longer than what is taken
	Errors                           ui.Errors
}

// SeveralRow is somebody of the list; On says that they are to be added.
type SeveralRow struct {
	Name, Username, Phone string
	On                    bool
	Note, Fault           string
}

// UsersAdded shows the links of several people, once.
type UsersAdded struct {
	Branch, Role, Import string
	People               []UserLink
}

// text is the links as one sends them, a line each; the browser puts its own
// address before the paths.
func (p UsersAdded) text(ctx context.Context) string {
	var b strings.Builder
	for _, x := range p.People {
		b.WriteString(t(ctx, "%s，用户名 %s：", x.Name, x.Username) + " " + x.Path + "\n")
	}
	return b.String()
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

// severalRows keeps the pasted list small once it was read.
func severalRows(p UsersSeveral) int {
	if len(p.Rows) > 0 {
		return 3
	}
	return 8
}

func severalLook(ctx context.Context, p UsersSeveral) string {
	if len(p.Rows) > 0 {
		return t(ctx, "名单改了，再看一遍")
	}
	return t(ctx, "看看这些人")
}

func severalKind(p UsersSeveral) string {
	if len(p.Rows) > 0 {
		return ""
	}
	return "primary"
}
