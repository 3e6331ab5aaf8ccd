package intake

import "strings"

// NotData says why a row is not data.
type NotData string

// The rows of a sheet that are not data.
const (
	IsData       NotData = ""
	BlankRow     NotData = "blank"
	HeaderAgain  NotData = "header_again"
	GroupHeading NotData = "group_heading"
	Subtotal     NotData = "subtotal"
	GrandTotal   NotData = "grand_total"
	Signature    NotData = "signature"
	NoteRow      NotData = "note"
	ExampleRow   NotData = "example"
	NumberOnly   NotData = "number_only" // a running number and nothing else
)

// notData recognises rows that are none; name and seq are columns, -1 = none.
func notData(cells []Cell, h Header, name, seq, mapped int) NotData {
	filled, first, last := 0, -1, -1
	for c := range cells {
		if !blankCell(cells[c]) {
			filled++
			if first < 0 {
				first = c
			}
			last = c
		}
	}
	if filled == 0 {
		return BlankRow
	}
	if again(cells, h, first, filled) {
		return HeaderAgain
	}
	if filled == 1 && first == seq && seq >= 0 && cells[first].Kind == Number {
		return NumberOnly
	}
	// Few cells filled: words may say what the row is.
	if filled*2 > mapped && filled > 4 {
		return IsData
	}
	for c := first; c <= last && c <= first+10; c++ {
		if cells[c].Kind != Text || blankCell(cells[c]) {
			continue
		}
		s := squeeze(narrow(cellText(cells[c])))
		if w := totalWord(s); w != IsData {
			return w
		}
		if c != first {
			continue
		}
		colon := strings.ContainsAny(s, ":")
		for _, w := range []string{"审核", "制表", "填表", "经手", "复核", "主管", "签字", "签名", "经办", "负责人", "网点经理", "批准", "审批", "盖章", "制单", "打印"} {
			if strings.HasPrefix(s, w) && colon && filled <= 6 {
				return Signature
			}
		}
		for _, w := range []string{"注:", "备注:", "说明:", "填表说明", "填写说明", "注意:", "提示:", "※", "*", "以下空白", "以下无正文", "导出时间", "数据来源", "温馨提示", "(本页", "本页完", "(下接", "下接", "(接上", "接上页", "转下页"} {
			if strings.HasPrefix(s, w) && filled <= 2 {
				return NoteRow
			}
		}
		if strings.HasPrefix(s, "示例") || strings.HasPrefix(s, "样例") || strings.HasPrefix(s, "例:") {
			return ExampleRow
		}
		if filled == 1 && (groupText(s) || c == 0 && c != name && name >= 0 && mapped > 2) {
			return GroupHeading
		}
	}
	return IsData
}

// again: the filled cells, the first of them too, repeat the headings or the
// groups above them.
func again(cells []Cell, h Header, first, filled int) bool {
	if first >= len(h.Headings) || cells[first].Kind != Text {
		return false
	}
	if s := cellText(cells[first]); s != h.Headings[first] && (s == "" || s != h.Groups[first]) {
		return false
	}
	same := 0
	for c := range cells {
		if c >= len(h.Headings) || cells[c].Kind != Text || blankCell(cells[c]) {
			continue
		}
		s := cellText(cells[c])
		if s == h.Headings[c] && s != "" {
			same++
		} else if c < len(h.Groups) && s == h.Groups[c] && s != "" {
			same++
		}
	}
	return same >= 2 && same*5 >= filled*3
}

// totalWord: 小计, 合计, 总记录数：1200 and their like.
func totalWord(s string) NotData {
	if !strings.Contains(s, "计") && !strings.Contains(s, "总") && !strings.Contains(s, "共") && !strings.Contains(s, "otal") && !strings.Contains(s, "OTAL") {
		return IsData
	}
	bare := strings.TrimRight(s, ":0123456789.,条行户家元件 ")
	for _, w := range []string{"小计", "本页合计", "本页小计", "分计"} {
		if strings.HasSuffix(bare, w) {
			return Subtotal
		}
	}
	if low := strings.ToLower(bare); low == "subtotal" || low == "sub-total" {
		return Subtotal
	} else if low == "total" || low == "grandtotal" || low == "sum" {
		return GrandTotal
	}
	for _, w := range []string{"合计", "总计", "共计", "累计", "汇总", "总记录数", "记录总数", "总条数", "总数"} {
		if bare == w || strings.HasSuffix(bare, w) || strings.HasPrefix(s, w+":") {
			return GrandTotal
		}
	}
	if rest, ok := strings.CutPrefix(s, "共"); ok && rest != "" && rest[0] >= '0' && rest[0] <= '9' {
		return GrandTotal
	}
	return IsData
}

// groupText: 一、青枫片区, 【3月】, (二)电商.
func groupText(s string) bool {
	if strings.HasPrefix(s, "【") && strings.HasSuffix(s, "】") {
		return true
	}
	s = strings.TrimPrefix(s, "(")
	rest := strings.TrimLeft(s, "一二三四五六七八九十")
	if rest != s && rest != "" {
		for _, m := range []string{"、", ".", ")", ",", "月"} {
			if strings.HasPrefix(rest, m) {
				return true
			}
		}
	}
	return strings.HasSuffix(s, "片区") || strings.HasPrefix(s, "第") && strings.HasSuffix(s, "组")
}
