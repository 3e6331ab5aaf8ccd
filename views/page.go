// Package views owns what people see: the frame of every page and the pages
// themselves. Components receive props and nothing else: labels, dates already
// formatted, links already built. What the reader may not see is not in them.
package views

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"
	"sync"

	"yike/views/lang"
	"yike/views/ui"
)

// Page is the frame around a page's content. Its texts are already in the
// reader's language.
type Page struct {
	Title     string     // the name of the page, without the product's
	Lang      string     // "zh-CN" or "en"; "" takes the context's
	Theme     string     // "light", "dark", or "" to follow the system
	User      *PageUser  // nil when signed out: then only the bare frame
	Nav       []NavGroup // only what this reader may open
	Tabs      []NavItem  // four phone tabs; the fifth, 更多, is ours
	Search    bool       // whether the search box is shown
	New       []NavItem  // entries of the "new" menu; key n opens the first
	Flash     []Flash
	Banner    *Banner
	Foot      string   // e.g. 杭州良渚网点
	Scripts   []string // extra static script names for this page
	RequestID string   // for the support line of an error
	Help      *Help    // the page's why and how; nil when it has none
	Mark      string   // watermark over pages with clients' data: who, when; "" = none
}

// PageUser is who is signed in. Initial is what the avatar shows; ID keeps one
// person's drafts from another's on a shared desk ("" falls back to Name).
type PageUser struct{ Name, Role, Initial, ID string }

// NavGroup is a task and the pages that serve it.
type NavGroup struct {
	Label string
	Items []NavItem // always there
	More  []NavItem // folded until asked for
}

// NavItem is a link of the navigation. Count is shown at its right, in red only
// when Over.
type NavItem struct {
	Label, Href, Icon, Count string
	Over, Active             bool
}

// Flash is a message left by the last act. Kind is "ok", "soon" or "over";
// UndoURL becomes a POST form button 撤销.
type Flash struct{ Kind, Text, Href, LinkText, UndoURL string }

// Banner is a bar across the page for what everyone must know, such as a
// back-up that has not run. Kinds as in Flash.
type Banner struct{ Kind, Text, Href, LinkText string }

// LoginForm is the login page. Error stands above the fields; Notice is a calm
// remark (signed out, session expired). WaitSeconds > 0 says how long the
// account is held back, Opens until when ("10:35"); Elsewhere that a browser
// known from before is not.
type LoginForm struct {
	Username, Next, Error, Notice, Opens string
	WaitSeconds                          int
	Elsewhere                            bool
}

// SetupForm is the first page of an empty installation. Fields are named
// token, company, head_office, branch, branch_code, area_code, name, username, password
// and password2.
type SetupForm struct {
	Token, Company, HeadOffice, Branch, BranchCode, AreaCode, Name, Username string
	Errors                                                                   ui.Errors
}

// PasswordForm changes one's own password; First is the change forced at the
// first login.
type PasswordForm struct {
	First  bool
	Errors ui.Errors
}

// ErrorPage says what happened and what to do next. Status is the HTTP number.
type ErrorPage struct {
	Status                                 int
	Title, Text, Next, NextHref, RequestID string
}

func (e ErrorPage) icon() string {
	switch {
	case e.Status == 404 || e.Status == 410:
		return "map-off"
	case e.Status == 401 || e.Status == 403 || e.Status == 419 || e.Status == 440:
		return "lock"
	case e.Status == 409 || e.Status == 412:
		return "git-merge"
	case e.Status == 429 || e.Status == 503:
		return "clock-exclamation"
	case e.Status >= 500:
		return "plug-connected-x"
	}
	return "alert-octagon"
}

func (p Page) bodyClass() string {
	if p.User == nil {
		return "yk bare"
	}
	return "yk"
}

// draftOwner tells the script whose drafts these are; nobody's when signed out.
func (p Page) draftOwner() string {
	if p.User == nil {
		return ""
	}
	if p.User.ID != "" {
		return p.User.ID
	}
	return p.User.Name
}

// htmxConfig is pinned to the vendored htmx 2: 422 is swapped as the form it
// carries, other faults are not; nothing is evaluated and no page is kept in
// browser storage, where it would outlive the sign-out on a shared desk.
var htmxConfig = sync.OnceValue(func() string {
	b, err := json.Marshal(map[string]any{
		"responseHandling": []map[string]any{
			{"code": "204", "swap": false},
			{"code": "[23]..", "swap": true},
			{"code": "422", "swap": true, "error": false},
			{"code": "[45]..", "swap": false, "error": true},
			{"code": "...", "swap": false, "error": true},
		},
		"selfRequestsOnly":          true,
		"allowEval":                 false,
		"allowScriptTags":           false,
		"includeIndicatorStyles":    false,
		"historyRestoreAsHxRequest": false,
		"historyCacheSize":          0,
		"refreshOnHistoryMiss":      true,
		"disableSelector":           "[hx-disable], [data-hx-disable], [data-no-hx]",
		"scrollIntoViewOnBoost":     false,
		"defaultFocusScroll":        false,
		"timeout":                   60000,
		"requestClass":              "htmx-request",
	})
	if err != nil {
		return "{}"
	}
	return string(b)
})

func waitMinutes(seconds int) int { return (seconds + 59) / 60 }

func navID(i int) string { return "nav-" + strconv.Itoa(i) }

func countClass(over bool) string {
	if over {
		return "yk-nav-n hot"
	}
	return "yk-nav-n"
}

func titleOf(p Page, product string) string {
	if p.Title == "" {
		return product
	}
	return strings.TrimSpace(p.Title) + " · " + product
}

// firstTheme is what is drawn before theme.js has asked the system.
func firstTheme(theme string) string {
	if theme == "dark" {
		return "dark"
	}
	return "light"
}

func pressed(b bool) string { return strconv.FormatBool(b) }

func flashIcon(kind string) string {
	switch kind {
	case "over":
		return "alert-octagon"
	case "soon":
		return "clock-exclamation"
	}
	return "circle-check"
}

func pageLang(ctx context.Context, p Page) string {
	if p.Lang != "" {
		return p.Lang
	}
	return lang.Tag(ctx)
}
