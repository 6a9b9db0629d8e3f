import CZeroMQ
import Synchronization

/// The engine's side of KV events: a live PUB socket and, if wanted, a ROUTER that repeats what was published.
///
/// 1. Sequence numbers start at 0 and have no gaps; a batch is kept while it is among the last `batchesKeptMax`.
/// 2. Publishing never waits: for a subscriber that is `queuedMax` messages behind, new ones are dropped.
package final class KVEventPublisher: Sendable {
    /// What vLLM's `--kv-events-config` can say of its sockets.
    package struct Configuration: Sendable, Hashable {
        package var endpoint: String
        /// Bind the endpoint rather than connect it; by vLLM's rule unless said otherwise.
        package var isBound: Bool
        /// Always bound; none when nil.
        package var replayEndpoint: String?
        package var topic = ""
        /// Batches the replay socket can repeat.
        package var batchesKeptMax = 10_000
        /// Replies to a replay tell the topic: vLLM 0.26 and later.
        package var repliesWithTopic = true
        /// Messages queued for one slow subscriber.
        package var queuedMax: Int32 = 100_000

        package init(endpoint: String, replayEndpoint: String? = nil) {
            self.endpoint = endpoint
            self.replayEndpoint = replayEndpoint
            isBound = KVEventEndpoint.isBoundByEngine(endpoint)
        }
    }

    /// What becomes of a batch on its way to the subscribers.
    package enum Fate: Sendable, Hashable, CaseIterable {
        case sent
        /// Kept but not sent, as for a subscriber that is too slow.
        case lost
        /// Neither sent nor kept: its number is used up, as when it could not be encoded.
        case unwritten
        case sentTwice
        /// Sent after the next one.
        case late
    }

    private struct Live {
        /// Used by whoever holds the lock, one thread at a time; nil once closed.
        var socket: ZMQSocket?
        /// Batches that leave after the next one.
        var late: [[[UInt8]]] = []
    }

    private let context: ZMQContext
    private let configuration: Configuration

    private let topic: [UInt8]
    private let kept: KeptBatches
    private let live: Mutex<Live>
    private let replayServer: ReplayServer?
    /// The live endpoint, with the port that was really taken.
    package let endpoint: String
    /// The replay endpoint, with the port that was really taken.
    package var replayEndpoint: String? { replayServer?.endpoint }

    package init(_ configuration: Configuration) throws {
        topic = Array(configuration.topic.utf8)
        kept = KeptBatches(max: configuration.batchesKeptMax)
        let context = try ZMQContext()
        self.context = context
        self.configuration = configuration
        let socket = try Self.socket(configuration.endpoint, configuration, context)
        endpoint = socket.lastEndpoint
        live = Mutex(Live(socket: socket))
        let topic = topic
        let kept = kept
        replayServer = try configuration.replayEndpoint.map { endpoint throws(ZMQError) in
            try ReplayServer(
                endpoint: endpoint, topic: configuration.repliesWithTopic ? topic : nil, kept: kept, context: context)
        }
    }

    private static func socket(
        _ endpoint: String, _ configuration: Configuration, _ context: ZMQContext
    ) throws(ZMQError) -> ZMQSocket {
        let socket = try ZMQSocket(ZMQ_PUB, in: context)
        socket.set(ZMQ_SNDHWM, configuration.queuedMax)
        if configuration.isBound { try socket.bind(endpoint) } else { try socket.connect(endpoint) }
        return socket
    }

    /// Sends one batch to every subscriber and keeps it, unless its fate is another; answers its sequence number.
    @discardableResult
    package func publish(_ payload: [UInt8], _ fate: Fate = .sent) -> UInt64 {
        live.withLock { live in
            let sequence = kept.append(fate == .unwritten ? nil : payload)
            let message = [topic, KVEventFrames.sequenceBytes(sequence), payload]
            switch fate {
            case .lost, .unwritten: return sequence
            case .late: live.late.append(message)
            case .sent, .sentTwice:
                live.socket?.send(message)
                if fate == .sentTwice { live.socket?.send(message) }
                for message in live.late { live.socket?.send(message) }
                live.late = []
            }
            return sequence
        }
    }

    /// Cuts every subscriber off; what is published until `mend` is only kept.
    package func cut() { live.withLock { $0.socket = nil } }

    /// Opens the live socket again where it was; subscribers dial again by themselves.
    package func mend() throws {
        try live.withLock { live in live.socket = try Self.socket(endpoint, configuration, context) }
    }

    /// Closes both sockets; nothing is published from then on. Call it once.
    package func close() {
        live.withLock { $0.socket = nil }
        replayServer?.stop()
    }
}
