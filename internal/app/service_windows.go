package app

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/sys/windows/svc"
	"golang.org/x/sys/windows/svc/mgr"
)

// serviceWait is how long a service may take to stop.
const serviceWait = 30 * time.Second

func (p servicePlan) install() ([]serviceStep, error) {
	return []serviceStep{{"create service " + serviceName + ": " + p.Program + " " + strings.Join(p.Args, " "), func(context.Context, *call) error {
		m, err := mgr.Connect()
		if err != nil {
			return err
		}
		defer m.Disconnect()
		s, err := m.CreateService(serviceName, p.Program, mgr.Config{DisplayName: "Yike", Description: "Yike 驿客", StartType: mgr.StartAutomatic, DelayedAutoStart: true}, p.Args...)
		if err != nil {
			return err
		}
		defer s.Close()
		again := []mgr.RecoveryAction{{Type: mgr.ServiceRestart, Delay: 5 * time.Second}, {Type: mgr.ServiceRestart, Delay: time.Minute}}
		return s.SetRecoveryActions(again, 24*60*60)
	}}}, nil
}

func (p servicePlan) control(verb string) []serviceStep {
	return []serviceStep{{verb + " service " + serviceName, func(ctx context.Context, c *call) error {
		return withService(func(s *mgr.Service) error {
			switch verb {
			case "start":
				return s.Start()
			case "stop":
				return stopService(ctx, s)
			}
			state, err := s.Query()
			if err == nil {
				_, err = fmt.Fprintln(c.out, map[svc.State]string{svc.Running: "正在运行 (running)", svc.Stopped: "已停止 (stopped)",
					svc.StartPending: "正在启动 (starting)", svc.StopPending: "正在停止 (stopping)"}[state.State])
			}
			return err
		})
	}}}
}

func (p servicePlan) remove() ([]serviceStep, error) {
	return []serviceStep{{"stop and delete service " + serviceName, func(ctx context.Context, _ *call) error {
		return withService(func(s *mgr.Service) error {
			if state, err := s.Query(); err == nil && state.State != svc.Stopped {
				if err := stopService(ctx, s); err != nil {
					return err
				}
			}
			return s.Delete()
		})
	}}}, nil
}

func withService(fn func(*mgr.Service) error) error {
	m, err := mgr.Connect()
	if err != nil {
		return err
	}
	defer m.Disconnect()
	s, err := m.OpenService(serviceName)
	if err != nil {
		return fmt.Errorf("没有装过这个服务，先用 yike service install (not installed): %w", err)
	}
	defer s.Close()
	return fn(s)
}

func stopService(ctx context.Context, s *mgr.Service) error {
	state, err := s.Control(svc.Stop)
	for until := time.Now().Add(serviceWait); err == nil && state.State != svc.Stopped; state, err = s.Query() {
		if time.Now().After(until) || ctx.Err() != nil {
			return errors.New("它没有停下来 (it does not stop)")
		}
		time.Sleep(200 * time.Millisecond)
	}
	return err
}

// asService runs the product under Windows' service manager when that started
// it, as anybody else otherwise.
func asService(ctx context.Context, c *call, run func(context.Context) error) error {
	if under, err := svc.IsWindowsService(); err != nil || !under {
		return run(ctx)
	}
	s := &windowsService{ctx: ctx, run: run}
	if err := svc.Run(serviceName, s); err != nil {
		return err
	}
	if s.err != nil {
		c.cfg.Log.Error("the service ended", "err", s.err) // there is no console
	}
	return s.err
}

type windowsService struct {
	ctx context.Context
	run func(context.Context) error
	err error
}

// Execute is called by Windows.
func (s *windowsService) Execute(_ []string, asks <-chan svc.ChangeRequest, says chan<- svc.Status) (bool, uint32) {
	ctx, stop := context.WithCancel(s.ctx)
	defer stop()
	done := make(chan error, 1)
	go func() { done <- s.run(ctx) }()
	says <- svc.Status{State: svc.Running, Accepts: svc.AcceptStop | svc.AcceptShutdown}
	for {
		select {
		case s.err = <-done:
			says <- svc.Status{State: svc.StopPending}
			if s.err != nil {
				return true, 1
			}
			return false, 0
		case ask := <-asks:
			switch ask.Cmd {
			case svc.Interrogate:
				says <- ask.CurrentStatus
			case svc.Stop, svc.Shutdown:
				says <- svc.Status{State: svc.StopPending, WaitHint: uint32(serviceWait.Milliseconds())}
				stop()
			}
		}
	}
}

// browserCommand shows an address to whoever sits at the machine.
func browserCommand(url string) (string, []string) {
	return "rundll32", []string{"url.dll,FileProtocolHandler", url}
}
