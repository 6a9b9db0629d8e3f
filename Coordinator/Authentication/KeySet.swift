import FoundationEssentials
import Governance
import JSONValues
import JWTKit

/// The public keys of an issuer, as its JSON Web Key Set (RFC 7517) states them.
///
/// 1. Only keys of which one half is public are taken: a shared secret in a set that anybody may read proves nothing.
/// 2. A key verifies tokens of its own algorithms only, whatever a token's header says.
struct KeySet: Sendable {
    /// Keys of a set; more are left out.
    static let keysMax = 64

    private struct Key: Sendable {
        var id: String?
        var algorithm: any JWTAlgorithm
    }

    private var keys: [Key] = []

    /// The number of keys, one for each algorithm of it.
    var count: Int { keys.count }

    /// Reads a set; keys that cannot be used are left out. Throws when the text is no set.
    init(_ bytes: [UInt8]) async throws {
        let json = try JSONValue.parse(bytes)
        guard let list = json["keys"]?.array else { throw AuthFailure.noKeySet }
        for key in list.prefix(Self.keysMax) where key["use"]?.string ?? "sig" == "sig" {
            let id = key["kid"]?.string
            for name in Self.algorithms(of: key) {
                var named = key
                named["alg"] = .string(name)
                named["kid"] = .string(id ?? "key")
                let collection = JWTKeyCollection()
                guard let jwk = try? JWK(json: named.text()), (try? await collection.add(jwk: jwk)) != nil,
                    let algorithm = try? await collection.getKey(alg: name)
                else { continue }
                keys.append(Key(id: id, algorithm: algorithm))
            }
        }
    }

    /// The algorithms that a key is for: the one it names, or those of its kind.
    private static func algorithms(of key: JSONValue) -> [String] {
        let possible: [String] =
            switch (key["kty"]?.string, key["crv"]?.string) {
            case ("RSA", _): ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"]
            case ("EC", "P-256"): ["ES256"]
            case ("EC", "P-384"): ["ES384"]
            case ("EC", "P-521"): ["ES512"]
            case ("OKP", "Ed25519"): ["EdDSA"]
            default: []
            }
        guard let named = key["alg"]?.string else { return possible }
        return possible.filter { $0 == named }
    }

    /// How a token fared.
    enum Verdict {
        /// Some key made its signature.
        case signed(TokenClaims)
        case malformed
        case badSignature
        /// It names a key that is not in the set.
        case unknownKey
    }

    /// `names` are the claims that are wanted besides the usual ones.
    func verify(_ token: String, others names: Set<String> = []) -> Verdict {
        let parts = token.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let header = Self.json(parts[0]), let name = header["alg"]?.string,
            header["crit"] == nil, let signature = Base64URL.decode(parts[2])
        else { return .malformed }
        let id = header["kid"]?.string
        let candidates = keys.filter { $0.algorithm.name == name && (id == nil || $0.id == nil || $0.id == id) }
        if candidates.isEmpty { return .unknownKey }
        let signed = Array(parts[0].utf8) + [UInt8(ascii: ".")] + Array(parts[1].utf8)
        let isSigned = candidates.contains {
            (try? $0.algorithm.verify(signature, signs: signed)) ?? false
        }
        guard isSigned else { return .badSignature }
        guard let claims = Self.json(parts[1]).flatMap({ TokenClaims($0, others: names) }) else { return .malformed }
        return .signed(claims)
    }

    private static func json(_ part: Substring) -> JSONValue? {
        Base64URL.decode(part).flatMap { try? JSONValue.parse($0) }
    }
}
