extension ChatRequest {
    /// Members of a body that say how to answer, not what the prompt is.
    static let membersWithoutText: Set<String> = [
        "model", "stream", "stream_options", "user", "n", "stop", "seed", "temperature", "top_p", "top_k", "min_p",
        "max_tokens", "max_completion_tokens", "min_tokens", "frequency_penalty", "presence_penalty",
        "repetition_penalty", "length_penalty", "logit_bias", "logprobs", "top_logprobs", "prompt_logprobs",
        "logprob_token_ids", "allowed_token_ids", "bad_words", "stop_token_ids", "ignore_eos",
        "include_stop_str_in_output", "skip_special_tokens", "spaces_between_special_tokens", "use_beam_search",
        "best_of", "watermarking", "thinking_token_budget", "repetition_detection",
        "parallel_tool_calls", "response_format", "structured_outputs", "include_reasoning", "echo", "priority",
        "request_id", "session_id", "cache_salt", "ec_transfer_params", "vllm_xargs", "stream_interval",
        "return_tokens_as_token_ids", "return_token_ids", "return_token_offsets", "return_prompt_text",
        "routed_experts_prompt_start", "truncation_side", "mm_payload", "return_mm_kwargs", "metadata", "store",
        "service_tier", "safety_identifier", "prompt_cache_key",
    ]

    /// Names that `chat_template_kwargs` cannot give to a template: the engine refuses them, or takes them for
    /// something else.
    static let reservedVariables: Set<String> = [
        "self", "messages", "conversation", "conversations", "tools", "documents", "chat_template", "tokenize",
        "tokenizer", "tokenizer_kwargs", "processor_kwargs", "model_config", "padding", "truncation", "max_length",
        "return_tensors", "return_dict", "return_assistant_tokens_mask", "range", "dict", "lipsum", "cycler", "joiner",
        "namespace", "raise_exception", "strftime_now", "add_generation_prompt", "continue_final_message",
    ]
}
