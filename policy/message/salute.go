package message

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Sex of a contact, where it is known.
type Sex string

// The sexes; empty is not known, which is usual: nobody is asked for it.
const (
	UnknownSex Sex = ""
	Male       Sex = "male"
	Female     Sex = "female"
)

// NeutralClient addresses somebody by nothing but what they are to us.
const NeutralClient = "客户"

// Salute returns how a contact is addressed: by surname and title (欧阳经理),
// else by surname and sex (王女士), else in the company's neutral form, in
// which 姓名 stands for the whole name and 姓 for the surname; the empty form
// is the whole name. Somebody without a name is 客户. A name that holds its
// own title (李总, 陈老师) is left as it is.
func Salute(name, position string, sex Sex, neutral string) string {
	name = bareName(name)
	if name == "" {
		return NeutralClient
	}
	if titled(name) {
		return name
	}
	surname := Surname(name)
	call := surname
	if call == "" {
		call = name // Latin letters, a department, 古丽·买买提: never cut
	}
	if t := Title(position); t != "" {
		return call + t
	}
	switch sex {
	case Male:
		return call + "先生"
	case Female:
		return call + "女士"
	}
	if neutral == "" || strings.Contains(neutral, "姓") && surname == "" {
		if nickname(name) {
			return NeutralClient
		}
		return name
	}
	return strings.NewReplacer("姓名", name, "姓", surname).Replace(neutral)
}

// bareName drops what is said beside a name: 王芳（财务） and blanks inside a
// name of Chinese characters.
func bareName(name string) string {
	if i := strings.IndexAny(name, "（(【[/／,，;；"); i >= 0 {
		name = name[:i]
	}
	name = strings.TrimSpace(name)
	if han(name) {
		name = strings.Join(strings.Fields(name), "")
	}
	return name
}

func han(s string) bool {
	for _, r := range s {
		if !unicode.Is(unicode.Han, r) && !unicode.IsSpace(r) {
			return false
		}
	}
	return s != ""
}

// double are surnames of two characters.
const double = "欧阳 太史 端木 上官 司马 东方 独孤 南宫 万俟 闻人 夏侯 诸葛 尉迟 公羊 赫连 澹台 皇甫 宗政 濮阳 公冶 太叔 申屠 公孙 慕容 仲孙 钟离 长孙 宇文 司徒 鲜于 司空 闾丘 令狐 百里 呼延 东郭 南门 西门 轩辕 拓跋 完颜 纳兰 淳于 单于 "

// single are the surnames of one character in use.
const single = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏水窦章云苏潘葛奚范彭郎鲁韦昌马苗凤花方俞任袁柳酆鲍史唐费廉岑薛雷贺倪汤滕殷罗毕郝邬安常乐于时傅皮卞齐康伍余元卜顾孟平黄和穆萧尹姚邵湛汪祁毛禹狄米贝明臧计伏成戴谈宋茅庞熊纪舒屈项祝董梁杜阮蓝闵席季麻强贾路娄危江童颜郭梅盛林刁钟徐邱丘骆高夏蔡田樊胡凌霍虞万支柯昝管卢莫经房裘缪干解应宗丁宣贲邓郁单杭洪包诸左石崔吉钮龚程嵇邢滑裴陆荣翁荀羊於惠甄曲家封芮羿储靳汲邴糜松井段富巫乌焦巴弓牧隗山谷车侯宓蓬全郗班仰秋仲伊宫宁仇栾暴甘钭厉戎祖武符刘景詹束龙叶幸司韶郜黎蓟薄印宿白怀蒲邰从鄂索咸籍赖卓蔺屠蒙池乔阴胥能苍双闻莘党翟谭贡劳逄姬申扶堵冉宰郦雍璩桑桂濮牛寿通边扈燕冀郏浦尚农温别庄晏柴瞿阎充慕连茹习宦艾鱼容向古易慎戈廖庾终暨居衡步都耿满弘匡国文寇广禄阙东欧殳沃利蔚越夔隆师巩厍聂晁勾敖融冷訾辛阚那简饶空曾毋沙乜养鞠须丰巢关蒯相查后荆红游竺权逯盖益桓公肖付闫代兰税冼覃苟佟年佘洛岳佀仝亓归海晋楚银帅缑亢况郈有琴鄢楼卿粟侴揭展门岩初仉展厚但操"

// Surname returns the surname of a Chinese name of two to four characters,
// empty when it is not one.
func Surname(name string) string {
	n := utf8.RuneCountInString(name)
	if !han(name) || n < 2 || n > 4 {
		return ""
	}
	first := []rune(name)
	if strings.ContainsRune("部间室处店厂仓库", first[n-1]) {
		return "" // a place, not a person: 车间, 财务部
	}
	if two := string(first[:2]); strings.Contains(double, two+" ") {
		return two
	}
	if n < 4 && strings.ContainsRune(single, first[0]) {
		return string(first[0])
	}
	return ""
}

// titles are what a position makes of a person, the first that it ends with or
// holds; a deputy is addressed like the one in office.
var titles = []struct{ in, title string }{
	{"董事长", "董事长"}, {"总经理", "总"}, {"总裁", "总"}, {"老板", "总"}, {"CEO", "总"}, {"法人", "总"}, {"合伙人", "总"}, {"创始人", "总"},
	{"总监", "总监"}, {"总工", "总工"}, {"经理", "经理"}, {"主任", "主任"}, {"厂长", "厂长"}, {"店长", "店长"}, {"站长", "站长"}, {"校长", "校长"}, {"院长", "院长"},
	{"园长", "园长"}, {"馆长", "馆长"}, {"会长", "会长"}, {"行长", "行长"}, {"社长", "社长"}, {"局长", "局长"}, {"处长", "处长"}, {"科长", "科长"}, {"所长", "所长"}, {"部长", "部长"}, {"课长", "课长"},
	{"队长", "队长"}, {"组长", "组长"}, {"秘书长", "秘书长"}, {"书记", "书记"}, {"教授", "教授"}, {"老师", "老师"}, {"教师", "老师"}, {"讲师", "老师"}, {"医生", "医生"}, {"医师", "医生"}, {"律师", "律师"},
	{"工程师", "工"}, {"主管", "主管"}, {"师傅", "师傅"}, {"司机", "师傅"}, {"总", "总"},
}

// Title returns the form of address that a position brings, empty for one that
// brings none (文员, 前台): 采购经理 is 经理, 副总经理 and 总经理 are 总.
// 总经理助理 is nobody's title.
func Title(position string) string {
	p := strings.ToUpper(strings.TrimSpace(position))
	if i := strings.IndexAny(p, "（(/、，,"); i > 0 {
		p = p[:i]
	}
	if p == "" || strings.HasSuffix(p, "助理") || strings.HasSuffix(p, "秘书") || strings.HasSuffix(p, "代表") {
		return ""
	}
	for _, t := range titles {
		if strings.HasSuffix(p, t.in) {
			return t.title
		}
	}
	return ""
}

// titled says whether a name holds its own form of address.
func titled(name string) bool {
	if utf8.RuneCountInString(name) < 2 {
		return false
	}
	for _, t := range []string{"先生", "女士", "小姐", "老师", "师傅", "老板", "经理", "主任", "厂长", "店长", "校长", "院长", "主管", "会计", "董事长", "总监", "医生", "律师", "大哥", "大姐", "阿姨", "叔叔"} {
		if strings.HasSuffix(name, t) && name != t {
			return true
		}
	}
	before, total := strings.CutSuffix(name, "总")
	return total && (strings.Contains(double, before+" ") || utf8.RuneCountInString(before) == 1 && strings.Contains(single, before))
}

// nickname says whether a name is what only friends use: 老李, 小王, 阿强.
func nickname(name string) bool {
	return utf8.RuneCountInString(name) < 2 || utf8.RuneCountInString(name) == 2 && strings.ContainsAny(name[:3], "老小阿大")
}
