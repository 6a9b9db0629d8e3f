package import JSONValues

/// A change sent to the API server instead of a whole object.
package enum Patch: Sendable, Hashable {
    /// RFC 7396: members replace, null removes.
    case merge(JSONValue)
    /// RFC 6902: a list of operations, all or nothing.
    case json(JSONValue)
    /// Server-side apply: the fields this manager wants; `force` takes those that another manager owns.
    case apply(JSONValue, fieldManager: String, force: Bool)

    var contentType: String {
        switch self {
        case .merge: "application/merge-patch+json"
        case .json: "application/json-patch+json"
        case .apply: "application/apply-patch+yaml"
        }
    }

    var body: JSONValue {
        switch self {
        case .merge(let value), .json(let value), .apply(let value, _, _): value
        }
    }

    /// A JSON patch may append; the others say how things shall be.
    var isIdempotent: Bool {
        if case .json = self { false } else { true }
    }
}
