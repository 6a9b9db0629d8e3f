import JSONValues
import Routing

/// Reads one rule of an HTTPRoute and remembers what of it cannot be served.
struct HTTPRuleReader {
    let namespace: String
    let grants: ReferenceGrants
    private(set) var foreignKinds: [String] = []
    private(set) var foreignPools: [ObjectName] = []
    private(set) var unsupported: [String] = []
    private(set) var isServed = true

    init(namespace: String, grants: ReferenceGrants) {
        self.namespace = namespace
        self.grants = grants
    }

    mutating func rule(_ json: JSONValue) -> HTTPRule {
        var rule = HTTPRule(name: json["name"]?.string ?? "", targets: [])
        if let matches = json["matches"]?.elements, !matches.isEmpty {
            rule.matches = []
            for match in matches {
                do {
                    rule.matches.append(try self.match(match))
                } catch {
                    unsupported.append("a match that cannot be read: \(error)")
                }
            }
        }
        for filter in json["filters"]?.elements ?? [] { read(filter: filter, into: &rule) }
        for backend in json["backendRefs"]?.elements ?? [] { read(backend: backend, into: &rule) }
        return rule
    }

    /// What a match says that has no meaning here.
    private struct Unreadable: Error, CustomStringConvertible {
        var description: String
    }

    private func match(_ json: JSONValue) throws -> HTTPMatch {
        let value = json[path: "path", "value"]?.string ?? "/"
        let path: HTTPMatch.Path =
            switch json[path: "path", "type"]?.string ?? "PathPrefix" {
            case "Exact": .exact(value)
            case "PathPrefix": .prefix(value)
            case "RegularExpression": .regex(try Pattern(value))
            default: throw Unreadable(description: "path type \(json[path: "path", "type"]?.string ?? "")")
            }
        return HTTPMatch(
            path: path, method: json["method"]?.string, headers: try values(json["headers"]),
            query: try values(json["queryParams"]))
    }

    private func values(_ json: JSONValue?) throws -> [HTTPMatch.Value] {
        try (json?.elements ?? []).map { item in
            let text = item["value"]?.string ?? ""
            let match: StringMatch =
                switch item["type"]?.string ?? "Exact" {
                case "Exact": .exact(text)
                case "RegularExpression": .regex(try Pattern(text))
                default: throw Unreadable(description: "type \(item["type"]?.string ?? "")")
                }
            return HTTPMatch.Value(name: item["name"]?.string ?? "", match: match)
        }
    }

    private mutating func read(filter: JSONValue, into rule: inout HTTPRule) {
        let type = filter["type"]?.string ?? ""
        guard type == "URLRewrite", let rewrite = filter["urlRewrite"] else {
            unsupported.append("filter \(type)")
            isServed = false
            return
        }
        rule.rewrite.hostname = rewrite["hostname"]?.string
        switch rewrite[path: "path", "type"]?.string {
        case "ReplaceFullPath":
            rule.rewrite.path = .full(rewrite[path: "path", "replaceFullPath"]?.string ?? "/")
        case "ReplacePrefixMatch":
            rule.rewrite.path = .prefix(rewrite[path: "path", "replacePrefixMatch"]?.string ?? "/")
        default: break
        }
    }

    private mutating func read(backend: JSONValue, into rule: inout HTTPRule) {
        let group = backend["group"]?.string ?? ""
        let kind = backend["kind"]?.string ?? "Service"
        guard group == GatewayNames.poolGroup, kind == "InferencePool" else {
            foreignKinds.append(group.isEmpty ? kind : "\(kind).\(group)")
            return
        }
        let pool = ObjectName(
            namespace: backend["namespace"]?.string ?? namespace, name: backend["name"]?.string ?? "")
        guard grants.allow(.httpRoute, in: namespace, toName: .inferencePool, pool) else {
            foreignPools.append(pool)
            return
        }
        let weight = backend["weight"]?.integer ?? 1
        rule.targets.append(PoolTarget(pool: pool, weight: UInt64(max(0, weight))))
    }
}
