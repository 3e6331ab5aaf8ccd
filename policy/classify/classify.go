// Package classify says how much care a client gets and why: classes A, B and
// C, value, RFM, the pyramid, levels, stages of the life cycle, and the marks
// of behaviour and risk. It owns the rules with the documents' figures as
// defaults, the cuts that a branch's clients give, and the reasons behind each
// label. It knows neither the present nor where the figures come from.
package classify

import (
	"iter"
	"slices"

	"yike/policy/day"
)

// Months is how many whole months before the day are looked at.
const Months = 12

// Client is what is known of one client on a day. Index 0 of the months is the
// last whole month before the day, 1 the one before it, and so on.
type Client struct {
	Freight     [Months]int64 // fen
	Orders      [Months]int32 // waybills
	First, Last day.Day       // of the first month with a parcel, and of the last parcel; none before the first
	Score       int           // of the prospect (Prospect), 0 = not judged
	Overdue     int64         // fen that should have been paid
	Complaints  int           // in the last three months
	Industry    string        // as its file says
}

// freight is what came in over the last n whole months.
func (c *Client) freight(n int) (sum int64) {
	for _, v := range c.Freight[:n] {
		sum += v
	}
	return sum
}

func (c *Client) orders(n int) (sum int64) {
	for _, v := range c.Orders[:n] {
		sum += int64(v)
	}
	return sum
}

// active is in how many of the twelve months something was sent.
func (c *Client) active() (n int64) {
	for _, v := range c.Orders {
		if v > 0 {
			n++
		}
	}
	return n
}

// Rules are the three that labels come from.
type Rules struct {
	Classes Classes
	RFM     RFM
	Tags    Tags
}

// Default are the rules with the figures of the documents.
func Default() Rules { return Rules{DefaultClasses(), DefaultRFM(), DefaultTags()} }

// Cuts are what the clients of a branch give: from which figure on one stands
// where, by the shares and ranks of the rules. 0 of the clients that shipped
// means that there is none to cut.
type Cuts struct {
	Clients int      // that shipped in the window
	Share   [2]int64 // A, B: fen over the window of the classes
	Rank    [2]int64 // A, B
	Tier    [2]int64 // key, middle
	Recency [2]int64 // high, middle: the day of the last parcel
	Orders  [2]int64 // high, middle: over twelve months
	Spend   [2]int64 // high, middle: fen over twelve months, or per order

	// What it takes to say when somebody would fall out again; 0 where nobody
	// stands below a cut.
	ShareBelow, RankBelow, TierBelow [2]int64 // the figure next below
	ShareAhead                       [2]int64 // fen of all from that figure on
	Total                            int64    // fen of all over the window
}

const never = int64(1) << 62

// Cut works out the cuts of clients that are ranked with each other. Their
// order does not matter; who has the same figure stands in the same place.
func Cut(r Rules, clients iter.Seq[*Client]) Cuts {
	var out Cuts
	var window []int64
	for c := range clients {
		if v := c.freight(r.Classes.Window); v > 0 {
			window = append(window, v)
		}
	}
	slices.Sort(window)
	slices.Reverse(window)
	out.Clients = len(window)
	for i := range 2 {
		out.Share[i], out.ShareBelow[i], out.ShareAhead[i] = shareCut(window, r.Classes.Share[i])
		out.Rank[i], out.RankBelow[i] = rankCut(window, r.Classes.Rank[i])
		out.Tier[i], out.TierBelow[i] = rankCut(window, r.Classes.Tier[i])
	}
	for _, v := range window {
		out.Total += v
	}
	if r.RFM.Way != Quantile {
		return out
	}
	var recency, orders, spend []int64
	for c := range clients {
		if c.Last.Valid() {
			recency = append(recency, int64(c.Last))
			orders = append(orders, c.orders(Months))
			spend = append(spend, r.RFM.spend(c))
		}
	}
	for _, column := range [][]int64{recency, orders, spend} {
		slices.Sort(column)
	}
	for i, percent := range []int{r.RFM.Upper, r.RFM.Lower} {
		out.Recency[i], out.Orders[i], out.Spend[i] = quantile(recency, percent), quantile(orders, percent), quantile(spend, percent)
	}
	return out
}

// shareCut is the smallest figure of whose betters the sum is below the share
// of all, in percent; falling is in falling order and above nought. below is
// the next figure, and ahead the sum of all down to it.
func shareCut(falling []int64, percent int) (cut, below, ahead int64) {
	var total int64
	for _, v := range falling {
		total += v
	}
	cut = never
	i := 0
	for i < len(falling) && ahead*100 < total*int64(percent) {
		cut = falling[i]
		for ; i < len(falling) && falling[i] == cut; i++ {
			ahead += cut
		}
	}
	if i < len(falling) {
		below = falling[i]
	}
	for ; i < len(falling) && falling[i] == below; i++ {
		ahead += below
	}
	return cut, below, ahead
}

// rankCut is the smallest figure with fewer betters than the share of all, and
// the next one below it.
func rankCut(falling []int64, percent int) (cut, below int64) {
	cut = never
	i := 0
	for i < len(falling) && i*100 < len(falling)*percent {
		cut = falling[i]
		for i < len(falling) && falling[i] == cut {
			i++
		}
	}
	if i < len(falling) {
		below = falling[i]
	}
	return cut, below
}

// quantile is the smallest figure that so many percent of all lie below.
func quantile(rising []int64, percent int) int64 {
	for i := 0; i < len(rising); {
		if i*100 >= len(rising)*percent {
			return rising[i]
		}
		for v := rising[i]; i < len(rising) && rising[i] == v; {
			i++
		}
	}
	return never
}

// Labels are what a client is called. Worth, RFM and Tier are empty for who
// never sent anything.
type Labels struct {
	Worth, RFM, Tier, Level, Stage string
	Marks                          Marks
}

// Frame is the rules set up for one day and one branch's cuts.
type Frame struct {
	Rules
	Cuts Cuts
	On   day.Day

	starts                 [Months + 1]day.Day // of the months: 0 of the present one, 1 of the last whole one
	sales                  [Months]bool        // which of the whole months are sales months
	silent, lost           day.Day             // the last day on which a parcel makes one so
	fresh                  day.Day             // first parcels after it are new
	recency, orders, spend [2]int64
}

// Frame sets the rules up for a day.
func (r Rules) Frame(cuts Cuts, on day.Day) *Frame {
	f := &Frame{Rules: r, Cuts: cuts, On: on, silent: quietBy(on, r.Tags.Silent), lost: quietBy(on, r.Tags.Lost), fresh: on.AddMonths(-r.Tags.New)}
	for i := range f.starts {
		f.starts[i] = on.MonthStart().AddMonths(-i)
	}
	for i := range f.sales {
		_, month, _ := f.starts[i+1].Date()
		f.sales[i] = slices.Contains(r.Tags.Season, int(month))
	}
	f.recency, f.orders, f.spend = r.RFM.cuts(&cuts, on)
	return f
}

// quietBy is the last day from which on so many calendar months have gone by:
// of 20 November and three it is 20 August, of the last of February the last
// of November.
func quietBy(on day.Day, months int) day.Day {
	d := on.AddMonths(-months)
	for d.Add(1).AddMonths(months) <= on {
		d++
	}
	return d
}

// Label names a client.
func (f *Frame) Label(c *Client) Labels {
	out := Labels{Stage: f.Stage(c), Level: f.Level(c), Marks: f.marks(c)}
	if !c.Last.Valid() {
		return out
	}
	out.Worth, out.Tier = f.Tags.worth(c), f.tier(c)
	out.RFM = f.RFM.Segments[f.Cell(c)]
	return out
}

// Class is Classes.Class with the cuts of the frame.
func (f *Frame) Class(c *Client) string { return f.Classes.Class(c, &f.Cuts) }
