// Package runtime knows what is in the function's image. It needs little itself, so that the Dockerfile is soon built.
package runtime

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// versionVariable is what the function says its version is.
const versionVariable = "github.com/novasphere/function-wukong/internal/version.release"

// Compile the function of a repository for an operating system and an architecture. The same source, version and Go give the same
// bytes, wherever they are built: nothing of the machine, the folder or the time gets in.
func Compile(ctx context.Context, repository, version, goos, goarch, binary string) error {
	binary, err := filepath.Abs(binary)
	if err != nil {
		return err
	}
	c := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w -X "+versionVariable+"="+version, "-o", binary, "./cmd/function-wukong") //nolint:gosec // The caller's own version.
	c.Dir, c.Stderr = repository, os.Stderr
	c.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=", "GOWORK=off", "GOOS="+goos, "GOARCH="+goarch)
	if err := c.Run(); err != nil {
		return fmt.Errorf("cannot build the function for %s/%s: %w", goos, goarch, err)
	}
	return nil
}
