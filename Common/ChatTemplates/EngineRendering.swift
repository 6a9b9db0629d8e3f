import JSONValues

/// Models whose chats the engine renders by code of its own, whatever template their files hold.
enum EngineRendering {
    /// Throws for such a model.
    static func check(modelConfig: [UInt8]) throws(ChatPromptError) {
        let config: JSONValue
        do throws(JSONError) { config = try JSONValue.parse(modelConfig) } catch {
            throw ChatPromptError(.files, "config.json is not JSON: \(error)")
        }
        if let type = config["model_type"]?.string, types.contains(type) {
            throw ChatPromptError(.files, "the engine renders chats of '\(type)' models without their template")
        }
        for name in config["architectures"]?.elements ?? [] {
            guard let name = name.string, architectures.contains(name) else { continue }
            throw ChatPromptError(.files, "the engine renders chats of \(name) without their template")
        }
    }

    private static let types: Set<String> = ["gpt_oss"]

    private static let architectures: Set<String> = [
        "GptOssForCausalLM", "MoonshotKimiaForCausalLM", "KimiK3ForConditionalGeneration", "DeepseekV32ForCausalLM",
        "DeepseekV4ForCausalLM", "DeepseekV4ForConditionalGeneration", "DeepseekV41ForCausalLM",
        "InklingForCausalLM", "InklingForConditionalGeneration",
    ]
}
