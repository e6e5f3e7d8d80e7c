// Command file-store is a plugin of Velero that keeps backups as files, so that Velero runs without an object store of a cloud.
package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/sirupsen/logrus"
	"github.com/vmware-tanzu/velero/pkg/plugin/framework"
)

// provider is what a BackupStorageLocation names as its provider.
const provider = "novasphere.dev/file-store"

// dirKey is the key in the config of a BackupStorageLocation whose value is the folder of the buckets.
const dirKey = "dir"

func main() {
	framework.NewServer().RegisterObjectStore(provider, func(logrus.FieldLogger) (any, error) { return &store{}, nil }).Serve()
}

// A store keeps each bucket in a folder below dir, and each object in a file. The key of an object is its path in the folder.
type store struct{ dir string }

// Init reads the config of a BackupStorageLocation.
func (s *store) Init(config map[string]string) error {
	s.dir = config[dirKey]
	if s.dir == "" {
		return fmt.Errorf("the config of the BackupStorageLocation has no %q", dirKey)
	}
	return nil
}

// path returns the path of an object. A bucket and a key cannot name a file outside of the folder.
func (s *store) path(bucket, key string) string {
	return filepath.Join(s.dir, filepath.Join("/", bucket, key))
}

// PutObject writes an object. It appears only when all of it is written.
func (s *store) PutObject(bucket, key string, body io.Reader) error {
	path := s.path(bucket, key)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(s.dir, "object-")
	if err != nil {
		return err
	}
	_, err = io.Copy(f, body)
	if err := errors.Join(err, f.Close()); err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return os.Rename(f.Name(), path)
}

// ObjectExists reports whether there is an object.
func (s *store) ObjectExists(bucket, key string) (bool, error) {
	_, err := os.Stat(s.path(bucket, key))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// GetObject opens an object.
func (s *store) GetObject(bucket, key string) (io.ReadCloser, error) {
	return os.Open(s.path(bucket, key))
}

// ListCommonPrefixes returns the keys that begin with a prefix up to the next delimiter, each once.
func (s *store) ListCommonPrefixes(bucket, prefix, delimiter string) ([]string, error) {
	keys, err := s.ListObjects(bucket, prefix)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, key := range keys {
		if next, _, ok := strings.Cut(key[len(prefix):], delimiter); ok {
			out = append(out, prefix+next+delimiter)
		}
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

// ListObjects returns the keys that begin with a prefix. A bucket that nobody has written to has none.
func (s *store) ListObjects(bucket, prefix string) ([]string, error) {
	root := s.path(bucket, "")
	var out []string
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil || d.IsDir() {
			return err
		}
		key, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		if key = filepath.ToSlash(key); strings.HasPrefix(key, prefix) {
			out = append(out, key)
		}
		return nil
	})
	return out, err
}

// DeleteObject removes an object.
func (s *store) DeleteObject(bucket, key string) error {
	return os.Remove(s.path(bucket, key))
}

// CreateSignedURL returns the URL of an object's file, which does not expire.
func (s *store) CreateSignedURL(bucket, key string, _ time.Duration) (string, error) {
	return "file://" + s.path(bucket, key), nil
}
