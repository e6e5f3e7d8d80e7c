package network

import (
	"encoding/hex"
	"slices"
	"strings"
	"time"

	nadv1 "github.com/k8snetworkplumbingwg/network-attachment-definition-client/pkg/apis/k8s.cni.cncf.io/v1"

	"github.com/novasphere/function-wukong/fn/names"
	"github.com/novasphere/function-wukong/fn/observed"
	"github.com/novasphere/function-wukong/fn/plan"
)

// A NetworkAttachmentDefinition is read when a pod is attached. It changes in place, under the same name, so that the virtual machine
// stays the same, and KubeVirt does not tell that the instance goes on with the old one. So an instance bears the versions that its networks
// had when it started, in an annotation that KubeVirt copies from the virtual machine's template to each new instance, and to no other.
//
// An instance that has moved to another node bears those of its start still, while the pod that it moved to was attached anew. So of such
// a one the times tell whether a network was changed later than it moved. One that was put back since counts as changed, as nothing tells it
// from one that was changed before the move and then put back.

// versionLength is how many bytes of a digest tell one version from another.
const versionLength = 6

// version returns what tells a NetworkAttachmentDefinition from one that says something else.
func version(o plan.Object) string {
	nad, ok := o.(*nadv1.NetworkAttachmentDefinition)
	if !ok {
		return ""
	}
	d := names.Digest(nad.Spec.Config, nad.GetAnnotations()[AnnotationResource])
	return hex.EncodeToString(d[:versionLength])
}

// Versions returns the versions of the networks of interfaces, as NETWORK=VERSION in the order of their names; empty for none.
func Versions(nics []NIC) string {
	var out []string
	for _, n := range nics {
		if n.Version != "" {
			out = append(out, n.Name+"="+n.Version)
		}
	}
	slices.Sort(out)
	return strings.Join(out, ",")
}

// Outdated returns the networks to which an instance is attached as they were before they changed. It started with the given versions, and
// moved to another node last at the given time; zero for never.
func Outdated(nics []NIC, versions string, moved time.Time, rs observed.Resources) []string {
	started := map[string]string{}
	for _, v := range strings.Split(versions, ",") {
		name, version, _ := strings.Cut(v, "=")
		started[name] = version
	}
	var out []string
	for _, n := range nics {
		was := started[n.Name]
		if was == "" || n.Version == "" {
			continue
		}
		outdated, changed := was != n.Version, rs.AppliedAt(keyPrefix+n.Name, "f:spec")
		if !moved.IsZero() && !changed.IsZero() {
			outdated = !changed.Before(moved)
		}
		if !outdated {
			continue
		}
		out = append(out, "network "+n.Name)
	}
	return out
}
