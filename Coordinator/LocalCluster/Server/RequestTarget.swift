/// What the path of a request is about.
enum RequestTarget: Hashable {
    case coreVersions
    case coreResources(version: String)
    case groups
    case group(String)
    case groupResources(group: String, version: String)
    case openAPI2
    case openAPIIndex
    /// A group version's document: `api/v1`, `apis/GROUP/VERSION`.
    case openAPI(String)
    case version
    case health
    case resource(ResourcePath)
    case unknown

    /// Where an object, a collection or a subresource lies.
    struct ResourcePath: Hashable {
        var group: String
        var version: String
        /// Nil across all namespaces, and for cluster-scoped kinds.
        var namespace: String?
        var plural: String
        var name: String?
        var subresource: String?
    }

    init(path: String) {
        let parts = path.split(separator: "/").map { PercentEncoding.decode($0) }
        switch (parts.first, parts.count) {
        case ("api", 1): self = .coreVersions
        case ("api", 2): self = .coreResources(version: parts[1])
        case ("api", 3...): self = RequestTarget.resource(group: "", version: parts[1], parts[2...])
        case ("apis", 1): self = .groups
        case ("apis", 2): self = .group(parts[1])
        case ("apis", 3): self = .groupResources(group: parts[1], version: parts[2])
        case ("apis", 4...): self = RequestTarget.resource(group: parts[1], version: parts[2], parts[3...])
        case ("version", 1): self = .version
        case ("livez", _), ("readyz", _), ("healthz", _): self = .health
        case ("openapi", 2) where parts[1] == "v2": self = .openAPI2
        case ("openapi", 2) where parts[1] == "v3": self = .openAPIIndex
        case ("openapi", 3...) where parts[1] == "v3": self = .openAPI(parts[2...].joined(separator: "/"))
        default: self = .unknown
        }
    }

    private static func resource(group: String, version: String, _ rest: ArraySlice<String>) -> RequestTarget {
        var parts = Array(rest)
        var namespace: String?
        let isNamespaceItself = group.isEmpty && parts.count == 3 && ["status", "finalize"].contains(parts[2])
        if parts[0] == "namespaces", parts.count >= 3, !isNamespaceItself {
            namespace = parts[1]
            parts.removeFirst(2)
        }
        guard parts.count <= 3 else { return .unknown }
        return .resource(
            ResourcePath(
                group: group, version: version, namespace: namespace, plural: parts[0],
                name: parts.count > 1 ? parts[1] : nil, subresource: parts.count > 2 ? parts[2] : nil))
    }
}
