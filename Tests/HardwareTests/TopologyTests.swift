import Hardware
import JSONValues
import Testing
import Topology

/// Facts, fabrics, links and parts as values, and what a library adds to what the bus shows.
@Suite struct TopologyTests {
    @Test func `sources that agree make a fact sure, others make it doubtful`() {
        var fact = Fact(2, .hwloc)
        #expect(fact.confidence == .medium)
        fact.take(nil, from: .sysfs)
        fact.take(2, from: .hwloc)
        #expect(fact.confidence == .medium && fact.evidence == [.hwloc])
        fact.take(2, from: .nvml)
        #expect(fact.confidence == .high && fact.evidence == [.hwloc, .nvml])
        fact.take(3, from: .sysfs)
        #expect(fact.value == 2 && fact.confidence == .low)
        #expect(fact.contradictions.map(\.value) == [3] && fact.contradictions.map(\.evidence) == [.sysfs])
        fact.take(2, from: .libnuma)
        #expect(fact.confidence == .low)
    }

    struct Mask: Sendable {
        var mask: UInt32
        var summary: UInt8 = 0
        var problems: [FabricHealth.Problem]
        var isBroken: Bool
    }

    @Test(arguments: [
        Mask(mask: 0xaa, problems: [], isBroken: false), Mask(mask: 0, problems: [], isBroken: false),
        Mask(mask: 0x1aa, problems: [], isBroken: false), Mask(mask: 0x11aa, problems: [], isBroken: false),
        Mask(mask: 0xa9, problems: [.degradedBandwidth], isBroken: true),
        Mask(mask: 0xa6, problems: [.routeRecovery], isBroken: false),
        Mask(mask: 0x9a, problems: [.routeUnhealthy], isBroken: true),
        Mask(mask: 0x6a, problems: [.accessTimeout], isBroken: true),
        Mask(mask: 0x2aa, problems: [.incorrectSystemGUID], isBroken: true),
        Mask(mask: 0x4aa, problems: [.noPartition], isBroken: true),
        Mask(mask: 0x8aa, problems: [.invalidState], isBroken: true),
        Mask(mask: 0xaa, summary: 2, problems: [.unhealthy], isBroken: true),
        Mask(mask: 0xaa, summary: 3, problems: [.limited], isBroken: false),
    ]) func `a fabric's health is read`(row: Mask) {
        let health = FabricHealth(mask: row.mask, summary: row.summary)
        #expect(health.problems == row.problems && health.isBroken == row.isBroken)
    }

    @Test func `the same clique in another cluster is another fabric`() {
        func member(_ cluster: String, state: FabricMembership.State = .completed, status: Int = 0) -> FabricMembership
        {
            FabricMembership(
                cluster: cluster, clique: 32_766, state: state, status: status, health: FabricHealth(mask: 0xaa))
        }
        #expect(member("a").shares(with: member("a")) && !member("a").shares(with: member("b")))
        #expect(!member("a").shares(with: member("a", state: .inProgress)))
        #expect(!member("a", status: 1).shares(with: member("a", status: 1)))
    }

    private static func ports(_ address: String, _ remotes: [FastLinkPorts.Remote], isJoined: Bool = true)
        -> FastLinkPorts
    {
        FastLinkPorts(
            address: address, ports: remotes.map { FastLinkPorts.Port(remote: $0, isActive: true) },
            gigabytesPerSecondEach: 25, isJoined: isJoined)
    }

    @Test func `links are matched, directly and through switches`() throws {
        let left = Self.ports("a", [.device("b"), .device("b"), .device("c")])
        let right = Self.ports("b", [.device("a"), .device("a"), .unknown])
        let direct = try #require(FastLinkPorts.join(left, right, peerAnswer: nil))
        #expect(direct.medium.value == .nvLink && direct.count == 2 && direct.gigabytesPerSecond == 50)
        #expect(FastLinkPorts.join(left, right, peerAnswer: false)?.medium.confidence == .low)
        #expect(FastLinkPorts.join(right, Self.ports("d", [.unknown]), peerAnswer: nil) == nil)
        // No remote names a device: pairs follow from the switches.
        let six = Self.ports("a", Array(repeating: .aSwitch(nil), count: 6))
        let five = Self.ports("b", Array(repeating: .aSwitch("0000:66:00.0"), count: 5))
        let through = try #require(FastLinkPorts.join(six, five, peerAnswer: nil))
        #expect(through.medium.value == .nvSwitch && through.count == 5 && through.medium.confidence == .medium)
        #expect(FastLinkPorts.join(six, five, peerAnswer: true)?.medium.confidence == .high)
        #expect(FastLinkPorts.join(six, Self.ports("b", [.aSwitch(nil)], isJoined: false), peerAnswer: nil) == nil)
    }

    struct Profile: Sendable {
        var slices: (Int, Int)
        var megabytes: UInt64
        var deviceMiB: UInt64
        var name: String
    }

    @Test(arguments: [
        Profile(slices: (1, 1), megabytes: 4_864, deviceMiB: 40_536, name: "1g.5gb"),
        Profile(slices: (1, 1), megabytes: 9_856, deviceMiB: 81_559, name: "1g.10gb"),
        Profile(slices: (2, 2), megabytes: 20_096, deviceMiB: 81_559, name: "2g.20gb"),
        Profile(slices: (3, 1), megabytes: 40_448, deviceMiB: 81_559, name: "1c.3g.40gb"),
        Profile(slices: (7, 7), megabytes: 80_896, deviceMiB: 81_559, name: "7g.80gb"),
        Profile(slices: (1, 1), megabytes: 16_896, deviceMiB: 143_771, name: "1g.18gb"),
    ]) func `a part's profile follows from its size`(row: Profile) {
        let name = Partition.profile(
            gpuSlices: row.slices.0, computeSlices: row.slices.1, memoryMegabytes: row.megabytes,
            deviceMemoryBytes: row.deviceMiB << 20)
        #expect(name == row.name)
    }

    @Test func `a library's facts join those of the bus, and contradictions show`() throws {
        let driver = try FakeDriver("shape dgx-h100", "gpus 3", "set 1 numa 1")
        let session = driver.session()
        defer { session.close() }
        var topology = NodeTopology(hostname: "n")
        for (index, bus) in ["1b", "43"].enumerated() {
            topology.accelerators.append(
                Accelerator(
                    vendor: .nvidia, deviceID: 0x2330, name: "GH100",
                    location: PCILocation(
                        address: "0000:\(bus):00.0", bridges: ["h\(index)", "s\(index)"], numaNode: 0)))
        }
        topology.take(session.step(.now))
        #expect(topology.accelerators.map(\.name) == Array(repeating: "NVIDIA H100 80GB HBM3", count: 3))
        #expect(topology.accelerators.map(\.nearestNUMANode?.confidence) == [.high, .low, .medium])
        #expect(topology.accelerators[1].nearestNUMANode?.contradictions.map(\.value) == [1])
        #expect(topology.accelerators[2].location.address == "0000:52:00.0")
        // The bridges say that the two share nothing, the driver that one switch is above both.
        let path = try #require(topology.paths.first)
        #expect(path.bus.value == .pix && path.bus.confidence == .low)
        #expect(path.bus.contradictions.map(\.value) == [.node])
        #expect(path.bus.json { .string($0.description) }["contradictions"]?[0]?["evidence"]?.string == "hwloc")
    }

    @Test func `a device's page has its readings, and not those of before`() throws {
        let driver = try FakeDriver("shape nvl72", "set 0 mig 1", "process 0 12 4096 7 0")
        let session = driver.session()
        defer { session.close() }
        var clock = FakeClock()
        _ = session.step(clock.now)
        let report = session.step(clock.advance(.seconds(1)))
        let page = report.devices[0].json
        #expect(page["condition"]?.string == "ok" && page["readings"]?["powerWatts"] != nil)
        #expect(page["partitions"]?[0]?["profile"]?.string == "1g.10gb" && page["rack"]?["slot"]?.integer == 11)
        #expect(page["processes"]?[0]?["part"]?["gpuInstance"]?.integer == 7)
        #expect(page["unanswered"]?["nvmlDeviceGetUtilizationRates"]?.string == "not supported")
        let library = report.json(now: clock.advance(.seconds(2)))
        #expect(library["state"]?.string == "ready" && library["secondsOld"] == .double(2))
        try driver.add("unloaded 999")
        let gone = session.step(clock.advance(.seconds(1)))
        #expect(gone.devices[0].json["readings"] == nil && gone.devices[0].json["condition"]?.string == "unknown")
    }
}
