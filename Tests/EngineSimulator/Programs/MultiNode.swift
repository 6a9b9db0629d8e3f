import JSONValues
package import Logging
import NIOCore
import ServiceLifecycle
import Synchronization

/// The port on which a leader gathers its workers, Ray's.
private let gatheringPort = 6379

/// A server over several nodes: waits for its workers, then serves; ends with an error when one of them goes.
package struct MultiNodeLeader: Service {
    private let host: String
    private let port: Int
    private let workers: Int
    private let logger: Logger
    private let onListening: @Sendable (Int) -> Void
    private let serve: @Sendable () async throws -> Void

    /// Gathers `workers` ≥ 1 on `host` (the pod's own address); `serve` runs once they are there.
    package init(
        host: String, port: Int? = nil, workers: Int, logger: Logger,
        onListening: @escaping @Sendable (Int) -> Void = { _ in }, serve: @escaping @Sendable () async throws -> Void
    ) {
        self.onListening = onListening
        self.host = host
        self.port = port ?? gatheringPort
        self.workers = workers
        self.logger = logger
        self.serve = serve
    }

    package func run() async throws {
        let (complete, completed) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let (losses, lost) = AsyncStream.makeStream(of: Int.self, bufferingPolicy: .bufferingNewest(1))
        let joined = Mutex(0)
        let count: @Sendable (Int) -> Void = { change in
            let (before, after) = joined.withLock { joined in
                joined += change
                return (joined - change, joined)
            }
            if after == workers, after > before { completed.yield() }
            if before == workers, after < before { lost.yield(after) }
        }
        try await withGracefulShutdownHandler {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await gather(count) }
                group.addTask { try await serve(once: complete) }
                group.addTask {
                    for await left in losses {
                        throw SimulatorError("a worker has gone: \(left) of \(workers) are left")
                    }
                }
                try await group.next()
                group.cancelAll()
            }
        } onGracefulShutdown: {
            completed.finish()
        }
    }

    private func serve(once complete: AsyncStream<Void>) async throws {
        for await _ in complete { return try await serve() }
    }

    private func gather(_ count: @escaping @Sendable (Int) -> Void) async throws {
        do {
            try await LineChannel.listen(
                host: host, port: port,
                onListening: { port in
                    logger.info("Waiting for workers", metadata: ["port": "\(port)", "workers": "\(workers)"])
                    onListening(port)
                },
                serve: { lines in
                    guard try await lines.next()?["join"]?.bool == true else { return }
                    count(1)
                    defer { count(-1) }
                    try await lines.send(["joined": true])
                    while try await lines.next() != nil {}
                })
        } catch let error as IOError {
            throw SimulatorError.cannotListen("the leader", host, port, error, "end what listens there")
        }
    }
}

/// A node of a server over several nodes: joins its leader and stays until that goes.
package struct MultiNodeWorker: Service {
    /// Between attempts to reach a leader that is not there yet.
    static let retryInterval = Duration.milliseconds(500)
    /// Without a leader for so long the worker gives up, as the script of the image does.
    static let joiningMax = Duration.seconds(600)

    private let leader: String
    private let port: Int
    private let logger: Logger

    package init(leader: String, port: Int? = nil, logger: Logger) {
        self.leader = leader
        self.port = port ?? gatheringPort
        self.logger = logger
    }

    /// Ends without error on graceful shutdown only.
    package func run() async throws {
        let isOver = try await cancelWhenGracefulShutdown {
            do {
                try await stay()
                return false
            } catch is CancellationError {
                return true
            }
        }
        if !isOver, !Task.isCancelled { throw SimulatorError("the leader \(leader) has gone") }
    }

    private func stay() async throws {
        let deadline = ContinuousClock.now + Self.joiningMax
        while true {
            do {
                return try await LineChannel.withConnection(host: leader, port: port, timeout: .seconds(5)) { lines in
                    try await lines.send(["join": true])
                    guard try await lines.next() != nil else { throw SimulatorError("the leader hung up") }
                    logger.info("Joined leader", metadata: ["leader": "\(leader)"])
                    while try await lines.next() != nil {}
                }
            } catch {
                try Task.checkCancellation()
                guard ContinuousClock.now < deadline else { throw error }
                try await Task.sleep(for: Self.retryInterval)
            }
        }
    }
}
