import Controllers
import JSONValues
import KubernetesAPI
import ServingAPI
import Testing

/// What has to be left of a wish when it is quiet.
struct Expectation {
    let wish: Wish

    init(_ wish: Wish) { self.wish = wish }

    /// Pods of one group.
    var groupSize: Int { wish.roles.reduce(0) { $0 + $1.replicas * (1 + $1.workers) } }

    func check(_ cluster: FakeCluster, seed: Int) throws {
        var cache: [String: Picture.PodView] = [:]
        let picture = Picture(cluster, cache: &cache)
        let hasPods = wish.roles.contains { $0.replicas > 0 }
        #expect(
            picture.groups.count == (hasPods ? wish.replicas : 0), "seed \(seed): groups \(picture.groups.sorted())")
        for (rank, group) in picture.groups.sorted().enumerated() { check(picture, group, rank, seed) }
        #expect(!picture.pods.contains { $0.isDeleting || !$0.isReady }, "seed \(seed): not all is ready")

        let entries = picture.pods.filter { $0.identity.isEntry && $0.size > 1 }.map {
            $0.identity.podName(serving: "s")
        }
        #expect(cluster.objects(.service).map(\.name) == entries.sorted(), "seed \(seed): Services")
        checkRevisions(cluster, picture, seed)
        try checkStatus(cluster, hasPods, seed)
    }

    private func check(_ picture: Picture, _ group: Int, _ rank: Int, _ seed: Int) {
        let pods = picture.pods.filter { $0.identity.replica.group == group }
        let isProtected = rank < wish.groupPartition
        // A protected group may be of a spec that had other roles.
        let roles = isProtected ? [] : wish.roles
        for role in roles {
            let replicas = Dictionary(grouping: pods.filter { $0.identity.replica.role == role.name }) {
                $0.identity.replica.index
            }
            #expect(
                replicas.count == role.replicas, "seed \(seed): group \(group) has \(replicas.count) of \(role.name)")
            for (position, (index, pods)) in replicas.sorted(by: { $0.key < $1.key }).enumerated() {
                #expect(
                    pods.map(\.identity.index).sorted() == Array(0..<pods[0].size),
                    "seed \(seed): \(role.name)-\(index)")
                guard !wish.rollsRoles || position >= role.partition ?? 0 else { continue }
                #expect(
                    pods.allSatisfy { $0.version == "v\(role.version)" && $0.size == role.workers + 1 },
                    "seed \(seed): group \(group) \(role.name)-\(index) is outdated")
            }
        }
        if !isProtected {
            #expect(pods.allSatisfy { wish.role($0.identity.replica.role) != nil }, "seed \(seed): a role too many")
        }
        #expect(!pods.contains { $0.isSurge && group >= wish.replicas }, "seed \(seed): a surge stayed")
    }

    /// The update's, the current one, and those that pods are made of.
    private func checkRevisions(_ cluster: FakeCluster, _ picture: Picture, _ seed: Int) {
        let kept = Set(cluster.objects(.controllerRevision).map(\.name))
        let status = cluster.objects(.modelServing).first?.status
        let used = Set(picture.pods.map { "s-\($0.revision)" })
        let named = [status?["currentRevision"], status?["updateRevision"]].compactMap { $0?.string.map { "s-\($0)" } }
        #expect(used.isSubset(of: kept), "seed \(seed): \(kept) of \(used)")
        #expect(kept.isSubset(of: used.union(named)), "seed \(seed): \(kept) of \(used) and \(named)")
    }

    private func checkStatus(_ cluster: FakeCluster, _ hasPods: Bool, _ seed: Int) throws {
        let serving = try ModelServing(#require(cluster.objects(.modelServing).first))
        let status = serving.status
        #expect(status.conditions.holds("Ready"), "seed \(seed): \(status)")
        #expect(!status.conditions.holds("UpdateInProgress") && status.conditions.holds("Available"), "seed \(seed)")
        #expect(status.observedGeneration == serving.object.generation, "seed \(seed)")
        #expect(
            [status.replicas, status.availableReplicas] == [wish.replicas, wish.replicas], "seed \(seed): \(status)")
        #expect(status.roles.filter { wish.role($0.name) != nil }.map(\.name) == wish.roles.map(\.name), "seed \(seed)")
        #expect(status.roles.allSatisfy { $0.replicas == $0.readyReplicas }, "seed \(seed): \(status.roles)")
    }
}
