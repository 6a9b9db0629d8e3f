import Observability
import SystemFiles
import TestKit
import Tokens

/// The package `tokenizers` of PyPI over the same prompts with the same file, where a Python has it.
enum TokenPeer {
    private static let program = "deploy/scripts/tokenizers-peer.py"

    /// Seconds of a core for all prompts; nil, said on standard error, where the package is not. Fails when its ids are
    /// other ones.
    static func seconds(_ scene: TokenScene) async throws -> Double? {
        guard let python = try await python() else {
            StandardError.write("  comparison with tokenizers: not made, for no Python here has the package")
            return nil
        }
        let folder = "\(Environment["TMPDIR"] ?? "/tmp")/martlet-bench-\(UInt32.random(in: 0 ... .max))"
        try Files.makeFolder(folder)
        try Files.write(scene.file, to: "\(folder)/tokenizer.json")
        try Files.write(Array(scene.prompts.joined(separator: [0])), to: "\(folder)/prompts")
        let command = try await Command.run(
            python, [program, "\(folder)/tokenizer.json", "\(folder)/prompts"],
            environment: ["TOKENIZERS_PARALLELISM": "false"])
        for name in Files.names(in: folder) { Files.remove("\(folder)/\(name)") }
        let words = command.output.split { $0 == " " || $0 == "\n" }
        guard command.succeeded, words.count == 2, let seconds = Double(words[0]), let mix = UInt32(words[1]) else {
            throw BenchmarkError("tokenizers fails: \(command.errors.suffix(500))")
        }
        guard mix == (try Self.mix(scene)) else { throw BenchmarkError("tokenizers gives other ids") }
        return seconds
    }

    private static func mix(_ scene: TokenScene) throws -> UInt32 {
        var encoder = TokenEncoder(scene.tokenizer)
        var mix: UInt32 = 0
        for prompt in scene.prompts {
            var ids: [UInt32] = []
            try encoder.encode(prompt, framed: false, into: &ids)
            for id in ids { mix = mix &* 31 &+ id }
        }
        return mix
    }

    /// The laboratory's Python, else the one on PATH.
    private static func python() async throws -> String? {
        let cache = Environment["LAB"] ?? "\(Environment["HOME"] ?? "")/.cache/martlet-lab"
        for python in ["\(cache)/vllm-venv/bin/python", "python3"] {
            if python.contains("/"), !Files.exists(python) { continue }
            let command = try? await Command.run(python, ["-c", "import tokenizers"])
            if command?.succeeded == true { return python }
        }
        return nil
    }
}
