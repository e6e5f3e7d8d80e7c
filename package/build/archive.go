package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"io/fs"
	"time"
)

// oldest is the time that all files of a zip archive have: the first one that the format can express.
var oldest = time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)

// A packed file is a file in an archive.
type packed struct {
	name    string
	mode    fs.FileMode
	content []byte
}

// tarGzip returns files as a tar archive, compressed by gzip. It has no timestamps and no owners, so that the same files give the same bytes.
func tarGzip(files []packed) ([]byte, error) {
	b := &bytes.Buffer{}
	compressed, err := gzip.NewWriterLevel(b, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	w := tar.NewWriter(compressed)
	for _, f := range files {
		if err := w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: f.name, Mode: int64(f.mode), Size: int64(len(f.content))}); err != nil {
			return nil, err
		}
		if _, err := w.Write(f.content); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	if err := compressed.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// zipped returns files as a zip archive. All have one time, so that the same files give the same bytes.
func zipped(files []packed) ([]byte, error) {
	b := &bytes.Buffer{}
	w := zip.NewWriter(b)
	for _, f := range files {
		h := &zip.FileHeader{Name: f.name, Method: zip.Deflate, Modified: oldest}
		h.SetMode(f.mode)
		content, err := w.CreateHeader(h)
		if err != nil {
			return nil, err
		}
		if _, err := content.Write(f.content); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}
