import HTTPTypes
import Hummingbird
import JSONValues
import KubernetesAPI

extension APIServer {
    /// Answers POST, PUT, PATCH and DELETE.
    func write(
        _ kind: ServedKind, _ path: RequestTarget.ResourcePath, name: String?, subresource: String?,
        _ request: APIRequest
    ) throws(APIStatus) -> Response {
        let namespace = path.namespace ?? ""
        if !kind.verbs.contains("update") { return try review(kind, request) }
        let acceptsAllNamespaces = request.method == .delete && name == nil
        guard !namespace.isEmpty || !kind.kind.isNamespaced || acceptsAllNamespaces else {
            throw .methodNotAllowed(
                "\(kind.kind.plural) are written in a namespace: /namespaces/NAME/\(kind.kind.plural)")
        }
        guard let name else {
            switch request.method {
            case .post: return try create(kind, namespace: namespace, request)
            case .delete: return try deleteCollection(kind, path, request)
            default: throw .methodNotAllowed("\(request.method) of a collection")
            }
        }
        let key = ObjectKey(namespace: namespace, name: name)
        if request.method == .post { return try post(kind, key, subresource: subresource, request) }
        if let subresource, !offers(subresource, kind) { throw .noSuchPath }
        switch request.method {
        case .put: return try put(kind, key, subresource: subresource, request)
        case .patch:
            let document = try request.patch()
            let written = try store.transact(isDryRun: request.isDryRun) { transaction throws(APIStatus) in
                try transaction.patch(kind, key, document, subresource: subresource, request.writeOptions)
            }
            return answer(written, kind, request)
        case .delete where subresource == nil:
            let options = try request.deleteOptions()
            let answer = try store.transact(isDryRun: options.isDryRun) { transaction throws(APIStatus) in
                try transaction.delete(kind, key, options)
            }
            return .json(answer)
        default: throw .methodNotAllowed("\(request.method) of \(kind.kind.plural)")
        }
    }

    private func offers(_ subresource: String, _ kind: ServedKind) -> Bool {
        switch subresource {
        case "status": kind.hasStatus
        case "scale": kind.scale != nil
        case "finalize": kind.kind == .namespace
        default: false
        }
    }

    private func create(_ kind: ServedKind, namespace: String, _ request: APIRequest) throws(APIStatus) -> Response {
        let object = try request.document()
        let written = try store.transact(isDryRun: request.isDryRun) { transaction throws(APIStatus) in
            let written = try transaction.create(kind, namespace: namespace, object, request.writeOptions)
            if kind.storage == StorageName(.event) { transaction.limitEvents() }
            return written
        }
        return answer(written, kind, request)
    }

    private func put(
        _ kind: ServedKind, _ key: ObjectKey, subresource: String?, _ request: APIRequest
    ) throws(APIStatus) -> Response {
        let object = try request.document()
        let written = try store.transact(isDryRun: request.isDryRun) { transaction throws(APIStatus) in
            switch subresource {
            case "scale": Written(json: try transaction.setScale(kind, key, object, request.writeOptions))
            case "status":
                try transaction.replace(kind, key, object, scope: .status, request.writeOptions)
            default: try transaction.replace(kind, key, object, request.writeOptions)
            }
        }
        return answer(written, kind, request)
    }

    /// Subresources that are made, not changed: a binding, an eviction.
    private func post(
        _ kind: ServedKind, _ key: ObjectKey, subresource: String?, _ request: APIRequest
    ) throws(APIStatus) -> Response {
        let body = try request.document()
        switch (kind.kind, subresource) {
        case (.pod, "binding"):
            try store.transact(isDryRun: request.isDryRun) { transaction throws(APIStatus) in
                try transaction.bind(key, body)
            }
        case (.serviceAccount, "token"): return try makeToken(key, request)
        case (.pod, "eviction"):
            let options = DeleteOptions(body["deleteOptions"] ?? .null)
            _ = try store.transact(isDryRun: request.isDryRun || options.isDryRun) { transaction throws(APIStatus) in
                try transaction.delete(kind, key, options)
            }
        default: throw .methodNotAllowed("POST of \(kind.kind.plural)/\(subresource ?? key.name)")
        }
        return .json(APIStatus(code: 201, reason: .unknown, message: "").json, status: .created)
    }

    private func deleteCollection(
        _ kind: ServedKind, _ path: RequestTarget.ResourcePath, _ request: APIRequest
    ) throws(APIStatus) -> Response {
        let selection = try request.selection(of: kind, namespace: path.namespace)
        let options = try request.deleteOptions()
        let deleted = try store.transact(isDryRun: options.isDryRun) { transaction throws(APIStatus) in
            transaction.deleteCollection(kind, selection, options)
        }
        let metadata: JSONValue = ["resourceVersion": .string(String(store.version))]
        return .json(
            APIServer.listText(
                kind: "\(kind.kind.kind)List", apiVersion: kind.kind.apiVersion, metadata,
                items: deleted.map { $0.bytes() }))
    }

    private func answer(_ written: Written, _ kind: ServedKind, _ request: APIRequest) -> Response {
        let status: HTTPResponse.Status = written.isNew ? .created : .ok
        let json = Representation.shown(written.json, as: kind)
        switch ResponseFormat(accept: request.accept) {
        case .objects: return .json(json, status: status, warnings: written.warnings)
        case .metadata:
            return .json(ResponseFormat.metadata(of: json), status: status, warnings: written.warnings)
        case .table:
            let table = TableFormat(kind, request.query).table([json], version: store.version, now: store.now)
            return .json(table, status: status, warnings: written.warnings)
        }
    }
}
