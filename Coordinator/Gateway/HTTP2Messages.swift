import HTTPWire
import NIOCore
import NIOHPACK

extension RequestHead {
    /// The head that an HTTP/2 request begins with.
    static func of(_ headers: HPACKHeaders) throws(HTTPViolation) -> RequestHead {
        var fields: [(name: String, value: String)] = []
        var method = ""
        var target = ""
        var authority: String?
        for (name, value, _) in headers {
            switch name {
            case ":method": method = value
            case ":path": target = value
            case ":authority": authority = value
            default: if !name.hasPrefix(":") { fields.append((name, value)) }
            }
        }
        return try RequestHead.of(method: method, target: target, authority: authority, fields: fields)
    }
}

extension HPACKHeaders {
    /// The fields of an answer, without those that are about an HTTP/1.1 connection.
    init(_ head: ResponseHead) {
        self.init()
        reserveCapacity(head.fields.fields.count + 1)
        add(name: ":status", value: String(head.status))
        add(head.fields)
    }

    /// Fields that end an answer, without those that only a head may have.
    init(trailers fields: HeadFields) {
        self.init()
        var fields = fields
        fields.leaveOut([.contentLength, .host, .contentType])
        add(fields)
    }

    private mutating func add(_ fields: HeadFields) {
        for field in fields.fields where !field.known.isHopByHop {
            add(name: fields.text(field.name).lowercased(), value: fields.text(field.value))
        }
    }
}

/// Reads the answer of an exchange, which is written as HTTP/1.1 has it, as the parts that HTTP/2 sends.
struct HTTP2Answer {
    /// What a piece of the answer holds.
    struct Parts {
        var head: HPACKHeaders?
        var data: ByteBuffer?
        var trailers: HPACKHeaders?
        var isEnd = false
    }

    private var reader: ResponseReader
    private var rest = ByteBuffer()
    /// What was read since the last data, which ends with the trailers. Its reader bounds it.
    private var framing: [UInt8] = []
    private(set) var isComplete = false

    init(isBodyless: Bool) { reader = ResponseReader(isBodyless: isBodyless) }

    mutating func take(_ piece: ByteBuffer) throws(HTTPViolation) -> Parts {
        var bytes = piece
        if rest.readableBytes > 0 {
            rest.writeImmutableBuffer(piece)
            bytes = rest
            rest = ByteBuffer()
        }
        var parts = Parts()
        var position = 0
        var framingStart = 0
        reading: while let event = try reader.next(in: bytes.readableBytesUInt8Span, from: &position) {
            switch event {
            case .head(let head):
                parts.head = HPACKHeaders(head)
                framing = []
                framingStart = position
            case .body(let range):
                framing = []
                framingStart = range.upperBound
                guard let slice = bytes.getSlice(at: bytes.readerIndex + range.lowerBound, length: range.count) else {
                    continue
                }
                // Several chunks that came together go out as one frame.
                if parts.data?.writeImmutableBuffer(slice) == nil { parts.data = slice }
            case .end:
                parts.isEnd = true
                isComplete = true
                break reading
            }
        }
        if framingStart < position {
            framing += bytes.getBytes(at: bytes.readerIndex + framingStart, length: position - framingStart) ?? []
        }
        if isComplete { parts.trailers = try HeadFields.trailers(in: framing.span).map { HPACKHeaders(trailers: $0) } }
        if !isComplete, position < bytes.readableBytes {
            bytes.moveReaderIndex(forwardBy: position)
            rest = bytes
        }
        return parts
    }
}
