package cause_test

import (
	"strings"
	"testing"

	"yike/policy/cause"
)

func TestHowGraveATextIs(t *testing.T) {
	for _, x := range []struct{ text, want, marks string }{
		{"三天了还没到", "minor", ""}, {"", "minor", ""},
		{"再不处理我就找媒体曝光", "grave", "媒体 曝光"},
		{"已经打了 12305", "grave", "12305"},
		{"快递员动手打人", "grave", "动手 打人"},
		{"这是第三次了，要求赔偿", "serious", "赔偿 第三次"},
		{"里面是药品，急用", "serious", "急用 药品"},
		{"不用赔偿，送到就行", "minor", ""}, {"没有受伤", "minor", ""},
		{"电话 139 1234 5678，单号 302612315625492", "minor", ""}, {"不用赔偿了，下次再这样我要赔偿", "serious", "赔偿"},
		{"没有受伤，但是我要起诉", "grave", "起诉"},
	} {
		got, marks := cause.Severity(x.text)
		if got != x.want || strings.Join(marks, " ") != x.marks {
			t.Errorf("%q is %s by %v, want %s by %s", x.text, got, marks, x.want, x.marks)
		}
	}
}
