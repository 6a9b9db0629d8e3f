package import AgentProtocol
package import KVBlocks
package import Routing

/// What the gateway asks of the live picture of engines.
package struct FleetView: Sendable {
    /// A consistent picture of every engine, taken once a request.
    package var snapshot: @Sendable () -> (EngineID) -> EngineFacts?
    /// Leading blocks of a chain that each engine's cache holds; engines with none may be left out.
    package var matches: @Sendable ([BlockHash]) -> [EngineID: Int]

    package init(
        snapshot: @escaping @Sendable () -> (EngineID) -> EngineFacts?,
        matches: @escaping @Sendable ([BlockHash]) -> [EngineID: Int]
    ) {
        self.snapshot = snapshot
        self.matches = matches
    }

    /// Nothing is known of any engine; requests go by this router's own counts.
    package static let empty = FleetView(snapshot: { { _ in nil } }, matches: { _ in [:] })
}
