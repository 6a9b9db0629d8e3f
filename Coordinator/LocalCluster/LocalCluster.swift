import AsyncHTTPClient
import Glibc
import Hummingbird
import HummingbirdTLS
import JSONValues
import KubernetesAPI
package import Logging
import NIOCore
import NIOSSL
import ServiceLifecycle

/// The embedded Kubernetes-protocol API server: the store of a standalone Martlet, and what `kubectl` talks to.
///
/// What it honours:
/// - Verbs: get, list (pages of one state, label and field selectors), watch (resume, bookmarks, streamed lists, 410),
///   create, replace, patch (JSON, merge, strategic merge of built-in kinds, server-side apply), delete,
///   deletecollection; dry runs; `fieldValidation`; answers as objects, Tables or metadata alone; JSON and YAML.
/// - Objects: UID, generation, resource version conflicts, `generateName`, finalizers, grace periods of pods that run
///   on a node, owner references (background, foreground, orphan), namespaces that empty themselves, accounts of who
///   wrote which field (`managedFields`) but for objects of controllers, events, leases and endpoints.
/// - Subresources: status, scale, pods/binding, pods/eviction, pods/log (fetched from the node's agent),
///   serviceaccounts/token.
/// - Kinds: the built-in ones of `BuiltInKinds`, those of `KeptKinds`, which nothing here acts on, and every
///   CustomResourceDefinition, from a directory or through the API, with structural schemas, defaults, pruning, rules,
///   printer columns; several versions that differ in name alone.
/// - Admission: the rules, defaults and warnings of Martlet's own kinds, as its webhooks have them.
/// - Discovery (aggregated and not), `/openapi/v3`, `/version`, `/livez`, `/readyz`, access reviews.
///
/// What it does not: protobuf but for what kubectl insists on, `/openapi/v2`, HTTP/2, RBAC (who has a token may do
/// everything), admission and conversion webhooks, exec, attach and port-forward, service addresses.
///
/// 1. What a client has been told is stored survives the end of the process in any way.
/// 2. It listens on loopback alone, over TLS with an authority of its own.
package final class LocalCluster: Service {
    private let configuration: LocalClusterConfiguration
    private let logger: Logger
    private let onReady: @Sendable (Int) -> Void

    /// `onReady` gets the port once requests are answered and the kubeconfig is written.
    package init(
        _ configuration: LocalClusterConfiguration, logger: Logger,
        onReady: @escaping @Sendable (_ port: Int) -> Void = { _ in }
    ) {
        self.configuration = configuration
        self.logger = logger
        self.onReady = onReady
    }

    /// Serves until cancelled or shut down. Throws `LocalClusterError` where it cannot start.
    package func run() async throws {
        guard LocalCluster.isLoopback(configuration.host) else {
            throw LocalClusterError(
                "\(configuration.host) is not a loopback address; the local cluster listens on 127.0.0.0/8 only")
        }
        let files = try ClusterFiles(directory: configuration.dataDirectory, host: configuration.host)
        let database = "\(configuration.dataDirectory)/cluster.sqlite"
        try PrivateFile.touch(database)
        let store = try ObjectStore(path: database)
        try Bootstrap(store: store, crdDirectory: configuration.crdDirectory, logger: logger).run()
        let client = HTTPClient(configuration: LocalCluster.clientConfiguration)
        defer { store.close() }
        do {
            try await serve(store, files, client)
        } catch {
            try? await client.shutdown()
            throw error
        }
        // Done already where the shutdown was a graceful one.
        try? await client.shutdown()
    }

    private func serve(_ store: ObjectStore, _ files: ClusterFiles, _ client: HTTPClient) async throws {
        let server = APIServer(
            store: store, authentication: Authentication(token: files.token, store: store),
            logs: LogProxy(client: client, agentToken: files.agentToken),
            logger: logger)
        var quiet = logger
        quiet.logLevel = max(.warning, logger.logLevel)
        let (configuration, logger, onReady) = (configuration, logger, onReady)
        let failure = StartFailure()
        let application = Application(
            responder: server, server: try .tls(.http1(), tlsConfiguration: LocalCluster.tls(files)),
            configuration: .init(
                address: .hostname(configuration.host, port: configuration.port), serverName: nil),
            onServerRunning: { channel in
                let port = channel.localAddress?.port ?? configuration.port
                do throws(LocalClusterError) {
                    try files.writeKubeconfig(host: configuration.host, port: port)
                } catch {
                    failure.set(error)
                    channel.close(promise: nil)
                    return
                }
                logger.info(
                    "Started the local cluster",
                    metadata: ["address": "\(configuration.host):\(port)", "kubeconfig": "\(configuration.kubeconfig)"])
                onReady(port)
            }, logger: quiet)
        do {
            try await withGracefulShutdownHandler {
                try await application.run()
            } onGracefulShutdown: {
                store.close()
                client.shutdown { _ in }
            }
        } catch let error as IOError where error.errnoCode == EADDRINUSE {
            throw LocalClusterError(
                "the local cluster cannot listen on \(configuration.host):\(configuration.port) because the port is in "
                    + "use; stop the program that has it or choose another port")
        } catch let error as IOError {
            throw LocalClusterError(
                "the local cluster cannot listen on \(configuration.host):\(configuration.port): \(error)")
        }
        if let error = failure.error { throw error }
    }

    private static func tls(_ files: ClusterFiles) throws -> TLSConfiguration {
        let certificate = try NIOSSLCertificate(bytes: files.serverCertificate, format: .pem)
        let key = try NIOSSLPrivateKey(bytes: files.serverKey, format: .pem)
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: [.certificate(certificate)], privateKey: .privateKey(key))
        configuration.minimumTLSVersion = .tlsv12
        return configuration
    }

    private static var clientConfiguration: HTTPClient.Configuration {
        var configuration = HTTPClient.Configuration()
        configuration.timeout.connect = LogProxy.connectTimeout
        return configuration
    }

    /// Whether an address is one of this machine's loopback ones.
    static func isLoopback(_ host: String) -> Bool {
        host == "localhost"
            || (host.hasPrefix("127.") && host.split(separator: ".").compactMap { UInt8($0) }.count == 4)
    }
}
