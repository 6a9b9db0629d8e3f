/// Writes the heads that go to the other side of the router: what the sender said, without what was meant for this hop.
package enum HeadWriter {
    /// What a head mostly has more than the sender's.
    private static let roomForOwnFields = 192

    /// The request line and fields for an upstream, with the length of the body it gets. `target` stands for the
    /// request's own path and query where it is set, `trace` for its own trace fields.
    package static func request(
        _ head: RequestHead, target: String? = nil, host: String, requestID: String, bodyLength: Int,
        trace: OutgoingTrace? = nil, into output: inout [UInt8]
    ) {
        var text = ByteWriter(capacity: head.fields.bytes.count + roomForOwnFields)
        text.append(head.fields.bytes, head.methodRange)
        text.append(0x20)
        if let target {
            text.append(text: target)
        } else {
            text.append(head.fields.bytes, head.target)
        }
        text.append(literal: " HTTP/1.1\r\nhost: ")
        text.append(text: host)
        let hopByHop = head.fields.declaredHopByHop
        for field in head.fields.fields {
            switch field.known {
            case .host, .contentLength, .expect, .requestID: continue
            case .traceParent where trace != nil: continue
            case .traceState where trace?.dropsState == true: continue
            default: relay(field, of: head.fields, hopByHop, into: &text)
            }
        }
        if let trace {
            text.append(literal: "\r\ntraceparent: ")
            trace.context.append(to: &text)
        }
        text.append(literal: "\r\nx-request-id: ")
        text.append(text: requestID)
        text.append(literal: "\r\ncontent-length: ")
        text.append(decimal: bodyLength)
        text.append(literal: "\r\n\r\n")
        text.move(to: &output)
    }

    /// How the relayed response is framed and what becomes of the connection.
    package struct ResponseStyle: Sendable {
        package var framing: BodyFraming
        package var keepsAlive: Bool
        package var isOldClient: Bool

        package init(framing: BodyFraming, keepsAlive: Bool, isOldClient: Bool) {
            self.framing = framing
            self.keepsAlive = keepsAlive
            self.isOldClient = isOldClient
        }
    }

    /// The status line and fields for the client.
    package static func response(
        _ head: ResponseHead, requestID: String, style: ResponseStyle, into output: inout [UInt8]
    ) {
        var text = ByteWriter(capacity: head.fields.bytes.count + roomForOwnFields)
        text.append(literal: "HTTP/1.1 ")
        text.append(decimal: head.status)
        text.append(0x20)
        text.append(head.fields.bytes, head.reason)
        let hopByHop = head.fields.declaredHopByHop
        for field in head.fields.fields {
            switch field.known {
            case .contentLength:
                // Of a response without body (HEAD, 304) the length says what the body would be.
                if style.framing == .none { relay(field, of: head.fields, hopByHop, into: &text) }
            case .requestID: continue
            default: relay(field, of: head.fields, hopByHop, into: &text)
            }
        }
        text.append(literal: "\r\nx-request-id: ")
        text.append(text: requestID)
        switch style.framing {
        case .length(let count):
            text.append(literal: "\r\ncontent-length: ")
            text.append(decimal: count)
        case .chunked: text.append(literal: "\r\ntransfer-encoding: chunked")
        case .none where !head.fields.contains(.contentLength) && head.status != 204 && head.status != 304:
            text.append(literal: "\r\ncontent-length: 0")
        case .none, .untilClose: break
        }
        text.append(literal: end(style))
        text.move(to: &output)
    }

    /// A whole response of our own.
    package static func response(
        status: Int, type: String, body: [UInt8], requestID: String?, keepsAlive: Bool, isOldClient: Bool,
        isBodyless: Bool = false, fields: [(name: String, value: String)] = []
    ) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(256 + body.count)
        output.append(contentsOf: "HTTP/1.1 \(status) \(reason(status))\r\ncontent-type: \(type)".utf8)
        if let requestID { output.append(contentsOf: "\r\nx-request-id: \(requestID)".utf8) }
        for (name, value) in fields { output.append(contentsOf: "\r\n\(name): \(value)".utf8) }
        output.append(contentsOf: "\r\ncontent-length: \(body.count)".utf8)
        let style = ResponseStyle(framing: .length(body.count), keepsAlive: keepsAlive, isOldClient: isOldClient)
        output.append(contentsOf: end(style).description.utf8)
        if !isBodyless { output.append(contentsOf: body) }
        return output
    }

    /// The connection's field and the head's end.
    private static func end(_ style: ResponseStyle) -> StaticString {
        if !style.keepsAlive { return "\r\nconnection: close\r\n\r\n" }
        return style.isOldClient ? "\r\nconnection: keep-alive\r\n\r\n" : "\r\n\r\n"
    }

    private static func relay(
        _ field: HeadFields.Field, of fields: HeadFields, _ hopByHop: [[UInt8]], into text: inout ByteWriter
    ) {
        if field.known.isHopByHop { return }
        for name in hopByHop where fields.bytes.span.equals(name, ignoringCaseAt: field.name) { return }
        text.append(literal: "\r\n")
        text.append(fields.bytes, field.name)
        text.append(literal: ": ")
        text.append(fields.bytes, field.value)
    }

    /// The usual words for a status.
    package static func reason(_ status: Int) -> String {
        switch status {
        case 200: "OK"
        case 400: "Bad Request"
        case 401: "Unauthorized"
        case 404: "Not Found"
        case 405: "Method Not Allowed"
        case 408: "Request Timeout"
        case 413: "Content Too Large"
        case 421: "Misdirected Request"
        case 429: "Too Many Requests"
        case 431: "Request Header Fields Too Large"
        case 500: "Internal Server Error"
        case 501: "Not Implemented"
        case 502: "Bad Gateway"
        case 503: "Service Unavailable"
        case 504: "Gateway Timeout"
        case 505: "HTTP Version Not Supported"
        default: "Status"
        }
    }
}
