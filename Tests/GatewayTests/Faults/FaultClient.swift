import HTTPWire
import NIOCore
import NIOPosix

/// A client that sends its requests one after another, over one connection for as long as that lasts, and looks at
/// every byte that comes back. Everything happens on its event loop.
final class FaultClient {
    /// A request without an end after this long is one that hangs.
    static let patience = TimeAmount.seconds(20)
    /// Between two reads of a client that is slow.
    static let slowness = TimeAmount.milliseconds(2)

    private let loop: any EventLoop
    private let port: Int
    private let done: EventLoopPromise<FaultTally>
    private var requests: ArraySlice<FaultRequest>
    private var tally = FaultTally()
    private var current: FaultRequest?
    private var channel: (any Channel)?
    private var reader = ResponseReader()
    private var pending: [UInt8] = []
    private var status = 0
    private var body: [UInt8] = []
    private var seen = 0
    private var deadline: Scheduled<Void>?

    private init(_ requests: [FaultRequest], _ port: Int, _ loop: any EventLoop, _ done: EventLoopPromise<FaultTally>) {
        self.requests = requests[...]
        self.port = port
        self.loop = loop
        self.done = done
    }

    /// Sends all of them and tells how they ended.
    static func run(_ requests: [FaultRequest], port: Int, on loop: any EventLoop) async throws -> FaultTally {
        let done = loop.makePromise(of: FaultTally.self)
        loop.execute { FaultClient(requests, port, loop, done).next() }
        return try await done.futureResult.get()
    }

    private func next() {
        deadline?.cancel()
        current = nil
        guard let request = requests.popFirst() else {
            channel?.close(promise: nil)
            return done.succeed(tally)
        }
        guard let channel, channel.isActive else { return connect(request) }
        begin(request, channel)
    }

    private func connect(_ request: FaultRequest) {
        let handler = NIOLoopBound(Handler(self), eventLoop: loop)
        ClientBootstrap(group: loop)
            .channelOption(.socketOption(.so_rcvbuf), value: request.client == .slow ? 4_096 : 65_536)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(handler.value) }
            }
            .connect(host: "127.0.0.1", port: port).assumeIsolated().whenComplete { result in
                switch result {
                case .success(let channel):
                    self.channel = channel
                    self.begin(request, channel)
                case .failure(let error):
                    self.tally.add(.wrong, "r\(request.number): no connection, \(error)")
                    self.next()
                }
            }
    }

    private func begin(_ request: FaultRequest, _ channel: any Channel) {
        current = request
        reader = ResponseReader()
        pending = []
        (status, body, seen) = (0, [], 0)
        deadline = loop.assumeIsolated().scheduleTask(in: Self.patience) { self.hung() }
        try? channel.syncOptions?.setOption(.autoRead, value: request.client != .slow)
        channel.writeAndFlush(ByteBuffer(string: request.text), promise: nil)
        if request.client == .slow { readSlowly(request, channel) }
        if request.client == .leaves(after: 0) { leave() }
    }

    private func readSlowly(_ request: FaultRequest, _ channel: any Channel) {
        loop.assumeIsolated().scheduleTask(in: Self.slowness) {
            guard self.current == request, channel.isActive else { return }
            channel.read()
            self.readSlowly(request, channel)
        }
    }

    private func leave() {
        tally.add(.left)
        drop()
    }

    private func hung() {
        tally.add(.hung, "r\(current?.number ?? -1): no end, status \(status), \(body.count) bytes")
        drop()
    }

    private func drop() {
        current = nil
        let channel = self.channel
        self.channel = nil
        channel?.close(promise: nil)
        next()
    }

    private func received(_ buffer: ByteBuffer) {
        guard let request = current else { return }
        seen += buffer.readableBytes
        if case .leaves(let bytes) = request.client, seen >= bytes { return leave() }
        pending.append(contentsOf: buffer.readableBytesView)
        var position = 0
        var isWhole = false
        do {
            reading: while let event = try reader.next(in: pending.span, from: &position) {
                switch event {
                case .head(let head): status = head.status
                case .body(let range): body.append(contentsOf: pending[range])
                case .end:
                    isWhole = true
                    break reading
                }
            }
        } catch {
            tally.add(.wrong, "r\(request.number): the router's answer \(error.reason)")
            return drop()
        }
        pending.removeFirst(position)
        guard isWhole else { return }
        tally.add(request, status: status, body: body, isWhole: true)
        if !pending.isEmpty { tally.add(.wrong, "r\(request.number): \(pending.count) bytes after its answer") }
        next()
    }

    private func closed(_ handler: Handler) {
        guard let request = current, channel?.isActive != true else { return }
        channel = nil
        if status == 0 {
            tally.add(.wrong, "r\(request.number): a connection that ended without an answer")
        } else {
            tally.add(request, status: status, body: body, isWhole: false)
        }
        next()
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let client: FaultClient
        private var isOver = false

        init(_ client: FaultClient) { self.client = client }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) { client.received(unwrapInboundIn(data)) }

        func channelInactive(context: ChannelHandlerContext) {
            guard !isOver else { return }
            isOver = true
            client.closed(self)
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }
}
