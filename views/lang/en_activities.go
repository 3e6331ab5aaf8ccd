package lang

// activityWords are those of meetings with clients and trainings.
var activityWords = map[string]string{
	"客户座谈会": "Client meeting", "推介会": "Launch", "客户培训": "Client training", "员工培训": "Staff training",
	"还没办": "Not held yet", "办过了": "Held", "取消了": "Called off", "讲什么": "What it is about", "大家的意见": "Opinions",
	"请哪些客户": "Clients asked", "活动和培训": "Meetings and training",
	"座谈会、推介会、培训：请了谁、来了谁、说了什么、后来改了什么。": "Who was asked, who came, what was said, and what changed afterwards.",
	"安排活动": "Plan one", "没有这样的活动": "Nothing like that", "安排一场，请上客户和同事；办完记下谁来了、说了什么，要改的写成措施。": "Plan one and ask clients and colleagues; afterwards note who came and what was said, and make measures of what is to change.",
	"客户到场": "Clients there", "同事到场": "Colleagues there", "措施": "Measures", "哪个网点办": "Which branch holds it", "例如：双十一后客户座谈会": "For example: client meeting after the November sales",
	"哪些同事去": "Colleagues who go", "每行一位，写客户编码或全称；员工培训可不填。": "One a line, by code or full name; none for staff training.",
	"取消活动": "Call it off", "还是要办": "Hold it after all", "请了谁": "Who was asked", "另有 %d 位客户不归你看": "%d other clients are beyond your reach", "还没写请谁。": "Nobody is asked yet.",
	"同事": "Colleague", "来了": "Came", "没来": "Did not come", "改到场和意见": "Correct who came and what was said", "办完了，记下来": "It was held: note it",
	"%s 来了": "%s came", "%s 说了什么": "What %s said", "来了的同事": "Colleagues who came", "例如：都嫌旺季取件晚；有三家想要对账单早两天": "For example: pick-up is late in high season; three want statements two days earlier",
	"%s 场": "%s in all", "地点": "Place", "到了那天，在这里记谁来了、说了什么。": "On its day you note here who came and what was said.",
	"请选日期": "Choose a day", "安排好了": "Planned", "改活动": "Correct it", "有人先改过了，或者办过的活动改到了以后。请对照现在的内容再存一次。": "Somebody was quicker, or one that was held was moved into the future. Compare and save again.",
	"刚才有人先改了，或者日子还没到。请对照现在的内容再存一次。": "Somebody was quicker, or its day has not come. Compare and save again.", "记下了。要改的事，写成措施。": "Noted. Make measures of what is to change.",
	"取消了这场活动": "Called off", "这场活动照办": "It is held after all", "删了这场活动": "Deleted",
	"看活动": "See meetings", "座谈会、推介会和培训：请了谁、来了谁、说了什么。": "Client meetings, launches and trainings: who was asked, who came, what was said.",
	"办活动": "Hold meetings", "安排活动和培训，请客户和同事，记谁来了、说了什么、花了多少。": "Plans meetings and trainings, asks clients and colleagues, notes who came, what was said and what it cost.",
	"和客户坐下来谈一次，比打十个电话管用；谈完没人改，等于没谈。":             "Sitting down with clients once is worth ten calls, if something changes afterwards.",
	"安排时写清日期、地点、谁负责、请谁。办完回到这一场，记谁来了、说了什么。":       "Say when, where, who sees to it and who is asked. Come back afterwards and note who came and what was said.",
	"谁来了、说了什么，过一个月还查得到。":                         "Who came and what was said can still be found a month later.",
	"办完在这里勾到场的人，写每位客户说了什么。要改的，点“写一条措施”，写明谁、哪天前。": "Tick who came and write what each client said. For what is to change, write a measure with who and by when.",
	"安排了活动": "Planned a meeting", "改了活动": "Corrected a meeting", "记了活动的到场和意见": "Noted who came and what was said", "活动照办": "Took a meeting up again",
	"删了活动": "Deleted a meeting", "取回了活动": "Took a meeting out of the bin", "导出活动": "Exported meetings", "参加活动的记录": "About a meeting", "参加的活动": "Meetings attended", "取消了活动": "Called a meeting off",
}
