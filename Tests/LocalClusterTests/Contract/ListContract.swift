import JSONValues
import Testing

@Suite(.serialized) struct ListContract {
    private func fill(_ server: ContractServer) async throws {
        for (name, labels) in [("a", ["tier": "x"]), ("b", ["tier": "y"]), ("c", ["tier": "x", "old": "1"])] {
            let map: JSONValue = ["metadata": ["name": .string(name), "labels": .strings(labels)]]
            _ = try await server.api.post(server.path("configmaps"), map)
        }
    }

    /// A real control plane puts a map of its own into every namespace.
    private func names(_ list: JSONValue) -> [String] { list.names.filter { $0 != "kube-root-ca.crt" } }

    @Test(arguments: [
        ("labelSelector=tier%3Dx", ["a", "c"]), ("labelSelector=tier%20in%20(x,y),!old", ["a", "b"]),
        ("labelSelector=tier%21%3Dx,tier", ["b"]), ("fieldSelector=metadata.name%3Db", ["b"]),
        ("fieldSelector=metadata.name!%3Db", ["a", "c"]), ("labelSelector=tier%3Dz", []),
    ])
    func `selectors choose`(query: String, expected: [String]) async throws {
        try await ContractServer.run { server in
            try await fill(server)
            let list = try await server.api.get(server.path("configmaps", "?\(query)")).body
            #expect(list["kind"] == "ConfigMapList")
            #expect(names(list) == expected)
        }
    }

    @Test(arguments: ["labelSelector=a%20in%20b", "fieldSelector=spec.nope%3D1"])
    func `a selector that makes no sense is refused`(query: String) async throws {
        try await ContractServer.run { server in
            let answer = try await server.api.get(server.path("configmaps", "?\(query)"))
            #expect(answer.code == 400)
            #expect(answer.body["reason"] == "BadRequest")
        }
    }

    @Test func `pages make a whole`() async throws {
        try await ContractServer.run { server in
            for name in ["a", "b", "c", "d", "e"] {
                _ = try await server.api.post(server.path("widgets"), Widget.named(name))
            }
            var found: [String] = []
            var query = "?limit=2"
            for _ in 0..<3 {
                let page = try await server.api.get(server.path("widgets", query)).body
                found += page.names
                guard let token = page[path: "metadata", "continue"]?.string, !token.isEmpty else { break }
                let encoded = token.map {
                    $0.isLetter || $0.isNumber ? "\($0)" : "%\(String($0.asciiValue ?? 0, radix: 16))"
                }
                query = "?limit=2&continue=\(encoded.joined())"
            }
            #expect(found == ["a", "b", "c", "d", "e"])
        }
    }

    @Test func `a table has the kind's columns and a row for each object`() async throws {
        try await ContractServer.run { server in
            _ = try await server.api.post(server.path("widgets"), Widget.named("a", replicas: 3))
            let accept = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"
            let table = try await server.api.get(server.path("widgets"), accept: accept).body
            #expect(table["kind"] == "Table")
            let columns = (table["columnDefinitions"]?.elements ?? []).compactMap { $0["name"]?.string }
            #expect(columns == ["Name", "Size", "Phase"])
            #expect(table["rows"]?[0]?["cells"]?[0] == "a")
            #expect(table["rows"]?[0]?["cells"]?[1] == 3)
            #expect(table["rows"]?[0]?["object"]?["kind"] == "PartialObjectMetadata")
        }
    }

    @Test func `metadata alone is served`() async throws {
        try await ContractServer.run { server in
            _ = try await server.api.post(server.path("widgets"), Widget.named("a"))
            let accept = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
            let list = try await server.api.get(server.path("widgets"), accept: accept).body
            #expect(list["kind"] == "PartialObjectMetadataList")
            #expect(list.names == ["a"])
            #expect(list["items"]?[0]?["spec"] == nil)
        }
    }

    @Test func `what is not there is not found`() async throws {
        try await ContractServer.run { server in
            let object = try await server.api.get(server.path("widgets", "/none"))
            #expect(object.code == 404)
            #expect(object.body["message"]?.string == "widgets.\(Widget.group) \"none\" not found")
            #expect(object.body[path: "details", "kind"] == "widgets")
            #expect(try await server.api.get(server.path("gadgets")).code == 404)
            let elsewhere = "/apis/\(Widget.group)/v1/namespaces/no-such-namespace/widgets"
            #expect(try await server.api.post(elsewhere, Widget.named("a")).code == 404)
        }
    }
}
