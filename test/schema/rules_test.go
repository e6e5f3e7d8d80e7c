package schema

import (
	"context"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/novasphere/function-wukong/internal/wukongtest"
)

// broken are specs, laid over the smallest, that break each rule of the schema, by what the rule then says.
var broken = map[string]string{
	"cpu and memory are required, unless an instancetype gives them":                            "{cpu: null}",
	"cpu and memory come from the instancetype: remove them, or remove instancetype":            "{instancetype: {name: u1.small}}",
	"userData and userDataSecretRef cannot be combined: remove one of them":                     "{cloudInit: {userData: '#!/bin/sh', userDataSecretRef: {name: mine}}}",
	"each network needs a name of its own":                                                      "{networks: [{name: lan, type: bridge}, {name: lan, type: ovs}]}",
	"only one network can be primary":                                                           "{networks: [{name: a, primary: true}, {name: b, primary: true}]}",
	"a primary network takes the place of the pod network: remove podNetwork: true, or primary": "{podNetwork: true, networks: [{name: lan, primary: true}]}",
	"the network default that says nothing else is the pod network, which podNetwork: false leaves out: remove one of both, or give bridgeName for a bridge": "{podNetwork: false, networks: [{name: default}]}",
	"each GPU needs a name of its own":                                                                                       "{gpus: [{name: a, deviceName: nvidia.com/a}, {name: a, deviceName: nvidia.com/b}]}",
	"the prefix of a device's name has at most 244 characters":                                                               "{gpus: [{name: a, deviceName: " + strings.Repeat("a", 245) + "/b}]}",
	"must be the resource of a device plugin, which lies neither in kubernetes.io nor in requests":                           "{gpus: [{name: a, deviceName: kubernetes.io/b}]}",
	"tolerationSeconds must be between -9007199254740991 and 9007199254740991: to tolerate the taint for ever, leave it out": "{highAvailability: {tolerations: [{key: a, effect: NoExecute, tolerationSeconds: 9007199254740992}]}}",
	"each network needs a macAddress of its own":                                                                             "{networks: [{name: a, type: bridge, macAddress: '02:00:00:00:00:01'}, {name: b, type: bridge, macAddress: '02:00:00:00:00:01'}]}",
	"master and vlanId together name the interface MASTER.VLAN, which may have 15 characters":                                "{networks: [{name: lan, type: macvlan, master: enp129s0f0np0, vlanId: 4000}]}",
	"the name of an object has at most 253 characters":                                                                       "{networks: [{name: lan, type: bridge, nadName: " + strings.Repeat("a", 254) + "}]}",
	"the prefix has at most 253 characters":                                                                                  "{networks: [{name: lan, type: sriov, resourceName: " + strings.Repeat("a", 254) + "/b}]}",
	"must not be all zeros, which is no interface's address":                                                                 "{networks: [{name: lan, type: bridge, macAddress: '00:00:00:00:00:00'}]}",
	"address is required with mode static":                                                                                   "{networks: [{name: lan, type: bridge, ipConfig: {mode: static}}]}",
	"gateway must be inside the network of address":                                                                          "{networks: [{name: lan, type: bridge, ipConfig: {mode: static, address: 192.168.10.5/24, gateway: 192.168.11.1}}]}",
	"address must be that of one host, and neither unspecified, loopback, multicast nor broadcast":                           "{networks: [{name: lan, type: bridge, ipConfig: {mode: static, address: 127.0.0.1/8}}]}",
	"gateway must be the address of one host, and neither unspecified, loopback, multicast nor broadcast":                    "{networks: [{name: lan, type: bridge, ipConfig: {mode: static, address: 10.0.0.5/0, gateway: 224.0.0.1}}]}",
	"IPv6 needs an mtu of 1280 at least":                                                                                     "{networks: [{name: lan, type: bridge, mtu: 1000, ipConfig: {mode: static, address: '2001:db8::5/64'}}]}",
	"must be an address with a prefix length, such as 192.168.10.5/24":                                                       "{networks: [{name: lan, type: bridge, ipConfig: {mode: static, address: 192.168.10.5}}]}",
	"must be an IP address, such as 192.168.10.1":                                                                            "{networks: [{name: lan, type: bridge, ipConfig: {mode: dhcp, gateway: here}}]}",
	"give an IP address, or remove the entry":                                                                                "{networks: [{name: lan, type: bridge, ipConfig: {mode: dhcp, dnsServers: ['']}}]}",
	"each disk needs a name of its own":                                                                                      "{disks: [{name: a, size: 1Gi}, {name: a, size: 1Gi}]}",
	"each claimName can be attached once":                                                                                    "{disks: [{name: a, claimName: mine}, {name: b, claimName: mine}]}",
	"only one disk can have boot: true":                                                                                      "{disks: [{name: a, size: 1Gi, boot: true}, {name: b, size: 1Gi, boot: true}]}",
	"KubeVirt uses this name for a volume of its own: choose another":                                                        "{disks: [{name: private, size: 1Gi}]}",
	"must be from 1Mi to 1Ei: a number alone is bytes, so that 20 is to be 20Gi":                                             "{disks: [{name: a, size: '20'}]}",
	"must be from 16Mi to 64Ti: a number alone is bytes, so that 2048 is to be 2048Mi or 2Gi":                                "{memory: '2048'}",
	"must be whole bytes, such as 20Gi, 1.5Gi or 500M: instead of 1.2Gi, write 1229Mi":                                       "{disks: [{name: a, size: 0.001Gi}]}",
	"size is required, unless claimName names an existing claim":                                                             "{disks: [{name: a}]}",
	"image cannot be imported into the existing claim of claimName: remove one of them":                                      "{disks: [{name: a, claimName: mine, image: fedora}]}",
	"must be docker://REFERENCE, http(s)://HOST/FILE, or a registry reference":                                               "{osImage: 'ftp://example.org/a'}",
	"each key must be a label's name, such as node-role.kubernetes.io/worker":                                                "{highAvailability: {nodeSelector: {'a b': c}}}",
	"operator must be Exists or Equal":                                                                                       "{highAvailability: {tolerations: [{key: a, operator: Lt}]}}",
	"effect must be NoSchedule, PreferNoSchedule or NoExecute":                                                               "{highAvailability: {tolerations: [{key: a, effect: Never}]}}",
	"without a key, operator must be Exists":                                                                                 "{highAvailability: {tolerations: [{operator: Equal}]}}",
	"value has no meaning with operator Exists: remove it":                                                                   "{highAvailability: {tolerations: [{key: a, operator: Exists, value: b}]}}",
	"value must be a label's value, of at most 63 characters":                                                                "{highAvailability: {tolerations: [{key: a, value: " + strings.Repeat("a", 64) + "}]}}",
	"tolerationSeconds needs effect NoExecute":                                                                               "{highAvailability: {tolerations: [{key: a, tolerationSeconds: 5}]}}",
	"sshKeySecret and cloudInitUser.passwordSecretRef must be two Secrets: KubeVirt cannot mount one twice":                  "{sshKeySecret: keys, cloudInitUser: {name: ops, passwordSecretRef: {name: keys}}}",
	"the claim of claimName stays as it is: remove size, storageClassName, accessModes, volumeMode and deletionPolicy":       "{disks: [{name: a, claimName: mine, size: 1Gi}]}",
	"cloudInit.userDataSecretRef is the guest's whole user data and cannot be merged with cloudInitUser: describe the user in the Secret, or use cloudInit.userData": "{cloudInitUser: {name: ops}, cloudInit: {userDataSecretRef: {name: mine}}}",
}

// TestRules shows that each rule of the schema says what it says, and that the chapter on troubleshooting explains it, and no other.
func TestRules(t *testing.T) {
	s := mustServer(t)
	said := map[string]bool{}
	for _, file := range some(t, "package/configuration*/definition.yaml") {
		messages(manifest(t, file), said)
	}
	explained := rulesOfTheChapter(t)
	for message := range said {
		t.Run(message, func(t *testing.T) {
			if !slices.Contains(explained, message) {
				t.Error("docs/troubleshooting.md does not explain it")
			}
			spec := map[string]any{}
			for _, y := range []string{"{cpu: 1, memory: 1Gi, disks: [{name: system, size: 10Gi}]}", broken[message]} {
				over := map[string]any{}
				if err := yaml.Unmarshal([]byte(y), &over); err != nil {
					t.Fatal(err)
				}
				maps.Copy(spec, over)
			}
			if err := s.create(context.Background(), wukongtest.Claim(spec)); err == nil || !strings.Contains(err.Error(), message) {
				t.Errorf("want it said, got: %v", err)
			}
		})
	}
	for _, message := range explained {
		if !said[message] {
			t.Errorf("docs/troubleshooting.md explains what no rule says: %s", message)
		}
	}
}

// messages collects what the rules in a definition say.
func messages(v any, into map[string]bool) {
	switch v := v.(type) {
	case map[string]any:
		if rules, ok := v["x-kubernetes-validations"].([]any); ok {
			for _, r := range rules {
				if message, ok := r.(map[string]any)["message"].(string); ok {
					into[message] = true
				}
			}
		}
		for _, e := range v {
			messages(e, into)
		}
	case []any:
		for _, e := range v {
			messages(e, into)
		}
	}
}

// rulesOfTheChapter are in the first column of the table whose head is rule.
func rulesOfTheChapter(t *testing.T) []string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(root, "docs/troubleshooting.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(b), "| rule |")
	table, _, _ = strings.Cut(table, "\n\n")
	var out []string
	for _, line := range strings.Split(table, "\n") {
		if cells := strings.Split(line, "|"); len(cells) > 2 {
			for _, m := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(cells[1], -1) {
				out = append(out, m[1])
			}
		}
	}
	return out
}
