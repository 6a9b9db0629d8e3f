/// Observations in buckets.
package struct BucketCounts: Sendable {
    package let bounds: [Double]
    /// Observations in each bucket, one more for those above all bounds.
    package private(set) var counts: [Int]
    package private(set) var sum = 0.0

    init(_ bounds: [Double]) {
        self.bounds = bounds
        counts = [Int](repeating: 0, count: bounds.count + 1)
    }

    mutating func observe(_ value: Double) {
        counts[bounds.firstIndex { value <= $0 } ?? bounds.count] += 1
        sum += value
    }

    package var count: Int { counts.reduce(0, +) }
}

/// What an engine has done since its start; the buckets are vLLM's.
package struct EngineStatistics: Sendable {
    static let firstTokenBounds = [
        0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80, 160, 640,
        2560,
    ]
    static let tokenBounds = [
        0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80,
    ]
    static let requestBounds = [
        0.3, 0.5, 0.8, 1, 1.5, 2, 2.5, 5, 10, 15, 20, 30, 40, 50, 60, 120, 240, 480, 960, 1920, 7680,
    ]
    static let iterationBounds: [Double] = [1, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384]

    /// 1, 2, 5, 10, … up to the longest prompt.
    static func lengthBounds(upTo maximum: Int) -> [Double] {
        var bounds: [Double] = []
        var power = 1.0
        while true {
            for step in [1.0, 2, 5] {
                guard step * power <= Double(maximum) else { return bounds }
                bounds.append(step * power)
            }
            power *= 10
        }
    }

    package var resetCalls = 0
    package var prefixQueries = 0
    package var prefixHits = 0
    package var externalQueries = 0
    package var externalHits = 0
    package var externalTokens = 0
    package var preemptions = 0
    package var promptTokens = 0
    package var cachedPromptTokens = 0
    package var generationTokens = 0
    package var finished: [FinishReason: Int] = [:]
    package var expiredLeases = 0
    package var notificationsAfterExpiry = 0
    package var failedTransfers = 0
    package var transferredBlocks = 0
    package var iterationTokens = BucketCounts(iterationBounds)
    package var timeToFirstToken = BucketCounts(firstTokenBounds)
    package var interTokenLatency = BucketCounts(tokenBounds)
    package var timePerOutputToken = BucketCounts(tokenBounds)
    package var endToEnd = BucketCounts(requestBounds)
    package var queueTime = BucketCounts(requestBounds)
    package var inferenceTime = BucketCounts(requestBounds)
    package var prefillTime = BucketCounts(requestBounds)
    package var decodeTime = BucketCounts(requestBounds)
    package var transferTime = BucketCounts(firstTokenBounds)
    package var promptLengths = BucketCounts(lengthBounds(upTo: 200_000))
    package var generationLengths = BucketCounts(lengthBounds(upTo: 200_000))
    package var maxTokensAsked = BucketCounts(lengthBounds(upTo: 200_000))
    package var choicesAsked = BucketCounts([1, 2, 5, 10, 20])

    package init() {}

    mutating func countPrompt(_ sequence: EngineSequence) {
        promptTokens += sequence.promptCount
        cachedPromptTokens += min(sequence.promptCount, sequence.cachedTokens ?? 0)
    }
}
