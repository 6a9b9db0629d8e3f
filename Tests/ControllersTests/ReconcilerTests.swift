import Controllers
import JSONValues
import KubernetesAPI
import KubernetesClient
import ServingAPI
import TestKit
import Testing

/// What the reconciler writes, and what it makes of refusals.
@Suite struct ReconcilerTests {
    static func world(_ change: (inout Wish) -> Void) -> ServingWorld {
        var random = SeededRandom(seed: 1)
        var world = ServingWorld(&random)
        world.edit { wish in
            wish = Wish(&random)
            wish.replicas = 2
            wish.roles = [Wish.Role(name: "a", replicas: 2, workers: 1)]
            (wish.rollsRoles, wish.maxUnavailable, wish.partition, wish.maxSurge) = (false, nil, nil, nil)
            (wish.policy, wish.grace) = (.roleRecreate, 0)
            change(&wish)
        }
        return world
    }

    private func settle(_ world: inout ServingWorld) async {
        var random = SeededRandom(seed: 2)
        #expect(await world.settle(&random))
    }

    @Test func `at most three writes for each pod of a steady creation`() async throws {
        var world = Self.world { $0.roles[0].workers = 0 }
        await settle(&world)
        let pods = world.cluster.pods.count
        #expect(pods == 4)
        // The pods, one revision, and the status of the states between.
        #expect(world.cluster.writes <= 3 * pods)
        #expect(world.cluster.objects(.modelServing)[0].status["availableReplicas"] == 2)
    }

    @Test func `pods that get ready one by one do not cost a status each`() async throws {
        var world = Self.world { wish in
            wish.replicas = 3
            wish.roles[0].workers = 0
        }
        world.take(world.cluster.takeEvents())
        _ = await world.work()
        let writes = world.cluster.writes
        for pod in world.cluster.sorted(.pod) {
            var pod = pod
            pod.spec["nodeName"] = "n"
            pod.json["status"] = FakeCluster.ready(at: world.cluster.now)
            world.cluster.put(pod)
            world.take(world.cluster.takeEvents())
            _ = await world.work()
            world.cluster.pass(.milliseconds(1))
        }
        #expect(world.cluster.writes <= writes + 2, "the last one is told at once")
        let status = ModelServingStatus(world.cluster.objects(.modelServing)[0].status)
        #expect(status.conditions.holds("Ready") && status.availableReplicas == 3)
    }

    @Test func `a quota that refuses the surge does not block the rollout`() async throws {
        var world = Self.world { wish in
            wish.maxSurge = 1
            wish.roles[0].workers = 0
        }
        await settle(&world)
        world.edit { $0.roles[0].version = 2 }
        world.cluster.refuse { $0.annotations["martlet.dev/surge"] != nil }
        await settle(&world)
        #expect(world.cluster.pods.count == 4)
        #expect(world.cluster.pods.allSatisfy { $0.containers.first?["image"] == "v2" })
        let status = ModelServingStatus(world.cluster.objects(.modelServing)[0].status)
        #expect(status.conditions.holds("Ready"))
    }

    @Test func `a failed deletion leaves the pod as it was, and is made up for`() async throws {
        var world = Self.world { _ in }
        await settle(&world)
        world.edit { $0.replicas = 1 }
        world.take(world.cluster.takeEvents())
        world.cluster.failWrites(after: 1)
        _ = await world.work()
        let status = ModelServingStatus(world.cluster.objects(.modelServing)[0].status)
        #expect(status.observedGeneration < world.cluster.objects(.modelServing)[0].generation)
        world.cluster.failWrites(after: nil)
        await settle(&world)
        #expect(world.cluster.pods.map(\.key.name) == ["s-0-a-0-0", "s-0-a-0-1", "s-0-a-1-0", "s-0-a-1-1"])
    }

    @Test func `a pod of the same name is not deleted for its predecessor`() async throws {
        var world = Self.world { _ in }
        await settle(&world)
        var failed = try #require(world.cluster.pods.first).object
        failed.json[path: "status", "phase"] = "Failed"
        world.cluster.put(failed)
        world.take(world.cluster.takeEvents())
        // The cache still shows the failed one when its replacement stands.
        world.cluster.remove(failed)
        var replacement = failed
        replacement.json[path: "metadata", "uid"] = "new"
        replacement.json["status"] = FakeCluster.ready(at: world.cluster.now)
        world.cluster.put(replacement)
        _ = await world.work()
        #expect(world.cluster.object(.pod, replacement.key)?.uid == "new")
        #expect(world.cluster.object(.pod, replacement.key)?.isBeingDeleted == false)
    }

    @Test func `pods of an earlier object of the same name are waited for`() async throws {
        var world = Self.world { _ in }
        await settle(&world)
        let old = world.cluster.pods.map(\.object)
        var serving = try #require(world.cluster.objects(.modelServing).first)
        world.cluster.remove(serving)
        // What garbage collection has not reached yet.
        for pod in old { world.cluster.put(pod) }
        serving.json[path: "metadata", "uid"] = nil
        serving.status = .null
        serving = world.cluster.put(serving)
        world.take(world.cluster.takeEvents())
        _ = await world.work()
        #expect(world.cluster.pods.allSatisfy { $0.object.controller?.uid != serving.uid })
        let status = ModelServingStatus(world.cluster.objects(.modelServing)[0].status)
        #expect(status.availableReplicas == 0)
        for pod in old { world.cluster.remove(pod) }
        world.cluster.pass(.seconds(1))
        await settle(&world)
        #expect(world.cluster.pods.count == old.count)
        #expect(world.cluster.pods.allSatisfy { $0.object.controller?.uid == serving.uid })
    }

    @Test func `a revision that the cache does not show is taken as it is, one of other content is not`() async throws {
        for isOther in [false, true] {
            var world = Self.world { _ in }
            await settle(&world)
            let revision = try #require(world.cluster.objects(.controllerRevision).first)
            for pod in world.cluster.pods { world.cluster.remove(pod.object) }
            world.restart()
            world.take([.deleted(revision)])
            if isOther {
                var other = revision
                other.json[path: "data", "data"] = [["name": "x", "entryTemplate": ["spec": ["containers": []]]]]
                world.cluster.put(other)
                _ = world.cluster.takeEvents()
            }
            await settle(&world)
            let kept = Set(world.cluster.objects(.controllerRevision).map(\.name))
            let status = ModelServingStatus(world.cluster.objects(.modelServing)[0].status)
            #expect(kept.contains("s-\(status.updateRevision)"))
            #expect((status.updateRevision == revision.name.dropFirst(2)) == !isOther)
            #expect(world.cluster.pods.count == 8)
        }
    }

    static let broken: [(String, JSONValue)] = [
        ("spec.replicas", ["replicas": -1]), ("spec.replicas", ["replicas": 9_000_000_000]),
        ("spec.template.roles", ["template": ["roles": []]]), ("spec.template", ["template": .null]),
        ("spec.recoveryPolicy", ["recoveryPolicy": "Sometimes"]),
        (
            "spec.template.roles[0].workerReplicas",
            [
                "template": [
                    "roles": [
                        [
                            "name": "a", "workerReplicas": 9_223_372_036_854_775_807,
                            "entryTemplate": ["spec": ["containers": []]],
                            "workerTemplate": ["spec": ["containers": []]],
                        ]
                    ]
                ]
            ]
        ),
    ]

    @Test(arguments: broken.indices) func `a spec that came past admission stalls once, with the reason`(
        index: Int
    ) async throws {
        let (field, change) = Self.broken[index]
        var world = Self.world { _ in }
        await settle(&world)
        let pods = world.cluster.pods.map(\.uid)
        let before = try #require(world.cluster.objects(.modelServing).first)
        var serving = before
        for (name, value) in change.object ?? JSONObject() { serving.spec[name] = value.isNull ? nil : value }
        serving.json[path: "metadata", "generation"] = 99
        world.cluster.put(serving)
        let writes = world.cluster.writes
        await settle(&world)
        #expect(world.cluster.writes == writes + 1)
        let status = ModelServingStatus(world.cluster.objects(.modelServing)[0].status)
        let stalled = try #require(status.conditions.first { $0.type == "Stalled" })
        #expect(stalled.holds && stalled.message.contains(field), "\(stalled.message)")
        #expect(status.observedGeneration == 99 && !status.conditions.holds("Ready"))
        #expect(world.cluster.pods.map(\.uid) == pods, "what runs is left alone")
        world.restart()
        await settle(&world)
        #expect(world.cluster.writes == writes + 1)

        var mended = before
        mended.json[path: "metadata", "generation"] = 100
        mended.status = world.cluster.objects(.modelServing)[0].status
        world.cluster.put(mended)
        await settle(&world)
        let after = ModelServingStatus(world.cluster.objects(.modelServing)[0].status)
        #expect(after.conditions.holds("Ready") && !after.conditions.holds("Stalled"))
        #expect(world.cluster.pods.map(\.uid) == pods)
    }

    @Test func `a share that a scaler left behind does not stall`() async throws {
        var world = Self.world { wish in
            wish.replicas = 3
            wish.maxUnavailable = "10%"
        }
        await settle(&world)
        #expect(world.cluster.pods.count == 12)
        world.edit { $0.roles[0].version = 2 }
        await settle(&world)
        #expect(world.cluster.pods.allSatisfy { $0.containers.first?["image"] == "v2" })
    }

    @Test func `fields of earlier generations reach a condition, and leave it`() async throws {
        var world = Self.world { _ in }
        var serving = try #require(world.cluster.objects(.modelServing).first)
        serving.spec[path: "topologySpreadConstraints"] = [["maxSkew": 1]]
        serving.json[path: "metadata", "generation"] = 50
        world.cluster.put(serving)
        await settle(&world)
        var conditions = ModelServingStatus(world.cluster.objects(.modelServing)[0].status).conditions
        let legacy = try #require(conditions.first { $0.type == "LegacyFields" })
        #expect(legacy.holds && legacy.message.contains("spec.topologySpreadConstraints"))
        #expect(conditions.holds("Ready"))
        var clean = try #require(world.cluster.objects(.modelServing).first)
        clean.spec["topologySpreadConstraints"] = nil
        clean.json[path: "metadata", "generation"] = 51
        world.cluster.put(clean)
        await settle(&world)
        conditions = ModelServingStatus(world.cluster.objects(.modelServing)[0].status).conditions
        #expect(!conditions.contains { $0.type == "LegacyFields" })
    }
}
