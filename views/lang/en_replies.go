package lang

var replies = map[string]string{
	"答复模板": "Replies", "答复": "Reply", "客户写来什么，照着关键词找到怎么答；找出来的都能改": "Whatever a client writes, key words find an answer; each can be edited before it goes",
	"什么原因": "Cause", "没有这样的答复": "No such reply", "换一个原因看看，或者自己写一条。": "Try another cause, or write one.", "叫什么": "Called", "用在哪": "Used for", "关键词": "Key words", "怎么答": "Answer", "怎么回": "Answered by", "哪种工单": "Kind of case",
	"贴一段话试试": "Try it on a text", "看它会找出哪一条。这里贴的不会留下": "See which one it finds. What you paste here is not kept", "找一找": "Find", "看着像是：%s": "Looks like: %s",
	"没有一条够得上。关键词对上两个，或者对上一个又是同一个原因，才会拿出来。": "None fits well enough. It takes two key words, or one and the same cause.",
	"会用这一条": "This one would be used", "%s 分，对上：%s": "%s points by: %s", "客户会说的词，用空格分开；前面加减号的，出现了就不用这一条": "Words that clients use, with blanks between; one with a minus before it rules the reply out",
	"大括号里的会换成这张工单的；不知道的留着，发之前要人填上": "What stands in braces becomes the case's own; what is not known stays, and somebody fills it in before it goes", "停用：不再拿出来": "Put aside: offered no more",
	"都行": "Any", "咨询": "Consultation", "建议": "Suggestion", "起个短名字，例如：包裹破损，请留照片": "A short name, such as: parcel damaged, please keep photos", "写几个客户会说的词，用空格分开": "A few words that clients use, with blanks between",
	"“%s”只有一个字，哪句话里都有；写两个字以上": "“%s” is a single character that stands in every text; write two or more", "太长了：名字 %d 个字、关键词 %d 个字、正文 %d 个字以内": "Too long: name %d characters, key words %d, text %d at most",
	"延误": "Late", "破损": "Damaged", "遗失": "Lost", "服务态度": "Attitude", "虚假签收": "False sign-off", "错派": "Wrong delivery", "费用": "Charges", "其他": "Other",
	"从列出来的里选一个": "Choose one of the list", "今天 18:00": "today 18:00", "昨天 21:40 到达中转站": "reached the hub yesterday at 21:40", "刚才有人改了这一条自带的答复，请回列表打开它再改。": "Somebody has just changed this reply; open it from the list again.", "答复存好了": "Reply saved", "写了答复": "Wrote a reply",
	"答得快、答得齐，客户气就消一半；好的答复写一次，人人会答。":                     "A quick and complete answer takes half the anger away; a good one, written once, serves everybody.",
	"贴一段客户的话试试会找出哪一条。自带的打开就能改成自己的，或者停用；关键词对上两个才会拿出来。":   "Paste what a client wrote and see which one is found. Open one that came with the program to make it your own, or put it aside; two key words have to match.",
	"常问的写成一条，下次不用现想。":                                   "What is asked often is written once.",
	"关键词写客户嘴里的话，不写我们的行话。先道歉、再说怎么办、最后说什么时候回话；大括号里的会自动填。": "Key words are the client's words, not ours. First say sorry, then what will be done, then when you will answer; what stands in braces is filled in.",
}
