import AgentProtocol
import Crypto
import KVBlocks

/// What is known of how an engine names its blocks, before it has named one.
struct BlockNaming: Sendable, Hashable {
    /// Rules that the engine may follow.
    var rules: [BlockHashRule] = []
    /// Its own settings leave no other rule.
    var isBinding = false

    /// What vLLM 0.29 and later take for a seed where none is set.
    private static let defaultSeed = "vllm-none-hash"

    /// Reads an engine's settings: `--prefix-caching-hash-algo` and `PYTHONHASHSEED`; nil for a kind of engine whose
    /// names follow no rule that is known here.
    init?(_ kind: EngineKind, algorithm: String?, seed: String?) {
        guard kind == .vLLM else { return nil }
        let forms: [BlockHashRule.Form] =
            switch algorithm {
            case nil: [.pickle, .cbor]
            case "sha256": [.pickle]
            case "sha256_cbor": [.cbor]
            default: []
            }
        // A seed may also be set where a pod's spec does not show it, and then it mostly is 0.
        let seeds = seed.map { [$0] } ?? [BlockNaming.defaultSeed, "0"]
        rules = forms.flatMap { form in seeds.map { BlockHashRule(form, seed: $0) } }
        isBinding = algorithm == "sha256_cbor" && seed != nil
    }
}

/// Compares the names an engine gives its blocks with those its rule gives them, by sample; pure.
///
/// 1. A rule counts once it gave a name the engine's events have. Where no rule ever does, nothing is held against the
///    engine, unless its settings leave no other.
/// 2. One block in `share` is computed, and at most `runBlocksMax` of a run; while there is doubt, each that can be.
/// 3. Only blocks that depend on nothing but tokens and blocks before them are held against an engine.
/// 4. Without a rule it still holds that one content has one name as long as the engine lives: `NameSamples`.
struct BlockHashCheck: Sendable {
    /// Blocks stored for each one computed.
    static let share = 64
    /// Blocks of a run that are computed at most; a longer run is checked at its start.
    static let runBlocksMax = 64
    /// First blocks of prompts that are compared with every rule before none is believed to hold.
    static let triesMax = 16
    /// Ends of runs from which a later run can be computed on; the oldest goes first.
    static let endsMax = 64

    /// A stored run without adapter and other keys.
    struct Run {
        var names: ArraySlice<UInt64>
        var tokens: ArraySlice<UInt32>
        var blockSize: Int
        /// The block before; nil at the start of a prompt.
        var parent: UInt64?
        /// The salt of the request, at the start of a prompt.
        var salt: String?
    }

    /// What came of a run: blocks that have the name they should have, and whether one has another.
    struct Finding: Sendable, Hashable {
        var agreeing = 0
        var isMismatch = false
    }

    private let naming: BlockNaming
    private let share: Int
    private var rule: BlockHashRule?
    private var tries = 0
    /// The size of the blocks that the rule was seen to hold for; finer or coarser ones are named otherwise.
    private var blockSize = 0
    /// Blocks stored that were not computed, up to what the longest run costs.
    private var credit: Int
    private var ends: [(name: UInt64, hash: SHA256Digest)] = []
    private var nextEnd = 0
    /// Set by a mismatch, until blocks agree again.
    private var isInDoubt = false

    init(_ naming: BlockNaming, share: Int = BlockHashCheck.share) {
        self.naming = naming
        self.share = share
        credit = share * BlockHashCheck.runBlocksMax
    }

    /// Takes a run that the engine stored.
    mutating func check(_ run: Run) -> Finding {
        credit = min(credit + run.names.count, share * BlockHashCheck.runBlocksMax)
        let count = min(run.names.count, BlockHashCheck.runBlocksMax)
        guard isInDoubt || credit >= count * share else { return Finding() }
        guard let rule else { return search(run) }
        guard run.blockSize == blockSize, let start = start(of: run, rule) else { return Finding() }
        credit = max(0, credit - count * share)
        return compare(run, count, rule, after: start)
    }

    /// Tries the rules on the first block of a prompt.
    private mutating func search(_ run: Run) -> Finding {
        guard run.parent == nil, run.salt == nil, tries < BlockHashCheck.triesMax || naming.isBinding,
            let name = run.names.first
        else { return Finding() }
        tries = min(tries + 1, BlockHashCheck.triesMax)
        credit = max(0, credit - naming.rules.count * share)
        let tokens = run.tokens.prefix(run.blockSize)
        rule = naming.rules.first { $0.hash(after: $0.root, tokens).low64 == name }
        guard let rule else {
            return Finding(isMismatch: naming.isBinding && tries == BlockHashCheck.triesMax)
        }
        blockSize = run.blockSize
        return compare(run, min(run.names.count, BlockHashCheck.runBlocksMax), rule, after: rule.root)
    }

    private func start(of run: Run, _ rule: BlockHashRule) -> SHA256Digest? {
        guard let parent = run.parent else { return rule.root }
        return ends.first { $0.name == parent }?.hash
    }

    private mutating func compare(
        _ run: Run, _ count: Int, _ rule: BlockHashRule, after start: SHA256Digest
    ) -> Finding {
        var finding = Finding()
        var hash = start
        for (index, name) in run.names.prefix(count).enumerated() {
            let from = run.tokens.startIndex + index * run.blockSize
            let tokens = run.tokens[from..<from + run.blockSize]
            if index == 0, let salt = run.salt {
                // What looks like a salt may be something else that the engine mixes in, so nothing is held against it.
                let candidates = [BlockHashRule.Salt.tagged(salt), .plain(salt)].map {
                    rule.hash(after: hash, tokens, salt: $0)
                }
                guard let found = candidates.first(where: { $0.low64 == name }) else { return finding }
                hash = found
            } else {
                hash = rule.hash(after: hash, tokens)
            }
            guard hash.low64 == name else {
                isInDoubt = true
                finding.isMismatch = true
                return finding
            }
            finding.agreeing += 1
        }
        isInDoubt = false
        if count == run.names.count, let last = run.names.last { remember(last, hash) }
        return finding
    }

    private mutating func remember(_ name: UInt64, _ hash: SHA256Digest) {
        if let known = ends.firstIndex(where: { $0.name == name }) { return ends[known].hash = hash }
        if ends.count < BlockHashCheck.endsMax { return ends.append((name, hash)) }
        ends[nextEnd] = (name, hash)
        nextEnd = (nextEnd + 1) % BlockHashCheck.endsMax
    }
}

/// Names of a sample of contents: an engine that gives one content two names in one life hashes something that is not
/// known here.
struct NameSamples: Sendable {
    /// One content in so many is looked at.
    static let share: UInt64 = 64
    static let samplesMax = 64

    private var samples: [(content: UInt64, name: UInt64)] = []

    /// Takes the name of a content; false where it had another.
    mutating func holds(_ content: BlockHash, _ name: UInt64) -> Bool {
        guard content.value % NameSamples.share == 0 else { return true }
        if samples.isEmpty { samples = Array(repeating: (0, 0), count: NameSamples.samplesMax) }
        let place = Int(content.value / NameSamples.share % UInt64(NameSamples.samplesMax))
        if samples[place].content == content.value { return samples[place].name == name }
        samples[place] = (content.value, name)
        return true
    }
}
