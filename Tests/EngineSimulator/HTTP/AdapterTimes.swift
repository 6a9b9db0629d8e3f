import Synchronization

/// When each combination of adapters in use was last seen: vLLM keeps a series for every one there ever was.
final class AdapterTimes: Sendable {
    /// Combinations beyond this many are not added.
    static let combinationsMax = 1_000

    private let times = Mutex<[MetricsPage.AdapterCombination: Double]>([:])

    /// Notes the present combination; `now` in seconds since 1970.
    func note(_ snapshot: EngineService.Snapshot, now: Double) -> [MetricsPage.AdapterCombination: Double] {
        let combination = MetricsPage.AdapterCombination(
            running: snapshot.runningAdapters.joined(separator: ","),
            waiting: snapshot.waitingAdapters.joined(separator: ","))
        return times.withLock { times in
            if times[combination] != nil || times.count < Self.combinationsMax { times[combination] = now }
            return times
        }
    }
}
