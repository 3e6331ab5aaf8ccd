package demo

import (
	"context"
	"fmt"

	"yike/db"
	"yike/policy"
	"yike/policy/festival"
	"yike/policy/greeting"
	"yike/policy/message"
)

// lettersKept is of how many greetings of one night the words are kept: enough
// for a list, too few to be waited for.
const lettersKept = 16

// fates are what becomes, one after the other, of the letters to those who are
// not greeted yet.
var fates = []struct {
	state, reason, said string
	tries               int64
}{
	{db.LetterDry, "", "", 0},
	{db.LetterDry, "", "", 0},
	{db.LetterQueued, db.WhyContact, "", 0},
	{db.LetterFailed, db.WhyNoAddress, "", 0},
	{db.LetterDry, "", "", 0},
	{db.LetterQueued, db.WhyQuiet, "", 0},
	{db.LetterFailed, db.WhyRefused, "号码是空号", 1},
	{db.LetterDropped, db.WhyTemplate, "", 0},
	{db.LetterDry, "", "", 0},
	{db.LetterUnsure, db.WhyCut, "", 1},
	{db.LetterFailed, db.WhyTried, "连接超时", 15},
	{db.LetterDry, "", "", 0},
}

// lettersWaiting is of how many open greetings there is a letter.
const lettersWaiting = 14

// letters keeps the words of what was greeted in a night's list, and leaves
// some of those that wait in the outbox, in every state.
func (c *courtesies) letters(ctx context.Context, list []db.GreetingRow) error {
	c.sent = c.sent[:0]
	done, waiting := 0, 0
	for _, x := range list {
		if x.State == db.GreetingDone && done < lettersKept && (x.DoneBy == message.WeChat || x.DoneBy == message.SMS || x.DoneBy == message.Email) {
			l, ok, err := c.letter(ctx, x, x.DoneBy)
			if err != nil {
				return err
			}
			if ok {
				l.State, l.CreatedAt, l.SentAt, l.NextAt = db.LetterByHand, x.ClosedAt, x.ClosedAt, x.ClosedAt
				if x.DoneBy != message.WeChat {
					l.State, l.Receipt, l.Tries = db.LetterSent, fmt.Sprintf("MSG%08d", x.ClosedAt/1000%1e8), 1
				}
				c.keep(l, x)
				done++
			}
		}
		if x.State == db.GreetingOpen && x.UserID != 0 && x.Occasion == string(founded) && c.spare[x.Occasion] < lettersWaiting {
			waiting++
			way := []string{message.SMS, message.SMS, message.Email}[waiting%3]
			l, ok, err := c.letter(ctx, x, way)
			if err != nil {
				return err
			}
			if ok {
				c.waits(&l, c.spare[x.Occasion])
				c.spare[x.Occasion]++
				c.keep(l, x)
			}
		}
	}
	return c.d.LoadLetters(ctx, policy.SystemActor("yike demo"), c.sent)
}

// keep puts a letter among those of the night; one that the program sends is
// its greeting's.
func (c *courtesies) keep(l db.Letter, x db.GreetingRow) {
	one := db.LoadLetter{Letter: l}
	if l.State != db.LetterByHand {
		one.GreetingID = x.ID
	}
	c.sent = append(c.sent, one)
}

// waits gives the n-th letter to somebody who is not greeted yet its state.
func (c *courtesies) waits(l *db.Letter, n int) {
	f := fates[n%len(fates)]
	l.State, l.Reason, l.Said, l.Tries = f.state, f.reason, f.said, f.tries
	l.CreatedAt = c.at(c.today.Add(-1), 9*60+n*13)
	l.NextAt = l.CreatedAt
	if f.state == db.LetterQueued {
		l.NextAt = c.at(c.today.Add(1), 8*60+30)
	}
}

// letter is the wording of a greeting by one way; false where the contact has
// had them all.
func (c *courtesies) letter(ctx context.Context, x db.GreetingRow, way string) (db.Letter, bool, error) {
	want := db.Wanted{CustomerID: x.CustomerID, ContactID: x.ContactID, Channel: way, Day: x.Day, Today: min(x.Day, c.today.String()), Person: x.User}
	codes := []string{x.Occasion}
	for _, also := range x.Also {
		codes = append(codes, also.Occasion)
	}
	for _, code := range codes {
		o, ok := message.OccasionOf(code)
		if !ok {
			o = message.Occasion{Code: code, Name: ownName(c, code), Mood: festival.Mood(x.Mood)}
		}
		want.For = append(want.For, o)
	}
	w, err := c.d.Word(ctx, want)
	if err != nil || w.Template == (db.Template{}) {
		return db.Letter{}, false, err
	}
	version := x.Version // that which was closed, or stands open
	until := int64(0)
	if x.State == db.GreetingOpen {
		until = c.at(c.today.Add(foundedIn+1), 0)
	}
	l := db.LetterOf(fmt.Sprintf("greeting:%d:%d", x.ID, version), way, greeting.Purpose(festival.Code(x.Occasion)), x.CustomerID, x.ContactID, x.UserID, w, until)
	l.BranchID = x.BranchID
	return l, true, nil
}

func ownName(c *courtesies, code string) string {
	for _, o := range ownOccasions(c.today) {
		if string(o.Code) == code {
			return o.Name
		}
	}
	return code
}
