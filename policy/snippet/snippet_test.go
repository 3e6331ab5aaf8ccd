package snippet

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
)

type truthRow struct {
	Row                                                    int
	Province, City, District, Street, Name, Phone, Company string
	NeedsAPerson                                           string `json:"needs_a_person"`
}

// The messages of a branch: 74 of 80 are read exactly, 6 need a person.
func TestSampleMessages(t *testing.T) {
	dir := filepath.Join("..", "..", "internal", "sheet", "testdata", "samples")
	raw, err := os.ReadFile(filepath.Join(dir, "truth.json"))
	if err != nil {
		t.Fatal(err)
	}
	var truth struct {
		Files map[string]json.RawMessage `json:"files"`
	}
	if err := json.Unmarshal(raw, &truth); err != nil {
		t.Fatal(err)
	}
	var want struct {
		Rows []truthRow `json:"rows"`
	}
	if err := json.Unmarshal(truth.Files["微信整理_WPS.xlsx"], &want); err != nil {
		t.Fatal(err)
	}
	book, err := excelize.OpenFile(filepath.Join(dir, "微信整理_WPS.xlsx"))
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close()
	cells, err := book.GetRows(book.GetSheetName(0))
	if err != nil {
		t.Fatal(err)
	}
	exact, person := 0, 0
	for _, w := range want.Rows {
		text := cells[w.Row-1][1]
		got := Parse(text, "0571")
		if w.NeedsAPerson != "" {
			if got.Certain {
				t.Errorf("row %d needs a person (%s) and passes: %q gives %+v", w.Row, w.NeedsAPerson, text, got)
			}
			person++
			continue
		}
		var phones []string
		for _, n := range got.Phones {
			phones = append(phones, n.Digits)
		}
		read := truthRow{w.Row, got.Province, got.City, got.District, got.Detail, got.Name, strings.Join(phones, ","), got.Company, ""}
		if read != w || !got.Certain {
			t.Errorf("row %d %q\n got %+v doubts %v rest %q\nwant %+v", w.Row, text, read, got.Doubts, got.Rest, w)
			continue
		}
		exact++
	}
	if exact != 74 || person != 6 {
		t.Errorf("%d read exactly and %d for a person, want 74 and 6", exact, person)
	}
}

func TestParse(t *testing.T) {
	for _, c := range []struct {
		why, text, name, phones, place, detail, company string
		doubts                                          []Doubt
	}{
		{"name, number, address with blanks", "谢芳 18800001596 浙江省杭州市余杭区南屿路75号2楼", "谢芳", "18800001596", "浙江省杭州市余杭区", "南屿路75号2楼", "", nil},
		{"labels in lines", "收件人：韩卫东\n手机：13900001578\n地址：辽宁省沈阳市铁西区漱玉弄10号", "韩卫东", "13900001578", "辽宁省沈阳市铁西区", "漱玉弄10号", "", nil},
		{"labels without colons", "收件人 韩卫东 电话 13900001578 地址 辽宁省沈阳市铁西区漱玉弄10号", "韩卫东", "13900001578", "辽宁省沈阳市铁西区", "漱玉弄10号", "", nil},
		{"area and street labelled apart", "姓名: 韩卫东\n所在地区: 辽宁省沈阳市铁西区\n详细地址: 漱玉弄10号\n电话: 13900001578", "韩卫东", "13900001578", "辽宁省沈阳市铁西区", "漱玉弄10号", "", nil},
		{"nothing between address, name and number", "河南省郑州市金水区砚池街11号徐婷婷13800001577", "徐婷婷", "13800001577", "河南省郑州市金水区", "砚池街11号", "", nil},
		{"nothing between number, name and address", "13300001621杨文博湖南省长沙市岳麓区松涧路1号", "杨文博", "13300001621", "湖南省长沙市岳麓区", "松涧路1号", "", nil},
		{"a compound surname glued to the place", "上官永康天津市滨海新区朔风路143号15800001557", "上官永康", "15800001557", "天津市滨海新区", "朔风路143号", "", nil},
		{"a firm, a receiver with 收", "浙江省温州市乐清市松涧路49号，杭州沐蘅尔五金机电有限公司，黄志远收，电话13800001579", "黄志远", "13800001579", "浙江省温州市乐清市", "松涧路49号", "杭州沐蘅尔五金机电有限公司", nil},
		{"a title", "王先生 13800001579 杭州西湖区文三路1号", "王先生", "13800001579", "浙江省杭州市西湖区", "文三路1号", "", nil},
		{"a landline with extension", "王芳，0571-86000123转801，杭州市西湖区文三路1号", "王芳", "0571-86000123-801", "浙江省杭州市西湖区", "文三路1号", "", nil},
		{"two numbers of one person", "王芳 13800001579/13900001578 杭州市西湖区文三路1号", "王芳", "13800001579,13900001578", "浙江省杭州市西湖区", "文三路1号", "", nil},
		{"a garden between street and house", "王芳 13800001579 杭州市西湖区文三路 金色家园 3幢 201室", "王芳", "13800001579", "浙江省杭州市西湖区", "文三路金色家园3幢201室", "", nil},
		{"a country code", "王芳 +86 138 0000 1579 杭州市西湖区文三路1号", "王芳", "13800001579", "浙江省杭州市西湖区", "文三路1号", "", nil},
		{"a pet name", "杭州市西湖区文三路1号 小美 13800001579", "小美", "13800001579", "浙江省杭州市西湖区", "文三路1号", "", []Doubt{NameUnsure}},
		{"a district of many cities", "王芳 13800001579 鼓楼区中山路1号", "王芳", "13800001579", "", "鼓楼区中山路1号", "", []Doubt{PlaceAmbiguous}},
		{"no place at all", "王芳 13800001579 文三路1号", "王芳", "13800001579", "", "文三路1号", "", []Doubt{PlaceUnknown}},
		{"only the city", "王芳 13800001579 杭州市文三路1号", "王芳", "13800001579", "浙江省杭州市", "文三路1号", "", []Doubt{DistrictMissing}},
		{"no street", "王芳 13800001579 杭州市西湖区", "王芳", "13800001579", "浙江省杭州市西湖区", "", "", []Doubt{NoDetail}},
		{"a dissolved district", "王芳 13800001579 杭州市江干区文三路1号", "王芳", "13800001579", "浙江省杭州市江干区", "文三路1号", "", []Doubt{PlaceDissolved}},
		{"no name", "重庆市渝北区漱玉弄292号，13900001584", "", "13900001584", "重庆市渝北区", "漱玉弄292号", "", []Doubt{NoName}},
		{"no number", "北京市朝阳区南屿路225号 解建国", "解建国", "", "北京市朝阳区", "南屿路225号", "", []Doubt{NoPhone}},
		{"a digit is missing", "查晓燕 1390000159 广东省深圳市龙岗区石埠南街48号", "查晓燕", "", "广东省深圳市龙岗区", "石埠南街48号", "", []Doubt{PhoneDigits}},
		{"a digit too many", "查晓燕 139000015999 广东省深圳市龙岗区石埠南街48号", "查晓燕", "", "广东省深圳市龙岗区", "石埠南街48号", "", []Doubt{PhoneDigits}},
		{"two receivers", "胡红梅 13300001620 广东省佛山市南海区松涧路85号\n还有一个：萧红梅 17700001549 广东省佛山市南海区松涧路85号", "胡红梅", "13300001620,17700001549", "广东省佛山市南海区", "松涧路85号", "", []Doubt{SeveralReceivers}},
		{"the address first, in lines", "杭州市西湖区文三路1号\n王芳\n13800001579", "王芳", "13800001579", "浙江省杭州市西湖区", "文三路1号", "", nil},
		{"a name with letters", "Lily 13800001579 杭州市西湖区文三路1号", "Lily", "13800001579", "浙江省杭州市西湖区", "文三路1号", "", []Doubt{NameUnsure}},
		{"a firm without another address", "王芳 13800001579 杭州市西湖区沐蘅尔五金商行", "王芳", "13800001579", "浙江省杭州市西湖区", "沐蘅尔五金商行", "", nil},
		{"a labelled firm", "公司：沐蘅尔五金商行 联系人：王芳 电话：13800001579 地址：杭州市西湖区文三路1号", "王芳", "13800001579", "浙江省杭州市西湖区", "文三路1号", "沐蘅尔五金商行", nil},
		{"a request behind the address", "王芳 13800001579 杭州市西湖区文三路1号\n周五前要到", "王芳", "13800001579", "浙江省杭州市西湖区", "文三路1号", "", []Doubt{LeftOver}},
		{"an address with commas", "王芳，13800001579，浙江省，杭州市，西湖区，文三路1号，3幢201室", "王芳", "13800001579", "浙江省杭州市西湖区", "文三路1号3幢201室", "", nil},
		{"the whole in brackets", "【收件人】王芳【电话】13800001579【地址】杭州市西湖区文三路1号", "王芳", "13800001579", "浙江省杭州市西湖区", "文三路1号", "", nil},
		{"one line with fullwidth digits", "王芳１３８００００１５７９杭州市西湖区文三路１号", "王芳", "13800001579", "浙江省杭州市西湖区", "文三路1号", "", nil},
		{"labels glued to everything", "收货人王芳手机号码13800001579所在地区浙江省杭州市西湖区详细地址文三路1号", "王芳", "13800001579", "浙江省杭州市西湖区", "文三路1号", "", nil},
		{"a postal code goes", "浙江省 杭州市 西湖区 文三路1号 310012 王芳 13800001579", "王芳", "13800001579", "浙江省杭州市西湖区", "文三路1号", "", nil},
		{"an order number is no part of the address", "200801000001，王芳，13800001579，杭州市西湖区文三路1号", "王芳", "13800001579", "浙江省杭州市西湖区", "文三路1号", "", []Doubt{PhoneDigits}},
		{"a name at the end of a labelled address", "请寄这个地址：杭州市西湖区文三路1号 A座 946室 王芳13800001579", "王芳", "13800001579", "浙江省杭州市西湖区", "文三路1号A座946室", "", []Doubt{LeftOver}},
		{"a pet name in front", "太阳花花 杭州市西湖区文三路1号，13800001579", "太阳花花", "13800001579", "浙江省杭州市西湖区", "文三路1号", "", []Doubt{NameUnsure}},
		{"only a name and a number", "王芳13800001579", "王芳", "13800001579", "", "", "", []Doubt{NoAddress}},
		{"nothing", "", "", "", "", "", "", []Doubt{NoName, NoAddress, NoPhone}},
	} {
		got := Parse(c.text, "0571")
		var phones []string
		for _, n := range got.Phones {
			phones = append(phones, n.Digits)
		}
		if got.Name != c.name || strings.Join(phones, ",") != c.phones || got.Place.Name() != c.place ||
			got.Detail != c.detail || got.Company != c.company || !slices.Equal(got.Doubts, c.doubts) || got.Certain != (c.doubts == nil) {
			t.Errorf("%s: %q\n gives %q %v %q %q %q doubts %v rest %q", c.why, c.text, got.Name, phones, got.Place.Name(), got.Detail, got.Company, got.Doubts, got.Rest)
		}
	}
	if got := Parse("好的，明天下午来拿，先别打单", ""); got.Certain || got.Name != "" || got.Detail != "" {
		t.Errorf("chat is no receiver: %+v", got)
	}
	if got := Parse(strings.Repeat("长", MaxLength), ""); !slices.Contains(got.Doubts, TooLong) {
		t.Errorf("a book is too long: %v", got.Doubts)
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"谢芳 18800001596 浙江省杭州市余杭区南屿路75号2楼", "收件人：韩卫东\n手机：13900001578", "13300001621杨文博湖南省长沙市",
		"电话:", "公司 ", "1391 0000 159", "\xff收", "（收）", "地址:地址:",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got := Parse(text, "0571")
		if got.Certain != (len(got.Doubts) == 0) {
			t.Fatalf("%q: certain %v with doubts %v", text, got.Certain, got.Doubts)
		}
		if got.Certain && (got.Name == "" || len(got.Phones) == 0 || got.District == "" && got.City == "" || got.Detail == "") {
			t.Fatalf("%q is certain and incomplete: %+v", text, got)
		}
	})
}

func BenchmarkParse(b *testing.B) {
	for b.Loop() {
		Parse("收件人：韩卫东\n手机：13900001578\n地址：辽宁省沈阳市铁西区漱玉弄10号10幢2104室", "0571")
	}
}
