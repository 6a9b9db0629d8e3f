import EngineWire
import Testing

struct PrometheusTextTests {
    @Test func `reads a recorded page of vLLM`() throws {
        let page = try #require(PrometheusText.parse(try Recording.bytes("metrics-0.32.0-load.txt")))
        #expect(page.malformedCount == 0)
        #expect(page["vllm:num_requests_running"]?.type == "gauge")
        #expect(page.value("vllm:num_requests_waiting_by_reason", ["reason": "capacity"]) != nil)
        #expect(page.value("vllm:cache_config_info", ["engine": "0"]) == 1)
        #expect(page["vllm:cache_config_info"]?.samples.first?.labels["block_size"] == "32")
        let first = try #require(page.histogram("vllm:time_to_first_token_seconds"))
        #expect(first.bounds.last == .infinity)
        #expect(first.cumulativeCounts.last == first.count)
        #expect(first.count > 0)
    }

    @Test func `resolves escapes and keeps what a faulty line stands beside`() throws {
        let text = """
            # HELP a_total Things, "counted".
            # TYPE a_total counter
            a_total{x="q\\"b\\\\s\\nn",y="é"} 3 1700000000
            a_total{x=unquoted} 4
            a_total{x="open
            b{,} 1
            c +Inf
            d nope
            e{z="1",} -2.5e-3
            """
        let page = try #require(PrometheusText.parse(Array(text.utf8)))
        #expect(page["a"]?.samples.map(\.value) == [3])
        #expect(page["a_total"]?.samples.first?.labels == ["x": "q\"b\\s\nn", "y": "é"])
        #expect(page["a_total"]?.help == "Things, \"counted\".")
        #expect(page.value("c") == .infinity)
        #expect(page.value("e", ["z": "1"]) == -0.0025)
        #expect(page.malformedCount == 4)
    }

    @Test func `takes the mean of what was observed between two pages`() throws {
        func histogram(_ count: Double, _ sum: Double) throws -> PrometheusHistogram {
            let text = "h_bucket{le=\"1\"} 1\nh_bucket{le=\"+Inf\"} \(count)\nh_sum \(sum)\nh_count \(count)\n"
            let page = try #require(PrometheusText.parse(Array(("# TYPE h histogram\n" + text).utf8)))
            return try #require(page.histogram("h"))
        }
        let later = try histogram(4, 10)
        #expect(later.mean(since: try histogram(2, 4)) == 3)
        #expect(later.mean(since: nil) == 2.5)
        #expect(later.mean(since: later) == nil)
    }

    @Test func `refuses a page beyond the limit`() {
        let line = Array("a 1\n".utf8)
        #expect(PrometheusText.parse([UInt8](repeating: 0x23, count: PrometheusText.bytesMax)) != nil)
        #expect(PrometheusText.parse([UInt8](repeating: 0x23, count: PrometheusText.bytesMax - 3) + line) == nil)
    }
}
