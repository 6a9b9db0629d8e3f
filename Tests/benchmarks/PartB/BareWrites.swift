import ClusterKit
import JSONValues
import KubernetesAPI
import KubernetesClient

/// The least that pods cost on an API server: created, bound and deleted by a client that does nothing else.
struct BareWrites: Sendable {
    private static let namespace = "bare"
    private static let atOnce = 16

    var create = Duration.zero
    var delete = Duration.zero

    init(_ client: KubernetesClient, pods count: Int, nodes: Int) async throws {
        _ = try await client.create(.namespace, KubernetesObject(.namespace, name: Self.namespace))
        // A server with a controller manager refuses pods until it has made the namespace's account.
        try await eventually("a first pod to be taken") {
            do {
                _ = try await client.create(.pod, Self.pod(count))
                return true
            } catch let status as APIStatus where [403, 500].contains(status.code) {
                return false
            }
        }
        try await client.delete(.pod, namespace: Self.namespace, name: "pod-\(count)")
        try await eventually("the first pod to go") { try await Self.pods(client).isEmpty }
        let clock = ContinuousClock()
        create = try await clock.measure {
            try await Self.each(count) { index in
                let pod = try await client.create(.pod, Self.pod(index))
                try await client.bind(pod: Pod(pod), to: "node-\(index % nodes)")
            }
            try await eventually("bare pods to be ready", within: .seconds(300)) {
                try await Self.pods(client).filter(\.isReady).count == count
            }
        }
        delete = try await clock.measure {
            try await Self.each(count) { index in
                try await client.delete(.pod, namespace: Self.namespace, name: "pod-\(index)")
            }
            try await eventually("bare pods to go", within: .seconds(300)) { try await Self.pods(client).isEmpty }
        }
    }

    private static func pods(_ client: KubernetesClient) async throws -> [Pod] {
        try await client.list(.pod, namespace: namespace).items.map { Pod($0) }
    }

    private static func pod(_ index: Int) -> KubernetesObject {
        var pod = KubernetesObject(.pod, namespace: namespace, name: "pod-\(index)")
        pod.spec = ["schedulerName": "nobody", "containers": [["name": "engine", "image": "engine:v1"]]]
        return pod
    }

    private static func each(_ count: Int, _ write: @Sendable @escaping (Int) async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in 0..<count {
                if index >= atOnce { try await group.next() }
                group.addTask { try await write(index) }
            }
            try await group.waitForAll()
        }
    }
}
