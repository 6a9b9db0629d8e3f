import Controllers
import JSONValues
import KubernetesAPI
import KubernetesClient
import ServingAPI
import TestKit
import Testing

/// Random histories of one ModelServing against a simple reference model: edits of every field that plans look at, pods
/// that fail, restart, waver, are deleted or vanish, nodes that are slow or full, images that never start, caches that
/// lag, writes that fail, controllers that die.
///
/// 1. Two pods never share a place, and with caches that show what others did no write is refused.
/// 2. Pods stand only where some spec of the history asked for one.
/// 3. No reconciliation takes groups (or replicas of a role) that are up below what the budget leaves; with a surge, no
///    running group below `replicas` while nodes have room.
/// 4. What a partition protects is not taken while it is well and no more stand than are wanted.
/// 5. Where all is of the spec's templates and counts, only recovery deletes, and with policy None nothing does.
/// 6. When it is quiet exactly the pods, Services and revisions of the spec are left, ready, of the templates of now or
///    protected; the status says so, and for the generation of now.
/// 7. When it is quiet nothing more is written, not even by a new process.
/// 8. Units leave in the order: not running, cheap, high ordinal (ServingScalingTests).
///
/// Invariants 3 to 5 are looked at where the cache showed all that others did; a controller cannot know more.
@Suite struct ServingHistoryTests {
    static let batches = 40
    static let historiesOfBatch = 250

    @Test(arguments: 0..<batches) func `every history keeps the invariants and ends as the spec asks`(
        batch: Int
    ) async throws {
        for index in 0..<Self.historiesOfBatch {
            try await Self.run(seed: batch * Self.historiesOfBatch + index)
        }
    }

    private static func run(seed: Int) async throws {
        var random = SeededRandom(seed: UInt64(seed))
        var world = ServingWorld(&random)
        // A third of all histories has caches that lag behind what others do.
        let lags = random.chance(33)
        if random.chance(20) { world.badVersion = 1 + random.below(Wish.versions - 1) }
        if random.chance(50) { _ = await world.settle(&random, rounds: 6) }
        for _ in 0..<(3 + random.below(10)) { await step(&world, &random, lags: lags, seed: seed) }
        try await finish(&world, &random, seed: seed)
    }

    /// One thing happens.
    private static func step(_ world: inout ServingWorld, _ random: inout SeededRandom, lags: Bool, seed: Int) async {
        switch random.below(16) {
        case 0, 1: world.edit(&random)
        case 2: world.disturb(&random)
        case 3:
            if random.chance(30) { world.restart() } else { world.disturb(&random) }
        case 4: world.cluster.failWrites(after: random.chance(40) ? random.below(5) : nil)
        case 5:
            // What the controller wrote itself is believed for less time than this.
            if !lags { world.take(world.cluster.takeEvents()) }
            world.cluster.pass(.seconds(1 + random.below(40)))
        case 6, 7, 8, 9: _ = world.runNodes(&random, all: random.chance(50))
        default:
            if lags {
                world.take(world.cluster.takeEvents(random.below(12)))
                _ = await world.work()
            } else {
                await watchedWork(&world, &random, seed)
            }
        }
    }

    /// A reconciliation whose cache shows all that others did, and what the reference model says of it.
    private static func watchedWork(_ world: inout ServingWorld, _ random: inout SeededRandom, _ seed: Int) async {
        world.take(random.chance(50) ? world.cluster.takeEvents() : world.cluster.takeForeignEvents())
        let before = Picture(world.cluster, cache: &world.cache)
        let (lost, refusals, now) = (world.lost, world.cluster.refusals, world.cluster.now)
        guard await world.work() else { return }
        #expect(world.cluster.refusals == refusals, "seed \(seed): a write was refused")
        let after = Picture(world.cluster, cache: &world.cache)
        Verdict(wish: world.wish, before: before, after: after, lost: lost, now: now, seed: seed).check()
    }

    private static func finish(_ world: inout ServingWorld, _ random: inout SeededRandom, seed: Int) async throws {
        let cluster = world.cluster
        world.badVersion = nil
        cluster.failWrites(after: nil)
        let expectation = Expectation(world.wish)
        // Room for as many groups as are wanted, at their largest, and no more: a surge must not block for ever.
        if random.chance(50), world.wish.surge > 0, world.wish.groupPartition == 0 {
            let largest = max(expectation.groupSize, Picture(cluster, cache: &world.cache).largestGroup)
            world.slots = world.wish.replicas * largest
        }
        var isQuiet = await world.settle(&random)
        // Pods that failed for good without a policy that rebuilds them are the user's to delete.
        for pod in cluster.unsorted(.pod) where pod.status["phase"] == "Failed" { cluster.remove(pod) }
        isQuiet = await world.settle(&random) && isQuiet
        #expect(isQuiet, "seed \(seed): it never came to rest")
        try expectation.check(cluster, seed: seed)

        // A new process looks at every object anew: a quarter of the histories is enough.
        guard seed.isMultiple(of: 4) else { return }
        let writes = cluster.writes
        world.restart()
        _ = await world.settle(&random)
        #expect(cluster.writes == writes, "seed \(seed): a restart wrote")
    }
}
