package middleware

import (
	"net/http"

	"github.com/apiconventions/apiconventions/internal/layer"
)

// ReportOnly returns a layer that reports the requests that the given layer would refuse,
// and refuses none. It is for a service that has clients before it adopts a convention.
// The layer is one of [ContentType], [Accept], [RequireNoCache], [BodyLimit] and
// etag.Guard.
//
// A request that would be refused goes on as without the layer. The access line has
// "would_refuse" ([Record].WouldRefuse), a list of status and problem type:
//
//	"would_refuse":["415 unsupported-media-type"]
//
// For each layer that means:
//
//   - Accept chooses its first type for such a request, and adds Accept to Vary.
//   - BodyLimit counts the bytes that are read, without a limit.
//   - Guard does not respond at all, also not with 304. It hands on the request unchanged,
//     without a state for the handler, and does not report an error of its function.
//
// It panics if layerOfForm is not exactly one layer of this module, or is one that decides
// who may do what: Bearer, RequireScope, tenant.Require and Gate have no such mode.
func ReportOnly(layerOfForm func(http.Handler) http.Handler) func(http.Handler) http.Handler {
	return layer.ReportOnly(layerOfForm)
}
