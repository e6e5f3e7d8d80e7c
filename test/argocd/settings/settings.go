// Package settings reads the settings of examples/argocd by Argo CD's own code.
package settings

import (
	"context"
	"fmt"
	"os"

	"github.com/argoproj/argo-cd/v3/common"
	"github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1"
	argosettings "github.com/argoproj/argo-cd/v3/util/settings"
	"github.com/sirupsen/logrus"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/fake"
	"sigs.k8s.io/yaml"
)

// Settings are the settings of an Argo CD that affect how it tracks, compares and judges a resource.
type Settings struct {
	// Overrides are health rules, differences to ignore and the like, by group and kind.
	Overrides map[string]v1alpha1.ResourceOverride

	// Filter excludes kinds.
	Filter *argosettings.ResourcesFilter

	// Tracking is the method by which Argo CD finds the Application of an object.
	Tracking v1alpha1.TrackingMethod

	// LabelKey is the label with the name of the Application.
	LabelKey string

	// Compare has the options of comparing manifests.
	Compare argosettings.ArgoCDDiffOptions
}

// Read returns the settings in a file with the ConfigMap argocd-cm.
func Read(ctx context.Context, path string) (Settings, error) {
	b, err := os.ReadFile(path) //nolint:gosec // The caller says which file.
	if err != nil {
		return Settings{}, err
	}
	cm := &corev1.ConfigMap{}
	if err := yaml.UnmarshalStrict(b, cm); err != nil {
		return Settings{}, fmt.Errorf("cannot read %s: %w", path, err)
	}
	return FromConfigMap(ctx, cm)
}

// FromConfigMap returns the settings in a ConfigMap, as Argo CD reads them in a cluster. The cluster is a fake with nothing else in it.
func FromConfigMap(ctx context.Context, cm *corev1.ConfigMap) (Settings, error) {
	// The informers of Argo CD's code log every start.
	logrus.SetLevel(logrus.ErrorLevel)
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: cm.Namespace, Name: common.ArgoCDSecretName, Labels: cm.Labels}}
	m := argosettings.NewSettingsManager(ctx, fake.NewClientset(cm, secret), cm.Namespace)

	overrides, err := m.GetResourceOverrides()
	if err != nil {
		return Settings{}, fmt.Errorf("cannot read the rules for resources: %w", err)
	}
	filter, err := m.GetResourcesFilter()
	if err != nil {
		return Settings{}, fmt.Errorf("cannot read the exclusions: %w", err)
	}
	tracking, err := m.GetTrackingMethod()
	if err != nil {
		return Settings{}, fmt.Errorf("cannot read the tracking method: %w", err)
	}
	label, err := m.GetAppInstanceLabelKey()
	if err != nil {
		return Settings{}, fmt.Errorf("cannot read the tracking label: %w", err)
	}
	compare, err := m.GetResourceCompareOptions()
	if err != nil {
		return Settings{}, fmt.Errorf("cannot read how to compare: %w", err)
	}
	return Settings{Overrides: overrides, Filter: filter, Tracking: v1alpha1.TrackingMethod(tracking), LabelKey: label, Compare: compare}, nil
}
