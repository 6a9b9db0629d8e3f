import JSONValues

/// A refusal in the form of vLLM's error bodies.
struct APIError: Error, Hashable {
    var status: Int
    var message: String
    var type: String
    var parameter: String?

    var body: JSONValue {
        [
            "error": [
                "message": .string(message), "type": .string(type),
                "param": parameter.map { .string($0) } ?? .null, "code": JSONValue(status),
            ]
        ]
    }

    /// A value the engine does not accept.
    static func badValue(_ sentence: String, _ parameter: String, _ value: String) -> APIError {
        APIError(
            status: 400, message: "\(sentence) (parameter=\(parameter), value=\(value))", type: "BadRequestError",
            parameter: parameter)
    }

    static func badRequest(_ message: String, _ parameter: String? = nil) -> APIError {
        APIError(status: 400, message: message, type: "BadRequestError", parameter: parameter)
    }

    /// A body that is not JSON.
    static func notJSON(_ error: JSONError) -> APIError {
        let reason =
            error.message.hasPrefix("a member name")
            ? "Expecting property name enclosed in double quotes" : "Expecting value"
        let fault =
            "{'type': 'json_invalid', 'loc': 'body.\(error.offset)', 'msg': 'JSON decode error', "
            + "'input': '<dict of 0 items>', 'ctx': {'error': '\(reason)'}}"
        return schema(fault, "body.\(error.offset)")
    }

    /// A required member that is not there.
    static func missing(_ member: String, of body: JSONValue) -> APIError {
        let count = body.object?.count ?? 0
        let fault =
            "{'type': 'missing', 'loc': 'body.\(member)', 'msg': 'Field required', "
            + "'input': '<dict of \(count) items>'}"
        return schema(fault, "body.\(member)")
    }

    /// A member of the wrong type.
    static func wrongType(_ member: String, expected: String) -> APIError {
        schema(
            "{'type': '\(expected)_type', 'loc': 'body.\(member)', 'msg': 'Input should be a valid \(expected)'}",
            "body.\(member)")
    }

    private static func schema(_ fault: String, _ parameter: String) -> APIError {
        APIError(
            status: 400, message: "1 validation error:\n  \(fault)", type: "Bad Request", parameter: parameter)
    }

    static func unknownModel(_ name: String, aliases: [String]) -> APIError {
        APIError(
            status: 404,
            message: "The model `\(name)` does not exist. Valid aliases: \(aliases.joined(separator: ", ")).",
            type: "NotFoundError", parameter: "model")
    }

    static let engineDead = APIError(
        status: 500,
        message: "EngineCore encountered an issue. See stack trace (above) for the root cause.",
        type: "InternalServerError", parameter: nil)

    static let `internal` = APIError(
        status: 500, message: "Internal server error", type: "InternalServerError", parameter: nil)
}
