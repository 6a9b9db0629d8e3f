import ChatTemplates
import JSONValues
import Testing

/// Which files of a model give the template and its special tokens, and what is refused with which reason.
@Suite struct ChatPromptFilesTests {
    private static let chat: JSONValue = ["messages": [["role": "user", "content": "a secret"]]]

    private static func text(_ files: ChatPromptFiles, _ body: JSONValue = chat) throws(ChatPromptError) -> String {
        String(decoding: try ChatPrompts(files).render(body.bytes(), now: nil).text, as: UTF8.self)
    }

    private static func files(_ config: JSONValue) -> ChatPromptFiles {
        ChatPromptFiles(tokenizerConfig: config.bytes())
    }

    @Test func `files of templates stand in for those of the configuration`() throws {
        var files = Self.files(["chat_template": "configured"])
        #expect(try Self.text(files) == "configured")
        files.templateFile = Array("from a file".utf8)
        #expect(try Self.text(files) == "from a file")
        files.namedTemplates = ["tool_use": Array("with tools".utf8), "rag": Array("{% nothing".utf8)]
        #expect(try Self.text(files) == "from a file")
        var asked = Self.chat
        asked["tools"] = [["type": "function", "function": ["name": "f"]]]
        #expect(try Self.text(files, asked) == "with tools")
        files.templateFile = nil
        #expect(throws: ChatPromptError.self) { try Self.text(files) }
        let prompts = try ChatPrompts(tokenizerConfig: files.tokenizerConfig, templateFile: nil)
        #expect(try prompts.render(asked.bytes(), now: nil).text == Array("configured".utf8))
    }

    @Test func `special tokens come from texts, objects and the map beside the configuration`() throws {
        let template: JSONValue =
            "{{ bos_token }}{{ eos_token }}{{ image_token }}{{ x_token }}{{ pad_token is defined }}"
        var config: JSONValue = [
            "tokenizer_class": "PreTrainedTokenizerFast", "chat_template": template, "bos_token": "<s>",
            "eos_token": ["__type": "AddedToken", "content": "</s>"], "image_token": "<i>", "pad_token": .null,
            "extra_special_tokens": ["x_token": "<x>"], "add_bos_token": true,
        ]
        var files = Self.files(config)
        #expect(try Self.text(files) == "<s></s><i><x>False")
        files.specialTokensMap = (["bos_token": ["content": "<b>"]] as JSONValue).bytes()
        #expect(try Self.text(files) == "<b></s><i><x>False")
        config["added_tokens_decoder"] = [:]
        files.tokenizerConfig = config.bytes()
        #expect(try Self.text(files) == "<s></s><i><x>False")
    }

    static let unusable: [(JSONValue, ChatPromptError.Reason)] = [
        ([:], .files), ([], .files), (["chat_template": [["name": "rag", "template": "x"]]], .files),
        (["chat_template": [["name": "default"]]], .files), (["chat_template": "{% if %}"], .template),
        (["chat_template": "{{ bos_token }}", "tokenizer_class": "LlamaTokenizer"], .files),
        (["chat_template": "{{ pad_token }}", "tokenizer_class": "PreTrainedTokenizerFast"], .files),
        (["chat_template": "{{ additional_special_tokens }}"], .files),
    ]

    @Test(arguments: unusable) func `files without a usable template are refused`(
        config: JSONValue, reason: ChatPromptError.Reason
    ) {
        let error = #expect(throws: ChatPromptError.self) { try Self.text(Self.files(config)) }
        #expect(error?.reason == reason)
    }

    @Test func `a model that the engine renders by code of its own is refused`() {
        var files = Self.files(["chat_template": "x"])
        for config: JSONValue in [["model_type": "gpt_oss"], ["architectures": ["DeepseekV32ForCausalLM"]]] {
            files.modelConfig = config.bytes()
            let error = #expect(throws: ChatPromptError.self) { try Self.text(files) }
            #expect(error?.reason == .files)
        }
    }

    static let refused: [(String, ChatPromptError.Reason)] = [
        (#"{"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"x"}}]}]}"#, .media),
        (#"{"messages":[{"role":"user","content":[{"type":"input_audio","input_audio":{}}]}]}"#, .media),
        (#"{"messages":[{"role":"user","content":[{"type":"text","text":"x","image_url":"y"}]}]}"#, .media),
        (#"{"messages":[{"role":"user","content":"a","a secret":1}]}"#, .message),
        (#"{"messages":[{"role":"assistant","content":"","tool_calls":[{"id":"a secret"}]}]}"#, .message),
        (#"{"messages":[],"model":"m"}"#, .refused), (#"{"model":"a secret""#, .refused), ("[]", .refused),
        (#"{"messages":[{"role":"user","content":"a"}],"tools":[]}"#, .refused),
        (#"{"messages":[{"role":"user","content":"a"}],"tools":[{"type":"a secret"}]}"#, .tools),
        (#"{"messages":[{"role":"user","content":"a"}],"chat_template":"a secret"}"#, .request),
        (#"{"messages":[{"role":"user","content":"a"}],"truncate_prompt_tokens":5}"#, .request),
        (#"{"messages":[{"role":"user","content":"a"}],"a secret":5}"#, .request),
        (#"{"messages":[{"role":"user","content":"a"}],"kv_transfer_params":{"prompt_token_ids":[1]}}"#, .request),
        (#"{"messages":[{"role":"user","content":"a"}],"chat_template_kwargs":{"tokenize":true}}"#, .request),
        (#"{"messages":[{"role":"user","content":"a"}],"continue_final_message":true}"#, .refused),
        (#"{"messages":[{"role":"user","content":"a secret"}],"chat_template_kwargs":{"raise":true}}"#, .refused),
        (#"{"messages":[{"role":"user","content":"a secret"}],"chat_template_kwargs":{"fail":true}}"#, .refused),
        (#"{"messages":[{"role":"user","content":"a secret"}],"chat_template_kwargs":{"date":true}}"#, .template),
    ]

    @Test(arguments: refused) func `a request that is not known to give one prompt is refused, without its words`(
        body: String, reason: ChatPromptError.Reason
    ) throws {
        let template =
            "{{ messages[0].content }}{% if raise %}{{ raise_exception(messages[0].content) }}{% endif %}"
            + "{% if fail %}{{ {}[messages[0].content].x }}{{ 'x'[messages[0].content].y }}{% endif %}"
            + "{% if date %}{{ strftime_now('%Y') }}{% endif %}"
        let prompts = try ChatPrompts(Self.files(["chat_template": .string(template)]))
        let error = #expect(throws: ChatPromptError.self) { try prompts.render(Array(body.utf8), now: nil) }
        #expect(error?.reason == reason, "\(error?.description ?? "")")
        #expect(error?.description.contains("secret") == false)
    }

    @Test func `special tokens are added only where the request asks for them`() throws {
        let prompts = try ChatPrompts(Self.files(["chat_template": "x"]))
        var body = Self.chat
        #expect(try prompts.render(body.bytes(), now: nil).addsSpecialTokens == false)
        body["add_special_tokens"] = true
        #expect(try prompts.render(body.bytes(), now: nil) == ChatPrompt(text: [0x78], addsSpecialTokens: true))
    }
}
