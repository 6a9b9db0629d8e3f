/// Bounds of a message head.
package enum HeadLimits {
    /// Bytes of a head, its final empty line included; a larger one is refused.
    package static let bytesMax = 65_536
    /// Header fields of a head; more are refused.
    package static let fieldsMax = 100
}

/// Field names that this program acts upon.
package enum FieldName: UInt8, Sendable, CaseIterable {
    case other, host, connection, contentLength, transferEncoding, expect, keepAlive, proxyConnection
    case proxyAuthenticate, proxyAuthorization, te, trailer, upgrade, requestID, contentType, date
    case traceParent, traceState

    /// The name in lower case.
    package var text: String {
        switch self {
        case .other: ""
        case .host: "host"
        case .connection: "connection"
        case .contentLength: "content-length"
        case .transferEncoding: "transfer-encoding"
        case .expect: "expect"
        case .keepAlive: "keep-alive"
        case .proxyConnection: "proxy-connection"
        case .proxyAuthenticate: "proxy-authenticate"
        case .proxyAuthorization: "proxy-authorization"
        case .te: "te"
        case .trailer: "trailer"
        case .upgrade: "upgrade"
        case .requestID: "x-request-id"
        case .contentType: "content-type"
        case .date: "date"
        case .traceParent: "traceparent"
        case .traceState: "tracestate"
        }
    }

    /// Meant for the next hop only (RFC 9110 §7.6.1), so never relayed.
    package var isHopByHop: Bool {
        switch self {
        case .connection, .transferEncoding, .keepAlive, .proxyConnection, .proxyAuthenticate, .proxyAuthorization, .te,
            .trailer, .upgrade:
            true
        case .other, .host, .contentLength, .expect, .requestID, .contentType, .date, .traceParent, .traceState: false
        }
    }

    private static let names = NameTable(allCases.map(\.text))

    static func known(_ bytes: Span<UInt8>, _ range: Range<Int>) -> FieldName {
        names.index(bytes, range, isFolded: true).map { FieldName(rawValue: UInt8($0)) ?? .other } ?? .other
    }
}

/// The header fields of a message, with the bytes of its whole head, which they are ranges of.
package struct HeadFields: Sendable {
    /// Where one field stands, and which it is.
    package struct Field: Sendable {
        package let known: FieldName
        // Small, since each head has a list of them; a head has no more than `HeadLimits.bytesMax`.
        private let nameStart: UInt32
        private let nameEnd: UInt32
        private let valueStart: UInt32
        private let valueEnd: UInt32

        init(known: FieldName, name: Range<Int>, value: Range<Int>) {
            self.known = known
            nameStart = UInt32(name.lowerBound)
            nameEnd = UInt32(name.upperBound)
            valueStart = UInt32(value.lowerBound)
            valueEnd = UInt32(value.upperBound)
        }

        package var name: Range<Int> { Int(nameStart)..<Int(nameEnd) }
        package var value: Range<Int> { Int(valueStart)..<Int(valueEnd) }
    }

    package internal(set) var bytes: [UInt8]
    package internal(set) var fields: [Field]

    /// The value of the first field of this name, or nil.
    package func first(_ name: FieldName) -> String? {
        fields.first { $0.known == name }.map { text($0.value) }
    }

    /// The value of the first field of this name, which is compared without case, or nil.
    package func first(named name: String) -> String? {
        let wanted = Array(name.lowercased().utf8)
        return fields.first { bytes.span.equals(wanted, ignoringCaseAt: $0.name) }.map { text($0.value) }
    }

    package func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }

    /// Takes out every field of these names.
    package mutating func leaveOut(_ names: Set<FieldName>) { fields.removeAll { names.contains($0.known) } }

    func contains(_ name: FieldName) -> Bool { fields.contains { $0.known == name } }

    /// A field of this name has `token`, which is in lower case, among its comma-separated values.
    func lists(_ token: String, in name: FieldName) -> Bool {
        for field in fields where field.known == name {
            var start = field.value.lowerBound
            while start <= field.value.upperBound {
                let rest = bytes[start..<field.value.upperBound]
                let end = rest.firstIndex(of: UInt8(ascii: ",")) ?? rest.endIndex
                let item = bytes[start..<end].trimmed
                if bytes.span.equals(Array(token.utf8), ignoringCaseAt: item.startIndex..<item.endIndex) { return true }
                start = end + 1
            }
        }
        return false
    }

    /// Names that the Connection fields declare meant for the next hop, in lower case, besides the usual ones.
    var declaredHopByHop: [[UInt8]] {
        var names: [[UInt8]] = []
        for field in fields where field.known == .connection {
            for name in text(field.value).lowercased().split(separator: ",") {
                let name = name.trimmed
                if !name.isEmpty && name != "close" && name != "keep-alive" { names.append(Array(name.utf8)) }
            }
        }
        return names
    }
}

extension Substring {
    /// Without the spaces and tabs at both ends.
    var trimmed: Substring {
        var text = self
        while let first = text.first, first == " " || first == "\t" { text.removeFirst() }
        while let last = text.last, last == " " || last == "\t" { text.removeLast() }
        return text
    }
}

extension ArraySlice<UInt8> {
    /// Without the spaces and tabs at both ends.
    var trimmed: ArraySlice<UInt8> {
        var bytes = self
        while let first = bytes.first, first == 0x20 || first == 0x09 { bytes.removeFirst() }
        while let last = bytes.last, last == 0x20 || last == 0x09 { bytes.removeLast() }
        return bytes
    }
}

extension Span<UInt8> {
    /// The bytes of `range` are `lowercase` when ASCII capitals count as small letters.
    func equals(_ lowercase: [UInt8], ignoringCaseAt range: Range<Int>) -> Bool {
        guard range.count == lowercase.count else { return false }
        for offset in 0..<range.count {
            let byte = self[range.lowerBound + offset]
            let folded = byte >= 0x41 && byte <= 0x5A ? byte | 0x20 : byte
            if folded != lowercase[offset] { return false }
        }
        return true
    }
}
