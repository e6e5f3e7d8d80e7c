// Package runtime makes the files of the function's image. It has few dependencies, so that the Dockerfile is built quickly.
package runtime

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// versionVariable is the variable with the function's version.
const versionVariable = "github.com/novasphere/function-wukong/internal/version.release"

// Compile builds the function for an operating system and an architecture. The same source, version and Go give the same bytes on any machine, in
// any folder and at any time.
func Compile(ctx context.Context, repository, version, goos, goarch, binary string) error {
	binary, err := filepath.Abs(binary)
	if err != nil {
		return err
	}
	c := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=false", //nolint:gosec // The caller's own version.
		"-ldflags=-s -w -X "+versionVariable+"="+version, "-o", binary, "./cmd/function-wukong")
	c.Dir, c.Stderr = repository, os.Stderr
	c.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=", "GOWORK=off", "GOOS="+goos, "GOARCH="+goarch)
	if err := c.Run(); err != nil {
		return fmt.Errorf("cannot build the function for %s/%s: %w", goos, goarch, err)
	}
	return nil
}
