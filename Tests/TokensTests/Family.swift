import FoundationEssentials
import Testing
import Tokens

/// A small tokenizer of one family with the ids that the reference gave for generated texts.
struct Family: Sendable, CustomTestStringConvertible {
    struct Case {
        var text: [UInt8]
        /// Of the text alone.
        var plain: [UInt32]
        /// Of the text with the tokens that the file puts around it.
        var framed: [UInt32]
    }

    static let all = [
        "gpt2", "gpt2-space", "llama3", "qwen2", "deepseek", "o200k", "llama2", "mistral", "metaspace",
    ].map(Family.init(name:))

    var name: String

    init(name: String) { self.name = name }
    var testDescription: String { name }

    private static let fixtures = String(#filePath.dropLast("Family.swift".count)) + "Fixtures"

    /// `MARTLET_TOKEN_CASES` names another folder that `vectors.py` has filled, with any number of cases.
    static let folder = ProcessInfo.processInfo.environment["MARTLET_TOKEN_CASES"] ?? fixtures

    var file: [UInt8] {
        get throws { try Array(Data(contentsOf: URL(filePath: "\(Self.folder)/\(name).tokenizer.json"))) }
    }

    var tokenizer: Tokenizer { get throws { try Tokenizer(file: file) } }

    /// Every recorded case, in the order of the file.
    func forEachCase(_ body: (Case) throws -> Void) throws {
        let rows = try Data(contentsOf: URL(filePath: "\(Self.folder)/\(name).cases"))
        for row in rows.split(separator: 0x0A) {
            let columns = row.split(separator: 0x09, omittingEmptySubsequences: false)
            guard columns.count == 3 else { continue }
            try body(
                Case(text: Self.bytes(columns[0]), plain: Self.ids(columns[1]), framed: Self.ids(columns[2])))
        }
    }

    var cases: [Case] {
        get throws {
            var cases: [Case] = []
            try forEachCase { cases.append($0) }
            return cases
        }
    }

    private static func digit(_ byte: UInt8) -> UInt8 { byte < 0x3A ? byte - 0x30 : byte - 0x57 }

    private static func bytes(_ text: Data) -> [UInt8] {
        let digits = text.map(digit)
        return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }

    private static func ids(_ text: Data) -> [UInt32] {
        text.split(separator: 0x20).map { $0.reduce(0) { $0 << 4 | UInt32(digit($1)) } }
    }
}
