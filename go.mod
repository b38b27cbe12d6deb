module github.com/apiconventions/apiconventions

go 1.25.0

require (
	github.com/justinas/alice v1.2.0
	github.com/rs/zerolog v1.35.1
	github.com/zeebo/xxh3 v1.1.0
)

require (
	github.com/klauspost/cpuid/v2 v2.2.10 // indirect
	github.com/mattn/go-colorable v0.1.14 // indirect
	github.com/mattn/go-isatty v0.0.20 // indirect
	golang.org/x/sys v0.30.0 // indirect
)
