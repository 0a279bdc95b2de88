//go:build tools

// Package tools names the programs that tests run: Prometheus, and what checks its rules.
package tools

import (
	_ "github.com/prometheus/prometheus/cmd/prometheus"
	_ "github.com/prometheus/prometheus/cmd/promtool"
)
