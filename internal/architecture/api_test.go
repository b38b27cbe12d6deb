package architecture

import (
	"bytes"
	"flag"
	"go/ast"
	"go/printer"
	"go/token"
	"os"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write testdata/api.txt anew")

// The exported API as a text: a change to it is a change to this file, and
// shows in review. go test -run TestAPI -update ./internal/architecture writes it.
func TestAPI(t *testing.T) {
	var got bytes.Buffer
	all := packages(t)
	for _, dir := range []string{"etag", "middleware", "problem", "tenant"} {
		var decls []string
		for name, file := range all[dir] {
			if !strings.HasSuffix(name, "_test.go") {
				decls = append(decls, exported(file)...)
			}
		}
		slices.Sort(decls)
		got.WriteString("package " + dir + "\n\n" + strings.Join(decls, "\n") + "\n\n")
	}
	const name = "testdata/api.txt"
	if *update {
		if err := os.WriteFile(name, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got.Bytes(), want) {
		t.Errorf("the exported API is not that of %s:\n%s", name, difference(string(want), got.String()))
	}
}

func difference(want, got string) string {
	var b strings.Builder
	have := strings.Split(want, "\n")
	for _, line := range strings.Split(got, "\n") {
		if !slices.Contains(have, line) {
			b.WriteString("+ " + line + "\n")
		}
	}
	now := strings.Split(got, "\n")
	for _, line := range have {
		if !slices.Contains(now, line) {
			b.WriteString("- " + line + "\n")
		}
	}
	return b.String()
}

// exported prints the exported declarations of a file, without comments and
// bodies.
func exported(file *ast.File) (decls []string) {
	if !ast.FileExports(file) {
		return nil
	}
	for _, decl := range file.Decls {
		switch d := decl.(type) {
		case *ast.FuncDecl:
			if hidden(d) {
				continue
			}
			d.Doc, d.Body = nil, nil
			decls = append(decls, source(d))
		case *ast.GenDecl:
			if d.Tok == token.IMPORT {
				continue
			}
			for _, spec := range d.Specs {
				ast.Inspect(spec, func(n ast.Node) bool {
					if f, ok := n.(*ast.Field); ok {
						f.Doc, f.Comment = nil, nil
					}
					return true
				})
				switch s := spec.(type) {
				case *ast.TypeSpec:
					s.Doc, s.Comment = nil, nil
				case *ast.ValueSpec:
					s.Doc, s.Comment = nil, nil
					for _, v := range s.Values {
						if literal, ok := v.(*ast.CompositeLit); ok {
							literal.Elts = nil // the type is the API
						}
					}
				}
				decls = append(decls, d.Tok.String()+" "+source(spec))
			}
		}
	}
	return decls
}

func source(node any) string {
	var b bytes.Buffer
	_ = printer.Fprint(&b, token.NewFileSet(), node)
	return b.String()
}
