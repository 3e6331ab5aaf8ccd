package lang

var caseFigures = map[string]string{
	"工单看板":        "Board of cases",
	"列表":          "List",
	"看板":          "Board",
	"工单怎么看":       "How to look at cases",
	"看哪一步":        "Which step",
	"没结的 %s 件":    "%s open",
	"%s：%s 件":     "%s: %s",
	"这一步没有":       "Nothing stands here",
	"还有 %s 件，看全部": "%s more, see all",
	"还可以：%s":      "More for %s",
	"一眼看到每一步压着几件，哪里堵住了。":                           "At a glance: how many stand at each step, and where it jams.",
	"一列是一步，最急的在上面。卡片上的按钮办下一步，三个点里还有别的；点数目看这一步的全部。": "A column is a step, the most urgent on top. The button on a card does what comes next, the three dots hold the rest; press the number for all at that step.",
}
