import Hummingbird
import JSONValues
import Logging
import Testing

@testable import LocalCluster

@Suite struct LogTests {
    /// An agent that answers with the request it got.
    private func withAgent(_ body: @Sendable @escaping (Int) async throws -> Void) async throws {
        let router = Router()
        router.get("/containerLogs/**") { request, _ in
            "\(request.uri.path)?\(request.uri.query ?? "") \(request.headers[.authorization] ?? "")\n"
        }
        let (ports, source) = AsyncStream.makeStream(of: Int.self)
        var logger = Logger(label: "agent")
        logger.logLevel = .critical
        let agent = Application(
            router: router, configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { source.yield($0.localAddress?.port ?? 0) }, logger: logger)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await agent.run() }
            var iterator = ports.makeAsyncIterator()
            try await body(try #require(await iterator.next()))
            group.cancelAll()
        }
    }

    private func place(_ api: APIConnection, agentPort: Int, containers: [JSONValue]) async throws {
        let node: JSONValue = [
            "metadata": ["name": "n1"],
            "status": [
                "addresses": [["type": "InternalIP", "address": "127.0.0.1"]],
                "daemonEndpoints": ["kubeletEndpoint": ["Port": JSONValue(agentPort)]],
            ],
        ]
        _ = try await api.post("/api/v1/nodes", node)
        let pod: JSONValue = [
            "metadata": ["name": "a"], "spec": ["nodeName": "n1", "containers": .array(containers)],
        ]
        _ = try await api.post("/api/v1/namespaces/default/pods", pod)
    }

    @Test func `logs come from the agent of the pod's node, asked with the agent's token`() async throws {
        try await withAgent { port in
            try await withTemporaryDirectory { directory in
                try await withEmbeddedCluster(directory: directory) { api in
                    try await place(api, agentPort: port, containers: [["name": "main", "image": "x"]])
                    let path = "/api/v1/namespaces/default/pods/a/log"
                    let answer = try await api.get("\(path)?tailLines=5&previous=true")
                    let token = try text(ofFile: "\(directory)/agent-token")
                    #expect(
                        answer.text
                            == "/containerLogs/default/a/main?tailLines=5&previous=true Bearer \(token)\n")
                    #expect(try await api.get("\(path)?container=none").code == 400)
                }
            }
        }
    }

    @Test func `an agent that is not there is named`() async throws {
        try await withEmbeddedCluster { api in
            try await place(api, agentPort: 1, containers: [["name": "main", "image": "x"]])
            let answer = try await api.get("/api/v1/namespaces/default/pods/a/log")
            #expect(answer.code == 502)
            #expect(answer.body["message"]?.string?.contains("node n1") == true)
        }
    }

    @Test func `one of several containers has to be named`() async throws {
        try await withEmbeddedCluster { api in
            try await place(
                api, agentPort: 1, containers: [["name": "one", "image": "x"], ["name": "two", "image": "x"]])
            let answer = try await api.get("/api/v1/namespaces/default/pods/a/log")
            #expect(answer.code == 400)
            #expect(answer.body["message"]?.string?.contains("[one two]") == true)
        }
    }
}
