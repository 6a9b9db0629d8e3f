import JSONValues
import Testing

@Suite struct JSONPatchTests {
    @Test func `a merge patch replaces, adds and removes`() {
        let value: JSONValue = ["a": 1, "b": ["c": 2, "d": 3], "e": [1]]
        let patch: JSONValue = ["a": .null, "b": ["c": .null, "x": 9], "e": [2, 3]]
        #expect(value.merging(patch) == ["b": ["d": 3, "x": 9], "e": [2, 3]])
    }

    struct Row: Sendable {
        var patch: JSONValue
        var result: JSONValue?
    }

    @Test(arguments: [
        Row(patch: [["op": "add", "path": "/b", "value": 2]], result: ["a": [1, 2], "b": 2]),
        Row(patch: [["op": "add", "path": "/a/1", "value": 9]], result: ["a": [1, 9, 2]]),
        Row(patch: [["op": "add", "path": "/a/-", "value": 9]], result: ["a": [1, 2, 9]]),
        Row(patch: [["op": "replace", "path": "/a/0", "value": 7]], result: ["a": [7, 2]]),
        Row(patch: [["op": "remove", "path": "/a/1"]], result: ["a": [1]]),
        Row(patch: [["op": "move", "from": "/a", "path": "/c"]], result: ["c": [1, 2]]),
        Row(patch: [["op": "copy", "from": "/a/0", "path": "/a/-"]], result: ["a": [1, 2, 1]]),
        Row(patch: [["op": "add", "path": "/x~1y", "value": 1]], result: ["a": [1, 2], "x/y": 1]),
        Row(patch: [["op": "test", "path": "/a/0", "value": 1]], result: ["a": [1, 2]]),
        Row(patch: [["op": "test", "path": "/a/0", "value": 2]], result: nil),
        Row(patch: [["op": "replace", "path": "/b", "value": 2]], result: nil),
        Row(patch: [["op": "remove", "path": "/a/5"]], result: nil),
        Row(patch: [["op": "add", "path": "/a/4", "value": 2]], result: nil),
        Row(patch: [["op": "spin", "path": "/a"]], result: nil),
        Row(patch: ["op": "add"], result: nil),
    ]) func `a JSON patch does all or nothing`(row: Row) {
        let value: JSONValue = ["a": [1, 2]]
        #expect((try? value.applying(patch: row.patch)) == row.result)
    }

    @Test func `nested members are set and removed by path`() {
        var value: JSONValue = .null
        value[path: "a", "b", "c"] = 1
        #expect(value == ["a": ["b": ["c": 1]]])
        value[path: "a", "b", "c"] = nil
        value[path: "x", "y"] = nil
        #expect(value == ["a": ["b": [:]]])
    }
}
