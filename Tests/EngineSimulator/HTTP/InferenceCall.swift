import JSONValues

/// A completion or chat request as its body says it, checked.
struct InferenceCall: Sendable {
    enum Surface: Sendable {
        case completion
        case chat

        var prefix: String { self == .chat ? "chatcmpl" : "cmpl" }
    }

    var surface: Surface
    var model: String
    var prompts: [[UInt32]]
    var maxTokens: Int
    var minTokens = 0
    var ignoresEnd = false
    var seed = 0
    var stops: [String] = []
    var isStreamed = false
    var includesUsage = false
    var hasContinuousUsage = false
    var returnsTokenIDs = false
    var salt: String?
    var sessionID: String?
    var reportsHits = false
    var transfer: JSONValue?

    /// What a call is checked against.
    struct Limits: Sendable {
        var models: [String]
        var modelLengthMax: Int
        var tokens = PromptTokens.standIn
    }

    init(_ body: JSONValue, surface: Surface, limits: Limits) throws(APIError) {
        self.surface = surface
        guard body.object != nil else { throw .wrongType("", expected: "dictionary") }
        guard let given = body[surface == .chat ? "messages" : "prompt"], !given.isNull else {
            throw .missing(surface == .chat ? "messages" : "prompt", of: body)
        }
        model = body["model"]?.string ?? limits.models.first ?? ""
        guard limits.models.contains(model) else { throw .unknownModel(model, aliases: limits.models) }
        prompts =
            surface == .chat
            ? [try Self.chat(given, body, limits.tokens)] : try Self.prompts(given, body, limits.tokens)
        maxTokens = 0
        try readSampling(body, limits)
        try readOutput(body)
        salt = body["cache_salt"]?.string
        sessionID = body["session_id"]?.string ?? body[path: "vllm_xargs", "session_id"]?.string
        reportsHits = body[path: "vllm_xargs", "kv_cache_report_mode"]?.string == "full"
        transfer = body["kv_transfer_params"].flatMap { $0.object == nil ? nil : $0 }
    }

    // MARK: Prompts

    private static func prompts(
        _ given: JSONValue, _ body: JSONValue, _ ids: PromptTokens
    ) throws(APIError) -> [[UInt32]] {
        switch given {
        case .string(let text): return [ids.ids(text, body)]
        case .array(let elements):
            guard let first = elements.first else { throw .badRequest("The prompt cannot be empty", "prompt") }
            if first.integer != nil { return [try tokens(given)] }
            var prompts: [[UInt32]] = []
            for element in elements {
                if let text = element.string {
                    prompts.append(ids.ids(text, body))
                } else {
                    prompts.append(try tokens(element))
                }
            }
            return prompts
        default: throw .wrongType("prompt", expected: "string")
        }
    }

    static func tokens(_ given: JSONValue) throws(APIError) -> [UInt32] {
        guard let elements = given.array else { throw .wrongType("prompt", expected: "list") }
        var ids: [UInt32] = []
        ids.reserveCapacity(elements.count)
        for element in elements {
            guard let id = element.integer.flatMap({ UInt32(exactly: $0) }) else {
                throw .wrongType("prompt", expected: "integer")
            }
            ids.append(id)
        }
        return ids
    }

    static func chat(
        _ given: JSONValue, _ body: JSONValue, _ ids: PromptTokens
    ) throws(APIError) -> [UInt32] {
        guard let elements = given.array else { throw .wrongType("messages", expected: "list") }
        var messages: [ChatMessage] = []
        for (index, element) in elements.enumerated() {
            guard let role = element["role"]?.string else { throw .missing("messages.\(index).role", of: element) }
            messages.append(ChatMessage(role: role, content: text(of: element["content"])))
        }
        return try ids.ids(messages, body)
    }

    /// A message's text: a string, or the text parts of a list.
    private static func text(of content: JSONValue?) -> String {
        switch content {
        case .string(let text): text
        case .array(let parts): parts.compactMap { $0["text"]?.string }.joined(separator: "\n")
        default: ""
        }
    }

    // MARK: Options

    private mutating func readSampling(_ body: JSONValue, _ limits: Limits) throws(APIError) {
        if let temperature = body["temperature"]?.double, temperature < 0 {
            throw .badValue("temperature must be non-negative, got \(temperature).", "temperature", "\(temperature)")
        }
        for member in ["n", "best_of"] where body[member]?.integer ?? 1 != 1 {
            throw .badRequest("The simulator makes one choice for each prompt: leave \(member) out.", member)
        }
        let wantsLogProbabilities = body["logprobs"].map { !$0.isNull && $0 != false } ?? false
        if wantsLogProbabilities || body["echo"]?.bool == true {
            throw .badRequest("The simulator has no log probabilities and no echo: leave them out.", "logprobs")
        }
        for prompt in prompts { try check(prompt, body, limits) }
        minTokens = body["min_tokens"]?.integer ?? 0
        ignoresEnd = body["ignore_eos"]?.bool ?? false
        seed = body["seed"]?.integer ?? 0
        stops = body["stop"]?.string.map { [$0] } ?? body["stop"]?.elements.compactMap(\.string) ?? []
        stops.removeAll { $0.isEmpty }
    }

    private mutating func check(_ prompt: [UInt32], _ body: JSONValue, _ limits: Limits) throws(APIError) {
        let lengthMax = limits.modelLengthMax
        guard !prompt.isEmpty else { throw .badRequest("The decoder prompt cannot be empty", "prompt") }
        let asked = body["max_completion_tokens"]?.integer ?? body["max_tokens"]?.integer
        if let asked, asked < 1 {
            throw .badValue("max_tokens must be at least 1, got \(asked).", "max_tokens", "\(asked)")
        }
        if let asked, asked > lengthMax {
            throw .badValue(
                "max_tokens=\(asked) cannot be greater than max_model_len=\(lengthMax). "
                    + "Please request fewer output tokens.", "max_tokens", "\(asked)")
        }
        guard prompt.count < lengthMax else { throw tooLong(prompt, body, lengthMax) }
        let room = lengthMax - prompt.count
        if let asked, asked > room {
            throw .badValue(
                "This model's maximum context length is \(lengthMax) tokens. However, you requested \(asked) output "
                    + "tokens and your prompt contains \(prompt.count) input tokens, for a total of "
                    + "\(asked + prompt.count) tokens. Please reduce the length of the input prompt or the number of "
                    + "requested output tokens.", "input_tokens", "\(prompt.count)")
        }
        maxTokens = asked ?? (surface == .chat ? room : min(16, room))
    }

    /// vLLM stops counting a text one token beyond the limit, so only prompts given as ids are counted in full.
    private func tooLong(_ prompt: [UInt32], _ body: JSONValue, _ lengthMax: Int) -> APIError {
        let isCounted = surface == .completion && body["prompt"]?[0]?.string == nil && body["prompt"]?.string == nil
        let count = isCounted ? prompt.count : min(prompt.count, lengthMax + 1)
        return .badValue(
            "This model's maximum context length is \(lengthMax) tokens. However, your prompt contains "
                + "\(isCounted ? "" : "at least ")\(count) input tokens, which exceeds this limit even without any "
                + "output tokens. Please reduce the length of the input prompt.", "input_tokens", "\(count)")
    }

    private mutating func readOutput(_ body: JSONValue) throws(APIError) {
        isStreamed = body["stream"]?.bool ?? false
        if let options = body["stream_options"], !options.isNull {
            guard isStreamed else {
                throw .badRequest("Stream options can only be defined when `stream=True`.", "stream_options")
            }
            includesUsage = options["include_usage"]?.bool ?? false
            hasContinuousUsage = includesUsage && (options["continuous_usage_stats"]?.bool ?? false)
        }
        returnsTokenIDs = body["return_token_ids"]?.bool ?? false
    }
}
