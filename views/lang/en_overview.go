package lang

// overview holds the words of calendars to subscribe to, of what came after
// greetings, and of statutory holidays.
var overview = map[string]string{
	// calendar of a person
	"日历订阅": "Calendar subscription", "手机和 Outlook": "Phone and Outlook", "问候、约好的拜访和待办，出现在自己的日历里": "Greetings, agreed visits and to-dos in your own calendar", "管理日历订阅": "Manage the calendar",
	"问候、约好的拜访和待办，出现在手机和 Outlook 的日历里": "Greetings, agreed visits and to-dos in the calendar of your phone and Outlook", "你的日历地址": "Your calendar address",
	"地址只显示这一次。知道地址的人就能看到你的安排，别发给别人。": "The address is shown this once. Whoever knows it sees your plans: give it to nobody.", "给手机扫的二维码，内容是日历地址": "QR code of the calendar address, for the phone",
	"用苹果手机的相机扫，点“订阅”；其他手机和电脑复制下面的地址。": "Scan it with an iPhone's camera and press Subscribe; for other phones and computers copy the address below.",
	"怎么加到日历里": "How to add it", "Outlook：日历 → 添加日历 → 从 Internet 订阅，贴上地址。": "Outlook: Calendar → Add calendar → Subscribe from web, paste the address.",
	"苹果手机：设置 → 日历 → 账户 → 添加账户 → 其他 → 添加已订阅的日历，贴上地址。":        "iPhone: Settings → Calendar → Accounts → Add account → Other → Add subscribed calendar, paste the address.",
	"安卓手机：在日历的设置里找“订阅日历”或“通过网址添加”，贴上地址；没有这一项，就用能订阅网址的日历软件。": "Android: in the calendar's settings look for subscribing or adding by URL and paste the address; if there is none, use a calendar app that can.",
	"手机和电脑连得上这台服务器时才会更新，大约一小时一次。里面只有客户名称和要做的事，没有电话和地址。":     "It is brought up to date about once an hour, while the device reaches this server. It holds clients' names and what to do, no phone numbers and addresses.",
	"还没有地址": "No address yet", "换一个": "Another one", "做一个": "Make one", "地址忘了或泄露了就换；旧的马上作废，日历里要重新加。": "If it was forgotten or leaked; the old one ends at once and is to be added anew.",
	"做好以后给你看一次。": "It is shown to you once.", "换一个地址": "Make another address", "做一个地址": "Make an address", "做了日历地址": "Made a calendar address", "作废了日历地址": "Revoked a calendar address",
	"日历地址作废了，手机和电脑上的日历不再更新": "The calendar address is revoked; calendars that read it stay as they are", "驿客 %s": "Yike %s", "问候：%s（%s）": "Greet: %s (%s)", "拜访：%s": "Visit: %s", "待办：%s": "To do: %s",
	"不打开驿客，也知道今天要问候谁、拜访谁。": "Whom to greet and visit today, without opening Yike.",
	"做一个地址，贴到手机或 Outlook 的日历里。换手机、怀疑别人知道了，就作废或换一个；停用账号，地址也跟着作废。": "Make an address and paste it into the calendar of your phone or Outlook. With another phone, or when somebody else may know it, revoke it or make another; it ends with the account.",
	// founding day, copy
	"成立日期": "Founded on", "公司周年那天可以问候": "The anniversary is a day to greet", "有一张凭证照片": "there is a photo as proof",
	// response
	"问候以后": "After the greetings", "问候过的客户 %d 天里有没有再发件，和没有问候的相像客户比": "Whether greeted clients shipped again within %d days, beside like ones that were not greeted",
	"相像：同一个网点、同一个分级、节前 %d 天发的件数在同一档（%s）。没有相像客户的不比；一边少于 %d 位，不下结论。分级和网点按现在的算。": "Like: of one branch, one class, and in one band of parcels in the %d days before (%s). Who has no like client is not compared; with fewer than %d on a side nothing is said. Class and branch are those of today.",
	"问候过、满 %d 天，这里就能看。": "Once %d days have passed since greetings, they can be seen here.", "问候": "Greetings", "上面这个": "the one above", "看结果：%s %s": "See the result: %s %s", "看结果": "See the result", "还没满 %d 天": "%d days are not over",
	"过去两年的节日": "Occasions of the past two years", "客户太多": "Too many clients", "请在上面选一个网点再看。": "Choose a branch above.", "客户太少，不下结论：两边都要有 %d 位以上能比的。": "Too few to say: each side needs %d clients or more that can be compared.",
	"问候过的，%s 又发件；没有问候的相像客户，%s。": "Of the greeted %s shipped again; of like clients that were not greeted %s.", "各人的日子不同，按月看：问候过的从自己那天算起，没有问候的从月中算起。": "Everybody has a day of their own, so it is seen by month: for the greeted from that day on, for others from the middle of the month.",
	"相像客户折算成一样多": "Like clients, brought to the same number", "又发件": "Shipped again", "前 %d 天件数": "Parcels, %d days before", "后 %d 天件数": "Parcels, %d days after", "前 %d 天运费": "Freight, %d days before", "后 %d 天运费": "Freight, %d days after",
	"哪些客户": "Which clients", "回到比较": "Back to the comparison", "档": "Band", "前件数": "Parcels before", "后件数": "Parcels after", "前运费": "Freight before", "后运费": "Freight after",
	"问候过的客户": "Greeted clients", "问候过、又发件的客户": "Greeted clients that shipped again", "问候过、有相像客户的": "Greeted, with like clients", "问候过、有相像客户、又发件的": "Greeted, with like clients, shipped again",
	"相像、没有问候的客户": "Like clients not greeted", "相像、没有问候、又发件的客户": "Like clients not greeted that shipped again", "%d 件以上": "%d and more", "%d–%d 件": "%d–%d",
	"问候有没有用，看问候过的客户后来发没发件，和没问候的比一比。": "Whether greetings help: what the greeted shipped afterwards, beside those not greeted.", "选一个过去的节日看结果；点数目看是哪些客户。客户太少时不下结论。": "Choose a past occasion; a number opens its clients. With too few clients nothing is said.",
	"导出问候到了多少": "Exported how far greetings are", "到了（百分比）": "Done, per cent", "占预算（百分比）": "Of budget, per cent", "占运费（百分比）": "Of freight, per cent",
	"导出问候以后的客户": "Exported clients after greetings", "共 %d 位客户": "%d clients", "问候过": "Greeted", "有相像的": "Has like ones", "从哪天算": "Counted from",
	// coverage
	"占预算": "Of budget", "客户运费": "Clients' freight", "占运费": "Of freight", "哪个月": "Month", "全年": "Whole year", "已离开的同事": "a colleague who left", "按怎么问候的": "By how it was done", "按人": "By person",
	"和别的节日合在一次问候里的，各算各的；预算和花费算在那一次上。客户运费是问候过的客户在这段时间各月的运费，一位客户在一行里只算一次。分级按现在的算。": "Occasions of one greeting count each; its budget and cost stand with the first. Clients' freight is that of the greeted clients in the months looked at, each client once in a line. Classes are those of today.",
	// holidays
	"放假安排": "Statutory holidays", "放几天假、哪个周末上班，一处录好，拜访、雷达和期限都按它算。": "Days off and made-up working days, entered in one place: visits, radar and deadlines count by them.",
	"国务院通知出来后整段贴进来，先看读得对不对，再写明出处存好。没公布的年份不猜。": "Paste the State Council's notice once it is out, look at what was read, name the source and save. A year not announced is not guessed.",
	"放假通知": "Notice", "“%s”没有说是放假还是上班": "“%s” does not say whether it is a day off or a working day", "%s 写了两次": "%s stands there twice", "%s 不在这一年里": "%s is not of this year", "没有“%s”这一天": "There is no day “%s”", "%s 没有写是什么节": "%s has no name of a holiday",
	"%s 不是周末，不用调休上班": "%s is no weekend day and needs no making up", "通知里写的是%s，可 %s：是不是别的年份的通知": "The notice says %s, but it is %s: is it of another year?", "通知里写共 %s 天，和前后两天之间的天数对不上": "The notice says %s days in all, which its dates are not",
	"到 %s 连着放得太久，请看看起止日期": "Too many days off in a row by %s: look at the dates", "少了%s（%s）": "%s is missing (%s)", "调休上班的天数比放假调出来的多": "More working days are made up than days off given", "没有这一年": "There is no such year", "第 %d 行：%s": "Line %d: %s",
	"拜访节奏、件量雷达和办理期限都按它算工作日": "Visits, the radar and deadlines count working days by it", "各年": "Years", "哪里来的": "Source", "公司录入": "Entered here", "程序自带": "Shipped with the program", "年份": "Year", "%s 年": "%s",
	"%s 年的放假安排未公布": "The holidays of %s are not announced", "国务院通知出来以前不猜：工作日按周一到周五算，用到的地方都会说明。通知出来后贴到下面。": "Nothing is guessed before the State Council's notice: Monday to Friday count as working days, and pages say so. Paste the notice below once it is out.",
	"录入或更正一年": "Enter or correct a year", "例如：一、元旦：1月1日（周五）至3日（周日）放假调休，共3天。1月4日（周日）上班。": "The notice, line by line",
	"把国务院办公厅的通知整段贴进来；也可以一行一天：2027-01-01 放假 元旦": "Paste the whole notice as it stands, in Chinese; or a day a line: the day, rest or work, the holiday", "读出来的安排": "What was read", "例如：国办发明电〔2026〕12 号": "Such as the number of the notice",
	"先看看读得对不对": "See what was read", "放假": "Days off", "调休上班": "Worked instead", "国务院统一公布，全公司只有一份；没公布的年份不猜。": "Announced by the State Council, one for the whole company; a year not announced is not guessed.",
	"%s 年放假 %d 天、调休上班 %d 天": "%s: %d days off, %d worked instead", "未公布": "Not announced", "放假 %d 天，调休上班 %d 天": "%d days off, %d worked instead", "%s 到 %s": "%s to %s",
}
