package preview

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/novasphere/function-wukong/internal/manifest"
)

// Options say which manifests are read, and how they are taken.
type Options struct {
	// Files and folders with Wukongs; - is standard input. Each may hold several documents, and lists as kubectl prints them.
	Files []string

	// Recursive reads the folders in folders, too.
	Recursive bool

	// Revision is the Git revision whose files are read, the Input among them where it has that; empty for the files as they are. What is known
	// of the cluster is always read as it is.
	Revision string

	// Namespace of the Wukongs that name none. Empty for default, with a note.
	Namespace string

	// Target is how Wukongs are composed. Empty for that of Input, else for Namespaced.
	Target Target

	// Input is a file with an Input, or with a Composition that has one. Empty for none.
	Input string

	// Observed is a file or a folder with observed composed resources, and perhaps with the Wukongs as they are in the cluster. Empty for none.
	Observed string

	// Required is a file or a folder with other objects of the cluster, which the function may require. Empty for none.
	Required string

	Stdin io.Reader
}

// A Repository is what was read: Wukongs, the settings of the platform, and what is known of the cluster.
type Repository struct {
	// Wukongs in the order of the files.
	Wukongs []*Wukong

	// Problems of the files.
	Problems []manifest.Problem

	// Required are the other objects of the cluster.
	Required []manifest.Document

	platform platform
	cluster  cluster

	// byKey are the Wukongs by what they are known by.
	byKey map[string]*Wukong

	// incomplete reports whether something beside the Wukongs could not be read, so that nothing can be rendered.
	incomplete bool
}

// Read reads what the options name. It goes on after each problem, so that one run finds all of them.
func Read(ctx context.Context, o Options) *Repository {
	r := &Repository{byKey: map[string]*Wukong{}}
	files := manifest.Reader{Stdin: o.Stdin, Recursive: o.Recursive}
	revised := manifest.Reader{Stdin: o.Stdin, Recursive: o.Recursive, Revision: o.Revision}
	r.readPlatform(ctx, files, revised, o)
	incomplete := r.Failed()
	r.readWukongs(ctx, revised, o)
	before := len(r.Problems)
	r.readObserved(ctx, files, o.Observed)
	r.readCluster(ctx, files, o.Required)
	r.incomplete = incomplete || manifest.HasErrors(r.Problems[before:])
	for _, w := range r.Wukongs {
		w.dropStatus()
	}
	return r
}

// Failed reports whether a problem is an error.
func (r *Repository) Failed() bool { return manifest.HasErrors(r.Problems) }

// Complete reports whether everything beside the Wukongs could be read: without it a verdict on them would be wrong.
func (r *Repository) Complete() bool { return !r.incomplete }

// Target returns how the Wukongs are composed.
func (r *Repository) Target() Target { return r.platform.target }

// add adds problems.
func (r *Repository) add(problems ...manifest.Problem) { r.Problems = append(r.Problems, problems...) }

// read returns the documents of files, and adds what is wrong with them.
func (r *Repository) read(ctx context.Context, files manifest.Reader, paths ...string) []manifest.Document {
	docs, problems := files.Read(ctx, paths...)
	r.add(problems...)
	return docs
}

// readWukongs reads the Wukongs of the files. It notes other objects in files that the user named, and counts those in folders.
func (r *Repository) readWukongs(ctx context.Context, files manifest.Reader, o Options) {
	others := map[string]int{}
	for _, path := range o.Files {
		before, found := len(r.Problems), len(r.Wukongs)
		for _, d := range r.read(ctx, files, path) {
			switch problem := recognize(d); {
			case problem != "":
				r.add(d.Problem(manifest.Error, "", problem))
			case isWukong(d):
				r.addWukong(d, o.Namespace)
			case d.InFolder:
				others[d.GetKind()]++
			case d.GetAPIVersion() == "" || d.GetKind() == "":
				r.add(d.Problem(manifest.Error, "", msgNoManifest.String()))
			default:
				r.add(d.Problem(manifest.Note, "", msgLeftOutOther.With(d.Title())))
			}
		}
		if len(r.Wukongs) == found && !manifest.HasErrors(r.Problems[before:]) && files.Revision == "" {
			r.add(manifest.Problem{Position: manifest.Position{File: path}, Severity: manifest.Error, Text: msgNoWukong.String()})
		}
	}
	if len(others) > 0 {
		r.add(manifest.Problem{Severity: manifest.Note, Text: msgLeftOutOthers.With(counted(others))})
	}
}

// addWukong adds the Wukong of a document.
func (r *Repository) addWukong(d manifest.Document, namespace string) {
	w := newWukong(d, r.platform.target, namespace)
	if first := r.byKey[w.Key()]; first != nil && d.GetName() != "" {
		r.add(d.Problem(manifest.Error, "metadata", msgTwice.With(w.Title(), first.Document.Position(""))))
		return
	}
	r.byKey[w.Key()] = w
	r.Wukongs = append(r.Wukongs, w)
	r.add(w.check()...)
	switch given := d.GetNamespace(); {
	case d.GetKind() != kindWukong:
	case w.defaultNamespace:
		r.add(d.Problem(manifest.Note, "metadata", msgDefaultNamespace.String()))
	case namespace != "" && given != "" && given != namespace:
		w.refused = true
		r.add(d.Problem(manifest.Error, "metadata.namespace", msgOtherNamespace.With(given, namespace)))
	}
}

// counted returns kinds with their numbers, sorted: 2 ConfigMap, 1 Service.
func counted(kinds map[string]int) string {
	out := make([]string, 0, len(kinds))
	for _, kind := range slices.Sorted(maps.Keys(kinds)) {
		name := kind
		if name == "" {
			name = "without a kind"
		}
		out = append(out, fmt.Sprintf("%d %s", kinds[kind], name))
	}
	return strings.Join(out, ", ")
}
