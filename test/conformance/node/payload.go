package main

import (
	"archive/tar"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// start is the script of the node's first process.
//
//go:embed start.sh
var start string

// payloadDir is the folder of the payload on the node, and filesDir the folder with the files in it.
const (
	payloadDir = "/mnt"
	filesDir   = "files"
)

// pack writes a tar archive into a folder and returns its path. It has the program, the files, and the scripts that run the program.
func (c *command) pack(dir string) (path string, err error) {
	path = filepath.Join(dir, "payload.tar")
	f, err := os.Create(path)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, f.Close()) }()

	out := tar.NewWriter(f)
	if err := add(out, "program", c.program); err != nil {
		return "", err
	}
	for name, file := range c.files {
		if err := add(out, filesDir+"/"+name, file); err != nil {
			return "", err
		}
	}
	for name, script := range map[string]string{"start": start, "run": c.script()} {
		if err := out.WriteHeader(&tar.Header{Name: name, Mode: 0o755, Size: int64(len(script))}); err != nil {
			return "", err
		}
		if _, err := io.WriteString(out, script); err != nil {
			return "", err
		}
	}
	return path, out.Close()
}

// script returns the shell script that runs the program on the node.
func (c *command) script() string {
	args := make([]string, len(c.args))
	for i, a := range c.args {
		args[i] = "'" + strings.ReplaceAll(a, "'", `'\''`) + "'"
	}
	return fmt.Sprintf("#!/bin/sh\nexport CNI_PATH=%s/%s\nexec %s/program %s\n", payloadDir, filesDir, payloadDir, strings.Join(args, " "))
}

// add adds a file to an archive.
func add(out *tar.Writer, name, file string) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if err := out.WriteHeader(&tar.Header{Name: name, Mode: 0o755, Size: info.Size()}); err != nil {
		return err
	}
	_, err = io.Copy(out, f)
	return err
}
