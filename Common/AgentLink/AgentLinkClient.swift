package import AgentProtocol
import CZeroMQ
import Glibc
package import Logging
package import Observability
import ServiceLifecycle
import Synchronization

/// The agent's end of the links to every coordinator: each gets every report, by its own stream.
///
/// `send` never waits: reports are kept, bounded and merged, for each coordinator until it has them; a coordinator that
/// stays away too long gets a snapshot instead.
package final class AgentLinkClient: Service, ReportSink {
    private let shared: OutboxSet
    private let control: LinkControl
    private let makeLoop: @Sendable () throws(LinkError) -> ClientLoop

    /// `endpoints` are `tcp://HOST:PORT`, one a coordinator replica, all with the key `coordinatorKey`. `snapshot`
    /// gives reports that rebuild everything, `piece` a piece of files that were announced; both are called on the
    /// link's thread. `relay` is shared by all links of an agent.
    package init(
        _ description: AgentDescription, endpoints: [String], coordinatorKey: String, keys: CurveKeys,
        metrics: MetricsRegistry, logger: Logger, relay: WorkRelay = WorkRelay(),
        snapshot: @escaping @Sendable () -> [Report],
        piece: @escaping @Sendable (ModelFilesPlace) -> ModelFilesPiece = { .init(place: $0, total: 0, bytes: []) }
    ) throws(LinkError) {
        for endpoint in endpoints where !LinkOptions.isEndpoint(endpoint) { throw .badEndpoint(endpoint) }
        guard CurveKeys.isKey(coordinatorKey) else { throw .badKey(name: "The coordinator's public key") }
        guard unsafe zmq_has("curve") == 1 else { throw .noEncryption }
        let control = try LinkControl()
        let shared = OutboxSet(endpoints.map { _ in Outbox(description) })
        let metrics = LinkMetrics(metrics)
        self.control = control
        self.shared = shared
        makeLoop = { () throws(LinkError) -> ClientLoop in
            let context = try ZeroMQContext()
            let dialers = endpoints.enumerated().map { number, endpoint in
                Dialer(
                    context: context, number: number, endpoint: endpoint, serverKey: coordinatorKey, keys: keys)
            }
            return ClientLoop(
                context: context, dialers: dialers, outboxes: shared, control: control, metrics: metrics,
                logger: logger, relay: relay, snapshot: snapshot, piece: piece)
        }
    }

    /// An epoch for a new life of an agent: nanoseconds of the wall clock, so later lives have larger ones.
    package static func newEpoch() -> UInt64 {
        var time = timespec()
        unsafe _ = clock_gettime(CLOCK_REALTIME, &time)
        return UInt64(max(0, time.tv_sec)) &* 1_000_000_000 &+ UInt64(max(0, time.tv_nsec))
    }

    /// Coordinators that currently listen.
    package var connectedCount: Int { shared.openCount }

    /// Every coordinator has acknowledged everything that was told.
    package var isIdle: Bool { shared.isIdle }

    package func send(_ report: Report) {
        shared.add(report)
        control.wake.signal()
    }

    /// Dials until cancelled or shut down gracefully, then says goodbye; once.
    package func run() async throws {
        precondition(control.start(), "AgentLinkClient runs once")
        let control = control
        let prepared = try makeLoop()
        try await withTaskCancellationOrGracefulShutdownHandler {
            try await LinkThread.run {
                var loop = prepared
                loop.run()
            }
        } onCancelOrGracefulShutdown: {
            control.stop()
        }
    }
}

/// The outboxes of one agent, one a coordinator; told to by any thread, emptied by the link's.
final class OutboxSet: Sendable {
    private let outboxes: Mutex<[Outbox]>

    init(_ outboxes: [Outbox]) { self.outboxes = Mutex(outboxes) }

    var openCount: Int { outboxes.withLock { $0.count { $0.isOpen } } }

    var isIdle: Bool { outboxes.withLock { $0.allSatisfy { $0.isIdle } } }

    func add(_ report: Report) {
        outboxes.withLock { outboxes in
            for index in outboxes.indices { outboxes[index].add(report) }
        }
    }

    func with<Result: Sendable>(_ index: Int, _ body: (inout Outbox) -> Result) -> Result {
        outboxes.withLock { body(&$0[index]) }
    }
}
