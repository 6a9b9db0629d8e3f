import JSONValues

/// What `tokenizer_config.json` and the files beside it say about prompts.
struct TokenizerConfig {
    /// Templates by name; one without a name is `default`.
    var templates: [String: String]
    /// The variables that special tokens are to a template.
    var specialTokens: [String: String]
    /// Special tokens that the class of the tokenizer may set without the files saying so.
    var silentTokens: Set<String>

    init(_ files: ChatPromptFiles) throws(ChatPromptError) {
        let members = try TokenizerConfig.members(files.tokenizerConfig, of: "tokenizer_config.json")
        templates = try TokenizerConfig.templates(of: members, files)
        var tokens = members
        if let map = files.specialTokensMap, members["added_tokens_decoder"] == nil {
            for (name, value) in try TokenizerConfig.members(map, of: "special_tokens_map.json") {
                tokens[name] = value
            }
        }
        specialTokens = TokenizerConfig.specialTokens(of: tokens)
        let known = specialTokens
        let isPlain = TokenizerConfig.plainClasses.contains(members["tokenizer_class"]?.string ?? "")
        silentTokens = TokenizerConfig.standardTokens.filter { name in
            tokens[name] == nil && known[name] == nil && !(isPlain && name != "pad_token")
        }
        // Lists of further tokens are variables in some versions only.
        silentTokens.formUnion(["additional_special_tokens", "extra_special_tokens"])
    }

    private static let standardTokens: Set<String> = [
        "bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token",
    ]

    /// Classes without special tokens of their own, but for `pad_token`, which may come from `tokenizer.json`.
    private static let plainClasses: Set<String> = ["PreTrainedTokenizerFast", "TokenizersBackend"]

    private static func members(_ file: [UInt8], of name: String) throws(ChatPromptError) -> JSONObject {
        do throws(JSONError) {
            if let members = try JSONValue.parse(file).object { return members }
        } catch {
            throw ChatPromptError(.files, "\(name) is not JSON: \(error)")
        }
        throw ChatPromptError(.files, "\(name) is not an object")
    }

    /// Files of templates stand in for all templates of the configuration.
    private static func templates(
        of members: JSONObject, _ files: ChatPromptFiles
    ) throws(ChatPromptError) -> [String: String] {
        var templates: [String: String] = [:]
        for (name, file) in files.namedTemplates { templates[name] = try text(file, of: "\(name).jinja") }
        if let file = files.templateFile, templates["default"] == nil {
            templates["default"] = try text(file, of: "chat_template.jinja")
        }
        if !templates.isEmpty { return templates }
        switch members["chat_template"] {
        case .string(let template): return ["default": template]
        case .array(let entries):
            for entry in entries {
                guard let name = entry["name"]?.string, let template = entry["template"]?.string else {
                    throw ChatPromptError(.files, "an entry of 'chat_template' has no name or no template")
                }
                templates[name] = template
            }
            return templates
        default: throw ChatPromptError(.files, "the model's files hold no chat template")
        }
    }

    private static func text(_ file: [UInt8], of name: String) throws(ChatPromptError) -> String {
        guard let text = String(validating: file, as: UTF8.self) else {
            throw ChatPromptError(.files, "\(name) is not UTF-8")
        }
        return text
    }

    /// Every member whose name ends in `_token`, and the tokens with names of their own.
    private static func specialTokens(of members: JSONObject) -> [String: String] {
        var tokens: [String: String] = [:]
        for (name, value) in members where name.hasSuffix("_token") { tokens[name] = token(value) }
        for list in ["extra_special_tokens", "model_specific_special_tokens"] {
            for (name, value) in members[list]?.object ?? JSONObject() { tokens[name] = token(value) }
        }
        return tokens
    }

    /// A token is a text, or an object with the text and how it is matched.
    private static func token(_ value: JSONValue) -> String? { value.string ?? value["content"]?.string }
}
