import JSONValues
import KubernetesAPI
import ServingAPI
import Testing

@testable import Controllers

/// Plugins: what they do to pods, where, and which entries cannot be carried out.
@Suite struct PluginTests {
    @Test(arguments: [
        ("", "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
        ("abc", "a9993e364706816aba3e25717850c26c9cd0d89d"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "84983e441c3bd26ebaae4aa1f95129e5e54670f1"
        ),
        (String(repeating: "a", count: 55), "c1c8bbdc22796e28c0e15163d20899b65621d65a"),
        (String(repeating: "a", count: 64), "0098ba824b5c16427bd7a1122a5a442a25ec644d"),
        (String(repeating: "a", count: 1_000_000), "34aa973cd4c4daa4f61eeb2bdbad27316534016f"),
    ])
    func `SHA-1 gives the published digests`(text: String, digest: String) {
        #expect(SHA1.hexadecimal(text) == digest)
    }

    private func serving(_ plugins: JSONValue) throws -> ModelServing {
        var object = try Samples.object(Samples.appendix)
        object.spec["plugins"] = plugins
        return try ModelServing(object)
    }

    /// Pods of group 0 by the end of their names.
    private func pods(_ plugins: JSONValue) throws -> [String: KubernetesObject] {
        var state = PlanState(try serving(plugins))
        state.step()
        let names = state.names.filter { $0.hasPrefix("ds-0-") }
        return Dictionary(
            uniqueKeysWithValues: names.map { (String($0.dropFirst("ds-0-".count)), state.pods[$0]?.object) }
        ).compactMapValues(\.self)
    }

    @Test func `tweaks change class, annotations and variables of every container`() throws {
        let pods = try pods([
            [
                "name": "demo-pod-tweaks", "type": "BuiltIn",
                "config": [
                    "runtimeClassName": "gvisor", "annotations": ["a": "1"],
                    "env": [["name": "X", "value": "1"], ["name": "GROUP_SIZE", "value": "7"]],
                ],
            ]
        ])
        #expect(pods.count == 4)
        for pod in pods.values {
            #expect(pod.spec["runtimeClassName"] == "gvisor")
            #expect(pod.annotations["a"] == "1")
            let env = pod.spec[path: "containers"]?[0]?["env"]?.elements ?? []
            #expect(env.filter { $0["name"] == "GROUP_SIZE" } == [["name": "GROUP_SIZE", "value": "7"]])
            #expect(env.last == ["name": "X", "value": "1"])
        }
    }

    static let all: Set = ["prefill-0-0", "prefill-0-1", "decode-0-0", "decode-1-0"]

    struct Scope: Sendable, CustomTestStringConvertible {
        var scope: JSONValue
        var touched: Set<String>
        var testDescription: String { scope.text() }
    }

    @Test(arguments: [
        Scope(scope: .object(JSONObject()), touched: all),
        Scope(scope: ["target": "All", "roles": []], touched: all),
        Scope(scope: ["target": "Entry"], touched: ["prefill-0-0", "decode-0-0", "decode-1-0"]),
        Scope(scope: ["target": "Worker"], touched: ["prefill-0-1"]),
        Scope(scope: ["roles": ["prefill"]], touched: ["prefill-0-0", "prefill-0-1"]),
        Scope(scope: ["roles": ["decode", "none"], "target": "Entry"], touched: ["decode-0-0", "decode-1-0"]),
        Scope(scope: ["roles": ["decode"], "target": "Worker"], touched: []),
    ])
    func `a scope says which pods`(row: Scope) throws {
        let pods = try pods([
            ["name": "demo-pod-tweaks", "config": ["annotations": ["a": "1"]], "scope": row.scope]
        ])
        #expect(Set(pods.filter { $0.value.annotations["a"] != nil }.keys) == row.touched)
    }

    @Test func `LeaderWorkerSet labels say group and place, variables the leader`() throws {
        let pods = try pods([["name": "lws-standard-labels", "type": "BuiltIn"]])
        let worker = try #require(pods["prefill-0-1"])
        #expect(worker.labels["leaderworkerset.sigs.k8s.io/name"] == "ds")
        #expect(worker.labels["leaderworkerset.sigs.k8s.io/group-index"] == "0")
        #expect(worker.labels["leaderworkerset.sigs.k8s.io/worker-index"] == "1")
        // sha1("ds-0")
        #expect(
            worker.labels["leaderworkerset.sigs.k8s.io/group-key"] == "c8b92dec02ddaed327bc8297e6af984021377ead")
        #expect(worker.annotations["leaderworkerset.sigs.k8s.io/size"] == "2")
        #expect(worker.annotations["leaderworkerset.sigs.k8s.io/leader-name"] == "ds-0-prefill-0-0")
        let env = worker.spec[path: "containers"]?[0]?["env"]?.elements ?? []
        let values = env.filter { $0["name"]?.string?.hasPrefix("LWS_") == true }.map { $0["value"]?.string }
        #expect(values == ["ds-0-prefill-0-0.team", "2", "1"])
    }

    @Test func `plugins do not change the revision and leave running pods alone`() throws {
        var state = PlanState(try serving([]))
        state.settle()
        let revision = state.serving.status.updateRevision
        try state.edit { $0[path: "spec", "plugins"] = [["name": "lws-standard-labels"]] }
        #expect(state.plan.actions.isEmpty)
        state.step()
        #expect(state.serving.status.updateRevision == revision)
    }

    struct Fault: Sendable, CustomTestStringConvertible {
        var plugin: JSONValue
        var problem: String
        var testDescription: String { problem }
    }

    @Test(arguments: [
        Fault(
            plugin: ["name": "ranktable"],
            problem: "spec.plugins[0].name: Unsupported value: \"ranktable\": supported values: \"demo-pod-tweaks\", "
                + "\"lws-standard-labels\""),
        Fault(plugin: ["type": "BuiltIn"], problem: "spec.plugins[0].name: Required value"),
        Fault(
            plugin: ["name": "lws-standard-labels", "type": "External"],
            problem: "spec.plugins[0].type: Unsupported value: \"External\": supported values: \"BuiltIn\""),
        Fault(
            plugin: ["name": "lws-standard-labels", "config": ["x": 1]],
            problem: "spec.plugins[0].config.x: Forbidden: 1 has no meaning here; there are no settings"),
        Fault(
            plugin: ["name": "demo-pod-tweaks", "config": ["runtimeClass": "x"]],
            problem: "spec.plugins[0].config.runtimeClass: Forbidden: \"x\" has no meaning here; settings are "
                + "runtimeClassName, annotations, env"),
        Fault(
            plugin: ["name": "demo-pod-tweaks", "config": ["annotations": ["a": 1]]],
            problem: "spec.plugins[0].config.annotations[a]: Invalid value: \"integer\": "
                + "spec.plugins[0].config.annotations[a] in body must be of type string: \"integer\""),
        Fault(
            plugin: ["name": "demo-pod-tweaks", "config": ["env": [["value": "1"]]]],
            problem: "spec.plugins[0].config.env[0].name: Required value"),
        Fault(
            plugin: ["name": "demo-pod-tweaks", "scope": ["target": "Leader"]],
            problem: "spec.plugins[0].scope.target: Unsupported value: \"Leader\": supported values: \"All\", "
                + "\"Entry\", \"Worker\""),
    ])
    func `an entry that cannot be carried out says why`(row: Fault) throws {
        #expect(try serving([row.plugin]).problems.map(\.description) == [row.problem])
    }

    @Test func `past admission it stalls, writes its reason once and no pod`() async throws {
        let cluster = FakeCluster()
        cluster.addNode("n0", gpus: 16)
        var object = try Samples.object(Samples.appendix)
        object.spec["plugins"] = [["name": "ranktable"]]
        cluster.put(object)
        var loop = ControlLoop(cluster)
        loop.take(cluster.relist())
        await loop.settle()
        #expect(cluster.writes == 1)
        #expect(cluster.pods.isEmpty)
        let serving = try #require(cluster.objects(.modelServing).first)
        let stalled = try #require(ModelServingStatus(serving.status).conditions.first { $0.type == "Stalled" })
        #expect(stalled.holds && stalled.reason == "InvalidSpec")
        #expect(stalled.message.hasPrefix("spec.plugins[0].name: Unsupported value: \"ranktable\""))
        loop.restart()
        await loop.settle()
        #expect(cluster.writes == 1)
    }
}
