import JSONValues
import ServingAPI
import Testing

@Suite struct ValueTests {
    @Test(
        arguments: [
            (0, 10, 0, 0), (3, 10, 3, 3), (12, 10, 12, 12), ("25%", 10, 2, 3), ("0%", 10, 0, 0), ("100%", 10, 10, 10),
            ("1%", 1, 0, 1), ("50%", 0, 0, 0),
        ] as [(JSONValue, Int, Int, Int)])
    func `a count or a share of a total`(json: JSONValue, total: Int, down: Int, up: Int) throws {
        let value = try #require(IntOrPercent(json))
        #expect(value.resolved(of: total, rounding: .down) == down)
        #expect(value.resolved(of: total, rounding: .up) == up)
        #expect(value.json == json)
    }

    @Test(arguments: [-1, "5", "101%", "-1%", "1.5%", "%", "", 1.5, true, .null] as [JSONValue])
    func `refuses what is neither`(json: JSONValue) { #expect(IntOrPercent(json) == nil) }

    @Test func `a share of a huge total does not overflow`() {
        #expect(IntOrPercent("50%")?.resolved(of: .max, rounding: .down) == Int.max / 100 * 50)
    }

    @Test(
        arguments: [
            ("10s", .seconds(10)), ("100ms", .milliseconds(100)), ("1m30s", .seconds(90)), ("1.5h", .seconds(5_400)),
            ("0", .zero), ("0s", .zero), ("2us", .microseconds(2)), ("7ns", .nanoseconds(7)),
        ] as [(String, Duration)])
    func `reads a duration`(text: String, duration: Duration) { #expect(DurationText.parse(text) == duration) }

    @Test(arguments: ["", "10", "s", "-1s", "1d", "1s ", "1..s", "99999999999h", "1e9s"])
    func `refuses what is no duration`(text: String) { #expect(DurationText.parse(text) == nil) }

    @Test(
        arguments: [
            ("a", true), ("a-1", true), ("1a", false), ("-a", false), ("a-", false), ("A", false), ("a.b", false),
            ("", false), (String(repeating: "a", count: 63), true), (String(repeating: "a", count: 64), false),
        ]) func `a DNS-1035 label`(text: String, isOne: Bool)
    { #expect(NameRules.isDNS1035Label(text) == isOne) }

    @Test(
        arguments: [
            ("app", true), ("a.b/c", true), ("A_b.c", true), ("/c", false), ("a/b/c", false), ("a/", false),
            ("a b", false), ("A.b/c", false),
        ]) func `a label key`(text: String, isOne: Bool)
    { #expect(NameRules.isLabelKey(text) == isOne) }

    @Test(
        arguments: [
            ("^a+$", nil), ("[)]", nil), ("(?P<n>a)", nil), ("a{2,3}", nil), ("\\d+\\.\\d", nil), ("[(?=]", nil),
            ("(", "brackets"), ("a{3,2}", "repetitions"), ("(a)\\1", "back-references"), ("(?<!a)b", "look-around"),
            ("(?>a)", "atomic groups"), (String(repeating: "a", count: 1_025), "at most 1024"),
        ] as [(String, String?)])
    func `a regular expression of routes`(pattern: String, fault: String?) {
        let found = RegexRules.fault(in: pattern)
        #expect((found == nil) == (fault == nil), "\(found ?? "none")")
        if let fault { #expect(found?.contains(fault) == true) }
    }

    @Test func `a problem is a cause of an Invalid status`() {
        let problem = FieldProblem.invalid("spec.replicas", -1, "should be more")
        #expect(problem.description == "spec.replicas: Invalid value: -1: should be more")
        #expect(
            problem.cause == [
                "reason": "FieldValueInvalid", "message": "Invalid value: -1: should be more", "field": "spec.replicas",
            ])
    }
}
