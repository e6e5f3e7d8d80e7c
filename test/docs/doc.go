// Package docs tests the documentation: each link has a target, each command and each file exists, and the function accepts each manifest. It is
// a module of its own because it depends on a Markdown parser.
package docs
