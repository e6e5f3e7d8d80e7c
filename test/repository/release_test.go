package repository

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestReleaseNamed shows that what users copy names one release of this project, and that Argo CD follows no branch of it.
func TestReleaseNamed(t *testing.T) {
	named := regexp.MustCompile(`(?:ghcr\.io/novasphere/[a-z-]+:|targetRevision: |VERSION: )(\S+)`)
	files := slices.Concat(glob(t, "examples/*.yaml"), glob(t, "examples/*/*.yaml"), glob(t, "examples/*/*/*.yaml"), glob(t, "examples/*/*.yml"))
	files = append(files, "README.md", "SECURITY.md", "docs/install.md", "docs/upgrade.md", "docs/cli.md")
	releases := map[string][]string{}
	for _, file := range files {
		for _, m := range named.FindAllStringSubmatch(read(t, file), -1) {
			// The end of a quotation, or a name in place of a version.
			if release := strings.TrimRight(m[1], "`\"}'"); !strings.HasPrefix(release, "VERSION") {
				releases[release] = append(releases[release], file)
			}
		}
	}
	if len(releases) != 1 {
		t.Errorf("want one release, got %v", releases)
	}
	for release, files := range releases {
		if !regexp.MustCompile(`^v\d+\.\d+\.\d+$`).MatchString(release) {
			t.Errorf("%v name %q, which is no release", files, release)
		}
		if len(files) < 15 {
			t.Errorf("found the release only in %v: this test no longer recognizes it", files)
		}
	}
}
