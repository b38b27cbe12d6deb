package architecture

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const (
	module = "github.com/apiconventions/apiconventions"
	root   = "../../"
)

// Who may import whom. What is not listed here may import nothing but the
// standard library.
var mayImport = map[string][]string{
	"internal/header":         nil,
	"internal/mediatype":      {"internal/header"},
	"internal/request":        nil,
	"internal/response":       {"internal/header", "internal/request"},
	"internal/servertest":     nil,
	"problem":                 {"internal/*"},
	"internal/layer":          {"internal/response", "internal/request", "problem"},
	"conformance":             nil,
	"conformance/cmd/conform": {"conformance"},
	"etag":                    {"internal/*", "problem", "github.com/zeebo/xxh3"},
	"tenant":                  {"internal/*", "problem"},
	"middleware":              {"internal/*", "problem", "etag", "tenant", "github.com/justinas/alice", "github.com/rs/zerolog"},
}

func TestImports(t *testing.T) {
	for dir, files := range packages(t) {
		for name, file := range files {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			for _, spec := range file.Imports {
				imported, _ := strconv.Unquote(spec.Path.Value)
				first, _, _ := strings.Cut(imported, "/")
				if !strings.Contains(first, ".") {
					continue // standard library
				}
				imported = strings.TrimPrefix(imported, module+"/")
				if imported == "internal/servertest" || !slices.ContainsFunc(mayImport[dir], func(pattern string) bool {
					ok, _ := path.Match(pattern, imported)
					return ok
				}) {
					t.Errorf("%s imports %s", name, imported)
				}
			}
		}
	}
}

func TestEveryPackageSaysWhatItIs(t *testing.T) {
	for dir, files := range packages(t) {
		if dir == "internal/architecture" {
			continue
		}
		docs := 0
		for name, file := range files {
			if !strings.HasSuffix(name, "_test.go") && file.Doc != nil {
				docs++
				if text := file.Doc.Text(); !strings.HasPrefix(text, "Package "+file.Name.Name+" ") && !strings.HasPrefix(text, "Command "+filepath.Base(dir)+" ") {
					t.Errorf("%s: %.40q", name, text)
				}
			}
		}
		if docs != 1 {
			t.Errorf("%s has %d package comments", dir, docs)
		}
	}
}

func TestEveryExportedNameHasAContract(t *testing.T) {
	for _, files := range packages(t) {
		for name, file := range files {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			for _, decl := range file.Decls {
				switch d := decl.(type) {
				case *ast.FuncDecl:
					if d.Name.IsExported() && d.Doc == nil && !hidden(d) {
						t.Errorf("%s: %s", name, d.Name)
					}
				case *ast.GenDecl:
					for _, spec := range d.Specs {
						if s, ok := spec.(*ast.TypeSpec); ok && s.Name.IsExported() && d.Doc == nil && s.Doc == nil {
							t.Errorf("%s: %s", name, s.Name)
						}
						if s, ok := spec.(*ast.ValueSpec); ok && s.Names[0].IsExported() && d.Doc == nil && s.Doc == nil {
							t.Errorf("%s: %s", name, s.Names[0])
						}
					}
				}
			}
		}
	}
}

// hidden reports whether a function is a method of a type that is not exported.
func hidden(f *ast.FuncDecl) bool {
	if f.Recv == nil {
		return false
	}
	typ := f.Recv.List[0].Type
	if star, ok := typ.(*ast.StarExpr); ok {
		typ = star.X
	}
	name, ok := typ.(*ast.Ident)
	return ok && !name.IsExported()
}

// packages is the module's source, by folder and file, without nested modules.
func packages(t *testing.T) map[string]map[string]*ast.File {
	t.Helper()
	all := make(map[string]map[string]*ast.File)
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir():
			if _, err := os.Stat(filepath.Join(name, "go.mod")); err == nil && filepath.Clean(name) != filepath.Clean(root) {
				return fs.SkipDir
			}
		case strings.HasSuffix(name, ".go") && filepath.Dir(name) != filepath.Clean(root):
			file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
			if err != nil {
				return err
			}
			dir, err := filepath.Rel(root, filepath.Dir(name))
			if err != nil {
				return err
			}
			dir = filepath.ToSlash(dir)
			if all[dir] == nil {
				all[dir] = make(map[string]*ast.File)
			}
			all[dir][name] = file
		}
		return nil
	})
	if err != nil || len(all) < 4 {
		t.Fatal(len(all), err)
	}
	return all
}

// The service in the README is the one that the example runs.
func TestReadmeShowsTheExample(t *testing.T) {
	readme, err := os.ReadFile(root + "README.md")
	if err != nil {
		t.Fatal(err)
	}
	example, err := os.ReadFile(root + "example_test.go")
	if err != nil {
		t.Fatal(err)
	}
	_, block, _ := strings.Cut(string(readme), "```go\n")
	block, _, found := strings.Cut(block, "```")
	if lines := strings.Split(strings.TrimSpace(block), "\n"); !found || len(lines) < 20 {
		t.Fatalf("the first Go block of the README has %d lines", len(lines))
	} else {
		for _, line := range lines {
			if !strings.Contains(string(example), strings.TrimSpace(line)+"\n") {
				t.Errorf("not in the example: %s", line)
			}
		}
	}
}
