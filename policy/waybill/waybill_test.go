package waybill_test

import (
	"testing"

	"yike/policy/waybill"
)

func TestWordsAreReadAsTheyAreWritten(t *testing.T) {
	for _, c := range []struct {
		read func(string) (string, bool)
		text string
		want string
		ok   bool
	}{
		{waybill.Product, "标快", waybill.Standard, true},
		{waybill.Product, "标准快递", waybill.Standard, true},
		{waybill.Product, "特惠件", waybill.Economy, true},
		{waybill.Product, "时效产品", waybill.Express, true},
		{waybill.Product, "次日达", waybill.Express, true},
		{waybill.Product, " 大 件 ", waybill.Bulky, true},
		{waybill.Product, "Ｓｔａｎｄａｒｄ", waybill.Standard, true},
		{waybill.Product, "火箭", "", false},
		{waybill.Payment, "寄付", waybill.SenderPays, true},
		{waybill.Payment, "寄付月结", waybill.Monthly, true},
		{waybill.Payment, "到付", waybill.ReceiverPays, true},
		{waybill.Payment, "第三方付款", waybill.ThirdParty, true},
		{waybill.Payment, "欠着", "", false},
		{waybill.State, "已签收", waybill.Signed, true},
		{waybill.State, "退回中", waybill.Returning, true},
		{waybill.State, "退回", waybill.Returned, true},
		{waybill.State, "拒收", waybill.Refused, true},
		{waybill.State, "滞留件", waybill.Stuck, true},
		{waybill.State, "已取消", waybill.Cancelled, true},
		{waybill.State, "飞走了", "", false},
		{waybill.Exception, "正常", "", true},
		{waybill.Exception, "内件短少", waybill.Short, true},
		{waybill.Exception, "派送失败", waybill.FailedOnce, true},
		{waybill.Exception, "不知道", "", false},
	} {
		if got, ok := c.read(c.text); got != c.want || ok != c.ok {
			t.Errorf("%q is read as %q, %v; want %q, %v", c.text, got, ok, c.want, c.ok)
		}
	}
}

func TestEveryWordReadsItself(t *testing.T) {
	for _, list := range []struct {
		words []string
		read  func(string) (string, bool)
	}{{waybill.Products(), waybill.Product}, {waybill.Payments(), waybill.Payment}, {waybill.States(), waybill.State}, {waybill.Exceptions(), waybill.Exception}} {
		for _, w := range list.words {
			if got, ok := list.read(w); got != w || !ok {
				t.Errorf("%q is read as %q, %v", w, got, ok)
			}
		}
	}
}

func TestAStateMayBeAnException(t *testing.T) {
	for state, want := range map[string]string{waybill.Signed: "", waybill.Returning: waybill.Returned, waybill.Lost: waybill.Lost, waybill.Stuck: waybill.Stuck, waybill.Cancelled: ""} {
		if got := waybill.ExceptionOf(state); got != want {
			t.Errorf("%s is the exception %q, want %q", state, got, want)
		}
	}
}

func TestNumbers(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"302610000000003", "302610000000003"}, {" 7312345678 ", "7312345678"}, {"sf1234567890123", "SF1234567890123"}, {"JDVA12345678901", "JDVA12345678901"},
		{"1234567", ""}, {"123456789012345678901", ""}, {"3026****0003", ""}, {"ABCDEFGHIJ", ""}, {"0000000000", ""}, {"3.02611E+14", ""}, {"", ""}, {"单号", ""},
	} {
		if got, ok := waybill.Number(c.text); got != c.want || ok != (c.want != "") {
			t.Errorf("%q is %q, %v; want %q", c.text, got, ok, c.want)
		}
	}
}

func TestWeightsAndVolumesSayTheirUnitInTheCellOrAbove(t *testing.T) {
	for _, c := range []struct {
		read          func(string, string) (int64, bool)
		text, heading string
		want          int64
		ok            bool
	}{
		{waybill.Weight, "1.5", "计费重量(kg)", 1500, true},
		{waybill.Weight, "1.5", "重量", 1500, true},
		{waybill.Weight, "500", "重量（克）", 500, true},
		{waybill.Weight, "500g", "重量(kg)", 500, true},
		{waybill.Weight, "3斤", "", 1500, true},
		{waybill.Weight, "1,200.5", "重量/KG", 1200500, true},
		{waybill.Weight, "", "重量", 0, true},
		{waybill.Weight, "-2", "重量", 0, false},
		{waybill.Weight, "重", "重量", 0, false},
		{waybill.Weight, "1e9999", "重量", 0, false},
		{waybill.Volume, "0.12", "体积(m³)", 120000, true},
		{waybill.Volume, "27000", "体积", 27000, true},
		{waybill.Volume, "2方", "体积(cm3)", 2000000, true},
	} {
		if got, ok := c.read(c.text, c.heading); got != c.want || ok != c.ok {
			t.Errorf("%q under %q is %d, %v; want %d, %v", c.text, c.heading, got, ok, c.want, c.ok)
		}
	}
}

func TestWhoTheSenderIs(t *testing.T) {
	shop := waybill.Client{ID: 1, Name: "澄桁朗文具店", Phones: []string{"13800001059"}, Address: "文一西路100号"}
	twin := waybill.Client{ID: 2, Name: "澄桁朗文具店", Phones: []string{"13900002060"}, Address: "莫干山路8号"}
	firm := waybill.Client{ID: 3, Name: "杭州棠桁有限公司", Phones: []string{"13800001059"}}
	list := func(c ...waybill.Client) []waybill.Client { return c }
	for _, c := range []struct {
		name                 string
		sender               waybill.Sender
		account, phone, same []waybill.Client
		id                   int64
		by                   string
		several              int
	}{
		{"the account decides against the name", waybill.Sender{Name: "澄桁朗文具店", Account: "571001"}, list(firm), nil, list(shop), 3, waybill.ByAccount, 0},
		{"an account of nobody leaves it to the phone", waybill.Sender{Name: "x", Account: "571009", Phones: shop.Phones}, nil, list(shop), nil, 1, waybill.ByPhone, 0},
		{"two of one phone are told apart by the name", waybill.Sender{Name: "杭州棠桁有限责任公司", Phones: shop.Phones}, nil, list(shop, firm), nil, 3, waybill.ByPhone, 0},
		{"two of one phone and neither name leave it open", waybill.Sender{Name: "别家", Phones: shop.Phones}, nil, list(shop, firm), nil, 0, "", 2},
		{"one of the name", waybill.Sender{Name: "澄桁朗 文具店"}, nil, nil, list(shop), 1, waybill.ByName, 0},
		{"two of the name are told apart by the address", waybill.Sender{Name: "澄桁朗文具店", Address: "浙江省杭州市莫干山路 8号3楼"}, nil, nil, list(shop, twin), 2, waybill.ByName, 0},
		{"two of the name and no address leave it open", waybill.Sender{Name: "澄桁朗文具店"}, nil, nil, list(shop, twin), 0, "", 2},
		{"nobody", waybill.Sender{Name: "谁"}, nil, nil, nil, 0, "", 0},
	} {
		if id, by, several := waybill.Choose(c.sender, c.account, c.phone, c.same); id != c.id || by != c.by || several != c.several {
			t.Errorf("%s: %d by %q of %d; want %d by %q of %d", c.name, id, by, several, c.id, c.by, c.several)
		}
	}
}

func TestSendersThatAreNobodyAreToldApart(t *testing.T) {
	for _, c := range []struct{ name, contact, phone, want string }{
		{"杭州棠桁有限公司", "", "13800001059", "杭州棠桁"},
		{"杭州棠桁", "张小军", "", "杭州棠桁"},
		{"张小军", "", "13800001059", "张小军 13800001059"},
		{"", "张小军", "13800001059", "张小军 13800001059"},
		{"张小军", "", "", "张小军"},
		{"老王饭店", "", "13800001059", "老王饭店"},
		{"", "", "13800001059", "tel:13800001059"},
		{"", "", "", ""},
	} {
		if got := waybill.Key(c.name, c.contact, c.phone); got != c.want {
			t.Errorf("%q %q %q: key %q, want %q", c.name, c.contact, c.phone, got, c.want)
		}
	}
}
