//go:build image

package image

import (
	"archive/tar"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// importGolang imports a replacement for Docker's image golang, which cannot be pulled without the internet. It has this machine's Go, a shell, a
// folder as a module proxy with the modules that the repository requires, and Go's build cache. The cache saves minutes and changes no result: its
// keys contain the source, the flags and the compiler.
func importGolang(t *testing.T, tag string) {
	t.Helper()
	pr, pw := io.Pipe()
	c := exec.CommandContext(t.Context(), "docker", "import",
		"--change=ENV PATH=/usr/local/go/bin:/bin GOPROXY=file:///proxy GOSUMDB=off GOTOOLCHAIN=local GOCACHE=/cache GOPATH=/go", "-", tag)
	c.Stdin, c.Stderr = pr, os.Stderr

	proxy := modules(t)
	go func() {
		w := tar.NewWriter(pw)
		err := w.WriteHeader(&tar.Header{Typeflag: tar.TypeDir, Name: "tmp/", Mode: 0o1777})
		for _, f := range []struct{ from, to string }{
			{"/bin/busybox", "bin/sh"},
			{run(t, "go", "env", "GOROOT"), "usr/local/go"},
			{proxy, "proxy"},
			{*buildCache, "cache"},
		} {
			if err == nil {
				err = addTree(w, f.from, f.to)
			}
		}
		if err == nil {
			err = w.Close()
		}
		pw.CloseWithError(err)
	}()
	if err := c.Run(); err != nil {
		t.Fatalf("cannot import %s: %v", tag, err)
	}
}

// modules copies the required modules from this machine's module cache, and returns a folder that is a module proxy for them.
func modules(t *testing.T) string {
	t.Helper()
	cache := t.TempDir()
	for _, module := range []string{".", "package/build"} {
		c := exec.CommandContext(t.Context(), "go", "mod", "download")
		c.Dir = module
		c.Env = append(os.Environ(), "GOWORK=off", "GOMODCACHE="+cache, "GOFLAGS=-modcacherw", "GOSUMDB=off",
			"GOPROXY=file://"+filepath.Join(run(t, "go", "env", "GOMODCACHE"), "cache/download"))
		if out, err := c.CombinedOutput(); err != nil {
			t.Fatalf("cannot collect the modules of %s: %v\n%s", module, err, out)
		}
	}
	return filepath.Join(cache, "cache/download")
}

// addTree adds a file, or a folder and everything in it.
func addTree(w *tar.Writer, from, to string) error {
	return filepath.WalkDir(from, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if rel := strings.TrimPrefix(path, from); rel == "/test" || rel == "/doc" || rel == "/api" {
			return fs.SkipDir
		}
		info, err := os.Stat(path)
		if err != nil {
			return err
		}
		h, err := tar.FileInfoHeader(info, "")
		if err != nil {
			return err
		}
		h.Name = to + strings.TrimPrefix(path, from)
		if err := w.WriteHeader(h); err != nil || !info.Mode().IsRegular() {
			return err
		}
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		_, err = io.Copy(w, f)
		return err
	})
}
