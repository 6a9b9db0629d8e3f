import ChatTemplates
import FoundationEssentials
import Gateway
import JSONValues
import KVBlocks
import ModelFiles
import Routing
import Synchronization
import Tokens

/// Engines whose `/tokenize` follows a model's files, and what the gateway asked them.
final class TokenizingEngine: Sendable {
    /// The files that the engine goes by at present.
    let files: Mutex<ModelFiles>
    private let scripted = Mutex<ScriptedEngine?>(nil)

    private init(_ files: ModelFiles) { self.files = Mutex(files) }

    static func start(_ name: String, _ files: ModelFiles) async throws -> TokenizingEngine {
        let engine = TokenizingEngine(files)
        let scripted = try await ScriptedEngine.start(name) { received in
            guard received.target == "/tokenize" else { return [ScriptedEngine.response(#"{"from":"\#(name)"}"#)] }
            guard let tokens = engine.tokens(received.body) else {
                return [ScriptedEngine.response(#"{"error":"no prompt"}"#, "400 Bad Request")]
            }
            let list = tokens.map(String.init).joined(separator: ",")
            return [ScriptedEngine.response(#"{"count":\#(tokens.count),"tokens":[\#(list)]}"#)]
        }
        engine.scripted.withLock { $0 = scripted }
        return engine
    }

    var endpoint: Endpoint? { scripted.withLock { $0?.endpoint() } }

    /// Questions that came with a request of a client, not from a check.
    var questions: [String] {
        (scripted.withLock { $0?.received } ?? []).filter { $0.target == "/tokenize" }
            .filter { $0.fields["x-request-id"] != nil }.map(\.body)
    }

    func tokens(_ question: String) -> [UInt32]? { Self.tokens(question, files.withLock { $0 }) }

    static func tokens(_ question: String, _ files: ModelFiles) -> [UInt32]? {
        guard let body = try? JSONValue.parse(question), let tokenizer = try? Tokenizer(file: files.tokenizer) else {
            return nil
        }
        var encoder = TokenEncoder(tokenizer)
        if let prompt = body["prompt"]?.string {
            return encoder.encode(prompt, framed: body["add_special_tokens"]?.bool ?? true)
        }
        guard let configuration = files[.configuration],
            let chats = try? ChatPrompts(tokenizerConfig: configuration, templateFile: files[.template]),
            let chat = try? chats.render(Array(question.utf8), now: nil)
        else { return nil }
        return encoder.encode(String(decoding: chat.text, as: UTF8.self), framed: chat.addsSpecialTokens)
    }
}

/// Small models of `TokensTests`.
enum SmallModel {
    static let template = """
        {% for m in messages %}<|im_start|>{{ m['role'] }}
        {{ m['content'] }}<|im_end|>
        {% endfor %}{% if add_generation_prompt %}<|im_start|>assistant
        {% endif %}
        """

    static func files(_ family: String, template: String = SmallModel.template) throws -> ModelFiles {
        let folder = #filePath.split(separator: "/").dropLast(2).map { "/\($0)" }.joined() + "/TokensTests/Fixtures"
        let tokenizer = try Data(contentsOf: URL(filePath: "\(folder)/\(family).tokenizer.json"))
        return ModelFiles(
            tokenizer: Array(tokenizer),
            others: [
                .configuration: Array(#"{"eos_token":"<|im_end|>","tokenizer_class":"PreTrainedTokenizerFast"}"#.utf8),
                .template: Array(template.utf8),
            ])
    }
}

/// A folder of models for the length of a test.
struct ModelFolders: Sendable {
    let path: String

    /// Removed when `body` returns.
    static func with<Result>(_ body: (ModelFolders) async throws -> Result) async throws -> Result {
        let path = FileManager.default.temporaryDirectory.path + "/models-\(UInt64.random(in: 0 ... .max))"
        defer { try? FileManager.default.removeItem(atPath: path) }
        return try await body(ModelFolders(path: path))
    }

    func write(_ files: ModelFiles, as model: String) throws {
        let folder = "\(path)/\(model)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        // The tokenizer's file last: it is what makes the folder a model's.
        for name in ModelFiles.Name.allCases.reversed() {
            let bytes = files[name]
            let place = URL(filePath: "\(folder)/\(name.rawValue)")
            if let bytes {
                try Data(bytes).write(to: place, options: .atomic)
            } else {
                try? FileManager.default.removeItem(at: place)
            }
        }
    }
}
