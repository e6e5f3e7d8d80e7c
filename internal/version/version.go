// Package version says which build of the function this is.
package version

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// release is what the linker says of a release: go build -ldflags '-X github.com/novasphere/function-wukong/internal/version.release=v0.1.0'.
// Nothing else of a build goes in here, so that the same source gives the same bytes wherever and whenever it is built.
var release string

// String is the version: that of the release, else what Go knows, which is devel for a build of a working tree without its history.
func String() string {
	return current().version
}

// Revision is the commit that it was built from; empty where that is not known, as in a release, which is known by its version.
func Revision() string {
	return current().revision
}

// Long is the version with the commit that it was built from, where that is known, and the Go version.
func Long() string {
	return current().String()
}

// A build of the function.
type build struct {
	version, revision, goVersion string
}

func current() build {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		info = &debug.BuildInfo{GoVersion: runtime.Version()}
	}
	return describe(release, info)
}

// describe a build by what the linker was told, and for the rest by what Go recorded.
func describe(release string, info *debug.BuildInfo) build {
	b := build{version: release, revision: recorded(info), goVersion: info.GoVersion}
	if b.version == "" {
		b.version = info.Main.Version
	}
	if b.version == "" || b.version == "(devel)" {
		b.version = "devel"
	}
	return b
}

// recorded is the commit that Go recorded; empty where the build had no history to look at.
func recorded(info *debug.BuildInfo) string {
	settings := map[string]string{}
	for _, s := range info.Settings {
		settings[s.Key] = s.Value
	}
	r := settings["vcs.revision"]
	if r != "" && settings["vcs.modified"] == "true" {
		r += "-dirty"
	}
	return r
}

// String is one line for people: v0.1.0 (1c98dd6..., go1.26.0).
func (b build) String() string {
	if b.revision == "" {
		return fmt.Sprintf("%s (%s)", b.version, b.goVersion)
	}
	return fmt.Sprintf("%s (%s, %s)", b.version, b.revision, b.goVersion)
}
