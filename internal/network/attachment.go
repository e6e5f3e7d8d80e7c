package network

import (
	"encoding/json"
	"fmt"
	"strings"

	nadv1 "github.com/k8snetworkplumbingwg/network-attachment-definition-client/pkg/apis/k8s.cni.cncf.io/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/names"
	"github.com/novasphere/function-wukong/internal/plan"
)

const (
	// cniVersion is the newest version of the CNI specification that all supported releases of the plugins implement.
	cniVersion = "0.3.1"

	// annotationResource is Multus' annotation with the extended resource that pods on the network request from a device plugin.
	annotationResource = "k8s.v1.cni.cncf.io/resourceName"

	// keyPrefix begins the key of a network's composed resource.
	keyPrefix = "nad-"

	kindAttachment = "NetworkAttachmentDefinition"
)

// A pluginConfig is the configuration of a CNI plugin, with the fields of all types. It has no IPAM, because addresses belong to the guest.
type pluginConfig struct {
	CNIVersion string `json:"cniVersion"`
	Name       string `json:"name"`
	Type       string `json:"type"`
	Bridge     string `json:"bridge,omitempty"`
	Master     string `json:"master,omitempty"`
	Mode       string `json:"mode,omitempty"`
	VLAN       *int32 `json:"vlan,omitempty"`

	// PreserveDefaultVLAN false removes a port of the bridge plugin from VLAN 1. Otherwise the guest would receive frames of that VLAN, too.
	PreserveDefaultVLAN *bool `json:"preserveDefaultVlan,omitempty"`

	MTU *int32 `json:"mtu,omitempty"`

	// MACSpoofCheck is the bridge plugin's check of source MAC addresses. The plugin compares with the address of the pod's interface when it attaches the
	// pod. That is the guest's: KubeVirt requests it, Multus passes it on in CNI_ARGS, and the bridge binding changes the interface's address later.
	MACSpoofCheck *bool `json:"macspoofchk,omitempty"`

	// SpoofCheck is that of the SR-IOV plugin: on, off, or empty for what the virtual function has.
	SpoofCheck string `json:"spoofchk,omitempty"`
}

// Values of the SR-IOV plugin's options.
const (
	optionOn  = "on"
	optionOff = "off"
)

// spoofCheck returns whether the plugin checks source MAC addresses; nil where the configuration does not say.
func (c *pluginConfig) spoofCheck() *bool {
	if c.SpoofCheck != "" {
		return ptr.To(c.SpoofCheck == optionOn)
	}
	return c.MACSpoofCheck
}

// key returns the key of the composed resource of a network.
func key(n *v1alpha1.Network) string { return keyPrefix + string(n.Name) }

// attachmentName returns the name of a network's NetworkAttachmentDefinition.
func attachmentName(w *v1alpha1.Wukong, n *v1alpha1.Network) string {
	return names.Object(w, names.Network, string(n.Name))
}

// attachment returns the NetworkAttachmentDefinition of a network.
func attachment(w *v1alpha1.Wukong, n *v1alpha1.Network, t Type) (*nadv1.NetworkAttachmentDefinition, error) {
	name := attachmentName(w, n)
	c := pluginConfig{CNIVersion: cniVersion, Name: name, Type: string(t.Name)}
	t.configure(&c, n)
	config, err := json.Marshal(c)
	if err != nil {
		return nil, err
	}
	meta := names.Meta(w, name)
	if t.annotations != nil {
		meta.Annotations = t.annotations(n)
	}
	return &nadv1.NetworkAttachmentDefinition{
		TypeMeta:   metav1.TypeMeta{APIVersion: nadv1.SchemeGroupVersion.String(), Kind: kindAttachment},
		ObjectMeta: meta,
		Spec:       nadv1.NetworkAttachmentDefinitionSpec{Config: string(config)},
	}, nil
}

// Devices returns the extended resources that the next pod requests for the NetworkAttachmentDefinitions among desired objects, one for each that
// has one.
func Devices(resources []plan.Resource) []string {
	var out []string
	for _, r := range resources {
		nad, ok := r.Object.(*nadv1.NetworkAttachmentDefinition)
		if ok && !r.Leaving && nad.GetAnnotations()[annotationResource] != "" {
			out = append(out, nad.GetAnnotations()[annotationResource])
		}
	}
	return out
}

// Facts returns what a tree says about a NetworkAttachmentDefinition.
func Facts(nad *nadv1.NetworkAttachmentDefinition) string {
	var c pluginConfig
	if err := json.Unmarshal([]byte(nad.Spec.Config), &c); err != nil {
		return nad.Spec.Config
	}
	out := strings.Join(strings.Fields(c.Type+" "+c.Bridge+" "+c.Master), " ")
	if vlan := ptr.Deref(c.VLAN, 0); vlan > 0 {
		out += fmt.Sprintf(", VLAN %d", vlan)
	}
	if r := nad.GetAnnotations()[annotationResource]; r != "" {
		out += ", resource " + r
	}
	return out
}
