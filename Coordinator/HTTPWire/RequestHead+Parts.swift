extension RequestHead {
    /// The head of a request that did not come as HTTP/1.1's text but in parts, as HTTP/2 carries them.
    ///
    /// It holds to the same rules as text does, and what could end a line early is refused, so that no part of a
    /// request becomes another request at the engine. `authority` stands for the Host field; fields of one hop are
    /// refused (RFC 9113 §8.2.2), and several Cookie fields become one (§8.2.3).
    package static func of(
        method: String, target: String, authority: String?, fields: [(name: String, value: String)]
    ) throws(HTTPViolation) -> RequestHead {
        guard !method.isEmpty, method.utf8.allSatisfy(FieldParser.isToken) else { throw .malformedRequestLine }
        guard !target.isEmpty, target.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { throw .malformedRequestLine }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(512)
        bytes.append(contentsOf: "\(method) \(target) HTTP/1.1\r\n".utf8)
        if let authority { try append("host", authority, to: &bytes) }
        var cookies: [String] = []
        for (name, value) in fields {
            switch name {
            case "connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade":
                throw .malformedFieldName
            case "host" where authority != nil:
                guard value == authority else { throw .repeatedHost }
            case "cookie": cookies.append(value)
            default: try append(name, value, to: &bytes)
            }
        }
        if !cookies.isEmpty { try append("cookie", cookies.joined(separator: "; "), to: &bytes) }
        bytes.append(0x0D)
        bytes.append(0x0A)
        guard bytes.count <= HeadLimits.bytesMax else { throw .headTooLarge }
        return try parse(bytes.span)
    }

    private static func append(_ name: String, _ value: String, to bytes: inout [UInt8]) throws(HTTPViolation) {
        guard !name.isEmpty, name.utf8.allSatisfy({ FieldParser.isToken($0) && !($0 >= 0x41 && $0 <= 0x5A) }) else {
            throw .malformedFieldName
        }
        guard value.utf8.allSatisfy({ ($0 >= 0x20 && $0 != 0x7F) || $0 == 0x09 }) else { throw .malformedFieldValue }
        bytes.append(contentsOf: name.utf8)
        bytes.append(contentsOf: ": ".utf8)
        bytes.append(contentsOf: value.utf8)
        bytes.append(0x0D)
        bytes.append(0x0A)
    }
}
