import JSONValues
import KubernetesAPI

/// Puts the authority's certificate where the API server looks for it; pure.
enum AuthorityPatch {
    /// The JSON patch that gives every entry of ours in a webhook configuration these authorities; nil where all have
    /// them. Each operation is guarded by the entry's name, so that a list that was reordered meanwhile is refused.
    static func patch(_ configuration: KubernetesObject, authorities: [UInt8]) -> JSONValue? {
        let names = Set(WebhookEndpoint.all.map(\.name))
        let wanted = Base64.encode(authorities)
        var operations: [JSONValue] = []
        for (index, entry) in (configuration.json["webhooks"]?.elements ?? []).enumerated() {
            guard let name = entry["name"]?.string, names.contains(name),
                entry["clientConfig"]?.object != nil, entry[path: "clientConfig", "caBundle"]?.string != wanted
            else { continue }
            operations += [
                ["op": "test", "path": .string("/webhooks/\(index)/name"), "value": .string(name)],
                ["op": "add", "path": .string("/webhooks/\(index)/clientConfig/caBundle"), "value": .string(wanted)],
            ]
        }
        return operations.isEmpty ? nil : .array(operations)
    }
}
