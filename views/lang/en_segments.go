package lang

var segments = map[string]string{
	// what to do with each group
	"一揽子方案：仓储、配送、售后一起谈。": "One plan for all: storage, delivery and after-sales.", "上门一次，问清现在用哪家、一个月寄多少。": "Call once: whom do they use, and how much a month.", "专人负责，先办先答，节日问候不落下。": "One person in charge, served first, no festival missed.",
	"专属服务，问题件先办先答。": "Exclusive service, problems solved first.", "介绍预存返现，存得多返得多。": "Offer the prepaid rebate: the more prepaid, the more returned.", "优先派收，问题件先办先答。": "Served first, problems solved first.",
	"先对账，再催款。": "Agree on the account first, then ask for the money.", "先把投诉和欠款了结，再谈业务。": "Settle complaint and debt first, then talk of business.", "发一次问候或优惠，没有回音就放一放。": "One greeting or offer; without an answer, let it rest.",
	"回访：问清是不是真的解决了。": "Call back: is it really solved?", "大促前一个月问预计件量，备好车和人。": "A month before the sales ask how many parcels, and have vans and people ready.", "头三个月多看一眼，别再丢。": "Watch the first three months, not to lose them again.",
	"守住：按时收件，每月问一声。": "Keep them: collect in time, ask once a month.", "定期回访，守住满意度。": "Call back regularly, keep them satisfied.", "打电话问为什么不寄了。": "Ring and ask why they stopped.",
	"拿一个新条件去请回来，请不回记下原因。": "Win them back with new terms; if they stay away, write down why.", "按他的习惯配产品和时间。": "Fit products and times to their habits.", "按他的流程定物流方案。": "Plan the logistics along their processes.",
	"按时去，问问还有哪些件在别家发。": "Call in time, ask what they send elsewhere.", "按时联系，件量涨了再往上走。": "Stay in touch; more parcels, more care.", "教会自助下单和查件。": "Teach them to order and track by themselves.",
	"标准服务，把流程讲清。": "Standard service, explain the steps.", "每月联系一次，有起色的多去。": "Be in touch once a month, more where it grows.", "绿色通道，专人经理。": "Green channel and a manager of their own.",
	"讲清怎么下单、怎么查件，养成习惯。": "Show how to order and to track, and make it a habit.", "问一声还寄不寄，没有回音就不再投入。": "Ask whether they still ship; without an answer, no more.", "问清为什么少了，当天给办法。": "Ask why it became less, and offer something the same day.",

	// the rule
	"每一群怎么做": "What to do with each group", "几天内": "Within", "%s 天内": "within %s days", "一句话留空，就什么都不显示。": "An empty sentence shows nothing.", "最多 %d": "At most %d", "接下来怎么做": "What to do next",
	"同一类客户，大家接下来做一样的事，不各凭各的想法。":                "With clients of a kind everybody does the same next.",
	"每一群写一句，填几天内要办。这句话写在客户页、名单和派出的待办上。留空就不显示。": "One sentence a group, and within how many days. It stands on the client's page, on the list and on the to-dos. Empty shows nothing.",

	// to-dos of a list
	"给名单派待办": "Make to-dos for the list", "要办的事": "What to do", "按哪一群": "As which group", "换这一群": "As this group", "没有要派的，回名单": "Nothing to make; back to the list", "哪天前办完": "To be done by",
	"归客户的业务员；没有业务员的归客服": "The client's rep; without one, the clerk", "不派了": "Do not", "按分群跟进": "Follow up a group", "一次最多派 %d 件，请先加条件缩小范围，例如按网点": "At most %d at once. Add a filter first, a branch for example.",
	"名单上 %d 位": "%d on the list", "派 %d 件": "Make %d", "%d 位这个月已经有了，不再派；其中 %d 件办完了。": "%d have one this month and get no second; %d of them are done.", "网点里谁有空谁办": "Whoever at the branch takes it", "%d 件": "%d",
	"填今天或以后的日子": "A day from today on", "派了 %d 件待办": "%d to-dos made", "；%d 位这个月已经有了": "; %d have one this month", "撤回了 %d 件，%d 件已经有人动过，留着": "%d taken back, %d were touched and stay", "撤回了 %d 件待办": "%d to-dos taken back",
	"给一群客户派了待办": "made to-dos for a group", "撤回了派出的待办": "took to-dos of a group back", "分群": "Group",
	"看完名单就派下去，每位客户有人跟。":                     "From the list to the work: each client has somebody.",
	"先看派几件、归谁，改好到期日再派。同一位客户一个月只派一次，派错了能撤回。": "See how many and whose they are, set the day, then make them. A client gets one a month; a mistake can be taken back.",

	// a person's copy
	"分级和标签": "Class and labels", "标签变动": "Changes of labels", "分级、标签和理由": "Class, labels and why", "按寄件和付款分类，决定怎么照顾": "Told apart by parcels and payments, to decide on care",

	// permissions
	"派待办": "Make to-dos", "给一群客户的名单派待办，归各自的业务员，能撤回。": "To-dos for a list of clients, each its rep's; can be taken back.", "该访客户的名单和拜访频次。": "The list of who is due, and the cadence.",
	"定拜访频次": "Set the cadence", "每类客户一个月访几次，还有公司设置那一页。": "How often each class is visited, and the page of settings.", "定分级规则": "Set the rules of classes", "客户按什么分级、贴什么标签，每一群接下来怎么做。": "By what clients are classed and labelled, and what is done with each group.",
}
