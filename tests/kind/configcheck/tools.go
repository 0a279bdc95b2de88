//go:build tools

// Package tools names the kind command, whose own parser reads ../config.yaml in a test.
package tools

import _ "sigs.k8s.io/kind"
