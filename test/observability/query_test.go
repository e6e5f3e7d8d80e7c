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

// stored are series as Prometheus has them after an hour in which all counters grew and all else stayed as it is.
func stored(t *testing.T, all []series) *teststorage.TestStorage {
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

func isCounter(name string) bool {
	return slices.ContainsFunc([]string{"_total", "_bucket", "_sum", "_count"}, func(suffix string) bool { return strings.HasSuffix(name, suffix) })
}

// TestPanelsShowSomething asks Prometheus what the dashboard asks, of what there really is: each query has an answer.
func TestPanelsShowSomething(t *testing.T) {
	db := stored(t, everything(t))
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
				t.Errorf("panel %q shows nothing: %s: %v", p.Title, q.Expr, err)
			}
			checkLegend(t, p.Title, q.LegendFormat, v)
			query.Close()
		}
	}
}

// checkLegend checks that the labels that a legend names are there.
func checkLegend(t *testing.T, title, legend string, v promql.Vector) {
	t.Helper()
	for _, part := range strings.Split(legend, "{{")[1:] {
		name, _, _ := strings.Cut(part, "}}")
		if !slices.ContainsFunc(v, func(s promql.Sample) bool { return s.Metric.Get(name) != "" }) {
			t.Errorf("panel %q: no answer has the label %s of its legend", title, name)
		}
	}
}

// TestAlertsLookAtWhatThereIs checks each selector of the alerts on what there really is: a name or a label that is mistyped would
// never fire, and nobody would know.
func TestAlertsLookAtWhatThereIs(t *testing.T) {
	all := everything(t)
	for _, g := range rules(t).Groups {
		for _, r := range g.Rules {
			for _, selector := range selectors(t, r.Expr) {
				if !slices.ContainsFunc(all, func(s series) bool { return matches(s, selector) }) {
					t.Errorf("%s: nothing is selected by %v", r.Alert, selector)
				}
			}
		}
	}
}

// TestRuleTestsUseWhatThereIs does the same with the series of the rules' unit tests.
func TestRuleTestsUseWhatThereIs(t *testing.T) {
	all := everything(t)
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
				t.Errorf("%s: there is no metric with the labels of %s", test.Name, in.Series)
			}
		}
	}
}

// hasLabels says whether a series has the name of another, and each of its labels with whatever value. The pod may be kube-state-metrics'.
func hasLabels(s series, want labels.Labels) bool {
	ok := s.name() == want.Get(nameLabel)
	want.Range(func(l labels.Label) {
		if _, has := s.labels[l.Name]; !has && l.Name != "pod" {
			ok = false
		}
	})
	return ok
}

func newParser() parser.Parser { return parser.NewParser(parser.Options{}) }

// selectors in an expression.
func selectors(t *testing.T, expr string) [][]*labels.Matcher {
	t.Helper()
	e, err := newParser().ParseExpr(expr)
	if err != nil {
		t.Fatal(err)
	}
	return parser.ExtractSelectors(e)
}

func matches(s series, selector []*labels.Matcher) bool {
	for _, m := range selector {
		v, has := s.labels[m.Name]
		if !has || !m.Matches(v) {
			return false
		}
	}
	return true
}
