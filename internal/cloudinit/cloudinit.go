// Package cloudinit writes what cloud-init configures in the guest: its user and its network.
//
// The data is a NoCloud seed (https://docs.cloud-init.io/en/latest/reference/datasources/nocloud.html), of which KubeVirt adds
// the metadata with the SSH keys.
package cloudinit

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/names"
	"github.com/novasphere/function-wukong/internal/network"
	"github.com/novasphere/function-wukong/internal/plan"
)

// Keys of a Secret that KubeVirt reads a NoCloud seed from.
const (
	keyUserData    = "userdata"
	keyNetworkData = "networkdata"
)

// The composed resource of the seed: its key, and the kind of its object.
const (
	key  = "cloud-init"
	kind = "Secret"
)

// A Seed is where the virtual machine finds what cloud-init is to do: two Secrets of its namespace, which may be one.
type Seed struct {
	UserDataSecret    string
	NetworkDataSecret string
}

// Plan the seed of a complete Wukong with the given user data and network interfaces. It is a Secret, because it may hold a password's hash
// and because KubeVirt refuses longer data in the virtual machine itself.
func Plan(w *v1alpha1.Wukong, own UserData, nics []network.NIC) (plan.Resource, Seed, error) {
	name := secretName(w)
	seed := Seed{UserDataSecret: name, NetworkDataSecret: name}

	networkData, err := networkData(nics)
	if err != nil {
		return plan.Resource{}, Seed{}, err
	}
	data := map[string][]byte{keyNetworkData: networkData}

	if c := w.Spec.CloudInit; c != nil && c.UserDataSecretRef != nil {
		seed.UserDataSecret = string(c.UserDataSecretRef.Name)
	} else if data[keyUserData], err = userData(w, own); err != nil {
		return plan.Resource{}, Seed{}, err
	}

	return plan.Resource{
		Key: key,
		Object: &corev1.Secret{
			TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: kind},
			ObjectMeta: names.Meta(w, name),
			Data:       data,
		},
	}, seed, nil
}

// secretName is the name of the seed's Secret.
func secretName(w *v1alpha1.Wukong) string { return names.Object(w, names.Seed, "cloud-init") }
