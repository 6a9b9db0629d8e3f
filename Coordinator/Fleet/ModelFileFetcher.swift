package import AgentProtocol
import Synchronization

/// Gets bundles of model files from agents that announced them, piece by piece over their links.
///
/// 1. One bundle is under way at a time, of at most `AgentProtocolLimits.modelFilesBytesMax` bytes; others wait.
/// 2. Pieces that were not asked for are ignored.
/// 3. A bundle is handed over once; whether it is what was announced, the taker checks by its digest.
package final class ModelFileFetcher: Sendable {
    /// A piece that did not come is asked for again after this time, `triesMax` times in all.
    static let patience = Duration.seconds(1)
    static let triesMax = 5
    /// An agent that did not give a bundle is not asked for it during this time.
    static let refusalKept = Duration.seconds(30)
    /// A bundle that nobody asks for any more gives its place to another one after this time.
    static let interestKept = Duration.seconds(5)

    /// Who is to be asked for what.
    struct Question: Hashable {
        var agent: AgentID
        var place: ModelFilesPlace
    }

    private struct Fetch {
        var id: ModelFilesID
        var agent: AgentID
        var bytes: [UInt8] = []
        var askedAt: Duration
        var wantedAt: Duration
        var tries = 1

        var question: Question {
            Question(agent: agent, place: ModelFilesPlace(digest: id.digest, offset: bytes.count))
        }
        var isWhole: Bool { bytes.count == id.byteCount }
    }

    private struct Refusal: Hashable {
        var digest: String
        var agent: AgentID
    }

    private struct State {
        var fetch: Fetch?
        var refusals: [Refusal: Duration] = [:]
        var ask: (@Sendable (AgentID, ModelFilesPlace) -> Void)?
    }

    private let state = Mutex(State())
    private let now: @Sendable () -> Duration

    /// `now` is a monotonic time, given by tests.
    package init(now: (@Sendable () -> Duration)? = nil) {
        let start = ContinuousClock.now
        self.now = now ?? { ContinuousClock.now - start }
    }

    /// Says how agents are asked.
    package func open(_ ask: @escaping @Sendable (AgentID, ModelFilesPlace) -> Void) {
        state.withLock { $0.ask = ask }
    }

    /// The bundle where it is there; otherwise it is fetched from one of these agents, as long as this is called every
    /// second or so.
    package func bundle(_ id: ModelFilesID, from agents: [AgentID]) -> [UInt8]? {
        guard id.byteCount > 0, id.byteCount <= AgentProtocolLimits.modelFilesBytesMax else { return nil }
        let time = now()
        let (bundle, question, ask) = state.withLock { state in
            let (bundle, question) = Self.want(id, agents, &state, time)
            return (bundle, question, state.ask)
        }
        if let question { ask?(question.agent, question.place) }
        return bundle
    }

    /// Takes an answer.
    package func take(_ piece: ModelFilesPiece, from agent: AgentID) {
        let time = now()
        let (question, ask) = state.withLock { (Self.take(piece, agent, &$0, time), $0.ask) }
        if let question { ask?(question.agent, question.place) }
    }

    private static func want(
        _ id: ModelFilesID, _ agents: [AgentID], _ state: inout State, _ now: Duration
    ) -> (bundle: [UInt8]?, question: Question?) {
        if let fetch = state.fetch, fetch.id != id {
            guard now - fetch.wantedAt >= interestKept else { return (nil, nil) }
            state.fetch = nil
        }
        guard var fetch = state.fetch else { return (nil, begin(id, agents, &state, now)) }
        if fetch.isWhole {
            state.fetch = nil
            return (fetch.bytes, nil)
        }
        fetch.wantedAt = now
        guard agents.contains(fetch.agent), fetch.tries < triesMax || now - fetch.askedAt < patience else {
            refuse(fetch, &state, now)
            return (nil, begin(id, agents, &state, now))
        }
        let isLate = now - fetch.askedAt >= patience
        if isLate {
            fetch.askedAt = now
            fetch.tries += 1
        }
        state.fetch = fetch
        return (nil, isLate ? fetch.question : nil)
    }

    private static func begin(
        _ id: ModelFilesID, _ agents: [AgentID], _ state: inout State, _ now: Duration
    ) -> Question? {
        state.refusals = state.refusals.filter { now - $0.value < refusalKept }
        let willing = agents.first { state.refusals[Refusal(digest: id.digest, agent: $0)] == nil }
        guard let agent = willing else { return nil }
        let fetch = Fetch(id: id, agent: agent, askedAt: now, wantedAt: now)
        state.fetch = fetch
        return fetch.question
    }

    private static func refuse(_ fetch: Fetch, _ state: inout State, _ now: Duration) {
        state.refusals[Refusal(digest: fetch.id.digest, agent: fetch.agent)] = now
        state.fetch = nil
    }

    private static func take(
        _ piece: ModelFilesPiece, _ agent: AgentID, _ state: inout State, _ now: Duration
    ) -> Question? {
        guard let place = state.fetch?.question.place, state.fetch?.agent == agent, piece.place == place,
            let id = state.fetch?.id, state.fetch?.isWhole == false
        else { return nil }
        guard piece.total == id.byteCount, !piece.bytes.isEmpty, piece.bytes.count <= id.byteCount - place.offset else {
            if let fetch = state.fetch { refuse(fetch, &state, now) }
            return nil
        }
        // In place: a copy for each piece would cost the bundle each time.
        if place.offset == 0 { state.fetch?.bytes.reserveCapacity(id.byteCount) }
        state.fetch?.bytes += piece.bytes
        state.fetch?.askedAt = now
        state.fetch?.tries = 1
        return state.fetch.flatMap { $0.isWhole ? nil : $0.question }
    }
}
