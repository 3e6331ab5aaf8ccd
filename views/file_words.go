package views

import (
	"context"
	"strings"

	"yike/policy/dedupe"
	"yike/policy/phone"
	"yike/policy/profile"
	"yike/policy/snippet"
	"yike/views/lang"
	"yike/views/ui"
)

// fieldWords names the fields of a customer file, of a contact and of a visit,
// as forms and the history call them.
var fieldWords = map[string]string{
	"branch_id": lang.N("网点"), "branch": lang.N("网点"), "code": lang.N("客户编码"), "name": lang.N("客户名称"), "short_name": lang.N("简称"),
	"kind": lang.N("客户类型"), "usage": lang.N("产品用途"), "nature": lang.N("单位性质"), "size": lang.N("单位规模"), "power": lang.N("购买力"),
	"source": lang.N("客户来源"), "industry": lang.N("行业"), "business_type": lang.N("业务类型"), "credit_code": lang.N("统一社会信用代码"),
	"account_no": lang.N("月结账号"), "wechat": lang.N("微信"), "email": lang.N("邮箱"), "place_code": lang.N("省市区"),
	"province": lang.N("省"), "city": lang.N("市"), "district": lang.N("区县"), "address": lang.N("地址"),
	"owner_id": lang.N("业务员"), "owner": lang.N("业务员"), "clerk_id": lang.N("专属客服"), "clerk": lang.N("专属客服"),
	"stage": lang.N("生命周期"), "class": lang.N("分级"), "class_reason": lang.N("分级理由"), "terms": lang.N("付款方式"),
	"terms_days": lang.N("账期天数"), "credit_limit": lang.N("授信额度"), "contract_no": lang.N("合同编号"),
	"contract_from": lang.N("合同开始"), "contract_to": lang.N("合同到期"), "channel": lang.N("采集渠道"),
	"screen_place": lang.N("地理位置"), "screen_profit": lang.N("盈利能力"), "screen_staff": lang.N("员工素质"), "screen_culture": lang.N("企业文化"),
	"state": lang.N("档案状态"), "monthly_pieces": lang.N("月均票数"), "filed_on": lang.N("建档日期"), "founded_on": lang.N("成立日期"), "remark": lang.N("备注"),
	"phones": lang.N("电话"), "tags": lang.N("标签"),
	"position": lang.N("职务"), "is_primary": lang.N("首要联系人"), "ways": lang.N("联系的先后"), "birthday": lang.N("生日"),
	"contact_name": lang.N("联系人姓名"), "contact_position": lang.N("职务"), "contact_phone": lang.N("联系人电话"), "contact_wechat": lang.N("联系人微信"),
	"duplicate": lang.N("重复客户"),
}

// FieldWord names a field; one that has no name for people gives "".
func FieldWord(ctx context.Context, name string) string {
	if strings.HasPrefix(name, "phone-") {
		return lang.T(ctx, "电话")
	}
	return word(ctx, map[string]string{name: fieldWords[name]}, name)
}

// FileFault is a fault of a customer file or of a contact as a sentence that
// says the remedy.
func FileFault(ctx context.Context, p profile.Problem) string {
	switch p.Code {
	case profile.Missing:
		return lang.T(ctx, "请填写")
	case profile.TooLong:
		return lang.T(ctx, "最多 %d 个字", p.N)
	case profile.TagMark:
		return lang.T(ctx, "标签里不能有逗号、顿号、分号和斜线，一个标签一行")
	case profile.UnknownWord:
		return lang.T(ctx, "请选一个")
	case profile.BadCode:
		return lang.T(ctx, "只用字母、数字和横线，例如 HZ01-00042")
	case profile.BadEmail:
		return lang.T(ctx, "邮箱写成 name@example.com 这样")
	case profile.BadDay:
		return lang.T(ctx, "没有这一天，写成 2026-11-21 这样")
	case profile.DayAhead:
		return lang.T(ctx, "这一天还没到")
	case profile.ContractOrder:
		return lang.T(ctx, "到期不能早于开始")
	case profile.CreditLength:
		return lang.T(ctx, "信用代码是 18 位，现在是 %d 位", p.N)
	case profile.CreditLetter:
		return lang.T(ctx, "第 %d 位不会是“%s”，看看是不是写错了", p.N, p.Text)
	case profile.CreditCheck:
		return lang.T(ctx, "校验位对不上：前 17 位没错的话，最后一位应是 %s", p.Text)
	case profile.ReasonMissing:
		return lang.T(ctx, "分级变了，写一句理由")
	case profile.ClassMissing:
		return lang.T(ctx, "写了理由，还没选分级")
	case profile.OutOfRange:
		return lang.T(ctx, "填 0 到 %d 之间的整数", p.N)
	case profile.TermsPerParcel:
		return lang.T(ctx, "按票付的客户没有账期，改成月结或清空天数")
	case profile.PlaceUnknown:
		return lang.T(ctx, "没有这个地区，请重新选")
	case profile.Repeated:
		return lang.T(ctx, "这个号码填了两遍")
	case profile.TooMany:
		return lang.T(ctx, "最多 %d 个号码", p.N)
	}
	if s, ok := strings.CutPrefix(string(p.Code), "birthday_"); ok {
		return birthdayFault(ctx, s)
	}
	return phoneFault(ctx, p)
}

func phoneFault(ctx context.Context, p profile.Problem) string {
	switch phone.Code(p.Code) {
	case phone.MobileShort:
		return lang.T(ctx, "少 %d 位，手机号是 11 位", p.N)
	case phone.MobileLong:
		return lang.T(ctx, "多 %d 位，手机号是 11 位", p.N)
	case phone.DigitsLost:
		return lang.T(ctx, "这是表格里的科学计数，后几位已经丢了，请重新填")
	case phone.NoAreaCode:
		return lang.T(ctx, "座机前面加上区号，例如 0571-86000123")
	case phone.Masked:
		return lang.T(ctx, "号码被遮住了几位，请填完整")
	case phone.StrayDigits:
		return lang.T(ctx, "“%s”是多出来的数字", p.Text)
	case phone.ForeignWrong:
		return lang.T(ctx, "那个国家没有这样的号码")
	}
	return lang.T(ctx, "这不像一个电话号码")
}

func birthdayFault(ctx context.Context, code string) string {
	switch code {
	case "year":
		return lang.T(ctx, "年份填 1900 到 2100，不知道就空着")
	case "month":
		return lang.T(ctx, "月份填 1 到 12")
	case "leap_solar":
		return lang.T(ctx, "公历没有闰月，去掉闰月或选农历")
	case "no_such_leap":
		return lang.T(ctx, "那一年没有这个闰月")
	case "no_such_day":
		return lang.T(ctx, "那一年的这个月没有这一天")
	case "in_the_future":
		return lang.T(ctx, "这一天还没到")
	}
	return lang.T(ctx, "没有这一天")
}

// SnippetDoubt says what to look at in what was pasted, and in which field.
func SnippetDoubt(ctx context.Context, d snippet.Doubt) (field, sentence string) {
	switch d {
	case snippet.NoPhone:
		return "phone-0", lang.T(ctx, "没找到电话")
	case snippet.PhoneDigits:
		return "phone-0", lang.T(ctx, "有一串数字像电话又不是，请核对")
	case snippet.NoName:
		return "name", lang.T(ctx, "没找到名称")
	case snippet.NameUnsure:
		return "name", lang.T(ctx, "这是不是名称，请核对")
	case snippet.NoAddress:
		return "address", lang.T(ctx, "没找到地址")
	case snippet.PlaceUnknown:
		return "address", lang.T(ctx, "认不出省市区，请选一下")
	case snippet.PlaceAmbiguous:
		return "address", lang.T(ctx, "有几个同名的地方，请选省市区")
	case snippet.PlaceDissolved:
		return "address", lang.T(ctx, "这个区县已经撤并，请选现在的")
	case snippet.DistrictMissing:
		return "address", lang.T(ctx, "没写区县，请补上")
	case snippet.NoDetail:
		return "address", lang.T(ctx, "没写街道门牌，请补上")
	case snippet.SeveralReceivers:
		return "name", lang.T(ctx, "里面不止一位，只取了第一位")
	case snippet.LeftOver:
		return "remark", lang.T(ctx, "认不出的部分放在备注里了")
	case snippet.TooLong:
		return "snippet", lang.T(ctx, "太长了，只读了前面一段")
	}
	return "", ""
}

// DuplicateWhy says what two files have in common.
func DuplicateWhy(ctx context.Context, reasons []string) string {
	var words []string
	for _, r := range reasons {
		switch r {
		case dedupe.SameName:
			words = append(words, lang.T(ctx, "名称相同"))
		case dedupe.SamePhone:
			words = append(words, lang.T(ctx, "电话相同"))
		case dedupe.SameCreditCode:
			words = append(words, lang.T(ctx, "信用代码相同"))
		}
	}
	return strings.Join(words, lang.T(ctx, "、"))
}

// FileAlert is an alert of a customer's page as a sentence, with the kind of
// note it stands in.
func FileAlert(ctx context.Context, a profile.Alert) (kind, sentence string) {
	kind = "soon"
	if a.Late {
		kind = "over"
	}
	switch a.Code {
	case profile.ContractOver:
		return kind, lang.T(ctx, "合同已到期 %d 天", a.N)
	case profile.ContractSoon:
		if a.N == 0 {
			return kind, lang.T(ctx, "合同今天到期")
		}
		return kind, lang.T(ctx, "合同还有 %d 天到期", a.N)
	case profile.VisitOver:
		return kind, lang.T(ctx, "计划的拜访晚了 %d 天", a.N)
	case profile.NotVisited:
		return kind, lang.T(ctx, "%d 天没有拜访", a.N)
	case profile.NeverVisited:
		return kind, lang.T(ctx, "建档 %d 天，还没拜访过", a.N)
	case profile.BirthdaySoon:
		switch a.N {
		case 0:
			return kind, lang.T(ctx, "%s 今天生日", a.Who)
		case 1:
			return kind, lang.T(ctx, "%s 明天生日", a.Who)
		}
		return kind, lang.T(ctx, "%s %d 天后生日", a.Who, a.N)
	case profile.NotReviewed:
		return kind, lang.T(ctx, "建档 %d 天，还没审核", a.N)
	case profile.NoOwner:
		return kind, lang.T(ctx, "还没有业务员负责")
	}
	return "", ""
}

// formFields are the fields of the form in the order of the page, for the list
// of faults on top.
var formFields = []string{
	"duplicate", "name", "short_name", "kind", "phone-0", "phone-1", "phone-2", "phone-3", "phone-4", "phone-5", "phone-6",
	"phone-7", "phone-8", "phone-9", "phone-10", "branch", "owner", "clerk", "class", "class_reason", "address", "province",
	"city", "district", "contact_name", "contact_position", "contact_phone", "contact_wechat", "stage", "usage", "nature", "size", "power", "industry",
	"business_type", "credit_code", "founded_on", "source", "channel", "filed_on", "screen_place", "screen_profit", "screen_staff",
	"screen_culture", "terms", "terms_days", "credit_limit", "account_no", "monthly_pieces", "contract_no", "contract_from",
	"contract_to", "wechat", "email", "code", "state", "tags", "remark",
}

func formLabels(ctx context.Context) []ui.FieldLabel {
	out := make([]ui.FieldLabel, len(formFields))
	for i, name := range formFields {
		out[i] = ui.FieldLabel{Name: name, Label: FieldWord(ctx, name)}
	}
	return out
}
