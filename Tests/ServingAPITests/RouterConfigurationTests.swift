import JSONValues
import ServingAPI
import Testing

struct RouterConfigurationTests {
    func read(_ json: String) throws -> RouterConfiguration { try RouterConfiguration(JSONValue.parse(json)) }

    func problems(_ json: String) throws -> [String] {
        do {
            _ = try read(json)
            return []
        } catch let error as RouterConfiguration.Invalid {
            return error.problems.map(\.description)
        }
    }

    @Test func `every knob of Kthena's file is read`() throws {
        let configuration = try read(
            """
            {"scheduler": {
              "pluginConfig": [
                {"name": "least-request", "args": {"maxWaitingRequests": 7}},
                {"name": "least-latency", "args": {"TTFTTPOTWeightFactor": 0.25}},
                {"name": "prefix-cache", "args": {"blockSizeToHash": 32, "maxBlocksToMatch": 9,
                  "maxHashCacheSize": 100, "topKMatches": 2}},
                {"name": "kvcache-aware", "args": {"maxBlocksToMatch": 11}}],
              "plugins": {
                "Filter": {"enabled": ["least-request", "lora-affinity"], "disabled": ["lora-affinity"]},
                "Score": {"enabled": [{"name": "prefix-cache", "weight": 3}, {"name": "gpu-usage"}]}}},
             "auth": {"issuer": "i", "audiences": ["a", "b"], "jwksUri": "https://x/keys"}}
            """)
        #expect(configuration.plugins?.filters == ["least-request"])
        #expect(
            configuration.plugins?.scores == [
                .init(name: "prefix-cache", weight: 3), .init(name: "gpu-usage", weight: 1),
            ])
        var arguments = RouterConfiguration.Arguments()
        arguments.maxWaitingRequests = 7
        arguments.firstTokenWeight = 0.25
        (arguments.prefixBlockBytes, arguments.prefixBlocksMax) = (32, 9)
        (arguments.prefixHashesMax, arguments.prefixMatchesMax, arguments.cacheBlocksMax) = (100, 2, 11)
        #expect(configuration.arguments == arguments)
        #expect(configuration.auth == .init(issuer: "i", audiences: ["a", "b"], jwksURI: "https://x/keys"))
        #expect(configuration.warnings.isEmpty)
    }

    @Test func `an empty file names no plugins`() throws {
        #expect(try read("{}") == RouterConfiguration())
        #expect(try read(#"{"scheduler": {}, "auth": null}"#).plugins == nil)
    }

    @Test func `sessions are read from where the file says`() throws {
        let affinity = try read(
            #"{"scheduler": {"sessionAffinity": {"yieldMilliseconds": 40, "sources": [{"header": "X-Session-ID"}, "#
                + #"{"cookie": "sid"}, {"query": "s"}, {"claim": "sub"}]}}}"#
        ).sessionAffinity
        #expect(affinity?.sources == [.header("X-Session-ID"), .cookie("sid"), .query("s"), .claim("sub")])
        #expect(affinity?.yieldMilliseconds == 40)
    }

    @Test func `what a decode engine may compute itself can be set`() throws {
        #expect(try read("{}").localPrefillTokens == nil)
        #expect(try read(#"{"scheduler": {"localPrefillTokens": 0}}"#).localPrefillTokens == 0)
    }

    @Test(arguments: [
        (#"{"scheduler": 1}"#, "scheduler"),
        (#"{"scheduler": {"plugins": []}}"#, "scheduler.plugins"),
        (#"{"scheduler": {"plugins": {"Filter": {"enabled": "least-request"}}}}"#, "scheduler.plugins.Filter.enabled"),
        (
            #"{"scheduler": {"plugins": {"Score": {"enabled": [{"weight": 1}]}}}}"#,
            "scheduler.plugins.Score.enabled[0].name"
        ),
        (#"{"scheduler": {"plugins": {"Score": {"enabled": [{"name": "random", "weight": "x"}]}}}}"#, ".weight"),
        (
            #"{"scheduler": {"pluginConfig": [{"name": "least-latency", "args": {"TTFTTPOTWeightFactor": 1.5}}]}}"#,
            "from 0 to 1"
        ),
        (#"{"scheduler": {"pluginConfig": [{"name": "prefix-cache", "args": {"blockSizeToHash": 0}}]}}"#, "from 1"),
        (#"{"scheduler": {"sessionAffinity": {"sources": []}}}"#, "scheduler.sessionAffinity.sources"),
        (#"{"scheduler": {"sessionAffinity": {"sources": [{"header": "a", "cookie": "b"}]}}}"#, "sources[0]"),
        (#"{"scheduler": {"localPrefillTokens": -1}}"#, "scheduler.localPrefillTokens"),
        (#"{"auth": {"audiences": [3]}}"#, "auth.audiences[0]"), (#"{"auth": {"apiKeys": "yes"}}"#, "auth.apiKeys"),
        (#"{"auth": {"jwksUri": "file:///keys"}}"#, "auth.jwksUri"),
        ("[]", "object"),
    ])
    func `a file that cannot be used says where and why, in one sentence`(json: String, part: String) throws {
        let found = try problems(json)
        #expect(found.count == 1)
        #expect(found.first?.contains(part) == true, "\(found)")
    }

    @Test(arguments: [
        (#"{"scheduler": {"plugins": {"Score": {"enabled": [{"name": "round-robin", "weight": 1}]}}}}"#, "round-robin"),
        (#"{"scheduler": {"plugins": {"Score": {"enabled": [{"name": "gpu-usage", "weight": -2}]}}}}"#, "counts as 0"),
        (#"{"scheduler": {"plugins": {"Score": {"enabled": [{"name": "gpu-usage"}, {"name": "random"}]}}}}"#, "random"),
        (
            #"{"scheduler": {"pluginConfig": [{"name": "kvcache-aware", "args": {"vllmTokenizerPort": 1}}]}}"#,
            "no effect"
        ),
        (#"{"scheduler": {"pluginConfig": [{"name": "least-request", "args": {"max": 1}}]}}"#, "not an argument"),
        (#"{"scheduler": {"localPrefillTokens": 3, "plugins": {}}}"#, "always choose pairs"),
    ])
    func `what has no effect is a warning`(json: String, part: String) throws {
        let warnings = try read(json).warnings
        #expect(warnings.count == 1)
        #expect(warnings.first?.contains(part) == true, "\(warnings)")
    }
}
