import NIOCore
import NIOPosix

/// Where a connection leads.
struct UpstreamKey: Sendable, Hashable {
    var host: String
    var port: Int
    /// Nil for plain TCP.
    var tls: UpstreamTLS?
}

/// The connections of one event loop to engines. Everything happens on that loop, so there is no lock.
///
/// 1. The connection used last is used first, so that spare ones grow old and go.
/// 2. A connection that closes while idle leaves the list at once.
final class UpstreamPool: Ticking {
    /// Idle connections kept for one engine.
    static let idleMax = 64
    /// Connections of this loop to one engine, idle and busy; more requests fail over to another engine.
    static let connectionsMax = 1_024
    /// How long a connection may idle. Servers behind vLLM close theirs after 5 s; being earlier avoids meeting that.
    static let idleTimeout = TimeAmount.seconds(4)

    /// Bytes of one read of an engine's answer: what may come beyond what a client's connection holds already.
    static let readBytesMax = 32_768

    private let loop: any EventLoop
    private let timer: LoopTimer
    private let connectTimeout: TimeAmount
    private let tls: UpstreamTLSContexts
    private var lanes: [UpstreamKey: UpstreamLane] = [:]
    /// The lane asked for last; most often the next one too.
    private var last: UpstreamLane?
    private var isTicking = false

    init(loop: any EventLoop, timer: LoopTimer, connectTimeout: Duration, tls: UpstreamTLSContexts) {
        self.tls = tls
        self.loop = loop
        self.timer = timer
        self.connectTimeout = TimeAmount(connectTimeout)
    }

    /// Sends a request over an idle connection or a new one (`isFresh` insists on that). The answer, also of failing to
    /// connect, goes to `leg`.
    func send(_ request: UpstreamRequest, for leg: any UpstreamLeg, isFresh: Bool = false) {
        let lane = lane(request.key)
        if !isFresh {
            while let connection = lane.idle.popLast() {
                guard connection.isOpen else { continue }
                leg.legConnected(connection)
                connection.send(request, for: leg)
                return
            }
        }
        guard lane.count < Self.connectionsMax else {
            leg.legFailed(.tooManyConnections)
            return
        }
        connect(request, lane, for: leg)
    }

    private func lane(_ key: UpstreamKey) -> UpstreamLane {
        if let last, last.key == key { return last }
        let lane = lanes[key] ?? UpstreamLane(key)
        lanes[key] = lane
        last = lane
        return lane
    }

    private func connect(_ request: UpstreamRequest, _ lane: UpstreamLane, for leg: any UpstreamLeg) {
        let key = request.key
        lane.count += 1
        let connection = UpstreamConnection(lane, pool: self)
        let handshake = key.tls.map { _ in loop.makePromise(of: Void.self) }
        let bound = NIOLoopBound(connection, eventLoop: loop)
        let bootstrap = ClientBootstrap(group: loop)
            .connectTimeout(connectTimeout)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(.maxMessagesPerRead, value: 1)
            .channelOption(
                .recvAllocator,
                value: AdaptiveRecvByteBufferAllocator(minimum: 1_024, initial: 4_096, maximum: Self.readBytesMax)
            )
            .channelInitializer { [tls, connectTimeout] channel in
                channel.eventLoop.makeCompletedFuture {
                    if let wanted = key.tls, let handshake {
                        try channel.pipeline.syncOperations.addHandlers([
                            tls.handler(wanted), UpstreamHandshake(handshake, timeout: connectTimeout * 5),
                        ])
                    }
                    try channel.pipeline.syncOperations.addHandler(bound.value)
                }
            }
        let future =
            if let address = try? SocketAddress(ipAddress: key.host, port: key.port) {
                bootstrap.connect(to: address)
            } else {
                bootstrap.connect(host: key.host, port: key.port)
            }
        future.assumeIsolated().whenComplete { result in
            switch result {
            case .success:
                leg.legConnected(connection)
                guard let handshake else { return Self.begin(request, on: connection, for: leg) }
                handshake.futureResult.assumeIsolated().whenComplete { result in
                    switch result {
                    case .success: Self.begin(request, on: connection, for: leg)
                    case .failure(let error): leg.legFailed(.connect(UpstreamHandshake.words(for: error)))
                    }
                }
            case .failure(let error):
                handshake?.fail(error)
                self.release(lane)
                leg.legFailed(.connect(Self.words(for: error)))
            }
        }
    }

    private static func begin(_ request: UpstreamRequest, on connection: UpstreamConnection, for leg: any UpstreamLeg) {
        if connection.isOpen {
            connection.send(request, for: leg)
        } else {
            leg.legFailed(.closed)
        }
    }

    private static func words(for error: any Error) -> String {
        if let error = error as? IOError {
            return error.errnoCode == ECONNREFUSED ? "refused" : "error \(error.errnoCode)"
        }
        if case .connectTimeout = error as? ChannelError { return "timed out" }
        return "unreachable"
    }

    func putBack(_ connection: UpstreamConnection) {
        guard connection.lane.idle.count < Self.idleMax else {
            connection.abandon()
            return
        }
        connection.lane.idle.append(connection)
        guard !isTicking else { return }
        isTicking = true
        timer.add(self)
    }

    func closed(_ connection: UpstreamConnection) {
        connection.lane.idle.removeAll { $0 === connection }
        release(connection.lane)
    }

    private func release(_ lane: UpstreamLane) {
        lane.count -= 1
        guard lane.count == 0, lane.idle.isEmpty else { return }
        lanes[lane.key] = nil
        if last === lane { last = nil }
    }

    func tick(_ now: NIODeadline) {
        var isIdle = true
        for lane in lanes.values {
            let stale = lane.idle.filter { now - $0.idleSince >= Self.idleTimeout }
            if !stale.isEmpty { lane.idle.removeAll { now - $0.idleSince >= Self.idleTimeout } }
            if !lane.idle.isEmpty { isIdle = false }
            for connection in stale { connection.abandon() }
        }
        guard isIdle else { return }
        isTicking = false
        timer.remove(self)
    }

    /// Closes idle connections at shutdown.
    func closeIdle() {
        for lane in lanes.values {
            let idle = lane.idle
            lane.idle = []
            for connection in idle { connection.abandon() }
        }
    }
}

/// The connections of one loop to one engine.
final class UpstreamLane {
    let key: UpstreamKey
    /// Used last stands last.
    var idle: [UpstreamConnection] = []
    /// Idle and busy ones, and those being made.
    var count = 0

    init(_ key: UpstreamKey) { self.key = key }
}
