import Governance
import JSONValues
import Testing

struct AuthTests {
    struct Header: Sendable {
        var authorization: String?
        var key: String?
        var credential: Credential
    }

    @Test(arguments: [
        Header(authorization: "Bearer a.b.c", credential: .token("a.b.c")),
        Header(authorization: "bearer a.b.c", credential: .token("a.b.c")),
        Header(authorization: "  BEARER \t a.b.c  ", credential: .token("a.b.c")),
        Header(authorization: "Bearer sk-1", credential: .key("sk-1")),
        Header(authorization: "Bearer", credential: .malformed),
        Header(authorization: "Bearer a.b.c d", credential: .malformed),
        Header(authorization: "a.b.c", credential: .malformed),
        Header(authorization: "Basic YTpi", credential: .malformed),
        Header(authorization: "", credential: .malformed),
        Header(authorization: "Bearer " + String(repeating: "a", count: 16_385), credential: .malformed),
        Header(key: "sk-1", credential: .key("sk-1")), Header(key: "a.b.c", credential: .key("a.b.c")),
        Header(authorization: "Bearer sk-2", key: "sk-1", credential: .key("sk-2")),
        Header(key: "", credential: .none), Header(credential: .none),
    ]) func `reads a credential off the fields`(row: Header) {
        #expect(Credential(authorization: row.authorization, apiKey: row.key) == row.credential)
    }

    struct Claim: Sendable {
        var claims: JSONValue
        var failure: AuthFailure?

        init(_ claims: JSONValue, _ failure: AuthFailure?) {
            self.claims = claims
            self.failure = failure
        }
    }

    static let configuration = AuthConfiguration(issuer: "i", audiences: ["a", "b"], keySetURI: "https://i/keys")

    /// At second 1,000.
    @Test(arguments: [
        Claim(["iss": "i", "aud": "a", "exp": 1_001], nil),
        Claim(["iss": "i", "aud": ["x", "b"], "exp": 1_000.5], nil),
        Claim(["iss": "x", "aud": "a", "exp": 1_001], .wrongIssuer), Claim(["aud": "a", "exp": 1_001], .wrongIssuer),
        Claim(["iss": "i", "aud": ["x"], "exp": 1_001], .wrongAudience),
        Claim(["iss": "i", "exp": 1_001], .wrongAudience), Claim(["iss": "i", "aud": "a"], .noExpiry),
        Claim(["iss": "i", "aud": "a", "exp": 1_000], .expired),
        Claim(["iss": "i", "aud": "a", "exp": 2_000, "nbf": 1_000], nil),
        Claim(["iss": "i", "aud": "a", "exp": 2_000, "nbf": 1_001], .notYet),
        Claim(["iss": "i", "aud": "a", "exp": 2_000, "iat": 1_060], nil),
        Claim(["iss": "i", "aud": "a", "exp": 2_000, "iat": 1_061], .fromTheFuture),
    ]) func `holds claims against the rules`(row: Claim) throws {
        let claims = try #require(TokenClaims(row.claims))
        #expect(claims.failure(Self.configuration, now: 1_000) == row.failure)
    }

    @Test(
        arguments: [
            ["exp": "1001"], ["iss": 1], ["aud": [1]], ["aud": [:]], ["sub": false], [1], "text",
        ] as [JSONValue]) func `claims of other types are none`(claims: JSONValue)
    {
        #expect(TokenClaims(claims) == nil)
    }

    @Test func `without issuer and audiences any will do`() throws {
        let claims = try #require(TokenClaims(["exp": 2_000, "sub": "u"]))
        #expect(claims.failure(AuthConfiguration(keySetURI: "https://i"), now: 1_000) == nil)
        #expect(claims.subject == "u")
    }

    @Test func `without tokens and keys nobody has to prove anything`() {
        #expect(!AuthConfiguration(issuer: "i").isActive && AuthConfiguration(takesAPIKeys: true).isActive)
    }
}
