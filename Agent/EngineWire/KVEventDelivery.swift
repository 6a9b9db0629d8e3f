/// One batch as it came from an engine, not yet decoded.
package struct KVEventMessage: Sendable, Hashable {
    /// What the follower was told to call the engine's rank.
    package var follower: Int
    package var topic: String
    /// From 0 for each life of the publisher, without gaps.
    package var sequence: UInt64
    /// A `KVEventBatch`.
    package var payload: [UInt8]
    /// It was asked for again, rather than seen live.
    package var isReplay: Bool
}

/// What a subscription hands over.
package enum KVEventDelivery: Sendable, Hashable {
    case message(KVEventMessage)
    /// A replay that was asked for is over; when not complete, the engine did not answer in time.
    case replayEnded(follower: Int, isComplete: Bool)
    /// A message that does not have the three parts of an event.
    case malformed(follower: Int)
    /// The subscription could not begin: the endpoint is not one, or its port is taken.
    case failed(follower: Int, ZMQError)
}

/// The framing of event messages, live and replayed.
enum KVEventFrames {
    /// In place of a sequence number at the end of a replay.
    static let endMarker = [UInt8](repeating: 0xFF, count: 8)

    static func sequenceBytes(_ sequence: UInt64) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: sequence >> UInt64(56 - $0 * 8)) }
    }

    static func sequence(_ bytes: [UInt8]) -> UInt64? {
        guard bytes.count == 8 else { return nil }
        return bytes.reduce(0) { $0 << 8 | UInt64($1) }
    }

    static func live(_ parts: [[UInt8]], follower: Int) -> KVEventDelivery {
        guard parts.count == 3, let sequence = sequence(parts[1]) else { return .malformed(follower: follower) }
        return .message(
            KVEventMessage(
                follower: follower, topic: String(decoding: parts[0], as: UTF8.self), sequence: sequence,
                payload: parts[2], isReplay: false))
    }

    /// A reply of the replay socket: `["", seq, payload]` up to vLLM 0.25, `["", topic, seq, payload]` after.
    static func replayed(_ parts: [[UInt8]], follower: Int) -> KVEventDelivery {
        guard (3...4).contains(parts.count), parts[0].isEmpty else { return .malformed(follower: follower) }
        let mark = parts[parts.count - 2]
        if mark == endMarker { return .replayEnded(follower: follower, isComplete: true) }
        guard let sequence = sequence(mark) else { return .malformed(follower: follower) }
        let topic = parts.count == 4 ? String(decoding: parts[1], as: UTF8.self) : ""
        return .message(
            KVEventMessage(
                follower: follower, topic: topic, sequence: sequence, payload: parts[parts.count - 1], isReplay: true))
    }
}
