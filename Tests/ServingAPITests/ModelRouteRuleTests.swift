import JSONValues
import KubernetesAPI
import ServingAPI
import Testing

@Suite struct ModelRouteRuleTests {
    static let refused = [
        RuleRow("modelName", "", "spec.modelName", "set modelName, loraAdapters or both"),
        RuleRow("loraAdapters", [""], "spec.loraAdapters[0]", "lora adapter name cannot be an empty string"),
        RuleRow("rules", [], "spec.rules", "at least one rule"),
        RuleRow("rules/0/targetModels", [], "spec.rules[0].targetModels", "at least one target"),
        RuleRow("rules/0/targetModels", [["weight": 1]], "spec.rules[0].targetModels[0]", "exactly one of"),
        RuleRow(
            "rules/0/targetModels", [["modelServerName": "a", "externalModelProviderName": "b"]],
            "spec.rules[0].targetModels[0]", "exactly one of"),
        RuleRow("rules/0/targetModels/0/weight", 0, "spec.rules[0].targetModels", "must be above 0"),
        RuleRow("rules/0/targetModels/0/weight", 101, "spec.rules[0].targetModels[0].weight", "between 0 and 100"),
        RuleRow(
            "rules/0/modelMatch", ["uri": ["regex": "("]], "spec.rules[0].modelMatch.uri.regex", "regular expression"),
        RuleRow(
            "rules/0/modelMatch", ["headers": ["x": ["regex": "(?=a)"]]],
            "spec.rules[0].modelMatch.headers[x].regex", "no look-around"),
        RuleRow(
            "rules/0/modelMatch", ["headers": ["x": ["exact": "a", "prefix": "b"]]],
            "spec.rules[0].modelMatch.headers[x]", "exactly one of"),
        RuleRow("rateLimit", ["unit": "year"], "spec.rateLimit.unit", "supported values"),
    ]

    @Test(arguments: refused) func `refuses`(row: RuleRow) throws {
        let problems = Validation.problems(.modelRoute, try row.applied(to: TestObjects.route))
        #expect(problems.map(\.field) == [row.field])
        #expect(problems.first?.description.contains(row.message) == true, "\(problems)")
    }

    static let accepted = [
        RuleRow("loraAdapters", ["a", "b"]), RuleRow("rules/0/targetModels/0/weight", 1),
        RuleRow(
            "rules/0/targetModels",
            [["modelServerName": "a", "weight": 0], ["externalModelProviderName": "b", "weight": 5]]),
        RuleRow(
            "rules/0/modelMatch",
            ["headers": ["x": ["regex": "^v[0-9]+$"]], "uri": ["prefix": "/v1"], "body": ["model": "m"]]),
        RuleRow("rateLimit", ["unit": "minute", "inputTokensPerUnit": 1]),
    ]

    @Test(arguments: accepted) func `accepts`(row: RuleRow) throws {
        #expect(Validation.problems(.modelRoute, try row.applied(to: TestObjects.route)) == [])
    }

    @Test func `a route by adapters alone needs no model name but no provider either`() throws {
        var object = try RuleRow("loraAdapters", ["a"]).applied(to: TestObjects.route)
        object[path: "spec", "modelName"] = nil
        #expect(Validation.problems(.modelRoute, object) == [])
        object = try RuleRow("rules/0/targetModels", [["externalModelProviderName": "b"]]).applied(to: object)
        let fields = Validation.problems(.modelRoute, object).map(\.field)
        #expect(fields == ["spec.rules[0].targetModels[0].externalModelProviderName"])
    }

    @Test func `what is left out has its default`() throws {
        let route = try ModelRoute(
            KubernetesObject(RuleRow("rateLimit", .object(JSONObject())).applied(to: TestObjects.route)))
        #expect(route.rules.first?.targetModels.first?.weight == 100)
        #expect(route.rules.first?.modelMatch == nil)
        #expect(route.rateLimit?.unit == .second && route.rateLimit?.inputTokensPerUnit == nil)
    }
}
