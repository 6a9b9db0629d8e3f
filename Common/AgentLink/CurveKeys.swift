import CZeroMQ

/// The key pair of one end of a link, in Z85 text of 40 characters each.
package struct CurveKeys: Sendable, Hashable {
    package static let keyLength = 40

    package let publicKey: String
    /// Never logged and never sent.
    package let secretKey: String

    /// Makes a new pair from the system's random source.
    package static func generate() throws(LinkError) -> CurveKeys {
        guard unsafe zmq_has("curve") == 1 else { throw .noEncryption }
        var publicText = [CChar](repeating: 0, count: keyLength + 1)
        var secretText = [CChar](repeating: 0, count: keyLength + 1)
        guard unsafe zmq_curve_keypair(&publicText, &secretText) == 0 else {
            throw .library(call: "zmq_curve_keypair", reason: ZeroMQ.lastReason())
        }
        return CurveKeys(publicKey: text(publicText), secretKey: text(secretText))
    }

    /// The pair of a file that `save` wrote; refuses files that others can read and pairs that do not belong together.
    package static func load(_ path: String) throws(LinkError) -> CurveKeys {
        try CurveKeys(text: try KeyFile.read(path), source: path)
    }

    /// The pair that `text` wrote; `source` is what errors call it. Refuses pairs that do not belong together.
    package init(text: String, source: String) throws(LinkError) {
        var values: [String: String] = [:]
        for line in text.split(separator: "\n") where !line.hasPrefix("#") {
            let words = line.split(separator: " ", omittingEmptySubsequences: true)
            if words.count == 2 { values[String(words[0])] = String(words[1]) }
        }
        guard let publicKey = values["public-key"], let secretKey = values["secret-key"] else {
            throw .readingKeys(path: source, reason: "it has no lines \"public-key KEY\" and \"secret-key KEY\"")
        }
        guard Self.isKey(publicKey), Self.isKey(secretKey) else { throw .badKey(name: "A key in \(source)") }
        guard Self.derivedPublicKey(secretKey) == publicKey else {
            throw .readingKeys(path: source, reason: "its public and secret key do not belong together")
        }
        self.init(publicKey: publicKey, secretKey: secretKey)
    }

    private init(publicKey: String, secretKey: String) {
        self.publicKey = publicKey
        self.secretKey = secretKey
    }

    /// The pair as files and Secrets hold it. A secret itself.
    package var text: String {
        """
        # Martlet link keys: the public key may be shown, the secret key may not.
        public-key \(publicKey)
        secret-key \(secretKey)

        """
    }

    /// Writes a new file that only its owner can read (mode 0600); an existing file is not touched.
    package func save(_ path: String) throws(LinkError) { try KeyFile.create(path, text) }

    /// The pair of a file, made first when the file is missing. Of two programs that make it, one wins and both load
    /// it.
    package static func loadOrGenerate(_ path: String) throws(LinkError) -> CurveKeys {
        if !KeyFile.exists(path) {
            let keys = try generate()
            do {
                try keys.save(path)
                return keys
            } catch {
                guard KeyFile.exists(path) else { throw error }
            }
        }
        return try load(path)
    }

    /// The text is 40 characters of Z85.
    package static func isKey(_ text: String) -> Bool {
        guard text.utf8.count == keyLength else { return false }
        var bytes = [UInt8](repeating: 0, count: 32)
        return unsafe zmq_z85_decode(&bytes, text) != nil
    }

    private static func derivedPublicKey(_ secretKey: String) -> String? {
        var publicText = [CChar](repeating: 0, count: keyLength + 1)
        guard unsafe zmq_curve_public(&publicText, secretKey) == 0 else { return nil }
        return text(publicText)
    }

    private static func text(_ characters: [CChar]) -> String {
        String(decoding: characters.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

/// Shows the public key alone, however a pair is printed.
extension CurveKeys: CustomStringConvertible, CustomReflectable {
    package var description: String { "link keys with public key \(publicKey)" }

    package var customMirror: Mirror { Mirror(self, children: ["publicKey": publicKey]) }
}
