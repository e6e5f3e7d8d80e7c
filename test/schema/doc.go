// Package schema tests what API servers and providers make of what we write, with their own code: that the schema of the Wukong
// API does what it says, that it and the function agree on what is valid, and that readiness queries say what they mean.
package schema
