import Crypto

/// The files of a model that say how text becomes tokens, as they lie in its folder.
///
/// 1. Equal digests are equal files: the digest covers every byte of the bundle, and a bundle is read in one way.
package struct ModelFiles: Sendable, Hashable {
    /// A file of the folder; in this order they are in a bundle.
    package enum Name: String, Sendable, CaseIterable {
        case tokenizer = "tokenizer.json"
        case configuration = "tokenizer_config.json"
        case template = "chat_template.jinja"

        /// Bytes it may have; a larger one is refused. The largest published ones have half of that.
        package var bytesMax: Int {
            switch self {
            case .tokenizer: 48 << 20
            case .configuration: 4 << 20
            case .template: 1 << 20
            }
        }
    }

    package let tokenizer: [UInt8]
    package let configuration: [UInt8]?
    package let template: [UInt8]?
    /// SHA-256 of the bundle, as 64 hexadecimal digits.
    package let digest: String

    package init(tokenizer: [UInt8], configuration: [UInt8]? = nil, template: [UInt8]? = nil) {
        self.tokenizer = tokenizer
        self.configuration = configuration
        self.template = template
        var hash = SHA256()
        for file in [tokenizer, configuration, template] {
            hash.update(data: BundleLayout.head(of: file?.count))
            if let file { hash.update(data: file) }
        }
        digest = hash.finalize().map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    private var files: [[UInt8]?] { [tokenizer, configuration, template] }

    package var layout: BundleLayout { BundleLayout(sizes: files.map { $0?.count }) }

    /// All files in one piece.
    package var bundle: [UInt8] {
        files.reduce(into: []) { bundle, file in
            bundle += BundleLayout.head(of: file?.count)
            bundle += file ?? []
        }
    }

    /// The files of a bundle; nil where it is none.
    package init?(bundle: [UInt8]) {
        var files: [[UInt8]?] = []
        var rest = bundle[...]
        for name in Name.allCases {
            guard let size = BundleLayout.size(ofHead: rest.prefix(BundleLayout.headBytes)) else { return nil }
            rest = rest.dropFirst(BundleLayout.headBytes)
            guard size ?? 0 <= min(name.bytesMax, rest.count) else { return nil }
            files.append(size.map { Array(rest.prefix($0)) })
            rest = rest.dropFirst(size ?? 0)
        }
        guard rest.isEmpty, let tokenizer = files[0] else { return nil }
        self.init(tokenizer: tokenizer, configuration: files[1], template: files[2])
    }
}
