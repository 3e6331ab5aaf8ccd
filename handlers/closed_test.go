package handlers_test

import (
	"context"
	"net/url"
	"testing"

	"yike/policy"
)

// A closed branch takes nothing in, by a forged request either, and no picker
// offers it.
func TestAClosedBranchTakesNothingIn(t *testing.T) {
	s := newSite(t)
	ctx, admin := context.Background(), s.As(t, s.Admin)
	b, err := s.Branch(ctx, admin.Scope(policy.BranchRead), s.Gulou)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.CloseBranch(ctx, admin, s.Gulou, b.Version, 0); err != nil {
		t.Fatal(err)
	}
	client := s.client("松果贸易")
	gulou := id(s.Gulou)
	moved, role := s.person(s.ClerkEast, "branch", gulou), s.person(s.ClerkEast)
	role["role"], role["place"] = append(role["role"], "service_clerk"), append(role["place"], gulou)
	offered := `value="` + gulou + `"`
	s.run([]scenario{
		{"a client", "admin", "POST", "/customers", url.Values{"name": {"新客户"}, "branch": {gulou}, "phone": {"13800001054"}, "key": {"k1"}}, 422, []string{"请选网点"}, nil},
		{"a client that is moved", "admin", "POST", "/customers/" + client, url.Values{"name": {"松果贸易"}, "branch": {gulou}, "version": {"1"}}, 422, []string{"请选网点"}, nil},
		{"a person", "admin", "POST", "/users", url.Values{"name": {"新人"}, "username": {"newcomer"}, "branch": {gulou}, "role": {"service_clerk"}, "place": {gulou}}, 422, []string{"已停用"}, nil},
		{"a person who is moved", "admin", "POST", "/users/" + id(s.ClerkEast), moved, 422, []string{"已停用"}, nil},
		{"a role", "admin", "POST", "/users/" + id(s.ClerkEast), role, 422, []string{"已停用"}, nil},
		{"a branch below it", "admin", "POST", "/branches", url.Values{"parent": {gulou}, "level": {"branch"}, "name": {"分部"}, "code": {"NJ09"}}, 422, []string{"已停用的下面"}, nil},
		{"the form of a client does not offer it", "admin", "", "/customers/new", nil, 200, nil, []string{offered}},
		{"nor that of a person", "admin", "", "/users/new", nil, 200, nil, []string{offered}},
		{"nor that of an import", "admin", "", "/imports/new", nil, 200, nil, []string{offered}},
		{"nor that of a branch", "admin", "", "/branches/new", nil, 200, nil, []string{offered}},
	})
	if a := s.as("admin").upload("customers", gulou, "客户.csv", []byte("名称,电话\n新客户,13800001054\n")); a.status != 422 {
		t.Errorf("an import: %d", a.status)
	}
	figures, err := s.BranchFigures(ctx, admin.Scope(policy.UserRead), admin.Scope(policy.CustomerRead))
	if err != nil || figures.Clients[s.Gulou] != 0 || figures.People[s.Gulou] != 0 {
		t.Errorf("something stands there: %+v, %v", figures, err)
	}
}
