//go:build !windows

package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// unit is where systemd looks for the service.
func (p servicePlan) unit() (string, error) {
	if !p.User {
		return "/etc/systemd/system/" + serviceName + ".service", nil
	}
	dir, err := os.UserConfigDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(dir, "systemd", "user", serviceName+".service"), nil
}

// unitText is the unit. Whoever installs it for the machine runs it, too: the
// data folder is theirs.
func (p servicePlan) unitText() string {
	words := []string{unitWord(p.Program)}
	for _, a := range p.Args {
		words = append(words, unitWord(a))
	}
	target := "multi-user.target"
	if p.User {
		target = "default.target"
	}
	return `[Unit]
Description=Yike
After=network-online.target
Wants=network-online.target

[Service]
ExecStart=` + strings.Join(words, " ") + `
WorkingDirectory=` + p.Folder + `
Restart=on-failure
RestartSec=5
TimeoutStopSec=20
NoNewPrivileges=true
PrivateTmp=true
LimitNOFILE=16384

[Install]
WantedBy=` + target + `
`
}

// unitWord writes one word of a command line as systemd reads it.
func unitWord(s string) string {
	s = strings.NewReplacer(`\`, `\\`, `"`, `\"`, `%`, `%%`, `$`, `$$`).Replace(s)
	if strings.ContainsAny(s, " \t'\"\\;") {
		return `"` + s + `"`
	}
	return s
}

func (p servicePlan) systemctl(args ...string) serviceStep {
	if p.User {
		args = append([]string{"--user"}, args...)
	}
	return serviceStep{"systemctl " + strings.Join(args, " "), func(ctx context.Context, c *call) error {
		if _, err := exec.LookPath("systemctl"); err != nil {
			return fmt.Errorf("这台机器没有 systemd，请用它自己的办法开机启动 yike serve (no systemd on this %s machine): %w", runtime.GOOS, err)
		}
		err := c.run(ctx, "systemctl", args...)
		if stopped := (*exec.ExitError)(nil); slices.Contains(args, "status") && errors.As(err, &stopped) && stopped.ExitCode() == 3 {
			return nil // it is stopped, and that was said
		}
		return err
	}}
}

func (p servicePlan) install() ([]serviceStep, error) {
	unit, err := p.unit()
	if err != nil {
		return nil, err
	}
	text := p.unitText()
	steps := []serviceStep{
		{"write " + unit + "\n" + text, func(context.Context, *call) error {
			if err := os.MkdirAll(filepath.Dir(unit), 0o755); err != nil {
				return err
			}
			return os.WriteFile(unit, []byte(text), 0o600) // a postgres:// address may hold a password
		}},
		p.systemctl("daemon-reload"), p.systemctl("enable", serviceName),
	}
	if p.User {
		steps = append(steps, linger())
	}
	return steps, nil
}

// linger has a person's own services run while that person is signed out, too.
func linger() serviceStep {
	return serviceStep{"loginctl enable-linger", func(ctx context.Context, c *call) error {
		if _, err := exec.LookPath("loginctl"); err != nil {
			_, _ = fmt.Fprintln(c.err, "没有 loginctl：这个账号退出登录后服务会停 (no loginctl: the service ends when this account signs out)")
			return nil
		}
		return c.run(ctx, "loginctl", "enable-linger")
	}}
}

func (p servicePlan) control(verb string) []serviceStep {
	return []serviceStep{p.systemctl(verb, serviceName)}
}

func (p servicePlan) remove() ([]serviceStep, error) {
	unit, err := p.unit()
	if err != nil {
		return nil, err
	}
	return []serviceStep{p.systemctl("disable", "--now", serviceName), {"remove " + unit, func(context.Context, *call) error {
		if err := os.Remove(unit); !errors.Is(err, os.ErrNotExist) {
			return err
		}
		return nil
	}}, p.systemctl("daemon-reload")}, nil
}

// asService runs the product; systemd runs it as anybody else does.
func asService(ctx context.Context, _ *call, run func(context.Context) error) error { return run(ctx) }

// browserCommand shows an address to whoever sits at the machine.
func browserCommand(url string) (string, []string) {
	if runtime.GOOS == "darwin" {
		return "open", []string{url}
	}
	return "xdg-open", []string{url}
}
