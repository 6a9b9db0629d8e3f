import AsyncHTTPClient
import HTTPTypes
import Hummingbird
import JSONValues
import KubernetesAPI
import NIOCore
import NIOHTTP1

/// Fetches the logs of a pod's container from the agent of its node and passes them on as they come.
struct LogProxy: Sendable {
    /// How long an agent has to take a connection; the logs themselves may take any time.
    static let connectTimeout = TimeAmount.seconds(5)
    /// Bytes of an agent's refusal that are passed on.
    static let refusalBytesMax = 4_096

    let client: HTTPClient
    let agentToken: String

    func response(store: ObjectStore, pod key: ObjectKey, query: String, request: Request) async throws -> Response {
        let kind = ServedKind(.pod)
        guard let stored = store[StorageKey(kind.storage, key)] else { throw APIStatus.notFound(kind, name: key.name) }
        let pod = Pod(stored.object)
        let container = try LogProxy.container(QueryParameters(query)["container"], of: pod)
        let address = try LogProxy.agentAddress(of: pod, store: store)
        var url = "http://\(address)/containerLogs/\(key.namespace)/\(key.name)/\(container)"
        if !query.isEmpty { url += "?\(query)" }
        var outgoing = HTTPClientRequest(url: url)
        outgoing.headers.add(name: "authorization", value: "Bearer \(agentToken)")
        let answer: HTTPClientResponse
        do {
            answer = try await client.execute(outgoing, deadline: .distantFuture)
        } catch {
            throw APIStatus(
                code: 502, reason: .serviceUnavailable,
                message:
                    "the agent of node \(pod.nodeName ?? "") at \(address) does not answer: \(error); see that it runs")
        }
        guard answer.status == .ok else {
            let text = try await answer.body.collect(upTo: LogProxy.refusalBytesMax)
            throw APIStatus(
                code: Int(answer.status.code), reason: answer.status == .notFound ? .notFound : .badRequest,
                message: String(buffer: text))
        }
        return LogProxy.passing(answer, request)
    }

    private static func passing(_ answer: HTTPClientResponse, _ request: Request) -> Response {
        var headers = HTTPFields()
        headers[.contentType] = "text/plain"
        headers[.connection] = "close"
        let body = ResponseBody { writer in
            try await writer.write(ByteBuffer())
            try await request.body.consumeWithCancellationOnInboundClose { _ in
                for try await chunk in answer.body { try await writer.write(chunk) }
                // In here, for the connection is closed when this closure has returned.
                try await writer.finish(nil)
            }
        }
        return Response(status: .ok, headers: headers, body: body)
    }

    /// The container that is asked for, or the only one.
    static func container(_ name: String?, of pod: Pod) throws(APIStatus) -> String {
        let all = (pod.containers + pod.initContainers).compactMap { $0["name"]?.string }
        if let name {
            if all.contains(name) { return name }
            throw .badRequest("container \(name) is not valid for pod \(pod.key.name)")
        }
        let main = pod.containers.compactMap { $0["name"]?.string }
        if main.count == 1 { return main[0] }
        throw .badRequest(
            "a container name must be specified for pod \(pod.key.name), choose one of: "
                + "[\(main.joined(separator: " "))]"
        )
    }

    private static func agentAddress(of pod: Pod, store: ObjectStore) throws(APIStatus) -> String {
        guard let name = pod.nodeName, !name.isEmpty else {
            throw .badRequest("pod \(pod.key.name) does not have a host assigned")
        }
        let kind = ServedKind(.node)
        guard let node = store[StorageKey(kind.storage, ObjectKey(namespace: "", name: name))]?.json else {
            throw .notFound(kind, name: name)
        }
        let addresses = node[path: "status", "addresses"]?.elements ?? []
        guard let address = addresses.first(where: { $0["type"]?.string == "InternalIP" })?["address"]?.string,
            let port = node[path: "status", "daemonEndpoints", "kubeletEndpoint", "Port"]?.integer
        else {
            throw APIStatus(
                code: 503, reason: .serviceUnavailable,
                message: "node \(name) does not say where its agent serves logs; start the agent of that node")
        }
        return "\(address):\(port)"
    }
}
