import Hummingbird
import JSONValues
import KubernetesAPI
import Observability

/// What is served, as clients ask for it: group by group, or all in one document (aggregated discovery).
struct Discovery: Sendable {
    let registry: KindRegistry

    /// `/version`. The Kubernetes minor version says which API conventions hold here.
    static let version: JSONValue = [
        "major": "1", "minor": "36", "gitVersion": "v1.36.0-martlet", "gitCommit": "", "gitTreeState": "clean",
        "buildDate": "1970-01-01T00:00:00Z", "goVersion": "none", "compiler": "swiftc", "platform": "linux/local",
    ]

    private static let aggregatedType = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"

    func core(accept: String) -> Response {
        if isAggregated(accept) { return aggregated([""]) }
        return .json(["kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": []])
    }

    func groups(accept: String) -> Response {
        let names = registry.groups.filter { !$0.isEmpty }
        if isAggregated(accept) { return aggregated(names) }
        return .json(["kind": "APIGroupList", "apiVersion": "v1", "groups": .array(names.map(groupDocument))])
    }

    func group(_ name: String) throws(APIStatus) -> JSONValue {
        guard !name.isEmpty, registry.groups.contains(name) else { throw .noSuchPath }
        var document = groupDocument(name)
        document["kind"] = "APIGroup"
        document["apiVersion"] = "v1"
        return document
    }

    func resources(group: String, version: String) throws(APIStatus) -> JSONValue {
        let kinds = registry.kinds(group: group, version: version)
        guard !kinds.isEmpty else { throw .noSuchPath }
        return [
            "kind": "APIResourceList", "apiVersion": "v1",
            "groupVersion": .string(group.isEmpty ? version : "\(group)/\(version)"),
            "resources": .array(kinds.flatMap(resources)),
        ]
    }

    private func groupDocument(_ name: String) -> JSONValue {
        let versions = registry.versions(of: name).map { version -> JSONValue in
            ["groupVersion": .string("\(name)/\(version)"), "version": .string(version)]
        }
        return ["name": .string(name), "versions": .array(versions), "preferredVersion": versions[0]]
    }

    private func resources(of kind: ServedKind) -> [JSONValue] {
        let own: JSONValue = .members([
            "name": .string(kind.kind.plural), "singularName": .string(kind.singular),
            "namespaced": .bool(kind.kind.isNamespaced), "kind": .string(kind.kind.kind),
            "verbs": strings(kind.verbs), "shortNames": kind.shortNames.isEmpty ? nil : strings(kind.shortNames),
            "categories": kind.categories.isEmpty ? nil : strings(kind.categories),
        ])
        return [own]
            + kind.allSubresources.map { subresource in
                .members([
                    "name": .string("\(kind.kind.plural)/\(subresource.name)"), "singularName": "",
                    "namespaced": .bool(kind.kind.isNamespaced),
                    "group": subresource.kind.group.isEmpty ? nil : .string(subresource.kind.group),
                    "version": subresource.kind.group.isEmpty ? nil : .string(subresource.kind.version),
                    "kind": .string(subresource.kind.kind), "verbs": strings(subresource.verbs),
                ])
            }
    }

    // MARK: Aggregated

    private func isAggregated(_ accept: String) -> Bool {
        accept.split(separator: ",").contains { offer in
            let words = offer.split(separator: ";").map { $0.filter { $0 != " " } }
            return words.contains("as=APIGroupDiscoveryList") && words.contains("v=v2")
                && words.contains("application/json")
        }
    }

    private func aggregated(_ names: [String]) -> Response {
        let document: JSONValue = [
            "kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "metadata": .object(JSONObject()),
            "items": .array(names.map(aggregatedGroup)),
        ]
        return .json(document.bytes(), type: Discovery.aggregatedType)
    }

    private func aggregatedGroup(_ name: String) -> JSONValue {
        let versions = registry.versions(of: name).map { version -> JSONValue in
            [
                "version": .string(version), "freshness": "Current",
                "resources": .array(registry.kinds(group: name, version: version).map(aggregatedResource)),
            ]
        }
        return [
            "metadata": name.isEmpty ? .object(JSONObject()) : ["name": .string(name)], "versions": .array(versions),
        ]
    }

    private func aggregatedResource(_ kind: ServedKind) -> JSONValue {
        let subresources = kind.allSubresources.map { subresource -> JSONValue in
            [
                "subresource": .string(subresource.name), "responseKind": responseKind(subresource.kind),
                "verbs": strings(subresource.verbs),
            ]
        }
        return .members([
            "resource": .string(kind.kind.plural), "responseKind": responseKind(kind.kind),
            "scope": kind.kind.isNamespaced ? "Namespaced" : "Cluster", "singularResource": .string(kind.singular),
            "verbs": strings(kind.verbs), "shortNames": kind.shortNames.isEmpty ? nil : strings(kind.shortNames),
            "categories": kind.categories.isEmpty ? nil : strings(kind.categories),
            "subresources": subresources.isEmpty ? nil : .array(subresources),
        ])
    }

    private func responseKind(_ kind: ResourceKind) -> JSONValue {
        ["group": .string(kind.group), "version": .string(kind.version), "kind": .string(kind.kind)]
    }

    private func strings(_ list: [String]) -> JSONValue { .array(list.map { .string($0) }) }
}

extension ServedKind {
    /// Every subresource, as discovery lists them.
    var allSubresources: [Subresource] {
        var all = subresources
        let verbs = ["get", "patch", "update"]
        if hasStatus { all.append(Subresource(name: "status", kind: kind, verbs: verbs)) }
        if scale != nil {
            let scaleKind = ResourceKind(group: "autoscaling", kind: "Scale", plural: "scales")
            all.append(Subresource(name: "scale", kind: scaleKind, verbs: verbs))
        }
        return all
    }
}
