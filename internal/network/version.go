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
	"github.com/novasphere/function-wukong/internal/plan"
)

// Multus reads a NetworkAttachmentDefinition when a pod is attached. A change to it leaves the virtual machine unchanged, so KubeVirt does not
// report that the running instance still uses the old one. So the template of the virtual machine has an annotation with the versions of its
// networks. KubeVirt copies the annotation to each new instance, and to no running one.
//
// A live migration attaches a new pod, but the instance keeps the annotation of its start. For a migrated instance the time of the network's
// last change decides: it is outdated if the change came after the migration. This has two limits:
//
//   - A network that was changed back counts as unchanged, also for an instance that was attached while it was different.
//   - A change of the platform team's labels also sets the time. After a migration it makes an earlier change count as a later one.
//
// A network of nadName in place of the pod network has a version, too: KubeVirt 1.9 neither attaches a running virtual machine to another one nor
// requires a restart. The version follows from the name, and the last change is that of the virtual machine.

// versionLength is the length of a version in bytes, before it is encoded as hexadecimal digits.
const versionLength = 6

// version returns the version of a NetworkAttachmentDefinition: a digest of the observed object, else of the last desired one, else of the
// desired one. The desired one comes last, because an instance that starts before the change is applied would have its version.
func version(desired *nadv1.NetworkAttachmentDefinition, last *structpb.Struct) string {
	config, resource := desired.Spec.Config, desired.GetAnnotations()[annotationResource]
	if last != nil {
		config = configOf(last)
		resource = fields.In(last, "metadata", "annotations").GetFields()[annotationResource].GetStringValue()
	}
	return versionOf(config, resource)
}

// versionOf returns a digest of what a network is.
func versionOf(parts ...string) string {
	d := names.Digest(parts...)
	return hex.EncodeToString(d[:versionLength])
}

// Versions returns the versions of the interfaces' networks as NETWORK=VERSION, sorted and separated by commas; empty for none.
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

// An Instance is what is known of a VirtualMachineInstance.
type Instance struct {
	// Versions of the networks at its start, as Versions returns them.
	Versions string

	// Created is the time of its creation; zero where it is unknown.
	Created time.Time

	// Migrated is the time of its last live migration; zero for none, and where it is unknown.
	Migrated time.Time
}

// isOutdated reports whether the instance uses an earlier version of a network than the current one. Changed is the time of the network's last
// change, or zero. The version alone does not prove it: the annotation of the virtual machine follows a change of the network with a delay.
func (i Instance) isOutdated(started, current string, changed time.Time) bool {
	attached := i.Created
	if !i.Migrated.IsZero() {
		attached = i.Migrated
	}
	return started != current && (attached.IsZero() || changed.IsZero() || !changed.Before(attached))
}

// Outdated returns the networks that changed after the instance was attached to them, each as "network NAME".
func Outdated(nics []NIC, instance Instance, rs observed.Resources) []string {
	started := map[string]string{}
	for _, v := range strings.Split(instance.Versions, ",") {
		name, version, _ := strings.Cut(v, "=")
		started[name] = version
	}
	var out []string
	for _, n := range nics {
		version := started[n.Name]
		if version == "" || n.Version == "" {
			continue
		}
		key := keyPrefix + n.Name
		if n.ReplacesPodNetwork {
			key = plan.KeyVM
		}
		if instance.isOutdated(version, n.Version, rs.AppliedAt(key, "f:spec")) {
			out = append(out, "network "+n.Name)
		}
	}
	return out
}
