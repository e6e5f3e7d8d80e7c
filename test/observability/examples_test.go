package observability

import (
	"encoding/json"
	"log/slog"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	monitoring "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/rulefmt"
	rbac "k8s.io/api/rbac/v1"
	"sigs.k8s.io/yaml"
)

// rules returns the rules of rules.yaml.
func rules(t *testing.T) *rulefmt.RuleGroups {
	t.Helper()
	groups, errs := rulefmt.Parse(read(t, examples+"rules.yaml"), false, model.UTF8Validation, newParser(), slog.New(slog.DiscardHandler))
	for _, err := range errs {
		t.Fatal(err)
	}
	return groups
}

// A ruleTest has the fields of a promtool unit test that these tests read.
type ruleTest struct {
	Name        string `json:"name"`
	InputSeries []struct {
		Series string `json:"series"`
	} `json:"input_series"`
	AlertRuleTest []struct {
		AlertName string `json:"alertname"`
		ExpAlerts []any  `json:"exp_alerts"`
	} `json:"alert_rule_test"`
}

// ruleTests returns the unit tests of rules.test.yaml.
func ruleTests(t *testing.T) (out struct {
	Tests []ruleTest `json:"tests"`
}) {
	t.Helper()
	if err := yaml.Unmarshal(read(t, "rules.test.yaml"), &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// A board has the fields of a Grafana dashboard that these tests read.
type board struct {
	Panels []struct {
		ID         int    `json:"id"`
		Title      string `json:"title"`
		Type       string `json:"type"`
		DataSource struct {
			UID string `json:"uid"`
		} `json:"datasource"`
		GridPos struct{ H, W, X, Y int } `json:"gridPos"`
		Targets []struct {
			Expr         string `json:"expr"`
			LegendFormat string `json:"legendFormat"`
			DataSource   struct {
				UID string `json:"uid"`
			} `json:"datasource"`
		} `json:"targets"`
	} `json:"panels"`
}

// dashboard returns the dashboard of dashboard.json.
func dashboard(t *testing.T) (b board) {
	t.Helper()
	if err := json.Unmarshal(read(t, examples+"dashboard.json"), &b); err != nil {
		t.Fatal(err)
	}
	return b
}

// TestOperatorObjects shows that the types of the Prometheus operator have every field of its objects.
func TestOperatorObjects(t *testing.T) {
	pods := &monitoring.PodMonitor{}
	if err := yaml.UnmarshalStrict(read(t, examples+"podmonitor.yaml"), pods); err != nil || pods.Kind != monitoring.PodMonitorsKind || pods.APIVersion != monitoring.SchemeGroupVersion.String() {
		t.Errorf("podmonitor.yaml: %v", err)
	}

	rule := &monitoring.PrometheusRule{}
	if err := yaml.UnmarshalStrict(read(t, examples+"prometheusrule.yaml"), rule); err != nil || rule.Kind != monitoring.PrometheusRuleKind || rule.APIVersion != monitoring.SchemeGroupVersion.String() {
		t.Errorf("prometheusrule.yaml: %v", err)
	}
	var spec monitoring.PrometheusRuleSpec
	if err := yaml.UnmarshalStrict(read(t, examples+"rules.yaml"), &spec); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(spec, rule.Spec); diff != "" {
		t.Errorf("prometheusrule.yaml must hold the rules of rules.yaml: -want, +got:\n%s", diff)
	}
}

// TestKubeStateMetricsRole shows that the ClusterRole permits kube-state-metrics to list and watch the resources that its configuration names.
func TestKubeStateMetricsRole(t *testing.T) {
	first, second, found := strings.Cut(string(read(t, examples+"kube-state-metrics-rbac.yaml")), "\n---\n")
	role, binding := &rbac.ClusterRole{}, &rbac.ClusterRoleBinding{}
	if err := yaml.UnmarshalStrict([]byte(first), role); err != nil || !found {
		t.Fatal(err)
	}
	if err := yaml.UnmarshalStrict([]byte(second), binding); err != nil || binding.RoleRef.Name != role.GetName() {
		t.Errorf("want a binding of %s, got %v: %v", role.GetName(), binding.RoleRef, err)
	}
	for _, r := range stateResources(t) {
		permits := func(rule rbac.PolicyRule) bool {
			return slices.Contains(rule.APIGroups, r.GroupVersionKind.Group) && slices.Contains(rule.Resources, r.GetResourceName()) &&
				slices.Equal(rule.Verbs, []string{"list", "watch"})
		}
		if !slices.ContainsFunc(role.Rules, permits) {
			t.Errorf("the ClusterRole does not permit to list and watch %s", r.GetResourceName())
		}
	}
}

// TestAlertsTestedAndDocumented shows that each alert has annotations, a section in the documentation, a unit test in which it fires, and one in
// which it does not.
func TestAlertsTestedAndDocumented(t *testing.T) {
	doc := string(read(t, "../../docs/observability.md"))
	const runbook = "https://github.com/novasphere/function-wukong/blob/main/docs/observability.md#"
	fires, quiet := map[string]bool{}, map[string]bool{}
	for _, test := range ruleTests(t).Tests {
		for _, a := range test.AlertRuleTest {
			(map[bool]map[string]bool{true: fires, false: quiet}[len(a.ExpAlerts) > 0])[a.AlertName] = true
		}
	}
	alerts := map[string]bool{}
	for _, g := range rules(t).Groups {
		for _, r := range g.Rules {
			alerts[r.Alert] = true
			if r.Annotations["summary"] == "" || r.Annotations["description"] == "" || r.Annotations["runbook_url"] != runbook+strings.ToLower(r.Alert) {
				t.Errorf("%s: want a summary, a description and the address of its section, got %v", r.Alert, r.Annotations)
			}
			if !slices.Contains([]string{"critical", "warning", "info"}, r.Labels["severity"]) {
				t.Errorf("%s: unknown severity %q", r.Alert, r.Labels["severity"])
			}
			if !fires[r.Alert] || !quiet[r.Alert] {
				t.Errorf("%s: want a unit test in which it fires (%t) and one in which it does not (%t)", r.Alert, fires[r.Alert], quiet[r.Alert])
			}
			if !strings.Contains(doc, "\n### "+r.Alert+"\n") {
				t.Errorf("%s has no section in the documentation", r.Alert)
			}
		}
	}
	for _, m := range regexp.MustCompile(`(?m)^### (.*Wukong.*)$`).FindAllStringSubmatch(doc, -1) {
		if !alerts[m[1]] {
			t.Errorf("the documentation has a section about %s, which is no alert", m[1])
		}
	}
}

// TestDashboard shows what Grafana's schema does not check: panels have unique IDs, do not overlap, and query the data source that the user
// selects.
func TestDashboard(t *testing.T) {
	ids, cells := map[int]bool{}, map[[2]int]string{}
	for _, p := range dashboard(t).Panels {
		if ids[p.ID] {
			t.Errorf("panel %q has the identifier of another", p.Title)
		}
		ids[p.ID] = true
		for x := p.GridPos.X; x < p.GridPos.X+p.GridPos.W; x++ {
			for y := p.GridPos.Y; y < p.GridPos.Y+p.GridPos.H; y++ {
				if other := cells[[2]int{x, y}]; other != "" || x >= 24 {
					t.Fatalf("panel %q overlaps %q, or exceeds the dashboard", p.Title, other)
				}
				cells[[2]int{x, y}] = p.Title
			}
		}
		for _, q := range p.Targets {
			if p.DataSource.UID != "${datasource}" || q.DataSource.UID != "${datasource}" {
				t.Errorf("panel %q does not query the selected data source", p.Title)
			}
		}
	}
}

// metricRows are the metrics in the tables of the documentation.
var metricRows = regexp.MustCompile("(?m)^\\| `([a-z_]+)`")

// TestMetricsDocumented shows that the documentation lists exactly the metrics of the function and of Wukongs.
func TestMetricsDocumented(t *testing.T) {
	want := map[string]bool{}
	for _, s := range functionSeries(t) {
		if strings.HasPrefix(s.name(), "function_wukong_") {
			want[s.name()] = true
		}
	}
	for _, r := range stateResources(t) {
		for _, m := range r.Metrics {
			want[r.GetMetricNamePrefix()+"_"+m.Name] = true
		}
	}
	got := map[string]bool{}
	for _, m := range metricRows.FindAllStringSubmatch(string(read(t, "../../docs/observability.md")), -1) {
		if strings.Contains(m[1], "wukong") {
			got[m[1]] = true
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want, +got:\n%s", diff)
	}
}
