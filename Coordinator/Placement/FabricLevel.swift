/// A level of the fabric that labels of nodes tell, for clusters without HyperNodes.
package struct FabricLevel: Sendable, Hashable {
    package var tier: Int
    /// What `highestTierName` calls it.
    package var name: String
    /// Labels with the name of a node's domain at this level; the first that a node carries counts.
    package var keys: [String]

    package init(tier: Int, name: String, keys: [String]) {
        self.tier = tier
        self.name = name
        self.keys = keys
    }

    /// What a single node is called as a tier; it needs no label.
    static let host = "hostname"

    /// Tiers 1 to 5: what topograph, the clouds and Ascend's device plugin call the switches, then zone and region.
    /// Tier 0, a single node, is there without a label.
    package static let defaults = [
        FabricLevel(
            tier: 1, name: "leaf",
            keys: [
                "fabric.topograph.run/tier-0", "network.topology.nvidia.com/leaf",
                "topology.k8s.aws/network-node-layer-3", "cloud.google.com/gce-topology-subblock",
                "huawei.com/topotree.rackid", "topology.kubernetes.io/rack",
            ]),
        FabricLevel(
            tier: 2, name: "spine",
            keys: [
                "fabric.topograph.run/tier-1", "network.topology.nvidia.com/spine",
                "topology.k8s.aws/network-node-layer-2", "cloud.google.com/gce-topology-block",
                "huawei.com/topotree.superpodid",
            ]),
        FabricLevel(
            tier: 3, name: "core",
            keys: [
                "fabric.topograph.run/tier-2", "network.topology.nvidia.com/core",
                "topology.k8s.aws/network-node-layer-1",
            ]),
        FabricLevel(tier: 4, name: "zone", keys: ["topology.kubernetes.io/zone"]),
        FabricLevel(tier: 5, name: "region", keys: ["topology.kubernetes.io/region"]),
    ]

    /// Two nodes share a domain where their values at its level and at every level above are the same: the name of a
    /// rack may repeat from one zone to the next.
    static func fabric(of nodes: [PlacementNode], _ levels: [FabricLevel]) -> Fabric {
        let levels = levels.sorted { $0.tier > $1.tier }
        var members: [[String?]: Set<String>] = [:]
        for node in nodes {
            var path: [String?] = []
            for level in levels {
                let value = level.keys.lazy.compactMap { node.labels[$0] }.first
                path.append(value)
                if value != nil { members[path, default: []].insert(node.name) }
            }
        }
        let domains = members.map { path, nodes in
            let level = levels[path.count - 1]
            let names = zip(levels, path).compactMap { level, value in value.map { "\(level.name)=\($0)" } }
            return Fabric.Domain(
                name: names.reversed().joined(separator: ","), tier: level.tier, tierName: level.name, nodes: nodes)
        }
        return Fabric(.labels, domains)
    }
}
