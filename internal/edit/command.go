package edit

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"slices"

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
	p := Plan{APIVersion: manifest.ReportVersion, Kind: "Plan", Wukongs: []Wukong{}, Problems: []manifest.Problem{}}
	c.Problems.Recorded = &p.Problems
	if !c.plan(ctx, &p) {
		return ClassNone, preview.ErrRefused
	}
	p.count()
	if err := c.print(p); err != nil {
		return ClassNone, err
	}
	if manifest.HasErrors(p.Problems) || p.Summary.Refused > 0 {
		return p.class(), preview.ErrRefused
	}
	return p.class(), nil
}

// plan adds the Wukongs to a plan, and prints problems. It returns false where nothing can be said.
func (c Command) plan(ctx context.Context, p *Plan) bool {
	options := c.Options
	if c.Revision != "" {
		options.Files = existing(c.Files)
	}
	after := preview.Read(ctx, options)
	c.Problems.Print(after.Problems...)
	if !after.Complete() {
		return false
	}
	add := func(w Wukong, problems []manifest.Problem) {
		c.Problems.Print(problems...)
		if len(problems) == 0 {
			p.Wukongs = append(p.Wukongs, w)
		}
	}
	switch {
	case c.With != "":
		return c.planVersion(ctx, after, add)
	case c.Before == nil && c.Revision == "":
		c.planObserved(after, add)
		return true
	}
	before := c.before(ctx)
	isComparable := c.printBefore(before)
	if isComparable {
		c.planFiles(before, after, add)
	}
	return isComparable
}

// existing returns the paths that exist. A file of a revision may be gone.
func existing(paths []string) []string {
	return slices.DeleteFunc(slices.Clone(paths), func(path string) bool {
		_, err := os.Stat(path)
		return path != manifest.Stdin && errors.Is(err, fs.ErrNotExist)
	})
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

// printBefore prints what is wrong with the files before the edit. It returns false where one of them could not be read at all. Other mistakes are
// warnings, as the edit may mend them.
func (c Command) printBefore(before *preview.Repository) bool {
	for _, p := range before.Problems {
		switch {
		case p.Severity == manifest.Error && p.Line > 0:
			p.Severity = manifest.Warning
		case p.Severity == manifest.Note:
			continue
		}
		c.Problems.Print(p)
	}
	unread := func(p manifest.Problem) bool { return p.Severity == manifest.Error && p.Line == 0 }
	return before.Complete() && !slices.ContainsFunc(before.Problems, unread)
}

// planFiles plans from one set of Wukongs to another. What could not be read is neither new nor gone.
func (c Command) planFiles(before, after *preview.Repository, add func(Wukong, []manifest.Problem)) {
	had := make(map[string]*preview.Wukong, len(before.Wukongs))
	for _, w := range before.Wukongs {
		had[w.Key()] = w
	}
	has := make(map[string]bool, len(after.Wukongs))
	// A Wukong that is refused may be meant to be one that was there before.
	isClear := !after.Failed()
	for _, w := range after.Wukongs {
		has[w.Key()] = true
		switch old := had[w.Key()]; {
		case w.Refused():
		case old != nil:
			add(compare(&side{before, old}, side{after, w}))
		case before.Failed():
			c.Problems.Print(w.Document.Problem(manifest.Warning, "", msgNotRead.With(w.Title())))
		default:
			made, problems := created(side{after, w})
			isClear = isClear && len(problems) == 0
			add(made, problems)
		}
	}
	for _, w := range before.Wukongs {
		if !has[w.Key()] && !w.Refused() && isClear {
			add(deleted(side{before, w}))
		}
	}
}

// planObserved plans from what is observed.
func (c Command) planObserved(after *preview.Repository, add func(Wukong, []manifest.Problem)) {
	for _, w := range after.Wukongs {
		switch old := after.InCluster(w); {
		case w.Refused():
		case old != nil:
			add(compare(&side{after, old}, side{after, w}))
		case w.IsObserved():
			c.Problems.Print(w.Document.Problem(manifest.Warning, "", msgNoWukong.With(w.Title())))
			add(compare(nil, side{after, w}))
		default:
			add(created(side{after, w}))
		}
	}
}

// planVersion plans from what another version of the function renders of the same Wukongs. It returns false where that is not given.
func (c Command) planVersion(ctx context.Context, after *preview.Repository, add func(Wukong, []manifest.Problem)) bool {
	docs, problems := manifest.Reader{Stdin: c.Stdin}.Read(ctx, c.With)
	objects, known, found := ownersOf(docs), map[string]bool{}, false
	for _, w := range after.Wukongs {
		owner := w.Document.GetNamespace() + "/" + w.Document.GetName()
		known[owner] = true
		found = found || len(objects[owner]) > 0
	}
	problems = append(problems, notRendered(docs, objects, known)...)
	if !found && !manifest.HasErrors(problems) {
		problems = append(problems, manifest.Problem{Position: manifest.Position{File: c.With}, Severity: manifest.Error, Text: msgNothingRendered.String()})
	}
	c.Problems.Print(problems...)
	if manifest.HasErrors(problems) {
		return false
	}
	for _, w := range after.Wukongs {
		if !w.Refused() {
			add(upgraded(side{after, w}, objects[w.Document.GetNamespace()+"/"+w.Document.GetName()]))
		}
	}
	return true
}

// print prints the plan.
func (c Command) print(p Plan) error {
	switch c.Output {
	case JSON:
		return manifest.WriteReport(c.Stdout, p)
	case Markdown:
		_, err := io.WriteString(c.Stdout, p.markdown())
		return err
	default:
		_, err := io.WriteString(c.Stdout, p.text(c.Color))
		return err
	}
}
