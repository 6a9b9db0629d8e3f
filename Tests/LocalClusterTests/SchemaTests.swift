import JSONValues
import LocalCluster
import ServingAPI
import Testing

@Suite struct SchemaTests {
    struct Row: Sendable, CustomStringConvertible {
        /// The schema of `spec.x`.
        var schema: JSONValue
        var value: JSONValue
        /// The problem's text; nil for none.
        var problem: String?

        init(_ schema: JSONValue, _ value: JSONValue, _ problem: String? = nil) {
            self.schema = schema
            self.value = value
            self.problem = problem
        }

        var description: String { "\(schema.text()) with \(value.text())" }
    }

    static func compile(_ schema: JSONValue) throws -> SchemaSet {
        try SchemaSet.compile(crdVersionSchema: [
            "openAPIV3Schema": [
                "type": "object",
                "properties": ["spec": ["type": "object", "properties": ["x": schema]]],
            ]
        ])
    }

    static func prepared(_ schema: JSONValue, _ value: JSONValue) throws -> (JSONValue?, [String], [String]) {
        let result = try compile(schema).prepare(["spec": ["x": value]], old: nil)
        return (result.object[path: "spec", "x"], result.problems.map(\.description), result.warnings)
    }

    static let empty = JSONValue.object(JSONObject())
    static let integer: JSONValue = ["type": "integer"]
    static let list: JSONValue = ["type": "array", "items": integer, "minItems": 1, "maxItems": 2]
    static let ported: JSONValue = [
        "type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name", "port"],
        "items": [
            "type": "object",
            "properties": ["name": ["type": "string"], "port": ["type": "integer", "default": 80]],
        ],
    ]

    static let rows = [
        Row(integer, 1), Row(integer, 1.0),
        Row(integer, 1.5, "spec.x: Invalid value: \"number\": spec.x in body must be of type integer: \"number\""),
        Row(integer, "1", "spec.x: Invalid value: \"string\": spec.x in body must be of type integer: \"string\""),
        Row(["type": "number"], 1), Row(["type": "boolean"], false),
        Row(
            ["type": "boolean"], "no",
            "spec.x: Invalid value: \"string\": spec.x in body must be of type boolean: \"string\""),
        Row(
            ["type": "string"], 5,
            "spec.x: Invalid value: \"integer\": spec.x in body must be of type string: \"integer\""),
        Row(
            ["type": "object"], [], "spec.x: Invalid value: \"array\": spec.x in body must be of type object: \"array\""
        ),
        Row(["type": "string", "enum": ["a", "b"]], "b"),
        Row(
            ["type": "string", "enum": ["a", "b"]], "c",
            "spec.x: Unsupported value: \"c\": supported values: \"a\", \"b\""),
        Row(["type": "string", "pattern": "^a+$"], "aa"),
        Row(
            ["type": "string", "pattern": "^a+$"], "ab",
            "spec.x: Invalid value: \"ab\": spec.x in body should match '^a+$'"),
        Row(["type": "integer", "minimum": 1, "maximum": 3], 1),
        Row(["type": "integer", "minimum": 1, "maximum": 3], 3),
        Row(
            ["type": "integer", "minimum": 1], 0,
            "spec.x: Invalid value: 0: spec.x in body should be greater than or equal to 1"),
        Row(
            ["type": "integer", "maximum": 3], 4,
            "spec.x: Invalid value: 4: spec.x in body should be less than or equal to 3"),
        Row(
            ["type": "integer", "minimum": 1, "exclusiveMinimum": true], 1,
            "spec.x: Invalid value: 1: spec.x in body should be greater than 1"),
        Row(
            ["type": "integer", "multipleOf": 4], 6,
            "spec.x: Invalid value: 6: spec.x in body should be a multiple of 4"),
        Row(["type": "integer", "format": "int32"], 2_147_483_647),
        Row(
            ["type": "integer", "format": "int32"], 2_147_483_648,
            "spec.x: Invalid value: 2147483648: spec.x in body should be between -2147483648 and 2147483647"),
        Row(["type": "string", "minLength": 1, "maxLength": 2], "ab"),
        Row(["type": "string", "maxLength": 2], "abc", "spec.x: Too long: may not be more than 2 bytes"),
        Row(
            ["type": "string", "minLength": 1], "",
            "spec.x: Invalid value: \"\": spec.x in body should be at least 1 chars long"),
        Row(["type": "string", "format": "date-time"], "2026-01-31T08:00:00Z"),
        Row(
            ["type": "string", "format": "date-time"], "today",
            "spec.x: Invalid value: \"today\": spec.x in body must be of type date-time, such as 2026-01-31T08:00:00Z"),
        Row(list, [1, 2]), Row(list, [1, 2, 3], "spec.x: Too many: 3: must have at most 2 items"),
        Row(list, [], "spec.x: Invalid value: 0: spec.x in body should have at least 1 items"),
        Row(
            list, [true],
            "spec.x[0]: Invalid value: \"boolean\": spec.x[0] in body must be of type integer: \"boolean\""),
        Row(["type": "object", "additionalProperties": integer, "maxProperties": 1], ["a": 1]),
        Row(
            ["type": "object", "additionalProperties": integer], ["a": "1"],
            "spec.x.a: Invalid value: \"string\": spec.x.a in body must be of type integer: \"string\""),
        Row(
            ["type": "object", "additionalProperties": integer, "maxProperties": 1], ["a": 1, "b": 2],
            "spec.x: Too many: 2: must have at most 1 items"),
        Row(["type": "object", "required": ["y"], "properties": ["y": integer]], empty, "spec.x.y: Required value"),
        Row(["x-kubernetes-int-or-string": true, "anyOf": [integer, ["type": "string"]]], "25%"),
        Row(["x-kubernetes-int-or-string": true], 2),
        Row(
            ["x-kubernetes-int-or-string": true], true,
            "spec.x: Invalid value: \"boolean\": spec.x in body must be of type integer,string: \"boolean\""),
        Row(["type": "string", "nullable": true], .null),
        Row(["type": "array", "x-kubernetes-list-type": "set", "items": integer], [1, 2]),
        Row(
            ["type": "array", "x-kubernetes-list-type": "set", "items": integer], [1, 1],
            "spec.x[1]: Duplicate value: 1"),
        Row(ported, [["name": "a", "port": 1], ["name": "a", "port": 2]]),
        Row(
            ported, [["name": "a", "port": 80], ["name": "a"]],
            "spec.x[1]: Duplicate value: {\"name\":\"a\",\"port\":80}"),
        Row(
            ["type": "integer", "anyOf": [["minimum": 5], ["maximum": 1]]], 3,
            "spec.x: Invalid value: 3: spec.x in body must validate at least one schema (anyOf)"),
        Row(
            ["type": "integer", "oneOf": [["minimum": 1], ["minimum": 5]]], 7,
            "spec.x: Invalid value: 7: spec.x in body must validate one and only one schema (oneOf)"),
        Row(["type": "integer", "oneOf": [["minimum": 1], ["minimum": 5]]], 3),
        Row(
            ["type": "integer", "not": ["minimum": 5]], 7,
            "spec.x: Invalid value: 7: spec.x in body must not validate the schema (not)"),
        Row(
            ["type": "integer", "allOf": [["minimum": 1], ["maximum": 5]]], 7,
            "spec.x: Invalid value: 7: spec.x in body should be less than or equal to 5"),
    ]

    @Test(arguments: rows) func `checks a value`(row: Row) throws {
        #expect(try Self.prepared(row.schema, row.value).1 == (row.problem.map { [$0] } ?? []))
    }

    @Test(
        arguments: [
            (["type": "object", "properties": ["a": integer]], ["a": 1, "b": 2], ["a": 1], ["spec.x.b"]),
            (["type": "object"], ["b": 2], empty, ["spec.x.b"]),
            (["type": "object", "x-kubernetes-preserve-unknown-fields": true], ["b": ["c": 2]], ["b": ["c": 2]], []),
            (
                [
                    "type": "object", "x-kubernetes-preserve-unknown-fields": true,
                    "properties": ["a": ["type": "object"]],
                ], ["a": ["c": 1], "b": 1], ["a": empty, "b": 1], ["spec.x.a.c"]
            ),
            (
                ["type": "object", "additionalProperties": ["type": "object"]], ["k": ["c": 1]], ["k": empty],
                ["spec.x.k.c"]
            ),
            (["type": "array", "items": ["type": "object"]], [["c": 1]], [empty], ["spec.x[0].c"]),
            (
                ["type": "object", "x-kubernetes-embedded-resource": true], ["kind": "K", "y": 1], ["kind": "K"],
                ["spec.x.y"]
            ),
        ] as [(JSONValue, JSONValue, JSONValue, [String])])
    func `drops fields without a schema`(schema: JSONValue, value: JSONValue, kept: JSONValue, dropped: [String]) throws
    {
        let (result, problems, warnings) = try Self.prepared(schema, value)
        #expect(result == kept && problems == [])
        #expect(warnings == dropped.map { "unknown field \"\($0)\"" })
    }

    @Test func `metadata is not the schema's to prune`() throws {
        let object: JSONValue = ["apiVersion": "g/v1", "kind": "K", "metadata": ["name": "n", "labels": ["a": "b"]]]
        let result = try Self.compile(Self.integer).prepare(object, old: nil)
        #expect(result.object == object && result.warnings == [])
    }

    @Test(
        arguments: [
            (["type": "object", "properties": ["a": ["type": "integer", "default": 3]]], empty, ["a": 3]),
            (["type": "object", "properties": ["a": ["type": "integer", "default": 3]]], ["a": 4], ["a": 4]),
            (["type": "object", "properties": ["a": ["type": "integer", "default": 3]]], ["a": .null], ["a": 3]),
            (["type": "object", "properties": ["a": ["type": "integer"]]], ["a": .null], empty),
            (
                ["type": "object", "properties": ["a": ["type": "integer", "default": 3, "nullable": true]]],
                ["a": .null], ["a": .null]
            ),
            (
                [
                    "type": "object",
                    "properties": [
                        "o": [
                            "type": "object", "default": empty, "properties": ["a": ["type": "integer", "default": 3]],
                        ]
                    ],
                ], empty, ["o": ["a": 3]]
            ),
            (
                [
                    "type": "array",
                    "items": ["type": "object", "properties": ["a": ["type": "integer", "default": 3]]],
                ],
                [empty, ["a": 1]], [["a": 3], ["a": 1]]
            ),
        ] as [(JSONValue, JSONValue, JSONValue)])
    func `fills in defaults`(schema: JSONValue, value: JSONValue, result: JSONValue) throws {
        let (found, problems, _) = try Self.prepared(schema, value)
        #expect(found == result && problems == [])
    }

    @Test(
        arguments: [
            (["$ref": "x"], "uses $ref"), (["type": "text"], "unknown type"),
            (["type": "string", "pattern": "("], "pattern"),
            (["type": "array", "x-kubernetes-list-type": "map"], "list-map-keys"),
            (["type": "array", "x-kubernetes-list-type": "bag"], "unknown x-kubernetes-list-type"),
            ("x", "not an object"),
            (["x-kubernetes-validations": [["rule": "self.foo()"]]], "calls .foo()"),
            (["x-kubernetes-validations": [["rule": "true", "messageExpression": "self.foo()"]]], "calls .foo()"),
            (["x-kubernetes-validations": [["rule": "true", "optionalOldSelf": true]]], "optionalOldSelf"),
        ] as [(JSONValue, String)])
    func `a schema that cannot be used is refused at once`(schema: JSONValue, fault: String) {
        let error = #expect(throws: SchemaError.self) { try Self.compile(schema) }
        #expect(error?.description.contains(fault) == true, "\(error?.description ?? "")")
        #expect(error?.description.contains("spec.x") == true)
    }

    @Test func `what is no object is one problem`() throws {
        let result = try Self.compile(Self.integer).prepare([1], old: nil)
        #expect(result.problems.count == 1)
    }

    @Test(arguments: [(64, 64), (65, 64)]) func `warnings are bounded`(fields: Int, warnings: Int) throws {
        var value = JSONValue.object(JSONObject())
        for index in 0..<fields { value["f\(index)"] = 1 }
        let result = try Self.prepared(["type": "object"], value)
        #expect(result.2.count == warnings && result.0 == Self.empty)
    }
}
