/// A part of the project that has bars; its raw value is what `make bench PART=` takes.
enum Part: String, CaseIterable {
    case a = "A"

    /// The bars in the order of their numbers, from 1.
    var bars: [() async throws -> Bar] {
        switch self {
        case .a:
            [
                SnapshotRestore.bar, PrefixLookup.bar, ChainHashing.bar, BodyScan.bar, RoutingDecision.bar,
                EngineSteps.bar,
            ]
        }
    }
}
