/// The router's configuration file, `routerConfiguration.yaml`: which plugins choose pods and how, who may call.
package struct RouterConfiguration: Sendable, Hashable {
    /// A plugin's name and how much its score counts.
    package struct Score: Sendable, Hashable {
        package var name: String
        package var weight: Int

        package init(name: String, weight: Int) {
            self.name = name
            self.weight = weight
        }
    }

    /// Arguments of plugins; a missing one has Kthena's default.
    package struct Arguments: Sendable, Hashable {
        package var maxWaitingRequests = 10
        /// Weighs the time to the first token against the time between tokens, 0...1.
        package var firstTokenWeight = 0.5
        package var prefixBlockBytes = 64
        package var prefixBlocksMax = 128
        package var prefixHashesMax = 50_000
        package var prefixMatchesMax = 5
        package var cacheBlocksMax = 128

        package init() {}
    }

    /// Which plugins decide.
    package struct Plugins: Sendable, Hashable {
        /// Names, in the order they run; disabled ones are left out.
        package var filters: [String]
        package var scores: [Score]
    }

    /// Requests of one session stay on one pod while that costs little.
    package struct SessionAffinity: Sendable, Hashable {
        /// Where the session's name is read from; the first that a request has counts.
        package enum Source: Sendable, Hashable {
            case header(String)
            case cookie(String)
            case query(String)
            case claim(String)
        }

        package var sources: [Source]
        /// The session's pod is left when it costs this many milliseconds more than the cheapest; nil for the default.
        package var yieldMilliseconds: Double?
    }

    /// Whose tokens are accepted.
    package struct Auth: Sendable, Hashable {
        package var issuer: String
        package var audiences: [String]
        package var jwksURI: String
        /// Keys from labelled Secrets are accepted too.
        package var takesAPIKeys: Bool

        package init(issuer: String, audiences: [String], jwksURI: String, takesAPIKeys: Bool = false) {
            self.takesAPIKeys = takesAPIKeys
            self.issuer = issuer
            self.audiences = audiences
            self.jwksURI = jwksURI
        }
    }

    /// Nil where the file names none: then costs decide.
    package var plugins: Plugins?
    package var arguments = Arguments()
    package var sessionAffinity: SessionAffinity?
    /// Prompt tokens that a decode engine may compute itself instead of taking them over; nil for the default.
    package var localPrefillTokens: Int?
    package var auth: Auth?
    /// What the file says that has no effect, one sentence each.
    package var warnings: [String] = []

    package init() {}
}
