/// Who has to prove what before a request is served: the `auth` section of `routerConfiguration.yaml`.
///
/// `issuer`, `audiences` and `jwksUri` are Kthena's; `apiKeys: true` is ours. Without `jwksUri` and `apiKeys` nobody
/// has to prove anything; with both, either proof is enough.
package struct AuthConfiguration: Sendable, Hashable {
    /// The `iss` of every token; nil for any.
    package var issuer: String?
    /// A token names one of these in `aud`; empty for any.
    package var audiences: [String]
    /// Where the issuer's public keys are; nil for no tokens.
    package var keySetURI: String?
    /// Keys from labelled Secrets are taken.
    package var takesAPIKeys: Bool
    /// Names of claims that callers are known by besides their subject.
    package var claims: Set<String>

    package init(
        issuer: String? = nil, audiences: [String] = [], keySetURI: String? = nil, takesAPIKeys: Bool = false,
        claims: Set<String> = []
    ) {
        self.issuer = issuer
        self.audiences = audiences
        self.keySetURI = keySetURI
        self.takesAPIKeys = takesAPIKeys
        self.claims = claims
    }

    /// Requests have to prove who sends them.
    package var isActive: Bool { keySetURI != nil || takesAPIKeys }
}
