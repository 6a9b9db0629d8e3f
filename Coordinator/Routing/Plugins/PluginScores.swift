/// The formulas of the plugins' scores; each gives 0 to 100 for every engine, in the order given.
enum PluginScores {
    /// Requests on the way, with a hundredfold charge for those that the engine has not taken up: the fewest get 100.
    static func leastRequest(_ engines: [EngineReading]) -> [Double] {
        let bases = engines.map { engine in
            Double(engine.requests) + 100 * Double(max(engine.requests - engine.running, 0))
        }
        let most = bases.max() ?? 0
        return bases.map { most > 0 ? 100 * (most - $0) / most : 100 }
    }

    /// An engine of which either time is unmeasured gets 50.
    static func leastLatency(_ engines: [EngineReading], firstTokenShare: Double) -> [Double] {
        let firsts = spread(engines.map { Double($0.timeToFirstToken) })
        let others = spread(engines.map { Double($0.timePerOutputToken) })
        return engines.indices.map { index in
            guard engines[index].timeToFirstToken > 0, engines[index].timePerOutputToken > 0 else { return 50 }
            return firstTokenShare * firsts[index] + (1 - firstTokenShare) * others[index]
        }
    }

    /// The least gets 100, the most 0; all get 100 where they are alike. What is below 0 does not count.
    private static func spread(_ values: [Double]) -> [Double] {
        let counted = values.filter { $0 >= 0 }
        guard let least = counted.min(), let most = counted.max(), most > least else { return values.map { _ in 100 } }
        return values.map { 100 * (most - $0) / (most - least) }
    }

    static func share(_ part: Int, of whole: Int) -> Double { whole > 0 ? 100 * Double(part) / Double(whole) : 0 }

    /// A whole number, the same for one draw and place.
    static func random(_ draw: UInt64, _ place: Int) -> Double {
        Double(SessionAffinity.draw(draw, UInt64(place) &* 0x9E37_79B9_7F4A_7C15) % 101)
    }
}
