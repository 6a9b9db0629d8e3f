import AgentLink
import AsyncHTTPClient
import ClusterKit
import Glibc
import JSONValues
import KubernetesAPI
import KubernetesClient
import NIOCore
import NIOHTTP1
import ServingAPI
import SystemFiles
import TestKit
import Testing

/// A coordinator as a process of its own on an embedded API server, with simulated engines behind it.
struct Router: Sendable {
    let client: KubernetesClient
    /// Where requests go; the same for every process.
    let port: Int
    /// The process that runs now.
    let process: CoordinatorProcess
    private let folder: String
    private let kubeconfig: String
    private static let program =
        #filePath.split(separator: "/").dropLast(3).map { "/\($0)" }.joined() + "/.build/debug/martlet-coordinator"

    /// Runs everything for as long as `body` takes. With Gateways, their kinds are served and their flags set. `later`
    /// has a process of its own, which comes after that of `body` on the same port. `more` flags get a folder that is
    /// there for as long. Every process has to end well.
    static func with(
        _ engines: [Engine], gateways: Bool, environment: [String: String] = [:],
        more: (_ folder: String) -> [String] = { _ in [] },
        later: (@Sendable (Router) async throws -> Void)? = nil,
        _ body: @Sendable @escaping (Router) async throws -> Void
    ) async throws {
        let folder = "\(Environment["TMPDIR"] ?? "/tmp")/martlet-router-\(UInt64.random(in: 0 ... .max))"
        try Files.makeFolder(folder)
        let port = try await FreePorts.take(1)[0]
        var flags = [
            "--allow-agent", try CurveKeys.generate().publicKey, "--controllers", "gatewayapi,externalmodelprovider",
            "--gateway-address", "127.0.0.1:\(port)",
        ]
        if gateways { flags += ["--enable-gateway-api", "--enable-gateway-api-inference-extension=true"] }
        flags += more(folder)
        try await EmbeddedServer.with { [flags] server in
            let client = try KubernetesClient(server.configuration, logger: .silent)
            for definition in gateways ? GatewayDefinitions.all : [] {
                _ = try await client.create(.customResourceDefinition, definition)
            }
            for engine in engines { try await addPod(engine, client) }
            try await beside(try engines.filter { !$0.isSilent }.map { try $0.simulated(onReady: {}) }) {
                for story in [body, later].compactMap(\.self) {
                    let status = try await CoordinatorProcess.with(
                        program, kubeconfig: server.kubeconfig, folder: folder, flags: flags, environment: environment
                    ) { process in
                        let router = Router(
                            client: client, port: port, process: process, folder: folder,
                            kubeconfig: server.kubeconfig)
                        try await story(router)
                    }
                    #expect(status == 0)
                }
            }
            try await client.shutdown()
        }
        _ = try await Command.run("rm", ["-rf", folder])
    }

    /// Another process beside this one, with the same objects and a port of its own; not for Gateways, whose listeners
    /// would want the same ports.
    func another(more: [String] = [], _ body: @Sendable @escaping (Router) async throws -> Void) async throws {
        let port = try await FreePorts.take(1)[0]
        let folder = "\(self.folder)/\(port)"
        try Files.makeFolder(folder)
        let flags =
            [
                "--allow-agent", try CurveKeys.generate().publicKey, "--controllers", "gatewayapi", "--gateway-address",
                "127.0.0.1:\(port)",
            ] + more
        let (client, kubeconfig) = (self.client, self.kubeconfig)
        try await CoordinatorProcess.with(Self.program, kubeconfig: kubeconfig, folder: folder, flags: flags) {
            process in
            try await body(
                Router(client: client, port: port, process: process, folder: folder, kubeconfig: kubeconfig))
        }
    }

    private static func addPod(_ engine: Engine, _ client: KubernetesClient) async throws {
        var pod = KubernetesObject(.pod, namespace: "default", name: engine.pod)
        pod.labels = engine.labels
        pod.spec = ["nodeName": "n1", "containers": [["name": "engine", "image": "engine"]]]
        let made = try await client.create(.pod, pod)
        let now = JSONValue.string("2026-01-01T00:00:00Z")
        _ = try await client.patch(
            .pod, namespace: "default", name: made.name, subresource: "status",
            .merge([
                "status": [
                    "phase": "Running", "podIP": .string(engine.host),
                    "conditions": [["type": "Ready", "status": "True", "lastTransitionTime": now]],
                ]
            ]))
    }

    // Objects.

    func create(_ kind: ResourceKind, _ name: String, _ spec: JSONValue) async throws {
        var object = KubernetesObject(kind, namespace: "default", name: name)
        object.spec = spec
        _ = try await client.create(kind, object)
    }

    func serve(_ name: String, label: String, port: Int, model: String? = nil) async throws {
        try await create(
            .modelServer, name,
            .members([
                "model": model.map { .string($0) }, "inferenceEngine": "vLLM",
                "workloadSelector": ["matchLabels": ["app": .string(label)]],
                "workloadPort": ["port": JSONValue(port)],
                "trafficPolicy": ["retry": ["attempts": 4]],
            ]))
    }

    // Requests.

    struct Answer: Sendable {
        var status: Int
        var json: JSONValue
        var text: String
        /// The model that answered, as the engine calls it.
        var model: String? { json["model"]?.string }
    }

    func ask(
        _ model: String, port: Int? = nil, path: String = "/v1/chat/completions", _ headers: [String: String] = [:]
    ) async throws -> Answer {
        var request = HTTPClientRequest(url: "http://127.0.0.1:\(port ?? self.port)\(path)")
        request.method = .POST
        request.headers.add(name: "content-type", value: "application/json")
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        let body: JSONValue = [
            "model": .string(model), "max_tokens": 1, "messages": [["role": "user", "content": "hello"]],
        ]
        request.body = .bytes(ByteBuffer(bytes: body.bytes()))
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(30))
        let bytes = try await response.body.collect(upTo: 1 << 20)
        let text = String(buffer: bytes)
        return Answer(status: Int(response.status.code), json: (try? JSONValue.parse(text)) ?? .null, text: text)
    }

    /// Asks until the answer is from this model.
    func wait(
        _ model: String, port: Int? = nil, path: String = "/v1/chat/completions", _ headers: [String: String] = [:],
        for answering: String
    ) async throws {
        try await eventually("\(answering) to answer for \(model)") {
            (try? await ask(model, port: port, path: path, headers))?.model == answering
        }
    }

    /// Puts a file into the folder that is there as long as this.
    func write(_ text: String, to name: String) throws { try Files.write(text, to: "\(folder)/\(name)") }

    func text(_ name: String) throws -> String { try Files.text("\(folder)/\(name)") }

    func move(_ name: String, to other: String) throws {
        let result = unsafe rename("\(folder)/\(name)", "\(folder)/\(other)")
        if result != 0 { throw InVain("\(name) could not be moved") }
    }

    /// Lines that the processes wrote, the access log among them.
    var lines: [Substring] { get throws { try Files.text("\(folder)/coordinator.log").split(separator: "\n") } }
}
