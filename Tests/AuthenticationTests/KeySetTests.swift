import Authentication
import CryptoExtras
import FoundationEssentials
import Governance
import JSONValues
import Synchronization
import TestKit
import Testing

struct KeySetTests {
    /// A token of an RSA key, and the key as a set with these further members.
    static func rsa(_ key: _RSA.Signing.PrivateKey, _ members: [String: String]) throws -> (String, [UInt8]) {
        let primitives = try key.publicKey.getKeyPrimitives()
        var json: JSONValue = ["kty": "RSA"]
        json["n"] = .string(TestIssuer.base64([UInt8](primitives.modulus)))
        json["e"] = .string(TestIssuer.base64([UInt8](primitives.publicExponent)))
        for (name, value) in members { json[name] = .string(value) }
        let text =
            TestIssuer.base64(Array(#"{"alg":"RS256","kid":"r"}"#.utf8)) + "."
            + TestIssuer.base64((AuthenticatorTests.claims).bytes())
        let signature = try key.signature(for: Array(text.utf8), padding: .insecurePKCS1v1_5)
        return (
            text + "." + TestIssuer.base64([UInt8](signature.rawRepresentation)),
            (["keys": [json]] as JSONValue).bytes()
        )
    }

    @Test func `RSA keys verify, with an algorithm named or without, and only what they are for`() async throws {
        let key = try _RSA.Signing.PrivateKey(keySize: .bits2048)
        let rows: [([String: String], Result<Caller, AuthFailure>)] = [
            (["kid": "r", "alg": "RS256"], .success(Caller(user: "mia"))),
            (["kid": "r"], .success(Caller(user: "mia"))),
            ([:], .success(Caller(user: "mia"))), (["kid": "other"], .failure(.badSignature)),
            (["alg": "RS512"], .failure(.badSignature)), (["use": "enc"], .failure(.badSignature)),
        ]
        for (members, expected) in rows {
            let (token, set) = try Self.rsa(key, members)
            let world = AuthenticatorTests.World()
            world.state.withLock { $0.keySet = set }
            try await AuthenticatorTests.run(world) { authenticator async throws in
                #expect(await AuthenticatorTests.caller(authenticator, token) == expected, "\(members)")
            }
        }
    }

    @Test func `a shared secret in a set is no key, and a key that cannot be used takes none along`() async throws {
        let issuer = TestIssuer()
        let broken: [JSONValue] = [
            ["kty": "oct", "k": "c2VjcmV0", "alg": "HS256", "kid": "k1"], ["kty": "EC", "crv": "P-256", "kid": "b"],
            ["kty": "??"], "text",
        ]
        let world = AuthenticatorTests.World()
        let set: JSONValue = ["keys": .array(broken + [issuer.publicKey])]
        world.state.withLock { $0.keySet = set.bytes() }
        try await AuthenticatorTests.run(world) { authenticator async throws in
            let token = try issuer.token(AuthenticatorTests.claims)
            #expect(await AuthenticatorTests.caller(authenticator, token) == .success(Caller(user: "mia")))
        }
    }
}
