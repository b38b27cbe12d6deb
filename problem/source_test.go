package problem_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/apiconventions/apiconventions/problem"
)

// makers are the sources that may name the type or the title of a problem: the
// catalogue, what makes an Error of a type, what reads a document of somebody else's
// and what writes one, and the pages.
var makers = map[string]bool{
	"problem/types.go":        true,
	"problem/type.go":         true,
	"problem/json.go":         true,
	"problem/fromresponse.go": true,
	"problem/pages.go":        true,
	"problem/openapi.go":      true,
}

// Every problem of the module is made from the catalogue, or says no more than its
// status.
func TestProblemsAreInTheCatalogue(t *testing.T) {
	files := 0
	err := filepath.WalkDir("..", func(path string, entry fs.DirEntry, err error) error {
		name := filepath.ToSlash(strings.TrimPrefix(path, ".."+string(filepath.Separator)))
		switch {
		case err != nil:
			return err
		case entry.IsDir() && path != "..":
			_, err := os.Stat(filepath.Join(path, "go.mod"))
			if err == nil || strings.HasPrefix(entry.Name(), ".") || entry.Name() == "testdata" || name == "conformance" {
				return fs.SkipDir // another module, or a client, which makes no problems
			}
		case strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go") && !makers[name]:
			files++
			source, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			for _, fault := range faults(t, name, string(source)) {
				t.Error(fault)
			}
		}
		return nil
	})
	if err != nil || files < 80 {
		t.Errorf("%d files, %v", files, err)
	}
}

// The walk sees a problem that is not in the catalogue, whatever way it is made.
func TestProblemsOutsideTheCatalogue(t *testing.T) {
	const (
		outside = "package x\nimport \"github.com/apiconventions/apiconventions/problem\"\n"
		renamed = "package x\nimport p \"github.com/apiconventions/apiconventions/problem\"\n"
		inside  = "package problem\n"
	)
	for _, source := range []string{
		outside + `var x = &problem.Type{Slug: "too-late", Status: 409}`,
		outside + `var x = []*problem.Type{{Status: 409, Slug: slug}}`,
		outside + `var x = &problem.Error{Status: 409, Type: "too-late"}`,
		renamed + `var x = &p.Error{Status: 409, Title: title}`,
		outside + `var x = []problem.Error{{Type: t.Slug}}`,
		inside + `var x = Error{409, "too-late"}`,
		outside + `func f() { e.Type = "too-late" }`,
		outside + `func f() { e.Type = slug }`,
		outside + `func f() { e.Type, e.Title = "too-" + "late", title }`,
		outside + `func f() { p := &e.Title; *p = title }`,
		outside + `var x = problem.New(409, "Too late.")`,
		inside + `var x = New(409, "Too late.")`,
		outside + `var make = problem.New`,
		renamed + `var x = p.New(409, "Too late.")`,
		"package x\nconst x = `{\"type\":\"/problems/too-late\"}`",
		outside + `const x = "/problems/too-late"`,
		outside + `const x = "record-changed"`,
		outside + `const x = "Record changed"`,
	} {
		if len(faults(t, "x.go", source)) == 0 {
			t.Errorf("%s goes unseen", source)
		}
	}
	for _, source := range []string{
		outside + `var x = problem.Types.RecordChanged.Problem()`,
		outside + `var x = &problem.Error{Status: 409, Err: err}`,
		outside + `var x = problem.Wrap(409, err)`,
		outside + `var x = errors.New("too late")`,
		outside + `func f() { e.Detail = "Too late." }`,
		outside + `const base = "/problems/"`,
	} {
		if got := faults(t, "x.go", source); got != nil {
			t.Errorf("%s: %q", source, got)
		}
	}
}

// faults are the places where the source makes a problem that is not in the
// catalogue.
func faults(t *testing.T, name, source string) (list []string) {
	t.Helper()
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, name, source, 0)
	if err != nil {
		t.Fatal(err)
	}
	local := "" // the name of package problem in the source
	for _, i := range file.Imports {
		if i.Path.Value == `"github.com/apiconventions/apiconventions/problem"` {
			if local = "problem"; i.Name != nil {
				local = i.Name.Name
			}
		}
	}
	knows := local != "" || file.Name.Name == "problem"
	fault := func(n ast.Node, what string) { list = append(list, set.Position(n.Pos()).String()+": "+what) }
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.BasicLit:
			text, err := strconv.Unquote(n.Value)
			if err == nil && n.Kind == token.STRING && (slices.Contains(names(), text) || strings.Contains(text, "/problems/") && text != "/problems/") {
				fault(n, n.Value+" belongs to the catalogue")
			}
			return true
		}
		if !knows {
			return true
		}
		switch n := n.(type) {
		case *ast.KeyValueExpr:
			if isIdent(n.Key, "Slug", "Type", "Title") {
				fault(n, "a problem that is not in the catalogue")
			}
		case *ast.CompositeLit:
			if isNamed(n.Type, "Error", "Type") && len(n.Elts) > 0 {
				if _, keyed := n.Elts[0].(*ast.KeyValueExpr); !keyed {
					fault(n, "a problem without the names of its fields")
				}
			}
		case *ast.AssignStmt:
			for _, left := range n.Lhs {
				if isField(left) {
					fault(n, "a type or a title that is not in the catalogue")
				}
			}
		case *ast.UnaryExpr:
			if n.Op == token.AND && isField(n.X) {
				fault(n, "a type or a title that is changed elsewhere")
			}
		case *ast.SelectorExpr:
			if isIdent(n.X, local) && n.Sel.Name == "New" {
				fault(n, "a problem of no type")
			}
		case *ast.CallExpr:
			if isIdent(n.Fun, "New") && file.Name.Name == "problem" {
				fault(n, "a problem of no type")
			}
		}
		return true
	})
	return list
}

// names are the slugs and titles of the catalogue.
func names() (list []string) {
	types := reflect.ValueOf(problem.Types)
	for i := range types.NumField() {
		typ := types.Field(i).Interface().(*problem.Type)
		list = append(list, typ.Slug, typ.Title)
	}
	return list
}

func isIdent(e ast.Expr, names ...string) bool {
	id, ok := e.(*ast.Ident)
	return ok && slices.Contains(names, id.Name)
}

// isNamed reports whether a type has one of the names, in whatever package.
func isNamed(e ast.Expr, names ...string) bool {
	if sel, ok := e.(*ast.SelectorExpr); ok {
		e = sel.Sel
	}
	return isIdent(e, names...)
}

// isField reports whether e is the Type or the Title of something.
func isField(e ast.Expr) bool {
	sel, ok := e.(*ast.SelectorExpr)
	return ok && (sel.Sel.Name == "Type" || sel.Sel.Name == "Title" || sel.Sel.Name == "Slug")
}
