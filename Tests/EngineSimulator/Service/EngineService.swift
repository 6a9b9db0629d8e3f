package import EngineWire
import Observability

/// Runs a `VirtualEngine` on the wall clock: one step after the other, none while there is no work.
///
/// 1. A request's outputs end with exactly one that has a finish reason, unless it is aborted or the engine dies.
/// 2. Between steps nothing polls: an idle engine waits for a submission.
package actor EngineService {
    /// Outputs kept for a reader that is slow; far more than an answer has.
    static let outputsBufferedMax = 1 << 20

    /// Between two looks at leases, while a request waits for the blocks they hold.
    static let leaseCheck = Duration.milliseconds(500)

    /// Brings blocks from another engine. It answers when they have arrived, or throws.
    package typealias Pull = @Sendable (BlockPull) async throws -> Void

    private let engine: VirtualEngine
    private let timeScale: Double
    private let recomputesOnFailure: Bool
    private let publish: @Sendable (KVEventBatch) -> Void
    private let clock = ContinuousClock()
    private let start = ContinuousClock.now
    private var listeners: [Int: Listener] = [:]
    private var sleeper: CheckedContinuation<Void, Never>?
    private var pendingPulls: [BlockPull] = []
    private var fault = EngineFault()
    /// Why the engine's loop has ended, when it has.
    package private(set) var death: String?

    /// The reader of one or more requests that came together.
    private final class Listener {
        let continuation: AsyncStream<SequenceOutput>.Continuation
        var openCount: Int

        init(_ continuation: AsyncStream<SequenceOutput>.Continuation, openCount: Int) {
            self.continuation = continuation
            self.openCount = openCount
        }
    }

    /// `timeScale` multiplies the time steps take; 0 takes none.
    package init(
        configuration: EngineConfiguration, timeScale: Double, recomputesOnFailure: Bool = false,
        publish: @escaping @Sendable (KVEventBatch) -> Void = { _ in }
    ) {
        engine = VirtualEngine(configuration)
        self.timeScale = timeScale
        self.recomputesOnFailure = recomputesOnFailure
        self.publish = publish
    }

    /// Seconds on the engine's clock.
    private var now: Double { (clock.now - start) / .seconds(1) }

    // MARK: Requests

    /// Accepts requests that are answered together; the stream ends after the last output of the last of them.
    package func submit(_ requests: [EngineRequest]) throws -> (ids: [Int], outputs: AsyncStream<SequenceOutput>) {
        if let death { throw SimulatorError(death) }
        let (stream, continuation) = AsyncStream.makeStream(
            of: SequenceOutput.self, bufferingPolicy: .bufferingOldest(Self.outputsBufferedMax))
        let listener = Listener(continuation, openCount: requests.count)
        let ids = requests.map { engine.submit($0, now: now) }
        for id in ids { listeners[id] = listener }
        wake()
        return (ids, stream)
    }

    /// Ends a request whose client has gone, or whose text has come to a stop string.
    package func abort(_ id: Int) {
        engine.abort(id)
        close(id)
    }

    private func close(_ id: Int) {
        guard let listener = listeners.removeValue(forKey: id) else { return }
        listener.openCount -= 1
        if listener.openCount == 0 { listener.continuation.finish() }
    }

    /// Ends the engine as an assertion in it would: requests in flight are never answered.
    package func die(_ reason: String) {
        death = reason
        wake()
    }

    // MARK: The loop

    /// Works until cancelled; throws when the engine dies.
    package func run(pull: @escaping Pull) async throws {
        try await withThrowingDiscardingTaskGroup { group in
            try await withTaskCancellationHandler {
                while !Task.isCancelled {
                    if let death { throw SimulatorError(death) }
                    guard !fault.isHanging, let plan = engine.beginStep(now: now) else {
                        await sleepUntilWoken()
                        continue
                    }
                    for wanted in plan.pulls {
                        group.addTask { await self.carryOut(wanted, with: pull) }
                    }
                    await wait(plan.seconds)
                    finish(plan)
                }
            } onCancel: {
                // Owned by nobody but short: it only wakes the loop, which then sees that it was cancelled.
                Task { await self.wake() }
            }
            group.cancelAll()
        }
    }

    private func wait(_ seconds: Double) async {
        let real = seconds * timeScale * fault.slowness
        if real > 0 { try? await clock.sleep(for: .seconds(real)) } else { await Task.yield() }
    }

    private func finish(_ plan: StepPlan) {
        let wallTime = Double(WallClock.microseconds) / 1_000_000
        let outcome = engine.finishStep(plan, now: now, wallTime: wallTime)
        if let batch = outcome.batch { publish(batch) }
        for output in outcome.outputs { deliver(output) }
    }

    private func deliver(_ output: SequenceOutput) {
        guard let listener = listeners[output.id] else { return }
        listener.continuation.yield(output)
        if output.finish != nil { close(output.id) }
    }

    private func carryOut(_ wanted: BlockPull, with pull: Pull) async {
        let begin = now
        var result = VirtualEngine.PullResult.arrived
        do {
            try await pull(wanted)
            engine.statistics.transferTime.observe(now - begin)
            engine.statistics.transferredBlocks += wanted.blockCount
        } catch {
            result = recomputesOnFailure ? .recompute : .failed
            engine.statistics.failedTransfers += 1
        }
        if let output = engine.finishPull(wanted.id, result: result) { deliver(output) }
        wake()
    }

    private func sleepUntilWoken() async {
        if Task.isCancelled || death != nil || (!engine.isIdle && !fault.isHanging && hasNews) {
            hasNews = false
            return
        }
        if engine.waitsForLease {
            // The one case that ends by time alone: somebody else's lease on the blocks that are wanted.
            try? await clock.sleep(for: Self.leaseCheck)
        } else {
            await withCheckedContinuation { sleeper = $0 }
        }
        hasNews = false
    }

    /// Something changed since the loop last found nothing to do.
    private var hasNews = false

    private func wake() {
        hasNews = true
        sleeper?.resume()
        sleeper = nil
    }

    // MARK: Blocks for other engines

    package func renewLease(_ requestID: String) -> VirtualEngine.Lease { engine.renewLease(requestID, now: now) }

    package func giveBack(_ requestID: String) {
        engine.giveBack(requestID)
        wake()
    }

    // MARK: What an observer sees

    package struct Snapshot: Sendable {
        package var running = 0
        package var waiting = 0
        package var deferred = 0
        package var cacheUsage = 0.0
        package var statistics = EngineStatistics()
        package var runningAdapters: [String] = []
        package var waitingAdapters: [String] = []
    }

    package func snapshot() -> Snapshot {
        engine.expireLent(now: now)
        let waiting = engine.waitingCounts
        let adapters = engine.adaptersInUse
        return Snapshot(
            running: engine.runningCount, waiting: waiting.capacity, deferred: waiting.deferred,
            cacheUsage: engine.cacheUsage, statistics: engine.statistics, runningAdapters: adapters.running,
            waitingAdapters: adapters.waiting)
    }

    package func cachedBlocks() -> [CachedBlock] { engine.cachedBlocks }
    package func resetCache() -> Bool { engine.resetCache() }

    package func inject(_ fault: EngineFault) {
        self.fault = fault
        wake()
    }
}
