import SystemFiles

/// A small file of a configuration or a credential.
struct CredentialFile {
    /// Larger files are refused: none of these is anywhere near it.
    static let bytesMax = 4 << 20

    let path: String

    init(_ path: String) { self.path = path }

    var exists: Bool { Files.exists(path) }

    /// The content; throws a sentence that names the file and never its content.
    func bytes() throws(ConfigurationError) -> [UInt8] {
        guard let bytes = try? Files.read(path) else {
            throw ConfigurationError("cannot read \(path): check that it exists and that this user may read it")
        }
        guard bytes.count <= CredentialFile.bytesMax else {
            throw ConfigurationError(
                "\(path) has \(bytes.count) bytes, more than the \(CredentialFile.bytesMax) allowed")
        }
        return bytes
    }

    /// The content as text.
    func text() throws(ConfigurationError) -> String { String(decoding: try bytes(), as: UTF8.self) }

    /// The content as one token: white space around it removed.
    func token() throws(ConfigurationError) -> String {
        let text = try text()
        let token = text.drop { $0.isWhitespace }
        guard let last = token.lastIndex(where: { !$0.isWhitespace }) else {
            throw ConfigurationError("\(path) is empty, a bearer token is expected in it")
        }
        return String(token[...last])
    }
}
