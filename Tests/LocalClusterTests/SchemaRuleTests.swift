import JSONValues
import ServingAPI
import Testing

@testable import LocalCluster

/// The expression language of `x-kubernetes-validations`.
@Suite struct SchemaRuleTests {
    static let value: JSONValue = [
        "name": "a", "count": 3, "share": 0.5, "list": [1, 2, 2], "map": ["x": "y"], "on": true,
        "roles": [["name": "p"], ["name": "d"]], "none": .null,
    ]

    static func problems(_ rule: String, _ value: JSONValue, old: JSONValue? = nil) throws -> [String] {
        let schema: JSONValue = [
            "type": "object", "x-kubernetes-preserve-unknown-fields": true,
            "x-kubernetes-validations": [["rule": .string(rule), "message": "broken"]],
        ]
        let set = try SchemaTests.compile(schema)
        return set.prepare(["spec": ["x": value]], old: old.map { ["spec": ["x": $0]] }).problems.map(\.message)
    }

    @Test(arguments: [
        "true", "!false", "!!true", "self.name == 'a'", "self.name == \"a\"", "self.name != 'b'", "self.count == 3",
        "self.count == 3.0", "self.count >= 3", "self.count > 2 && self.count < 4", "self.count <= 3",
        "self.share < self.count", "'a' < 'b'", "has(self.name)", "!has(self.other)", "has(self.map.x)",
        "size(self.list) == 3", "self.list.size() == 3", "size(self.name) == 1", "size(self.map) == 1",
        "2 in self.list", "!(5 in self.list)", "'x' in self.map", "self.name in ['a', 'b']", "!(self.name in [])",
        "self.map.x == 'y'", "self.map['x'] == 'y'", "self.list[0] == 1", "self.on", "self.on ? true : self.other",
        "self.roles.all(r, size(r.name) == 1)", "self.roles.exists(r, r.name == 'd')",
        "self.roles.exists_one(r, r.name == 'p')", "!self.list.exists_one(n, n == 2)", "self.map.all(k, k == 'x')",
        "self.roles.all(a, self.roles.exists_one(b, a.name == b.name))", "[].all(x, false)", "![].exists(x, true)",
        "true || self.missing", "self.missing || true", "!(false && self.missing)", "!(self.missing && false)",
        "false || true && true", "true || false && false", "[1, 2] == [1, 2]", "'it\\'s' == \"it's\"",
        "self.list.exists(x, x == 1 || x.none)", "(1 == 1) == true", "self.count == 3 ? self.on : false",
        "self.count + 1 == 4", "1 + 2 * 3 == 7", "(1 + 2) * 3 == 9", "7 / 2 == 3", "7 % 4 == 3", "-self.count == -3",
        "self.share * 2.0 == 1.0", "'a' + 'b' == 'ab'", "[1] + [2] == [1, 2]", "5 - 2 - 1 == 2",
        "'abc'.startsWith('ab')", "'abc'.endsWith('bc')", "'abc'.contains('b')", "'abc'.matches('^a.c$')",
        "!'abc'.matches('^b')", "'ABC'.lowerAscii() == 'abc'", "' a '.trim() == 'a'", "int('7') == 7",
        "int(7.9) == 7", "double('0.5') == self.share", "string(self.count) == '3'",
        "self.list.map(x, x + 1) == [2, 3, 3]", "self.list.filter(x, x > 1).size() == 2",
        "(has(self.name) ? 1 : 0) + (has(self.other) ? 1 : 0) == 1",
    ]) func `holds`(rule: String) throws { #expect(try Self.problems(rule, Self.value) == []) }

    @Test(arguments: [
        "false", "self.name == 'b'", "self.name == 1", "has(self.other)", "self.count < 3", "3 in self.list",
        "self.roles.all(r, r.name == 'p')", "self.roles.exists(r, r.name == 'z')", "self.list.exists_one(n, n == 2)",
        "self.on ? false : true", "self.on && !self.on",
    ]) func `does not hold`(rule: String) throws {
        #expect(try Self.problems(rule, Self.value) == ["Invalid value: broken"])
    }

    @Test(
        arguments: [
            ("self.missing == 1", "no such key: missing"), ("self.list[9] == 1", "no such key: 9"),
            ("self.map['z'] == 'y'", "no such key"), ("size(self.count) == 1", "size of what has none"),
            ("self.name && true", "needs a boolean"), ("self.name < 1", "no order"), ("1 in self.count", "no list"),
            ("self.count.all(x, true)", "goes over what is no list"), ("has(self.name.x)", "no object"),
            ("self.missing || false", "no such key"), ("self.list.all(x, x.y == 1)", "no such key: y"),
            ("self.count.matches('a')", "calls matches() with 3"), ("self.name.matches('(')", "malformed pattern"),
            ("self.count / 0 == 1", "divides by zero"), ("self.name + 1 == 1", "computes + of values"),
            ("9223372036854775807 + 1 == 0", "more than 64 bits"), ("int('x') == 1", "calls int()"),
        ]) func `a rule that cannot be evaluated is broken and says why`(rule: String, fault: String) throws
    {
        let problems = try Self.problems(rule, Self.value)
        #expect(problems.count == 1 && problems.first?.contains(fault) == true, "\(problems)")
    }

    @Test(
        arguments: [
            ("self.find('a')", "calls .find()"), ("uint('1') == 1", "calls uint()"),
            ("matches('a')", "calls matches()"), ("'a'.int()", "calls .int()"), ("'a'.matches()", "calls .matches()"),
            ("other == 1", "unknown name 'other'"),
            ("self.count & 1", "uses '&'"), ("", "ends too early"), ("self ==", "ends too early"),
            ("self.list.all(x)", "has ')'"), ("(true", "ends too early"), ("true true", "cannot stand"),
            ("has(self)", "has()"), ("'open", "closing quote"), ("self.all(x, y)", "unknown name 'y'"),
            ("1.2.3 == 1", "malformed number"), ("self.[0]", "cannot stand"), ("'\\q' == 'q'", "unknown escape"),
            (String(repeating: "(", count: 100) + "true", "nested deeper"),
            (String(repeating: " ", count: 5_000), "longer than"),
        ]) func `a rule outside the language is refused when the schema is read`(rule: String, fault: String)
    {
        let error = #expect(throws: SchemaError.self) { try Self.problems(rule, Self.value) }
        #expect(error?.description.contains(fault) == true, "\(error?.description ?? "")")
    }

    @Test func `a rule about change waits for a change`() throws {
        #expect(try Self.problems("self == oldSelf", ["a": 1]) == [])
        #expect(try Self.problems("self == oldSelf", ["a": 1], old: ["a": 1]) == [])
        #expect(try Self.problems("self == oldSelf", ["a": 1], old: ["a": 2]).count == 1)
    }

    @Test func `elements of a list map meet their old values by key`() throws {
        let set = try SchemaTests.compile([
            "type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"],
            "items": [
                "type": "object", "x-kubernetes-validations": [["rule": "self.size == oldSelf.size"]],
                "properties": ["name": ["type": "string"], "size": ["type": "integer"]],
            ],
        ])
        let old: JSONValue = ["spec": ["x": [["name": "a", "size": 1], ["name": "b", "size": 2]]]]
        let new: JSONValue = [
            "spec": ["x": [["name": "b", "size": 2], ["name": "c", "size": 9], ["name": "a", "size": 3]]]
        ]
        #expect(set.prepare(new, old: old).problems.map(\.field) == ["spec.x[2]"])
    }

    @Test func `a message may be made from the value`() throws {
        let rule: JSONValue = [
            "rule": "self.size() > 3", "message": "short", "messageExpression": "'only ' + string(self.size())",
        ]
        let set = try SchemaTests.compile(["type": "array", "x-kubernetes-validations": [rule]])
        let problems = set.prepare(["spec": ["x": [1, 2]]], old: nil).problems
        #expect(problems.map(\.message) == ["Invalid value: only 2"])
    }

    @Test func `what cannot be checked in a schema of others is left out and told`() throws {
        let schema: JSONValue = [
            "type": "object",
            "properties": [
                "a": ["type": "string", "pattern": "(", "x-kubernetes-validations": [["rule": "self.isURL()"]]],
                "b": ["type": "array", "items": ["x-kubernetes-validations": [["rule": "self > 1"]]]],
            ],
        ]
        var reduction = SchemaReduction()
        let reduced = reduction.reduced(schema)
        #expect(reduction.notes.count == 2)
        #expect(reduction.notes.allSatisfy { $0.contains("not checked by this server") && $0.contains("a") })
        #expect(reduced[path: "properties", "b"] == schema[path: "properties", "b"])
        _ = try SchemaSet.compile(crdVersionSchema: reduced)
    }

    @Test func `a rule that takes too long is broken`() throws {
        let long = JSONValue.array((0..<1_100).map { JSONValue($0) })
        let problems = try Self.problems("self.l.all(x, self.l.all(y, x == y || x != y))", ["l": long])
        #expect(problems.first?.contains("steps") == true)
    }

    @Test(
        arguments: [
            ("FieldValueForbidden", "spec.x: Forbidden: m"), ("FieldValueRequired", "spec.x: Required value: m"),
            ("FieldValueInvalid", "spec.x: Invalid value: 1: m"),
        ]) func `a rule says its reason`(reason: String, text: String) throws
    {
        let set = try SchemaTests.compile([
            "type": "integer",
            "x-kubernetes-validations": [["rule": "self > 1", "message": "m", "reason": .string(reason)]],
        ])
        #expect(set.prepare(["spec": ["x": 1]], old: nil).problems.map(\.description) == [text])
    }
}
