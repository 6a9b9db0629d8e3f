import HTTPWire
import JSONValues
import Observability
import Routing
import Synchronization

/// What the gateway answers without an engine.
struct LocalAnswer {
    var status: Int
    var body: [UInt8]

    private init(_ status: Int, _ json: JSONValue) {
        self.status = status
        body = json.bytes()
    }

    private init(_ error: ClientError) {
        status = error.status
        body = error.body
    }

    /// Nil when an engine has to answer.
    static func answer(
        _ path: String, _ head: RequestHead, _ state: GatewayState, _ entry: Entry, isAuthenticated: Bool
    ) -> LocalAnswer? {
        if entry.isMain, path.utf8.count <= 8, let answer = health(path, state) { return answer }
        if entry.isMisdirected {
            state.metrics.refusals.add(1, ["misdirected"])
            return LocalAnswer(.misdirected)
        }
        if entry.hasGateways, entry.listener == nil {
            state.metrics.refusals.add(1, ["no_listener"])
            return LocalAnswer(404, ["message": "No matching listener found"])
        }
        if isAuthenticated, head.method == .get || head.method == .head, path == "/v1/models" { return models(state) }
        if entry.hasGateways || Surface.isRouted(path) { return nil }
        state.metrics.refusals.add(1, ["unknown_path"])
        return LocalAnswer(
            ClientError(
                404, "route_not_found",
                "route not found: this router serves /v1/..., /tokenize, /detokenize, /healthz and /readyz; check the "
                    + "path.", code: .pathNotFound))
    }

    private static func health(_ path: String, _ state: GatewayState) -> LocalAnswer? {
        switch path {
        case "/healthz": return LocalAnswer(200, ["message": "ok"])
        case "/readyz":
            let isReady = state.isReady.load(ordering: .relaxed) && !state.isDraining.load(ordering: .relaxed)
            return isReady
                ? LocalAnswer(200, ["message": "router is ready"])
                : LocalAnswer(503, ["message": "router is not ready"])
        default: return nil
        }
    }

    private static func models(_ state: GatewayState) -> LocalAnswer {
        let models = state.routes.modelNames.map { name -> JSONValue in
            ["id": .string(name), "object": "model", "created": 0, "owned_by": "kthena"]
        }
        return LocalAnswer(200, ["object": "list", "data": .array(models)])
    }
}
