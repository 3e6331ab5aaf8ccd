package lang

var parcelCases = map[string]string{
	"包裹出事开工单": "Cases for parcels in trouble", "包裹出了问题只提醒，不开工单": "Trouble of parcels is a warning only, and opens no case",
	"%s：开工单，先打给客户；%d 天以前的不开": "%s: open a case, so that the client is called first; not when it is more than %d days old",
	"新出现的提醒才开，一票的一种提醒只开一件，工单上带着运单和要说的话。派给谁，照“工单怎么办”。不知道寄件人是谁的不开。": "Only new warnings open one, each kind once for each parcel; the case carries the parcel and what to say. Who gets it follows “How cases are handled”. Parcels of unknown senders open none.",
	"要说的话里可以用：": "A script may use: ", "多久以前的不开": "Not older than", "从最近一条消息算起，没有消息的从寄出算起": "Since it was last heard of; without news, since it was sent",
	"开工单": "Open a case", "不开": "None", "哪些客户的，都不选就是每一位": "Whose parcels; none ticked means every client", "时效敏感的": "Time matters to them",
	"打给客户怎么说": "What to say on the phone", "%s：怎么说": "%s: what to say", "开工单，就要写怎么说": "Where a case is opened, say what is said", "没有“%s”这一项，只能用上面列的": "There is no “%s”; use those listed only",
	"客户还没来电就先打过去；哪些包裹、怎么说，总部定，网点可以更细。":                       "Call before the client does; head office says for which parcels and in which words, a branch may be more precise.",
	"包裹出了事，客户来电以前先打过去，一个电话能省一件投诉。":                           "When a parcel is in trouble, call before the client calls: one call saves a complaint.",
	"每一种提醒选开不开、给哪些客户、怎么说。写明从哪天起、为什么，再存。打没打成，在“运单”里要人办的那一页看。": "For each warning choose whether, for whom and what is said. Say from when and why, then save. Whether calls were made stands above the waybills that need somebody.",
	"先打给客户": "Call the client first", "打过了": "Called", "%s 打的，": "By %s, ", "没有记录先打过电话。": "No call before the client's is on record.", "不知道的，说的时候补上：%s": "Not known, add it as you speak: %s",
	"我们先打了电话": "We called first", "记下了：我们先打的电话": "Noted: we called first", "客户还没有来电，是系统按包裹提醒开的。": "The client has not called; the program opened this because of a warning about the parcel.",
	"提醒解除了：%s": "The warning is over: %s", "包裹提醒：%s。%s": "Warning about the parcel: %s. %s", "包裹提醒：%s": "Warning about the parcel: %s", "又出现了：%s": "It is there again: %s", "提醒解除：%s，%s": "The warning is over: %s, %s",
	"就这票包裹给客户打了电话": "Called the client about this parcel", "先给客户打了电话": "called the client first",
	"已经签收": "it was signed for", "已经退回": "it came back", "运单已取消": "the waybill was cancelled", "又有新消息了": "there is news again", "那条消息撤销了": "that news was taken back", "不再符合提醒的规则": "the rule of warnings asks for it no more",
	"先打电话": "Calling first", "包裹提醒开的": "Opened for a parcel", "我们先打的": "We were first", "客户先投诉": "Complained first", "还没打": "Not called",
	"近 %d 天系统开的工单": "Cases opened for parcels in %d days", "（%d%%）": "(%d%%)",
}
