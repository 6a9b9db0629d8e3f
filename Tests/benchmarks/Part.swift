/// A part of the project that has bars; its raw value is what `make bench PART=` takes.
enum Part: String, CaseIterable {
    case a = "A"
    case b = "B"
    case c = "C"

    /// What gives the bars, in the order of their numbers, from 1.
    var measurements: [() async throws -> [Bar]] {
        switch self {
        case .a:
            [
                { [try await SnapshotRestore.bar()] }, { [try PrefixLookup.bar()] }, { [try ChainHashing.bar()] },
                { [try BodyScan.bar()] }, { [try RoutingDecision.bar()] }, { [try EngineSteps.bar()] },
            ]
        case .b: [{ try await ServingScale.bars() }, { [try await FaultMemory.bar()] }]
        case .c:
            [
                { try await DecisionBars.bars() }, { try await InstructionCounts.bars() },
                { try await RouterBench.bars() }, { try await RouterLoad.bars() },
            ]
        }
    }
}
