package profile

import "strings"

// The readers below turn what branches write in their registers into the
// closed words above; "" means that the text names none of them. They expect
// text without blanks around it.

type spelling struct {
	word  string
	parts []string
}

func read(text string, list []spelling) string {
	s := strings.ToLower(strings.TrimSpace(text))
	if s == "" {
		return ""
	}
	for _, x := range list {
		if s == x.word {
			return x.word
		}
		for _, p := range x.parts {
			if strings.Contains(s, p) {
				return x.word
			}
		}
	}
	return ""
}

// ReadSource reads where a customer came from (R42, R61); a word that is none
// of the known ones is "other".
func ReadSource(text string) string {
	if strings.TrimSpace(text) == "" {
		return ""
	}
	if w := read(text, []spelling{
		{"taobao", []string{"淘宝", "天猫", "tmall"}}, {"pinduoduo", []string{"拼多多", "pdd"}},
		{"douyin", []string{"抖音", "快手", "直播"}}, {"jd", []string{"京东"}},
		{"enterprise", []string{"企业"}}, {"walk_in", []string{"散客", "散单", "上门", "门店", "到店", "自然"}},
		{"referral", []string{"介绍", "推荐"}}, {"contacts", []string{"朋友", "熟人", "人脉", "同事", "亲戚"}},
		{"internet", []string{"网络", "网上", "百度", "官网", "互联网", "线上"}},
		{"visit", []string{"拜访", "走访", "地推", "扫街", "开发"}},
	}); w != "" {
		return w
	}
	return "other"
}

// ReadTerms reads how a customer pays: by monthly statement or per parcel.
func ReadTerms(text string) string {
	return read(text, []spelling{
		{"monthly", []string{"月结", "账期", "协议", "挂账", "半月结", "周结"}},
		{"per_parcel", []string{"现结", "现付", "寄付", "到付", "预付", "预存", "散", "单结", "日结"}},
	})
}

// ReadNature reads the nature of an organisation (R28).
func ReadNature(text string) string {
	return read(text, []spelling{
		{"joint_venture", []string{"合资"}}, {"foreign", []string{"外资", "外企", "外商"}},
		{"state", []string{"国企", "国有", "央企", "集体"}}, {"public_body", []string{"事业", "机关", "政府", "学校", "医院", "社团"}},
		{"self_employed", []string{"个体", "工商户"}}, {"private", []string{"民营", "私营", "私企", "有限", "股份", "独资"}},
		{"other", []string{"其他", "其它"}},
	})
}

// ReadSize reads the size of an organisation, in words or by head count (R28).
func ReadSize(text string) string {
	n, digits := 0, false
	for _, r := range text {
		if r < '0' || r > '9' {
			if digits {
				break
			}
			continue
		}
		if n < 1_000_000 {
			n = n*10 + int(r-'0')
		}
		digits = true
	}
	switch {
	case digits && n < 10:
		return "micro"
	case digits && n < 50:
		return "small"
	case digits && n < 300:
		return "medium"
	case digits:
		return "large"
	}
	return read(text, []spelling{
		{"micro", []string{"微"}}, {"small", []string{"小"}}, {"medium", []string{"中"}}, {"large", []string{"大"}},
	})
}

// ReadStage reads a stage of the life cycle.
func ReadStage(text string) string {
	return read(text, []spelling{
		{"won_back", []string{"赢回", "挽回"}}, {"prospect", []string{"潜在", "意向", "洽谈"}},
		{"new", []string{"新客", "新开", "新增"}}, {"growing", []string{"成长"}},
		{"mature", []string{"成熟", "稳定", "合作中"}}, {"declining", []string{"衰退", "下滑", "流失预警"}},
		{"lost", []string{"流失", "停发", "已停"}},
	})
}
