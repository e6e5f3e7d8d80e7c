package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// versionVariable is what the function says its version is.
const versionVariable = "github.com/novasphere/function-wukong/fn/version.release"

// compile the function for a platform. The same source, version and Go give the same bytes, wherever they are built: nothing of the
// machine, the folder or the time gets in.
func compile(ctx context.Context, s source, p v1.Platform, binary string) error {
	binary, err := filepath.Abs(binary)
	if err != nil {
		return err
	}
	c := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w -X "+versionVariable+"="+s.Version, "-o", binary, "./fn") //nolint:gosec // The caller's own version.
	c.Dir, c.Stderr = s.Repository, os.Stderr
	c.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=", "GOWORK=off", "GOOS="+p.OS, "GOARCH="+p.Architecture)
	if err := c.Run(); err != nil {
		return fmt.Errorf("cannot build the function for %s: %w", p, err)
	}
	return nil
}
