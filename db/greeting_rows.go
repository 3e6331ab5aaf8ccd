package db

import (
	"cmp"
	"slices"
	"strings"
)

// What a page of the list reads of a greeting: what it says of it, and no more,
// since most of what a page costs is columns. The last column has the words of
// ours, one behind the other.
var greetingListedSQL = `SELECT g.id, g.version, g.contact_id, g.customer_id, g.branch_id, coalesce(g.user_id, 0), g.budget_fen, g.closed_at, g.updated_at, g.gift, g.result, g.also,
	k.name, c.name, coalesce(c.owner_id, 0), coalesce(c.clerk_id, 0), coalesce(u.name, ''),
	` + strings.Join([]string{"g.occasion", "g.day", "g.due", "g.means", "g.state", "g.done_by", "g.closed_why", "c.class", "k.ways", "coalesce(o.state, '')", "coalesce(o.channel, '')"}, ` || '|' || `) + `
	FROM greetings g JOIN contacts k ON k.id = g.contact_id JOIN customers c ON c.id = g.customer_id LEFT JOIN users u ON u.id = g.user_id LEFT JOIN outbox o ON o.id = g.letter_id`

// scanListed reads what greetingListedSQL selects.
func scanListed(row interface{ Scan(...any) error }) (g GreetingRow, err error) {
	var words, ways string
	if err := row.Scan(&g.ID, &g.Version, &g.ContactID, &g.CustomerID, &g.BranchID, &g.UserID, &g.Budget, &g.ClosedAt, &g.UpdatedAt, &g.Gift, &g.Result, &g.also,
		&g.Contact, &g.Customer, &g.OwnerID, &g.ClerkID, &g.User, &words); err != nil {
		return g, err
	}
	for _, to := range []*string{&g.Occasion, &g.Day, &g.Due, &g.means, &g.State, &g.DoneBy, &g.ClosedWhy, &g.Class, &ways, &g.Letter.State, &g.Letter.Channel} {
		*to, words, _ = strings.Cut(words, "|")
	}
	g.At = TodoKey{Due: g.Due, ClosedAt: g.ClosedAt, ID: g.ID}
	g.Ways = strings.Fields(ways)
	return g, g.read()
}

// inOrder returns a page in the order of its list: of what is closed the latest
// first, else the soonest first. Places are sorted, since a row is large.
func (f GreetingFilter) inOrder(list []GreetingRow) []GreetingRow {
	at := make([]int, len(list))
	for i := range at {
		at[i] = i
	}
	slices.SortFunc(at, func(i, j int) int {
		a, b := &list[i], &list[j]
		if f.Closed {
			return cmp.Or(cmp.Compare(b.ClosedAt, a.ClosedAt), cmp.Compare(b.ID, a.ID))
		}
		return cmp.Or(strings.Compare(a.Due, b.Due), cmp.Compare(a.ID, b.ID))
	})
	if slices.IsSorted(at) {
		return list
	}
	out := make([]GreetingRow, len(list))
	for to, from := range at {
		out[to] = list[from]
	}
	return out
}
