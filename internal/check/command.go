package check

import (
	"context"
	"io"
	"slices"

	"github.com/novasphere/function-wukong/fn"
	"github.com/novasphere/function-wukong/internal/manifest"
	"github.com/novasphere/function-wukong/internal/preview"
)

// An Output is how a report is printed.
type Output string

// The outputs.
const (
	Text Output = "text"
	JSON Output = "json"
)

// A Command checks the Wukongs of files.
type Command struct {
	preview.Options

	// Cluster is a file or a folder with objects of the cluster. Empty for none.
	Cluster string

	Output Output

	Stdout io.Writer

	// Strict counts warnings as errors.
	Strict bool

	// Problems prints findings, and what is wrong with the files.
	Problems manifest.Printer
}

// Run prints findings to Problems, and the rest of the report to Stdout. It returns preview.ErrRefused where something is wrong.
func (c Command) Run(ctx context.Context) error {
	r := preview.Read(ctx, c.Options)
	c.Problems.Print(r.Problems...)
	failed := r.Failed()
	if !r.Complete() {
		return preview.ErrRefused
	}
	docs, cluster, ok := c.cluster(ctx)
	if !ok {
		return preview.ErrRefused
	}

	var wukongs []*preview.Wukong
	var plans []fn.Planned
	for _, w := range r.Wukongs {
		p, problems, err := ask(r, w)
		if err != nil {
			return err
		}
		c.Problems.Print(problems...)
		if len(problems) > 0 || w.Refused() {
			failed = true
			continue
		}
		wukongs, plans = append(wukongs, w), append(plans, p)
	}

	report := Check(plans, cluster)
	for i := range report.Findings {
		f := &report.Findings[i]
		d := documentOf(*f, wukongs, docs)
		f.Position = d.Position(f.Field)
		c.Problems.Print(d.Problem(f.Severity, f.Field, f.Message))
		failed = failed || f.Severity == manifest.Error || c.Strict
	}
	if err := c.print(report); err != nil {
		return err
	}
	if failed {
		return preview.ErrRefused
	}
	return nil
}

// cluster reads the objects of the cluster. It returns false where one of them cannot be read.
func (c Command) cluster(ctx context.Context) ([]manifest.Document, Cluster, bool) {
	if c.Cluster == "" {
		return nil, Cluster{}, true
	}
	docs, problems := manifest.Reader{Stdin: c.Stdin, Recursive: c.Recursive}.Read(ctx, c.Cluster)
	cluster, unread := ReadCluster(docs)
	problems = append(problems, unread...)
	c.Problems.Print(problems...)
	return docs, cluster, !manifest.HasErrors(problems)
}

// ask returns what a Wukong asks for, or what it is refused for.
func ask(r *preview.Repository, w *preview.Wukong) (fn.Planned, []manifest.Problem, error) {
	req, err := r.Request(w)
	if err != nil {
		return fn.Planned{}, nil, err
	}
	p, err := fn.Plan(req)
	if err != nil {
		return fn.Planned{}, w.Problems(err), nil
	}
	return p, nil, nil
}

// documentOf returns the document that a finding is about: that of its Wukong, or of an object of the cluster.
func documentOf(f Finding, wukongs []*preview.Wukong, cluster []manifest.Document) manifest.Document {
	if f.Index != NoWukong {
		return wukongs[f.Index].Document
	}
	if i := slices.IndexFunc(cluster, func(d manifest.Document) bool { return d.Title() == f.Object }); i >= 0 {
		return cluster[i]
	}
	return manifest.Document{}
}

// print prints the report.
func (c Command) print(r Report) error {
	if c.Output == JSON {
		return manifest.WriteReport(c.Stdout, r)
	}
	return r.WriteText(c.Stdout)
}
