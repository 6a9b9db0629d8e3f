extension CircuitBreaker {
    /// What its owner sets once for all engines.
    package struct Policy: Sendable, Hashable {
        /// Failures in a row, 1 or more.
        package var consecutiveMax = 3
        /// Share of failures, 0...1, among the outcomes of the last window, and how many of them that takes.
        package var ratioMax = 0.5
        package var samplesMin = 20
        package var window = Duration.seconds(10)
        /// The first pause and the longest.
        package var pause = Duration.milliseconds(500)
        package var pauseMax = Duration.seconds(8)
        package var forgivenAfter = Duration.seconds(30)

        package init() {}
    }
}
