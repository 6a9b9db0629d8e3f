/// All that placement looks at.
package struct Cluster: Sendable, Hashable {
    package var nodes: [PlacementNode]
    package var fabric: Fabric
    /// Pods that have a node. Needed only where pods have terms about other pods; else it may be empty.
    package var standing: [StandingPod]

    package init(nodes: [PlacementNode], fabric: Fabric = .unknown, standing: [StandingPod] = []) {
        self.nodes = nodes
        self.fabric = fabric
        self.standing = standing
    }
}
