package lang

var coreWords = map[string]string{
	"核心客户": "Core clients", "导出核心客户": "Exported the core clients", "少数几位客户，撑起大半运费。": "A few clients bring most of the freight.", "新进来": "Came in", "掉出去": "Fell out", "一直在": "Stayed",
	"名次": "Rank", "这几个月运费": "Freight of these months", "前几个月运费": "Freight of the months before", "变化": "Change", "占全部": "Of all", "占全部（百分比）": "Of all, per cent", "累计": "With those above", "进出": "In or out",
	"取运费最高的": "Highest freight, first", "还没有整月的运单": "No whole month of waybills yet", "导入几个整月的账单，就能看出哪几位客户最要紧、谁在变。": "Import the bills of a few whole months to see which clients matter most, and who changes.",
	"%s 到 %s，和前 %d 个月比": "%s to %s, compared with the %d months before", "运单到 %s": "Waybills up to %s", "这些客户自己的变化": "Change of these clients", "占全部运费": "Of all freight", "核心客户的运费": "Freight of the core",
	"发件的共 %s 位": "of %s who ship", "前 %d 个月占 %s": "in the %d months before: %s", "全部 %s 元": "of %s yuan in all", "少 %d%%": "%d%% less", "多 %d%%": "%d%% more", "共 %s 位": "%s in all",
	"少数客户撑起大半运费，他们一变，网点跟着变。":                      "A few clients bring most of the freight: when they change, the branch does.",
	"点“变化”排序，掉得最多的在最前，先去问他们。“掉出去”里是以前要紧、现在不在前面的。": "Sort by change: who fell most comes first; ask them first. Who fell out mattered before and is no longer in front.",
}
