/// The head of one request: its own copy of the bytes, and where in them things stand. It never changes.
package final class RequestHead: Sendable {
    /// Methods that are told apart.
    package enum Method: Sendable, Hashable { case get, post, head, other }

    package let fields: HeadFields
    package let method: Method
    /// The method as written.
    package let methodRange: Range<Int>
    /// Path and query, without scheme and authority.
    package let target: Range<Int>
    /// The part of `target` before `?`.
    package let path: Range<Int>
    package let framing: BodyFraming
    /// HTTP/1.0 instead of HTTP/1.1.
    package let isOld: Bool
    /// The client wants the connection to stay open after the response.
    package let keepsAlive: Bool
    /// The client waits for `100 Continue` before it sends the body.
    package let expectsContinue: Bool

    private init(
        _ fields: HeadFields, _ line: Line, framing: BodyFraming, keepsAlive: Bool, expectsContinue: Bool
    ) {
        self.fields = fields
        method = line.method
        methodRange = line.methodRange
        target = line.target
        path = line.path
        isOld = line.isOld
        self.framing = framing
        self.keepsAlive = keepsAlive
        self.expectsContinue = expectsContinue
    }

    package var methodText: String {
        switch method {
        case .post: "POST"
        case .get: "GET"
        case .head: "HEAD"
        case .other: fields.text(methodRange)
        }
    }
    package var targetText: String { fields.text(target) }
    package var pathText: String {
        let bytes = fields.bytes
        return Self.pathNumbers.index(bytes.span, path, isFolded: false).map { Self.paths[$0] } ?? fields.text(path)
    }

    /// Paths that most requests are for, whose text is there already.
    private static let paths = [
        "/v1/chat/completions", "/v1/completions", "/v1/embeddings", "/v1/responses", "/v1/messages", "/v1/rerank",
        "/v1/score", "/v1/models", "/tokenize", "/detokenize",
    ]
    private static let pathNumbers = NameTable(paths)

    /// What follows `?` in the target, without it.
    package var queryText: String {
        path.upperBound < target.upperBound ? fields.text(path.upperBound + 1..<target.upperBound) : ""
    }

    /// Parses a complete head, its final empty line included.
    package static func parse(_ bytes: Span<UInt8>) throws(HTTPViolation) -> RequestHead {
        let line = try requestLine(bytes)
        let parsed = try FieldParser.fields(bytes, from: line.end)
        let fields = HeadFields(bytes: bytes.copied, fields: parsed)
        let isChunked = try FieldParser.isChunked(fields)
        let length = try FieldParser.length(fields)
        if isChunked && line.isOld { throw .unsupportedTransferCoding }
        let hosts = parsed.count { $0.known == .host }
        if hosts > 1 { throw .repeatedHost }
        if hosts == 0 && !line.isOld { throw .missingHost }
        return RequestHead(
            fields, line, framing: isChunked ? .chunked : length.map { $0 == 0 ? .none : .length($0) } ?? .none,
            keepsAlive: line.isOld ? fields.lists("keep-alive", in: .connection) : !fields.closes,
            expectsContinue: !line.isOld && fields.lists("100-continue", in: .expect))
    }

    private struct Line {
        var method: Method
        var methodRange: Range<Int>
        var target: Range<Int>
        var path: Range<Int>
        var isOld: Bool
        var end: Int
    }

    private static func requestLine(_ bytes: Span<UInt8>) throws(HTTPViolation) -> Line {
        var position = 0
        while FieldParser.isToken(bytes[position]) { position += 1 }
        let method = 0..<position
        guard !method.isEmpty, method.count <= 32, bytes[position] == 0x20 else { throw .malformedRequestLine }
        position += 1
        let start = position
        var query: Int?
        while bytes[position] > 0x20, bytes[position] < 0x7F {
            if query == nil, bytes[position] == UInt8(ascii: "?") { query = position }
            position += 1
        }
        let target = start..<position
        guard !target.isEmpty, bytes[position] == 0x20 else { throw .malformedRequestLine }
        let isOld = try version(bytes, at: position + 1)
        guard bytes[position + 9] == 0x0D, bytes[position + 10] == 0x0A else { throw .malformedRequestLine }
        let origin = try originForm(bytes, target)
        return Line(
            method: known(bytes, method), methodRange: method, target: origin,
            path: origin.lowerBound..<max(origin.lowerBound, query ?? origin.upperBound), isOld: isOld,
            end: position + 11)
    }

    private static func known(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Method {
        // The method as a number: no more than four letters count.
        guard range.count <= 4 else { return .other }
        switch range.reduce(UInt32(0), { $0 << 8 | UInt32(bytes[$1]) }) {
        case 0x504F_5354: return .post
        case 0x47_4554: return .get
        case 0x4845_4144: return .head
        default: return .other
        }
    }

    private static let protocolName = ByteSearch.word("HTTP/1.1")

    /// True for HTTP/1.0.
    static func version(_ bytes: Span<UInt8>, at start: Int) throws(HTTPViolation) -> Bool {
        guard start + 10 <= bytes.count else { throw .malformedRequestLine }
        let word = ByteSearch.word(bytes, start)
        // Little-endian, so the first five letters are the low five bytes, and the minor version is the top one.
        guard word & 0xFF_FFFF_FFFF == Self.protocolName & 0xFF_FFFF_FFFF else { throw .malformedRequestLine }
        guard word & 0xFF_FFFF_FFFF_FFFF == Self.protocolName & 0xFF_FFFF_FFFF_FFFF else { throw .unsupportedVersion }
        switch bytes[start + 7] {
        case UInt8(ascii: "1"): return false
        case UInt8(ascii: "0"): return true
        default: throw .unsupportedVersion
        }
    }

    /// The path and query of a target; of an absolute one what follows the authority.
    private static func originForm(_ bytes: Span<UInt8>, _ target: Range<Int>) throws(HTTPViolation) -> Range<Int> {
        let first = bytes[target.lowerBound]
        if first == UInt8(ascii: "/") || (first == UInt8(ascii: "*") && target.count == 1) { return target }
        var slashes = 0
        for index in target where bytes[index] == UInt8(ascii: "/") {
            slashes += 1
            if slashes == 3 { return index..<target.upperBound }
        }
        throw .malformedRequestLine
    }
}

extension HeadFields {
    var closes: Bool { lists("close", in: .connection) }
}

extension Span<UInt8> {
    /// The bytes as an array of their own.
    package var copied: [UInt8] {
        var copy: [UInt8] = []
        copy.append(self)
        return copy
    }
}
