import JSONValues

/// The children of a schema and what needs a look at several of its members, read and checked.
struct SchemaParts {
    /// Schemas nested deeper than this are refused, which also bounds every walk over an object.
    static let depthMax = 128

    let path: String
    let type: SchemaNode.ValueType?
    var properties: [String: SchemaNode] = [:]
    var propertyOrder: [String] = []
    var additionalProperties: SchemaNode?
    var items: SchemaNode?
    let listKind: SchemaNode.ListKind

    init(_ json: JSONValue, at path: String) throws(SchemaError) {
        self.path = path
        guard json.object != nil else { throw SchemaError(path, "is not an object") }
        guard path.utf8.count(where: { $0 == UInt8(ascii: ".") }) < SchemaParts.depthMax else {
            throw SchemaError(path, "is nested deeper than \(SchemaParts.depthMax) levels")
        }
        for keyword in ["$ref", "definitions", "dependencies", "patternProperties", "uniqueItems"]
        where json[keyword] != nil && json[keyword] != false {
            throw SchemaError(path, "uses \(keyword), which structural schemas do not have")
        }
        type = try SchemaParts.type(json["type"], at: path)
        listKind = try SchemaParts.listKind(json, at: path)
        for (name, child) in json["properties"]?.object ?? JSONObject() {
            properties[name] = try SchemaNode(child, isRoot: false, at: path.isEmpty ? name : "\(path).\(name)")
            propertyOrder.append(name)
        }
        if let child = json["additionalProperties"], child.object != nil {
            additionalProperties = try SchemaNode(child, isRoot: false, at: "\(path).*")
        }
        if let child = json["items"] { items = try SchemaNode(child, isRoot: false, at: "\(path).[]") }
    }

    func rules(of json: JSONValue) throws(SchemaError) -> [SchemaRule] {
        var rules: [SchemaRule] = []
        for rule in json["x-kubernetes-validations"]?.elements ?? [] { rules.append(try SchemaRule(rule, at: path)) }
        return rules
    }

    static func nodes(_ json: JSONValue?, at path: String) throws(SchemaError) -> [SchemaNode] {
        var nodes: [SchemaNode] = []
        for child in json?.elements ?? [] { nodes.append(try SchemaNode(child, isRoot: false, at: path)) }
        return nodes
    }

    private static func type(_ json: JSONValue?, at path: String) throws(SchemaError) -> SchemaNode.ValueType? {
        guard let json, json != "" else { return nil }
        guard let type = SchemaNode.ValueType(rawValue: json.string ?? "") else {
            throw SchemaError(path, "has the unknown type \(json.text())")
        }
        return type
    }

    private static func listKind(_ json: JSONValue, at path: String) throws(SchemaError) -> SchemaNode.ListKind {
        switch json["x-kubernetes-list-type"]?.string {
        case nil, "atomic": return .atomic
        case "set": return .set
        case "map":
            let keys = json["x-kubernetes-list-map-keys"]?.elements.compactMap(\.string) ?? []
            guard !keys.isEmpty else { throw SchemaError(path, "is a list map without x-kubernetes-list-map-keys") }
            return .map(keys: keys)
        case .some(let other): throw SchemaError(path, "has the unknown x-kubernetes-list-type '\(other)'")
        }
    }
}
