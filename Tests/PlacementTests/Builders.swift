import Placement

/// Amounts in whole units.
func amounts(_ units: [String: Int64]) -> Resources { Resources(units.mapValues { $0 * 1_000 }) }

func node(_ name: String, gpus: Int64, cpus: Int64 = 64) -> PlacementNode {
    PlacementNode(name: name, allocatable: amounts(["nvidia.com/gpu": gpus, "cpu": cpus]))
}

func pod(_ name: String, gpus: Int64, _ constraints: NodeConstraints = NodeConstraints()) -> PodDemand {
    PodDemand(name: name, requests: amounts(["nvidia.com/gpu": gpus]), constraints: constraints)
}

func part(_ name: String, _ gpus: [Int64], role: String = "r", order: Int = 0) -> SubGang {
    SubGang(name: name, role: role, order: order, pods: gpus.enumerated().map { pod("\(name)-\($0)", gpus: $1) })
}

extension GangPlacement {
    var nodeOfPod: [String: String] {
        Dictionary(assignments.map { ($0.pod, $0.node) }, uniquingKeysWith: { first, _ in first })
    }
}
