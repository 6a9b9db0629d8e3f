import AgentProtocol

/// What checks of one model's files against the engines of one target found.
///
/// 1. Each life of an engine is checked once; one that did not answer is asked again after `retryPause`.
/// 2. Findings of engines that are gone do not count.
struct ModelTrial: Sendable {
    enum Finding: Sendable, Hashable {
        case agreed
        /// The probe whose tokens were not the engine's.
        case differed(probe: String)
        /// No probe could be compared, for one side refused them all.
        case incomparable
        case unanswered
    }

    /// One life of an engine.
    struct Life: Sendable, Hashable {
        var engine: EngineID
        /// 0 where no agent tells it.
        var incarnation: UInt64
    }

    static let retryPause = Duration.seconds(10)

    private struct Record {
        var findings: [LocalPrompt.Kind: Finding] = [:]
        var checkedAt: Duration
    }

    private var records: [Life: Record] = [:]

    /// Which of these lives to check next; nil for none at this time.
    func next(_ lives: [Life], now: Duration) -> Int? {
        lives.firstIndex { life in
            guard let record = records[life] else { return true }
            return record.findings.values.contains(.unanswered) && now - record.checkedAt >= Self.retryPause
        }
    }

    mutating func note(_ findings: [LocalPrompt.Kind: Finding], of life: Life, now: Duration) {
        records[life] = Record(findings: findings, checkedAt: now)
    }

    mutating func keep(only lives: [Life]) {
        let kept = Set(lives)
        records = records.filter { kept.contains($0.key) }
    }

    /// The kinds of prompts whose tokens are the engines' own.
    var trusted: Set<LocalPrompt.Kind> {
        Set(
            LocalPrompt.Kind.allCases.filter { kind in
                let findings = records.values.compactMap { $0.findings[kind] }
                return findings.contains(.agreed) && findings.allSatisfy { $0 == .agreed || $0 == .unanswered }
            })
    }
}
