package app

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// The product as a service of an office PC: started with the machine, started
// again when it fails, stopped in order.

const serviceName = "yike"

// servicePlan is what a service is to run.
type servicePlan struct {
	Program string   // absolute
	Args    []string // after it: "serve" and its flags
	Folder  string   // to run in
	User    bool     // of the person who installs it; systemd only
}

// service installs, starts, stops, removes the service or says how it stands.
func service(ctx context.Context, c *call) error {
	user := c.flags.Bool("user", false, "Linux: a service of yours alone, without administrator's rights")
	dry := c.flags.Bool("dry-run", false, "print what would be done, and do nothing")
	lan := c.flags.Bool("lan", false, "listen on the local network")
	words, err := c.parse(1, 1)
	if err != nil {
		return err
	}
	if words[0] == "install" && !*dry && c.cfg.KeyFile == "" {
		if c.cfg.KeyFile, err = c.keyOf(ctx); err != nil {
			return err
		}
	}
	plan, err := c.servicePlan(*user, *lan)
	if err != nil {
		return err
	}
	var steps []serviceStep
	switch words[0] {
	case "install":
		steps, err = plan.install()
	case "start", "stop", "status":
		steps = plan.control(words[0])
	case "remove":
		steps, err = plan.remove()
	default:
		return errUsage{fmt.Sprintf("看不懂 %q (one of install, start, stop, remove, status)。", words[0])}
	}
	if err != nil {
		return err
	}
	for _, s := range steps {
		if *dry {
			_, _ = fmt.Fprintln(c.out, s.says)
			continue
		}
		if err := s.do(ctx, c); err != nil {
			return serviceFault(words[0], err)
		}
	}
	if !*dry && words[0] != "status" {
		_, _ = fmt.Fprintln(c.out, map[string]string{
			"install": "服务已装好，开机自动启动；现在启动：yike service start (installed, starts with the machine)。",
			"start":   "服务已启动 (started)。", "stop": "服务已停止 (stopped)。", "remove": "服务已删除，数据都还在 (removed; the data stay)。",
		}[words[0]])
	}
	return nil
}

// serviceStep is one thing that is done, and how it is said beforehand.
type serviceStep struct {
	says string
	do   func(ctx context.Context, c *call) error
}

// serviceFault is one sentence about what failed.
func serviceFault(verb string, err error) error {
	if errors.Is(err, os.ErrPermission) || strings.Contains(strings.ToLower(err.Error()), "access denied") || strings.Contains(strings.ToLower(err.Error()), "access is denied") {
		return fmt.Errorf("没有权限：请用管理员身份再运行一次 (Linux 上也可以加 --user) (run it as an administrator, or with --user): service %s: %w", verb, err)
	}
	return fmt.Errorf("服务没有弄成 (service %s): %w", verb, err)
}

// keyOf is where the key file of the database lies, which both are made if they
// are not there: a service runs as somebody else, beside whose settings it would
// look for the file in vain.
func (c *call) keyOf(ctx context.Context) (string, error) {
	d, err := OpenDB(ctx, c.cfg)
	if err != nil {
		return "", err
	}
	defer d.Close()
	name, err := d.Installation(ctx)
	if err != nil {
		return "", err
	}
	return c.cfg.KeyPath(name)
}

// servicePlan takes the flags of this command line over into that of the
// service; folders become absolute, since a service runs elsewhere.
func (c *call) servicePlan(user, lan bool) (p servicePlan, err error) {
	if p.Program, err = os.Executable(); err != nil {
		return p, fmt.Errorf("找不到程序自己 (cannot find the program): %w", err)
	}
	if p.Program, err = filepath.EvalSymlinks(p.Program); err != nil {
		return p, err
	}
	data, err := filepath.Abs(c.cfg.Data)
	if err != nil {
		return p, err
	}
	p.Folder, p.User = filepath.Dir(p.Program), user
	p.Args = []string{"serve", "--data", data, "--addr", c.cfg.Addr}
	if lan {
		p.Args = append(p.Args, "--lan")
	}
	if db := c.cfg.DB; db != "" {
		if !strings.Contains(db, "://") {
			if db, err = filepath.Abs(db); err != nil {
				return p, err
			}
		}
		p.Args = append(p.Args, "--db", db)
	}
	if c.cfg.KeyFile != "" {
		key, err := filepath.Abs(c.cfg.KeyFile)
		if err != nil {
			return p, err
		}
		p.Args = append(p.Args, "--key-file", key)
	}
	// All of them: what the environment says goes over, too.
	c.flags.VisitAll(func(f *flag.Flag) {
		value := f.Value.String()
		if value == "" || value == "false" || err != nil {
			return
		}
		switch f.Name {
		case "user", "dry-run", "lan", "data", "addr", "db", "key-file":
			return
		case "tls-cert", "tls-key":
			value, err = filepath.Abs(value)
		}
		p.Args = append(p.Args, "--"+f.Name+"="+value)
	})
	return p, err
}

// run runs a program and hands its words on.
func (c *call) run(ctx context.Context, name string, args ...string) error {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Stdout, cmd.Stderr = c.out, c.err
	return cmd.Run()
}

// startCommand starts a program and does not wait for it.
func startCommand(name string, args ...string) error {
	cmd := exec.Command(name, args...)
	if err := cmd.Start(); err != nil {
		return err
	}
	go func() { _ = cmd.Wait() }()
	return nil
}
