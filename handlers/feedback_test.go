package handlers_test

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"yike/db"
)

// formTyped is a feedback form, filled in.
func formTyped(more ...string) url.Values {
	out := url.Values{"key": {"formformformformform"}, "q_said": {"要降价，打 13987654321"}, "q_business": {"在减少"}, "q_needs": {"更便宜", "更快"}, "q_content": {"no"}, "do": {"send"}}
	for i := 0; i+1 < len(more); i += 2 {
		out.Set(more[i], more[i+1])
	}
	return out
}

func TestAFeedbackFormFromVisitToAnswer(t *testing.T) {
	s := newSite(t)
	ctx, rep := context.Background(), s.As(t, s.RepWest)
	client, err := s.CreateCustomer(ctx, s.As(t, s.Admin), db.Submission{}, db.Customer{BranchID: s.West, Name: "松果文具有限公司", Class: "A", OwnerID: s.RepWest})
	if err != nil {
		t.Fatal(err)
	}
	visit, err := s.LogVisit(ctx, rep, db.Submission{}, db.Visit{CustomerID: client, Day: "2026-11-21", Mode: "on_site", Learned: "嫌运费贵", NextStep: "带报价去", Met: "前台小张"})
	if err != nil {
		t.Fatal(err)
	}
	of := id(client)
	for _, p := range []string{"/forms", "/forms/new", "/forms/quota", "/forms/export", "/rules/forms", "/rules/form-quota"} {
		s.run([]scenario{{"a stranger: " + p, "", "", p, nil, 303, []string{"/login"}, nil}})
	}
	s.run([]scenario{
		{"a courier", "courier", "", "/forms", nil, 403, nil, nil},
		{"another rep's client", "rep2", "", "/forms/new?customer=" + of, nil, 404, nil, []string{"松果"}},
		{"another rep writes of it", "rep2", http.MethodPost, "/forms", formTyped("customer", of), 404, nil, nil},
		{"another branch's visit", "clerk2", "", "/forms/new?visit=" + id(visit), nil, 404, nil, nil},
		{"the visit offers it", "rep", "", "/visits/" + id(visit), nil, 200, []string{"/forms/new?visit=" + id(visit), "写反馈表"}, nil},
		{"those visited lately are offered", "rep", "", "/forms/new", nil, 200, []string{"松果文具", "还差 5 份", "/forms/new?visit=" + id(visit)}, nil},
		{"a search", "rep", "", "/forms/new?q=松果", nil, 200, []string{"/forms/new?customer=" + of}, nil},
		{"the visit fills it in", "rep", "", "/forms/new?visit=" + id(visit), nil, 200, []string{"嫌运费贵", "带报价去", "前台小张", "已经填好"}, nil},
		{"what must be there is missing", "rep", http.MethodPost, "/forms", formTyped("customer", of, "q_said", "", "q_pieces", "很多"), 422, []string{"请填写", "请填数字", "更便宜", "很多"}, nil},
		{"an option that there is none of", "rep", http.MethodPost, "/forms", formTyped("customer", of, "q_business", "飞了"), 422, []string{"请选一个"}, nil},
		{"no key", "rep", http.MethodPost, "/forms", formTyped("customer", of, "key", "x"), 400, nil, nil},
		{"kept as a draft", "rep", http.MethodPost, "/forms", formTyped("customer", of, "visit", id(visit), "q_said", "", "do", "draft"), 303, []string{"/forms?view=drafts"}, nil},
		{"it stands among the drafts", "rep", "", "/forms?view=drafts", nil, 200, []string{"松果文具", "/edit", "接着写"}, nil},
		{"nobody else sees it", "boss", "", "/forms", nil, 200, []string{"没有符合的反馈表"}, []string{"松果文具"}},
	})
	form, err := s.FormOfVisit(ctx, rep, visit)
	if err != nil || form == 0 {
		t.Fatal(form, err)
	}
	at := "/forms/" + id(form)
	s.run([]scenario{
		{"the draft of another", "boss", "", at + "/edit", nil, 404, nil, nil},
		{"the draft goes on", "rep", "", at + "/edit", nil, 200, []string{"在减少", "不要这份草稿", `value="1"`}, nil},
		{"a stale draft shows both", "rep", http.MethodPost, at, formTyped("version", "9"), 422, []string{"有人先改过了", "没填"}, nil},
		{"sent", "rep", http.MethodPost, at, formTyped("version", "1"), 303, []string{at}, nil},
		{"and said", "rep", "", at, nil, 200, []string{"发给市场部了", "还差 4 份", "要降价，打 13987654321", "更便宜、更快", "等答复"}, []string{`action="` + at + `/answer"`}},
		{"the visit leads to it", "rep", "", "/visits/" + id(visit), nil, 200, []string{at, "看反馈表"}, nil},
		{"who sees masked numbers", "chief", "", at, nil, 200, []string{"要降价", "我来看", `action="` + at + `/answer"`}, []string{"13987654321"}},
		{"a branch answers nothing", "boss", http.MethodPost, at + "/answer", url.Values{"version": {"2"}, "text": {"好"}}, 403, nil, nil},
		{"the quota", "boss", "", "/forms", nil, 200, []string{"城西网点本月交了多少", "还差 4 份", "class=A", "松果文具"}, nil},
		{"all branches", "chief", "", "/forms/quota", nil, 200, []string{"城西网点", "城东网点", "鼓楼网点", ">4 份：", ">5 份："}, []string{"还差 4 份"}},
		{"the month before", "chief", "", "/forms/quota?month=2026-10&short=1", nil, 200, []string{"2026-10", ">5 份："}, []string{">4 份："}},
		{"today of the boss", "boss", "", "/today", nil, 200, []string{"本月反馈表", "还差 4 份"}, nil},
		{"today of the rep", "rep", "", "/today", nil, 200, []string{"我本月的反馈表", "网点还差 4 份"}, nil},
		{"today of head office", "chief", "", "/today", nil, 200, []string{"反馈表等答复", "反馈表没交够的网点"}, nil},
		{"taken up", "chief", http.MethodPost, at + "/read", url.Values{"version": {"2"}}, 303, []string{at}, nil},
		{"the rep changes it no more", "rep", "", at + "/edit", nil, 403, nil, nil},
		{"nothing said", "chief", http.MethodPost, at + "/answer", url.Values{"version": {"3"}, "text": {" "}}, 422, []string{"请填写"}, nil},
		{"a stale answer", "chief", http.MethodPost, at + "/answer", url.Values{"version": {"2"}, "text": {"可以九折"}}, 422, []string{"刚才有人", "可以九折"}, nil},
		{"answered", "chief", http.MethodPost, at + "/answer", url.Values{"version": {"3"}, "text": {"可以九折"}}, 303, []string{at}, nil},
		{"the rep is told", "rep", "", "/todos", nil, 200, []string{"市场部答复了你", at}, nil},
		{"and reads it", "rep", "", at, nil, 200, []string{"可以九折", "知道了", "再问一句"}, nil},
		{"known", "rep", http.MethodPost, at + "/know", nil, 303, []string{at}, nil},
		{"done", "rep", "", "/todos", nil, 200, nil, []string{"市场部答复了你"}},
		{"asked further", "rep", http.MethodPost, at + "/ask", url.Values{"version": {"4"}, "text": {"八折呢"}}, 303, []string{at}, nil},
		{"it waits again", "chief", "", "/forms?view=waiting", nil, 200, []string{"松果文具", "共 1 份"}, nil},
		{"sent as a table", "boss", "", "/forms/export?format=csv", nil, 200, []string{"松果文具", "客户说了什么", "更便宜、更快", "嫌"}[:3], nil},
		{"a rep takes no table", "rep", "", "/forms/export", nil, 403, nil, nil},
		{"an auditor reads", "auditor", "", at, nil, 200, []string{"八折呢"}, []string{`action="` + at}},
	})
}

func TestHeadOfficeSaysWhatAFormAsksAndHowManyAreOwed(t *testing.T) {
	s := newSite(t)
	asks := func(more ...string) url.Values {
		out := url.Values{"read": {"0"}, "valid_from": {"2026-11-21"}, "reason": {"问得少一点"}, "key_0": {"said"}, "label_0": {"听到了什么"}, "kind_0": {"long"}, "required_0": {"1"}, "label_1": {"竞争对手"}, "kind_1": {"choice"}, "options_1": {"甲\n乙"}}
		for i := 0; i+1 < len(more); i += 2 {
			out.Set(more[i], more[i+1])
		}
		return out
	}
	owed := func(more ...string) url.Values {
		out := url.Values{"read": {"0"}, "valid_from": {"2026-11-21"}, "reason": {"试试"}, "total": {"4"}, "a": {"1"}, "b": {"1"}, "c": {"1"}, "days": {"2"}}
		for i := 0; i+1 < len(more); i += 2 {
			out.Set(more[i], more[i+1])
		}
		return out
	}
	s.run([]scenario{
		{"a rep reads what is asked", "rep", "", "/rules/forms", nil, 200, []string{"客户说了什么"}, []string{"保存新版本"}},
		{"and sets nothing", "rep", http.MethodPost, "/rules/forms", asks(), 403, nil, nil},
		{"nor does a branch manager", "boss", http.MethodPost, "/rules/form-quota", owed("branch", id(s.West)), 403, nil, nil},
		{"head office", "chief", "", "/rules/forms", nil, 200, []string{"保存新版本", "需要市场部做什么"}, nil},
		{"nothing asked", "chief", http.MethodPost, "/rules/forms", asks("label_0", "", "label_1", ""), 422, []string{"至少要有一题"}, nil},
		{"a choice of one", "chief", http.MethodPost, "/rules/forms", asks("options_1", "甲"), 422, []string{"至少两个选项", "竞争对手"}, nil},
		{"the same twice", "chief", http.MethodPost, "/rules/forms", asks("label_1", "听到了什么"), 422, []string{"换个说法"}, nil},
		{"without a reason", "chief", http.MethodPost, "/rules/forms", asks("reason", ""), 422, []string{"请填写"}, nil},
		{"set", "chief", http.MethodPost, "/rules/forms", asks(), 303, []string{"/rules/forms"}, nil},
		{"it holds", "rep", "", "/rules/forms", nil, 200, []string{"听到了什么", "竞争对手", "2 题，1 题必填"}, []string{"需要市场部做什么"}},
		{"a stale page", "chief", http.MethodPost, "/rules/forms", asks(), 422, []string{"刚才有人设了新版本"}, nil},
		{"the shipped quota", "rep", "", "/rules/form-quota", nil, 200, []string{"每月 5 份，A 类至少 2、B 类 2、C 类 1"}, nil},
		{"less together than by class", "chief", http.MethodPost, "/rules/form-quota", owed("total", "2"), 422, []string{"填 3 到 200 的整数"}, nil},
		{"a branch's own", "chief", http.MethodPost, "/rules/form-quota", owed("branch", id(s.West)), 303, []string{"/rules/form-quota"}, nil},
		{"it is owed there", "boss", "", "/forms", nil, 200, []string{"还差 4 份：A 类 1、B 类 1、C 类 1"}, nil},
		{"and not elsewhere", "boss2", "", "/forms", nil, 200, []string{"还差 5 份"}, nil},
		{"among the settings", "admin", "", "/settings", nil, 200, []string{"反馈表问什么", "反馈表每月几份"}, nil},
	})
}

func TestAFormThatNobodyAnswersIsLate(t *testing.T) {
	s := newSite(t)
	ctx := context.Background()
	client, err := s.CreateCustomer(ctx, s.As(t, s.Admin), db.Submission{}, db.Customer{BranchID: s.West, Name: "松果文具", OwnerID: s.RepWest})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.SetDuty(ctx, s.As(t, s.Admin), s.Head, db.DutyMarketing, s.Chief, 0); err != nil {
		t.Fatal(err)
	}
	if _, err := s.StartForm(ctx, s.As(t, s.RepWest), db.Submission{}, db.FeedbackForm{CustomerID: client}, true); err != nil {
		t.Fatal(err)
	}
	s.run([]scenario{{"in time", "chief", "", "/forms?view=waiting&late=1", nil, 200, []string{"没有符合的反馈表"}, nil}})
	s.Clock.Move(5 * 24 * 3600 * 1e9)
	s.run([]scenario{
		{"late", "chief", "", "/late", nil, 200, []string{"市场信息", "反馈表超期没答复", "view=waiting"}, nil},
		{"its list", "chief", "", "/forms?view=waiting&late=1", nil, 200, []string{"松果文具", "共 1 份"}, nil},
	})
}

func TestAFormTakesPhotosForWhoSeesIt(t *testing.T) {
	s := newSite(t)
	of := s.client("松果文具")
	rep := s.as("rep")
	sent := rep.sendPhotos("/forms", formTyped("customer", of), map[string][]byte{"a.jpg": picture(t, 900)})
	if sent.status != http.StatusSeeOther {
		t.Fatalf("sent: %d %s", sent.status, excerpt(sent.body))
	}
	at := strings.SplitN(sent.to(), "?", 2)[0]
	photo := regexp.MustCompile(at + `/photos/[0-9a-f]+`).FindString(rep.get(at).body)
	if photo == "" {
		t.Fatal("the form shows no photo")
	}
	s.run([]scenario{
		{"a stranger", "", "", photo, nil, 303, []string{"/login"}, nil},
		{"another branch", "boss2", "", photo, nil, 404, nil, nil},
		{"head office", "chief", "", photo, nil, 200, nil, nil},
		{"its small version", "chief", "", photo + "?size=thumb", nil, 200, nil, nil},
		{"a photo that there is none of", "chief", "", at + "/photos/00ff", nil, 404, nil, nil},
		{"the form offers to take it off", "rep", "", at + "/edit", nil, 200, []string{photo, "删除"}, nil},
	})
	if bad := rep.sendPhotos(at, formTyped("version", "1"), map[string][]byte{"a.txt": []byte("text")}); bad.status != http.StatusUnprocessableEntity || !strings.Contains(bad.body, "不是照片") {
		t.Errorf("a text for a photo: %d", bad.status)
	}
	hash := photo[strings.LastIndex(photo, "/")+1:]
	if off := rep.sendPhotos(at, formTyped("version", "1", "drop", hash), nil); off.status != http.StatusSeeOther {
		t.Errorf("taken off: %d %s", off.status, excerpt(off.body))
	}
	if strings.Contains(rep.get(at).body, "/photos/") {
		t.Error("a photo that was taken off is shown")
	}
}
