import Placement
import TestKit
import Testing

/// Random clusters and gangs, checked against the invariants of Placer and against trying every arrangement.
@Suite struct PlacementPropertyTests {
    struct Case {
        var nodes: [PlacementNode]
        var gangs: [Gang]
    }

    static func randomCase(_ random: inout SeededRandom, nodesMax: Int, gangsMax: Int, podsMax: Int) -> Case {
        let nodes = (0..<Int.random(in: 1...nodesMax, using: &random)).map { index in
            var node = node(
                "n\(index)", gpus: .random(in: 0...8, using: &random), cpus: .random(in: 4...32, using: &random))
            node.labels = ["zone": Bool.random(using: &random) ? "a" : "b"]
            node.used = amounts(["nvidia.com/gpu": .random(in: 0...3, using: &random)])
            if Int.random(in: 0..<8, using: &random) == 0 { node.isUnschedulable = true }
            return node
        }
        var pods = 0
        let gangs = (0..<Int.random(in: 1...gangsMax, using: &random)).map { gang in
            let parts = (0..<Int.random(in: 1...3, using: &random)).compactMap { part -> SubGang? in
                let size = min(podsMax - pods, Int.random(in: 1...3, using: &random))
                guard size > 0 else { return nil }
                pods += size
                let name = "g\(gang)-\(part)"
                return SubGang(
                    name: name, role: part == 2 ? "y" : "x", order: part,
                    pods: (0..<size).map { index in
                        let zone = Int.random(in: 0..<4, using: &random) == 0 ? ["zone": "a"] : [:]
                        return PodDemand(
                            name: "\(name)-\(index)",
                            requests: amounts([
                                "nvidia.com/gpu": .random(in: 0...5, using: &random),
                                "cpu": .random(in: 1...12, using: &random),
                            ]),
                            constraints: NodeConstraints(nodeSelector: zone))
                    })
            }
            let minimum = Bool.random(using: &random) ? ["x": min(1, parts.filter { $0.role == "x" }.count)] : [:]
            return Gang(name: "g\(gang)", family: "m", subGangs: parts, minimum: minimum)
        }
        return Case(nodes: nodes, gangs: gangs)
    }

    /// Whether any arrangement places all these pods.
    static func existsPlacement(of pods: [PodDemand], on nodes: [PlacementNode], from index: Int = 0) -> Bool {
        guard index < pods.count else { return true }
        for node in nodes.indices {
            let allowed =
                !nodes[node].isUnschedulable
                && pods[index].constraints.nodeSelector.allSatisfy { nodes[node].labels[$0.key] == $0.value }
            guard allowed, pods[index].requests.fits(in: nodes[node].free) else { continue }
            var taken = nodes
            taken[node].used += pods[index].requests
            if existsPlacement(of: pods, on: taken, from: index + 1) { return true }
        }
        return false
    }

    @Test(arguments: 0..<600) func `never over-books, all or nothing, deterministic`(seed: Int) {
        var random = SeededRandom(seed: UInt64(seed))
        let input = Self.randomCase(&random, nodesMax: 12, gangsMax: 6, podsMax: 24)
        let placements = Placer.place(input.gangs, on: input.nodes)
        let again = Placer.place(input.gangs, on: input.nodes.shuffled(using: &random))
        #expect(placements.map(\.assignments) == again.map(\.assignments), "seed \(seed)")

        var nodes = Dictionary(uniqueKeysWithValues: input.nodes.map { ($0.name, $0) })
        for (gang, placement) in zip(input.gangs, placements) {
            let placed = placement.nodeOfPod
            #expect(placed.count == placement.assignments.count, "seed \(seed): a pod stands twice")
            for part in gang.subGangs {
                let standing = part.pods.filter { placed[$0.name] != nil }
                #expect(standing.isEmpty || standing.count == part.pods.count, "seed \(seed): \(part.name) is cut")
                for pod in standing { nodes[placed[pod.name] ?? ""]?.used += pod.requests }
            }
            if !placed.isEmpty {
                for (role, minimum) in gang.minimum {
                    let whole = gang.subGangs.filter { $0.role == role && placed[$0.pods[0].name] != nil }
                    #expect(whole.count >= minimum, "seed \(seed): less than the minimum of \(role) stands")
                }
                for part in gang.subGangs where gang.minimum[part.role] == nil {
                    #expect(placed[part.pods[0].name] != nil, "seed \(seed): \(part.name) is missing")
                }
            }
        }
        for node in nodes.values {
            let before = input.nodes.first { $0.name == node.name }
            guard node.used != before?.used else { continue }
            #expect(!node.isUnschedulable, "seed \(seed)")
            for (name, left) in node.free.milli where left < 0 {
                let wasShort = (before?.free[name] ?? 0) < 0
                let added = node.used[name] > (before?.used[name] ?? 0)
                #expect(wasShort && !added, "seed \(seed): \(node.name) is over-booked in \(name)")
            }
        }
    }

    @Test(arguments: 0..<600) func `finds a placement exactly where one exists`(seed: Int) throws {
        var random = SeededRandom(seed: UInt64(seed) &+ 10_000)
        var input = Self.randomCase(&random, nodesMax: 4, gangsMax: 1, podsMax: 6)
        input.gangs[0].minimum = [:]
        let placement = try #require(Placer.place(input.gangs, on: input.nodes).first)
        let exists = Self.existsPlacement(of: input.gangs[0].subGangs.flatMap(\.pods), on: input.nodes)
        #expect(placement.refusal == nil || !exists, "seed \(seed): \(placement.refusal?.description ?? "")")
        #expect((placement.refusal == nil) == exists, "seed \(seed)")
        #expect(placement.refusal?.isSearchCut != true, "seed \(seed)")
    }

    @Test func `a search that cannot end says so and stays small`() throws {
        // Sums fit, no arrangement does: 21 pods of 3 on 16 nodes of 4 leave one free everywhere.
        let nodes = (0..<16).map { node("n\($0)", gpus: 4, cpus: Int64(100 + $0)) }
        let gang = Gang(name: "g", subGangs: (0..<21).map { part("p-\($0)", [3], order: $0) })
        let clock = ContinuousClock()
        var placement: GangPlacement?
        let took = clock.measure { placement = Placer.place([gang], on: nodes).first }
        let refusal = try #require(placement?.refusal)
        #expect(refusal.pod != nil)
        #expect(took < .seconds(20))
    }
}
