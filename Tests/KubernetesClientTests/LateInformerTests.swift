import JSONValues
import KubernetesAPI
import KubernetesClient
import Testing

@Suite(.timeLimit(.minutes(1))) struct LateInformerTests {
    private static func isAboutSecrets(_ call: Call) -> Bool { call.path.hasSuffix("/secrets") }

    @Test func `asks for nothing before the other informer has an object, then goes on by itself`() async throws {
        let (changes, change) = AsyncStream.makeStream(of: String.self)
        try await ScriptedServer.run(reply: { call, _ in
            switch (Self.isAboutSecrets(call), call.query["watch"] == "true") {
            case (true, false):
                .json(["kind": "SecretList", "apiVersion": "v1", "items": [], "metadata": ["resourceVersion": "4"]])
            case (true, true): InformerTests.open([])
            case (false, false): .json(.pods([], version: 1))
            case (false, true): .chunks(changes)
            }
        }) { server in
            let client = try server.client()
            let pods = Informer(client, .pod, logger: .silent)
            let late = LateInformer(Informer(client, .secret, logger: .silent), after: pods)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await pods.run() }
                group.addTask { try await late.run() }
                await pods.waitUntilSynced()
                try await server.waitForCall { $0.query["watch"] == "true" }
                #expect(!server.calls.contains(where: Self.isAboutSecrets))
                change.yield(.line("ADDED", .pod("a", version: 2)))
                await late.informer.waitUntilSynced()
                #expect(server.calls.contains(where: Self.isAboutSecrets))
                group.cancelAll()
            }
            try await client.shutdown()
        }
    }
}
