import JSONValues
import LocalCluster
import Testing

@Suite struct TableJSONPathTests {
    static let object: JSONValue = [
        "spec": ["a": ["b": 1], "list": [10, 20, 30], "x.y/z": "dotted", "objects": [["n": "p"], ["n": "q"]]],
        "status": [
            "conditions": [
                ["type": "Ready", "status": "False"], ["type": "Active", "status": "True", "reason": "a]b", "code": 5],
            ]
        ],
    ]

    @Test(
        arguments: [
            (".spec.a.b", [1]), ("spec.a.b", nil), ("{.spec.a.b}", [1]), ("$.spec.a.b", [1]), (".spec['a'].b", [1]),
            (".spec[\"a\"]['b']", [1]), (".spec.list[0]", [10]), (".spec.list[-1]", [30]), (".spec.list[9]", []),
            (".spec.list[*]", [10, 20, 30]), (".spec.a.*", [1]), (".spec.objects[*].n", ["p", "q"]),
            (".spec.x\\.y/z", ["dotted"]), (".spec['x.y/z']", ["dotted"]), (".spec.missing.b", []),
            (".status.conditions[?(@.type==\"Active\")].status", ["True"]),
            (".status.conditions[?(@.type=='Active')].status", ["True"]),
            (".status.conditions[?(@.type == 'Active')].status", ["True"]),
            (".status.conditions[?(@.type!=\"Active\")].status", ["False"]),
            (".status.conditions[?(@.reason==\"a]b\")].type", ["Active"]),
            (".status.conditions[?(@.code==5)].type", ["Active"]),
            (".status.conditions[?(@.type==\"None\")].status", []),
            (".spec[", nil), (".spec..a", nil), (".spec.list[a]", nil), (".spec.list[?(@.a)]", nil), (".spec\\", nil),
        ] as [(String, [JSONValue]?)])
    func `finds values`(path: String, values: [JSONValue]?) {
        #expect(JSONPath(path)?.values(in: Self.object) == values)
    }

    @Test func `a dot alone is the whole object`() {
        #expect(JSONPath(".")?.first(in: Self.object) == Self.object)
    }
}
