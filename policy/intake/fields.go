package intake

import "sync"

// Parser names the cleaner of a field.
type Parser uint8

// The cleaners.
const (
	AsText   Parser = iota // trimmed
	AsName                 // CleanName
	AsIdent                // account, code, waybill number
	AsPhone                // one or several numbers (policy/phone)
	AsDay                  // YYYY-MM-DD
	AsDue                  // a day, or words for one, after the row's day
	AsFen                  // money, as fen in decimal digits
	AsInt                  // decimal digits
	AsClass                // A, B, C; VIP apart
	AsKind                 // customer kind
	AsMode                 // mode of a visit
	AsYesNo                // "1", "0"
	AsSource               // closed words of policy/profile, as the next five
	AsNature
	AsSize
	AsStage
	AsTerms
	AsMood
	AsCredit  // unified social credit code
	AsEmail   //
	AsTags    // several words, kept as written
	AsIgnored // known and not imported: 序号
	AsWays    // by which ways somebody is best reached, the main one first
	AsWhen    // a day, with the time of day where it is said: YYYY-MM-DD HH:MM:SS
)

// Field is one thing a column can feed. Name is the identifier of the field
// in a Record, the column's name in the database where there is one; Multi fields take several columns. The first synonym is the
// heading to use in a template.
type Field struct {
	Name     string
	Parser   Parser
	Multi    bool
	Synonyms []string
}

// Kind is one kind of import: its name and its fields.
type Kind struct {
	Name   string
	Fields []Field
	index  map[string]int        // field name → position
	heads  func() map[string]int // folded synonym → position; folded at the first import, not at the start of the program
}

func newKind(name string, fields ...Field) *Kind {
	k := &Kind{Name: name, Fields: fields, index: make(map[string]int, len(fields))}
	for i, f := range fields {
		k.index[f.Name] = i
	}
	k.heads = sync.OnceValue(func() map[string]int {
		heads := make(map[string]int)
		for i, f := range fields {
			heads[foldHeading(f.Name)] = i
			for _, s := range f.Synonyms {
				heads[foldHeading(s)] = i
			}
		}
		return heads
	})
	return k
}

// Field gives a field by its name.
func (k *Kind) Field(name string) (Field, bool) {
	i, ok := k.index[name]
	if !ok {
		return Field{}, false
	}
	return k.Fields[i], true
}

// Kinds are all kinds of import, as a choice offers them.
func Kinds() []*Kind { return []*Kind{Customers, Visits, Waybills, Payments, Cases} }

func f(name string, p Parser, synonyms ...string) Field {
	return Field{Name: name, Parser: p, Synonyms: synonyms}
}

// Customers is the import of customer files.
var Customers = newKind("customers",
	f("seq", AsIgnored, "序号", "编次", "行号", "NO", "No.", "序", "#", "index", "排序", "ID序号"),
	f("code", AsIdent, "客户编码", "客户编号", "客户代码", "客户号", "客户ID", "编号", "编码", "代码", "档案号", "档案编号", "会员号", "customer code", "customer id", "customer no", "code", "client id"),
	f("name", AsName, "客户名称", "客户名", "客户", "名称", "客户全称", "全称", "公司名称", "公司", "公司全称", "单位名称", "单位", "企业名称", "企业", "店铺名称", "店铺", "店名", "商家名称", "商家", "商户名称", "商户", "客户姓名", "姓名", "发件客户", "寄件客户", "发货客户", "客户(公司)名称", "客户单位", "寄件公司", "抬头", "开票名称", "customer", "customer name", "name", "company", "company name", "client", "client name", "account name", "shop", "shop name"),
	f("short_name", AsName, "简称", "客户简称", "公司简称", "别名", "俗称", "short name", "alias", "nickname"),
	f("kind", AsKind, "客户类型", "客户类别", "客户性质", "类型", "类别", "客户分类", "客户种类", "customer type", "type", "kind", "category"),
	f("class", AsClass, "客户等级", "客户级别", "等级", "级别", "客户分级", "ABC分类", "ABC", "分级", "评级", "客户ABC", "重要程度", "重要等级", "class", "level", "grade", "rank", "tier"),
	f("source", AsSource, "来源", "客户来源", "来源渠道", "渠道", "获客渠道", "平台", "电商平台", "信息来源", "开发方式", "source", "channel", "lead source"),
	f("industry", AsText, "行业", "所属行业", "行业类别", "行业类型", "经营品类", "品类", "主营", "主营产品", "主营品类", "发货品类", "货品", "寄递物品", "产品", "industry", "sector"),
	f("business_type", AsText, "业务类型", "业务类别", "产品类型", "服务类型", "业务", "business type", "service"),
	f("nature", AsNature, "企业性质", "单位性质", "公司性质", "性质", "nature", "ownership"),
	f("size", AsSize, "规模", "企业规模", "公司规模", "人数", "员工人数", "size", "scale", "employees"),
	f("credit_code", AsCredit, "统一社会信用代码", "社会信用代码", "信用代码", "统一信用代码", "税号", "纳税人识别号", "营业执照号", "营业执照号码", "uscc", "credit code", "tax id", "tax number"),
	f("contact", AsName, "联系人", "联系人姓名", "主要联系人", "客户联系人", "对接人", "接洽人", "负责人姓名", "老板", "法人", "法人代表", "经办人", "发货人", "寄件人", "寄件人姓名", "发件人", "发货联系人", "收货联系人", "contact", "contact name", "contact person", "attn"),
	f("position", AsText, "职务", "职位", "联系人职务", "岗位", "position", "title", "job title"),
	Field{Name: "phone", Parser: AsPhone, Multi: true, Synonyms: []string{"电话", "联系电话", "手机", "手机号", "手机号码", "联系手机", "移动电话", "联系方式", "电话号码", "固话", "固定电话", "座机", "座机号", "座机电话", "单位电话", "公司电话", "办公电话", "客户电话", "客户手机", "客户手机号", "联系人电话", "联系人手机", "联系人手机号", "联系人联系方式", "老板电话", "老板手机", "法人电话", "其他电话", "备用电话", "备用手机", "第二电话", "寄件人手机", "寄件人电话", "寄件电话", "发件人电话", "发件电话", "发货电话", "店铺电话", "手机/电话", "电话/手机", "联系号码", "tel", "telephone", "phone", "phone number", "phone no", "mobile", "mobile phone", "cell", "cellphone", "contact number", "contact phone", "tel no", "landline"}},
	f("email", AsEmail, "邮箱", "电子邮箱", "邮件", "E-mail", "email", "mail", "电子邮件", "email address"),
	f("wechat", AsIdent, "微信", "微信号", "微信号码", "微信ID", "wechat", "wechat id", "weixin"),
	f("ways", AsWays, "首选联系方式", "联系方式偏好", "偏好联系方式", "首选沟通方式", "沟通方式", "沟通偏好", "首选渠道", "沟通渠道", "联系渠道", "主要联系渠道", "常用联系方式", "希望联系方式", "怎么联系", "preferred channel", "preferred channels", "preferred contact", "preferred contact method", "contact channel", "contact method", "contact preference"),
	f("address", AsText, "地址", "详细地址", "详细", "门牌", "联系地址", "单位地址", "公司地址", "客户地址", "办公地址", "揽收地址", "取件地址", "发货地址", "寄件地址", "经营地址", "通讯地址", "店铺地址", "注册地址", "住址", "街道地址", "address", "street address", "detail address", "location"),
	f("province", AsText, "省", "省份", "省/直辖市", "所在省", "所属省份", "province", "state/province"),
	f("city", AsText, "市", "城市", "地市", "所在市", "所在城市", "所属城市", "city"),
	f("district", AsText, "区", "区县", "县区", "区/县", "县", "行政区", "所在区", "district", "county"),
	f("terms", AsTerms, "结算方式", "付款方式", "结款方式", "支付方式", "结算类型", "付款类型", "收款方式", "结账方式", "payment method", "payment terms", "payment", "settlement"),
	f("account_no", AsIdent, "月结账号", "月结卡号", "月结号", "月结编号", "月结客户号", "客户账号", "账号", "结算账号", "协议客户号", "协议号", "大客户号", "月结帐号", "account", "account no", "account number", "monthly account"),
	f("terms_days", AsInt, "账期", "帐期", "账期天数", "结算周期", "付款天数", "信用期", "credit days"),
	f("credit_limit", AsFen, "授信额度", "授信", "信用额度", "额度", "欠款额度", "credit limit"),
	f("owner", AsName, "负责人", "业务员", "客户经理", "销售", "销售员", "销售人员", "跟进人", "归属人", "所属业务员", "维护人", "开发人", "责任人", "归属业务员", "市场专员", "专员", "驻点营销员", "营销员", "业务经理", "owner", "sales", "sales rep", "rep", "salesperson", "account manager"),
	f("clerk", AsName, "客服", "客服专员", "专属客服", "所属客服", "service clerk", "customer service"),
	f("branch", AsText, "网点", "所属网点", "归属网点", "网点名称", "分部", "站点", "所属站点", "branch", "station", "depot"),
	f("area", AsText, "片区", "区域", "所属片区", "所属区域", "area", "region", "zone"),
	f("filed_on", AsDay, "建档日期", "建档时间", "创建日期", "创建时间", "登记日期", "登记时间", "录入日期", "录入时间", "开户日期", "开户时间", "开发日期", "开发时间", "合作日期", "合作时间", "开始合作时间", "首次合作日期", "签约日期", "注册日期", "入网日期", "日期", "created", "created at", "date created", "registered", "since", "open date"),
	f("founded_on", AsDay, "成立日期", "成立时间", "成立年月日", "公司成立日期", "公司成立时间", "企业成立日期", "企业成立时间", "创立日期", "创立时间", "创办日期", "founded", "founded on", "founding date", "date of establishment", "established"),
	f("last_shipped", AsDay, "最近发件", "最近发货", "最近寄件", "最近下单", "最后发件", "最后发货日期", "最近发件日期", "最近发货时间", "最近交易", "last order", "last shipped", "last shipment"),
	f("last_visit", AsDay, "最近拜访", "最近拜访日期", "上次拜访", "最近跟进", "最后跟进时间", "last visit", "last contact"),
	f("monthly_pieces", AsInt, "月均件量", "月件量", "月发件", "月发件量", "月均票数", "月票数", "月发货量", "月单量", "月均单量", "件量", "发件量", "日均件量(月)", "monthly pieces", "monthly volume", "volume"),
	f("pieces_total", AsInt, "累计票数", "累计件量", "总件量", "总票数", "累计单量", "累计发件", "total pieces", "total orders"),
	f("revenue_month", AsFen, "月均运费", "月均收入", "月收入", "月营业额", "月均金额", "月运费", "月发货额", "monthly revenue", "revenue"),
	f("balance", AsFen, "预存余额", "余额", "账户余额", "预存款", "预存", "balance", "prepaid balance"),
	f("price", AsText, "报价", "价格", "单价", "合作价格", "首重价格", "价格政策", "price", "rate"),
	f("stage", AsStage, "生命周期", "客户阶段", "阶段", "合作状态", "合作阶段", "stage", "lifecycle"),
	f("status", AsText, "状态", "客户状态", "status"),
	f("contract_no", AsIdent, "合同编号", "合同号", "协议编号", "contract no", "contract number"),
	f("contract_from", AsDay, "合同开始日期", "合同起始日期", "合同开始", "合同生效日期", "合同签订日期", "合同日期", "contract start", "contract date"),
	f("contract_to", AsDay, "合同到期日期", "合同到期日", "合同到期", "合同截止日期", "合同结束日期", "到期日期", "到期日", "contract end", "contract expiry"),
	f("birthday", AsText, "生日", "出生日期", "联系人生日", "birthday", "birth date", "date of birth"),
	f("tags", AsTags, "标签", "客户标签", "tag", "tags", "label", "labels"),
	f("remark", AsText, "备注", "备注说明", "说明", "客户需求", "需求", "情况说明", "附注", "其他", "其它", "备 注", "特殊要求", "注意事项", "remark", "remarks", "note", "notes", "comment", "comments", "memo"),
)

// Visits is the import of visit notes.
var Visits = newKind("visits",
	f("seq", AsIgnored, "序号", "行号", "NO", "No.", "序", "#"),
	f("day", AsDay, "拜访日期", "拜访时间", "走访日期", "走访时间", "日期", "时间", "跟进日期", "跟进时间", "访问日期", "联系日期", "接触日期", "回访日期", "date", "visit date", "day", "visited on"),
	f("rep", AsName, "业务员", "拜访人", "走访人", "拜访人员", "走访人员", "跟进人", "销售", "客户经理", "负责人", "员工", "姓名", "营销员", "人员", "rep", "sales rep", "visited by", "owner", "salesperson"),
	f("name", AsName, "客户名称", "客户", "客户名", "客户全称", "公司名称", "公司", "单位名称", "单位", "拜访客户", "走访客户", "受访客户", "拜访对象", "走访单位", "被访单位", "店铺名称", "customer", "customer name", "client", "company"),
	f("code", AsIdent, "客户编码", "客户编号", "客户代码", "编号", "customer code", "customer id"),
	f("account_no", AsIdent, "月结账号", "月结卡号", "月结号", "客户账号", "账号", "account no", "account"),
	Field{Name: "phone", Parser: AsPhone, Multi: true, Synonyms: []string{"电话", "联系电话", "手机", "手机号", "手机号码", "联系方式", "客户电话", "phone", "mobile", "tel"}},
	f("mode", AsMode, "拜访方式", "走访方式", "方式", "跟进方式", "联系方式类型", "沟通方式", "拜访类型", "访问方式", "接触方式", "形式", "mode", "visit type", "method", "how"),
	f("purpose", AsText, "目的", "拜访目的", "走访目的", "拜访事由", "事由", "主题", "purpose", "subject"),
	f("met", AsName, "接洽人", "联系人", "被访人", "受访人", "对接人", "见面人", "客户联系人", "接待人", "contact", "met", "contact met"),
	f("learned", AsText, "拜访内容", "走访内容", "内容", "沟通内容", "跟进内容", "拜访情况", "走访情况", "拜访记录", "走访记录", "情况", "洽谈内容", "客户反馈", "反馈", "拜访纪要", "content", "notes", "note", "summary", "what was learned"),
	f("wants", AsText, "客户需求", "需求", "客户要求", "要求", "客户诉求", "诉求", "存在问题", "问题", "wants", "needs", "requirements"),
	f("mood", AsMood, "客户态度", "态度", "客户情绪", "意向", "客户意向", "意向程度", "满意度", "mood", "attitude"),
	f("result", AsText, "结果", "拜访结果", "跟进结果", "处理结果", "result", "outcome"),
	f("next_step", AsText, "下一步", "下一步计划", "下步计划", "下一步工作", "后续计划", "后续跟进", "跟进计划", "跟进事项", "下一步行动", "next step", "next action", "follow up"),
	f("next_on", AsDue, "下次跟进日期", "下次跟进", "下次跟进时间", "下次拜访", "下次拜访日期", "下次拜访时间", "下次联系", "下次联系时间", "下次走访时间", "计划日期", "回访时间", "next date", "next visit", "next visit date", "follow up date", "due"),
	f("remark", AsText, "备注", "说明", "remark", "comment"),
)

// Waybills is a carrier's or portal's list of parcels. An import of waybills
// keeps them (Options.Parcels); an import of customers gathers who sends.
var Waybills = newKind("waybills",
	f("seq", AsIgnored, "序号", "NO", "No.", "序", "#"),
	f("order", AsIdent, "订单编号", "订单号", "商家订单号", "平台订单号", "交易号", "客户订单号", "order no", "order id", "order number"),
	f("waybill", AsIdent, "运单号", "运单编号", "运单号码", "面单号", "快递单号", "单号", "物流单号", "物流编号", "包裹号", "母单号", "邮件号", "waybill", "waybill no", "waybill number", "tracking no", "tracking number"),
	f("name", AsName, "寄件客户", "发货店铺", "店铺名称", "店铺", "发件客户", "客户名称", "客户", "寄件公司", "发件公司", "寄件单位", "商家名称", "商家", "发货客户", "月结客户名称", "sender company", "shop", "shop name", "customer", "customer name"),
	f("account_no", AsIdent, "月结账号", "月结卡号", "月结号", "客户账号", "客户编码", "客户编号", "account no", "account"),
	f("contact", AsName, "寄件人", "寄件人姓名", "发件人", "发件人姓名", "发货人", "寄方姓名", "寄件联系人", "sender", "sender name", "from"),
	Field{Name: "phone", Parser: AsPhone, Multi: true, Synonyms: []string{"寄件人手机", "寄件人电话", "寄件电话", "寄件手机", "发件人手机", "发件人电话", "发件电话", "发货人手机", "发货人电话", "寄件人手机号", "寄方电话", "sender phone", "sender mobile", "sender tel"}},
	f("address", AsText, "寄件地址", "发件地址", "寄件人地址", "发货地址", "寄方地址", "sender address"),
	f("receiver", AsText, "收件人", "收件人姓名", "收货人", "收货人姓名", "收方姓名", "receiver", "recipient", "consignee"),
	f("receiver_phone", AsText, "收件人手机", "收件人电话", "收件电话", "收货人手机", "收货人电话", "收件人手机号", "收方电话", "receiver phone", "recipient phone"),
	f("destination", AsText, "目的地", "收件地区", "收件地址", "收货地址", "收件人地址", "目的城市", "到达城市", "到件地", "收方地址", "destination", "receiver address"),
	f("province", AsText, "收件省份", "目的省份", "收件省", "目的省", "到达省份", "receiver province"),
	f("city", AsText, "收件城市", "收件市", "目的市", "receiver city"),
	f("contents", AsText, "内件", "托寄物", "托寄物内容", "内件品名", "物品", "物品名称", "货物名称", "寄递物品", "品名", "contents", "goods"),
	f("day", AsWhen, "寄件日期", "下单时间", "下单日期", "日期", "寄件时间", "发货日期", "发货时间", "业务日期", "结算日期", "order date", "order time", "date", "ship date"),
	f("picked", AsWhen, "揽收时间", "揽收日期", "揽件时间", "收寄时间", "收件时间", "picked up", "pickup time"),
	f("signed", AsWhen, "签收时间", "签收日期", "妥投时间", "派送完成时间", "signed at", "delivered at", "delivery time"),
	f("picker", AsName, "揽收员", "收件员", "揽件员", "取件员", "揽收快递员", "picked up by"),
	f("deliverer", AsName, "派件员", "派送员", "投递员", "派件快递员", "delivered by"),
	f("weight", AsText, "计费重量", "重量", "结算重量", "实际重量", "计抛重量", "weight", "charged weight"),
	f("volume", AsText, "体积", "计费体积", "volume"),
	f("pieces", AsInt, "件数", "票件数", "子件数", "包裹数", "数量", "pieces", "parcels"),
	f("freight", AsFen, "运费", "快递费", "费用", "应收运费", "结算金额", "应付金额", "金额", "总费用", "合计费用", "freight", "fee", "amount", "charge"),
	f("payment", AsText, "付款方式", "支付方式", "结算方式", "付费方式", "payment"),
	f("product", AsText, "产品类型", "产品", "服务类型", "快件类型", "时效类型", "product"),
	f("status", AsText, "状态", "订单状态", "运单状态", "物流状态", "签收状态", "快件状态", "status"),
	f("exception", AsText, "异常类型", "异常", "异常原因", "问题件类型", "问题类型", "exception"),
	f("branch", AsText, "揽收网点", "寄件网点", "收件网点", "始发网点", "结算网点", "网点", "网点名称", "所属网点", "branch", "origin branch"),
	f("remark", AsText, "备注", "说明", "remark"),
)
