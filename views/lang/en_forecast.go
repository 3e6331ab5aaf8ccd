package lang

var forecastWords = map[string]string{
	"下月预计": "Next month", "导出下月预计": "Exported what is to come", "谁要多寄，先把人、车、包装备好；谁要少寄，先去问一声。": "Who sends more: have people, cars and packing ready. Who sends less: ask first.",
	"%s 大约": "%s, about", "近三个月月均": "Mean of the last three months", "到 %s": "Up to %s", "要多寄的": "More to come", "要少寄的": "Less to come", "过去这样估，差": "Off in the past by", "按每位客户最近 %d 个月算": "over the last %d months of each client",
	"去年淡旺季": "Season of a year ago", "%s 倍": "× %s", "先选一个网点或省区": "Choose a branch or a region first", "这里的网点太多，一页算不过来。": "There are too many branches here for one page.",
	"还估不出来": "Nothing can be said yet", "至少要有最近三个整月的运单；有去年的，还能看出淡旺季。": "The last three whole months of waybills are needed; those of a year ago tell the season.",
	"近三个整月的平均，乘上去年同月的淡旺季；没有去年的只看平均。大节、大促前后差得多，自己再想一想。": "The mean of the last three whole months, times the season of that month a year ago where that is known. Around feasts and sales it is off by more: think it over.",
	"%s 预计": "%s to come", "大约 %s 件，近三个月每月平均 %s 件。": "About %s pieces; the mean of the last three months is %s.", "去年的件不够多，看不出淡旺季，照平均估。": "Too few pieces a year ago to tell a season: the mean alone.",
	"月份还不够，没法拿过去验证。": "Too few months to test it by the past.", "去年这个月是它前面那几个月的 %s 倍，今年照这样估。": "A year ago that month was × %s of the months before it; the same is taken now.", "照这样回头估过去 %d 个月，平均差 %s。": "Tested on the last %d months it was off by %s.",
	"谁下个月要多寄、少寄，大约多少件？":                          "Who sends more or less next month, and about how much?",
	"旺季不是突然来的：提前知道谁要多寄，才来得及备人、备车、备包装。":           "A season does not come by surprise: know who sends more in time to have people, cars and packing ready.",
	"变化大的在前。先看“要多寄的”，打电话问一声准不准；“要少寄的”多半有原因，早点去。": "Those who change most come first. Ask those with more to come whether it is so; less has a reason: go early.",
}
