import HTTPWire
import JSONValues

/// A refusal in the shape OpenAI's clients read, with one sentence that says what, which object, and what to do.
struct ClientError: Error, Sendable, Hashable {
    var status: Int
    /// The `error_type` of metrics and of the access log.
    var kind: String
    var message: String
    /// The request member it is about.
    var parameter: String?
    /// What programs tell it from others by.
    var code: ErrorCode
    /// Whole seconds after which the same request may be tried again.
    var retryAfterSeconds: Int?

    init(_ status: Int, _ kind: String, _ message: String, parameter: String? = nil, code: ErrorCode) {
        self.status = status
        self.kind = kind
        self.message = message
        self.parameter = parameter
        self.code = code
    }

    /// Header fields beside the usual ones.
    var fields: [(name: String, value: String)] {
        var fields = retryAfterSeconds.map { [(name: "retry-after", value: String($0))] } ?? []
        if status == 401 { fields.append(("www-authenticate", "Bearer")) }
        return fields
    }

    /// The response body.
    var body: [UInt8] {
        // Kthena's clients read this one.
        if status == 401 { return (["error": .string(message)] as JSONValue).bytes() }
        let type =
            switch status {
            case 404: "NotFoundError"
            case 429: "RateLimitError"
            case 400..<500: "BadRequestError"
            case 503: "ServiceUnavailableError"
            default: "InternalServerError"
            }
        let error: JSONValue = [
            "message": .string(message), "type": .string(type), "param": parameter.map { .string($0) } ?? .null,
            "code": JSONValue(status), "reason": .string(code.rawValue),
        ]
        return (["error": error] as JSONValue).bytes()
    }
}

extension ClientError {
    static func routeNotFound(_ model: String) -> ClientError {
        ClientError(
            404, "route_not_found",
            "route not found: no ModelRoute serves model '\(model.prefix(256))'; GET /v1/models lists those served.",
            parameter: "model", code: .routeNotFound)
    }

    static let modelNotFound = ClientError(
        404, "prompt_parsing", "model not found: the request needs a member 'model' that is a non-empty string.",
        parameter: "model", code: .modelMissing)

    static let promptNotFound = ClientError(
        404, "prompt_parsing",
        "prompt not found: the request needs a list 'messages', or a text or list "
            + "'prompt' or 'input'.", code: .promptMissing)

    static let tooSlow = ClientError(
        408, "request_failed", "The request did not arrive completely in time; send it again.", code: .requestTooSlow)

    static func malformed(_ violation: HTTPViolation, version: String = "HTTP/1.1") -> ClientError {
        ClientError(
            violation.status, "request_failed",
            "The request \(violation.reason); send one well-formed \(version) request.", code: .malformedRequest)
    }

    static func bodyTooLarge(_ limit: Int) -> ClientError {
        ClientError(
            413, "request_failed",
            "The request body is larger than \(limit) bytes, the most this router takes; send less.",
            code: .bodyTooLarge)
    }
}
