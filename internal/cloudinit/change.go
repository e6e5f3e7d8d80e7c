package cloudinit

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/fields"
	"github.com/novasphere/function-wukong/internal/network"
	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/plan"
)

// Advice returns what of a planned seed differs from the one that exists, for a virtual machine that exists: cloud-init reads a seed once
// for each instance-id, which KubeVirt makes of the firmware's UUID and which stays. Each names the field. When the seed is what was
// planned there is nothing to compare with, so that the advice is an event more than a state.
func Advice(w *v1alpha1.Wukong, own UserData, nics []network.NIC, seed plan.Resource, rs observed.Resources) []string {
	secret, ok := seed.Object.(*corev1.Secret)
	if !ok {
		return nil
	}
	spec := field.NewPath("spec")
	var out []string
	userData, hadUserData := secret.Data[keyUserData], observedData(rs, keyUserData)
	changed := userData != nil && hadUserData != nil && !bytes.Equal(hadUserData, userData)
	if changed {
		path := spec.Child("cloudInit")
		if w.Spec.CloudInitUser != nil {
			path = spec.Child("cloudInitUser")
		}
		out = append(out, fmt.Sprintf("%s: a guest that has booted does not read what changed in its user data: "+
			"change it there, too, or replace the boot disk by one of another name", path))
	}

	was := observedData(rs, keyNetworkData)
	// What is to be read at every boot a guest knows from the boot before.
	if was == nil || readsAtEveryBoot(own) && !changed {
		return out
	}
	before, now := ethernets(was), ethernets(secret.Data[keyNetworkData])
	for _, nic := range nics {
		if before[nic.Interface] == now[nic.Interface] {
			continue
		}
		path := spec.Child("podNetwork")
		if i := network.IndexOf(w, nic); i >= 0 {
			path = spec.Child("networks").Index(i)
		}
		out = append(out, fmt.Sprintf("%s: a guest that has booted does not read what changed in its network settings: "+
			"change it there, too, or let its cloud-init read them at every boot, with updates: {network: {when: [boot]}} in userData", path))
	}
	return out
}

// observedData returns a value of the Secret that exists; nil where there is none, or where the provider hides it.
func observedData(rs observed.Resources, name string) []byte {
	text := fields.In(rs[key].Object, "data").GetFields()[name].GetStringValue()
	data, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(data) == 0 {
		return nil
	}
	return data
}

// ethernets returns what network data of ours says of each interface, by its name. It is not parsed: what exists may be anything.
func ethernets(data []byte) map[string]string {
	out := map[string]string{}
	name := ""
	for line := range strings.Lines(string(data)) {
		if key, ok := strings.CutPrefix(line, "  "); ok && !strings.HasPrefix(key, " ") {
			name = strings.TrimSuffix(strings.TrimSpace(key), ":")
			continue
		}
		if name != "" {
			out[name] += line
		}
	}
	return out
}

// readsAtEveryBoot reports whether user data makes cloud-init read the network data at every boot
// (https://docs.cloud-init.io/en/latest/explanation/events.html).
func readsAtEveryBoot(own UserData) bool {
	n := own.config
	for _, key := range []string{"updates", "network", "when"} {
		if n == nil || n.Kind != yaml.MappingNode {
			return false
		}
		i := index(n, key)
		if i < 0 {
			return false
		}
		n = n.Content[i+1]
	}
	return n.Kind == yaml.SequenceNode && slices.ContainsFunc(n.Content, func(e *yaml.Node) bool { return e.Value == "boot" || e.Value == "boot-legacy" })
}
