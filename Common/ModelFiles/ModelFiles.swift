import Crypto

/// The files of a model that say how text and chats become tokens, as they lie in its folder.
///
/// 1. Equal digests are equal files: the digest covers every byte of the bundle, and a bundle is read in one way.
package struct ModelFiles: Sendable, Hashable {
    /// A file of the folder; in this order they are in a bundle.
    package enum Name: String, Sendable, CaseIterable {
        case tokenizer = "tokenizer.json"
        case configuration = "tokenizer_config.json"
        case template = "chat_template.jinja"
        case toolTemplate = "additional_chat_templates/tool_use.jinja"
        /// The template of a processor of media.
        case processorTemplate = "chat_template.json"
        case specialTokens = "special_tokens_map.json"
        case model = "config.json"

        /// Bytes it may have; a larger one is refused. The largest published ones have half of that.
        package var bytesMax: Int {
            switch self {
            case .tokenizer: 48 << 20
            case .configuration: 4 << 20
            case .template, .toolTemplate, .processorTemplate, .specialTokens, .model: 1 << 20
            }
        }
    }

    package let tokenizer: [UInt8]
    private let others: [Name: [UInt8]]
    /// SHA-256 of the bundle, as 64 hexadecimal digits.
    package let digest: String

    /// `others` are the files there are besides the tokenizer's.
    package init(tokenizer: [UInt8], others: [Name: [UInt8]] = [:]) {
        self.tokenizer = tokenizer
        self.others = others
        var hash = SHA256()
        for file in Self.files(tokenizer, others) {
            hash.update(data: BundleLayout.head(of: file?.count))
            if let file { hash.update(data: file) }
        }
        digest = hash.finalize().map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    /// The bytes of a file; nil where there is none.
    package subscript(name: Name) -> [UInt8]? { name == .tokenizer ? tokenizer : others[name] }

    private static func files(_ tokenizer: [UInt8], _ others: [Name: [UInt8]]) -> [[UInt8]?] {
        Name.allCases.map { $0 == .tokenizer ? tokenizer : others[$0] }
    }

    package var layout: BundleLayout { BundleLayout(sizes: Self.files(tokenizer, others).map { $0?.count }) }

    /// All files in one piece.
    package var bundle: [UInt8] {
        Self.files(tokenizer, others).reduce(into: []) { bundle, file in
            bundle += BundleLayout.head(of: file?.count)
            bundle += file ?? []
        }
    }

    /// The files of a bundle; nil where it is none.
    package init?(bundle: [UInt8]) {
        var files: [Name: [UInt8]] = [:]
        var rest = bundle[...]
        for name in Name.allCases {
            guard let size = BundleLayout.size(ofHead: rest.prefix(BundleLayout.headBytes)) else { return nil }
            rest = rest.dropFirst(BundleLayout.headBytes)
            guard size ?? 0 <= min(name.bytesMax, rest.count) else { return nil }
            files[name] = size.map { Array(rest.prefix($0)) }
            rest = rest.dropFirst(size ?? 0)
        }
        guard rest.isEmpty, let tokenizer = files.removeValue(forKey: .tokenizer) else { return nil }
        self.init(tokenizer: tokenizer, others: files)
    }
}
