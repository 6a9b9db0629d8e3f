import JSONValues
import KubernetesAPI
import ServingAPI
import Testing

@Suite struct ModelServingRuleTests {
    static let roles = "spec.template.roles"
    static let rolling: JSONValue = ["type": "RoleRollingUpdate"]

    static let refused = [
        RuleRow("replicas", -1, "spec.replicas", "should be a non-negative integer"),
        RuleRow("replicas", "two", "spec.replicas", "must be of type integer"),
        RuleRow("template/roles", [], roles, "Required value"),
        RuleRow("template/roles/0/replicas", -1, "\(roles)[0].replicas", "should be a non-negative integer"),
        RuleRow("template/roles/0/workerReplicas", -1, "\(roles)[0].workerReplicas", "should be a non-negative"),
        RuleRow("template/roles/0/workerReplicas", 1, "\(roles)[0].workerTemplate", "Required value"),
        RuleRow("template/roles/0/name", "Prefill", "\(roles)[0].name", "ds-4-Prefill-2-0"),
        RuleRow("template/roles/0/name", "pre_fill", "\(roles)[0].name", "ds-4-pre_fill-2-0"),
        RuleRow(
            "template/roles/0/entryTemplate", TestObjects.template("vllm latest"),
            "\(roles)[0].entryTemplate.spec.containers[0].image", "white space"),
        RuleRow(
            "template/roles/1/workerTemplate", TestObjects.template("vllm\tlatest"),
            "\(roles)[1].workerTemplate.spec.containers[0].image", "white space"),
        RuleRow("template/roles/0/partition", 1, "\(roles)[0].partition", "Forbidden"),
        RuleRow(
            "template/gangPolicy", ["minRoleReplicas": ["router": 1]],
            "spec.template.gangPolicy.minRoleReplicas[router]", "must name a role"),
        RuleRow(
            "template/gangPolicy", ["minRoleReplicas": ["prefill": 3]],
            "spec.template.gangPolicy.minRoleReplicas[prefill]", "between 0 and the role's replicas (2)"),
        RuleRow(
            "template/gangPolicy", ["minRoleReplicas": ["prefill": -1]],
            "spec.template.gangPolicy.minRoleReplicas[prefill]", "between 0"),
        RuleRow(
            "rolloutStrategy", ["rollingUpdateConfiguration": ["maxUnavailable": 0]],
            "spec.rolloutStrategy.rollingUpdateConfiguration.maxUnavailable", "at least one of 4 groups"),
        RuleRow(
            "rolloutStrategy", ["rollingUpdateConfiguration": ["maxUnavailable": "24%"]],
            "spec.rolloutStrategy.rollingUpdateConfiguration.maxUnavailable", "percentages round down"),
        RuleRow(
            "rolloutStrategy", ["rollingUpdateConfiguration": ["maxUnavailable": "101%"]],
            "spec.rolloutStrategy.rollingUpdateConfiguration.maxUnavailable", "percentage from"),
        RuleRow(
            "rolloutStrategy", ["rollingUpdateConfiguration": ["partition": -1]],
            "spec.rolloutStrategy.rollingUpdateConfiguration.partition", "0 or more"),
        RuleRow(
            "rolloutStrategy", ["type": "RoleRollingUpdate", "rollingUpdateConfiguration": ["maxUnavailable": 1]],
            "spec.rolloutStrategy.rollingUpdateConfiguration", "Forbidden"),
        RuleRow(
            "rolloutStrategy", ["type": "Recreate"], "spec.rolloutStrategy.type", "Unsupported value: \"Recreate\""),
        RuleRow("recoveryPolicy", "Never", "spec.recoveryPolicy", "supported values: \"ServingGroupRecreate\""),
    ]

    @Test(arguments: refused) func `refuses`(row: RuleRow) throws {
        let problems = Validation.problems(.modelServing, try row.applied(to: TestObjects.serving))
        #expect(problems.map(\.field) == [row.field])
        #expect(problems.first?.description.contains(row.message) == true, "\(problems)")
    }

    static let accepted = [
        RuleRow("replicas", 0), RuleRow("template/roles/0/replicas", 0), RuleRow("template/roles/0/name", "405b"),
        RuleRow("template/roles/0/workerReplicas", 0),
        RuleRow("template/gangPolicy", ["minRoleReplicas": ["prefill": 2, "decode": 0]]),
        RuleRow("rolloutStrategy", ["rollingUpdateConfiguration": ["maxUnavailable": "25%", "partition": "50%"]]),
        RuleRow("rolloutStrategy", ["rollingUpdateConfiguration": ["maxUnavailable": 9]]),
        RuleRow("rolloutStrategy", rolling), RuleRow("recoveryPolicy", "ServingGroupRecreate"),
        RuleRow("recoveryPolicy", "None"),
    ]

    @Test(arguments: accepted) func `accepts`(row: RuleRow) throws {
        #expect(Validation.problems(.modelServing, try row.applied(to: TestObjects.serving)) == [])
    }

    @Test(
        arguments: [
            ("partition", 1, nil), ("partition", "50%", nil), ("partition", "150%", "partition"),
            ("maxUnavailable", 2, nil), ("maxUnavailable", 3, "maxUnavailable"),
            ("maxUnavailable", 0, "maxUnavailable"),
            ("maxUnavailable", "50%", nil), ("maxUnavailable", "49%", "maxUnavailable"),
        ] as [(String, JSONValue, String?)])
    func `a rollout of roles has its limits in the roles`(member: String, value: JSONValue, wrong: String?) throws {
        var object = TestObjects.serving
        object[path: "spec", "rolloutStrategy"] = Self.rolling
        object = try RuleRow("template/roles/0/\(member)", value).applied(to: object)
        let fields = Validation.problems(.modelServing, object).map(\.field)
        #expect(fields == (wrong.map { ["\(Self.roles)[0].\($0)"] } ?? []))
    }

    @Test func `a rollout of roles cannot go with the recreation of groups`() throws {
        var object = TestObjects.serving
        object[path: "spec", "rolloutStrategy"] = Self.rolling
        object[path: "spec", "recoveryPolicy"] = "ServingGroupRecreate"
        #expect(Validation.problems(.modelServing, object).map(\.field) == ["spec.recoveryPolicy"])
    }

    @Test(arguments: [(49, 0), (50, 1)]) func `pod names fit 63 bytes`(length: Int, problems: Int) throws {
        var object = TestObjects.serving
        // The longest is `<name>-4-prefill-2-0`, 14 bytes more than the name.
        object[path: "metadata", "name"] = .string(String(repeating: "a", count: length))
        #expect(Validation.problems(.modelServing, object).count == problems)
    }

    @Test func `a name that starts with a digit makes no service name`() throws {
        var object = TestObjects.serving
        object[path: "metadata", "name"] = "7b"
        let fields = Validation.problems(.modelServing, object).map(\.field)
        #expect(fields == ["\(Self.roles)[0].name", "\(Self.roles)[1].name"])
    }

    @Test func `every problem is found at once`() throws {
        var object = try RuleRow("replicas", -1).applied(to: TestObjects.serving)
        object = try RuleRow("template/roles/0/replicas", -1).applied(to: object)
        object = try RuleRow("template/roles/1/partition", 1).applied(to: object)
        let fields = Validation.problems(.modelServing, object).map(\.field)
        #expect(
            Set(fields).isSuperset(of: ["spec.replicas", "\(Self.roles)[0].replicas", "\(Self.roles)[1].partition"]))
    }
}
