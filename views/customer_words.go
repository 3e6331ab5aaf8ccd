package views

import (
	"context"

	"yike/policy/profile"
	"yike/views/lang"
	"yike/views/ui"
)

// The words of policy/profile as people say them. A word that is not known is
// shown as it stands; "" stays "".
var (
	kindWords = map[string]string{
		"ecommerce": lang.N("电商"), "enterprise": lang.N("企业"), "individual": lang.N("个人"),
		"distributor": lang.N("经销商"), "partner": lang.N("合作伙伴"),
	}
	usageWords  = map[string]string{"user": lang.N("产品用户"), "intermediary": lang.N("中间商")}
	natureWords = map[string]string{
		"private": lang.N("民营"), "state": lang.N("国有"), "foreign": lang.N("外资"), "joint_venture": lang.N("合资"),
		"self_employed": lang.N("个体户"), "public_body": lang.N("机关事业单位"), "other": lang.N("其他"),
	}
	sizeWords = map[string]string{
		"micro": lang.N("10 人以下"), "small": lang.N("10–49 人"), "medium": lang.N("50–299 人"), "large": lang.N("300 人以上"),
	}
	powerWords  = map[string]string{"low": lang.N("弱"), "middle": lang.N("中等"), "high": lang.N("强")}
	sourceWords = map[string]string{
		"taobao": lang.N("淘宝"), "pinduoduo": lang.N("拼多多"), "douyin": lang.N("抖音"), "jd": lang.N("京东"),
		"enterprise": lang.N("企业寄件"), "walk_in": lang.N("散客上门"), "internet": lang.N("网络"), "contacts": lang.N("人脉"),
		"referral": lang.N("老客户介绍"), "visit": lang.N("上门开发"), "other": lang.N("其他"),
	}
	channelWords = map[string]string{
		"online_order": lang.N("网上下单"), "phone": lang.N("电话"), "on_site": lang.N("现场"), "email": lang.N("邮件"),
		"online_form": lang.N("网上表单"), "visit": lang.N("拜访"), "wechat": lang.N("微信"), "import": lang.N("导入"),
	}
	stageWords = map[string]string{
		"prospect": lang.N("潜在"), "new": lang.N("新客"), "growing": lang.N("成长"), "mature": lang.N("成熟"),
		"declining": lang.N("衰退"), "lost": lang.N("流失"), "won_back": lang.N("赢回"),
	}
	classWords   = map[string]string{"A": lang.N("A 类"), "B": lang.N("B 类"), "C": lang.N("C 类")}
	termsWords   = map[string]string{"per_parcel": lang.N("按票付"), "monthly": lang.N("月结")}
	stateWords   = map[string]string{"draft": lang.N("待审核"), "reviewed": lang.N("已审核"), "archived": lang.N("已归档")}
	tagKindWords = map[string]string{
		"source": lang.N("来源"), "value": lang.N("价值"), "behaviour": lang.N("习惯"), "risk": lang.N("风险"), "own": lang.N("自定"),
	}
)

func word(ctx context.Context, words map[string]string, code string) string {
	if zh, ok := words[code]; ok {
		return lang.T(ctx, zh)
	}
	return code
}

// KindWord and its sisters put a word of policy/profile into the reader's
// language.
func KindWord(ctx context.Context, code string) string { return word(ctx, kindWords, code) }

// UsageWord see KindWord.
func UsageWord(ctx context.Context, code string) string { return word(ctx, usageWords, code) }

// NatureWord see KindWord.
func NatureWord(ctx context.Context, code string) string { return word(ctx, natureWords, code) }

// SizeWord see KindWord.
func SizeWord(ctx context.Context, code string) string { return word(ctx, sizeWords, code) }

// PowerWord see KindWord.
func PowerWord(ctx context.Context, code string) string { return word(ctx, powerWords, code) }

// SourceWord see KindWord.
func SourceWord(ctx context.Context, code string) string { return word(ctx, sourceWords, code) }

// ChannelWord see KindWord.
func ChannelWord(ctx context.Context, code string) string { return word(ctx, channelWords, code) }

// StageWord see KindWord.
func StageWord(ctx context.Context, code string) string { return word(ctx, stageWords, code) }

// ClassWord see KindWord.
func ClassWord(ctx context.Context, code string) string { return word(ctx, classWords, code) }

// TermsWord see KindWord.
func TermsWord(ctx context.Context, code string) string { return word(ctx, termsWords, code) }

// StateWord see KindWord.
func StateWord(ctx context.Context, code string) string { return word(ctx, stateWords, code) }

// TagKindWord see KindWord.
func TagKindWord(ctx context.Context, code string) string { return word(ctx, tagKindWords, code) }

// WordOptions returns the words of a list with their labels, for a select or
// for tiles: WordOptions(ctx, profile.Kinds, KindWord).
func WordOptions(ctx context.Context, list []string, label func(context.Context, string) string) []ui.Option {
	out := make([]ui.Option, len(list))
	for i, w := range list {
		out[i] = ui.Option{Value: w, Label: label(ctx, w)}
	}
	return out
}

// StageOptions are the stages of the life cycle in their order.
func StageOptions(ctx context.Context) []ui.Option {
	return WordOptions(ctx, profile.Stages, StageWord)
}

// KindOptions, SourceOptions and StateOptions see StageOptions.
func KindOptions(ctx context.Context) []ui.Option { return WordOptions(ctx, profile.Kinds, KindWord) }

// SourceOptions see StageOptions.
func SourceOptions(ctx context.Context) []ui.Option {
	return WordOptions(ctx, profile.Sources, SourceWord)
}

// StateOptions see StageOptions.
func StateOptions(ctx context.Context) []ui.Option {
	return WordOptions(ctx, profile.States, StateWord)
}
