import JSONValues

/// What is the same in every part of one reply.
struct ReplyForm: Sendable {
    static let version = "0.32.0"
    static let fingerprint: JSONValue = "vllm-0.32.0-51afeeed"

    var call: InferenceCall
    /// With its prefix.
    var id: String
    /// Seconds since 1970.
    var created: Int
    /// Tokens a KV block: chat replies tell how many were stored.
    var blockSize: Int
    var showsPromptDetails: Bool

    private var isChat: Bool { call.surface == .chat }

    // MARK: In one piece

    /// One continued prompt.
    struct Choice: Sendable {
        var text = ""
        var tokens: [UInt32] = []
        var finish: FinishReason?
        /// The stop string that ended it.
        var stop: String?
        var cachedTokens = 0
        var lent: LentBlocks?
    }

    func reply(_ choices: [Choice], transfer: JSONValue) -> JSONValue {
        let forms = choices.enumerated().map { isChat ? chatChoice($0, $1) : completionChoice($0, $1) }
        let usage = wholeUsage(choices)
        if isChat {
            return [
                "id": .string(id), "object": "chat.completion", "created": JSONValue(created),
                "model": .string(call.model), "choices": .array(forms), "service_tier": .null,
                "system_fingerprint": Self.fingerprint, "usage": usage, "prompt_logprobs": .null,
                "prompt_token_ids": call.returnsTokenIDs ? ids(call.prompts[0]) : .null, "prompt_text": .null,
                "kv_transfer_params": transfer, "ec_transfer_params": .null, "metrics": .null,
            ]
        }
        return [
            "id": .string(id), "object": "text_completion", "created": JSONValue(created),
            "model": .string(call.model), "choices": .array(forms), "service_tier": .null,
            "system_fingerprint": Self.fingerprint, "usage": usage, "kv_transfer_params": transfer,
            "ec_transfer_params": .null, "metrics": .null,
        ]
    }

    private func chatChoice(_ index: Int, _ choice: Choice) -> JSONValue {
        [
            "index": JSONValue(index),
            "message": [
                "role": "assistant", "content": .string(choice.text), "refusal": .null, "annotations": .null,
                "audio": .null, "function_call": .null, "reasoning": .null,
            ],
            "logprobs": .null, "finish_reason": reason(choice.finish), "stop_reason": text(choice.stop),
            "token_ids": call.returnsTokenIDs ? ids(choice.tokens) : .null, "routed_experts": .null,
        ]
    }

    private func completionChoice(_ index: Int, _ choice: Choice) -> JSONValue {
        [
            "index": JSONValue(index), "text": .string(choice.text), "logprobs": .null,
            "finish_reason": reason(choice.finish), "stop_reason": text(choice.stop),
            "token_ids": call.returnsTokenIDs ? ids(choice.tokens) : .null, "prompt_logprobs": .null,
            "prompt_token_ids": call.returnsTokenIDs ? ids(call.prompts[index]) : .null, "routed_experts": .null,
        ]
    }

    private func reason(_ finish: FinishReason?) -> JSONValue { text(finish?.rawValue) }
    private func text(_ text: String?) -> JSONValue { text.map { .string($0) } ?? .null }
    private func ids(_ tokens: [UInt32]) -> JSONValue { .array(tokens.map { JSONValue(Int($0)) }) }

    // MARK: Usage

    private var promptCount: Int { call.prompts.reduce(0) { $0 + $1.count } }

    private func wholeUsage(_ choices: [Choice]) -> JSONValue {
        let made = choices.reduce(0) { $0 + $1.tokens.count }
        let cached = choices.last?.cachedTokens ?? 0
        let details: JSONValue =
            showsPromptDetails
            ? ["cached_tokens": JSONValue(cached), "created_cache_tokens": created(cached), "multimodal_tokens": .null]
            : .null
        return [
            "prompt_tokens": JSONValue(promptCount), "total_tokens": JSONValue(promptCount + made),
            "completion_tokens": JSONValue(made), "prompt_tokens_details": details,
            "completion_tokens_details": .null,
        ]
    }

    /// Prompt tokens newly put into the cache; only chat replies tell.
    private func created(_ cached: Int) -> JSONValue {
        isChat ? JSONValue(max(0, promptCount / blockSize * blockSize - cached)) : .null
    }

    private func runningUsage(_ made: Int) -> JSONValue {
        [
            "prompt_tokens": JSONValue(promptCount), "total_tokens": JSONValue(promptCount + made),
            "completion_tokens": JSONValue(made), "completion_tokens_details": .null,
        ]
    }

    // MARK: Piece by piece

    private func chunk(_ choices: JSONValue) -> JSONValue {
        [
            "id": .string(id), "object": .string(isChat ? "chat.completion.chunk" : "text_completion"),
            "created": JSONValue(created), "model": .string(call.model), "choices": choices,
        ]
    }

    /// The chunk before the first token; completions have none.
    func opening() -> JSONValue? {
        guard isChat else { return nil }
        let choice: JSONValue = [
            "index": 0, "delta": ["role": "assistant", "content": ""], "logprobs": .null, "finish_reason": .null,
        ]
        var chunk = chunk([choice])
        if call.hasContinuousUsage { chunk["usage"] = runningUsage(0) }
        chunk["prompt_token_ids"] = call.returnsTokenIDs ? ids(call.prompts[0]) : .null
        chunk["prompt_text"] = .null
        return chunk
    }

    /// The chunk of one token of one choice; `made` tokens were made of all choices so far.
    func piece(_ index: Int, text: String, token: UInt32, choice: Choice, made: Int) -> JSONValue {
        let tokenIDs: JSONValue = call.returnsTokenIDs ? ids([token]) : .null
        var form: JSONValue
        if isChat {
            form = [
                "index": JSONValue(index), "delta": ["content": .string(text)], "logprobs": .null,
                "finish_reason": reason(choice.finish),
            ]
            if choice.finish != nil { form["stop_reason"] = self.text(choice.stop) }
            form["token_ids"] = tokenIDs
        } else {
            let first = choice.tokens.count == 1
            form = [
                "index": JSONValue(index), "text": .string(text), "logprobs": .null,
                "finish_reason": reason(choice.finish), "stop_reason": self.text(choice.stop),
                "prompt_token_ids": first && call.returnsTokenIDs ? ids(call.prompts[index]) : .null,
                "token_ids": tokenIDs,
            ]
        }
        var chunk = chunk([form])
        if call.hasContinuousUsage { chunk["usage"] = runningUsage(made) }
        if choice.finish != nil, !call.includesUsage { chunk["system_fingerprint"] = Self.fingerprint }
        return chunk
    }

    /// The last chunk where usage was asked for.
    func closing(_ choices: [Choice]) -> JSONValue? {
        guard call.includesUsage else { return nil }
        let made = choices.reduce(0) { $0 + $1.tokens.count }
        var usage: JSONValue = [
            "prompt_tokens": JSONValue(promptCount), "total_tokens": JSONValue(promptCount + made),
            "completion_tokens": JSONValue(made),
        ]
        if showsPromptDetails {
            let cached = choices.last?.cachedTokens ?? 0
            var details: JSONValue = ["cached_tokens": JSONValue(cached)]
            if isChat { details["created_cache_tokens"] = created(cached) }
            usage["prompt_tokens_details"] = details
        }
        var chunk = chunk([])
        chunk["usage"] = usage
        chunk["system_fingerprint"] = Self.fingerprint
        return chunk
    }
}
