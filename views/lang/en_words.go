package lang

var words = map[string]string{
	"电商": "E-commerce", "企业": "Enterprise", "个人": "Individual", "经销商": "Distributor", "合作伙伴": "Partner",
	"产品用户": "Product user", "中间商": "Intermediary",
	"民营": "Private", "国有": "State-owned", "外资": "Foreign", "合资": "Joint venture", "个体户": "Self-employed", "机关事业单位": "Public body", "其他": "Other",
	"10 人以下": "Under 10 people", "10–49 人": "10–49 people", "50–299 人": "50–299 people", "300 人以上": "300 people or more",
	"弱": "Low", "中等": "Middle", "强": "High",
	"淘宝": "Taobao", "拼多多": "Pinduoduo", "抖音": "Douyin", "京东": "JD", "企业寄件": "Enterprise", "散客上门": "Walk-in", "网络": "Internet", "人脉": "Own network", "老客户介绍": "Referral", "上门开发": "Door-to-door",
	"网上下单": "Online order", "电话": "Phone", "现场": "On site", "邮件": "E-mail", "网上表单": "Online form", "微信": "WeChat",
	"潜在": "Prospect", "新客": "New", "成长": "Growing", "成熟": "Mature", "衰退": "Declining", "流失": "Lost", "赢回": "Won back",
	"A 类": "Class A", "B 类": "Class B", "C 类": "Class C",
	"按票付": "Per parcel", "月结": "Monthly account",
	"待审核": "To review", "已审核": "Reviewed", "已归档": "Archived",
	"来源": "Source", "价值": "Value", "习惯": "Behaviour", "风险": "Risk", "自定": "Own",
}
