import Hummingbird
import JSONValues
import KubernetesAPI

/// `/openapi/v3`: enough for clients to learn that writes are validated here (`fieldValidation`), which patches a kind
/// takes, and every field of custom resources and of the manual of built-in kinds (`kubectl explain`).
struct OpenAPI: Sendable {
    let registry: KindRegistry

    /// `/openapi/v2`: an empty document. Clients turn to it for kinds that version 3 does not have, and then say
    /// themselves that there is no such kind; a refusal would stop them with a worse sentence.
    static func emptyVersion2(accept: String) -> Response {
        if accept.contains("application/com.github.proto-openapi.spec.v2") {
            return .json([], type: "application/com.github.proto-openapi.spec.v2.v1.0+protobuf")
        }
        return .json(["swagger": "2.0", "info": ["title": "Kubernetes", "version": "v1.36.0"], "paths": [:]])
    }

    /// The documents there are, one for each group version.
    var index: JSONValue {
        var paths = JSONValue.object(JSONObject())
        for group in registry.groups {
            for version in registry.versions(of: group) {
                let path = OpenAPI.path(group, version)
                // The hash in the address changes with the document: clients keep a document by its address.
                let hash = fingerprint(group: group, version: version)
                paths[path] = ["serverRelativeURL": .string("/openapi/v3/\(path)?hash=\(hash)")]
            }
        }
        return ["paths": paths]
    }

    func document(_ path: String) throws(APIStatus) -> JSONValue {
        let parts = path.split(separator: "/").map(String.init)
        let group = parts.count == 3 && parts[0] == "apis" ? parts[1] : ""
        guard let version = parts.last, parts.count == (group.isEmpty ? 2 : 3),
            group.isEmpty ? parts[0] == "api" : true
        else { throw .noSuchPath }
        let kinds = registry.kinds(group: group, version: version)
        guard !kinds.isEmpty else { throw .noSuchPath }
        var paths = JSONValue.object(JSONObject())
        var schemas = JSONValue.object(JSONObject())
        for kind in kinds {
            paths[OpenAPI.urlPath(of: kind)] = OpenAPI.operations(of: kind)
            schemas[OpenAPI.schemaName(of: kind)] = OpenAPI.schema(of: kind)
        }
        return [
            "openapi": "3.0.0", "info": ["title": "Kubernetes", "version": "v1.36.0"], "paths": paths,
            "components": ["schemas": schemas],
        ]
    }

    private static func path(_ group: String, _ version: String) -> String {
        group.isEmpty ? "api/\(version)" : "apis/\(group)/\(version)"
    }

    /// FNV-1a over what the document is made from.
    private func fingerprint(group: String, version: String) -> String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for kind in registry.kinds(group: group, version: version) {
            for byte in Array(kind.kind.plural.utf8) + (kind.openAPISchema?.bytes() ?? []) {
                hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3
            }
        }
        return String(hash, radix: 16)
    }

    private static func urlPath(of kind: ServedKind) -> String {
        kind.kind.path(namespace: kind.kind.isNamespaced ? "{namespace}" : nil, name: "{name}")
    }

    private static func schemaName(of kind: ServedKind) -> String {
        let group =
            kind.kind.group.isEmpty
            ? "io.k8s.api.core" : kind.kind.group.split(separator: ".").reversed().joined(separator: ".")
        return "\(group).\(kind.kind.version).\(kind.kind.kind)"
    }

    private static func identity(of kind: ServedKind) -> JSONValue {
        [
            "group": .string(kind.kind.group), "version": .string(kind.kind.version),
            "kind": .string(kind.kind.kind),
        ]
    }

    private static func operations(of kind: ServedKind) -> JSONValue {
        let reference: JSONValue = ["$ref": .string("#/components/schemas/\(schemaName(of: kind))")]
        let content: JSONValue = ["application/json": ["schema": reference]]
        func operation(_ verb: String, body: [String]) -> JSONValue {
            var operation: JSONValue = [
                "x-kubernetes-action": .string(verb), "x-kubernetes-group-version-kind": identity(of: kind),
                "responses": ["200": ["description": "OK", "content": content]],
            ]
            guard !body.isEmpty else { return operation }
            operation["parameters"] = .array(
                ["dryRun", "fieldManager", "fieldValidation"].map { name in
                    ["name": .string(name), "in": "query", "schema": ["type": "string", "uniqueItems": true]]
                })
            var types = JSONValue.object(JSONObject())
            for type in body { types[type] = ["schema": reference] }
            operation["requestBody"] = ["required": true, "content": types]
            return operation
        }
        return [
            "get": operation("get", body: []),
            "put": operation("put", body: ["application/json"]),
            "patch": operation(
                "patch",
                body: ["application/apply-patch+yaml", "application/json-patch+json", "application/merge-patch+json"]),
            "delete": operation("delete", body: []),
        ]
    }

    private static func schema(of kind: ServedKind) -> JSONValue {
        var schema = kind.openAPISchema ?? builtIn(kind.kind)
        var properties = JSONValue.object(JSONObject())
        for (name, text) in [
            ("apiVersion", "The version of the schema of this object."), ("kind", "The kind of this object."),
        ] { properties[name] = ["type": "string", "description": .string(text)] }
        properties["metadata"] = [
            "type": "object", "description": "Standard metadata: name, labels, annotations, owners.",
            "properties": FieldManual.metadata.properties,
        ]
        for (name, property) in schema["properties"]?.object ?? JSONObject() where name != "metadata" {
            properties[name] = property
        }
        schema["properties"] = properties
        schema["x-kubernetes-group-version-kind"] = [identity(of: kind)]
        return schema
    }

    /// The schema of a built-in kind: its manual, and room for what that does not tell.
    private static func builtIn(_ kind: ResourceKind) -> JSONValue {
        var schema: JSONValue = ["type": "object", "x-kubernetes-preserve-unknown-fields": true]
        guard let manual = FieldManual.manual(of: kind) else { return schema }
        schema["description"] = FieldManual.summary(of: kind).map { .string($0) }
        schema["properties"] = manual.properties
        if !manual.required.isEmpty { schema["required"] = .array(manual.required.map { .string($0) }) }
        return schema
    }
}
