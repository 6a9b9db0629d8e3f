package import JSONValues

/// An answer of the API server that is not the object asked for (`kind: Status`): almost always an error.
package struct APIStatus: Error, Sendable, Hashable, CustomStringConvertible {
    /// The closed list of reasons this program tells apart.
    package enum Reason: String, Sendable {
        case badRequest = "BadRequest"
        case unauthorized = "Unauthorized"
        case forbidden = "Forbidden"
        case notFound = "NotFound"
        case methodNotAllowed = "MethodNotAllowed"
        case alreadyExists = "AlreadyExists"
        case conflict = "Conflict"
        case gone = "Gone"
        case expired = "Expired"
        case invalid = "Invalid"
        case unsupportedMediaType = "UnsupportedMediaType"
        case requestEntityTooLarge = "RequestEntityTooLarge"
        case tooManyRequests = "TooManyRequests"
        case internalError = "InternalError"
        case serviceUnavailable = "ServiceUnavailable"
        case timeout = "Timeout"
        case unknown = ""
    }

    /// The HTTP status code.
    package var code: Int
    package var reason: Reason
    package var message: String
    /// `details`: the object's name, group and kind, and for Invalid the causes by field.
    package var details: JSONValue?
    /// Of a list that was cut off (410): the token that goes on with what there is now.
    package var continuation: String?

    package init(
        code: Int, reason: Reason, message: String, details: JSONValue? = nil, continuation: String? = nil
    ) {
        self.code = code
        self.reason = reason
        self.message = message
        self.details = details
        self.continuation = continuation
    }

    /// Reads a Status object; nil where the value is something else.
    package init?(_ json: JSONValue) {
        guard json["kind"]?.string == "Status" else { return nil }
        code = json["code"]?.integer ?? 0
        reason = Reason(rawValue: json["reason"]?.string ?? "") ?? .unknown
        message = json["message"]?.string ?? ""
        details = json["details"]
        continuation = json[path: "metadata", "continue"]?.string
    }

    package var json: JSONValue {
        .members([
            "kind": "Status", "apiVersion": "v1",
            "metadata": .members(["continue": continuation.map { .string($0) }]),
            "status": code < 400 ? "Success" : "Failure", "message": message.isEmpty ? nil : .string(message),
            "reason": reason == .unknown ? nil : .string(reason.rawValue), "details": details, "code": JSONValue(code),
        ])
    }

    package var description: String { message.isEmpty ? "\(code) \(reason.rawValue)" : message }
}
