package import JSONValues
package import KubernetesAPI
package import Logging
import NIOHTTP1
package import Observability

/// Objects of one API server: read, written and watched, with retries where they do no harm.
///
/// Errors are `APIStatus` where the server answered and `TransportError` where no answer came; both say in one sentence
/// what happened.
package final class KubernetesClient: Sendable {
    /// Objects a page of a list holds.
    static let pageLimit = 500

    let transport: Transport
    let limiter: RequestLimiter
    let metrics: ClientMetrics
    let logger: Logger
    /// The namespace of the configuration's context.
    package let namespace: String

    /// Counts its requests in `metrics`. Nil `limits` are for what must not wait, as the renewal of a lease.
    package init(
        _ configuration: ClientConfiguration, limits: RequestLimits? = .standard,
        metrics: MetricsRegistry = MetricsRegistry(), logger: Logger
    ) throws {
        self.metrics = ClientMetrics(metrics, server: configuration.server)
        limiter = RequestLimiter(limits)
        transport = try Transport(configuration)
        namespace = configuration.namespace
        self.logger = logger
    }

    /// The base URL of the server.
    package var server: String { transport.server }

    /// Closes all connections and waits for that.
    package func shutdown() async throws { try await transport.shutdown() }

    /// The answer to GET of a path that is no object, such as `/version`.
    package func read(path: String) async throws -> JSONValue { try await perform(Request(path: path)) }

    package func get(_ kind: ResourceKind, namespace: String = "", name: String) async throws -> KubernetesObject {
        KubernetesObject(try await perform(Request(path: path(kind, namespace, name))))
    }

    /// All objects of a kind, in one namespace or (when it is empty) in all of them.
    package func list(
        _ kind: ResourceKind, namespace: String = "", labelSelector: String? = nil, fieldSelector: String? = nil,
        form: ObjectForm = .whole
    ) async throws -> ObjectList {
        var request = Request(path: path(kind, namespace))
        request.accept = form.acceptedList
        request.query = KubernetesClient.selectors(labelSelector, fieldSelector)
        do {
            return try await pages(of: kind, request, limit: KubernetesClient.pageLimit)
        } catch let status as APIStatus where status.code == 410 {
            // It took so long that the server forgot what the first page saw: all at once cannot tear.
            return try await pages(of: kind, request, limit: nil)
        }
    }

    private func pages(of kind: ResourceKind, _ request: Request, limit: Int?) async throws -> ObjectList {
        var list = ObjectList(items: [], resourceVersion: "")
        var next: String?
        repeat {
            var request = request
            if let limit { request.query.append(("limit", String(limit))) }
            if let next { request.query.append(("continue", next)) }
            let page = try await perform(request)
            list.resourceVersion = page[path: "metadata", "resourceVersion"]?.string ?? ""
            list.items += (page["items"]?.elements ?? []).map { KubernetesClient.item($0, of: kind) }
            next = page[path: "metadata", "continue"]?.string
        } while next?.isEmpty == false
        return list
    }

    package func create(_ kind: ResourceKind, _ object: KubernetesObject) async throws -> KubernetesObject {
        var request = Request(method: .POST, path: path(kind, object.namespace))
        request.body = object.json
        request.isIdempotent = false
        return KubernetesObject(try await perform(request))
    }

    /// Replaces an object, or one subresource of it; its resourceVersion guards against a lost update.
    package func replace(
        _ kind: ResourceKind, _ object: KubernetesObject, subresource: String? = nil
    ) async throws -> KubernetesObject {
        var request = Request(method: .PUT, path: path(kind, object.namespace, object.name, subresource))
        request.body = object.json
        return KubernetesObject(try await perform(request))
    }

    package func patch(
        _ kind: ResourceKind, namespace: String = "", name: String, subresource: String? = nil, _ patch: Patch
    ) async throws -> KubernetesObject {
        var request = Request(method: .PATCH, path: path(kind, namespace, name, subresource))
        request.body = patch.body
        request.contentType = patch.contentType
        request.isIdempotent = patch.isIdempotent
        if case .apply(_, let fieldManager, let force) = patch {
            request.query = [("fieldManager", fieldManager)] + (force ? [("force", "true")] : [])
        }
        return KubernetesObject(try await perform(request))
    }

    /// Asks for an object's deletion. With `uid` only that very object goes, not one made later under the same name.
    /// `propagation` is `Background`, `Foreground` or `Orphan`; a grace period of 0 removes a pod at once.
    package func delete(
        _ kind: ResourceKind, namespace: String = "", name: String, uid: String? = nil, gracePeriodSeconds: Int? = nil,
        propagation: String? = nil
    ) async throws {
        var request = Request(method: .DELETE, path: path(kind, namespace, name))
        request.body = .members([
            "kind": "DeleteOptions", "apiVersion": "v1",
            "gracePeriodSeconds": gracePeriodSeconds.map { JSONValue($0) },
            "propagationPolicy": propagation.map { .string($0) },
            "preconditions": uid.map { ["uid": .string($0)] },
        ])
        request.isIdempotent = uid != nil
        _ = try await perform(request)
    }

    /// Asks for the deletion of every object that the selector matches; the selector may not be empty, for that would
    /// be all there are.
    package func deleteCollection(
        _ kind: ResourceKind, namespace: String, labelSelector: String, propagation: String? = nil
    ) async throws {
        precondition(!labelSelector.isEmpty, "a deletion says what of")
        var request = Request(method: .DELETE, path: path(kind, namespace))
        request.query = KubernetesClient.selectors(labelSelector, nil)
        if let propagation { request.query.append(("propagationPolicy", propagation)) }
        _ = try await perform(request)
    }

    /// Binds a pod to a node; 409 where it is bound already.
    package func bind(pod: Pod, to node: String) async throws {
        var request = Request(method: .POST, path: path(.pod, pod.key.namespace, pod.key.name, "binding"))
        request.body = [
            "apiVersion": "v1", "kind": "Binding",
            "metadata": .members([
                "name": .string(pod.key.name), "namespace": .string(pod.key.namespace),
                "uid": pod.uid.isEmpty ? nil : .string(pod.uid),
            ]),
            "target": ["apiVersion": "v1", "kind": "Node", "name": .string(node)],
        ]
        request.isIdempotent = false
        _ = try await perform(request)
    }
}
