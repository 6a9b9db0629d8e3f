import Testing

struct LinkSimulationTests {
    /// 40 batches of 250 seeds; half of them on links that lose, double and reorder, half on links that only break.
    @Test(arguments: 0..<40) func `the receiver ends with the sender's picture`(_ batch: Int) throws {
        for seed in (batch * 250)..<(batch * 250 + 250) {
            var link = SimulatedLink(seed: UInt64(seed), faultPercent: seed % 2 == 0 ? 0 : 1 + seed % 29)
            for _ in 0..<16 { try link.step() }
            let isSettled = try link.settle()
            try #require(isSettled, "seed \(seed) did not settle")
        }
    }
}
