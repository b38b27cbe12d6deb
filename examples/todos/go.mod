module github.com/apiconventions/apiconventions/examples/todos

go 1.25.0

require (
	github.com/MicahParks/keyfunc/v3 v3.9.1
	github.com/apiconventions/apiconventions v0.0.0
	github.com/evanphx/json-patch/v5 v5.9.11
	github.com/go-chi/chi/v5 v5.5.0
	github.com/golang-jwt/jwt/v5 v5.3.1
	github.com/rs/zerolog v1.35.1
)

require (
	github.com/MicahParks/jwkset v0.11.4 // indirect
	github.com/justinas/alice v1.2.0 // indirect
	github.com/klauspost/cpuid/v2 v2.2.10 // indirect
	github.com/mattn/go-colorable v0.1.14 // indirect
	github.com/mattn/go-isatty v0.0.20 // indirect
	github.com/zeebo/xxh3 v1.1.0 // indirect
	golang.org/x/sys v0.30.0 // indirect
	golang.org/x/time v0.15.0 // indirect
)

replace github.com/apiconventions/apiconventions => ../..
