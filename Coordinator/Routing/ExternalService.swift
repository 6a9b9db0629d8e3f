/// How an ExternalModelProvider is spoken to.
package struct ExternalService: Sendable, Hashable {
    /// The API it speaks.
    package enum Dialect: String, Sendable { case openAI = "OpenAI", anthropic = "Anthropic" }

    package var dialect: Dialect
    package var host: String
    package var port: Int
    /// What requests' paths are put behind; without a final slash, empty for none.
    package var basePath: String
    /// Its certificate goes unchecked.
    package var skipsVerification: Bool
    /// Fields added to each request, by name.
    package var headers: [String: String]
    /// The field with the credential; nil where none is sent.
    package var credential: Credential?
    /// Why it cannot be used now, in one sentence; nil where it can.
    package var problem: String?

    /// A field that must never be shown.
    package struct Credential: Sendable, Hashable, CustomStringConvertible {
        package var field: String
        package var value: String

        package init(field: String, value: String) {
            self.field = field
            self.value = value
        }

        package var description: String { "\(field): (secret)" }
    }

    package init(dialect: Dialect, host: String, port: Int = 443, basePath: String = "") {
        self.dialect = dialect
        self.host = host
        self.port = port
        self.basePath = basePath
        skipsVerification = false
        headers = [:]
    }

    /// Where a request for `path` goes; nil where the dialect has no such path.
    package func path(for path: String) -> String? {
        let paths =
            switch dialect {
            case .openAI: ["/v1/chat/completions", "/v1/completions", "/v1/responses"]
            case .anthropic: ["/v1/messages"]
            }
        guard paths.contains(path) else { return nil }
        return basePath + (basePath.hasSuffix("/v1") ? path.dropFirst(3) : path[...])
    }

    /// The Host field.
    package var authority: String { port == 443 ? host : "\(host):\(port)" }

    /// Fields of the client's request that it gets, in lower case.
    package var relayedFields: Set<String> {
        let common: Set<String> = [
            "content-type", "accept", "traceparent", "tracestate", "baggage", "b3", "x-b3-traceid", "x-b3-spanid",
            "x-b3-parentspanid", "x-b3-sampled", "x-b3-flags",
        ]
        return dialect == .anthropic ? common.union(["anthropic-version", "anthropic-beta"]) : common
    }
}
