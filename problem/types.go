package problem

import "net/http"

// Types are the types of the problems that the packages of this module respond
// with. [Pages] shows what each means and what a client does about it.
var Types = struct {
	InvalidRequest       *Type
	ContentTooLarge      *Type
	UnsupportedMediaType *Type
	NotAcceptable        *Type

	TokenRequired     *Type
	TokenInvalid      *Type
	InsufficientScope *Type
	NoCacheRequired   *Type

	TenantRequired   *Type
	TenantMalformed  *Type
	TenantNotGranted *Type

	RecordChanged        *Type
	PreconditionFailed   *Type
	PreconditionRequired *Type

	IdempotencyKeyRequired *Type
	IdempotencyKeyReused   *Type
}{
	InvalidRequest: &Type{
		Slug:    "invalid-request",
		Status:  http.StatusBadRequest,
		Title:   "Invalid request",
		Detail:  "The request does not have the form that is needed here.",
		Meaning: "A part of the request is missing or malformed: a header field, a parameter, or a member of the content. Nothing was done.",
		Action:  "Correct the request. If there is a list of errors, each names the part and what is wrong with it. The same request will fail again.",
		Members: []Member{{
			Name: "errors", Meaning: "What is wrong. The pointer is a JSON Pointer into the content, or the name of a parameter or a header field.",
			Example: []Field{{Pointer: "#/name", Detail: "must not be empty"}},
		}},
		Header: []Member{{Name: "WWW-Authenticate", Meaning: "The challenge of RFC 6750 §3, where Authorization was malformed.", Example: `Bearer realm="api", error="invalid_request"`}},
	},
	ContentTooLarge: &Type{
		Slug:    "content-too-large",
		Status:  http.StatusRequestEntityTooLarge,
		Title:   "Content too large",
		Detail:  "The content of the request is larger than is taken here.",
		Meaning: "The content of the request has more bytes than the service takes here. On HTTP/1.1 the connection is closed.",
		Action:  "Send less, or send it in pieces where the service has a way to. Do not repeat the request as it is.",
		Members: []Member{{Name: "limit", Meaning: "How many bytes are taken, where it is known.", Example: 1 << 20}},
	},
	UnsupportedMediaType: &Type{
		Slug:    "unsupported-media-type",
		Status:  http.StatusUnsupportedMediaType,
		Title:   "Unsupported media type",
		Detail:  "The content of the request has a type or a coding that is not taken here.",
		Meaning: "The Content-Type of the request is missing or not one that is taken here, or its content is compressed and must not be.",
		Action:  "Send the content as one of the types listed, and name the type in Content-Type. If the response has Accept-Encoding, send it uncompressed.",
		Members: []Member{{Name: "accept", Meaning: "The media types that are taken, where the type was wrong.", Example: []string{"application/json"}}},
		Header: []Member{
			{Name: "Accept", Meaning: "The media types that are taken, where the type was wrong.", Example: "application/json"},
			{Name: "Accept-Patch", Meaning: "The same for PATCH.", Example: "application/merge-patch+json"},
			{Name: "Accept-Query", Meaning: "The same for QUERY.", Example: `"application/json"`},
			{Name: "Accept-Encoding", Meaning: "The content codings that are taken, where the coding was wrong.", Example: "identity"},
		},
	},
	NotAcceptable: &Type{
		Slug:    "not-acceptable",
		Status:  http.StatusNotAcceptable,
		Title:   "Not acceptable",
		Detail:  "The resource has no media type that the request accepts.",
		Meaning: "The Accept field of the request names no media type that the resource has.",
		Action:  "Ask for one of the types listed, or send no Accept.",
		Members: []Member{{Name: "available", Meaning: "The media types that the resource has.", Example: []string{"application/json", "text/csv"}}},
	},
	TokenRequired: &Type{
		Slug:    "token-required",
		Status:  http.StatusUnauthorized,
		Title:   "Token required",
		Detail:  "This needs a bearer token.",
		Meaning: "The request has no Authorization field with a bearer token.",
		Action:  "Get an access token, and repeat the request with it in Authorization.",
		Header:  []Member{{Name: "WWW-Authenticate", Meaning: "The challenge of RFC 6750 §3, without an error.", Example: `Bearer realm="api"`}},
	},
	TokenInvalid: &Type{
		Slug:    "token-invalid",
		Status:  http.StatusUnauthorized,
		Title:   "Token invalid",
		Detail:  "The token is not valid.",
		Meaning: "The bearer token is malformed, expired, revoked, or made for another service.",
		Action:  "Get a new access token, and repeat the request with it once. If that fails too, the client is not set up for this service.",
		Header:  []Member{{Name: "WWW-Authenticate", Meaning: "The challenge of RFC 6750 §3.", Example: `Bearer realm="api", error="invalid_token"`}},
	},
	InsufficientScope: &Type{
		Slug:    "insufficient-scope",
		Status:  http.StatusForbidden,
		Title:   "Insufficient scope",
		Detail:  "The token does not have the scopes that this needs.",
		Meaning: "The token is valid, but was not given the scopes that the request needs.",
		Action:  "Get an access token with the scopes listed. If they are refused, ask whoever runs the service for them.",
		Members: []Member{{Name: "scopes", Meaning: "The scopes that the request needs.", Example: []string{"files:write"}}},
		Header:  []Member{{Name: "WWW-Authenticate", Meaning: "The challenge of RFC 6750 §3, with the scopes.", Example: `Bearer realm="api", error="insufficient_scope", scope="files:write"`}},
	},
	NoCacheRequired: &Type{
		Slug:    "no-cache-required",
		Status:  http.StatusBadRequest,
		Title:   "No-cache required",
		Detail:  "This needs Cache-Control: no-cache.",
		Meaning: "A request for a token must say that no cache may respond to it.",
		Action:  "Repeat the request with Cache-Control: no-cache.",
	},
	TenantRequired: &Type{
		Slug:    "tenant-required",
		Status:  http.StatusBadRequest,
		Title:   "Tenant required",
		Detail:  "This token needs a header field that names the tenant of the request.",
		Meaning: "The token is good for several tenants, and the request does not name the one that it is for.",
		Action:  "Repeat the request with the id of one tenant in the tenant header field, which is X-Raet-Tenant-Id unless the detail names another.",
	},
	TenantMalformed: &Type{
		Slug:    "tenant-malformed",
		Status:  http.StatusBadRequest,
		Title:   "Tenant malformed",
		Detail:  "The tenant header field must be one field with one tenant id.",
		Meaning: "The tenant header field is there twice, is empty, is a list, or is not a tenant id.",
		Action:  "Send the field once, with the id of one tenant in it. For a token of one tenant it can be left out.",
	},
	TenantNotGranted: &Type{
		Slug:    "tenant-not-granted",
		Status:  http.StatusForbidden,
		Title:   "Tenant not granted",
		Detail:  "This token does not grant the tenant.",
		Meaning: "The token is valid, but not for the tenant that the request names, or for no tenant at all. Whether the tenant exists is not told.",
		Action:  "Name a tenant of the token, or get a token for this tenant.",
	},
	RecordChanged: &Type{
		Slug:    "record-changed",
		Status:  http.StatusConflict,
		Title:   "Record changed",
		Detail:  "The record is no longer as it was when it was read. Read it again. If it does not have your change yet, repeat the change with the record's current entity tag in If-Match.",
		Meaning: "Another request has changed the record since the client read it: the condition in If-Match or If-Unmodified-Since does not hold. The change was not made. A service may respond with 412 instead of 409.",
		Action:  "Read the record again, and see whether it has the change already: a response may have been lost. If it has not, make the change to what is there now, and send it with the current entity tag in If-Match.",
		Members: []Member{{Name: "currentETag", Meaning: "The entity tag of the record as it is now, where the record has one and it is known.", Example: `"8"`}},
		Header:  []Member{{Name: "ETag", Meaning: "The same entity tag.", Example: `"8"`}},
	},
	PreconditionFailed: &Type{
		Slug:    "precondition-failed",
		Status:  http.StatusPreconditionFailed,
		Title:   "Precondition failed",
		Detail:  "A condition of the request does not hold.",
		Meaning: "A condition in the header fields of the request, such as If-None-Match, does not hold for what is there now. Nothing was done.",
		Action:  "Read the resource to see what is there now, and decide. To create a record only where there is none, If-None-Match: * has done its work: there is one.",
		Members: []Member{{Name: "currentETag", Meaning: "The entity tag of the resource as it is now, where it has one.", Example: `"8"`}},
		Header:  []Member{{Name: "ETag", Meaning: "The same entity tag.", Example: `"8"`}},
	},
	PreconditionRequired: &Type{
		Slug:    "precondition-required",
		Status:  http.StatusPreconditionRequired,
		Title:   "Precondition required",
		Detail:  "Read the record, and repeat the request with its entity tag in If-Match; to create one that does not exist yet, send If-None-Match: *.",
		Meaning: "A change must say which version of the record it is meant for, so that it does not overwrite a change that the client has not seen (RFC 6585 §3).",
		Action:  "Read the record, and repeat the request with its entity tag in If-Match. To create one that does not exist yet, send If-None-Match: *.",
	},
	IdempotencyKeyRequired: &Type{
		Slug:    "idempotency-key-required",
		Status:  http.StatusBadRequest,
		Title:   "Idempotency key required",
		Detail:  "Name the change in Idempotency-Key, with a new key for each change, so that it can be repeated safely.",
		Meaning: "The request makes something new, and has no Idempotency-Key by which a repetition of it would be known.",
		Action:  "Make a key that is used for this request alone, such as a UUID. Send it in Idempotency-Key, and again with each repetition.",
	},
	IdempotencyKeyReused: &Type{
		Slug:    "idempotency-key-reused",
		Status:  http.StatusUnprocessableEntity,
		Title:   "Idempotency key reused",
		Detail:  "There has been another change with this Idempotency-Key. Use a new key for each change, and send the same bytes to repeat one.",
		Meaning: "The key in Idempotency-Key belongs to an earlier request that was not the same as this one. Nothing was done.",
		Action:  "Use a new key for each request. Only a repetition has the key of the request that it repeats.",
	},
}
