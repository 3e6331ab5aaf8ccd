package place

import (
	"strings"
	"testing"
)

func TestFind(t *testing.T) {
	for _, c := range []struct {
		why, text, place, rest string
		certainty              Certainty
	}{
		{"every level written out", "浙江省杭州市余杭区砚池街363号", "浙江省杭州市余杭区", "砚池街363号", Stated},
		{"short names", "浙江杭州余杭良渚街道1号", "浙江省杭州市余杭区", "良渚街道1号", Inferred},
		{"the province left out", "杭州西湖区文三路", "浙江省杭州市西湖区", "文三路", Inferred},
		{"province left out, city in full", "杭州市西湖区文三路", "浙江省杭州市西湖区", "文三路", Inferred},
		{"a district of one city only", "余杭区仓前街道", "浙江省杭州市余杭区", "仓前街道", Inferred},
		{"a district of many cities", "鼓楼区中山路1号", "", "鼓楼区中山路1号", Ambiguous},
		{"朝阳区 is in Beijing and in Changchun", "朝阳区建国路", "", "朝阳区建国路", Ambiguous},
		{"the city settles it", "南京鼓楼区中山路1号", "江苏省南京市鼓楼区", "中山路1号", Inferred},
		{"the province alone leaves two", "江苏省鼓楼区中山路1号", "江苏省", "鼓楼区中山路1号", Ambiguous},
		{"the province settles it", "福建省鼓楼区五四路", "福建省福州市鼓楼区", "五四路", Inferred},
		{"the city left out", "浙江省余杭区一号", "浙江省杭州市余杭区", "一号", Inferred},
		{"a municipality written once", "重庆市渝北区云塘大道74号", "重庆市渝北区", "云塘大道74号", Stated},
		{"a municipality written twice", "北京市 北京市 朝阳区 朔风路299号", "北京市朝阳区", "朔风路299号", Stated},
		{"a municipality written short", "上海闵行区苇汀路", "上海市闵行区", "苇汀路", Inferred},
		{"counties of Chongqing", "重庆市云阳县", "重庆市云阳县", "", Stated},
		{"a new district of Shanghai, short", "上海浦东张江路1号", "上海市浦东新区", "张江路1号", Inferred},
		{"an autonomous region", "广西壮族自治区南宁市青秀区栎林路82号", "广西壮族自治区南宁市青秀区", "栎林路82号", Stated},
		{"an autonomous region written short", "内蒙古呼和浩特赛罕区1号", "内蒙古自治区呼和浩特市赛罕区", "1号", Inferred},
		{"an autonomous region as a province", "新疆省乌鲁木齐市天山区", "新疆维吾尔自治区乌鲁木齐市天山区", "", Stated},
		{"an autonomous prefecture written short", "云南大理州大理市", "云南省大理白族自治州大理市", "", Inferred},
		{"an autonomous county written short", "浙江丽水景宁县", "浙江省丽水市景宁畲族自治县", "", Inferred},
		{"白杨市 of 2023", "新疆维吾尔自治区白杨市一路", "新疆维吾尔自治区白杨市", "一路", Stated},
		{"a city without districts", "广东省东莞市南城街道", "广东省东莞市", "南城街道", Stated},
		{"a county below the province", "河南省济源市沁园路", "河南省济源市", "沁园路", Stated},
		{"a county-level city behind its city", "江苏省苏州市昆山市云塘大道", "江苏省苏州市昆山市", "云塘大道", Stated},
		{"a well-known county-level city alone", "义乌北下朱村", "浙江省金华市义乌市", "北下朱村", Inferred},
		{"a word that is also a district", "和平饭店", "", "和平饭店", None},
		{"a word that is also a city", "东方明珠1号", "", "东方明珠1号", None},
		{"a street named after a city", "南京路100号", "", "南京路100号", None},
		{"a street named after a city, with a direction", "北京东路8号", "", "北京东路8号", None},
		{"such a street in a city", "上海市南京路100号", "上海市", "南京路100号", Partial},
		{"a street named after the district", "杭州西湖大道1号", "浙江省杭州市", "西湖大道1号", Partial},
		{"only a city", "浙江省杭州市", "浙江省杭州市", "", Partial},
		{"only a province", "吉林", "吉林省", "", Partial},
		{"the city named like its province", "吉林市船营区", "吉林省吉林市船营区", "", Inferred},
		{"a zone behind its city", "苏州工业园区星湖街", "江苏省苏州市苏州工业园区", "星湖街", Inferred},
		{"Hong Kong", "香港特别行政区湾仔区轩尼诗道", "香港特别行政区湾仔区", "轩尼诗道", Stated},
		{"Macau", "澳门嘉模堂区", "澳门特别行政区嘉模堂区", "", Inferred},
		{"Taiwan", "台湾省台北市大安区", "台湾省台北市大安区", "", Stated},
		{"separators between the levels", "浙江省，金华市 / 义乌市　漱玉弄17号", "浙江省金华市义乌市", "漱玉弄17号", Stated},
		{"a filler of the statistical office", "河南省省直辖县级行政区划济源市沁园路", "河南省济源市", "沁园路", Stated},
		{"市辖区 as a filler", "北京市市辖区东城区1号", "北京市东城区", "1号", Stated},
		{"县 as a filler", "重庆市县城口县葛城街道", "重庆市城口县", "葛城街道", Stated},
		{"filled in twice", "海南省三亚市天涯区海南省三亚市天涯区凤凰路", "海南省三亚市天涯区", "凤凰路", Stated},
		{"a new district written as a district", "上海市浦东区张江路", "上海市浦东新区", "张江路", Stated},
		{"a district written as a new district", "深圳市龙华新区民治街道", "广东省深圳市龙华区", "民治街道", Inferred},
		{"an ethnic district written short", "黑龙江齐齐哈尔市梅里斯区", "黑龙江省齐齐哈尔市梅里斯达斡尔族区", "", Inferred},
		{"中国 in front", "中国浙江省宁波市鄞州区", "浙江省宁波市鄞州区", "", Stated},
		{"a dissolved district", "浙江省杭州市江干区", "浙江省杭州市江干区", "", Stated},
		{"not a place", "好的，明天下午来拿", "", "好的，明天下午来拿", None},
		{"nothing", "", "", "", None},
	} {
		p, rest, certainty := Find(c.text)
		if p.Name() != c.place || rest != c.rest || certainty != c.certainty {
			t.Errorf("%s: %s is %q, %q, %d; want %q, %q, %d", c.why, c.text, p.Name(), rest, certainty, c.place, c.rest, c.certainty)
		}
	}
}

func TestTable(t *testing.T) {
	if n := len(Provinces()); n != 34 {
		t.Errorf("%d provinces, want 34", n)
	}
	count := map[Level]int{}
	for code, d := range tables().byCode {
		if len(code) != 6 || d.Name == "" {
			t.Errorf("row %q %q", code, d.Name)
		}
		if d.Current() {
			count[d.Level]++
		}
		if d.Parent != "" {
			up, ok := ByCode(d.Parent)
			if !ok || up.Level != d.Level-1 {
				t.Errorf("%s %s hangs below %q", code, d.Name, d.Parent)
			}
		}
	}
	// 337 mainland cities and municipalities, 30 counties governed directly by
	// their province, 24 of Hong Kong, Macau and Taiwan.
	if count[City] != 391 {
		t.Errorf("%d cities, want 391", count[City])
	}
	if n := len(Children("330100")); n != 13 {
		t.Errorf("Hangzhou has %d districts and counties, want 13", n)
	}
	for _, d := range Children("330100") {
		if d.Name == "江干区" {
			t.Error("江干区 was dissolved in 2021 and is still offered")
		}
	}
	old, ok := ByCode("330104")
	if !ok || old.Name != "江干区" || old.Current() || old.To != "2021-04-09" {
		t.Errorf("the history of 330104: %+v, %v", old, ok)
	}
	if p, ok := Path("330110"); !ok || p.Name() != "浙江省杭州市余杭区" || p.Code() != "330110" {
		t.Errorf("path of 330110: %+v", p)
	}
	if p, ok := Path("310000"); !ok || p.City.Name != "上海市" {
		t.Errorf("path of 310000: %+v", p)
	}
	if _, ok := Path("999999"); ok {
		t.Error("999999 is no code")
	}
	Provinces()[0].Name = "changed"
	if Provinces()[0].Name != "北京市" {
		t.Error("a caller can change the table")
	}
}

// Every division that exists is found again by its written-out path.
func TestFindEveryDivision(t *testing.T) {
	for code, d := range tables().byCode {
		want, _ := Path(code)
		got, rest, _ := Find(want.Name() + " 1号")
		if d.Current() && (got.Code() != want.Code() || rest != "1号") {
			t.Errorf("%s %s was read as %s, rest %q", code, want.Name(), got.Name(), rest)
		}
	}
}

func TestAreaCode(t *testing.T) {
	for code, want := range map[string]string{
		"330100": "0571", "330110": "0571", "110000": "010", "310112": "021", "440300": "0755", "320500": "0512",
		"430200": "0731", "210100": "024", "460200": "0898", "500112": "023", "210500": "", "659012": "", "710100": "", "1": "",
	} {
		got, ok := AreaCode(code)
		if got != want || ok != (want != "") {
			t.Errorf("area code of %s is %q, %v; want %q", code, got, ok, want)
		}
	}
	for code, area := range tables().areaCodes {
		if d, ok := ByCode(code); !ok || d.Level != City || area[0] != '0' || len(area) < 3 || len(area) > 4 {
			t.Errorf("area code row %s %s", code, area)
		}
	}
}

func FuzzFind(f *testing.F) {
	for _, s := range []string{"浙江省杭州市余杭区1号", "上海", "鼓楼区", "\xe4\xbd", "中国", "，，，"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p, rest, c := Find(s)
		if !strings.HasSuffix(s, rest) {
			t.Fatalf("rest %q is no end of %q", rest, s)
		}
		if c == None && p.Code() != "" || c >= Partial && p.Province.Code == "" {
			t.Fatalf("%q: %s with certainty %d", s, p.Name(), c)
		}
	})
}

func BenchmarkFind(b *testing.B) {
	for b.Loop() {
		Find("浙江省杭州市余杭区砚池街363号青枫大厦20楼")
	}
}
