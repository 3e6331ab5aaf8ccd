package views

import (
	"context"

	"yike/views/lang"
)

// Visited is a visit as the customer's page tells it, in the words of
// policy/profile.
type Visited struct {
	ID, State, Day, Mode, Purpose, Learned, Mood string
	Who, Met, NextStep, Next                     string
	Photos                                       int
}

var (
	modeTitles = map[string]string{"on_site": lang.N("上门拜访"), "phone": lang.N("电话拜访"), "wechat": lang.N("微信拜访"), "at_branch": lang.N("客户来访")}
	moodTitles = map[string]string{"good": lang.N("态度好"), "plain": lang.N("态度一般"), "poor": lang.N("态度差")}
	modeIcons  = map[string]string{"on_site": "map-pin", "phone": "phone-call", "wechat": "brand-wechat", "at_branch": "building-store"}
)

func visitTitle(ctx context.Context, v Visited) string {
	title := word(ctx, modeTitles, v.Mode)
	switch v.State {
	case "planned":
		return lang.T(ctx, "计划：%s", title)
	case "cancelled":
		return lang.T(ctx, "取消：%s", title)
	}
	if v.Mood != "" {
		title += lang.T(ctx, "，") + word(ctx, moodTitles, v.Mood)
	}
	return title
}

// VisitEvent is a visit on the timeline, as seen from today.
func VisitEvent(ctx context.Context, v Visited, today string) TimelineLine {
	when := DayWord(ctx, v.Day, today)
	var line TimelineLine
	line.Icon, line.Title, line.Href, line.Who = modeIcons[v.Mode], visitTitle(ctx, v), "/visits/"+v.ID, v.Who
	line.When, line.Full, line.ISO = when.Text, when.Full, when.ISO
	switch {
	case v.State == "planned" && v.Day < today:
		line.Kind = "over"
	case v.State == "done":
		line.Kind = "brand"
	}
	for _, text := range []string{v.Learned, v.Purpose} {
		if text != "" {
			line.Text = append(line.Text, text)
			break
		}
	}
	if v.Met != "" {
		line.Text = append(line.Text, lang.T(ctx, "见到 %s", v.Met))
	}
	if v.NextStep != "" {
		next := lang.T(ctx, "下一步：%s", v.NextStep)
		if on := DayWord(ctx, v.Next, today); on.Text != "" {
			next += lang.T(ctx, "（%s）", on.Text)
		}
		line.Text = append(line.Text, next)
	}
	if v.Photos > 0 {
		line.Photos = lang.T(ctx, "照片 %d 张", v.Photos)
	}
	return line
}

// VisitShort is a visit in the sheet at the side.
func VisitShort(ctx context.Context, v Visited, today string) VisitLine {
	line := VisitLine{Text: visitTitle(ctx, v), Href: "/visits/" + v.ID, Due: "done", When: DayWord(ctx, v.Day, today).Text}
	switch {
	case v.State == "cancelled":
		line.Due = "none"
	case v.State == "planned" && v.Day < today:
		line.Due = "over"
	case v.State == "planned" && v.Day == today:
		line.Due = "soon"
	case v.State == "planned":
		line.Due = "ontime"
	}
	return line
}

// StateAct names the act that moves a file from a state to the next.
func StateAct(ctx context.Context, from, to string) string {
	switch {
	case to == "archived":
		return lang.T(ctx, "归档")
	case to == "draft":
		return lang.T(ctx, "退回待审核")
	case from == "archived":
		return lang.T(ctx, "恢复使用")
	}
	return lang.T(ctx, "审核通过")
}
