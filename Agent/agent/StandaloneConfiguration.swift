import JSONValues
import KubernetesAPI
import Manifests

/// What `--standalone FILE` declares: the nodes this agent stands for and which program stands for which image.
struct StandaloneConfiguration: Sendable {
    /// One declared node and what it offers.
    struct DeclaredNode: Sendable {
        var name: String
        var labels: [String: String]
        var resources: [String: Quantity]
    }

    var nodes: [DeclaredNode]
    /// Entries that come before the built-in ones; nil for the built-in list alone.
    var imageMap: JSONValue?

    /// Reads the file's text. Throws one sentence for an unknown key, a node without a name, a bad quantity.
    init(_ text: String, source: String) throws(ManifestError) {
        let document = try Manifest.document(text, source: source)
        let known: Set = ["nodes", "imageMap"]
        if let key = document.object?.keys.first(where: { !known.contains($0) }) {
            throw ManifestError("\(source): unknown key '\(key)'; the keys are nodes and imageMap")
        }
        nodes = []
        for entry in document["nodes"]?.elements ?? [] {
            guard let name = entry["name"]?.string, !name.isEmpty else {
                throw ManifestError("\(source): a node has no name; each entry of nodes needs 'name'")
            }
            var resources: [String: Quantity] = [:]
            for (resource, value) in entry["resources"]?.object ?? JSONObject() {
                guard let quantity = Quantity(value) else {
                    throw ManifestError("\(source): \(resource) of node \(name) is no quantity: \(value.text())")
                }
                resources[resource] = quantity
            }
            nodes.append(
                DeclaredNode(name: name, labels: entry["labels"]?.stringMap ?? [:], resources: resources))
        }
        imageMap = document["imageMap"]
    }
}
