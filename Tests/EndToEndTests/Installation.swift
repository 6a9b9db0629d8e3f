import AsyncHTTPClient
import JSONValues
import NIOCore
import NIOHTTP1
import NIOPosix
import SystemFiles
import TestKit
import Testing

/// One standalone Martlet with a folder and ports of its own, driven only from outside: by its command line, kubectl
/// and HTTP.
struct Installation: Sendable {
    static let root = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3)
        .joined(separator: "/")
    static let programs = "\(root)/.build/debug"

    /// The set-up's kubectl, else the one on PATH.
    static let kubectlPath = Files.exists("\(root)/.venv/bin/kubectl") ? "\(root)/.venv/bin/kubectl" : "kubectl"

    let directory: String
    let gateway: Int
    let coordinator: Int
    let agent: Int
    private let api: Int
    private let link: Int

    init() async throws {
        let ports = try await FreePorts.take(5)
        (gateway, api, coordinator, agent, link) = (ports[0], ports[1], ports[2], ports[3], ports[4])
        directory = "\(Environment["TMPDIR"] ?? "/tmp")/martlet-e2e-\(gateway)"
        try Files.makeFolder(directory)
    }

    var environment: [String: String] {
        ["MARTLET_DATA_DIR": "\(directory)/data", "KUBECONFIG": "\(directory)/data/cluster/kubeconfig"]
    }

    var upArguments: [String] {
        [
            "up", "--detach", "--gateway-address", "127.0.0.1:\(gateway)", "--api-address", "127.0.0.1:\(api)",
            "--coordinator-address", "127.0.0.1:\(coordinator)", "--agent-address", "127.0.0.1:\(agent)",
            "--link-address", "127.0.0.1:\(link)", "--config", "\(Self.root)/deploy/demo/nodes.yaml",
        ]
    }

    func martlet(_ arguments: [String]) async throws -> Command {
        try await Command.run("\(Self.programs)/martlet", arguments, environment: environment)
    }

    /// kubectl's output. Throws where it fails.
    @discardableResult func kubectl(_ arguments: String...) async throws -> String {
        let command = try await Command.run(Self.kubectlPath, arguments, environment: environment)
        guard command.succeeded else { throw Failure("kubectl \(arguments): \(command.errors)") }
        return command.output
    }

    func objects(_ kind: String, namespace: String = "default") async throws -> [JSONValue] {
        try JSONValue.parse(try await kubectl("get", kind, "-n", namespace, "-o", "json"))["items"]?.elements ?? []
    }

    /// Starts, runs the body, stops; the folder goes only when all went well.
    static func with(_ body: (Installation) async throws -> Void) async throws {
        let installation = try await Installation()
        let up = try await installation.martlet(installation.upArguments)
        do {
            guard up.succeeded else { throw Failure(up.errors) }
            try await body(installation)
        } catch {
            _ = try await installation.martlet(["down"])
            throw error
        }
        let down = try await installation.martlet(["down"])
        #expect(down.succeeded, "\(down.errors)")
        _ = try await Command.run("rm", ["-rf", installation.directory])
    }

    struct Failure: Error, CustomStringConvertible {
        var description: String
        init(_ description: String) { self.description = description }
    }

    // MARK: HTTP

    struct Answer: Sendable {
        var status: Int
        var text: String

        var json: JSONValue { (try? JSONValue.parse(text)) ?? .null }
    }

    func ask(_ body: JSONValue, id: String? = nil, path: String = "/v1/chat/completions") async throws -> Answer {
        var request = HTTPClientRequest(url: "http://127.0.0.1:\(gateway)\(path)")
        request.method = .POST
        request.headers.add(name: "Content-Type", value: "application/json")
        if let id { request.headers.add(name: "X-Request-Id", value: id) }
        request.body = .bytes(ByteBuffer(bytes: body.bytes()))
        return try await Self.execute(request)
    }

    func page(_ port: Int, _ path: String) async throws -> Answer {
        try await Self.fetch("http://127.0.0.1:\(port)\(path)")
    }

    static func fetch(_ url: String) async throws -> Answer { try await execute(HTTPClientRequest(url: url)) }

    private static func execute(_ request: HTTPClientRequest) async throws -> Answer {
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(60))
        let body = try await response.body.collect(upTo: 64 << 20)
        return Answer(status: Int(response.status.code), text: String(buffer: body))
    }

    /// Waits until a condition holds, at most `seconds`; answers how long it took.
    @discardableResult static func eventually(
        within seconds: Int, _ what: String, _ condition: () async throws -> Bool
    ) async throws -> Duration {
        let clock = ContinuousClock()
        let began = clock.now
        while clock.now - began < .seconds(seconds) {
            if (try? await condition()) == true { return clock.now - began }
            try await Task.sleep(for: .milliseconds(25))
        }
        throw Failure("\(what) did not happen within \(seconds) s")
    }
}
