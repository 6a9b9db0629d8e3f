/// The settings of a simulated engine, in vLLM's own flags and a few of the simulator's.
package struct EngineFlags: Sendable {
    package var model = "simulated/model"
    package var servedNames: [String] = []
    package var host: String?
    package var port = 8000
    package var blockSize: Int?
    package var maxModelLength: Int?
    package var maxSequences = 256
    package var maxBatchedTokens = 8192
    package var blockCount: Int?
    package var isCaching = true
    /// Folder with the files that prompts become ids with; nil for the stand-in.
    package var tokenizer: String?
    package var hasAdapters = false
    package var maxAdapters = 1
    package var adapters: [(name: String, path: String)] = []
    package var kvEvents: KVEventsSettings?
    package var kvTransfer: KVTransferSettings?
    package var showsPromptDetails = false
    package var tracksLoad = false
    package var tensorParallel = 1
    package var pipelineParallel = 1
    package var dataParallel = 1

    // The simulator's own.
    package var timeScale = 1.0
    package var calibrationFile: String?
    package var seed: UInt64 = 0
    package var startupSeconds = 0.0
    package var allowsFaults = false
    package var publishesByteHashes = false
    package var publishesArrays = false
    package var wantsHelp = false
    package var wantsVersion = false

    /// Flags that were not understood; each is named once.
    package private(set) var unknown: [String] = []

    package init() {}

    /// Reads the arguments that would follow `vllm serve`.
    package init(arguments: [String]) throws(SimulatorError) {
        var reader = ArgumentReader(arguments)
        var hasModel = false
        while let item = reader.next() {
            switch item {
            case .word(let word):
                guard !hasModel else { throw SimulatorError("\"\(word)\" is no flag, and the model is already named") }
                model = word
                hasModel = true
            case .flag(let name, let attached):
                if name == "model" { hasModel = true }
                try apply(FlagTable.canonical(name), attached, &reader)
            }
        }
        if servedNames.isEmpty { servedNames = [model] }
        try check()
    }

    private mutating func apply(
        _ name: String, _ attached: String?, _ reader: inout ArgumentReader
    ) throws(SimulatorError) {
        switch FlagTable.kinds[name] {
        case .value(let set):
            guard let value = attached ?? reader.value() else { throw SimulatorError("--\(name) needs a value") }
            do { try set(&self, value) } catch { throw SimulatorError("--\(name): \(error.description)") }
        case .list(let set):
            let values = attached.map { [$0] } ?? reader.values()
            guard !values.isEmpty else { throw SimulatorError("--\(name) needs a value") }
            do { try set(&self, values) } catch { throw SimulatorError("--\(name): \(error.description)") }
        case .flag(let set):
            set(&self, attached.map { $0.lowercased() != "false" } ?? true)
        case .ignoredFlag: break
        case .ignoredValue:
            if attached == nil { _ = reader.value() }
        case nil:
            if name.hasPrefix("no-"), case .flag(let set) = FlagTable.kinds[String(name.dropFirst(3))] {
                set(&self, false)
            } else if name.hasPrefix("no-"), case .ignoredFlag = FlagTable.kinds[String(name.dropFirst(3))] {
                break
            } else {
                if attached == nil { _ = reader.values() }
                if !unknown.contains(name) { unknown.append(name) }
            }
        }
    }

    private func check() throws(SimulatorError) {
        let bounds: [(String, Int, ClosedRange<Int>)] = [
            ("--port", port, 0...65_535), ("--block-size", blockSize ?? 16, 1...1_048_576),
            ("--max-model-len", maxModelLength ?? 8192, 2...16_777_216),
            ("--max-num-seqs", maxSequences, 1...65_536),
            ("--max-num-batched-tokens", maxBatchedTokens, 1...16_777_216),
            ("--num-gpu-blocks-override", blockCount ?? 2, 2...16_777_216),
        ]
        for (flag, value, range) in bounds where !range.contains(value) {
            throw SimulatorError("\(flag) \(value) is out of range; use \(range.lowerBound) to \(range.upperBound)")
        }
        guard timeScale >= 0, timeScale.isFinite else { throw SimulatorError("--time-scale is 0 or more") }
    }
}
