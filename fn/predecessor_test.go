package fn

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"github.com/google/go-cmp/cmp"

	"github.com/novasphere/function-wukong/internal/report"
)

// TestPredecessor pins what is rendered for manifests of all three generations of the operator that this function replaces. It compares the
// NetworkAttachmentDefinitions, the networks of the virtual machine in their order, and the advice.
func TestPredecessor(t *testing.T) {
	const (
		pod     = "pod_network (pod)"
		isPod   = "spec.networks[0]: the network default is the pod network, as nothing else is said of it: remove it, or give bridgeName for a bridge"
		noNodes = "has no effect, because a Wukong does not configure nodes: the network's bridge, or its uplink, must exist on them"
		noLogin = "spec.sshKeySecret: without it, and without a password in cloudInitUser, " +
			"nobody can log in to a guest of an image that has no password of its own: name a Secret with SSH public keys"
		leavesByLAN = "ipConfig.gateway: the guest answers to the cluster's pods and services by this gateway, and not by the pod network: " +
			"ask the platform team to name the cluster's networks in cluster.networks of the Input, or set podNetwork to false"
		noContents = "spec.osImage: without a registry and a path it is an ordinary container of docker.io/library, which holds no disk to boot: " +
			"give a container disk, such as docker://quay.io/containerdisks/debian:12, or the URL of a disk image"
	)
	cases := map[string]struct {
		nads, networks, advice []string
	}{
		"auto-start":      {networks: []string{pod}},
		"boot-false":      {networks: []string{pod}, advice: []string{noLogin}},
		"default-network": {networks: []string{pod}, advice: []string{isPod}},
		"default-alone": {
			nads:     []string{"nad-external"},
			networks: []string{pod, "external (nad-external)"},
			advice:   []string{isPod, "spec.networks[1].physicalInterface: " + noNodes},
		},
		"default-bridge": {nads: []string{"nad-default"}, networks: []string{pod, "default (nad-default)"}},
		"node-ip": {
			nads:     []string{"nad-management"},
			networks: []string{pod, "management (nad-management)"},
			advice:   []string{"spec.networks[1]." + leavesByLAN, isPod, "spec.networks[1].physicalInterface: " + noNodes, "spec.networks[1].nodeIP: " + noNodes},
		},
		"untyped": {nads: []string{"nad-lan"}, networks: []string{pod, "lan (nad-lan)", "backbone (backbone)"}},
		"primary": {nads: []string{"nad-lan", "nad-storage"}, networks: []string{"lan (nad-lan)", "storage (nad-storage)"}},
		"primary-existing": {
			networks: []string{"lan (team-a/lan, default)"},
			advice:   []string{"spec.networks[0]: the network default is the pod network, whose place network lan takes: remove it"},
		},
		"macvlan": {
			nads:     []string{"nad-fast"},
			networks: []string{pod, "fast (nad-fast)"},
			advice:   []string{isPod, "spec.networks[1].physicalInterface: " + noNodes},
		},
		"static-networks": {
			nads:     []string{"nad-mgmt", "nad-storage"},
			networks: []string{pod, "mgmt (nad-mgmt)", "storage (nad-storage)", "shared (shared-sriov)"},
			advice:   []string{"spec.networks[0]." + leavesByLAN},
		},
		"gpus": {networks: []string{pod}},
		"restore-from-snapshot": {networks: []string{pod}, advice: []string{
			"spec.restoreFromSnapshot: has no effect: give the name of the snapshot in restore.snapshot",
		}},
		"os-label": {networks: []string{pod}, advice: []string{
			"spec.osImage: has no effect, because the virtual machine boots from disk system, which has content of its own",
		}},
		"os-label-alone":     {networks: []string{pod}, advice: []string{noContents}},
		"empty-strings":      {nads: []string{"nad-lan"}, networks: []string{pod, "lan (nad-lan)"}},
		"hash-bcrypt":        {networks: []string{pod}},
		"hash-md5":           {networks: []string{pod}},
		"hash-sha256":        {networks: []string{pod}},
		"hash-sha512-rounds": {networks: []string{pod}},
		"hash-yescrypt":      {networks: []string{pod}},
		"image-bare":         {networks: []string{pod}, advice: []string{noLogin}},
		"images":             {networks: []string{pod}, advice: []string{noLogin}},
		"no-networks":        {networks: []string{pod}},
		"node-selector":      {networks: []string{pod}},
	}
	files, err := filepath.Glob("../test/schema/testdata/predecessor/*.yaml")
	if err != nil || len(files) != len(cases) {
		t.Fatalf("want a case for each of %d manifests, got %d: %v", len(files), len(cases), err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".yaml")
		t.Run(name, func(t *testing.T) {
			b, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			rsp := run(t, everyUplink(t, request(structOf(t, string(b)))))
			if message := fatalMessage(rsp); message != "" {
				t.Fatalf("refused: %s", message)
			}
			want := cases[name]
			nads := attachmentsIn(rsp)
			if diff := cmp.Diff(want.nads, nads); diff != "" {
				t.Errorf("NetworkAttachmentDefinitions: -want, +got:\n%s", diff)
			}
			if diff := cmp.Diff(want.networks, networksIn(t, rsp, nads)); diff != "" {
				t.Errorf("networks of the virtual machine: -want, +got:\n%s", diff)
			}
			if diff := cmp.Diff(want.advice, adviceIn(rsp)); diff != "" {
				t.Errorf("advice: -want, +got:\n%s", diff)
			}
		})
	}
}

// attachmentsIn returns the keys of the NetworkAttachmentDefinitions that are created, sorted.
func attachmentsIn(rsp *fnv1.RunFunctionResponse) []string {
	var out []string
	for key := range rsp.GetDesired().GetResources() {
		if strings.HasPrefix(key, "nad-") {
			out = append(out, key)
		}
	}
	slices.Sort(out)
	return out
}

// networksIn returns the networks of the virtual machine in their order, each with the key or the name of its NetworkAttachmentDefinition.
func networksIn(t *testing.T, rsp *fnv1.RunFunctionResponse, nads []string) []string {
	t.Helper()
	made := map[any]string{}
	for _, key := range nads {
		made[dig(manifest(t, rsp, key), "metadata", "name")] = key
	}
	networks, _ := dig(manifest(t, rsp, "vm"), "spec", "template", "spec", "networks").([]any)
	var out []string
	for _, n := range networks {
		to := "pod"
		if nad, ok := dig(n, "multus", "networkName").(string); ok {
			to = nad
			if key, ours := made[nad]; ours {
				to = key
			}
		}
		if dig(n, "multus", "default") == true {
			to += ", default"
		}
		out = append(out, dig(n, "name").(string)+" ("+to+")")
	}
	return out
}

// adviceIn returns the messages in the condition Valid.
func adviceIn(rsp *fnv1.RunFunctionResponse) []string {
	for _, c := range rsp.GetConditions() {
		if c.GetType() == report.ConditionValid && c.GetMessage() != "" {
			return strings.Split(c.GetMessage(), "; ")
		}
	}
	return nil
}
