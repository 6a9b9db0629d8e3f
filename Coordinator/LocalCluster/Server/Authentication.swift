import HTTPTypes
import JSONValues
import KubernetesAPI

/// Who a request comes from.
struct ClientUser: Sendable, Hashable {
    var name: String
    var uid = ""
    var groups: [String]

    /// Whoever holds the token of the kubeconfig.
    static let owner = ClientUser(name: "martlet", groups: ["system:masters", "system:authenticated"])

    static func account(_ account: ServiceAccountTokens.Account) -> ClientUser {
        ClientUser(
            name: account.userName, uid: account.uid,
            groups: [
                "system:serviceaccounts", "system:serviceaccounts:\(account.key.namespace)", "system:authenticated",
            ])
    }

    var json: JSONValue {
        .members([
            "username": .string(name), "uid": uid.isEmpty ? nil : .string(uid),
            "groups": .array(groups.map { .string($0) }),
        ])
    }
}

/// Finds out who a request comes from, by its token.
struct Authentication: Sendable {
    let token: String
    let store: ObjectStore

    var accountTokens: ServiceAccountTokens { ServiceAccountTokens(secret: token) }

    /// Throws Forbidden without a token and Unauthorized with a wrong one.
    func user(of fields: HTTPFields, _ method: HTTPRequest.Method, path: String) throws(APIStatus) -> ClientUser {
        guard let field = fields[.authorization] else {
            throw APIStatus(
                code: 403, reason: .forbidden,
                message: "forbidden: User \"system:anonymous\" cannot \(method.rawValue.lowercased()) path "
                    + "\"\(path)\"; use the kubeconfig that this server wrote")
        }
        let scheme = field.split(separator: " ", maxSplits: 1)
        if scheme.count == 2, scheme[0].lowercased() == "bearer", let user = user(of: String(scheme[1])) { return user }
        throw APIStatus(
            code: 401, reason: .unauthorized, message: "Unauthorized: use the kubeconfig that this server wrote")
    }

    private func user(of given: String) -> ClientUser? {
        if ConstantTime.isEqual(given, token) { return .owner }
        guard let account = accountTokens.account(of: given, now: store.now.microseconds / 1_000_000),
            store[StorageKey(StorageName(.serviceAccount), account.key)]?.object.uid == account.uid
        else { return nil }
        return .account(account)
    }
}
