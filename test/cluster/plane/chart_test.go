package plane

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	"sigs.k8s.io/yaml"
)

// TestChart renders the Deployment of Crossplane's chart with the values of examples/production.
func TestChart(t *testing.T) {
	set, err := ReadSet(repository, "current")
	if err != nil {
		t.Fatal(err)
	}
	p := &Plane{Options: Options{Repository: repository, Set: set}}
	c, err := p.chart(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(filepath.Join(p.Repository, "examples", "production", "crossplane-values.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(b, &c.values); err != nil {
		t.Fatal(err)
	}
	defaults, err := c.defaults()
	if err != nil {
		t.Fatal(err)
	}
	for key := range c.values {
		if _, ok := defaults[key]; !ok {
			t.Errorf("the chart has no value %s", key)
		}
	}

	objects, err := c.render("deployment.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if b, err = yaml.Marshal(objects[0].Object); err != nil {
		t.Fatal(err)
	}
	d := &appsv1.Deployment{}
	if err := yaml.UnmarshalStrict(b, d); err != nil {
		t.Fatal(err)
	}
	container := d.Spec.Template.Spec.Containers[0]
	for _, want := range []string{"--circuit-breaker-burst=1000", "--enable-operations"} {
		if !slices.Contains(container.Args, want) {
			t.Errorf("want the argument %s, got %q", want, container.Args)
		}
	}
	if *d.Spec.Replicas != 2 || container.Resources.Limits.Cpu().String() != "2" {
		t.Errorf("want two replicas with two CPUs each, got %d and %v", *d.Spec.Replicas, container.Resources.Limits)
	}
	// The NetworkPolicy of the function selects it.
	if diff := cmp.Diff("crossplane", d.Spec.Template.Labels["app"]); diff != "" {
		t.Errorf("label app: -want, +got:\n%s", diff)
	}
}

// TestChartRoles renders the aggregated ClusterRole of each version of Crossplane and its binding.
func TestChartRoles(t *testing.T) {
	for _, version := range []string{"1.20", "2.3", "2.4"} {
		p := &Plane{Options: Options{Repository: repository, Set: Set{Crossplane: version}}}
		c, err := p.chart(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range []string{"clusterrole.yaml", "clusterrolebinding.yaml"} {
			objects, err := c.render(file)
			if err != nil {
				t.Fatalf("%s: %v", version, err)
			}
			role := objects[len(objects)-1]
			rules, _ := role.Object["rules"].([]any)
			if role.GetLabels()[aggregateToCrossplane] == "true" != (len(rules) > 0) {
				t.Errorf("%s: %s: want a role with rules and the label for aggregation, or a binding, got %v", version, file, role)
			}
		}
	}
}
