import JSONValues
import Testing

@Suite(.serialized) struct ObjectContract {
    @Test func `a new object gets an identity, a version and its defaults`() async throws {
        try await ContractServer.run { server in
            let made = try await server.api.post(server.path("widgets"), Widget.named("a"))
            #expect(made.code == 201)
            #expect(made.body.uid.count == 36)
            #expect(!made.body.version.isEmpty)
            #expect(made.body.generation == 1)
            #expect(made.body[path: "metadata", "creationTimestamp"]?.string?.hasSuffix("Z") == true)
            #expect(made.body[path: "metadata", "namespace"]?.string == server.namespace)
            #expect(made.body[path: "spec", "replicas"] == 1)
            let read = try await server.api.get(server.path("widgets", "/a"))
            #expect(read.body == made.body)
        }
    }

    @Test func `a name is taken once, and generated on request`() async throws {
        try await ContractServer.run { server in
            _ = try await server.api.post(server.path("widgets"), Widget.named("a"))
            let again = try await server.api.post(server.path("widgets"), Widget.named("a"))
            #expect(again.code == 409)
            #expect(again.body["reason"] == "AlreadyExists")
            #expect(again.body["message"]?.string?.contains("already exists") == true)
            var unnamed = Widget.named("")
            unnamed["metadata"] = ["generateName": "a-"]
            let names = try await [
                server.api.post(server.path("widgets"), unnamed).body.name,
                server.api.post(server.path("widgets"), unnamed).body.name,
            ]
            #expect(names.allSatisfy { $0.hasPrefix("a-") && $0.count == 7 })
            #expect(names[0] != names[1])
        }
    }

    struct Refusal: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var change: @Sendable (inout JSONValue) -> Void
        var code: Int
        var reason: String
    }

    static let refusals = [
        Refusal(
            testDescription: "no name", change: { $0["metadata"] = .object(JSONObject()) }, code: 422, reason: "Invalid"
        ),
        Refusal(
            testDescription: "a bad name", change: { $0[path: "metadata", "name"] = "Bad_Name" }, code: 422,
            reason: "Invalid"),
        Refusal(
            testDescription: "a missing field", change: { $0[path: "spec", "color"] = nil }, code: 422,
            reason: "Invalid"),
        Refusal(
            testDescription: "a value out of range", change: { $0[path: "spec", "replicas"] = -1 }, code: 422,
            reason: "Invalid"),
        Refusal(
            testDescription: "a wrong type", change: { $0[path: "spec", "replicas"] = "two" }, code: 422,
            reason: "Invalid"),
        Refusal(
            testDescription: "another kind", change: { $0["kind"] = "Gadget" }, code: 422, reason: "Invalid"),
        Refusal(
            testDescription: "another namespace", change: { $0[path: "metadata", "namespace"] = "elsewhere" },
            code: 400,
            reason: "BadRequest"),
    ]

    @Test(arguments: refusals) func `a bad object is refused`(refusal: Refusal) async throws {
        try await ContractServer.run { server in
            var widget = Widget.named("a")
            refusal.change(&widget)
            let answer = try await server.api.post(server.path("widgets"), widget)
            #expect(answer.code == refusal.code, "\(answer.text)")
            #expect(answer.body["reason"]?.string == refusal.reason)
            #expect(answer.body["kind"] == "Status")
            #expect(try await server.api.get(server.path("widgets")).body.names == [])
        }
    }

    @Test func `unknown fields are dropped with a warning, or refused when strict`() async throws {
        try await ContractServer.run { server in
            var widget = Widget.named("a")
            widget[path: "spec", "unknown"] = 1
            let strict = try await server.api.post(server.path("widgets", "?fieldValidation=Strict"), widget)
            #expect(strict.code == 400)
            #expect(strict.body["message"]?.string?.contains("unknown field \"spec.unknown\"") == true)
            let warned = try await server.api.post(server.path("widgets", "?fieldValidation=Warn"), widget)
            #expect(warned.code == 201)
            #expect(warned.warnings.contains { $0.contains("spec.unknown") })
            #expect(warned.body[path: "spec", "unknown"] == nil)
        }
    }

    @Test func `a stale version conflicts and a needed one is asked for`() async throws {
        try await ContractServer.run { server in
            let made = try await server.api.post(server.path("widgets"), Widget.named("a")).body
            var first = made
            first[path: "spec", "replicas"] = 2
            let updated = try await server.api.put(server.path("widgets", "/a"), first)
            #expect(updated.code == 200)
            #expect(updated.body.generation == 2)
            var second = made
            second[path: "spec", "replicas"] = 3
            let stale = try await server.api.put(server.path("widgets", "/a"), second)
            #expect(stale.code == 409)
            #expect(stale.body["reason"] == "Conflict")
            second[path: "metadata", "resourceVersion"] = nil
            #expect(try await server.api.put(server.path("widgets", "/a"), second).code == 422)
        }
    }

    @Test func `metadata alone moves no generation, and no change moves no version`() async throws {
        try await ContractServer.run { server in
            let made = try await server.api.post(server.path("widgets"), Widget.named("a")).body
            let labelled = try await server.api.patch(
                server.path("widgets", "/a"), ["metadata": ["labels": ["x": "y"]]]
            ).body
            #expect(labelled.generation == 1)
            #expect(labelled.version != made.version)
            let same = try await server.api.patch(
                server.path("widgets", "/a"), ["metadata": ["labels": ["x": "y"]]]
            ).body
            #expect(same.version == labelled.version)
        }
    }

    @Test func `status and specification are written apart`() async throws {
        try await ContractServer.run { server in
            var widget = Widget.named("a")
            widget["status"] = ["phase": "Made up"]
            let made = try await server.api.post(server.path("widgets"), widget).body
            #expect(made["status"] == nil)
            let patch: JSONValue = ["spec": ["replicas": 9], "status": ["phase": "Running"]]
            let status = try await server.api.patch(server.path("widgets", "/a/status"), patch)
            #expect(status.code == 200)
            #expect(status.body[path: "status", "phase"] == "Running")
            #expect(status.body[path: "spec", "replicas"] == 1)
            #expect(status.body.generation == 1)
            let object = try await server.api.patch(
                server.path("widgets", "/a"), ["spec": ["replicas": 4], "status": ["phase": "Lost"]]
            ).body
            #expect(object[path: "status", "phase"] == "Running")
            #expect(object[path: "spec", "replicas"] == 4)
            #expect(object.generation == 2)
        }
    }

    @Test func `scale reads and writes the replicas`() async throws {
        try await ContractServer.run { server in
            _ = try await server.api.post(server.path("widgets"), Widget.named("a", replicas: 2))
            _ = try await server.api.patch(
                server.path("widgets", "/a/status"), ["status": ["replicas": 1, "selector": "app=a"]])
            var scale = try await server.api.get(server.path("widgets", "/a/scale")).body
            #expect(scale["kind"] == "Scale")
            #expect(scale[path: "spec", "replicas"] == 2)
            #expect(scale[path: "status", "replicas"] == 1)
            #expect(scale[path: "status", "selector"] == "app=a")
            scale[path: "spec", "replicas"] = 5
            #expect(try await server.api.put(server.path("widgets", "/a/scale"), scale).code == 200)
            let object = try await server.api.get(server.path("widgets", "/a")).body
            #expect(object[path: "spec", "replicas"] == 5)
            #expect(object.generation == 2)
        }
    }

    @Test func `text of a Secret is kept as base64`() async throws {
        try await ContractServer.run { server in
            let secret: JSONValue = ["metadata": ["name": "s"], "stringData": ["password": "open sesame"]]
            let made = try await server.api.post(server.path("secrets"), secret).body
            #expect(made[path: "data", "password"] == "b3BlbiBzZXNhbWU=")
            #expect(made["stringData"] == nil)
            #expect(made["type"] == "Opaque")
        }
    }

    @Test func `a dry run answers and stores nothing`() async throws {
        try await ContractServer.run { server in
            let answer = try await server.api.post(server.path("widgets", "?dryRun=All"), Widget.named("a"))
            #expect(answer.code == 201)
            #expect(try await server.api.get(server.path("widgets", "/a")).code == 404)
        }
    }
}
