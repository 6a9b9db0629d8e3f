import JSONValues
import Testing

@Suite(.serialized) struct DiscoveryContract {
    @Test func `a custom kind is listed with its names and subresources`() async throws {
        try await ContractServer.run { server in
            let list = try await server.api.get("/apis/\(Widget.group)/v1").body
            let resources = list["resources"]?.elements ?? []
            let widgets = resources.first { $0["name"] == "widgets" }
            #expect(widgets?["kind"] == "Widget")
            #expect(widgets?["shortNames"] == ["wd"])
            #expect(widgets?["categories"] == ["all"])
            #expect(widgets?["namespaced"] == true)
            #expect(Set(resources.compactMap { $0["name"]?.string }) == ["widgets", "widgets/status", "widgets/scale"])
            let groups = try await server.api.get("/apis").body["groups"]?.elements ?? []
            #expect(groups.contains { $0["name"]?.string == Widget.group })
        }
    }

    @Test func `the core group has the kinds Martlet uses`() async throws {
        try await ContractServer.run { server in
            let resources = try await server.api.get("/api/v1").body["resources"]?.elements ?? []
            let names = Set(resources.compactMap { $0["name"]?.string })
            let needed: Set<String> = [
                "pods", "pods/log", "pods/binding", "pods/status", "services", "nodes", "namespaces", "events",
                "configmaps", "secrets", "endpoints",
            ]
            #expect(needed.subtracting(names) == [])
        }
    }

    @Test func `the version is one of Kubernetes`() async throws {
        try await ContractServer.run { server in
            let version = try await server.api.get("/version").body
            #expect(version["major"] == "1")
            #expect(version["gitVersion"]?.string?.hasPrefix("v1.") == true)
        }
    }

    @Test func `a wrong token is not let in`() async throws {
        try await ContractServer.run { server in
            let stranger = APIConnection(server: server.api.server, token: "wrong", client: server.api.client)
            let answer = try await stranger.get("/api/v1/namespaces")
            #expect(answer.code == 401)
            #expect(answer.body["reason"] == "Unauthorized")
            let nobody = APIConnection(server: server.api.server, token: nil, client: server.api.client)
            #expect(try await nobody.get("/api/v1/namespaces").code == 403)
            #expect(try await nobody.get("/livez").text.contains("ok"))
        }
    }

    @Test func `broken JSON and too much of it are refused`() async throws {
        try await ContractServer.run { server in
            let broken = try await server.api.send("POST", server.path("configmaps"), bytes: Array("{\"a\":".utf8))
            #expect(broken.code == 400)
            #expect(broken.body["reason"] == "BadRequest")
            let big: JSONValue = [
                "metadata": ["name": "big"], "data": ["x": .string(String(repeating: "x", count: 4 << 20))],
            ]
            let answer = try await server.api.post(server.path("configmaps"), big)
            #expect(answer.code == 413, "\(answer.text.prefix(200))")
        }
    }
}
