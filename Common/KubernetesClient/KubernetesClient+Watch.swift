import KubernetesAPI
import NIOHTTP1

/// Where a watch begins.
enum WatchStart: Sendable, Hashable {
    /// With what followed a version.
    case after(resourceVersion: String)
    /// With all there is, ended by a marked bookmark: a list that is streamed.
    case everything
}

/// What is watched.
struct WatchSelection: Sendable {
    var kind: ResourceKind
    var namespace = ""
    var labelSelector: String?
    var fieldSelector: String?
    var form = ObjectForm.whole
}

extension KubernetesClient {
    /// Watches for at most `timeout`; returns when the server ends the watch.
    func watch(
        _ selection: WatchSelection, from start: WatchStart, timeout: Duration,
        onEvent: (WatchEvent) async throws -> Void
    ) async throws {
        var request = Request(path: path(selection.kind, selection.namespace))
        request.accept = selection.form.acceptedObject
        request.query = KubernetesClient.selectors(selection.labelSelector, selection.fieldSelector)
        request.query += [
            ("watch", "true"), ("allowWatchBookmarks", "true"),
            ("timeoutSeconds", String(timeout.components.seconds)),
        ]
        switch start {
        case .after(let resourceVersion): request.query.append(("resourceVersion", resourceVersion))
        case .everything:
            request.query += [("sendInitialEvents", "true"), ("resourceVersionMatch", "NotOlderThan")]
        }
        metrics.waited(request, for: try await limiter.admit())
        let began = ContinuousClock.now
        do {
            let refusal = try await transport.stream(
                request, onHead: { metrics.answered(request, status: 200, after: ContinuousClock.now - began) }
            ) { line in
                if let event = try WatchEvent(line: line) { try await onEvent(event) }
            }
            guard let refusal else { return }
            metrics.answered(request, status: refusal.status, after: ContinuousClock.now - began)
            throw status(of: refusal)
        } catch let error as TransportError {
            metrics.failed(request)
            throw error
        }
    }
}
