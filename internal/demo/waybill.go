package demo

import (
	"context"
	"fmt"
	"iter"
	"time"

	"yike/db"
	"yike/policy"
	"yike/policy/day"
	"yike/policy/place"
	"yike/policy/waybill"
)

// shipper is somebody who ships. ID 0 is nobody on file.
type shipper struct {
	db.Shipper
	at       place.Place // of its branch
	share    float64     // of the parcels of its kind
	pieces   int         // of one waybill, about
	couriers []string
}

// shippers are all of them, told apart by how many parcels of a hundred are
// theirs.
type shippers struct {
	daily, seldom, strangers []shipper
}

const (
	dailyOf     = 60
	strangersOf = 4
	dailyRows   = 330 // parcels of who ships every day, in thirteen months
	strangersAt = 4   // a branch
)

// waybills makes as many parcels as Config says, of the twelve months before
// this one and of this one until yesterday.
func (w *world) waybills(ctx context.Context, d *db.DB, system policy.Actor) (int, error) {
	if w.cfg.Waybills <= 0 {
		return 0, nil
	}
	all, err := w.shippers(ctx, d, system)
	if err != nil {
		return 0, err
	}
	return d.LoadWaybills(ctx, system, w.heard(w.parcels(all)), nil)
}

// shippers picks who ships: some account customers of class A and B every
// day, others now and then, and at each branch a few whom nobody knows.
func (w *world) shippers(ctx context.Context, d *db.DB, system policy.Actor) (shippers, error) {
	var all shippers
	offices, couriers := map[int64]*office{}, map[int64][]string{}
	for i, o := range w.offices {
		r := newDice(w.cfg.Seed, "couriers", i)
		offices[o.id], couriers[o.id] = o, []string{r.person(), r.person(), r.person()}
		for j, c := range o.couriers { // those who have an account are among them
			couriers[o.id][j%3] = c.name
		}
		for j := range strangersAt {
			all.strangers = append(all.strangers, w.stranger(r, o, i*strangersAt+j, couriers[o.id]))
		}
	}
	daily := max(1, w.cfg.Waybills*dailyOf/100/dailyRows)
	chance := min(0.6, float64(w.cfg.Waybills)/8/float64(max(1, w.cfg.Customers)))
	i := 0
	err := d.Shippers(ctx, system, func(c db.Shipper) bool {
		i++
		r, o := newDice(w.cfg.Seed, "shipper", i), offices[c.BranchID]
		if o == nil || c.MonthlyPieces == 0 && c.Stage != "lost" {
			return true
		}
		s := shipper{Shipper: c, at: o.at, couriers: couriers[o.id]}
		switch {
		case c.Account != "" && (c.Class == "A" || c.Class == "B") && len(all.daily) < daily:
			s.share, s.pieces = float64(r.between(70, 130)), int(min(40, max(1, c.MonthlyPieces/25)))
			all.daily = append(all.daily, s)
		case r.chance(chance):
			s.share = map[string]float64{"A": 5, "B": 3, "C": 1, "": 0.5}[c.Class] * float64(r.between(50, 150))
			s.pieces = int(min(12, max(1, c.MonthlyPieces/25)))
			all.seldom = append(all.seldom, s)
		}
		return true
	})
	return all, err
}

// stranger is the i-th sender of whom the company has no file.
func (w *world) stranger(r dice, o *office, i int, couriers []string) shipper {
	shop := pick(r, shops)
	return shipper{at: o.at, share: float64(r.between(30, 170)), pieces: r.between(1, 3), couriers: couriers, Shipper: db.Shipper{BranchID: o.id, Terms: "per_parcel", Stage: "new",
		Name: brand(23_000+i) + shop.word, Industry: shop.industry, Contact: r.person(), Phone: mobile(800_000 + i), Address: o.at.Name() + r.address(), Class: "C",
		CreatedAt: w.instant(w.cfg.Today.Add(-r.between(60, 400)), 0)}}
}

// parcels hands out exactly as many as Config says, client by client.
func (w *world) parcels(all shippers) iter.Seq[db.Waybill] {
	return func(yield func(db.Waybill) bool) {
		left := w.cfg.Waybills
		strangers := left * strangersOf / 100
		daily := left * dailyOf / 100
		switch {
		case len(all.daily) == 0 && len(all.seldom) == 0:
			strangers, daily = left, 0
		case len(all.daily) == 0:
			daily = 0
		case len(all.seldom) == 0:
			daily = left - strangers
		}
		number := 0
		for _, kind := range []struct {
			list []shipper
			rows int
		}{{all.daily, daily}, {all.seldom, left - strangers - daily}, {all.strangers, strangers}} {
			sum, before := 0.0, 0.0
			for _, s := range kind.list {
				sum += s.share
			}
			for i := range kind.list {
				s := &kind.list[i]
				from := int(before / sum * float64(kind.rows))
				before += s.share
				to := int(before / sum * float64(kind.rows))
				if i == len(kind.list)-1 {
					to = kind.rows
				}
				if !w.sent(s, number, to-from, yield) {
					return
				}
				number += to - from
			}
		}
	}
}

// sent hands out the n parcels of one sender, the first of which has that
// number.
func (w *world) sent(s *shipper, number, n int, yield func(db.Waybill) bool) bool {
	if n == 0 {
		return true
	}
	d := newDice(w.cfg.Seed, "waybill", number)
	from := w.cfg.Today.MonthStart().AddMonths(-12)
	load := w.load(d, s, from)
	at, sum := 0, load[0]
	for k := range n {
		// One parcel of each n-th of the load, so that the days are as even as
		// the load is.
		want := (float64(k) + d.Float64()) / float64(n) * total(load)
		for sum < want && at < len(load)-1 {
			at++
			sum += load[at]
		}
		p := w.parcel(d, s, from.Add(at))
		p.Number = fmt.Sprintf("75%s%09d", p.SentDay[2:4]+p.SentDay[5:7], number+k+1)
		if !yield(p) {
			return false
		}
	}
	return true
}

func total(list []float64) float64 {
	sum := 0.0
	for _, x := range list {
		sum += x
	}
	return sum
}

// load is how much a sender ships on each day until yesterday: less at
// weekends and hardly anything on holidays, much before the shopping
// festivals, and more or less from month to month as its stage says.
func (w *world) load(d dice, s *shipper, from day.Day) []float64 {
	days := int(w.cfg.Today - from)
	out := make([]float64, days)
	opened := day.At(time.UnixMilli(s.CreatedAt), db.Zone)
	gone := days - d.between(100, 200) // of who is lost or came back
	shop := s.Industry != "" && s.Account == ""
	for i := range out {
		on := from.Add(i)
		x := 1.0
		switch worked := w.days.worked[int(on-w.days.today)+span]; {
		case worked:
		case on.Weekday() == time.Saturday || on.Weekday() == time.Sunday:
			x = 0.35
			if shop {
				x = 0.8
			}
		default:
			x = 0.12
		}
		switch _, month, dom := on.Date(); {
		case month == time.November && dom >= 10 && dom <= 18:
			x *= 2.2
		case month == time.November, month == time.June && dom >= 10 && dom <= 22, month == time.December && dom >= 10 && dom <= 16:
			x *= 1.4
		case month == time.February, month == time.July, month == time.August:
			x *= 0.8
		}
		t := float64(i) / float64(days)
		switch s.Stage {
		case "growing", "new":
			x *= 0.4 + 1.3*t
		case "declining":
			x *= 1.6 - 1.3*t
		case "lost":
			if i > gone {
				x = 0
			}
		case "won_back":
			if i > gone && i < gone+80 {
				x = 0
			}
		}
		if on < opened {
			x = 0
		}
		out[i] = x
	}
	if total(out) == 0 {
		out[days-1] = 1
	}
	return out
}

// parcel makes one of a sender, sent on a day that is over.
func (w *world) parcel(d dice, s *shipper, on day.Day) db.Waybill {
	minute := d.between(13*60, 20*60+40)
	sent := on.Time().Add(-8*time.Hour).UnixMilli() + int64(minute)*60_000
	p := db.Waybill{BranchID: s.BranchID, CustomerID: s.ID, Sender: s.Name, SenderContact: s.Contact, SenderPhone: s.Phone, SenderAccount: s.Account, SenderAddress: s.Address,
		Receiver: d.person(), ReceiverPhone: mobile(20_000 + d.IntN(200_000)), SentDay: on.String(), SentAt: sent, PickedAt: sent + int64(d.between(5, 90))*60_000,
		Picker: pick(d, s.couriers), Pieces: int64(max(1, s.pieces*d.between(50, 150)/100)), Contents: pick(d, contentsOf(s.Industry))}
	switch {
	case s.ID == 0:
	case s.Account != "":
		p.BoundBy = waybill.ByAccount
	case s.Phone != "" && d.chance(0.7):
		p.BoundBy = waybill.ByPhone
	default:
		p.BoundBy = waybill.ByName
	}
	far := w.destination(d, s, &p)
	p.Product = []string{waybill.Standard, waybill.Economy, waybill.Express, waybill.Bulky}[d.weighted(55, 30, 11, 4)]
	if far == 0 && d.chance(0.05) {
		p.Product = waybill.SameDay
	}
	switch {
	case s.Terms == "monthly" && d.chance(0.93):
		p.Payment = waybill.Monthly
	default:
		p.Payment = []string{waybill.SenderPays, waybill.ReceiverPays, waybill.ThirdParty}[d.weighted(84, 13, 3)]
	}
	p.Weight = p.Pieces * int64(max(50, min(28_000, d.logNormal(6.9, 0.7))))
	if p.Product == waybill.Bulky {
		p.Weight = p.Pieces * int64(d.between(12, 55)) * 1000
		p.Volume = p.Weight * int64(d.between(4, 9))
	}
	p.Weight -= p.Weight % 10
	p.Freight = freight(p, far, s.Account != "")
	w.fate(d, &p, far, int(w.cfg.Today-on))
	return p
}

// freight is a price as such are: so much for the first kilogram of a piece
// and so much for each further one, in fen.
func freight(p db.Waybill, far int, account bool) int64 {
	first, further := []int64{800, 1000, 1200}[far], []int64{100, 250, 600}[far]
	if account {
		first, further = []int64{320, 400, 560}[far], []int64{60, 120, 350}[far]
	}
	each := first + max(0, (p.Weight/p.Pieces-1)/1000)*further
	switch p.Product {
	case waybill.Economy:
		each = each * 8 / 10
	case waybill.Express, waybill.SameDay:
		each = each * 18 / 10
	}
	return each / 10 * 10 * p.Pieces
}

// near are provinces to which much is sent from everywhere, by their share.
var near = []struct {
	code  string
	share int
}{{"440000", 14}, {"330000", 12}, {"320000", 12}, {"310000", 9}, {"370000", 7}, {"410000", 6}, {"510000", 6}, {"420000", 5}, {"350000", 5}, {"340000", 5},
	{"130000", 4}, {"110000", 4}, {"430000", 4}, {"610000", 3}, {"360000", 3}, {"500000", 3}, {"210000", 3}, {"530000", 2}, {"450000", 2}, {"230000", 2}, {"650000", 1}}

// destination says where a parcel goes and how far that is: 0 within the
// province, 1, or 2 to where it costs much.
func (w *world) destination(d dice, s *shipper, p *db.Waybill) (far int) {
	p.Province = s.at.Province.Code
	if d.chance(0.75) {
		weights := make([]int, len(near))
		for i, n := range near {
			weights[i] = n.share
		}
		p.Province = near[d.weighted(weights...)].code
	}
	cities := w.cities[p.Province]
	if len(cities) == 0 {
		for _, c := range place.Children(p.Province) {
			if c.Level == place.City && c.Current() {
				cities = append(cities, c.Code)
			}
		}
		w.cities[p.Province] = cities
	}
	if len(cities) > 0 {
		p.City = pick(d, cities)
	}
	switch p.Province {
	case s.at.Province.Code:
		return 0
	case "650000", "230000", "530000", "450000", "210000":
		return 2
	}
	return 1
}

// fate is what became of a parcel until this morning, sent that many days ago.
func (w *world) fate(d dice, p *db.Waybill, far, ago int) {
	takes := 1 + far + d.weighted(55, 35, 10)
	if p.Product == waybill.Express || p.Product == waybill.SameDay {
		takes = 1
	}
	bad := d.Float64()
	switch {
	case bad < 0.006:
		p.State, p.PickedAt, p.Picker = waybill.Cancelled, 0, ""
		return
	case takes >= ago && bad > 0.98:
		p.State = waybill.PickedUp
		return
	case takes > ago:
		p.State = waybill.Moving
		return
	}
	p.Deliverer = d.person()
	on := p.SentAt - p.SentAt%86_400_000 + int64(takes)*86_400_000
	switch {
	case takes == ago: // on its way since this morning
		p.State = waybill.Delivering
	case bad < 0.016:
		p.State = waybill.Refused
	case bad < 0.024:
		p.State = waybill.Returned
	case bad < 0.030:
		p.State = waybill.Damaged
	case bad < 0.032:
		p.State = waybill.Lost
	case ago <= 20 && bad < 0.055, bad < 0.0335:
		p.State = waybill.Stuck
	default:
		p.State, p.SignedAt = waybill.Signed, on+int64(d.between(60, 600))*60_000 // 9:00 to 18:00 in China
		if bad > 0.975 {
			p.Exception = []string{waybill.Late, waybill.FailedOnce, waybill.Misrouted, waybill.Short}[d.weighted(50, 30, 12, 8)]
		}
		return
	}
	p.Exception = waybill.ExceptionOf(p.State)
}

var goods = map[string][]string{
	"服装鞋帽": {"服装", "鞋", "童装", "针织衫"}, "食品饮料": {"茶叶", "零食", "干货", "食品"}, "电子电器": {"数码配件", "电子元件", "小家电"},
	"文教用品": {"文具", "图书"}, "母婴玩具": {"玩具", "母婴用品", "童装"}, "家居家纺": {"家纺", "床上用品", "家居用品"}, "美妆个护": {"化妆品", "护肤品"},
	"医疗健康": {"医疗器械", "耗材"}, "包装印刷": {"印刷品", "包装样品"}, "五金机电": {"五金件", "工具"}, "宠物用品": {"宠物用品", "宠物食品"}, "汽车配件": {"汽车配件"},
	"文化传媒": {"手工艺品", "宣传册"}, "体育户外": {"渔具", "户外用品"}, "鲜花绿植": {"绿植", "花艺"}, "个人": {"衣物", "土特产", "生活用品", "文件"},
}

func contentsOf(industry string) []string {
	if list := goods[industry]; list != nil {
		return list
	}
	return []string{"文件", "日用品", "样品", "配件"}
}
