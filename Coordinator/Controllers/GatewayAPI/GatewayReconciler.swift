import GatewayAPI
import JSONValues
import KubernetesAPI
import KubernetesClient
import Logging
package import Routing
import ServingAPI
import Synchronization

/// Makes the class and the default Gateway of this router, and tells each object of the Gateway API what became of it.
///
/// 1. Objects of other controllers are never touched, and what they wrote into a status stays.
/// 2. It writes nothing when nothing changed, and nothing twice that the server does not keep.
package final class GatewayReconciler: Sendable {
    /// How soon a port that is not open yet is looked at again.
    static let portDelay = Duration.milliseconds(500)

    /// How it works.
    package struct Configuration: Sendable {
        /// Where the default Gateway is.
        package var namespace: String
        /// The router's own port.
        package var port: Int
        /// Why a port is not open on this replica, in one sentence; nil where it is.
        package var portProblem: @Sendable (Int) -> String?
        /// Why a certificate with its key cannot be used, as the end of a sentence; nil where it can.
        package var certificateProblem: @Sendable (ListenerCertificate) -> String?
        /// Serve HTTPRoutes and InferencePools too.
        package var hasInference: Bool

        package init(
            namespace: String, port: Int, hasInference: Bool, portProblem: @escaping @Sendable (Int) -> String?,
            certificateProblem: @escaping @Sendable (ListenerCertificate) -> String? = { _ in nil }
        ) {
            self.namespace = namespace
            self.port = port
            self.hasInference = hasInference
            self.portProblem = portProblem
            self.certificateProblem = certificateProblem
        }
    }

    /// The objects of the cluster at one moment; a kind that is not served is nil.
    struct Objects: Sendable {
        var classes: [KubernetesObject]?
        var gateways: [KubernetesObject]?
        var namespaces: [KubernetesObject] = []
        var httpRoutes: [KubernetesObject] = []
        var pools: [KubernetesObject] = []
        var modelRoutes: [KubernetesObject] = []
        /// Those that hold certificates.
        var secrets: [KubernetesObject] = []
        var grants: [KubernetesObject] = []
    }

    private let writer: any ClusterWriter
    private let configuration: Configuration
    private let objects: @Sendable () -> Objects
    private let now: @Sendable () -> Timestamp
    private let logger: Logger
    private let written = Mutex(WrittenStatuses())

    init(
        writer: any ClusterWriter, configuration: Configuration, objects: @escaping @Sendable () -> Objects,
        now: @escaping @Sendable () -> Timestamp, logger: Logger
    ) {
        self.writer = writer
        self.configuration = configuration
        self.objects = objects
        self.now = now
        self.logger = logger
    }

    /// One round over everything; answers when to look again where no event will say so.
    func reconcile() async throws -> Duration? {
        let objects = objects()
        try await makeDefaults(objects)
        let grants = ReferenceGrants(objects.grants)
        let attachment = Attachment(
            gateways: objects.gateways ?? [], classes: objects.classes ?? [], namespaces: objects.namespaces,
            certificates: CertificateSources(
                secrets: objects.secrets, grants: grants, problem: configuration.certificateProblem))
        let facts = GatewayStatuses.Facts(
            attachment: attachment, httpRoutes: objects.httpRoutes.map { HTTPRouteView($0, grants: grants) },
            pools: objects.pools.map { PoolView($0) },
            modelRoutes: objects.modelRoutes.map { route in
                let parents = ParentRef.all(route.spec["parentRefs"]?.elements ?? [], in: route.namespace)
                return attachment.listeners(ofModelRouteIn: route.namespace, parents: parents)
            }, portProblems: portProblems(attachment))
        try await tell(objects, facts)
        return facts.portProblems.isEmpty ? nil : Self.portDelay
    }

    private func portProblems(_ attachment: Attachment) -> [Int: String] {
        var problems: [Int: String] = [:]
        for port in Set(attachment.listeners.map(\.port)) { problems[port] = configuration.portProblem(port) }
        return problems
    }

    private func tell(_ objects: Objects, _ facts: GatewayStatuses.Facts) async throws {
        let statuses = GatewayStatuses(facts, now: now())
        for object in objects.classes ?? []
        where object.spec["controllerName"]?.string == GatewayNames.controller {
            try await write(.gatewayClass, statuses.status(ofClass: object), to: object)
        }
        for gateway in facts.attachment.gateways {
            try await write(.gateway, statuses.status(of: gateway), to: gateway.object)
        }
        for route in facts.httpRoutes {
            try await write(.httpRoute, statuses.status(of: route), to: route.object)
        }
        for pool in facts.pools { try await write(.inferencePool, statuses.status(of: pool), to: pool.object) }
    }

    private func write(_ kind: ResourceKind, _ status: JSONValue?, to object: KubernetesObject) async throws {
        guard let status, !object.isBeingDeleted, written.withLock({ $0.isNews(status, for: object, of: kind) }) else {
            return
        }
        do {
            let result = try await writer.mergeStatus(kind, object.key, status)
            written.withLock { $0.didWrite(status, giving: result, of: kind) }
        } catch let error as APIStatus where error.reason == .notFound {
            logger.debug("Object went before its status", metadata: ["object": "\(object.key)"])
        }
    }

    private func makeDefaults(_ objects: Objects) async throws {
        if let classes = objects.classes, !classes.contains(where: { $0.name == GatewayNames.className }) {
            var made = KubernetesObject(.gatewayClass, name: GatewayNames.className)
            made.spec = ["controllerName": .string(GatewayNames.controller)]
            try await create(.gatewayClass, made)
        }
        let key = ObjectKey(namespace: configuration.namespace, name: GatewayNames.defaultGateway)
        if let gateways = objects.gateways, !gateways.contains(where: { $0.key == key }) {
            var made = KubernetesObject(.gateway, namespace: key.namespace, name: key.name)
            made.spec = [
                "gatewayClassName": .string(GatewayNames.className),
                "listeners": [
                    [
                        "name": .string(GatewayNames.defaultGateway), "port": JSONValue(configuration.port),
                        "protocol": "HTTP", "allowedRoutes": ["namespaces": ["from": "All"]],
                    ]
                ],
            ]
            try await create(.gateway, made)
        }
    }

    private func create(_ kind: ResourceKind, _ object: KubernetesObject) async throws {
        do {
            _ = try await writer.create(kind, object)
            logger.info("Created \(kind.kind)", metadata: ["object": "\(object.key)"])
        } catch let error as APIStatus where error.reason == .alreadyExists {
            logger.debug("Object exists already", metadata: ["object": "\(object.key)"])
        }
    }
}
