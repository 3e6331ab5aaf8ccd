package cause

import (
	"slices"
	"strings"

	"yike/policy/casework"
)

// threats are what makes a text more than an ordinary one: by what it says may
// follow, and by what is at stake for whoever wrote it.
var threats = []struct {
	severity string
	words    []string
}{
	{casework.Grave, []string{"媒体", "曝光", "记者", "电视台", "上热搜", "律师", "起诉", "法院", "报警", "派出所", "12305", "12315", "12345", "邮政管理局", "消协", "监管部门", "受伤", "住院", "动手", "打人", "泄露"}},
	{casework.Serious, []string{"赔偿", "索赔", "赔钱", "理赔", "投诉你们", "投诉到总部", "差评", "第二次", "第三次", "好几次", "多次", "一直没人", "没人管", "再不", "急用", "救命", "药品", "药", "生鲜", "证件", "身份证", "护照", "录取通知", "标书", "合同", "贵重"}},
}

// Severity is how grave a text says that it is, a word of policy/casework, with
// the words that told; minor where none did. What is denied (不用赔偿) does not
// count. It is a guess, for a person to look over.
func Severity(text string) (severity string, marks []string) {
	s := fold(text)
	for _, t := range threats {
		for _, w := range t.words {
			if threatens(s, w) && !slices.ContainsFunc(marks, func(m string) bool { return strings.Contains(m, w) }) {
				marks = append(marks, w)
			}
		}
		if len(marks) > 0 {
			return t.severity, marks
		}
	}
	return casework.Minor, nil
}

// threatens finds a word that is meant: not denied, and of digits only where it
// is no part of a longer number.
func threatens(s, w string) bool {
	digit := func(s string, i int) bool { return i >= 0 && i < len(s) && s[i] >= '0' && s[i] <= '9' }
	for from := 0; ; {
		i := strings.Index(s[from:], w)
		if i < 0 {
			return false
		}
		i += from
		from = i + len(w)
		if digit(w, 0) && (digit(s, i-1) || digit(s, from)) {
			continue
		}
		if !deniedBefore(s[:i]) && !waived(s[:i]) {
			return true
		}
	}
}

// waived: what stands before it says that it is not asked for.
func waived(before string) bool {
	for _, w := range []string{"不用", "不要", "不会", "不想", "不必", "不需要"} {
		if strings.HasSuffix(before, w) {
			return true
		}
	}
	return false
}
