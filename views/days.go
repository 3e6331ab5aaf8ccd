package views

import (
	"context"
	"strconv"
	"strings"
	"sync"
	"time"

	"yike/views/lang"
)

// Moment is a day or an instant for eyes: Text as people say it (今天, 3 天前,
// 12月24日), Full for the title, ISO for the datetime attribute. The zero
// Moment is "never" and shows nothing.
type Moment struct{ Text, Full, ISO string }

// DayWord puts a day ("YYYY-MM-DD") into words as seen from today, which is
// also a day. "" and what is no day give the zero Moment.
func DayWord(ctx context.Context, day, today string) Moment {
	if day == "" {
		return Moment{}
	}
	key := dayKey{lang.Tag(ctx), day, today}
	if m, ok := dayWords.get(key); ok {
		return m
	}
	m := dayWord(ctx, day, today)
	if m.ISO != "" { // what is no day is not worth keeping
		dayWords.put(key, m)
	}
	return m
}

// dayWords keeps what days were put into: pages name the same few hundred again
// and again, and the words are a good part of a list's row.
var dayWords keptDays

type dayKey struct{ lang, day, today string }

type keptDays struct {
	mu   sync.RWMutex
	kept map[dayKey]Moment
}

// maxDays bounds what is kept: some two years in two languages.
const maxDays = 1500

func (k *keptDays) get(key dayKey) (Moment, bool) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	m, ok := k.kept[key]
	return m, ok
}

func (k *keptDays) put(key dayKey, m Moment) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.kept == nil || len(k.kept) >= maxDays {
		k.kept = map[dayKey]Moment{}
	}
	key.day = strings.Clone(key.day) // may be a piece of a row
	m.ISO = key.day
	k.kept[key] = m
}

func dayWord(ctx context.Context, day, today string) Moment {
	d, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return Moment{}
	}
	now, err := time.Parse(time.DateOnly, today)
	if err != nil {
		return Moment{Text: day, Full: day, ISO: day}
	}
	return Moment{Text: nearDay(ctx, d, now), Full: fullDay(ctx, d), ISO: day}
}

// TimeWord puts an instant into words as seen from now; the caller hands both
// in the business zone. The zero time gives the zero Moment.
func TimeWord(ctx context.Context, at, now time.Time) Moment {
	if at.IsZero() || at.UnixMilli() == 0 {
		return Moment{}
	}
	at = at.In(now.Location())
	m := Moment{Full: fullDay(ctx, at) + " " + at.Format("15:04"), ISO: at.Format(time.RFC3339)}
	day, today := startOf(at), startOf(now)
	if day.Equal(today) {
		m.Text = lang.T(ctx, "今天 %s", at.Format("15:04"))
	} else {
		m.Text = nearDay(ctx, day, today)
	}
	return m
}

func startOf(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
}

func nearDay(ctx context.Context, d, today time.Time) string {
	switch n := int(d.Sub(today).Hours() / 24); {
	case n == 0:
		return lang.T(ctx, "今天")
	case n == -1:
		return lang.T(ctx, "昨天")
	case n == 1:
		return lang.T(ctx, "明天")
	case n < 0 && n >= -30:
		return lang.T(ctx, "%d 天前", -n)
	case n > 0 && n <= 30:
		return lang.T(ctx, "%d 天后", n)
	}
	if d.Year() == today.Year() {
		if lang.Tag(ctx) == lang.English {
			return d.Format("2 Jan")
		}
		return lang.T(ctx, "%d月%d日", int(d.Month()), d.Day())
	}
	return d.Format(time.DateOnly)
}

var weekdays = [7]string{
	lang.N("周日"), lang.N("周一"), lang.N("周二"), lang.N("周三"), lang.N("周四"), lang.N("周五"), lang.N("周六"),
}

func fullDay(ctx context.Context, d time.Time) string {
	if lang.Tag(ctx) == lang.English {
		return d.Format("Mon 2 Jan 2006")
	}
	return lang.T(ctx, "%s年%d月%d日", strconv.Itoa(d.Year()), int(d.Month()), d.Day()) + " " + lang.T(ctx, weekdays[d.Weekday()])
}
