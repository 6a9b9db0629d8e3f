package import HTTPTypes
package import Hummingbird
package import JSONValues
package import Logging
import NIOCore
package import Observability
import ServiceLifecycle

/// The admin HTTP port every program has: `/livez`, `/readyz`, `/healthz` (each with `?verbose`), `/metrics`,
/// `/version`, and what the program adds.
package struct AdminServer: Service {
    package typealias Routes = Router<BasicRequestContext>

    private let host: String
    private let port: Int
    private let logger: Logger
    private let responder: RouterResponder<BasicRequestContext>
    private let onReady: @Sendable (Int) -> Void

    /// `port` 0 takes a free one; `onReady` gets the port bound. `routes` adds the program's own paths.
    package init(
        host: String, port: Int, health: HealthRegistry, metrics: MetricsRegistry, logger: Logger,
        onReady: @escaping @Sendable (Int) -> Void = { _ in }, routes: (Routes) -> Void = { _ in }
    ) {
        self.host = host
        self.port = port
        self.logger = logger
        self.onReady = onReady
        let router = Router(context: BasicRequestContext.self)
        Self.addHealth(health, to: router)
        router.get("metrics") { _, _ in Response.text(metrics.text(), type: "text/plain; version=0.0.4") }
        router.get("version") { _, _ in Response.json(["version": .string(Version.number)]) }
        routes(router)
        responder = router.buildResponder()
    }

    package func run() async throws {
        let application = Application(
            responder: responder,
            configuration: .init(address: .hostname(host, port: port), serverName: nil),
            onServerRunning: { [onReady] channel in onReady(channel.localAddress?.port ?? 0) },
            logger: logger)
        do {
            try await application.run()
        } catch let error as IOError where error.errnoCode == addressInUse {
            throw StartupError.addressInUse(what: "the admin port", host: host, port: port)
        }
    }

    private static func addHealth(_ health: HealthRegistry, to router: Routes) {
        for (path, liveOnly) in [("livez", true), ("readyz", false), ("healthz", false)] {
            router.get(RouterPath(path)) { request, _ in
                let findings = health.findings(liveOnly: liveOnly)
                let text = findings.text(endpoint: path, verbose: request.uri.queryParameters["verbose"] != nil)
                return Response.text(text, status: findings.isWell ? .ok : .serviceUnavailable)
            }
        }
    }
}

extension Response {
    /// A body of text.
    package static func text(
        _ text: String, status: HTTPResponse.Status = .ok, type: String = "text/plain; charset=utf-8"
    ) -> Response {
        Response(
            status: status, headers: [.contentType: type], body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }

    /// A body of JSON for people and programs: indented, with a line end.
    package static func json(_ value: JSONValue, status: HTTPResponse.Status = .ok) -> Response {
        let body = ByteBuffer(bytes: value.bytes(.pretty) + [0x0A])
        return Response(
            status: status, headers: [.contentType: "application/json"], body: ResponseBody(byteBuffer: body))
    }
}
