package fn

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"
	"k8s.io/apimachinery/pkg/runtime"
	k8syaml "sigs.k8s.io/yaml"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/input/v1beta1"
	"github.com/novasphere/function-wukong/internal/kubevirt"
	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/observed/observedtest"
	"github.com/novasphere/function-wukong/internal/plan"
	"github.com/novasphere/function-wukong/internal/snapshot"
	"github.com/novasphere/function-wukong/internal/validation"
	"github.com/novasphere/function-wukong/internal/wukongtest"
)

// withoutEffect are the fields, and single values of fields, that change nothing of what is rendered, and why.
var withoutEffect = map[string]string{
	"networks[].physicalInterface": "accepted for manifests of the operator that is replaced, with advice",
	"networks[].nodeIP":            "accepted for manifests of the operator that is replaced, with advice",
	"restoreFromSnapshot":          "accepted for manifests of the operator that is replaced, with advice",

	"livenessProbe.successThreshold=1000": "Kubernetes takes 1 alone",
}

// others are values of strings, by the field, that are as valid as the one of the manifests.
var others = map[string][]string{
	"memory": {"16Mi", "64Ti"}, "maxMemory": {"32Gi", "64Ti"}, "size": {"1Mi", "1Ei"},
	"osImage": {"https://example.org/other.img"}, "image": {"https://example.org/other.img", "docker://quay.io/containerdisks/fedora:40"},
	"address": {"192.168.10.6/24", "192.168.10.5/25"}, "gateway": {"192.168.10.2"}, "dnsServers": {"192.168.10.3"},
	"macAddress": {"02:00:5e:10:00:02"}, "nadName": {"other"}, "bridgeName": {"br-other"}, "master": {"eth2"}, "resourceName": {"example.org/other"},
	"deviceName": {"nvidia.com/other"}, "passwordHash": {"$6$saltsalt$other"}, "shell": {"/bin/zsh"}, "userData": {"#cloud-config\npackages: [other]\n"},
	"cpu": {"2", "1500m"}, "cpuModel": {"host-passthrough"}, "pageSize": {"1Gi"}, "timezone": {"UTC"},
	"imageChecksum": {"sha256:" + strings.Repeat("1e", 32), "sha512:" + strings.Repeat("0f", 64)},
	"path":          {"/other"}, "key": {"example.org/other"}, "uuid": {"11111111-2222-4333-8444-555555555555"},
}

// small are specs beside those with every field: in these, fields have an effect whose place another field takes there.
var small = []string{
	"{startStrategy: {autoStart: false}}",
	"{startStrategy: {runStrategy: Once}}",
	"{firmware: {bootloader: EFI}}",
	"{firmware: {bootloader: EFI, persistent: true}}",
	"{firmware: {bootloader: EFI, persistent: true}, disks: [{name: system, size: 10Gi}, {name: iso, type: cdrom, image: 'https://example.org/a.iso', size: 5Gi}]}",
	"{cpu: 8, maxCPU: 16, coresPerSocket: 2}",
	"{cpu: 4, maxCPU: 4, coresPerSocket: 1}",
	"{cpu: 1, maxCPU: 1}",
	"{cpu: 1024, coresPerSocket: 1}",
	"{memory: 4Gi, maxMemory: 8Gi}",
	"{architecture: arm64}",
	"{tpm: Persistent}",
	"{windows: {}}",
	"{windows: {drivers: true, unattendSecretRef: {name: answers}}}",
	"{windows: {cloudbaseInit: true}}",
	"{windows: {cloudbaseInit: true}, sshKeySecret: keys, networks: [{name: lan, type: bridge, ipConfig: {mode: static, address: 192.168.10.5/24}}]}",
	"{disks: [{name: system, size: 10Gi}, {name: rescue, type: cdrom, claimName: iso, bus: scsi}]}",
	"{disks: [{name: system, size: 10Gi}, {name: tools, type: cdrom, image: quay.io/kubevirt/virtio-container-disk:v1.9.0}]}",
	"{performance: {cpuModel: EPYC, cpuFeatures: [{name: vmx, policy: require}], blockMultiQueue: true, networkInterfaceMultiqueue: true, ioThreadsPolicy: shared}}",
	"{cpu: 4, memory: 4Gi, performance: {dedicatedCpuPlacement: true, hugepages: {pageSize: 2Mi}, numa: {guestMappingPassthrough: true}}}",
	"{cpu: 4, performance: {dedicatedCpuPlacement: true}}",
	"{cpu: 4, performance: {dedicatedCpuPlacement: true, isolateEmulatorThread: true}}",
	"{memory: 16Mi, performance: {limits: {memory: 64Ti}}}",
	"{memory: 64Ti, performance: {requests: {memory: 16Ti}}}",
	"{performance: {ioThreadsPolicy: supplementalPool, ioThreads: {supplementalPoolThreadCount: 4}}}",
	"{cpu: 2, memory: 64Mi, performance: {requests: {cpu: '1', memory: 64Mi}, limits: {cpu: '2', memory: 128Mi}}}",
	"{devices: {autoattachGraphicsDevice: false, tablet: true, logSerialConsole: true, watchdog: reset, sound: ich9, clock: {timezone: Europe/Berlin}}}",
	"{devices: {video: vga, clock: {utcOffsetSeconds: 3600}}}",
	"{highAvailability: {restartPolicy: Never}}",
	"{highAvailability: {antiAffinity: true}}",
	"{cloudInitUser: {name: ops, password: secret}}",
	"{cloudInitUser: {name: ops, passwordHash: $6$saltsalt$hash, lockPasswd: true}}",
	"{cloudInit: {userData: '#!/bin/sh'}}",
	"{readinessProbe: {tcpSocket: {port: 22}}, livenessProbe: {tcpSocket: {port: 22}}}",
	"{readinessProbe: {httpGet: {port: 80, path: /, scheme: HTTP, httpHeaders: [{name: a, value: b}]}}}",
	"{livenessProbe: {httpGet: {port: 80, path: /, scheme: HTTP, httpHeaders: [{name: a, value: b}]}}}",
	"{readinessProbe: {guestAgentPing: true}, livenessProbe: {exec: {command: [a, b]}, guestAgentPing: false}}",
	"{podNetwork: true}",
	"{networks: [{name: lan, type: bridge, primary: true}]}",
	"{networks: [{name: lan, type: bridge, nadName: team-a/lan, primary: true}]}",
	"{networks: [{name: lan, type: bridge, vlanId: 5, mtu: 1500}]}",
	"{networks: [{name: mgmt, type: bridge, bridgeName: br-lan, macSpoofCheck: true}]}",
	"{networks: [{name: lan, type: macvlan, master: eth1}]}",
	"{networks: [{name: lan, type: sriov, resourceName: openshift.io/fast}]}",
	"{networks: [{name: lan, type: bridge, ipConfig: {mode: dhcp, dnsServers: [192.168.10.1]}}]}",
	"{networks: [{name: lan, type: bridge, ipConfig: {mode: static, address: 192.168.10.5/24, gateway: 192.168.10.1}}]}",
	"{disks: [{name: system, size: 10Gi}, {name: data, size: 10Gi, boot: true}]}",
	"{disks: [{name: system, size: 10Gi, accessModes: [ReadWriteOnce], volumeMode: Filesystem, bus: sata}]}",
	"{disks: [{name: system, size: 10Gi, image: quay.io/containerdisks/debian:12, storageClassName: slow}]}",
	"{disks: [{name: system, size: 10Gi, storageClassName: slow, migrateStorage: true}]}",
	"{disks: [{name: system, size: 10Gi, cache: none, io: native, shareable: true, blockSize: {logical: 512, physical: 4096}}]}",
	"{disks: [{name: system, size: 10Gi, cache: writeback, dedicatedIOThread: true, blockSize: {logical: 4096, physical: 2097152}}]}",
	"{disks: [{name: system, size: 10Gi, type: lun, volumeMode: Block, reservation: true}]}",
	"{osImage: 'https://example.org/debian.img'}",
	"{osImage: 'https://example.org/debian.img', disks: null}",
	"{osImageFrom: {kind: VolumeSnapshot, name: debian-12}, disks: null}",
	"{disks: [{name: system, imageFrom: {kind: DataSource, name: debian-12, namespace: golden-images}}]}",
	"{disks: [{name: system, size: 10Gi}, {name: tools, type: cdrom, image: registry.example.org/tools, imageSecret: registry}]}",
	"{disks: [{name: system, size: 10Gi}, {name: iso, type: cdrom, imageFrom: {kind: PersistentVolumeClaim, name: installer}}]}",
	"{disks: [{name: system, size: 10Gi}, {name: iso, type: cdrom, upload: true, size: 5Gi}]}",
	"{osImage: 'docker://quay.io/containerdisks/debian:12'}",
	"{podNetwork: false}",
	"{highAvailability: {tolerations: [{key: dedicated, value: a, effect: NoExecute}, {key: other, operator: Exists}]}}",
}

// TestEveryFieldHasAnEffect removes and changes each field of the API, to each value of its enumeration and to its bounds: somewhere that must
// change what is rendered.
func TestEveryFieldHasAnEffect(t *testing.T) {
	seen := map[string]bool{}
	for _, spec := range specsOfEverything(t) {
		base := answer(t, spec)
		if base == "" {
			t.Fatalf("refused: %v", spec)
		}
		for _, l := range leavesOf(validation.SpecStructure, spec, "", nil) {
			removed := runtime.DeepCopyJSON(spec)
			l.remove(removed)
			note(seen, l.class+" removed", answer(t, removed) != base)

			answers := map[string]string{fmt.Sprint(l.value): base}
			for _, v := range l.values() {
				changed := runtime.DeepCopyJSON(spec)
				l.set(changed, v)
				answers[fmt.Sprint(v)] = answer(t, changed)
			}
			for v, a := range answers {
				note(seen, l.class+"="+v, a != "" && !isShared(answers, v, a))
			}
		}
	}
	for _, class := range classesOf(validation.SpecStructure, "") {
		if _, found := seen[class+" removed"]; !found {
			t.Errorf("no manifest has the field %s", class)
		}
	}
	for _, what := range slices.Sorted(maps.Keys(seen)) {
		field, _, _ := strings.Cut(strings.TrimSuffix(what, " removed"), "=")
		if why := cmp.Or(withoutEffect[field], withoutEffect[what]); seen[what] == (why != "") {
			t.Errorf("%s: changes what is rendered somewhere: %t; listed among what has no effect: %q", what, seen[what], why)
		}
	}
}

// note remembers whether something had an effect anywhere.
func note(seen map[string]bool, what string, effect bool) { seen[what] = seen[what] || effect }

// isShared reports whether another value has the same answer.
func isShared(answers map[string]string, value, answer string) bool {
	for v, a := range answers {
		if v != value && a == answer {
			return true
		}
	}
	return false
}

// specsOfEverything returns specs that together have each field.
func specsOfEverything(t *testing.T) []map[string]any {
	t.Helper()
	files, err := filepath.Glob("../test/schema/testdata/everything/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("found no manifests: %v", err)
	}
	var out []map[string]any
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, structOf(t, string(b)).GetFields()["spec"].GetStructValue().AsMap())
	}
	for _, y := range small {
		var spec map[string]any
		b, err := k8syaml.Marshal(wukongtest.Smallest(y))
		if err != nil {
			t.Fatal(err)
		}
		if err := k8syaml.Unmarshal(b, &spec); err != nil {
			t.Fatal(err)
		}
		out = append(out, spec)
	}
	return out
}

// answer returns a digest of what a spec renders; empty where it is refused.
func answer(t *testing.T, spec map[string]any) string {
	t.Helper()
	xr, err := structpb.NewStruct(wukongtest.Composite(spec))
	if err != nil {
		t.Fatal(err)
	}
	req := requestWithTemplate(t, xr)
	rsp := run(t, req)
	if fatalMessage(rsp) != "" {
		return ""
	}
	rsp.GetDesired().Composite = nil
	b, err := proto.MarshalOptions{Deterministic: true}.Marshal(rsp.GetDesired())
	if err != nil {
		t.Fatal(err)
	}
	planned, err := Plan(req)
	if err != nil {
		t.Fatal(err)
	}
	digest := sha256.New()
	digest.Write(b)
	// At first every object is only observed. What may be done with it later is in the plan.
	for _, r := range planned.Resources {
		fmt.Fprintln(digest, r.Key, r.Management)
	}
	// So are the snapshots of a virtual machine that exists.
	fmt.Fprintln(digest, snapshot.Outdated(planned.Wukong, manySnapshots(planned.Wukong)))
	// And so are disks that exist.
	fmt.Fprintln(digest, keysWhereMade(t, req, planned.Wukong))
	return hex.EncodeToString(digest.Sum(nil))
}

// keysWhereMade returns the keys of what is asked for, and looked at, where the disks exist, with a storage class that no spec names.
func keysWhereMade(t *testing.T, req *fnv1.RunFunctionRequest, w *v1alpha1.Wukong) []string {
	t.Helper()
	rs := observed.Resources{}
	for _, d := range w.Spec.Disks {
		rs["disk-"+string(d.Name)] = observed.Resource{Object: observedtest.YAML("{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: made}, " +
			"spec: {storageClassName: made, accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Mi}}}, status: {phase: Bound}}")}
	}
	planned, err := PlanFor(req, rs)
	if err != nil {
		return nil
	}
	var out []string
	for _, r := range planned.Resources {
		out = append(out, r.Key)
	}
	return out
}

// manySnapshots returns the state of a virtual machine with more snapshots than any Wukong keeps.
func manySnapshots(w *v1alpha1.Wukong) observed.Resources {
	list := observed.Resource{}
	for n := range 102 {
		list.Items = append(list.Items, observedtest.YAML(fmt.Sprintf("{metadata: {name: %s-%d, uid: s%d, creationTimestamp: '2026-01-01T00:00:00Z', "+
			"labels: {app.kubernetes.io/managed-by: function-wukong}}, status: {readyToUse: true, sourceUID: v1, snapshotVolumes: {includedVolumes: []}}}", w.GetName(), n, n)))
	}
	return observed.Resources{snapshot.KeyList: list, plan.KeyVM: {Object: observedtest.YAML("{metadata: {uid: v1, creationTimestamp: '2025-01-01T00:00:00Z'}}")}}
}

// requestWithTemplate returns a request for a composite with an Input that allows every template, uplink and device.
func requestWithTemplate(t *testing.T, xr *structpb.Struct) *fnv1.RunFunctionRequest {
	t.Helper()
	req := request(xr)
	in, err := structpb.NewStruct(map[string]any{
		"apiVersion": v1beta1.APIVersion, "kind": v1beta1.Kind,
		"sharedImageNamespaces": []any{"golden-images", "other"},
		"defaults":              map[string]any{"windowsDriversImage": "docker://quay.io/kubevirt/virtio-container-disk:v1.9.0"},
		"limits": map[string]any{
			"templatePaths": []any{"*"}, "memoryOvercommit": 400, "masters": []any{map[string]any{"name": "*"}}, "deviceNames": []any{"*"},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	req.Input = in
	return req
}

// A leaf is a value in a spec that holds no others.
type leaf struct {
	// class is the path of the field, whatever the index: disks[].size.
	class string

	// path to the value: keys of objects and indexes of lists.
	path []any

	schema *validation.Schema
	value  any
}

// leavesOf returns the leaves of a value, and with them the objects that say something by being there.
func leavesOf(s *validation.Schema, v any, class string, path []any) []leaf {
	var out []leaf
	switch s.Type {
	case validation.Object:
		object, _ := v.(map[string]any)
		if kubevirt.CountsByPresence(class) {
			out = append(out, leaf{class: class, path: path, schema: s, value: "given"})
		}
		for _, f := range s.Fields {
			if value, found := object[f.Name]; found {
				out = append(out, leavesOf(f.Schema, value, join(class, f.Name), append(slices.Clone(path), f.Name))...)
			}
		}
	case validation.Map:
		object, _ := v.(map[string]any)
		for _, k := range slices.Sorted(maps.Keys(object)) {
			out = append(out, leavesOf(s.Items, object[k], join(class, "*"), append(slices.Clone(path), k))...)
		}
	case validation.List:
		list, _ := v.([]any)
		for i, e := range list {
			out = append(out, leavesOf(s.Items, e, class+"[]", append(slices.Clone(path), i))...)
		}
	default:
		out = append(out, leaf{class: class, path: path, schema: s, value: v})
	}
	return out
}

// classesOf returns the classes of all leaves that a schema has.
func classesOf(s *validation.Schema, class string) []string {
	switch s.Type {
	case validation.Object:
		var out []string
		if kubevirt.CountsByPresence(class) {
			out = append(out, class)
		}
		for _, f := range s.Fields {
			out = append(out, classesOf(f.Schema, join(class, f.Name))...)
		}
		return out
	case validation.Map:
		return classesOf(s.Items, join(class, "*"))
	case validation.List:
		return classesOf(s.Items, class+"[]")
	default:
		return []string{class}
	}
}

func join(class, name string) string { return strings.TrimPrefix(class+"."+name, ".") }

// values returns what else the leaf may be: each value of an enumeration, the bounds of a number, another string.
func (l leaf) values() []any {
	var out []any
	switch l.schema.Type {
	case validation.Free:
		return []any{map[string]any{"hostname": "other"}}
	case validation.Boolean:
		return []any{l.value != true}
	case validation.Int32, validation.Int64:
		for _, bound := range []*int64{l.schema.Minimum, l.schema.Maximum} {
			if bound != nil {
				out = append(out, float64(*bound))
			}
		}
		return out
	default:
	}
	for _, e := range l.schema.Enum {
		if e != "" {
			out = append(out, e)
		}
	}
	if l.schema.Enum != nil || l.schema.Type == validation.Object {
		return out
	}
	parts := strings.FieldsFunc(l.class, func(r rune) bool { return r == '.' || r == '[' || r == ']' })
	alternatives, found := others[parts[len(parts)-1]]
	if !found {
		alternatives = []string{"other"}
	}
	for _, o := range alternatives {
		out = append(out, o)
	}
	return out
}

// holder returns what holds the leaf in a spec.
func (l leaf) holder(spec map[string]any) any {
	var holder any = spec
	for _, step := range l.path[:len(l.path)-1] {
		holder = into(holder, step)
	}
	return holder
}

func into(holder, step any) any {
	if key, ok := step.(string); ok {
		return holder.(map[string]any)[key]
	}
	return holder.([]any)[step.(int)]
}

func (l leaf) set(spec map[string]any, v any) {
	switch holder := l.holder(spec).(type) {
	case map[string]any:
		holder[l.path[len(l.path)-1].(string)] = v
	case []any:
		holder[l.path[len(l.path)-1].(int)] = v
	}
}

// remove removes the leaf, and from a list its element.
func (l leaf) remove(spec map[string]any) {
	switch holder := l.holder(spec).(type) {
	case map[string]any:
		delete(holder, l.path[len(l.path)-1].(string))
	case []any:
		list := leaf{path: l.path[:len(l.path)-1]}
		list.set(spec, slices.Delete(slices.Clone(holder), l.path[len(l.path)-1].(int), l.path[len(l.path)-1].(int)+1))
	}
}
