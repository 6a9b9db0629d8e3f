import FoundationEssentials
import Logging
import RouteCatalog
import Routing
import Synchronization
import SystemFiles
import Testing

@testable import coordinator

/// The configuration file as a mount shows it: replaced at once, sometimes wrong.
struct RouterConfigurationFileTests {
    final class Applied: Sendable {
        let policies = Mutex<[RoutingPolicy]>([])
        var all: [RoutingPolicy] { policies.withLock { $0 } }
    }

    final class Lines: Sendable {
        let texts = Mutex<[String]>([])
        func count(_ text: String) -> Int { texts.withLock { $0.count { $0.contains(text) } } }
    }

    struct LineHandler: LogHandler {
        var lines: Lines
        var logLevel = Logger.Level.info
        var metadata = Logger.Metadata()
        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }
        func log(event: LogEvent) {
            lines.texts.withLock { $0.append("\(event.message) \(event.metadata ?? [:])") }
        }
    }

    func withFile(_ body: (String, RouterConfigurationFile, Applied, Lines) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "policy-\(UUID().uuidString)").path
        try Files.makeFolder(folder)
        let path = "\(folder)/routerConfiguration.yaml"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let applied = Applied()
        let lines = Lines()
        let logger = Logger(label: "test") { _ in LineHandler(lines: lines) }
        let file = RouterConfigurationFile(path: path, logger: logger) { configuration in
            applied.policies.withLock { $0.append(RoutingPolicy(configuration)) }
        }
        try body(path, file, applied, lines)
    }

    static let random = "scheduler: {plugins: {Score: {enabled: [{name: random, weight: 1}]}}}\n"
    static let usage = "scheduler: {plugins: {Score: {enabled: [{name: gpu-usage, weight: 2}]}}}\n"

    @Test func `a program starts with a good file or none, and not with a bad one`() throws {
        try withFile { path, file, applied, _ in
            try file.begin()
            #expect(applied.all.isEmpty)
            try Files.write("scheduler: [not a map\n", to: path)
            let error = #expect(throws: RouterConfigurationFile.Unusable.self) { try file.begin() }
            #expect(error?.description.hasPrefix("The router configuration \(path) cannot be used: ") == true)
            #expect(applied.all.isEmpty)
            try Files.write(Self.random, to: path)
            try file.begin()
            file.look()
            #expect(applied.all.count == 1)
        }
    }

    @Test func `a new file is taken once, and a bad one or none keeps the one before and is told once`() throws {
        try withFile { path, file, applied, lines in
            file.look()
            #expect(applied.all.isEmpty)
            try Files.write(Self.random, to: path)
            file.look()
            file.look()
            let random = RoutingPolicy.plugins(PluginPolicy(scorers: [.init(.random)]))
            #expect(applied.all == [random])

            try Files.write(
                "scheduler: {pluginConfig: [{name: least-latency, args: {TTFTTPOTWeightFactor: 2}}]}", to: path)
            for _ in 0..<3 { file.look() }
            #expect(applied.all == [random])
            #expect(lines.count("TTFTTPOTWeightFactor") == 1)
            try Files.write("scheduler: [", to: path)
            for _ in 0..<3 { file.look() }
            Files.remove(path)
            for _ in 0..<3 { file.look() }
            #expect(applied.all == [random])
            #expect(lines.count("cannot be used") == 3)

            try Files.write(Self.usage, to: path)
            file.look()
            let usage = RoutingPolicy.plugins(PluginPolicy(scorers: [.init(.gpuUsage, weight: 2)]))
            #expect(applied.all == [random, usage])
        }
    }

    @Test func `what has no effect is told`() throws {
        try withFile { path, file, applied, lines in
            try Files.write("scheduler: {plugins: {Filter: {enabled: [sticky]}, Score: {}}}", to: path)
            file.look()
            #expect(applied.all.count == 1)
            #expect(
                lines.count("The filter sticky is not known and left out; known are least-request, lora-affinity.") == 1
            )
        }
    }
}
