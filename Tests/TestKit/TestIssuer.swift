import Crypto
package import JSONValues

/// An issuer of signed tokens (ES256) with one key.
package struct TestIssuer: Sendable {
    package let keyID: String
    private let key = P256.Signing.PrivateKey()

    package init(keyID: String = "k1") { self.keyID = keyID }

    /// The public half as a JSON Web Key.
    package var publicKey: JSONValue {
        let point = [UInt8](key.publicKey.rawRepresentation)
        return [
            "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": .string(keyID),
            "x": .string(Self.base64(Array(point[..<32]))), "y": .string(Self.base64(Array(point[32...]))),
        ]
    }

    /// The key set that verifies its tokens.
    package var keySet: [UInt8] { (["keys": [publicKey]] as JSONValue).bytes() }

    /// A token with these claims; the header may be another than the right one.
    package func token(_ claims: JSONValue, header: JSONValue? = nil) throws -> String {
        let header = header ?? ["alg": "ES256", "typ": "JWT", "kid": .string(keyID)]
        let signed = Self.base64(header.bytes()) + "." + Self.base64(claims.bytes())
        let signature = try key.signature(for: Array(signed.utf8))
        return signed + "." + Self.base64([UInt8](signature.rawRepresentation))
    }

    /// Base 64 as tokens have it.
    package static func base64(_ bytes: [UInt8]) -> String {
        let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
        var output: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let bits = group.reduce(UInt32(0)) { $0 << 8 | UInt32($1) } << UInt32(8 * (3 - group.count))
            for index in 0...group.count { output.append(letters[Int(bits >> UInt32(18 - 6 * index) & 63)]) }
        }
        return String(decoding: output, as: UTF8.self)
    }
}
