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
        /// Messages queued for one slow subscriber.
        package var queuedMax: Int32 = 100_000

        package init(endpoint: String, replayEndpoint: String? = nil) {
            self.endpoint = endpoint
            self.replayEndpoint = replayEndpoint
            isBound = KVEventEndpoint.isBoundByEngine(endpoint)
        }
    }

    private struct Live {
        /// Used by whoever holds the lock, one thread at a time; nil once closed.
        var socket: ZMQSocket?
    }

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
        let socket = try ZMQSocket(ZMQ_PUB, in: context)
        socket.set(ZMQ_SNDHWM, configuration.queuedMax)
        if configuration.isBound {
            try socket.bind(configuration.endpoint)
        } else {
            try socket.connect(configuration.endpoint)
        }
        endpoint = socket.lastEndpoint
        live = Mutex(Live(socket: socket))
        let topic = topic
        let kept = kept
        replayServer = try configuration.replayEndpoint.map { endpoint throws(ZMQError) in
            try ReplayServer(endpoint: endpoint, topic: topic, kept: kept, context: context)
        }
    }

    /// Sends one batch to every subscriber and keeps it; answers its sequence number.
    @discardableResult
    package func publish(_ payload: [UInt8]) -> UInt64 {
        live.withLock { live in
            let sequence = kept.append(payload)
            live.socket?.send([topic, KVEventFrames.sequenceBytes(sequence), payload])
            return sequence
        }
    }

    /// Keeps one batch without sending it: the live socket lost it, as it does for a subscriber that is too slow.
    @discardableResult
    package func lose(_ payload: [UInt8]) -> UInt64 { live.withLock { _ in kept.append(payload) } }

    /// Closes both sockets; nothing is published from then on. Call it once.
    package func close() {
        live.withLock { $0.socket = nil }
        replayServer?.stop()
    }
}
