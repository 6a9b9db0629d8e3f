import Controllers
import JSONValues
import KubernetesAPI
import KubernetesClient
import Logging
import ServingAPI
import TestKit

/// One ModelServing, its controller, and nodes that run pods, stepped at random.
struct ServingWorld {
    let cluster = FakeCluster()
    private(set) var reconciler: ModelServingReconciler
    private(set) var wish: Wish
    /// Places whose pod was taken away, until another one stands there.
    private(set) var lost: Set<PodIdentity> = []
    /// Pods that nodes have room for.
    var slots = Int.max
    /// Containers of this version never get ready.
    var badVersion: Int?
    private var generation = 1
    private var isDirty = true
    private var due: Timestamp?
    var cache: [String: Picture.PodView] = [:]

    private static let key = ObjectKey(namespace: "n", name: "s")
    private static let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })

    init(_ random: inout SeededRandom) {
        wish = Wish(&random)
        reconciler = ServingWorld.reconciler(cluster)
        write()
        take(cluster.relist())
    }

    private static func reconciler(_ cluster: FakeCluster) -> ModelServingReconciler {
        ModelServingReconciler(writer: cluster, announce: { _, _, _ in }, now: { cluster.now }, logger: logger)
    }

    private func write() {
        var serving =
            cluster.object(.modelServing, Self.key) ?? KubernetesObject(.modelServing, namespace: "n", name: "s")
        serving.json[path: "metadata", "generation"] = JSONValue(generation)
        serving.spec = wish.spec
        cluster.put(serving)
    }

    mutating func edit(_ random: inout SeededRandom) { edit { $0.edit(&random) } }

    mutating func edit(_ change: (inout Wish) -> Void) {
        change(&wish)
        generation += 1
        write()
    }

    mutating func restart() {
        reconciler = Self.reconciler(cluster)
        due = nil
        take(cluster.relist())
        isDirty = true
    }

    mutating func take(_ events: [InformerEvent]) {
        for event in events {
            if reconciler.observe(event) != nil { isDirty = true }
            if case .added(let object) = event, let place = PodIdentity(podName: object.name, serving: "s") {
                lost.remove(place)
            }
        }
    }

    /// Reconciles where something changed or fell due; whether it did.
    mutating func work() async -> Bool {
        guard isDirty || due.map({ $0 <= cluster.now }) ?? false else { return false }
        isDirty = false
        due = nil
        do {
            if let delay = try await reconciler.reconcile(Self.key) { due = cluster.now + delay }
        } catch {
            due = cluster.now + .milliseconds(5)
        }
        return true
    }

    /// Nodes take pods in as far as there is room, start them and end them; whether anything moved. Only some of it
    /// where `random` is given.
    mutating func runNodes(_ random: inout SeededRandom, all: Bool) -> Bool {
        var moved = false
        var pods = cluster.sorted(.pod)
        var bound = 0
        if slots < .max {
            bound = pods.count { $0.spec["nodeName"] != nil }
            pods = pods.filter(\.isBeingDeleted) + pods.filter { !$0.isBeingDeleted }
        }
        for pod in pods where all || random.chance(60) {
            if pod.isBeingDeleted {
                cluster.remove(pod)
                bound -= pod.spec["nodeName"] == nil ? 0 : 1
                moved = true
                continue
            }
            let isWaiting = pod.spec["nodeName"] == nil
            guard !isWaiting || bound < slots else { continue }
            guard isWaiting || pod.status["phase"] != "Failed" && pod.status["conditions"]?[0]?["status"] != "True"
            else { continue }
            var pod = pod
            if isWaiting {
                pod.spec["nodeName"] = "n"
                bound += 1
            }
            let isBad = badVersion.map { pod.spec["containers"]?[0]?["image"] == .string("v\($0)") } ?? false
            guard !isBad || isWaiting else { continue }
            pod.json["status"] = FakeCluster.ready(at: cluster.now, !isBad)
            cluster.put(pod)
            moved = true
        }
        return moved
    }

    /// A pod fails, restarts, is not ready for a while, is deleted, or vanishes.
    mutating func disturb(_ random: inout SeededRandom) {
        let pods = cluster.sorted(.pod)
        guard !pods.isEmpty else { return }
        var pod = pods[random.below(pods.count)]
        let isBound = pod.spec["nodeName"] != nil
        switch random.below(5) {
        case 0 where isBound:
            pod.json[path: "status", "phase"] = "Failed"
            cluster.put(pod)
        case 1 where isBound && pod.status["phase"] != "Failed":
            pod.json["status"] = FakeCluster.ready(at: cluster.now, false)
            pod.json[path: "status", "containerStatuses"] = [["restartCount": 1]]
            cluster.put(pod)
        case 2 where isBound && pod.status["phase"] != "Failed":
            pod.json["status"] = FakeCluster.ready(at: cluster.now, false)
            cluster.put(pod)
        case 3 where isBound:
            pod.json[path: "metadata", "deletionTimestamp"] = .string(cluster.now.description)
            cluster.put(pod)
            lose(pod)
        default:
            cluster.remove(pod)
            lose(pod)
        }
    }

    private mutating func lose(_ pod: KubernetesObject) {
        if let place = PodIdentity(podName: pod.name, serving: "s") { lost.insert(place) }
    }

    /// Everything is delivered, worked on and run until nothing is left to do.
    mutating func settle(_ random: inout SeededRandom, rounds: Int = 150) async -> Bool {
        for _ in 0..<rounds {
            take(cluster.takeEvents())
            let worked = await work()
            let moved = runNodes(&random, all: true)
            if worked || moved { continue }
            guard let due else { return true }
            cluster.pass(max(.milliseconds(1), due - cluster.now))
        }
        return false
    }
}
