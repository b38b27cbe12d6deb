package main

import (
	"strings"
	"testing"
)

func TestNames(t *testing.T) {
	for _, name := range []string{
		"TestFile.txt", "a", "-_.(),$+`='", "über.csv", "u\u0308ber.csv", // as Windows and as macOS send it
		"e\u0301\u0323.txt", "हिन्दी.txt", "ภาษาไทย.pdf", "日本語.txt", "ಕನ್ನಡ.txt", "١٢٣.txt",
		"console.txt", "com.txt", "COM10.txt", "my CON.txt", "CON-1.txt", "nul_", "lpt.txt", "auxiliary", "a.con", ".con",
		strings.Repeat("x", maxName),
	} {
		if err := checkName(name); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
	for _, name := range []string{
		"", strings.Repeat("x", maxName+1), "a/b", `a\b`, "a:b", "a*b", "a\x00b", "a\tb", "a\nb", "..", " a", "a ", "a.", "a\u00a0b",
		"CON", "con", "NUL", "nul.txt", "COM1.txt", "com9", "LPT1.tar.gz", "Aux.h", "prn.", "CON .txt", "CONIN$", "conout$.txt", "COM¹.txt",
		"\u3164", "a\u3164b.txt", "\u115f", "a\u1160", "\uffa0.txt", "a\u200bb", "a\u200d", "a\u2060b", "a\u00adb", "a\ufeffb", // invisible
		"a\u034fb", "ក\u17b4", "a\ufe0f", "a\U000e0100", "a\u180b", "a\u2800b", // invisible, too
		"a\u202etxt.exe", "a\u2066b", // write from right to left
		"\u0301a", "a. \u0301", ".\u0301", "a\u20dd", // a mark without its letter, a circle around it
		"a\xffb", "a\ufffdb", "x.EXE", "x.js", "x.ln\u212a",
	} {
		if checkName(name) == nil {
			t.Errorf("%q is taken", name)
		}
	}
}
