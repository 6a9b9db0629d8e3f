import HTTPWire
import NIOCore
import Routing

extension Exchange {
    /// Anthropic's API asks each request for the version of the API it was written for.
    private static let anthropicVersion = "2023-06-01"

    /// Refuses what an external provider cannot take.
    func checkExternal(_ server: TargetServer) throws(ClientError) {
        guard server.isExternal, let external = server.external else { return }
        if let problem = external.problem {
            throw ClientError(
                503, "provider_config", "external model provider \(server.name) is not ready: \(problem).",
                code: .providerNotReady)
        }
        guard external.path(for: record.path) != nil else {
            throw ClientError(
                400, "request_failed",
                "external model provider \(server.name) speaks the API of \(external.dialect.rawValue), which has no "
                    + "\(record.path); call a path of that API or another model.", code: .providerPath)
        }
    }

    /// The request for a provider: of the client's fields only those that are known to be harmless.
    func externalRequest(_ external: ExternalService, _ body: [UInt8]) -> UpstreamRequest {
        let path = external.path(for: record.path) ?? record.path
        let query = head.queryText
        var lines = ["POST \(path)\(query.isEmpty ? "" : "?")\(query) HTTP/1.1", "host: \(external.authority)"]
        if head.method != .post { lines[0] = "\(head.methodText)\(lines[0].dropFirst(4))" }
        let relayed = external.relayedFields
        let own = Set(external.headers.keys.map { $0.lowercased() })
        var hasVersion = own.contains("anthropic-version")
        for field in head.fields.fields {
            let name = head.fields.text(field.name).lowercased()
            guard relayed.contains(name), !own.contains(name), !isReplaced(name) else { continue }
            hasVersion = hasVersion || name == "anthropic-version"
            lines.append("\(name): \(head.fields.text(field.value))")
        }
        if external.dialect == .anthropic, !hasVersion { lines.append("anthropic-version: \(Self.anthropicVersion)") }
        for (name, value) in external.headers.sorted(by: { $0.key < $1.key }) { lines.append("\(name): \(value)") }
        if let credential = external.credential { lines.append("\(credential.field): \(credential.value)") }
        if let trace = record.trace?.outgoing, !own.contains("traceparent") {
            lines.append("traceparent: \(trace.context.text)")
        }
        lines.append("x-request-id: \(record.id)")
        lines.append("content-length: \(body.count)")
        let key = UpstreamKey(
            host: external.host, port: external.port,
            tls: UpstreamTLS(host: external.host, isVerified: !external.skipsVerification))
        let bytes = Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8)
        return UpstreamRequest(key: key, head: bytes, body: body, isBodyless: head.method == .head)
    }

    /// A field of the client's that says of the trace what is said anew.
    private func isReplaced(_ name: String) -> Bool {
        guard let trace = record.trace?.outgoing else { return false }
        return name == "traceparent" || (name == "tracestate" && trace.dropsState)
    }

    /// What the client is told when the provider gave no answer.
    func externalFailure(_ server: TargetServer) -> ClientError {
        let isLate = record.attempts.last?.outcome == UpstreamFailure.timeout.text
        return ClientError(
            isLate ? 504 : 502, "proxy",
            "external model provider \(server.name) did not answer: \(record.attempts.last?.outcome ?? "no attempt"); "
                + "check its baseURL and whether this cluster can reach it.", code: .providerFailed)
    }
}
