/// A part of the project that has bars; its raw value is what `make bench PART=` takes.
enum Part: String, CaseIterable {
    case a = "A"

    /// The bars in the order of their numbers, from 1.
    var bars: [() async throws -> Bar] {
        switch self {
        case .a:
            [
                { try await SnapshotRestore.bar() }, { try PrefixLookup.bar() }, { try ChainHashing.bar() },
                { try BodyScan.bar() }, { try RoutingDecision.bar() }, { try EngineSteps.bar() },
            ]
        }
    }
}
