package demo

import (
	"context"
	"time"

	"yike/db"
	"yike/policy"
	"yike/policy/day"
	"yike/policy/rating"
)

// What clients write beside a score, by the score, of parcels and of the rest.
var (
	parcelSaid = map[int64][]string{
		5: {"快递小哥很热情", "送得快，还帮忙搬上楼", "包装完好", "一如既往地准时"},
		4: {"挺快的", "比约的时间晚了一点，不过提前打了电话", "还行"},
		3: {"放门口没打电话", "慢了一天", "外箱有点压"},
		2: {"说好上午，下午才到", "电话打不通，自己去站点取的", "外箱破了"},
		1: {"没送到就显示签收", "等了三天还要自己取", "东西压坏了，没人管"},
	}
	serviceSaid = map[int64][]string{
		5: {"有事一叫就到，放心", "处理得很快", "对账清楚，省心"},
		4: {"响应挺快", "基本满意，希望价格再优惠点"},
		3: {"一般，回电话有点慢", "解决了，过程长了些"},
		2: {"催了几次才回", "赔付太慢"},
		1: {"一个事问了五个人都说不清", "一直拖着没解决"},
	}
)

// opinions say what clients answered in twelve months.
type opinions struct {
	seed  uint64
	today day.Day
	place map[int64]int // of branches, in the order in which they were made
}

// ratings gives the company answers of its clients: to some parcels and most
// closed cases, and from some clients in general. A few tell more often, and
// think worse of it than they did: the radar finds them.
func (w *world) ratings(ctx context.Context, d *db.DB, system policy.Actor) error {
	o := opinions{w.cfg.Seed, w.cfg.Today, map[int64]int{}}
	for i, x := range w.offices {
		o.place[x.id] = i
	}
	_, err := d.LoadRatings(ctx, system, o.of)
	return err
}

func (o opinions) of(r db.Rating, key string, ended int64) []db.Rating {
	dice := newDice(o.seed, "rating "+r.Kind+" "+key, 0)
	branch := newDice(o.seed, "rating branch", o.place[r.BranchID]).between(-6, 6) // some branches are better
	switch r.Kind {
	case rating.Delivery:
		on := day.At(time.UnixMilli(ended), db.Zone).Add(dice.weighted(6, 3, 1))
		if !dice.chance(0.05) || on >= o.today || on < o.today.AddMonths(-12) {
			return nil
		}
		r.Way = []string{rating.OwnDevice, rating.QR, rating.Link}[dice.weighted(5, 3, 2)]
		return o.after(ended, o.answered(dice, r, on, int64(1+dice.weighted(3, 5, 11-branch/2, 28, 52+branch)), parcelSaid))
	case rating.Case:
		on := day.At(time.UnixMilli(ended), db.Zone).Add(dice.weighted(3, 4, 2))
		if !dice.chance(0.45) || on >= o.today {
			return nil
		}
		r.Way = []string{rating.Link, rating.Phone, rating.QR}[dice.weighted(5, 4, 1)]
		return o.after(ended, o.answered(dice, r, on, int64(1+dice.weighted(8, 12, 19, 31, 30)), serviceSaid))
	}
	if dice.chance(0.01) {
		return o.falling(dice, r)
	}
	if dice.chance(0.12) {
		return o.steady(dice, r, branch)
	}
	if !dice.chance(0.06) {
		return nil
	}
	r.Kind, r.Way = rating.Call, rating.Phone
	return []db.Rating{o.answered(dice, r, o.today.Add(-dice.between(1, 360)), int64(1+dice.weighted(3, 6, 17, 36, 38+branch)), serviceSaid)}
}

// after puts an answer behind what it is about, which ended then; none when that
// is not before today.
func (o opinions) after(ended int64, r db.Rating) []db.Rating {
	asked := max(r.AskedAt, ended+10*time.Minute.Milliseconds())
	at := time.UnixMilli(asked).Add(3 * time.Minute)
	on := day.At(at, db.Zone)
	if on >= o.today {
		return nil
	}
	r.AskedAt, r.AnsweredAt, r.Day, r.AnsweredOn = asked, at.UnixMilli(), on.String(), on.String()
	if r.ExpiresAt != 0 {
		r.ExpiresAt = at.AddDate(0, 0, rating.Default().Days).UnixMilli()
	}
	return []db.Rating{r}
}

// steady is a client that is asked now and then, and mostly content.
func (o opinions) steady(dice dice, r db.Rating, branch int) (out []db.Rating) {
	r.Way = rating.OwnDevice
	for i := range 3 {
		out = append(out, o.answered(dice, r, o.today.Add(-(3+dice.between(1, 50)+70*i)), int64(1+dice.weighted(1, 3, 10, 36, 50+branch)), serviceSaid))
	}
	return out
}

// falling is a client that was content and is not any more.
func (o opinions) falling(dice dice, r db.Rating) (out []db.Rating) {
	r.Way = rating.OwnDevice
	for i := range 7 {
		out = append(out, o.answered(dice, r, o.today.Add(-(rating.TrendDays+5+11*i)), int64(dice.between(4, 5)), serviceSaid),
			o.answered(dice, r, o.today.Add(-(2+12*i)), int64(dice.between(1, 3)), serviceSaid))
	}
	return out
}

// answered is an answer of a day within working hours.
func (o opinions) answered(dice dice, r db.Rating, on day.Day, score int64, words map[int64][]string) db.Rating {
	at := on.Start(db.Zone).Add(time.Duration(dice.between(9*60, 17*60)) * time.Minute)
	r.Day, r.AnsweredOn, r.AnsweredAt, r.AskedAt, r.Score, r.Unhappy = on.String(), on.String(), at.UnixMilli(), at.Add(-3*time.Minute).UnixMilli(), score, rating.Default().IsUnhappy(score)
	if r.Way == rating.Link || r.Way == rating.QR {
		r.ExpiresAt = at.AddDate(0, 0, rating.Default().Days).UnixMilli()
	}
	r.AskedBy = r.UserID
	if dice.chance(0.35) {
		r.Comment = pick(dice, words[score])
	}
	if r.Way == rating.Phone {
		r.Solved = rating.Solved[dice.weighted(7, 2, 1)]
	}
	return r
}
