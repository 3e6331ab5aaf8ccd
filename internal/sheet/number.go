package sheet

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// maxSerial is the day after 9999-12-31.
const maxSerial = 2958466

var tens = [...]float64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15}

// parseNumber reads a number as XML stores it. canonical says that the literal
// is to be kept: it is the shortest already, or has an exponent, or has more
// digits than a float holds.
func parseNumber(b []byte) (num float64, canonical, ok bool) {
	if len(b) == 0 || len(b) > 64 {
		return 0, false, false
	}
	i, neg := 0, false
	if b[0] == '-' {
		neg = true
		i++
	}
	digits, dot := 0, -1
	var m uint64
	start := i
	for ; i < len(b); i++ {
		c := b[i]
		if c >= '0' && c <= '9' {
			digits++
			m = m*10 + uint64(c-'0')
		} else if c == '.' && dot < 0 {
			dot = i
		} else {
			break
		}
	}
	if i == len(b) && digits > 0 && digits <= 15 {
		decimals := 0
		if dot >= 0 {
			decimals = len(b) - dot - 1
		}
		num = float64(m) / tens[decimals]
		if neg {
			num = -num
		}
		whole := len(b) - start
		if dot >= 0 {
			whole = dot - start
		}
		canonical = whole > 0 && (whole == 1 || b[start] != '0') && (dot < 0 || decimals > 0 && b[len(b)-1] != '0') && !(neg && m == 0)
		return num, canonical, true
	}
	exponent := false
	for ; i < len(b); i++ {
		switch c := b[i]; {
		case c >= '0' && c <= '9', c == '.', c == '+', c == '-':
		case c == 'e' || c == 'E':
			exponent = true
		default:
			return 0, false, false
		}
	}
	num, err := strconv.ParseFloat(string(b), 64)
	if err != nil || math.IsInf(num, 0) || math.IsNaN(num) {
		return 0, false, false
	}
	return num, exponent || dot < 0 && b[start] != '0' && b[0] != '+', true
}

// builtinDate tells of the number formats that have no code: 0 none, 1 with a
// day, 2 time only. 27 to 36 and 50 to 58 are the Chinese and Japanese ones.
func builtinDate(id int) byte {
	switch {
	case id >= 14 && id <= 17, id == 22, id >= 27 && id <= 31, id == 36, id >= 50 && id <= 54, id == 57, id == 58:
		return 1
	case id >= 18 && id <= 21, id >= 32 && id <= 35, id >= 45 && id <= 47, id == 55, id == 56:
		return 2
	}
	return 0
}

// dateFormat tells the same of a format code, by its first section, without
// what is quoted, escaped or in brackets.
func dateFormat(code string) byte {
	day, hour, month := false, false, false
	for i := 0; i < len(code); i++ {
		switch c := code[i]; c {
		case '"':
			end := strings.IndexByte(code[i+1:], '"')
			if end < 0 {
				i = len(code)
				break
			}
			i += end + 1
		case '\\', '_', '*':
			i++
		case '[':
			end := strings.IndexByte(code[i:], ']')
			if end < 0 {
				i = len(code)
				break
			}
			if in := strings.ToLower(code[i+1 : i+end]); in != "" && (strings.Trim(in, "h") == "" || strings.Trim(in, "m") == "" || strings.Trim(in, "s") == "") {
				hour = true
			}
			i += end
		case ';':
			i = len(code)
		case 'y', 'Y', 'd', 'D':
			day = true
		case 'm', 'M':
			month = true
		case 'h', 'H', 's', 'S':
			hour = true
		case 'A', 'a': // AM/PM has an M that is no month
			if len(code) >= i+5 && strings.EqualFold(code[i:i+5], "am/pm") {
				hour = true
				i += 4
			}
		case 'G', 'g':
			if len(code) >= i+7 && strings.EqualFold(code[i:i+7], "general") {
				i += 6
			}
		}
	}
	switch {
	case day, month && !hour:
		return 1
	case hour:
		return 2
	}
	return 0
}

// appendDate writes a serial of the 1900 system as ISO. Excel believes in the
// 29th of February 1900 (serial 60), and so do its files.
func appendDate(dst []byte, serial float64, clock bool) []byte {
	day := math.Floor(serial)
	sec := int(math.Round((serial - day) * 86400))
	if sec >= 86400 {
		sec = 0
		day++
	}
	if clock && day == 0 {
		return appendClock(dst, sec)
	}
	if day == 60 {
		dst = append(dst, "1900-02-29"...)
	} else {
		epoch := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
		if day < 60 {
			day++
		}
		dst = epoch.AddDate(0, 0, int(day)).AppendFormat(dst, "2006-01-02")
	}
	if sec > 0 {
		dst = appendClock(append(dst, ' '), sec)
	}
	return dst
}

func appendClock(dst []byte, sec int) []byte {
	two := func(n int) { dst = append(dst, byte('0'+n/10), byte('0'+n%10)) }
	two(sec / 3600)
	dst = append(dst, ':')
	two(sec / 60 % 60)
	dst = append(dst, ':')
	two(sec % 60)
	return dst
}

// serialOf is the serial of a moment, read in its own zone.
func serialOf(t time.Time) float64 {
	t = time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), 0, time.UTC)
	s := t.Sub(time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)).Seconds() / 86400
	if s < 61 {
		s--
	}
	return s
}

func parseISO(s string) (float64, bool) {
	for _, layout := range []string{"2006-01-02", "2006-01-02T15:04:05", "2006-01-02T15:04:05Z07:00", "2006-01-02T15:04", "2006-01-02 15:04:05"} {
		if t, err := time.Parse(layout, s); err == nil && t.Year() >= 1900 && t.Year() <= 9999 {
			return serialOf(t), true
		}
	}
	return 0, false
}
