/// The members of a request body's top-level object that a router reads or changes, as ranges of the body's bytes.
///
/// 1. Nothing is decoded or copied; the inside of a value is only followed for strings and brackets, since the engine
///    checks the rest.
/// 2. A name written with escapes is recognised; of a repeated name the last value counts, as in most readers.
/// 3. Every known member's range is inside the object, in ascending order, and ranges do not overlap.
package struct JSONMembers: Sendable {
    /// Levels of nesting; a deeper body is refused.
    package static let depthMax = 128

    /// The names that are known.
    package enum Key: UInt8, Sendable, CaseIterable {
        case model, stream, messages, prompt, input, tools, documents, user, choices, usage, tokens, count, system
        case instructions, n
        case streamOptions = 32
        case maxTokens, maxCompletionTokens, maxOutputTokens, minTokens, minCompletionTokens, kvTransferParams
        case bootstrapHost, bootstrapPort, bootstrapRoom, previousResponseID, cacheSalt, chatTemplate
        case chatTemplateKwargs, addGenerationPrompt, continueFinalMessage, addSpecialTokens, includeUsage

        /// The name as it stands in JSON.
        package var text: String {
            switch self {
            case .model: "model"
            case .stream: "stream"
            case .messages: "messages"
            case .prompt: "prompt"
            case .input: "input"
            case .tools: "tools"
            case .documents: "documents"
            case .user: "user"
            case .choices: "choices"
            case .usage: "usage"
            case .tokens: "tokens"
            case .count: "count"
            case .system: "system"
            case .instructions: "instructions"
            case .n: "n"
            case .streamOptions: "stream_options"
            case .maxTokens: "max_tokens"
            case .maxCompletionTokens: "max_completion_tokens"
            case .maxOutputTokens: "max_output_tokens"
            case .minTokens: "min_tokens"
            case .minCompletionTokens: "min_completion_tokens"
            case .kvTransferParams: "kv_transfer_params"
            case .bootstrapHost: "bootstrap_host"
            case .bootstrapPort: "bootstrap_port"
            case .bootstrapRoom: "bootstrap_room"
            case .previousResponseID: "previous_response_id"
            case .cacheSalt: "cache_salt"
            case .chatTemplate: "chat_template"
            case .chatTemplateKwargs: "chat_template_kwargs"
            case .addGenerationPrompt: "add_generation_prompt"
            case .continueFinalMessage: "continue_final_message"
            case .addSpecialTokens: "add_special_tokens"
            case .includeUsage: "include_usage"
            }
        }

        private static let keys = Array(allCases)
        private static let names = NameTable(keys.map(\.text))

        static func known(_ bytes: Span<UInt8>, _ name: Range<Int>) -> Key? {
            names.index(bytes, name, isFolded: false).map { keys[$0] }
        }
    }

    /// What a value is, by its first byte.
    package enum Kind: Sendable, Hashable { case string, number, object, array, yes, no, null }

    /// One known member.
    package struct Member: Sendable, Hashable {
        package var key: Key
        package var kind: Kind
        /// Its place among all members, known or not.
        package var ordinal: Int
        /// Where the name's quote is.
        package var start: Int
        package var value: Range<Int>
        /// The comma before it; nil for the first.
        package var commaBefore: Int?
        /// The comma after it; nil for the last.
        package var commaAfter: Int?
    }

    package init() {}

    package internal(set) var members: [Member] = []
    /// Members in the object, known or not.
    package internal(set) var count = 0
    /// Where the object's closing brace is.
    package internal(set) var close = 0

    /// The member of this name that counts: the last.
    package subscript(key: Key) -> Member? { members.last { $0.key == key } }

    /// The text of a string member, unescaped; nil when it is absent or no string.
    package func string(_ key: Key, in bytes: Span<UInt8>) -> String? {
        guard let member = self[key], member.kind == .string else { return nil }
        let inside = member.value.lowerBound + 1..<member.value.upperBound - 1
        let text = bytes.extracting(inside)
        if ByteSearch.first(UInt8(ascii: "\\"), in: text, from: 0) == nil {
            return unsafe text.withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) }
        }
        return JSONText.unescape(bytes, inside).map { String(decoding: $0, as: UTF8.self) }
    }

    /// The value of a member that is a plain whole number.
    package func integer(_ key: Key, in bytes: Span<UInt8>) -> Int? {
        guard let member = self[key], member.kind == .number, member.value.count <= 18 else { return nil }
        var value = 0
        var isNegative = false
        for index in member.value {
            let byte = bytes[index]
            if byte == UInt8(ascii: "-"), index == member.value.lowerBound {
                isNegative = true
            } else {
                guard byte >= 0x30, byte <= 0x39 else { return nil }
                value = value * 10 + Int(byte - 0x30)
            }
        }
        return isNegative ? -value : value
    }

    package func isTrue(_ key: Key) -> Bool { self[key]?.kind == .yes }
}
