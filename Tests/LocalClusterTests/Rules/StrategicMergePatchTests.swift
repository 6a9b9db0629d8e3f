import JSONValues
import KubernetesAPI
import Testing

@testable import LocalCluster

@Suite struct StrategicMergePatchTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var original: JSONValue
        var patch: JSONValue
        var expected: JSONValue
    }

    static let rows = [
        Row(
            testDescription: "members merge, null removes", original: ["a": 1, "b": ["c": 2, "d": 3]],
            patch: ["a": .null, "b": ["c": 4]], expected: ["b": ["c": 4, "d": 3]]),
        Row(
            testDescription: "a keyed list merges by its key",
            original: ["spec": ["containers": [["name": "a", "image": "1"], ["name": "b", "image": "2"]]]],
            patch: ["spec": ["containers": [["name": "b", "image": "3"], ["name": "c", "image": "4"]]]],
            expected: [
                "spec": [
                    "containers": [
                        ["name": "a", "image": "1"], ["name": "b", "image": "3"], ["name": "c", "image": "4"],
                    ]
                ]
            ]),
        Row(
            testDescription: "an element is deleted by its key",
            original: ["spec": ["volumes": [["name": "a"], ["name": "b"]]]],
            patch: ["spec": ["volumes": [["name": "a", "$patch": "delete"]]]],
            expected: ["spec": ["volumes": [["name": "b"]]]]),
        Row(
            testDescription: "a list is replaced on request", original: ["spec": ["volumes": [["name": "a"]]]],
            patch: ["spec": ["volumes": [["name": "b"], ["$patch": "replace"]]]],
            expected: ["spec": ["volumes": [["name": "b"]]]]),
        Row(
            testDescription: "a map is replaced on request", original: ["data": ["a": "1"]],
            patch: ["data": ["b": "2", "$patch": "replace"]], expected: ["data": ["b": "2"]]),
        Row(
            testDescription: "an atomic list is replaced",
            original: ["spec": ["containers": [["name": "a", "args": ["1", "2"]]]]],
            patch: ["spec": ["containers": [["name": "a", "args": ["3"]]]]],
            expected: ["spec": ["containers": [["name": "a", "args": ["3"]]]]]),
        Row(
            testDescription: "order is kept as told",
            original: ["spec": ["volumes": [["name": "a"], ["name": "x"], ["name": "b"]]]],
            patch: ["spec": ["$setElementOrder/volumes": [["name": "b"], ["name": "a"]], "volumes": [["name": "b"]]]],
            expected: ["spec": ["volumes": [["name": "b"], ["name": "a"], ["name": "x"]]]]),
        Row(
            testDescription: "finalizers are a set", original: ["metadata": ["finalizers": ["a", "b"]]],
            patch: ["metadata": ["$deleteFromPrimitiveList/finalizers": ["a"], "finalizers": ["c", "b"]]],
            expected: ["metadata": ["finalizers": ["b", "c"]]]),
        Row(
            testDescription: "only retained members stay",
            original: ["spec": ["volumes": [["name": "a", "emptyDir": ["x": 1]]]]],
            patch: [
                "spec": ["volumes": [["name": "a", "$retainKeys": ["name", "hostPath"], "hostPath": ["path": "/"]]]]
            ],
            expected: ["spec": ["volumes": [["name": "a", "hostPath": ["path": "/"]]]]]),
    ]

    @Test(arguments: rows) func `merges as Kubernetes does`(row: Row) throws {
        let patch = StrategicMergePatch(rules: ListRules(ServedKind(.pod)))
        #expect(try patch.apply(row.patch, to: row.original) == row.expected)
    }

    @Test func `an element without its key is refused`() {
        let patch = StrategicMergePatch(rules: ListRules(ServedKind(.pod)))
        #expect(throws: APIStatus.self) { try patch.apply(["spec": ["volumes": [["x": 1]]]], to: ["spec": [:]]) }
    }
}
