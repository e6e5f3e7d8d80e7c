package identity

import (
	"strings"

	"github.com/google/uuid"
	"k8s.io/apimachinery/pkg/types"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
)

// firmwareNamespace is the namespace of the derived UUIDs (RFC 4122, section 4.3). It never changes.
var firmwareNamespace = uuid.MustParse("3d0b7a1e-6f0c-4a53-9d5e-0f6d2c5a8b14")

// derivedUUID returns the firmware's UUID of a new virtual machine, of version 5. KubeVirt would draw a random one for each VirtualMachine. A
// virtual machine that is recreated with a retained disk would then be another computer for cloud-init: it would make new host keys and run
// the first boot's commands again.
func derivedUUID(w *v1alpha1.Wukong, salt string) types.UID {
	name := strings.Join(salted(salt, w.GetNamespace(), w.GetName()), "\x00")
	return types.UID(uuid.NewSHA1(firmwareNamespace, []byte(name)).String())
}
