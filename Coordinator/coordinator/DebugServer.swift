import Daemon
import Hummingbird
import JSONValues
import KubernetesAPI
import Logging
import NIOCore
import ServiceLifecycle

/// The debug pages on a port that only this machine's own processes reach: Kthena's dumps, and the decisions.
///
/// A port that is taken is told and gone without: nobody's request needs these pages.
struct DebugServer: Service {
    /// Nobody else may reach what is told here.
    static let host = "127.0.0.1"

    private static let noProfiles =
        "This program makes no Go profiles. For its CPU time use perf record -g -p PID, for its memory "
        + "/proc/PID/smaps_rollup, for its counts /metrics on the admin port, and for where requests went "
        + "/debug/decisions here.\n"

    private let port: Int
    private let logger: Logger
    private let responder: RouterResponder<BasicRequestContext>
    private let onReady: @Sendable (Int) -> Void

    /// `port` 0 takes a free one; `onReady` gets the port bound. `routes` adds further pages.
    init(
        port: Int, dump: ConfigDump, logger: Logger, onReady: @escaping @Sendable (Int) -> Void = { _ in },
        routes: (AdminServer.Routes) -> Void = { _ in }
    ) {
        self.port = port
        self.logger = logger
        self.onReady = onReady
        let router = Router(context: BasicRequestContext.self)
        Self.add(dump, to: router)
        for path in ["debug/pprof", "debug/pprof/{profile}"] {
            router.get(RouterPath(path)) { _, _ in Response.text(Self.noProfiles, status: .notFound) }
        }
        routes(router)
        responder = router.buildResponder()
    }

    private static func add(_ dump: ConfigDump, to router: AdminServer.Routes) {
        for list in ConfigDump.List.allCases {
            router.get(RouterPath("debug/config_dump/\(list.rawValue)")) { _, _ in
                Response.json([list.rawValue: .array(dump.items(list))])
            }
            router.get(RouterPath("debug/config_dump/namespaces/{namespace}/\(list.rawValue)/{name}")) { _, context in
                let key = ObjectKey(
                    namespace: context.parameters.get("namespace") ?? "", name: context.parameters.get("name") ?? "")
                guard let item = dump.item(list, key) else {
                    return Response.json(["error": .string("\(list.kind) not found")], status: .notFound)
                }
                return Response.json(item)
            }
        }
    }

    func run() async throws {
        let application = Application(
            responder: responder,
            configuration: .init(address: .hostname(Self.host, port: port), serverName: nil),
            onServerRunning: { [onReady] channel in onReady(channel.localAddress?.port ?? 0) },
            logger: logger)
        do {
            try await application.run()
        } catch let error as IOError where error.errnoCode == addressInUse {
            logger.warning(
                "Serving no debug pages, their port is taken; choose another with --debug-port",
                metadata: ["port": "\(port)"])
            try? await gracefulShutdown()
        }
    }
}
