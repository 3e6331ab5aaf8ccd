package e2e

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/chromedp/cdproto/audits"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// Kind says where a [Message] comes from.
type Kind string

// The kinds of message. Those from Policy to Asset are problems: they fail the test.
const (
	Policy    Kind = "content security policy" // something the page's policy forbids
	Exception Kind = "exception"               // a script threw and nobody caught it
	Error     Kind = "console error"           // a script called console.error
	Asset     Kind = "asset"                   // a script, style, picture or font answered with an error status
	Note      Kind = "console"                 // anything else a script wrote
	Network   Kind = "network"                 // a page or request answered with an error status, or did not answer
	Dialog    Kind = "dialog"                  // alert, confirm or leave-page; the harness accepts them all
)

// Message is something that the browser reported about the page.
type Message struct {
	Kind Kind
	Text string
}

func (m Message) String() string { return string(m.Kind) + ": " + m.Text }

func (m Message) problem() bool {
	switch m.Kind {
	case Policy, Exception, Error, Asset:
		return true
	}
	return false
}

// Problems returns what of the console is a fault of the page and forgets it, so that a
// test that expects a fault can look at it without failing. What is left when the test
// ends fails it.
func (b *Browser) Problems() []Message {
	b.settle()
	b.mu.Lock()
	defer b.mu.Unlock()
	var problems, rest []Message
	for _, m := range b.messages {
		if m.problem() {
			problems = append(problems, m)
		} else {
			rest = append(rest, m)
		}
	}
	b.messages = rest
	return problems
}

// settle makes one round trip through the page. Events arrive in order, so all that the
// page reported before is in when it returns. A window that is gone has nothing more to say.
func (b *Browser) settle() {
	ctx, cancel := context.WithTimeout(b.ctx, 10*time.Second)
	defer cancel()
	var ok bool
	chromedp.Run(ctx, chromedp.Evaluate(`true`, &ok))
}

func (b *Browser) report(kind Kind, text string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.messages = append(b.messages, Message{kind, text})
}

// listen is called by chromedp for each event, in order; it must not wait for the browser.
func (b *Browser) listen(event any) {
	switch e := event.(type) {
	case *audits.EventIssueAdded:
		if d := e.Issue.Details; d != nil && d.ContentSecurityPolicyIssueDetails != nil {
			c := d.ContentSecurityPolicyIssueDetails
			text := fmt.Sprintf("%s forbids %s", c.ViolatedDirective, c.ContentSecurityPolicyViolationType)
			if c.BlockedURL != "" {
				text += " " + c.BlockedURL
			}
			if at := c.SourceCodeLocation; at != nil {
				text += fmt.Sprintf(" (%s:%d)", at.URL, at.LineNumber)
			}
			b.report(Policy, text)
		}
	case *runtime.EventExceptionThrown:
		b.report(Exception, exceptionText(e.ExceptionDetails))
	case *runtime.EventConsoleAPICalled:
		var words []string
		for _, arg := range e.Args {
			switch {
			case arg.Description != "":
				words = append(words, arg.Description)
			default:
				words = append(words, string(arg.Value))
			}
		}
		kind := Note
		if e.Type == runtime.APITypeError || e.Type == runtime.APITypeAssert {
			kind = Error
		}
		b.report(kind, strings.Join(words, " "))
	case *log.EventEntryAdded:
		// Breaches of the policy come as issues too, and better told; a response that is
		// an error comes with its request below.
		if e.Entry.Level == log.LevelError && e.Entry.Source != log.SourceSecurity {
			b.report(Network, strings.TrimSpace(e.Entry.Text+" "+e.Entry.URL))
		}
	case *network.EventResponseReceived:
		if e.Type == network.ResourceTypeDocument {
			b.mu.Lock()
			b.status = e.Response.Status
			b.mu.Unlock()
		}
		if e.Response.Status < 400 {
			return
		}
		switch e.Type {
		case network.ResourceTypeScript, network.ResourceTypeStylesheet, network.ResourceTypeImage,
			network.ResourceTypeFont, network.ResourceTypeManifest, network.ResourceTypeOther:
			b.report(Asset, fmt.Sprintf("%d for %s", e.Response.Status, e.Response.URL))
		}
	case *page.EventJavascriptDialogOpening:
		b.report(Dialog, e.Message)
		go chromedp.Run(b.ctx, page.HandleJavaScriptDialog(true))
	}
}

func exceptionText(d *runtime.ExceptionDetails) string {
	text := d.Text
	if d.Exception != nil && d.Exception.Description != "" {
		text += " " + d.Exception.Description
	}
	return fmt.Sprintf("%s (%s:%d)", text, d.URL, d.LineNumber+1)
}
