import HTTPWire
import NIOCore
import NIOHTTP2

/// Bounds of one HTTP/2 connection. Beyond a limit on a rate the client gets GOAWAY with ENHANCE_YOUR_CALM and its
/// connection ends; a stream too many gets RST_STREAM.
enum HTTP2Limits {
    /// Requests under way at once.
    static let streamsMax = 128
    /// Bytes of a request's fields as HPACK counts them; a larger list ends the connection.
    static let headerListBytesMax = HeadLimits.bytesMax
    /// CONTINUATION frames that follow each other.
    static let continuationsMax = 8
    /// DATA frames without data that follow each other.
    static let emptyDataMax = 4
    /// Requests that a client begins and takes back, in `rateWindow`. Clients that stop reading an answer reset too,
    /// so it is far above what a person or a batch does, and far below what costs engines their time.
    static let resetsMax = 512
    /// PING, SETTINGS and PRIORITY frames in `rateWindow`.
    static let controlFramesMax = 1_024
    /// Malformed requests in `rateWindow`, and of a whole connection.
    static let streamErrorsMax = 256
    static let rateWindow = TimeAmount.seconds(30)
    /// Answers to control frames that wait for a client that does not read.
    static let controlBacklogMax = 2_048
    /// Bytes of request bodies that may be on their way: of one stream, and of the connection.
    static let streamWindow = 262_144
    static let connectionWindow = 1_048_576
    /// Bytes of an answer that wait for the client's window; beyond them nothing is read from the engine until they
    /// fell to the lower bound.
    static let outboundBytesHigh = 32_768
    static let outboundBytesLow = 8_192

    static var connection: NIOHTTP2Handler.ConnectionConfiguration {
        var limits = NIOHTTP2Handler.ConnectionConfiguration()
        limits.initialSettings = [
            HTTP2Setting(parameter: .maxConcurrentStreams, value: streamsMax),
            HTTP2Setting(parameter: .maxHeaderListSize, value: headerListBytesMax),
            HTTP2Setting(parameter: .initialWindowSize, value: streamWindow),
        ]
        limits.maximumSequentialContinuationFrames = continuationsMax
        limits.maximumSequentialEmptyDataFrames = emptyDataMax
        limits.maximumBufferedControlFrames = controlBacklogMax
        limits.maximumConnectionGlitches = streamErrorsMax
        limits.targetWindowSize = connectionWindow
        limits.controlFrameRateLimit.maximumCount = controlFramesMax
        limits.controlFrameRateLimit.windowLength = rateWindow
        return limits
    }

    static var stream: NIOHTTP2Handler.StreamConfiguration {
        var limits = NIOHTTP2Handler.StreamConfiguration()
        limits.targetWindowSize = streamWindow
        limits.outboundBufferSizeHighWatermark = outboundBytesHigh
        limits.outboundBufferSizeLowWatermark = outboundBytesLow
        limits.streamResetFrameRateLimit.maximumCount = resetsMax
        limits.streamResetFrameRateLimit.windowLength = rateWindow
        limits.streamErrorRateLimit.maximumCount = streamErrorsMax
        limits.streamErrorRateLimit.windowLength = rateWindow
        return limits
    }
}
