package import JSONValues

/// What time an engine's steps take, from measurements of a real one; all in seconds.
///
/// A step costs `stepSeconds`, plus `prefillSecondsPerToken` for each prompt token it computes, plus
/// `attentionSecondsPerToken` for each such token and each token before it in units of 1,000, plus
/// `decodeSecondsPerSequence` for each sequence that decodes and `decodeSecondsPerContextToken` for each token those
/// look at.
package struct Calibration: Sendable, Hashable {
    package var stepSeconds = 0.006
    package var prefillSecondsPerToken = 0.000_05
    package var attentionSecondsPerKilotoken = 0.000_004
    package var decodeSecondsPerSequence = 0.000_03
    package var decodeSecondsPerContextToken = 0.000_000_02
    /// Pulling KV blocks from another engine: once, and for each block.
    package var transferSeconds = 0.002
    package var transferSecondsPerBlock = 0.000_05
    /// Standard deviation of a step's time, as a share of it; at most 0.3.
    package var jitter = 0.03

    package init() {}

    /// Reads a calibration file: an object of any of the members above in snake case, each a number ≥ 0.
    package init(_ file: JSONValue) throws(SimulatorError) {
        guard let members = file.object else { throw SimulatorError("a calibration file holds one JSON object") }
        for (key, value) in members {
            guard let path = Self.members[key] else {
                let known = Self.members.keys.sorted().joined(separator: ", ")
                throw SimulatorError("the calibration file has an unknown member \(key); known are \(known)")
            }
            guard let number = value.double, number >= 0, number.isFinite else {
                throw SimulatorError("\(key) of the calibration file is not a number of 0 or more")
            }
            self[keyPath: path] = number
        }
        jitter = min(jitter, 0.3)
    }

    private static var members: [String: WritableKeyPath<Calibration, Double>] {
        [
            "step_seconds": \.stepSeconds,
            "prefill_seconds_per_token": \.prefillSecondsPerToken,
            "attention_seconds_per_kilotoken": \.attentionSecondsPerKilotoken,
            "decode_seconds_per_sequence": \.decodeSecondsPerSequence,
            "decode_seconds_per_context_token": \.decodeSecondsPerContextToken,
            "transfer_seconds": \.transferSeconds,
            "transfer_seconds_per_block": \.transferSecondsPerBlock,
            "jitter": \.jitter,
        ]
    }

    /// Seconds of one step before jitter.
    func seconds(of work: StepWork) -> Double {
        stepSeconds + prefillSecondsPerToken * Double(work.prefillTokens)
            + attentionSecondsPerKilotoken * work.attendedKilotokens
            + decodeSecondsPerSequence * Double(work.decodingCount)
            + decodeSecondsPerContextToken * Double(work.contextTokens)
    }
}

/// What one step computes.
struct StepWork: Sendable, Hashable {
    var prefillTokens = 0
    /// For each prompt token, the thousands of tokens it attends to, summed.
    var attendedKilotokens = 0.0
    var decodingCount = 0
    var contextTokens = 0
}

/// Numbers for jitter, the same for the same seed (SplitMix64).
struct SeededNumbers: Sendable {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    private mutating func uniform() -> Double {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return Double((value ^ (value >> 31)) >> 11) / Double(1 << 53)
    }

    /// Nearly normal with mean 0 and deviation 1, within ±3.5: the sum of four even ones.
    mutating func deviation() -> Double {
        let sum = (0..<4).reduce(0.0) { total, _ in total + uniform() }
        return (sum - 2) / (4.0 / 12.0).squareRoot()
    }
}
