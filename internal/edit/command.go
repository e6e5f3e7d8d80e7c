package edit

import (
	"context"
	"encoding/json"
	"io"

	"github.com/novasphere/function-wukong/internal/manifest"
	"github.com/novasphere/function-wukong/internal/preview"
)

// An Output is how a plan is printed.
type Output string

// The outputs.
const (
	Text     Output = "text"
	Markdown Output = "markdown"
	JSON     Output = "json"
)

// A Command plans the edit of the Wukongs of files.
type Command struct {
	// Options say what is read, after the edit. Files and Observed are those of the Wukongs that are applied next.
	preview.Options

	// Before are the files, or with Revision the revision of the same files, before the edit. Neither of both compares with what is observed.
	Before   []string
	Revision string

	// With is a file with what another version of the function renders of the same Wukongs, as manifests.
	With string

	Output Output

	Stdout io.Writer

	// Color prints what is lost, refused and restarted in colors.
	Color bool

	Problems manifest.Printer
}

// Run prints the plan, and returns the worst class of its changes. It returns preview.ErrRefused where a manifest is refused, or a change of what
// exists.
func (c Command) Run(ctx context.Context) (Class, error) {
	after := preview.Read(ctx, c.Options)
	c.Problems.Print(after.Problems...)
	failed := after.Failed()
	if !after.Complete() {
		return ClassNone, preview.ErrRefused
	}

	p := Plan{APIVersion: manifest.ReportVersion, Kind: "Plan", Wukongs: []Wukong{}}
	add := func(w Wukong, problems []manifest.Problem) {
		c.Problems.Print(problems...)
		failed = failed || hasErrors(problems) || len(w.Refused()) > 0
		if !hasErrors(problems) {
			p.Wukongs = append(p.Wukongs, w)
		}
	}
	switch {
	case c.With != "":
		c.planVersion(ctx, after, add)
	case c.Before != nil || c.Revision != "":
		before := c.before(ctx)
		c.Problems.Print(before.Problems...)
		failed = failed || before.Failed()
		planFiles(before, after, add)
	default:
		planObserved(after, add)
	}
	p.count()
	if err := c.print(p); err != nil {
		return ClassNone, err
	}
	if failed {
		return p.class(), preview.ErrRefused
	}
	return p.class(), nil
}

// before reads the Wukongs before the edit.
func (c Command) before(ctx context.Context) *preview.Repository {
	o := c.Options
	o.Observed, o.Required = "", ""
	o.Revision = c.Revision
	if c.Revision == "" {
		o.Files = c.Before
	}
	return preview.Read(ctx, o)
}

// hasErrors reports whether one of the problems is an error.
func hasErrors(problems []manifest.Problem) bool {
	for _, p := range problems {
		if p.Severity == manifest.Error {
			return true
		}
	}
	return false
}

// planFiles plans from one set of Wukongs to another.
func planFiles(before, after *preview.Repository, add func(Wukong, []manifest.Problem)) {
	had := make(map[string]*preview.Wukong, len(before.Wukongs))
	for _, w := range before.Wukongs {
		had[w.Key()] = w
	}
	has := make(map[string]bool, len(after.Wukongs))
	for _, w := range after.Wukongs {
		has[w.Key()] = true
		if w.Refused() {
			continue
		}
		if old := had[w.Key()]; old != nil {
			add(compare(&side{before, old}, side{after, w}))
			continue
		}
		add(created(side{after, w}))
	}
	for _, w := range before.Wukongs {
		if !has[w.Key()] && !w.Refused() {
			add(deleted(side{before, w}))
		}
	}
}

// planObserved plans from what is observed.
func planObserved(after *preview.Repository, add func(Wukong, []manifest.Problem)) {
	for _, w := range after.Wukongs {
		switch old := after.InCluster(w); {
		case w.Refused():
		case old != nil:
			add(compare(&side{after, old}, side{after, w}))
		case w.IsObserved():
			add(compare(nil, side{after, w}))
		default:
			add(created(side{after, w}))
		}
	}
}

// planVersion plans from what another version of the function renders of the same Wukongs.
func (c Command) planVersion(ctx context.Context, after *preview.Repository, add func(Wukong, []manifest.Problem)) {
	docs, problems := manifest.Reader{Stdin: c.Stdin}.Read(ctx, c.With)
	objects, known := ownersOf(docs), map[string]bool{}
	for _, w := range after.Wukongs {
		owner := w.Document.GetNamespace() + "/" + w.Document.GetName()
		known[owner] = true
		if !w.Refused() {
			add(upgraded(side{after, w}, objects[owner]))
		}
	}
	c.Problems.Print(append(problems, notRendered(docs, objects, known)...)...)
}

// print prints the plan.
func (c Command) print(p Plan) error {
	switch c.Output {
	case JSON:
		e := json.NewEncoder(c.Stdout)
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		return e.Encode(p)
	case Markdown:
		_, err := io.WriteString(c.Stdout, p.markdown())
		return err
	default:
		_, err := io.WriteString(c.Stdout, p.text(c.Color))
		return err
	}
}
