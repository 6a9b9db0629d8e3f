package import AgentProtocol
package import Fleet
package import KVBlocks
package import Routing

/// What the gateway asks of the live picture of engines.
package struct FleetView: Sendable {
    /// What one decision asks.
    package struct Question: Sendable {
        /// The prompt's blocks; empty where they are unknown or do not matter.
        package var chain: [BlockHash]
        /// The model or adapter under the name that engines know it by; nil where it does not matter.
        package var model: String?

        package init(chain: [BlockHash] = [], model: String? = nil) {
            self.chain = chain
            self.model = model
        }
    }

    /// A consistent picture of every engine.
    package var snapshot: @Sendable () -> (EngineID) -> EngineFacts?
    /// What one decision reads of a target's engines, of one moment; nothing of what is in flight.
    package var readings: @Sendable (TargetPlan, Question) -> TargetReadings
    /// The bundle of announced files; nil while it is not here, which makes it come. Given once.
    package var modelFiles: (@Sendable (ModelFilesID) -> [UInt8]?)?
    /// The way to the other replicas; nil for none.
    package var replicas: ReplicaExchange?

    package init(
        snapshot: @escaping @Sendable () -> (EngineID) -> EngineFacts?,
        readings: @escaping @Sendable (TargetPlan, Question) -> TargetReadings
    ) {
        self.snapshot = snapshot
        self.readings = readings
    }

    /// A picture that is asked engine by engine. `matches` gives the leading blocks of a chain that each engine's cache
    /// holds; engines with none may be left out.
    package init(
        snapshot: @escaping @Sendable () -> (EngineID) -> EngineFacts?,
        matches: @escaping @Sendable ([BlockHash]) -> [EngineID: Int]
    ) {
        self.init(snapshot: snapshot) { plan, question in
            let facts = snapshot()
            let held = question.chain.isEmpty ? [:] : matches(question.chain)
            return TargetReadings(
                engines: plan.server.endpoints.map { endpoint in
                    var reading =
                        facts(endpoint.engine).map { EngineReading($0, model: question.model) } ?? EngineReading()
                    reading.matchedBlocks = Int32(clamping: held[endpoint.engine] ?? 0)
                    return reading
                })
        }
    }

    /// Nothing is known of any engine; requests go by this router's own counts.
    package static let empty = FleetView(snapshot: { { _ in nil } }, matches: { _ in [:] })
}
