package version

import (
	"runtime/debug"
	"testing"
)

func TestDescribe(t *testing.T) {
	const commit = "1c98dd6d0c7b0b3f1a5ad9ffd4e1c77b0b0a1f1e"
	history := func(modified string) []debug.BuildSetting {
		return []debug.BuildSetting{{Key: "vcs.revision", Value: commit}, {Key: "vcs.modified", Value: modified}}
	}
	cases := map[string]struct {
		reason  string
		release string
		info    debug.BuildInfo
		want    string
	}{
		"Release": {
			reason:  "The linker's version has precedence over what Go recorded.",
			release: "v0.1.0",
			info:    debug.BuildInfo{GoVersion: "go1.26.0", Main: debug.Module{Version: "v0.0.1"}, Settings: history("false")},
			want:    "v0.1.0 (" + commit + ", go1.26.0)",
		},
		"Package": {
			reason:  "Packages are built without the history: the version alone is known.",
			release: "v0.1.0",
			info:    debug.BuildInfo{GoVersion: "go1.26.0", Main: debug.Module{Version: "(devel)"}},
			want:    "v0.1.0 (go1.26.0)",
		},
		"Checkout": {
			reason: "A plain go build of a clean checkout.",
			info:   debug.BuildInfo{GoVersion: "go1.26.0", Main: debug.Module{Version: "v0.1.1-0.20261123100000-1c98dd6d0c7b"}, Settings: history("false")},
			want:   "v0.1.1-0.20261123100000-1c98dd6d0c7b (" + commit + ", go1.26.0)",
		},
		"Changed": {
			reason: "A plain go build of a checkout with changes.",
			info:   debug.BuildInfo{GoVersion: "go1.26.0", Main: debug.Module{Version: "(devel)"}, Settings: history("true")},
			want:   "devel (" + commit + "-dirty, go1.26.0)",
		},
		"Nothing": {
			reason: "A build without a repository, such as of an unpacked archive, or with -buildvcs=false.",
			info:   debug.BuildInfo{GoVersion: "go1.26.0"},
			want:   "devel (go1.26.0)",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if got := describe(tc.release, &tc.info).String(); got != tc.want {
				t.Errorf("\n%s\nwant %s\ngot  %s", tc.reason, tc.want, got)
			}
		})
	}
}
