import JSONValues
import LocalCluster
import ServingAPI
import Testing

/// The rules about change that the deployed CRDs state.
@Suite struct SchemaTransitionTests {
    static func serving(gang: JSONValue?, names: [String] = ["a"]) -> JSONValue {
        let roles = names.map { name -> JSONValue in
            ["name": .string(name), "entryTemplate": ["spec": ["containers": [["name": "c", "image": "i"]]]]]
        }
        var object: JSONValue = ["metadata": ["name": "m"], "spec": ["template": ["roles": .array(roles)]]]
        object[path: "spec", "template", "gangPolicy"] = gang
        return object
    }

    static let minimum: JSONValue = ["minRoleReplicas": ["a": 1]]

    @Test(
        arguments: [
            (nil, minimum, nil), (minimum, minimum, nil), (minimum, nil, "gangPolicy cannot be removed"),
            (minimum, ["minRoleReplicas": ["a": 2]], "minRoleReplicas cannot be changed"),
            (minimum, ["minRoleReplicas": ["a": 1, "b": 1]], "minRoleReplicas cannot be changed"),
        ] as [(JSONValue?, JSONValue?, String?)])
    func `a gang stays`(before: JSONValue?, after: JSONValue?, problem: String?) throws {
        let schema = try SchemaFiles.schema(ofKind: "ModelServing")
        let result = schema.prepare(Self.serving(gang: after), old: Self.serving(gang: before))
        #expect(result.problems.count == (problem == nil ? 0 : 1))
        if let problem { #expect(result.problems.first?.message.contains(problem) == true) }
    }

    @Test func `role names are unique`() throws {
        let schema = try SchemaFiles.schema(ofKind: "ModelServing")
        let problems = schema.prepare(Self.serving(gang: nil, names: ["a", "a"]), old: nil).problems
        #expect(problems.map(\.description) == ["spec.template.roles[1]: Duplicate value: {\"name\":\"a\"}"])
    }

    @Test(
        arguments: [
            (["modelName": "a"], nil, nil), (["loraAdapters": ["a"]], nil, nil),
            (.object(JSONObject()), nil, "set modelName, loraAdapters or both"),
            (["modelName": ""], nil, "set modelName, loraAdapters or both"),
            (["modelName": "a"], ["modelName": "a"], nil),
            (["modelName": "b"], ["modelName": "a"], "modelName cannot be changed"),
            (["modelName": "b"], ["loraAdapters": ["a"]], nil),
        ] as [(JSONValue, JSONValue?, String?)])
    func `a route has a name, and keeps it`(spec: JSONValue, before: JSONValue?, problem: String?) throws {
        let schema = try SchemaFiles.schema(ofKind: "ModelRoute")
        let rules: JSONValue = ["rules": [["targetModels": [["modelServerName": "s"]]]]]
        let old: JSONValue? = before.map { ["spec": $0.merging(rules)] }
        let result = schema.prepare(["spec": spec.merging(rules)], old: old)
        #expect(result.problems.count == (problem == nil ? 0 : 1))
        if let problem { #expect(result.problems.first?.message.contains(problem) == true) }
    }

    @Test func `a target is one of two kinds`() throws {
        let schema = try SchemaFiles.schema(ofKind: "ModelRoute")
        let both: JSONValue = ["modelServerName": "a", "externalModelProviderName": "b"]
        let spec: JSONValue = [
            "modelName": "m", "rules": [["targetModels": [both, ["weight": 1], ["modelServerName": "a"]]]],
        ]
        let fields = schema.prepare(["spec": spec], old: nil).problems.map(\.field)
        #expect(fields == ["spec.rules[0].targetModels[0]", "spec.rules[0].targetModels[1]"])
    }
}
