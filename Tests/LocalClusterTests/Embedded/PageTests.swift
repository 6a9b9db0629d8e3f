import HashTreeCollections
import JSONValues
import KubernetesAPI
import Testing

@testable import LocalCluster

/// Lists in pages, while the objects change.
@Suite struct PageTests {
    private let maps = "/api/v1/namespaces/default/configmaps"

    private func token(_ page: JSONValue) -> String {
        PercentEncoding.encode(page[path: "metadata", "continue"]?.string ?? "")
    }

    @Test func `all pages are of the state of the first`() async throws {
        try await withEmbeddedCluster { api in
            for name in ["a", "b", "c", "d"] { _ = try await api.post(maps, ["metadata": ["name": .string(name)]]) }
            let first = try await api.get("\(maps)?limit=2").body
            #expect(first.names == ["a", "b"])
            #expect(first[path: "metadata", "remainingItemCount"] == 2)
            _ = try await api.delete("\(maps)/c")
            _ = try await api.patch("\(maps)/d", ["data": ["late": "x"]])
            _ = try await api.post(maps, ["metadata": ["name": "e"]])
            let second = try await api.get("\(maps)?limit=2&continue=\(token(first))").body
            #expect(second.names == ["c", "d"])
            #expect(second["items"]?[1]?["data"] == nil)
            #expect(second.version == first.version)
            #expect(token(second).isEmpty)
            let exact = try await api.get("\(maps)?resourceVersion=\(first.version)&resourceVersionMatch=Exact").body
            #expect(exact.names == ["a", "b", "c", "d"])
        }
    }

    @Test func `a token that is too old is answered with one that goes on in the state of now`() async throws {
        try await withTemporaryDirectory { directory in
            let first = try await withEmbeddedCluster(directory: directory) { api in
                for name in ["a", "b", "c"] { _ = try await api.post(maps, ["metadata": ["name": .string(name)]]) }
                let page = try await api.get("\(maps)?limit=1").body
                _ = try await api.post(maps, ["metadata": ["name": "d"]])
                return page
            }
            // After a start the changes before it are not known any more.
            try await withEmbeddedCluster(directory: directory) { api in
                let old = try await api.get("\(maps)?limit=1&continue=\(token(first))")
                #expect(old.code == 410)
                #expect(old.body["reason"] == "Expired")
                let rest = try await api.get("\(maps)?continue=\(token(old.body))").body
                #expect(rest.names == ["b", "c", "d"])
                #expect(try await api.get("\(maps)?continue=nonsense").code == 400)
            }
        }
    }

    @Test func `the log gives back a state for as long as it reaches`() throws {
        let name = StorageName(.configMap)
        func object(_ version: Int64) -> StoredObject { StoredObject(["v": .integer(version)], version: version) }
        func change(_ key: String, _ version: Int64, _ previous: StoredObject?) -> Change {
            Change(
                kind: previous == nil ? .added : .modified, key: StorageKey(name, ObjectKey(namespace: "", name: key)),
                object: object(version), previous: previous)
        }
        var log = ChangeLog(from: 1)
        log.append(change("a", 2, nil))
        log.append(change("a", 3, object(2)))
        log.append(change("b", 4, nil))
        let now: TreeDictionary = [
            ObjectKey(namespace: "", name: "a"): object(3), ObjectKey(namespace: "", name: "b"): object(4),
        ]
        func names(_ version: Int64) -> [String: Int64]? {
            log.objects(now, of: name, at: version).map { objects in
                Dictionary(uniqueKeysWithValues: objects.map { ($0.key.name, $0.value.version) })
            }
        }
        #expect(names(4) == ["a": 3, "b": 4])
        #expect(names(3) == ["a": 3])
        #expect(names(2) == ["a": 2])
        #expect(names(1) == [:])
        #expect(names(0) == nil)
    }
}
