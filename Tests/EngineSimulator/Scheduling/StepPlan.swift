package import EngineWire

/// What a step computes.
package struct StepPlan {
    struct Part {
        var sequence: EngineSequence
        var tokens: Int
    }

    var parts: [Part]
    var work: StepWork
    /// How long the step takes.
    package var seconds: Double
    /// Sequences whose blocks have to be pulled from another engine now.
    package var pulls: [BlockPull]

    /// Whether anything is computed; a step may only begin pulls.
    package var computes: Bool { !parts.isEmpty }
}

/// Blocks to bring from another engine.
package struct BlockPull: Sendable, Hashable {
    package var id: Int
    package var source: RemotePrefill
    /// Blocks this engine does not have; 0 when it only has to tell the other that it needs none.
    package var blockCount: Int
}

/// What became visible at the end of a step.
package struct StepOutcome: Sendable {
    package var outputs: [SequenceOutput] = []
    /// Nil when the cache did not change.
    package var batch: KVEventBatch?
}

/// One new id of one sequence.
package struct SequenceOutput: Sendable {
    package var id: Int
    /// Nil when the sequence ended without one.
    package var token: UInt32?
    package var finish: FinishReason?
    /// Prompt tokens that came from a cache.
    package var cachedTokens: Int
    package var lent: LentBlocks?
}
