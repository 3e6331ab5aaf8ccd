package lang

var classes = map[string]string{
	"夜里按规则贴了标签": "labelled by the rules at night", "按规则复评了分级": "re-evaluated classes by the rules", "批了分级变动": "decided on changes of class", "对标签提了异议": "contested a label",
	"异议": "Objection",

	// what clients are called
	"A/B/C 类": "Class A/B/C", "RFM 细分": "RFM segment", "金字塔": "Pyramid", "客户级别": "Level", "客户类别": "Kind of client", "行为和风险": "Behaviour and risk",
	"高价值": "High value", "中价值": "Middle value", "低价值": "Low value", "高价值客户": "High-value client", "潜力客户": "Client with potential", "新客户": "New client", "流失风险客户": "Client at risk",
	"低活跃客户（低频低额）": "Dormant client (rare and little)", "大客户": "Key client", "中端客户": "Middle tier", "低端·普通": "Low tier, ordinary", "低端·非积极": "Low tier, inactive", "低端·潜在": "Low tier, potential",
	"低端·疑虑": "Low tier, doubtful", "低端·一次性": "Low tier, once only", "VIP 客户": "VIP client", "普通客户": "Ordinary client", "潜在客户": "Potential client",
	"稳定寄件": "Steady", "季节性": "Seasonal", "沉默（3 个月没寄）": "Silent (nothing for 3 months)", "投诉过": "Complained", "易流失": "Slipping away", "有": "Yes",

	// figures
	"每月 %s 元": "%s yuan a month", "12 个月 %s 元": "%s yuan in 12 months", "每票 %s 元": "%s yuan a parcel", "每月 %d 票": "%d parcels a month", "12 个月 %d 票": "%d parcels in 12 months",
	"无从比较": "nothing to compare with", "还没寄过": "never sent anything", "%d 次": "%d times", "%d 分，占 %d 份": "%d points, weight %d", "近 %d 个整月，%s": "last %d whole months, %s", "近 %d 个整月里 %d 票": "%[2]d parcels in the last %[1]d whole months",
	"按月均运费": "By freight a month", "按占网点运费的份额": "By share of the branch's freight", "按在网点里的名次": "By rank in the branch", "按全年运费": "By freight of a year", "有寄件的月份": "Months with a parcel",
	"价值指数（CVI）": "Value index (CVI)", "其中：频次": "of it: frequency", "其中：金额": "of it: amount", "其中：忠诚": "of it: loyalty", "其中：信用": "of it: credit", "%d 分，满分 100": "%d of 100", "潜在客户得分": "Prospect's score",
	"最近一次寄件（R）": "Last parcel (R)", "寄件次数（F）": "Parcels (F)", "金额（M）": "Money (M)", "最少的一个月": "The fewest in a month", "大促月份平均": "Average of sales months", "其他月份平均": "Average of other months",
	"近 3 个月和再前 3 个月比": "Last 3 months against the 3 before", "第一次寄件": "First parcel", "最近一次寄件": "Last parcel", "近 3 个月投诉": "Complaints in 3 months", "逾期未付": "Overdue", "月均运费，按名次": "Freight a month, by rank",
	"高": "high", "中": "middle", "低": "low",
	"到 %s 不再算新客": "no longer new on %s", "要 %s": "asks for %s", "超过 %s 是%s": "above %s: %s", "低于 %s 是%s": "below %s: %s", "到 %s 还没有新件就是%s": "%[2]s on %[1]s if nothing is sent until then", "%s 以后寄过是%s": "sent since %s: %s", "%s 起是%s": "from %s: %s",
	"%s，就是%s": "%s → %s",

	// groups
	"客户分群": "Groups of clients", "同一批客户的几种分法，各叫各的名字。点一行看名单。": "The same clients told apart in several ways, each under its own name. A line opens its list.",
	"分级变动：%d 位等批": "Changes of class: %d wait", "还没有。第一份账单导入后就按规则贴，以后每夜更新。": "None yet. The rules name them once the first bill is in, and anew each night.",
	"定拜访次数和照顾多少。批准了才改。": "Decides visits and care. Changes only when approved.", "看每月花多少钱。每夜自动。": "By spending a month. Every night.", "看最近寄没寄、寄得勤不勤、花得多不多。每夜自动。": "By how recently, how often and how much. Every night.",
	"看在网点里的名次，低端再按前景分。每夜自动。": "By rank in the branch; the low tier by its prospects. Every night.", "看价值指数：频次、金额、忠诚、信用。每夜自动。": "By the value index: frequency, amount, loyalty, credit. Every night.",
	"看合作到了哪一步。每夜自动，手工改的先保留。": "By how far the relationship is. Every night; what was set by hand is kept first.", "看是哪一种客户。在资料里填。": "By what kind of client it is. Filled in on the file.", "一位客户可以有几个。每夜自动。": "A client may have several. Every night.",
	"核心客户：重点维护，专人跟进，先办先答。": "Core clients: look after them first, with one person in charge.", "还有空间：推荐合适的产品，看看他还在别家发什么。": "Room to grow: offer what fits, find out what they send elsewhere.",
	"带一带：讲清怎么下单、怎么查件，养成习惯。": "Guide them: show how to order and to track, and make it a habit.", "马上联系：问清为什么少了，拿出挽回的办法。": "Call at once: ask why it became less, and bring an offer.",
	"低成本唤醒：发一次优惠或问候，没有回音就不再投入。": "Wake them cheaply: one offer or greeting; without an answer, no more.",

	// changes
	"分级变动": "Changes of class", "全部 %d": "All %d", "异议 %d": "Objections %d", "批过的": "Decided", "现在复评一次": "Re-evaluate now", "没有要批的变动": "Nothing waits to be decided", "全选": "Select all", "选 %s": "Select %s",
	"怎么变": "Change", "怎么定的": "Decision", "谁，什么时候": "Who, when", "怎么定": "Decide", "批准选中的": "Approve the selected", "选中的不改": "Leave the selected as they are", "选中的不改，或改成别的": "Leave the selected, or change them to another class", "选中的改成这个": "Change the selected to this",
	"选一个": "Choose one", "改成别的、不改、认可异议，都写一句": "Say why for another class, for no change, and for an objection that is right", "保持到": "Holds until", "在这之前规则不再动它": "The rules leave it alone until then",
	"这里一共 %d 位，批准了就改分级，拜访次数跟着变。": "%d here. Approval changes the class, and visits with it.", "这 %d 位全部批准": "Approve all %d", "规则说该变的，先在这里批。": "What the rules would change is decided here first.",
	"到了复评的月份，规则说该变的客户会出现在这里。": "In the month of re-evaluation, clients whom the rules would change stand here.", "上次复评：%s，%d 位客户，%d 位该变。": "Last re-evaluation: %s, %d clients, %d to change.",
	"先选客户": "Select clients first", "填明天或以后的日子": "A day from tomorrow on", "按规则复评": "re-evaluated by the rules", "定了 %d 位": "%d decided", "；%d 位已经定过，或分级后来改过，没有动": "; %d were decided or changed since and stay",
	"复评好了，%d 位该变": "Re-evaluated: %d would change", "等批": "waits", "批准": "approved", "改了再批": "changed and approved", "不改": "not changed", "撤下": "dropped",

	// why
	"为什么是这样": "Why is this so", "%s 为什么是这样": "Why %s is what it is", "数字照今天的运单算；整月指上月和再往前。": "Figures by today's parcels; whole months end with the last one.", "什么时候变的": "When it changed", "%s %s：%s → %s": "%s %s: %s → %s",
	"觉得不对": "This is wrong", "应该是": "It should be", "经理会在“分级变动”里看到，认可了就照你说的改。": "The manager sees it among the changes of class; if it is right, it becomes what you say.", "提异议": "Contest",
	"怎么做：": "What to do: ", "%s 手工定的，保持到 %s：%s": "Set by hand by %s, holds until %s: %s", "%s 提了异议，说该是%s：%s": "%s contests it; it should be %s: %s", "规则说该改成%s，等经理批。": "By the rules it should be %s; the manager decides.",
	"%s 起是这一类": "In this class since %s", "照规则今天是%s。": "By the rules, today: %s.", "还没有绑定运单，规则不评，照手工定的。": "No parcels are bound yet; the rules do not judge, the class is as set by hand.", "%s 起": "since %s",
	"照今天的运单是%s，今夜会跟上。": "By today's parcels: %s; tonight it follows.", "规则：默认值": "Rule: default", "规则：%s的第 %d 版，%s 起": "Rule: version %[2]d of %[1]s, from %[3]s", "规则：全公司的第 %d 版，%s 起": "Rule: the company's version %d, from %s",
	"这一项你已经提过，等经理看。": "You said so already; the manager will look.", "异议交给经理了": "The objection is with the manager", "加上“%s”": "add “%s”", "去掉“%s”": "take off “%s”",

	// rules
	"分级规则": "Rule of classes", "RFM 规则": "Rule of RFM", "标签规则": "Rule of labels",
	"按什么分 A、B、C": "By what A, B and C", "按什么分": "By what", "选了几个时": "If several", "有一个够就算": "one is enough", "每个都够才算": "all must agree", "多久复评一次": "Re-evaluated", "每季": "every quarter", "每半年": "every half year", "每年": "every year", "每月": "every month",
	"怎么分高、中、低": "How high, middle and low are cut", "怎么切": "How", "按下面的数": "by the figures below", "按网点里的分位": "by quantile in the branch", "金额看每票均价，不看总额": "Money is the average of a parcel, not the sum",
	"大促月份": "Sales months", "27 格各归哪一类": "The segment of each of the 27 cells", "R 最近一次，F 次数，M 金额": "R last parcel, F number, M money", "只给%s和它下面的网点用，可以当试点。": "For %s and the branches below only; good for a pilot.",
	"试点和其他网点": "Pilots and the others", "同一天，各有多少客户": "How many clients each has today", "推广到全公司": "Extend to the company", "推广": "Extend", "其他网点": "Other branches", "推广%s的第 %d 版": "extends version %[2]d of %[1]s",
	"影响": "Effect", "如果今天就用，%d 位客户里会变的：": "If it held today, of %d clients would change:", "如果今天就用，%d 位客户没有一位会变。": "If it held today, none of %d clients would change.", "还没有保存。": " Not saved yet.",
	"客户超过 20 万位，不能在这里先算。按网点一个一个看。": "More than 200,000 clients cannot be worked out here. Look at one branch at a time.", "填一个数": "Give a number", "两个数的大小反了": "The two are the wrong way round",
	"到中端为止": "down to the middle", "看几个整月": "Whole months looked at", "整月数": "Months", "金额（M）：每月运费": "Money (M): freight a month", "有寄件的月份至少": "Months with a parcel at least", "价值指数里各占几份": "Weights in the value index", "价值指数里多少算满分": "Full marks in the value index",
	"频次": "Frequency", "金额": "Amount", "忠诚": "Loyalty", "信用": "Credit", "金字塔：前百分之几": "Pyramid: top per cent", "几分起按 B 类照顾，0 是不用": "B from so many points, 0 for never", "寄件次数（F）：每月": "Parcels (F): a month", "金额（M）：每票均价": "Money (M): average of a parcel",
	"按分位：低于多少比例的客户": "By quantile: share of clients below", "价值：每月运费": "Value: freight a month", "高价值要超过": "High is above", "中价值从": "Middle from", "每月至少": "A month at least", "连续几个月": "So many months running", "大促月是平时的": "Sales months against others",
	"12 个月里至少": "In 12 months at least", "沉默和流失": "Silent and lost", "沉默：没寄满": "Silent: nothing for", "流失：没寄满": "Lost: nothing for", "近 3 个月低于再前 3 个月的": "Last 3 months below, of the 3 before", "再前 3 个月至少": "The 3 before at least",
	"新客：第一次寄件起": "New: from the first parcel", "成长：到再前 3 个月的": "Growing: from, of the 3 before", "衰退：低于再前 3 个月的": "Declining: below, of the 3 before", "个月": "months", "分": "points",

	// help
	"同一批客户有几种分法，各有各的用处：分级定照顾多少，RFM 说下一步做什么，标签提醒上门的人。":   "The same clients are told apart in several ways, each for a use: classes decide care, RFM says what to do next, labels remind whoever calls.",
	"一块是一种分法，点一行就是那些客户的名单，数目一样。右上角能看规则。":                "A panel is one way; a line opens its clients, as many as it says. The rule is at its upper right.",
	"规则只提建议，分级由人来定。批了才改，拜访次数跟着变。":                       "The rules only propose; people decide. A class changes when it is approved, and visits with it.",
	"点上面的“C 类 → A 类”只看一种；勾几行批准，或一次全部批准。要改成别的、不改，写一句理由。": "“Class C → class A” shows one kind only; tick lines and approve, or approve all at once. Another class, or none, asks for a reason.",
	"每个标签都说得清：看了哪些数字，用的哪一版规则，到多少就会变。":                   "Each label explains itself: its figures, the version of the rule, and what would change it.",
	"觉得不对，在最下面提异议，经理认可了就照你说的改。":                         "If it is wrong, contest it at the bottom; if the manager agrees it becomes what you say.",
	"客户怎么分，全公司一套规则，改了有版本，以后查得到。":                        "One set of rules for the company, in versions that can be looked up.",
	"改完先看影响：多少位从哪里变到哪里。可以先给一个网点定，当试点，好了再推广到全公司。":        "Look at the effect first: how many move from where to where. Set it for one branch as a pilot, then extend it.",

	// what would change a label
	"怎么会变": "What would change it", "。": ".", "，并且": " and ", "，或者": ", or ", "%s，这个标签就去掉": "%s → the label goes", "%s，就不再是%s": "%s → no longer %s", "%s，就够%s": "%s → enough for %s",
	"网点前 %d%% 的最后一位近 %d 个整月是 %s 元":           "the last of the branch's top %d%% has %[3]s yuan in the last %[2]d whole months",
	"合起来占网点运费 %d%% 的客户里，最少的一位近 %d 个整月是 %s 元": "the smallest of those who bring %d%% of the branch's freight has %[3]s yuan in the last %[2]d whole months",
	"近 %d 个整月一共少 %s 元":                       "%[2]s yuan less over the last %[1]d whole months", "近 %d 个整月一共再多 %s 元": "%[2]s yuan more over the last %[1]d whole months", "近 %d 个整月一共少 %d 票": "%[2]d parcels fewer over the last %[1]d whole months",
	"近 %d 个整月一共再多 %d 票": "%[2]d parcels more over the last %[1]d whole months", "有寄件的月份少 %d 个": "%d fewer months with a parcel", "有寄件的月份再多 %d 个": "%d more months with a parcel", "付清逾期的 %s 元": "the overdue %s yuan are paid",
	"有一笔逾期没付": "something becomes overdue", "今天寄一票": "a parcel today", "到 %s 还没有新件": "no parcel until %s", "满 3 个月没有新投诉": "no complaint for 3 months", "最少的一个月再少 %d 票": "%d fewer in the weakest month",
	"平时的月份一共再多 %d 票": "%d more parcels in ordinary months", "客户得分再高 %d 分": "the prospect's score %d points higher", "选了 %d 个办法，每个都够才算。": "Of %d methods all must agree.", "选了 %d 个办法，有一个够就算。": "Of %d methods one is enough.",

	// who would move
	"导出规则会改动的客户": "Exported whom a rule would change", "点一行看是哪些客户，能导出": "A line opens its clients, to export too", "会变的客户": "Clients who would change", "导出 Excel": "Export to Excel", "没有会变的客户": "Nobody would change",
	"运单或规则后来变了。回到规则，再看一次影响。": "Parcels or the rule have changed since. Go back to the rule and look at its effect again.", "月均运费（元）": "Freight a month (yuan)", "现在为什么是这样": "Why it is as it is now",
	"%d 位，月均运费大的在前。规则还没有保存。": "%d, the most freight first. The rule is not saved.", "%s，现在": "%s, now", "%s，会是": "%s, would be",
	"规则还没保存，先看清是哪些客户会变。": "The rule is not saved yet; see first whom it would change.", "一位一位看得到，也能整张导出。返回规则页，填好的数还在。": "See them one by one, or export them all. Back on the rule's page, what you filled in is still there.",

	// the pyramid's presets
	"行业常见于中端": "Industry usual in the middle tier", "中端常见行业": "Industries usual in the middle tier", "低端再分哪几种": "Kinds of the low tier told apart", "套用现成的": "Use a preset", "填到下面": "Fill it in below", "填好了，还没有保存。先看影响，再保存。": "Filled in, not saved yet. Look at the effect, then save.",
	"用顿号分开。客户资料的行业里有这个词、量还没到中端的，贴上“行业常见于中端”，名单里筛得出来。": "Separate by commas. Clients whose industry holds one of these words and who are not yet in the middle tier get the label, and the list filters by it.",
	"没选的都算低端·普通。": "What is not chosen is low tier, ordinary.", "金字塔：5 / 15 / 80，带常见行业和低端五种": "Pyramid: 5 / 15 / 80, with usual industries and five kinds of low tier", "按月：10,000 元是 A，2,000 元是 B": "Monthly: 10,000 yuan is A, 2,000 is B",
	"二八：带来八成运费的是 A，到九成五的是 B": "80/20: who brings 80 percent of the freight is A, up to 95 percent is B", "按年：500 万元，而且常寄": "Yearly: 5,000,000 yuan, sent often", "价值指数：频次、金额、忠诚、信用": "Value index: frequency, amount, loyalty, credit",
	"跟着他的旺季备货：提前一个月问量。": "Follow their season: ask for volumes a month ahead.", "每季对一次账，互相介绍客户。": "Settle accounts each quarter and introduce clients to each other.", "这个行业的客户多在中端：问清一个月寄多少，介绍预存返现。": "Clients of this industry are mostly middle tier: ask how much they send a month and offer the prepaid rebate.",
}
