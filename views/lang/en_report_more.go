package lang

var reportMoreWords = map[string]string{
	"运费集中度": "Concentration of freight", "多少客户撑起八成运费？每十分之一的客户各带来多少？": "How many clients bring four fifths of the freight? What does each tenth of them bring?",
	"这几个月有运费的客户，按运费从高到低排，每十分之一是一档；人数除不尽的，前面的档多一位。": "Clients with freight in these months, the largest first, a band for each tenth; where the number cannot be divided the bands in front have one more.",
	"这一档客户的运费合计，元；退回去的比寄的多的客户不算。": "The freight of the clients of the band in yuan; clients who got more back than they paid are left out.",
	"这一档的运费 ÷ 全部客户的运费。": "Freight of the band ÷ freight of all clients.", "从第一档加到这一档的运费 ÷ 全部客户的运费。": "Freight from the first band to this one ÷ freight of all clients.",
	"上期累计": "Added up, before", "去年累计": "Added up, a year ago", "%s的累计": "Added up, %s",
	"紧挨着的前面一样多个月，按那时的排名累计到这一档。": "As many months right before, added up to this band by the ranks of then.", "去年同样几个月，按那时的排名累计到这一档。": "The same months a year ago, added up to this band by the ranks of then.",
	"这几个月没有客户的运费。换几个月，或导入快递公司的账单。": "No client has freight in these months. Choose others, or import the carrier's bill.",
	"有运费的客户": "Clients with freight", "上期 %s，去年同期 %s": "%s before, %s a year ago", "前 20% 的客户占运费": "Part of the first 20%", "撑起 80% 运费的客户": "Clients who bring four fifths", "占客户的 %s": "%s of the clients",
	"前 20% 谁在涨谁在掉": "The first fifth: who rises or falls", "看核心客户": "Core clients", "最近三个整月和再前三个月比": "The last three whole months against three before",
	"前 10%": "First 10%", "每十分之一的客户带来多少运费": "Freight of each tenth of the clients", "柱子是运费，元；线是累计占比，百分之几；虚线是八成": "Bars are freight in yuan, the line adds up in per cent, the dashed line stands at 80",
	"按档": "By band", "运费最高的在前；前两档就是核心客户": "The largest first; the first two bands are the core", "运费排在 %d%%–%d%% 的客户": "Clients from %d%% to %d%% by freight", "有运费的客户，从多到少": "Clients with freight, the largest first", "上期运费": "Freight before",
	"力气先花在撑起大半运费的少数客户上；太集中了，丢一位就疼。": "Take care first of the few who bring most of the freight; where it stands on few, losing one hurts.",
	"柱子一根是十分之一的客户。点人数就是那一档的客户；前两档是核心客户，点“看核心客户”看谁在涨、谁在掉。": "A bar is a tenth of the clients. A number opens the clients of its band; the first two are the core, whose page says who rises and who falls.",
	"报表上一个数字后面是哪些客户，运费从多到少。": "Which clients stand behind a number of a report, the largest freight first.", "点名字看客户；上期是紧挨着的前面一样多个月。": "Press a name to see the client; before is as many months right before.",
}
