import JSONValues

/// One compiled schema of a structural schema, immutable; children hang below it.
final class SchemaNode: Sendable {
    /// The JSON types a schema may ask for.
    enum ValueType: String {
        case object
        case array
        case string
        case integer
        case number
        case boolean
    }

    /// How the elements of a list relate, for uniqueness and for finding an element's old value.
    enum ListKind {
        case atomic
        /// Unique scalars.
        case set
        /// Objects told apart by these members.
        case map(keys: [String])
    }

    /// Nil where any type goes.
    let type: ValueType?
    let isNullable: Bool
    let isIntOrString: Bool
    /// Members without a schema stay.
    let preservesUnknownFields: Bool
    /// A whole object with its own apiVersion, kind and metadata; true for the root as well.
    let isResource: Bool
    let properties: [String: SchemaNode]
    /// In the order they were written.
    let propertyOrder: [String]
    let required: [String]
    /// The schema of members without one of their own.
    let additionalProperties: SchemaNode?
    let items: SchemaNode?
    let listKind: ListKind
    let defaultValue: JSONValue?
    let limits: ValueLimits
    let rules: [SchemaRule]
    /// Every one has to hold.
    let allOf: [SchemaNode]
    /// At least one has to hold; empty for no such condition.
    let anyOf: [SchemaNode]
    /// Exactly one has to hold; empty for no such condition.
    let oneOf: [SchemaNode]
    /// May not hold.
    let not: SchemaNode?

    init(_ json: JSONValue, isRoot: Bool, at path: String) throws(SchemaError) {
        let parts = try SchemaParts(json, at: path)
        type = parts.type
        isNullable = json["nullable"]?.bool ?? false
        isIntOrString = json["x-kubernetes-int-or-string"]?.bool ?? false
        isResource = isRoot || json["x-kubernetes-embedded-resource"]?.bool ?? false
        preservesUnknownFields =
            json["x-kubernetes-preserve-unknown-fields"]?.bool ?? false || json["additionalProperties"]?.bool ?? false
        properties = parts.properties
        propertyOrder = parts.propertyOrder
        required = json["required"]?.elements.compactMap(\.string) ?? []
        additionalProperties = parts.additionalProperties
        items = parts.items
        listKind = parts.listKind
        defaultValue = json["default"]
        limits = try ValueLimits(json, at: path)
        rules = try parts.rules(of: json)
        allOf = try SchemaParts.nodes(json["allOf"], at: "\(path).allOf")
        // The alternatives that int-or-string is spelled out with say nothing more.
        anyOf = isIntOrString ? [] : try SchemaParts.nodes(json["anyOf"], at: "\(path).anyOf")
        oneOf = try SchemaParts.nodes(json["oneOf"], at: "\(path).oneOf")
        not = try json["not"].map { json throws(SchemaError) in
            try SchemaNode(json, isRoot: false, at: "\(path).not")
        }
    }
}
