import JSONValues
import KubernetesAPI
import Logging
import Testing

@testable import LocalCluster

@Suite struct DurabilityTests {
    private let kind = ServedKind(.configMap)

    private func map(_ name: String) -> JSONValue { ["metadata": ["name": .string(name)], "data": ["k": "v"]] }

    @Test func `a restart finds every object with its identity, and versions go on`() async throws {
        try await withTemporaryDirectory { directory in
            let before = try await withEmbeddedCluster(directory: directory) { api in
                _ = try await api.post("/api/v1/namespaces/default/configmaps", map("gone"))
                _ = try await api.delete("/api/v1/namespaces/default/configmaps/gone")
                return try await api.post("/api/v1/namespaces/default/configmaps", map("kept")).body
            }
            try await withEmbeddedCluster(directory: directory) { api in
                #expect(try await api.get("/api/v1/namespaces/default/configmaps/kept").body == before)
                #expect(try await api.get("/api/v1/namespaces/default/configmaps/gone").code == 404)
                let next = try await api.post("/api/v1/namespaces/default/configmaps", map("next")).body
                #expect(Int(next.version) ?? 0 > Int(before.version) ?? .max)
            }
        }
    }

    @Test func `a watch may resume over a restart where nothing happened, and is told 410 for older versions`()
        async throws
    {
        try await withTemporaryDirectory { directory in
            let (old, last) = try await withEmbeddedCluster(directory: directory) { api in
                let first = try await api.post("/api/v1/namespaces/default/configmaps", map("a")).body
                _ = try await api.post("/api/v1/namespaces/default/configmaps", map("b"))
                return (first.version, try await api.get("/api/v1/configmaps").body.version)
            }
            try await withEmbeddedCluster(directory: directory) { api in
                let expired = try await api.watch("/api/v1/configmaps?resourceVersion=\(old)") { _ in true }
                #expect(expired.first?["type"] == "ERROR")
                #expect(expired.first?["object"]?["code"] == 410)
                #expect(expired.first?["object"]?["reason"] == "Expired")
                _ = try await api.post("/api/v1/namespaces/default/configmaps", map("c"))
                let events = try await api.watch("/api/v1/configmaps?resourceVersion=\(last)") { _ in true }
                #expect(events.first?["object"]?.name == "c")
            }
        }
    }

    /// What is on disk when the process ends is what a second opening reads: nothing is closed in between.
    @Test func `what was acknowledged is on disk without a close`() async throws {
        try await withTemporaryDirectory { directory in
            let store = try ObjectStore(path: "\(directory)/a.sqlite")
            try Bootstrap(store: store, crdDirectory: "", logger: Logger(label: "test")).run()
            for number in 0..<50 {
                _ = try store.transact { transaction throws(APIStatus) in
                    try transaction.create(kind, namespace: "default", map("m\(number)"))
                }
            }
            for ending in ["", "-wal"] {
                try copy("\(directory)/a.sqlite\(ending)", to: "\(directory)/b.sqlite\(ending)")
            }
            let copied = try ObjectStore(path: "\(directory)/b.sqlite")
            #expect(try copied.list(Selection(kind.storage)).objects.count == 50)
            #expect(copied.version == store.version)
        }
    }

    @Test func `a second cluster on the same data is refused in one sentence`() async throws {
        try await withTemporaryDirectory { directory in
            let store = try ObjectStore(path: "\(directory)/a.sqlite")
            let error = #expect(throws: LocalClusterError.self) { try ObjectStore(path: "\(directory)/a.sqlite") }
            #expect(error?.description.contains("in use") == true)
            #expect(store.version >= 1)
        }
    }

    @Test func `a transaction that throws leaves nothing behind`() async throws {
        try await withTemporaryDirectory { directory in
            let store = try ObjectStore(path: "\(directory)/a.sqlite")
            try Bootstrap(store: store, crdDirectory: "", logger: Logger(label: "test")).run()
            let version = store.version
            #expect(throws: APIStatus.self) {
                try store.transact { transaction throws(APIStatus) in
                    _ = try transaction.create(kind, namespace: "default", map("a"))
                    _ = try transaction.create(kind, namespace: "default", map("a"))
                }
            }
            #expect(store.version == version)
            #expect(try store.list(Selection(kind.storage)).objects.isEmpty)
        }
    }
}
