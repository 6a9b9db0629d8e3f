import JSONValues
import KubernetesAPI
import Testing

@testable import LocalCluster

/// Who owns which field after a write that is not an apply.
@Suite struct FieldOwnershipTests {
    static let time = Timestamp("2026-01-31T08:00:00Z") ?? Timestamp(microseconds: 0)

    /// The accounts after a write, as `MANAGER fields`.
    private func accounts(
        _ new: JSONValue, over old: JSONValue?, by manager: String = "two", kind: ServedKind = ServedKind(.pod)
    ) -> [String] {
        let ownership = FieldOwnership(kind: kind, manager: manager, subresource: "", now: Self.time)
        let entries = ownership.recorded(new, over: old)[path: "metadata", "managedFields"]?.elements ?? []
        return entries.map { "\($0["manager"]?.string ?? "") \($0["fieldsV1"]?.text() ?? "")" }
    }

    private static func entry(_ manager: String, _ fields: JSONValue, time: String = "2026") -> JSONValue {
        [
            "manager": .string(manager), "operation": "Update", "apiVersion": "v1", "time": .string(time),
            "fieldsV1": fields,
        ]
    }

    @Test func `whoever makes an object owns all of it but what the server sets`() {
        let pod: JSONValue = [
            "apiVersion": "v1", "kind": "Pod",
            "metadata": ["name": "p", "uid": "u", "labels": ["a": "b"], "creationTimestamp": "t"],
            "spec": ["containers": [["name": "c", "image": "i"]], "args": ["x"], "volumes": []],
        ]
        #expect(
            accounts(pod, over: nil) == [
                #"two {"f:metadata":{"f:labels":{"f:a":{}}},"f:spec":{"f:containers":{"k:{\"name\":\"c\"}":"#
                    + #"{"f:name":{},"f:image":{},".":{}}},"f:args":{},"f:volumes":{}}}"#
            ])
    }

    @Test(
        arguments: [
            // What a write changes goes over to its writer; what it leaves stays.
            (
                ["spec": ["a": 1, "b": 2]], ["spec": ["a": 1, "b": 3]],
                [#"one {"f:spec":{"f:a":{}}}"#, #"two {"f:spec":{"f:b":{}}}"#]
            ),
            // What it takes away is nobody's.
            (["spec": ["a": 1, "b": 2]], ["spec": ["a": 1]], [#"one {"f:spec":{"f:a":{}}}"#]),
            // An account without fields goes.
            (["spec": ["a": 1, "b": 2]], ["spec": ["a": 2, "b": 3]], [#"two {"f:spec":{"f:a":{},"f:b":{}}}"#]),
            // No change, no account.
            (["spec": ["a": 1, "b": 2]], ["spec": ["b": 2, "a": 1]], [#"one {"f:spec":{"f:a":{},"f:b":{}}}"#]),
        ] as [(JSONValue, JSONValue, [String])])
    func `fields change hands`(old: JSONValue, new: JSONValue, expected: [String]) {
        var (old, new) = (old, new)
        let held: JSONValue = [Self.entry("one", ["f:spec": ["f:a": [:], "f:b": [:]]])]
        old[path: "metadata", "managedFields"] = held
        new[path: "metadata", "managedFields"] = held
        #expect(accounts(new, over: old) == expected)
    }

    @Test func `elements of keyed lists have owners of their own`() {
        let old: JSONValue = [
            "metadata": [
                "managedFields": [
                    Self.entry("one", ["f:spec": ["f:containers": [#"k:{"name":"a"}"#: [".": [:], "f:image": [:]]]]])
                ]
            ], "spec": ["containers": [["name": "a", "image": "x"]]],
        ]
        var new = old
        new[path: "spec", "containers"] = [["name": "b", "image": "z"], ["name": "a", "image": "y"]]
        #expect(
            accounts(new, over: old) == [
                #"one {"f:spec":{"f:containers":{"k:{\"name\":\"a\"}":{".":{}}}}}"#,
                #"two {"f:spec":{"f:containers":{"k:{\"name\":\"b\"}":{"f:name":{},"f:image":{},".":{}},"#
                    + #""k:{\"name\":\"a\"}":{"f:image":{}}}}}"#,
            ])
    }

    @Test func `one empty entry gives up all accounts`() {
        let new: JSONValue = ["metadata": ["managedFields": [[:]]], "spec": ["a": 1]]
        #expect(accounts(new, over: ["spec": ["a": 0]]) == [])
    }

    @Test(arguments: [(9, 10, "two"), (10, 10, "two")]) func `old writers become one`(
        before: Int, after: Int, last: String
    ) {
        let entries = (0..<before).map { index in
            Self.entry("w\(index)", ["f:spec": ["f:x\(index)": [:]]], time: "20\(10 + index)")
        }
        let new: JSONValue = ["metadata": ["managedFields": .array(entries)], "spec": ["a": 1]]
        let found = accounts(new, over: ["spec": [:]])
        #expect(found.count == after)
        #expect(found.last?.hasPrefix(last) == true)
        let ancient = found.first { $0.hasPrefix(FieldOwnership.ancientWriter) }
        #expect((ancient != nil) == (before >= FieldOwnership.writersMax))
        if let ancient { #expect(ancient.contains("x0") && ancient.contains("x1") && !ancient.contains("x2")) }
    }

    @Test func `what is written all the time, or by its controller, goes without`() {
        let free: JSONValue = ["metadata": ["ownerReferences": [["uid": "u"]]]]
        let controlled: JSONValue = ["metadata": ["ownerReferences": [["uid": "u", "controller": true]]]]
        #expect(FieldOwnership.isKept(for: ServedKind(.pod), free))
        #expect(!FieldOwnership.isKept(for: ServedKind(.pod), controlled))
        for kind in [ResourceKind.event, .lease, .endpoints] {
            #expect(!FieldOwnership.isKept(for: ServedKind(kind), free))
        }
    }
}
