import JSONValues
import ModelFiles
import Tokens

/// The tokens that a model's configuration names besides its tokenizer's file: an engine adds those that the file
/// lacks, and then finds them in texts too.
enum SpecialTokens {
    /// Why a tokenizer is not the engine's, in one sentence; nil where every token is in the tokenizer's file.
    static func problem(_ files: ModelFiles, _ tokenizer: Tokenizer) -> String? {
        guard let bytes = files[.configuration] else { return nil }
        let name = ModelFiles.Name.configuration.rawValue
        guard let configuration = try? JSONValue.parse(bytes) else { return "\(name) is not JSON" }
        for (number, token) in configuration["added_tokens_decoder"]?.object ?? JSONObject() {
            guard let text = token["content"]?.string, let id = UInt32(number) else {
                return "\(name) has an added token without content or number"
            }
            guard tokenizer.id(of: text) == id else {
                return "\(name) gives the number \(id) to a token that \(ModelFiles.Name.tokenizer.rawValue) has not "
                    + "under this number"
            }
        }
        let named = (configuration.object ?? JSONObject()).filter { $0.key.hasSuffix("_token") }.map(\.value)
        for token in named + (configuration["additional_special_tokens"]?.elements ?? []) {
            guard let text = token.string ?? token["content"]?.string, !text.isEmpty else { continue }
            guard tokenizer.id(of: text) != nil else {
                return "\(name) names a special token that \(ModelFiles.Name.tokenizer.rawValue) has not"
            }
        }
        return nil
    }
}
