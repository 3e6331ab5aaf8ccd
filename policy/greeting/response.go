package greeting

// How greetings are judged afterwards (R132): clients that were greeted, before
// and after, beside like ones that were not.
const (
	ResponseDays = 30 // before the occasion's day, and from it on
	ResponseFew  = 20 // clients on a side, below which nothing is said
)

// Bands are by how many pieces a client sent in the days before: it belongs to
// the last band that it reaches.
var Bands = []int64{0, 1, 10, 50, 200}

// BandOf is the place of a client's band among Bands.
func BandOf(pieces int64) int {
	band := 0
	for i, least := range Bands {
		if pieces >= least {
			band = i
		}
	}
	return band
}

// Sent is what a client sent in the days before an occasion, and from it on.
type Sent struct {
	PiecesBefore, PiecesAfter   int64
	FreightBefore, FreightAfter int64 // fen
}

// Again says that the client sent something from the occasion on.
func (s Sent) Again() bool { return s.PiecesAfter > 0 }

// Shipper is a client whose response is looked at.
type Shipper struct {
	ID, Branch int64
	Class      string
	Greeted    bool
	Sent
}

// Side is one of the groups that are compared, in sums.
type Side struct {
	Clients, Again int64
	Sent
}

func (s *Side) add(x Shipper) {
	s.Clients++
	if x.Again() {
		s.Again++
	}
	s.PiecesBefore, s.PiecesAfter = s.PiecesBefore+x.PiecesBefore, s.PiecesAfter+x.PiecesAfter
	s.FreightBefore, s.FreightAfter = s.FreightBefore+x.FreightBefore, s.FreightAfter+x.FreightAfter
}

// Response says what came after the greetings of an occasion.
type Response struct {
	All     Side // every client that was greeted
	Greeted Side // those of them that a like one stands beside
	Like    Side // the like ones

	// What the like ones would have brought, had there been as many of each kind
	// as of the greeted: each kind's average counts as often as it was greeted.
	LikeAgain   float64 // share of clients, 0 to 1
	LikePieces  float64 // pieces from the occasion on
	LikeFreight float64 // fen from the occasion on
	TooFew      bool    // fewer than ResponseFew on a side: nothing is said
}

// AgainShare is the share of the greeted that sent something again.
func (r Response) AgainShare() float64 {
	if r.Greeted.Clients == 0 {
		return 0
	}
	return float64(r.Greeted.Again) / float64(r.Greeted.Clients)
}

// kind is what makes two clients like each other: one branch, one class, one
// band of parcels before.
type kind struct {
	branch int64
	class  string
	band   int
}

func kindOf(x Shipper) kind { return kind{x.Branch, x.Class, BandOf(x.PiecesBefore)} }

// Matched returns the greeted clients beside which a like one stands, and the
// like ones: clients of one branch, class and band that were not greeted. Both
// are in the order of the list.
func Matched(list []Shipper) (greeted, like []Shipper) {
	has := map[kind][2]bool{}
	for _, x := range list {
		k := kindOf(x)
		h := has[k]
		if x.Greeted {
			h[0] = true
		} else {
			h[1] = true
		}
		has[k] = h
	}
	for _, x := range list {
		switch h := has[kindOf(x)]; {
		case !h[0] || !h[1]:
		case x.Greeted:
			greeted = append(greeted, x)
		default:
			like = append(like, x)
		}
	}
	return greeted, like
}

// Respond compares the clients that were greeted with the like ones.
func Respond(list []Shipper) Response {
	var r Response
	sides := map[kind]*[2]Side{}
	for _, x := range list {
		k := kindOf(x)
		if sides[k] == nil {
			sides[k] = &[2]Side{}
		}
		if x.Greeted {
			r.All.add(x)
			sides[k][0].add(x)
		} else {
			sides[k][1].add(x)
		}
	}
	greeted, like := Matched(list)
	for _, x := range greeted {
		r.Greeted.add(x)
	}
	for _, x := range like {
		r.Like.add(x)
	}
	for _, s := range sides {
		if s[0].Clients == 0 || s[1].Clients == 0 {
			continue
		}
		weight := float64(s[0].Clients) / float64(s[1].Clients)
		r.LikeAgain += weight * float64(s[1].Again)
		r.LikePieces += weight * float64(s[1].PiecesAfter)
		r.LikeFreight += weight * float64(s[1].FreightAfter)
	}
	if r.Greeted.Clients > 0 {
		r.LikeAgain /= float64(r.Greeted.Clients)
	}
	r.TooFew = r.Greeted.Clients < ResponseFew || r.Like.Clients < ResponseFew
	return r
}
