package message

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"yike/policy/day"
	"yike/policy/festival"
)

func TestHowSomebodyIsAddressed(t *testing.T) {
	for _, c := range []struct {
		name, who, position string
		sex                 Sex
		neutral, want       string
	}{
		{"a surname of two characters with a title", "欧阳静", "采购经理", "", "", "欧阳经理"},
		{"a surname of two characters and nothing else", "欧阳", "经理", "", "", "欧阳经理"},
		{"a general manager is 总", "王建国", "总经理", "", "", "王总"},
		{"a deputy is addressed like the one in office", "王建国", "副总经理", "", "", "王总"},
		{"a boss", "李强", "老板", "", "", "李总"},
		{"a teacher", "陈静", "老师", "", "", "陈老师"},
		{"an engineer", "赵明", "高级工程师", "", "", "赵工"},
		{"a chief executive in Latin letters", "周敏", "ceo", "", "", "周总"},
		{"an assistant of a general manager is not one", "周敏", "总经理助理", "", "", "周敏"},
		{"a clerk whose sex is known", "周敏", "文员", Female, "", "周女士"},
		{"a man without a position", "周敏", "", Male, "", "周先生"},
		{"neither title nor sex: the whole name", "周敏", "文员", "", "", "周敏"},
		{"neither title nor sex: the company's form", "周敏", "", "", "姓老师", "周老师"},
		{"the company's form with the whole name", "欧阳静", "", "", "姓名同志", "欧阳静同志"},
		{"a form without the name", "周敏", "", "", "贵客", "贵客"},
		{"a name that holds its title is left alone", "李总", "采购经理", "", "", "李总"},
		{"so is one with a surname of two characters", "欧阳总", "", "", "", "欧阳总"},
		{"a given name that ends in 总 is none", "李明总", "", "", "", "李明总"},
		{"said beside the name", "王芳（财务）", "主管", "", "", "王主管"},
		{"blanks between characters", "王 芳", "经理", "", "", "王经理"},
		{"a name of the borderlands is never cut", "古丽·买买提", "经理", "", "", "古丽·买买提经理"},
		{"Latin letters", "John Smith", "", "", "姓老师", "John Smith"},
		{"a department is nobody's surname", "车间", "主任", "", "", "车间主任"},
		{"a name only friends use", "老李", "", "", "", "客户"},
		{"but with a title", "老李", "经理", "", "", "老李经理"},
		{"no name", "", "经理", Male, "", "客户"},
		{"an unknown surname with a title", "亼明", "经理", "", "", "亼明经理"},
	} {
		if got := Salute(c.who, c.position, c.sex, c.neutral); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestHowLongAnSMSIs(t *testing.T) {
	for _, c := range []struct {
		name, text         string
		units, parts, left int
	}{
		{"nothing", "", 0, 0, 70},
		{"70 characters are one", strings.Repeat("安", 70), 70, 1, 0},
		{"71 are two", strings.Repeat("安", 71), 71, 2, 63},
		{"134 are two full ones", strings.Repeat("安", 134), 134, 2, 0},
		{"135 are three", strings.Repeat("安", 135), 135, 3, 66},
		{"Latin letters count the same beside Chinese ones", strings.Repeat("a", 70), 70, 1, 0},
		{"a picture counts two", "😊", 2, 1, 68},
		{"35 pictures are one", strings.Repeat("😊", 35), 70, 1, 0},
		{"36 pictures are two", strings.Repeat("😊", 36), 72, 2, 61},
		{"a pair is not torn: 66 and a pair leave one unit unused", strings.Repeat("安", 66) + "😊" + strings.Repeat("安", 65), 133, 2, 0},
		{"and one more begins a third", strings.Repeat("安", 66) + "😊" + strings.Repeat("安", 66), 134, 3, 66},
		{"the signature counts", Signature("驿客快递") + strings.Repeat("安", 65), 71, 2, 63},
	} {
		if got := Length(c.text); got != (Counted{c.units, c.parts, c.left}) {
			t.Errorf("%s: %+v, want %d %d %d", c.name, got, c.units, c.parts, c.left)
		}
	}
	for in, want := range map[string]string{"驿客": "【驿客】", "驿": "", "【驿客】": "", " 良渚网点 ": "【良渚网点】", strings.Repeat("长", 13): ""} {
		if got := Signature(in); got != want {
			t.Errorf("signature of %q: %q", in, got)
		}
	}
}

func TestWhatIsWrongWithAWording(t *testing.T) {
	of := func(occasion, channel, subject, body string) Template {
		return Template{Occasion: occasion, Channel: channel, Tone: Warm, Subject: subject, Body: body}
	}
	own := []Occasion{{Code: "own.1", Name: "开市日", Wish: "开市大吉", Mood: festival.Joyful}, {Code: "own.2", Name: "公祭日", Mood: festival.Silent}}
	for _, c := range []struct {
		name string
		t    Template
		want string // code word in line:at …
	}{
		{"a good one", of("spring", SMS, "", "{称呼}您好，{祝福}。"), ""},
		{"nothing", of("spring", SMS, "", " \n"), "no_body  body 0:0"},
		{"an unknown variable, with its place", of("spring", SMS, "", "您好\n致{老板}：{祝福}"), "unknown 老板 body 2:2"},
		{"an empty one", of("spring", SMS, "", "{}您好"), "unknown  body 1:1"},
		{"a brace that is not closed", of("spring", SMS, "", "致{称呼，您好"), "unclosed  body 1:2"},
		{"a brace that closes nothing", of("spring", SMS, "", "称呼}您好"), "stray  body 1:3"},
		{"a wording for any occasion does not name it", of(Any, SMS, "", "{称呼}您好"), "missing 节日 body 0:0"},
		{"years where none are counted", of("spring", SMS, "", "合作{周年}年"), "useless 周年 body 1:3"},
		{"years of an anniversary", of(ParcelYears, SMS, "", "合作{周年}年"), ""},
		{"清明 bears no joy", of("qingming", SMS, "", "清明快乐"), "word 快乐 body 1:3"},
		{"nor what sells", of("qingming", WeChat, "", "清明好礼"), "word 好礼 body 1:3"},
		{"nor a wish", of("qingming", WeChat, "", "{祝福}"), "useless 祝福 body 1:1"},
		{"a sober word for 清明", of("qingming", SMS, "", "清明时节，出行请多保重"), ""},
		{"端午 is 安康, not 快乐", of("dragon_boat", SMS, "", "端午快乐"), "word 快乐 body 1:3"},
		{"端午安康", of("dragon_boat", SMS, "", "端午安康"), ""},
		{"中秋快乐", of("mid_autumn", SMS, "", "中秋快乐"), ""},
		{"one for any occasion may meet 端午", of(Any, SMS, "", "{节日}快乐"), "word 快乐 body 1:5"},
		{"an occasion of head office's own", of("own.1", SMS, "", "{祝福}"), ""},
		{"a solemn one of its own", of("own.2", SMS, "", "喜迎{节日}"), "word 喜迎 body 1:1"},
		{"an unknown occasion", of("own.9", SMS, "", "您好"), "occasion own.9  0:0"},
		{"an e-mail without a subject", of("spring", Email, "", "您好"), "no_subject  subject 0:0"},
		{"an SMS with one", of("spring", SMS, "您好", "您好"), "subject_only  subject 0:0"},
		{"a subject over two lines would write headers", of("spring", Email, "您好\r\nBcc: x@y", "您好"), "too_long  subject 0:0"},
		{"a signature of its own", of("spring", SMS, "", "【驿客】您好"), "own_signature  body 1:1"},
		{"more SMS than anybody reads", of("spring", SMS, "", strings.Repeat("好", 336)), "too_many_sms  body 0:0"},
	} {
		var got []string
		for _, p := range c.t.Check(own, "") {
			got = append(got, fmt.Sprintf("%s %s %s %d:%d", p.Code, p.Word, p.In, p.Line, p.At))
		}
		if strings.Join(got, "; ") != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
	bad := Template{Occasion: "spring", Channel: "pigeon", Tone: "loud", Class: "D", Body: "您好"}
	if got := bad.Check(nil, ""); len(got) != 3 {
		t.Errorf("channel, tone and class: %v", got)
	}
}

func occasion(t *testing.T, code string) Occasion {
	t.Helper()
	o, ok := OccasionOf(code)
	if !ok {
		t.Fatalf("no occasion %s", code)
	}
	return o
}

func TestAWordingFilledIn(t *testing.T) {
	autumn, national, boat := occasion(t, "mid_autumn"), occasion(t, "national"), occasion(t, "dragon_boat")
	f := Example(autumn, day.MustParse("2026-09-22"))
	f.For = []Occasion{autumn, national}
	got, wrong := Render(Template{Body: "{称呼}您好，{日期}是{节日}，还有{天数}天，{祝福}。{ 网点 }{经办人}"}, f)
	if want := "欧阳经理您好，9月25日是中秋节、国庆节，还有3天，中秋快乐、国庆快乐。良渚网点李明"; got.Body != want || wrong != nil {
		t.Errorf("two occasions in one greeting: %q %v", got.Body, wrong)
	}
	f.Tel = ""
	if got, wrong := Render(Template{Body: "您好\n电话{网点电话}"}, f); !reflect.DeepEqual(got, Message{}) || !slices.Equal(wrong, []Problem{{NoValue, VarBranchTel, "body", 2, 3}}) {
		t.Errorf("a value that is missing: %q %v", got, wrong)
	}
	if got, wrong := Render(Template{Body: "您好，{节日}快乐"}, Facts{Name: "王芳", For: []Occasion{boat}}); !reflect.DeepEqual(got, Message{}) || len(wrong) != 1 || wrong[0].Code != BadWord {
		t.Errorf("a wording for any occasion met 端午: %q %v", got, wrong)
	}
	if got, wrong := Render(Template{Body: "{公司}安康"}, Facts{Client: "欢喜快乐\r\n【银行】玩具厂", For: []Occasion{boat}}); got.Body != "欢喜快乐  银行玩具厂安康" || wrong != nil {
		t.Errorf("a client's name is no word of the wording, no line and no signature: %q %v", got.Body, wrong)
	}
	// What a provider is given is what stands in the text.
	got, wrong = Render(Template{Body: "{ 称呼 }，{公司}{姓名}"}, Facts{Name: "王\n芳", Client: " 【良渚】家居 ", For: []Occasion{boat}})
	if len(got.Values) != 3 || got.Values[VarClient] != "良渚家居" || got.Values[VarName] != "王 芳" || wrong != nil {
		t.Errorf("values %v of %q, %v", got.Values, got.Body, wrong)
	}
	if got.Body != got.Values[VarSalutation]+"，良渚家居王 芳" {
		t.Errorf("the text %q, the values %v", got.Body, got.Values)
	}
	if !(Template{Body: "{ 优惠 }"}).Offers() || (Template{Body: "优惠"}).Offers() {
		t.Error("whether a wording tells of the offer")
	}
	past := Example(autumn, day.MustParse("2026-09-22"))
	past.Day = past.Today - 1
	if _, wrong := Render(Template{Body: "还有{天数}天"}, past); len(wrong) != 1 {
		t.Errorf("days until a day that is over: %v", wrong)
	}
}

// Every wording that ships is one that could be saved, fills in for an
// example, and takes at most two SMS.
func TestTheLibrary(t *testing.T) {
	seen, marks, sets := map[string]bool{}, map[string]string{}, map[string]int{}
	for _, s := range Library() {
		if seen[s.Key] {
			t.Errorf("%s twice", s.Key)
		}
		seen[s.Key] = true
		if other := marks[s.Channel+Fingerprint(s.Body)]; other != "" {
			t.Errorf("%s says the same as %s", s.Key, other)
		}
		marks[s.Channel+Fingerprint(s.Body)] = s.Key
		sets[s.Occasion+" "+s.Channel]++
		if wrong := s.Check(nil, "【驿客快递】"); len(wrong) > 0 {
			t.Errorf("%s: %v", s.Key, wrong)
		}
		o, ok := OccasionOf(s.Occasion)
		if !ok {
			o = occasion(t, "mid_autumn")
		}
		m, wrong := Render(s.Template, Example(o, day.MustParse("2026-09-22")))
		if len(wrong) > 0 || strings.ContainsAny(m.Subject+m.Body, "{}！!") {
			t.Errorf("%s filled in: %q %v", s.Key, m.Body, wrong)
		}
		if n := Length("【驿客快递】" + m.Body + "拒收请回复R"); s.Channel == SMS && n.Parts > 2 {
			t.Errorf("%s takes %d SMS: %q", s.Key, n.Parts, m.Body)
		}
	}
	for _, six := range []string{"new_year", "labour", "national", "dragon_boat", "mid_autumn", "spring", Birthday} {
		for channel, n := range map[string]int{SMS: 3, WeChat: 1, Email: 1, Call: 1} {
			if sets[six+" "+channel] < n {
				t.Errorf("%s has %d wordings for %s, want %d", six, sets[six+" "+channel], channel, n)
			}
		}
	}
	for _, o := range []string{"qingming", "double_ninth", FirstParcel, ParcelYears, FirmYears, Any} {
		if sets[o+" "+SMS] == 0 {
			t.Errorf("%q has no SMS", o)
		}
	}
}

func TestWordingsTakeTurns(t *testing.T) {
	autumn, national, qing := occasion(t, "mid_autumn"), occasion(t, "national"), occasion(t, "qingming")
	list := []Candidate{
		{"a", false, Template{Occasion: "mid_autumn", Channel: SMS, Tone: Warm, Body: "甲"}},
		{"b", false, Template{Occasion: "mid_autumn", Channel: SMS, Tone: Warm, Body: "乙"}},
		{"c", false, Template{Occasion: "mid_autumn", Channel: SMS, Tone: Formal, Body: "丙"}},
		{"d", true, Template{Occasion: "mid_autumn", Channel: SMS, Tone: Warm, Class: "A", Body: "丁"}},
		{"e", false, Template{Channel: SMS, Tone: Warm, Body: "{节日}戊"}},
		{"f", false, Template{Occasion: "mid_autumn", Channel: Email, Tone: Warm, Body: "己"}},
		{"g", false, Template{Occasion: "mid_autumn", Channel: SMS, Tone: Warm, Body: "乙。"}}, // says what b says
	}
	var had []Used
	var order []string
	w := Wanted{For: []Occasion{autumn}, Class: "A", Channel: SMS, Tone: Warm, Contact: 1}
	for {
		c, ok := Next(list, w, had)
		if !ok {
			break
		}
		order = append(order, c.Ref)
		had = append(had, Used{Fingerprint(c.Body)})
		if len(order) > len(list) {
			t.Fatal("no end")
		}
	}
	if len(order) != 5 || order[0] != "d" || order[3] != "e" || order[4] != "c" {
		t.Errorf("the class's own first, then head office's, one for any, another tone at last, and none twice: %v", order)
	}
	if c, ok := Next(list, Wanted{For: []Occasion{autumn, national}, Channel: SMS, Tone: Warm}, nil); !ok || c.Ref != "e" {
		t.Errorf("two occasions at once take a wording that names them: %v %v", c.Ref, ok)
	}
	if c, ok := Next(list, Wanted{For: []Occasion{qing}, Channel: SMS}, nil); ok {
		t.Errorf("清明 takes only what was written for it: %v", c.Ref)
	}
	if c, ok := Next(list, Wanted{For: []Occasion{autumn}, Class: "B", Channel: Email}, nil); !ok || c.Ref != "f" {
		t.Errorf("another channel: %v %v", c.Ref, ok)
	}
	first := map[string]int{}
	for contact := int64(1000); contact < 4000; contact++ {
		c, _ := Next(list[:2], Wanted{For: []Occasion{autumn}, Channel: SMS, Contact: contact}, nil)
		first[c.Ref]++
	}
	if first["a"] < 1200 || first["b"] < 1200 {
		t.Errorf("neighbours begin with different ones: %v", first)
	}
}
