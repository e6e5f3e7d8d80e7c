package identity

import (
	"strings"

	"github.com/google/uuid"
	"k8s.io/apimachinery/pkg/types"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
)

// firmwareNamespace is the namespace (RFC 4122, section 4.3) of the UUIDs of Wukongs. It never changes.
var firmwareNamespace = uuid.MustParse("3d0b7a1e-6f0c-4a53-9d5e-0f6d2c5a8b14")

// firmwareUUID returns the UUID of a Wukong's firmware while no virtual machine has one. KubeVirt would draw another for each virtual
// machine: then one that is made anew on a disk that was kept is another computer for cloud-init, which makes new host keys and runs
// the commands of the first boot again.
func firmwareUUID(w *v1alpha1.Wukong, salt string) types.UID {
	name := strings.Join(salted(salt, w.GetNamespace(), w.GetName()), "\x00")
	return types.UID(uuid.NewSHA1(firmwareNamespace, []byte(name)).String())
}
