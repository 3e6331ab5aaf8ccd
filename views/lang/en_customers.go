package lang

var customers = map[string]string{
	"今天": "today", "昨天": "yesterday", "明天": "tomorrow",
	"今天 %s": "today %s", "%d 天前": "%d days ago", "%d 天后": "in %d days",
	"%d月%d日": "%[2]d/%[1]d", "%s年%d月%d日": "%[1]s-%[2]d-%[3]d",
	"周日": "Sun", "周一": "Mon", "周二": "Tue", "周三": "Wed", "周四": "Thu", "周五": "Fri", "周六": "Sat",
}
