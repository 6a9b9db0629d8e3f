package import AgentProtocol

/// The engines of the fleet at one moment; a value, so a reader keeps one picture for as long as it decides.
package struct FleetSnapshot: Sendable {
    package let engines: [EngineID: EngineState]
    /// Grows with every change of an engine's description, load or reachability.
    package let version: UInt64
    private let addresses: [String: EngineID]

    package init(engines: [EngineID: EngineState] = [:], version: UInt64 = 0) {
        self.init(engines: engines, addresses: Self.addresses(of: engines), version: version)
    }

    init(engines: [EngineID: EngineState], addresses: [String: EngineID], version: UInt64) {
        self.engines = engines
        self.addresses = addresses
        self.version = version
    }

    package subscript(_ id: EngineID) -> EngineState? { engines[id] }

    /// The engine that serves at `host:port`.
    package subscript(address address: String) -> EngineState? { addresses[address].flatMap { engines[$0] } }

    /// Of two engines that claim an address, the later life has it.
    static func addresses(of engines: [EngineID: EngineState]) -> [String: EngineID] {
        var result: [String: EngineID] = [:]
        for (id, state) in engines {
            let address = "\(state.description.host):\(id.port)"
            if let other = result[address], let rival = engines[other],
                (rival.description.incarnation, other) > (state.description.incarnation, id)
            {
                continue
            }
            result[address] = id
        }
        return result
    }
}
