import JSONValues
import KubernetesAPI
import ServingAPI

/// Reads CustomResourceDefinitions.
enum CustomKinds {
    /// The served versions of a definition, the storage version first.
    ///
    /// Throws Invalid (422) where the definition lacks a name, a version or a schema, or where its schema does not
    /// compile.
    static func kinds(of definition: JSONValue) throws(APIStatus) -> [ServedKind] {
        let spec = definition["spec"] ?? .null
        let name = definition[path: "metadata", "name"]?.string ?? ""
        func required(_ field: String, _ value: String?) throws(APIStatus) -> String {
            if let value, !value.isEmpty { return value }
            throw .invalid(definitionKind, name: name, [.required(field)])
        }
        let group = try required("spec.group", spec["group"]?.string)
        let plural = try required("spec.names.plural", spec[path: "names", "plural"]?.string)
        let kind = try required("spec.names.kind", spec[path: "names", "kind"]?.string)
        guard name == "\(plural).\(group)" else {
            throw .invalid(
                definitionKind, name: name,
                [.invalid("metadata.name", "must be spec.names.plural, a dot and spec.group: \(plural).\(group)")])
        }
        let versions = spec["versions"]?.elements ?? []
        guard let stored = versions.first(where: { $0["storage"]?.bool == true }),
            let storedName = stored["name"]?.string
        else {
            throw .invalid(definitionKind, name: name, [.invalid("spec.versions", "must have one storage version")])
        }
        var kinds: [ServedKind] = []
        for version in versions where version["served"]?.bool != false {
            let resource = ResourceKind(
                group: group, version: try required("spec.versions[*].name", version["name"]?.string), kind: kind,
                plural: plural, isNamespaced: spec["scope"]?.string != "Cluster")
            kinds.append(
                try served(resource, version, definition: definition, storage: "\(group)/\(storedName)"))
        }
        return kinds.filter { $0.kind.version == storedName } + kinds.filter { $0.kind.version != storedName }
    }

    private static var definitionKind: ServedKind { ServedKind(.customResourceDefinition) }

    private static func served(
        _ kind: ResourceKind, _ version: JSONValue, definition: JSONValue, storage: String
    ) throws(APIStatus) -> ServedKind {
        let names = definition[path: "spec", "names"] ?? .null
        var served = ServedKind(kind)
        served.isCustom = true
        served.keepsGeneration = true
        served.storageAPIVersion = storage
        served.singular = names["singular"]?.string ?? kind.kind.lowercased()
        served.shortNames = names["shortNames"]?.elements.compactMap(\.string) ?? []
        served.categories = names["categories"]?.elements.compactMap(\.string) ?? []
        served.hasStatus = version[path: "subresources", "status"] != nil
        served.scale = version[path: "subresources", "scale"].map(scalePaths)
        served.columns = PrinterColumn.columns(ofVersion: version)
        served.openAPISchema = version[path: "schema", "openAPIV3Schema"]
        var reduction = SchemaReduction()
        do {
            let schema = reduction.reduced(served.openAPISchema ?? .object(JSONObject()))
            served.schema = try SchemaSet.compile(crdVersionSchema: schema)
            served.schemaNotes = reduction.notes
        } catch {
            throw .invalid(
                definitionKind, name: definition[path: "metadata", "name"]?.string ?? "",
                [.invalid("spec.versions[\(kind.version)].schema.openAPIV3Schema", "\(error)")])
        }
        return served
    }

    private static func scalePaths(_ scale: JSONValue) -> ScalePaths {
        func path(_ name: String) -> [String] {
            (scale[name]?.string ?? "").split(separator: ".").map(String.init)
        }
        return ScalePaths(
            specReplicas: path("specReplicasPath"), statusReplicas: path("statusReplicasPath"),
            labelSelector: path("labelSelectorPath"))
    }

    /// The status of a definition that is served: names accepted, established, the stored versions.
    static func establishedStatus(of definition: JSONValue, now: Timestamp) -> JSONValue {
        let spec = definition["spec"] ?? .null
        var conditions = (definition[path: "status", "conditions"]?.elements ?? []).compactMap { Condition($0) }
        conditions.set(
            Condition("NamesAccepted", true, reason: "NoConflicts", message: "no conflicts found", at: now))
        conditions.set(
            Condition(
                "Established", true, reason: "InitialNamesAccepted",
                message: "the initial names have been accepted", at: now))
        let stored = (spec["versions"]?.elements ?? []).filter { $0["storage"]?.bool == true }
        return [
            "acceptedNames": spec["names"] ?? .null,
            "conditions": .array(conditions.map(\.json)),
            "storedVersions": .array(stored.compactMap { $0["name"] }),
        ]
    }
}
