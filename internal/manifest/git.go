package manifest

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/novasphere/function-wukong/internal/message"
)

var (
	msgNoGit      = message.New(message.Report, "git-missing", "git is not on the PATH, and reads revisions: install it")
	msgNoRevision = message.New(message.Report, "git-no-revision", "Git knows no such revision: {reason}")
	msgLink       = message.New(message.Report, "git-link", "is a symbolic link that leads out of the repository, or nowhere: name the file itself")
)

// revised returns the file at a path, or those in the folder at a path, as they are in the revision. A path that the revision does not have has
// no files: it is new.
func (r Reader) revised(ctx context.Context, path string) ([]file, error) {
	dir, base := existing(path)
	// An option is no revision.
	if _, err := git(ctx, dir, nil, "rev-parse", "--verify", "--quiet", "--end-of-options", r.Revision+"^{commit}"); err != nil {
		return nil, err
	}
	list, err := git(ctx, dir, nil, "ls-tree", "-r", "-z", r.Revision, "--", base)
	if err != nil {
		return nil, err
	}
	prefix, err := git(ctx, dir, nil, "rev-parse", "--show-prefix")
	if err != nil {
		return nil, err
	}
	var out []file
	var objects bytes.Buffer
	for entry := range strings.SplitSeq(strings.TrimSuffix(string(list), "\x00"), "\x00") {
		meta, name, found := strings.Cut(entry, "\t")
		fields := strings.Fields(meta)
		if !found || len(fields) != 3 || fields[1] != "blob" || !r.wants(base, name) {
			continue
		}
		full := filepath.Join(dir, name)
		out = append(out, file{name: r.name(full), inFolder: filepath.Clean(name) != filepath.Clean(base)})
		fmt.Fprintf(&objects, "%s:%s\n", r.Revision, filepath.ToSlash(filepath.Join(strings.TrimSpace(string(prefix)), name)))
	}
	if len(out) == 0 {
		return nil, nil
	}
	contents, err := git(ctx, dir, &objects, "cat-file", "--batch", "--follow-symlinks")
	if err != nil {
		return nil, err
	}
	return out, fill(out, bufio.NewReader(bytes.NewReader(contents)))
}

// existing returns the innermost folder of a path that exists, and the rest of the path: Git must run in the repository, and the folder may be gone.
func existing(path string) (dir, base string) {
	dir = filepath.Clean(path)
	if isFolder(dir) {
		return dir, "."
	}
	for {
		base, dir = filepath.Join(filepath.Base(dir), base), filepath.Dir(dir)
		if isFolder(dir) || dir == filepath.Dir(dir) {
			return dir, base
		}
	}
}

// isFolder reports whether a path leads to a folder.
func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// wants reports whether a file below a path is read: the path itself, and manifests in the folder that it is.
func (r Reader) wants(path, name string) bool {
	path, name = filepath.Clean(path), filepath.Clean(name)
	if name == path {
		return true
	}
	return isManifest(name) && (r.Recursive || filepath.Dir(name) == path)
}

// git returns what Git prints in a folder.
func git(ctx context.Context, dir string, stdin io.Reader, args ...string) ([]byte, error) {
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, "git", args...) //nolint:gosec // The user names the revision and the path, which cannot be options.
	cmd.Dir, cmd.Stdin, cmd.Stdout, cmd.Stderr = dir, stdin, &stdout, &stderr
	err := cmd.Run()
	if errors.Is(err, exec.ErrNotFound) {
		return nil, errors.New(msgNoGit.String())
	}
	if err != nil {
		why := strings.TrimSpace(stderr.String())
		if why == "" {
			why = "git log lists those that there are"
		}
		return nil, errors.New(msgNoRevision.With(why))
	}
	return stdout.Bytes(), nil
}

// fill reads the contents of files from what git cat-file --batch --follow-symlinks prints: for each a line that ends with its size, the content and
// a newline (https://git-scm.com/docs/git-cat-file#_batch_output). A link that leads to no file of the revision has another line.
func fill(files []file, r *bufio.Reader) error {
	for i := range files {
		header, err := r.ReadString('\n')
		if err != nil {
			return err
		}
		var kind, second string
		var size int
		if n, _ := fmt.Sscanf(header, "%s %s %d", &kind, &second, &size); n == 3 && second == "blob" {
			if files[i].content, err = sized(r, size); err != nil {
				return err
			}
			continue
		}
		files[i].err = errors.New(msgLink.String())
		if n, _ := fmt.Sscanf(header, "%s %d", &kind, &size); n == 2 {
			if _, err := sized(r, size); err != nil {
				return err
			}
		}
	}
	return nil
}

// sized reads as many bytes, and the newline behind them.
func sized(r *bufio.Reader, size int) ([]byte, error) {
	out := make([]byte, size)
	if _, err := io.ReadFull(r, out); err != nil {
		return nil, err
	}
	_, err := r.Discard(1)
	return out, err
}
