import JSONValues
import KubernetesAPI
import Testing

@testable import Admission

@Suite struct AuthorityTests {
    static func configuration(_ entries: [JSONValue]) -> KubernetesObject {
        KubernetesObject(["metadata": ["name": "c"], "webhooks": .array(entries)])
    }

    static func entry(_ name: String, bundle: String? = nil) -> JSONValue {
        ["name": .string(name), "clientConfig": .members(["caBundle": bundle.map { .string($0) }])]
    }

    static let ours = "validate-modelserver.volcano.sh"

    @Test func `entries of ours that lack the authority get it, others stay`() throws {
        let before = Self.configuration([
            Self.entry("other.example.org"), Self.entry(Self.ours),
            Self.entry("validate-modelroute.volcano.sh", bundle: "b2xk"),
        ])
        let patch = try #require(AuthorityPatch.patch(before, authorities: Array("new".utf8)))
        let after = KubernetesObject(try before.json.applying(patch: patch))
        let bundles = after.json["webhooks"]?.elements.map { $0[path: "clientConfig", "caBundle"] }
        #expect(bundles == [nil, "bmV3", "bmV3"])
        #expect(AuthorityPatch.patch(after, authorities: Array("new".utf8)) == nil)
    }

    @Test func `a list that was reordered meanwhile refuses the patch`() throws {
        let before = Self.configuration([Self.entry(Self.ours), Self.entry("z.example.org")])
        let patch = try #require(AuthorityPatch.patch(before, authorities: [1]))
        let moved = Self.configuration([Self.entry("z.example.org"), Self.entry(Self.ours)])
        #expect(throws: JSONPatchError.self) { try moved.json.applying(patch: patch) }
    }

    @Test(arguments: [.null, [], "x", [["name": 1]], [["name": .string(ours), "clientConfig": "x"]]] as [JSONValue])
    func `what is no list of webhooks is left alone`(webhooks: JSONValue) {
        #expect(AuthorityPatch.patch(KubernetesObject(["webhooks": webhooks]), authorities: [1]) == nil)
    }

    @Test func `a fight over a configuration gets slower, and is forgotten in time`() {
        var pace = RepairPace()
        var allowed: [Int] = []
        for second in 0..<1_000 where pace.allows(at: .seconds(second)) { allowed.append(second) }
        #expect(allowed == [0, 2, 6, 14, 30, 62, 126, 254, 510, 810])
        let later = [5_000, 5_001, 5_002].filter { pace.allows(at: .seconds($0)) }
        #expect(later == [5_000, 5_002])
    }
}
