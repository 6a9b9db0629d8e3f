import Fleet
import ServiceLifecycle

/// Lets the fleet notice that time passes: agents that stay silent become unreachable.
struct FleetClock: Service {
    static let period = Duration.seconds(1)

    var fleet: Fleet

    func run() async throws {
        try? await cancelWhenGracefulShutdown {
            while true {
                try await Task.sleep(for: Self.period)
                fleet.refresh()
            }
        }
    }
}
