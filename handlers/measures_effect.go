package handlers

import (
	"cmp"
	"context"
	"errors"
	"strconv"

	"yike/db"
	"yike/policy"
	"yike/policy/measure"
	"yike/views"
	"yike/views/lang"
)

// measureEffect is what the figure of a measure says: as it was looked at, or as
// it stands now.
func (h *Handlers) measureEffect(ctx context.Context, a policy.Actor, m db.MeasureRow, p *views.MeasurePage) error {
	if m.Figure == "" {
		return nil
	}
	kept, ok, err := m.Compared()
	if err != nil {
		return err
	}
	if ok {
		f := h.effectWords(ctx, m, kept)
		f.Title, f.Days = lang.T(ctx, "看过的效果"), m.ReviewedOn
		p.Kept = &f
		return nil
	}
	if m.State == measure.Dropped {
		return nil
	}
	found, err := h.db.CompareMeasure(ctx, a, m)
	switch {
	case errors.Is(err, db.ErrTooMany):
		p.Early = lang.T(ctx, "客户太多，比不过来。请换成一个分级或一个分群的客户。")
		return nil
	case err != nil:
		return err
	case found.Early:
		p.Early = lang.T(ctx, "开始不到 %d 天，还看不出效果。到 %s 再看。", measure.LeastDays, m.Review)
		return nil
	}
	f := h.effectWords(ctx, m, found.Outcome)
	f.Title = lang.T(ctx, "前后对比（到今天）")
	if h.today() >= m.Review {
		f.Title = lang.T(ctx, "前后对比")
	}
	f.Days = lang.T(ctx, "%s 到 %s，对比 %s 到 %s", found.Before.From, found.Before.To.Add(-1), found.After.From, found.After.To.Add(-1))
	p.Now = &f
	return nil
}

// effectWords puts a comparison into words.
func (h *Handlers) effectWords(ctx context.Context, m db.MeasureRow, o measure.Outcome) views.MeasureFound {
	figure := measure.Figure(m.Figure)
	f := views.MeasureFound{Verdict: views.MeasureVerdictWord(ctx, string(o.Verdict)), Kind: verdictKind(string(o.Verdict))}
	what := views.MeasureFigureWord(ctx, m.Figure)
	switch o.Verdict {
	case measure.TooFew:
		f.Sentence = lang.T(ctx, "两边都要有 %d 位以上情况相近的客户才比；现在是 %d 位和 %d 位。", measure.Few, o.Here.Clients, o.Like.Clients)
	case measure.Nothing:
		f.Sentence = lang.T(ctx, "“%s”前后没有都有数，比不出来。", what)
	case measure.Same:
		f.Sentence = lang.T(ctx, "“%s”的变化，和没有这条措施的客户差不多。", what)
	default:
		f.Sentence = lang.T(ctx, "“%s”的变化，和没有这条措施的客户相差 %s。", what, figureChange(figure, o.Change))
	}
	for _, s := range []struct {
		name string
		side measure.Side
	}{{measure.SideHere, o.Here}, {measure.SideLike, o.Like}, {measure.SideAll, o.All}} {
		line := views.MeasureSide{Who: sideWord(ctx, s.name), Clients: strconv.Itoa(s.side.Clients), Before: "—", After: "—", Change: "—"}
		if s.side.Clients > 0 {
			line.Href = measureClientsHref(m.ID, s.name)
		}
		if s.side.Known {
			line.Before, line.After, line.Change = figureText(figure, s.side.Before), figureText(figure, s.side.After), figureChange(figure, s.side.After-s.side.Before)
		}
		f.Rows = append(f.Rows, line)
	}
	if o.Verdict == measure.TooFew && m.Reach != measure.OneClient {
		f.Sentence += lang.T(ctx, "相近的客户多半在其他网点，由看得到那些网点的人（省区、总部）来看才比得出。")
	}
	place := lang.T(ctx, "同一个网点")
	if m.Reach != measure.OneClient {
		place = lang.T(ctx, "本网点和同一个上级下面的其他网点，你看得到的")
	}
	f.How = []string{
		lang.T(ctx, "之前和之后的天数一样多：从开始那天到看效果那天，最多 %d 天。", measure.MostDays),
		lang.T(ctx, "相近的客户：%s、同一分级、之前寄件量差不多；看投诉或拜访的，还要之前同样有过或没有过。", place),
		lang.T(ctx, "同时有另一条措施看同一个数的客户、之后才来的客户，不算在里面。"),
		lang.T(ctx, "每种客户按有措施的有几位来加权；差别不到原来的 %d%% 算没有差别。", int(measure.Margin*100)),
	}
	return f
}

// figureText is a value of a figure with its unit.
func figureText(f measure.Figure, v float64) string {
	switch f {
	case measure.Freight:
		return cmp.Or(yuanShown(int64(v+0.5)), "0")
	case measure.Active, measure.Satisfied:
		return strconv.FormatFloat(v/10, 'f', 1, 64) + "%"
	}
	return strconv.FormatFloat(v, 'f', 1, 64)
}

// figureChange is a difference with its sign.
func figureChange(f measure.Figure, v float64) string {
	switch {
	case v < 0:
		return "−" + figureText(f, -v)
	case v == 0:
		return figureText(f, 0)
	}
	return "+" + figureText(f, v)
}
