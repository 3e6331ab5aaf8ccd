package place

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// A form is one way to write a division.
type form struct {
	text        string
	of          *Division
	short       bool // without 省, 市, 区, ...
	needsParent bool // read only behind the city or province
}

// wellKnown are districts people write without city and without 区 or 市. Any
// other bare short name is too often a word of another kind (新城, 和平, 东方).
var wellKnown = strings.Fields(`
萧山 余杭 临平 富阳 临安 桐庐 淳安 鄞州 柯桥 上虞 慈溪 余姚 诸暨 嵊州 温岭 临海 玉环 瑞安 乐清 龙港 苍南 义乌
东阳 永康 兰溪 浦江 海宁 桐乡 平湖 嘉善 海盐 德清 长兴 安吉 江阴 宜兴 张家港 常熟 太仓 昆山 靖江 泰兴 兴化 如皋
启东 丹阳 溧阳 邳州 晋江 石狮 南安 福清 即墨 胶州 寿光 番禺 顺德 增城 龙岗`)

// peoples stand in the names of autonomous divisions, longer ones first.
var peoples = strings.Fields(`
达斡尔族 鄂温克族 土家族 哈萨克族 蒙古族 朝鲜族 布依族 仡佬族 哈尼族 拉祜族 布朗族 纳西族 普米族 独龙族 傈僳族
裕固族 保安族 撒拉族 景颇族 毛南族 仫佬族 维吾尔 柯尔克孜 哈萨克 塔吉克 锡伯 蒙古 满族 回族 苗族 侗族 瑶族 壮族 畲族 黎族
羌族 彝族 藏族 水族 傣族 佤族 白族 怒族 土族 东乡族 各族`)

func (t *table) formsOf(d *Division) []form {
	var out []form
	add := func(text string, short, needsParent bool) {
		if utf8.RuneCountInString(text) < 2 || slices.ContainsFunc(out, func(f form) bool { return f.text == text }) {
			return
		}
		out = append(out, form{text: text, of: d, short: short, needsParent: needsParent})
	}
	add(d.Name, false, false)
	if !d.Current() {
		return out
	}
	switch d.Level {
	case Province:
		base := provinceBase(d.Name)
		add(base+"省", false, false) // 广西省 is written, if wrongly
		add(base+"自治区", false, false)
		add(base, true, false)
	case City:
		t.cityForms(d, add)
	case District:
		t.districtForms(d, add)
	}
	return out
}

func provinceBase(name string) string {
	for _, end := range []string{"壮族自治区", "回族自治区", "维吾尔自治区", "自治区", "特别行政区", "省", "市"} {
		if base, ok := strings.CutSuffix(name, end); ok {
			return base
		}
	}
	return name
}

func (t *table) cityForms(d *Division, add func(text string, short, needsParent bool)) {
	underProvince := !strings.HasSuffix(d.Code, "00") // 东方市, 双河市: words too
	if base, ok := autonomousBase(d.Name, "自治州"); ok {
		add(base+"州", false, false)
		add(base+"自治州", false, false)
		add(base, true, false)
		return
	}
	if base, ok := autonomousBase(d.Name, "自治县"); ok {
		add(base+"县", false, false)
		add(base, true, true)
		return
	}
	for _, end := range []string{"特别行政区", "地区", "林区", "市", "盟", "县"} {
		if base, ok := strings.CutSuffix(d.Name, end); ok {
			add(base, true, underProvince)
			return
		}
	}
}

func (t *table) districtForms(d *Division, add func(text string, short, needsParent bool)) {
	if strings.Contains(d.Name, "开发区") || strings.Contains(d.Name, "园区") || strings.Contains(d.Name, "管理区") {
		// 苏州工业园区 behind its city is 工业园区
		city := t.byCode[d.Parent]
		for _, lead := range []string{city.Name, strings.TrimSuffix(city.Name, "市")} {
			if base, ok := strings.CutPrefix(d.Name, lead); ok {
				add(base, false, true)
			}
		}
		switch {
		case strings.Contains(d.Name, "高新"):
			add("高新区", false, true)
		case strings.Contains(d.Name, "经济技术开发区"):
			add("经开区", false, true)
		}
		return
	}
	for _, end := range []string{"自治县", "自治旗"} {
		if base, ok := autonomousBase(d.Name, end); ok {
			add(base+end[len("自治"):], false, false)
			add(base+end, false, false)
			add(base, true, true)
			return
		}
	}
	if base, ok := autonomousBase(d.Name, "区"); ok && strings.HasSuffix(d.Name, "族区") {
		add(base+"区", false, true) // 梅里斯达斡尔族区
		return
	}
	for _, end := range []string{"新区", "区", "县", "市", "旗"} {
		if base, ok := strings.CutSuffix(d.Name, end); ok && utf8.RuneCountInString(base) >= 2 {
			// 浦东区, and 龙华新区 as it was before it was a district
			for _, other := range []string{base + "区", base + "新区"} {
				taken := slices.ContainsFunc(t.children[d.Parent], func(c Division) bool { return c.Name == other })
				if strings.HasSuffix(end, "区") && !taken {
					add(other, false, true)
				}
			}
			add(base, true, !slices.Contains(wellKnown, base))
			return
		}
	}
}

// autonomousBase returns 景宁 for 景宁畲族自治县.
func autonomousBase(name, end string) (string, bool) {
	base, ok := strings.CutSuffix(name, end)
	if !ok {
		return "", false
	}
	if base == "东乡族" {
		return "东乡", true
	}
	for {
		shorter := base
		for _, p := range peoples {
			if cut, ok := strings.CutSuffix(base, p); ok && utf8.RuneCountInString(cut) >= 2 {
				shorter = cut
				break
			}
		}
		if shorter == base {
			return base, true
		}
		base = shorter
	}
}
