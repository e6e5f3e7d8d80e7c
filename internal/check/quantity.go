package check

import (
	"fmt"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

// quantity returns a quantity of a resource for people: bytes with two decimals of the largest unit, and CPUs with three.
func quantity(name corev1.ResourceName, q resource.Quantity) string {
	if isBytes(name) {
		return bytesOf(q.Value())
	}
	return strconv.FormatFloat(float64(q.MilliValue())/1000, 'f', -1, 64)
}

// isBytes reports whether a resource is counted in bytes.
func isBytes(name corev1.ResourceName) bool {
	n := string(name)
	for _, suffix := range []string{"memory", "storage"} {
		if strings.HasSuffix(n, suffix) {
			return true
		}
	}
	return strings.Contains(n, corev1.ResourceHugePagesPrefix)
}

// bytesOf returns a number of bytes in the largest unit of which it is at least one.
func bytesOf(n int64) string {
	units := []string{"", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"}
	value, unit := float64(n), 0
	for value >= 1024 && unit < len(units)-1 {
		value, unit = value/1024, unit+1
	}
	text := strings.TrimRight(strings.TrimRight(fmt.Sprintf("%.2f", value), "0"), ".")
	return text + units[unit]
}
