package repository

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"text/template"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/types/known/structpb"
	batchv1 "k8s.io/api/batch/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	kubevirtv1 "kubevirt.io/api/core/v1"
	snapshotv1 "kubevirt.io/api/snapshot/v1beta1"
	"sigs.k8s.io/yaml"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/names"
	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/observed/observedtest"
	"github.com/novasphere/function-wukong/internal/plan"
	"github.com/novasphere/function-wukong/internal/snapshot"
)

// Environment variables of the kubectl of this test: the files of the cluster's Wukongs, and of what is created.
const (
	envWukongs = "TEST_WUKONGS"
	envCreated = "TEST_CREATED"
)

// TestMain is the kubectl of the CronJob where the program of this test is called so.
func TestMain(m *testing.M) {
	if filepath.Base(os.Args[0]) != "kubectl" {
		os.Exit(m.Run())
	}
	if err := kubectl(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

// kubectl does what the CronJob calls kubectl for.
func kubectl(args []string) error {
	selects := []string{"get", "wukongs.vm.novasphere.dev", "--all-namespaces", "--selector=snapshots=nightly"}
	switch {
	case len(args) == 5 && slices.Equal(args[:4], selects):
		var list map[string]any
		b, err := os.ReadFile(os.Getenv(envWukongs))
		if err != nil {
			return err
		}
		if err := yaml.Unmarshal(b, &list); err != nil {
			return err
		}
		text, _ := strings.CutPrefix(args[4], "--output=go-template=")
		t, err := template.New("").Parse(text)
		if err != nil {
			return err
		}
		return t.Execute(os.Stdout, list)
	case slices.Equal(args, []string{"create", "--filename=-"}):
		b, err := io.ReadAll(os.Stdin)
		if err != nil {
			return err
		}
		if len(bytes.TrimSpace(b)) == 0 {
			return errors.New("no objects passed to create")
		}
		return os.WriteFile(os.Getenv(envCreated), b, 0o600)
	}
	return fmt.Errorf("unknown call %q", args)
}

// TestSnapshotsCronJob runs the script of the example. It shows that each Wukong with a virtual machine gets a snapshot, which counts by spec.snapshots.keep.
func TestSnapshotsCronJob(t *testing.T) {
	const (
		runs = "{metadata: {namespace: team-a, name: web-01}, status: {phase: Running, vmName: web-01}}"
		// A name that YAML takes for a number.
		failed   = "{metadata: {namespace: team-b, name: '123'}, status: {phase: Error, vmName: '123'}}"
		deleted  = "{metadata: {namespace: team-b, name: gone, deletionTimestamp: '2026-01-01T00:00:00Z'}, status: {phase: Running, vmName: gone}}"
		creating = "{metadata: {namespace: team-b, name: early}, status: {phase: Creating}}"
		phase    = "{metadata: {namespace: team-b, name: earlier}, status: {}}"
		status   = "{metadata: {namespace: team-b, name: earliest}}"
	)
	cases := map[string]struct {
		reason  string
		wukongs string
		want    []metav1.ObjectMeta
		fails   bool
	}{
		"Some": {
			reason:  "One that is being deleted, or has no virtual machine yet, gets none.",
			wukongs: strings.Join([]string{runs, failed, deleted, creating, phase, status}, ", "),
			want:    []metav1.ObjectMeta{{Namespace: "team-a", Name: "web-01"}, {Namespace: "team-b", Name: "123"}},
		},
		"None":  {reason: "There is nothing to do, which is no failure."},
		"Wrong": {reason: "What was not read is no reason to succeed.", wukongs: "]", fails: true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			created, err := runCronJob(t, "{items: ["+tc.wukongs+"]}")
			if (err != nil) != tc.fails || len(created) != len(tc.want) {
				t.Fatalf("%s Want %v, got %v, %v", tc.reason, tc.want, created, err)
			}
			for i, got := range created {
				checkCounted(t, &v1alpha1.Wukong{ObjectMeta: tc.want[i]}, got)
			}
		})
	}
}

// runCronJob returns what the script of the CronJob creates in a cluster with Wukongs.
func runCronJob(t *testing.T, wukongs string) ([]snapshotv1.VirtualMachineSnapshot, error) {
	t.Helper()
	dir := t.TempDir()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(self, filepath.Join(dir, "kubectl")); err != nil {
		t.Fatal(err)
	}
	in, out := filepath.Join(dir, "wukongs.yaml"), filepath.Join(dir, "created.yaml")
	if err := os.WriteFile(in, []byte(wukongs), 0o600); err != nil {
		t.Fatal(err)
	}
	container := cronJob(t).Spec.JobTemplate.Spec.Template.Spec.Containers[0]
	call := slices.Concat(container.Command, container.Args)
	c := exec.CommandContext(t.Context(), call[0], call[1:]...)
	c.Env = []string{"PATH=" + dir + ":" + os.Getenv("PATH"), envWukongs + "=" + in, envCreated + "=" + out}
	said, failure := c.CombinedOutput()
	t.Logf("%s", said)
	b, err := os.ReadFile(out)
	if errors.Is(err, os.ErrNotExist) {
		return nil, failure
	}
	if err != nil {
		t.Fatal(err)
	}
	var created []snapshotv1.VirtualMachineSnapshot
	for _, document := range strings.Split(strings.TrimPrefix(string(b), "\n---\n"), "\n---\n") {
		var s snapshotv1.VirtualMachineSnapshot
		if err := yaml.UnmarshalStrict([]byte(document), &s); err != nil {
			t.Fatalf("%v in\n%s", err, document)
		}
		created = append(created, s)
	}
	return created, failure
}

// cronJob returns the CronJob of the example.
func cronJob(t *testing.T) batchv1.CronJob {
	t.Helper()
	var out batchv1.CronJob
	_, document, _ := strings.Cut(read(t, "examples/snapshots-cronjob/cronjob.yaml"), "---\napiVersion: batch/v1\n")
	if err := yaml.UnmarshalStrict([]byte("apiVersion: batch/v1\n"+document), &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// checkCounted fails the test unless a snapshot is one of the virtual machine of a Wukong that counts among those that are kept.
func checkCounted(t *testing.T, w *v1alpha1.Wukong, got snapshotv1.VirtualMachineSnapshot) {
	t.Helper()
	number, isNumbered := names.NumberOf(w.Name, got.Name)
	if len(strconv.FormatUint(number, 10)) != len("202603010215") || !isNumbered {
		t.Errorf("want a name with the time, got %s", got.Name)
	}
	want := snapshotv1.VirtualMachineSnapshot{TypeMeta: got.TypeMeta, ObjectMeta: names.Meta(w, got.Name)}
	want.Spec.Source.APIGroup, want.Spec.Source.Kind = ptr.To(kubevirtv1.VirtualMachineGroupVersionKind.Group), kubevirtv1.VirtualMachineGroupVersionKind.Kind
	want.Spec.Source.Name = w.Name
	if diff := cmp.Diff(want, got); diff != "" || got.APIVersion != snapshotv1.SchemeGroupVersion.String() || got.Kind != snapshot.Kind {
		t.Errorf("%s: -want, +got:\n%s", got.APIVersion, diff)
	}

	// The next one of the CronJob is newer.
	w.Spec.Snapshots = &v1alpha1.Snapshots{Keep: 1}
	item := func(name, taken string) *structpb.Struct {
		return observedtest.YAML(fmt.Sprintf("{metadata: {namespace: %s, name: '%s', uid: '%s', creationTimestamp: '%s', labels: {%s: %s}}, "+
			"status: {readyToUse: true, sourceUID: v1, snapshotVolumes: {includedVolumes: [system]}}}", got.Namespace, name, name, taken, names.LabelManagedBy, got.Labels[names.LabelManagedBy]))
	}
	all := []*structpb.Struct{item(got.Name, "2026-03-01T02:15:00Z"), item(names.Numbered(w.Name, number+10000), "2026-03-02T02:15:00Z")}
	rs := observed.Resources{snapshot.KeyList: {Items: all}, plan.KeyVM: {Object: observedtest.YAML("{metadata: {uid: v1, creationTimestamp: '2026-01-01T00:00:00Z'}}")}}
	if diff := cmp.Diff([]string{got.Name}, snapshot.Outdated(w, rs)); diff != "" {
		t.Errorf("what is deleted for a newer one: -want, +got:\n%s", diff)
	}
}
