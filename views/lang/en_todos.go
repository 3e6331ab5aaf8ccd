package lang

var todos = map[string]string{
	"待办": "To do", "我的": "Mine", "网点的": "The branch's", "办完的": "Closed", "看哪些": "Which ones", "哪一种": "Kind", "只看过期的": "Only late ones", "已过期": "Late", "到期": "Due", "%s到期": "due %s",
	"没有符合的待办": "No such to-dos", "去掉条件再看。": "Take a condition away and look again.", "还没有办完的": "Nothing closed yet", "办完的和不办的会留在这里。": "What is done or dropped stays here.",
	"都办完了": "All done", "包裹出了事、客户件量掉了，规则会在这里提醒。": "When a parcel is in trouble or a client ships less, the rules say so here.", "共 %d 件": "%d in all", "超过 %d 件": "more than %d", "后面的": "Next",
	"结果": "Outcome", "结果：%s": "Result: %s", "结果，例如：已告诉客户": "Result, such as: told the client", "办完": "Done", "办完：%s": "Done: %s", "办完了": "Done", "不办了": "Dropped", "没办完": "Open",
	"为什么": "Why", "谁来办": "Who", "提出时间": "Raised", "看这一票": "See the parcel", "转给同事，或者不办": "Pass on, or drop", "转给": "Pass to", "谁有空谁办": "Whoever takes it", "转过去": "Pass on", "为什么不办": "Why it is dropped",
	"还没有人办": "nobody's yet", "%s，%s": "%s, %s", "%s：%s": "%s: %s", "刚才有人先办了，看看现在怎样": "Somebody was quicker; see how it stands", "写一句结果，例如：已告诉客户": "Write a sentence, such as: told the client",
	"写一句为什么不办": "Write why it is dropped", "记下了，这件不办": "Dropped", "这个人接不了，请重选": "This person cannot take it; choose another", "转过去了": "Passed on",
	"有一件待办": "A to-do", "改了待办": "Changed a to-do", "办完了待办": "Did a to-do", "待办不办了": "Dropped a to-do", "重新打开待办": "Reopened a to-do", "转交了待办": "Passed a to-do on", "提出了待办": "Raised to-dos",
	"待办由 %s 交接给 %s": "To-do handed over from %s to %s", "没办完的待办": "Open to-dos", "%s 前要办一件待办": "a to-do due %s",
	"看待办": "See to-dos", "规则找出来要人去做的事：自己的、网点的。": "What the rules ask somebody to do: one's own and the branch's.", "办待办": "Work on to-dos", "办完、不办了、转给同事。": "Do, drop, pass on.",
	"包裹出了事、客户件量掉了，规则替你盯着，该谁办就交给谁。":                 "When a parcel is in trouble or a client ships less, the rules notice and give it to whoever should act.",
	"从上往下办，写一句结果点“办完”。办不了的转给同事；不用办的写明为什么。错了当场能撤销。": "Work from the top: write a sentence and press Done. Pass on what you cannot do; say why when you drop one. A mistake can be undone at once.",
	"先给客户打电话，比客户先打来强。":                             "Calling the client beats being called.",
	"滞留件": "Stuck parcel", "包裹 %s 停住了：查清楚，先打给客户": "Parcel %s is stuck: find out and call the client first", "%s 小时没有新消息，超过 %s 小时就提醒": "no news for %s hours; the limit is %s",
	"走错路": "Off its track", "包裹 %s 可能走错了：请转运处核对": "Parcel %s may be off its track: have the hub check", "寄往%s，却出现在%s": "bound for %s, seen in %s",
	"派送失败": "Delivery failed", "包裹 %s 派送不成：问客户怎么送": "Parcel %s could not be delivered: ask the client how", "已派送失败 %s 次": "%s failed deliveries",
	"拒收件": "Refused parcel", "包裹 %s 被拒收：问客户退回还是再送": "Parcel %s was refused: ask the client, back or again", "破损件": "Damaged parcel", "包裹 %s 破损：告诉客户，准备理赔材料": "Parcel %s is damaged: tell the client, prepare the claim",
	"遗失件": "Lost parcel", "包裹 %s 遗失：告诉客户，登记理赔": "Parcel %s is lost: tell the client, open a claim",
}
