import Controllers
import JSONValues
import KubernetesAPI
import ServingAPI
import Testing

/// What waiting pods are told, and how often.
@Suite struct RefusalTests {
    @Test func `a refusal is told once, and a changed one not at once`() async throws {
        let stage = PlacerStage(nodes: 1, gpus: 4)
        stage.addPod("a", gpus: 8)
        try await stage.settle()
        let first = "0/1 nodes fit pod d/a: 1 too little nvidia.com/gpu (need 8, most free 4)"
        #expect(stage.message(of: "a") == first)
        let condition = stage.cluster.pods[0].conditions.first { $0.type == "PodScheduled" }
        #expect(condition?.status == "False" && condition?.reason == "Unschedulable")
        #expect(stage.announced.all == ["a: \(first)"])

        let writes = stage.cluster.writes
        try await stage.settle()
        stage.restart()
        try await stage.settle()
        #expect(stage.cluster.writes == writes, "nothing new")

        stage.cluster.addNode("n1", gpus: 2)
        stage.deliver()
        _ = try await stage.placer.place()
        let second = "0/2 nodes fit pod d/a: 2 too little nvidia.com/gpu (need 8, most free 4)"
        #expect(stage.message(of: "a") == second, "a new process does not know when it was told")
        stage.cluster.addNode("n2", gpus: 2)
        stage.deliver()
        let round = try await stage.placer.place()
        #expect(stage.message(of: "a") == second && round.next == .seconds(10))
        stage.cluster.pass(.seconds(10))
        _ = try await stage.placer.place()
        #expect(stage.message(of: "a")?.hasPrefix("0/3 nodes fit") == true)
        #expect(stage.announced.all.count == 3)
    }

    @Test func `a hard limit waits for the topology it asks for`() async throws {
        let stage = PlacerStage(nodes: 2)
        var object = try Samples.object(Samples.appendix)
        object.spec["replicas"] = 1
        object.spec[path: "template", "networkTopology"] = ["groupPolicy": ["highestTierAllowed": 1]]
        var loop = ControlLoop(stage.cluster)
        stage.cluster.put(object)
        loop.take(stage.cluster.relist())
        await loop.settle()
        let waiting = stage.cluster.pods
        #expect(waiting.count == 4 && waiting.allSatisfy { $0.nodeName == nil })
        let why = "the hard limit of groupPolicy (tier 1) cannot be checked: there are no HyperNodes"
        #expect(stage.message(of: "ds-0-decode-0-0")?.hasPrefix(why) == true)
        let status = try ModelServing(#require(stage.cluster.objects(.modelServing).first)).status
        let ready = try #require(status.conditions.first { $0.type == "Ready" })
        #expect(ready.reason == "Unschedulable" && ready.message.contains(why), "\(ready)")

        stage.hyperNode("leaf", tier: 1, ["n1", "n9"])
        await loop.settle()
        #expect(Set(stage.nodes.values) == ["n1"] && stage.nodes.count == 4)
    }

    struct Row: Sendable {
        var name: String
        var spec: JSONValue
        /// What the pod is told; nil where it is bound.
        var told: String?
    }

    static let rows = [
        Row(name: "selector", spec: ["nodeSelector": ["disk": "fast"]], told: "not matching nodeSelector"),
        Row(
            name: "field", spec: affinity([["matchFields": [expression("metadata.name", "In", ["n0"])]]]), told: nil),
        Row(
            name: "either term",
            spec: affinity([
                ["matchExpressions": [expression("disk", "Exists")]],
                ["matchExpressions": [expression("disk", "DoesNotExist")]],
            ]), told: nil),
        Row(
            name: "an operator of another time", spec: affinity([["matchExpressions": [expression("disk", "Near")]]]),
            told: "not matching nodeSelector or node affinity"),
        Row(
            name: "overhead", spec: ["overhead": ["cpu": "300"]], told: "too little cpu (need 300, most free 256)"),
        Row(
            name: "an init container", spec: ["initContainers": [["resources": ["requests": ["cpu": 257]]]]],
            told: "too little cpu (need 257, most free 256)"),
        Row(
            name: "init beside a sidecar",
            spec: [
                "initContainers": [
                    ["restartPolicy": "Always", "resources": ["requests": ["cpu": 200]]],
                    ["resources": ["requests": ["cpu": 100]]],
                ]
            ], told: "too little cpu (need 300, most free 256)"),
        Row(
            name: "the pod as a whole", spec: ["resources": ["requests": ["memory": "5Ti"]]],
            told: "too little memory (need 5Ti, most free 4Ti)"),
        Row(
            name: "apart from itself",
            spec: [
                "affinity": [
                    "podAntiAffinity": [
                        "requiredDuringSchedulingIgnoredDuringExecution": [
                            ["topologyKey": "kubernetes.io/hostname", "labelSelector": [:]]
                        ]
                    ]
                ]
            ], told: nil),
        Row(
            name: "spread over a label that no node has",
            spec: [
                "topologySpreadConstraints": [
                    ["topologyKey": "rack", "maxSkew": 1, "whenUnsatisfiable": "DoNotSchedule"]
                ]
            ], told: "against the spread over rack"),
        Row(
            name: "spread that need not hold",
            spec: [
                "topologySpreadConstraints": [
                    ["topologyKey": "rack", "maxSkew": 1, "whenUnsatisfiable": "ScheduleAnyway"]
                ]
            ], told: nil),
    ]

    static func expression(_ key: String, _ comparison: String, _ values: [String] = []) -> JSONValue {
        ["key": .string(key), "operator": .string(comparison), "values": .array(values.map { .string($0) })]
    }

    static func affinity(_ terms: [JSONValue]) -> JSONValue {
        [
            "affinity": [
                "nodeAffinity": [
                    "requiredDuringSchedulingIgnoredDuringExecution": ["nodeSelectorTerms": .array(terms)]
                ]
            ]
        ]
    }

    @Test(arguments: rows) func `what a manifest asks of a node is kept`(row: Row) async throws {
        let stage = PlacerStage(nodes: 1)
        stage.addPod("a", gpus: 1, row.spec)
        try await stage.settle()
        #expect((stage.nodes["a"] == "n0") == (row.told == nil), "\(row.name)")
        if let told = row.told {
            #expect(stage.message(of: "a")?.contains(told) == true, "\(stage.message(of: "a") ?? "")")
        }
    }
}
