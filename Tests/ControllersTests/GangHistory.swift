import Controllers
import JSONValues
import KubernetesAPI
import ServingAPI
import TestKit
import Testing

/// Many gangs on many nodes in a tree of HyperNodes, and what has to hold of the sequence of their bindings.
///
/// 1. No node's pods ever ask for more GPUs than it has.
/// 2. Pods of a gang with a hard limit stand in one domain of that tier, those of a role replica likewise.
/// 3. From the first binding of a gang to the one that makes its minimum whole, no pod of another gang is bound: the
///    room for its rest cannot go to anybody else.
/// 4. No pod is bound twice.
struct GangHistory {
    static let gpus = 8
    static let nodesPerLeaf = 8
    static let leavesPerSpine = 5

    var nodes: Int
    /// The ModelServings: how many groups each has, GPUs a pod, and its limits.
    var servings: [Serving]

    struct Serving {
        var name: String
        var groups: Int
        var gpus: Int
        /// The tier of a hard limit; nil for none.
        var groupTier: Int?
        var roleTier: Int?
        /// Role replicas of two pods each.
        var replicas = 1
    }

    /// 200 nodes with 1,600 GPUs; 500 gangs of 1,000 pods that ask for 1,400 of them.
    static let bar = GangHistory(
        nodes: 200,
        servings: [
            Serving(name: "hard-one", groups: 100, gpus: 1, groupTier: 1),
            Serving(name: "hard-two", groups: 100, gpus: 2, groupTier: 2),
            Serving(name: "role", groups: 100, gpus: 2, roleTier: 1),
            Serving(name: "free", groups: 200, gpus: 1),
        ])

    static func nodeName(_ index: Int) -> String { "node-\(index)" }
    static func leaf(of node: Int) -> Int { node / nodesPerLeaf }
    static func spine(of node: Int) -> Int { leaf(of: node) / leavesPerSpine }

    func objects() -> [KubernetesObject] {
        let leaves = Set((0..<nodes).map(Self.leaf)).sorted().map { leaf in
            Self.hyperNode("leaf-\(leaf)", tier: 1, (0..<nodes).filter { Self.leaf(of: $0) == leaf }.map(Self.nodeName))
        }
        let spines = Set((0..<nodes).map(Self.spine)).sorted().map { spine in
            Self.hyperNode(
                "spine-\(spine)", tier: 2, kind: "HyperNode",
                Set((0..<nodes).filter { Self.spine(of: $0) == spine }.map(Self.leaf)).sorted().map { "leaf-\($0)" })
        }
        return leaves + spines + servings.map(Self.serving)
    }

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

    private static func serving(_ serving: Serving) -> KubernetesObject {
        var object = KubernetesObject(.modelServing, namespace: "bar", name: serving.name)
        object.json[path: "metadata", "generation"] = 1
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
            "schedulerName": "volcano", "replicas": JSONValue(serving.groups), "recoveryPolicy": "RoleRecreate",
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

    /// Holds the bindings, in the order in which the store made them, against the invariants; answers how many gangs
    /// are whole, and how often a binding left one in part.
    func check(_ bindings: [(ObjectKey, String)], _ label: String) throws -> (whole: Int, partial: Int) {
        var used: [String: Int] = [:]
        var seen: Set<ObjectKey> = []
        var nodesOfGang: [String: [Int]] = [:]
        var nodesOfReplica: [String: [Int]] = [:]
        var open: String?
        var whole = 0
        var partial = 0
        for (key, node) in bindings {
            let place = try #require(self.place(of: key.name), "\(label): \(key)")
            let number = try #require(Int(node.dropFirst("node-".count)), "\(label): \(node)")
            #expect(seen.insert(key).inserted, "\(label): \(key) is bound twice")
            used[node, default: 0] += place.serving.gpus
            #expect(used[node, default: 0] <= Self.gpus, "\(label): \(node) is over-booked by \(key)")
            nodesOfGang[place.group, default: []].append(number)
            nodesOfReplica[place.replica, default: []].append(number)
            checkTier(nodesOfGang[place.group] ?? [], place.serving.groupTier, "\(label): \(place.group)")
            checkTier(nodesOfReplica[place.replica] ?? [], place.serving.roleTier, "\(label): \(place.replica)")
            #expect(open == nil || open == place.group, "\(label): \(key) is bound while \(open ?? "") stands in part")
            let isWhole = nodesOfGang[place.group]?.count == place.serving.replicas * 2
            open = isWhole ? nil : place.group
            if isWhole { whole += 1 } else { partial += 1 }
        }
        return (whole, partial)
    }

    private func checkTier(_ nodes: [Int], _ tier: Int?, _ label: String) {
        switch tier {
        case 1: #expect(Set(nodes.map(Self.leaf)).count == 1, "\(label) leaves its leaf")
        case 2: #expect(Set(nodes.map(Self.spine)).count == 1, "\(label) leaves its spine")
        default: break
        }
    }
}
