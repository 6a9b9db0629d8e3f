package import JSONValues

/// One fault of an object at one field, in the words of Kubernetes: `spec.replicas: Invalid value: -1: must be …`.
package struct FieldProblem: Error, Sendable, Hashable, CustomStringConvertible {
    /// What sort of fault; the raw value is the `reason` of a cause in an Invalid status.
    package enum Kind: String, Sendable {
        case invalid = "FieldValueInvalid"
        case wrongType = "FieldValueTypeInvalid"
        case required = "FieldValueRequired"
        case unsupported = "FieldValueNotSupported"
        case forbidden = "FieldValueForbidden"
        case duplicate = "FieldValueDuplicate"
        case notFound = "FieldValueNotFound"
        case tooLong = "FieldValueTooLong"
        case tooMany = "FieldValueTooMany"
    }

    /// The path of the field: `spec.template.roles[0].name`.
    package var field: String
    package var kind: Kind
    /// What is wrong and how to put it right, without the field.
    package var message: String

    package init(_ kind: Kind, at field: String, _ message: String) {
        self.kind = kind
        self.field = field
        self.message = message
    }

    package var description: String { field.isEmpty ? message : "\(field): \(message)" }

    /// This fault as an element of `details.causes` of an Invalid status.
    package var cause: JSONValue {
        ["reason": .string(kind.rawValue), "message": .string(message), "field": .string(field)]
    }

    package static func invalid(_ field: String, _ value: JSONValue, _ fix: String) -> FieldProblem {
        FieldProblem(.invalid, at: field, "Invalid value: \(shown(value)): \(fix)")
    }

    package static func wrongType(_ field: String, _ value: JSONValue, expected: String) -> FieldProblem {
        let type = typeName(value)
        return FieldProblem(
            .wrongType, at: field,
            "Invalid value: \"\(type)\": \(subject(field)) must be of type \(expected): \"\(type)\"")
    }

    /// The start of a sentence about a field's value.
    package static func subject(_ field: String) -> String { field.isEmpty ? "the object" : "\(field) in body" }

    package static func required(_ field: String, _ fix: String = "") -> FieldProblem {
        FieldProblem(.required, at: field, fix.isEmpty ? "Required value" : "Required value: \(fix)")
    }

    package static func unsupported(_ field: String, _ value: JSONValue, supported: [JSONValue]) -> FieldProblem {
        let list = supported.map { shown($0) }.joined(separator: ", ")
        return FieldProblem(.unsupported, at: field, "Unsupported value: \(shown(value)): supported values: \(list)")
    }

    package static func forbidden(_ field: String, _ fix: String) -> FieldProblem {
        FieldProblem(.forbidden, at: field, "Forbidden: \(fix)")
    }

    package static func duplicate(_ field: String, _ value: JSONValue) -> FieldProblem {
        FieldProblem(.duplicate, at: field, "Duplicate value: \(shown(value))")
    }

    /// For a name that refers to something the object does not have.
    package static func notFound(_ field: String, _ value: JSONValue) -> FieldProblem {
        FieldProblem(.notFound, at: field, "Not found: \(shown(value))")
    }

    package static func tooLong(_ field: String, bytesMax: Int) -> FieldProblem {
        FieldProblem(.tooLong, at: field, "Too long: may not be more than \(bytesMax) bytes")
    }

    package static func tooMany(_ field: String, _ count: Int, max: Int) -> FieldProblem {
        FieldProblem(.tooMany, at: field, "Too many: \(count): must have at most \(max) items")
    }

    /// Values longer than this are cut in messages.
    private static let shownBytesMax = 256

    private static func shown(_ value: JSONValue) -> String {
        let text = value.text()
        return text.utf8.count <= shownBytesMax ? text : text.prefix(shownBytesMax) + "…"
    }

    /// The JSON type of a value by the name schemas use.
    package static func typeName(_ value: JSONValue) -> String {
        switch value {
        case .null: "null"
        case .bool: "boolean"
        case .integer: "integer"
        case .double: "number"
        case .string: "string"
        case .array: "array"
        case .object: "object"
        }
    }
}
