import Hardware
import Testing
import Topology

/// Events reach the device, and the part of it, that they are about.
@Suite struct NVMLEventTests {
    /// Steps until an event has come, or for a while.
    private static func events(_ session: NVMLSession, _ clock: inout FakeClock, count: Int) -> [DeviceEvent] {
        var found: [DeviceEvent] = []
        let limit = ContinuousClock.now + .seconds(20)
        while found.count < count, ContinuousClock.now < limit {
            _ = session.step(clock.advance(.milliseconds(100)))
            found += session.takeEvents()
        }
        return found
    }

    @Test func `an event of every part of eight GPUs reaches that part`() throws {
        let base = ["shape dgx-h100", "set * mig 7"]
        let driver = try FakeDriver("")
        try driver.become(base)
        let session = driver.session()
        var clock = FakeClock()
        let devices = session.step(clock.now).devices
        var lines = base
        for gpu in 0..<8 {
            for part in 0..<7 {
                lines.append("event \(gpu * 7 + part + 1) \(gpu) 0x8 \(1_000 + gpu * 7 + part) \(part + 7) 0")
            }
        }
        try driver.become(lines)
        let events = Self.events(session, &clock, count: 56)
        #expect(events.count == 56)
        for event in events {
            guard case .xid(let number) = event.kind else { continue }
            let (gpu, part) = (number - 1_000).quotientAndRemainder(dividingBy: 7)
            #expect(event.device == devices[gpu].identity.uuid)
            let hit = devices[gpu].partitions.filter {
                event.part.covers(gpuInstance: $0.gpuInstance, computeInstance: $0.computeInstance)
            }
            #expect(hit.map(\.gpuInstance) == [part + 7])
        }
        session.close()
        #expect(driver.violations == "" && !driver.isLoaded)
    }

    struct Row: Sendable {
        var line: String
        var part: DevicePart
        var kind: DeviceEvent.Kind
    }

    static let rows = [
        Row(line: "event 1 1 0x8 79", part: .whole, kind: .xid(79)),
        Row(line: "event 1 1 0x8 999", part: .whole, kind: .xid(999)),
        Row(line: "event 1 1 0x8 43 3", part: .gpuInstance(3), kind: .xid(43)),
        Row(line: "event 1 1 0x8 43 3 1", part: .partition(gpuInstance: 3, computeInstance: 1), kind: .xid(43)),
        Row(line: "event 1 1 0x1 0", part: .whole, kind: .correctedMemoryError),
        Row(line: "event 1 1 0x2 0", part: .whole, kind: .uncorrectedMemoryError),
        Row(line: "event 1 1 0x200 0", part: .whole, kind: .correctedErrorStorm),
        Row(line: "event 1 1 0x400 0", part: .whole, kind: .memoryRetired),
        Row(line: "event 1 1 0x800 0", part: .whole, kind: .memoryRetirementFailed),
        Row(line: "event 1 1 0x1000 0", part: .whole, kind: .poison(isFatal: false)),
        Row(line: "event 1 1 0x2000 0", part: .whole, kind: .poison(isFatal: true)),
        Row(line: "event 1 1 0x4000 0", part: .whole, kind: .unavailable),
        Row(line: "event 1 1 0x8000 0", part: .whole, kind: .recoveryActionChanged),
        Row(line: "event 1 1 0x100 0", part: .whole, kind: .partitionsChanged),
    ]

    @Test(arguments: rows) func `an event is read`(row: Row) throws {
        let driver = try FakeDriver("shape dgx-h100", "gpus 2")
        let session = driver.session()
        defer { session.close() }
        var clock = FakeClock()
        let devices = session.step(clock.now).devices
        try driver.add(row.line)
        let event = try #require(Self.events(session, &clock, count: 1).first)
        #expect(event.device == devices[1].identity.uuid && event.part == row.part && event.kind == row.kind)
    }

    @Test func `an older library tells events of the whole device`() throws {
        let driver = try FakeDriver("gpus 2", "set * mig 2")
        try driver.hide("nvmlEventSetWait_v2")
        let session = driver.session()
        defer { session.close() }
        var clock = FakeClock()
        _ = session.step(clock.now)
        try driver.add("event 1 0 0x8 94 7 0")
        #expect(Self.events(session, &clock, count: 1).map(\.part) == [.whole])
    }

    @Test func `waiting goes on after an error`() throws {
        let driver = try FakeDriver("gpus 2")
        let session = driver.session()
        defer { session.close() }
        var clock = FakeClock()
        _ = session.step(clock.now)
        try driver.add("return nvmlEventSetWait_v2 15")
        for _ in 0..<50 { _ = session.step(clock.advance(.milliseconds(100))) }
        try driver.remove("return nvmlEventSetWait_v2 15")
        for _ in 0..<60 { _ = session.step(clock.advance(.milliseconds(100))) }
        try driver.add("event 9 1 0x8 31")
        #expect(Self.events(session, &clock, count: 1).map(\.kind) == [.xid(31)])
        #expect(driver.violations == "")
    }
}
