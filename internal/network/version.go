package network

import (
	"encoding/hex"
	"slices"
	"strings"
	"time"

	nadv1 "github.com/k8snetworkplumbingwg/network-attachment-definition-client/pkg/apis/k8s.cni.cncf.io/v1"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/novasphere/function-wukong/internal/fields"
	"github.com/novasphere/function-wukong/internal/names"
	"github.com/novasphere/function-wukong/internal/observed"
)

// A NetworkAttachmentDefinition is read when a pod is attached. It changes in place, under the same name, so that the virtual machine
// stays the same, and KubeVirt does not tell that the instance goes on with the old one. So an instance bears the versions that its networks
// had when it started, in an annotation that KubeVirt copies from the virtual machine's template to each new instance, and to no other.
//
// An instance that has moved to another node bears those of its start still, while the pod that it moved to was attached anew. So of such
// a one the times tell whether a network that is another than at its start was changed later than it moved. A network that is put back counts as
// never changed, though an instance that moved in between, or started before the virtual machine bore the change, is attached to what it was
// in between: the times of equal networks tell nothing, as the labels of a platform change them, too. Such labels, given after a move, make a
// network that had changed before it count as changed again.

// versionLength is how many bytes of a digest tell one version from another.
const versionLength = 6

// version returns what tells a NetworkAttachmentDefinition from one that says something else: by what is in the cluster, or was asked for last,
// where there is one. The virtual machine must not bear what its network is to become: an instance that started in between would not have it.
func version(desired *nadv1.NetworkAttachmentDefinition, last *structpb.Struct) string {
	config, resource := desired.Spec.Config, desired.GetAnnotations()[AnnotationResource]
	if last != nil {
		config = fields.In(last, "spec").GetFields()["config"].GetStringValue()
		resource = fields.In(last, "metadata", "annotations").GetFields()[AnnotationResource].GetStringValue()
	}
	d := names.Digest(config, resource)
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

// An Instance of a virtual machine is attached to its networks when it starts, and again when it moves to another node.
type Instance struct {
	// Versions of the networks that its virtual machine bore when it was made, as Versions returns them.
	Versions string

	// Created is when it was made, and Moved when it moved last; zero for never, or where it is not known.
	Created, Moved time.Time
}

// isOutdated reports whether an instance is attached to a network as it was before it changed, at a time that may not be known. A version tells
// only what the virtual machine bore: what it bears may follow the change of the network by a while, and nothing of it reaches the instance.
func (i Instance) isOutdated(version, now string, changed time.Time) bool {
	attached := i.Created
	if !i.Moved.IsZero() {
		attached = i.Moved
	}
	return version != now && (attached.IsZero() || changed.IsZero() || !changed.Before(attached))
}

// Outdated returns the networks to which an instance is attached as they were before they changed.
func Outdated(nics []NIC, instance Instance, rs observed.Resources) []string {
	started := map[string]string{}
	for _, v := range strings.Split(instance.Versions, ",") {
		name, version, _ := strings.Cut(v, "=")
		started[name] = version
	}
	var out []string
	for _, n := range nics {
		was := started[n.Name]
		if was == "" || n.Version == "" {
			continue
		}
		if instance.isOutdated(was, n.Version, rs.AppliedAt(keyPrefix+n.Name, "f:spec")) {
			out = append(out, "network "+n.Name)
		}
	}
	return out
}
