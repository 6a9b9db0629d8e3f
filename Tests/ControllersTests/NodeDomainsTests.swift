import Controllers
import JSONValues
import KubernetesAPI
import Routing
import ServingAPI
import Testing

struct NodeDomainsTests {
    func node(_ name: String, _ labels: [String: String] = [:]) -> KubernetesObject {
        var node = KubernetesObject(.node, namespace: "", name: name)
        node.json[path: "metadata", "labels"] = .strings(labels)
        return node
    }

    func hyperNode(_ name: String, tier: Int, _ members: [(kind: String, name: String)]) -> KubernetesObject {
        var object = KubernetesObject(.hyperNode, namespace: "", name: name)
        object.spec = [
            "tier": JSONValue(tier),
            "members": .array(
                members.map { ["type": .string($0.kind), "selector": ["exactMatch": ["name": .string($0.name)]]] }),
        ]
        return object
    }

    @Test func `HyperNodes say which parts of the fabric a node is in`() {
        let domains = NodeDomains.byNode(
            nodes: [node("n1"), node("n2"), node("n3")],
            hyperNodes: [
                hyperNode("leaf", tier: 1, [("Node", "n1"), ("Node", "n2")]),
                hyperNode("spine", tier: 2, [("HyperNode", "leaf")]),
            ])
        let both = [Endpoint.Domain(tier: 1, name: "leaf"), Endpoint.Domain(tier: 2, name: "spine")]
        #expect(domains == ["n1": both, "n2": both])
    }

    @Test func `without HyperNodes labels of nodes do`() {
        let rack = "topology.kubernetes.io/rack"
        let zone = "topology.kubernetes.io/zone"
        let domains = NodeDomains.byNode(
            nodes: [node("n1", [rack: "r", zone: "a"]), node("n2", [rack: "r", zone: "b"]), node("n3", [zone: "a"])],
            hyperNodes: [])
        func shared(_ left: String, _ right: String) -> [Int] {
            Set(domains[left] ?? []).intersection(domains[right] ?? []).map(\.tier).sorted()
        }
        // A rack of the same name in another zone is another rack.
        #expect(shared("n1", "n3") == [4] && shared("n1", "n2") == [])
        #expect(domains["n1"]?.count == 2)
    }
}
