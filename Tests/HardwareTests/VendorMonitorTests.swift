import Hardware
import JSONValues
import Logging
import ServiceLifecycle
import Synchronization
import Testing
import Topology

/// The monitor samples, notices a driver that hangs, and goes on.
@Suite struct VendorMonitorTests {
    /// A clock that tests move by hand, besides the time that passes.
    final class MovedClock: Sendable {
        private let offset = Mutex(Duration.zero)
        var now: ContinuousClock.Instant { .now + offset.withLock { $0 } }
        func move(_ duration: Duration) { offset.withLock { $0 += duration } }
    }

    static func eventually(_ condition: () -> Bool) async -> Bool {
        let limit = ContinuousClock.now + .seconds(30)
        while !condition() {
            if ContinuousClock.now > limit { return false }
            try? await Task.sleep(for: .milliseconds(2))
        }
        return true
    }

    private static func monitor(_ driver: FakeDriver, _ clock: MovedClock) throws -> VendorMonitor {
        var configuration = driver.configuration()
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        configuration.clock = { clock.now }
        return try VendorMonitor(
            vendor: .nvidia, interval: .milliseconds(5), logger: logger, clock: { clock.now }
        ) { [configuration] wake in
            var configuration = configuration
            configuration.wake = wake
            return NVMLSession(configuration)
        }
    }

    /// Runs the monitor while the test runs; whether it ended within the time it may take.
    private static func running(_ monitor: VendorMonitor, _ body: () async throws -> Void) async throws -> Duration {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await monitor.run() }
            try await body()
            let start = ContinuousClock.now
            group.cancelAll()
            for try await _ in group {}
            return ContinuousClock.now - start
        }
    }

    @Test func `a call that does not come back is named, and what is known goes on being told`() async throws {
        let driver = try FakeDriver("shape dgx-h100", "gpus 2")
        let clock = MovedClock()
        let monitor = try Self.monitor(driver, clock)
        let end = try await Self.running(monitor) {
            #expect(await Self.eventually { monitor.view.report.state == .ready })
            try driver.add("hang nvmlDeviceGetPowerUsage")
            let passes = monitor.view.report.passes
            try await Task.sleep(for: .milliseconds(50))
            clock.move(.seconds(9))
            #expect(monitor.view.report.state == .ready && monitor.view.report.passes <= passes + 1)
            clock.move(.seconds(2))
            let stuck = monitor.view
            #expect(
                stuck.report.state == .driverStuck && stuck.report.devices.map(\.condition) == [.unknown, .unknown])
            #expect(stuck.report.devices.allSatisfy { $0.readings == DeviceReadings() })
            #expect(stuck.faults.map(\.key.reason) == ["DriverStuck"])
            try driver.remove("hang nvmlDeviceGetPowerUsage")
            #expect(await Self.eventually { monitor.view.report.state == .ready && monitor.view.faults.isEmpty })
        }
        #expect(end < .seconds(1))
        #expect(await Self.eventually { !driver.isLoaded })
        #expect(driver.violations == "")
    }

    @Test func `a driver that hangs from the first call does not keep the agent from ending`() async throws {
        let driver = try FakeDriver("hang nvmlInitWithFlags")
        let clock = MovedClock()
        let monitor = try Self.monitor(driver, clock)
        let end = try await Self.running(monitor) {
            #expect(monitor.view.report.state == .starting)
            try await Task.sleep(for: .milliseconds(30))
            clock.move(.seconds(11))
            #expect(monitor.view.report.state == .driverStuck)
        }
        #expect(end < .seconds(1))
        try driver.become([])
    }

    @Test func `a fault is told within a second of its event, and clears`() async throws {
        let driver = try FakeDriver("shape dgx-h100")
        let clock = MovedClock()
        let monitor = try Self.monitor(driver, clock)
        _ = try await Self.running(monitor) {
            #expect(await Self.eventually { monitor.view.report.state == .ready })
            var slowest = Duration.zero
            for number in 1...50 {
                let gpu = number % 8
                try driver.become([
                    "shape dgx-h100", "set \(gpu) recovery 1",
                    "event \(number) \(gpu) 0x8 \(number % 2 == 0 ? 79 : 95)",
                ])
                let start = ContinuousClock.now
                let uuid = "GPU-00000000-0000-4000-8000-00000000000\(gpu)"
                #expect(
                    await Self.eventually {
                        monitor.view.faults.contains { $0.key.device == uuid && $0.key.reason.hasPrefix("XID") }
                    })
                slowest = max(slowest, ContinuousClock.now - start)
                try driver.become(["shape dgx-h100"])
                #expect(await Self.eventually { !monitor.view.faults.contains { $0.verdict.severity == .critical } })
                clock.move(FaultLedger.eventWindow)
                #expect(await Self.eventually { monitor.view.faults.isEmpty })
            }
            #expect(slowest < .seconds(1))
        }
    }

    @Test func `the worker takes one job at a time`() async throws {
        let worker = try VendorWorker(name: "test")
        let gate = Mutex(false)
        let done = Mutex(0)
        let start = ContinuousClock.now
        #expect(
            worker.start(at: start) {
                while !gate.withLock({ $0 }) {}
                done.withLock { $0 += 1 }
            })
        #expect(!worker.start(at: start) {} && worker.busySince == start)
        gate.withLock { $0 = true }
        #expect(await Self.eventually { worker.busySince == nil })
        #expect(worker.start(at: .now) { done.withLock { $0 += 1 } })
        #expect(await Self.eventually { done.withLock { $0 } == 2 })
        worker.stop()
        #expect(await Self.eventually { worker.busySince == nil } && !worker.start(at: .now) {})
    }
}
