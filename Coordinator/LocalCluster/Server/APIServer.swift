import HTTPTypes
import Hummingbird
import JSONValues
import KubernetesAPI
import Logging
import NIOCore

/// The HTTP face: authenticates, finds what a path is about, and answers; every refusal is a Status object.
struct APIServer: HTTPResponder, Sendable {
    let store: ObjectStore
    let authentication: Authentication
    let logs: LogProxy
    let logger: Logger

    func respond(to request: Request, context: BasicRequestContext) async throws -> Response {
        do {
            let target = RequestTarget(path: request.uri.path)
            if target == .health || target == .version { return try await answer(target, request, by: .owner) }
            let user = try authentication.user(of: request.headers, request.method, path: request.uri.path)
            return try await answer(target, request, by: user)
        } catch let status as APIStatus {
            if status.code >= 500 {
                logger.warning(
                    "Refused a request",
                    metadata: [
                        "method": "\(request.method)", "path": "\(request.uri.path)", "code": "\(status.code)",
                        "err": "\(status.message)",
                    ])
            }
            return .status(status)
        }
    }

    private func answer(
        _ target: RequestTarget, _ request: Request, by user: ClientUser
    ) async throws -> Response {
        let accept = request.headers[.accept] ?? ""
        let discovery = Discovery(registry: store.registry)
        switch target {
        case .health: return .text("ok")
        case .version: return .json(Discovery.version)
        case .coreVersions: return discovery.core(accept: accept)
        case .groups: return discovery.groups(accept: accept)
        case .group(let name): return .json(try discovery.group(name))
        case .coreResources(let version): return .json(try discovery.resources(group: "", version: version))
        case .groupResources(let group, let version):
            return .json(try discovery.resources(group: group, version: version))
        case .openAPI2: return OpenAPI.emptyVersion2(accept: accept)
        case .openAPIIndex: return .json(OpenAPI(registry: store.registry).index)
        case .openAPI(let path): return .json(try OpenAPI(registry: store.registry).document(path))
        case .resource(let path): return try await resource(path, request, by: user)
        case .unknown: throw APIStatus.noSuchPath
        }
    }

    private func resource(
        _ path: RequestTarget.ResourcePath, _ request: Request, by user: ClientUser
    ) async throws -> Response {
        if path.group.isEmpty, path.plural == "bindings", request.method == .post {
            let read = try await decoded(request, by: user)
            let name = try read.document()[path: "metadata", "name"]?.string ?? ""
            return try write(ServedKind(.pod), path, name: name, subresource: "binding", read)
        }
        guard let kind = store.registry[path.group, path.version, path.plural],
            path.namespace == nil || kind.kind.isNamespaced
        else { throw APIStatus.noSuchPath }
        if path.subresource == "log", kind.kind == .pod, let name = path.name {
            guard request.method == .get else { throw APIStatus.methodNotAllowed("logs are read with GET") }
            let key = ObjectKey(namespace: path.namespace ?? "", name: name)
            return try await logs.response(store: store, pod: key, query: request.uri.query ?? "", request: request)
        }
        let read = try await decoded(request, by: user)
        if request.method == .get, read.query.isTrue("watch") { return try watch(kind, path, read, request) }
        if request.method == .get { return try self.read(kind, path, read) }
        return try write(kind, path, name: path.name, subresource: path.subresource, read)
    }

    private func decoded(_ request: Request, by user: ClientUser) async throws -> APIRequest {
        let hasBody = request.method != .get
        if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > APIRequest.bodyBytesMax {
            throw APIStatus.tooLarge(limit: APIRequest.bodyBytesMax)
        }
        var body: [UInt8] = []
        if hasBody {
            do {
                let buffer = try await request.body.collect(upTo: APIRequest.bodyBytesMax)
                body = Array(buffer.readableBytesView)
            } catch is NIOTooManyBytesError {
                throw APIStatus.tooLarge(limit: APIRequest.bodyBytesMax)
            }
        }
        return APIRequest(
            method: request.method, path: request.uri.path, query: QueryParameters(request.uri.query ?? ""),
            accept: request.headers[.accept] ?? "", contentType: request.headers[.contentType] ?? "",
            userAgent: request.headers[.userAgent] ?? "", user: user, body: body)
    }
}
