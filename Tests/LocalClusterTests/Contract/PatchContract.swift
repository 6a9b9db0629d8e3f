import JSONValues
import Testing

@Suite(.serialized) struct PatchContract {
    @Test func `a JSON patch is all or nothing`() async throws {
        try await ContractServer.run { server in
            _ = try await server.api.post(server.path("widgets"), Widget.named("a"))
            let path = server.path("widgets", "/a")
            let good = try await server.api.patch(
                path, [["op": "replace", "path": "/spec/replicas", "value": 3]], type: "json-patch+json")
            #expect(good.body[path: "spec", "replicas"] == 3)
            let bad = try await server.api.patch(
                path,
                [
                    ["op": "replace", "path": "/spec/replicas", "value": 4],
                    ["op": "test", "path": "/spec/color", "value": "green"],
                ], type: "json-patch+json")
            #expect(bad.code == 422)
            #expect(try await server.api.get(path).body[path: "spec", "replicas"] == 3)
        }
    }

    @Test func `a patch with a stale version conflicts`() async throws {
        try await ContractServer.run { server in
            let made = try await server.api.post(server.path("widgets"), Widget.named("a")).body
            _ = try await server.api.patch(server.path("widgets", "/a"), ["spec": ["replicas": 2]])
            let stale: JSONValue = [
                "metadata": ["resourceVersion": .string(made.version)], "spec": ["replicas": 3],
            ]
            #expect(try await server.api.patch(server.path("widgets", "/a"), stale).code == 409)
        }
    }

    @Test func `a strategic merge patch merges lists of built-in kinds by key and refuses custom kinds`() async throws {
        try await ContractServer.run { server in
            let service: JSONValue = [
                "metadata": ["name": "s"],
                "spec": [
                    "clusterIP": "None",
                    "ports": [["name": "a", "port": 1], ["name": "b", "port": 2]],
                ],
            ]
            #expect(try await server.api.post(server.path("services"), service).code == 201)
            let patch: JSONValue = [
                "spec": [
                    "ports": [["port": 2, "name": "c"], ["port": 1, "$patch": "delete"], ["port": 3, "name": "d"]]
                ]
            ]
            let answer = try await server.api.patch(
                server.path("services", "/s"), patch, type: "strategic-merge-patch+json")
            #expect(answer.code == 200, "\(answer.text)")
            let ports = (answer.body[path: "spec", "ports"]?.elements ?? []).compactMap { $0["port"]?.integer }
            #expect(Set(ports) == [2, 3])
            _ = try await server.api.post(server.path("widgets"), Widget.named("a"))
            let refused = try await server.api.patch(
                server.path("widgets", "/a"), ["spec": .object(JSONObject())], type: "strategic-merge-patch+json")
            #expect(refused.code == 415)
        }
    }

    private func apply(
        _ server: ContractServer, as manager: String, _ spec: JSONValue, isForced: Bool = false
    ) async throws -> APIConnection.Answer {
        var widget = Widget.named("a")
        widget["spec"] = spec
        return try await server.api.patch(
            server.path("widgets", "/a?fieldManager=\(manager)&force=\(isForced)"), widget, type: "apply-patch+yaml")
    }

    @Test func `an apply makes an object, and takes away what it no longer says`() async throws {
        try await ContractServer.run { server in
            let ports: JSONValue = [["name": "x", "port": 1], ["name": "y", "port": 2]]
            let made = try await apply(server, as: "one", ["color": "red", "replicas": 5, "ports": ports])
            #expect(made.code == 201, "\(made.text)")
            let less = try await apply(server, as: "one", ["color": "red", "ports": [["name": "y", "port": 2]]])
            #expect(less.code == 200)
            #expect(less.body[path: "spec", "replicas"] == 1, "the default is back")
            #expect(less.body[path: "spec", "ports"] == [["name": "y", "port": 2]])
        }
    }

    @Test func `appliers share a keyed list, and conflict on one field`() async throws {
        try await ContractServer.run { server in
            _ = try await apply(server, as: "one", ["color": "red", "ports": [["name": "x", "port": 1]]])
            let both = try await apply(server, as: "two", ["color": "red", "ports": [["name": "y", "port": 2]]])
            #expect(both.body[path: "spec", "ports"]?.elements.count == 2)
            let conflict = try await apply(server, as: "two", ["color": "green", "ports": [["name": "y", "port": 2]]])
            #expect(conflict.code == 409)
            #expect(conflict.body["message"]?.string?.contains(".spec.color") == true, "\(conflict.text)")
            let forced = try await apply(
                server, as: "two", ["color": "green", "ports": [["name": "y", "port": 2]]], isForced: true)
            #expect(forced.code == 200)
            #expect(forced.body[path: "spec", "color"] == "green")
        }
    }

    @Test func `the same apply again changes nothing`() async throws {
        try await ContractServer.run { server in
            let first = try await apply(server, as: "one", ["color": "red"]).body
            let second = try await apply(server, as: "one", ["color": "red"]).body
            #expect(first.version == second.version)
        }
    }
}
