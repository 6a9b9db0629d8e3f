import HTTPWire

/// Whether a model's files give the tokens that an engine gives.
struct TokenCheck {
    /// What an engine says to a question.
    enum Answer: Sendable, Hashable {
        case tokens([UInt32])
        /// The question itself is refused, as a template refuses a role.
        case refused
        case none

        init(status: Int, body: Span<UInt8>) {
            switch status {
            case 200: self = TokenArray.ofTokenizeResponse(body).map { .tokens($0) } ?? .none
            case 400, 422: self = .refused
            default: self = .none
            }
        }
    }

    var model: LocalModel
    /// The name that the engine knows it by.
    var name: String

    /// Asks all questions of a kind, one after the other. A question that one side refuses says nothing: prompts like
    /// it are not made here, or are no prompts there.
    func finding(
        _ kind: LocalPrompt.Kind, ask: (_ question: [UInt8]) async -> Answer
    ) async -> ModelTrial.Finding {
        var isCompared = false
        for probe in TokenProbe.all where probe.kind == kind {
            guard let own = probe.prompt(model: name).flatMap({ model.tokens(ofLong: $0) }) else { continue }
            switch await ask(probe.question(model: name)) {
            case .none: return .unanswered
            case .refused: continue
            case .tokens(let tokens):
                guard tokens == own else { return .differed(probe: probe.name) }
                isCompared = true
            }
        }
        return isCompared ? .agreed : .incomparable
    }
}
