package main

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// hostile is a request that no well-behaved client sends.
func (v *visitor) hostile() *exchange {
	kinds := anywhere
	switch {
	case v.rng.IntN(20) == 0:
		kinds = heavy
	case v.rng.IntN(5) == 0 && v.dialect.chain:
		kinds = inChain
	case v.rng.IntN(5) == 0 && !v.dialect.chain:
		kinds = inFiles
	}
	e := kinds[v.rng.IntN(len(kinds))](v)
	e.hostile = true
	return e
}

func (v *visitor) pick(of ...string) string { return of[v.rng.IntN(len(of))] }

// canaried puts a text into the request that must not come back in an error.
func (v *visitor) canaried(e *exchange, put func(canary string)) *exchange {
	e.canary = letters(v.rng, 12)
	put(e.canary)
	return e
}

// named is a read of an item with the name of what is wrong.
func (v *visitor) named(name string, want ...int) (*exchange, *item) {
	it := v.item(v.owner())
	return v.as(request(name, "GET", it.path, want...), it.owner), it
}

// anywhere are the requests that the chain decides, so every service decides them alike.
var anywhere = []func(*visitor) *exchange{
	func(v *visitor) *exchange {
		return request("no token", v.pick("GET", "PATCH", "DELETE"), v.item(v.owner()).path, 401)
	},
	func(v *visitor) *exchange {
		end, want := "", 401
		if v.dialect.chain { // what its verify function does with them
			end = v.pick("", "escaped", "segment", "cut", "away", "panic")
		}
		switch end {
		case "away":
			want = 503
		case "panic":
			want = 500
			v.panics.Add(1)
		}
		return request("invalid token", "GET", v.item(v.owner()).path, want).
			with("Authorization", "Bearer "+v.world.invalidToken(v.rng, end))
	},
	func(v *visitor) *exchange {
		e := request("malformed token", "GET", v.item(v.owner()).path, 400, 401)
		return v.canaried(e, func(c string) {
			e.with("Authorization", v.pick("Bearer", "Bearer ", "Bearer "+c+" "+c, "Basic "+c, "Bearer ,"+c, "Bearer "+c+"\"", c))
			if v.rng.IntN(3) == 0 {
				e.with("Authorization", "Bearer "+v.multi)
			}
		})
	},
	func(v *visitor) *exchange {
		o := v.world.owners[0]
		e := request("no scope", "PATCH", v.item(o).path, 403).with("Authorization", "Bearer "+v.reader).
			with("Content-Type", patchType).with("If-Match", "*")
		e.body = []byte(`{"name":"stolen.txt"}`)
		return e
	},
	func(v *visitor) *exchange {
		e := request("no tenant", "GET", v.item(v.owner()).path, 400).with("Authorization", "Bearer "+v.multi)
		return v.canaried(e, func(c string) {
			switch a := v.owner().id; v.rng.IntN(7) {
			case 0:
				e.with(tenantField, a).with(tenantField, v.owner().id)
			case 1:
				e.with(tenantField, a+", "+v.owner().id)
			case 2:
				e.with(tenantField, "")
			case 3:
				e.with(tenantField, "..")
			case 4:
				e.with(tenantField, a+"/../"+c)
			case 5:
				e.with(tenantField, strings.Repeat(c, 200))
			}
		})
	},
	func(v *visitor) *exchange {
		o := v.world.owners[1]
		e := request("not granted", "GET", v.item(o).path, 403).with("Authorization", "Bearer "+v.single)
		return v.canaried(e, func(c string) { e.with(tenantField, v.pick(o.id, c)) })
	},
	func(v *visitor) *exchange {
		it := v.item(v.owner())
		o := v.other(it.owner)
		e := v.as(request("foreign record", v.pick("GET", "HEAD", "DELETE"), it.path, 404), o)
		for _, as := range []string{octets, jsonType} {
			if have := it.last(as); have.tag != "" {
				e.with(v.pick("If-None-Match", "If-Match", "If-Range"), have.tag)
			}
		}
		if v.rng.IntN(3) == 0 {
			e.header.Set("If-None-Match", "*")
		}
		return e
	},
	func(v *visitor) *exchange {
		e, _ := v.named("not acceptable", 406)
		return v.canaried(e, func(c string) {
			e.with("Accept", v.pick("image/"+c, "text/html", c+"/*;q=1, image/png;x=\""+c+"\"", "application/json;q=0, application/octet-stream;q=0"))
		})
	},
	func(v *visitor) *exchange {
		it := v.item(v.owner())
		e := v.as(request("content type", "PATCH", it.path, 400, 415), it.owner).with("If-Match", "*")
		e.body = []byte(`{"name":"stolen.txt"}`)
		return v.canaried(e, func(c string) {
			if kind := v.pick("", "text/"+c, "application/json", c, "multipart/related", "application/json; "+c+"=\""); kind != "" {
				e.with("Content-Type", kind)
			}
		})
	},
	func(v *visitor) *exchange {
		it := v.item(v.owner())
		e := v.patch(it)
		e.body = []byte(`{"name":"stolen.txt"}`)
		twin := v.other(it.owner).items[it.index].any(v.pick(octets, jsonType), v.rng)
		switch v.rng.IntN(6) {
		case 0:
			e.want = []int{428}
		case 1:
			e.want = []int{409}
			e.with("If-Match", `"nobody's"`)
		case 2:
			e.want = []int{409, 428} // 428 while nobody has read the twin
			if twin.tag != "" {
				e.with("If-Match", twin.tag)
			}
		case 3:
			e.want = []int{400}
			v.canaried(e, func(c string) { e.with("If-Match", v.pick(c, `"`+c, ",,"+c, "")) })
		case 4:
			e.want = []int{412}
			e.with("If-None-Match", "*")
		case 5:
			e.want = []int{428, 409, 412}
			e.with("If-Unmodified-Since", v.pick("yesterday", "Wed, 21 Oct 2015 06:28:00 GMT", strings.Repeat("9", 300)))
		}
		return e
	},
	func(v *visitor) *exchange {
		it := v.item(v.owner())
		e := v.patch(it, 400).with("If-Match", "*")
		return v.canaried(e, func(c string) {
			e.body = []byte(v.pick("{", `{"name":""}`, `{"name":7}`, `["`+c+`"]`, `"`+c+`"`, "\x00", strings.Repeat("[", 10_000), `{"name":"`+c))
		})
	},
	func(v *visitor) *exchange {
		e, it := v.named("method", 405)
		e.method = v.pick("BREW", "PUT", "POST", "OPTIONS", "TRACE", "get")
		e.path = it.path
		e.guarded = false
		return e
	},
	func(v *visitor) *exchange {
		e := v.as(request("path", "GET", "", 400, 404, 301, 307, 308), v.owner())
		e.guarded = false
		return v.canaried(e, func(c string) {
			e.path = v.dialect.files + v.pick("/%00", "/..%2f..%2f"+c, "/../"+c, "//"+c, "/"+strings.Repeat(c, 300), "/"+c+"/"+c, "/%2e%2e/"+c, "/%e2%80%ae"+c, "/;"+c)
		})
	},
	func(v *visitor) *exchange {
		e, _ := v.named("ranges", 200, 206, 416)
		return e.with("Accept", octets).with("Range", v.pick("bytes=5-1", "bytes=-0", "bytes=0-0,0-0,0-0", "lines=1-2", "bytes=99999999999999999999-",
			"bytes="+strings.Repeat("0-0,", 2000), "bytes=-", "bytes=1000000-", "=")).with("If-Range", v.pick("", `"x"`, "W/\"x\"", "x"))
	},
	func(v *visitor) *exchange {
		e, _ := v.named("fields", 200)
		return e.with("X-Request-Id", v.pick("", strings.Repeat("x", 5000), "a b", "\t", "é")).
			with("Traceparent", v.pick("", "00-0-0-0", strings.Repeat("0", 500))).
			with("X-Http-Method-Override", "DELETE").with("X-Forwarded-Host", "evil.example").with("Accept", v.pick("*/*;q=x", ",,,", "*"))
	},
	func(v *visitor) *exchange {
		e, _ := v.named("conditions", 200)
		return e.with("If-None-Match", v.pick("", "x", `"`, `W/`, `"nobody's"`, "w/\"x\"", `"a" "b"`)).
			with("If-Modified-Since", v.pick("", "yesterday", "Wed, 21 Oct 2999 06:28:00 GMT", "\t")).with("If-None-Match", `"nobody's either"`)
	},
	func(v *visitor) *exchange {
		it := v.item(v.owner())
		e := v.patch(it, 400).with("If-Match", "*")
		e.name, e.aborts = "client that breaks off", true
		e.upload = io.MultiReader(strings.NewReader(`{"name":"stolen`), failing{})
		v.left.Add(1)
		return e
	},
}

// failing is the rest of a body whose client leaves.
type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errLeft }

// heavy are the requests that cost their client as much as the service.
var heavy = []func(*visitor) *exchange{
	func(v *visitor) *exchange {
		e, it := v.named("long field", 200, 206, 304, 400, 401, 403, 406, 416)
		n := v.dialect.header/10 + v.rng.IntN(v.dialect.header*8/10)
		switch v.rng.IntN(7) {
		case 0:
			have := it.last(octets) // once: others read the item meanwhile
			e.with("If-None-Match", strings.Repeat(`"x",`, n/4)+have.tag)
			e.sent, e.item, e.as = []version{have}, it, octets
			e.with("Accept", octets)
		case 1:
			e.with("Accept", strings.Repeat("a/b;q=0.1,", n/10)+octets)
		case 2:
			e.with("If-Modified-Since", strings.Repeat("9", n))
		case 3:
			e.header.Set(tenantField, strings.Repeat("1", n))
		case 4:
			e.header.Set("Authorization", "Bearer "+v.world.invalidToken(v.rng, "")+strings.Repeat("x", n))
		case 5:
			e.with("Range", "bytes="+strings.Repeat(" ", n)+"0-0")
		case 6:
			e.with("Cookie", strings.Repeat("x", n))
		}
		e.guarded = false
		return e
	},
	func(v *visitor) *exchange {
		it := v.item(v.owner())
		e := v.patch(it, 413).with("If-Match", "*")
		e.name, e.guarded = "body over the limit", false // refused before anybody asks who it is
		big := bytes.Repeat([]byte(" "), v.dialect.body+1+v.rng.IntN(v.dialect.body))
		if v.rng.IntN(2) == 0 {
			e.body = big
		} else {
			e.upload = io.MultiReader(bytes.NewReader(big)) // of unknown length
		}
		return e
	},
	func(v *visitor) *exchange {
		it := v.item(v.owner())
		e := request("refused upload", "PATCH", it.path, 401).with("Content-Type", patchType)
		e.upload = io.MultiReader(bytes.NewReader(make([]byte, v.rng.IntN(1<<20))))
		return e
	},
}

// inChain are what goes wrong in the handlers of the chain's service.
var inChain = []func(*visitor) *exchange{
	func(v *visitor) *exchange {
		return v.late("/plain")
	},
	func(v *visitor) *exchange {
		return v.late("")
	},
	func(v *visitor) *exchange {
		v.panics.Add(1)
		return v.as(request("panic", "GET", "/panic/x", 500), v.owner())
	},
	func(v *visitor) *exchange {
		v.panics.Add(1)
		when := v.pick("abort", "begun")
		e := v.as(request("panic", "GET", "/panic/x?when="+when, 200), v.owner())
		e.aborts = true
		return e
	},
	func(v *visitor) *exchange { return v.as(request("fail", "GET", "/fail/x", 500), v.owner()) },
	func(v *visitor) *exchange { return v.as(request("text", "GET", "/text/x", 418), v.owner()) },
	func(v *visitor) *exchange {
		it := v.item(v.owner())
		e := v.as(request("stream", "GET", "/stream/"+it.id(), 200), it.owner)
		if v.rng.IntN(2) == 0 {
			e.aborts, e.leave = true, time.Duration(v.rng.IntN(2000)+1)*time.Microsecond
		}
		return e
	},
	func(v *visitor) *exchange {
		e := v.dialect.create(v.pick("", strings.Repeat("x", 256)), []byte("x"))
		e.want = []int{400}
		return v.as(e, v.owner())
	},
}

func (v *visitor) late(suffix string) *exchange {
	return v.as(request("late", "GET", "/late/x"+suffix, 200), v.owner())
}

// inFiles are what the reference service alone decides.
var inFiles = []func(*visitor) *exchange{
	func(v *visitor) *exchange {
		e := v.dialect.create(v.pick("../x", "virus.exe", "", "x\r.txt", strings.Repeat("x", 256), "com1.txt"), []byte("x"))
		e.want = []int{400}
		return v.as(e, v.owner())
	},
	func(v *visitor) *exchange {
		e := v.dialect.create("broken.txt", []byte("x"))
		e.body = e.body[:v.rng.IntN(len(e.body)-10)]
		e.want = []int{400}
		return v.as(e, v.owner())
	},
	func(v *visitor) *exchange {
		e := v.as(request("query", "GET", "", 400), v.owner())
		return v.canaried(e, func(c string) {
			e.path = v.dialect.files + "?" + v.pick("pageSize=0", "pageIndex=-1", "role="+c, "$filter="+url.QueryEscape("name eq '"+c+"' or 1=1"), "$orderBy="+c, "%zz", "role=x&role=y")
		})
	},
	func(v *visitor) *exchange {
		e := tokenRequest("demo-multi", letters(v.rng, 20))
		e.want = []int{401}
		return e
	},
	func(v *visitor) *exchange {
		e := tokenRequest("demo-multi", "multi-secret")
		e.header.Set("Cache-Control", "max-age=0")
		e.want = []int{400}
		return e
	},
}

// malformed are no HTTP requests, or several in one. None has a valid token.
var malformed = []string{
	"\x16\x03\x01\x02\x00\x01\x00",
	"GET / HTTP/9.9\r\n\r\n",
	"GET /files HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
	"GET /files HTTP/1.1\r\nHost: x\r\nX: ",
	"GET /files HTTP/1.1\r\nHost: x\r\n X-Raet-Tenant-Id: 1234567\r\n\r\n",
	"GET /files HTTP/1.1\r\nHost: x\r\nX-Raet-Tenant-Id : 1234567\r\n\r\n",
	"GET /files HTTP/1.1\r\nHost: x\r\nX: a\x00b\r\n\r\n",
	"POST /files HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /files HTTP/1.1\r\nHost: x\r\n\r\n",
	"POST /files HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nxxxxxx",
	"POST /files HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\nxxxxxx",
	"POST /files HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\nx",
	"POST /files HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nx",
	"POST /files HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 100\r\n\r\n",
	"GET /files HTTP/1.0\r\n\r\n",
	"CONNECT x:80 HTTP/1.1\r\nHost: x\r\n\r\n",
	"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nxxxxxxxxxxxxxxxxxxxxxxx",
}

// raw sends bytes that are no request, and no more. Whatever comes back, it is nobody's data.
func (v *visitor) raw() {
	d := v.door()
	text := malformed[v.rng.IntN(len(malformed))]
	v.requests.Add(1)
	v.hostiles.Add(1)
	conn, err := net.DialTimeout("tcp", strings.TrimPrefix(d.h1, "http://"), 10*time.Second)
	if err != nil {
		return // an instance is away; the other requests find it if not
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(patience))
	_, _ = io.WriteString(conn, text)
	_ = conn.(*net.TCPConn).CloseWrite()
	got, _ := io.ReadAll(conn) // the end may be a reset
	r := &response{status: http.StatusBadRequest, header: http.Header{}, body: got}
	e := request("raw", "", text)
	v.checkBytes(e, r)
	if bytes.Contains(got, []byte("HTTP/1.1 2")) || bytes.Contains(got, []byte("HTTP/1.0 2")) {
		v.add(wrongStatus, "%v → %v", e, r)
	}
}
