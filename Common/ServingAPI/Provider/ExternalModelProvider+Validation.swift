import JSONValues

extension ExternalModelProvider {
    private static let modelCharactersMax = 256
    /// Headers of credentials, of the body's length and of the connection, in lower case.
    static let reservedHeaders: Set<String> = [
        "authorization", "proxy-authorization", "cookie", "x-api-key", "host", "content-length", "connection",
        "keep-alive", "proxy-connection", "transfer-encoding", "upgrade", "trailer", "te",
    ]

    /// Every rule this object breaks, in the order of its fields.
    package var problems: [FieldProblem] {
        var problems: [FieldProblem] = []
        if let model, model.count > Self.modelCharactersMax {
            problems.append(.tooLong("spec.model", bytesMax: Self.modelCharactersMax))
        }
        if let fault = Self.fault(ofURL: baseURL) {
            problems.append(.invalid("spec.baseURL", .string(baseURL), fault))
        }
        if let auth {
            let path = "spec.auth.secretRef"
            if auth.secretName.isEmpty { problems.append(.required("\(path).name", "the name of the Secret")) }
            if auth.secretKey.isEmpty { problems.append(.required("\(path).key", "the key in the Secret's data")) }
            if auth.isOptional {
                problems.append(
                    .invalid("\(path).optional", true, "a credential that is named cannot be optional; leave it out"))
            }
        }
        for (name, value) in headers.sorted(by: { $0.key < $1.key }) {
            problems += Self.problems(ofHeader: name, value)
        }
        return problems
    }

    private static func fault(ofURL url: String) -> String? {
        let scheme = "https://"
        guard url.hasPrefix(scheme) else { return "must begin with https://" }
        let rest = url.dropFirst(scheme.count)
        let authority = rest.prefix { !"/?#".contains($0) }
        if authority.contains("@") { return "must not hold a user or password; put a credential into auth.secretRef" }
        if rest.contains("?") { return "must not have a query" }
        if rest.contains("#") { return "must not have a fragment" }
        if rest.unicodeScalars.contains(where: { $0.value <= 32 || $0.value == 127 }) { return "must not have spaces" }
        let host = authority.hasPrefix("[") ? authority.prefix { $0 != "]" } : authority.prefix { $0 != ":" }
        if host.isEmpty || host == "[" { return "must name a host" }
        let port = authority.dropFirst(host.count + (authority.hasPrefix("[") ? 1 : 0))
        if !port.isEmpty, port.first != ":" || !(Int(port.dropFirst()).map { (1...65_535).contains($0) } ?? false) {
            return "must have a port between 1 and 65535, or none"
        }
        return nil
    }

    private static func problems(ofHeader name: String, _ value: String) -> [FieldProblem] {
        let path = "spec.headers[\(name)]"
        if reservedHeaders.contains(name.lowercased()) {
            return [.forbidden(path, "this header is set by the gateway; put a credential into auth.secretRef")]
        }
        let token = "!#$%&'*+-.^_`|~"
        let isName =
            !name.isEmpty
            && name.utf8.allSatisfy {
                (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0) || token.utf8.contains($0)
            }
        if !isName { return [.invalid(path, .string(name), "must be a header name: letters, digits and \(token)")] }
        // The value may be a secret: it is not shown.
        if value.utf8.contains(where: { ($0 < 32 && $0 != 9) || $0 == 127 }) {
            return [
                FieldProblem(.invalid, at: path, "Invalid value: must have no line ends or other control characters")
            ]
        }
        return []
    }
}
