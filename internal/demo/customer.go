package demo

import (
	"fmt"
	"time"

	"yike/db"
	"yike/policy/creditcode"
	"yike/policy/day"
	"yike/policy/festival"
	"yike/policy/pinyin"
	"yike/policy/place"
)

// customer makes the i-th file. Files are opened in the order of i: more than
// half of them when the company took the program up, the rest one by one since.
func (w *world) customer(i int) db.LoadItem {
	d := newDice(w.cfg.Seed, "customer", i)
	o := w.office(d)
	opened := w.opened(i)
	c := db.Customer{BranchID: o.id, CreatedAt: w.instant(opened, i), State: "reviewed"}
	w.whoItIs(d, i, o, &c)
	w.whereItIs(d, o, &c)
	w.whatItIsWorth(d, i, o, opened, &c)
	item := db.LoadItem{Customer: c}
	w.contacts(d, i, o, &item)
	w.mark(d, &item.Customer)
	w.consents(i, opened, &item)
	if w.cfg.Visits < 0 {
		w.workedVisits(d, opened, &item)
	} else {
		from, to := i*w.cfg.Visits/w.cfg.Customers, (i+1)*w.cfg.Visits/w.cfg.Customers
		w.countedVisits(d, opened, to-from, &item)
	}
	if i > w.cfg.Customers/10 && d.chance(0.005) {
		item.Customer.DeletedAt = w.instant(w.cfg.Today.Add(-d.between(1, 25)), i)
	}
	return item
}

func (w *world) office(d dice) *office {
	n := d.IntN(w.total)
	for _, o := range w.offices {
		if n -= o.weight; n < 0 {
			return o
		}
	}
	return w.offices[0]
}

// opened is the day on which the i-th file was opened.
func (w *world) opened(i int) day.Day {
	t := float64(i) / float64(w.cfg.Customers)
	start := w.cfg.Today.Add(-span)
	if t < 0.6 {
		return start.Add(int(t / 0.6 * 14))
	}
	return start.Add(14 + int((t-0.6)/0.4*(span-15)))
}

// instant is a time of that day within office hours, later for a higher i.
func (w *world) instant(on day.Day, i int) int64 {
	minutes := 9*60 + i*8*60/max(1, w.cfg.Customers)
	return on.Time().Add(-8*time.Hour).UnixMilli() + int64(minutes)*60_000 + int64(i%60_000)
}

var kinds = []string{"ecommerce", "enterprise", "individual", "distributor", "partner"}

func (w *world) whoItIs(d dice, i int, o *office, c *db.Customer) {
	city := trimEnds(o.at.City.Name)
	b := brand(i)
	c.Kind = kinds[d.weighted(38, 40, 14, 5, 3)]
	c.Usage = "user"
	switch c.Kind {
	case "ecommerce":
		if d.chance(0.55) {
			s := pick(d, shops)
			c.Name, c.Industry, c.Nature, c.BusinessType = b+s.word, s.industry, "self_employed", "网店零售"
		} else {
			t := pick(d, trades)
			c.Name, c.ShortName, c.Industry, c.Nature, c.BusinessType = company(d, city, o.at.Province.Name, b, t.word), b+t.word, t.industry, "private", "电商"
		}
		c.Source = []string{"taobao", "pinduoduo", "douyin", "jd"}[d.weighted(42, 30, 20, 8)]
		c.Size = []string{"micro", "small", "medium"}[d.weighted(60, 33, 7)]
	case "enterprise":
		t := pick(d, trades)
		c.Name, c.ShortName, c.Industry = company(d, city, o.at.Province.Name, b, t.word), b+t.word, t.industry
		c.Nature = []string{"private", "state", "foreign", "joint_venture", "public_body"}[d.weighted(80, 6, 5, 5, 4)]
		c.BusinessType = pick(d, []string{"生产制造", "批发", "服务", "进出口"})
		c.Source = []string{"enterprise", "visit", "referral", "contacts", "internet"}[d.weighted(45, 22, 15, 10, 8)]
		c.Size = []string{"micro", "small", "medium", "large"}[d.weighted(20, 45, 28, 7)]
	case "individual":
		c.Name = d.person()
		c.Source = []string{"walk_in", "internet", "referral"}[d.weighted(75, 15, 10)]
		c.Industry = "个人"
	case "distributor":
		c.Name, c.ShortName, c.Industry, c.Nature = company(d, city, o.at.Province.Name, b, pick(d, middlemen)), b, "物流仓储", "private"
		c.Source, c.Size, c.Usage = []string{"contacts", "visit", "enterprise"}[d.IntN(3)], "small", "intermediary"
	default:
		c.Name, c.ShortName, c.Industry, c.Nature = b+pick(d, partners), b, "便民服务", "self_employed"
		c.Source, c.Size, c.Usage = []string{"visit", "referral"}[d.IntN(2)], "micro", "intermediary"
	}
	if c.Size != "" {
		c.Power = []string{"low", "middle", "high"}[d.weighted(45, 42, 13)]
	}
	if c.Nature != "" && c.Nature != "self_employed" && d.chance(0.8) {
		c.CreditCode = creditCode(o.at.Code(), i)
	}
	c.Channel = []string{"on_site", "visit", "phone", "wechat", "online_order", "online_form", "email", "import"}[d.weighted(24, 20, 14, 14, 14, 5, 3, 6)]
	if d.chance(0.22) {
		c.Remark = pick(d, remarks)
	}
}

func company(d dice, city, province, b, trade string) string {
	switch r := d.Float64(); {
	case r < 0.45:
		return city + b + trade + "有限公司"
	case r < 0.70:
		return b + trade + "（" + city + "）有限公司"
	case r < 0.85:
		return trimProvince(province) + b + trade + "有限公司"
	case r < 0.95:
		return city + b + trade + "经营部"
	}
	return city + b + trade + "股份有限公司"
}

func trimProvince(name string) string {
	for _, end := range []string{"壮族自治区", "省", "市"} {
		if n := len(name) - len(end); n > 0 && name[n:] == end {
			return name[:n]
		}
	}
	return name
}

// creditCode is the i-th invented code registered at a district: it passes the
// arithmetic and counts up.
func creditCode(district string, i int) string {
	const digits = "0123456789ABCDEFGHJKLMNPQRTUWXY"
	body := []byte("MA0000000")
	for at, n := len(body)-1, i; at > 2 && n > 0; at, n = at-1, n/len(digits) {
		body[at] = digits[n%len(digits)]
	}
	code := "91" + district + string(body)
	if v := creditcode.Check(code + "0"); v.Reason == creditcode.WrongCheck {
		return code + v.Expected
	}
	return code + "0"
}

func (w *world) whereItIs(d dice, o *office, c *db.Customer) {
	at := o.at.District
	switch r := d.Float64(); {
	case r < 0.22:
		at = pick(d, o.nearby)
	case r < 0.28 && len(o.farther) > 0:
		at = pick(d, o.farther)
	}
	p, _ := place.Path(at.Code)
	c.PlaceCode, c.CityCode = at.Code, p.City.Code
	c.Address = d.address()
}

// whatItIsWorth gives class, stage, owner, terms and state.
func (w *world) whatItIsWorth(d dice, i int, o *office, opened day.Day, c *db.Customer) {
	age := int(w.cfg.Today - opened)
	shares := map[string][4]int{"ecommerce": {9, 26, 58, 7}, "enterprise": {11, 27, 55, 7}, "individual": {0, 2, 80, 18}, "distributor": {12, 35, 47, 6}, "partner": {3, 22, 70, 5}}[c.Kind]
	c.Class = []string{"A", "B", "C", ""}[d.weighted(shares[0], shares[1], shares[2], shares[3])]
	switch {
	case age < 45:
		c.Stage = []string{"prospect", "new"}[d.weighted(35, 65)]
	case c.Class == "":
		c.Stage = []string{"prospect", "new", "mature"}[d.weighted(70, 20, 10)]
	default:
		c.Stage = []string{"growing", "mature", "declining", "lost", "won_back", "prospect"}[d.weighted(24, 50, 11, 6, 4, 5)]
	}
	if c.Class != "" {
		since := opened.Add(d.IntN(max(1, age-40)))
		c.ClassSince, c.ClassReason = since.String(), pick(d, classReasons[c.Class])
		if c.Class == "C" && d.chance(0.6) {
			c.ClassReason = ""
		}
	}
	middle := map[string]float64{"A": 7.6, "B": 5.8, "C": 3.4, "": 1.2}[c.Class]
	if c.Kind == "individual" {
		middle = 0.8
	}
	if c.Stage != "prospect" && c.Stage != "lost" {
		c.MonthlyPieces = int64(d.logNormal(middle, 0.7))
	}
	if c.Stage == "prospect" {
		c.ScreenPlace, c.ScreenProfit, c.ScreenStaff, c.ScreenCulture = int64(d.between(1, 5)), int64(d.between(1, 5)), int64(d.between(1, 5)), int64(d.between(1, 5))
	}
	w.assign(d, o, opened, c)
	c.Terms = "per_parcel"
	if c.Kind != "individual" && (c.Class == "A" && d.chance(0.92) || c.Class == "B" && d.chance(0.6) || d.chance(0.08)) {
		w.contract(d, i, o, c)
	}
	c.FiledOn = opened.Add(-d.IntN(90)).String()
	if w.cfg.Today-opened > 700 {
		c.FiledOn = opened.Add(-d.between(30, 2200)).String()
	}
	switch {
	case age < 30 && d.chance(0.5), d.chance(0.02):
		c.State = "draft"
	case c.Stage == "lost" && d.chance(0.5), d.chance(0.01):
		c.State = "archived"
	}
}

func (w *world) assign(d dice, o *office, opened day.Day, c *db.Customer) {
	owners := o.reps
	if c.Class == "A" && len(o.key) > 0 && d.chance(0.8) || c.Class == "B" && len(o.key) > 0 && d.chance(0.12) {
		owners = o.key
	}
	if len(owners) > 0 && d.chance(0.96) {
		c.OwnerID = pick(d, owners).id
		c.CreatedBy = c.OwnerID
		since := opened
		if d.chance(0.15) { // taken over from somebody
			since = opened.Add(d.IntN(max(1, int(w.cfg.Today-opened)-35)))
		}
		c.OwnerSince = since.String()
	}
	if len(o.clerks) > 0 && (c.Class == "A" || c.Class == "B" && d.chance(0.7) || d.chance(0.15)) {
		c.ClerkID = pick(d, o.clerks).id
	}
}

func (w *world) contract(d dice, i int, o *office, c *db.Customer) {
	c.Terms = "monthly"
	c.TermsDays = int64([]int{30, 45, 60, 15}[d.weighted(60, 22, 12, 6)])
	c.CreditLimit = int64([]int{5000, 10000, 20000, 50000, 100000}[d.weighted(20, 34, 26, 15, 5)]) * 100
	c.AccountNo = fmt.Sprintf("%s%07d", o.area[1:], i+1)
	from := w.cfg.Today.Add(-d.IntN(372))
	c.ContractFrom, c.ContractTo = from.String(), from.AddMonths(12).Add(-1).String()
	c.ContractNo = fmt.Sprintf("HT-%d-%05d", from.Year(), i+1)
}

func (w *world) contacts(d dice, i int, o *office, item *db.LoadItem) {
	c := &item.Customer
	number := i * 4
	next := func() string { number++; return mobile(number - 1) }
	first := next()
	if c.Kind == "individual" {
		c.Phones = []string{first}
		k := db.Contact{Name: c.Name, Primary: true, Position: ""}
		w.birthday(d, &k)
		if d.chance(0.5) {
			item.Contacts = append(item.Contacts, k)
		}
		return
	}
	if d.chance(0.4) && o.area != "" {
		ext := ""
		if d.chance(0.2) {
			ext = pick(d, []string{"801", "608", "8023"})
		}
		c.Phones = append(c.Phones, landline(o.area, i, ext))
	} else {
		c.Phones = append(c.Phones, first)
	}
	initials := pinyin.Initials(brand(i))
	if d.chance(0.3) {
		c.WeChat = fmt.Sprintf("%s_kd%03d", initials, i%1000)
	}
	if c.Kind == "enterprise" && d.chance(0.35) {
		c.Email = initials + "@example.com"
	}
	for j := range 1 + d.weighted(55, 33, 12) {
		k := db.Contact{Name: d.person(), Position: positions[min(d.IntN(len(positions)+3), len(positions)-1)], Primary: j == 0, Phones: []string{first}}
		if j > 0 {
			k.Phones = []string{next()}
		} else if c.Size == "micro" {
			k.Position = pick(d, []string{"负责人", "店长", "老板娘"})
		}
		if d.chance(0.12) {
			k.WeChat = fmt.Sprintf("%s%02d", pinyin.Initials(k.Name), d.IntN(100))
		}
		if d.chance(0.45) {
			w.birthday(d, &k)
		}
		item.Contacts = append(item.Contacts, k)
	}
}

// birthday gives one by the solar calendar, or by the lunar one to many of the
// older people, some of them in a leap month or on a 30th; some do not say the
// year.
func (w *world) birthday(d dice, k *db.Contact) {
	age := d.between(22, 63)
	b := festival.Birthday{Year: w.cfg.Today.Year() - age, Month: d.between(1, 12), Day: d.between(1, 30), Lunar: age > 42 && d.chance(0.55)}
	b.Leap = b.Lunar && festival.LeapMonth(b.Year) == b.Month && d.chance(0.6)
	if d.chance(0.15) {
		b.Year = 0
	}
	for b.Day > 28 && b.Valid() != festival.Fine {
		b.Day-- // no such day in that year's month
	}
	if b.Valid() != festival.Fine {
		return
	}
	k.BirthdayLunar, k.BirthdayYear, k.BirthdayMonth, k.BirthdayDay, k.BirthdayLeap = b.Lunar, int64(b.Year), int64(b.Month), int64(b.Day), b.Leap
}

// mark hangs tags on a file: those that follow from it, and others by chance.
// What the rules say at night is none of them.
func (w *world) mark(d dice, c *db.Customer) {
	follows := map[string]bool{
		"淘宝商家": c.Source == "taobao", "拼多多商家": c.Source == "pinduoduo", "重点合同": c.Class == "A" && c.Terms == "monthly",
		"企业客户":   c.Kind == "enterprise" && (c.Size == "large" || c.Size == "medium"),
		"对账要纸质单": c.Terms == "monthly" && d.chance(0.06),
	}
	for _, t := range tags {
		if follows[t.name] || t.share > 0 && c.Kind != "individual" && d.chance(t.share) {
			c.Tags = append(c.Tags, w.tags[t.name])
		}
	}
}
