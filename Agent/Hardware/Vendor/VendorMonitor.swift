import Glibc
package import Logging
import ServiceLifecycle
import Synchronization
package import Topology

/// Follows one vendor's devices: samples them, takes their events at once, keeps their faults.
///
/// 1. Calls into the library are made on the worker's thread only; nobody waits for them but the worker.
/// 2. When a call has been out for `stuckAfter`, the state is `driverStuck`, without readings, until it comes back.
/// 3. `onChange` is called after a change of state or faults, with no lock held, from the worker's or the monitor's
///    thread.
package final class VendorMonitor: Service, Sendable {
    package static let stuckAfter: Duration = .seconds(10)
    /// The least time between two passes, however many events there are.
    private static let pause: Duration = .milliseconds(20)
    /// How long the end waits for a call that is out.
    private static let endWait: Duration = .milliseconds(500)

    /// What is known at one moment.
    package struct View: Sendable {
        package var report: VendorReport
        package var faults: [DeviceFault]
    }

    private struct State {
        var report: VendorReport
        var ledger = FaultLedger()
        var isStuck = false
        /// A step was asked for while one was running.
        var isWanted = false
    }

    private let session: Mutex<any VendorSession>
    private let state: Mutex<State>
    private let worker: VendorWorker
    private let interval: Duration
    private let clock: @Sendable () -> ContinuousClock.Instant
    private let logger: Logger
    private let onChange: @Sendable (View) -> Void
    private let wakes: AsyncStream<Void>
    private let waker: AsyncStream<Void>.Continuation

    /// `makeSession` gets the function that wakes the monitor when the library has events.
    package init(
        vendor: Accelerator.Vendor, interval: Duration = .seconds(1), logger: Logger,
        clock: @escaping @Sendable () -> ContinuousClock.Instant = { .now },
        onChange: @escaping @Sendable (View) -> Void = { _ in },
        makeSession: (_ wake: @escaping @Sendable () -> Void) -> sending any VendorSession
    ) throws(HardwareError) {
        (wakes, waker) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        let waker = waker
        session = Mutex(makeSession { waker.yield() })
        state = Mutex(State(report: VendorReport(vendor: vendor)))
        worker = try VendorWorker(name: "the library of \(vendor.rawValue)")
        self.interval = interval
        self.logger = logger
        self.clock = clock
        self.onChange = onChange
    }

    /// How it stands now.
    package var view: View {
        notice()
        return state.withLock { View(report: $0.report, faults: $0.ledger.faults) }
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown { [self] in
            await withTaskGroup(of: Void.self) { group in
                group.addTask { [self] in
                    while !Task.isCancelled {
                        waker.yield()
                        try? await Task.sleep(for: interval)
                    }
                }
                for await _ in wakes {
                    look()
                    try? await Task.sleep(for: Self.pause)
                }
                group.cancelAll()
            }
        }
        await end()
    }

    /// Begins a step unless one is running, and notices when that one has been running for too long.
    private func look() {
        let isStarted = worker.start(at: clock()) { [self] in step() }
        if !isStarted { state.withLock { $0.isWanted = true } }
        notice()
    }

    private func step() {
        let (report, events) = session.withLock { session in
            (session.step(clock()), session.takeEvents())
        }
        publish(report, events)
        let isWanted = state.withLock { state in
            defer { state.isWanted = false }
            return state.isWanted && !events.isEmpty
        }
        if isWanted { waker.yield() }
    }

    /// Names the state when a call does not come back.
    private func notice() {
        let now = clock()
        guard let since = worker.busySince, now - since >= Self.stuckAfter else { return }
        guard state.withLock({ !$0.isStuck }) else { return }
        var report = state.withLock { $0.report }
        report.state = .driverStuck
        report.detail =
            "A call into the driver's library has not come back; the node has to be restarted if it never does"
        report.devices = report.devices.map { DeviceReport(identity: $0.identity, condition: .unknown) }
        report.paths = []
        publish(report, [], isStuck: true)
    }

    private func publish(_ report: VendorReport, _ events: [DeviceEvent], isStuck: Bool = false) {
        let now = clock()
        let (before, changes, view) = state.withLock { state in
            let before = state.report.state
            state.isStuck = isStuck
            state.report = report
            let changes = state.ledger.take(report, events, now: now)
            return (before, changes, View(report: report, faults: state.ledger.faults))
        }
        if before != report.state {
            logger.info(
                "Device library changed state",
                metadata: [
                    "vendor": "\(report.vendor.rawValue)", "state": "\(report.state.rawValue)",
                    "devices": "\(report.devices.count)", "detail": "\(report.detail)",
                ])
        }
        for fault in changes.raised { log("Device fault stands", fault, .warning) }
        for fault in changes.cleared { log("Device fault cleared", fault, .info) }
        if before != report.state || !changes.isEmpty { onChange(view) }
    }

    private func log(_ message: Logger.Message, _ fault: DeviceFault, _ level: Logger.Level) {
        logger.log(
            level: level, message,
            metadata: [
                "device": "\(fault.key.device)", "reason": "\(fault.key.reason)", "message": "\(fault.message)",
                "severity": "\(fault.verdict.severity)", "action": "\(fault.verdict.action)",
            ])
    }

    /// Closes the library, unless it hangs.
    private func end() async {
        let limit = ContinuousClock.now + Self.endWait
        var isClosing = false
        while ContinuousClock.now < limit {
            if !isClosing {
                isClosing = worker.start(at: clock()) { [self] in session.withLock { $0.close() } }
            } else if worker.busySince == nil {
                break
            }
            // The task is cancelled by now, so a sleep of the task would be none.
            usleep(2_000)
        }
        worker.stop()
    }
}
