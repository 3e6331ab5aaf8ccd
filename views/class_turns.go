package views

import (
	"context"
	"strings"

	"yike/policy/classify"
	"yike/policy/day"
	"yike/views/lang"
)

// WhyTurns says what would make a label another, a sentence for each method or
// figure.
func WhyTurns(ctx context.Context, kind string, turns []classify.Turn) (out []string) {
	last := ""
	for i, x := range turns {
		text := turnWord(ctx, kind, x)
		if i > 0 && x.By == last {
			out[len(out)-1] += lang.T(ctx, "；") + text
			continue
		}
		if kind == "class" {
			text = lang.T(ctx, "%s：%s", word(ctx, factWords, x.By), text)
		}
		out, last = append(out, text), x.By
	}
	for i := range out {
		out[i] += lang.T(ctx, "。")
	}
	return out
}

func turnWord(ctx context.Context, kind string, x classify.Turn) string {
	var ways []string
	for _, way := range x.Ways {
		var all []string
		for _, ch := range way {
			all = append(all, changeWord(ctx, ch))
		}
		ways = append(ways, strings.Join(all, lang.T(ctx, "，并且")))
	}
	text := strings.Join(ways, lang.T(ctx, "，或者"))
	to := LabelWord(ctx, kind, x.To)
	switch {
	case x.Not && kind == "mark":
		text = lang.T(ctx, "%s，这个标签就去掉", text)
	case x.Not:
		text = lang.T(ctx, "%s，就不再是%s", text, to)
	case x.Line > 0 || x.By == "promise":
		text = lang.T(ctx, "%s，就够%s", text, to)
	default:
		text = lang.T(ctx, "%s，就是%s", text, to)
	}
	if x.Line == 0 {
		return text
	}
	n := x.Ways[0][0].N
	line := lang.T(ctx, "网点前 %d%% 的最后一位近 %d 个整月是 %s 元", x.Percent, n, yuan(x.Line))
	if x.By == classify.ByShare {
		line = lang.T(ctx, "合起来占网点运费 %d%% 的客户里，最少的一位近 %d 个整月是 %s 元", x.Percent, n, yuan(x.Line))
	}
	return line + lang.T(ctx, "；") + text
}

func changeWord(ctx context.Context, ch classify.Change) string {
	v, less := ch.Amount, ch.Amount < 0
	if less {
		v = -v
	}
	switch ch.What {
	case classify.TurnFreight:
		if less {
			return lang.T(ctx, "近 %d 个整月一共少 %s 元", ch.N, yuan(v))
		}
		return lang.T(ctx, "近 %d 个整月一共再多 %s 元", ch.N, yuan(v))
	case classify.TurnParcels:
		if less {
			return lang.T(ctx, "近 %d 个整月一共少 %d 票", ch.N, v)
		}
		return lang.T(ctx, "近 %d 个整月一共再多 %d 票", ch.N, v)
	case classify.TurnActive:
		if less {
			return lang.T(ctx, "有寄件的月份少 %d 个", v)
		}
		return lang.T(ctx, "有寄件的月份再多 %d 个", v)
	case classify.TurnPaying:
		return lang.T(ctx, "付清逾期的 %s 元", yuan(v))
	case classify.TurnOwing:
		return lang.T(ctx, "有一笔逾期没付")
	case classify.TurnSending:
		return lang.T(ctx, "今天寄一票")
	case classify.TurnQuiet:
		return lang.T(ctx, "到 %s 还没有新件", day.Day(v).String())
	case classify.TurnCalm:
		return lang.T(ctx, "满 3 个月没有新投诉")
	case classify.TurnMonth:
		return lang.T(ctx, "最少的一个月再少 %d 票", v)
	case classify.TurnOrdinary:
		return lang.T(ctx, "平时的月份一共再多 %d 票", v)
	case classify.TurnPromise:
		return lang.T(ctx, "客户得分再高 %d 分", v)
	}
	return ch.What
}
