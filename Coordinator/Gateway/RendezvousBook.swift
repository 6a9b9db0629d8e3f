import AgentProtocol
import NIOCore

/// What one event loop has found out about how prefill engines with the mooncake connector hand over their caches.
///
/// 1. Nothing is believed longer than `knownFor`: an engine that starts anew has other ids.
/// 2. At most `enginesMax` engines are remembered; when there are more, everything is forgotten and found out again.
struct RendezvousBook {
    static let knownFor = TimeAmount.seconds(30)
    static let enginesMax = 1_024

    /// How an engine hands over.
    enum Way: Equatable {
        /// Its answer says where the cache is.
        case answers
        /// Decode engines meet it under an id; its own ids are by data-parallel rank.
        case meets([Int: String])
        /// Neither; decode engines compute prompts themselves.
        case nothing
    }

    private var ways: [EngineID: (way: Way, until: NIODeadline)] = [:]

    func way(of engine: EngineID, now: NIODeadline = .now()) -> Way? {
        guard let known = ways[engine], now < known.until else { return nil }
        return known.way
    }

    mutating func note(_ way: Way, of engine: EngineID, now: NIODeadline = .now()) {
        if ways.count >= Self.enginesMax, ways[engine] == nil { ways = [:] }
        ways[engine] = (way, now + Self.knownFor)
    }

    mutating func forget(_ engine: EngineID) { ways[engine] = nil }
}
