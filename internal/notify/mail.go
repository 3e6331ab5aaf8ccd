package notify

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"mime"
	"net"
	"net/smtp"
	"net/textproto"
	"strconv"
	"strings"
	"time"
)

// Mail sends by SMTP, always encrypted: Direct TLS, else STARTTLS, which must
// be offered.
type Mail struct {
	Host           string
	Port           int
	Direct         bool
	User, Password string
	From, FromName string
	Guard          Guard
	Now            func() time.Time
	Within         time.Duration // for one message; 0 means a minute
	tls            *tls.Config   // tests bring their own authority
}

// Send hands the messages over, each on a connection of its own: what happens
// to one says nothing of the next.
func (m Mail) Send(ctx context.Context, list []Message) []Outcome {
	out := make([]Outcome, len(list))
	for i, msg := range list {
		if ctx.Err() != nil {
			out[i] = Outcome{State: Later, Said: "stopped"}
			continue
		}
		out[i] = m.one(ctx, msg)
	}
	return out
}

func (m Mail) config() *tls.Config {
	c := m.tls.Clone()
	if c == nil {
		c = &tls.Config{}
	}
	c.ServerName, c.MinVersion = m.Host, tls.VersionTLS12
	return c
}

func (m Mail) one(ctx context.Context, msg Message) Outcome {
	within := m.Within
	if within == 0 {
		within = time.Minute
	}
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	conn, err := m.Guard.Dialer().DialContext(ctx, "tcp", net.JoinHostPort(m.Host, strconv.Itoa(m.Port)))
	if err != nil {
		return fault(err, false)
	}
	defer conn.Close()
	raw := conn // conn may become another one beside the closure
	stop := context.AfterFunc(ctx, func() { _ = raw.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	if m.Direct {
		conn = tls.Client(conn, m.config())
	}
	c, err := smtp.NewClient(conn, m.Host)
	if err != nil {
		return smtpFault(err, false)
	}
	defer c.Close()
	if err := m.prepare(c, msg); err != nil {
		return smtpFault(err, false)
	}
	w, err := c.Data()
	if err != nil {
		return smtpFault(err, false)
	}
	if _, err := w.Write(m.text(msg)); err != nil {
		// Without the closing point the server keeps nothing.
		return smtpFault(err, false)
	}
	if err := w.Close(); err != nil {
		return smtpFault(err, true)
	}
	_ = c.Quit() // the message is theirs
	return Outcome{State: Sent}
}

// errPlain: the server offers no encryption.
var errPlain = errors.New("no STARTTLS")

func (m Mail) prepare(c *smtp.Client, msg Message) error {
	if err := c.Hello("localhost"); err != nil {
		return err
	}
	if !m.Direct {
		if ok, _ := c.Extension("STARTTLS"); !ok {
			return errPlain
		}
		if err := c.StartTLS(m.config()); err != nil {
			return err
		}
	}
	if m.User != "" {
		if err := c.Auth(smtp.PlainAuth("", m.User, m.Password, m.Host)); err != nil {
			return err
		}
	}
	if err := c.Mail(m.From); err != nil {
		return err
	}
	return c.Rcpt(msg.To)
}

// smtpFault reads a server's answer: 5xx is a refusal, 4xx asks for patience;
// anything else broke, and after the closing point (ended) nobody knows.
func smtpFault(err error, ended bool) Outcome {
	var answer *textproto.Error
	if errors.As(err, &answer) {
		o := Outcome{State: Later, Said: strconv.Itoa(answer.Code) + " " + answer.Msg}
		// Sign-in, or the server as a whole: the message is not at fault.
		if answer.Code >= 500 && answer.Code != 530 && answer.Code != 535 && answer.Code != 534 && answer.Code != 538 {
			o.State = Refused
		}
		return o
	}
	if errors.Is(err, errPlain) {
		return Outcome{State: Later, Said: errPlain.Error()}
	}
	return fault(err, ended)
}

// text is the message as it goes over the line.
func (m Mail) text(msg Message) []byte {
	var b strings.Builder
	line := func(name, value string) { b.WriteString(name + ": " + oneLine(value) + "\r\n") }
	from := "<" + m.From + ">"
	if m.FromName != "" {
		from = mime.BEncoding.Encode("utf-8", oneLine(m.FromName)) + " " + from
	}
	line("From", from)
	line("To", "<"+msg.To+">")
	line("Subject", mime.BEncoding.Encode("utf-8", oneLine(msg.Subject)))
	line("Date", m.Now().Format(time.RFC1123Z))
	// The same key makes the same number, so that a mailbox shows one of two.
	sum := sha256.Sum256([]byte(msg.Key))
	_, domain, _ := strings.Cut(m.From, "@")
	line("Message-ID", "<"+hex.EncodeToString(sum[:16])+"@"+domain+">")
	line("Auto-Submitted", "auto-generated")
	line("MIME-Version", "1.0")
	line("Content-Type", "text/plain; charset=utf-8")
	line("Content-Transfer-Encoding", "base64")
	b.WriteString("\r\n")
	body := base64.StdEncoding.EncodeToString([]byte(strings.ReplaceAll(msg.Text, "\n", "\r\n")))
	for len(body) > 76 {
		fmt.Fprintf(&b, "%s\r\n", body[:76])
		body = body[76:]
	}
	b.WriteString(body + "\r\n")
	return []byte(b.String())
}

// oneLine keeps what somebody typed from beginning a header of its own.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, s)
}
