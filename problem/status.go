package problem

// statusDetail returns the detail of a document whose error has none.
func statusDetail(status int) string {
	switch status {
	case 400:
		return "The request is malformed."
	case 401:
		return "The request needs valid credentials."
	case 403:
		return "The request is not allowed."
	case 404:
		return "There is nothing here for this request."
	case 405:
		return "The resource does not support the method of the request."
	case 406:
		return "The resource has no representation that the request accepts."
	case 408:
		return "The request did not arrive in time."
	case 409:
		return "The request conflicts with the current state of the resource."
	case 410:
		return "The resource is no longer here."
	case 411:
		return "The request must declare the length of its content."
	case 412:
		return "A condition of the request does not hold."
	case 413:
		return "The content of the request is too large."
	case 414:
		return "The URI of the request is too long."
	case 415:
		return "The content of the request has a type or a coding that is not taken here."
	case 416:
		return "The range of the request is not within the content."
	case 417:
		return "The expectation of the request cannot be met."
	case 421:
		return "The request was sent to a server that is not responsible for it."
	case 422:
		return "The content of the request cannot be processed."
	case 423:
		return "The resource is locked."
	case 425:
		return "The request may be a replay. Send it again."
	case 426:
		return "The request needs another protocol."
	case 428:
		return "The request must be conditional."
	case 429:
		return "There were too many requests. Try again later."
	case 431:
		return "The header of the request is too large."
	case 451:
		return "The resource is not available for legal reasons."
	case 501:
		return "The server does not support what the request needs."
	case 502:
		return "A server that this one depends on gave no valid response."
	case 503:
		return "The service is not available at the moment. Try again later."
	case 504:
		return "A server that this one depends on did not respond in time."
	}
	if status < 500 {
		return "The request cannot be fulfilled as it was sent."
	}
	return "The server failed to process the request."
}
