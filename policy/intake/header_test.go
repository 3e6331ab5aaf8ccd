package intake

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// sheetOf makes rows of "a|b|c" lines; digits become numbers in cells that
// begin with =.
func sheetOf(lines ...string) []Row {
	var rows []Row
	for i, l := range lines {
		r := Row{Number: i + 1}
		for _, s := range strings.Split(l, "|") {
			switch {
			case s == "":
				r.Cells = append(r.Cells, Cell{})
			case s[0] == '=':
				var f float64
				fmt.Sscan(s[1:], &f)
				r.Cells = append(r.Cells, num(f))
			case s[0] == '!':
				r.Cells = append(r.Cells, Cell{Kind: Error, Text: s[1:]})
			default:
				r.Cells = append(r.Cells, text(s))
			}
		}
		rows = append(rows, r)
	}
	return rows
}

func TestFindHeaderInTheSheetsOfOtherBranches(t *testing.T) {
	for _, c := range []struct {
		why   string
		lines []string
		kind  *Kind
		rows  []int
		want  string // field per column
	}{
		{"plain", []string{"客户名称|电话|地址", "甲|13800001054|杭州"}, Customers, []int{1}, "name phone address"},
		{"who made the list and when, above the headings", []string{"网点客户清单", "制表人：李|||日期：2026.11", "客户|老板|老板电话|省|市|区|详细", "甲|周|13811112222|浙江|杭州|上城|解放路8号"}, Customers, []int{3}, "name contact phone province city district address"},
		{"only a header", []string{"客户名称|电话|地址"}, Customers, []int{1}, "name phone address"},
		{"title, date and blank rows above", []string{"某某网点客户档案", "", "制表日期：2026年10月31日", "", "序号|单位名称|联系人|手机号码|月结卡号|业务员", "=1|甲|张三|13800001054|571|李四"}, Customers, []int{5}, "seq name contact phone account_no owner"},
		{"units, stars and line breaks in headings", []string{"*客户名称(必填)|联系\n电话|账期（天）|授信额度(元)"}, Customers, []int{1}, "name phone terms_days credit_limit"},
		{"two rows, groups above", []string{"基本信息||联系方式|||备注", "公司名称|客户类型|联系人|电话|地址|", "甲|企业|张三|13800001054|杭州|"}, Customers, []int{1, 2}, "name kind contact phone address remark"},
		{"two rows, split below", []string{"客户名称|电话|地址|||业务员", "||省|市|区|", "甲|13800001054|浙江|杭州|西湖|李四"}, Customers, []int{1, 2}, "name phone province city district owner"},
		{"the group says whose phone", []string{"客户|联系人||收件人|", "名称|姓名|电话|姓名|电话", "甲|张三|13800001054|李四|13900001055"}, Customers, []int{1, 2}, "name contact phone  "},
		{"English", []string{"Customer Name|Contact Person|Mobile Phone|E-mail|Sales Rep|Remarks", "A|B|13800001054|a@b.cn|C|"}, Customers, []int{1}, "name contact phone email owner remark"},
		{"English with underscores", []string{"customer_name|phone_number|credit_limit", "A|13800001054|5000"}, Customers, []int{1}, "name phone credit_limit"},
		{"several phones", []string{"客户名称|电话1|电话2|备用电话", "A|13800001054||"}, Customers, []int{1}, "name phone phone phone"},
		{"the same heading twice goes to the left", []string{"客户名称|地址|地址", "A|x|y"}, Customers, []int{1}, "name address "},
		{"somebody else's phone is not the customer's", []string{"客户名称|手机|客户经理电话|收件人手机", "A|13800001054|13900001055|1"}, Customers, []int{1}, "name phone  "},
		{"likeness", []string{"客户名称|请填写联系电话|所属行业分类", "A|13800001054|茶"}, Customers, []int{1}, "name phone industry"},
		{"unknown headings are left", []string{"客户名称|电话|脸盆颜色", "A|13800001054|红"}, Customers, []int{1}, "name phone "},
		{"two columns", []string{"姓名|手机号", "张三|13800001054"}, Customers, []int{1}, "name phone"},
		{"visits", []string{"日期|客户|拜访人|拜访方式|拜访情况|下次拜访时间", "2026-10-01|甲|李四|上门|好|下周三"}, Visits, []int{1}, "day name rep mode learned next_on"},
		{"waybills", []string{"运单号|寄件客户|运费(元)|状态", "1|甲|3.50|已签收"}, Waybills, []int{1}, "waybill name freight status"},
	} {
		t.Run(c.why, func(t *testing.T) {
			h, ok := FindHeader(sheetOf(c.lines...))
			if !ok {
				t.Fatal("none found")
			}
			got := strings.Join(Guessing(Guess(h.Kind, h)), " ")
			if h.Kind != c.kind || !slices.Equal(h.Rows, c.rows) || got != c.want {
				t.Errorf("%s rows %v %q, want %s %v %q", h.Kind.Name, h.Rows, got, c.kind.Name, c.rows, c.want)
			}
		})
	}
}

func TestFindHeaderSaysWhenThereIsNone(t *testing.T) {
	for why, lines := range map[string][]string{
		"data from the first row": {"甲公司|13800001054|杭州市西湖区", "乙公司|13900001055|杭州市余杭区"},
		"nothing":                 {},
		"one cell":                {"杭州城西网点客户台账"},
		"a letter":                {"各位同事：请按电话通知客户", "谢谢"},
	} {
		h, ok := FindHeader(sheetOf(lines...))
		if ok {
			t.Errorf("%s: %+v", why, h)
		}
		if len(lines) > 0 && h.Width() != strings.Count(lines[0], "|")+1 {
			t.Errorf("%s: width %d", why, h.Width())
		}
	}
}

func TestASheetWithoutHeaderIsJudgedByAChosenMapping(t *testing.T) {
	rows := sheetOf("甲公司|13800001054", "乙公司|1390000105")
	h, ok := FindHeader(rows)
	if ok {
		t.Fatal("there is no header")
	}
	j, err := NewJudge(Customers, h, Mapping{"name", "phone"}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	got, err := j.All(rows)
	if err != nil || len(got) != 2 || got[0].Verdict != Create || got[1].Reason() != MobileShort {
		t.Errorf("%v %+v", err, got)
	}
}

func TestYearComesFromTheTitle(t *testing.T) {
	for title, want := range map[string]int{"2025年客户走访记录": 2025, "制表：2026-10-31": 2026, "共2026户": 0, "客户表": 0} {
		h, _ := FindHeader(sheetOf(title, "客户名称|电话"))
		if h.Year != want {
			t.Errorf("%s: %d, want %d", title, h.Year, want)
		}
	}
}

func TestMappingIsRememberedByItsHeadings(t *testing.T) {
	a, _ := FindHeader(sheetOf("客户名称|电话|脸盆颜色"))
	b, _ := FindHeader(sheetOf("标题", "脸盆颜色|客户名称 |电话"))
	c, _ := FindHeader(sheetOf("客户名称|电话|地址"))
	if HeadingKey(Customers, a) != HeadingKey(Customers, b) || HeadingKey(Customers, a) == HeadingKey(Customers, c) || HeadingKey(Customers, a) == HeadingKey(Visits, a) {
		t.Error("a set of headings has one key, whatever its order; another set or kind has another")
	}
	kept := Remember(a, Mapping{"name", "phone", "tags"})
	if got := Recall(Customers, b, kept); !slices.Equal(got, Mapping{"tags", "name", "phone"}) {
		t.Errorf("recalled %v", got)
	}
	if got := Recall(Customers, c, map[string]string{"客户名称": "gone", "电话": "phone"}); !slices.Equal(got, Mapping{"", "phone", ""}) {
		t.Errorf("a field that is no more is left out: %v", got)
	}
}

func TestCheckMapping(t *testing.T) {
	h, _ := FindHeader(sheetOf("客户名称|电话|手机|地址"))
	for _, c := range []struct {
		why  string
		kind *Kind
		m    Mapping
		want string
	}{
		{"fine", Customers, Mapping{"name", "phone", "phone", "address"}, ""},
		{"columns left out", Customers, Mapping{"name", "", "phone", ""}, ""},
		{"twice", Customers, Mapping{"name", "phone", "address", "address"}, MapTwice},
		{"no name", Customers, Mapping{"", "phone", "", ""}, MapNoName},
		{"unknown field", Customers, Mapping{"name", "password", "", ""}, MapUnknownField},
		{"more columns than there are", Customers, Mapping{"name", "", "", "", "phone"}, MapTooWide},
		{"visits without a day", Visits, Mapping{"name", "", "", ""}, MapNoDay},
		{"visits by account", Visits, Mapping{"account_no", "day", "", ""}, ""},
	} {
		got := ""
		for _, e := range CheckMapping(c.kind, h, c.m) {
			got = e.Code
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.why, got, c.want)
		}
		if _, err := NewJudge(c.kind, h, c.m, Options{}); (err != nil) != (c.want != "") {
			t.Errorf("%s: %v", c.why, err)
		}
	}
}

func TestNoSynonymNamesTwoFields(t *testing.T) {
	for _, k := range Kinds() {
		seen := map[string]string{}
		for _, f := range k.Fields {
			for _, s := range append([]string{f.Name}, f.Synonyms...) {
				h := foldHeading(s)
				if other, ok := seen[h]; ok && other != f.Name {
					t.Errorf("%s: %q names %s and %s", k.Name, s, other, f.Name)
				}
				seen[h] = f.Name
			}
		}
		if len(k.Fields) > 64 {
			t.Errorf("%s has more fields than knownIn counts", k.Name)
		}
	}
}

func TestRowsThatAreNoData(t *testing.T) {
	head := "序号|客户名称|联系人|电话|地址|件量"
	for _, c := range []struct {
		line string
		want NotData
	}{
		{"=1|甲|张三|13800001054|杭州|=3", IsData},
		{"|甲||||", IsData},
		{"=1|总计科技有限公司|张三|13800001054|杭州|=3", IsData},
		{"=1|杭州总计||||=3", GrandTotal},
		{"||||", BlankRow},
		{" |\u00a0||", BlankRow},
		{head, HeaderAgain},
		{"一、青枫片区", GroupHeading},
		{"|（二）电商客户", GroupHeading},
		{"【3月】", GroupHeading},
		{"=7", NumberOnly},
		{"|青枫片区小计||||=40", Subtotal},
		{"小 计|||||=40", Subtotal},
		{"合　计|||||=80", GrandTotal},
		{"总记录数：1200", GrandTotal},
		{"共 1200 条", GrandTotal},
		{"Total|||||=80", GrandTotal},
		{"审核：      网点经理：      日期：", Signature},
		{"制表人：沈雨桐||审核人：", Signature},
		{"注：以上数据截至10月", NoteRow},
		{"|以下空白", NoteRow},
		{"示例|某某公司|张三|13800000000|杭州|", IsData},
		{"|示例公司||||", ExampleRow},
		{"||张三|13800001054||", IsData},
	} {
		rows := sheetOf(head, c.line)
		h, _ := FindHeader(rows)
		j, err := NewJudge(h.Kind, h, Guessing(Guess(h.Kind, h)), Options{})
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := j.Row(rows[1]); got.NotData != c.want {
			t.Errorf("%q: %q, want %q", c.line, got.NotData, c.want)
		}
	}
}

func TestEveryHeadingOfTheSamplesIsKnown(t *testing.T) {
	for kind, heads := range map[*Kind]string{
		Customers: "序号 客户名称 客户类型 客户等级 来源 联系人 联系电话 地址 结算方式 月结账号 账期（天） 授信额度 负责人 建档日期 月均件量 备注 客户编号 单位电话 手机号码 单位地址 客户类别 业务员 最近发件 累计票数 预存余额 客户 电话 月发件",
		Visits:    "序号 拜访日期 业务员 客户名称 拜访方式 接洽人 拜访内容 客户需求 下一步 下次跟进日期",
		Waybills:  "订单编号 运单编号 发货店铺 寄件人 寄件人手机 收件人 收件人手机 收件地区 下单时间 揽收时间 计费重量(KG) 运费(元) 订单状态 序号 日期 运单号 寄件客户 月结账号 目的地 计费重量(kg) 付款方式 产品类型 状态 备注",
	} {
		for _, h := range strings.Fields(heads) {
			if _, ok := kind.exact(h); !ok {
				t.Errorf("%s: %s", kind.Name, h)
			}
		}
	}
}

func TestGuessByContentForSheetsWithoutHeadings(t *testing.T) {
	for _, c := range []struct {
		why   string
		kind  *Kind
		lines []string
		want  string
	}{
		{"companies", Customers, []string{"=1|甲贸易有限公司|张三|13800001054|杭州市西湖区望麓街81号|2024-03-05|A", "=2|乙童装店|李四|0571-86000123转801|杭州市余杭区青枫路2号|2024年3月6日|B类"}, " name contact phone address filed_on class"},
		{"people", Customers, []string{"张三|13800001054|13900001055", "李四丰|13800001056|"}, "name phone phone"},
		{"visits", Visits, []string{"2026-10-01|甲有限公司|上门", "2026-10-02|乙店|电话"}, "day name mode"},
		{"nothing to see", Customers, []string{"=1|=2", "=3|=4"}, " "},
	} {
		rows := sheetOf(c.lines...)
		if got := strings.Join(Guessing(GuessByContent(c.kind, rows, len(rows[0].Cells))), " "); got != c.want {
			t.Errorf("%s: %q, want %q", c.why, got, c.want)
		}
	}
}

func TestTheFirstSynonymIsAHeadingOfItsField(t *testing.T) {
	for _, k := range Kinds() {
		for i, f := range k.Fields {
			if at, ok := k.exact(f.Synonyms[0]); !ok || at != i {
				t.Errorf("%s: a template with the heading %q would not feed %s", k.Name, f.Synonyms[0], f.Name)
			}
		}
	}
}
