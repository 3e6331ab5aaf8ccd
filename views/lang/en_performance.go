package lang

var performanceWords = map[string]string{
	"人员绩效": "People's work", "谁做了多少、做得怎样？": "Who did how much, and how well?", "谁做了多少、做得怎样？数字从哪里来，下面写着；点开就是名单。": "Who did how much, and how well? Where each figure comes from stands below; press one for its list.",
	"好评率": "Praise", "经手的工单": "Cases handled", "做了的慰问": "Greetings done", "用系统的天数": "Days in the system", "记录条数": "Records",
	"业务员：名下客户寄的运单；快递员：账单上写着他揽收的运单。已签收的 ÷ 全部，最近寄出的还没签收，会低一些。":  "Of a rep, waybills of own clients; of a courier, those that the bill says they picked up. Signed for ÷ all; those just sent are not signed for yet.",
	"说的是这个人的评价里，4 分和 5 分占几成；不满 5 份的不算。":                       "Of the answers about this person the share of 4 and 5; none of fewer than 5 answers.",
	"业务员：名下客户的投诉；快递员：写着他揽收的运单的投诉。÷ 运单数 × 10,000，不满 100 票的不算。": "Of a rep, complaints of own clients; of a courier, those about waybills that they picked up. ÷ waybills × 10,000; none of fewer than 100.",
	"日期在这几个月、本人已经做了的拜访。":                                      "Visits of these months that the person has done.", "这几个月本人发出去的反馈表，草稿不算。": "Feedback forms that the person sent in these months, without drafts.", "日子在这几个月、本人做了的节日慰问。": "Greetings of days in these months that the person did.",
	"这几个月登记、归本人办的工单，并到别件的不算。":      "Cases registered in these months that the person handles, without those merged into others.",
	"经手的工单里，在答应的时间以内答复的，除以已经见分晓的。": "Of the cases handled, those answered within the promised time ÷ those of which it is known.", "经手的工单里，在答应的时间以内解决的，除以已经见分晓的。": "Of the cases handled, those solved within the promised time ÷ those of which it is known.",
	"审计里有本人记录的日子有几天。只数记了、改了、登录了什么，不数看了什么。":   "On how many days the audit has a record of the person: of what they wrote, changed or signed in to, never of what they looked at.",
	"审计里本人的记录：登录、记、改、导出，一次一条。看页面不算，也不看写了什么。": "The person's records in the audit: signing in, writing, changing, exporting, one each. Looking at pages does not count, nor does what was written.",
	"这几个月的工单太多，一次数不完。少选几个月。":                 "There are too many cases in these months to count at once. Choose fewer months.",
	"这里没有业务员、客服或快递员。换一个网点看。":                 "There are no reps, clerks or couriers here. Choose another branch.", "这里只数业务员、客服和快递员的工作。": "Only the work of reps, clerks and couriers is counted here.",
	"%s 份": "%s answers", "本人看自己的，经理看自己管的人的，别人看不到。数目是看的人点得开的名单有多少。": "Everybody sees their own, a manager that of their people, nobody else. A figure is as many as the list that its reader can open.",
	"先列 %d 位，选一个网点看其余的": "The first %d; choose a branch for the others", "上期": "Before", "去年同期": "A year ago", "我": "Me",
	"从登记到第一次答复，一半的工单在这么久以内；按工作时间。": "Half of the cases were first answered within this time after they were registered; working time.", "从登记到告诉客户结果，一半的工单在这么久以内；按工作时间。": "Half of the cases were solved and the client told within this time; working time.",
	"%s的绩效": "Work of %s", "一个月一行。": "A line for each month.", "谁的客户": "Clients of", "谁揽收的": "Picked up by",
	"谁的工作做到了哪里，凭数字说，不凭印象。":                             "How far somebody's work has come, by figures and not by impression.",
	"选月份和网点；数目点开就是那些运单、拜访、工单。点名字看他每个月的。每一项怎么数的，写在最下面。": "Choose months and a branch; a figure opens its waybills, visits or cases. A name opens the months of that person. How each is counted stands at the bottom.",
	"一个人的工作，一个月一行，好坏都看得见是从哪里来的。":                       "The work of one person, a line for each month; where good and bad come from can be seen.", "数目点开就是名单；觉得数错了，点开核对，再和经理说。": "A figure opens its list; when it seems wrong, check the list and tell your manager.",
	"看绩效": "See people's work", "每个人的工作做到了哪里：看自己的，或者看自己管的人的。": "How far people's work has come: one's own, or that of one's people.",
}
