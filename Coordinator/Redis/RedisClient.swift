package import NIOCore
import NIOPosix

/// Runs one script at one Redis over one connection, from one event loop.
///
/// 1. A completion runs once and on the loop, no later than the call's deadline.
/// 2. Until a connection was first had, calls fail with `neverConnected`; only those of the first attempt wait for it.
/// 3. Afterwards a call reconnects where that was not tried just now, and fails with `disconnected` where it was.
package final class RedisClient {
    /// Commands without a reply; more fail with `busy`.
    package static let commandsMax = 4_096
    /// Time between attempts to connect: the first and the longest; it doubles in between.
    static let backOff = (first: TimeAmount.milliseconds(100), longest: TimeAmount.seconds(5))

    package typealias Completion = (Result<RESPValue, RedisFailure>) -> Void

    private enum State {
        case idle(retryAt: NIODeadline)
        case connecting(attempt: Int)
        case ready(RedisConnection, digest: String)
    }

    private let loop: any EventLoop
    private let address: RedisAddress
    private let password: String?
    private let script: String
    private let connectTimeout: TimeAmount
    private var state = State.idle(retryAt: .distantPast)
    private var wasReady = false
    private var failures = 0
    private var attempt = 0
    private var connection: RedisConnection?
    private var waiting: [(Result<Void, RedisFailure>) -> Void] = []
    package private(set) var usedAt = NIODeadline.now()

    package init(
        loop: any EventLoop, address: RedisAddress, password: String?, script: String,
        connectTimeout: TimeAmount = .seconds(1)
    ) {
        self.loop = loop
        self.address = address
        self.password = password
        self.script = script
        self.connectTimeout = connectTimeout
    }

    /// Runs the script with these keys and arguments.
    package func run(
        keys: [String], arguments: [String], timeout: TimeAmount, completion: @escaping Completion
    ) {
        usedAt = .now()
        let call = Call(completion)
        call.deadline = loop.assumeIsolated().scheduleTask(in: timeout) { [weak self] in
            guard call.isPending else { return }
            call.finish(.failure(.timeout))
            // Later replies would wait behind the one that is late.
            if case .ready(let connection, _)? = self?.state { connection.close() }
        }
        withConnection { [weak self] result in
            guard let self else { return call.finish(.failure(.disconnected)) }
            switch result {
            case .failure(let failure): call.finish(.failure(failure))
            case .success: self.evaluate(keys, arguments, call)
            }
        }
    }

    /// Closes the connection; whatever waits fails.
    package func close() {
        connection?.close()
    }

    /// A call whose completion runs once.
    private final class Call {
        private var completion: Completion?
        var deadline: Scheduled<Void>?

        init(_ completion: @escaping Completion) { self.completion = completion }

        var isPending: Bool { completion != nil }

        func finish(_ result: Result<RESPValue, RedisFailure>) {
            let completion = self.completion
            self.completion = nil
            deadline?.cancel()
            deadline = nil
            completion?(result)
        }
    }

    private func evaluate(_ keys: [String], _ arguments: [String], _ call: Call) {
        guard call.isPending else { return }
        guard case .ready(let connection, let digest) = state else { return call.finish(.failure(.disconnected)) }
        guard connection.waitingCount < Self.commandsMax else { return call.finish(.failure(.busy)) }
        let rest = [String(keys.count)] + keys + arguments
        connection.send(["EVALSHA", digest] + rest) { [script, weak connection] result in
            if case .failure(.refused(let reason)) = result, reason.hasPrefix("NOSCRIPT"), let connection {
                // Redis forgot its scripts; sent whole, it keeps this one again.
                connection.send(["EVAL", script] + rest) { call.finish($0) }
            } else {
                call.finish(result)
            }
        }
    }

    private func withConnection(_ body: @escaping (Result<Void, RedisFailure>) -> Void) {
        let failure: RedisFailure = wasReady ? .disconnected : .neverConnected
        switch state {
        case .ready: body(.success(()))
        case .connecting:
            guard wasReady || failures == 0 else { return body(.failure(failure)) }
            guard waiting.count < Self.commandsMax else { return body(.failure(.busy)) }
            waiting.append(body)
        case .idle(let retryAt):
            guard NIODeadline.now() >= retryAt else { return body(.failure(failure)) }
            if wasReady || failures == 0 { waiting.append(body) } else { body(.failure(failure)) }
            connect()
        }
    }

    private func connect() {
        attempt += 1
        let attempt = self.attempt
        state = .connecting(attempt: attempt)
        // Also bounds what the resolver takes.
        loop.assumeIsolated().scheduleTask(in: connectTimeout) { [weak self] in
            guard let self, case .connecting(attempt) = self.state else { return }
            self.connectionEnded(attempt)
        }
        let connection = RedisConnection { [weak self] in self?.connectionEnded(attempt) }
        let bound = NIOLoopBound(connection, eventLoop: loop)
        ClientBootstrap(group: loop)
            .connectTimeout(connectTimeout)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(bound.value) }
            }
            .connect(host: address.host, port: address.port).assumeIsolated().whenComplete { [weak self] result in
                guard let self, case .connecting(attempt) = self.state, case .success = result else {
                    if case .success = result { connection.close() }
                    self?.connectionEnded(attempt)
                    return
                }
                self.connection = connection
                self.greet(connection, attempt)
            }
    }

    /// Says who we are and leaves the script there.
    private func greet(_ connection: RedisConnection, _ attempt: Int) {
        if let password {
            connection.send(["AUTH", password]) { result in if case .failure = result { connection.close() } }
        }
        connection.send(["SCRIPT", "LOAD", script]) { [weak self] result in
            guard let self, case .connecting(attempt) = self.state, case .success(let reply) = result,
                let digest = reply.string
            else { return connection.close() }
            self.state = .ready(connection, digest: digest)
            self.wasReady = true
            self.failures = 0
            self.release(.success(()))
        }
    }

    private func connectionEnded(_ attempt: Int) {
        guard attempt == self.attempt, !isIdle else { return }
        let isLost = if case .ready = state { true } else { false }
        let connection = self.connection
        self.connection = nil
        // What was lost is looked for again at once; what could not be had, later and later.
        let wait = isLost ? TimeAmount.zero : min(Self.backOff.first * (1 << min(failures, 10)), Self.backOff.longest)
        failures += 1
        state = .idle(retryAt: .now() + wait)
        connection?.close()
        release(.failure(wasReady ? .disconnected : .neverConnected))
    }

    private var isIdle: Bool { if case .idle = state { true } else { false } }

    private func release(_ result: Result<Void, RedisFailure>) {
        let waiting = self.waiting
        self.waiting = []
        for body in waiting { body(result) }
    }
}
