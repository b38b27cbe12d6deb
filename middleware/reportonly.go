package middleware

import (
	"net/http"

	"github.com/apiconventions/apiconventions/internal/layer"
)

// ReportOnly takes a layer that checks the form of requests, and reports what it
// would refuse instead of refusing it: for a service that has clients, before it
// adopts a convention. The layer is one that [ContentType], [Accept],
// [RequireNoCache], [BodyLimit] or etag.Guard returned.
//
// A request that would be refused goes on as if the layer were not there, and the
// access line has "would_refuse" ([Record].WouldRefuse), a list of status and problem
// type:
//
//		"would_refuse":["415 unsupported-media-type"]
//
//	  - Accept takes its first offer then, and has Accept in Vary as ever.
//	  - BodyLimit counts what is read, and bounds nothing.
//	  - Guard responds to nothing, also not with 304, hands on the request as it came,
//	    gives the handler nothing to compare with, and does not report an error of its
//	    function.
//
// It panics for what is no layer of this module, or more than one, and for layers that
// decide who may do what: Bearer, RequireScope, tenant.Require and Gate have no such
// mode.
func ReportOnly(layerOfForm func(http.Handler) http.Handler) func(http.Handler) http.Handler {
	return layer.ReportOnly(layerOfForm)
}
