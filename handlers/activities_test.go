package handlers_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"yike/db"
	"yike/policy/activity"
)

func TestAMeetingIsPlannedHeldAndFollowedByMeasures(t *testing.T) {
	s, customer, _ := caseSite(t)
	ctx := context.Background()
	day := db.Day(s.Now().AddDate(0, 0, 1))
	form := url.Values{"key": {"activity-key-000001"}, "branch": {id(s.West)}, "kind": {activity.Seminar}, "title": {"旺季前座谈"}, "day": {day}, "place": {"二楼会议室"}, "owner": {id(s.BossWest)},
		"agenda": {"听听取件的意见"}, "person": {id(s.RepWest)}, "clients": {"松果母婴用品有限公司"}}
	s.run([]scenario{
		{"a stranger", "", "", "/activities", nil, 303, []string{"/login"}, nil},
		{"a rep plans none", "rep", http.MethodPost, "/activities", form, 403, nil, nil},
		{"another branch's manager, here", "boss2", http.MethodPost, "/activities", changed(form, "clients", ""), 404, nil, nil},
		{"an empty list says what to do", "boss", "", "/activities", nil, 200, []string{"没有这样的活动", "安排活动"}, nil},
		{"the form", "boss", "", "/activities/new", nil, 200, []string{"请哪些客户", "哪些同事去"}, nil},
		{"without a name", "boss", http.MethodPost, "/activities", changed(form, "title", ""), 422, []string{"听听取件的意见"}, nil},
		{"a client whom nobody knows", "boss", http.MethodPost, "/activities", changed(form, "clients", "没有这家"), 422, []string{"没有这家"}, nil},
		{"a kind that is none", "boss", http.MethodPost, "/activities", changed(form, "kind", "party"), 422, []string{"请选一个"}, nil},
		{"planned", "boss", http.MethodPost, "/activities", form, 303, []string{"/activities/"}, nil},
		{"sent twice, done once", "boss", http.MethodPost, "/activities", form, 303, []string{"/activities/"}, nil},
		{"the list", "boss", "", "/activities", nil, 200, []string{"旺季前座谈", "1 场"}, nil},
		{"another branch's", "boss2", "", "/activities", nil, 200, nil, []string{"旺季前座谈"}},
		{"the client's", "rep", "", "/activities?customer=" + customer, nil, 200, []string{"旺季前座谈"}, nil},
		{"a client out of reach", "boss2", "", "/activities?customer=" + customer, nil, 404, nil, nil},
		{"from the client's page", "boss", "", "/customers/" + customer, nil, 200, []string{"/activities?customer=" + customer}, nil},
	})
	list, _, err := s.Activities(ctx, s.As(t, s.BossWest), db.ActivityFilter{})
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	path := "/activities/" + id(list[0].ID)
	held := url.Values{"version": {"1"}, "came": {customer}, "said." + customer: {"取件太晚，打 13912345678"}, "person": {id(s.RepWest)}, "opinions": {"都嫌取件晚"}, "cost": {"88.50"}}
	s.run([]scenario{
		{"not before its day", "boss", "", path, nil, 200, []string{"松果母婴", "到了那天"}, []string{path + "/held"}},
		{"nor by force", "boss", http.MethodPost, path + "/held", held, 422, []string{"日子还没到"}, nil},
		{"another branch", "boss2", "", path, nil, 404, nil, []string{"旺季前座谈"}},
		{"called off", "boss", http.MethodPost, path + "/cancel", url.Values{"version": {"1"}}, 303, []string{path}, nil},
		{"and taken up again", "boss", http.MethodPost, path + "/reopen", nil, 303, []string{path}, nil},
	})
	s.Clock.Move(24 * time.Hour)
	held.Set("version", "3")
	s.run([]scenario{
		{"who takes part notes nothing", "rep", http.MethodPost, path + "/held", held, 403, nil, nil},
		{"an amount that is none", "boss", http.MethodPost, path + "/held", changed(held, "cost", "viel"), 422, []string{"填金额", "都嫌取件晚", "取件太晚"}, nil},
		{"held", "boss", http.MethodPost, path + "/held", held, 303, []string{path}, nil},
		{"with what was said", "boss", "", path, nil, 200, []string{"办过了", "都嫌取件晚", "13912345678", "/measures/new?source=activity"}, nil},
		{"numbers are masked for who sees none", "region", "", path, nil, 200, []string{"都嫌取件晚"}, []string{"13912345678"}},
		{"who sees them masked does not write them again", "region", http.MethodPost, path + "/held", changed(held, "version", "4"), 403, nil, nil},
		{"a measure of it", "boss", "", "/measures/new?source=activity&id=" + id(list[0].ID), nil, 200, []string{"旺季前座谈"}, nil},
		{"of one out of reach", "boss2", "", "/measures/new?source=activity&id=" + id(list[0].ID), nil, 404, nil, nil},
		{"written down", "boss", http.MethodPost, "/measures", url.Values{"key": {"measure-key-000001"}, "source": {"activity"}, "source_id": {id(list[0].ID)}, "said": {"旺季提早一小时取件"}, "owner": {id(s.RepWest)},
			"from": {day}, "due": {db.Day(s.Now().AddDate(0, 0, 9))}, "reach": {"branch"}}, 303, []string{"/measures/"}, nil},
		{"it stands on the page of the meeting", "boss", "", path, nil, 200, []string{"旺季提早一小时取件"}, nil},
		{"deleted", "boss", http.MethodPost, path + "/delete", url.Values{"version": {"4"}}, 303, []string{"/activities"}, nil},
		{"it is gone", "boss", "", path, nil, 404, nil, nil},
		{"and back", "boss", http.MethodPost, path + "/restore", nil, 303, []string{path}, nil},
	})
	file := s.as("boss").get("/activities/export")
	if file.status != 200 || !strings.Contains(file.head.Get("Content-Disposition"), ".xlsx") {
		t.Errorf("exported: %d %s", file.status, file.head.Get("Content-Disposition"))
	}
}
