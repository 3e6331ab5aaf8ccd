package views

import (
	"context"
	"strings"

	"yike/views/lang"
)

// Help is what a page says of itself: why it is there and how it is used. Hint
// is the one sentence shown on the page itself until the reader puts it away;
// most pages have none.
type Help struct {
	Key            string // names the page among hints that were put away
	Why, How, Hint string
}

// PageHelp returns the help of the page behind a route, "GET /visits/due". A
// page without words of its own has those of its area; false for what is no
// page: lists for the script, pictures, files. A new page adds its case here.
func PageHelp(ctx context.Context, pattern string) (Help, bool) {
	path := strings.TrimPrefix(pattern, "GET ")
	h := pageHelp(ctx, path)
	if h.Why == "" {
		area, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
		path = "/" + area
		h = pageHelp(ctx, path)
	}
	h.Key = strings.Trim(keyOfPath.Replace(path), ".")
	return h, h.Why != ""
}

var keyOfPath = strings.NewReplacer("{", "", "}", "", "/", ".")

func pageHelp(ctx context.Context, path string) Help {
	switch path {
	case "/customers":
		return Help{Why: lang.T(ctx, "一位客户一份资料，全公司只有这一份。谁去看、谁接电话，看到的都一样。"),
			How:  lang.T(ctx, "上面按条件筛，点标签去掉一个条件；勾几行可以一起改；右上角能导出。手机上点一行打开。"),
			Hint: lang.T(ctx, "找一位客户最快的办法：点放大镜或按 / 键，输拼音首字母或电话里的几位。")}
	case "/customers/{id}":
		return Help{Why: lang.T(ctx, "上门前看一眼：他发什么货、上次谈了什么、有什么要当心。"),
			How:  lang.T(ctx, "左边是资料，右边按时间排着所有来往。点电话直接拨；“记拜访”不到一分钟就能写完。"),
			Hint: lang.T(ctx, "谈完当场记一句，下次谁来都接得上。")}
	case "/customers/new", "/customers/{id}/edit":
		return Help{Why: lang.T(ctx, "资料填得准，分级、提醒和报表才准。只收用得着的信息。"),
			How: lang.T(ctx, "有名称和一个电话就能先存。一段文字可以整段贴进来，程序替你分开。和已有客户像的，会当场告诉你。")}
	case "/customers/{id}/history":
		return Help{Why: lang.T(ctx, "资料不对时，看得出谁在什么时候改的、原来是什么。"),
			How: lang.T(ctx, "一行是一次改动，左边是原来的，右边是改成的。")}
	case "/customers/{id}/contacts/new", "/customers/{id}/contacts/{contact}/edit", "/customers/{id}/contacts":
		return Help{Why: lang.T(ctx, "公司客户要找对人：谁管发货，谁管付款。"),
			How: lang.T(ctx, "一位客户可以有几个联系人，标一个主要联系人，电话先打给他。")}
	case "/customers/review":
		return Help{Why: lang.T(ctx, "新建和导入的资料先有人看过，再当正式资料用。"),
			How: lang.T(ctx, "一行一行核对，没问题就通过；可以勾几行一起通过。")}
	case "/classes":
		return Help{Why: lang.T(ctx, "同一批客户有几种分法，各有各的用处：分级定照顾多少，RFM 说下一步做什么，标签提醒上门的人。"),
			How: lang.T(ctx, "一块是一种分法，点一行就是那些客户的名单，数目一样。右上角能看规则。")}
	case "/classes/changes":
		return Help{Why: lang.T(ctx, "规则只提建议，分级由人来定。批了才改，拜访次数跟着变。"),
			How: lang.T(ctx, "点上面的“C 类 → A 类”只看一种；勾几行批准，或一次全部批准。要改成别的、不改，写一句理由。")}
	case "/customers/{id}/why":
		return Help{Why: lang.T(ctx, "每个标签都说得清：看了哪些数字，用的哪一版规则，到多少就会变。"),
			How: lang.T(ctx, "觉得不对，在最下面提异议，经理认可了就照你说的改。")}
	case "/rules/classes", "/rules/rfm", "/rules/tags":
		return Help{Why: lang.T(ctx, "客户怎么分，全公司一套规则，改了有版本，以后查得到。"),
			How: lang.T(ctx, "改完先看影响：多少位从哪里变到哪里。可以先给一个网点定，当试点，好了再推广到全公司。")}
	case "/rules/classes/moved", "/rules/rfm/moved", "/rules/tags/moved":
		return Help{Why: lang.T(ctx, "规则还没保存，先看清是哪些客户会变。"),
			How: lang.T(ctx, "一位一位看得到，也能整张导出。返回规则页，填好的数还在。")}
	case "/rules/segments":
		return Help{Why: lang.T(ctx, "同一类客户，大家接下来做一样的事，不各凭各的想法。"),
			How: lang.T(ctx, "每一群写一句，填几天内要办。这句话写在客户页、名单和派出的待办上。留空就不显示。")}
	case "/classes/todos":
		return Help{Why: lang.T(ctx, "看完名单就派下去，每位客户有人跟。"),
			How: lang.T(ctx, "先看派几件、归谁，改好到期日再派。同一位客户一个月只派一次，派错了能撤回。")}
	case "/tags":
		return Help{Why: lang.T(ctx, "同样的事用同一个词，名单才筛得出来。"), How: lang.T(ctx, "加一个词和它的提醒；改客户资料时点上。总部能改名，没有客户带着的能删。")}
	case "/tags/{id}":
		return Help{Why: lang.T(ctx, "词不对就改，不用一位一位地换。"), How: lang.T(ctx, "改名马上对所有带着它的客户有效；要删，先在名单里批量去掉。")}
	case "/duplicates":
		return Help{Why: lang.T(ctx, "一位客户两份档案，拜访各记各的，提醒发两遍，投诉也算不到一起。"), How: lang.T(ctx, "从“就是同一位”看起。是同一位的点“比一比”再合并；不是的点“是两位”，以后不再提。")}
	case "/customers/{id}/merge":
		return Help{Why: lang.T(ctx, "并成一份以后，什么事都只查一处。"), How: lang.T(ctx, "先看留哪一份（点“对调”换），不一样的各选一个，再合并。并错了 30 天内能撤销。")}
	case "/merges/{id}":
		return Help{Why: lang.T(ctx, "并错了能找回来，也说得清谁在哪天并的。"), How: lang.T(ctx, "看清跟过来多少，点“撤销合并”就各回各家。")}
	case "/customers/bin":
		return Help{Why: lang.T(ctx, "删错了能找回来。"), How: lang.T(ctx, "30 天内的都在这里，点“取回”就回到原处。")}
	case "/search":
		return Help{Why: lang.T(ctx, "电话进来的一秒里找到是谁。"), How: lang.T(ctx, "名称、拼音首字母、电话里的几位、客户编码都行。编码或电话完全一样的排最前。")}
	case "/exports":
		return Help{Why: lang.T(ctx, "要把名单带走时用。谁导出了什么都有记录。"), How: lang.T(ctx, "大的名单要做一会儿，可以先去忙别的，做好了回来下载。")}
	case "/cases":
		return Help{Why: lang.T(ctx, "投诉、咨询和建议都在这里：谁在办，到了哪一步，什么时候该答复。"), How: lang.T(ctx, "最上面的最急。点“登记工单”或按 n 键登记一件；上面的条件可以叠着选，点标签去掉一个。")}
	case "/cases/figures":
		return Help{Why: lang.T(ctx, "投诉多在哪、因为什么、答应的时间守住没有，一页看清，月底开会照着改。"), How: lang.T(ctx, "选月份和网点；从左边数第一根柱子改起。每个数目点开就是那些工单；最下面写着怎么算的，能导出、能打印。")}
	case "/reports":
		return Help{Why: lang.T(ctx, "要的数字都从这里找，不用问人在哪一页。"), How: lang.T(ctx, "按题目找：每一行写着它回答什么问题，点名字打开。看不到的，是你的角色用不着的。")}
	case "/reports/monthly":
		return Help{Why: lang.T(ctx, "月底不用再凑数字：件量、投诉、拜访、满意度一次算好，变得多的写成一句话。"), How: lang.T(ctx, "选月份和网点，数字点开就是名单。看过没问题，点“出这个月的月报”，数字就留底了；要改，重出一版，旧的还在。")}
	case "/reports/monthly/{id}":
		return Help{Why: lang.T(ctx, "交上去的是哪几个数，以后查得到。"), How: lang.T(ctx, "打印出来有页码、网点和出表人，下面留着签字的地方；Excel 和打印的一样。数字是出的那天的，不会再变。")}
	case "/reports/business":
		return Help{Why: lang.T(ctx, "生意是涨是跌、涨在哪里跌在哪里，开会前两分钟看清。"), How: lang.T(ctx, "选月份和网点，还能选另一个网点并排看。票数点开就是那些运单；鼠标停在表头上写着怎么算，最下面也有。能导出、能打印。")}
	case "/reports/clients":
		return Help{Why: lang.T(ctx, "客户是多了还是少了，多在哪一级、哪一类，一眼看清。"), How: lang.T(ctx, "上面选按分级、阶段、类型还是来源看，再选月份和网点。每个数字点开就是那些客户。")}
	case "/reports/clients/list":
		return Help{Why: lang.T(ctx, "报表上一个数字后面是哪些客户。"), How: lang.T(ctx, "点名字看客户。已经删掉的只剩一行，不写名字，数还是对的。")}
	case "/reports/churn":
		return Help{Why: lang.T(ctx, "留住老客户比找新的省力：丢了几位、为谁去补救，按月看清。"), How: lang.T(ctx, "点“流失”的数，就是要去问一句的客户。下面的方格一行看一批新客：往右越浅，走得越快。")}
	case "/reports/pareto":
		return Help{Why: lang.T(ctx, "力气先花在撑起大半运费的少数客户上；太集中了，丢一位就疼。"), How: lang.T(ctx, "柱子一根是十分之一的客户。点人数就是那一档的客户；前两档是核心客户，点“看核心客户”看谁在涨、谁在掉。")}
	case "/reports/pareto/list":
		return Help{Why: lang.T(ctx, "报表上一个数字后面是哪些客户，运费从多到少。"), How: lang.T(ctx, "点名字看客户；上期是紧挨着的前面一样多个月。")}
	case "/reports/channels":
		return Help{Why: lang.T(ctx, "客户爱用哪种方式找我们，我们就把人手放在哪里。"), How: lang.T(ctx, "上面是每月几次，下面三张表各说一头：我们去、客户来、节日问候。次数点开就是那些记录。")}
	case "/reports/rfm":
		return Help{Why: lang.T(ctx, "以前发得勤、最近不发了的，是最该赶紧去的客户，一眼找出来。"), How: lang.T(ctx, "行是最近，列是频次，左上角最好；左下角是勤过又停了的。点数字看是谁，从名单打开客户去办。")}
	case "/reports/rfm/list":
		return Help{Why: lang.T(ctx, "热力图一格里是哪些客户。"), How: lang.T(ctx, "运费多的在前，点名字看客户、派待办。")}
	case "/reports/journey":
		return Help{Why: lang.T(ctx, "客户走的路上哪一步慢、哪一步不满意，就先改哪一步。"), How: lang.T(ctx, "选月份和网点，从左到右看。数目点开就是那些客户、运单、工单；用时和满意在表里，怎么数写在最下面。")}
	case "/reports/journey/list":
		return Help{Why: lang.T(ctx, "旅程里这一步是哪些客户，等了多久。"), How: lang.T(ctx, "早的在前，点名字看客户。建档以前就有的，不算隔了几天。")}
	case "/reports/areas":
		return Help{Why: lang.T(ctx, "去哪里找新客户，先看老客户在哪里、哪里的单多。"), How: lang.T(ctx, "一行一个区县，也能按城市看。客户数点开就是那里的客户；潜在多、每户运费低的地方，可以派人多跑。")}
	case "/reports/routes":
		return Help{Why: lang.T(ctx, "同一条线路上老有人投诉，多半是那一路中转的毛病，不是某一件的事。"), How: lang.T(ctx, "每万件投诉多的在前。投诉数点开就是那些工单；件太少的线路不算每万件，只看投诉数。")}
	case "/reports/quota":
		return Help{Why: lang.T(ctx, "A 类、B 类、C 类该去几次，谁去够了、谁没去够，月底不用再数。"), How: lang.T(ctx, "上面是做了几次，下面斜线后是该做几次。做了几次点开就是那些拜访和表；该做几次按拜访频次规则。")}
	case "/reports/moves":
		return Help{Why: lang.T(ctx, "谁升上来了、谁掉下去了，趁早去看。"), How: lang.T(ctx, "行是上个月底，列是这个月底；斜线上没变。点格子里的数就是那几位客户，先看往下掉的。")}
	case "/reports/people":
		return Help{Why: lang.T(ctx, "谁的工作做到了哪里，凭数字说，不凭印象。"), How: lang.T(ctx, "选月份和网点；数目点开就是那些运单、拜访、工单。点名字看他每个月的。每一项怎么数的，写在最下面。")}
	case "/reports/people/{id}":
		return Help{Why: lang.T(ctx, "一个人的工作，一个月一行，好坏都看得见是从哪里来的。"), How: lang.T(ctx, "数目点开就是名单；觉得数错了，点开核对，再和经理说。")}
	case "/rules/targets":
		return Help{Why: lang.T(ctx, "目标说在前头，月底才好说差多少。"), How: lang.T(ctx, "选网点，填每月的数；给一个人另定，先在上面选他。空着的不定。")}
	case "/scores":
		return Help{Why: lang.T(ctx, "干得怎样和拿多少钱连在一起，每一分从哪里来都说得清。"), How: lang.T(ctx, "选月份，出评分表；本人看过、有异议先答复，再批准。批准了就不再变，可以导出给发工资的人。")}
	case "/scores/{id}":
		return Help{Why: lang.T(ctx, "一个人一个月的分，一项一行，点开就是名单。"), How: lang.T(ctx, "本人先看：没有意见就按“看过了”，有意见写下来。经理答复异议、批准；自己的由别人批。")}
	case "/rules/scores":
		return Help{Why: lang.T(ctx, "怎么算分，要在月初就说清楚。"), How: lang.T(ctx, "每组人占分加起来 100。做到“满分”得全分，到“零分”不得分，中间按比例。占分空着就不算这一项。")}
	case "/rules/rankings":
		return Help{Why: lang.T(ctx, "有的网点排名能提劲，有的伤和气，自己定。"), How: lang.T(ctx, "选网点，勾上或去掉，写明从哪天起、为什么。")}
	case "/cases/board":
		return Help{Why: lang.T(ctx, "一眼看到每一步压着几件，哪里堵住了。"), How: lang.T(ctx, "一列是一步，最急的在上面。卡片上的按钮办下一步，三个点里还有别的；点数目看这一步的全部。")}
	case "/cases/new":
		return Help{Why: lang.T(ctx, "边听边记，挂电话前就登记好，客户知道什么时候有回音。"), How: lang.T(ctx, "先输拼音首字母、电话几位或运单号，↓ 选，回车定；Tab 到下一项，← → 换选项，Ctrl+回车登记。断网、关掉页面，写的都还在。"),
			Hint: lang.T(ctx, "电脑上手不用离开键盘：输几个字，回车选人，Tab 往下走，Ctrl+回车登记。手机上拍张照、写一句，点登记。")}
	case "/cases/paste":
		return Help{Why: lang.T(ctx, "客户写来的长邮件、聊天记录，不用一项项抄。"), How: lang.T(ctx, "整段贴进来，点“认一认”；认出来的都标着，核对过再登记。登记后拿出合适的答复，改好、复制给客户、记下时间。")}
	case "/cases/{id}":
		return Help{Why: lang.T(ctx, "一件事从头到尾：客户怎么说，谁做了什么，现在等什么。"), How: lang.T(ctx, "别人也开着时上面会说。来电人认不出，点“认出客户”；写错了点“改内容”，谁改过都在经过里。")}
	case "/visits/due":
		return Help{Why: lang.T(ctx, "按客户的级别算好该多久去一次，免得只去熟的那几家。"),
			How:  lang.T(ctx, "红的已过期，先去；黄的快到了。去过后记一笔，它就从这里消失。"),
			Hint: lang.T(ctx, "从上往下走就行：最上面的拖得最久。")}
	case "/visits":
		return Help{Why: lang.T(ctx, "去过谁、谈了什么，一处都看得到，人走了经验还在。"), How: lang.T(ctx, "按人、日期、方式筛；点一行看全文和照片；右上角能导出。")}
	case "/notices":
		return Help{Why: lang.T(ctx, "公司说的话、要的情况，在一处看，在一处答，谁看过都清楚。"), How: lang.T(ctx, "粗的是没看过的；打开看完点“看过了”。征集要写答复，过了期限会标红。")}
	case "/notices/{id}":
		return Help{Why: lang.T(ctx, "说了什么、谁看过、各网点怎么答的，都在这一页。"), How: lang.T(ctx, "看完点确认；征集在下面写答复，说的是哪些客户一行一位。发的人能提醒、能收回。")}
	case "/notices/new":
		return Help{Why: lang.T(ctx, "话只说一遍，人人都看到；要的情况，各网点答在一处。"), How: lang.T(ctx, "写标题和内容，选发给哪里、发给谁。要每个人确认的勾上；征集写明哪天前答复。")}
	case "/forms":
		return Help{Why: lang.T(ctx, "在外面听到的，市场部都看得到，问了也有回音。"), How: lang.T(ctx, "上面是本月交了几份、还差哪一类；点数目看是哪些。红的是过了期限还没有答复的。"),
			Hint: lang.T(ctx, "不用另写：在那次拜访的页面上点“写反馈表”，写过的都带过来。")}
	case "/forms/new", "/forms/{id}/edit":
		return Help{Why: lang.T(ctx, "一张表把客户的变化说清楚，公司才知道该做什么。"), How: lang.T(ctx, "必填的写完就能发；没写完存草稿，回头接着写。发出去以后市场部还没看的，可以再改。")}
	case "/forms/{id}":
		return Help{Why: lang.T(ctx, "写了什么、市场部怎么答的，一处看完。"), How: lang.T(ctx, "市场部在下面答复；写表的人看完点“知道了”，没说清的再问一句。右上角能打印。")}
	case "/forms/quota":
		return Help{Why: lang.T(ctx, "每个网点每月交几份、哪一类还差，一眼看完。"), How: lang.T(ctx, "点数目看是哪些表；左右换月份；“没交够的”只看还差的网点。")}
	case "/rules/forms":
		return Help{Why: lang.T(ctx, "总部想知道什么，就问什么。"), How: lang.T(ctx, "改题目、加题目、去题目，写明从哪天起、为什么，保存。旧的版本都留着。")}
	case "/rules/form-quota":
		return Help{Why: lang.T(ctx, "交几份、哪一类几份、几天内答复，说在前面。"), How: lang.T(ctx, "先在上面选谁的规则，改好写为什么，保存。网点可以有自己的，总部能锁住。")}
	case "/visits/new", "/visits/{id}/edit":
		return Help{Why: lang.T(ctx, "一句话也有用：下次去的人不用从头问起。"),
			How: lang.T(ctx, "选客户，写一句话，存。照片可以拍可以选；没信号也能存，联网后自动发出。")}
	case "/visits/{id}":
		return Help{Why: lang.T(ctx, "一次拜访的全部：谈了什么、照片、下一步。"), How: lang.T(ctx, "写错了可以改，改动有记录。")}
	case "/todos", "/todos/{id}":
		return Help{Why: lang.T(ctx, "包裹出了事、客户件量掉了，规则替你盯着，该谁办就交给谁。"), How: lang.T(ctx, "从上往下办，写一句结果点“办完”。办不了的转给同事；不用办的写明为什么。错了当场能撤销。"),
			Hint: lang.T(ctx, "先给客户打电话，比客户先打来强。")}
	case "/greetings":
		return Help{Why: lang.T(ctx, "节日和生日不落下要紧的人，也不打扰不愿意的人。"), How: lang.T(ctx, "从上往下办，办好点“已问候”。要写备注、拍照、改天、转给同事，点开再办。错了当场能撤销。"),
			Hint: lang.T(ctx, "红的已经过了，先补；明天的今天就可以办。")}
	case "/greetings/{id}":
		return Help{Why: lang.T(ctx, "问候一位客户要知道的都在这里：说什么、送什么、哪天。"), How: lang.T(ctx, "问候完选怎么问候的，有签收就拍一张。本人撤回同意的，程序不让记，选“不问候”。")}
	case "/greetings/calendar":
		return Help{Why: lang.T(ctx, "提前看到哪天是什么节日、要问候多少位。"), How: lang.T(ctx, "切换一个月或一年；点数目看名单。相差几天的节日合成一次问候，两个都会提到。")}
	case "/greetings/coverage":
		return Help{Why: lang.T(ctx, "问候到了多少、花了多少，看得出哪一类、哪个网点落下了。"), How: lang.T(ctx, "选年份和节日；点“还没问候”看名单。")}
	case "/greetings/response":
		return Help{Why: lang.T(ctx, "问候有没有用，看问候过的客户后来发没发件，和没问候的比一比。"), How: lang.T(ctx, "选一个过去的节日看结果；点数目看是哪些客户。客户太少时不下结论。")}
	case "/greetings/gifts":
		return Help{Why: lang.T(ctx, "送礼的人带一张纸出门就够了。"), How: lang.T(ctx, "选日期，直接打印；最后一栏留给签收。")}
	case "/greetings/who":
		return Help{Why: lang.T(ctx, "谁会收到、谁不会、为什么，问起来答得出。"), How: lang.T(ctx, "上面选一种原因只看那些人；没有问过本人的，先去问、记下同意。")}
	case "/satisfaction":
		return Help{Why: lang.T(ctx, "客户说我们好不好，一处看全；哪个网点、哪个人、哪个月，都有份数垫着。"), How: lang.T(ctx, "选日期和网点；点份数看是哪些评价，点不满意的先回电。份数太少的不出数字。")}
	case "/satisfaction/value":
		return Help{Why: lang.T(ctx, "要紧又不满意的客户，先救。"), How: lang.T(ctx, "左边是我们怎么看客户：分级，或者按频次、金额、忠诚、信用打的分；上面是客户怎么看我们；点一格看名单。")}
	case "/ratings":
		return Help{Why: lang.T(ctx, "每一份评价和评语都在这里。"), How: lang.T(ctx, "按日期、场合、人、分数筛；右上角能导出。")}
	case "/ratings/ask":
		return Help{Why: lang.T(ctx, "送完件、办完事问一句，好的坏的都有数。"), How: lang.T(ctx, "当面评，把手机递过去，客户点一个表情；不在跟前，发链接或给他扫码。每个链接只能评一次。手机递出去时别走开：那一页没有菜单，但你没有退出登录，拿着手机的人用返回键或地址栏还是能进系统。")}
	case "/ratings/call":
		return Help{Why: lang.T(ctx, "电话里问到的也算数，事后查得到。"), How: lang.T(ctx, "先拨号；照客户的话选满不满意，写下建议和下一步。不满意的会自动开一张工单。")}
	case "/rules/guide":
		return Help{Why: lang.T(ctx, "客户气头上，先听完、再说理解、最后说怎么办，气就消一半。"), How: lang.T(ctx, "三样各写一两句，登记工单和办工单时就在旁边。改了从哪天起、为什么，都留着。")}
	case "/rules/ratings":
		return Help{Why: lang.T(ctx, "几份才算数、多低算不满意，公司说了算，数字才比得起来。"), How: lang.T(ctx, "改好写为什么，保存。旧的版本都留着；以前的评价按当时的规则算。")}
	case "/rules/sending":
		return Help{Why: lang.T(ctx, "夜里不打扰，同一个人不连着收；话术里的网点电话也在这里填。"), How: lang.T(ctx, "先在上面选谁的规则，改好点“先看会推迟多少”，再写为什么改、保存。没到的版本和旧的版本都留着。")}
	case "/rules/greetings":
		return Help{Why: lang.T(ctx, "问候谁、送什么由公司定，不靠个人记得。"), How: lang.T(ctx, "点一个节日改它的计划，先看看会问候谁、花多少，再存。网点可以有自己的计划。")}
	case "/rules/occasions":
		return Help{Why: lang.T(ctx, "公司周年、行业的日子也可以问候。"), How: lang.T(ctx, "填名称和日子加上，再到慰问计划里开。不用了就停用，以前的记录还在。")}
	case "/waybills":
		return Help{Why: lang.T(ctx, "谁发了多少、花了多少、有没有出事，账单里都有。归到客户名下才用得上。"), How: lang.T(ctx, "上面按运单号、日期、状态筛；点运单号看这一票。右上角导入月账单。"),
			Hint: lang.T(ctx, "认不出的寄件人在“可能的新客户”里，那是现成的商机。")}
	case "/waybills/senders", "/waybills/senders/{id}":
		return Help{Why: lang.T(ctx, "已经在发件、系统里却没有的人，最容易变成客户。"), How: lang.T(ctx, "从运费高的看起：不认识就建档，换了名字的归到已有客户。归错了当场能撤销。")}
	case "/waybills/tracking":
		return Help{Why: lang.T(ctx, "包裹停住了、走错了，先知道，先打电话。"), How: lang.T(ctx, "在快递100或快递鸟查到的结果整段贴进来，或者传文件。先看会改什么；系统里没有的票会列出来，不会乱建。")}
	case "/rules/tracking":
		return Help{Why: lang.T(ctx, "多久没消息该去问，由公司定；急件等得短，远的等得长。"), How: lang.T(ctx, "填小时数，写明从哪天起、为什么。网点可以有自己的，总部能锁住。每一版都留着。")}
	case "/waybills/{id}":
		return Help{Why: lang.T(ctx, "一票的全部：谁寄的、寄到哪、多少钱、到哪一步了。"), How: lang.T(ctx, "收件人是陌生人，姓名电话只露一点。内容不对，用新的账单再导入一次就会更正。")}
	case "/customers/{id}/waybills":
		return Help{Why: lang.T(ctx, "去之前先看一眼：他最近发得多了还是少了。"), How: lang.T(ctx, "一行一个月，旁边是去年同月；点月份只看那个月的运单。")}
	case "/customers/{id}/shipping":
		return Help{Why: lang.T(ctx, "他周几发、几点发、发到哪、用什么产品，谈价和排班都用得上。"), How: lang.T(ctx, "按月的数旁边是去年同月；点产品或付款看那些运单。时效要不要紧看时效件占多少、投诉派送慢几次，也可以手工标。")}
	case "/core":
		return Help{Why: lang.T(ctx, "少数客户撑起大半运费，他们一变，网点跟着变。"), How: lang.T(ctx, "点“变化”排序，掉得最多的在最前，先去问他们。“掉出去”里是以前要紧、现在不在前面的。")}
	case "/forecast":
		return Help{Why: lang.T(ctx, "旺季不是突然来的：提前知道谁要多寄，才来得及备人、备车、备包装。"), How: lang.T(ctx, "变化大的在前。先看“要多寄的”，打电话问一声准不准；“要少寄的”多半有原因，早点去。")}
	case "/templates", "/templates/{id}":
		return Help{Why: lang.T(ctx, "话说得体，客户记得住；同一句话发两遍，客户也记得住。"), How: lang.T(ctx, "自带的话术打开就能改成自己的，或者停用。大括号里的会换成客户的称呼和名字。每个场合多写几条，轮着用，不重样。")}
	case "/templates/new":
		return Help{Why: lang.T(ctx, "一句好话，写一次，全网点都能用。"), How: lang.T(ctx, "先选场合和发法，再写话；下面当场看到发出去的样子和短信要几条。端午说安康，清明不道贺。")}
	case "/replies", "/replies/{id}":
		return Help{Why: lang.T(ctx, "答得快、答得齐，客户气就消一半；好的答复写一次，人人会答。"), How: lang.T(ctx, "贴一段客户的话试试会找出哪一条。自带的打开就能改成自己的，或者停用；关键词对上两个才会拿出来。")}
	case "/replies/new":
		return Help{Why: lang.T(ctx, "常问的写成一条，下次不用现想。"), How: lang.T(ctx, "关键词写客户嘴里的话，不写我们的行话。先道歉、再说怎么办、最后说什么时候回话；大括号里的会自动填。")}
	case "/outbox":
		return Help{Why: lang.T(ctx, "发出去的每一条都查得到；没发成的有人管。"), How: lang.T(ctx, "先看“发没发出不清楚”和“没发成”的：问一声客户，再点再发一次或不发了。号码或渠道改好以后，没发成的能一起再发；右上角能打印，最下面能导出。"), Hint: lang.T(ctx, "发之前会再问一遍：客户还同意吗、人还在吗、是不是夜里。")}
	case "/backups":
		return Help{Why: lang.T(ctx, "电脑会坏，人会点错：有一份读得回来的备份，就什么都找得回来。"), How: lang.T(ctx, "每天自动做一份，做完读回来核对。看到红的就点开看原因。每周下载一份放到别的电脑；恢复点每一行最后的“恢复”。")}
	case "/backups/settings":
		return Help{Why: lang.T(ctx, "备份放在别处、加了口令，才挡得住硬盘坏和文件丢。"), How: lang.T(ctx, "第二个文件夹填另一块硬盘或网络盘上已有的文件夹。口令抄在纸上锁好，忘了就打不开。")}
	case "/backups/restore":
		return Help{Why: lang.T(ctx, "数据错得改不回来，或者换了电脑，才恢复。"), How: lang.T(ctx, "先告诉大家停手，再填确认开始。现在的数据会另存，恢复错了能再换回来。")}
	case "/backups/former":
		return Help{Why: lang.T(ctx, "旧数据里也是全公司的客户，用不着了就不该再留。"), How: lang.T(ctx, "先确定现在的数据是对的，再填确认删除。谁删的、删了哪一份都记在操作记录里。")}
	case "/backups/work/{id}":
		return Help{Why: lang.T(ctx, "做到哪一步，这里看得到。"), How: lang.T(ctx, "备份时可以离开；恢复时请等到回到登录页。")}
	case "/channels", "/channels/{code}":
		return Help{Why: lang.T(ctx, "短信和邮件从哪里发出去，由管理员一次设好。"), How: lang.T(ctx, "填好先存，发一条给自己试试，收到了再勾启用。没启用时只记下会发什么。")}
	case "/radar":
		return Help{Why: lang.T(ctx, "客户走之前，件量先走。早两周问一句，多半还留得住。"), How: lang.T(ctx, "从上往下打电话问原因，点开写下原因和办法；办完了记一笔结果。"),
			Hint: lang.T(ctx, "每位客户只和他自己比，节假日和大促不算。")}
	case "/radar/{id}":
		return Help{Why: lang.T(ctx, "为什么说他少发了，一条一条写在上面，客户问起来答得出。"), How: lang.T(ctx, "先问原因，再定办法、谁办、哪天前。办完记结果，后来的件量会自己显示出来。")}
	case "/rules/radar":
		return Help{Why: lang.T(ctx, "太灵会天天响，太钝等于没有。多少算少，由公司定。"), How: lang.T(ctx, "改好后写明从哪天起、为什么。以前的提醒不会变，每一版都留着。")}
	case "/receivables":
		return Help{Why: lang.T(ctx, "谁欠多少、欠了多久，一眼看清，先催最久的。"), How: lang.T(ctx, "上面的数字都能点，点开就是那一段的客户。点“逾期天数”排序，从上往下催。"),
			Hint: lang.T(ctx, "对账单和回款可以从表格导入，也可以在客户的账款页一笔一笔记。")}
	case "/customers/{id}/account":
		return Help{Why: lang.T(ctx, "这位客户的每一张对账单、每一笔回款，和现在的余额。"), How: lang.T(ctx, "回款先还它写明的月份，再还最早的。“为什么”里写着怎么算出欠费。记错了可以更正或作废，不会删掉。")}
	case "/customers/{id}/account/new", "/receivables/{id}/edit":
		return Help{Why: lang.T(ctx, "账要当天记，拖到月底就对不上。"), How: lang.T(ctx, "填金额和日期就能存。上面的按钮能直接填好欠款，单据号空着会自动编。")}
	case "/customers/{id}/account/sheet":
		return Help{Why: lang.T(ctx, "一个月一张，打印出来请客户盖章，或把 Excel 发给他核对。"), How: lang.T(ctx, "上月的期末就是这月的期初。应收算在它写明的月份，钱算在到账的月份。Excel 里有这个月的每一票。")}
	case "/receivables/month":
		return Help{Why: lang.T(ctx, "月底一次出齐：这个月有往来的客户都在，每位一张对账单。"), How: lang.T(ctx, "先选网点和月份，看合计对不对，再打印请客户盖章，或下载 Excel。点客户看他的那一张和每一票。")}
	case "/receivables/month/missing":
		return Help{Why: lang.T(ctx, "月初一次补齐：月结运单有运费、还没有对账单的客户都在。"), How: lang.T(ctx, "先看金额对不对，点票数能看每一票。不出的去掉勾，选好对账单日期，点一下就都出了。30 天内可以整批撤销。")}
	case "/receivables/month/print":
		return Help{Why: lang.T(ctx, "每位客户一张，打印出来请客户盖章。"), How: lang.T(ctx, "点打印。一次一百位，下面翻页再打下一批。")}
	case "/rules/receivables":
		return Help{Why: lang.T(ctx, "什么算欠费，全公司一个说法。"), How: lang.T(ctx, "定账期、宽限几天、多少钱起算，从哪天起。要给一个网点单独定，先在上面选它；总部能锁住。旧的版本都留着。")}
	case "/imports", "/imports/{id}":
		return Help{Why: lang.T(ctx, "手里的表格不用重打。资料的地基是把各处的名单并到一处。"),
			How: lang.T(ctx, "传文件，看程序怎么认每一列，再决定导不导。导完 30 天内可以整批撤销。")}
	case "/imports/new":
		return Help{Why: lang.T(ctx, "Excel、WPS、CSV 都行，表头叫什么都行。"),
			How:  lang.T(ctx, "选文件就开始认。先给你看每行会新建、更新还是跳过，点了才真的写进去。"),
			Hint: lang.T(ctx, "不用先改表格：表头不一样、几个电话挤在一格，程序都认得。")}
	case "/rules/cadence":
		return Help{Why: lang.T(ctx, "每级客户多久去一次，由公司定，不靠各人记性。"), How: lang.T(ctx, "改好后写明从哪天起、为什么。以前的不会变，每一版都留着。")}
	case "/cases/{id}/do/{act}", "/cases/{id}/accept":
		return Help{Why: lang.T(ctx, "客户不知道结果、不满意，就不算办完。"), How: lang.T(ctx, "照着填，一件事记一次；谁、什么时候、怎么告诉的都会留下。")}
	case "/cases/{id}/join/{act}":
		return Help{Why: lang.T(ctx, "一辆车坏了会来几十个电话，一起办省力。"), How: lang.T(ctx, "同一位客户同一件事用合并；几位客户同一个原因，挂到一件总件下面。")}
	case "/cases/{id}/claims/new":
		return Help{Why: lang.T(ctx, "赔多少、谁承担，写清楚才不扯皮。"), How: lang.T(ctx, "先记客户要多少、凭什么；下一页写赔付多少、谁承担。")}
	case "/claims":
		return Help{Why: lang.T(ctx, "赔出去的钱，一笔一笔看得见。"), How: lang.T(ctx, "上面的数是筛选后加起来的；点工单号看这一笔。")}
	case "/claims/{id}":
		return Help{Why: lang.T(ctx, "小额自己定，大额有人批，自己提的不能自己批。"), How: lang.T(ctx, "各人承担的加起来要等于赔付金额。批准以后登记付款。")}
	case "/measures", "/measures/new", "/measures/{id}/edit":
		return Help{Why: lang.T(ctx, "光说要改不算，写明谁、哪天前、怎么看有没有变好。"), How: lang.T(ctx, "拜访、件量雷达、工单复盘的页面里都能写，也能在这里写。选一个数和看效果的日子，到那天程序会前后对比。")}
	case "/measures/{id}/clients":
		return Help{Why: lang.T(ctx, "管用不管用，落到每一位客户身上看。"), How: lang.T(ctx, "变化大的在前。点名字看客户；拜访和投诉的数点开就是那几次。")}
	case "/measures/{id}":
		return Help{Why: lang.T(ctx, "做了到底管不管用，拿数说话。"), How: lang.T(ctx, "做完写做了什么；到看效果那天，看这些客户前后的数，和情况相近的客户比，写下接下来怎么办。")}
	case "/absences":
		return Help{Why: lang.T(ctx, "人不在，工单派过去就没人管。"), How: lang.T(ctx, "自己登记，或由经理替同事登记。休假从哪天到哪天；早回来点“回来了”。下面看现在谁能接工单。")}
	case "/activities", "/activities/new", "/activities/{id}/edit":
		return Help{Why: lang.T(ctx, "和客户坐下来谈一次，比打十个电话管用；谈完没人改，等于没谈。"), How: lang.T(ctx, "安排时写清日期、地点、谁负责、请谁。办完回到这一场，记谁来了、说了什么。")}
	case "/activities/{id}":
		return Help{Why: lang.T(ctx, "谁来了、说了什么，过一个月还查得到。"), How: lang.T(ctx, "办完在这里勾到场的人，写每位客户说了什么。要改的，点“写一条措施”，写明谁、哪天前。")}
	case "/rules/casework":
		return Help{Why: lang.T(ctx, "新工单给谁、谁要回访、什么要复盘、赔多少谁批，由公司定。"), How: lang.T(ctx, "派单从上往下，第一行符合又有人在班的算数。改好写明从哪天起、为什么。")}
	case "/rules/causes", "/rules/causes/{id}":
		return Help{Why: lang.T(ctx, "原因分得清、各网点一样，才看得出哪里老出事。"), How: lang.T(ctx, "常用的放前面。不要的停用：新工单不再能选，以前的工单照旧。")}
	case "/rules/parcel-cases":
		return Help{Why: lang.T(ctx, "包裹出了事，客户来电以前先打过去，一个电话能省一件投诉。"), How: lang.T(ctx, "每一种提醒选开不开、给哪些客户、怎么说。写明从哪天起、为什么，再存。打没打成，在“运单”里要人办的那一页看。")}
	case "/rules/clocks":
		return Help{Why: lang.T(ctx, "答应客户多久办好，由公司定，系统替你看着钟。"), How: lang.T(ctx, "可以从 24 小时或 48 小时的那套改起。先看看会怎样，再写明从哪天起、为什么。登记过的单子不变，每一版都留着。")}
	case "/rules/hours":
		return Help{Why: lang.T(ctx, "下班时间不该算进时限里，各网点上班时间又不一样。"), How: lang.T(ctx, "每天填几点到几点，空着就是不上班；盘点、大促写在自己的日子里。先看看往后两周对不对，再保存。")}
	case "/rules/holidays":
		return Help{Why: lang.T(ctx, "放几天假、哪个周末上班，一处录好，拜访、雷达和期限都按它算。"), How: lang.T(ctx, "国务院通知出来后整段贴进来，先看读得对不对，再写明出处存好。没公布的年份不猜。")}
	case "/rules/audit":
		return Help{Why: lang.T(ctx, "记录留得太短，出了事查不到；留得太久，占地方也留着不必留的。"), How: lang.T(ctx, "填天数，写明为什么。改短要再确认一次，会先告诉你哪些记录会没有。")}
	case "/retention":
		return Help{Why: lang.T(ctx, "用不着的个人信息，留得越久，泄露时赔得越多；法律也要求用得着多久留多久。"), How: lang.T(ctx, "每一类填两个月数，先打开归档，看几夜，再打开销毁。保存前会告诉你会没有多少条。菜单里的数字是 30 天内要销毁的。")}
	case "/archive", "/archive/{id}":
		return Help{Why: lang.T(ctx, "旧事有人来问，还查得到；平时谁也不会顺手翻到。"), How: lang.T(ctx, "选哪一类，打开一条，写明为什么要看。要接着用的，拿回来；用完到时间又会归档。")}
	case "/rules/recipients":
		return Help{Why: lang.T(ctx, "收件人不是我们的客户，运单结清、问题处理完，就不该再留着他们的姓名电话。"), How: lang.T(ctx, "填天数，写明为什么。到期的夜里自动清掉；运单、金额和统计不受影响。")}
	case "/rules/standard":
		return Help{Why: lang.T(ctx, "资料记成一个样，才找得到、算得准。哪些非填不可，由总部定。"), How: lang.T(ctx, "每类客户逐项选必填、应填或随意，先看影响，再写明从哪天起、为什么。每一版都留着。")}
	case "/branches/{id}/duties":
		return Help{Why: lang.T(ctx, "每件事都有人负责，拖了才有人知道。"), How: lang.T(ctx, "每一项找一个人填上；空着就由上级的责任人负责。人离开了，这里会提醒换人。")}
	case "/today":
		return Help{Why: lang.T(ctx, "早上打开这一页，就知道先办什么。"), How: lang.T(ctx, "过了时限的在最前面，往下按时限排。在这里办完就会消失；上面的数字点开就是那张清单。")}
	case "/late":
		return Help{Why: lang.T(ctx, "责任人要先知道哪里拖了，才能去催、去帮。"), How: lang.T(ctx, "一行是你负责的一个网点。点数字就是那些客户；数字归零，这一项就清了。")}
	case "/gaps":
		return Help{Why: lang.T(ctx, "资料缺在哪里，一眼看得到，补起来有数。"), How: lang.T(ctx, "一行是一个网点，一列是一项。点数字就是那些客户，可以逐位补，也可以导出。")}
	case "/rules/privacy", "/rules":
		return Help{Why: lang.T(ctx, "客户的电话地址只给用得着的人看。看多少、导多少，公司说了算。"), How: lang.T(ctx, "按角色填每天的上限，写明为什么改，存下就起用。")}
	case "/breaches", "/breaches/{id}":
		return Help{Why: lang.T(ctx, "信息流出去了，头几个小时最要紧。慌的时候有一张单子照着做。"), How: lang.T(ctx, "先登记，再从第一步往下做，做一步点一步。下面按账号、日期查谁的信息可能被看到，导出名单去通知。")}
	case "/customers/{id}/data":
		return Help{Why: lang.T(ctx, "客户问“你们存了我什么、谁看过”，一张纸答清楚。"), How: lang.T(ctx, "打印或导出交给本人。要全部内容的，登记“要副本”。")}
	case "/rules/consent":
		return Help{Why: lang.T(ctx, "用客户信息做什么、多久答复，公司说清楚，大家照办。"), How: lang.T(ctx, "可以加公司自己的用途；不再用的勾上，以前的回答留着。存下就起用。")}
	case "/rules/sensitive":
		return Help{Why: lang.T(ctx, "证件号、银行账号这类信息泄露了伤人最深，不收就不会丢。"), How: lang.T(ctx, "非用不可才打开一项，写明用途和依据。用完关掉，把已有的销毁。")}
	case "/customers/{id}/sensitive", "/customers/{id}/sensitive/reveal":
		return Help{Why: lang.T(ctx, "理赔打款这类事要用的信息，单独放，单独看。"), How: lang.T(ctx, "点“显示”，说明用途，才看得到一条，一分钟后藏起。要改就填新的，留空不变。")}
	case "/rules/signin":
		return Help{Why: lang.T(ctx, "账号被别人用了，客户资料就都出去了。权限越大，登录越要严。"), How: lang.T(ctx, "每个角色填两个时间，勾上谁必须两步验证。存下就对所有人起用。")}
	case "/alerts":
		return Help{Why: lang.T(ctx, "有人忽然大量查看客户资料，要当天就知道。"), How: lang.T(ctx, "问过本人，写一句说明，这条就算处理了。")}
	case "/users", "/users/{id}/edit":
		return Help{Why: lang.T(ctx, "一人一个账号，出了事说得清是谁。离职当天停用。"), How: lang.T(ctx, "点姓名改资料和角色。密码忘了、手机丢了、被暂停登录，都在这人的页面里处理。")}
	case "/users/several":
		return Help{Why: lang.T(ctx, "刚开始用，或来了几位新人，一次都加好。"), How: lang.T(ctx, "贴上名单，先看一遍用户名，再添加。每人得到一条链接，自己设密码。")}
	case "/users/new":
		return Help{Why: lang.T(ctx, "角色决定他能看什么、做什么，给够用的就好。"), How: lang.T(ctx, "填姓名和用户名，选角色和网点。第一次登录他会自己换密码。")}
	case "/roles":
		return Help{Why: lang.T(ctx, "谁能看什么、做什么，写在一张表上，谁都看得懂。"), How: lang.T(ctx, "一行是一个角色，一列是一件事。要改先复制或编辑，存之前会告诉你谁多了、谁少了什么。")}
	case "/handovers", "/users/{id}/handover":
		return Help{Why: lang.T(ctx, "人走了，客户不能没人管。"), How: lang.T(ctx, "选接手的人或规则，先看分给谁多少，再一次交接。30 天内可以撤回。")}
	case "/branches", "/branches/new", "/branches/{id}", "/branches/{id}/edit":
		return Help{Why: lang.T(ctx, "公司怎么分网点，数据就怎么分：每个网点只看自己的，上级看得到下面的。"), How: lang.T(ctx, "点名称看一个网点：改名称、移到别处、停用都在那里。点数字看名单。")}
	case "/branches/{id}/move":
		return Help{Why: lang.T(ctx, "网点换了省区，谁看得到它的客户也跟着换。"), How: lang.T(ctx, "选新的上级，先看谁多看到、谁少看到多少客户，再确认。移错了可以马上撤回。")}
	case "/branches/{id}/close":
		return Help{Why: lang.T(ctx, "网点撤了，人和客户不能没着落。"), How: lang.T(ctx, "选接手的网点，人员、客户和拜访安排在同一步里交过去。以后可以重新启用。")}
	case "/settings":
		return Help{Why: lang.T(ctx, "全公司的规矩放在一处：现在是多少、谁定的、哪些网点不一样。"), How: lang.T(ctx, "总部可以锁住一项，也可以让网点自己定。每一版都留着。")}
	case "/system":
		return Help{Why: lang.T(ctx, "这台电脑上的驿客好不好，一眼看得到；手机也能用上。"), How: lang.T(ctx, "手机扫码就能打开。出了问题，下载诊断信息发给帮忙的人，里面没有客户的信息。")}
	case "/audit":
		return Help{Why: lang.T(ctx, "谁在什么时候做了什么，改前改后是什么，一笔不少，谁也删不掉。"), How: lang.T(ctx, "按人、客户、动作、日期筛；点一行看改前改后；能导出。")}
	case "/customers/{id}/looks":
		return Help{Why: lang.T(ctx, "客户问“谁看过我的资料”，答得上来。"), How: lang.T(ctx, "一行是一个人一天的查看；看全号和导出单独记。")}
	case "/consents", "/consent", "/rights", "/requests", "/breach":
		return Help{Why: lang.T(ctx, "客户的信息归客户：用之前要他同意，他要看、要改、要删都办得到。"), How: lang.T(ctx, "照页面上的步骤一步步做，每一步都留记录，期限快到会提醒。")}
	case "/account", "/account/password", "/account/two-step":
		return Help{Why: lang.T(ctx, "你的账号只有你能用。用了你的账号做的事，都记在你名下。"), How: lang.T(ctx, "在这里改密码、开启两步验证、看哪些设备登录着。有不认识的，先退出它再改密码。")}
	case "/account/calendar":
		return Help{Why: lang.T(ctx, "不打开驿客，也知道今天要问候谁、拜访谁。"), How: lang.T(ctx, "做一个地址，贴到手机或 Outlook 的日历里。换手机、怀疑别人知道了，就作废或换一个；停用账号，地址也跟着作废。")}
	case "/help":
		return Help{Why: lang.T(ctx, "驿客要做成什么，分几步走，每一步在哪一页。"), How: lang.T(ctx, "点一条就到那一页。每一页右上角的问号说这一页怎么用。")}
	}
	return Help{}
}

// HelpPage is the first page of the help.
type HelpPage struct {
	Principles, Phases, Blocks []HelpItem
	Pages                      []HelpGroup // the reader's own pages
	HintsHidden                bool
}

// HelpItem is a principle, phase or block with the pages that do it.
type HelpItem struct {
	Title, Text string
	Links       []HelpLink
}

// HelpLink is a page; without Href it is not the reader's to open, and Later
// says that it comes with a later version.
type HelpLink struct {
	Label, Href string
	Later       bool
}

// HelpGroup is a group of the navigation with what each page is for.
type HelpGroup struct {
	Label string
	Pages []HelpPageLine
}

// HelpPageLine is one page of the reader's.
type HelpPageLine struct{ Label, Href, Icon, Why, How string }
