@testable import Gateway
import ModelFiles
import Testing
import Tokens

/// Tokens that a configuration names, against the tokenizer's file.
struct SpecialTokensTests {
    @Test(arguments: [
        (#"{}"#, true), (#"{"eos_token":"<|im_end|>","pad_token":null}"#, true),
        (#"{"eos_token":{"content":"<|im_end|>"},"additional_special_tokens":["<|im_start|>"]}"#, true),
        (#"{"pad_token":"[A PAD OF ITS OWN]"}"#, false), (#"{"additional_special_tokens":["<|odd|>"]}"#, false),
        (#"{"added_tokens_decoder":{"1500":{"content":"<|im_start|>"}}}"#, true),
        (#"{"added_tokens_decoder":{"1501":{"content":"<|im_start|>"}}}"#, false),
        (#"{"added_tokens_decoder":{"9000":{"content":"<|new|>"}}}"#, false),
        (#"{"added_tokens_decoder":{"x":{"content":"<|im_start|>"}}}"#, false), ("{", false),
    ]) func `a token that the tokenizer has not makes its files useless`(configuration: String, isUsable: Bool) throws {
        let tokenizer = try SmallModel.files("qwen2").tokenizer
        let files = ModelFiles(tokenizer: tokenizer, others: [.configuration: Array(configuration.utf8)])
        let problem = SpecialTokens.problem(files, try Tokenizer(file: tokenizer))
        #expect((problem == nil) == isUsable, "\(problem ?? "")")
        if isUsable {
            _ = try LocalModel(files, loops: 1, threads: 1)
        } else {
            #expect(throws: LocalModel.Unusable.self) { try LocalModel(files, loops: 1, threads: 1) }
        }
    }
}
