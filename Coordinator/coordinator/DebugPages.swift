import Daemon
import Fleet
import Gateway
import Hummingbird
import JSONValues

/// What the coordinator knows, for people: decisions and the fleet.
enum DebugPages {
    /// Decisions a page shows when it is not asked for a number, and at most.
    static let decisionsDefault = 20
    static let decisionsMax = 1_000

    static func add(to routes: AdminServer.Routes, gateway: Gateway, fleet: Fleet) {
        routes.get("debug/decisions") { request, _ in
            let count = request.uri.queryParameters.get("last", as: Int.self) ?? decisionsDefault
            let latest = gateway.decisions(latest: max(1, min(count, decisionsMax)))
            return Response.json(["decisions": .array(latest)])
        }
        routes.get("debug/decisions/{id}") { _, context in
            let id = context.parameters.get("id") ?? ""
            guard let decision = gateway.decision(id) else {
                return Response.json(
                    ["error": .string("No decision for request '\(id)'; it is unknown or no longer kept")],
                    status: .notFound)
            }
            return Response.json(decision)
        }
        routes.get("debug/health") { _, _ in Response.json(gateway.engineHealth) }
        routes.get("debug/fleet") { _, _ in Response.json(FleetPage.json(of: fleet.debug)) }
    }
}
