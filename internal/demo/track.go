package demo

import (
	"context"
	"iter"
	"maps"
	"slices"
	"time"

	"yike/db"
	"yike/policy"
	"yike/policy/day"
	"yike/policy/place"
	"yike/policy/tracking"
	"yike/policy/waybill"
)

// What the demo knows of parcels on their way: everything of the last week, of
// those in trouble for longer. A large load takes a sample.
const (
	newsDays    = 7
	troubleDays = 21
	newsMost    = 5000 // parcels
	settledDays = 5    // trouble of parcels sent before these is dealt with, mostly
	morning     = 12   // parcels of a branch of which there are news this morning
)

// way is a parcel of which there is news.
type way struct {
	db.Waybill
	from  place.Division // city of its branch
	ago   int            // days since it was sent
	place int            // of its branch among the offices
}

// heard keeps the parcels of which there is news, and hands all of them on.
func (w *world) heard(all iter.Seq[db.Waybill]) iter.Seq[db.Waybill] {
	share := min(1, float64(newsMost)/(1+float64(w.cfg.Waybills)*newsDays*2/395))
	at := map[int64]int{}
	for i, o := range w.offices {
		at[o.id] = i
	}
	return func(yield func(db.Waybill) bool) {
		n := 0
		for p := range all {
			n++
			ago := int(w.cfg.Today - day.MustParse(p.SentDay))
			bad := p.State != waybill.Signed && p.State != waybill.Cancelled
			if (ago <= newsDays || bad && ago <= troubleDays) && len(w.news) < newsMost && (share == 1 || newDice(w.cfg.Seed, "heard", n).chance(share)) {
				o := w.offices[at[p.BranchID]]
				w.news = append(w.news, way{p, o.at.City, ago, at[p.BranchID]})
			}
			if !yield(p) {
				return
			}
		}
	}
}

// tracks writes what was heard of parcels until this morning, lets the rules
// look, and has the clerks deal with most of what is older.
func (w *world) tracks(ctx context.Context, d *db.DB, system policy.Actor) error {
	if len(w.news) == 0 {
		return nil
	}
	var list []tracking.Parcel
	for i := range w.news {
		p := w.track(&w.news[i], d.Now())
		if p.Order(); len(p.Traces) > 0 {
			list = append(list, p)
		}
	}
	if err := d.LoadTracks(ctx, system, list); err != nil {
		return err
	}
	if _, err := d.FlagParcels(ctx, system); err != nil {
		return err
	}
	if w.cfg.Customers > radarClients {
		return nil
	}
	if err := w.settle(ctx, d); err != nil {
		return err
	}
	if err := w.callFirst(ctx, d, system); err != nil {
		return err
	}
	return w.thisMorning(ctx, d)
}

// story writes the lines of one parcel.
type story struct {
	tracking.Parcel
	dice
	sent day.Day
	till int64 // nothing later has happened yet
}

// at adds a line at some minute of the n-th day after the parcel was sent.
func (s *story) at(n, from, to int, city place.Division, words, state string) {
	s.when(s.sent.Add(n).Time().Add(-8*time.Hour).UnixMilli()+int64(s.between(from, to))*60_000+int64(s.IntN(60))*1000, city, words, state)
}

func (s *story) when(at int64, city place.Division, words, state string) {
	if at < s.till {
		s.Traces = append(s.Traces, tracking.Trace{At: at, Place: city.Code, Words: "【" + city.Name + "】" + words, State: state})
	}
}

// fails makes the last line one of a delivery that found nobody.
func (s *story) fails() {
	if n := len(s.Traces); n > 0 {
		s.Traces[n-1].Fails = true
	}
}

func hub(city place.Division) string { return trimEnds(city.Name) + "分拨中心" }

// signs says of each state which one the service gives.
var signs = map[string]string{waybill.PickedUp: "1", waybill.Moving: "0", waybill.Delivering: "5", waybill.Signed: "3", waybill.Stuck: "202", waybill.Refused: "14",
	waybill.Returned: "4", waybill.Damaged: "209", waybill.Lost: "2"}

// track is what 快递100 says of a parcel, so that it ends where the parcel's
// row is.
func (w *world) track(x *way, now time.Time) tracking.Parcel {
	to, known := place.ByCode(x.City)
	code, told := signs[x.State]
	if !known || !told {
		return tracking.Parcel{}
	}
	number := 0
	for _, c := range x.Number {
		number = number*10 + int(c-'0')
	}
	s := &story{Parcel: tracking.Parcel{Number: x.Number, Service: tracking.KD100, Code: code, Known: true, State: x.State, Exception: x.Exception},
		dice: newDice(w.cfg.Seed, "track", number), sent: day.MustParse(x.SentDay), till: now.UnixMilli()}
	s.when(x.PickedAt, x.from, "快件已揽收", waybill.PickedUp)
	if x.State == waybill.PickedUp {
		return s.Parcel
	}
	s.at(0, 22*60+15, 23*60+55, x.from, "快件离开 "+hub(x.from)+"，发往 "+hub(to), waybill.Moving)
	if x.State == waybill.Moving {
		w.onTheWay(s, x, to)
		return s.Parcel
	}
	last := min(x.ago, 3)
	switch x.State {
	case waybill.Signed:
		last = int(day.At(time.UnixMilli(x.SignedAt), db.Zone) - s.sent)
	case waybill.Delivering:
		last = x.ago
	case waybill.Returned:
		last = max(1, min(x.ago-2, 3))
	case waybill.Refused, waybill.Damaged, waybill.Lost, waybill.Stuck:
		last = max(1, min(x.ago-1, 3))
	}
	failed := x.State == waybill.Delivering && last >= 3 && s.chance(0.3)
	arrives := max(1, last)
	if failed {
		arrives = last - 2
	}
	s.at(arrives, 60, 5*60, to, "快件到达 "+hub(to), waybill.Moving)
	if x.State == waybill.Lost {
		s.at(arrives, 12*60, 18*60, to, "快件遗失，已登记，正在理赔", waybill.Lost)
		return s.Parcel
	}
	if x.State == waybill.Stuck {
		s.at(arrives, 12*60, 18*60, to, pick(s.dice, []string{"快件滞留，地址不详，正在核实", "快件滞留，转运车辆晚点", "快件滞留，收件地址不派送，正在联系寄件人"}), waybill.Stuck)
		return s.Parcel
	}
	for n := arrives; n < last; n++ {
		s.at(n, 7*60, 8*60+40, to, "快件派送中", waybill.Delivering)
		s.at(n, 14*60, 18*60, to, "派送失败，联系不上收件人，改次日再送", waybill.Delivering)
		s.fails()
	}
	s.at(last, 6*60+20, 8*60+30, to, "快件派送中", waybill.Delivering)
	switch x.State {
	case waybill.Signed:
		s.when(x.SignedAt, to, pick(s.dice, []string{"已签收，签收人：本人", "已签收，签收人：前台", "已签收，放在驿站，凭取件码领取"}), waybill.Signed)
	case waybill.Damaged:
		s.at(last, 9*60, 17*60, to, "快件破损，已拍照登记，等寄件人答复", waybill.Damaged)
	case waybill.Refused:
		s.at(last, 9*60, 17*60, to, "收件人拒收，原因："+pick(s.dice, []string{"不想要了", "外包装不整", "没有下过单"}), waybill.Refused)
	case waybill.Returned:
		s.at(last, 9*60, 17*60, to, "收件人拒收", waybill.Refused)
		s.at(last, 18*60, 20*60, to, "快件退回中，发往 "+hub(x.from), waybill.Returning)
		s.at(min(x.ago-1, last+2), 20*60+40, 21*60+30, x.from, "退回签收，寄件人已收回", waybill.Returned)
	}
	return s.Parcel
}

// onTheWay leads a parcel as far as it has come: a few have gone astray.
func (w *world) onTheWay(s *story, x *way, to place.Division) {
	if x.ago < 2 {
		return
	}
	if x.Province != "" && x.Province != tracking.ProvinceOf(x.from.Code) && s.chance(0.2) {
		if astray, ok := place.ByCode(pick(s.dice, []string{"430100", "410100", "610100"})); ok && tracking.ProvinceOf(astray.Code) != x.Province {
			s.at(x.ago-1, 60, 4*60, to, "快件到达 "+hub(to), waybill.Moving)
			s.at(x.ago-1, 19*60, 22*60, astray, "快件到达 "+hub(astray), waybill.Moving)
			return
		}
	}
	s.at(1, 9*60, 14*60, x.from, "快件在途，车辆已出省", waybill.Moving)
	if x.ago > 2 {
		s.at(x.ago-1, 20*60, 23*60, to, "快件运往 "+hub(to), waybill.Moving)
	}
}

// What clerks write when they have dealt with a parcel.
var results = []string{"已告诉客户，客户知道了", "打过电话，催转运处优先发出", "客户同意退回，已登记", "已报理赔，材料齐了", "和收件人约好再送"}

// settle closes most to-dos of parcels that were sent some days ago, each by
// whoever has it.
func (w *world) settle(ctx context.Context, d *db.DB) error {
	ago := map[string]int{}
	for _, x := range w.news {
		ago[x.Number] = x.ago
	}
	system := policy.SystemActor("yike demo")
	byHand := map[int64]map[string][]db.TodoRef{}
	for f := (db.TodoFilter{Limit: 500}); ; {
		list, more, err := d.Todos(ctx, system, f)
		if err != nil {
			return err
		}
		for i, x := range list {
			f.At = db.TodoKey{Due: x.Due, ID: x.ID}
			if n := ago[x.Args["number"]]; x.WaybillID == 0 || x.UserID == 0 || n <= settledDays || i%6 == 0 {
				continue
			}
			if byHand[x.UserID] == nil {
				byHand[x.UserID] = map[string][]db.TodoRef{}
			}
			said := results[i%len(results)]
			switch x.Kind {
			case "parcel_lost", "parcel_damaged":
				said = results[3]
			case "parcel_refused", "parcel_back":
				said = results[2]
			}
			byHand[x.UserID][said] = append(byHand[x.UserID][said], db.TodoRef{ID: x.ID, Version: x.Version})
		}
		if !more {
			break
		}
	}
	for _, user := range slices.Sorted(maps.Keys(byHand)) {
		in, err := d.Actors().Actor(ctx, user)
		if err != nil {
			return err
		}
		for _, words := range slices.Sorted(maps.Keys(byHand[user])) {
			if _, err := d.DoTodos(ctx, in.Actor, byHand[user][words], words); err != nil {
				return err
			}
		}
	}
	return nil
}

// thisMorning has a clerk of each branch take in what has come since: parcels
// on their way arrive and are handed to who delivers them. It can be taken back.
func (w *world) thisMorning(ctx context.Context, d *db.DB) error {
	now := d.Now()
	for i, o := range w.offices {
		if len(o.clerks) == 0 {
			continue
		}
		var list []tracking.Parcel
		for k := range w.news {
			x := &w.news[k]
			if x.place != i || x.State != waybill.Moving || x.ago > 3 || len(list) == morning {
				continue
			}
			to, ok := place.ByCode(x.City)
			if !ok {
				continue
			}
			s := &story{Parcel: tracking.Parcel{Number: x.Number, Service: tracking.KD100, Code: signs[waybill.Moving], Known: true, State: waybill.Moving},
				dice: newDice(w.cfg.Seed, "morning", k), sent: w.cfg.Today, till: now.UnixMilli()}
			s.at(0, 60, 4*60, to, "快件到达 "+hub(to), waybill.Moving)
			if s.chance(0.6) {
				if s.at(0, 6*60+30, 7*60+50, to, "快件派送中", waybill.Delivering); len(s.Traces) == 2 {
					s.Code, s.State = signs[waybill.Delivering], waybill.Delivering
				}
			}
			if len(s.Traces) > 0 {
				list = append(list, s.Parcel)
			}
		}
		if len(list) == 0 {
			continue
		}
		in, err := d.Actors().Actor(ctx, o.clerks[0].id)
		if err != nil {
			return err
		}
		if _, _, err := d.ApplyTracks(ctx, in.Actor, list); err != nil {
			return err
		}
	}
	return nil
}
