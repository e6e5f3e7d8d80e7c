// Package docs shows that what the documentation names is there: each link leads somewhere, each command and each file exists, and each
// manifest is accepted. It is a module of its own, as it reads Markdown.
package docs
