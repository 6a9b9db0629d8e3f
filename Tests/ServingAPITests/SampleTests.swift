import JSONValues
import KubernetesAPI
import Manifests
import ServingAPI
import Testing

@Suite struct SampleTests {
    static let samples = Deployed.files(in: "deploy/samples", ending: ".yaml")
    static let kinds: [String: ResourceKind] = [
        "ModelServing": .modelServing, "ModelServer": .modelServer, "ModelRoute": .modelRoute,
    ]

    @Test func `there are samples`() { #expect(Self.samples.count >= 7) }

    @Test(arguments: samples) func `a sample of our kinds breaks no rule`(path: String) throws {
        for document in try Deployed.documents(path) {
            guard let kind = Self.kinds[document["kind"]?.string ?? ""] else { continue }
            #expect(document["apiVersion"]?.string == kind.apiVersion)
            #expect(Validation.problems(kind, document) == [])
        }
    }

    @Test func `prefill and decode are read`() throws {
        let serving = try ModelServing(Deployed.object("deploy/samples/deepseek-v2-lite/model-serving.yaml"))
        #expect(serving.key == ObjectKey(namespace: "dev", name: "deepseek-v2-lite"))
        #expect(serving.spec.recoveryPolicy == .servingGroupRecreate)
        #expect(serving.spec.template.restartGracePeriodSeconds == 60)
        #expect(serving.spec.template.gangPolicy == nil)
        #expect(serving.spec.template.roles.map(\.name) == ["prefill", "decode"])
        #expect(serving.spec.template.roles.map(\.workerReplicas) == [0, 0])
        #expect(serving.spec.template.podCount == 2)
        let server = try ModelServer(Deployed.object("deploy/samples/deepseek-v2-lite/model-server.yaml"))
        #expect(server.kvConnector == .nixl)
        #expect(server.trafficPolicy.timeout == .seconds(10))
        #expect(server.workloadSelector.pdGroup?.decodeLabels == [Keys.Label.role: "decode"])
        let route = try ModelRoute(Deployed.object("deploy/samples/deepseek-v2-lite/model-route.yaml"))
        #expect(route.modelName == "deepseek-ai/DeepSeekV2")
        #expect(route.rules.map(\.targetModels).first?.first?.backend == .modelServer("deepseek-v2"))
    }

    @Test func `an entry with its worker is read, under a role name that starts with a digit`() throws {
        let serving = try ModelServing(Deployed.object("deploy/samples/llama-multinode/model-serving.yaml"))
        let role = try #require(serving.spec.template.role(named: "405b"))
        #expect(role.replicas == 2)
        #expect(role.podsPerReplica == 2)
        #expect(serving.spec.template.podCount == 4)
        #expect(serving.spec.template.gangPolicy?.minRoleReplicas == ["405b": 1])
        #expect(role.workerTemplate?[path: "spec", "containers"]?[0]?["name"] == "worker")
    }

    @Test func `limits of a route are read, those of its annotations too`() throws {
        let route = try ModelRoute(Deployed.object("deploy/samples/token-limits/model-route.yaml"))
        #expect(route.rateLimit?.inputTokensPerUnit == 100_000 && route.rateLimit?.unit == .minute)
        #expect(try route.scopedLimits.map(\.scope) == [.user, .model])
        #expect(try route.scopedLimits.last?.promptTokensFrom == 8_192)
        #expect(try route.promptTokensMax == 32_768)
    }

    @Test func `the router's configuration of a sample asks for API keys`() throws {
        let map = try Deployed.object("deploy/samples/api-keys/router-config.yaml")
        #expect(map.name == "kthena-router-config")
        let text = try #require(map.json[path: "data", "routerConfiguration"]?.string)
        let document = try #require(try Manifest.documents(text, source: "routerConfiguration").first)
        let configuration = try RouterConfiguration(document)
        #expect(configuration.auth?.takesAPIKeys == true && configuration.warnings.isEmpty)
        let secret = try Deployed.object("deploy/samples/api-keys/secret.yaml")
        #expect(secret.labels == ["martlet.dev/api-keys": "true"])
    }
}
