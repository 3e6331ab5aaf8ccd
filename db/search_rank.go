package db

import "sync"

// On SQLite a file's row in the full-text index is its rank: a number that
// grows with the sort key of the name, so that candidates come in the order in
// which they are shown and reading stops at the twentieth hit. The upper bits
// are the key as an arithmetic coder writes it, so that names which all begin
// with the same town still come far apart; names whose code is equal stand in
// no order and are read together.
const (
	rankCode = 32 // bits of the code
	rankBits = 20 // bits that tell files of one code apart
)

// rankCorpus is what the coder has read: spellings as they stand in the names
// of customers. It belongs to searchForm: another text gives other ranks.
const rankCorpus = "hang zhou|hang zhou|hang zhou|hang zhou|ning bo|ning bo|wen zhou|jia xing|hu zhou|shao xing|jin hua|yi wu|yi wu|tai zhou|" +
	"su zhou|nan jing|wu xi|chang zhou|nan tong|shang hai|shang hai|bei jing|guang zhou|shen zhen|chong qing|chang sha|xia men|cheng du|wu han|" +
	"zhe jiang|zhe jiang|jiang su|guang dong|an hui|fu jian|xi hu|yu hang|xiao shan|bin jiang|gong shu|lin ping|gu lou|" +
	"song guo|yun zhi|lan jing|xing zhi|le tian|ming kang|qi chen|cheng zi|bai wei|zeng ji|hui feng|jin yang|tian he|chang xin|de sheng|" +
	"hong da|hua xin|jia he|yong xing|rui feng|shun da|tai he|wan li|xin yuan|yi jia|zhong he|mei jia|an bo|bai li|chen xi|da di|fei yang|" +
	"wang|li|zhang|liu|chen|yang|huang|zhao|wu|zhou|xu|sun|ma|zhu|hu|guo|he|lin|gao|luo|zheng|liang|xie|song|tang|xu|han|feng|deng|cao|peng|" +
	"mu ying|fu shi|shu ma|shi pin|wu liu|yi liao|dian zi|dian zi shang wu|mao yi|mao yi|ke ji|ke ji|shang mao|shang mao|bao zhuang|cai liao|" +
	"jin chu kou|gong ying lian|dian shang|dian shang|wang luo|jia ju|fu zhuang|fang zhi|wu jin|ji xie|hua zhuang pin|wen ju|wan ju|xie ye|" +
	"you xian gong si|you xian gong si|you xian gong si|you xian gong si|you xian ze ren gong si|zhuan ying dian|qi jian dian|jing ying bu|chang|" +
	"shi ye|ji tuan|fen gong si|gong zuo shi|shang hang|bu|dian|hang|abc|3m|"

// Symbols in the order of their bytes: the end, a blank, digits, letters, and
// everything behind them.
const rankSymbols = 1 + 1 + 10 + 26 + 1

// rankSymbol is monotone in the byte; exact says that no other byte has it.
func rankSymbol(b byte) (symbol int, exact bool) {
	switch {
	case b == ' ':
		return 1, true
	case b >= '0' && b <= '9':
		return int(b-'0') + 2, true
	case b >= 'a' && b <= 'z':
		return int(b-'a') + 12, true
	case b < ' ':
		return 1, false
	case b < '0':
		return 2, false
	case b < 'a':
		return 12, false
	}
	return rankSymbols - 1, false
}

// rankModel holds, for each pair of symbols, how often each symbol or a smaller
// one came after it.
var rankModel = sync.OnceValue(func() *[rankSymbols * rankSymbols][rankSymbols + 1]uint64 {
	var m [rankSymbols * rankSymbols][rankSymbols + 1]uint64
	var single [rankSymbols][rankSymbols]uint64
	before, last := 1, 1 // a name begins as a syllable does
	for i := range len(rankCorpus) {
		if rankCorpus[i] == '|' {
			// A name goes on after any word as it begins.
			m[before*rankSymbols+last][1+1] += 400
			single[last][1] += 2
			before, last = 1, 1
			continue
		}
		s, _ := rankSymbol(rankCorpus[i])
		m[before*rankSymbols+last][s+1] += 400
		single[last][s] += 2
		if before == 1 && last == 1 {
			single[1][s]++ // a word may follow any other
		}
		before, last = last, s
	}
	for context := range m {
		var sum uint64
		for s := range rankSymbols {
			sum += m[context][s+1] + single[context%rankSymbols][s] + 1
			m[context][s+1] = sum
		}
	}
	return &m
})

// rankOf returns the code of a sort key: never smaller than that of a smaller
// key.
func rankOf(key string) int64 {
	const unit = 46 // what a symbol's share is multiplied with fits above it
	m := rankModel()
	low, width := uint64(0), uint64(1)<<unit
	before, last := 1, 1 // a name begins as a syllable does
	for i := 0; i <= len(key) && width > 1<<(unit-rankCode); i++ {
		s, exact := 0, false
		if i < len(key) {
			s, exact = rankSymbol(key[i])
		}
		cum := &m[before*rankSymbols+last]
		total := cum[rankSymbols]
		from, to := width*cum[s]/total, width*cum[s+1]/total
		low, width = low+from, to-from
		if !exact {
			break
		}
		before, last = last, s
	}
	return int64(low >> (unit - rankCode))
}

// rankTries is how many places of a code a file tries: when nine in ten are
// taken, one file in 10^11 finds none.
const rankTries = 256

// rankAt is the place within its code that a file tries at the given turn. The
// turns of two files have nothing to do with each other: were those of one a part
// of those of the next, files with neighbouring ids would push each other along
// until one finds no place.
func rankAt(code, id int64, try uint64) int64 {
	h := uint64(id) + try*0x9e3779b97f4a7c15 // splitmix64
	h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
	h = (h ^ h>>27) * 0x94d049bb133111eb
	return code<<rankBits | int64((h^h>>31)>>(64-rankBits))
}
