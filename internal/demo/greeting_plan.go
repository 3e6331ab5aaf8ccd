package demo

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"yike/db"
	"yike/policy"
	"yike/policy/day"
	"yike/policy/festival"
	"yike/policy/greeting"
	"yike/policy/message"
)

// founded is the demo's own occasion: the day on which the company was founded.
const founded = festival.Code("own_1")

// foundedIn is in how many days from today the company's own day is: so there
// is always an occasion in preparation.
const foundedIn = 9

// ownOccasions are the days that head office added.
func ownOccasions(today day.Day) []festival.Occasion {
	_, month, d := today.Add(foundedIn).Date()
	return []festival.Occasion{
		{Code: founded, Name: "司庆客户日", By: festival.BySolar, Month: int(month), Day: d, Mood: festival.Joyful},
		{Code: "own_2", Name: "冬至", By: festival.ByTerm, Term: festival.LastTerm, Mood: festival.Peaceful},
		{Code: "own_3", Name: "小年", By: festival.ByLunar, Month: 12, Day: 23, Mood: festival.Joyful},
		{Code: "own_4", Name: "教师节", By: festival.BySolar, Month: 9, Day: 10, Mood: festival.Joyful, Off: true},
		{Code: "own_5", Name: "客户答谢日", By: festival.ByWeekday, Month: 11, Nth: 4, Weekday: time.Thursday, Mood: festival.Joyful},
	}
}

// greetingRule is head office's rule of courtesies: gifts and budgets for the
// large festivals, a word for the others.
func greetingRule(today day.Day) greeting.Rule {
	treat := func(a string, forA int64, b string, forB int64) map[string]greeting.Treat {
		return map[string]greeting.Treat{"A": {Gift: a, Budget: forA * 100}, "B": {Gift: b, Budget: forB * 100}}
	}
	rule := greeting.Default()
	rule.Close, rule.Late = 7, 3
	large := greeting.Plan{On: true, Classes: []string{"A", "B"}, Means: []greeting.Means{greeting.Gift, greeting.WeChat, greeting.Call}, Ahead: 14, By: greeting.ByOwner}
	for code, treats := range map[festival.Code]map[string]greeting.Treat{
		festival.Spring: treat("年货礼盒", 268, "坚果礼盒", 88), festival.DragonBoat: treat("粽子礼盒", 128, "粽子券", 48), festival.MidAutumn: treat("月饼礼盒", 168, "月饼券", 58),
	} {
		plan := large
		plan.Treats = treats
		rule.Plans[code] = plan
	}
	rule.Plans[greeting.Birthday] = greeting.Plan{On: true, Classes: []string{"A", "B"}, Everyone: true, Means: []greeting.Means{greeting.WeChat, greeting.Call}, Ahead: 7, By: greeting.ByOwner,
		Treats: map[string]greeting.Treat{"A": {Gift: "蛋糕券", Budget: 98_00}}}
	rule.Plans[greeting.FirstParcel] = greeting.Plan{On: true, Means: []greeting.Means{greeting.Call, greeting.WeChat}, By: greeting.ByOwner,
		Offer: &greeting.Offer{Text: "第二单立减 5 元", Value: 5_00, Until: today.Add(60)}}
	rule.Plans[greeting.Contract] = greeting.Plan{On: true, Classes: []string{"A"}, Means: []greeting.Means{greeting.Visit, greeting.Call}, Ahead: 7, By: greeting.ByOwner}
	rule.Plans[founded] = greeting.Plan{On: true, Classes: []string{"A", "B"}, Means: []greeting.Means{greeting.WeChat, greeting.SMS, greeting.Email}, Ahead: 14, By: greeting.ByOwner,
		Treats: map[string]greeting.Treat{"A": {Gift: "定制保温杯", Budget: 68_00}}}
	rule.Plans["own_2"] = greeting.Plan{On: true, Classes: []string{"A"}, Means: []greeting.Means{greeting.WeChat}, Ahead: 5, By: greeting.ByClerk}
	return rule
}

// wordings are what head office and one branch wrote beside the program's own.
var wordings = []struct {
	user, branch string // "" is the whole company
	t            message.Template
	off          bool
}{
	{"chief", "", message.Template{Occasion: "spring", Class: "A", Channel: message.WeChat, Tone: message.Formal,
		Body: "{称呼}您好，我是{本公司}{网点}的{经办人}。新春将至，感谢{公司}一年来的信任。年货礼盒已备好，这两天给您送到，祝您阖家安康。"}, false},
	{"chief", "", message.Template{Occasion: "mid_autumn", Class: "A", Channel: message.WeChat, Tone: message.Warm,
		Body: "{称呼}您好，我是{网点}的{经办人}。{节日}快到了，一点心意已在路上，请查收。祝您和家人团圆平安。"}, false},
	{"chief", "", message.Template{Occasion: message.Any, Channel: message.SMS, Tone: message.Warm,
		Body: "{称呼}您好，{节日}到了，{本公司}{网点}感谢您一路信任。寄件有事请找{经办人}。"}, false},
	{"chief", "", message.Template{Occasion: "birthday", Channel: message.SMS, Tone: message.Formal, Body: "{称呼}，祝您生日快乐。{本公司}{网点}"}, true},
	{"boss1", "HZ01", message.Template{Occasion: "birthday", Channel: message.WeChat, Tone: message.Warm,
		Body: "{称呼}您好，我是良渚网点的{经办人}。今天您生日，祝您身体健康、生意红火。有空来网点喝茶。"}, false},
}

// waysOut are set up and not switched on: what a demo sends never leaves.
var waysOut = []db.Channel{
	{Code: message.SMS, State: db.ChannelDry, Settings: message.Channel{URL: "https://sms.example.com/v1/send", Account: "lanling", Sign: "岚翎速递", OptOut: true}},
	{Code: message.Email, State: db.ChannelDry, Settings: message.Channel{Host: "smtp.example.com", Port: 465, TLS: message.TLSDirect, User: "kefu", From: "kefu@example.com", FromName: "岚翎速递客服"}},
	{Code: message.WeCom, State: db.ChannelDry, Settings: message.Channel{URL: "https://robot.example.com/hook/wangdian"}},
}

// arrange sets up what head office decided: plans, occasions, wordings, ways
// out.
func (c *courtesies) arrange(ctx context.Context) error {
	chief, err := actor(ctx, c.d, "chief")
	if err != nil {
		return err
	}
	since := c.today.Add(-400).String()
	for _, r := range []struct {
		rule, reason string
		value        any
	}{{db.RuleOccasions, "司庆、冬至和小年也要问候", ownOccasions(c.today)}, {db.RuleGreetings, "年度客情计划：A 类送礼，B 类有心意，每户只问候一次", greetingRule(c.today)}} {
		text, err := json.Marshal(r.value)
		if err == nil {
			_, err = c.d.SetRule(ctx, chief, policy.GreetingPlan, db.RuleRow{Rule: r.rule, ValidFrom: since, Value: string(text), Reason: r.reason})
		}
		if err != nil {
			return fmt.Errorf("rule %s: %w", r.rule, err)
		}
	}
	at := map[string]int64{}
	for _, b := range c.d.Branches(ctx, chief.Scope(policy.BranchRead)) {
		at[b.Code] = b.ID
	}
	for _, w := range wordings {
		who, err := actor(ctx, c.d, w.user)
		if err != nil {
			return err
		}
		t := db.Template{BranchID: c.d.HeadOffice(), State: db.TemplateOn, Template: w.t}
		if w.branch != "" {
			t.BranchID = at[w.branch]
		}
		if w.off {
			t.State = db.TemplateOff
		}
		if _, err := c.d.SaveTemplate(ctx, who, db.Submission{}, t); err != nil {
			return err
		}
	}
	admin, err := actor(ctx, c.d, "admin")
	if err != nil {
		return err
	}
	for _, way := range waysOut {
		if err := c.d.SaveChannel(ctx, admin, way, ""); err != nil {
			return err
		}
	}
	return nil
}
