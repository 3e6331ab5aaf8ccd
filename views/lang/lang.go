// Package lang owns the two languages of the screens. Chinese is the source
// and is its own key; English is a catalogue of one map per area (en_*.go).
// It does not know who the reader is: the caller puts the language into the
// context.
package lang

import (
	"context"
	"fmt"
	"sync"

	"golang.org/x/text/language"
	"golang.org/x/text/message"
	"golang.org/x/text/message/catalog"
)

// Tags of the languages we have.
const (
	Chinese = "zh-CN"
	English = "en"
)

// areas lists the catalogue files; a new area adds one file and one word here.
var areas = []map[string]string{
	frame, cases, caseWork, customers, contacts, imports, visits, admin,
	words, reveal, account, people, roles, audit, help, branches,
	standard, consents, waybills, radarWords, coreWords, forecastWords, measureWords, activityWords, receivables, todos, tracking, parcelCases,
	classes, segments, greetings, messages, replies, sendingWords, outboxWords, backupWords, systemWords, overview,
	ratingWords, absences, clocks, caseFigures, todayWords, reportWords, reportClientWords, reportMoreWords, mergeWords, performanceWords, feedbackWords, noticeWords, retentionWords,
}

// Both are made when they are first asked for: a start does not wait for them.
var (
	entries  = sync.OnceValue(func() map[string]string { return merge(areas) })
	printers = sync.OnceValue(func() [2]*message.Printer { return newPrinters(entries()) })
)

// merge takes the first area's word where two translate the same text; a test
// fails when they disagree.
func merge(areas []map[string]string) map[string]string {
	all := map[string]string{}
	for _, area := range areas {
		for zh, en := range area {
			if _, ok := all[zh]; !ok {
				all[zh] = en
			}
		}
	}
	return all
}

func newPrinters(entries map[string]string) [2]*message.Printer {
	b := catalog.NewBuilder(catalog.Fallback(language.SimplifiedChinese))
	for zh, en := range entries {
		if err := b.SetString(language.English, zh, en); err != nil {
			panic(fmt.Sprintf("lang: %q: %v", zh, err))
		}
	}
	return [2]*message.Printer{message.NewPrinter(language.SimplifiedChinese, message.Catalog(b)),
		message.NewPrinter(language.English, message.Catalog(b))}
}

type key struct{}

// With returns a context whose reader uses the language tag; anything but "en"
// (also "en-GB" and the like) means Chinese.
func With(ctx context.Context, tag string) context.Context {
	if len(tag) >= 2 && tag[:2] == English {
		tag = English
	} else {
		tag = Chinese
	}
	return context.WithValue(ctx, key{}, tag)
}

// Tag returns "zh-CN" or "en"; a context without a language is Chinese.
func Tag(ctx context.Context) string {
	if tag, ok := ctx.Value(key{}).(string); ok {
		return tag
	}
	return Chinese
}

// T returns the text in the reader's language. zh is the Chinese text and the
// key; without an English entry the Chinese is shown. With args it is a fmt
// format whose whole numbers come out grouped (1,286): hand in years and codes
// as strings. Without args it is taken as it stands.
func T(ctx context.Context, zh string, args ...any) string {
	text := zh
	eng := Tag(ctx) == English
	if eng {
		if en, ok := entries()[zh]; ok {
			text = counted(zh, en, args)
		}
	}
	switch {
	case len(args) == 0:
		return text
	case plain(args):
		return fmt.Sprintf(text, args...)
	case eng:
		return printers()[1].Sprintf(zh, args...)
	default:
		return printers()[0].Sprintf(zh, args...)
	}
}

// plain says that fmt writes the args as the printers of both languages do,
// which is several times cheaper: texts, and numbers too small to be grouped.
func plain(args []any) bool {
	for _, a := range args {
		switch a := a.(type) {
		case string:
		case int:
			if a < 0 || a > 999 {
				return false
			}
		case int64:
			if a < 0 || a > 999 {
				return false
			}
		default:
			return false
		}
	}
	return true
}

// N marks a text for the catalogue without translating it yet, for tables of
// keys that are handed to T later.
func N(zh string) string { return zh }

// Has reports whether the Chinese text has an English entry.
func Has(zh string) bool {
	_, ok := entries()[zh]
	return ok
}
