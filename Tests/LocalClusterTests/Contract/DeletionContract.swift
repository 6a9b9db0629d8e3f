import JSONValues
import Testing

@Suite(.serialized) struct DeletionContract {
    private func make(_ server: ContractServer, _ name: String, owner: JSONValue? = nil) async throws -> JSONValue {
        var map: JSONValue = ["metadata": ["name": .string(name)]]
        if let owner {
            map[path: "metadata", "ownerReferences"] = [
                [
                    "apiVersion": "v1", "kind": "ConfigMap", "name": .string(owner.name), "uid": .string(owner.uid),
                    "controller": true, "blockOwnerDeletion": true,
                ]
            ]
        }
        return try await server.api.post(server.path("configmaps"), map).body
    }

    private func isGone(_ server: ContractServer, _ name: String) async throws -> Bool {
        try await server.api.get(server.path("configmaps", "/\(name)")).code == 404
    }

    @Test func `an object goes at once, and once`() async throws {
        try await ContractServer.run { server in
            _ = try await make(server, "a")
            #expect(try await server.api.delete(server.path("configmaps", "/a")).code == 200)
            #expect(try await isGone(server, "a"))
            #expect(try await server.api.delete(server.path("configmaps", "/a")).code == 404)
        }
    }

    @Test func `a deletion of another object than meant is refused`() async throws {
        try await ContractServer.run { server in
            _ = try await make(server, "a")
            let options: JSONValue = ["preconditions": ["uid": "00000000-0000-4000-8000-000000000000"]]
            #expect(try await server.api.delete(server.path("configmaps", "/a"), options).code == 409)
            #expect(try await isGone(server, "a") == false)
        }
    }

    @Test func `a finalizer holds an object until it is taken off`() async throws {
        try await ContractServer.run { server in
            var widget = Widget.named("a")
            widget[path: "metadata", "finalizers"] = ["martlet.test/hold"]
            _ = try await server.api.post(server.path("widgets"), widget)
            #expect(try await server.api.delete(server.path("widgets", "/a")).code == 200)
            let held = try await server.api.get(server.path("widgets", "/a")).body
            #expect(held[path: "metadata", "deletionTimestamp"] != nil)
            let more: JSONValue = ["metadata": ["finalizers": ["martlet.test/hold", "martlet.test/more"]]]
            #expect(try await server.api.patch(server.path("widgets", "/a"), more).code == 422)
            let released = try await server.api.patch(
                server.path("widgets", "/a"), ["metadata": ["finalizers": .null]])
            #expect(released.code == 200)
            #expect(try await server.api.get(server.path("widgets", "/a")).code == 404)
        }
    }

    @Test func `dependents go with their last owner`() async throws {
        try await ContractServer.run { server in
            let owner = try await make(server, "owner")
            let middle = try await make(server, "middle", owner: owner)
            _ = try await make(server, "leaf", owner: middle)
            _ = try await server.api.delete(server.path("configmaps", "/owner"), ["propagationPolicy": "Background"])
            try await server.eventually("the whole chain is gone") { _ in try await isGone(server, "leaf") }
            #expect(try await isGone(server, "middle"))
        }
    }

    @Test func `orphans stay and forget their owner`() async throws {
        try await ContractServer.run { server in
            let owner = try await make(server, "owner")
            _ = try await make(server, "leaf", owner: owner)
            _ = try await server.api.delete(server.path("configmaps", "/owner"), ["propagationPolicy": "Orphan"])
            try await server.eventually("the owner is gone") { _ in try await isGone(server, "owner") }
            let leaf = try await server.api.get(server.path("configmaps", "/leaf")).body
            #expect(leaf[path: "metadata", "ownerReferences"] == nil)
        }
    }

    @Test func `in the foreground an owner waits for its dependents`() async throws {
        try await ContractServer.run { server in
            let owner = try await make(server, "owner")
            _ = try await make(server, "leaf", owner: owner)
            let hold: JSONValue = ["metadata": ["finalizers": ["martlet.test/hold"]]]
            _ = try await server.api.patch(server.path("configmaps", "/leaf"), hold)
            _ = try await server.api.delete(server.path("configmaps", "/owner"), ["propagationPolicy": "Foreground"])
            try await server.eventually("the dependent is marked") { api in
                try await api.get(server.path("configmaps", "/leaf")).body[path: "metadata", "deletionTimestamp"] != nil
            }
            let waiting = try await server.api.get(server.path("configmaps", "/owner")).body
            #expect(waiting[path: "metadata", "finalizers"] == ["foregroundDeletion"])
            _ = try await server.api.patch(
                server.path("configmaps", "/leaf"), ["metadata": ["finalizers": .null]])
            try await server.eventually("the owner is gone") { _ in try await isGone(server, "owner") }
        }
    }

    @Test func `a collection is deleted by its labels`() async throws {
        try await ContractServer.run { server in
            for (name, tier) in [("a", "x"), ("b", "y")] {
                var widget = Widget.named(name)
                widget[path: "metadata", "labels"] = ["tier": .string(tier)]
                _ = try await server.api.post(server.path("widgets"), widget)
            }
            _ = try await server.api.delete(server.path("widgets", "?labelSelector=tier%3Dx"))
            #expect(try await server.api.get(server.path("widgets")).body.names == ["b"])
        }
    }

    @Test func `a namespace takes its content with it`() async throws {
        try await ContractServer.run { server in
            _ = try await make(server, "a")
            _ = try await server.api.post(server.path("widgets"), Widget.named("b"))
            _ = try await server.api.delete("/api/v1/namespaces/\(server.namespace)")
            try await server.eventually("the namespace is gone") { api in
                try await api.get("/api/v1/namespaces/\(server.namespace)").code == 404
            }
            #expect(try await server.api.get(server.path("widgets", "/b")).code == 404)
        }
    }
}
