import ArgumentParser

/// Where something listens: `HOST:PORT` of a flag.
package struct ListenAddress: Sendable, Hashable, CustomStringConvertible {
    package var host: String
    /// 0...65535; 0 takes a free port.
    package var port: Int

    package var description: String { "\(host):\(port)" }

    /// Throws a usage error that names the flag.
    package init(_ text: String, flag: String) throws {
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
            (0...65_535).contains(port), colon > text.startIndex
        else { throw ValidationError("\(flag) \(text) is not HOST:PORT, as in 127.0.0.1:8080") }
        host = String(text[..<colon])
        self.port = port
    }
}
