package report

import (
	"strings"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/names"
	"github.com/novasphere/function-wukong/internal/observed"
)

// Foreign returns why an object of another owner was not changed, and what its user can do. Thing, kind and name are those of the Wukong's own
// object, whose name the foreign one has.
func Foreign(w *v1alpha1.Wukong, thing, kind, name string, f *observed.Foreign) string {
	namespace := w.GetNamespace()
	if c := f.Controller; c != nil {
		return msgControlled.With(thing, kind, name, c.Kind, c.Name, c.UID, kubectlName(kind), name, namespace, c.Index)
	}
	if f.Composite != "" {
		return msgOtherComposite.With(thing, kind, name, f.Composite, kubectlName(kind), name, namespace)
	}
	m := msgForeign
	if holdsData(kind) {
		m = msgForeignData
	}
	return m.With(thing, kind, name, kubectlName(kind), name, namespace, w.GetName())
}

// holdsData reports whether data is deleted with an object of a kind. A virtual machine may own its disks.
func holdsData(kind string) bool {
	switch kind {
	case "PersistentVolumeClaim", "DataVolume", "VirtualMachine":
		return true
	}
	return false
}

// kubectlName returns the name by which kubectl takes a kind. For most kinds it is the kind in lower case.
func kubectlName(kind string) string {
	if kind == string(names.Network) {
		return "network-attachment-definition"
	}
	return strings.ToLower(kind)
}
