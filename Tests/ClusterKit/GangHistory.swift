import JSONValues
package import KubernetesAPI
import ServingAPI

/// Many gangs on many nodes in a tree of HyperNodes, and what has to hold of the sequence of their bindings.
///
/// 1. No node's pods ever ask for more GPUs than it has.
/// 2. Pods of a gang with a hard limit stand in one domain of that tier, those of a role replica likewise.
/// 3. From the first binding of a gang to the one that makes its minimum whole, no pod of another gang is bound: the
///    room for its rest cannot go to anybody else.
/// 4. No pod is bound twice.
package struct GangHistory: Sendable {
    /// What each node has.
    package static let gpus = 8
    private static let nodesPerLeaf = 8
    private static let leavesPerSpine = 5
    private static let namespace = "default"
    private static let podsPerReplica = 2

    /// Nodes are numbered from 0; see `nodeName`.
    package var nodes: Int
    private var servings: [Serving]

    /// A ModelServing: how many groups it has, GPUs a pod, its hard limits, role replicas of two pods each.
    private struct Serving: Sendable {
        var name: String
        var groups: Int
        var gpus: Int
        var groupTier: Int?
        var roleTier: Int?
        var replicas = 1
    }

    /// Gangs in all.
    package var gangs: Int { servings.reduce(0) { $0 + $1.groups } }
    /// Pods in all.
    package var pods: Int { servings.reduce(0) { $0 + $1.groups * $1.replicas * Self.podsPerReplica } }

    /// A sixth of the bar: 32 nodes and 70 gangs of 160 pods that ask for 190 of their 256 GPUs.
    package static let small = GangHistory(
        nodes: 32,
        servings: [
            Serving(name: "hard-one", groups: 20, gpus: 1, groupTier: 1),
            Serving(name: "hard-two", groups: 10, gpus: 1, groupTier: 2, replicas: 2),
            Serving(name: "role", groups: 15, gpus: 2, roleTier: 1),
            Serving(name: "free", groups: 25, gpus: 1),
        ])

    /// 200 nodes with 1,600 GPUs; 500 gangs of 1,000 pods that ask for 1,400 of them.
    package static let bar = GangHistory(
        nodes: 200,
        servings: [
            Serving(name: "hard-one", groups: 100, gpus: 1, groupTier: 1),
            Serving(name: "hard-two", groups: 100, gpus: 2, groupTier: 2),
            Serving(name: "role", groups: 100, gpus: 2, roleTier: 1),
            Serving(name: "free", groups: 200, gpus: 1),
        ])

    package static func nodeName(_ index: Int) -> String { "node-\(index)" }
    private static func leaf(of node: Int) -> Int { node / nodesPerLeaf }
    private static func spine(of node: Int) -> Int { leaf(of: node) / leavesPerSpine }

    /// The HyperNodes over the nodes.
    package func hyperNodes() -> [KubernetesObject] {
        let leaves = Set((0..<nodes).map(Self.leaf)).sorted().map { leaf in
            Self.hyperNode("leaf-\(leaf)", tier: 1, (0..<nodes).filter { Self.leaf(of: $0) == leaf }.map(Self.nodeName))
        }
        let spines = Set((0..<nodes).map(Self.spine)).sorted().map { spine in
            Self.hyperNode(
                "spine-\(spine)", tier: 2, kind: "HyperNode",
                Set((0..<nodes).filter { Self.spine(of: $0) == spine }.map(Self.leaf)).sorted().map { "leaf-\($0)" })
        }
        return leaves + spines
    }

    /// The ModelServings.
    package func modelServings() -> [KubernetesObject] { servings.map(Self.object) }

    private static func hyperNode(
        _ name: String, tier: Int, kind: String = "Node", _ members: [String]
    ) -> KubernetesObject {
        var object = KubernetesObject(.hyperNode, name: name)
        object.spec = [
            "tier": JSONValue(tier),
            "members": .array(
                members.map { ["type": .string(kind), "selector": ["exactMatch": ["name": .string($0)]]] }),
        ]
        return object
    }

    private static func object(_ serving: Serving) -> KubernetesObject {
        var object = KubernetesObject(.modelServing, namespace: namespace, name: serving.name)
        let template: JSONValue = [
            "spec": [
                "containers": [
                    [
                        "name": "e", "image": "i",
                        "resources": ["limits": ["nvidia.com/gpu": JSONValue(serving.gpus)]],
                    ]
                ]
            ]
        ]
        var topology = JSONValue.object(JSONObject())
        if let tier = serving.groupTier {
            topology["groupPolicy"] = ["mode": "hard", "highestTierAllowed": JSONValue(tier)]
        }
        if let tier = serving.roleTier {
            topology["rolePolicy"] = ["mode": "hard", "highestTierAllowed": JSONValue(tier)]
        }
        object.spec = [
            "schedulerName": "martlet", "replicas": JSONValue(serving.groups), "recoveryPolicy": "RoleRecreate",
            "template": [
                "roles": [
                    [
                        "name": "r", "replicas": JSONValue(serving.replicas), "workerReplicas": 1,
                        "entryTemplate": template, "workerTemplate": template,
                    ]
                ],
                "networkTopology": topology,
            ],
        ]
        return object
    }

    /// A pod of the history by its name `<serving>-<group>-r-<replica>-<index>`.
    private func place(of pod: String) -> (serving: Serving, group: String, replica: String)? {
        let parts = pod.split(separator: "-")
        guard parts.count >= 5, let serving = servings.first(where: { pod.hasPrefix("\($0.name)-") }) else {
            return nil
        }
        let replica = parts.dropLast().joined(separator: "-")
        return (serving, parts.dropLast(3).joined(separator: "-"), replica)
    }

    /// What came of a sequence of bindings.
    package struct Outcome: Sendable {
        /// Gangs that stand whole.
        package var whole = 0
        /// A gang that stands in part at the end.
        package var open: String?
        /// Sentences about what must not have happened, each beginning with the number of the invariant.
        package var faults: [String] = []
    }

    /// Holds the bindings, in the order in which the store made them, against the invariants.
    package func outcome(of bindings: [(pod: ObjectKey, node: String)]) -> Outcome {
        var outcome = Outcome()
        var used: [String: Int] = [:]
        var seen: Set<ObjectKey> = []
        var nodesOfGang: [String: [Int]] = [:]
        var nodesOfReplica: [String: [Int]] = [:]
        for (key, node) in bindings {
            guard let place = place(of: key.name), let number = Int(node.dropFirst("node-".count)) else {
                outcome.faults.append("\(key) on \(node) is none of the history")
                continue
            }
            if !seen.insert(key).inserted { outcome.faults.append("4: \(key) is bound twice") }
            used[node, default: 0] += place.serving.gpus
            if used[node, default: 0] > Self.gpus { outcome.faults.append("1: \(node) is over-booked by \(key)") }
            nodesOfGang[place.group, default: []].append(number)
            nodesOfReplica[place.replica, default: []].append(number)
            if Self.leaves(nodesOfGang[place.group] ?? [], place.serving.groupTier)
                || Self.leaves(nodesOfReplica[place.replica] ?? [], place.serving.roleTier)
            {
                outcome.faults.append("2: \(key) on \(node) is outside the domain")
            }
            if let open = outcome.open, open != place.group {
                outcome.faults.append("3: \(key) is bound while \(open) stands in part")
            }
            let isWhole = nodesOfGang[place.group]?.count == place.serving.replicas * Self.podsPerReplica
            outcome.open = isWhole ? nil : place.group
            if isWhole { outcome.whole += 1 }
        }
        return outcome
    }

    /// Whether nodes are not in one domain of a tier.
    private static func leaves(_ nodes: [Int], _ tier: Int?) -> Bool {
        switch tier {
        case 1: Set(nodes.map(leaf)).count > 1
        case 2: Set(nodes.map(spine)).count > 1
        default: false
        }
    }
}
