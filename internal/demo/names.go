package demo

// Everything here is invented: brands are put together from rare characters,
// streets lie in no town, mobile numbers all read 1xx-0000-nnnn and landlines
// 8600-nnnn: sequences by construction, so that nobody's name or number is
// used on purpose. Provinces, cities and districts are real.

// branchPlace is a real district with a branch that is not.
type branchPlace struct {
	district string // division code
	branch   string // name of the branch
	code     string // prefix of its customer codes
	weight   int    // share of the customers
}

// region is a province with its branches.
type region struct {
	name, code, area string
	branches         []branchPlace
}

var regions = []region{
	{"浙江省区", "ZJ", "0571", []branchPlace{
		{"330110", "杭州良渚网点", "HZ01", 21}, {"330106", "杭州西溪网点", "HZ02", 16},
		{"330212", "宁波鄞州网点", "NB01", 13}, {"330782", "金华义乌网点", "YW01", 14}}},
	{"江苏省区", "JS", "025", []branchPlace{
		{"320506", "苏州吴中网点", "SZ01", 11}, {"320115", "南京江宁网点", "NJ01", 9}}},
	{"广东省区", "GD", "020", []branchPlace{
		{"440113", "广州番禺网点", "GZ01", 9}, {"440605", "佛山南海网点", "FS01", 7}}},
}

// moreCities have one more region each when somebody asks for more branches
// than the demo has; their districts are taken in turn.
var moreCities = []string{"310100", "350200", "370200", "420100", "430100", "510100", "610100", "340100", "410100", "210100", "500100", "120100", "110100", "450100", "530100"}

var (
	brandFirst = []rune("澄栖梧砚沐棠岚霁聆芷栎朔樨菀溯榆笙麓苇昀珞旻桐禾稷昙漱皓纾翊煦澍琅蕴棣瑾璟绮翎芃苒蔚枫洛清云星")
	brandMid   = []rune("岫樾屿筠澜泠桁枞埕坞垣阡畦汀渚浔涧岑峤杪澈绫蘅溪亭泽原野舟川")
	brandLast  = []rune("朗尔佳优莱启逸诺达欣丰悦和宜禾屋坊里集")
)

var roads = []string{"青枫路", "望麓街", "松涧路", "石埠南街", "云塘大道", "南屿路", "栎林路", "霁月巷", "苇汀路", "砚池街", "漱玉弄", "朔风路", "鹭洲东路", "柏坡街", "晴川里", "橘井巷"}

var parks = []string{"青枫产业园", "望麓创业园", "松涧电商园", "云塘物流园", "南屿科创中心", "栎林商贸城"}

var trades = []struct {
	word, industry string
}{
	{"电子商务", "电子商务"}, {"服饰", "服装鞋帽"}, {"针织", "服装鞋帽"}, {"贸易", "批发贸易"}, {"食品", "食品饮料"},
	{"茶业", "食品饮料"}, {"医疗器械", "医疗健康"}, {"文化创意", "文化传媒"}, {"广告", "文化传媒"}, {"包装材料", "包装印刷"},
	{"印务", "包装印刷"}, {"电子科技", "电子电器"}, {"数码", "电子电器"}, {"家居用品", "家居家纺"}, {"家纺", "家居家纺"},
	{"图书", "文教用品"}, {"母婴用品", "母婴玩具"}, {"玩具", "母婴玩具"}, {"五金机电", "五金机电"}, {"化妆品", "美妆个护"},
	{"渔具", "体育户外"}, {"户外用品", "体育户外"}, {"工业设计", "专业服务"}, {"宠物用品", "宠物用品"}, {"汽车配件", "汽车配件"},
}

var shops = []struct {
	word, industry string
}{
	{"童装店", "母婴玩具"}, {"女装旗舰店", "服装鞋帽"}, {"零食铺", "食品饮料"}, {"茶叶店", "食品饮料"}, {"手工坊", "文化传媒"},
	{"数码专营店", "电子电器"}, {"宠物小铺", "宠物用品"}, {"文具店", "文教用品"}, {"DIY工作室", "文化传媒"}, {"Home家居店", "家居家纺"},
	{"花艺馆", "鲜花绿植"}, {"果园直播间", "食品饮料"}, {"鞋靴专卖店", "服装鞋帽"}, {"美妆店", "美妆个护"},
}

var middlemen = []string{"供应链管理", "货运代理", "仓储服务", "商贸", "物流"}

var partners = []string{"便民服务站", "便利店", "代收点", "社区团购点", "快递超市"}

var (
	surnames = []rune("王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧单曾解仇查区盖许沈姚卢傅钟汪戴任范石陆金")
	given    = []string{"芳", "丽霞", "建国", "志远", "雨桐", "晓燕", "国强", "海涛", "静怡", "文博", "秀英", "小军", "思源", "佳宁", "立新",
		"春梅", "浩然", "玉兰", "子轩", "红梅", "永康", "婷婷", "德胜", "雪", "明辉", "欣妍", "卫东", "巧云", "一帆", "慧敏", "嘉怡", "俊杰",
		"梦洁", "振华", "月娥", "天佑", "若曦", "家豪", "素琴", "启明"}
	positions = []string{"负责人", "总经理", "行政", "采购", "仓库主管", "财务", "物流主管", "客服主管", "店长", "前台", "运营", "发货员"}
)

// mobilePrefixes and the four digits in front of the sequence keep mobile
// numbers apart from anybody's.
var mobilePrefixes = []string{"138", "139", "136", "158", "188", "133", "186", "177", "135", "137", "150", "151", "152", "157", "159", "178",
	"182", "183", "184", "187", "130", "131", "132", "155", "156", "176", "185", "153", "180", "181", "189", "173"}

// tags are what the branches mark their customers with; hint is what to mind at
// the door (R67, R258).
var tags = []struct {
	name, kind, hint string
	share            float64 // of the customers that may have it
}{
	{"淘宝商家", "source", "", 0},
	{"拼多多商家", "source", "", 0},
	{"直播带货", "source", "开播前两小时不要打电话", 0.05},
	{"重点合同", "own", "重点合同客户，有异常先打电话说明", 0},
	{"下午固定取件", "behaviour", "", 0.18},
	{"大促加班", "behaviour", "大促前三天确认运力", 0.08},
	{"夜间揽收", "behaviour", "晚上八点后揽收，走后门货梯", 0.04},
	{"易碎品多", "behaviour", "易碎品，轻拿轻放，当面验视包装", 0.06},
	{"企业客户", "own", "这是企业客户，注意形象，工装整齐再上门", 0},
	{"园区门禁", "own", "进园区要登记，请提前联系前台", 0.07},
	{"投诉过", "risk", "曾经投诉，先听客户说完再解释", 0.04},
	{"对账要纸质单", "own", "上门时带上纸质对账单", 0},
}

// staff are the people of the demo beside those whom every branch has.
type post struct {
	user, name, role string
	branch           string // code
}

var staff = []post{
	{"admin", "盛知行", "administrator", "HQ"},
	{"chief", "钱维岳", "head_office", "HQ"},
	{"chief2", "施若澄", "head_office", "HQ"},
	{"analyst", "许墨涵", "analyst", "HQ"},
	{"auditor", "严以宁", "auditor", "HQ"},
	{"service", "蒋静姝", "service_supervisor", "HQ"},
	{"region1", "方鹤年", "regional_manager", "ZJ"},
	{"region2", "陶望舒", "regional_manager", "JS"},
	{"region3", "邝景行", "regional_manager", "GD"},
	{"service2", "俞采薇", "service_supervisor", "ZJ"},
	{"boss1", "周明慧", "branch_manager", "HZ01"},
	{"boss2", "袁启航", "branch_manager", "HZ02"},
	{"boss3", "应思齐", "branch_manager", "NB01"},
	{"boss4", "楼海生", "branch_manager", "YW01"},
	{"boss5", "顾念慈", "branch_manager", "SZ01"},
	{"boss6", "芮长风", "branch_manager", "NJ01"},
	{"boss7", "冼志恒", "branch_manager", "GZ01"},
	{"boss8", "岑婉仪", "branch_manager", "FS01"},
	{"rep1", "沈雨桐", "sales_rep", "HZ01"},
	{"rep2", "周砚青", "sales_rep", "HZ01"},
	{"rep3", "何家骏", "sales_rep", "HZ02"},
	{"rep4", "吴霜", "sales_rep", "HZ02"},
	{"rep5", "戚少川", "sales_rep", "NB01"},
	{"rep6", "骆小满", "sales_rep", "YW01"},
	{"rep7", "虞晚晴", "sales_rep", "YW01"},
	{"rep8", "陆清和", "sales_rep", "SZ01"},
	{"rep9", "卞子墨", "sales_rep", "NJ01"},
	{"rep10", "麦俊希", "sales_rep", "GZ01"},
	{"rep11", "欧阳澈", "sales_rep", "FS01"},
	{"manager1", "陈立舟", "account_manager", "HZ01"},
	{"manager2", "单雅楠", "account_manager", "HZ02"},
	{"manager3", "贺兰舟", "account_manager", "NB01"},
	{"manager4", "解语嫣", "account_manager", "SZ01"},
	{"clerk1", "林晓", "service_clerk", "HZ01"},
	{"clerk2", "何佳", "service_clerk", "HZ02"},
	{"clerk3", "励冬雪", "service_clerk", "NB01"},
	{"clerk4", "龚小贝", "service_clerk", "YW01"},
	{"clerk5", "闵柔", "service_clerk", "SZ01"},
	{"clerk6", "卫楚楚", "service_clerk", "NJ01"},
	{"clerk7", "招丽仪", "service_clerk", "GZ01"},
	{"clerk8", "霍咏诗", "service_clerk", "FS01"},
	{"courier1", "吴大勇", "courier", "HZ01"},
	{"courier2", "郝建军", "courier", "HZ02"},
	{"courier3", "苗顺", "courier", "SZ01"},
	{"courier4", "区国栋", "courier", "GZ01"},
}

var remarks = []string{
	"门口停车不便，货车走东门。", "月底对账，发票要写全称。", "老板午休到两点，下午去。", "仓库在二楼，有货梯。", "发往新疆、西藏的件先问价。",
	"每周三集中发货。", "只要电子面单，不要纸质回单。", "包装自备，偏大，称重要量体积。", "前台小姑娘负责寄件，态度很好。",
	"旺季件量是平时的三倍，要提前排车。", "对时效敏感，江浙沪次日必达。", "以前用同行，去年双十一后转过来。",
}
