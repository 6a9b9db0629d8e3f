import EngineWire
import Hummingbird
package import Logging
import NIOCore
import Observability
import ServiceLifecycle
import Synchronization

/// A whole simulated vLLM server: engine, HTTP, KV events and side channel.
///
/// It ends when cancelled, when its engine dies (with an error), and on graceful shutdown once the requests in flight
/// are answered.
package final class SimulatedEngine: Service {
    /// From the engine's death to the end of the server, which refuses requests until then.
    static let dyingTime = Duration.seconds(1)

    package let identity: EngineIdentity
    package let engine: EngineService
    let adapters: AdapterList
    let publisher: KVEventPublisher?
    let eventFaults = EventFaults()
    let engineID: String
    let startedAt: Double
    let logger: Logger
    private let sidePort = Mutex(0)
    private let onReady: @Sendable (Int) -> Void

    /// Opens the event sockets; `onReady` gets the HTTP port once it is bound.
    package init(
        _ identity: EngineIdentity, logger: Logger, onReady: @escaping @Sendable (Int) -> Void = { _ in }
    ) throws {
        self.identity = identity
        self.logger = logger
        self.onReady = onReady
        adapters = AdapterList(identity.flags.adapters)
        publisher = try identity.events.map { try KVEventPublisher($0) }
        engineID = identity.flags.kvTransfer?.engineID ?? Identifiers.uuid()
        startedAt = Double(WallClock.microseconds) / 1_000_000
        let form = identity.flags.publishesArrays ? KVEventForm.array : .map
        engine = EngineService(
            configuration: identity.configuration, timeScale: identity.flags.timeScale,
            recomputesOnFailure: identity.flags.kvTransfer?.recomputesOnFailure ?? false,
            publish: { [publisher, eventFaults] batch in publisher?.publish(batch.encode(form), eventFaults.next()) })
    }

    /// The side channel's port; 0 until it listens.
    var sideChannelPort: Int { sidePort.withLock { $0 } }

    package func run() async throws {
        defer { publisher?.close() }
        if identity.flags.startupSeconds > 0 {
            try await Task.sleep(for: .seconds(identity.flags.startupSeconds))
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await self.runEngine() }
            group.addTask { try await self.runServer() }
            if let side = identity.sideChannel {
                group.addTask { try await self.runSideChannel(side) }
            }
            if let place = identity.bootstrap {
                let answer = { @Sendable [self] in (engineID, identity.sideChannel?.host ?? "", sideChannelPort) }
                group.addTask { try await BootstrapServer.run(place, answer) }
            }
            try await group.next()
            group.cancelAll()
        }
    }

    private func runEngine() async throws {
        let (calibration, timeScale) = (identity.configuration.calibration, identity.flags.timeScale)
        do {
            try await engine.run { wanted in
                try await SideChannel.pull(wanted, calibration: calibration, timeScale: timeScale)
            }
        } catch let death as SimulatorError {
            logger.error("Engine died", metadata: ["reason": "\(death)"])
            try await Task.sleep(for: Self.dyingTime)
            throw death
        }
    }

    private func runSideChannel(_ side: (host: String, port: Int)) async throws {
        do {
            let (engine, engineID) = (engine, engineID)
            try await LineChannel.listen(
                host: side.host, port: side.port, onListening: { port in sidePort.withLock { $0 = port } },
                serve: { lines in try await SideChannel.answer(&lines, engine: engine, engineID: engineID) })
        } catch let error as IOError {
            throw SimulatorError.cannotListen(
                "the side channel", side.host, side.port, error, "set VLLM_NIXL_SIDE_CHANNEL_PORT to a free port")
        }
    }

    private func runServer() async throws {
        let disconnects = Disconnects()
        let responder = EngineResponder(simulated: self, disconnects: disconnects)
        let (host, port) = (identity.host, identity.flags.port)
        let application = Application(
            responder: responder,
            server: .http1(configuration: .init(additionalChannelHandlers: [disconnects.handler()])),
            configuration: .init(address: .hostname(host, port: port), serverName: "uvicorn", backlog: 4096),
            onServerRunning: { [onReady, logger] channel in
                let bound = channel.localAddress?.port ?? port
                logger.info("Serving HTTP", metadata: ["host": "\(host)", "port": "\(bound)"])
                onReady(bound)
            },
            logger: logger)
        do {
            try await application.run()
        } catch let error as IOError {
            throw SimulatorError.cannotListen("HTTP", host, port, error, "choose another --port")
        }
    }
}

/// Names of requests and engines.
enum Identifiers {
    static func hexadecimal(_ digits: Int) -> String {
        var random = SystemRandomNumberGenerator()
        return String((0..<digits).map { _ in "0123456789abcdef".randomElement(using: &random) ?? "0" })
    }

    static func uuid() -> String {
        [8, 4, 4, 4, 12].map { hexadecimal($0) }.joined(separator: "-")
    }
}
