/// Where one request goes, where it goes next when that fails, and why.
package struct Decision: Sendable {
    /// One way to serve the request.
    package enum Choice: Sendable, Hashable {
        case single(Endpoint)
        case pair(prefill: Endpoint, decode: Endpoint)

        /// The engine whose answer the client gets.
        package var answering: Endpoint {
            switch self {
            case .single(let endpoint): endpoint
            case .pair(_, let decode): decode
            }
        }
    }

    /// Why a candidate is not considered.
    package enum Exclusion: String, Sendable { case notReady, failedLately, adapterNotLoaded, noPartner }

    /// Why the first choice is the first.
    package enum Reason: String, Sendable {
        /// There was nothing to choose.
        case onlyCandidate
        /// The cheapest also holds more of the prompt than any other.
        case cachedPrefix
        case leastCost
        /// Every candidate is excluded; the least bad is tried rather than refusing the request.
        case lastResort
    }

    /// One endpoint as it was weighed.
    package struct Candidate: Sendable {
        package var endpoint: Endpoint
        package var cost: CostParts
        /// Prompt tokens the engine's cache holds.
        package var cachedTokens: Int
        /// Prompt tokens that requests under way are about to put there.
        package var pendingTokens: Int
        package var exclusion: Exclusion?
    }

    package var candidates: [Candidate]
    /// Best first; later ones are for retries. Empty when there is no candidate at all.
    package var choices: [Choice]
    package var reason: Reason

    package func candidate(_ endpoint: Endpoint) -> Candidate? { candidates.first { $0.endpoint == endpoint } }
}
