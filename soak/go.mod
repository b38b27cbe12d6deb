module github.com/apiconventions/apiconventions/soak

go 1.25.0

require (
	github.com/apiconventions/apiconventions v0.0.0
	github.com/justinas/alice v1.2.0
	github.com/rs/zerolog v1.35.1
)

require (
	github.com/klauspost/cpuid/v2 v2.2.10 // indirect
	github.com/mattn/go-colorable v0.1.14 // indirect
	github.com/mattn/go-isatty v0.0.20 // indirect
	github.com/zeebo/xxh3 v1.1.0 // indirect
	golang.org/x/sys v0.45.0 // indirect
)

replace github.com/apiconventions/apiconventions => ..
