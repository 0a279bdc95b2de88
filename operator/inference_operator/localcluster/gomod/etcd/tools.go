//go:build tools

// Package tools names the command that is built from this module's pins, so that `go mod tidy` keeps what it needs.
package tools

import _ "go.etcd.io/etcd/server/v3"
