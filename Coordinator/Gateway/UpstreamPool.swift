import Glibc
import NIOCore
import NIOPosix
import Routing
import Sockets

/// Where a connection leads.
struct UpstreamKey: Sendable, Hashable {
    var host: String
    var port: Int
    /// Nil for plain TCP.
    var tls: UpstreamTLS?
}

extension UpstreamKey {
    /// Where a target's endpoint is reached.
    init(_ endpoint: Endpoint, _ scheme: TargetServer.Scheme) {
        self.init(
            host: endpoint.host, port: endpoint.port, tls: scheme == .https ? UpstreamTLS(host: endpoint.host) : nil)
    }
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
    private let companion: any EventLoop
    private let timer: LoopTimer
    private let connectTimeout: TimeAmount
    private let tls: UpstreamTLSContexts
    private var lanes: [UpstreamKey: UpstreamLane] = [:]
    /// The lane asked for last; most often the next one too.
    private var last: UpstreamLane?
    private var isTicking = false

    init(
        loop: any EventLoop, companion: any EventLoop, timer: LoopTimer, connectTimeout: Duration,
        tls: UpstreamTLSContexts
    ) {
        self.tls = tls
        self.loop = loop
        self.companion = companion
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
        lane.count += 1
        let key = lane.key
        if key.tls == nil, let loop = loop as? PollLoop,
            SocketConnector.connect(
                to: key.host, port: key.port, on: loop, timeout: connectTimeout,
                completion: { result in
                    switch result {
                    case .success(let socket): self.connected(socket, lane, request, for: leg)
                    case .failure(let error): self.failed(lane, Self.words(for: error.code), for: leg)
                    }
                }) != nil
        {
            return
        }
        connectByChannel(request, lane, for: leg)
    }

    /// A connection that needs TLS or the resolver.
    private func connectByChannel(_ request: UpstreamRequest, _ lane: UpstreamLane, for leg: any UpstreamLeg) {
        let stream = ChannelStream(handlerLoop: loop)
        let future = UpstreamChannel(tls: tls, timeout: connectTimeout).connect(lane.key, stream, on: companion)
        future.hop(to: loop).assumeIsolated().whenComplete { result in
            switch result {
            case .success: self.connected(stream, lane, request, for: leg)
            case .failure(let error): self.failed(lane, (error as? UpstreamChannel.Failure)?.words ?? "", for: leg)
            }
        }
    }

    private func connected(
        _ stream: any ByteStream, _ lane: UpstreamLane, _ request: UpstreamRequest, for leg: any UpstreamLeg
    ) {
        guard stream.isOpen else { return failed(lane, "closed", for: leg) }
        let connection = UpstreamConnection(stream, lane, pool: self)
        leg.legConnected(connection)
        Self.begin(request, on: connection, for: leg)
    }

    private func failed(_ lane: UpstreamLane, _ words: String, for leg: any UpstreamLeg) {
        release(lane)
        leg.legFailed(.connect(words))
    }

    private static func begin(_ request: UpstreamRequest, on connection: UpstreamConnection, for leg: any UpstreamLeg) {
        if connection.isOpen {
            connection.send(request, for: leg)
        } else {
            leg.legFailed(.closed)
        }
    }

    private static func words(for code: CInt) -> String {
        switch code {
        case ECONNREFUSED: "refused"
        case ETIMEDOUT: "timed out"
        default: "error \(code)"
        }
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
