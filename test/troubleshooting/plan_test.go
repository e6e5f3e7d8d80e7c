package troubleshooting

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/novasphere/function-wukong/internal/edit"
	"github.com/novasphere/function-wukong/internal/manifest"
	"github.com/novasphere/function-wukong/internal/preview"
)

// plans returns the scenarios of messages of plans.
func plans() []scenario {
	const (
		before = "{cpu: 2, memory: 4Gi, disks: [{name: system, size: 1Gi}, {name: data, size: 1Gi}, {name: logs, size: 1Gi, deletionPolicy: Retain}]}"
		stage  = "{apiVersion: wukong.fn.crossplane.io/v1beta1, kind: Input, cluster: {kubevirt: {vmRolloutStrategy: Stage}}}"
		waits  = "{apiVersion: kubevirt.io/v1, kind: VirtualMachine, metadata: {name: web-01, namespace: team-a, " +
			"annotations: {crossplane.io/composition-resource-name: vm}, labels: {crossplane.io/composite: web-01}}, " +
			"status: {created: true, conditions: [{type: RestartRequired, status: 'True', message: a non-live-updatable field was changed in the template spec}]}}"
	)
	edited := func(replacements ...string) string { return strings.NewReplacer(replacements...).Replace(before) }
	unretained := strings.NewReplacer(", deletionPolicy: Retain", "")
	more := edited("cpu: 2", "cpu: 4")
	// keeping returns a spec that says how many snapshots stay.
	keeping := func(number string) string {
		return "{cpu: 2, memory: 4Gi, disks: [{name: system, size: 1Gi}], snapshots: {keep: " + number + "}}"
	}
	// restored returns a spec whose disks are restored from a snapshot, and inClass one whose disk is of a storage class.
	restored := func(snapshot string) string { return edited("cpu: 2", "restore: {snapshot: "+snapshot+"}, cpu: 2") }
	inClass := func(class string) string {
		return edited("{name: data", "{name: data, migrateStorage: true, storageClassName: "+class)
	}
	return []scenario{
		{
			want:    "it would take effect while the guest runs, but FIELD needs a restart, and until then this one waits, too",
			message: planCase{from: before, to: edited("cpu: 2", "cpu: 4", "data, size", "data, bus: sata, size")}.message("cpu"),
		},
		{want: "the rollout strategy Stage applies nothing while the guest runs", message: planCase{from: before, to: more, input: stage}.message("cpu")},
		{
			want:    "an earlier change waits for a restart already, and until then this one does, too",
			message: planCase{from: unretained.Replace(before), to: unretained.Replace(more), observed: waits}.message("cpu"),
		},
		{
			want: "KubeVirt does not migrate by itself here: virtctl migrate NAME lets it take effect",
			message: planCase{
				from: before, to: more,
				input: "{apiVersion: wukong.fn.crossplane.io/v1beta1, kind: Input, cluster: {kubevirt: {workloadUpdateMethods: [Evict]}}}",
			}.message("cpu"),
		},
		{
			want: "the guest loses the interface at once, and the virtual machine leaves the network when it moves to another node (virtctl migrate NAME) or restarts",
			message: planCase{
				from: edited("cpu: 2", "networks: [{name: lan, type: bridge}], cpu: 2"), to: before,
			}.message("networks[lan]"),
		},
		{
			want: "the instance type or the preference decides, and is not known here",
			message: planCase{
				from: edited("cpu: 2, memory: 4Gi", "instancetype: {name: small}"), to: edited("cpu: 2, memory: 4Gi", "instancetype: {name: large}"),
			}.message("instancetype.name"),
		},
		{want: "the KIND NAME is deleted with all that it holds", message: planCase{from: before, to: edited("{name: data, size: 1Gi}, ", "")}.message("disks[data]")},
		{
			want:    "the KIND NAME stays with all that it holds, and is no longer attached",
			message: planCase{from: before, to: edited(", {name: logs, size: 1Gi, deletionPolicy: Retain}", "")}.message("disks[logs]"),
		},
		{
			want: "the medium NAME is deleted, and can be imported, or uploaded, again",
			message: planCase{
				from: edited("{name: system", "{name: iso, type: cdrom, size: 1Gi, image: 'https://example.org/a.iso'}, {name: system"),
				to:   edited("{name: system", "{name: iso, type: cdrom, size: 1Gi, image: 'https://example.org/b.iso'}, {name: system"),
			}.message("disks[iso].image"),
		},
		{
			want:    "the newest NUMBER of the snapshots that are ready stay, and older ones are deleted: the status of the Wukong (kubectl get wukong -o yaml) would name them",
			message: planCase{from: keeping("7"), to: keeping("1")}.message("snapshots.keep"),
		},
		{
			want: "deleted, with what only they hold: SNAPSHOTS",
			message: planCase{
				to: keeping("1"), alone: true,
				observed: waits + "\n---\n{apiVersion: vm.novasphere.dev/v1alpha1, kind: Wukong, metadata: {name: web-01, namespace: team-a}, spec: " + keeping("7") +
					", status: {snapshots: [{name: web-01-3, ready: true}, {name: web-01-2, ready: true}, {name: web-01-1, ready: true}]}}",
			}.message("snapshots.keep"),
		},
		{
			want: "from its next start the virtual machine has what snapshot NAME has of its disks, and what they hold now is deleted, or retained by their " +
				"deletionPolicy",
			message: planCase{from: before, to: restored("web-01-3")}.message("restore.snapshot"),
		},
		{want: "what has been restored stays", message: planCase{from: restored("web-01-3"), to: before}.message("restore.snapshot")},
		{
			want: "the disk is copied once the virtual machine has stopped: it starts with the copy, and the earlier volume is then deleted, or retained by its " +
				"deletionPolicy",
			message: planCase{from: inClass("slow"), to: inClass("fast")}.message("disks[data].storageClassName"),
		},
		{
			want:    "it was refused before the edit, so that nothing can be said of that: REASON",
			message: planCase{from: edited("cpu: 2, ", ""), to: before}.problem,
		},
		{want: "VALUE may be new, as not all files could be read that may have it before the edit", message: planCase{from: "[", to: before}.problem},
		{
			want:    "VALUE itself is not in the state: what it said before is guessed from its objects, so give it, as kubectl get wukong -o yaml prints it",
			message: planCase{to: unretained.Replace(before), observed: waits, alone: true}.problem,
		},
		{
			want:    "holds nothing of the Wukongs of the files: give what another version prints of the same files by function-wukong render -o manifests",
			message: planCase{to: before, with: "# nothing\n"}.problem,
		},
		{
			want: "VALUE is left out: it is nothing that function-wukong render -o manifests prints of a Wukong of the files",
			message: func(t *testing.T) string {
				_, problems := planCase{to: before, with: "{apiVersion: v1, kind: Secret, metadata: {name: x}}"}.run(t)
				_, note, _ := strings.Cut(problems, ": note: ")
				note, _, _ = strings.Cut(note, "\n")
				return note
			},
		},
	}
}

// A planCase is the edit of a spec.
type planCase struct {
	from, to, input, observed, with string

	// alone reports that there is no from: the observed state is all that is known of what was before.
	alone bool
}

// problem returns the last problem that is printed, without its place.
func (p planCase) problem(t *testing.T) string {
	t.Helper()
	_, problems := p.run(t)
	lines := strings.Split(strings.TrimSpace(problems), "\n")
	for _, severity := range []string{": warning: ", ": error: "} {
		if _, text, found := strings.Cut(lines[len(lines)-1], severity); found {
			if field, rest, isField := strings.Cut(text, ": "); isField && !strings.Contains(field, " ") {
				return rest
			}
			return text
		}
	}
	t.Fatalf("no problem is printed: %s", problems)
	return ""
}

// run returns the plan, and the problems that are printed.
func (p planCase) run(t *testing.T) (edit.Plan, string) {
	t.Helper()
	write := func(name, content string) string {
		if content == "" {
			return ""
		}
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	wukong := func(spec string) string {
		return "{apiVersion: vm.novasphere.dev/v1alpha1, kind: Wukong, metadata: {name: web-01, namespace: team-a}, spec: " + spec + "}"
	}
	var out, problems bytes.Buffer
	c := edit.Command{
		Options: preview.Options{Files: []string{write("after.yaml", wukong(p.to))}, Target: preview.Native, Input: write("input.yaml", p.input), Observed: write("observed.yaml", p.observed)},
		With:    write("with.yaml", p.with), Output: edit.JSON, Stdout: &out, Problems: manifest.Printer{Writer: &problems},
	}
	if p.input != "" || p.observed == "" {
		c.Target = ""
	}
	if p.with == "" && !p.alone {
		c.Before = []string{write("before.yaml", wukong(p.from))}
	}
	var plan edit.Plan
	if _, err := c.Run(t.Context()); err != nil {
		return plan, problems.String()
	}
	if err := json.Unmarshal(out.Bytes(), &plan); err != nil {
		t.Fatal(err)
	}
	return plan, problems.String()
}

// message returns a function that returns the message beside a field.
func (p planCase) message(field string) func(*testing.T) string {
	return func(t *testing.T) string {
		t.Helper()
		plan, _ := p.run(t)
		for _, w := range plan.Wukongs {
			for _, c := range w.Changes {
				if c.Field == field {
					return c.Message
				}
			}
		}
		t.Fatalf("the plan does not have %s: %v", field, plan)
		return ""
	}
}
