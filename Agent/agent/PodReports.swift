import JSONValues
import KubernetesAPI
import KubernetesClient
import ProcessRuntime

/// What the runtime tells the API server, and what it asks there.
struct PodReports: Sendable {
    var client: KubernetesClient
    var events: EventRecorder

    var callbacks: RuntimeCallbacks {
        let client = client
        let events = events
        return RuntimeCallbacks(
            status: { pod, status in
                let patch: JSONValue = ["metadata": ["uid": .string(pod.uid)], "status": status]
                do {
                    _ = try await client.patch(
                        .pod, namespace: pod.key.namespace, name: pod.key.name, subresource: "status", .merge(patch))
                } catch let error as APIStatus where error.reason == .notFound || error.reason == .conflict {
                    // The pod is gone, or another one has its name: there is nobody to tell.
                }
            },
            finished: { pod in
                do {
                    try await client.delete(
                        .pod, namespace: pod.key.namespace, name: pod.key.name, uid: pod.uid, gracePeriodSeconds: 0)
                } catch let error as APIStatus where error.reason == .notFound || error.reason == .conflict {
                }
            },
            object: { kind, key in try? await client.get(kind, namespace: key.namespace, name: key.name) },
            event: { pod, isWarning, reason, message in
                events.record(isWarning ? .warning : .normal, on: pod.object, reason: reason, message: message)
            })
    }
}
