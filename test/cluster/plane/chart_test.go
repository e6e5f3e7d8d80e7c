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

// TestChart renders the Deployment of Crossplane's chart with the values that examples/production gives it.
func TestChart(t *testing.T) {
	p := &Plane{Options: Options{Repository: "../../..", Crossplane: "2.3"}}
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
	known, err := c.defaults()
	if err != nil {
		t.Fatal(err)
	}
	for key := range c.values {
		if _, ok := known[key]; !ok {
			t.Errorf("the chart knows no value %s", key)
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
	// What the policy of the function lets in.
	if diff := cmp.Diff("crossplane", d.Spec.Template.Labels["app"]); diff != "" {
		t.Errorf("label app: -want, +got:\n%s", diff)
	}
}

// TestChartRoles renders the ClusterRoles of Crossplane, of both generations, to which others are aggregated.
func TestChartRoles(t *testing.T) {
	for generation := range crossplaneReleases {
		p := &Plane{Options: Options{Repository: "../../..", Crossplane: generation}}
		c, err := p.chart(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range []string{"clusterrole.yaml", "clusterrolebinding.yaml"} {
			objects, err := c.render(file)
			if err != nil {
				t.Fatalf("%s: %v", generation, err)
			}
			role := objects[len(objects)-1]
			rules, _ := role.Object["rules"].([]any)
			if role.GetLabels()[aggregateToCrossplane] == "true" != (len(rules) > 0) {
				t.Errorf("%s: %s: want a role with rules that is aggregated, or a binding, got %v", generation, file, role)
			}
		}
	}
}
