package admission

import (
	"regexp"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
)

const (
	// requestsPrefix begins the name by which a quota limits what is requested of a resource. Kubernetes checks a resource's name with it.
	requestsPrefix = "requests."

	// maxGPUName is how long a name may be of which KubeVirt makes a device's alias in libvirt.
	maxGPUName = 63
)

// gpuNamePattern is what libvirt takes in a device's alias.
var gpuNamePattern = regexp.MustCompile(`^[A-Za-z0-9][-A-Za-z0-9_]*$`)

func validateGPUs(gpus []v1alpha1.GPU, path *field.Path) field.ErrorList {
	errs := tooMany(path, len(gpus), maxGPUs)
	names := make([]string, len(gpus))
	for i, g := range gpus {
		names[i] = g.Name
		errs = append(errs, validateGPU(&g, path.Index(i))...)
	}
	return append(errs, duplicates(names, func(i int) *field.Path { return path.Index(i).Child("name") })...)
}

func validateGPU(g *v1alpha1.GPU, path *field.Path) field.ErrorList {
	name, device := path.Child("name"), path.Child("deviceName")
	var errs field.ErrorList
	if g.Name == "" {
		errs = append(errs, field.Required(name, "give the GPU a name, such as gpu1"))
	}
	errs = append(errs, validatePattern(g.Name, name, gpuNamePattern, maxGPUName, "must be letters, digits, '-' and '_'")...)
	if g.DeviceName == "" {
		return append(errs, field.Required(device, "name the device plugin's resource, such as nvidia.com/GA102GL_A10"))
	}
	if !isExtendedResource(g.DeviceName) {
		errs = append(errs, invalid(device, g.DeviceName, "must be the resource of a device plugin, as the nodes list it, such as nvidia.com/GA102GL_A10"))
	}
	return errs
}

// isExtendedResource reports whether Kubernetes takes the name as that of a resource of a device plugin.
func isExtendedResource(name string) bool {
	if !strings.Contains(name, "/") || strings.Contains(name, "kubernetes.io/") || strings.HasPrefix(name, requestsPrefix) {
		return false
	}
	return len(validation.IsQualifiedName(requestsPrefix+name)) == 0
}
