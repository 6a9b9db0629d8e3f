/// Why bytes are not the HTTP/1.1 this program accepts. It is strict where two readers of one message could disagree
/// about where the message ends, because that is how requests are smuggled.
package enum HTTPViolation: Error, Sendable, Hashable, CaseIterable {
    case headTooLarge
    case tooManyFields
    case bareLineFeed
    case malformedRequestLine
    case malformedStatusLine
    case unsupportedVersion
    case foldedLine
    case spaceBeforeColon
    case malformedFieldName
    case malformedFieldValue
    case missingHost
    case repeatedHost
    case malformedLength
    case repeatedLength
    case lengthAndTransferCoding
    case unsupportedTransferCoding
    case malformedChunkSize
    case chunkLineTooLong
    case malformedChunk
    case trailerTooLarge

    /// The status a server answers with.
    package var status: Int {
        switch self {
        case .headTooLarge, .tooManyFields, .trailerTooLarge: 431
        case .unsupportedVersion: 505
        case .unsupportedTransferCoding: 501
        default: 400
        }
    }

    /// What is wrong, as the end of a sentence that begins with the message it is about.
    package var reason: String {
        switch self {
        case .headTooLarge: "has a head of more than \(HeadLimits.bytesMax) bytes"
        case .tooManyFields: "has more than \(HeadLimits.fieldsMax) header fields"
        case .bareLineFeed: "ends a line with LF alone instead of CRLF"
        case .malformedRequestLine: "has a request line that is not 'METHOD target HTTP/1.1'"
        case .malformedStatusLine: "has a status line that is not 'HTTP/1.1 code reason'"
        case .unsupportedVersion: "is neither HTTP/1.1 nor HTTP/1.0"
        case .foldedLine: "folds a header field over several lines"
        case .spaceBeforeColon: "has a space between a field name and its colon"
        case .malformedFieldName: "has a header field whose name is empty or no token"
        case .malformedFieldValue: "has a control character in a header field"
        case .missingHost: "has no Host header field"
        case .repeatedHost: "has more than one Host header field"
        case .malformedLength: "has a Content-Length that is not a plain number"
        case .repeatedLength: "has more than one Content-Length"
        case .lengthAndTransferCoding: "has both Content-Length and Transfer-Encoding"
        case .unsupportedTransferCoding: "has a Transfer-Encoding other than 'chunked'"
        case .malformedChunkSize: "has a chunk size that is not a plain hexadecimal number"
        case .chunkLineTooLong: "has a chunk line of more than \(ChunkScanner.lineBytesMax) bytes"
        case .malformedChunk: "has a chunk that does not end where its size says"
        case .trailerTooLarge: "has more than \(ChunkScanner.trailerBytesMax) bytes of trailers"
        }
    }
}
