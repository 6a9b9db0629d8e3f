import HTTPWire
import NIOCore
import NIOPosix
import Sockets
import Synchronization

/// The event loops of a gateway: ours for connections that are nothing but bytes, and beside each a loop of NIO's for
/// what needs channels. A connection stays on the loop it came to.
final class GatewayLoops: Sendable {
    /// A port that connections come in by, until it is closed; they stay open then.
    struct OpenPort: Sendable {
        let port: Int
        let close: @Sendable () async -> Void
    }

    private let group: MultiThreadedEventLoopGroup
    private let loops: [PollLoop]
    private let threads: NIOThreadPool
    private let state: GatewayState
    private let contexts: [NIOLoopBound<LoopContext>]
    private let entrances: [ChannelEntrance]
    private let accepted = Atomic(0)

    /// Starts `count` threads of ours and as many of NIO's.
    init(count: Int, _ state: GatewayState) async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: count)
        self.group = group
        loops = try (0..<count).map { _ in try PollLoop() }
        threads = NIOThreadPool(numberOfThreads: count)
        threads.start()
        for loop in loops { threads.submit { _ in loop.run() } }
        self.state = state
        var contexts: [NIOLoopBound<LoopContext>] = []
        var entrances: [ChannelEntrance] = []
        for (place, loop) in loops.enumerated() {
            let companion = group.next()
            let entrance = ChannelEntrance(
                context: try await companion.submit {
                    NIOLoopBound(
                        LoopContext(companion, number: 2 * place + 1, companion: companion, state),
                        eventLoop: companion)
                }.get())
            entrances.append(entrance)
            contexts.append(
                try await loop.submit {
                    let context = LoopContext(loop, number: 2 * place, companion: companion, state)
                    context.entrance = entrance
                    return NIOLoopBound(context, eventLoop: loop)
                }.get())
        }
        self.contexts = contexts
        self.entrances = entrances
    }

    /// Listens on an address; port 0 picks a free one. `isMain`: it is the router's own port.
    func open(host: String, port: Int, isMain: Bool) async throws -> OpenPort {
        let loop = loops[0]
        let listener = try await loop.submit {
            let listener = try SocketListener.listen(on: host, port: port, loop: loop) {
                self.accept($0, port: port, isMain: isMain)
            }
            return (NIOLoopBound(listener, eventLoop: loop), listener.port)
        }.get()
        return OpenPort(port: listener.1) { try? await loop.submit { listener.0.value.close() }.get() }
    }

    /// Runs `body` on each of our loops.
    func each<Value: Sendable>(_ body: @escaping @Sendable (LoopContext) -> Value) async throws -> [Value] {
        var values: [Value] = []
        for context in contexts { values.append(try await context.eventLoop.submit { body(context.value) }.get()) }
        return values
    }

    /// Connections go to the loops in turns.
    private func accept(_ descriptor: CInt, port: Int, isMain: Bool) {
        let place = accepted.wrappingAdd(1, ordering: .relaxed).oldValue % loops.count
        if let choices = state.certificates.choices(port: port, isMain: isMain) {
            return entrances[place].adopt(descriptor) { try TLSEntrance.add(to: $0, $1, choices) }
        }
        let (loop, context) = (loops[place], contexts[place])
        let serve: @Sendable () -> Void = {
            _ = FrontHandler(context.value, StreamSocket(adopting: descriptor, on: loop))
        }
        if loop.inEventLoop { serve() } else { loop.execute(serve) }
    }

    /// Loops with a context, of both kinds.
    var contextCount: Int { 2 * loops.count }

    /// Asks an engine a question of ours; only while the loops run.
    func ask(_ request: UpstreamRequest, timeout: Duration) async -> TokenCheck.Answer {
        let context = contexts[0]
        return await withCheckedContinuation { continuation in
            context.eventLoop.execute {
                let context = context.value
                // Whoever asks holds the leg; here that is what the leg calls.
                var held: CollectedLeg?
                let leg = CollectedLeg(request, pool: context.pool, loop: context.loop, timeout: timeout) { result in
                    held = nil
                    switch result {
                    case .success(let answer):
                        continuation.resume(returning: .init(status: answer.head.status, body: answer.body.span))
                    case .failure: continuation.resume(returning: .none)
                    }
                }
                held = leg
                leg.start()
                _ = held
            }
        }
    }

    /// Closes connections to engines that carry nothing.
    func closeIdle() {
        for context in contexts + entrances.map(\.context) {
            context.eventLoop.execute { context.value.pool.closeIdle() }
        }
    }

    /// Ends every connection and thread.
    func stop() async {
        for loop in loops { loop.stop() }
        try? await threads.shutdownGracefully()
        try? await group.shutdownGracefully()
    }
}
