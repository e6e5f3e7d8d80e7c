package edit

import (
	"bytes"
	"errors"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/novasphere/function-wukong/internal/golden"
	"github.com/novasphere/function-wukong/internal/manifest"
	"github.com/novasphere/function-wukong/internal/plan"
	"github.com/novasphere/function-wukong/internal/preview"
)

// web is the Wukong of the edits.
const web = `apiVersion: vm.novasphere.dev/v1alpha1
kind: Wukong
metadata:
  name: web-01
  namespace: team-a
spec:
  cpu: 2
  memory: 4Gi
  sshKeySecret: keys
  cloudInitUser: {name: ops, passwordHash: $6$abc}
  networks:
  - {name: office, type: bridge, vlanId: 120}
  - {name: storage, type: bridge, nadName: fast}
  disks:
  - {name: system, size: 20Gi, image: "docker://quay.io/containerdisks/debian:12"}
  - {name: data, size: 100Gi}
  - {name: logs, size: 10Gi, deletionPolicy: Retain}
`

// edited returns the Wukong after replacements of an old and a new string.
func edited(t *testing.T, replacements ...string) string {
	t.Helper()
	out := web
	for i := 0; i < len(replacements); i += 2 {
		if !strings.Contains(out, replacements[i]) {
			t.Fatalf("the Wukong has no %q", replacements[i])
		}
		out = strings.ReplaceAll(out, replacements[i], replacements[i+1])
	}
	return out
}

// write writes a file, and returns its path.
func write(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// run runs a command, and returns what it prints.
func run(t *testing.T, c Command) (stdout, stderr string, worst Class, err error) {
	t.Helper()
	var out, errs bytes.Buffer
	c.Stdout, c.Problems = &out, manifest.Printer{Writer: &errs}
	worst, err = c.Run(t.Context())
	return out.String(), errs.String(), worst, err
}

// plans returns what an edit does to Wukongs.
func plans(t *testing.T, from, to string, o preview.Options) []Wukong {
	t.Helper()
	before, after := o, o
	before.Files, after.Files = []string{write(t, "before.yaml", from)}, []string{write(t, "after.yaml", to)}
	was, becomes := preview.Read(t.Context(), before), preview.Read(t.Context(), after)
	if was.Failed() || becomes.Failed() {
		t.Fatal(was.Problems, becomes.Problems)
	}
	var out []Wukong
	Command{Problems: manifest.Printer{Writer: io.Discard}}.planFiles(was, becomes, func(w Wukong, problems []manifest.Problem) {
		if manifest.HasErrors(problems) {
			t.Fatal(problems)
		}
		out = append(out, w)
	})
	return out
}

// TestEffects shows what edits of one or two fields do.
func TestEffects(t *testing.T) {
	const stage = "{apiVersion: wukong.fn.crossplane.io/v1beta1, kind: Input, cluster: {kubevirt: {vmRolloutStrategy: Stage}}}"
	const small = "apiVersion: vm.novasphere.dev/v1alpha1\nkind: Wukong\nmetadata: {name: web-01, namespace: team-a}\n" +
		"spec:\n  cpu: 2\n  memory: 4Gi\n  disks: [{name: system, size: 10Gi}]\n"
	halted := func(s string) string { return s + "  startStrategy: {autoStart: false}\n" }
	type effectCase struct {
		reason   string
		from, to string
		input    string
		want     map[string]plan.Effect
	}
	cases := map[string]effectCase{
		"Nothing": {reason: "Nothing changes.", to: web, want: map[string]plan.Effect{}},
		"Words":   {reason: "A default that is written out means the same.", to: web + "  podNetwork: true\n", want: map[string]plan.Effect{}},
		"CPU":     {reason: "KubeVirt adds sockets.", to: edited(t, "cpu: 2", "cpu: 4"), want: map[string]plan.Effect{"cpu": plan.EffectMigration}},
		"NotMigratable": {
			reason: "KubeVirt adds sockets by migration, which such a disk rules out.", from: edited(t, "data, size: 100Gi", "data, size: 100Gi, accessModes: [ReadWriteOnce]"),
			to:   edited(t, "cpu: 2", "cpu: 4", "data, size: 100Gi", "data, size: 100Gi, accessModes: [ReadWriteOnce]"),
			want: map[string]plan.Effect{"cpu": plan.EffectRestart},
		},
		"FewerCPUs": {
			reason: "It takes none away.", to: edited(t, "cpu: 2", "cpu: 1"), want: map[string]plan.Effect{"cpu": plan.EffectRestart},
		},
		"Held": {
			reason: "A change that needs a restart holds the others.",
			to:     edited(t, "cpu: 2", "cpu: 4", "name: ops,", "name: ops, shell: /bin/sh,", "data, size: 100Gi", "data, size: 100Gi, bus: sata"),
			want: map[string]plan.Effect{
				"cpu": plan.EffectRestart, "disks[data].bus": plan.EffectRestart, "cloudInitUser.shell": plan.EffectFirstBoot,
			},
		},
		"Stage": {
			reason: "Under Stage nothing is applied live.", input: stage,
			to: edited(t, "cpu: 2", "cpu: 4"), want: map[string]plan.Effect{"cpu": plan.EffectRestart},
		},
		"OutOfLimits": {
			reason: "What exists stays, whatever the limits say now.", input: "{apiVersion: wukong.fn.crossplane.io/v1beta1, kind: Input, limits: {cpu: 1, disks: 1, images: []}}",
			to: edited(t, "vlanId: 120", "vlanId: 130"), want: map[string]plan.Effect{"networks[office].vlanId": plan.EffectRestart},
		},
		"Halted": {
			reason: "A machine that does not run needs no restart.", from: halted(web),
			to:   halted(edited(t, "cpu: 2", "cpu: 4", "vlanId: 120", "vlanId: 130")),
			want: map[string]plan.Effect{"cpu": plan.EffectStart, "networks[office].vlanId": plan.EffectStart},
		},
		"Start": {
			reason: "It starts at once.", from: halted(web),
			to: web, want: map[string]plan.Effect{"startStrategy.autoStart": plan.EffectLive},
		},
		"Stop": {
			reason: "The guest stops, and all else comes with its next start.", to: halted(edited(t, "cpu: 2", "cpu: 4")),
			want: map[string]plan.Effect{"startStrategy.autoStart": plan.EffectStop, "cpu": plan.EffectStart},
		},
		"OtherStrategy": {
			reason: "A machine that runs goes on.", to: web + "  highAvailability: {restartPolicy: OnFailure}\n",
			want: map[string]plan.Effect{"highAvailability.restartPolicy": plan.EffectLive},
		},
		"Policy": {
			reason: "Only a later deletion has another end.", to: edited(t, "size: 10Gi, deletionPolicy: Retain", "size: 10Gi"),
			want: map[string]plan.Effect{"disks[logs].deletionPolicy": plan.EffectLive},
		},
		"Elsewhere": {
			reason: "The same image is named in another field.", to: edited(t, "  sshKeySecret", "  osImage: \"docker://quay.io/containerdisks/debian:12\"\n  sshKeySecret",
				", image: \"docker://quay.io/containerdisks/debian:12\"}", "}"),
			want: map[string]plan.Effect{"osImage": plan.EffectNone},
		},
		"Named": {
			reason: "The attachment that it made goes with its VLAN.", to: edited(t, "vlanId: 120", "nadName: lan"),
			want: map[string]plan.Effect{"networks[office].nadName": plan.EffectMigration, "networks[office].vlanId": plan.EffectNone},
		},
		"OwnDisk": {
			reason: "A new disk takes the place of the claim.", from: edited(t, "{name: data, size: 100Gi}", "{name: data, claimName: archive}"), to: web,
			want: map[string]plan.Effect{"disks[data].claimName": plan.EffectNewDisk, "disks[data].size": plan.EffectLive},
		},
		"Windows": {
			reason: "Being there says something: the disk with cloud-init data goes.",
			from:   small, to: small + "  windows: {}\n", want: map[string]plan.Effect{"windows": plan.EffectRestart},
		},
		"WindowsNoMore": {
			reason: "And so does its absence.", from: small + "  windows: {cloudbaseInit: true}\n", to: small,
			want: map[string]plan.Effect{"windows": plan.EffectRestart, "windows.cloudbaseInit": plan.EffectRestart},
		},
		"Answers": {
			reason: "A CD-ROM is attached.", from: small + "  windows: {}\n", to: small + "  windows: {unattendSecretRef: {name: answers}}\n",
			want: map[string]plan.Effect{"windows.unattendSecretRef.name": plan.EffectRestart},
		},
		"Growth": {reason: "A disk grows while it is used.", to: edited(t, "100Gi", "200Gi"), want: map[string]plan.Effect{"disks[data].size": plan.EffectLive}},
		"Shrinking": {
			reason: "A disk never shrinks.", to: edited(t, "100Gi", "50Gi"), want: map[string]plan.Effect{"disks[data].size": plan.EffectRefused},
		},
		"Image": {
			reason: "It is imported once.", to: edited(t, "debian:12", "debian:13"), want: map[string]plan.Effect{"disks[system].image": plan.EffectRefused},
		},
		"NewDisk": {
			reason: "A disk is attached by a restart.", to: web + "  - {name: more, size: 1Gi}\n", want: map[string]plan.Effect{"disks[more]": plan.EffectRestart},
		},
		"RemovedDisk": {
			reason: "Its data goes.", to: edited(t, "  - {name: data, size: 100Gi}\n", ""), want: map[string]plan.Effect{"disks[data]": plan.EffectDataLoss},
		},
		"RenamedDisk": {
			reason: "A renamed disk is another one.", to: edited(t, "name: data", "name: archive"),
			want: map[string]plan.Effect{"disks[data]": plan.EffectDataLoss, "disks[archive]": plan.EffectRestart},
		},
		"RetainedDisk": {
			reason: "Its data stays.", to: edited(t, "  - {name: logs, size: 10Gi, deletionPolicy: Retain}\n", ""),
			want: map[string]plan.Effect{"disks[logs]": plan.EffectRestart},
		},
		"Claim": {
			reason: "The disk that it had goes with its data.", to: edited(t, "{name: data, size: 100Gi}", "{name: data, claimName: archive}"),
			want: map[string]plan.Effect{"disks[data].claimName": plan.EffectDataLoss},
		},
		"OtherClaim": {
			reason: "The data of the earlier one stays there.",
			from:   edited(t, "{name: data, size: 100Gi}", "{name: data, claimName: archive}"), to: edited(t, "{name: data, size: 100Gi}", "{name: data, claimName: more}"),
			want: map[string]plan.Effect{"disks[data].claimName": plan.EffectNewDisk},
		},
		"NetworkAttachment": {
			reason: "The instance has it from its next start.", to: edited(t, "vlanId: 120", "vlanId: 130"),
			want: map[string]plan.Effect{"networks[office].vlanId": plan.EffectRestart},
		},
		"MACSpoofCheck": {
			reason: "The plugin takes it when it attaches the next pod.", to: edited(t, "vlanId: 120", "vlanId: 120, macSpoofCheck: false"),
			want: map[string]plan.Effect{"networks[office].macSpoofCheck": plan.EffectRestart},
		},
		"MACSpoofCheckAsDefault": {
			reason: "A new network has the check.", to: edited(t, "vlanId: 120", "vlanId: 120, macSpoofCheck: true"),
			want: map[string]plan.Effect{},
		},
		"NewNetwork": {
			reason: "KubeVirt adds an interface by migration.",
			to:     edited(t, "  disks:\n", "  - {name: backup, type: bridge}\n  disks:\n"),
			want:   map[string]plan.Effect{"networks[backup]": plan.EffectMigration},
		},
		"RemovedNetwork": {
			reason: "It unplugs one of a bridge, and migrates.", to: edited(t, "  - {name: office, type: bridge, vlanId: 120}\n", ""),
			want: map[string]plan.Effect{"networks[office]": plan.EffectMigration},
		},
		"KeepsFewer": {
			reason: "How many there are is not known.", from: small + "  snapshots: {keep: 7}\n", to: small + "  snapshots: {keep: 3}\n",
			want: map[string]plan.Effect{"snapshots.keep": plan.EffectDataLoss},
		},
		"KeepsSome": {reason: "All were kept before.", from: small, to: small + "  snapshots: {keep: 3}\n", want: map[string]plan.Effect{"snapshots.keep": plan.EffectDataLoss}},
		"KeepsMore": {
			reason: "None goes.", from: small + "  snapshots: {keep: 3}\n", to: small + "  snapshots: {keep: 7}\n",
			want: map[string]plan.Effect{"snapshots.keep": plan.EffectLive},
		},
		"KeepsAll": {reason: "None goes.", from: small + "  snapshots: {keep: 3}\n", to: small, want: map[string]plan.Effect{"snapshots.keep": plan.EffectLive}},
		"Restore": {
			reason: "What was written since goes.", from: small, to: small + "  restore: {snapshot: web-01-3}\n",
			want: map[string]plan.Effect{"restore.snapshot": plan.EffectDataLoss},
		},
		"RestoreAgain": {
			reason: "It is done once more.", from: small + "  restore: {snapshot: web-01-3}\n", to: small + "  restore: {snapshot: web-01-3, attempt: 2}\n",
			want: map[string]plan.Effect{"restore.attempt": plan.EffectDataLoss},
		},
		"RestoreRemoved": {
			reason: "What was restored stays.", from: small + "  restore: {snapshot: web-01-3}\n", to: small, want: map[string]plan.Effect{"restore.snapshot": plan.EffectNone},
		},
		"Move": {
			reason: "A copy takes its place.", from: edited(t, "{name: data, size: 100Gi}", "{name: data, size: 100Gi, storageClassName: slow}"),
			to: edited(t, "{name: data, size: 100Gi}", "{name: data, size: 100Gi, storageClassName: fast, migrateStorage: true}"),
			want: map[string]plan.Effect{
				"disks[data].storageClassName": plan.EffectRestart, "disks[data].migrateStorage": plan.EffectLive,
			},
		},
		"MayMove": {
			reason: "It is where it is.", to: edited(t, "{name: data, size: 100Gi}", "{name: data, size: 100Gi, migrateStorage: true}"),
			want: map[string]plan.Effect{"disks[data].migrateStorage": plan.EffectLive},
		},
		"Password": {
			reason: "cloud-init sets it once.", to: edited(t, "$6$abc", "$6$def"), want: map[string]plan.Effect{"cloudInitUser.passwordHash": plan.EffectFirstBoot},
		},
	}
	for _, effect := range order {
		if !slices.ContainsFunc(slices.Collect(maps.Values(cases)), func(c effectCase) bool { return slices.Contains(slices.Collect(maps.Values(c.want)), effect) }) {
			t.Errorf("no edit here has the effect %q", effect)
		}
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if tc.from == "" {
				tc.from = web
			}
			o := preview.Options{}
			if tc.input != "" {
				o.Input = write(t, "input.yaml", tc.input)
			}
			got := map[string]plan.Effect{}
			for _, w := range plans(t, tc.from, tc.to, o) {
				for _, c := range w.Changes {
					got[c.name()] = c.Effect
				}
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

// TestOutputs compares a plan in every format with golden files: of a machine that changes, of one that goes, of one that is new, and of one that
// stays.
func TestOutputs(t *testing.T) {
	named := func(name string) string { return strings.Replace(web, "web-01", name, 1) }
	from := web + "---\n" + named("web-02") + "---\n" + named("web-03")
	to := edited(t, "cpu: 2", "cpu: 4", "{name: office, type: bridge, vlanId: 120}", "{name: office, type: bridge, vlanId: 130, macAddress: 02:00:5e:10:00:01}",
		"name: data, size: 100Gi", "name: archive, size: 100Gi", "debian:12", "debian:13", "$6$abc", "$6$def") + "---\n" + named("web-02") + "---\n" + named("web-04")
	t.Chdir(t.TempDir())
	for file, content := range map[string]string{"before.yaml": from, "after.yaml": to} {
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	outputs := map[string]string{}
	for _, output := range []Output{Text, Markdown, JSON} {
		stdout, stderr, worst, err := run(t, Command{Options: preview.Options{Files: []string{"after.yaml"}}, Before: []string{"before.yaml"}, Output: output})
		if !errors.Is(err, preview.ErrRefused) || worst != ClassData || stderr != "" {
			t.Errorf("%s: want a refused change and lost data, got %v, %v:\n%s", output, worst, err, stderr)
		}
		if strings.Contains(stdout, "$6$") {
			t.Errorf("%s repeats a secret:\n%s", output, stdout)
		}
		outputs[string(output)] = stdout
	}
	for line := range strings.Lines(outputs["text"]) {
		if n := len([]rune(strings.TrimSuffix(line, "\n"))); n > width {
			t.Errorf("a line has %d columns: %s", n, line)
		}
	}
	t.Chdir(home)
	for output, got := range outputs {
		golden.Compare(t, "testdata/plan."+map[string]string{"text": "txt", "markdown": "md", "json": "json"}[output], got)
	}
}

// home is the folder of this package.
var home, _ = os.Getwd()
