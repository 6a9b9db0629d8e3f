package import JSONValues

/// Who has to prove what before a request is served: the `auth` section of `routerConfiguration.yaml`.
///
/// `issuer`, `audiences` and `jwksUri` are Kthena's; `apiKeys: true` is ours. Without `jwksUri` and `apiKeys` nobody
/// has to prove anything; with both, either proof is enough.
package struct AuthConfiguration: Sendable, Hashable {
    /// What is wrong with the section, as one sentence.
    package struct Fault: Error, Sendable, Hashable, CustomStringConvertible {
        package var description: String
    }

    /// The `iss` of every token; nil for any.
    package var issuer: String?
    /// A token names one of these in `aud`; empty for any.
    package var audiences: [String]
    /// Where the issuer's public keys are; nil for no tokens.
    package var keySetURI: String?
    /// Keys from labelled Secrets are taken.
    package var takesAPIKeys: Bool

    package init(
        issuer: String? = nil, audiences: [String] = [], keySetURI: String? = nil, takesAPIKeys: Bool = false
    ) {
        self.issuer = issuer
        self.audiences = audiences
        self.keySetURI = keySetURI
        self.takesAPIKeys = takesAPIKeys
    }

    /// Reads the section; absent or null is nothing to prove.
    package init(_ json: JSONValue?) throws(Fault) {
        self.init()
        guard let json, !json.isNull else { return }
        guard let members = json.object else { throw Fault(description: "auth must be an object.") }
        let known = ["issuer", "audiences", "jwksUri", "apiKeys"]
        for name in members.keys where !known.contains(name) {
            throw Fault(description: "auth.\(name) is not known; there are \(known.joined(separator: ", ")).")
        }
        issuer = try Self.text("issuer", json)
        keySetURI = try Self.text("jwksUri", json)
        if let uri = keySetURI, !uri.hasPrefix("https://"), !uri.hasPrefix("http://") {
            throw Fault(description: "auth.jwksUri must begin with https:// or http://.")
        }
        if let list = json["audiences"], !list.isNull {
            guard let elements = list.array, elements.allSatisfy({ $0.string != nil }) else {
                throw Fault(description: "auth.audiences must be a list of strings.")
            }
            audiences = elements.compactMap(\.string)
        }
        if let value = json["apiKeys"], !value.isNull {
            guard let takes = value.bool else { throw Fault(description: "auth.apiKeys must be true or false.") }
            takesAPIKeys = takes
        }
    }

    private static func text(_ name: String, _ json: JSONValue) throws(Fault) -> String? {
        guard let value = json[name], !value.isNull else { return nil }
        guard let text = value.string else { throw Fault(description: "auth.\(name) must be a string.") }
        return text.isEmpty ? nil : text
    }

    /// Requests have to prove who sends them.
    package var isActive: Bool { keySetURI != nil || takesAPIKeys }
}
