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

// Advice returns advice where the desired seed of an existing virtual machine differs from the observed one. cloud-init reads a seed once for
// each instance-id, which KubeVirt derives from the firmware's UUID. Each sentence begins with the field's path. The advice lasts until the
// desired seed is applied, because nothing records what the guest has read.
func Advice(w *v1alpha1.Wukong, custom UserData, nics []network.NIC, seed plan.Resource, rs observed.Resources) []string {
	secret, ok := seed.Object.(*corev1.Secret)
	if !ok {
		return nil
	}
	spec := field.NewPath("spec")
	var out []string
	userData, observedUserData := secret.Data[secretUserData], observedData(rs, secretUserData)
	changed := userData != nil && observedUserData != nil && !bytes.Equal(observedUserData, userData)
	if changed {
		path := spec.Child("cloudInit")
		if w.Spec.CloudInitUser != nil {
			path = spec.Child("cloudInitUser")
		}
		out = append(out, fmt.Sprintf("%s: %s", path, msgUserDataChanged))
	}

	observedNetworkData := observedData(rs, secretNetworkData)
	if w.Spec.UsesCloudbaseInit() {
		// Another seed than for cloud-init comes with the restart by which the guest becomes one of Windows.
		if bytes.HasPrefix(observedNetworkData, []byte("{")) && !bytes.Equal(observedNetworkData, secret.Data[secretNetworkData]) {
			out = append(out, fmt.Sprintf("%s: %s", spec.Child("networks"), msgDriveChanged))
		}
		return out
	}
	// A guest reads at every boot if the user data of its last boot says so.
	if observedNetworkData == nil || readsAtEveryBoot(custom) && !changed {
		return out
	}
	current, desired := ethernets(observedNetworkData), ethernets(secret.Data[secretNetworkData])
	for _, nic := range nics {
		if current[nic.Interface] == desired[nic.Interface] {
			continue
		}
		path := spec.Child("podNetwork")
		if i := network.IndexOf(w, nic); i >= 0 {
			path = spec.Child("networks").Index(i)
		}
		out = append(out, fmt.Sprintf("%s: %s", path, msgNetworkDataChanged))
	}
	return out
}

// observedData returns a value of the observed Secret; nil where it has none, or where the provider hides it.
func observedData(rs observed.Resources, name string) []byte {
	text := fields.In(rs[resourceKey].Object, "data").GetFields()[name].GetStringValue()
	data, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(data) == 0 {
		return nil
	}
	return data
}

// ethernets returns the text of each interface in network data that networkData encoded, by the interface's name. It does not parse YAML, because
// the observed data may be anything.
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

// readsAtEveryBoot reports whether user data configures cloud-init to read the network data at every boot
// (https://docs.cloud-init.io/en/latest/explanation/events.html).
func readsAtEveryBoot(custom UserData) bool {
	n := custom.config
	for _, key := range []string{"updates", "network", "when"} {
		if n == nil || n.Kind != yaml.MappingNode {
			return false
		}
		i := indexOf(n, key)
		if i < 0 {
			return false
		}
		n = n.Content[i+1]
	}
	return n.Kind == yaml.SequenceNode && slices.ContainsFunc(n.Content, func(e *yaml.Node) bool { return e.Value == "boot" || e.Value == "boot-legacy" })
}
