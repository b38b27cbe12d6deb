package middleware

import (
	"net/http"

	"github.com/apiconventions/apiconventions/internal/layer"
)

// ReportOnly returns a layer that reports the requests that check would refuse, and
// refuses none. It is for a service that has clients before it adopts a convention. check
// is a layer of [ContentType], [Accept], [RequireNoCache], [BodyLimit] or etag.Guard.
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
// It panics if check is not exactly one layer of this module, or has no report-only mode.
// Layers that decide who may do what have none: Bearer, RequireScope, tenant.Require and
// Gate.
func ReportOnly(check func(http.Handler) http.Handler) func(http.Handler) http.Handler {
	return layer.ReportOnly(check)
}
