import ChatTemplates
import HTTPWire
import KVBlocks
import Logging
import ModelFiles
import NIOPosix
import Synchronization
import Tokens

/// A model whose prompts can be turned into tokens in this process.
///
/// 1. Tokens are those that the files say, or there are none.
/// 2. Lanes are used by one caller each: an event loop has its own, threads for long prompts take one that is free.
final class LocalModel: Sendable {
    /// Why files cannot be used, in one sentence.
    struct Unusable: Error, CustomStringConvertible {
        var description: String
    }

    /// Bytes of texts that each event loop keeps, and each lane for long prompts; both of one model.
    static let loopCacheBytesMax = 4 << 20
    static let longCacheBytesMax = 32 << 20
    /// Bytes of a long prompt that decide which lane knows its beginning.
    private static let beginningBytes = 16_384

    private final class Lane: Sendable {
        let state: Mutex<TokenLane>

        init(_ tokenizer: Tokenizer, cacheBytesMax: Int) {
            state = Mutex(TokenLane(tokenizer, cacheBytesMax: cacheBytesMax))
        }
    }

    let digest: String
    /// Why chats of it cannot be made into texts; nil where they can.
    let chatProblem: String?
    private let chats: ChatPrompts?
    private let loops: [Lane]
    private let long: [Lane]

    /// Reads a model's files; takes up to a second for large ones. `loops` is how many event loops there are, `threads`
    /// how many threads for long prompts.
    init(_ files: ModelFiles, loops: Int, threads: Int) throws(Unusable) {
        let tokenizer: Tokenizer
        do {
            tokenizer = try Tokenizer(file: files.tokenizer)
        } catch {
            throw Unusable(description: "\(ModelFiles.Name.tokenizer.rawValue): \(error)")
        }
        if let problem = SpecialTokens.problem(files, tokenizer) { throw Unusable(description: problem) }
        digest = files.digest
        (chats, chatProblem) = Self.chats(files)
        self.loops = (0..<loops).map { _ in Lane(tokenizer, cacheBytesMax: Self.loopCacheBytesMax) }
        long = (0..<threads).map { _ in Lane(tokenizer, cacheBytesMax: Self.longCacheBytesMax) }
    }

    private static func chats(_ files: ModelFiles) -> (ChatPrompts?, String?) {
        guard let configuration = files[.configuration] else {
            return (nil, "there is no \(ModelFiles.Name.configuration.rawValue)")
        }
        do {
            let chats = ChatPromptFiles(
                tokenizerConfig: configuration, templateFile: files[.template],
                namedTemplates: files[.toolTemplate].map { ["tool_use": $0] } ?? [:],
                specialTokensMap: files[.specialTokens], processorTemplate: files[.processorTemplate],
                modelConfig: files[.model])
            return (try ChatPrompts(chats), nil)
        } catch {
            return (nil, error.description)
        }
    }

    func makes(_ kind: LocalPrompt.Kind) -> Bool { kind == .text || chats != nil }

    /// The tokens of a short prompt, on the event loop of this number; nil where an engine has to be asked.
    func tokens(of prompt: LocalPrompt, loop: Int) -> [UInt32]? {
        guard loops.indices.contains(loop) else { return nil }
        return loops[loop].state.withLock { lane in lane.tokens(of: prompt, chats) }
    }

    /// The tokens of a long prompt, on a thread that may take its time; nil where an engine has to be asked.
    func tokens(ofLong prompt: LocalPrompt) -> [UInt32]? {
        guard !long.isEmpty else { return nil }
        let beginning = XXH3.hash(Array(prompt.beginning(Self.beginningBytes)), seed: 0)
        let first = Int(truncatingIfNeeded: beginning >> 1) % long.count
        // A conversation goes on where its beginning is known, unless that lane is busy.
        for offset in 0..<long.count {
            let lane = long[(first + offset) % long.count]
            let tokens: [UInt32]?? = lane.state.withLockIfAvailable { lane in lane.tokens(of: prompt, chats) }
            if let tokens { return tokens }
        }
        return long[first].state.withLock { lane in lane.tokens(of: prompt, chats) }
    }
}

extension LocalModel {
    /// Reads a model on a thread that may take its time, and tells how it went; `origin` says from where. Nil where
    /// its files cannot be used.
    static func load(
        loops: Int, threads: Int, _ logger: Logger, _ origin: Logger.Metadata,
        _ files: @escaping @Sendable () throws -> ModelFiles
    ) async -> LocalModel? {
        let result = try? await NIOThreadPool.singleton.runIfActive { () -> Result<LocalModel, Unusable> in
            do {
                return .success(try LocalModel(files(), loops: loops, threads: threads))
            } catch let error as Unusable {
                return .failure(error)
            } catch {
                return .failure(Unusable(description: "\(error)"))
            }
        }
        switch result {
        case .success(let model):
            tell(logger, model, origin)
            return model
        case .failure(let problem): tell(logger, problem, origin)
        case nil: break
        }
        return nil
    }

    private static func tell(_ logger: Logger, _ model: LocalModel, _ origin: Logger.Metadata) {
        var metadata: Logger.Metadata = ["digest": .string(model.digest)]
        if let problem = model.chatProblem { metadata["chatsByEngine"] = .string(problem) }
        logger.info("Read a model's files", metadata: metadata.merging(origin) { $1 })
    }

    private static func tell(_ logger: Logger, _ problem: Unusable, _ origin: Logger.Metadata) {
        logger.warning(
            "Asking engines for a model's tokens, because its files cannot be used; mend or remove them",
            metadata: origin.merging(["problem": .string(problem.description)]) { $1 })
    }
}
