import JSONValues
import KubernetesAPI
import ServingAPI
import Testing

@Suite struct ModelServerRuleTests {
    static let pdGroup: JSONValue = [
        "groupKey": "g", "prefillLabels": ["role": "prefill"], "decodeLabels": ["role": "decode"],
    ]

    static let refused = [
        RuleRow("inferenceEngine", "TGI", "spec.inferenceEngine", "supported values: \"vLLM\", \"SGLang\""),
        RuleRow("workloadPort", .object(JSONObject()), "spec.workloadPort.port", "Required value"),
        RuleRow("workloadPort", ["port": 0], "spec.workloadPort.port", "between 1 and 65535"),
        RuleRow("workloadPort", ["port": 65_536], "spec.workloadPort.port", "between 1 and 65535"),
        RuleRow("workloadPort", ["port": 1, "protocol": "grpc"], "spec.workloadPort.protocol", "Unsupported value"),
        RuleRow("workloadSelector", .object(JSONObject()), "spec.workloadSelector.matchLabels", "at least one label"),
        RuleRow(
            "workloadSelector", ["matchLabels": ["a b": "c"]], "spec.workloadSelector.matchLabels",
            "must be a label key"),
        RuleRow(
            "workloadSelector", ["matchLabels": ["a": "b c"]], "spec.workloadSelector.matchLabels[a]",
            "must be a label value"),
        RuleRow(
            "workloadSelector/pdGroup", ["prefillLabels": ["a": "b"], "decodeLabels": ["a": "c"]],
            "spec.workloadSelector.pdGroup.groupKey", "Required value"),
        RuleRow(
            "workloadSelector/pdGroup", ["groupKey": "g", "decodeLabels": ["a": "c"]],
            "spec.workloadSelector.pdGroup.prefillLabels", "at least one label"),
        RuleRow(
            "workloadSelector/pdGroup", ["groupKey": "g", "prefillLabels": ["a": "c"]],
            "spec.workloadSelector.pdGroup.decodeLabels", "at least one label"),
        RuleRow("trafficPolicy", ["timeout": "ten"], "spec.trafficPolicy.timeout", "must be a duration"),
        RuleRow("trafficPolicy", ["retry": .object(JSONObject())], "spec.trafficPolicy.retry.attempts", "Required"),
        RuleRow("kvConnector", ["type": "rdma"], "spec.kvConnector.type", "\"mooncake\""),
    ]

    @Test(arguments: refused) func `refuses`(row: RuleRow) throws {
        let problems = Validation.problems(.modelServer, try row.applied(to: TestObjects.server))
        #expect(problems.map(\.field) == [row.field])
        #expect(problems.first?.description.contains(row.message) == true, "\(problems)")
    }

    static let accepted = [
        RuleRow("model", "deepseek"), RuleRow("inferenceEngine", "SGLang"),
        RuleRow("workloadPort", ["port": 65_535, "protocol": "https"]), RuleRow("workloadSelector/pdGroup", pdGroup),
        RuleRow("kvConnector", ["type": "mooncake"]), RuleRow("kvConnector", .object(JSONObject())),
        RuleRow("trafficPolicy", ["timeout": "1m30s", "retry": ["attempts": 2, "retryInterval": "50ms"]]),
    ]

    @Test(arguments: accepted) func `accepts`(row: RuleRow) throws {
        #expect(Validation.problems(.modelServer, try row.applied(to: TestObjects.server)) == [])
    }

    @Test func `what is left out has its default`() throws {
        let server = try ModelServer(KubernetesObject(TestObjects.server))
        #expect(server.model == nil && server.kvConnector == .http && server.workloadPort.scheme == .http)
        #expect(server.trafficPolicy.timeout == nil && server.trafficPolicy.retry == nil)
        var object = TestObjects.server
        object[path: "spec", "trafficPolicy"] = ["retry": ["attempts": 1]]
        #expect(try ModelServer(KubernetesObject(object)).trafficPolicy.retry?.interval == .milliseconds(100))
    }
}
