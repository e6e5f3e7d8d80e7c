package manifest

import (
	"context"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// extensions are those of the files in a folder that hold manifests, as kubectl has them.
var extensions = []string{".yaml", ".yml", ".json"}

// isManifest reports whether a file in a folder holds manifests, by its name.
func isManifest(name string) bool { return slices.Contains(extensions, filepath.Ext(name)) }

// files returns the file at a path, or those in the folder at a path, sorted by their names.
func (r Reader) files(ctx context.Context, path string) ([]file, error) {
	if path == Stdin {
		b, err := io.ReadAll(r.Stdin)
		return []file{{name: stdinName, content: b}}, err
	}
	if r.Revision != "" {
		return r.revised(ctx, path)
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		b, err := os.ReadFile(path) //nolint:gosec // Reading the file that the user names is what the command is for.
		return []file{{name: path, content: b}}, err
	}
	return r.folder(path)
}

// folder returns the files of a folder that hold manifests. A link to a file is followed, and one to a folder is not.
func (r Reader) folder(path string) ([]file, error) {
	var out []file
	root := os.DirFS(path)
	err := fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
		full := filepath.Join(path, filepath.FromSlash(name))
		if err != nil {
			// The others can be read.
			out = append(out, file{name: full, err: err})
			return nil //nolint:nilerr // The error is the file's.
		}
		if entry.IsDir() {
			if name != "." && !r.Recursive {
				return fs.SkipDir
			}
			return nil
		}
		if !isManifest(name) || isFolder(full) {
			return nil
		}
		f := file{name: full, inFolder: true}
		f.content, f.err = fs.ReadFile(root, name)
		out = append(out, f)
		return nil
	})
	return out, err
}
