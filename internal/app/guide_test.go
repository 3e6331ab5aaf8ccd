package app_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The guides lead a newcomer to paths and tests: each of them is there.
func TestTheGuideNamesWhatIsThere(t *testing.T) {
	root := filepath.Join("..", "..")
	tests := map[string]bool{}
	named := regexp.MustCompile(`(?m)^func (Test\w+)\(`)
	err := filepath.WalkDir(root, func(path string, e os.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		for _, m := range named.FindAllStringSubmatch(string(text), -1) {
			tests[m[1]] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	quoted := regexp.MustCompile("`([^`\n]+)`")
	place := regexp.MustCompile(`^(?:handlers|views|static|db|policy|internal|\.ci)(?:/[\w.*-]+)+/?$`)
	for _, guide := range []string{"README.md", "CONTRIBUTING.md"} {
		text, err := os.ReadFile(filepath.Join(root, guide))
		if err != nil {
			t.Fatal(err)
		}
		seen := 0
		for _, m := range quoted.FindAllStringSubmatch(string(text), -1) {
			switch word := m[1]; {
			case strings.HasPrefix(word, "Test") && !strings.ContainsAny(word, " ./"):
				if seen++; !tests[word] {
					t.Errorf("%s names the test %s, which is not there", guide, word)
				}
			case place.MatchString(word):
				seen++
				if found, err := filepath.Glob(filepath.Join(root, filepath.FromSlash(word))); err != nil || len(found) == 0 {
					t.Errorf("%s names %s, which is not there", guide, word)
				}
			}
		}
		if seen == 0 {
			t.Errorf("%s names no place at all", guide)
		}
	}
}
