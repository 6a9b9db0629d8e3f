package import JSONValues

/// What a request brings to prove who sends it.
package enum Credential: Sendable, Hashable {
    case none
    /// There is an `Authorization` field, and it is no bearer token.
    case malformed
    /// Three parts with dots between them: a signed token.
    case token(String)
    case key(String)

    /// Bytes of a token or key; a longer one is malformed.
    package static let bytesMax = 16_384

    /// Reads the fields `Authorization` and `x-api-key`; the former counts where there are both.
    package init(authorization: String?, apiKey: String?) {
        if let authorization {
            let words = authorization.split { $0 == " " || $0 == "\t" }
            guard words.count == 2, words[0].lowercased() == "bearer", words[1].utf8.count <= Self.bytesMax else {
                self = .malformed
                return
            }
            let isToken = words[1].utf8.count { $0 == UInt8(ascii: ".") } == 2
            self = isToken ? .token(String(words[1])) : .key(String(words[1]))
        } else if let apiKey, !apiKey.isEmpty {
            self = apiKey.utf8.count <= Self.bytesMax ? .key(apiKey) : .malformed
        } else {
            self = .none
        }
    }
}

/// Why a request is answered 401. The texts hold nothing of what was sent.
package enum AuthFailure: String, Error, Sendable, Hashable, CaseIterable {
    case missing, malformed, badSignature, wrongIssuer, wrongAudience, noExpiry, expired, notYet, fromTheFuture
    case malformedToken, unknownKey, noKeySet, busy

    /// One sentence for the client.
    package var sentence: String {
        switch self {
        case .missing: "missing credentials: send Authorization: Bearer with a token, or x-api-key"
        case .malformed: "malformed Authorization header: it has to be Bearer and one token"
        case .badSignature: "invalid token: its signature does not verify with any key of the issuer"
        case .wrongIssuer: "invalid token: another issuer than the one this router trusts"
        case .wrongAudience: "invalid token: it is not meant for this router"
        case .noExpiry: "invalid token: it has no expiry (exp)"
        case .expired: "invalid token: it has expired"
        case .notYet: "invalid token: it is not valid yet (nbf)"
        case .fromTheFuture: "invalid token: it was issued in the future (iat)"
        case .unknownKey: "invalid API key"
        case .malformedToken: "invalid token: it is no signed JSON Web Token"
        case .noKeySet: "invalid token: the keys of its issuer could not be fetched yet; try again later"
        case .busy: "too many tokens wait to be verified; try again later"
        }
    }
}

/// The claims of a token whose signature has been verified.
package struct TokenClaims: Sendable, Hashable {
    /// How far ahead of our clock a token may have been issued, seconds.
    package static let futureMax = 60.0

    package var issuer: String?
    package var subject: String?
    package var audiences: [String]
    /// Seconds since 1970.
    package var expiresAt: Double?
    package var notBefore: Double?
    package var issuedAt: Double?
    /// Further claims that are wanted and short enough, as texts.
    package var others: [String: String] = [:]

    /// Letters of such a claim; a longer one is left out.
    package static let otherLettersMax = 256

    package init(
        issuer: String? = nil, subject: String? = nil, audiences: [String] = [], expiresAt: Double? = nil,
        notBefore: Double? = nil, issuedAt: Double? = nil
    ) {
        self.issuer = issuer
        self.subject = subject
        self.audiences = audiences
        self.expiresAt = expiresAt
        self.notBefore = notBefore
        self.issuedAt = issuedAt
    }

    /// Nil when the claims are good at this time, seconds since 1970.
    package func failure(_ configuration: AuthConfiguration, now: Double) -> AuthFailure? {
        if let wanted = configuration.issuer, issuer != wanted { return .wrongIssuer }
        if !configuration.audiences.isEmpty, Set(configuration.audiences).isDisjoint(with: audiences) {
            return .wrongAudience
        }
        guard let expiresAt else { return .noExpiry }
        if !(now < expiresAt) { return .expired }
        if let notBefore, !(now >= notBefore) { return .notYet }
        if let issuedAt, !(issuedAt <= now + Self.futureMax) { return .fromTheFuture }
        return nil
    }

    /// Reads the claims of a payload, and the others of these names; nil when one of them has another type than it
    /// should.
    package init?(_ json: JSONValue, others names: Set<String> = []) {
        guard json.object != nil else { return nil }
        func optional<Value>(_ name: String, _ read: (JSONValue) -> Value?) -> (value: Value?, isGood: Bool) {
            guard let value = json[name], !value.isNull else { return (nil, true) }
            let read = read(value)
            return (read, read != nil)
        }
        let texts = [optional("iss", \.string), optional("sub", \.string)]
        let times = ["exp", "nbf", "iat"].map { optional($0, \.double) }
        let audience = optional("aud") { value -> [String]? in
            if let one = value.string { return [one] }
            guard let list = value.array, list.allSatisfy({ $0.string != nil }) else { return nil }
            return list.compactMap(\.string)
        }
        guard texts.allSatisfy(\.isGood), times.allSatisfy(\.isGood), audience.isGood else { return nil }
        self.init(
            issuer: texts[0].value, subject: texts[1].value, audiences: audience.value ?? [],
            expiresAt: times[0].value, notBefore: times[1].value, issuedAt: times[2].value)
        for name in names {
            guard let text = json[name]?.string ?? json[name]?.integer.map(String.init),
                text.count <= Self.otherLettersMax
            else { continue }
            others[name] = text
        }
    }
}
