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
)

// revised returns the file at a path, or those in the folder at a path, as they are in the revision. A path that the revision does not have has
// no files: it is new.
func (r Reader) revised(ctx context.Context, path string) ([]file, error) {
	dir, base := existing(path)
	if strings.HasPrefix(r.Revision, "-") {
		return nil, errors.New(msgNoRevision.With("it begins with a hyphen"))
	}
	list, err := git(ctx, dir, nil, "ls-tree", "-r", "-z", r.Revision, "--", base)
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
		objects.WriteString(fields[2] + "\n")
	}
	if len(out) == 0 {
		return nil, nil
	}
	contents, err := git(ctx, dir, &objects, "cat-file", "--batch")
	if err != nil {
		return nil, err
	}
	return out, fill(out, bufio.NewReader(bytes.NewReader(contents)))
}

// existing returns the innermost folder of a path that exists, and the rest of the path: Git must run in the repository, and the folder may be gone.
func existing(path string) (dir, base string) {
	dir = filepath.Clean(path)
	if info, err := os.Stat(dir); err == nil && info.IsDir() {
		return dir, "."
	}
	for {
		base, dir = filepath.Join(filepath.Base(dir), base), filepath.Dir(dir)
		if info, err := os.Stat(dir); err == nil && info.IsDir() || dir == filepath.Dir(dir) {
			return dir, base
		}
	}
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
		return nil, errors.New(msgNoRevision.With(strings.TrimSpace(stderr.String())))
	}
	return stdout.Bytes(), nil
}

// fill reads the contents of files from what git cat-file --batch prints: for each a line that ends with its size, the content and a newline
// (https://git-scm.com/docs/git-cat-file#_batch_output).
func fill(files []file, r *bufio.Reader) error {
	for i := range files {
		var id, kind string
		var size int
		header, err := r.ReadString('\n')
		if err != nil {
			return err
		}
		if _, err := fmt.Sscanf(header, "%s %s %d", &id, &kind, &size); err != nil {
			return fmt.Errorf("cannot read %s: %s", files[i].name, strings.TrimSpace(header))
		}
		files[i].content = make([]byte, size)
		if _, err := io.ReadFull(r, files[i].content); err != nil {
			return err
		}
		if _, err := r.Discard(1); err != nil {
			return err
		}
	}
	return nil
}
