package lang

// contacts is the English of a customer's file: form, page, history, contacts.
var contacts = map[string]string{
	// fields
	"客户编码": "Customer code", "客户名称": "Customer name", "简称": "Short name", "客户类型": "Kind of customer", "产品用途": "Use of the product",
	"单位性质": "Nature", "单位规模": "Size", "购买力": "Purchasing power", "客户来源": "Source", "行业": "Industry", "业务类型": "Business type",
	"统一社会信用代码": "Unified social credit code", "月结账号": "Monthly account number", "微信": "WeChat", "邮箱": "E-mail", "省市区": "Place",
	"省": "Province", "市": "City", "区县": "District", "地址": "Address", "专属客服": "Service clerk", "生命周期": "Life-cycle stage",
	"分级理由": "Reason for the class", "付款方式": "Payment", "账期天数": "Days of credit", "授信额度": "Credit limit", "合同编号": "Contract number",
	"合同开始": "Contract from", "合同到期": "Contract until", "采集渠道": "Collected by", "地理位置": "Location", "盈利能力": "Profitability",
	"员工素质": "Staff", "企业文化": "Culture", "档案状态": "State of the file", "月均票数": "Pieces a month", "建档日期": "File opened on", "备注": "Remark",
	"标签": "Tags", "职务": "Position", "首要联系人": "Primary contact", "生日": "Birthday", "联系人姓名": "Contact's name",
	"联系人电话": "Contact's phone", "联系人微信": "Contact's WeChat", "重复客户": "Duplicate customer", "电话 %d": "Phone %d",
	"农历生日": "Lunar birthday", "出生年": "Year of birth", "出生月": "Month of birth", "出生日": "Day of birth", "联系人": "Contacts",

	// faults
	"只用字母、数字和横线，例如 HZ01-00042": "Letters, digits and hyphens only, such as HZ01-00042",
	"邮箱写成 name@example.com 这样": "An e-mail address looks like name@example.com",
	"没有这一天，写成 2026-11-21 这样":   "There is no such day; write it as 2026-11-21",
	"没有这一天": "There is no such day", "这一天还没到": "This day has not come yet", "到期不能早于开始": "It cannot end before it begins",
	"信用代码是 18 位，现在是 %d 位":         "A credit code has 18 characters; this has %d",
	"第 %d 位不会是“%s”，看看是不是写错了":      "Character %d cannot be “%s”; see whether it is mistyped",
	"校验位对不上：前 17 位没错的话，最后一位应是 %s": "The check character does not fit: if the first 17 are right, the last should be %s",
	"分级变了，写一句理由":                  "The class changes: write a reason", "写了理由，还没选分级": "There is a reason, but no class yet",
	"填 0 到 %d 之间的整数": "A whole number from 0 to %d", "填整数": "A whole number, please", "填金额，例如 80000 或 80000.50": "An amount, such as 80000 or 80000.50",
	"按票付的客户没有账期，改成月结或清空天数": "Who pays per parcel has no credit days: choose monthly or clear the days",
	"没有这个地区，请重新选":          "There is no such place, please choose again", "这个号码填了两遍": "This number is there twice", "最多 %d 个号码": "At most %d numbers",
	"少 %d 位，手机号是 11 位": "%d digits missing; a mobile number has 11", "多 %d 位，手机号是 11 位": "%d digits too many; a mobile number has 11",
	"这是表格里的科学计数，后几位已经丢了，请重新填":   "This is a spreadsheet's scientific notation, its last digits are lost: enter it again",
	"座机前面加上区号，例如 0571-86000123": "Put the area code before a landline, such as 0571-86000123",
	"号码被遮住了几位，请填完整":             "Some digits are masked, please enter all", "“%s”是多出来的数字": "“%s” is left over",
	"那个国家没有这样的号码":            "That country has no such number",
	"年份填 1900 到 2100，不知道就空着": "A year from 1900 to 2100, or empty if not known", "月份填 1 到 12": "A month from 1 to 12",
	"公历没有闰月，去掉闰月或选农历": "The solar calendar has no leap months: untick it or choose lunar", "那一年没有这个闰月": "That year had no such leap month",
	"那一年的这个月没有这一天": "That month of that year has no such day", "请选网点": "Choose a branch", "这个编码已经有客户用了": "A customer has this code already",

	// paste and place
	"没找到电话": "No phone found", "有一串数字像电话又不是，请核对": "Some digits look like a phone but are none, please check", "没找到名称": "No name found",
	"这是不是名称，请核对": "Is this the name? Please check", "没找到地址": "No address found", "认不出省市区，请选一下": "The place is not recognised, please choose it",
	"有几个同名的地方，请选省市区": "There are several places of that name, please choose", "这个区县已经撤并，请选现在的": "This district was merged, please choose the present one",
	"没写区县，请补上": "The district is missing, please add it", "没写街道门牌，请补上": "Street and house are missing, please add them",
	"里面不止一位，只取了第一位": "There is more than one person in it; the first was taken", "认不出的部分放在备注里了": "What was not understood stands in the remark",
	"太长了，只读了前面一段": "Too long; only the beginning was read", "先把微信或短信粘贴进来": "Paste the message first", "粘贴微信或短信": "Paste a WeChat or text message",
	"姓名、电话、地址顺序随意，填好后你再核对": "Name, phone and address in any order; you check before saving", "填进表单": "Fill the form",
	"标黄的地方请核对一下。": "Please check what is marked yellow.", "都认出来了，看一眼再保存。": "All understood; look once more before saving.",
	"整条粘进来就行，省市区会自动认出来": "Paste it in one line; the place is recognised", "没认出省市区，请选一下": "The place was not recognised, please choose",
	"省换了，请重新选市": "The province changed, choose the city again", "市换了，请重新选区县": "The city changed, choose the district again",
	"认出：%s": "Recognised: %s", "认出：%s，%s": "Recognised: %s, %s", "认出：%s，还没选到区县": "Recognised: %s; the district is still missing",
	"%s 已经撤并，请选现在的区县": "%s was merged, please choose the present district", "选省": "Province", "选市": "City", "选区县": "District", "选网点": "Choose a branch",

	// duplicates
	"名称相同": "same name", "电话相同": "same phone", "信用代码相同": "same credit code", "已有：": "On file: ", "已存在，": "Exists, ",
	"我看过了，确实是另一家": "I have looked: it is another customer", "可能是同一家客户，看过再决定": "Probably the same customer: look before you decide",
	"业务员 %s": "rep %s", "客服 %s": "clerk %s", "还没有业务员": "no rep yet", "，": ", ",

	// form
	"改客户资料": "Edit customer", "要紧的": "What matters most", "再加一个号码": "One more number", "还没定": "Not settled", "由经理分派": "assigned by the manager",
	"由经理评定": "set by the manager", "由经理审核": "reviewed by the manager", "定级或改级时写一句，例如：每月 2,000 票，回款准时": "One sentence when the class is set or changed, such as: 2,000 pieces a month, pays on time",
	"单位情况": "Organisation", "付款与合同": "Payment and contract", "来源与考察": "Source and screening", "标签、备注和其他": "Tags, remark and the rest",
	"不清楚": "Not known", "营业执照上的 18 位": "The 18 characters on the business licence", "天": "days", "元": "yuan", "票": "pcs",
	"客户自己说的，以后以运单为准": "As the customer says; waybills will tell", "到期前 30 天会提醒": "You are reminded 30 days before",
	"纸面上早就有的客户，填当时的日子": "For a customer long on paper, the day back then", "潜在客户考察四项，1 分最差，5 分最好；没看过就不打分。": "Four points to screen a prospect by, 1 worst, 5 best; leave out what was not looked at.",
	"改了以后，旧编码不再能搜到": "Once changed, the old code is not found any more", "空着就自动编号": "Leave empty to have one given", "没填": "empty", "已填 %d 项": "%d filled in",
	"没看": "–", "先不定": "Not yet", "保存资料": "Save", "第一位联系人": "First contact",
	"已新建 %s": "%s added", "已保存 %s 的资料": "%s saved",

	// contacts
	"%d 位": "%d people", "加联系人": "Add", "还没有联系人。": "No contacts yet.", "首要": "primary", "微信 %s": "WeChat %s", "生日 %s": "Birthday %s", "（%s）": " (%s)",
	"改联系人 %s": "Edit contact %s", "打电话给 %s": "Call %s", "例如：对账找她": "For example: ask her about statements", "保存联系人": "Save contact", "移除": "Remove",
	"不知道年份就空着": "leave the year empty if not known", "历法": "Calendar", "公历": "Solar", "农历": "Lunar", "闰月": "Leap month", "年": "Year", "月": "Month", "日": "Day",
	"%d 月": "%d", "%d 日": "%d", "农历 %s 年%s": "lunar %s %s", "农历%s": "lunar %s", "已保存联系人 %s": "Contact %s saved", "已移除联系人 %s": "Contact %s removed",
	"有人先改过了，现在是：%s。再按一次保存，就用你填的。": "Somebody was faster; it now says: %s. Save once more to use yours.",

	// page
	"回到列表": "Back to the list", "这是第一位": "This is the first one", "这是最后一位": "This is the last one", "上一位": "Previous", "下一位": "Next", "更多操作": "More", "变更记录": "History", "打印这一页": "Print this page",
	"放进回收站": "Move to the recycle bin", "改资料": "Edit", "打电话": "Call", "关键数字": "Key figures", "往来": "Timeline", "还没有往来记录。": "Nothing yet.",
	"全部": "All", "还没有拜访。": "No visits yet.", "定级与审核": "Class and review", "理由": "Reason", "改分级": "Set class", "审核意见": "Remark on the review",
	"审核通过": "Approve", "归档": "Archive", "退回待审核": "Back to draft", "恢复使用": "Back into use", "看更早的": "Earlier", "改成": "became", "清空": "cleared",
	"专属客服 %s": "clerk %s", "%s，%s 打印于 %s": "%s, printed by %s on %s", "%s 元": "%s yuan", "%s %d 天": "%s, %d days", "%d 票": "%d pcs", "%d 分": "%d points",
	"怎么找到客户": "How to reach them", "合同与账款": "Contract and money", "资料": "File", "考察打分": "Screening", "建档人": "Opened by",
	"记拜访": "Log a visit", "去审核": "Review", "去分派": "Assign", "看联系人": "See contacts", "改合同": "Edit the contract",
	"上次拜访": "Last visit", "下次拜访": "Next visit", "没有": "none", "没定": "none set", "近 12 个月拜访": "Visits in 12 months", "次": "visits",
	"月份": "Month", "次数": "Visits", "看数字": "See the figures", "已做的拜访，按月": "Visits made, by month", "近 12 个月拜访 %d 次": "%d visits in the last 12 months",
	"合同已到期 %d 天": "The contract ended %d days ago", "合同今天到期": "The contract ends today", "合同还有 %d 天到期": "The contract ends in %d days",
	"计划的拜访晚了 %d 天": "The planned visit is %d days late", "%d 天没有拜访": "No visit for %d days", "建档 %d 天，还没拜访过": "On file for %d days, never visited",
	"%s 今天生日": "%s has a birthday today", "%s 明天生日": "%s has a birthday tomorrow", "%s %d 天后生日": "%s has a birthday in %d days",
	"建档 %d 天，还没审核": "On file for %d days, not reviewed", "还没有业务员负责": "Nobody is responsible yet",
	"已改为 %s": "Now %s", "档案状态已改为 %s": "The file is now %s", "%s 刚改过这份资料，看过再按一次": "%s has just changed this file; look at it and press again",
	"已放进回收站": "Moved to the recycle bin", "已从回收站取回": "Taken out of the recycle bin",
	"上门拜访": "Visit on site", "电话拜访": "Visit by phone", "微信拜访": "Visit by WeChat", "客户来访": "Customer came by", "计划：%s": "Planned: %s", "取消：%s": "Called off: %s",
	"态度好": "good mood", "态度一般": "plain mood", "态度差": "poor mood", "见到 %s": "Met %s", "下一步：%s": "Next step: %s", "照片 %d 张": "%d photos",

	// history and late edits
	"建了档": "File opened", "改了资料": "File changed", "从回收站取回": "Taken out of the recycle bin", "加了联系人": "Contact added", "改了联系人": "Contact changed",
	"移除了联系人": "Contact removed", "取回了联系人": "Contact restored", "记了拜访": "Visit logged", "改了拜访": "Visit changed", "删了拜访": "Visit deleted",
	"取回了拜访": "Visit restored", "改了分级": "Class changed", "改了档案状态": "State changed", "导入建档": "Opened by an import", "导入更新": "Updated by an import",
	"拜访人": "Visitor", "日期": "Date", "方式": "Mode", "目的": "Purpose", "了解到": "Learned", "态度": "Mood", "见到谁": "Met", "下一步": "Next step", "下次日期": "Next date",
	"是": "yes", "否": "no", "没有更早的记录": "Nothing earlier", "回到客户": "Back to the customer", "理由：%s": "Reason: %s",
	"%s 在 %s 保存过这份资料。你填的都还在，下面不一样的地方各选一个，再保存。": "%s saved this file at %s. What you entered is all here: choose one of each below, then save.",
	"不一样的地方": "Differences", "项目": "Field", "你填的": "Yours", "现在的": "As it stands", "按选的保存": "Save as chosen", "不改了": "Leave it",
}
