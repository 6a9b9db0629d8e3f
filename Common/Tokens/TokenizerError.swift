/// Why a tokenizer's file cannot be followed exactly, or a text cannot be turned into tokens: one sentence.
package struct TokenizerError: Error, Hashable, CustomStringConvertible {
    package var description: String

    init(_ description: String) { self.description = description }
}
