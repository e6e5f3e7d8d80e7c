package repository

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

// used is a step of a workflow that uses an action.
var used = regexp.MustCompile(`(?m)^[ -]*uses:\s*(\S+)(.*)$`)

// pinnedAction is an action of another repository as it must be used: by its commit, with the version beside it, from which Dependabot updates both.
var pinnedAction = regexp.MustCompile(`^([\w.-]+/[\w./-]+)@([0-9a-f]{40}) # (v\d+\.\d+\.\d+)$`)

// TestActions shows that workflows use actions by commits, as a tag can be moved to another commit by whoever has the action's repository, and each
// action by one commit.
func TestActions(t *testing.T) {
	files := slices.Concat(glob(t, ".github/workflows/*.yml"), glob(t, ".github/actions/*/*.yml"), glob(t, "examples/pull-request/*.yml"))
	commits, versions := map[string]string{}, map[string]string{}
	count := 0
	for _, file := range files {
		for _, use := range used.FindAllStringSubmatch(read(t, file), -1) {
			if strings.HasPrefix(use[1], "./") {
				continue
			}
			count++
			m := pinnedAction.FindStringSubmatch(use[1] + use[2])
			if m == nil {
				t.Errorf("%s uses %s%s: want ACTION@COMMIT # vX.Y.Z", file, use[1], use[2])
				continue
			}
			action, commit, version := m[1], m[2], m[3]
			if before := commits[action]; before != "" && (before != commit || versions[action] != version) {
				t.Errorf("%s uses %s at %s, %s, and another file at %s, %s", file, action, commit, version, before, versions[action])
			}
			commits[action], versions[action] = commit, version
		}
	}
	if count < 15 {
		t.Errorf("found only %d uses of actions: this test no longer recognizes them", count)
	}
	for _, tc := range []string{
		"actions/checkout@v7", "actions/checkout@v7.0.1", "actions/checkout@main # v7.0.1", "actions/checkout@" + strings.Repeat("a", 40),
		"actions/checkout@" + strings.Repeat("a", 39) + " # v7.0.1", "actions/checkout@" + strings.Repeat("a", 40) + " # v7", "docker://alpine:3",
	} {
		if pinnedAction.MatchString(tc) {
			t.Errorf("%s passes for pinned", tc)
		}
	}
}
