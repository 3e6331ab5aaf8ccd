package mask

import (
	"strings"
	"testing"
)

func TestText(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"a mobile in a sentence", "打19912341186找周姐", "打199 **** 1186找周姐"},
		{"grouped by spaces", "电话 199 1234 1186，下午在", "电话 199 **** 1186，下午在"},
		{"grouped by dashes", "199-1234-1186", "199 **** 1186"},
		{"in full-width digits", "请打１９９１２３４１１８６", "请打199 **** 1186"},
		{"with the country code", "+86 19912341186", "199 **** 1186"},
		{"two numbers", "19912341186 13800138000", "199 **** 1186 138 **** 8000"},
		{"two numbers glued together", "1991234118613800138000", "199 **** 1186 138 **** 8000"},
		{"a landline", "座机0571-88886666，周一在", "座机0571-**** 6666，周一在"},
		{"a landline with extension", "0571-88886666转801", "0571-**** 6666 转 ****"},
		{"a landline in brackets", "(0571)88886666", "0571-**** 6666"},
		{"a local number that is announced", "公司电话：88886666", "公司电话：**** 66"},
		{"a number abroad", "打 +852 2123 4567", "打 852 **** 4567"},
		{"a mail address", "发到 zhouyan@qq.com 就行", "发到 z****@qq.com 就行"},
		{"a WeChat id", "微信zhouyan88，加我", "微信z****8，加我"},
		{"a WeChat id with a colon", "微信号：zhou_yan-88", "微信号：z****8"},
		{"an id of letters alone", "vx: zhouyanyan", "vx: z****n"},
		{"a raw WeChat id", "她是wxid_ab12cd38", "她是w****8"},
		{"a mobile as WeChat id", "微信同19912341186", "微信同199 **** 1186"},
		{"a QQ number", "QQ 12345678", "QQ **** 78"},
		{"a short QQ number", "qq12345", "qq****"},
		{"a date stays", "2026-11-20 谈好了", "2026-11-20 谈好了"},
		{"a date in one row stays", "20261120 到期", "20261120 到期"},
		{"an amount stays", "每月12000000元", "每月12000000元"},
		{"a waybill number stays", "面单 431380013800099 破损", "面单 431380013800099 破损"},
		{"a waybill with letters stays", "YT4313800138000", "YT4313800138000"},
		{"talk of WeChat stays", "微信上聊过，下周再说", "微信上聊过，下周再说"},
		{"a time stays", "14:30 在仓库", "14:30 在仓库"},
		{"grouped oddly", "138 00 13 80 00 找她", "138 **** 8000 找她"},
		{"digit by digit", "1 3 8 0 0 1 3 8 0 0 0", "138 **** 8000"},
		{"with wide spaces", "138　0013　8000", "138 **** 8000"},
		{"with long dashes", "138——0013——8000", "138 **** 8000"},
		{"with dots", "138.0013.8000", "138 **** 8000"},
		{"with slashes", "138/0013/8000", "138 **** 8000"},
		{"with spaces around dashes", "138 - 0013 - 8000", "138 **** 8000"},
		{"with nothing that can be seen between", "138\u200b0013\u200b8000", "138 **** 8000"},
		{"behind a day", "2026-11-15 138 0013 8000", "2026-11-15 138 **** 8000"},
		{"spelled out", "电话一三八零零一三八零零零", "电话138 **** 8000"},
		{"spelled out with spaces", "幺三八 零零一三 八零零零", "138 **** 8000"},
		{"spelled out half", "138零零13八零〇零", "138 **** 8000"},
		{"in bankers' digits", "壹叁捌零零壹叁捌零零零", "138 **** 8000"},
		{"in circled digits", "①③⑧⓪⓪①③⑧⓪⓪⓪", "138 **** 8000"},
		{"with the country code behind zeros", "0086-138-0013-8000", "138 **** 8000"},
		{"a landline spelled out", "零五七一八八八八六六六六", "0571-**** 6666"},
		{"a landline with a dot", "0571.8888.6666", "0571-**** 6666"},
		{"a street and a house", "送到余杭区良渚街道古墩路1899号3幢", "送到余杭区****"},
		{"a house in a place", "住幸福小区 3 幢 2 单元 501 室，有狗", "住****，有狗"},
		{"a house in Chinese numerals", "在学院路三十二号", "在****"},
		{"a lane", "中山北路 1238 弄 5 号", "****"},
		{"a street alone stays", "古墩路新开了一家", "古墩路新开了一家"},
		{"a day after a street stays", "古墩路那边，12号再去", "古墩路那边，12号再去"},
		{"a day in words stays", "二〇二六年十一月二十日", "二〇二六年十一月二十日"},
		{"what hides nothing keeps its signs", "１２月　谈——续约", "１２月　谈——续约"},
		{"nothing", "", ""},
		{"words", "谈续约", "谈续约"},
	} {
		if got := Text(c.in, Masked); got != c.want {
			t.Errorf("%s: %q shows %q, want %q", c.name, c.in, got, c.want)
		}
		if Text(c.in, Full) != c.in {
			t.Errorf("%s: full is all", c.name)
		}
		if Text(c.in, Hidden) != "" {
			t.Errorf("%s: hidden is nothing", c.name)
		}
	}
}

func FuzzText(f *testing.F) {
	for _, s := range []string{"打19912341186找周姐", "微信zhouyan88", "a@b.cn", "0571-88886666转801", "1991234118613800138000", "qq12345", "vx*1234567 13800138000", "一三八零零一三八零零零", "138 00 13 80 00", "古墩路1899号3幢501室", "①③⑧⓪⓪①③⑧⓪⓪⓪"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		once := Text(s, Masked)
		if twice := Text(once, Masked); twice != once {
			t.Fatalf("%q becomes %q, and then %q", s, once, twice)
		}
		// A mobile that stands alone in it is not seen any more.
		if with := Text(s+" 19912341186 ", Masked); strings.HasSuffix(with, " 19912341186 ") {
			t.Fatalf("%q still shows the number: %q", s, with)
		}
	})
}

func TestCheckPurpose(t *testing.T) {
	for _, c := range []struct {
		name, purpose, note string
		want                PurposeFault
	}{
		{"one of the list", ToCall, "", PurposeFine},
		{"one of the list with a note", ToVerify, "改地址", PurposeFine},
		{"none", "", "", PurposeMissing},
		{"an unknown one", "curious", "想看看", PurposeMissing},
		{"other without words", ForAnything, "", NoteMissing},
		{"other in one character", ForAnything, "看", NoteMissing},
		{"other in words", ForAnything, "送货找不到门", PurposeFine},
		{"too long", ToCall, strings.Repeat("长", MaxNote+1), NoteLong},
	} {
		if got := CheckPurpose(c.purpose, c.note); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestCapsOf(t *testing.T) {
	r := DefaultRule()
	for _, c := range []struct {
		name  string
		roles []string
		want  Caps
	}{
		{"a rep", []string{"sales_rep"}, Caps{30, 2000}},
		{"an analyst reveals nothing and exports nothing", []string{"analyst"}, Caps{}},
		{"two roles: the most of each", []string{"auditor", "sales_rep"}, Caps{60, 50_000}},
		{"a role of the company's own", []string{"night_shift"}, Usual},
		{"no role", nil, Caps{}},
	} {
		if got := r.CapsOf(c.roles...); got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
}
