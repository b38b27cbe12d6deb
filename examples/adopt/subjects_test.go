package main

var subjects = []subject{
	{name: "mux", program: bareMux, pattern: "GET /people/{id}"},
	{name: "chi", program: chiRouter, pattern: "/people/{id}", differs: differences{
		"no such method": {"chi has one line for each method", document(405, blank, "Allow: GET", "Allow: HEAD")},
	}},
	{name: "gorilla", program: gorillaMux, pattern: "/people/{id}"},
	{name: "gin", program: ginEngine, pattern: "/people/:id", differs: differences{
		"early hints": {"gin keeps every status until the first byte: the hint comes with the response, without its fields",
			response{200, []string{isText, "103 Link: "}, "late", "", false}},
	}},
	{name: "echo", program: echoRouter, pattern: "/people/:id", differs: differences{
		"no such method": {"echo answers OPTIONS itself", document(405, blank, "Allow: OPTIONS, GET, HEAD")},
	}},
	{name: "huma", program: humaAPI, pattern: "GET /people/{id}", differs: differences{
		"write of bad JSON":          {humaWords, document(400, "/problems/invalid-request", writes)},
		"write of an unknown member": {humaWords, document(400, "/problems/invalid-request", writes)},
		"write of two values":        {humaWords, document(400, "/problems/invalid-request", writes)},
		"write of the wrong kind":    {humaWords, document(400, "/problems/invalid-request", writes)},
	}},
	{name: "oapi", program: oapiStrict, pattern: "GET /people/{id}"},
	{name: "oapi-list", program: oapiList, pattern: "GET /people/{id}"},
}

const humaWords = "huma checks bodies against its schema, and says what is wrong in its own words"
