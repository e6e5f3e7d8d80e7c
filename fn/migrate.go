package fn

import (
	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"google.golang.org/protobuf/types/known/structpb"
	corev1 "k8s.io/api/core/v1"

	"github.com/novasphere/function-wukong/internal/kubevirt"
)

// conditionLiveMigratable is there from the first time that KubeVirt says whether a virtual machine can migrate live which is to, and
// Unknown where KubeVirt says it no longer or nobody asks.
const conditionLiveMigratable = "LiveMigratable"

// tellMigratability tells whether a virtual machine can migrate live, beside the status of before.
func tellMigratability(rsp *fnv1.RunFunctionResponse, before *structpb.Struct, m kubevirt.Migratability) {
	if m.Status == corev1.ConditionUnknown && conditionIn(before, conditionLiveMigratable) == nil {
		return
	}
	c := condition{conditionLiveMigratable, m.Status == corev1.ConditionTrue, m.Reason, m.Message}
	if m.Status == corev1.ConditionUnknown {
		// Crossplane keeps a condition that it is not told again.
		setUnknown(rsp, c)
		return
	}
	set(rsp, c)
}
