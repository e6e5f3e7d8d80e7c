// Package cloudinit plans and reports the data from which cloud-init configures the guest: its user and its network.
//
// The data is a NoCloud seed (https://docs.cloud-init.io/en/latest/reference/datasources/nocloud.html). KubeVirt adds the metadata, which
// holds the SSH keys. For cloudbase-init in Windows it is a configuration drive (see configdrive.go).
package cloudinit

import (
	"encoding/base64"

	"google.golang.org/protobuf/types/known/structpb"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/fields"
	"github.com/novasphere/function-wukong/internal/names"
	"github.com/novasphere/function-wukong/internal/network"
	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/plan"
)

// Keys of a Secret with a seed, as KubeVirt reads it
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

	// ConfigDrive reports whether the seed is a configuration drive, and no NoCloud seed.
	ConfigDrive bool
}

// Plan returns the Secret with the seed of a Wukong with its defaults, for its interfaces and the user data in its spec. The seed is in a
// Secret, because it may hold a password's hash and because KubeVirt limits the size of data in the VirtualMachine. Plan returns a field error
// for user data that cannot be merged with the user of the spec. Seed and Secret are empty for a guest that reads none.
func Plan(w *v1alpha1.Wukong, custom UserData, nics []network.NIC) (plan.Resource, Seed, error) {
	if !w.Spec.TakesSeed() {
		return plan.Resource{}, Seed{}, nil
	}
	name := secretName(w)
	seed := Seed{UserDataSecret: name, NetworkDataSecret: name, ConfigDrive: w.Spec.UsesCloudbaseInit()}

	write := networkData
	if seed.ConfigDrive {
		write = configDriveNetworkData
	}
	networkData, err := write(nics)
	if err != nil {
		return plan.Resource{}, Seed{}, err
	}
	data := map[string][]byte{secretNetworkData: networkData}

	if c := w.Spec.CloudInit; c != nil && c.UserDataSecretRef != nil {
		seed.UserDataSecret = string(c.UserDataSecretRef.Name)
	} else if data[secretUserData], err = userData(w, custom); err != nil {
		return plan.Resource{}, Seed{}, err
	}

	return secret(w, data), seed, nil
}

// Leaving returns the Secret with the seed of a guest that reads none any more, as it is. It returns false where there is none, or where its data is not known.
func Leaving(w *v1alpha1.Wukong, rs observed.Resources) (plan.Resource, bool) {
	r := rs[resourceKey]
	if r.Foreign != nil {
		return plan.Resource{}, false
	}
	data := map[string][]byte{}
	for _, o := range []*structpb.Struct{r.Object, r.Applied} {
		for name, v := range fields.In(o, "data").GetFields() {
			if b, err := base64.StdEncoding.DecodeString(v.GetStringValue()); err == nil && len(data[name]) == 0 {
				data[name] = b
			}
		}
	}
	if len(data) == 0 {
		return plan.Resource{}, false
	}
	return secret(w, data), true
}

// secret returns the Secret with a seed.
func secret(w *v1alpha1.Wukong, data map[string][]byte) plan.Resource {
	return plan.Resource{
		Key: resourceKey,
		Object: &corev1.Secret{
			TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: kindSecret},
			ObjectMeta: names.Meta(w, secretName(w)),
			Data:       data,
		},
	}
}

// secretName returns the name of the seed's Secret.
func secretName(w *v1alpha1.Wukong) string { return names.Object(w, names.Seed, "cloud-init") }
