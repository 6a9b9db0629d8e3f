import AgentProtocol
import EngineWire

/// What an engine's metrics page says, under the names of its kind; pure.
struct EnginePage: Sendable, Hashable {
    /// A pair of totals whose quotient over a while is a mean.
    struct Total: Sendable, Hashable {
        var sum = 0.0
        var count = 0.0
    }

    var running = 0
    var waiting = 0
    var cacheUsage = 0.0
    /// Seconds of prefill over prompt tokens computed.
    var prefill = Total()
    var timeToFirstToken = Total()
    var timePerOutputToken = Total()
    /// Tokens a block and blocks a rank; nil where the page does not say.
    var blockSize: Int?
    var blockCount: Int?
    /// When the process began, seconds since 1970; nil where the page does not say.
    var processStart: Double?
    /// Its weights are off the device, and with them its cache.
    var isAsleep = false
    /// Times the engine was asked to forget its cache.
    var resets = 0

    init(_ text: PrometheusText, kind: EngineKind) {
        let names = MetricNames.of(kind)
        processStart = text.value("process_start_time_seconds")
        running = EnginePage.count(text.sum(names.running.name, names.running.labels))
        waiting = EnginePage.count(text.sum(names.waiting.name, names.waiting.labels))
        cacheUsage = names.cacheUsage.lazy.compactMap { EnginePage.mean(text, $0) }.first ?? 0
        timeToFirstToken = EnginePage.total(text, names.timeToFirstToken) ?? Total()
        timePerOutputToken = EnginePage.total(text, names.timePerOutputToken) ?? Total()
        prefill.sum = EnginePage.total(text, names.prefillTime)?.sum ?? 0
        prefill.count = names.prefillTokens.lazy.compactMap { EnginePage.tokens(text, $0) }.first ?? 0
        blockSize = names.blockSize.flatMap { text.value($0.name, $0.labels) }.map { EnginePage.count($0) }
        blockCount = names.blockCount.flatMap { text.value($0.name, $0.labels) }.map { EnginePage.count($0) }
        if kind == .vLLM {
            let config = text["vllm:cache_config_info"]?.samples.first?.labels ?? [:]
            blockSize = config["block_size"].flatMap { Int($0) }
            blockCount = config["num_gpu_blocks"].flatMap { Int($0) }
            resets = EnginePage.count(
                text.sum("http_requests_total", ["handler": "/reset_prefix_cache", "status": "2xx"]))
            isAsleep = (text["vllm:engine_sleep_state"]?.samples ?? []).contains { sample in
                sample.value == 1 && sample.labels["sleep_state"] != "awake"
            }
        }
    }

    private static func count(_ value: Double?) -> Int {
        guard let value, value >= 0, value < 1e15 else { return 0 }
        return Int(value)
    }

    /// The mean over ranks of a gauge; nil where it is not there.
    private static func mean(_ text: PrometheusText, _ series: MetricNames.Series) -> Double? {
        let samples = (text[series.name]?.samples ?? []).filter { EnginePage.fits($0, series) }
        return samples.isEmpty ? nil : samples.reduce(0) { $0 + $1.value } / Double(samples.count)
    }

    /// Sum and count, over all its series, of the first of these histograms that is there.
    private static func total(_ text: PrometheusText, _ series: [MetricNames.Series]) -> Total? {
        for series in series {
            guard let samples = text[series.name]?.samples else { continue }
            var total = Total()
            for sample in samples where EnginePage.fits(sample, series) {
                if sample.name == "\(series.name)_sum" { total.sum += sample.value }
                if sample.name == "\(series.name)_count" { total.count += sample.value }
            }
            return total
        }
        return nil
    }

    /// A total of tokens: the sum of a histogram, or a counter.
    private static func tokens(_ text: PrometheusText, _ series: MetricNames.Series) -> Double? {
        guard let family = text[series.name] else { return nil }
        if family.samples.contains(where: { $0.name == "\(series.name)_sum" }) { return total(text, [series])?.sum }
        return text.sum(series.name, series.labels)
    }

    private static func fits(_ sample: PrometheusText.Sample, _ series: MetricNames.Series) -> Bool {
        series.labels.allSatisfy { sample.labels[$0.key] == $0.value }
    }
}
