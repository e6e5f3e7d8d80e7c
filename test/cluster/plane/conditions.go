package plane

import (
	"fmt"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
)

// Conditions returns status.conditions of an object, and none if it has no status.
func Conditions(o *unstructured.Unstructured) ([]metav1.Condition, error) {
	object := struct {
		Status struct {
			Conditions []metav1.Condition `json:"conditions"`
		} `json:"status"`
	}{}
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(o.Object, &object); err != nil {
		return nil, fmt.Errorf("cannot read the conditions of %s %s: %w", o.GetKind(), o.GetName(), err)
	}
	return object.Status.Conditions, nil
}

// CheckPackageHealthy returns an error unless Crossplane's package manager reports a package as installed and healthy.
func CheckPackageHealthy(pkg *unstructured.Unstructured) error {
	conditions, err := Conditions(pkg)
	if err != nil {
		return err
	}
	for _, kind := range []string{"Installed", "Healthy"} {
		c := meta.FindStatusCondition(conditions, kind)
		if c == nil {
			return fmt.Errorf("%s is not reported yet", kind)
		}
		if c.Status != metav1.ConditionTrue {
			return fmt.Errorf("%s is %s: %s %s", kind, c.Status, c.Reason, c.Message)
		}
	}
	return nil
}
