import JSONValues
import KubernetesAPI
import LocalCluster
import ServingAPI
import Testing

@Suite struct TableTests {
    struct Row: Sendable, CustomStringConvertible {
        var kind: ResourceKind
        var object: JSONValue
        var columns: [String]
        var cells: [JSONValue]
        var description: String { kind.kind }
    }

    static let metadata: JSONValue = ["name": "n", "creationTimestamp": "2026-11-20T12:00:00Z"]

    static let rows = [
        Row(
            kind: .service,
            object: [
                "metadata": metadata,
                "spec": [
                    "type": "ClusterIP", "clusterIP": "None", "selector": ["b": "2", "a": "1"],
                    "ports": [["port": 80, "protocol": "TCP"], ["port": 443, "nodePort": 30443, "protocol": "TCP"]],
                ],
            ], columns: ["Name", "Type", "Cluster-IP", "External-IP", "Port(s)", "Age", "Selector"],
            cells: ["n", "ClusterIP", "None", "<none>", "80/TCP,443:30443/TCP", "24h", "a=1,b=2"]),
        Row(
            kind: .service, object: ["metadata": metadata, "spec": ["type": "LoadBalancer", "clusterIP": "10.0.0.1"]],
            columns: ["Name", "Type", "Cluster-IP", "External-IP", "Port(s)", "Age", "Selector"],
            cells: ["n", "LoadBalancer", "10.0.0.1", "<pending>", "<none>", "24h", "<none>"]),
        Row(
            kind: .node,
            object: [
                "metadata": metadata.merging(["labels": ["node-role.kubernetes.io/worker": ""]]),
                "spec": ["unschedulable": true],
                "status": [
                    "conditions": [["type": "Ready", "status": "True"]],
                    "addresses": [["type": "InternalIP", "address": "127.0.0.1"]],
                    "nodeInfo": [
                        "kubeletVersion": "v1.37.0", "osImage": "Debian 12", "kernelVersion": "6.1",
                        "containerRuntimeVersion": "process://1",
                    ],
                ],
            ],
            columns: [
                "Name", "Status", "Roles", "Age", "Version", "Internal-IP", "External-IP", "OS-Image", "Kernel-Version",
                "Container-Runtime",
            ],
            cells: [
                "n", "Ready,SchedulingDisabled", "worker", "24h", "v1.37.0", "127.0.0.1", "<none>", "Debian 12", "6.1",
                "process://1",
            ]),
        Row(
            kind: .namespace, object: ["metadata": metadata, "status": ["phase": "Terminating"]],
            columns: ["Name", "Status", "Age"], cells: ["n", "Terminating", "24h"]),
        Row(
            kind: .event,
            object: [
                "metadata": metadata, "type": "Normal", "reason": "RoleRunning", "message": "Role is running\n",
                "involvedObject": ["kind": "ModelServing", "name": "ds"], "source": ["component": "c", "host": "h"],
                "firstTimestamp": "2026-11-21T11:00:00Z", "lastTimestamp": "2026-11-21T11:59:30Z", "count": 4,
            ],
            columns: [
                "Last Seen", "Type", "Reason", "Object", "Subobject", "Source", "Message", "First Seen", "Count",
                "Name",
            ],
            cells: ["30s", "Normal", "RoleRunning", "modelserving/ds", "", "c, h", "Role is running", "60m", 4, "n"]),
        Row(
            kind: .configMap, object: ["metadata": metadata, "data": ["a": "1"], "binaryData": ["b": "Mg=="]],
            columns: ["Name", "Data", "Age"], cells: ["n", 2, "24h"]),
        Row(
            kind: .secret, object: ["metadata": metadata, "type": "Opaque", "data": ["a": "MQ=="]],
            columns: ["Name", "Type", "Data", "Age"], cells: ["n", "Opaque", 1, "24h"]),
        Row(
            kind: .endpoints,
            object: [
                "metadata": metadata,
                "subsets": [
                    [
                        "addresses": [["ip": "1.0.0.1"], ["ip": "1.0.0.2"]], "ports": [["port": 80], ["port": 81]],
                    ]
                ],
            ], columns: ["Name", "Endpoints", "Age"],
            cells: ["n", "1.0.0.1:80,1.0.0.1:81,1.0.0.2:80 + 1 more...", "24h"]),
        Row(
            kind: .controllerRevision,
            object: [
                "metadata": metadata.merging([
                    "ownerReferences": [
                        [
                            "apiVersion": "workload.serving.volcano.sh/v1alpha1", "kind": "ModelServing", "name": "ds",
                            "uid": "u", "controller": true,
                        ]
                    ]
                ]), "revision": 2,
            ], columns: ["Name", "Controller", "Revision", "Age"],
            cells: ["n", "modelserving.workload.serving.volcano.sh/ds", 2, "24h"]),
        Row(
            kind: .lease, object: ["metadata": metadata, "spec": ["holderIdentity": "me"]],
            columns: ["Name", "Holder", "Age"], cells: ["n", "me", "24h"]),
        Row(
            kind: .serviceAccount, object: ["metadata": metadata], columns: ["Name", "Secrets", "Age"],
            cells: ["n", 0, "24h"]),
        Row(
            kind: .customResourceDefinition, object: ["metadata": metadata], columns: ["Name", "Created At"],
            cells: ["n", "2026-11-20T12:00:00Z"]),
        Row(
            kind: ResourceKind(group: "g", kind: "Thing", plural: "things"), object: ["metadata": ["name": "n"]],
            columns: ["Name", "Age"], cells: ["n", "<unknown>"]),
    ]

    @Test(arguments: rows) func `a built-in kind is shown as kubectl users know it`(row: Row) {
        let table = TableRenderer.table(kind: row.kind, columns: [], objects: [row.object], now: TablePodTests.now)
        #expect((table["columnDefinitions"]?.elements ?? []).map { $0["name"]?.string ?? "" } == row.columns)
        #expect(table["rows"]?[0]?["cells"] == .array(row.cells))
    }

    @Test func `a custom kind is shown by its own columns`() throws {
        let version = try #require(try SchemaFiles.version(ofKind: "ModelServing"))
        let object: JSONValue = [
            "metadata": Self.metadata, "spec": ["replicas": 3, "schedulerName": "volcano"],
            "status": [
                "replicas": 2, "availableReplicas": 1,
                "conditions": [["type": "Ready", "status": "False", "reason": "Creating", "message": "waits"]],
            ],
        ]
        let table = TableRenderer.table(
            kind: .modelServing, columns: PrinterColumn.columns(ofVersion: version), objects: [object],
            now: TablePodTests.now)
        let names = (table["columnDefinitions"]?.elements ?? []).map { $0["name"]?.string ?? "" }
        #expect(
            names == [
                "Name", "Desired", "Replicas", "Available", "Updated", "Ready", "Why", "Age", "Roles", "Scheduler",
                "Revision", "Message",
            ])
        let cells: JSONValue = [
            "n", 3, 2, 1, .null, "False", "Creating", "24h", .null, "volcano", .null, "waits",
        ]
        #expect(table["rows"]?[0]?["cells"] == cells)
        #expect(table["kind"] == "Table" && table["apiVersion"] == "meta.k8s.io/v1")
        #expect(
            table["rows"]?[0]?["object"] == [
                "kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": Self.metadata,
            ])
    }

    @Test func `a column gives its declared type or nothing`() throws {
        let object: JSONValue = ["a": "5", "b": 5, "c": ["x"], "d": true, "e": 1.5, "f": "2026-11-21T11:59:00Z"]
        let rows: [(String, String, JSONValue)] = [
            (".a", "integer", .null), (".b", "integer", 5), (".b", "string", "5"), (".c", "string", "[\"x\"]"),
            (".d", "boolean", true), (".e", "number", 1.5), (".f", "date", "60s"), (".a", "date", "<unknown>"),
            (".g", "string", .null),
        ]
        let columns = try rows.map { path, type, _ in
            try #require(PrinterColumn(["name": "x", "type": .string(type), "jsonPath": .string(path)]))
        }
        let table = TableRenderer.table(
            kind: .modelServing, columns: columns, objects: [object], now: TablePodTests.now, include: .none)
        #expect(table["rows"]?[0] == ["cells": .array(["" as JSONValue] + rows.map(\.2))])
    }

    @Test(
        arguments: [
            (0, "0s"), (-1, "0s"), (-5, "<invalid>"), (119, "119s"), (120, "2m"), (125, "2m5s"), (599, "9m59s"),
            (600, "10m"), (10_799, "179m"), (10_800, "3h"), (10_860, "3h1m"), (28_799, "7h59m"), (28_800, "8h"),
            (172_799, "47h"), (172_800, "2d"), (176_400, "2d1h"), (691_199, "7d23h"), (691_200, "8d"),
            (63_071_999, "729d"), (63_072_000, "2y"), (63_158_400, "2y1d"), (252_288_000, "8y"), (283_824_000, "9y"),
        ]) func `an age has two units at most`(seconds: Int, text: String)
    {
        let created = Timestamp(microseconds: TablePodTests.now.microseconds - Int64(seconds) * 1_000_000)
        let object: JSONValue = ["metadata": ["name": "n", "creationTimestamp": .string(created.description)]]
        let table = TableRenderer.table(kind: .namespace, columns: [], objects: [object], now: TablePodTests.now)
        #expect(table["rows"]?[0]?["cells"]?[2]?.string == text)
    }
}
