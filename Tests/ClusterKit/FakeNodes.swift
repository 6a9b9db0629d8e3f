package import JSONValues
import KubernetesAPI
package import KubernetesClient
import Logging
import Observability
import Reconciliation
package import ServiceLifecycle

/// Stand-ins for the nodes of a cluster: pods that are bound become ready, those on their way out end.
package struct FakeNodes: Sendable {
    /// Pods that are moved at once.
    private static let workers = 16

    private let client: KubernetesClient
    private let pods: Informer
    private let kubelet: Controller

    package init(_ client: KubernetesClient) {
        self.client = client
        pods = Informer(client, .pod, logger: .silent)
        let pods = pods
        kubelet = Controller("kubelet", workers: Self.workers, metrics: MetricsRegistry(), logger: .silent) { key in
            guard let pod = pods[key].map({ Pod($0) }), pod.nodeName != nil else { return nil }
            try await Self.move(pod, client)
            return nil
        }
        kubelet.watch(pods)
    }

    /// What has to run.
    package var services: [any Service] { [pods, kubelet] }

    /// Registers `count` nodes, each with what `allocatable` says and without the taint that a control plane puts on a
    /// new one.
    package func add(_ count: Int, allocatable: JSONValue) async throws {
        for index in 0..<count {
            let node = try await client.create(.node, KubernetesObject(.node, name: "node-\(index)"))
            _ = try await client.patch(.node, name: node.name, .merge(["spec": ["taints": .null]]))
            _ = try await client.patch(
                .node, name: node.name, subresource: "status",
                .merge(["status": ["capacity": allocatable, "allocatable": allocatable]]))
        }
    }

    private static func move(_ pod: Pod, _ client: KubernetesClient) async throws {
        let (namespace, name) = (pod.key.namespace, pod.key.name)
        do {
            if pod.object.isBeingDeleted {
                try await client.delete(
                    .pod, namespace: namespace, name: name, uid: pod.uid, gracePeriodSeconds: 0)
            } else if !pod.isReady {
                let now = Timestamp(microseconds: WallClock.microseconds)
                _ = try await client.patch(
                    .pod, namespace: namespace, name: name, subresource: "status",
                    .merge(["metadata": ["uid": .string(pod.uid)], "status": running(at: now)]))
            }
        } catch let status as APIStatus where [.notFound, .conflict].contains(status.reason) {
            // It went meanwhile.
        }
    }

    private static func running(at now: Timestamp) -> JSONValue {
        [
            "phase": "Running",
            "conditions": .array(
                ["PodScheduled", "Ready"].map {
                    Condition($0, true, reason: "Test", message: "", at: now).json
                }),
        ]
    }
}
