import HTTPWire
import NIOCore

/// A leg whose whole answer is wanted here: a prefill, or a prompt's tokens.
final class CollectedLeg: UpstreamLeg {
    /// Bytes of a collected response; a larger one counts as a failure.
    static let bytesMax = 16 * 1_048_576

    struct Answer {
        var head: ResponseHead
        var body: [UInt8]
    }

    private var connection: UpstreamConnection?
    private var head: ResponseHead?
    private var body: [UInt8] = []
    private var deadline: Scheduled<Void>?
    private var completion: ((Result<Answer, UpstreamFailure>) -> Void)?
    private let request: UpstreamRequest
    private let pool: UpstreamPool
    private var isRepeated = false

    /// Sends at once; `completion` runs once on the loop, never when the leg was cancelled.
    init(
        _ request: UpstreamRequest, pool: UpstreamPool, loop: any EventLoop, timeout: Duration,
        completion: @escaping (Result<Answer, UpstreamFailure>) -> Void
    ) {
        self.request = request
        self.pool = pool
        self.completion = completion
        deadline = loop.assumeIsolated().scheduleTask(in: TimeAmount(timeout)) { [weak self] in
            self?.finish(.failure(.timeout))
        }
    }

    func start() { pool.send(request, for: self) }

    func cancel() {
        completion = nil
        close()
    }

    /// Ends it as if this had happened.
    func giveUp(_ failure: UpstreamFailure) { finish(.failure(failure)) }

    private func close() {
        deadline?.cancel()
        deadline = nil
        connection?.abandon()
        connection = nil
    }

    private func finish(_ result: Result<Answer, UpstreamFailure>) {
        let completion = self.completion
        self.completion = nil
        if case .success = result { connection = nil }
        close()
        completion?(result)
    }

    func legConnected(_ connection: UpstreamConnection) {
        self.connection = connection
        // The connection came too late.
        if completion == nil { close() }
    }

    func legHead(_ head: ResponseHead) {
        self.head = head
        if case .length(let length) = head.framing { body.reserveCapacity(min(length, Self.bytesMax)) }
    }

    func legBody(_ wire: Span<UInt8>, data: [Range<Int>], isBetweenChunks: Bool, isLast: Bool) {
        for range in data {
            body.append(span: wire.extracting(range))
        }
        if body.count > Self.bytesMax { finish(.failure(.tooLarge)) }
    }

    func legReadComplete() {}

    func legEnded() {
        guard let head else { return finish(.failure(.closed)) }
        finish(.success(Answer(head: head, body: body)))
    }

    func legFailed(_ failure: UpstreamFailure) {
        let isStale = connection?.isStale(after: failure) == true
        connection = nil
        if isStale && !isRepeated && completion != nil {
            isRepeated = true
            pool.send(request, for: self, isFresh: true)
            return
        }
        finish(.failure(failure))
    }
}
