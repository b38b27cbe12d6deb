package main

import (
	"fmt"
	"os"
	"runtime"
	"strings"
)

// machine is what the figures depend on: processor, cores and Go.
func machine() string {
	return fmt.Sprintf("%s, %d cores, %s %s/%s", processor(), runtime.NumCPU(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
}

// processor is the model as Linux tells it, else the architecture.
func processor() string {
	info, _ := os.ReadFile("/proc/cpuinfo")
	_, rest, _ := strings.Cut(string(info), "model name")
	line, _, _ := strings.Cut(rest, "\n")
	if model := strings.Trim(line, " \t:"); model != "" {
		return model
	}
	return runtime.GOARCH
}
