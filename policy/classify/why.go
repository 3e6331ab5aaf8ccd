package classify

// Units of a fact.
const (
	UnitMonthly  = "monthly"  // fen a month
	UnitYearly   = "yearly"   // fen in twelve months
	UnitFen      = "fen"      // fen
	UnitOrder    = "order"    // fen an order
	UnitOrders   = "orders"   // orders a month
	UnitCount    = "count"    // orders in twelve months
	UnitPercent  = "percent"  // per hundred
	UnitPoints   = "points"   // of 100
	UnitDay      = "day"      // a day.Day, 0 = never
	UnitTimes    = "times"    // how often
	UnitOfTwelve = "ofTwelve" // months of twelve
	UnitText     = "text"     // a word
)

// Fact is one figure behind a label, with the lines it is held to.
type Fact struct {
	Name  string // amount, share, rank, year, repeat, score, frequency, loyalty, credit, promise, recency, orders, spend, worth, stable, season, trend, first, last, complaints, overdue, tier
	Unit  string
	N     int // of how many months, where the name asks for it
	Value int64
	Steps []Step // falling
	Is    string // what this figure alone gives; "" when it gives nothing by itself
	Text  string `json:",omitempty"` // of UnitText: the word itself
}

// Step is a line: from From on (above it where Above) a figure gives To. Of
// days it is the day on which it turns, of marks the figure that sets it.
type Step struct {
	To    string
	From  int64
	Above bool // more than From
	Under bool // less than From
}

// Reason is one label with what stands behind it.
type Reason struct {
	Kind  string // class, worth, rfm, tier, level, stage, mark
	Value string
	Facts []Fact
	Cell  int // of RFM
}

func classSteps(cuts [2]int64, per int64) (out []Step) {
	for i, to := range []string{"A", "B"} {
		if cuts[i] < never {
			out = append(out, Step{To: to, From: (cuts[i] + per - 1) / per})
		}
	}
	return out
}

// WhyClass is the class by the rule with each method that counts.
func (f *Frame) WhyClass(c *Client) Reason {
	k, cuts := f.Classes, &f.Cuts
	out := Reason{Kind: "class", Value: k.Class(c, cuts)}
	n := int64(k.Window)
	for _, m := range k.Methods {
		is := [3]string{"A", "B", "C"}[k.byMethod(m, c, cuts)]
		monthly := Fact{Name: m, Unit: UnitMonthly, N: k.Window, Value: c.freight(k.Window) / n, Is: is}
		switch m {
		case ByAmount:
			monthly.Steps = classSteps(k.Amount, 1)
			out.Facts = append(out.Facts, monthly)
		case ByShare:
			monthly.Steps = classSteps(cuts.Share, n)
			out.Facts = append(out.Facts, monthly)
		case ByRank:
			monthly.Steps = classSteps(cuts.Rank, n)
			out.Facts = append(out.Facts, monthly)
		case ByYear:
			out.Facts = append(out.Facts, Fact{Name: ByYear, Unit: UnitYearly, Value: c.freight(Months), Steps: classSteps(k.Year, 1), Is: is},
				Fact{Name: "repeat", Unit: UnitPercent, Value: c.active() * 100 / Months, Steps: []Step{{From: int64(k.Repeat)}}})
		case ByScore:
			out.Facts = append(out.Facts, k.scoreFacts(c, is)...)
		}
	}
	if k.promising(c) {
		out.Facts = append(out.Facts, Fact{Name: "promise", Unit: UnitPoints, Value: int64(c.Score), Steps: []Step{{To: "B", From: int64(k.Promise)}}, Is: "B"})
	}
	return out
}

func (r Classes) scoreFacts(c *Client, is string) []Fact {
	score, parts := r.Index(c)
	out := []Fact{{Name: ByScore, Unit: UnitPoints, Value: int64(score), Steps: classSteps([2]int64{int64(r.Score[0]), int64(r.Score[1])}, 1), Is: is}}
	for i, name := range []string{"frequency", "money", "loyalty", "credit"} {
		out = append(out, Fact{Name: name, Unit: UnitPoints, N: r.Weights[i], Value: int64(parts[i])})
	}
	return out
}

// Why explains every label of a client: value, RFM, pyramid, level, stage and
// each mark it has.
func (f *Frame) Why(c *Client) []Reason {
	l := f.Label(c)
	out := []Reason{f.whyWorth(c, l), f.whyRFM(c, l), f.whyTier(c, l), {Kind: "level", Value: l.Level, Facts: f.levelFacts(c, l)}, f.whyStage(c, l)}
	for _, w := range l.Marks.Words() {
		out = append(out, Reason{Kind: "mark", Value: w, Facts: f.markFacts(c, w)})
	}
	return out
}

func lastFact(c *Client) Fact { return Fact{Name: "last", Unit: UnitDay, Value: int64(c.Last)} }

func (f *Frame) whyWorth(c *Client, l Labels) Reason {
	out := Reason{Kind: "worth", Value: l.Worth}
	if l.Worth == "" {
		out.Facts = []Fact{lastFact(c)}
		return out
	}
	t := f.Tags
	out.Facts = []Fact{{Name: "worth", Unit: UnitMonthly, N: t.WorthMonths, Value: c.freight(t.WorthMonths) / int64(t.WorthMonths), Is: l.Worth,
		Steps: []Step{{To: WorthHigh, From: t.Worth[0], Above: true}, {To: WorthMiddle, From: t.Worth[1]}}}}
	return out
}

var gradeWords = [3]string{"low", "middle", "high"}

func (f *Frame) whyRFM(c *Client, l Labels) Reason {
	out := Reason{Kind: "rfm", Value: l.RFM}
	if l.RFM == "" {
		out.Facts = []Fact{lastFact(c)}
		return out
	}
	steps := func(v [2]int64) (out []Step) {
		for i, to := range []string{"high", "middle"} {
			if v[i] < never {
				out = append(out, Step{To: to, From: v[i]})
			}
		}
		return out
	}
	out.Cell = f.Cell(c)
	grades := [3]int{}
	grades[0], grades[1], grades[2] = Grades(out.Cell)
	unit := UnitYearly
	if f.RFM.PerOrder {
		unit = UnitOrder
	}
	out.Facts = []Fact{{Name: "recency", Unit: UnitDay, Value: int64(c.Last), Steps: steps(f.recency), Is: gradeWords[grades[0]]},
		{Name: "orders", Unit: UnitCount, Value: c.orders(Months), Steps: steps(f.orders), Is: gradeWords[grades[1]]},
		{Name: "spend", Unit: unit, Value: f.RFM.spend(c), Steps: steps(f.spend), Is: gradeWords[grades[2]]}}
	return out
}

func (f *Frame) whyTier(c *Client, l Labels) Reason {
	out := Reason{Kind: "tier", Value: l.Tier}
	if l.Tier == "" {
		out.Facts = []Fact{lastFact(c)}
		return out
	}
	n, cuts := int64(f.Classes.Window), &f.Cuts
	place := Fact{Name: "tier", Unit: UnitMonthly, N: f.Classes.Window, Value: c.freight(f.Classes.Window) / n}
	for i, to := range []string{TierKey, TierMiddle} {
		if cuts.Tier[i] > 0 && cuts.Tier[i] < never {
			place.Steps = append(place.Steps, Step{To: to, From: (cuts.Tier[i] + n - 1) / n})
		}
	}
	out.Facts = []Fact{place}
	switch l.Tier {
	case TierDoubtful:
		out.Facts = append(out.Facts, Fact{Name: "complaints", Unit: UnitTimes, Value: int64(c.Complaints)}, Fact{Name: "overdue", Unit: UnitFen, Value: c.Overdue})
	case TierOnce:
		out.Facts = append(out.Facts, Fact{Name: "orders", Unit: UnitCount, Value: c.orders(Months)}, lastFact(c))
	case TierInactive:
		out.Facts = append(out.Facts, lastFact(c))
	case TierPotential:
		out.Facts = append(out.Facts, f.firstFact(c))
	}
	return out
}

func (r Rules) firstFact(c *Client) Fact {
	f := Fact{Name: "first", Unit: UnitDay, Value: int64(c.First)}
	if c.First.Valid() {
		f.Steps = []Step{{From: int64(c.First.AddMonths(r.Tags.New))}}
	}
	return f
}

func (f *Frame) levelFacts(c *Client, l Labels) []Fact {
	out := f.Classes.scoreFacts(c, l.Level)
	out[0].Steps = []Step{{To: LevelVIP, From: int64(f.Classes.Score[0])}}
	if l.Level == LevelPotential {
		return append(out[:1], lastFact(c))
	}
	return out
}

// turns is the last parcel with the day on which so many months are over.
func turns(c *Client, steps map[string]int) Fact {
	f := lastFact(c)
	for _, to := range []string{StageDeclining, StageLost, "silent"} {
		if n := steps[to]; n > 0 && c.Last.Valid() {
			f.Steps = append(f.Steps, Step{To: to, From: int64(c.Last.AddMonths(n))})
		}
	}
	return f
}

func (r Rules) trend(c *Client) Fact {
	now, before, _ := c.quarters()
	f := Fact{Name: "trend", Unit: UnitPercent, Value: -1}
	if before > 0 {
		f.Value = now * 100 / before
	}
	return f
}

func (f *Frame) whyStage(c *Client, l Labels) Reason {
	out := Reason{Kind: "stage", Value: l.Stage}
	if !c.Last.Valid() {
		out.Facts = []Fact{lastFact(c)}
		return out
	}
	trend := f.trend(c)
	trend.Steps = []Step{{To: StageGrowing, From: int64(f.Tags.Grow)}, {To: StageDeclining, From: int64(f.Tags.Decline), Under: true}}
	out.Facts = []Fact{turns(c, map[string]int{StageDeclining: f.Tags.Silent, StageLost: f.Tags.Lost})}
	if f.isNew(c) {
		out.Facts = append(out.Facts, f.firstFact(c))
	}
	if !f.isSilent(c) {
		out.Facts = append(out.Facts, trend)
	}
	return out
}

func (f *Frame) markFacts(c *Client, word string) []Fact {
	switch Mark(word) {
	case MarkStable:
		return []Fact{{Name: "stable", Unit: UnitOrders, N: f.Tags.StableMonths, Value: f.Tags.least(c), Steps: []Step{{From: int64(f.Tags.StableOrders)}}}}
	case MarkSeasonal:
		sales, rest, m, k := f.seasons(c)
		return []Fact{{Name: "sales", Unit: UnitOrders, Value: sales / max(1, m), Steps: []Step{{From: rest / max(1, k) * int64(f.Tags.SeasonTimes) / 100}}},
			{Name: "others", Unit: UnitOrders, Value: rest / max(1, k)}}
	case MarkSilent:
		return []Fact{turns(c, map[string]int{"silent": f.Tags.Silent})}
	case MarkSlipping:
		trend := f.trend(c)
		trend.Steps = []Step{{To: "slipping", From: int64(f.Tags.Slip), Under: true}}
		return []Fact{trend}
	case MarkComplain:
		return []Fact{{Name: "complaints", Unit: UnitTimes, Value: int64(c.Complaints)}}
	case MarkUsual:
		out := []Fact{{Name: "industry", Unit: UnitText, Text: c.Industry}}
		if tier := f.whyTier(c, f.Label(c)); tier.Value != "" {
			out = append(out, tier.Facts[0])
		}
		return out
	case MarkOverdue:
		return []Fact{{Name: "overdue", Unit: UnitFen, Value: c.Overdue}}
	}
	return nil
}
