package pinyin

import (
	"slices"
	"sort"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestFirstReading(t *testing.T) {
	for _, c := range []struct{ why, name, full, initials string }{
		{"a surname is read as a surname", "单海涛", "shanhaitao", "sht"},
		{"曾 as a surname", "曾文博", "zengwenbo", "zwb"},
		{"解 as a surname", "解建国", "xiejianguo", "xjg"},
		{"仇 as a surname", "仇德胜", "qiudesheng", "qds"},
		{"查 as a surname", "查晓燕", "zhaxiaoyan", "zxy"},
		{"区 as a surname", "区明辉", "ouminghui", "omh"},
		{"朴 as a surname", "朴志远", "piaozhiyuan", "pzy"},
		{"盖 as a surname", "盖丽丽", "gelili", "gll"},
		{"员 as a surname", "员红梅", "yunhongmei", "yhm"},
		{"缪 as a surname", "缪小军", "miaoxiaojun", "mxj"},
		{"a title after a surname", "单女士", "shannvshi", "sns"},
		{"a compound surname", "尉迟恭", "yuchigong", "ycg"},
		{"another compound surname", "万俟永康", "moqiyongkang", "mqyk"},
		{"上官", "上官永康", "shangguanyongkang", "sgyk"},
		{"长孙", "长孙无忌", "zhangsunwuji", "zswj"},
		{"a firm does not start with a surname", "单氏五金店", "danshiwujindian", "dswjd"},
		{"查 of a firm", "查理餐饮", "chalicanyin", "clcy"},
		{"a word that begins like a surname", "单位", "danwei", "dw"},
		{"a city is not a surname", "乐清市", "yueqingshi", "yqs"},
		{"a city in a firm's name", "重庆火锅店", "chongqinghuoguodian", "cqhgd"},
		{"a bank", "杭州银行", "hangzhouyinhang", "hzyh"},
		{"长沙", "长沙分公司", "changshafengongsi", "csfgs"},
		{"厦门 and 大厦", "厦门大厦", "xiamendasha", "xmds"},
		{"六安", "六安瓜片", "luanguapian", "lagp"},
		{"台州", "台州五金", "taizhouwujin", "tzwj"},
		{"亳州", "亳州药材", "bozhouyaocai", "bzyc"},
		{"蚌埠", "蚌埠", "bengbu", "bb"},
		{"东阿阿胶", "东阿阿胶", "donge" + "ejiao", "deej"},
		{"音乐", "音乐琴行", "yinyueqinhang", "yyqh"},
		{"佛山", "佛山陶瓷", "foshantaoci", "fstc"},
		{"a given name read as in names", "李晟", "lisheng", "ls"},
		{"会计", "会计事务所", "kuaijishiwusuo", "kjsws"},
		{"参茸", "参茸行", "shenrongxing", "srx"},
		{"便利", "便利店", "bianlidian", "bld"},
		{"西藏", "西藏特产", "xizangtechan", "xztc"},
		{"成都", "成都", "chengdu", "cd"},
		{"letters and digits stay", "3M中国A座", "3mzhongguoazuo", "3mzgaz"},
		{"full width becomes narrow", "ＡＢ１２公司", "ab12gongsi", "ab12gs"},
		{"ü is typed v", "吕布", "lvbu", "lb"},
		{"a rare surname", "䶮文", "yanwen", "yw"},
		{"a rare given name", "王㛃", "wangjie", "wj"},
		{"a character without a reading stays", "𠮷野家", "𠮷yejia", "𠮷yj"},
		{"punctuation goes", "漱坞宜贸易（杭州）有限公司", "shuwuyimaoyihangzhouyouxiangongsi", "swymyhzyxgs"},
		{"a blank inside a name", "单 海涛", "shanhaitao", "sht"},
	} {
		rs := Readings(c.name)
		if len(rs) == 0 || rs[0].Full != c.full || rs[0].Initials != c.initials {
			t.Errorf("%s: %s reads %v, want %s %s first", c.why, c.name, rs, c.full, c.initials)
		}
		if got := Initials(c.name); got != c.initials {
			t.Errorf("%s: initials of %s are %s, want %s", c.why, c.name, got, c.initials)
		}
	}
}

func TestOtherReadings(t *testing.T) {
	for _, c := range []struct {
		why, name string
		also      []string
	}{
		{"a surname is also found by its ordinary reading", "单海涛", []string{"danhaitao"}},
		{"and the other way round", "单氏五金店", []string{"shanshiwujindian"}},
		{"行 outside a known word", "天行", []string{"tianxing", "tianhang"}},
		{"two open characters give four", "长乐行", []string{"changlexing", "changlehang"}},
		{"吕 is typed lu too", "吕布", []string{"lubu"}},
		{"two heteronyms combine", "乐重", []string{"lezhong", "yuezhong", "lechong", "yuechong"}},
	} {
		rs := Readings(c.name)
		for _, want := range c.also {
			if !slices.ContainsFunc(rs, func(r Reading) bool { return r.Full == want }) {
				t.Errorf("%s: %s reads %v, want %s among them", c.why, c.name, rs, want)
			}
		}
		if len(rs) > MaxReadings {
			t.Errorf("%s: %d readings", c.name, len(rs))
		}
	}
	if rs := Readings("杭州沐蘅尔五金机电有限公司"); len(rs) != 1 {
		t.Errorf("a firm without open characters has one reading, not %v", rs)
	}
	if rs := Readings("行长乐重单曾都朝"); len(rs) != MaxReadings {
		t.Errorf("many heteronyms stop at %d readings, got %d", MaxReadings, len(rs))
	}
	if rs := Readings(" （）"); rs != nil {
		t.Errorf("nothing to say has no reading, got %v", rs)
	}
}

func TestKeyOrder(t *testing.T) {
	want := []string{"123", "ABC公司", "安", "安徽", "昂立", "白杨", "长沙", "重庆", "宁波", "单海涛", "乐清", "曾文博", "查晓燕", "", "𠮷野家"}
	got := slices.Clone(want)
	slices.Reverse(got)
	sort.SliceStable(got, func(i, j int) bool { return Key(got[i]) < Key(got[j]) })
	if !slices.Equal(got, want) {
		t.Errorf("order %q, want %q", got, want)
	}
	for name, key := range map[string]string{
		"安徽": "an hui", "ABC公司": "abc gong si", "": "~", "（）": "~", "单海涛": "shan hai tao", "1号仓": "1 hao cang",
	} {
		if got := Key(name); got != key {
			t.Errorf("Key(%q) = %q, want %q", name, got, key)
		}
	}
}

func TestTablesAreSound(t *testing.T) {
	ws := parseWords(phrases)
	if len(ws) < 150 {
		t.Fatalf("only %d phrases", len(ws))
	}
	for _, w := range append(ws, parseWords(compoundSurnames)...) {
		if len(w.runes) != len(w.syllables) {
			t.Errorf("%s has %d characters and %d syllables", w.word, len(w.runes), len(w.syllables))
		}
	}
	for line := range strings.Lines(heteronyms) {
		if f := strings.Fields(line); len(f) > 0 && utf8.RuneCountInString(f[0]) != 1 {
			t.Errorf("heteronym line %q", line)
		}
	}
}

func FuzzKey(f *testing.F) {
	for _, s := range []string{"单海涛", "ABC公司", "𠮷野家", "\xff安", "", "重庆 3M"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if k := Key(s); k == "" || k != strings.TrimSpace(k) {
			t.Fatalf("Key(%q) = %q", s, k)
		}
		if n := len(Readings(s)); n > MaxReadings {
			t.Fatalf("%d readings of %q", n, s)
		}
		if !utf8.ValidString(Initials(s)) {
			t.Fatalf("initials of %q are not text", s)
		}
	})
}

var benchNames = []string{"单海涛", "杭州沐蘅尔五金机电有限公司", "重庆火锅店", "ABC贸易（杭州）有限公司", "上官永康"}

func BenchmarkKey(b *testing.B) {
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		Key(benchNames[i%len(benchNames)])
	}
}

func BenchmarkReadings(b *testing.B) {
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		Readings(benchNames[i%len(benchNames)])
	}
}
