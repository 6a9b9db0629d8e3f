import JSONValues
import KubernetesAPI
import ServingAPI

extension FieldProblem {
    /// A problem whose value is told in the message or not worth telling.
    static func invalid(_ field: String, _ message: String) -> FieldProblem {
        FieldProblem(.invalid, at: field, "Invalid value: \(message)")
    }
}

/// The answers this server gives instead of an object, worded as Kubernetes words them so that clients recognise them.
extension APIStatus {
    static func badRequest(_ message: String) -> APIStatus {
        APIStatus(code: 400, reason: .badRequest, message: message)
    }

    static func notFound(_ kind: ServedKind, name: String) -> APIStatus {
        APIStatus(
            code: 404, reason: .notFound, message: "\(kind.qualifiedName) \"\(name)\" not found",
            details: details(kind, name))
    }

    /// A path that leads nowhere.
    static var noSuchPath: APIStatus {
        APIStatus(
            code: 404, reason: .notFound, message: "the server could not find the requested resource",
            details: .object(JSONObject()))
    }

    static func alreadyExists(_ kind: ServedKind, name: String) -> APIStatus {
        APIStatus(
            code: 409, reason: .alreadyExists, message: "\(kind.qualifiedName) \"\(name)\" already exists",
            details: details(kind, name))
    }

    static func conflict(_ kind: ServedKind, name: String, _ why: String) -> APIStatus {
        APIStatus(
            code: 409, reason: .conflict,
            message: "Operation cannot be fulfilled on \(kind.qualifiedName) \"\(name)\": \(why)",
            details: details(kind, name))
    }

    static func modified(_ kind: ServedKind, name: String) -> APIStatus {
        conflict(
            kind, name: name,
            "the object has been modified; please apply your changes to the latest version and try again")
    }

    static func forbidden(_ kind: ServedKind, name: String, _ why: String, causes: [JSONValue] = []) -> APIStatus {
        var details = details(kind, name)
        if !causes.isEmpty { details["causes"] = .array(causes) }
        return APIStatus(
            code: 403, reason: .forbidden, message: "\(kind.qualifiedName) \"\(name)\" is forbidden: \(why)",
            details: details)
    }

    static func invalid(_ kind: ServedKind, name: String, _ faults: [FieldProblem]) -> APIStatus {
        let texts = faults.map(\.description)
        let text = texts.count == 1 ? texts[0] : "[\(texts.joined(separator: ", "))]"
        var details: JSONValue = ["name": .string(name), "group": .string(kind.kind.group)]
        details["kind"] = .string(kind.kind.kind)
        details["causes"] = .array(faults.map(\.cause))
        return APIStatus(
            code: 422, reason: .invalid, message: "\(kind.kind.kind) \"\(name)\" is invalid: \(text)",
            details: details)
    }

    static func methodNotAllowed(_ what: String) -> APIStatus {
        APIStatus(
            code: 405, reason: .methodNotAllowed,
            message: "the server does not allow this method on the requested resource (\(what))")
    }

    static func expired(_ version: Int64, oldest: Int64) -> APIStatus {
        APIStatus(code: 410, reason: .expired, message: "too old resource version: \(version) (\(oldest))")
    }

    static func unsupportedMediaType(_ given: String, accepted: [String]) -> APIStatus {
        APIStatus(
            code: 415, reason: .unsupportedMediaType,
            message: "the body of the request was in an unknown format (\(given)) - accepted media types include: "
                + accepted.joined(separator: ", "))
    }

    static func tooLarge(limit: Int) -> APIStatus {
        APIStatus(
            code: 413, reason: .requestEntityTooLarge,
            message: "the request is larger than \(limit) bytes; send a smaller object")
    }

    /// The answer to a deletion that is done.
    static func deleted(_ kind: ServedKind, name: String, uid: String) -> JSONValue {
        var details = details(kind, name)
        details["uid"] = .string(uid)
        return [
            "kind": "Status", "apiVersion": "v1", "metadata": .object(JSONObject()), "status": "Success",
            "details": details,
        ]
    }

    private static func details(_ kind: ServedKind, _ name: String) -> JSONValue {
        .members([
            "name": .string(name), "group": kind.kind.group.isEmpty ? nil : .string(kind.kind.group),
            "kind": .string(kind.kind.plural),
        ])
    }
}
