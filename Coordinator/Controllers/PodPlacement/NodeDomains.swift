package import KubernetesAPI
import Placement
package import Routing

/// The parts of the fabric that each node is in, for whoever weighs the way between two engines as placement does.
package enum NodeDomains {
    /// Domains by node, as HyperNodes declare them or, where there are none, labels of nodes. A node in none is left
    /// out.
    package static func byNode(
        nodes: [KubernetesObject], hyperNodes: [KubernetesObject]
    ) -> [String: [Endpoint.Domain]] {
        let fabric = Fabric(
            hyperNodes: hyperNodes.map { HyperNode($0) },
            nodes: nodes.map { PlacementNode(name: $0.name, allocatable: Resources(), labels: $0.labels) })
        var domains: [String: [Endpoint.Domain]] = [:]
        for domain in fabric.domains {
            for node in domain.nodes {
                domains[node, default: []].append(Endpoint.Domain(tier: domain.tier, name: domain.name))
            }
        }
        return domains
    }
}
