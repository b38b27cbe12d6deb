package problem_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/apiconventions/apiconventions/problem"
)

// Every problem of the module is made from the catalogue, or says no more than
// its status: no source outside the catalogue names a type or a title, and no
// document is put together from fields, but where they come from somebody else.
func TestProblemsAreInTheCatalogue(t *testing.T) {
	slugs := make(map[string]bool)
	types := reflect.ValueOf(problem.Types)
	for i := range types.NumField() {
		typ := types.Field(i).Interface().(*problem.Type)
		slugs[typ.Slug], slugs[typ.Title] = true, true
	}
	files := 0
	for _, dir := range []string{".", "../etag", "../tenant", "../middleware", "../internal/*"} {
		names, err := filepath.Glob(dir + "/*.go")
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			if strings.HasSuffix(name, "_test.go") || name == "types.go" {
				continue
			}
			files++
			set := token.NewFileSet()
			file, err := parser.ParseFile(set, name, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(file, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.BasicLit:
					if text, err := strconv.Unquote(n.Value); err == nil && n.Kind == token.STRING && slugs[text] {
						t.Errorf("%s: %s belongs to the catalogue", set.Position(n.Pos()), n.Value)
					}
				case *ast.CompositeLit:
					if isError(n.Type) {
						for _, e := range n.Elts {
							if kv, ok := e.(*ast.KeyValueExpr); ok && (isIdent(kv.Key, "Type") || isIdent(kv.Key, "Title")) && !fromType(kv.Value) {
								t.Errorf("%s: a problem that is not in the catalogue", set.Position(n.Pos()))
							}
						}
					}
				case *ast.AssignStmt:
					for i, left := range n.Lhs {
						if sel, ok := left.(*ast.SelectorExpr); ok && sel.Sel.Name == "Title" || ok && sel.Sel.Name == "Type" {
							if lit, ok := n.Rhs[min(i, len(n.Rhs)-1)].(*ast.BasicLit); ok && lit.Value != `""` {
								t.Errorf("%s: a type or a title that is not in the catalogue", set.Position(n.Pos()))
							}
						}
					}
				}
				return true
			})
		}
	}
	if wd, _ := os.Getwd(); files < 40 {
		t.Errorf("%d files under %s", files, wd)
	}
}

func isError(e ast.Expr) bool {
	if sel, ok := e.(*ast.SelectorExpr); ok {
		return isIdent(sel.X, "problem") && sel.Sel.Name == "Error"
	}
	return isIdent(e, "Error")
}

func isIdent(e ast.Expr, name string) bool {
	id, ok := e.(*ast.Ident)
	return ok && id.Name == name
}

// fromType reports whether a value is a field of a Type: t.Slug, t.Title.
func fromType(e ast.Expr) bool {
	sel, ok := e.(*ast.SelectorExpr)
	return ok && isIdent(sel.X, "t") && (sel.Sel.Name == "Slug" || sel.Sel.Name == "Title")
}
