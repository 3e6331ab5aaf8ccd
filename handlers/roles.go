package handlers

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"yike/db"
	"yike/policy"
	"yike/views"
	"yike/views/lang"
	"yike/views/ui"
)

// roleWord is a role as this company calls it, for a label.
func roleWord(ctx context.Context, role policy.Role) string {
	if access := accessOf(ctx); access != nil {
		if info, ok := access.Role(role); ok {
			return views.RoleTitle(ctx, info)
		}
	}
	return views.RoleWord(ctx, string(role))
}

// mayEditRoles says whether the reader may change roles, which are the
// company's.
func (h *Handlers) mayEditRoles(a policy.Actor) bool { return a.MayEditRoles(h.db.HeadOffice()) }

func (h *Handlers) roleList(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	count, err := h.db.RoleCounts(ctx)
	if err != nil {
		return err
	}
	access := accessOf(ctx)
	p := views.RoleList{Groups: views.PermissionGroups(ctx), CanEdit: h.mayEditRoles(actorOf(r)), Printed: h.printed(ctx, actorOf(r), actorOf(r).Branch)}
	for _, info := range access.Roles() {
		p.Roles = append(p.Roles, views.RoleColumn{Title: views.RoleTitle(ctx, info), Href: "/roles/" + string(info.Role),
			People: strconv.Itoa(count[info.Role]), Own: !info.BuiltIn, Edited: info.Edited, Aside: info.Disabled,
			Grants: access.Grants(info.Role), Holds: len(access.Grants(info.Role))})
	}
	return h.render(w, r, http.StatusOK, page{title: lang.T(ctx, "角色权限"), body: views.Roles(p), active: "/roles"})
}

// pathRole reads the role of the address; ErrNotFound when there is none.
func pathRole(r *http.Request) (policy.RoleInfo, error) {
	info, ok := accessOf(r.Context()).Role(policy.Role(r.PathValue("role")))
	if !ok {
		return info, fmt.Errorf("role %q: %w", r.PathValue("role"), db.ErrNotFound)
	}
	return info, nil
}

func (h *Handlers) roleShow(w http.ResponseWriter, r *http.Request) error {
	info, err := pathRole(r)
	if err != nil {
		return err
	}
	ctx, a, access := r.Context(), actorOf(r), accessOf(r.Context())
	holders, err := h.db.RoleHolders(ctx, info.Role)
	if err != nil {
		return err
	}
	p := views.RolePage{Title: views.RoleTitle(ctx, info), Href: "/roles/" + string(info.Role), Own: !info.BuiltIn, Edited: info.Edited,
		Aside: info.Disabled, CanEdit: h.mayEditRoles(a), Version: strconv.FormatInt(info.Version, 10), Holders: len(holders),
		Groups: views.PermissionGroups(ctx), Grants: access.Grants(info.Role), Default: access.Shipped(info.Role), Printed: h.printed(ctx, a, a.Branch)}
	if !info.BuiltIn {
		p.Based = roleWord(ctx, origin(access, info.Role))
	}
	for _, perm := range policy.Permissions {
		if p.Grants[perm] != p.Default[perm] {
			p.Differences++
		}
	}
	const most = 30
	for _, u := range holders {
		chain := h.db.Chain(u.BranchID)
		if !a.Scope(policy.UserRead).SeesBranch(chain) || len(p.Names) == most {
			p.Elsewhere++
			continue
		}
		person := views.RolePerson{Name: u.Name}
		var at []string
		for _, g := range u.Grants {
			if g.Role == info.Role {
				at = append(at, h.db.BranchName(g.Branch))
			}
		}
		if u.Disabled {
			at = append(at, lang.T(ctx, "已停用"))
		}
		person.Place = strings.Join(at, lang.T(ctx, "、"))
		if a.Scope(policy.UserEdit).SeesBranch(chain) {
			person.Href = "/users/" + idText(u.UserID) + "/edit"
		}
		p.Names = append(p.Names, person)
	}
	return h.render(w, r, http.StatusOK, page{title: p.Title, body: views.Role(p), active: "/roles"})
}

// origin is the built-in role that a role goes back to.
func origin(access *policy.Access, role policy.Role) policy.Role {
	for range len(access.Roles()) {
		info, ok := access.Role(role)
		if !ok || info.BuiltIn {
			break
		}
		role = info.BasedOn
	}
	return role
}

// editableRole returns the role of the address for somebody who may change it.
func (h *Handlers) editableRole(r *http.Request) (policy.RoleInfo, error) {
	if !h.mayEditRoles(actorOf(r)) {
		return policy.RoleInfo{}, fmt.Errorf("edit roles: %w", db.ErrRefused)
	}
	return pathRole(r)
}

func (h *Handlers) roleEdit(w http.ResponseWriter, r *http.Request) error {
	info, err := h.editableRole(r)
	if err != nil {
		return err
	}
	access := accessOf(r.Context())
	f := views.RoleForm{Title: info.Title, Version: strconv.FormatInt(info.Version, 10), Grants: access.Grants(info.Role), Errors: ui.Errors{}}
	if query(r, "to") == "default" {
		f.Grants, f.Reset = h.withinRights(r, access.Grants(info.Role), access.Shipped(info.Role)), true
	}
	return h.showRole(w, r, http.StatusOK, info, f)
}

// withinRights is the wanted grants, where the editor may change them, and the
// present ones where not.
func (h *Handlers) withinRights(r *http.Request, now, wanted policy.Grants) policy.Grants {
	out := maps.Clone(wanted)
	for _, p := range actorOf(r).BeyondRights(now, wanted, h.db.HeadOffice()) {
		if delete(out, p); now[p] != "" {
			out[p] = now[p]
		}
	}
	return out
}

// showRole shows the form of a role; info is the role as it is, or, for a new
// one, what it is copied from.
func (h *Handlers) showRole(w http.ResponseWriter, r *http.Request, status int, info policy.RoleInfo, f views.RoleForm) error {
	ctx, a, access := r.Context(), actorOf(r), accessOf(r.Context())
	f.Groups, f.Default, f.Locked = views.PermissionGroups(ctx), access.Shipped(info.Role), map[policy.Permission]bool{}
	f.Back = "/roles/" + string(info.Role)
	if f.New {
		f.Action, f.From, f.Current = "/roles", string(info.Role), f.Grants
		f.Name = lang.T(ctx, "复制 %s", views.RoleTitle(ctx, info))
	} else {
		f.Action, f.Current = f.Back+"/check", access.Grants(info.Role)
		f.Name = lang.T(ctx, "改角色 %s", views.RoleTitle(ctx, info))
		if info.BuiltIn {
			f.Word = views.RoleWord(ctx, string(info.Role))
		}
	}
	for _, p := range policy.Permissions {
		f.Locked[p] = !a.Scope(p).SeesAll(h.db.HeadOffice())
	}
	return h.render(w, r, status, page{title: f.Name, body: views.RoleEdit(f), active: "/roles"})
}

// readRole reads name and grants; what the form does not name, or what is not
// the editor's to change, stays as it is in now. self is the role itself, ""
// for a new one.
func (h *Handlers) readRole(r *http.Request, f *views.RoleForm, self policy.RoleInfo, now policy.Grants) {
	ctx, a := r.Context(), actorOf(r)
	f.Errors = ui.Errors{}
	f.Title, f.Version, f.Submission = field(r, "title"), field(r, "version"), field(r, "submission")
	f.Grants = policy.Grants{}
	for _, p := range policy.Permissions {
		reach, name := now[p], views.RoleField(p)
		if _, sent := r.PostForm[name]; sent && a.Scope(p).SeesAll(h.db.HeadOffice()) {
			switch v := policy.Reach(field(r, name)); {
			case v == "none":
				reach = ""
			case slices.Contains(p.Reaches(), v):
				reach = v
			default:
				f.Errors.Add(name, lang.T(ctx, "请选一个"))
			}
		}
		if reach != "" {
			f.Grants[p] = reach
		}
	}
	switch {
	case self.BuiltIn && f.Title == views.RoleWord(ctx, string(self.Role)):
		f.Title = ""
	case !self.BuiltIn && f.Title == "":
		f.Errors.Add("title", lang.T(ctx, "请填写"))
	case utf8.RuneCountInString(f.Title) > 20:
		f.Errors.Add("title", lang.T(ctx, "最多 %d 个字", 20))
	}
	// The names that the company gave are compared by the act.
	for _, other := range policy.Roles {
		if f.Title != "" && f.Title == views.RoleWord(ctx, string(other)) {
			f.Errors.Add("title", lang.T(ctx, "已有角色叫这个名称"))
		}
	}
}

// roleCheck shows who gains and loses what, or the form again.
func (h *Handlers) roleCheck(w http.ResponseWriter, r *http.Request) error {
	info, err := h.editableRole(r)
	if err != nil {
		return err
	}
	if err := readForm(r); err != nil {
		return err
	}
	var f views.RoleForm
	h.readRole(r, &f, info, accessOf(r.Context()).Grants(info.Role))
	switch {
	case f.Errors.Any():
		return h.showRole(w, r, http.StatusUnprocessableEntity, info, f)
	case f.Version != strconv.FormatInt(info.Version, 10):
		return h.showStaleRole(w, r, info, f)
	case field(r, "do") == "edit":
		return h.showRole(w, r, http.StatusOK, info, f)
	case f.Title == info.Title && maps.Equal(f.Grants, accessOf(r.Context()).Grants(info.Role)):
		f.Unchanged = true
		return h.showRole(w, r, http.StatusOK, info, f)
	}
	return h.confirmRole(w, r, http.StatusOK, info, f, false)
}

func (h *Handlers) confirmRole(w http.ResponseWriter, r *http.Request, status int, info policy.RoleInfo, f views.RoleForm, moved bool) error {
	ctx := r.Context()
	effects, err := h.db.RoleEffects(ctx, info.Role, f.Grants)
	if err != nil {
		return err
	}
	href := "/roles/" + string(info.Role)
	p := views.RoleCheck{Action: href, CheckAction: href + "/check", Name: views.RoleTitle(ctx, info), Title: f.Title, Version: f.Version,
		Mark: effects.Mark, Renamed: f.Title != info.Title, Moved: moved, Holders: effects.Holders, Grants: f.Grants}
	for _, e := range effects.List {
		p.Effects = append(p.Effects, views.RoleEffectLine(e))
	}
	return h.render(w, r, status, page{title: p.Name, body: views.RoleConfirm(p), active: "/roles"})
}

// showStaleRole shows the form of a role that somebody changed meanwhile: what was
// typed, and beside it what stands there by now.
func (h *Handlers) showStaleRole(w http.ResponseWriter, r *http.Request, info policy.RoleInfo, f views.RoleForm) error {
	now := accessOf(r.Context()).Grants(info.Role)
	f.Stale, f.TheirTitle, f.Version, f.Theirs = true, info.Title, strconv.FormatInt(info.Version, 10), map[policy.Permission]policy.Reach{}
	for _, p := range policy.Permissions {
		if now[p] != f.Grants[p] {
			f.Theirs[p] = now[p]
		}
	}
	return h.showRole(w, r, http.StatusConflict, info, f)
}

func (h *Handlers) roleUpdate(w http.ResponseWriter, r *http.Request) error {
	info, err := h.editableRole(r)
	if err != nil {
		return err
	}
	if err := readForm(r); err != nil {
		return err
	}
	ctx := r.Context()
	var f views.RoleForm
	h.readRole(r, &f, info, accessOf(ctx).Grants(info.Role))
	if f.Errors.Any() {
		return h.showRole(w, r, http.StatusUnprocessableEntity, info, f)
	}
	version, err := strconv.ParseInt(f.Version, 10, 64)
	if err != nil {
		return fmt.Errorf("%w: version %q", errBadRequest, f.Version)
	}
	err = h.db.UpdateRole(ctx, actorOf(r), info.Role, version, db.RoleInput{Title: f.Title, Grants: f.Grants}, field(r, "mark"))
	switch {
	case errors.Is(err, db.ErrConflict):
		return h.showStaleRole(w, r, info, f)
	case errors.Is(err, db.ErrEffects):
		return h.confirmRole(w, r, http.StatusConflict, info, f, true)
	case errors.Is(err, db.ErrTaken):
		f.Errors.Add("title", lang.T(ctx, "已有角色叫这个名称"))
		return h.showRole(w, r, http.StatusUnprocessableEntity, info, f)
	case errors.Is(err, db.ErrLastAdministrator):
		field := views.RoleField(policy.RoleEdit)
		if f.Grants[policy.UserEdit] != accessOf(ctx).Grants(info.Role)[policy.UserEdit] {
			field = views.RoleField(policy.UserEdit)
		}
		f.Errors.Add(field, lang.T(ctx, "这样改，全公司就没有人能管人员和角色了。请先让另一位同事当管理员。"))
		return h.showRole(w, r, http.StatusUnprocessableEntity, info, f)
	case err != nil:
		return err
	}
	info.Title = f.Title
	h.flash(r, views.Flash{Kind: "ok", Text: lang.T(ctx, "已保存角色 %s，从下一次点击起生效", views.RoleTitle(ctx, info))})
	h.redirect(w, r, "/roles/"+string(info.Role))
	return nil
}

func (h *Handlers) roleCopy(w http.ResponseWriter, r *http.Request) error {
	info, err := h.editableRole(r)
	if err != nil {
		return err
	}
	f := views.RoleForm{New: true, Submission: rand.Text(), Grants: h.withinRights(r, nil, accessOf(r.Context()).Grants(info.Role)), Errors: ui.Errors{}}
	return h.showRole(w, r, http.StatusOK, info, f)
}

func (h *Handlers) roleCreate(w http.ResponseWriter, r *http.Request) error {
	if !h.mayEditRoles(actorOf(r)) {
		return fmt.Errorf("make a role: %w", db.ErrRefused)
	}
	if err := readForm(r); err != nil {
		return err
	}
	ctx := r.Context()
	from, ok := accessOf(ctx).Role(policy.Role(field(r, "from")))
	if !ok {
		return fmt.Errorf("role %q: %w", field(r, "from"), db.ErrNotFound)
	}
	f := views.RoleForm{New: true}
	h.readRole(r, &f, policy.RoleInfo{}, nil)
	if f.Errors.Any() {
		return h.showRole(w, r, http.StatusUnprocessableEntity, from, f)
	}
	role, err := h.db.CreateRole(ctx, actorOf(r), db.Submission{Key: f.Submission}, from.Role, db.RoleInput{Title: f.Title, Grants: f.Grants})
	if errors.Is(err, db.ErrTaken) {
		f.Errors.Add("title", lang.T(ctx, "已有角色叫这个名称"))
		return h.showRole(w, r, http.StatusUnprocessableEntity, from, f)
	}
	if err != nil {
		return err
	}
	h.flash(r, views.Flash{Kind: "ok", Text: lang.T(ctx, "已建角色 %s，到人员页给同事", f.Title), Href: "/users", LinkText: lang.T(ctx, "人员")})
	h.redirect(w, r, "/roles/"+string(role))
	return nil
}

// roleAside takes a role out of use or back into it.
func (h *Handlers) roleAside(w http.ResponseWriter, r *http.Request) error {
	return h.roleAct(w, r, func(ctx context.Context, role policy.Role, version int64) (string, string, error) {
		aside := field(r, "aside") == "1"
		text := lang.T(ctx, "已重新启用 %s", roleWord(ctx, role))
		if aside {
			text = lang.T(ctx, "已停用 %s，不再给新的同事", roleWord(ctx, role))
		}
		return text, "/roles/" + string(role), h.db.SetRoleAside(ctx, actorOf(r), role, version, aside)
	})
}

func (h *Handlers) roleRemove(w http.ResponseWriter, r *http.Request) error {
	return h.roleAct(w, r, func(ctx context.Context, role policy.Role, version int64) (string, string, error) {
		return lang.T(ctx, "已删除角色 %s", roleWord(ctx, role)), "/roles", h.db.RemoveRole(ctx, actorOf(r), role, version)
	})
}

// roleAct does one act on a whole role and says what came of it.
func (h *Handlers) roleAct(w http.ResponseWriter, r *http.Request, act func(context.Context, policy.Role, int64) (text, to string, err error)) error {
	info, err := h.editableRole(r)
	if err != nil {
		return err
	}
	if err := readForm(r); err != nil {
		return err
	}
	version, err := strconv.ParseInt(field(r, "version"), 10, 64)
	if err != nil {
		return fmt.Errorf("%w: version %q", errBadRequest, field(r, "version"))
	}
	ctx := r.Context()
	text, to, err := act(ctx, info.Role, version)
	switch {
	case errors.Is(err, db.ErrHeld):
		h.flash(r, views.Flash{Kind: "over", Text: lang.T(ctx, "还有人用着，不能停用或删除。先在人员页给他们换角色。"), Href: "/users", LinkText: lang.T(ctx, "人员")})
		to = "/roles/" + string(info.Role)
	case errors.Is(err, db.ErrConflict):
		h.flash(r, views.Flash{Kind: "over", Text: lang.T(ctx, "有人先改过这个角色，请看过再操作。")})
		to = "/roles/" + string(info.Role)
	case err != nil:
		return err
	default:
		h.flash(r, views.Flash{Kind: "ok", Text: text})
	}
	h.redirect(w, r, to)
	return nil
}
