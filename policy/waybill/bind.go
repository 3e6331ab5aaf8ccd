package waybill

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"yike/policy/dedupe"
)

// By what a parcel was bound to its client.
const (
	ByAccount = "account"
	ByPhone   = "phone"
	ByName    = "name"
	ByHand    = "hand" // somebody attached the sender
)

// Sender is who sends, as a row names them. Phones are canonical.
type Sender struct {
	Name, Account, Address string
	Phones                 []string
}

// Client is a client on file that may be the sender.
type Client struct {
	ID      int64
	Name    string
	Phones  []string
	Address string
}

// Choose decides which client a sender is: who has the account number, else
// who has the telephone number, else who has the name, where the address or a
// common number decides between two. id is 0 where nobody fits, or where
// several do and nothing decides: then several says how many.
func Choose(s Sender, account, phone, name []Client) (id int64, by string, several int) {
	fold := dedupe.FoldName(s.Name)
	called := func(c Client) bool { return fold != "" && dedupe.FoldName(c.Name) == fold }
	reached := func(c Client) bool { return dedupe.Common(c.Phones, s.Phones) }
	lives := func(c Client) bool {
		return utf8.RuneCountInString(c.Address) >= 4 && strings.Contains(squeeze(s.Address), squeeze(c.Address))
	}
	for _, way := range []struct {
		by   string
		fit  []Client
		also []func(Client) bool
	}{
		{ByAccount, account, []func(Client) bool{called, reached}},
		{ByPhone, phone, []func(Client) bool{called, lives}},
		{ByName, name, []func(Client) bool{reached, lives}},
	} {
		fit := way.fit
		for _, f := range way.also {
			if len(fit) < 2 {
				break
			}
			if near := slices.DeleteFunc(slices.Clone(fit), func(c Client) bool { return !f(c) }); len(near) > 0 {
				fit = near
			}
		}
		if len(fit) == 1 {
			return fit[0].ID, way.by, 0
		}
		several = max(several, len(fit))
	}
	return 0, "", several
}

func squeeze(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, s)
}

// Hidden is a person's name as it is shown to who need not know it: the first
// character.
func Hidden(name string) string {
	name = strings.TrimSpace(name)
	if name == "" || strings.Contains(name, "*") {
		return name
	}
	first, _ := utf8.DecodeRuneInString(name)
	return string(first) + "**"
}

// Key tells the senders apart that are nobody on file: a firm by its folded
// name, a person, whose name many have, by name and number, and who has no
// name by the number alone. "" where there is neither.
func Key(name, contact, phone string) string {
	if squeeze(name) == "" {
		name = contact
	}
	fold := dedupe.FoldName(name)
	switch {
	case fold == "" && phone == "":
		return ""
	case fold == "":
		return "tel:" + phone
	case phone != "" && person(squeeze(name)):
		return fold + " " + phone
	}
	return fold
}

// person reports a name of two to four characters that is no shop's.
func person(name string) bool {
	n := utf8.RuneCountInString(name)
	if n < 2 || n > 4 || strings.IndexFunc(name, func(r rune) bool { return !unicode.Is(unicode.Han, r) }) >= 0 {
		return false
	}
	for _, end := range []string{"店", "厂", "行", "铺", "坊", "社", "馆", "部", "局", "院", "司", "园"} {
		if strings.HasSuffix(name, end) {
			return false
		}
	}
	return true
}
