import COpenSSL
import JSONValues
import KubernetesAPI

/// Tokens of ServiceAccounts (`kubectl create token`): JSON Web Tokens (RFC 7519) signed with a secret of this cluster
/// (HS256), which say which account they are of and when they end.
///
/// They tell who a client is; what it may do is everything, as for the one token of the kubeconfig.
struct ServiceAccountTokens: Sendable {
    /// Seconds a token lives when nothing is asked for, and the bounds of what may be asked for.
    static let secondsDefault = 3_600
    static let secondsBounds = 600...31_536_000

    /// The text every signature is made with.
    let secret: String

    /// One account at the time its token was made.
    struct Account: Hashable, Sendable {
        var key: ObjectKey
        /// A token ends with its account; one of the same name is another.
        var uid: String

        var userName: String { "system:serviceaccount:\(key.namespace):\(key.name)" }
    }

    private static let header = encode(Array(#"{"alg":"HS256","typ":"JWT"}"#.utf8))

    /// `expiry` is in seconds since 1970.
    func token(for account: Account, expiry: Int64) throws(APIStatus) -> String {
        let claims: JSONValue = [
            "iss": "martlet", "sub": .string(account.userName), "exp": .integer(expiry),
            "kubernetes.io": [
                "namespace": .string(account.key.namespace),
                "serviceaccount": ["name": .string(account.key.name), "uid": .string(account.uid)],
            ],
        ]
        let text = "\(Self.header).\(Self.encode(claims.bytes()))"
        guard let signature = signature(of: text) else {
            throw APIStatus(code: 500, reason: .internalError, message: "the token could not be signed")
        }
        return "\(text).\(signature)"
    }

    /// The account of a token that is whole and has not ended; nil for any other text.
    func account(of token: String, now: Int64) -> Account? {
        let parts = token.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 3, parts[0] == Self.header, let signature = signature(of: "\(parts[0]).\(parts[1])"),
            ConstantTime.isEqual(parts[2], signature), let bytes = Self.decode(parts[1]),
            let claims = try? JSONValue.parse(bytes), let expiry = claims["exp"]?.integer, Int64(expiry) > now
        else { return nil }
        let details = claims["kubernetes.io"] ?? .null
        guard let namespace = details["namespace"]?.string, let name = details[path: "serviceaccount", "name"]?.string,
            let uid = details[path: "serviceaccount", "uid"]?.string
        else { return nil }
        return Account(key: ObjectKey(namespace: namespace, name: name), uid: uid)
    }

    private func signature(of text: String) -> String? {
        let (key, bytes) = (Array("serviceaccount:\(secret)".utf8), Array(text.utf8))
        var digest = [UInt8](repeating: 0, count: 32)
        var count: UInt32 = 0
        guard unsafe HMAC(EVP_sha256(), key, Int32(key.count), bytes, bytes.count, &digest, &count) != nil,
            count == 32
        else { return nil }
        return Self.encode(digest)
    }

    /// base64url without padding.
    private static func encode(_ bytes: [UInt8]) -> String {
        Base64.encode(bytes).replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    private static func decode(_ text: String) -> [UInt8]? {
        let padding = String(repeating: "=", count: (4 - text.utf8.count % 4) % 4)
        return Base64.decode(text.replacing("-", with: "+").replacing("_", with: "/") + padding)
    }
}
