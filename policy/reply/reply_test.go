package reply_test

import (
	"slices"
	"strings"
	"testing"

	"yike/policy/cause"
	"yike/policy/message"
	"yike/policy/reply"
)

func library() []reply.Candidate {
	var out []reply.Candidate
	for _, s := range reply.Library() {
		out = append(out, reply.Candidate{Ref: s.Key, Near: 9, Template: s.Template})
	}
	return out
}

func TestTheAnswersThatShip(t *testing.T) {
	keys := map[string]bool{}
	for _, s := range reply.Library() {
		if keys[s.Key] {
			t.Errorf("%s twice", s.Key)
		}
		keys[s.Key] = true
		if bad := s.Check(); len(bad) > 0 {
			t.Errorf("%s: %+v", s.Key, bad)
		}
		if s.Cause != "" && !slices.Contains(cause.Codes, s.Cause) {
			t.Errorf("%s is for %q", s.Key, s.Cause)
		}
		if !strings.Contains(s.Body, "{称呼}") || strings.ContainsAny(s.Body, "！!") || strings.Contains(s.Body, "亲") {
			t.Errorf("%s is not how the company writes: %s", s.Key, s.Body)
		}
	}
	if len(keys) < 12 {
		t.Errorf("%d answers", len(keys))
	}
}

func TestWhichAnswerFits(t *testing.T) {
	for _, x := range []struct{ name, text, kind, cause, want string }{
		{"A parcel that stands still", "我的包裹停在杭州分拨中心三天了，物流信息一直没更新", "", "", "late.move"},
		{"Said to be signed for, and the word of one that stands still rules itself out", "没更新几天，今天突然显示已签收，我没收到，也没放驿站", "", "", "signoff.where"},
		{"Broken", "收到的时候箱子压扁了，杯子碎了两个", "complaint", cause.Damaged, "damaged.photo"},
		{"Short", "寄了三件只到两件，少了一件", "complaint", cause.Lost, "lost.short"},
		{"One word is enough where the cause is known", "快递员说话很凶", "complaint", cause.Attitude, "attitude.sorry"},
		{"One word is not enough where nothing else is", "签收", "", "", ""},
		{"No word, though the cause is known", "你们看着办吧", "complaint", cause.Late, ""},
		{"A question about price is no complaint about it", "请问寄到拉萨运费多少钱，首重几公斤，价格怎么收费", "consultation", "", "ask.price"},
		{"A complaint about the bill gets no price list", "运费多收了，账单不对，价格多少钱说好的", "complaint", cause.Charges, "charges.check"},
		{"An answer to another cause is none", "箱子压扁了，杯子碎了", "complaint", cause.Late, ""},
		{"Pinyin is not read", "baojia yunfei duoshaoqian", "", "", ""},
		{"Nothing", "", "complaint", cause.Late, ""},
		{"Full width and blanks make no difference", "发　票 抬头写错了，税号也不对，请重开发票", "", "", "ask.invoice"},
	} {
		got := ""
		if fit := reply.Fit(library(), reply.Asked{Text: x.text, Kind: x.kind, Cause: x.cause}); len(fit) > 0 {
			got = fit[0].Ref
		}
		if got != x.want {
			t.Errorf("%s: %q, want %q", x.name, got, x.want)
		}
	}
}

func TestOfAnswersThatFitEqually(t *testing.T) {
	own := reply.Template{Title: "乙", Keywords: "破损 COD", Body: "x"}
	up, same := own, own
	up.Title, same.Title = "甲", "丙"
	list := []reply.Candidate{{Ref: "up", Near: 1, Template: up}, {Ref: "later", Template: same}, {Ref: "own", Template: own}}
	var order []string
	for _, f := range reply.Fit(list, reply.Asked{Text: "COD 件破损"}) {
		order = append(order, f.Ref)
		if strings.Join(f.Words, " ") != "破损 cod" || f.Score != 4 {
			t.Errorf("%s by %v, %d", f.Ref, f.Words, f.Score)
		}
	}
	if strings.Join(order, " ") != "later own up" { // 丙 before 乙 in bytes; the branch's own before those above
		t.Errorf("order %v", order)
	}
	if fit := reply.Fit(list, reply.Asked{Text: "encoded 件破损"}); len(fit) != 0 {
		t.Errorf("COD is found in encoded: %+v", fit)
	}
	list[0].Keywords = "破损 COD -保价"
	if fit := reply.Fit(list[:1], reply.Asked{Text: "COD 件破损，有保价"}); len(fit) != 0 {
		t.Errorf("a word that rules out: %+v", fit)
	}
	// A word inside another that was found counts once.
	list[0].Keywords = "显示已签收 签收"
	if fit := reply.Fit(list[:1], reply.Asked{Text: "显示已签收"}); len(fit) != 0 {
		t.Errorf("counted twice: %+v", fit)
	}
}

func TestWhatIsWrongWithAnAnswer(t *testing.T) {
	good := reply.Template{Title: "丢件", Keywords: "丢了 找不到", Subject: "关于{单号}", Body: "{称呼}您好，{单号}"}
	for _, x := range []struct {
		name   string
		change func(*reply.Template)
		want   string
	}{
		{"nothing", func(*reply.Template) {}, ""},
		{"no title", func(t *reply.Template) { t.Title = " " }, "no_title title"},
		{"a long title", func(t *reply.Template) { t.Title = strings.Repeat("长", 31) }, "too_long title"},
		{"only words that rule out", func(t *reply.Template) { t.Keywords = "-丢了，-找不到" }, "no_keywords keywords"},
		{"one character stands in every text", func(t *reply.Template) { t.Keywords = "丢 找不到" }, "short_keyword keywords"},
		{"no text", func(t *reply.Template) { t.Body = "\n" }, "no_body body"},
		{"a greeting's variable", func(t *reply.Template) { t.Body = "{祝福}" }, "unknown body"},
		{"a brace that nobody closes", func(t *reply.Template) { t.Body = "{单号" }, "unclosed body"},
		{"a subject of two lines", func(t *reply.Template) { t.Subject = "a\nb" }, "too_long subject"},
	} {
		in := good
		x.change(&in)
		got := ""
		for _, p := range in.Check() {
			got = strings.TrimSpace(got + " " + string(p.Code) + " " + p.In)
		}
		if got != x.want {
			t.Errorf("%s: %q, want %q", x.name, got, x.want)
		}
	}
}

func TestAnAnswerFilledIn(t *testing.T) {
	in := reply.Template{Subject: "关于{单号}", Body: "{称呼}您好，{单号}在{轨迹}，{时限}前回您。{轨迹}"}
	f := reply.Facts{Message: message.Facts{Name: "王芳", Position: "经理"}, Waybills: []string{"302601000625492", "302601000625493"}, Promise: "今天 18:00"}
	w := reply.Write(in, f)
	if w.Subject != "关于302601000625492、302601000625493" || w.Body != "王经理您好，302601000625492、302601000625493在{轨迹}，今天 18:00前回您。{轨迹}" || strings.Join(w.Open, " ") != "轨迹" {
		t.Errorf("%+v", w)
	}
	if open := reply.Unfilled(w.Body); strings.Join(open, " ") != "轨迹" {
		t.Errorf("still open: %v", open)
	}
	if open := reply.Unfilled("王经理您好，{随便}在中转站"); len(open) != 0 {
		t.Errorf("a brace of the writer's own: %v", open)
	}
	// What a client is called cannot put a variable into the text.
	f.Message.Name = "{工单号}"
	if w = reply.Write(in, f); strings.Contains(strings.Join(w.Open, " "), "工单号") {
		t.Errorf("a name becomes a variable: %+v", w)
	}
}
