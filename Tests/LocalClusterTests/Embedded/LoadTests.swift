import JSONValues
import KubernetesAPI
import Logging
import Testing

@testable import LocalCluster

@Suite struct LoadTests {
    private let kind = ServedKind(.configMap)

    private func withStore(_ body: (ObjectStore) async throws -> Void) async throws {
        try await withTemporaryDirectory { directory in
            let store = try ObjectStore(path: "\(directory)/a.sqlite")
            try Bootstrap(store: store, crdDirectory: "", logger: Logger(label: "test")).run()
            try await body(store)
        }
    }

    private func make(_ store: ObjectStore, _ numbers: Range<Int>) throws {
        for number in numbers {
            _ = try store.transact { transaction throws(APIStatus) in
                try transaction.create(
                    kind, namespace: "default", ["metadata": ["name": .string("m\(number)")]])
            }
        }
    }

    @Test func `a watcher that falls behind is ended, and only it`() async throws {
        try await withStore { store in
            let slow = try store.watch(Selection(kind.storage), from: .everything(marksEnd: false))
            let other = try store.watch(
                Selection(kind.storage, namespace: "elsewhere"), from: .everything(marksEnd: false))
            try make(store, 0..<Watcher.itemsMax)
            #expect(!store.takeIsBehind(slow))
            try make(store, Watcher.itemsMax..<Watcher.itemsMax + 1)
            #expect(store.takeIsBehind(slow))
            #expect(!store.takeIsBehind(slow), "told once")
            var count = 0
            for await _ in slow.items { count += 1 }
            #expect(count == Watcher.itemsMax, "what was queued is still told")
            #expect(!store.takeIsBehind(other))
        }
    }

    @Test func `the window of changes ends where the oldest is gone`() throws {
        var log = ChangeLog(from: 10)
        let key = StorageKey(kind.storage, ObjectKey(namespace: "default", name: "a"))
        func append(_ versions: Range<Int64>) {
            for version in versions {
                let object = StoredObject(.null, bytes: [], version: version)
                log.append(Change(kind: .modified, key: key, object: object, previous: nil))
            }
        }
        append(11..<11 + Int64(ChangeLog.changesMax))
        #expect(log.changes(after: 9) == nil)
        #expect(log.changes(after: 10)?.count == ChangeLog.changesMax)
        #expect(log.changes(after: 12)?.first?.version == 13)
        let newest = 10 + Int64(ChangeLog.changesMax)
        #expect(log.changes(after: newest)?.isEmpty == true)
        append(newest + 1..<newest + 2)
        #expect(log.changes(after: 10) == nil)
        #expect(log.changes(after: log.oldestVersion)?.first?.version == log.oldestVersion + 1)
        #expect(log.changes(after: newest)?.map(\.version) == [newest + 1])
    }

    @Test func `five hundred pods are made, watched and deleted`() async throws {
        try await withEmbeddedCluster { api in
            let path = "/api/v1/namespaces/default/pods"
            let start = try await api.get(path).body.version
            let clock = ContinuousClock()
            let began = clock.now
            async let events = api.watch("\(path)?resourceVersion=\(start)") {
                $0["type"] == "DELETED" && $0["object"]?.name == "p499"
            }
            try await withThrowingTaskGroup(of: Int.self) { group in
                for lane in 0..<8 {
                    group.addTask {
                        var refused = 0
                        for number in stride(from: lane, to: 500, by: 8) {
                            let pod: JSONValue = [
                                "metadata": ["name": .string("p\(number)")],
                                "spec": ["containers": [["name": "main", "image": "x"]]],
                            ]
                            if try await api.post(path, pod).code != 201 { refused += 1 }
                        }
                        return refused
                    }
                }
                for try await refused in group { #expect(refused == 0) }
            }
            #expect(try await api.delete(path).body["items"]?.elements.count == 500)
            let told = try await events
            #expect(told.filter { $0["type"] == "ADDED" }.count == 500)
            // Ten times what a debug build on a busy machine was seen to take.
            #expect(clock.now - began < .seconds(20), "took \(clock.now - began)")
        }
    }
}
