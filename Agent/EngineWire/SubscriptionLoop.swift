import CZeroMQ

/// The body of the subscriber's thread; owns every socket.
struct SubscriptionLoop {
    private struct Replay {
        var socket: ZMQSocket
        var lastActivity: ContinuousClock.Instant
    }

    private let context: ZMQContext
    private let inbox: SubscriberInbox
    private let handler: @Sendable ([KVEventDelivery]) -> Void
    private var sources: [Int: KVEventSubscriber.Source] = [:]
    private var live: [Int: ZMQSocket] = [:]
    private var replays: [Int: Replay] = [:]
    /// Replays that wait for a place, oldest first; one a follower.
    private var waiting: [(follower: Int, sequence: UInt64)] = []
    private var deliveries: [KVEventDelivery] = []

    init(
        context: ZMQContext, inbox: SubscriberInbox, handler: @escaping @Sendable ([KVEventDelivery]) -> Void
    ) {
        self.context = context
        self.inbox = inbox
        self.handler = handler
    }

    mutating func run() {
        while true {
            for command in inbox.take() {
                if case .stop = command { return }
                obey(command)
            }
            startReplays()
            let liveSockets = Array(live)
            let replaySockets = Array(replays)
            let ready = ZMQPoll.wait(
                liveSockets.map(\.value) + replaySockets.map(\.value.socket), wakeUp: inbox.wakeUp,
                milliseconds: deliveries.isEmpty ? untilNextDeadline() : 0)
            for position in ready {
                if position < liveSockets.count {
                    drainLive(liveSockets[position].key, liveSockets[position].value)
                } else {
                    drainReplay(replaySockets[position - liveSockets.count].key)
                }
            }
            endIdleReplays()
            deliver()
        }
    }

    private mutating func obey(_ command: KVEventSubscriber.Command) {
        switch command {
        case .follow(let follower, let source): follow(follower, source)
        case .unfollow(let follower): unfollow(follower)
        case .replay(let follower, let sequence):
            replays[follower] = nil
            waiting.removeAll { $0.follower == follower }
            waiting.append((follower, sequence))
        case .stop: break
        }
    }

    private mutating func follow(_ follower: Int, _ source: KVEventSubscriber.Source) {
        unfollow(follower)
        sources[follower] = source
        do {
            let socket = try ZMQSocket(ZMQ_SUB, in: context)
            socket.set(ZMQ_RCVHWM, KVEventSubscriber.messagesQueuedMax)
            socket.set(ZMQ_RECONNECT_IVL, Int32(50))
            socket.set(ZMQ_RECONNECT_IVL_MAX, Int32(1000))
            socket.subscribe(source.topicPrefix)
            if source.isBoundHere { try socket.bind(source.endpoint) } else { try socket.connect(source.endpoint) }
            live[follower] = socket
        } catch {
            deliveries.append(.failed(follower: follower, error))
        }
    }

    private mutating func unfollow(_ follower: Int) {
        sources[follower] = nil
        live[follower] = nil
        replays[follower] = nil
        waiting.removeAll { $0.follower == follower }
    }

    private mutating func startReplays() {
        while replays.count < KVEventSubscriber.replaysMax, !waiting.isEmpty {
            let (follower, sequence) = waiting.removeFirst()
            guard let endpoint = sources[follower]?.replayEndpoint,
                let socket = try? ZMQSocket(ZMQ_DEALER, in: context)
            else {
                deliveries.append(.replayEnded(follower: follower, isComplete: false))
                continue
            }
            socket.set(ZMQ_RCVHWM, Int32(0))
            guard (try? socket.connect(endpoint)) != nil, socket.send([[], KVEventFrames.sequenceBytes(sequence)])
            else {
                deliveries.append(.replayEnded(follower: follower, isComplete: false))
                continue
            }
            replays[follower] = Replay(socket: socket, lastActivity: .now)
        }
    }

    private mutating func drainLive(_ follower: Int, _ socket: ZMQSocket) {
        for _ in 0..<KVEventSubscriber.deliveriesMax {
            guard let parts = socket.receive() else { return }
            deliveries.append(KVEventFrames.live(parts, follower: follower))
        }
    }

    private mutating func drainReplay(_ follower: Int) {
        guard let socket = replays[follower]?.socket else { return }
        replays[follower]?.lastActivity = .now
        for _ in 0..<KVEventSubscriber.deliveriesMax {
            guard let parts = socket.receive() else { return }
            let delivery = KVEventFrames.replayed(parts, follower: follower)
            deliveries.append(delivery)
            if case .replayEnded = delivery {
                replays[follower] = nil
                return
            }
        }
    }

    private mutating func endIdleReplays() {
        let now = ContinuousClock.now
        for (follower, replay) in replays where replay.lastActivity + KVEventSubscriber.replayIdleMax <= now {
            replays[follower] = nil
            deliveries.append(.replayEnded(follower: follower, isComplete: false))
        }
    }

    /// Milliseconds until the first running replay would be idle too long; -1 when none runs.
    private func untilNextDeadline() -> Int {
        guard let oldest = replays.values.map(\.lastActivity).min() else { return -1 }
        let left = oldest + KVEventSubscriber.replayIdleMax - .now
        return max(0, Int(left / .milliseconds(1)) + 1)
    }

    private mutating func deliver() {
        guard !deliveries.isEmpty else { return }
        let ready = deliveries
        deliveries = []
        for start in stride(from: 0, to: ready.count, by: KVEventSubscriber.deliveriesMax) {
            handler(Array(ready[start..<min(start + KVEventSubscriber.deliveriesMax, ready.count)]))
        }
    }
}
