import JSONValues
import KubernetesAPI
import ServingAPI
import Testing

@Suite struct ExternalModelProviderRuleTests {
    static let refused = [
        RuleRow("providerType", "Azure", "spec.providerType", "supported values: \"OpenAI\", \"Anthropic\""),
        RuleRow("model", .string(String(repeating: "m", count: 257)), "spec.model", "Too long"),
        RuleRow("baseURL", "http://a", "spec.baseURL", "must begin with https://"),
        RuleRow("baseURL", "https://", "spec.baseURL", "must name a host"),
        RuleRow("baseURL", "https://u:p@a/v1", "spec.baseURL", "auth.secretRef"),
        RuleRow("baseURL", "https://a/v1?key=1", "spec.baseURL", "must not have a query"),
        RuleRow("baseURL", "https://a/v1#x", "spec.baseURL", "must not have a fragment"),
        RuleRow("baseURL", "https://a b", "spec.baseURL", "must not have spaces"),
        RuleRow("baseURL", "https://a:0", "spec.baseURL", "port between 1 and 65535"),
        RuleRow("insecureSkipVerify", "yes", "spec.insecureSkipVerify", "must be of type boolean"),
        RuleRow("auth", .object(JSONObject()), "spec.auth.secretRef", "Required value"),
        RuleRow("auth", ["secretRef": ["key": "k"]], "spec.auth.secretRef.name", "the name of the Secret"),
        RuleRow("auth", ["secretRef": ["name": "s"]], "spec.auth.secretRef.key", "the key in the Secret"),
        RuleRow(
            "auth", ["scheme": "Basic", "secretRef": ["name": "s", "key": "k"]], "spec.auth.scheme", "\"Bearer\""),
        RuleRow(
            "auth", ["secretRef": ["name": "s", "key": "k", "optional": true]], "spec.auth.secretRef.optional",
            "cannot be optional"),
        RuleRow("headers", ["a b": "c"], "spec.headers[a b]", "must be a header name"),
        RuleRow("headers", ["": "c"], "spec.headers[]", "must be a header name"),
        RuleRow("headers", ["X-A": "secret\r\nHost: b"], "spec.headers[X-A]", "must have no line ends"),
    ]

    @Test(arguments: refused) func `refuses`(row: RuleRow) throws {
        let problems = Validation.problems(.externalModelProvider, try row.applied(to: TestObjects.provider))
        #expect(problems.map(\.field) == [row.field])
        #expect(problems.first?.description.contains(row.message) == true, "\(problems)")
        #expect(problems.first?.description.contains("secret\r") == false)
    }

    @Test(
        arguments: [
            "Authorization", "Proxy-Authorization", "cookie", "X-API-Key", "Host", "Content-Length", "Connection",
            "Keep-Alive", "Proxy-Connection", "Transfer-Encoding", "Upgrade", "Trailer", "TE",
        ]) func `a header of credentials, length or connection is refused`(name: String) throws
    {
        let object = try RuleRow("headers", [name: "x"]).applied(to: TestObjects.provider)
        let problems = Validation.problems(.externalModelProvider, object)
        #expect(problems.map(\.field) == ["spec.headers[\(name)]"])
        #expect(problems.first?.kind == .forbidden)
    }

    static let accepted = [
        RuleRow("providerType", "Anthropic"), RuleRow("baseURL", "https://[::1]:8443/v1"),
        RuleRow("baseURL", "https://a.example.org:443"), RuleRow("headers", ["X-Org": "a b\tc"]),
        RuleRow("auth", ["secretRef": ["name": "s", "key": "k", "optional": false]]),
    ]

    @Test(arguments: accepted) func `accepts`(row: RuleRow) throws {
        #expect(Validation.problems(.externalModelProvider, try row.applied(to: TestObjects.provider)) == [])
    }

    @Test(
        arguments: [("OpenAI", nil, "Bearer"), ("Anthropic", nil, "APIKey"), ("Anthropic", "Bearer", "Bearer")]
            as [(String, String?, String)])
    func `the credential goes as the provider wants it`(type: String, scheme: String?, sent: String) throws {
        var object = try RuleRow("auth", ["secretRef": ["name": "s", "key": "k"]]).applied(to: TestObjects.provider)
        object[path: "spec", "providerType"] = .string(type)
        object[path: "spec", "auth", "scheme"] = scheme.map { .string($0) }
        #expect(try ExternalModelProvider(KubernetesObject(object)).auth?.scheme.rawValue == sent)
    }
}
