package app

import "golang.org/x/sys/windows"

// diskLeft is how many bytes whoever runs the program may still write to the
// disk of a folder.
func diskLeft(folder string) (left uint64, err error) {
	path, err := windows.UTF16PtrFromString(folder)
	if err != nil {
		return 0, err
	}
	err = windows.GetDiskFreeSpaceEx(path, &left, nil, nil)
	return left, err
}
