import Controllers
import JSONValues
import KubernetesAPI
import KubernetesClient
import ServingAPI
import TestKit
import Testing

/// The steps of a random history and what must hold after each.
enum History {
    static let rolesMax = 2
    static let workersMax = 2

    static func serving(_ random: inout SeededRandom) -> KubernetesObject {
        var serving = KubernetesObject(.modelServing, namespace: "n", name: "s")
        serving.json[path: "metadata", "generation"] = 1
        let policy = RecoveryPolicy.allCases.randomElement(using: &random) ?? .none
        let roles = (0..<Int.random(in: 1...2, using: &random)).map { index -> JSONValue in
            let template: JSONValue = [
                "spec": [
                    "containers": [
                        [
                            "name": "e", "image": "v0",
                            "resources": ["limits": ["nvidia.com/gpu": JSONValue(.random(in: 0...1, using: &random))]],
                        ]
                    ]
                ]
            ]
            return [
                "name": .string(["a", "b-0"][index]), "replicas": JSONValue(.random(in: 1...rolesMax, using: &random)),
                "workerReplicas": JSONValue(.random(in: 0...workersMax, using: &random)),
                "entryTemplate": template, "workerTemplate": template,
            ]
        }
        serving.spec = [
            "replicas": JSONValue(.random(in: 0...3, using: &random)), "recoveryPolicy": .string(policy.rawValue),
            "rolloutStrategy": [
                "rollingUpdateConfiguration": ["maxUnavailable": JSONValue(.random(in: 1...2, using: &random))]
            ],
            "template": [
                "restartGracePeriodSeconds": JSONValue(.random(in: 0...20, using: &random)), "roles": .array(roles),
            ],
        ]
        return serving
    }

    /// One thing happens.
    static func step(_ loop: inout ControlLoop, _ random: inout SeededRandom) async {
        let cluster = loop.cluster
        switch Int.random(in: 0..<16, using: &random) {
        case 0: edit(cluster, &random)
        case 1: loop.restart()
        case 2: cluster.failWrites(after: Bool.random(using: &random) ? .random(in: 0...6, using: &random) : nil)
        case 3: cluster.pass(.seconds(.random(in: 1...15, using: &random)))
        case 4, 5: disturb(cluster, &random)
        case 6, 7, 8: _ = cluster.runNodes()
        default:
            loop.take(cluster.takeEvents(.random(in: 0...12, using: &random)))
            _ = await loop.work()
        }
    }

    private static func edit(_ cluster: FakeCluster, _ random: inout SeededRandom) {
        guard var serving = cluster.objects(.modelServing).first else { return }
        var roles = serving.spec[path: "template", "roles"]?.elements ?? []
        switch Int.random(in: 0..<3, using: &random) {
        case 0: serving.spec["replicas"] = JSONValue(.random(in: 0...3, using: &random))
        case 1:
            let index = Int.random(in: 0..<roles.count, using: &random)
            roles[index]["replicas"] = JSONValue(.random(in: 1...rolesMax, using: &random))
        default:
            let version = Int.random(in: 0...3, using: &random)
            for index in roles.indices {
                for template in ["entryTemplate", "workerTemplate"] {
                    var containers = roles[index][path: template, "spec", "containers"]?.elements ?? []
                    containers[0]["image"] = "v\(version)"
                    roles[index][path: template, "spec", "containers"] = .array(containers)
                }
            }
        }
        serving.spec[path: "template", "roles"] = .array(roles)
        serving.json[path: "metadata", "generation"] = JSONValue(serving.generation + 1)
        cluster.put(serving)
    }

    /// A pod fails, restarts, is deleted, or vanishes.
    private static func disturb(_ cluster: FakeCluster, _ random: inout SeededRandom) {
        guard var pod = cluster.pods.randomElement(using: &random)?.object else { return }
        switch Int.random(in: 0..<4, using: &random) {
        case 0:
            pod.json[path: "status", "phase"] = "Failed"
            cluster.put(pod)
        case 1 where Pod(pod).nodeName != nil:
            pod.json["status"] = FakeCluster.ready(at: cluster.now, false)
            pod.json[path: "status", "containerStatuses"] = [["restartCount": 1]]
            cluster.put(pod)
        case 2:
            pod.json[path: "metadata", "deletionTimestamp"] = .string(cluster.now.description)
            if Pod(pod).nodeName == nil { cluster.remove(pod) } else { cluster.put(pod) }
        default: cluster.remove(pod)
        }
    }

    /// The pods of a spec, with ordinals from 0.
    static func expected(_ serving: ModelServing) -> [String] {
        (0..<serving.spec.replicas).flatMap { group in
            serving.spec.template.roles.flatMap { role in
                (0..<role.replicas).flatMap { replica in
                    (0..<role.podsPerReplica).map { "s-\(group)-\(role.name)-\(replica)-\($0)" }
                }
            }
        }.sorted()
    }

    /// Nothing was left at a high ordinal by shrinking.
    static func hasContiguousOrdinals(_ cluster: FakeCluster, _ serving: ModelServing) -> Bool {
        cluster.pods.allSatisfy { pod in
            guard let id = PodIdentity(podName: pod.key.name, serving: "s")?.replica else { return false }
            return id.group < serving.spec.replicas
                && id.index < serving.spec.template.role(named: id.role)?.replicas ?? 0
        }
    }

    /// Every pod has a place that some spec of the history could ask for, and one owner.
    static func checkPods(_ cluster: FakeCluster, _ seed: Int) {
        for pod in cluster.pods {
            let identity = PodIdentity(podName: pod.key.name, serving: "s")
            let isPossible =
                identity.map {
                    $0.replica.group < 3 && $0.replica.index < rolesMax && $0.index <= workersMax
                } ?? false
            #expect(isPossible, "seed \(seed): \(pod.key) belongs nowhere")
            #expect(pod.object.ownerReferences.count == 1, "seed \(seed)")
        }
    }

    /// No node is over-booked, and a group with a bound pod has its whole minimum bound.
    static func checkGangs(_ cluster: FakeCluster, _ seed: Int) throws {
        let serving = try ModelServing(#require(cluster.objects(.modelServing).first))
        let bound = cluster.pods.filter { $0.nodeName != nil }
        for node in cluster.objects(.node) {
            let used = bound.filter { $0.nodeName == node.name }
                .reduce(Int64(0)) { $0 + ($1.requests["nvidia.com/gpu"]?.milli ?? 0) }
            let there = node.status[path: "allocatable", "nvidia.com/gpu"].flatMap { Quantity($0) }?.milli ?? 0
            #expect(used <= there, "seed \(seed): \(node.name) is over-booked")
        }
        let groups = Dictionary(grouping: bound) {
            PodIdentity(podName: $0.key.name, serving: "s")?.replica.group ?? -1
        }
        for (group, pods) in groups {
            #expect(pods.count == serving.spec.template.podCount, "seed \(seed): group \(group) is bound in part")
        }
    }
}
