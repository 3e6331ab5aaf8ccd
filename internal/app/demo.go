package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/text/width"

	"yike/db"
	"yike/handlers"
	"yike/internal/demo"
	"yike/internal/jobs"
	"yike/policy"
	"yike/policy/day"
)

// roleNames are for the console, which is read before anybody chose a language.
var roleNames = map[policy.Role]string{
	policy.Administrator: "管理员", policy.HeadOffice: "总部经理", policy.RegionalManager: "省区经理", policy.BranchManager: "网点经理",
	policy.AccountManager: "客户经理", policy.SalesRep: "业务员", policy.ServiceClerk: "客服", policy.ServiceLead: "客服主管",
	policy.Courier: "快递员", policy.Analyst: "数据分析", policy.Auditor: "审计",
}

// demoAccount is one account as --accounts writes it.
type demoAccount struct {
	User     string `json:"user"`
	Password string `json:"password"`
	Role     string `json:"role"`
	Branch   string `json:"branch"`
	Name     string `json:"name"`
}

// runDemo serves a generated company, in a throw-away folder or in --data.
func runDemo(ctx context.Context, c *call) (err error) {
	c.cfg.Data, c.cfg.DB = "", "" // not from the environment: a demo never lands where real data stand
	c.flags.Lookup("data").DefValue = ""
	lan := c.flags.Bool("lan", false, "listen on the local network, print addresses and a QR code")
	verbose := c.flags.Bool("verbose", false, "log every job and refusal")
	file := c.flags.String("accounts", "", "write the accounts to this file as JSON")
	seed := c.flags.Uint64("seed", 1, "another seed makes another company")
	customers := c.flags.Int("customers", demo.Customers, "customers")
	todayFlag := c.flags.String("today", "", "the day at which the data end, YYYY-MM-DD (default today)")
	if _, err := c.parse(0, 0); err != nil {
		return err
	}
	if *lan {
		c.cfg.Addr = onLAN(c.cfg.Addr)
	}
	today, err := parseToday(*todayFlag)
	if err != nil {
		return err
	}
	if real := day.At(time.Now(), db.Zone); today > real {
		return errUsage{"--today 不能晚于今天 (must not lie in the future)。"}
	} else if today < real {
		behind := time.Duration(real-today) * 24 * time.Hour
		c.cfg.Now = func() time.Time { return time.Now().Add(-behind) }
	}
	if *customers < 1 || *customers > 100_000 {
		return errUsage{"--customers 要在 1 到 100000 之间，再多请用 yike seed (between 1 and 100,000)。"}
	}
	if c.cfg.DB != "" {
		return errUsage{"demo 不用 --db，请用 --data 文件夹；要填 PostgreSQL 请用 yike seed (demo takes --data, not --db)。"}
	}
	if c.cfg.Data == "" {
		if c.cfg.Data, err = os.MkdirTemp("", "yike-demo-"); err != nil {
			return fmt.Errorf("不能建临时文件夹，请用 --data 指定一个 (cannot make a temporary folder): %w", err)
		}
		defer func() { err = errors.Join(err, os.RemoveAll(c.cfg.Data)) }()
		if c.cfg.KeyFile == "" {
			c.cfg.Key = db.NewKey() // goes with the folder
		}
	}
	defer c.logTo(*verbose)()
	a, err := New(ctx, c.cfg)
	if err != nil {
		return err
	}
	accounts, err := c.demoData(ctx, a.DB, demo.Config{Seed: *seed, Today: today, Branches: demo.Branches, Customers: *customers, Visits: -1, Waybills: demo.Waybills * *customers / demo.Customers, Cases: demo.CasesOf(*customers)})
	if err == nil && *file != "" {
		err = writeAccounts(*file, accounts)
	}
	if err != nil {
		return errors.Join(err, a.Close())
	}
	printAccounts(c.out, accounts)
	_, _ = fmt.Fprintf(c.out, "\n密码都是 (everybody's password): %s\n驿客演示已启动 (serving): %s    按 Ctrl+C 结束 (to stop)\n", demo.Password, a.URL())
	if a.in.rateURL != "" {
		_, _ = fmt.Fprintf(c.out, "客户评价页 (clients rate at): %s/r/…\n", a.in.rateURL)
	}
	if *lan {
		_, _ = fmt.Fprintln(c.out, "同一网络里的人都能用上面的账号进入，只放演示数据 (anyone on the network can sign in).")
		printLAN(c.out, a.scheme(), a.in.main.Addr())
	}
	return runAgain(ctx, a)
}

// demoData fills an empty database, or reads the accounts of one that a demo
// filled before.
func (c *call) demoData(ctx context.Context, d *db.DB, cfg demo.Config) ([]demo.Account, error) {
	empty, err := d.Empty(ctx)
	if err != nil {
		return nil, err
	}
	if !empty {
		return oldDemo(ctx, d, c.cfg.Data)
	}
	report, err := c.fill(ctx, d, cfg)
	if err != nil {
		return nil, err
	}
	if err := demo.Aimed(ctx, d, cfg.Today); err != nil {
		return nil, err
	}
	if err := demo.Pilot(ctx, d, cfg.Today); err != nil {
		return nil, err
	}
	// What the nights before would have done.
	if _, err := jobs.RunLabels(ctx, d, d.Now()); err != nil {
		return nil, err
	}
	if err := demo.Contested(ctx, d); err != nil {
		return nil, err
	}
	if err := demo.Greetings(ctx, d, cfg.Seed, cfg.Today); err != nil {
		return nil, err
	}
	text, err := json.Marshal(report.Accounts)
	if err != nil {
		return nil, err
	}
	return report.Accounts, d.SetMeta(ctx, "demo_accounts", string(text))
}

// oldDemo takes up a folder that a demo filled before, and no other.
func oldDemo(ctx context.Context, d *db.DB, folder string) ([]demo.Account, error) {
	text, err := d.Meta(ctx, "demo_accounts")
	if errors.Is(err, db.ErrNotFound) {
		return nil, fmt.Errorf("%s 里已有数据，不是演示数据；请换一个 --data，或用 yike serve 打开它 (holds data that are no demo's)", folder)
	}
	if err != nil {
		return nil, err
	}
	var accounts []demo.Account
	if err := json.Unmarshal([]byte(text), &accounts); err != nil {
		return nil, fmt.Errorf("read the demo's accounts: %w", err)
	}
	return accounts, nil
}

// fill makes the company and shows how far it is.
func (c *call) fill(ctx context.Context, d *db.DB, cfg demo.Config) (demo.Report, error) {
	var err error
	if cfg.PasswordHash, err = handlers.HashPassword(demo.Password); err != nil {
		return demo.Report{}, err
	}
	start := time.Now()
	_, _ = fmt.Fprintf(c.err, "正在生成数据 (making data)：%d 个客户……\n", cfg.Customers)
	cfg.Note = func(done, all int) {
		if all > 20_000 {
			_, _ = fmt.Fprintf(c.err, "\r  %d / %d", done, all)
			if done == all {
				_, _ = fmt.Fprintln(c.err)
			}
		}
	}
	report, err := demo.Fill(ctx, d, cfg, time.Now)
	if err != nil {
		return report, err
	}
	_, _ = fmt.Fprintf(c.err, "%d 个客户，%d 位联系人，%d 次拜访，%d 票运单，%d 张工单，用时 %.1f 秒，每秒 %.0f 个客户 (%.0f customers a second)\n", report.Customers,
		report.Contacts, report.Visits, report.Waybills, report.Cases, time.Since(start).Seconds(), float64(report.Customers)/report.Took.Seconds(), float64(report.Customers)/report.Took.Seconds())
	return report, nil
}

// parseToday reads --today; "" is the real one.
func parseToday(s string) (day.Day, error) {
	if s == "" {
		return day.At(time.Now(), db.Zone), nil
	}
	d, err := day.Parse(s)
	if err != nil {
		return d, errUsage{"--today 要写成 2026-11-22 这样 (write --today as YYYY-MM-DD)。"}
	}
	if d < demo.Oldest {
		return d, errUsage{fmt.Sprintf("--today 不能早于 %s (not before)。", demo.Oldest)}
	}
	return d, nil
}

func writeAccounts(file string, accounts []demo.Account) error {
	var list []demoAccount
	for _, a := range accounts {
		list = append(list, demoAccount{a.User, demo.Password, a.Role, a.Branch, a.Name})
	}
	text, err := json.MarshalIndent(list, "", "  ")
	if err == nil {
		err = os.WriteFile(file, append(text, '\n'), 0o600)
	}
	if err != nil {
		return fmt.Errorf("不能写账号文件 %s (cannot write the accounts): %w", file, err)
	}
	return nil
}

// printAccounts prints a table whose columns meet also under Chinese
// characters, which are two columns wide on a console.
func printAccounts(out io.Writer, accounts []demo.Account) {
	rows := [][]string{{"账号", "姓名", "角色", "", "网点"}}
	for _, a := range accounts {
		rows = append(rows, []string{a.User, a.Name, roleNames[policy.Role(a.Role)], a.Role, a.Branch})
	}
	var widths [5]int
	for _, r := range rows {
		for i, cell := range r {
			widths[i] = max(widths[i], columnsOf(cell))
		}
	}
	_, _ = fmt.Fprintln(out)
	for _, r := range rows {
		var line strings.Builder
		for i, cell := range r {
			line.WriteString("  " + cell + strings.Repeat(" ", widths[i]-columnsOf(cell)))
		}
		_, _ = fmt.Fprintln(out, strings.TrimRight(line.String(), " "))
	}
}

// columnsOf is how many columns of a console a text takes.
func columnsOf(s string) int {
	n := 0
	for _, r := range s {
		n++
		if k := width.LookupRune(r).Kind(); k == width.EastAsianWide || k == width.EastAsianFullwidth {
			n++
		}
	}
	return n
}
