import ClusterKit
import Glibc
import JSONValues
import KubernetesAPI
import KubernetesClient
import ServingAPI
import TestKit
import Testing

/// Limits, metrics, the debug port and the router's configuration, from a client's and an operator's side: by plain
/// routes, and by routes bound to a Gateway.
@Suite(.serialized) struct WatchStoryTests {
    static func engines(_ port: Int) -> [Engine] {
        (0..<2).map { index in
            Engine(
                pod: "chat-\(index)", labels: ["app": "chat"], host: "127.0.22.\(index + 1)", port: port,
                model: "served")
        }
    }

    static let random = "scheduler: {plugins: {Score: {enabled: [{name: random, weight: 1}]}}}\n"
    static let leastRequest =
        "scheduler: {pluginConfig: [{name: least-request, args: {maxWaitingRequests: 100}}], "
        + "plugins: {Filter: {enabled: [least-request]}, Score: {enabled: [{name: least-request, weight: 1}]}}}\n"

    @Test(arguments: [false, true])
    func `R12, R15, R18, R19, R23 to R25, R27 with I5, and R29`(hasGateways: Bool) async throws {
        let port = try await FreePorts.take(1)[0]
        try await Router.with(
            Self.engines(port), gateways: hasGateways, more: { ["--router-configuration", "\($0)/router.yaml"] }
        ) { router in
            try await router.serve("chat", label: "chat", port: port, model: "served")
            let story = Story(router: router, hasGateways: hasGateways)
            try await story.debugPort()
            try await story.counts()
            try await story.limits()
            try await story.sharedLimits()
            try await story.lostRedis()
            try await story.providers()
            try await story.configuration()
        }
    }

    @Test func `the log goes to a file as JSON, which may be moved and opened anew at any time`() async throws {
        let port = try await FreePorts.take(1)[0]
        try await Router.with(
            Self.engines(port), gateways: false,
            more: { ["--access-log-output", "\($0)/access.log", "--access-log-format", "json"] }
        ) { router in
            try await router.serve("chat", label: "chat", port: port, model: "served")
            try await Story(router: router, hasGateways: false).route("m", model: "m")
            try await router.wait("m", for: "served")
            try await eventually("a line") { try router.text("access.log").contains(#""status_code":200"#) }
            try router.move("access.log", to: "access.log.1")
            try await eventually("a line in the new file") {
                _ = try await router.ask("m")
                return (try? router.text("access.log").contains("\n")) == true
            }
            try router.move("access.log", to: "access.log.2")
            #expect(kill(router.process.pid, SIGHUP) == 0)
            try await eventually("the file anew") { (try? router.text("access.log")) != nil }
            #expect(try await router.ask("m").status == 200)
            let names = ["access.log.1", "access.log.2"]
            for line in try names.flatMap({ try router.text($0).split(separator: "\n") }) {
                #expect(try JSONValue.parse(String(line))["path"]?.string == "/v1/chat/completions")
            }
            #expect(try !router.lines.contains { $0.contains("/v1/chat/completions") })
        }
    }

    private struct Story: Sendable {
        var router: Router
        var hasGateways: Bool

        func route(_ name: String, model: String, limit: JSONValue? = nil, headers: JSONValue? = nil) async throws {
            try await router.create(
                .modelRoute, name,
                .members([
                    "modelName": .string(model),
                    "parentRefs": hasGateways ? [["name": "default", "kind": "Gateway"]] : nil, "rateLimit": limit,
                    "rules": [
                        .members([
                            "name": "all", "modelMatch": headers.map { ["headers": $0] },
                            "targetModels": [["modelServerName": "chat"]],
                        ])
                    ],
                ]))
        }

        /// The sum of a metric's samples whose labels have all of these words.
        func sum(_ metric: String, _ words: String...) async throws -> Double {
            try await router.process.samples("kthena_router_\(metric)").filter { sample in
                words.allSatisfy(sample.labels.contains)
            }.reduce(0) { $0 + $1.value }
        }

        /// R29.
        func debugPort() async throws {
            let lists = ["modelroutes", "modelservers", "pods", "gateways", "httproutes", "inferencepools"]
            for list in lists {
                let page = try await router.process.debugPage("debug/config_dump/\(list)")
                #expect(page.status == 200)
                #expect(try JSONValue.parse(page.text)[list]?.array != nil, "\(page.text)")
            }
            // Another address of this machine, as a pod's own would be.
            await #expect(throws: (any Error).self) {
                try await router.process.debugPage("debug/config_dump/pods", host: "127.0.22.9")
            }
            try await eventually("the pods") {
                let page = try await router.process.debugPage("debug/config_dump/namespaces/default/pods/chat-0")
                return try JSONValue.parse(page.text)["modelServers"] == ["default/chat"]
            }
            guard hasGateways else {
                let off = try await router.process.debugPage("debug/config_dump/gateways")
                #expect(try JSONValue.parse(off.text) == ["gateways": []])
                return
            }
            try await eventually("the default Gateway") {
                try await router.process.debugPage("debug/config_dump/gateways").text.contains("kthena-router")
            }
        }

        /// R23 and R24.
        func counts() async throws {
            try await route("counted", model: "counted")
            try await router.wait("counted", for: "served")
            let labels = [#"model="counted""#, #"path="/v1/chat/completions""#, #"status_code="200""#]
            let before = (
                try await sum("requests_total", labels[0], labels[1], labels[2]),
                try await sum("request_duration_seconds_count", labels[0], labels[1], labels[2])
            )
            for _ in 0..<3 { #expect(try await router.ask("counted").status == 200) }
            #expect(try await sum("requests_total", labels[0], labels[1], labels[2]) - before.0 == 3)
            #expect(try await sum("request_duration_seconds_count", labels[0], labels[1], labels[2]) - before.1 == 3)
            let unknown = [#"model="unknown""#, #"status_code="404""#, #"error_type="route_not_found""#]
            let missed = try await sum("requests_total", unknown[0], unknown[1], unknown[2])
            #expect(try await router.ask("nobody-serves-this").text.contains("route not found"))
            #expect(try await sum("requests_total", unknown[0], unknown[1], unknown[2]) - missed == 1)
        }

        /// R12, R15 and R25: thirty tokens in, then none but a hundred out, edited on the live route.
        func limits() async throws {
            try await route("limited", model: "limited", limit: ["inputTokensPerUnit": 30, "unit": "minute"])
            try await eventually("the route") { try await router.ask("limited").status != 404 }
            var statuses: [Int] = []
            for _ in 0..<8 { statuses.append(try await router.ask("limited").status) }
            #expect(statuses.prefix(4).contains(200) && statuses.suffix(4) == [429, 429, 429, 429], "\(statuses)")
            let refused = try await router.ask("limited")
            #expect(refused.status == 429 && refused.text.contains("rate limit"))
            let counted = statuses.count { $0 == 429 } + 1
            let labels = (#"model="limited""#, #"path="/v1/chat/completions""#)
            #expect(try await sum("rate_limit_exceeded_total", labels.0, labels.1) == Double(counted))
            #expect(try await sum("requests_total", labels.0, #"status_code="429""#) == Double(counted))
            _ = try await router.client.patch(
                .modelRoute, namespace: "default", name: "limited",
                .merge(["spec": ["rateLimit": ["inputTokensPerUnit": .null, "outputTokensPerUnit": 3]]]))
            try await eventually("the new limit") { try await router.ask("limited").status == 200 }
            var last = 200
            for _ in 0..<20 where last == 200 { last = try await router.ask("limited").status }
            let output = try await router.ask("limited")
            #expect(last == 429 && output.text.contains("output token rate limit exceeded"), "\(output.text)")
        }

        /// R19: two routes of one model share the limit.
        func sharedLimits() async throws {
            let limit: JSONValue = ["inputTokensPerUnit": 60, "unit": "hour"]
            try await route("shared-a", model: "shared", limit: limit, headers: ["user-type": ["exact": "premium"]])
            try await route("shared-b", model: "shared", limit: limit)
            try await eventually("both routes") {
                let plain = try await router.ask("shared").status
                return plain == 429 || plain == 200
            }
            var statuses: [Int] = []
            for index in 0..<14 {
                statuses.append(
                    try await router.ask("shared", index.isMultiple(of: 2) ? ["user-type": "premium"] : [:]).status)
            }
            #expect(statuses.first == 200 && statuses.last == 429, "\(statuses)")
            #expect((3...7).contains(statuses.count { $0 == 200 }), "\(statuses)")
        }

        /// R18: a Redis that nobody can reach limits nothing.
        func lostRedis() async throws {
            try await route(
                "lost", model: "lost",
                limit: [
                    "inputTokensPerUnit": 1, "unit": "hour", "global": ["redis": ["address": "no.such.host.invalid:1"]],
                ])
            try await router.wait("lost", for: "served")
            for _ in 0..<5 { #expect(try await router.ask("lost").status == 200) }
        }

        /// Secrets are read once there is a provider, and a credential is found as soon as it is there.
        func providers() async throws {
            try await router.create(
                .externalModelProvider, "cloud",
                [
                    "providerType": "OpenAI", "baseURL": "https://127.0.0.1:1/v1",
                    "auth": ["secretRef": ["name": "cloud-key", "key": "token"]],
                ])
            try await router.create(
                .modelRoute, "outside",
                .members([
                    "modelName": "outside",
                    "parentRefs": hasGateways ? [["name": "default", "kind": "Gateway"]] : nil,
                    "rules": [["name": "all", "targetModels": [["externalModelProviderName": "cloud"]]]],
                ]))
            try await eventually("the missing credential") {
                let answer = try await router.ask("outside")
                return answer.status == 503 && answer.text.contains("is missing")
            }
            var secret = KubernetesObject(.secret, namespace: "default", name: "cloud-key")
            secret.labels = ["networking.serving.volcano.sh/external-model-provider-credential": "true"]
            secret.json["stringData"] = ["token": "XSECRETX"]
            _ = try await router.client.create(.secret, secret)
            // Nobody listens there, but it may be asked now.
            try await eventually("the credential") { try await router.ask("outside").status == 502 }
            try await eventually("the provider's status") {
                let provider = try await router.client.get(
                    .externalModelProvider, namespace: "default", name: "cloud")
                return (provider.status["conditions"]?.elements.compactMap { Condition($0) } ?? []).holds("Ready")
            }
            let metrics = try await router.process.metrics()
            #expect(!(try router.lines.contains { $0.contains("XSECRETX") }) && !metrics.contains("XSECRETX"))
        }

        /// R27 and I5, in the running process.
        func configuration() async throws {
            func runs(_ plugin: String) async throws -> Double {
                try await sum("scheduler_plugin_duration_seconds_count", #"plugin="\#(plugin)""#)
            }
            #expect(try await runs("random") == 0)
            try router.write(WatchStoryTests.random, to: "router.yaml")
            try await eventually("the plugin random") {
                _ = try await router.ask("counted")
                return try await runs("random") > 0
            }
            try router.write(WatchStoryTests.leastRequest, to: "router.yaml")
            try await eventually("the plugin least-request") {
                _ = try await router.ask("counted")
                return try await runs("least-request") > 0
            }
            let before = try await runs("random")
            for _ in 0..<3 { #expect(try await router.ask("counted").model == "served") }
            #expect(try await runs("random") == before)
            for plugin in ["prefix-cache", "gpu-usage", "least-latency"] { #expect(try await runs(plugin) == 0) }
        }
    }
}
