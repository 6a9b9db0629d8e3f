import HTTPTypes
import Hummingbird
import JSONValues
import KubernetesAPI
import NIOCore

extension APIServer {
    /// Time between bookmarks of a watch that asks for them.
    static let bookmarkInterval = Duration.seconds(60)
    /// How long a watch stays open when it does not say: half an hour, and a random part of as much again.
    static let watchSeconds = 1_800

    /// Answers a watch: one JSON line for each event until it times out, the client leaves or it falls too far behind.
    func watch(
        _ kind: ServedKind, _ path: RequestTarget.ResourcePath, _ request: APIRequest, _ connection: Request
    ) throws(APIStatus) -> Response {
        guard kind.verbs.contains("watch") else { throw .methodNotAllowed("watch of \(kind.kind.plural)") }
        let selection = try request.selection(of: kind, namespace: path.namespace, name: path.name)
        let encoder = WatchEncoder(kind: kind, request: request)
        let start = try WatchEncoder.start(request)
        var headers = HTTPFields()
        headers[.contentType] = "application/json"
        headers[.cacheControl] = "no-cache, private"
        // What tells of a client that has left takes the connection with it.
        headers[.connection] = "close"
        let watch: Watch
        do {
            watch = try store.watch(selection, from: start)
        } catch let status where status.code == 410 {
            // As Kubernetes does: the watch starts, and its first event is the error.
            let line = encoder.line(error: status)
            return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: line))
        }
        let seconds =
            request.query.integer("timeoutSeconds") ?? Int.random(in: 0..<APIServer.watchSeconds)
            + APIServer.watchSeconds
        let hasBookmarks = request.query.isTrue("allowWatchBookmarks")
        let store = store
        let body = ResponseBody { writer in
            defer {
                store.end(watch)
                _ = store.takeIsBehind(watch)
            }
            // The head goes out at once, before there is an event.
            try await writer.write(ByteBuffer())
            try await connection.body.consumeWithInboundCloseHandler { _ in
                try await APIServer.stream(
                    watch, of: store, encoder, to: &writer, timeout: .seconds(seconds), hasBookmarks: hasBookmarks)
                // In here, for the connection is closed when this closure has returned.
                try await writer.finish(nil)
            } onInboundClosed: {
                store.end(watch)
            }
        }
        return Response(status: .ok, headers: headers, body: body)
    }

    private static func stream(
        _ watch: Watch, of store: ObjectStore, _ encoder: WatchEncoder, to writer: inout any ResponseBodyWriter,
        timeout: Duration, hasBookmarks: Bool
    ) async throws {
        var encoder = encoder
        try await withThrowingDiscardingTaskGroup { group in
            group.addTask {
                try? await APIServer.pace(watch, of: store, timeout: timeout, hasBookmarks: hasBookmarks)
                store.end(watch)
            }
            for await item in watch.items {
                try await writer.write(encoder.line(item, now: store.now))
            }
            if store.takeIsBehind(watch) {
                let status = APIStatus(
                    code: 410, reason: .expired,
                    message:
                        "the watch fell more than \(Watcher.itemsMax) events behind; list again and watch from there")
                try await writer.write(encoder.line(error: status))
            }
            group.cancelAll()
        }
    }

    /// Sends bookmarks in their interval and one at the end of the watch's time.
    private static func pace(
        _ watch: Watch, of store: ObjectStore, timeout: Duration, hasBookmarks: Bool
    ) async throws {
        let clock = ContinuousClock()
        let deadline = clock.now + timeout
        while clock.now < deadline {
            let next = hasBookmarks ? min(deadline, clock.now + bookmarkInterval) : deadline
            try await clock.sleep(until: next)
            if hasBookmarks { store.bookmark(watch) }
        }
    }
}

/// Turns the items of one watch into lines.
struct WatchEncoder: Sendable {
    private let kind: ServedKind
    private let format: ResponseFormat
    private let table: TableFormat
    private var hasSentColumns = false

    init(kind: ServedKind, request: APIRequest) {
        self.kind = kind
        format = ResponseFormat(accept: request.accept)
        table = TableFormat(kind, request.query)
    }

    /// Where a request wants its watch to start.
    static func start(_ request: APIRequest) throws(APIStatus) -> ObjectStore.WatchStart {
        if request.query.isTrue("sendInitialEvents") {
            return .everything(marksEnd: request.query.isTrue("allowWatchBookmarks"))
        }
        guard let text = request.query["resourceVersion"], text != "0" else { return .everything(marksEnd: false) }
        guard let version = Int64(text) else { throw .badRequest("resourceVersion \"\(text)\" is not a number") }
        return .after(version)
    }

    mutating func line(_ item: WatchItem, now: Timestamp) -> ByteBuffer {
        switch item {
        case .notice(let notice):
            return line(notice.type.rawValue, object(notice.object, now: now))
        case .bookmark(let version, let endsInitialEvents):
            var metadata: JSONValue = ["resourceVersion": .string(String(version)), "creationTimestamp": .null]
            if endsInitialEvents { metadata["annotations"] = ["k8s.io/initial-events-end": "true"] }
            let isPlain: Bool = if case .objects = format { true } else { false }
            let bookmark: JSONValue = [
                "kind": .string(isPlain ? kind.kind.kind : "PartialObjectMetadata"),
                "apiVersion": .string(isPlain ? kind.kind.apiVersion : "meta.k8s.io/v1"), "metadata": metadata,
            ]
            return line("BOOKMARK", bookmark.bytes())
        }
    }

    func line(error: APIStatus) -> ByteBuffer { line("ERROR", error.json.bytes()) }

    private mutating func object(_ stored: StoredObject, now: Timestamp) -> [UInt8] {
        switch format {
        case .objects: return Representation.bytes(stored, as: kind)
        case .metadata: return ResponseFormat.metadata(of: Representation.shown(stored.json, as: kind)).bytes()
        case .table:
            let rows = table.table(
                [Representation.shown(stored.json, as: kind)], version: stored.version, now: now,
                hasColumns: !hasSentColumns)
            hasSentColumns = true
            return rows.bytes()
        }
    }

    /// The one copy of an object's text that a watch makes.
    private func line(_ type: String, _ object: [UInt8]) -> ByteBuffer {
        var line = ByteBuffer()
        line.reserveCapacity(object.count + type.utf8.count + 24)
        line.writeStaticString("{\"type\":\"")
        line.writeString(type)
        line.writeStaticString("\",\"object\":")
        line.writeBytes(object)
        line.writeStaticString("}\n")
        return line
    }
}
