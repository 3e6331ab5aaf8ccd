//go:build linux || darwin || freebsd

package app

import "syscall"

// diskLeft is how many bytes whoever runs the program may still write to the
// disk of a folder.
func diskLeft(folder string) (uint64, error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(folder, &s); err != nil {
		return 0, err
	}
	return uint64(s.Bavail) * uint64(s.Bsize), nil //nolint:unconvert // their types differ by system
}
