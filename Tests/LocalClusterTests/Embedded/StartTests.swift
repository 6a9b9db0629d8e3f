import AsyncHTTPClient
import JSONValues
import KubernetesAPI
import Logging
import ServiceLifecycle
import Testing

@testable import LocalCluster

@Suite struct StartTests {
    @Test func `files with secrets are for their owner only, and stay over restarts`() async throws {
        try await withTemporaryDirectory { directory in
            try await withEmbeddedCluster(directory: directory) { _ in }
            let names = ["ca.crt", "ca.key", "server.crt", "server.key", "token", "agent-token"]
            let before = try names.map { try text(ofFile: "\(directory)/\($0)") }
            for name in names + ["kubeconfig", "cluster.sqlite"] {
                #expect(try isPrivate("\(directory)/\(name)"), "\(name)")
            }
            try await withEmbeddedCluster(directory: directory) { _ in }
            #expect(try names.map { try text(ofFile: "\(directory)/\($0)") } == before)
            #expect(try text(ofFile: "\(directory)/token") != text(ofFile: "\(directory)/agent-token"))
        }
    }

    @Test func `a port in use is told with its number`() async throws {
        try await withEmbeddedCluster { api in
            let port = Int(api.server.split(separator: ":").last ?? "") ?? 0
            try await withTemporaryDirectory { directory in
                let second = LocalCluster(
                    LocalClusterConfiguration(dataDirectory: directory, port: port), logger: Logger(label: "test"))
                let error = await #expect(throws: LocalClusterError.self) { try await second.run() }
                #expect(error?.description.contains("127.0.0.1:\(port)") == true)
                #expect(error?.description.contains("choose another port") == true)
            }
        }
    }

    @Test func `a graceful shutdown ends open watches and then the server`() async throws {
        try await withTemporaryDirectory { directory in
            let (ports, source) = AsyncStream.makeStream(of: Int.self)
            var logger = Logger(label: "test")
            logger.logLevel = .critical
            let cluster = LocalCluster(
                LocalClusterConfiguration(dataDirectory: directory, port: 0), logger: logger,
                onReady: { source.yield($0) })
            let services = ServiceGroup(services: [cluster], logger: logger)
            async let ended: Void = services.run()
            var iterator = ports.makeAsyncIterator()
            let port = try #require(await iterator.next())
            let client = APIConnection.client(certificateAuthority: "\(directory)/ca.crt")
            let token = try text(ofFile: "\(directory)/token")
            let api = APIConnection(server: "https://127.0.0.1:\(port)", token: token, client: client)
            let events = try await api.watch("/api/v1/namespaces?timeoutSeconds=600") { event in
                // The second namespace is the last there is: from here on the watch is idle.
                if event["object"]?.name == "kube-system" {
                    Task { await services.triggerGracefulShutdown() }
                }
                return false
            }
            #expect(events.count == 2)
            try await ended
            try await client.shutdown()
        }
    }

    @Test(arguments: ["0.0.0.0", "10.0.0.1", "127.0.0", "example.org"])
    func `nothing but loopback is listened on`(host: String) async throws {
        try await withTemporaryDirectory { directory in
            let cluster = LocalCluster(
                LocalClusterConfiguration(dataDirectory: directory, host: host, port: 0), logger: Logger(label: "test"))
            await #expect(throws: LocalClusterError.self) { try await cluster.run() }
        }
    }

    @Test func `definitions of a directory are served, and broken ones stop the start with their path`() async throws {
        try await withTemporaryDirectory { directory in
            let crds = "\(directory)/crds"
            try PrivateFile.makeDirectory(crds)
            try write(Widget.definition.text(), to: "\(crds)/widgets.yaml")
            try await withEmbeddedCluster(directory: "\(directory)/data", crdDirectory: crds) { api in
                let answer = try await api.get("/apis/\(Widget.group)/v1/widgets")
                #expect(answer.code == 200)
            }
            try write("a: [b", to: "\(crds)/broken.yaml")
            let cluster = LocalCluster(
                LocalClusterConfiguration(dataDirectory: "\(directory)/data", port: 0, crdDirectory: crds),
                logger: Logger(label: "test"))
            let error = await #expect(throws: LocalClusterError.self) { try await cluster.run() }
            #expect(error?.description.contains("broken.yaml") == true)
        }
    }
}
