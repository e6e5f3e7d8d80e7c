// Package cloudinit plans and reports the data from which cloud-init configures the guest: its user and its network.
//
// The data is a NoCloud seed (https://docs.cloud-init.io/en/latest/reference/datasources/nocloud.html). KubeVirt adds the metadata, which
// holds the SSH keys.
package cloudinit

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/names"
	"github.com/novasphere/function-wukong/internal/network"
	"github.com/novasphere/function-wukong/internal/plan"
)

// Keys of a Secret with a NoCloud seed, as KubeVirt reads it
// (https://kubevirt.io/user-guide/user_workloads/startup_scripts/).
const (
	secretUserData    = "userdata"
	secretNetworkData = "networkdata"
)

const (
	// resourceKey is the key of the seed's composed resource.
	resourceKey = "cloud-init"

	kindSecret = "Secret"
)

// A Seed names the Secrets of the Wukong's namespace that hold the seed. Both may be the same Secret.
type Seed struct {
	UserDataSecret    string
	NetworkDataSecret string
}

// Plan returns the Secret with the seed of a Wukong with its defaults, for its interfaces and the user data in its spec. The seed is in a
// Secret, because it may hold a password's hash and because KubeVirt limits the size of data in the VirtualMachine. Plan returns a field error
// for user data that cannot be merged with the user of the spec.
func Plan(w *v1alpha1.Wukong, custom UserData, nics []network.NIC) (plan.Resource, Seed, error) {
	name := secretName(w)
	seed := Seed{UserDataSecret: name, NetworkDataSecret: name}

	networkData, err := networkData(nics)
	if err != nil {
		return plan.Resource{}, Seed{}, err
	}
	data := map[string][]byte{secretNetworkData: networkData}

	if c := w.Spec.CloudInit; c != nil && c.UserDataSecretRef != nil {
		seed.UserDataSecret = string(c.UserDataSecretRef.Name)
	} else if data[secretUserData], err = userData(w, custom); err != nil {
		return plan.Resource{}, Seed{}, err
	}

	return plan.Resource{
		Key: resourceKey,
		Object: &corev1.Secret{
			TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: kindSecret},
			ObjectMeta: names.Meta(w, name),
			Data:       data,
		},
	}, seed, nil
}

// secretName returns the name of the seed's Secret.
func secretName(w *v1alpha1.Wukong) string { return names.Object(w, names.Seed, "cloud-init") }
