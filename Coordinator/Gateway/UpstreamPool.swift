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

    private let loop: any EventLoop
    private let timer: LoopTimer
    private let connectTimeout: TimeAmount
    private let tls: UpstreamTLSContexts
    private var idle: [UpstreamKey: [UpstreamConnection]] = [:]
    private var counts: [UpstreamKey: Int] = [:]

    init(loop: any EventLoop, timer: LoopTimer, connectTimeout: Duration, tls: UpstreamTLSContexts) {
        self.tls = tls
        self.loop = loop
        self.timer = timer
        self.connectTimeout = TimeAmount(connectTimeout)
    }

    /// Sends a request over an idle connection or a new one (`isFresh` insists on that). The answer, also of failing to
    /// connect, goes to `leg`.
    func send(_ request: UpstreamRequest, for leg: any UpstreamLeg, isFresh: Bool = false) {
        if !isFresh {
            while let connection = idle[request.key]?.popLast() {
                guard connection.isOpen else { continue }
                leg.legConnected(connection)
                connection.send(request, for: leg)
                return
            }
        }
        guard counts[request.key, default: 0] < Self.connectionsMax else {
            leg.legFailed(.tooManyConnections)
            return
        }
        connect(request, for: leg)
    }

    private func connect(_ request: UpstreamRequest, for leg: any UpstreamLeg) {
        let key = request.key
        counts[key, default: 0] += 1
        let connection = UpstreamConnection(key, pool: self)
        let handshake = key.tls.map { _ in loop.makePromise(of: Void.self) }
        let bound = NIOLoopBound(connection, eventLoop: loop)
        let bootstrap = ClientBootstrap(group: loop)
            .connectTimeout(connectTimeout)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
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
                self.release(key)
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
        guard idle[connection.key, default: []].count < Self.idleMax else {
            connection.abandon()
            return
        }
        idle[connection.key, default: []].append(connection)
        timer.add(self)
    }

    func closed(_ connection: UpstreamConnection) {
        release(connection.key)
        guard let index = idle[connection.key]?.firstIndex(where: { $0 === connection }) else { return }
        idle[connection.key]?.remove(at: index)
    }

    private func release(_ key: UpstreamKey) {
        let count = counts[key, default: 1] - 1
        counts[key] = count > 0 ? count : nil
    }

    func tick(_ now: NIODeadline) {
        for (key, connections) in idle {
            let fresh = connections.filter { now - $0.idleSince < Self.idleTimeout }
            idle[key] = fresh.isEmpty ? nil : fresh
            for connection in connections where now - connection.idleSince >= Self.idleTimeout { connection.abandon() }
        }
        if idle.isEmpty { timer.remove(self) }
    }

    /// Closes idle connections at shutdown.
    func closeIdle() {
        let all = idle.values.flatMap { $0 }
        idle = [:]
        for connection in all { connection.abandon() }
    }
}
