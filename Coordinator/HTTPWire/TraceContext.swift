/// The trace that a request belongs to and the span it was sent from: `traceparent` of W3C Trace Context.
///
/// 1. Neither the trace's id nor the span's is zero.
package struct TraceContext: Sendable, Hashable {
    /// The two halves of the trace's id.
    package let high: UInt64
    package let low: UInt64
    package let span: UInt64
    /// Whoever sent it records the trace.
    package let isSampled: Bool

    /// The beginning of a new trace, which is recorded; made of three random numbers.
    package init(high: UInt64, low: UInt64, span: UInt64) {
        self.init(high: high, low: low == 0 ? 1 : low, span: span == 0 ? 1 : span, isSampled: true)
    }

    private init(high: UInt64, low: UInt64, span: UInt64, isSampled: Bool) {
        self.high = high
        self.low = low
        self.span = span
        self.isSampled = isSampled
    }

    /// Reads a field's value; nil where the recommendation calls it invalid. Of a later version the part is read that
    /// it shares with the first.
    package init?(_ value: ArraySlice<UInt8>) {
        let dashes = [2, 35, 52]
        guard value.count >= Self.length, dashes.allSatisfy({ value[value.startIndex + $0] == UInt8(ascii: "-") }),
            let version = Self.number(value, 0, 2), version != 0xFF, let high = Self.number(value, 3, 16),
            let low = Self.number(value, 19, 16), let span = Self.number(value, 36, 16),
            let flags = Self.number(value, 53, 2), high | low != 0, span != 0
        else { return nil }
        if value.count > Self.length {
            guard version != 0, value[value.startIndex + Self.length] == UInt8(ascii: "-") else { return nil }
        }
        self.init(high: high, low: low, span: span, isSampled: flags & 1 == 1)
    }

    private static let length = 55

    /// Small letters alone are digits here.
    private static func number(_ value: ArraySlice<UInt8>, _ offset: Int, _ digits: Int) -> UInt64? {
        var number: UInt64 = 0
        for index in value.startIndex + offset..<value.startIndex + offset + digits {
            switch value[index] {
            case 0x30...0x39: number = number << 4 | UInt64(value[index] - 0x30)
            case 0x61...0x66: number = number << 4 | UInt64(value[index] - 0x57)
            default: return nil
            }
        }
        return number
    }

    /// The same trace from another span.
    package func from(span: UInt64) -> TraceContext {
        TraceContext(high: high, low: low, span: span == 0 ? 1 : span, isSampled: isSampled)
    }

    /// Appends the field's value, in the first version.
    package func append(to output: inout ByteWriter) {
        output.append(literal: "00-")
        appendTraceID(to: &output)
        output.append(UInt8(ascii: "-"))
        output.append(hex: span, digits: 16)
        output.append(literal: isSampled ? "-01" : "-00")
    }

    /// Appends the trace's id, 32 digits.
    package func appendTraceID(to output: inout ByteWriter) {
        output.append(hex: high, digits: 16)
        output.append(hex: low, digits: 16)
    }

    /// The field's value, in the first version.
    package var text: String {
        var value = ByteWriter(capacity: 64)
        append(to: &value)
        return String(decoding: value.bytes, as: UTF8.self)
    }

    /// The trace's id, 32 digits.
    package var traceID: String {
        var digits = ByteWriter(capacity: 64)
        appendTraceID(to: &digits)
        return String(decoding: digits.bytes, as: UTF8.self)
    }

    /// A span's id, 16 digits.
    package static func text(ofSpan span: UInt64) -> String {
        var digits = ByteWriter(capacity: 64)
        digits.append(hex: span, digits: 16)
        return String(decoding: digits.bytes, as: UTF8.self)
    }
}

/// What an upstream is told of a trace in the place of what the client said.
package struct OutgoingTrace: Sendable, Hashable {
    package var context: TraceContext
    /// `tracestate` belongs to the trace that this one replaces.
    package var dropsState: Bool

    package init(_ context: TraceContext, dropsState: Bool = false) {
        self.context = context
        self.dropsState = dropsState
    }
}

extension HeadFields {
    /// What a head says of a trace.
    package enum TraceField: Sendable, Hashable {
        case absent
        /// There is no telling which trace is meant: the value is invalid, or there are several.
        case malformed
        case valid(TraceContext)
    }

    package var trace: TraceField {
        var found: Range<Int>?
        for field in fields where field.known == .traceParent {
            if found != nil { return .malformed }
            found = field.value
        }
        guard let found else { return .absent }
        return TraceContext(bytes[found]).map { .valid($0) } ?? .malformed
    }
}
