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

// rules of rules.yaml.
func rules(t *testing.T) *rulefmt.RuleGroups {
	t.Helper()
	groups, errs := rulefmt.Parse(read(t, examples+"rules.yaml"), false, model.UTF8Validation, newParser(), slog.New(slog.DiscardHandler))
	for _, err := range errs {
		t.Fatal(err)
	}
	return groups
}

// A ruleTest is one of promtool's unit tests, as far as these tests read it.
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

func ruleTests(t *testing.T) (out struct {
	Tests []ruleTest `json:"tests"`
}) {
	t.Helper()
	if err := yaml.Unmarshal(read(t, "rules.test.yaml"), &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// A board is a dashboard, as far as these tests read it.
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

func dashboard(t *testing.T) (b board) {
	t.Helper()
	if err := json.Unmarshal(read(t, examples+"dashboard.json"), &b); err != nil {
		t.Fatal(err)
	}
	return b
}

// TestObjectsAreWhatTheOperatorTakes decodes the objects of the Prometheus operator strictly.
func TestObjectsAreWhatTheOperatorTakes(t *testing.T) {
	pods := &monitoring.PodMonitor{}
	if err := yaml.UnmarshalStrict(read(t, examples+"podmonitor.yaml"), pods); err != nil || pods.Kind != monitoring.PodMonitorsKind || pods.APIVersion != monitoring.SchemeGroupVersion.String() {
		t.Errorf("podmonitor.yaml: %v", err)
	}

	rule := &monitoring.PrometheusRule{}
	if err := yaml.UnmarshalStrict(read(t, examples+"prometheusrule.yaml"), rule); err != nil || rule.Kind != monitoring.PrometheusRuleKind || rule.APIVersion != monitoring.SchemeGroupVersion.String() {
		t.Errorf("prometheusrule.yaml: %v", err)
	}
	var alone monitoring.PrometheusRuleSpec
	if err := yaml.UnmarshalStrict(read(t, examples+"rules.yaml"), &alone); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(alone, rule.Spec); diff != "" {
		t.Errorf("prometheusrule.yaml must hold the rules of rules.yaml: -want, +got:\n%s", diff)
	}
}

// TestKubeStateMetricsMayRead checks that what kube-state-metrics is told to look at is what it may.
func TestKubeStateMetricsMayRead(t *testing.T) {
	role, binding, found := strings.Cut(string(read(t, examples+"kube-state-metrics-rbac.yaml")), "\n---\n")
	may, bound := &rbac.ClusterRole{}, &rbac.ClusterRoleBinding{}
	if err := yaml.UnmarshalStrict([]byte(role), may); err != nil || !found {
		t.Fatal(err)
	}
	if err := yaml.UnmarshalStrict([]byte(binding), bound); err != nil || bound.RoleRef.Name != may.GetName() {
		t.Errorf("want a binding of %s, got %v: %v", may.GetName(), bound.RoleRef, err)
	}
	for _, r := range resources(t) {
		if !slices.ContainsFunc(may.Rules, func(rule rbac.PolicyRule) bool {
			return slices.Contains(rule.APIGroups, r.GroupVersionKind.Group) && slices.Contains(rule.Resources, r.GetResourceName()) && slices.Equal(rule.Verbs, []string{"list", "watch"})
		}) {
			t.Errorf("it may not list and watch %s", r.GetResourceName())
		}
	}
}

// TestAlertsAreTestedAndDocumented checks that each alert says what it means, is told in the documentation, and has a unit test in which it
// fires and one in which it does not.
func TestAlertsAreTestedAndDocumented(t *testing.T) {
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

// TestDashboard checks what Grafana's types do not say: identifiers are unique, panels do not lie on each other, and all ask the data
// source that the user chose.
func TestDashboard(t *testing.T) {
	ids, taken := map[int]bool{}, map[[2]int]string{}
	for _, p := range dashboard(t).Panels {
		if ids[p.ID] {
			t.Errorf("panel %q has the identifier of another", p.Title)
		}
		ids[p.ID] = true
		for x := p.GridPos.X; x < p.GridPos.X+p.GridPos.W; x++ {
			for y := p.GridPos.Y; y < p.GridPos.Y+p.GridPos.H; y++ {
				if other := taken[[2]int{x, y}]; other != "" || x >= 24 {
					t.Fatalf("panel %q lies on %q, or beside the dashboard", p.Title, other)
				}
				taken[[2]int{x, y}] = p.Title
			}
		}
		for _, q := range p.Targets {
			if p.DataSource.UID != "${datasource}" || q.DataSource.UID != "${datasource}" {
				t.Errorf("panel %q asks another data source than the one that was chosen", p.Title)
			}
		}
	}
}

// metricRows are the metrics in the tables of the documentation.
var metricRows = regexp.MustCompile("(?m)^\\| `([a-z_]+)`")

// TestMetricsAreDocumented checks that the documentation lists each metric of ours, and none that does not exist.
func TestMetricsAreDocumented(t *testing.T) {
	want := map[string]bool{}
	for _, s := range scraped(t) {
		if strings.HasPrefix(s.name(), "function_wukong_") {
			want[s.name()] = true
		}
	}
	for _, r := range resources(t) {
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
