package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/apiconventions/apiconventions/conformance"
)

type options struct {
	service     conformance.Service
	json, quiet bool
}

// parse reads the arguments, and the description that they name. What a flag says
// counts more than the description.
func parse(args []string, errs io.Writer) (o options, err error) {
	flags := flag.NewFlagSet("conform", flag.ContinueOnError)
	flags.SetOutput(errs)
	flags.Usage = func() {
		fmt.Fprintln(errs, "usage: conform [flags] [description.json]")
		flags.PrintDefaults()
	}
	var (
		url      = flags.String("url", "", "URL of the service")
		token    = flags.String("token", "", "bearer token, good for one tenant; $NAME is an environment variable")
		tenant   = flags.String("tenant", "", "tenant of the resource")
		path     = flags.String("path", "", "path of a resource that is there")
		missing  = flags.String("missing", "", "path of the same kind where nothing is")
		http2    = flags.Bool("http2", false, "send everything over HTTP/2")
		proxy    = flags.Bool("proxy", false, "a reverse proxy stands before the service")
		readOnly = flags.Bool("read-only", false, "send safe methods only, which change nothing")
		only     = flags.String("only", "", "regular expression of the names of the checks to run")
	)
	flags.BoolVar(&o.json, "json", false, "write the report as JSON")
	flags.BoolVar(&o.quiet, "quiet", false, "show no progress")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	switch flags.NArg() {
	case 0:
	case 1:
		if o.service, err = read(flags.Arg(0)); err != nil {
			return o, err
		}
	default:
		return o, errors.New("there is one description at most")
	}
	s := &o.service
	set(&s.URL, *url)
	set(&s.Tokens.Single, *token)
	set(&s.Tenant, *tenant)
	set(&s.Only, *only)
	s.HTTP2 = s.HTTP2 || *http2
	s.Proxy = s.Proxy || *proxy
	s.ReadOnly = s.ReadOnly || *readOnly
	switch {
	case *path != "":
		s.Resources = append(s.Resources, conformance.Resource{Path: *path, Missing: *missing})
	case *missing != "":
		return o, errors.New("-missing goes with -path")
	}
	if s.URL == "" {
		flags.Usage()
		return o, errors.New("there is no URL")
	}
	return o, expand(s)
}

func set(s *string, value string) {
	if value != "" {
		*s = value
	}
}

// read reads a description. A field that it does not know is a mistake: a check
// would silently be left out.
func read(name string) (s conformance.Service, err error) {
	f, err := os.Open(name)
	if err != nil {
		return s, err
	}
	defer f.Close()
	d := json.NewDecoder(f)
	d.DisallowUnknownFields()
	if err := d.Decode(&s); err != nil {
		return s, fmt.Errorf("%s: %w", name, err)
	}
	if _, err := d.Token(); err != io.EOF {
		return s, fmt.Errorf("%s: something follows the description", name)
	}
	return s, nil
}

// expand replaces the names of environment variables by their values.
func expand(s *conformance.Service) error {
	secrets := []*string{&s.Tokens.Single, &s.Tokens.Multi, &s.Tokens.Unscoped}
	if s.Token != nil {
		secrets = append(secrets, &s.Token.Content)
	}
	for _, secret := range secrets {
		name, ok := strings.CutPrefix(*secret, "$")
		if !ok {
			continue
		}
		value, ok := os.LookupEnv(name)
		if !ok || value == "" {
			return fmt.Errorf("the environment has no %s", name)
		}
		*secret = value
	}
	return nil
}
