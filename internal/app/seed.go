package app

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"

	"yike/internal/demo"
)

// seed fills an empty database, SQLite or PostgreSQL, with a generated company
// of any size, and prints how fast it went.
func seed(ctx context.Context, c *call) error {
	branches := c.flags.Int("branches", demo.Branches, "branches, beside head office and regions")
	customers := c.flags.Int("customers", demo.Customers, "customers")
	visits := c.flags.Int("visits", -1, "visits, spread over all customers (default: by --latest)")
	latest := c.flags.Int("latest", 3, "how many visits each customer has, the newest of two years; 0: all, about 18")
	waybills := c.flags.Int("waybills", 0, "waybills, of the last thirteen months")
	cases := c.flags.Int("cases", -1, "cases, of the last twelve months (default: 400 at 3,000 customers, slowly more)")
	number := c.flags.Uint64("seed", 1, "another seed makes another company")
	todayFlag := c.flags.String("today", "", "the day at which the data end, YYYY-MM-DD (default today)")
	if _, err := c.parse(0, 0); err != nil {
		return err
	}
	switch {
	case *branches < 1 || *branches > 500:
		return errUsage{"--branches 要在 1 到 500 之间 (between 1 and 500)。"}
	case *customers < 0 || *customers > 5_000_000:
		return errUsage{"--customers 要在 0 到 5000000 之间 (between 0 and 5,000,000)。"}
	case *latest < 0 || *latest > 1000:
		return errUsage{"--latest 要在 0 到 1000 之间 (between 0 and 1,000)。"}
	case *visits > 20_000_000:
		return errUsage{"--visits 最多 20000000 (at most 20,000,000)。"}
	case *cases > 1_000_000:
		return errUsage{"--cases 最多 1000000 (at most 1,000,000)。"}
	case *waybills < 0 || *waybills > 100_000_000:
		return errUsage{"--waybills 要在 0 到 100000000 之间 (between 0 and 100,000,000)。"}
	}
	if *cases < 0 {
		*cases = demo.CasesOf(*customers)
	}
	today, err := parseToday(*todayFlag)
	if err != nil {
		return err
	}
	d, err := OpenDB(ctx, c.cfg)
	if err != nil {
		return err
	}
	defer d.Close()
	// What is made lives as long as a batch does: collecting it less often costs
	// memory that nobody else asks for here.
	defer debug.SetGCPercent(debug.SetGCPercent(300))
	_, err = c.fill(ctx, d, demo.Config{Seed: *number, Today: today, Branches: *branches, Customers: *customers, Visits: *visits, Latest: *latest, Waybills: *waybills, Cases: *cases})
	if errors.Is(err, demo.ErrNotEmpty) {
		return fmt.Errorf("数据库 %s 里已有数据，seed 只填空数据库；请换一个 --data 或 --db (seed fills an empty database only)", safeDSN(c.cfg.DSN()))
	}
	if err == nil {
		_, _ = fmt.Fprintf(c.out, "账号 admin，密码 (password) %s；yike user list 列出全部账号 (lists all accounts)。\n", demo.Password)
	}
	return err
}
