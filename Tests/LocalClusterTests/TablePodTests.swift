import JSONValues
import KubernetesAPI
import LocalCluster
import Testing

@Suite struct TablePodTests {
    static let now = Timestamp("2026-11-21T12:00:00Z") ?? Timestamp(microseconds: 0)

    struct Row: Sendable, CustomStringConvertible {
        var description: String
        var pod: JSONValue
        /// Ready, status and restarts.
        var cells: [JSONValue]
    }

    static func pod(
        _ phase: String, containers: [JSONValue] = [], initContainers: [JSONValue] = [], spec: JSONValue? = nil,
        metadata: JSONValue = .object(JSONObject()), status: JSONValue = .object(JSONObject())
    ) -> JSONValue {
        let named = { (statuses: [JSONValue]) -> JSONValue in
            .array(statuses.map { ["name": $0["name"] ?? "c"] })
        }
        let reported: JSONValue = [
            "phase": .string(phase), "containerStatuses": .array(containers),
            "initContainerStatuses": .array(initContainers),
        ]
        return [
            "metadata": metadata,
            "spec": spec ?? ["containers": named(containers), "initContainers": named(initContainers)],
            "status": reported.merging(status),
        ]
    }

    static func waiting(_ reason: String) -> JSONValue {
        ["state": ["waiting": ["reason": .string(reason)]]]
    }

    static func ended(_ state: JSONValue) -> JSONValue {
        ["state": ["terminated": state]]
    }

    static let ready: JSONValue = ["ready": true, "state": ["running": .object(JSONObject())]]
    static let unready: JSONValue = ["ready": false, "state": ["running": .object(JSONObject())]]
    static let restarted: JSONValue = [
        "ready": true, "restartCount": 3, "state": ["running": .object(JSONObject())],
        "lastState": ["terminated": ["finishedAt": "2026-11-21T11:55:00Z"]],
    ]
    static let deleting: JSONValue = ["deletionTimestamp": "2026-11-21T11:59:00Z"]
    static let done = ended(["exitCode": 0, "reason": "Completed"])

    static let rows = [
        Row(description: "running", pod: pod("Running", containers: [ready, ready]), cells: ["2/2", "Running", "0"]),
        Row(
            description: "half ready", pod: pod("Running", containers: [ready, unready]),
            cells: ["1/2", "Running", "0"]),
        Row(
            description: "new", pod: pod("Pending", spec: ["containers": [["name": "c"]]]),
            cells: ["0/1", "Pending", "0"]),
        Row(
            description: "creating", pod: pod("Pending", containers: [waiting("ContainerCreating")]),
            cells: ["0/1", "ContainerCreating", "0"]),
        Row(
            description: "image not mapped", pod: pod("Pending", containers: [waiting("ImageNotMapped")]),
            cells: ["0/1", "ImageNotMapped", "0"]),
        Row(
            description: "crashing",
            pod: pod(
                "Running",
                containers: [restarted.merging(["ready": false, "state": .null]).merging(waiting("CrashLoopBackOff"))]),
            cells: ["0/1", "CrashLoopBackOff", "3 (5m ago)"]),
        Row(
            description: "restarted", pod: pod("Running", containers: [restarted]),
            cells: ["1/1", "Running", "3 (5m ago)"]),
        Row(description: "done", pod: pod("Succeeded", containers: [done]), cells: ["0/1", "Completed", "0"]),
        Row(
            description: "failed", pod: pod("Failed", containers: [ended(["exitCode": 2])]),
            cells: ["0/1", "ExitCode:2", "0"]),
        Row(
            description: "killed", pod: pod("Failed", containers: [ended(["exitCode": 137, "signal": 9])]),
            cells: ["0/1", "Signal:9", "0"]),
        Row(
            description: "one done, one running",
            pod: pod(
                "Running", containers: [done, ready],
                status: ["conditions": [["type": "Ready", "status": "True"]]]), cells: ["1/2", "Running", "0"]),
        Row(
            description: "one done, one running, not ready", pod: pod("Running", containers: [done, ready]),
            cells: ["1/2", "NotReady", "0"]),
        Row(
            description: "terminating", pod: pod("Running", containers: [ready], metadata: deleting),
            cells: ["1/1", "Terminating", "0"]),
        Row(
            description: "deleted after its end", pod: pod("Succeeded", containers: [done], metadata: deleting),
            cells: ["0/1", "Completed", "0"]),
        Row(
            description: "evicted", pod: pod("Failed", status: ["reason": "Evicted"]), cells: ["0/0", "Evicted", "0"]),
        Row(
            description: "first of two setup containers",
            pod: pod(
                "Pending", containers: [waiting("PodInitializing")],
                initContainers: [ready, waiting("PodInitializing")]),
            cells: ["0/1", "Init:0/2", "0"]),
        Row(
            description: "second of two setup containers",
            pod: pod("Pending", containers: [waiting("PodInitializing")], initContainers: [done, unready]),
            cells: ["0/1", "Init:1/2", "0"]),
        Row(
            description: "setup container fails",
            pod: pod(
                "Pending", containers: [waiting("PodInitializing")],
                initContainers: [
                    restarted.merging(["state": .null]).merging(ended(["exitCode": 1, "reason": "Error"]))
                ]),
            cells: ["0/1", "Init:Error", "3 (5m ago)"]),
        Row(
            description: "setup containers done",
            pod: pod("Pending", containers: [waiting("PodInitializing")], initContainers: [done]),
            cells: ["0/1", "PodInitializing", "0"]),
        Row(
            description: "sidecar",
            pod: pod(
                "Running", containers: [ready], initContainers: [ready.merging(["name": "s", "started": true])],
                spec: ["containers": [["name": "c"]], "initContainers": [["name": "s", "restartPolicy": "Always"]]]),
            cells: ["2/2", "Running", "0"]),
    ]

    @Test(arguments: rows) func `sums a pod up`(row: Row) {
        let table = TableRenderer.table(kind: .pod, columns: [], objects: [row.pod], now: Self.now)
        let cells = table["rows"]?[0]?["cells"]?.elements ?? []
        #expect(Array(cells.dropFirst().prefix(3)) == row.cells)
    }

    @Test func `a row has all columns`() {
        var pod = Self.pod("Running", containers: [Self.ready])
        pod["metadata"] = ["name": "ds-0-prefill-0-0", "creationTimestamp": "2026-11-21T11:45:00Z"]
        pod[path: "status", "podIP"] = "127.64.0.2"
        pod[path: "spec", "nodeName"] = "node-0"
        pod[path: "spec", "readinessGates"] = [["conditionType": "a"], ["conditionType": "b"]]
        pod[path: "status", "conditions"] = [["type": "b", "status": "True"]]
        let table = TableRenderer.table(kind: .pod, columns: [], objects: [pod], now: Self.now)
        let definitions = table["columnDefinitions"]?.elements ?? []
        #expect(
            definitions.map { $0["name"]?.string ?? "" } == [
                "Name", "Ready", "Status", "Restarts", "Age", "IP", "Node", "Nominated Node", "Readiness Gates",
            ])
        #expect(definitions.map { $0["priority"]?.integer ?? -1 } == [0, 0, 0, 0, 0, 1, 1, 1, 1])
        #expect(
            table["rows"]?[0]?["cells"] == [
                "ds-0-prefill-0-0", "1/1", "Running", "0", "15m", "127.64.0.2", "node-0", "<none>", "1/2",
            ])
    }
}
