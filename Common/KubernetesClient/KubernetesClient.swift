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

    private let transport: Transport
    private let metrics: ClientMetrics
    private let logger: Logger
    /// The namespace of the configuration's context.
    package let namespace: String

    /// Counts its requests in `metrics`.
    package init(
        _ configuration: ClientConfiguration, metrics: MetricsRegistry = MetricsRegistry(), logger: Logger
    ) throws {
        self.metrics = ClientMetrics(metrics)
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
        var list = ObjectList(items: [], resourceVersion: "")
        var next: String?
        repeat {
            var request = Request(path: path(kind, namespace))
            request.accept = form.acceptedList
            request.query = KubernetesClient.selectors(labelSelector, fieldSelector)
            request.query.append(("limit", String(KubernetesClient.pageLimit)))
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

    /// Asks for the deletion of every object that the selector matches.
    package func deleteCollection(_ kind: ResourceKind, namespace: String, labelSelector: String) async throws {
        var request = Request(method: .DELETE, path: path(kind, namespace))
        request.query = KubernetesClient.selectors(labelSelector, nil)
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

    /// Watches a kind from a version on, for at most `timeout`; returns when the server ends the watch.
    func watch(
        _ kind: ResourceKind, namespace: String, labelSelector: String?, fieldSelector: String?,
        resourceVersion: String, timeout: Duration, form: ObjectForm = .whole,
        onEvent: (WatchEvent) async throws -> Void
    ) async throws {
        var request = Request(path: path(kind, namespace))
        request.accept = form.acceptedObject
        request.query = KubernetesClient.selectors(labelSelector, fieldSelector)
        request.query += [
            ("watch", "true"), ("allowWatchBookmarks", "true"), ("resourceVersion", resourceVersion),
            ("timeoutSeconds", String(timeout.components.seconds)),
        ]
        let refusal = try await transport.stream(request) { line in
            if let event = try WatchEvent(line: line) { try await onEvent(event) }
        }
        if let refusal { throw status(of: refusal) }
    }

    private func perform(_ request: Request) async throws -> JSONValue {
        let policy = RetryPolicy(isIdempotent: request.isIdempotent)
        var attempt = 1
        while true {
            var retryAfter: Duration?
            let failure: any Error
            let start = ContinuousClock.now
            do {
                let answer = try await transport.send(request)
                metrics.answered(request, status: answer.status, after: ContinuousClock.now - start)
                if (200...299).contains(answer.status) { return try json(of: answer, to: request) }
                retryAfter = answer.retryAfter
                failure = status(of: answer)
            } catch {
                metrics.failed(request)
                failure = error
            }
            let delay = policy.delay(
                after: failure, attempt: attempt, retryAfter: retryAfter, random: Double.random(in: 0..<1))
            guard let delay else { throw failure }
            logger.debug(
                "Request failed, trying again",
                metadata: [
                    "method": "\(request.method)", "path": "\(request.path)", "attempt": "\(attempt)",
                    "error": "\(failure)", "delay": "\(delay)",
                ])
            try await Task.sleep(for: delay)
            attempt += 1
        }
    }

    private func json(of answer: Answer, to request: Request) throws -> JSONValue {
        do {
            return answer.body.isEmpty ? .null : try JSONValue.parse(answer.body)
        } catch {
            throw TransportError(
                "\(transport.server) answered \(request.method) \(request.path) with what is not JSON: \(error)",
                fate: .refused)
        }
    }

    /// The status an answer carries, or one made of its HTTP status where it carries none.
    private func status(of answer: Answer) -> APIStatus {
        if let json = try? JSONValue.parse(answer.body), var status = APIStatus(json) {
            if status.code == 0 { status.code = answer.status }
            return status
        }
        return APIStatus(
            code: answer.status, reason: APIStatus.Reason(httpStatus: answer.status),
            message: "\(transport.server) answered with HTTP status \(answer.status)")
    }

    private func path(
        _ kind: ResourceKind, _ namespace: String, _ name: String? = nil, _ subresource: String? = nil
    ) -> String {
        kind.path(namespace: Request.escape(namespace), name: name.map(Request.escape), subresource: subresource)
    }

    private static func selectors(_ label: String?, _ field: String?) -> [(name: String, value: String)] {
        [("labelSelector", label), ("fieldSelector", field)].compactMap { name, value in
            value.flatMap { $0.isEmpty ? nil : (name, $0) }
        }
    }

    /// An item of a list, which does not repeat its kind.
    private static func item(_ json: JSONValue, of kind: ResourceKind) -> KubernetesObject {
        var json = json
        if json["kind"] == nil { json["kind"] = .string(kind.kind) }
        if json["apiVersion"] == nil { json["apiVersion"] = .string(kind.apiVersion) }
        return KubernetesObject(json)
    }
}

extension APIStatus.Reason {
    /// The reason that goes with an HTTP status when the server gave none.
    init(httpStatus: Int) {
        self =
            switch httpStatus {
            case 400: .badRequest
            case 401: .unauthorized
            case 403: .forbidden
            case 404: .notFound
            case 405: .methodNotAllowed
            case 409: .conflict
            case 410: .gone
            case 413: .requestEntityTooLarge
            case 415: .unsupportedMediaType
            case 422: .invalid
            case 429: .tooManyRequests
            case 500: .internalError
            case 503: .serviceUnavailable
            case 504: .timeout
            default: .unknown
            }
    }
}
