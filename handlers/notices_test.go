package handlers_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"testing"

	"yike/db"
)

func noticeTyped(more ...string) url.Values {
	out := url.Values{"key": {"noticenoticenotice"}, "title": {"双十一排班"}, "body": {"周五前报人手"}}
	for i := 0; i+1 < len(more); i += 2 {
		out.Add(more[i], more[i+1])
	}
	return out
}

func TestANoticeAndWhoHasReadIt(t *testing.T) {
	s := newSite(t)
	s.run([]scenario{
		{"a stranger", "", "", "/notices", nil, 303, []string{"/login"}, nil},
		{"nothing yet", "courier", "", "/notices", nil, 200, []string{"没有通知"}, []string{"发通知"}},
		{"a rep sends none", "rep", "", "/notices/new", nil, 403, nil, nil},
		{"nor by force", "rep", http.MethodPost, "/notices", noticeTyped("branches", id(s.West)), 403, nil, nil},
		{"the form", "chief", "", "/notices/new", nil, 200, []string{"发给哪里", "城西网点", "每个人都要确认"}, nil},
		{"to nowhere", "chief", http.MethodPost, "/notices", noticeTyped(), 422, []string{"请选发给哪里", "周五前报人手"}, nil},
		{"to nobody", "chief", http.MethodPost, "/notices", noticeTyped("branches", id(s.Gulou)), 422, []string{"那里没有这样的人"}, nil},
		{"without a text", "chief", http.MethodPost, "/notices", url.Values{"key": {"noticenoticenotice"}, "branches": {id(s.West)}}, 422, []string{"请填写"}, nil},
		{"a day that is over", "chief", http.MethodPost, "/notices", noticeTyped("branches", id(s.West), "until", "2026-11-20"), 422, []string{"已经过了"}, nil},
		{"another region's", "region", http.MethodPost, "/notices", noticeTyped("branches", id(s.Gulou)), 404, nil, nil},
		{"sent", "chief", http.MethodPost, "/notices", noticeTyped("branches", id(s.West), "must", "1"), 303, []string{"/notices/"}, nil},
		{"the rep is told", "rep", "", "/notices", nil, 200, []string{"双十一排班", "没看"}, nil},
		{"to be confirmed", "rep", "", "/todos", nil, 200, []string{"有一份要确认的通知", "/notices/"}, nil},
		{"not elsewhere", "boss2", "", "/notices", nil, 200, []string{"没有通知"}, []string{"双十一排班"}},
		{"what was sent", "chief", "", "/notices?view=sent", nil, 200, []string{"双十一排班", "0/5"}, nil},
	})
	list, _, err := s.Notices(context.Background(), s.As(t, s.Chief), db.NoticeFilter{Sent: true})
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	at := "/notices/" + id(list[0].ID)
	s.run([]scenario{
		{"a reader sees no readers", "rep", "", at, nil, 200, []string{"周五前报人手", "确认看过"}, []string{`id="readers"`, "提醒还没办的"}},
		{"another branch", "boss2", "", at, nil, 404, nil, nil},
		{"confirmed by a stranger to it", "boss2", http.MethodPost, at + "/read", nil, 404, nil, nil},
		{"confirmed", "rep", http.MethodPost, at + "/read", nil, 303, []string{at}, nil},
		{"and done", "rep", "", "/todos", nil, 200, nil, []string{"有一份要确认的通知"}},
		{"a courier, too", "courier", http.MethodPost, at + "/read", nil, 303, []string{at}, nil},
		{"the sender sees who", "chief", "", at, nil, 200, []string{"5 人里看过 2 人", "沈雨桐", "还没看"}, nil},
		{"a rep reminds nobody", "rep", http.MethodPost, at + "/remind", nil, 403, nil, nil},
		{"reminded", "chief", http.MethodPost, at + "/remind", nil, 303, []string{at}, nil},
		{"said", "chief", "", at, nil, 200, []string{"还差 3 个"}, nil},
		{"taken back with a stale page", "chief", http.MethodPost, at + "/close", url.Values{"version": {"3"}}, 409, nil, nil},
		{"taken back", "chief", http.MethodPost, at + "/close", url.Values{"version": {"1"}}, 303, []string{at}, nil},
		{"nobody is waited for", "clerk", "", "/todos", nil, 200, nil, []string{"有一份要确认的通知"}},
	})
}

func TestAnInquiryIsAnsweredWithClients(t *testing.T) {
	s := newSite(t)
	ctx := context.Background()
	if _, err := s.CreateCustomer(ctx, s.As(t, s.Admin), db.Submission{}, db.Customer{BranchID: s.West, Name: "松果文具有限公司", OwnerID: s.RepWest}); err != nil {
		t.Fatal(err)
	}
	if err := s.SetDuty(ctx, s.As(t, s.Admin), s.Head, db.DutyMarketing, s.Chief, 0); err != nil {
		t.Fatal(err)
	}
	s.run([]scenario{
		{"without a day", "chief", http.MethodPost, "/notices", noticeTyped("kind", "inquiry", "branches", id(s.Zhejiang)), 422, []string{"请填日期"}, nil},
		{"sent", "chief", http.MethodPost, "/notices", noticeTyped("kind", "inquiry", "branches", id(s.Zhejiang), "due", "2026-11-23"), 303, []string{"/notices/"}, nil},
	})
	list, _, err := s.Notices(ctx, s.As(t, s.Chief), db.NoticeFilter{Sent: true})
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	at := "/notices/" + id(list[0].ID)
	answer := func(branch int64, text, clients string) url.Values {
		return url.Values{"branch": {id(branch)}, "at": {"0"}, "text": {text}, "clients": {clients}}
	}
	s.run([]scenario{
		{"it asks for an answer", "rep", "", at, nil, 200, []string{"发出答复", "说的是哪些客户"}, []string{"城东网点"}},
		{"a courier answers nothing", "courier", http.MethodPost, at + "/answer", answer(s.West, "x", ""), 403, nil, nil},
		{"nothing said", "rep", http.MethodPost, at + "/answer", answer(s.West, "", ""), 422, []string{"请填写"}, nil},
		{"a client that there is none of", "rep", http.MethodPost, at + "/answer", answer(s.West, "有", "没有这家"), 422, []string{"没有“没有这家”", "有"}, nil},
		{"for another branch", "rep", http.MethodPost, at + "/answer", answer(s.East, "有", ""), 404, nil, nil},
		{"answered", "rep", http.MethodPost, at + "/answer", answer(s.West, "要两辆，打 13987654321", "松果文具有限公司"), 303, []string{at}, nil},
		{"head office reads it masked", "chief", "", at, nil, 200, []string{"要两辆", "松果文具有限公司", "2 个网点里答了 1 个", "还没答"}, []string{"13987654321"}},
		{"a stale answer", "boss", http.MethodPost, at + "/answer", answer(s.West, "三辆", ""), 422, []string{"刚才有人答过", "三辆"}, nil},
	})
	// A colleague sees the branch's answer, and what is masked in it they do not correct.
	s.run([]scenario{
		{"a colleague corrects nothing of which they see a part", "rep2", "", at, nil, 200, []string{"要两辆"}, []string{"13987654321", "更正答复"}},
		{"nor by force", "rep2", http.MethodPost, at + "/answer", url.Values{"branch": {id(s.West)}, "at": {strconv.FormatInt(s.Clock.Now().UnixMilli(), 10)}, "text": {"一辆也不要"}}, 403, nil, nil},
		{"who sees all of it does", "boss", "", at, nil, 200, []string{"13987654321", "更正答复"}, nil},
	})
	s.Clock.Move(4 * 24 * 3600 * 1e9)
	s.run([]scenario{
		{"late", "chief", "", "/late", nil, 200, []string{"征集过期没答复", "asked="}, nil},
		{"of whom", "chief", "", "/notices?late=1&asked=" + id(s.East), nil, 200, []string{"双十一排班", "共 1 条"}, nil},
		{"not of who answered", "chief", "", "/notices?late=1&asked=" + id(s.West), nil, 200, []string{"没有通知"}, nil},
	})
}

func TestWhereANoticeGoesIsChosenAmongManyBranches(t *testing.T) {
	s := newSite(t)
	var last int64
	for i := range 12 {
		var err error
		if last, err = s.CreateBranch(t.Context(), s.As(t, s.Admin), db.BranchInput{ParentID: s.Zhejiang, Name: fmt.Sprintf("第%d网点", i), Code: fmt.Sprintf("HZ9%02d", i), Level: db.LevelBranch}); err != nil {
			t.Fatal(err)
		}
	}
	s.run([]scenario{
		{"those below stand apart", "chief", "", "/notices/new", nil, 200, []string{"只发给浙江省区的几个网点（14 个里选）", `value="` + id(last) + `"`}, []string{`<details class="data" open`}},
		{"what was ticked is seen", "chief", http.MethodPost, "/notices", noticeTyped("branches", id(last)), 422, []string{`<details class="data" open`, "那里没有这样的人"}, nil},
		{"few are tiles", "boss", "", "/notices/new", nil, 200, []string{"城西网点"}, []string{"个里选"}},
	})
}
