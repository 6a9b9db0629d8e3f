import JSONValues
import KubernetesAPI
import Placement

extension HyperNode {
    /// Reads a HyperNode object; what of it cannot be read becomes a member that says so.
    init(_ object: KubernetesObject) {
        self.init(
            name: object.name, tier: object.spec["tier"]?.integer ?? 0,
            tierName: object.spec["tierName"]?.string ?? "",
            members: (object.spec["members"]?.elements ?? []).map { Member($0) })
    }
}

extension HyperNode.Member {
    init(_ json: JSONValue) {
        let kind = Kind(rawValue: json["type"]?.string ?? "")
        let selector = HyperNode.Selector(json["selector"] ?? .null)
        self.init(kind ?? .node, kind == nil ? .unreadable("a member's type is neither Node nor HyperNode") : selector)
    }
}

extension HyperNode.Selector {
    init(_ json: JSONValue) {
        if let name = json[path: "exactMatch", "name"]?.string {
            self = .name(name)
        } else if let pattern = json[path: "regexMatch", "pattern"]?.string {
            self = .pattern(pattern)
        } else if let labels = json["labelMatch"] {
            let requirements = LabelRequirement.requirements(of: labels)
            self = requirements.map { .labels($0) } ?? .unreadable("a labelMatch has an operator that is not known")
        } else {
            self = .unreadable("a member's selector has none of exactMatch, regexMatch and labelMatch")
        }
    }
}

extension LabelRequirement {
    /// Reads `matchLabels` and `matchExpressions`; nil where an operator is not known.
    static func requirements(of json: JSONValue) -> [LabelRequirement]? {
        var list = (json["matchLabels"]?.stringMap ?? [:]).sorted { $0.key < $1.key }
            .map { LabelRequirement($0.key, .isIn, [$0.value]) }
        for expression in json["matchExpressions"]?.elements ?? [] {
            guard let comparison = Comparison(rawValue: expression["operator"]?.string ?? "") else { return nil }
            let values = expression["values"]?.elements.compactMap(\.string) ?? []
            list.append(LabelRequirement(expression["key"]?.string ?? "", comparison, values))
        }
        return list
    }
}
