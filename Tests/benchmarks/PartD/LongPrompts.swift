import ClusterKit
import HTTPWire
import NIOCore
import Sockets
import SystemFiles
import TestKit

/// What a prompt of 100,000 tokens costs the gateway when most of it was there before: all it does for the request,
/// from the first byte read to the last one sent on, with the choice by tokens that it makes itself in between.
enum LongPrompts {
    private static let tokens = 100_000
    private static let turns = 100
    private static let questionBytes = 600
    private static let blockSize = 16
    /// Some more than the time between two of the gateway's checks of engines.
    private static let checkPeriods = Duration.seconds(2)

    /// The two interfaces.
    private enum Kind: String, CaseIterable {
        case text, chat

        var path: String { self == .text ? "/v1/completions" : "/v1/chat/completions" }
    }

    static func bars() async throws -> [Bar] {
        let scene = try TokenScene.shared.get()
        let models = "\(Environment["TMPDIR"] ?? "/tmp")/martlet-bench-\(UInt32.random(in: 0 ... .max))"
        try Files.makeFolder("\(models)/m")
        try Files.write(scene.file, to: "\(models)/m/tokenizer.json")
        try Files.write(ModelQuestions.configuration, to: "\(models)/m/tokenizer_config.json")
        try Files.write(ModelQuestions.template, to: "\(models)/m/chat_template.jinja")
        defer { for name in Files.names(in: "\(models)/m") { Files.remove("\(models)/m/\(name)") } }
        let questions = try ModelQuestions(scene.tokenizer)
        return try await LoadThread.with { loop in
            let port = try await loop.submit {
                try StubEngine(.whole(bytes: 518), tokens: questions.tokens).listen(loop)
            }.get()
            let arguments = [
                "--worker", "http://127.0.0.1:\(port)", "--engines", "4", "--exact-cache", "\(blockSize)",
                "--model-files", models,
            ]
            return try await GatewayProcess.run(arguments, core: 1) { gateway, process in
                try await trust(loop, gateway, questions)
                var bars: [Bar] = []
                for kind in Kind.allCases { bars.append(try await bar(kind, scene, loop, gateway, process, questions)) }
                return bars
            }
        }
    }

    /// Waits until the gateway asks nobody for tokens any more, and has checked its own against every engine.
    private static func trust(_ loop: PollLoop, _ gateway: Int, _ questions: ModelQuestions) async throws {
        for number in 0..<200 {
            var before = questions.count
            for kind in Kind.allCases {
                let body = request(kind, messages: [Array("question \(number)".utf8)])
                _ = try await TurnClient.run(loop, port: gateway, path: kind.path, [body])
            }
            if questions.count == before {
                repeat {
                    before = questions.count
                    try await Task.sleep(for: checkPeriods)
                } while questions.count != before
                return
            }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw BenchmarkError("the gateway still asks engines for tokens")
    }

    private static func bar(
        _ kind: Kind, _ scene: TokenScene, _ loop: PollLoop, _ gateway: Int, _ process: Int32,
        _ questions: ModelQuestions
    ) async throws -> Bar {
        let bodies = conversation(kind, scene)
        // The first is the one that the others go on from.
        let fresh = try await TurnClient.run(loop, port: gateway, path: kind.path, [bodies[0]])
        let asked = questions.count
        let before = try ProcessUsage.coreSeconds(process)
        let waits = try await TurnClient.run(loop, port: gateway, path: kind.path, Array(bodies.dropFirst())).sorted()
        let seconds = try ProcessUsage.coreSeconds(process) - before
        guard questions.count == asked else { throw BenchmarkError("an engine was asked for tokens") }
        return Bar(
            name: "core-time-of-\(kind.rawValue)-with-\(tokens)-tokens-warm",
            value: seconds / Double(waits.count) * 1e3, unit: "ms", limit: .atMost(5),
            detail: "\(waits.count) turns of \(bodies[0].count >> 10) KiB and more; from the request's first byte to "
                + "the answer's end p50 \(Bar.text(waits[waits.count / 2])), "
                + "p90 \(Bar.text(waits[waits.count * 9 / 10])) ms, the first \(Bar.text(fresh[0])) ms")
    }

    /// A conversation of so many tokens, then each turn an answer and a question longer.
    private static func conversation(_ kind: Kind, _ scene: TokenScene) -> [[UInt8]] {
        let perToken = Double(scene.text.count) / Double(scene.tokenCount)
        var start = 0
        func next() -> [UInt8] {
            var end = start + questionBytes
            while scene.text[end] & 0xC0 == 0x80 { end += 1 }
            defer { start = end }
            return Array(scene.text[start..<end])
        }
        var messages = (0..<Int(Double(tokens) * perToken) / questionBytes | 1).map { _ in next() }
        return (0...turns).map { _ in
            defer { messages += [next(), next()] }
            return request(kind, messages: messages)
        }
    }

    private static func request(_ kind: Kind, messages: [[UInt8]]) -> [UInt8] {
        let parts = messages.map { String(decoding: $0, as: UTF8.self) }
        switch kind {
        case .text:
            let text = String(decoding: JSONText.quoted(parts.joined()), as: UTF8.self)
            return Array("{\"model\":\"m\",\"prompt\":\(text),\"max_tokens\":1}".utf8)
        case .chat:
            let list = parts.enumerated().map { number, part in
                let text = String(decoding: JSONText.quoted(part), as: UTF8.self)
                return "{\"role\":\"\(number % 2 == 0 ? "user" : "assistant")\",\"content\":\(text)}"
            }
            return Array("{\"model\":\"m\",\"messages\":[\(list.joined(separator: ","))],\"max_tokens\":1}".utf8)
        }
    }
}
