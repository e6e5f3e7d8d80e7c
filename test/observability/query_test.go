package observability

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/promql/promqltest"
	"github.com/prometheus/prometheus/util/teststorage"
)

// storageWith returns a Prometheus storage with an hour of samples, in which counters grow and other series keep their values.
func storageWith(t *testing.T, all []series) *teststorage.TestStorage {
	t.Helper()
	var b strings.Builder
	b.WriteString("load 1m\n")
	for _, s := range all {
		values := fmt.Sprintf("%gx60", s.value)
		if isCounter(s.name()) {
			values = "0+6x60"
		}
		fmt.Fprintf(&b, "  %s %s\n", s, values)
	}
	return promqltest.LoadedStorage(t, b.String())
}

// isCounter reports whether a metric is a counter, by the suffix of its name.
func isCounter(name string) bool {
	return slices.ContainsFunc([]string{"_total", "_bucket", "_sum", "_count"}, func(suffix string) bool { return strings.HasSuffix(name, suffix) })
}

// TestPanelsHaveData shows that each query of the dashboard has a result for the real series.
func TestPanelsHaveData(t *testing.T) {
	db := storageWith(t, allSeries(t))
	engine := promqltest.NewTestEngine(t, false, 5*time.Minute, 1_000_000)
	variables := strings.NewReplacer("$__rate_interval", "5m", "$namespace", ".*")
	for _, p := range dashboard(t).Panels {
		for _, q := range p.Targets {
			query, err := engine.NewInstantQuery(t.Context(), db, nil, variables.Replace(q.Expr), time.Unix(3000, 0))
			if err != nil {
				t.Errorf("panel %q: %v", p.Title, err)
				continue
			}
			v, err := query.Exec(t.Context()).Vector()
			if err != nil || len(v) == 0 {
				t.Errorf("panel %q has no data: %s: %v", p.Title, q.Expr, err)
			}
			checkLegend(t, p.Title, q.LegendFormat, v)
			query.Close()
		}
	}
}

// checkLegend checks that the result of a query has the labels that a legend names.
func checkLegend(t *testing.T, title, legend string, v promql.Vector) {
	t.Helper()
	for _, part := range strings.Split(legend, "{{")[1:] {
		name, _, _ := strings.Cut(part, "}}")
		if !slices.ContainsFunc(v, func(s promql.Sample) bool { return s.Metric.Get(name) != "" }) {
			t.Errorf("panel %q: no result has the label %s of the legend", title, name)
		}
	}
}

// TestAlertSelectors shows that each selector of the alerts matches a real series. An alert with a mistyped name or label would never fire.
func TestAlertSelectors(t *testing.T) {
	all := allSeries(t)
	for _, g := range rules(t).Groups {
		for _, r := range g.Rules {
			for _, selector := range selectors(t, r.Expr) {
				if !slices.ContainsFunc(all, func(s series) bool { return matches(s, selector) }) {
					t.Errorf("%s: no series matches %v", r.Alert, selector)
				}
			}
		}
	}
}

// TestRuleTestSeries shows that the series in the unit tests of the rules have the names and labels of real series.
func TestRuleTestSeries(t *testing.T) {
	all := allSeries(t)
	for _, test := range ruleTests(t).Tests {
		for _, in := range test.InputSeries {
			want, err := newParser().ParseMetric(in.Series)
			if err != nil {
				t.Fatal(err)
			}
			if want.Get("job") == "another" {
				continue
			}
			if !slices.ContainsFunc(all, func(s series) bool { return hasLabels(s, want) }) {
				t.Errorf("%s: no series has the labels of %s", test.Name, in.Series)
			}
		}
	}
}

// hasLabels reports whether a series has the name of another and all of its labels, with any values. The label pod may be missing: it can be that
// of kube-state-metrics.
func hasLabels(s series, want labels.Labels) bool {
	ok := s.name() == want.Get(nameLabel)
	want.Range(func(l labels.Label) {
		if _, found := s.labels[l.Name]; !found && l.Name != "pod" {
			ok = false
		}
	})
	return ok
}

func newParser() parser.Parser { return parser.NewParser(parser.Options{}) }

// selectors returns the selectors in an expression.
func selectors(t *testing.T, expr string) [][]*labels.Matcher {
	t.Helper()
	e, err := newParser().ParseExpr(expr)
	if err != nil {
		t.Fatal(err)
	}
	return parser.ExtractSelectors(e)
}

// matches reports whether a series has each label of a selector with a value that the selector matches.
func matches(s series, selector []*labels.Matcher) bool {
	for _, m := range selector {
		v, found := s.labels[m.Name]
		if !found || !m.Matches(v) {
			return false
		}
	}
	return true
}
