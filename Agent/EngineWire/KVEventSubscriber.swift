import Synchronization

/// Follows the KV events of any number of engines on one thread.
///
/// A subscription may begin before its engine exists and outlives the engine's restarts: libzmq dials again by itself.
/// 1. `handler` is called on the subscriber's own thread only, with no lock held, and not after `stop` returned.
/// 2. At most `messagesQueuedMax` messages wait for each engine. When that is full the engine's socket drops new ones,
///    which shows as a gap in the sequence; `replay` brings them back.
/// 3. A replay is one more socket for as long as it runs; its batches may come between live ones.
/// 4. At most `replaysMax` replays run at once; others wait. One follower has at most one, the latest asked for.
package final class KVEventSubscriber: Sendable {
    /// Messages kept for one engine while the handler is busy.
    package static let messagesQueuedMax: Int32 = 10_000
    /// Messages handed over in one call.
    package static let deliveriesMax = 256
    /// Replays running at once.
    package static let replaysMax = 8
    /// A replay that brings nothing for so long is given up.
    package static let replayIdleMax = Duration.seconds(2)

    /// Where the events of one rank come from.
    package struct Source: Sendable, Hashable {
        /// The live socket; bound here when the engine is the one that connects.
        package var endpoint: String
        package var isBoundHere: Bool
        /// The replay socket, if the engine has one.
        package var replayEndpoint: String?
        /// Only topics that begin so.
        package var topicPrefix: String

        package init(
            endpoint: String, isBoundHere: Bool = false, replayEndpoint: String? = nil, topicPrefix: String = ""
        ) {
            self.endpoint = endpoint
            self.isBoundHere = isBoundHere
            self.replayEndpoint = replayEndpoint
            self.topicPrefix = topicPrefix
        }
    }

    enum Command: Sendable {
        case follow(Int, Source)
        case unfollow(Int)
        case replay(Int, from: UInt64)
        case stop
    }

    private let inbox: SubscriberInbox
    private let thread: DedicatedThread

    /// Starts the thread.
    package init(handler: @escaping @Sendable ([KVEventDelivery]) -> Void) throws {
        let context = try ZMQContext()
        let inbox = SubscriberInbox(wakeUp: try WakeUp())
        self.inbox = inbox
        thread = try DedicatedThread {
            var loop = SubscriptionLoop(context: context, inbox: inbox, handler: handler)
            loop.run()
        }
    }

    /// Begins to follow, or follows from another source; the events come marked with `follower`.
    package func follow(_ follower: Int, _ source: Source) { inbox.put(.follow(follower, source)) }

    /// Ends one subscription and its replay.
    package func unfollow(_ follower: Int) { inbox.put(.unfollow(follower)) }

    /// Asks the engine for every batch it still has from `sequence` on; `replayEnded` says when no more will come.
    package func replay(_ follower: Int, from sequence: UInt64) { inbox.put(.replay(follower, from: sequence)) }

    /// Ends the thread and waits for that; call it once, never from the handler.
    package func stop() {
        inbox.put(.stop)
        thread.join()
    }
}

/// Commands on their way to the subscriber's thread.
final class SubscriberInbox: Sendable {
    let wakeUp: WakeUp
    private let commands = Mutex<[KVEventSubscriber.Command]>([])

    init(wakeUp: WakeUp) { self.wakeUp = wakeUp }

    func put(_ command: KVEventSubscriber.Command) {
        commands.withLock { $0.append(command) }
        wakeUp.wake()
    }

    func take() -> [KVEventSubscriber.Command] {
        commands.withLock { waiting in
            defer { waiting = [] }
            return waiting
        }
    }
}
