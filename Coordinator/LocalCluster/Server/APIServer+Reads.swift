import Hummingbird
import JSONValues
import KubernetesAPI
import NIOCore

extension APIServer {
    /// Answers GET of an object, of a subresource and of a collection.
    func read(_ kind: ServedKind, _ path: RequestTarget.ResourcePath, _ request: APIRequest) throws(APIStatus)
        -> Response
    {
        guard let name = path.name else { return try list(kind, path, request) }
        guard path.namespace != nil || !kind.kind.isNamespaced else { throw .noSuchPath }
        let key = ObjectKey(namespace: path.namespace ?? "", name: name)
        switch path.subresource {
        case nil: break
        case "status" where kind.hasStatus: break
        case "scale" where kind.scale != nil:
            return .json(
                try store.transact(isDryRun: true) { transaction throws(APIStatus) in
                    try transaction.scale(kind, key)
                })
        default: throw .noSuchPath
        }
        guard let stored = store[StorageKey(kind.storage, key)] else { throw .notFound(kind, name: name) }
        switch ResponseFormat(accept: request.accept) {
        case .objects: return .json(Representation.bytes(stored, as: kind))
        case .metadata: return .json(ResponseFormat.metadata(of: Representation.shown(stored.json, as: kind)))
        case .table:
            let objects = [Representation.shown(stored.json, as: kind)]
            return .json(
                TableFormat(kind, request.query).table(objects, version: stored.version, now: store.now))
        }
    }

    private func list(
        _ kind: ServedKind, _ path: RequestTarget.ResourcePath, _ request: APIRequest
    ) throws(APIStatus) -> Response {
        guard kind.verbs.contains("list") else { throw .methodNotAllowed("list of \(kind.kind.plural)") }
        let selection = try request.selection(of: kind, namespace: path.namespace)
        let page = try ListPage(store, selection, request)
        let metadata = JSONValue.members([
            "resourceVersion": .string(String(page.version)), "continue": page.continuation.map { .string($0) },
            "remainingItemCount": page.remaining > 0 ? JSONValue(page.remaining) : nil,
        ])
        switch ResponseFormat(accept: request.accept) {
        case .objects:
            return .json(
                APIServer.listText(
                    kind: "\(kind.kind.kind)List", apiVersion: kind.kind.apiVersion, metadata,
                    items: page.objects.map { Representation.bytes($0, as: kind) }))
        case .metadata:
            return .json(
                APIServer.listText(
                    kind: "PartialObjectMetadataList", apiVersion: "meta.k8s.io/v1", metadata,
                    items: page.objects.map {
                        ResponseFormat.metadata(of: Representation.shown($0.json, as: kind)).bytes()
                    }))
        case .table:
            let shown = page.objects.map { Representation.shown($0.json, as: kind) }
            return .json(
                TableFormat(kind, request.query).table(
                    shown, version: page.version, continuation: page.continuation, now: store.now))
        }
    }

    /// The text of a list, put together from the texts of its items.
    static func listText(kind: String, apiVersion: String, _ metadata: JSONValue, items: [[UInt8]]) -> ByteBuffer {
        let head = "{\"kind\":\"\(kind)\",\"apiVersion\":\"\(apiVersion)\",\"metadata\":"
        var text = ByteBuffer()
        text.reserveCapacity(items.reduce(head.utf8.count + 256) { $0 + $1.count + 1 })
        text.writeString(head)
        text.writeBytes(metadata.bytes())
        text.writeStaticString(",\"items\":[")
        for (index, item) in items.enumerated() {
            if index > 0 { text.writeInteger(UInt8(ascii: ",")) }
            text.writeBytes(item)
        }
        text.writeStaticString("]}")
        return text
    }
}
