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
        #expect(page.timeToFirstToken == .init(sum: 2.7907772064208984, count: 50))
        #expect(page.timePerOutputToken.count == 3677)
        #expect(page.prefill == .init(sum: 2.426583297000434, count: 7657))
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

    private static func page(prefill sum: Double, _ count: Double) -> EnginePage {
        var page = EnginePage(PrometheusText(), kind: .vLLM)
        page.prefill = .init(sum: sum, count: count)
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
