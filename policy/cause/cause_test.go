package cause_test

import (
	"slices"
	"testing"

	"yike/policy/cause"
)

func TestTheCauseOfAWording(t *testing.T) {
	for _, x := range []struct{ text, want string }{
		{"三天了还没到，催了两次", cause.Late}, {"包裹卡在杭州分拨中心不动", cause.Late}, {"说今天来取件，等了一天没来取", cause.Late},
		{"玻璃杯碎了两个", cause.Damaged}, {"外箱压扁，里面的茶叶罐变形", cause.Damaged}, {"纸箱湿了，书不能用", cause.Damaged},
		{"件丢了，你们赔不赔", cause.Lost}, {"箱子里少件，少了一双鞋", cause.Lost}, {"放在门口被偷了，东西找不到", cause.Lost},
		{"显示已签收，我没收到", cause.Unsigned}, {"快递员没打电话就放驿站了", cause.Unsigned}, {"不知道谁代签的", cause.Unsigned},
		{"送到别人家去了", cause.Wrong}, {"派错小区，让我自己去拿", cause.Wrong}, {"发错货，不是我家的", cause.Wrong},
		{"多收了我十块运费", cause.Charges}, {"这个月账单不对", cause.Charges}, {"首重按两公斤算的，重量不对", cause.Charges},
		{"快递员态度很差，还骂人", cause.Attitude}, {"电话里说两句就挂", cause.Attitude}, {"爱理不理，语气很凶", cause.Attitude},
		{"发票抬头开错了", cause.Other}, {"客服电话打不通", cause.Other}, {"", cause.Other}, {"客户来电", cause.Other}, {"谢谢你们", cause.Other},
		// Denied, and two at once: what is lost or broken is graver than late.
		{"没有破损，就是太慢了", cause.Late}, {"晚到三天，箱子破损", cause.Damaged}, {"延误一周，现在说丢了", cause.Lost},
		{"没 收 到，显 示 已 签 收", cause.Unsigned},
	} {
		if g := cause.Guess(x.text); g.Code != x.want || (x.want == cause.Other) != (len(g.Marks) == 0 || slices.Contains([]string{"发票抬头开错了", "客服电话打不通"}, x.text)) {
			t.Errorf("%q is about %s by %v, want %s", x.text, g.Code, g.Marks, x.want)
		}
	}
}

func TestACauseInItsOwnColumn(t *testing.T) {
	for text, want := range map[string]string{"服务态度": cause.Attitude, "虚假签收": cause.Unsigned, "内件短少": cause.Lost, "其它": cause.Other, "late": cause.Late, "派件太慢": cause.Late} {
		if got, ok := cause.Typed(text); !ok || got != want {
			t.Errorf("%q is %s %v, want %s", text, got, ok, want)
		}
	}
	for _, text := range []string{"", "投诉", "甲类"} {
		if got, ok := cause.Typed(text); ok {
			t.Errorf("%q is taken for %s", text, got)
		}
	}
}

func TestTheKindOfAText(t *testing.T) {
	for text, want := range map[string]string{"请问寄到拉萨多少钱": cause.Consultation, "我要投诉，请问你们怎么处理": cause.Complaint, "杯子碎了": cause.Complaint,
		"建议你们晚上也派件": cause.Suggestion, "建议你们赔我，箱子压扁变形了": cause.Complaint, "想问一下营业时间": cause.Consultation, "请问为什么多收运费": cause.Complaint, "请问我的件是不是丢了": cause.Complaint} {
		if got := cause.Kind(text); got != want {
			t.Errorf("%q is a %s, want a %s", text, got, want)
		}
	}
	for text, want := range map[string]string{"投诉": cause.Complaint, "咨询": cause.Consultation, "建议": cause.Suggestion, "破损": "", "": ""} {
		if got, _ := cause.KindTyped(text); got != want {
			t.Errorf("the column says %q: %q, want %q", text, got, want)
		}
	}
}
