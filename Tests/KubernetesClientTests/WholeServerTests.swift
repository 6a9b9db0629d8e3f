import JSONValues
import KubernetesAPI
import KubernetesClient
import Logging
import Testing

/// What the client promises, against a whole API server: the embedded one, or the real one of `TestCluster`.
@Suite(.serialized, .timeLimit(.minutes(2))) struct WholeServerTests {
    /// A custom kind of the test's own.
    private struct Definition {
        let kind: ResourceKind
        var name: String { "\(kind.plural).\(kind.group)" }

        init() {
            let word = "kind\(UInt32.random(in: 0 ... .max))"
            kind = ResourceKind(group: "client.martlet.test", kind: "K\(word.dropFirst())", plural: "\(word)s")
        }

        var object: KubernetesObject {
            var object = KubernetesObject(.customResourceDefinition, name: name)
            object.spec = [
                "group": .string(kind.group), "scope": "Namespaced",
                "names": [
                    "plural": .string(kind.plural), "singular": .string(kind.kind.lowercased()),
                    "kind": .string(kind.kind), "listKind": .string("\(kind.kind)List"),
                ],
                "versions": [
                    [
                        "name": "v1", "served": true, "storage": true,
                        "schema": [
                            "openAPIV3Schema": ["type": "object", "x-kubernetes-preserve-unknown-fields": true]
                        ],
                    ]
                ],
            ]
            return object
        }
    }

    private static func until(_ holds: () async throws -> Bool) async throws {
        while try await !holds() { try await Task.sleep(for: .milliseconds(20)) }
    }

    private static func map(_ name: String, in namespace: String, _ data: [String: String] = [:]) -> KubernetesObject {
        var object = KubernetesObject(.configMap, namespace: namespace, name: name)
        object.json["data"] = .strings(data)
        object.labels = ["suite": "client"]
        return object
    }

    /// Runs an informer while `body` runs, which may read what it told.
    private static func follow(
        _ informer: Informer, _ body: (InformerTests.Journal) async throws -> Void
    ) async throws {
        let journal = InformerTests.Journal()
        informer.onChange { event in
            switch event {
            case .added(let object): journal.add("+\(object.name)")
            case .updated(_, let new): journal.add("~\(new.name)")
            case .deleted(let object): journal.add("-\(object.name)")
            }
        }
        informer.onServedChange { journal.add($0 ? "served" : "absent") }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await informer.run() }
            try await body(journal)
            group.cancelAll()
        }
    }

    @Test func `an optional kind is absent, comes, is followed and goes`() async throws {
        try await TestCluster.run { cluster in
            let definition = Definition()
            let informer = Informer(
                cluster.client, definition.kind, namespace: cluster.namespace, isOptional: true,
                backoff: Backoff(first: .milliseconds(100), max: .seconds(600)), logger: .silent)
            try await Self.follow(informer) { journal in
                #expect(await journal.next(1) == ["absent"])
                await informer.waitUntilSynced()
                #expect(informer.isSynced && !informer.isServed)
                _ = try await cluster.client.create(.customResourceDefinition, definition.object)
                #expect(await journal.next(1) == ["served"])
                for name in ["a", "b"] {
                    let object = KubernetesObject(definition.kind, namespace: cluster.namespace, name: name)
                    _ = try await cluster.client.create(definition.kind, object)
                }
                #expect(await journal.next(2) == ["+a", "+b"])
                try await cluster.client.delete(.customResourceDefinition, name: definition.name)
                #expect(await Set(journal.next(3)) == ["-a", "-b", "absent"])
                #expect(!informer.isServed && informer.objects.isEmpty)
            }
        }
    }

    @Test func `objects of a custom and of a built-in kind are listed and followed`() async throws {
        try await TestCluster.run { cluster in
            let definition = Definition()
            _ = try await cluster.client.create(.customResourceDefinition, definition.object)
            for kind in [definition.kind, .configMap] {
                let made = KubernetesObject(kind, namespace: cluster.namespace, name: "first")
                try await Self.until { (try? await cluster.client.create(kind, made)) != nil }
                let informer = Informer(
                    cluster.client, kind, namespace: cluster.namespace,
                    fieldSelector: "metadata.name!=kube-root-ca.crt", logger: .silent)
                try await Self.follow(informer) { journal in
                    #expect(await journal.next(2) == ["+first", "served"])
                    await informer.waitUntilSynced()
                    let later = KubernetesObject(kind, namespace: cluster.namespace, name: "later")
                    _ = try await cluster.client.create(kind, later)
                    _ = try await cluster.client.patch(
                        kind, namespace: cluster.namespace, name: "first",
                        .merge(["metadata": ["labels": ["a": "b"]]]))
                    try await cluster.client.delete(kind, namespace: cluster.namespace, name: "first")
                    #expect(await journal.next(3) == ["+later", "~first", "-first"])
                    #expect(informer.objects.first?.json[path: "metadata", "managedFields"] == nil)
                }
            }
            try await cluster.client.delete(.customResourceDefinition, name: definition.name)
        }
    }

    @Test func `a list of many pages is whole, and a collection goes by its selector`() async throws {
        try await TestCluster.run { cluster in
            let count = 620
            try await withThrowingTaskGroup(of: Void.self) { group in
                for worker in 0..<8 {
                    group.addTask {
                        for index in stride(from: worker, to: count, by: 8) {
                            let map = Self.map("m\(index)", in: cluster.namespace)
                            _ = try await cluster.client.create(.configMap, map)
                        }
                    }
                }
                try await group.waitForAll()
            }
            let kept = KubernetesObject(.configMap, namespace: cluster.namespace, name: "kept")
            _ = try await cluster.client.create(.configMap, kept)
            func names() async throws -> Set<String> {
                Set(
                    try await cluster.client.list(
                        .configMap, namespace: cluster.namespace, fieldSelector: "metadata.name!=kube-root-ca.crt"
                    ).items.map(\.name))
            }
            #expect(try await names() == Set((0..<count).map { "m\($0)" } + ["kept"]))
            try await cluster.client.deleteCollection(
                .configMap, namespace: cluster.namespace, labelSelector: "suite=client")
            #expect(try await names() == ["kept"])
        }
    }

    @Test func `a JSON patch holds only while its test does`() async throws {
        try await TestCluster.run { cluster in
            _ = try await cluster.client.create(.configMap, Self.map("m", in: cluster.namespace, ["a": "1"]))
            func patch(from old: String, to new: String) async throws -> String? {
                let patch = Patch.json([
                    ["op": "test", "path": "/data/a", "value": .string(old)],
                    ["op": "replace", "path": "/data/a", "value": .string(new)],
                ])
                let map = try await cluster.client.patch(.configMap, namespace: cluster.namespace, name: "m", patch)
                return map.json[path: "data", "a"]?.string
            }
            #expect(try await patch(from: "1", to: "2") == "2")
            let error = await #expect(throws: APIStatus.self) { try await patch(from: "1", to: "3") }
            #expect(error?.code == 422)
        }
    }

    @Test func `what one manager applied another takes only by force`() async throws {
        try await TestCluster.run { cluster in
            func apply(_ value: String, as manager: String, force: Bool = false) async throws {
                let map = Self.map("m", in: cluster.namespace, ["a": value])
                let patch = Patch.apply(map.json, fieldManager: manager, force: force)
                _ = try await cluster.client.patch(.configMap, namespace: cluster.namespace, name: "m", patch)
            }
            try await apply("1", as: "one")
            let error = await #expect(throws: APIStatus.self) { try await apply("2", as: "two") }
            #expect(error?.reason == .conflict)
            try await apply("2", as: "two", force: true)
            let back = await #expect(throws: APIStatus.self) { try await apply("1", as: "one") }
            #expect(back?.reason == .conflict)
        }
    }

    @Test func `a write on an old version is a conflict, and one of a pod that was made anew hits nobody`() async throws
    {
        try await TestCluster.run { cluster in
            let map = try await cluster.client.create(.configMap, Self.map("m", in: cluster.namespace))
            _ = try await cluster.client.replace(.configMap, Self.changed(map, to: "1"))
            let error = await #expect(throws: APIStatus.self) {
                try await cluster.client.replace(.configMap, Self.changed(map, to: "2"))
            }
            #expect(error?.reason == .conflict)
            try await cluster.client.delete(.configMap, namespace: cluster.namespace, name: "m")
            _ = try await cluster.client.create(.configMap, Self.map("m", in: cluster.namespace))
            let other = await #expect(throws: APIStatus.self) {
                try await cluster.client.delete(
                    .configMap, namespace: cluster.namespace, name: "m", uid: map.uid)
            }
            #expect(other?.reason == .conflict)
        }
    }

    private static func changed(_ map: KubernetesObject, to value: String) -> KubernetesObject {
        var map = map
        map.json["data"] = ["a": .string(value)]
        // A cache keeps objects like this.
        map.json[path: "metadata", "managedFields"] = nil
        return map
    }

    @Test func `events are counted on the server`() async throws {
        try await TestCluster.run { cluster in
            let map = try await cluster.client.create(.configMap, Self.map("m", in: cluster.namespace))
            let recorder = EventRecorder(cluster.client, component: "client-test", logger: .silent)
            for _ in 0..<3 { recorder.record(.warning, on: map, reason: "Odd", message: "It is odd") }
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await recorder.run() }
                try await Self.until {
                    let events = try await cluster.client.list(.event, namespace: cluster.namespace).items
                    return events.count == 1 && events.first?.json["count"] == 3
                }
                group.cancelAll()
            }
        }
    }
}
