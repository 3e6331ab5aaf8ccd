// Command release builds the program for every machine of a branch, so that
// the same commit gives the same bytes wherever it is built:
//
//	go run ./internal/release            into dist/
//	go run ./internal/release -twice     builds all of it a second time, from a
//	                                     copy of the tree in another folder, and
//	                                     compares the bytes
//
// Beside the programs it writes SHA256SUMS and, from what each program says of
// itself, sbom.cdx.json (CycloneDX): every module with its version and checksum.
package main

import (
	"bytes"
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
)

// target is a machine that the program is built for.
type target struct{ os, arch string }

var targets = []target{{"windows", "amd64"}, {"linux", "amd64"}, {"linux", "arm64"}, {"linux", "loong64"}}

func (t target) file() string {
	name := "yike-" + t.os + "-" + t.arch
	if t.os == "windows" {
		name += ".exe"
	}
	return name
}

func main() {
	out := flag.String("out", "dist", "folder for what is made")
	only := flag.String("only", "", "one target, for example linux/amd64 (default all)")
	twice := flag.Bool("twice", false, "build a second time from a copy of the tree and compare")
	flag.Parse()
	if err := release(*out, *only, *twice); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func release(out, only string, twice bool) error {
	list := slices.DeleteFunc(slices.Clone(targets), func(t target) bool { return only != "" && only != t.os+"/"+t.arch })
	if len(list) == 0 {
		return fmt.Errorf("no target %q", only)
	}
	out, err := filepath.Abs(out)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	version := named()
	if err := build(".", out, version, list); err != nil {
		return err
	}
	sums, err := checksums(out, list)
	if err != nil {
		return err
	}
	if twice {
		if err := again(out, version, list, sums); err != nil {
			return err
		}
		fmt.Println("built twice, the same bytes")
	}
	bill, err := materials(out, version, list, sums)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(out, "sbom.cdx.json"), bill, 0o644); err != nil {
		return err
	}
	var text strings.Builder
	for _, t := range list {
		fmt.Fprintf(&text, "%s  %s\n", sums[t.file()], t.file())
	}
	sum := sha256.Sum256(bill)
	fmt.Fprintf(&text, "%s  sbom.cdx.json\n", hex.EncodeToString(sum[:]))
	fmt.Print(text.String())
	return os.WriteFile(filepath.Join(out, "SHA256SUMS"), []byte(text.String()), 0o644)
}

// named is what the program calls itself: the tag or the commit.
func named() string {
	text, err := exec.Command("git", "describe", "--always", "--tags", "--dirty").Output()
	if err != nil {
		return "(devel)"
	}
	return strings.TrimSpace(string(text))
}

// build builds from a tree. Nothing of this machine goes into the program: no
// paths, no C, no time.
func build(tree, out, version string, list []target) error {
	for _, t := range list {
		cmd := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w -buildid= -X yike/internal/app.released="+version, "-o", filepath.Join(out, t.file()), ".")
		cmd.Dir = tree
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=", "GOOS="+t.os, "GOARCH="+t.arch, "GOAMD64=v1", "GOARM64=v8.0")
		cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
		if err := cmd.Run(); err != nil {
			return fmt.Errorf("build for %s/%s: %w", t.os, t.arch, err)
		}
	}
	return nil
}

func checksums(dir string, list []target) (map[string]string, error) {
	sums := map[string]string{}
	for _, t := range list {
		f, err := os.Open(filepath.Join(dir, t.file()))
		if err != nil {
			return nil, err
		}
		h := sha256.New()
		_, err = io.Copy(h, f)
		if err = errors.Join(err, f.Close()); err != nil {
			return nil, err
		}
		sums[t.file()] = hex.EncodeToString(h.Sum(nil))
	}
	return sums, nil
}

// again builds from a copy of the tree in another folder.
func again(out, version string, list []target, sums map[string]string) (err error) {
	dir, err := os.MkdirTemp("", "yike-release-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	tree, second := filepath.Join(dir, "another place"), filepath.Join(dir, "out")
	if err := os.MkdirAll(second, 0o755); err != nil {
		return err
	}
	if err := copyTree(tree, out); err != nil {
		return err
	}
	if err := build(tree, second, version, list); err != nil {
		return err
	}
	other, err := checksums(second, list)
	if err != nil {
		return err
	}
	for name, sum := range sums {
		if other[name] != sum {
			return fmt.Errorf("%s has other bytes when it is built in another folder: %s, then %s", name, sum, other[name])
		}
	}
	return nil
}

// copyTree copies what the build reads; except is a folder that is left out.
func copyTree(to, except string) error {
	return filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		full, err := filepath.Abs(name)
		if err != nil {
			return err
		}
		if d.IsDir() && (full == except || name == ".git") {
			return fs.SkipDir
		}
		if d.IsDir() {
			return os.MkdirAll(filepath.Join(to, name), 0o755)
		}
		if !d.Type().IsRegular() {
			return nil
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, name), text, 0o644)
	})
}

// What CycloneDX calls things.
type (
	bom struct {
		Format     string      `json:"bomFormat"`
		Spec       string      `json:"specVersion"`
		Version    int         `json:"version"`
		Metadata   metadata    `json:"metadata"`
		Components []component `json:"components"`
	}
	metadata struct {
		Component component `json:"component"`
	}
	component struct {
		Type       string      `json:"type"`
		Name       string      `json:"name"`
		Version    string      `json:"version"`
		PURL       string      `json:"purl,omitempty"`
		Hashes     []hash      `json:"hashes,omitempty"`
		Properties []property  `json:"properties,omitempty"`
		Components []component `json:"components,omitempty"`
	}
	hash struct {
		Algorithm string `json:"alg"`
		Content   string `json:"content"`
	}
	property struct {
		Name  string `json:"name"`
		Value string `json:"value"`
	}
)

// materials lists what is in the programs: the modules of all of them, each
// once, and the programs with their checksums.
func materials(dir, version string, list []target, sums map[string]string) ([]byte, error) {
	out := bom{Format: "CycloneDX", Spec: "1.6", Version: 1, Metadata: metadata{component{Type: "application", Name: "yike", Version: version}}}
	modules := map[string]component{}
	for _, t := range list {
		info, err := buildinfo.ReadFile(filepath.Join(dir, t.file()))
		if err != nil {
			return nil, err
		}
		out.Metadata.Component.Components = append(out.Metadata.Component.Components, component{Type: "file", Name: t.file(), Version: info.GoVersion,
			Hashes: []hash{{"SHA-256", sums[t.file()]}}})
		modules["stdlib"] = component{Type: "library", Name: "stdlib", Version: info.GoVersion, PURL: "pkg:golang/stdlib@" + strings.TrimPrefix(info.GoVersion, "go")}
		for _, m := range info.Deps {
			modules[m.Path] = module(m)
		}
	}
	for _, m := range modules {
		out.Components = append(out.Components, m)
	}
	slices.SortFunc(out.Components, func(a, b component) int { return strings.Compare(a.Name, b.Name) })
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err := e.Encode(out)
	return text.Bytes(), err
}

// module is a library of the program; one that was replaced says by what.
func module(m *debug.Module) component {
	c := component{Type: "library", Name: m.Path, Version: m.Version, PURL: "pkg:golang/" + m.Path + "@" + m.Version}
	if m.Sum != "" {
		c.Properties = append(c.Properties, property{"go.sum", m.Sum})
	}
	if m.Replace != nil {
		c.Properties = append(c.Properties, property{"replaced by", m.Replace.Path + " " + m.Replace.Version})
	}
	return c
}
