package intake

import (
	"slices"
	"strings"
	"sync"
)

// wordsOf are the spellings that branches use for the closed words of a
// field (policy/profile), folded as parseWord folds them.
var wordsOf = sync.OnceValue(func() map[Parser]map[string]string {
	return map[Parser]map[string]string{
		AsSource: spelled(map[string]string{
			"taobao": "淘宝 天猫 淘系 阿里 1688 淘宝店 天猫店", "pinduoduo": "拼多多 拼多多店 pdd", "douyin": "抖音 抖音店 抖店 快手 直播", "jd": "京东 京东店",
			"enterprise": "企业 企业客户 公司 工厂", "walk_in": "散客 散 个人 上门 门店 自寄 walkin", "internet": "网络 网上 官网 百度 互联网 线上",
			"contacts": "人脉 朋友 熟人 亲友 关系", "referral": "转介绍 介绍 客户介绍 老客户介绍 推荐", "visit": "拜访 陌拜 扫楼 地推 走访 开发 自主开发", "other": "其他 其它",
		}),
		AsNature: spelled(map[string]string{
			"private": "私营 民营 私企 民企 私营企业 民营企业", "state": "国企 国有 国营 央企 国有企业", "foreign": "外资 外企 外商独资 外资企业", "joint_venture": "合资 合资企业 中外合资",
			"self_employed": "个体 个体户 个体工商户", "public_body": "事业单位 机关 政府 政府机关 学校 医院", "other": "其他 其它",
		}),
		AsSize: spelled(map[string]string{
			"micro": "微型 微小 10人以下 微型企业", "small": "小 小型 小型企业 50人以下 10-50人", "medium": "中 中型 中型企业 50-300人 300人以下", "large": "大 大型 大型企业 300人以上",
		}),
		AsStage: spelled(map[string]string{
			"prospect": "潜在 意向 潜在客户 意向客户 未合作 洽谈中 开发中", "new": "新 新客户 新增 新签", "growing": "成长 成长期 上升", "mature": "成熟 成熟期 稳定 合作中 正常",
			"declining": "衰退 衰退期 下降 下滑", "lost": "流失 已流失 停止合作 终止", "won_back": "挽回 召回 赢回 重新合作",
		}),
		AsWays: spelled(map[string]string{
			"phone": "电话 手机 打电话 座机 来电 致电 电话联系 call tel telephone mobile", "wechat": "微信 加微信 微信联系 微信群 企业微信 weixin wx", "sms": "短信 手机短信 发短信 text",
			"email": "邮件 邮箱 电子邮件 发邮件 e-mail mail", "visit": "上门 面谈 当面 拜访 见面 现场 上门拜访 face",
		}),
		AsTerms: spelled(map[string]string{
			"monthly": "月结 月结客户 月付 账期 协议 周结 半月结 季结", "per_parcel": "现结 现付 现金 扫码付 到付 预付 寄付 预存 票结 微信 支付宝 散付 日结 转账",
		}),
		AsMood: spelled(map[string]string{
			"good": "好 良好 满意 很满意 积极 有意向 高 热情", "plain": "一般 普通 中 平淡 还行", "poor": "差 不好 不满意 冷淡 低 反感 无意向",
		}),
	}
})

func spelled(by map[string]string) map[string]string {
	out := make(map[string]string)
	for word, all := range by {
		out[strings.ReplaceAll(word, "_", "")] = word
		for _, s := range strings.Fields(all) {
			out[s] = word
		}
	}
	return out
}

// parseWord reads one of a field's closed words; another is told and left out.
func parseWord(p Parser, text string) (string, Problem) {
	s := strings.ToLower(squeeze(narrow(text)))
	if placeholder(s) {
		return "", Problem{}
	}
	words := wordsOf()[p]
	if w, ok := words[s]; ok {
		return w, Problem{}
	}
	for _, t := range []string{strings.ReplaceAll(strings.ReplaceAll(s, "_", ""), "-", ""), strings.TrimSuffix(s, "平台"), strings.TrimSuffix(s, "客户")} {
		if w, ok := words[t]; ok {
			return w, Problem{}
		}
	}
	return "", Problem{Code: WordUnknown, Severity: Notice, Text: clip(text)}
}

// MostWays is how many ways one cell names at most, as policy/message has it.
const MostWays = 4

// parseWays reads by which ways somebody is best reached, the main one first:
// words with blanks between. What is none of them, or one too many, is told and
// left out.
func parseWays(text string) (string, []Problem) {
	var ways []string
	var out []Problem
	for _, t := range strings.FieldsFunc(narrow(text), func(r rune) bool { return strings.ContainsRune(",;、/|>→+&和或 \t\n", r) }) {
		w, p := parseWord(AsWays, t)
		switch {
		case p.Code != "":
			out = append(out, p)
		case w == "" || slices.Contains(ways, w):
		case len(ways) == MostWays:
			out = append(out, Problem{Code: WordUnknown, Severity: Notice, Text: clip(t)})
		default:
			ways = append(ways, w)
		}
	}
	return strings.Join(ways, " "), out
}
