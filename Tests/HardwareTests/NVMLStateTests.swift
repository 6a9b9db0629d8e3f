import Hardware
import SystemFiles
import Testing
import Topology

/// Whatever the library answers, the session stays up, names the state, and comes back by itself.
@Suite struct NVMLStateTests {
    @Test func `a missing library and a missing GPU are told apart`() throws {
        let driver = try FakeDriver()
        let nowhere = driver.configuration(places: ["\(driver.folder)/none/libnvidia-ml.so.1"])
        #expect(NVMLSession(nowhere).step(.now).state == .libraryMissing)
        try driver.putOnBus(0)
        #expect(NVMLSession(nowhere).step(.now).state == .noDevice)
        try driver.putOnBus(8)
        let missing = NVMLSession(nowhere).step(.now)
        #expect(missing.state == .libraryMissing && missing.detail.contains("8 NVIDIA devices"))
        try driver.become(["gpus 0"])
        let excluded = driver.session().step(.now)
        #expect(excluded.state == .noDevice && excluded.detail.contains("another driver holds them"))
        #expect(!driver.isLoaded)
    }

    @Test func `a library appears while the agent runs`() throws {
        let driver = try FakeDriver("gpus 2")
        try driver.putOnBus(2)
        let place = "\(driver.folder)/later.so"
        let session = NVMLSession(driver.configuration(places: [place]))
        defer { session.close() }
        var clock = FakeClock()
        #expect(session.step(clock.now).state == .libraryMissing)
        try Files.write("no library at all", to: place)
        let unusable = session.step(&clock) { $0.state == .libraryUnusable }
        #expect(unusable.detail.contains("later.so"))
        try Files.write(try Files.read(driver.library), to: place, mode: 0o755)
        #expect(session.step(&clock) { $0.state == .ready }.devices.count == 2)
    }

    struct Start: Sendable {
        var code: Int
        var state: LibraryState
    }

    static let starts =
        [
            Start(code: 9, state: .driverNotLoaded), Start(code: 18, state: .driverMismatch),
            Start(code: 4, state: .permissionDenied), Start(code: 17, state: .permissionDenied),
            Start(code: 12, state: .libraryUnusable), Start(code: 999, state: .permissionDenied),
        ]
        + [1, 2, 3, 6, 7, 8, 10, 11, 14, 15, 16, 19, 20, 21, 23, 25, 26, 27, 28, 29, 30].map {
            Start(code: $0, state: .failing)
        }

    @Test(arguments: starts) func `a start that fails has a name and is tried again`(start: Start) throws {
        let refusal = "return nvmlInitWithFlags \(start.code)"
        let driver = try FakeDriver("gpus 1", refusal)
        try driver.putOnBus(1, driverHasThem: true)
        let session = driver.session()
        var clock = FakeClock()
        let report = session.step(clock.now)
        #expect(report.state == start.state && !report.detail.isEmpty)
        #expect(!driver.isLoaded)
        try driver.remove(refusal)
        #expect(session.step(&clock, for: 2) { $0.state == .ready }.state == .ready)
        session.close()
        #expect(driver.violations == "" && !driver.isLoaded)
    }

    static let codes = [
        1, 2, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 23, 25, 26, 27, 28, 29, 30, 999,
    ]

    @Test func `every code from every call is survived and named`() throws {
        let base = ["shape dgx-h100", "gpus 2", "set 1 mig 2", "process 0 7 4096"]
        let driver = try FakeDriver("")
        try driver.putOnBus(2)
        #expect(FakeDriver.symbols.count > 50)
        for symbol in FakeDriver.symbols {
            try driver.become(base)
            let session = driver.session()
            var clock = FakeClock()
            #expect(session.step(clock.now).state == .ready)
            for code in Self.codes {
                try driver.become(base + ["return \(symbol) \(code)"])
                // Far enough for everything that is read seldom, and for an opening anew after the code before.
                let report = session.step(clock.advance(.seconds(61)))
                #expect(report.state == .ready || !report.detail.isEmpty, "\(symbol) \(code)")
                #expect(report.devices.count == 2, "\(symbol) \(code)")
            }
            try driver.become(base)
            let healed = session.step(&clock) { report in
                report.state == .ready && report.devices.allSatisfy { $0.condition == .ok }
            }
            #expect(healed.state == .ready && healed.devices.map(\.condition) == [.ok, .ok], "\(symbol)")
            session.close()
        }
        #expect(driver.violations == "")
        #expect(!driver.isLoaded)
    }

    @Test func `a library without one function lacks what it tells, and no more`() throws {
        let essential: Set = [
            "nvmlShutdown", "nvmlDeviceGetCount_v2", "nvmlDeviceGetHandleByIndex_v2", "nvmlDeviceGetUUID",
        ]
        for symbol in FakeDriver.symbols {
            let driver = try FakeDriver("shape nvl72", "set 0 mig 2")
            try driver.putOnBus(4)
            try driver.hide(symbol)
            let session = driver.session()
            let report = session.step(.now)
            if essential.contains(symbol) {
                #expect(report.state == .libraryUnusable && report.detail.contains(symbol))
            } else {
                #expect(report.state == .ready, "\(symbol)")
                #expect(report.devices.map(\.condition) == [.ok, .ok, .ok, .ok], "\(symbol)")
            }
            session.close()
            #expect(driver.violations == "" && !driver.isLoaded, "\(symbol)")
        }
    }

    @Test func `a driver comes and goes a hundred times`() throws {
        let driver = try FakeDriver("shape dgx-h100")
        try driver.putOnBus(8)
        let session = driver.session()
        var clock = FakeClock()
        for round in 1...100 {
            try driver.become(["shape dgx-h100", "load \(round)"])
            let up = session.step(&clock) { $0.state == .ready }
            #expect(up.state == .ready && up.devices.map(\.condition) == Array(repeating: .ok, count: 8))
            let code = [1, 9, 15, 18, 999][round % 5]
            try driver.become(["shape dgx-h100", "load \(round)", "unloaded \(code)"])
            let gone = session.step(clock.advance(.seconds(1)))
            #expect(gone.state != .ready && gone.devices.count == 8)
            #expect(gone.devices.allSatisfy { $0.condition != .ok && $0.readings == DeviceReadings() })
            #expect(!driver.isLoaded)
            #expect(session.step(clock.advance(.seconds(1))).state == .driverNotLoaded)
        }
        session.close()
        #expect(driver.violations == "" && !driver.isLoaded)
    }

    @Test func `one lost GPU leaves the others be, and comes back`() throws {
        let driver = try FakeDriver("shape dgx-h100")
        let session = driver.session()
        defer { session.close() }
        var clock = FakeClock()
        #expect(session.step(clock.now).state == .ready)
        try driver.add("return * 15 3")
        let lost = session.step(clock.advance(.seconds(1)))
        #expect(lost.state == .ready && lost.devices[3].condition == .lost)
        #expect(lost.devices[3].readings == DeviceReadings() && lost.devices[3].identity.name.contains("H100"))
        #expect(lost.devices.count { $0.condition == .ok } == 7)
        // The library is opened anew for it now and then; it is still told of under its own name.
        for _ in 0..<30 { _ = session.step(clock.advance(.seconds(1))) }
        let still = session.step(clock.advance(.seconds(1)))
        #expect(still.devices.count == 8 && still.devices[3].condition == .lost)
        #expect(still.devices[3].identity.uuid == lost.devices[3].identity.uuid)
        #expect(still.devices.count { $0.condition == .ok } == 7)
        try driver.remove("return * 15 3")
        let back = session.step(&clock, for: 61) { $0.devices[3].condition == .ok }
        #expect(back.devices.map(\.condition) == Array(repeating: .ok, count: 8))
        #expect(driver.violations == "")
    }

    @Test func `a GPU that gives no handle at first is found later`() throws {
        for code in [4, 15, 17, 28, 6] {
            let refusal = "return nvmlDeviceGetHandleByIndex_v2 \(code) 1"
            let driver = try FakeDriver("shape dgx-h100", "gpus 3", refusal)
            let session = driver.session()
            var clock = FakeClock()
            let first = session.step(clock.now)
            #expect(first.state == .ready && first.devices.count == 3 && first.devices[1].condition != .ok)
            try driver.remove(refusal)
            let found = session.step(&clock) { $0.devices.map(\.condition) == [.ok, .ok, .ok] }
            #expect(
                found.devices.map(\.identity.index) == [0, 1, 2] && found.devices.allSatisfy { $0.condition == .ok })
            session.close()
            #expect(driver.violations == "")
        }
    }

    /// Resident memory of this process.
    private static var residentBytes: Int {
        let pages = (try? Files.text("/proc/self/statm"))?.split(separator: " ").dropFirst().first.flatMap { Int($0) }
        return (pages ?? 0) * 4_096
    }

    @Test func `passes and openings take no memory`() throws {
        let driver = try FakeDriver("shape dgx-h100", "gpus 2", "set 0 mig 2", "process 1 5 4096")
        let session = driver.session()
        var clock = FakeClock()
        func work() throws {
            for _ in 0..<300 { _ = session.step(clock.advance(.seconds(1))) }
            for _ in 0..<30 {
                try driver.add("unloaded 999")
                _ = session.step(clock.advance(.seconds(1)))
                try driver.remove("unloaded 999")
                _ = session.step(clock.advance(.seconds(1)))
            }
        }
        try work()
        let before = Self.residentBytes
        try work()
        try work()
        session.close()
        #expect(Self.residentBytes - before < 1 << 20)
    }

    @Test func `a GPU that wants a reset says so`() throws {
        let driver = try FakeDriver("shape dgx-h100", "return nvmlDeviceGetMemoryInfo_v2 16 5")
        let session = driver.session()
        defer { session.close() }
        #expect(session.step(.now).devices.map(\.condition).firstIndex(of: .resetRequired) == 5)
    }

    @Test func `a GPU that this process may not touch is blocked`() throws {
        let driver = try FakeDriver("shape dgx-h100")
        let session = driver.session()
        defer { session.close() }
        var clock = FakeClock()
        #expect(session.step(clock.now).state == .ready)
        try driver.add("return * 17 2")
        let report = session.step(clock.advance(.seconds(1)))
        #expect(report.devices[2].condition == .blocked)
        #expect(report.devices[2].unanswered["nvmlDeviceGetPowerUsage"] == "blocked by the operating system")
    }
}
