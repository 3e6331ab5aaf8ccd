//go:build !linux && !darwin && !freebsd && !windows

package app

import "errors"

func diskLeft(string) (uint64, error) { return 0, errors.ErrUnsupported }
