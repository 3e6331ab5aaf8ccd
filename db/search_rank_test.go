package db

import (
	"math/rand/v2"
	"slices"
	"testing"

	"yike/policy/pinyin"
)

func TestRanksGrowWithTheSortKey(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 5))
	parts := []string{"杭州", "重庆", "松果", "云织", "母婴", "电子商务", "有限公司", "贸易", "3M", "Abc", "007", "龘", "㐀", "é", "~", "-", "、", "（中国）", "行", "a", "Z", "0"}
	keys := []string{"", " ", "~", "a", "a ", "a a", "zzzzzzzzzzzzzzzzzzzzzzzzzzzzzz", "!", "A", "a\x00", "\xff", "hang zhou", "hang zhou ", "hang zhouz"}
	for range 20_000 {
		name := ""
		for range 1 + rnd.IntN(6) {
			name += parts[rnd.IntN(len(parts))]
		}
		keys = append(keys, pinyin.Key(name))
		raw := make([]byte, rnd.IntN(12))
		for i := range raw {
			raw[i] = byte(rnd.IntN(256))
		}
		keys = append(keys, string(raw))
	}
	slices.Sort(keys)
	for i := 1; i < len(keys); i++ {
		if a, b := rankOf(keys[i-1]), rankOf(keys[i]); a > b {
			t.Fatalf("%q has %d and %q, which sorts behind it, %d", keys[i-1], a, keys[i], b)
		}
	}
	for _, k := range keys {
		if r := rankOf(k); r < 0 || r >= 1<<rankCode {
			t.Errorf("%q has %d", k, r)
		}
	}
}

func TestNamesThatBeginAlikeComeFarApart(t *testing.T) {
	heads, trades := []string{"松果", "云织", "蓝鲸", "行知", "乐天", "曾记", "橙子", "启辰", "明康", "澄岫", "安博", "百里", "晨曦", "大地", "飞扬", "国泰"}, []string{"母婴", "服饰", "数码", "食品", "物流", "医疗", "律师", "跨境", "包装", "电子"}
	codes, names := map[int64]int{}, 0
	for _, h := range heads {
		for _, h2 := range heads {
			for _, x := range trades {
				codes[rankOf(pinyin.Key("杭州"+h+h2+x+"有限公司"))]++
				names++
			}
		}
	}
	if len(codes) < names/25 {
		t.Errorf("%d names of one town have only %d codes", names, len(codes))
	}
}

func BenchmarkRank(b *testing.B) {
	key := pinyin.Key("杭州松果母婴用品有限公司")
	for b.Loop() {
		rankOf(key)
	}
}

// A town's names may all have one code: files that came in blocks of
// neighbouring ids, by imports one after the other, all find a place in it.
func TestFilesOfOneCodeFindAPlaceEach(t *testing.T) {
	for _, step := range []int64{1, 2, 3, 5, 1 << 10, 1 << 20, 987} {
		taken := make([]bool, 1<<rankBits)
		most := uint64(0)
		place := func(id int64) {
			for try := range uint64(rankTries) {
				if at := rankAt(7, id, try) - 7<<rankBits; !taken[at] {
					taken[at], most = true, max(most, try)
					return
				}
			}
			t.Fatalf("step %d: no place for %d", step, id)
		}
		for block := range int64(8) {
			for i := range int64(100_000) {
				place(block<<40 + i*step)
			}
		}
		if most > 100 { // 800,000 of 1,048,576 places are taken
			t.Errorf("step %d: a file tried %d places", step, most)
		}
	}
}
