// Package profile says what a customer file may hold: the closed words of its
// fields and the rules a file must meet (R9, R22–R28, R38–R43). It knows
// nothing of storage, screens or who may see a field.
package profile

import "slices"

// The closed words of a customer file, each in the order in which screens
// offer them. The empty string means "not known yet" wherever Known allows it.
var (
	// Kinds: e-commerce, enterprise, individual (R78), distributor, partner (R9).
	Kinds = []string{"ecommerce", "enterprise", "individual", "distributor", "partner"}
	// Uses: uses the product itself, or stands between (R26).
	Uses = []string{"user", "intermediary"}
	// Natures of an organisation (R28, 组织性质).
	Natures = []string{"private", "state", "foreign", "joint_venture", "self_employed", "public_body", "other"}
	// Sizes of an organisation (R28, 组织规模) by head count: <10, <50, <300, more.
	Sizes = []string{"micro", "small", "medium", "large"}
	// Powers: purchasing power (R28, 组织购买力).
	Powers = []string{"low", "middle", "high"}
	// Sources: platforms of R61, prospect sources of R42 (network, contacts, a
	// present customer's word), and the branch's own work.
	Sources = []string{"taobao", "pinduoduo", "douyin", "jd", "enterprise", "walk_in", "internet", "contacts", "referral", "visit", "other"}
	// Channels by which the data were collected (R40, R41).
	Channels = []string{"online_order", "phone", "on_site", "email", "online_form", "visit", "wechat", "import"}
	// Stages of the life cycle.
	Stages = []string{"prospect", "new", "growing", "mature", "declining", "lost", "won_back"}
	// Classes of care (R87).
	Classes = []string{"A", "B", "C"}
	// Terms of payment: monthly statement (月结) or per parcel.
	Terms = []string{"per_parcel", "monthly"}
	// States of a file (R43): draft → reviewed → archived.
	States = []string{"draft", "reviewed", "archived"}
	// Modes of a visit.
	Modes = []string{"on_site", "phone", "wechat", "at_branch"}
	// Moods a rep notes after a visit.
	Moods = []string{"good", "plain", "poor"}
	// VisitStates: planned ahead, made, called off.
	VisitStates = []string{"planned", "done", "cancelled"}
	// TagKinds group tags (R61–R66); own are the branch's free ones.
	TagKinds = []string{"source", "value", "behaviour", "risk", "own"}
)

// Known says whether the word is one of the list, or empty.
func Known(list []string, word string) bool { return word == "" || slices.Contains(list, word) }

// Industries and BusinessTypes are offered while typing; any other text may
// stand there too.
var (
	Industries = []string{"服装鞋帽", "母婴用品", "食品生鲜", "数码家电", "家居家纺", "美妆个护", "图书文具", "医药保健",
		"五金机电", "汽车配件", "珠宝首饰", "办公文件", "农产品", "工艺礼品"}
	BusinessTypes = []string{"标准快递", "特惠件", "同城即时", "大件物流", "冷链", "国际件", "退换货", "文件", "仓配一体"}
)

// Who may be put in charge of a customer, by role: as its owner rep or account
// manager (R36), and as its exclusive service clerk or courier (R35).
var (
	OwnerRoles = []string{"sales_rep", "account_manager", "branch_manager"}
	ClerkRoles = []string{"service_clerk", "service_supervisor", "courier"}
)
