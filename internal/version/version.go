// Package version returns the version of the running build.
package version

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// release is the version of a release. The linker sets it:
//
//	go build -ldflags '-X github.com/novasphere/function-wukong/internal/version.release=v0.1.0'
//
// Neither a time nor a host is recorded, so that builds of the same source are reproducible.
var release string

// String returns the version: that of the release, else the one that Go recorded, else "devel".
func String() string {
	return current().version
}

// Revision returns the commit that the build is of. Empty where Go recorded none, as in a release.
func Revision() string {
	return current().revision
}

// Long returns the version, the commit where it is known, and the Go version.
func Long() string {
	return current().String()
}

// A build is what is known of how a binary was built.
type build struct {
	version, revision, goVersion string
}

// current returns the running build.
func current() build {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		info = &debug.BuildInfo{GoVersion: runtime.Version()}
	}
	return describe(release, info)
}

// describe returns the build with a version that the linker set, and for the rest with what Go recorded.
func describe(release string, info *debug.BuildInfo) build {
	b := build{version: release, revision: commit(info), goVersion: info.GoVersion}
	if b.version == "" {
		b.version = info.Main.Version
	}
	if b.version == "" || b.version == "(devel)" {
		b.version = "devel"
	}
	return b
}

// commit returns the commit that Go recorded, with the ending -dirty for a changed working tree. Empty where Go recorded none.
func commit(info *debug.BuildInfo) string {
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

// String returns one line for people, for example v0.1.0 (1c98dd6..., go1.26.0).
func (b build) String() string {
	if b.revision == "" {
		return fmt.Sprintf("%s (%s)", b.version, b.goVersion)
	}
	return fmt.Sprintf("%s (%s, %s)", b.version, b.revision, b.goVersion)
}
