import AsyncHTTPClient
import EngineSimulator
import FoundationEssentials
import JSONValues
import Logging
import NIOCore
import NIOHTTP1
import Synchronization
import Testing

/// The other things the program stands in for.
@Suite(.serialized) struct ProgramTests {
    private static let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })

    @Test(.timeLimit(.minutes(1)))
    func `a leader serves once its workers are there, and ends when one goes`() async throws {
        let (steps, made) = AsyncStream.makeStream(of: String.self)
        let (ports, bound) = AsyncStream.makeStream(of: Int.self)
        let leader = MultiNodeLeader(
            host: "127.0.0.1", port: 0, workers: 2, logger: Self.logger, onListening: { bound.yield($0) }
        ) {
            made.yield("serving")
            try await Task.sleep(for: .seconds(60))
        }
        await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                do { try await leader.run() } catch { made.yield("\(error)") }
            }
            var port = 0
            for await number in ports {
                port = number
                break
            }
            let worker = MultiNodeWorker(leader: "127.0.0.1", port: port, logger: Self.logger)
            group.addTask { try? await worker.run() }
            let second = Task { try? await worker.run() }
            var iterator = steps.makeAsyncIterator()
            #expect(await iterator.next() == "serving")
            second.cancel()
            #expect(await iterator.next() == "a worker has gone: 1 of 2 are left")
            group.cancelAll()
        }
    }

    @Test func `the runtime passes the engine's metrics on, with standard names`() async throws {
        try await LiveEngine.with { engine in
            let arguments = ["--port", "0", "--engine", "vllm", "--engine-base-url", "http://localhost:\(engine.port)"]
            let settings = try RuntimeSidecar.Settings(arguments: arguments, own: "127.0.0.1")
            #expect(settings.engineBase == engine.base)
            let (ports, bound) = AsyncStream.makeStream(of: Int.self)
            let sidecar = RuntimeSidecar(settings, logger: Self.logger) { bound.yield($0) }
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await sidecar.run() }
                for await port in ports {
                    let runtime = LiveEngine(port: port, simulated: engine.simulated)
                    #expect(try await runtime.send("/health").json == ["status": "healthy", "service": "runtime"])
                    let page = try await runtime.send("/metrics").text
                    #expect(page.contains("\nvllm:num_requests_waiting{"))
                    #expect(page.contains("\nkthena:num_requests_waiting{"))
                    #expect(page.contains("\nkthena:time_per_output_token_seconds_bucket{"))
                    #expect(page.contains("\nkthena:generation_tokens_total{"))
                    break
                }
                group.cancelAll()
            }
        }
    }

    @Test func `the downloader leaves a note and needs its flags`() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "martlet-\(UUID().uuidString)").path()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let sentence = try Downloader.run(["--source", "a/b", "--output-dir", folder + "/deep/er"])
        #expect(sentence.contains("a/b"))
        let note = try Data(contentsOf: URL(filePath: folder + "/deep/er/simulated-model.json"))
        #expect(try JSONValue.parse(Array(note)) == ["source": "a/b"])
        #expect(throws: SimulatorError.self) { try Downloader.run(["--source", "a/b"]) }
    }
}
