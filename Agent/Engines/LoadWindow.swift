import AgentProtocol

/// Means over the last seconds, made of totals since the engine began; pure.
///
/// 1. A mean is over at least `window` and less than twice that, as long as there is something in it.
/// 2. While nothing new was measured the last mean stands: of the prefill for good, since it tells what the engine can
///    do; of the times a request waits for tokens for `keptIdle`, since they tell how busy it was.
struct LoadWindow: Sendable {
    static let window = Duration.seconds(5)
    /// So long after the last token the times between tokens are forgotten: once, so that an idle engine is quiet.
    static let keptIdle = Duration.seconds(30)

    private struct Mark {
        var time: ContinuousClock.Instant
        var page: EnginePage
    }

    /// The page that means are counted from, and the one that will be next.
    private var base: Mark?
    private var middle: Mark?
    private var last = EngineLoad()
    /// Tokens counted so far, and when their number grew last.
    private var tokens = 0.0
    private var grewAt: ContinuousClock.Instant?

    /// The load a page tells.
    mutating func load(_ page: EnginePage, at now: ContinuousClock.Instant) -> EngineLoad {
        if let base,
            base.page.prefill.count > page.prefill.count
                || base.page.timePerOutputToken.count > page.timePerOutputToken.count
        {
            // The engine began anew.
            self = LoadWindow()
        }
        if let middle, now - middle.time >= LoadWindow.window {
            base = middle
            self.middle = Mark(time: now, page: page)
        } else if middle == nil {
            middle = Mark(time: now, page: page)
        }
        var load = last
        load.running = page.running
        load.waiting = page.waiting
        load.cacheUsage = page.cacheUsage
        let from = base?.page
        load.prefillSecondsPerToken = LoadWindow.mean(page.prefill, from?.prefill) ?? load.prefillSecondsPerToken
        load.timeToFirstToken = LoadWindow.mean(page.timeToFirstToken, from?.timeToFirstToken) ?? load.timeToFirstToken
        load.timePerOutputToken =
            LoadWindow.mean(page.timePerOutputToken, from?.timePerOutputToken) ?? load.timePerOutputToken
        let tokens = page.timeToFirstToken.count + page.timePerOutputToken.count
        if tokens > self.tokens || grewAt == nil {
            self.tokens = tokens
            grewAt = now
        } else if let grewAt, now - grewAt >= LoadWindow.keptIdle {
            load.timeToFirstToken = 0
            load.timePerOutputToken = 0
        }
        last = load
        return load
    }

    private static func mean(_ now: EnginePage.Total, _ then: EnginePage.Total?) -> Double? {
        let count = now.count - (then?.count ?? 0)
        guard count > 0 else { return nil }
        return max(0, now.sum - (then?.sum ?? 0)) / count
    }
}
