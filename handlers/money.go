package handlers

import (
	"strconv"
	"strings"
)

// yuanText writes fen as yuan, without a fraction where there is none.
func yuanText(fen int64) string {
	if fen == 0 {
		return ""
	}
	s := strconv.FormatInt(fen/100, 10)
	if fen%100 != 0 {
		s += "." + strconv.FormatInt(100+fen%100, 10)[1:]
	}
	return s
}

// yuanShown is yuanText with its thousands grouped, for reading.
func yuanShown(fen int64) string {
	whole, part, dot := strings.Cut(yuanText(fen), ".")
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if dot {
		whole += "." + part
	}
	return whole
}

// yuanColumn is yuanShown with both decimals, so that amounts stand below each
// other.
func yuanColumn(fen int64) string {
	s := yuanShown(fen)
	if s == "" {
		s = "0"
	}
	if !strings.Contains(s, ".") {
		s += ".00"
	}
	return s
}

// fen reads an amount in yuan with at most two decimals.
func fen(s string) (int64, bool) {
	s = strings.NewReplacer(",", "", "，", "", " ", "").Replace(s)
	if s == "" {
		return 0, true
	}
	whole, part, dot := strings.Cut(s, ".")
	if len(part) > 2 || dot && part == "" || len(whole) > 12 {
		return 0, false
	}
	n, err := strconv.ParseUint(whole+(part + "00")[:2], 10, 63)
	return int64(n), err == nil
}
