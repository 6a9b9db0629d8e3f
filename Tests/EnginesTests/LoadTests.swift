import AgentProtocol
@testable import Engines
import EngineWire
import FoundationEssentials
import Testing

@Suite struct LoadTests {
    private static func page(_ name: String) throws -> EnginePage {
        let folder = String(#filePath.dropLast("EnginesTests/LoadTests.swift".count))
        let data = try Data(contentsOf: URL(filePath: "\(folder)EngineWireTests/Fixtures/\(name)"))
        return EnginePage(try #require(PrometheusText.parse([UInt8](data))), kind: .vLLM)
    }

    @Test func `a page of vLLM under load is read`() throws {
        let page = try Self.page("metrics-0.32.0-load.txt")
        #expect(page.running == 3)
        #expect(page.waiting == 21)
        #expect(page.cacheUsage == 0.9873417721518988)
        #expect(page.blockSize == 32)
        #expect(page.blockCount == 80)
        #expect(page.timeToFirstToken == EnginePage.Total(sum: 2.7907772064208984, count: 50))
        #expect(page.timePerOutputToken.count == 3677)
        #expect(page.prefill == EnginePage.Total(sum: 2.426583297000434, count: 7657))
    }

    @Test func `a page of SGLang is read`() throws {
        let text = """
            sglang:num_running_reqs{tp_rank="0"} 4
            sglang:num_queue_reqs{tp_rank="0"} 1
            sglang:token_usage{tp_rank="0"} 0.5
            sglang:page_size{tp_rank="0"} 64
            sglang:num_pages{tp_rank="0"} 100

            """
        let page = EnginePage(try #require(PrometheusText.parse(Array(text.utf8))), kind: .sgLang)
        #expect([page.running, page.waiting, page.blockSize, page.blockCount] == [4, 1, 64, 100])
        #expect(page.cacheUsage == 0.5)
    }

    /// The same state in the words of each kind of engine.
    private static let pages: [(EngineKind, String)] = [
        (
            .sgLang,
            """
            sglang:num_running_reqs{tp_rank="0"} 4
            sglang:num_queue_reqs{tp_rank="0"} 1
            sglang:token_usage{tp_rank="0"} 0.5
            sglang:page_size{tp_rank="0"} 64
            sglang:num_pages{tp_rank="0"} 100
            # TYPE sglang:time_to_first_token_seconds histogram
            sglang:time_to_first_token_seconds_sum{is_streaming="true"} 6
            sglang:time_to_first_token_seconds_count{is_streaming="true"} 3
            # TYPE sglang:inter_token_latency_seconds histogram
            sglang:inter_token_latency_seconds_sum 2
            sglang:inter_token_latency_seconds_count 100
            sglang:prompt_tokens_total 600
            """
        ),
        (
            .tensorRTLLM,
            """
            trtllm_num_requests_running 4
            trtllm_num_requests_waiting 1
            trtllm_kv_cache_utilization 0.5
            trtllm_kv_cache_tokens_per_block 64
            trtllm_kv_cache_max_blocks 100
            # TYPE trtllm_time_to_first_token_seconds histogram
            trtllm_time_to_first_token_seconds_sum 6
            trtllm_time_to_first_token_seconds_count 3
            # TYPE trtllm_time_per_output_token_seconds histogram
            trtllm_time_per_output_token_seconds_sum 2
            trtllm_time_per_output_token_seconds_count 100
            """
        ),
        (
            .triton,
            """
            nv_trt_llm_request_metrics{model="m",request_type="active"} 5
            nv_trt_llm_request_metrics{model="m",request_type="scheduled"} 4
            nv_trt_llm_request_metrics{model="m",request_type="waiting"} 1
            nv_trt_llm_kv_cache_block_metrics{kv_cache_block_type="fraction",model="m"} 0.5
            nv_trt_llm_kv_cache_block_metrics{kv_cache_block_type="tokens_per",model="m"} 64
            nv_trt_llm_kv_cache_block_metrics{kv_cache_block_type="max",model="m"} 100
            nv_trt_llm_kv_cache_block_metrics{kv_cache_block_type="used",model="m"} 50
            """
        ),
        (
            .tgi,
            """
            tgi_batch_current_size 4
            tgi_queue_size 1
            # TYPE tgi_batch_inference_duration histogram
            tgi_batch_inference_duration_sum{method="prefill"} 6
            tgi_batch_inference_duration_count{method="prefill"} 3
            tgi_batch_inference_duration_sum{method="decode"} 70
            tgi_batch_inference_duration_count{method="decode"} 90
            # TYPE tgi_request_input_length histogram
            tgi_request_input_length_sum 600
            tgi_request_input_length_count 3
            # TYPE tgi_request_mean_time_per_token_duration histogram
            tgi_request_mean_time_per_token_duration_sum 2
            tgi_request_mean_time_per_token_duration_count 100
            """
        ),
    ]

    @Test(arguments: pages) func `a page tells the same in its kind's words`(kind: EngineKind, text: String) throws {
        let page = EnginePage(try #require(PrometheusText.parse(Array("\(text)\n".utf8))), kind: kind)
        #expect([page.running, page.waiting] == [4, 1])
        // What a kind does not tell stays unmeasured.
        let tells = (cache: kind != .tgi, first: [.sgLang, .tensorRTLLM].contains(kind), token: kind != .triton)
        #expect(page.cacheUsage == (tells.cache ? 0.5 : 0))
        #expect([page.blockSize, page.blockCount] == (tells.cache ? [64, 100] : [nil, nil]))
        #expect(page.timeToFirstToken == (tells.first ? EnginePage.Total(sum: 6, count: 3) : EnginePage.Total()))
        #expect(page.timePerOutputToken == (tells.token ? EnginePage.Total(sum: 2, count: 100) : EnginePage.Total()))
        let tellsPrefill = kind == .sgLang || kind == .tgi
        #expect(page.prefill == (tellsPrefill ? EnginePage.Total(sum: 6, count: 600) : EnginePage.Total()))
    }

    @Test func `times between tokens are forgotten once the engine was idle for long, the prefill is not`() {
        var window = LoadWindow()
        let start = ContinuousClock.now
        var page = Self.page(prefill: 10, 100)
        page.timeToFirstToken = EnginePage.Total(sum: 4, count: 2)
        page.timePerOutputToken = EnginePage.Total(sum: 1, count: 50)
        func load(_ seconds: Int) -> EngineLoad { window.load(page, at: start + .seconds(seconds)) }
        for seconds in stride(from: 0, through: 28, by: 2) {
            #expect(load(seconds).timeToFirstToken == 2)
            #expect(load(seconds).timePerOutputToken == 0.02)
        }
        #expect([load(30).timeToFirstToken, load(30).timePerOutputToken] == [0, 0])
        #expect(load(31) == load(60), "an idle engine has nothing to say")
        #expect(load(61).prefillSecondsPerToken == 0.1)
        page.timePerOutputToken = EnginePage.Total(sum: 2, count: 60)
        #expect(load(62).timePerOutputToken == 0.1)
    }

    private static func page(prefill sum: Double, _ count: Double) -> EnginePage {
        var page = EnginePage(PrometheusText(), kind: .vLLM)
        page.prefill = EnginePage.Total(sum: sum, count: count)
        return page
    }

    @Test func `a mean is of the last seconds, stands while nothing is measured, and begins anew with the engine`() {
        var window = LoadWindow()
        let start = ContinuousClock.now
        func mean(_ seconds: Int, _ sum: Double, _ count: Double) -> Double {
            window.load(Self.page(prefill: sum, count), at: start + .seconds(seconds)).prefillSecondsPerToken
        }
        #expect(mean(0, 0, 0) == 0)
        #expect(mean(1, 10, 100) == 0.1)
        #expect(mean(5, 10, 100) == 0.1)
        #expect(mean(6, 30, 200) == 0.15)
        // The first hundred tokens are out of the window by now.
        #expect(mean(10, 30, 200) == 0.2)
        #expect(mean(11, 70, 300) == 0.3)
        #expect(mean(60, 70, 300) == 0.4)
        #expect(mean(61, 5, 10) == 0.5)
    }

    @Test func `a busy engine is asked often and an idle one seldom`() {
        var pace = ProbePace()
        let start = ContinuousClock.now
        #expect(pace.wantsPage(at: start))
        var load = EngineLoad()
        load.running = 1
        pace.loaded(load, at: start)
        #expect(pace.pause(at: start) == ProbePace.busy)
        #expect(pace.wantsPage(at: start + .milliseconds(100)))
        pace.loaded(EngineLoad(), at: start + .seconds(1))
        #expect(pace.pause(at: start + .milliseconds(1100)) == ProbePace.busy)
        #expect(pace.pause(at: start + .seconds(2)) == ProbePace.quiet)
        pace.loaded(EngineLoad(), at: start + .seconds(40))
        #expect(!pace.wantsPage(at: start + .seconds(41)))
        #expect(pace.wantsPage(at: start + .seconds(42)))
    }
}
