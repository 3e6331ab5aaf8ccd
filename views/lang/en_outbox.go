package lang

var outboxWords = map[string]string{
	"先看“发没发出不清楚”和“没发成”的：问一声客户，再点再发一次或不发了。号码或渠道改好以后，没发成的能一起再发；右上角能打印，最下面能导出。": "Look first at what is unsure or failed: ask the client, then send once more or drop it. Once numbers or the channel are mended, all that failed can go again together. Print above, export below.",
	"没发成的消息再发一次": "Sent failed messages once more", "导出消息": "Exported messages", "装入生成的问候": "Loaded generated greetings", "装入生成的消息": "Loaded generated messages",
	"没发成的 %d 条可以一起再发。先把号码、渠道改好；日子过了的不会再发。": "%d that failed can go again together. Mend numbers and channel first; what is past its day does not go.",
	"都再发一次": "Send all once more", "没有这样的消息": "No such messages", "看要问候的": "See who is to be greeted",
	"超过 %d 条，一个文件放不下。先选日期，再分几次导出。": "More than %d do not fit one file. Choose dates and export in parts.",
	"对方答复": "Answer of the other side", "试了几次": "Tries", "发出时间": "Sent at", "主题": "Subject", "另一位客户": "Another client",
	"排进去了 %d 条，很快再发一次。发之前会再问一遍能不能发。": "%d wait and go again soon. Each is asked once more whether it may go.", "没有能再发的：日子过了，或者刚才有人办了。": "Nothing can go again: its day is over, or somebody was faster.",
	"过了日子，先补": "Past their day: first", "今天和明天": "Today and tomorrow", "以后几天，可以先备着": "Ahead: to be prepared", "当天列出": "Listed on the day",
	"%d 月里": "In month %d",
}
