import Hardware
import Testing
import Topology

/// What the library says becomes values, on every kind of machine.
@Suite struct NVMLReadingTests {
    struct Machine: Sendable, CustomTestStringConvertible {
        var shape: String
        var name: String
        var gpus: Int
        var architecture: String
        var memoryMiB: UInt64
        /// Links of the first GPU, and what joins the first two and how fast.
        var links: Int
        var medium: FastLink.Medium?
        var gigabytesPerSecond: Double?
        var testDescription: String { shape }
    }

    static let machines = [
        Machine(
            shape: "dgx-a100", name: "NVIDIA A100-SXM4-80GB", gpus: 8, architecture: "Ampere", memoryMiB: 81_920,
            links: 12, medium: .nvSwitch, gigabytesPerSecond: 300),
        Machine(
            shape: "dgx-h100", name: "NVIDIA H100 80GB HBM3", gpus: 8, architecture: "Hopper", memoryMiB: 81_559,
            links: 18, medium: .nvSwitch, gigabytesPerSecond: 478.116),
        Machine(
            shape: "dgx-h200", name: "NVIDIA H200", gpus: 8, architecture: "Hopper", memoryMiB: 143_771, links: 18,
            medium: .nvSwitch, gigabytesPerSecond: 478.116),
        Machine(
            shape: "dgx-b200", name: "NVIDIA B200", gpus: 8, architecture: "Blackwell", memoryMiB: 183_359, links: 18,
            medium: .nvSwitch, gigabytesPerSecond: 956.25),
        Machine(
            shape: "nvl72", name: "NVIDIA GB200", gpus: 4, architecture: "Blackwell", memoryMiB: 189_471, links: 18,
            medium: .nvSwitch, gigabytesPerSecond: 956.25),
        Machine(
            shape: "a100-bridged", name: "NVIDIA A100 80GB PCIe", gpus: 4, architecture: "Ampere", memoryMiB: 81_920,
            links: 12, medium: .nvLink, gigabytesPerSecond: 300),
        Machine(
            shape: "l40s", name: "NVIDIA L40S", gpus: 4, architecture: "Ada", memoryMiB: 46_068, links: 0, medium: nil,
            gigabytesPerSecond: nil),
    ]

    @Test(arguments: machines) func `reads a machine`(machine: Machine) throws {
        let driver = try FakeDriver("shape \(machine.shape)")
        let session = driver.session()
        let report = session.step(.now)
        #expect(report.state == .ready && report.detail.isEmpty)
        #expect(report.versions == ["driver": "570.86.15", "library": "13.570.86.15", "cuda": "12.8"])
        #expect(report.devices.count == machine.gpus)
        #expect(Set(report.devices.map(\.identity.uuid)).count == machine.gpus)
        for (index, device) in report.devices.enumerated() {
            #expect(device.condition == .ok && device.identity.index == index)
            #expect(device.identity.name == machine.name && device.identity.architecture == machine.architecture)
            #expect(device.readings.memoryTotalBytes == machine.memoryMiB << 20)
            #expect(device.readings.memoryUsedBytes == UInt64(1_024 + index) << 20)
            #expect(device.readings.temperatureCelsius == 30 + index)
            #expect(device.fastLinks?.ports.count ?? 0 == machine.links)
        }
        #expect(report.paths.count == machine.gpus * (machine.gpus - 1) / 2)
        let first = try #require(report.paths.first)
        #expect(first.bus.value == .pix && first.bus.evidence == [.nvml])
        #expect(first.fast?.medium.value == machine.medium)
        if let speed = machine.gigabytesPerSecond {
            #expect(abs((first.fast?.gigabytesPerSecond ?? 0) - speed) < 0.01)
            #expect(first.fast?.medium.confidence == .high)
        }
        session.close()
        #expect(driver.violations == "")
    }

    @Test func `reads every value of a GPU`() throws {
        let driver = try FakeDriver(
            "shape dgx-h100", "gpus 2", "set 1 utilisation 87", "set 1 memoryUtilisation 41", "set 1 power 512345",
            "set 1 reasons 0x48", "set 1 corrected 5", "set 1 uncorrected 2", "set 1 remappedUncorrected 3",
            "set 1 remapPending 1", "set 1 remapFailed 1", "set 1 retiredSingle 4", "set 1 retiredDouble 1",
            "set 1 retiredPending 1", "set 1 sramExceeded 1", "set 1 generation 3", "set 1 width 8", "set 1 replays 9",
            "set 1 recovery 4", "set 1 energy 123456", "process 1 4242 1048576", "process 1 4243 18446744073709551615")
        let session = driver.session()
        defer { session.close() }
        let devices = session.step(.now).devices
        let busy = try #require(devices.last).readings
        #expect(busy.utilisationPercent == 87 && busy.memoryUtilisationPercent == 41)
        #expect(busy.powerWatts == 512.345 && busy.powerLimitWatts == 700 && busy.energyJoules == 123.456)
        #expect(busy.temperatureCelsius == 31 && busy.memoryTemperatureCelsius == 41)
        #expect(busy.clockReasons?.names == ["hardwareSlowdown", "hardwareThermal"])
        #expect(busy.clockMegahertz == 1_980 && busy.memoryClockMegahertz == 2_619)
        #expect(busy.eccErrors == ECCErrors(corrected: 5, uncorrected: 2, correctedEver: 5, uncorrectedEver: 2))
        #expect(
            busy.remappedRows == RemappedRows(corrected: 0, uncorrected: 3, isPending: true, hasFailed: true))
        #expect(busy.retiredPages == 5 && busy.isRetirementPending == true && busy.isSRAMThresholdExceeded == true)
        #expect(busy.linkGeneration == 3 && busy.linkGenerationMax == 5 && busy.linkWidth == 8 && busy.isLinkNarrowed)
        #expect(busy.linkReplays == 9 && busy.recoveryAction == .drainAndReset)
        #expect(
            devices.last?.processes == [
                DeviceProcess(pid: 4_242, memoryBytes: 1 << 20, part: .whole),
                DeviceProcess(pid: 4_243, memoryBytes: nil, part: .whole),
            ])
        let quiet = try #require(devices.first).readings
        #expect(quiet.eccErrors?.uncorrected == 0 && quiet.recoveryAction == RecoveryAction.none)
        #expect(!quiet.isLinkNarrowed && quiet.remappedRows?.hasFailed == false && devices.first?.processes == [])
    }

    @Test func `reads more processes than it expected`() throws {
        let driver = try FakeDriver("gpus 1")
        try driver.become(["gpus 1"] + (0..<200).map { "process 0 \(1_000 + $0) 4096" })
        let session = driver.session()
        defer { session.close() }
        #expect(session.step(.now).devices[0].processes.map(\.pid) == Array(1_000..<1_200))
    }

    @Test func `knows the place and the fabric of a tray`() throws {
        let driver = try FakeDriver("shape nvl72")
        let session = driver.session()
        defer { session.close() }
        let devices = session.step(.now).devices
        #expect(devices.map(\.identity.address) == ["0008:01:00.0", "0009:01:00.0", "0018:01:00.0", "0019:01:00.0"])
        #expect(devices.allSatisfy { $0.rackPlace?.slot == 11 && $0.rackPlace?.chassis == "1821225190097" })
        let fabric = try #require(devices[0].fabric)
        #expect(fabric.domain == "5a1c9e02-4431-4f0b-a766-10d238ef7105.32766")
        #expect(devices.allSatisfy { $0.fabric.map { $0.shares(with: fabric) } == true })
    }

    @Test func `GPUs that have not joined the fabric are not joined by its switches`() throws {
        let driver = try FakeDriver("shape dgx-h100", "set 0 fabricState 2", "set 1 health 0xa9")
        let session = driver.session()
        defer { session.close() }
        var clock = FakeClock()
        let report = session.step(clock.now)
        #expect(
            report.devices[0].fabric?.domain == nil && report.devices[1].fabric?.health.problems == [.degradedBandwidth]
        )
        #expect(report.paths.count { $0.fast != nil } == 15)
        try driver.remove("set 0 fabricState 2")
        let later = session.step(&clock, for: 3) { $0.devices[0].fabric?.domain != nil }
        #expect(later.paths.count { $0.fast != nil } == 21)
    }

    @Test func `the parts of eight GPUs are told apart`() throws {
        let driver = try FakeDriver(
            "shape dgx-a100", "set * mig 7", "process 2 77 4096 9 0", "process 2 78 4096 10 0")
        let session = driver.session()
        defer { session.close() }
        var clock = FakeClock()
        _ = session.step(clock.now)
        let report = session.step(clock.advance(.seconds(1)))
        let parts = report.devices.flatMap(\.partitions)
        #expect(parts.count == 56 && Set(parts.map(\.uuid)).count == 56)
        #expect(report.devices[2].partitions.map(\.gpuInstance) == Array(7..<14))
        #expect(Set(parts.map(\.profile)) == ["1g.10gb"])
        #expect(report.paths.count == 28 && report.paths.allSatisfy { $0.fast == nil })
        let used = report.devices[2].partitions.map { report.devices[2].partitionUsedBytes[$0.uuid] }
        #expect(used == (1...7).map { UInt64($0) << 20 })
        #expect(
            report.devices[2].processes.map(\.part) == [
                .partition(gpuInstance: 9, computeInstance: 0), .partition(gpuInstance: 10, computeInstance: 0),
            ])
        // Cut anew: the library's old parts stop to answer, and the new ones are found without waiting for a refresh.
        try driver.become(["shape dgx-a100", "set * mig 7", "set 3 mig 2"])
        let cut = session.step(&clock, for: 40) { $0.devices[3].partitions.count == 2 }
        #expect(cut.devices[3].partitions.count == 2 && cut.devices.flatMap(\.partitions).count == 51)
        #expect(driver.violations == "")
    }

    @Test func `older structures and functions do as well`() throws {
        let driver = try FakeDriver(
            "shape nvl72", "version nvmlDeviceGetMemoryInfo_v2 1", "version nvmlDeviceGetTemperatureV 0",
            "version nvmlDeviceGetGpuFabricInfoV 2", "version nvmlDeviceGetPlatformInfo 1")
        let session = driver.session()
        defer { session.close() }
        let device = session.step(.now).devices[0]
        // The older structure counts what the driver keeps as used.
        #expect(device.readings.memoryUsedBytes == (1_024 + 512) << 20 && device.readings.memoryReservedBytes == nil)
        #expect(device.readings.temperatureCelsius == 30 && device.fabric?.clique == 32_766 && device.rackPlace != nil)
        #expect(device.unanswered.keys.filter { $0.contains("Memory") || $0.contains("Temperature") } == [])
    }
}
