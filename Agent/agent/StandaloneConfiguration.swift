import JSONValues
import KubernetesAPI
import Manifests
import Topology

/// What `--standalone-config FILE` declares: the nodes this agent stands for.
struct StandaloneConfiguration: Sendable {
    /// One declared node and what it offers.
    struct DeclaredNode: Sendable {
        var name: String
        var labels: [String: String]
        var resources: [String: Quantity]
    }

    var nodes: [DeclaredNode]

    /// Reads the file's text. Throws one sentence for an unknown key, a node without a name, a bad quantity.
    init(_ text: String, source: String) throws(ManifestError) {
        let document = try Manifest.document(text, source: source)
        if let key = document.object?.keys.first(where: { $0 != "nodes" }) {
            throw ManifestError("\(source): unknown key '\(key)'; the only key is nodes")
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
    }

    /// One node with what this machine really has.
    init(machine: NodeTopology) {
        var resources = ["cpu": Quantity(Int64(machine.threadCount)), "memory": Quantity(Int64(machine.memoryBytes))]
        let counts = Dictionary(grouping: machine.accelerators, by: \.vendor).mapValues { Int64($0.count) }
        if let count = counts[.nvidia] { resources["nvidia.com/gpu"] = Quantity(count) }
        if let count = counts[.huawei] { resources["huawei.com/Ascend910"] = Quantity(count) }
        nodes = [DeclaredNode(name: machine.hostname.lowercased(), labels: [:], resources: resources)]
    }
}
