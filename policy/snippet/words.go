package snippet

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"yike/policy/place"
)

type label uint8

const (
	noLabel label = iota
	nameLabel
	phoneLabel
	addressLabel
	companyLabel
)

// labels are found with a colon behind them, or at the start of a part with a
// blank behind them. Longer ones first.
var labels = regexp.MustCompile(`(?i)(收件人姓名|收货人姓名|收件人电话|收货人电话|收件人手机|收件人地址|收货人地址|收件公司|收件单位|公司名称|单位名称|` +
	`收件人|收货人|联系人|收方|姓名|名字|详细地址|收货地址|收件地址|邮寄地址|所在地区|所在区域|街道地址|地址|地区|` +
	`手机号码|手机号|联系电话|电话号码|联系方式|手机|电话|公司|单位|name|tel|phone|address)(?: *: *| +)`)

// boxed are labels in brackets: 【收件人】.
var boxed = regexp.MustCompile(`[【\[]([^】\]\n]{2,15})[】\]]`)

// glued are labels long enough to be known without a blank or colon.
var glued = regexp.MustCompile(`(收件人姓名|收货人姓名|收件人电话|收货人电话|收件人手机|收件人地址|收货人地址|收件人|收货人|联系人|` +
	`所在地区|所在区域|详细地址|收货地址|收件地址|手机号码|联系电话|电话号码) *:?`)

// postcode matches a part that is nothing but a postal code.
var postcode = regexp.MustCompile(`^\d{6}$`)

func labelOf(word string) label {
	word = strings.ToLower(word)
	switch {
	case strings.Contains(word, "地址"), strings.Contains(word, "地区"), strings.Contains(word, "区域"), word == "address":
		return addressLabel
	case strings.Contains(word, "电话"), strings.Contains(word, "手机"), strings.Contains(word, "方式"), word == "tel", word == "phone":
		return phoneLabel
	case strings.Contains(word, "公司"), strings.Contains(word, "单位"):
		return companyLabel
	}
	return nameLabel
}

// leads are words of request before the address.
var leads = regexp.MustCompile(`^(?:麻烦|请|帮忙|帮我|您好|你好|老板|亲|辛苦|那个|这个|货|快递|件)*(?:发货|发快递|寄快递|发|寄|送)(?:到|给|至|往|去)`)

var thanks = regexp.MustCompile(`^(?:谢谢|多谢|感谢|辛苦了?|麻烦了?|好的|您好|你好|收到|拜托了?|ok|OK|还有一个|还有|另外|另一个|第二个|亲|哈|啦|呀|哦|嗯|您|你|老板|[!！~～.。,，、;；:?？*()（）【】\[\]"“”'’‘/-])+$`)

// chat holds for words that carry nothing.
func chat(s string) bool { return strings.TrimSpace(s) == "" || thanks.MatchString(s) }

// tokenize cuts a stretch without numbers into parts, taking off labels and
// words of request.
func tokenize(text string) []token {
	var out []token
	for _, line := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune("\n,，;；|｜、。", r) }) {
		first := true
		emit := func(s string, l label) {
			for _, word := range strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || r == ':' }) {
				word = strings.Trim(leads.ReplaceAllString(word, ""), ":!！~～\"“”【】[]*·-")
				if word == "" || postcode.MatchString(word) {
					continue
				}
				out = append(out, token{text: word, label: l, line: first})
				first = false
				if l == nameLabel || l == companyLabel {
					l = noLabel // one word is the name
				}
			}
		}
		pos, current := 0, noLabel
		for _, at := range labels.FindAllStringSubmatchIndex(line, -1) {
			if !startsWord(line, at[0]) && line[at[3]] != ':' && !strings.Contains(line[at[3]:at[1]], ":") {
				continue // 电话 inside a word
			}
			emit(line[pos:at[0]], current)
			pos, current = at[1], labelOf(line[at[2]:at[3]])
			if current == phoneLabel {
				current = noLabel
			}
		}
		emit(line[pos:], current)
	}
	return out
}

func startsWord(s string, at int) bool {
	return strings.TrimSpace(s[:at]) == "" || s[at-1] == ' '
}

// receiverMark takes 收 off: 曾文博收, 王先生（收）.
func receiverMark(s string) (string, bool) {
	for _, mark := range []string{"（收）", "(收)", "亲收", "签收", "代收", "收"} {
		if base, ok := strings.CutSuffix(s, mark); ok && base != "" {
			return base, true
		}
	}
	return s, false
}

var companyEnd = regexp.MustCompile(`(?:公司|集团|经营部|商行|工作室|门市部|合作社|事务所|专卖店|旗舰店|商店|超市|服务部|分部|工厂|加工厂|制品厂|厂|商会|协会|基金会|贸易部|批发部|店铺|药房|诊所|宾馆|酒店|饭店)$`)

// isCompany holds for a firm's name: it ends like one and names no house.
func isCompany(s string) bool {
	return companyEnd.MatchString(s) && !strings.ContainsFunc(s, unicode.IsDigit) && utf8.RuneCountInString(s) >= 4
}

var houses = regexp.MustCompile(`\d+ ?-?\d* ?(?:号|弄|幢|栋|座|楼|层|室|单元|组|队|巷|铺|门|期|区|#)|(?:路|街|大道|街道|巷|弄|胡同|村|镇|乡|小区|花园|家园|大厦|广场|工业园|产业园|科技园|公寓|市场|商场|学校|大学|医院|宿舍|驿站|快递柜|` +
	`对面|隔壁|旁边|附近|路口|门口|东门|南门|西门|北门|单元|号楼)|[苑府城楼厂店馆仓库院座里湾庭]$`)

func looksLikeAddress(s string) bool { return houses.MatchString(s) }

const placeEndings = "省市区县镇乡村路街道巷弄号楼座室层幢栋厦园城苑府庭湾院店厂馆铺坊站场港桥社"

// isName holds for two to four Chinese characters that begin with a surname,
// and for a surname with a title (王先生).
func isName(s string) bool {
	n := 0
	for _, r := range s {
		if n++; n > 4 || !unicode.Is(unicode.Han, r) {
			return false
		}
	}
	last, _ := utf8.DecodeLastRuneInString(s)
	if n < 2 || strings.ContainsRune(placeEndings, last) || chat(s) {
		return false
	}
	_, compound := surname(s)
	if compound {
		return n >= 3
	}
	first, size := utf8.DecodeRuneInString(s)
	if !strings.ContainsRune(surnames, first) {
		return false
	}
	return n <= 3 || isTitle(s[size:]) || strings.ContainsRune(surnames, secondRune(s)) || isTitle(s[len(s)-6:])
}

func secondRune(s string) rune {
	_, n := utf8.DecodeRuneInString(s)
	r, _ := utf8.DecodeRuneInString(s[n:])
	return r
}

func surname(s string) (string, bool) {
	for _, c := range compounds {
		if strings.HasPrefix(s, c) {
			return c, true
		}
	}
	return "", false
}

func isTitle(s string) bool {
	return slices.Contains([]string{"先生", "女士", "小姐", "老师", "经理", "老板", "师傅", "总", "医生", "主任", "同学", "阿姨"}, s)
}

// maybeName holds for anything a person may be called: some letters or
// characters, no figures.
func maybeName(s string) bool {
	n := utf8.RuneCountInString(s)
	if n == 0 || n > 20 || chat(s) || isCompany(s) {
		return false
	}
	han := 0
	for _, r := range s {
		if unicode.Is(unicode.Han, r) {
			han++
		} else if !unicode.IsLetter(r) && !strings.ContainsRune("· .()（）", r) {
			return false
		}
	}
	return han <= 6
}

// splitGlued separates name and address written without a separator: the name
// in front of the place, or behind the house.
func (r *reader) splitGlued() {
	var out []token
	for _, t := range r.tokens {
		if t.phone || t.label == nameLabel || t.label == companyLabel || isCompany(t.text) {
			out = append(out, t)
			continue
		}
		if n, rest, ok := nameInFront(t.text); ok {
			out = append(out, token{text: n, line: t.line}, token{text: rest, label: t.label})
			continue
		}
		if rest, n, ok := nameBehind(t.text); ok {
			out = append(out, token{text: rest, label: t.label, line: t.line}, token{text: n})
			continue
		}
		out = append(out, t)
	}
	r.tokens = out
}

func nameInFront(s string) (n, rest string, ok bool) {
	if beginsPlace(s) {
		return "", "", false
	}
	best := place.None
	pos := 0
	for count := 1; count <= 4 && pos < len(s); count++ {
		_, size := utf8.DecodeRuneInString(s[pos:])
		pos += size
		if count < 2 || pos >= len(s) || !isName(s[:pos]) {
			continue
		}
		if _, _, c := place.Find(s[pos:]); c >= place.Partial && c > best {
			best, n, rest, ok = c, s[:pos], s[pos:], true
		}
	}
	return n, rest, ok
}

// houseEnd matches the last word of a house that may have a name glued on.
var houseEnd = regexp.MustCompile(`^(.*\d+ ?(?:号楼|号院|单元|号|弄|幢|栋|座|楼|层|室|铺|组|队|#))([^\d]{2,8})$`)

func nameBehind(s string) (rest, n string, ok bool) {
	m := houseEnd.FindStringSubmatch(s)
	if m == nil {
		return "", "", false
	}
	behind, _ := receiverMark(m[2])
	if !isName(behind) || looksLikeAddress(behind) {
		return "", "", false
	}
	return m[1], m[2], true
}

var compounds = strings.Fields(`上官 欧阳 歐陽 长孙 尉迟 万俟 单于 澹台 令狐 鲜于 宰父 夏侯 诸葛 皇甫 公冶 濮阳 淳于 太叔 申屠
公孙 仲孙 轩辕 钟离 宇文 慕容 亓官 司空 司马 司徒 拓跋 百里 呼延 东方 赫连 端木 闻人 独孤 南宫 西门 纳兰 完颜 东郭 谷梁`)

// surnames are the single ones in use.
const surnames = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏水窦章云苏潘葛奚范彭郎鲁韦昌马苗凤花方俞任袁柳" +
	"酆鲍史唐费廉岑薛雷贺倪汤滕殷罗毕郝邬安常乐于时傅皮卞齐康伍余元卜顾孟平黄和穆萧尹姚邵湛汪祁毛禹狄米贝明臧计伏成戴谈宋茅庞熊纪舒屈项祝董梁" +
	"杜阮蓝闵席季麻强贾路娄危江童颜郭梅盛林刁钟徐邱骆高夏蔡田樊胡凌霍虞万支柯昝管卢莫经房裘缪干解应宗丁宣贲邓郁单杭洪包诸左石崔吉钮龚程嵇邢滑裴" +
	"陆荣翁荀羊於惠甄曲家封芮羿储靳汲邴糜松井段富巫乌焦巴弓牧隗山谷车侯宓蓬全郗班仰秋仲伊宫宁仇栾暴甘钭厉戎祖武符刘景詹束龙叶幸司韶郜黎蓟薄印宿" +
	"白怀蒲邰从鄂索咸籍赖卓蔺屠蒙池乔阴郁胥能苍双闻莘党翟谭贡劳逄姬申扶堵冉宰郦雍郤璩桑桂濮牛寿通边扈燕冀郏浦尚农温别庄晏柴瞿阎充慕连茹习宦艾鱼容" +
	"向古易慎戈廖庾终暨居衡步都耿满弘匡国文寇广禄阙东欧殳沃利蔚越夔隆师巩厍聂晁勾敖融冷訾辛阚那简饶空曾毋沙乜养鞠须丰巢关蒯相查后荆红游竺权逯盖益" +
	"桓公岳帅缑亢况有琴商牟佘佴伯赏墨哈谯笪年爱阳佟肖代付闫冼区覃谌初仝揭苑户官邸来迟禚朴㛃䶮单涂鹿辜展兰矫楚隋亓车门原由谏粘邝仉眭雒郇郄宛苟辇占鄢"
