import JSONValues
import KubernetesAPI
import Testing

@Suite struct KubernetesAPITests {
    @Test(
        arguments: [
            ("8", 8_000), ("500m", 500), ("64Gi", 68_719_476_736_000), ("1e3", 1_000_000), ("0.1", 100),
            ("1124Gi", 1_206_885_810_176_000),
            ("1k", 1_000_000), ("100n", 1), ("-1", -1_000),
        ] as [(String, Int64)]) func `reads a quantity`(text: String, milli: Int64)
    {
        #expect(Quantity(text)?.milli == milli)
    }

    @Test(arguments: ["", "x", "1x", "Gi", "0x10", "inf", "nan", "1 Gi"]) func `refuses what is no quantity`(
        text: String
    ) {
        #expect(Quantity(text) == nil)
    }

    @Test(
        arguments: [
            ("1970-01-01T00:00:00Z", 0), ("2026-11-21T10:32:11Z", 1_795_257_131), ("2000-02-29T23:59:59Z", 951_868_799),
            ("2026-11-21T12:32:11+02:00", 1_795_257_131), ("1969-12-31T23:59:59Z", -1),
        ] as [(String, Int64)]) func `reads a timestamp and writes it back`(text: String, seconds: Int64)
    {
        let time = Timestamp(text)
        #expect(time?.microseconds == seconds * 1_000_000)
        if text.hasSuffix("Z") { #expect(time?.description == text) }
    }

    @Test func `keeps microseconds`() {
        #expect(Timestamp("2026-11-21T10:32:11.123456Z")?.microText == "2026-11-21T10:32:11.123456Z")
        #expect(Timestamp("2026-11-21") == nil)
    }

    @Test(arguments: [
        ("a=b", true), ("a==b", true), ("a!=b", false), ("a in (b,c)", true), ("a notin (b)", false), ("a", true),
        ("!a", false), ("!z,a=b", true), ("a=b,z", false), ("", true),
    ]) func `matches labels by the query form`(text: String, matches: Bool) throws {
        let selector = try #require(LabelSelector(text))
        #expect(selector.matches(["a": "b"]) == matches)
        #expect(LabelSelector(selector.text) == selector)
    }

    @Test func `matches labels by the object form`() throws {
        let selector = try #require(
            LabelSelector(
                ["matchLabels": ["a": "b"], "matchExpressions": [["key": "c", "operator": "DoesNotExist"]]] as JSONValue
            ))
        #expect(selector.matches(["a": "b"]))
        #expect(!selector.matches(["a": "b", "c": ""]))
    }

    @Test func `a pod asks for limits where it names no requests`() {
        let pod = Pod(
            KubernetesObject([
                "spec": [
                    "containers": [
                        ["resources": ["limits": ["nvidia.com/gpu": "8", "cpu": "2"], "requests": ["cpu": 1]]],
                        ["resources": ["requests": ["cpu": "500m"]]],
                    ], "initContainers": [["resources": ["requests": ["cpu": 4]]]],
                ]
            ]))
        #expect(pod.requests == ["nvidia.com/gpu": Quantity(8), "cpu": Quantity(4)])
    }
}
