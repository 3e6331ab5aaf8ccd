package lang

var absences = map[string]string{
	"定上班时间": "Set opening hours", "网点几点到几点上班，总部锁住时不能自己定。": "When a branch works; not while head office has locked it.", "这是全公司的上班时间。": "These are the hours of the whole company.", "改%s的上班时间": "Change the hours of %s",
	"谁在岗": "Who is at work", "登记了不在的日子，新工单就不派过去，时限的提醒改告诉下一位": "For days away that are written down no new cases are given, and the next person is told of due times", "登记不在岗": "Write down days away",
	"我自己": "Myself", "从哪天": "From", "到哪一天": "Until", "上午": "Morning", "下午": "Afternoon", "全天": "Whole day", "半天还是全天": "Half or whole day", "什么事": "What for", "休假": "Leave", "出差": "Journey", "培训": "Training", "别的事": "Something else",
	"手上没办完的工单不会动，要交给别人请办交接。": "Open cases stay where they are; to give them to others, do a handover.",
	"不在的日子": "Days away", "没有登记": "Nothing is written down", "休假、出差、培训前在上面登记一下。": "Write it down above before leave, a journey or training.",
	"日子": "Days", "现在谁能接工单": "Who takes cases now", "没结的工单": "Open cases", "现在不在": "Away now", "回来了": "Is back", "%s回来了": "%s is back", "取消 %s %s": "Cancel %s %s",
	"手上的工单": "Cases in hand", "%s手上的工单": "Cases in hand of %s", "请选日期": "Choose a day", "不能早于开始那天": "Not before the day on which it begins", "已经过去了，不用登记": "It is over and need not be written down",
	"最多 %d 天；更久的请办交接": "%d days at most; for longer, do a handover", "几天的只能选全天": "Several days are whole ones", "不在，到 %s": "away until %s", "网点没上班": "branch closed",
	"今天还没登录": "not signed in today", "在岗": "at work", "%s不在岗": "%s is away", "%s的网点没上班": "the branch of %s is closed", "%s今天还没登录": "%s has not signed in today",
	"，按派单规则第 %s 行给了%s": ", given by row %s of the rule to %s", "；没给：%s": "; passed over: %s",
	"这几天里已经登记过不在岗，先取消那一条": "Days away are written down already within these; cancel those first", "这个人不归你管，或已停用": "This person is not yours to lead, or disabled",
	"登记好了：这几天的新工单不会派过去": "Written down: new cases are not given on these days", "改好了：从今天起算在岗": "Done: at work from today on", "这一条刚才有人改过，或已经过去了": "Somebody changed this just now, or it is over",
	"人不在，工单派过去就没人管。": "A case given to somebody who is away is seen to by nobody.", "自己登记，或由经理替同事登记。休假从哪天到哪天；早回来点“回来了”。下面看现在谁能接工单。": "Write it down oneself, or the manager does. From when until when; press “Is back” when it ends sooner. Below: who takes cases now.",
	"登记同事不在岗": "Write down days away of colleagues", "替网点的人登记休假、出差，看现在谁能接工单。自己的谁都能登记。": "Leave and journeys of the people of the branch, and who takes cases now. One's own everybody may.",
	"登记了不在岗": "Wrote down days away", "改了不在岗的日子": "Changed days away",
}
