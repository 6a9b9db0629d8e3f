/// Where a GPU stands in a fabric of NVLink switches.
package struct FabricMembership: Sendable, Hashable {
    /// How far the GPU's joining has come.
    package enum State: Int, Sendable, Hashable {
        case notSupported = 0
        case notStarted = 1
        case inProgress = 2
        case completed = 3
    }

    /// 32 hexadecimal digits in the groups of a UUID; zeros inside one machine.
    package var cluster: String
    /// Says something only together with `cluster`: two racks may have the same.
    package var clique: UInt32
    package var state: State
    /// What joining ended with; 0 is success.
    package var status: Int
    package var health: FabricHealth

    package init(cluster: String, clique: UInt32, state: State, status: Int, health: FabricHealth) {
        self.cluster = cluster
        self.clique = clique
        self.state = state
        self.status = status
        self.health = health
    }

    /// Whether the fabric carries this GPU's traffic.
    package var isUsable: Bool { state == .completed && status == 0 && !health.isBroken }

    /// The name of the set of GPUs that share memory over the fabric; nil for one that has no part in it.
    package var domain: String? { isUsable ? "\(cluster).\(clique)" : nil }

    /// Whether two GPUs reach each other's memory over the fabric.
    package func shares(with other: FabricMembership) -> Bool { domain != nil && domain == other.domain }
}

/// What is wrong with a GPU's part in a fabric.
package struct FabricHealth: Sendable, Hashable {
    /// One thing that can be wrong, in the words of the driver.
    package enum Problem: String, Sendable, Hashable {
        case degradedBandwidth
        case routeRecovery
        case routeUnhealthy
        case accessTimeout
        case incorrectSystemGUID
        case incorrectChassisSerial
        case noPartition
        case tooFewLinks
        case incompatibleFirmware
        case invalidLocation
        case invalidState
        case unhealthy
        case limited
    }

    package var problems: [Problem]

    /// Reads the driver's mask: pairs of bits (1 true, 2 false) for the first four, four bits for a wrong configuration
    /// (1 none). `summary` is 2 for unhealthy and 3 for limited; 0 where the driver has none.
    package init(mask: UInt32, summary: UInt8 = 0) {
        let pairs: [Problem] = [.degradedBandwidth, .routeRecovery, .routeUnhealthy, .accessTimeout]
        problems = pairs.enumerated().filter { mask >> UInt32($0.offset * 2) & 3 == 1 }.map(\.element)
        let configurations: [Problem] = [
            .incorrectSystemGUID, .incorrectChassisSerial, .noPartition, .tooFewLinks, .incompatibleFirmware,
            .invalidLocation, .invalidState,
        ]
        let configuration = Int(mask >> 8 & 15) - 2
        if configurations.indices.contains(configuration) { problems.append(configurations[configuration]) }
        if summary == 2 { problems.append(.unhealthy) }
        if summary == 3 { problems.append(.limited) }
    }

    /// Whether memory over the fabric cannot be relied on; recovery and limits slow it down only.
    package var isBroken: Bool {
        problems.contains { problem in
            switch problem {
            case .routeRecovery, .limited: false
            default: true
            }
        }
    }
}
