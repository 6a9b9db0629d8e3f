/// Bars that are measured together.
struct Measurement {
    /// What `make bench ONLY=` takes.
    var name: String
    /// How many bars it gives, so that the others keep their numbers where it does not run.
    var count = 1
    var bars: () async throws -> [Bar]
}

/// A part of the project that has bars; its raw value is what `make bench PART=` takes.
enum Part: String, CaseIterable {
    case a = "A"
    case b = "B"
    case c = "C"
    case d = "D"

    /// What gives the bars, in the order of their numbers, from 1.
    var measurements: [Measurement] {
        switch self {
        case .a:
            [
                Measurement(name: "snapshot") { [try await SnapshotRestore.bar()] },
                Measurement(name: "lookup") { [try PrefixLookup.bar()] },
                Measurement(name: "hashing") { [try ChainHashing.bar()] },
                Measurement(name: "scan") { [try BodyScan.bar()] },
                Measurement(name: "decision") { [try RoutingDecision.bar()] },
                Measurement(name: "engine") { [try EngineSteps.bar()] },
            ]
        case .b:
            [
                Measurement(name: "scale", count: 9, bars: ServingScale.bars),
                Measurement(name: "memory") { [try await FaultMemory.bar()] },
            ]
        case .c:
            [
                Measurement(name: "decision", bars: DecisionBars.bars),
                Measurement(name: "instructions", count: 3, bars: InstructionCounts.bars),
                Measurement(name: "routers", count: 6, bars: RouterBench.bars),
                Measurement(name: "first-byte", count: 2, bars: RouterLoad.addedWaits),
                Measurement(name: "long-prompts") { [try await RouterLoad.longPrompts()] },
                Measurement(name: "held-streams", count: 2, bars: HeldStreams.bars),
            ]
        case .d:
            [
                Measurement(name: "index", count: 3, bars: IndexLoad.bars),
                Measurement(name: "events") { [try EventDecoding.bar()] },
                Measurement(name: "exact", count: 2, bars: IndexExactness.bars),
                Measurement(name: "tokens", count: 6) {
                    try [ChatTurns.bar()] + (await LongPrompts.bars()) + (await TokenSpeed.bars())
                },
                Measurement(name: "recovery", count: 2, bars: Recovery.bars),
                Measurement(name: "stream") { [try StreamBytes.bar()] },
                Measurement(name: "cache-memory", count: 4, bars: CacheMemory.bars),
            ]
        }
    }
}
