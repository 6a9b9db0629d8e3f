import Daemon
import Hummingbird
import KubernetesAPI
import NIOCore
import Observability
import ProcessRuntime
import SystemFiles

/// `/containerLogs/{namespace}/{pod}/{container}`: what the API server asks for `kubectl logs`, as it would the kubelet.
enum LogPages {
    static func add(to routes: AdminServer.Routes, runtime: ProcessRuntime, tokenFile: String?) {
        routes.get("containerLogs/{namespace}/{pod}/{container}") { request, context in
            guard isAllowed(request, tokenFile) else {
                return Response.text("The token of the API server is needed to read logs\n", status: .unauthorized)
            }
            var query: [String: String] = [:]
            for (key, value) in request.uri.queryParameters { query[String(key)] = String(value) }
            do {
                let log = try runtime.logs(
                    namespace: context.parameters.get("namespace") ?? "", pod: context.parameters.get("pod") ?? "",
                    container: context.parameters.get("container") ?? "",
                    options: LogOptions(query: query, now: Timestamp(microseconds: WallClock.microseconds)))
                return Response(
                    status: .ok, headers: [.contentType: "text/plain"],
                    body: ResponseBody { writer in
                        for try await bytes in log { try await writer.write(ByteBuffer(bytes: bytes)) }
                        try await writer.finish(nil)
                    })
            } catch let error as APIStatus {
                return Response.json(error.json, status: .init(code: error.code))
            }
        }
    }

    private static func isAllowed(_ request: Request, _ tokenFile: String?) -> Bool {
        guard let tokenFile else { return true }
        guard let token = try? Files.text(tokenFile) else { return false }
        let expected = "Bearer " + token.split(whereSeparator: \.isWhitespace).joined()
        let given = request.headers[.authorization] ?? ""
        // As long for a wrong token as for a right one.
        guard given.utf8.count == expected.utf8.count else { return false }
        return zip(given.utf8, expected.utf8).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
