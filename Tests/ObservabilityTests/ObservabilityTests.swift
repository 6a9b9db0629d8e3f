import Logging
import Observability
import Synchronization
import Testing

@Suite struct ObservabilityTests {
    @Test func `writes the Prometheus text`() {
        let metrics = MetricsRegistry()
        metrics.counter("requests_total", help: "Requests", labels: ["path"]).add(2, ["a\"b"])
        metrics.gauge("up", help: "Up").set(1)
        let seconds = metrics.histogram("wait_seconds", help: "Waits", buckets: [0.1, 1])
        for value in [0.05, 0.5, 0.5, 3] { seconds.observe(value) }
        #expect(
            metrics.text() == """
                # HELP requests_total Requests
                # TYPE requests_total counter
                requests_total{path="a\\"b"} 2
                # HELP up Up
                # TYPE up gauge
                up 1
                # HELP wait_seconds Waits
                # TYPE wait_seconds histogram
                wait_seconds_bucket{le="0.1"} 1
                wait_seconds_bucket{le="1"} 3
                wait_seconds_bucket{le="+Inf"} 4
                wait_seconds_sum 4.05
                wait_seconds_count 4

                """)
    }

    @Test func `bounds the series of a metric`() {
        let metrics = MetricsRegistry()
        let counter = metrics.counter("hits_total", help: "Hits", labels: ["who"])
        for index in 0..<2_100 { counter.add(1, ["\(index)"]) }
        let lines = metrics.text().split(separator: "\n")
        #expect(lines.count == 2 + 2_001)
        #expect(lines.contains("hits_total{who=\"other\"} 100"))
    }

    @Test func `the same declaration is the same metric`() {
        let metrics = MetricsRegistry()
        metrics.counter("a_total", help: "A").add()
        metrics.counter("a_total", help: "A").add()
        #expect(metrics.text().contains("a_total 2"))
    }

    @Test func `health says ok, or each check`() {
        let health = HealthRegistry()
        health.add("ping", live: true) { nil }
        #expect(health.findings().text(endpoint: "readyz", verbose: false) == "ok")
        health.add("cache") { "Pods are not listed yet" }
        #expect(health.findings(liveOnly: true).isWell)
        #expect(
            health.findings().text(endpoint: "readyz", verbose: false)
                == "[+]ping ok\n[-]cache failed: Pods are not listed yet\nreadyz check failed\n")
    }

    @Test(arguments: LogFormat.allCases) func `writes a line a record`(format: LogFormat) {
        let lines = Lines()
        var logger = Logger(label: "test") { label in
            LineLogHandler(label: label, format: format, level: .info) { lines.add($0) }
        }
        logger[metadataKey: "pod"] = "default/a"
        logger.info("Created Pod", metadata: ["reason": "two words"])
        logger.debug("Hidden")
        let line = lines.all.first ?? ""
        #expect(lines.all.count == 1)
        switch format {
        case .text: #expect(line.hasSuffix(#"Z INFO test: Created Pod pod=default/a reason="two words""#))
        case .json: #expect(line.contains(#""msg":"Created Pod","pod":"default/a","reason":"two words"}"#))
        }
    }

    private final class Lines: Sendable {
        private let lines = Mutex<[String]>([])

        var all: [String] { lines.withLock { $0 } }
        func add(_ line: String) { lines.withLock { $0.append(line) } }
    }
}
