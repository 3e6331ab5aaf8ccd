package message

import (
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// Ways out: what letters and reminders leave by.
const (
	WeCom    = "wecom"
	DingTalk = "dingtalk"
	Feishu   = "feishu"
)

// Outlets lists them: two to clients, three to the company's own people.
var Outlets = []string{SMS, Email, WeCom, DingTalk, Feishu}

// Robot says whether a way out is a group's robot, which only the company's
// own people read.
func Robot(outlet string) bool { return slices.Contains(Outlets[2:], outlet) }

// Channel is what is set up for one way out; its password or key is kept
// apart, sealed.
type Channel struct {
	Host     string `json:"host,omitempty"` // SMTP
	Port     int    `json:"port,omitempty"`
	TLS      string `json:"tls,omitempty"` // TLSDirect or TLSStart
	User     string `json:"user,omitempty"`
	From     string `json:"from,omitempty"` // address of the sender
	FromName string `json:"from_name,omitempty"`
	URL      string `json:"url,omitempty"`     // gateway or robot; https
	Account  string `json:"account,omitempty"` // at the SMS gateway
	Sign     string `json:"sign,omitempty"`    // signature of an SMS without 【】
	OptOut   bool   `json:"opt_out,omitempty"` // 拒收请回复R ends each SMS
	Once     bool   `json:"once,omitempty"`    // the gateway itself sends a number once: a message whose fate is not known may be sent again
	Allowed  string `json:"allowed,omitempty"` // private address ranges in which the other side may stand, blanks between
}

// How SMTP is encrypted; without it nothing is sent.
const (
	TLSDirect = "tls"      // usually port 465
	TLSStart  = "starttls" // usually port 587
)

// OptOut ends an SMS where the channel says so.
const OptOut = "拒收请回复R"

// Check names the fields that keep a way out from being used.
func (c Channel) Check(outlet string) []string {
	var out []string
	add := func(bad bool, name string) {
		if bad {
			out = append(out, name)
		}
	}
	if _, err := c.Ranges(); err != nil {
		out = append(out, "allowed")
	}
	if outlet == Email {
		add(c.Host == "" || len(c.Host) > 253 || strings.ContainsAny(c.Host, " /:@[]\r\n"), "host")
		add(c.Port < 1 || c.Port > 65535, "port")
		add(c.TLS != TLSDirect && c.TLS != TLSStart, "tls")
		add(!Address(c.From), "from")
		add(len(c.User) > 200 || strings.ContainsAny(c.User, "\r\n"), "user")
		add(len(c.FromName) > 100 || strings.ContainsAny(c.FromName, "\r\n"), "from_name")
		return out
	}
	u, err := url.Parse(c.URL)
	add(err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || len(c.URL) > 500, "url")
	if outlet == SMS {
		add(Signature(c.Sign) == "", "sign")
		add(len(c.Account) > 100 || strings.ContainsAny(c.Account, "\r\n"), "account")
	}
	return out
}

// Ranges are the private address ranges in which the other side may stand.
func (c Channel) Ranges() ([]netip.Prefix, error) {
	var out []netip.Prefix
	for _, word := range strings.Fields(c.Allowed) {
		p, err := netip.ParsePrefix(word)
		if err != nil {
			a, err := netip.ParseAddr(word)
			if err != nil {
				return nil, err
			}
			p = netip.PrefixFrom(a, a.BitLen())
		}
		out = append(out, p.Masked())
	}
	return out, nil
}

// Address says whether a text is an e-mail address and nothing else: one @,
// no blanks, no brackets, no line.
func Address(text string) bool {
	local, domain, ok := strings.Cut(text, "@")
	return ok && local != "" && len(text) <= 254 && strings.Contains(domain, ".") && !strings.ContainsAny(text, " \t\r\n<>()[],;:\"\\") && !strings.Contains(domain, "@") &&
		!strings.HasPrefix(domain, ".") && !strings.HasSuffix(domain, ".")
}

// Full returns an SMS as it goes out: signature, text, opt-out.
func (c Channel) Full(text string) string {
	out := Signature(c.Sign) + text
	if c.OptOut {
		out += OptOut
	}
	return out
}
