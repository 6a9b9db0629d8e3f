import Testing

struct LinkSimulationTests {
    /// Half of the links lose, double and reorder messages, half only break; a failure names its seed.
    @Test func `ten thousand histories end with the receiver knowing what the sender knows`() async throws {
        for seed in 0..<10_000 {
            var link = SimulatedLink(seed: UInt64(seed), faultPercent: seed % 2 == 0 ? 0 : 1 + seed % 29)
            for _ in 0..<16 { try link.step() }
            let isSettled = try link.settle()
            try #require(isSettled, "seed \(seed) did not settle")
            // Long work gives way to the tests beside it.
            if seed % 50 == 0 { await Task.yield() }
        }
    }
}
