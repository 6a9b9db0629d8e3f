import JSONValues
import KubernetesAPI
import LocalCluster
import Testing

@Suite struct CollectionTests {
    static func object(
        _ name: String, owners: [String] = [], blocks: Bool = true, finalizers: [String] = [], deleting: Bool = false,
        namespace: String = "a"
    ) -> KubernetesObject {
        var object = KubernetesObject(.configMap, namespace: namespace, name: name)
        object.json[path: "metadata", "uid"] = .string(name)
        object.json[path: "metadata", "ownerReferences"] = .array(
            owners.map { owner in
                [
                    "apiVersion": "v1", "kind": "ConfigMap", "name": .string(owner), "uid": .string(owner),
                    "blockOwnerDeletion": .bool(blocks),
                ]
            })
        object.finalizers = finalizers
        if deleting { object.json[path: "metadata", "deletionTimestamp"] = "2026-11-21T12:00:00Z" }
        return object
    }

    /// Steps in short: `delete x`, `delete x first` (in the foreground), `unlink x from y`, `finalize x`, `finish x`.
    static func steps(_ objects: [KubernetesObject]) -> [String] {
        GarbageCollection.steps(objects: objects).map { step in
            switch step {
            case .delete(let object, let inForeground): "delete \(object.name)\(inForeground ? " first" : "")"
            case .removeOwner(let uid, let object): "unlink \(uid) from \(object.name)"
            case .removeFinalizer(let name, let object): "finalize \(name) \(object.name)"
            case .finishNamespace(let object): "finish \(object.name)"
            }
        }
    }

    @Test func `nothing happens where every owner is there`() {
        #expect(Self.steps([Self.object("o"), Self.object("d", owners: ["o"]), Self.object("free")]) == [])
    }

    @Test func `an object goes when every owner is gone, another loses the link`() {
        let objects = [
            Self.object("o"), Self.object("d1", owners: ["gone"]), Self.object("d2", owners: ["gone", "gone too"]),
            Self.object("d3", owners: ["gone", "o"]), Self.object("d4", owners: ["gone"], deleting: true),
        ]
        #expect(Self.steps(objects) == ["delete d1", "delete d2", "unlink gone from d3"])
        #expect(GarbageCollection.collectable(objects: objects).map(\.name) == ["d1", "d2"])
    }

    @Test func `an owner in another namespace is none, one without a namespace is`() {
        var node = KubernetesObject(.node, name: "node")
        node.json[path: "metadata", "uid"] = "node"
        let objects = [
            node, Self.object("o", namespace: "b"), Self.object("d", owners: ["o"]), Self.object("e", owners: ["node"]),
        ]
        #expect(Self.steps(objects) == ["delete d"])
    }

    @Test func `foreground: dependents first, the owner when no blocking one is left`() {
        let finalizer = GarbageCollection.foregroundFinalizer
        let owner = Self.object("o", finalizers: [finalizer], deleting: true)
        #expect(
            Self.steps([owner, Self.object("d", owners: ["o"]), Self.object("e", owners: ["o"])])
                == ["delete d first", "delete e first"])
        #expect(Self.steps([owner, Self.object("d", owners: ["o"], deleting: true)]) == [])
        #expect(Self.steps([owner]) == ["finalize \(finalizer) o"])
        #expect(
            Self.steps([owner, Self.object("d", owners: ["o"], blocks: false)])
                == ["delete d first", "finalize \(finalizer) o"])
    }

    @Test func `foreground: a dependent with another owner stays`() {
        let owner = Self.object("o", finalizers: [GarbageCollection.foregroundFinalizer], deleting: true)
        #expect(Self.steps([owner, Self.object("p"), Self.object("d", owners: ["o", "p"])]) == [])
    }

    @Test func `orphan: links go, dependents stay`() {
        let finalizer = GarbageCollection.orphanFinalizer
        let owner = Self.object("o", finalizers: [finalizer], deleting: true)
        #expect(
            Self.steps([owner, Self.object("d", owners: ["o"])]) == ["unlink o from d", "finalize \(finalizer) o"])
    }

    @Test func `background: the owner's own finalizers are not the collector's`() {
        let owner = Self.object("o", finalizers: ["example.com/hold"], deleting: true)
        #expect(Self.steps([owner, Self.object("d", owners: ["o"])]) == [])
    }

    @Test func `a namespace empties, then goes`() {
        var namespace = KubernetesObject(.namespace, name: "a")
        namespace.json[path: "metadata", "uid"] = "a"
        #expect(Self.steps([namespace, Self.object("x")]) == [])
        namespace.json[path: "metadata", "deletionTimestamp"] = "2026-11-21T12:00:00Z"
        let content = [Self.object("x"), Self.object("y", deleting: true), Self.object("z", namespace: "b")]
        #expect(Self.steps([namespace] + content) == ["delete x"])
        #expect(Self.steps([namespace, Self.object("y", deleting: true)]) == [])
        #expect(Self.steps([namespace, Self.object("z", namespace: "b")]) == ["finish a"])
    }

    @Test(
        arguments: [
            (GarbageCollection.Propagation.background, nil), (.foreground, "foregroundDeletion"), (.orphan, "orphan"),
        ]) func `a kind of deletion has its finalizer`(kind: GarbageCollection.Propagation, finalizer: String?)
    {
        #expect(kind.finalizer == finalizer)
    }

    /// Carries out steps until none is left: everything below a deleted owner is gone, nothing else is.
    @Test(arguments: [1, 2, 3] as [UInt64]) func `a forest is collected whole`(seed: UInt64) {
        var state = seed
        func random(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        var objects = (0..<200).map { index in
            Self.object("n\(index)", owners: index < 10 ? [] : ["n\(random(index))"])
        }
        objects.removeAll { $0.name == "n0" || $0.name == "n12" }
        var reachable: Set<String> = []
        for object in objects where object.ownerReferences.allSatisfy({ reachable.contains($0.uid) }) {
            reachable.insert(object.uid)
        }
        for _ in 0..<200 {
            let gone = Set(GarbageCollection.collectable(objects: objects).map(\.uid))
            if gone.isEmpty { break }
            objects.removeAll { gone.contains($0.uid) }
        }
        #expect(Set(objects.map(\.uid)) == reachable, "seed \(seed)")
        #expect(!objects.isEmpty && objects.count < 198)
    }
}
