import JSONValues
import KubernetesAPI
import TestKit
import Testing

@testable import LocalCluster

/// Tokens of ServiceAccounts.
@Suite struct AccountTests {
    private let account = ServiceAccountTokens.Account(key: ObjectKey(namespace: "dev", name: "bot"), uid: "u")

    @Test func `a token says whose it is until it ends`() throws {
        let tokens = ServiceAccountTokens(secret: "s")
        let token = try tokens.token(for: account, expiry: 100)
        #expect(tokens.account(of: token, now: 99) == account)
        #expect(tokens.account(of: token, now: 100) == nil)
        #expect(ServiceAccountTokens(secret: "t").account(of: token, now: 0) == nil)
        var parts = token.split(separator: ".").map(String.init)
        for index in parts.indices {
            let whole = parts[index]
            parts[index] = String(whole.dropLast(2)) + (whole.hasSuffix("AA") ? "BB" : "AA")
            #expect(tokens.account(of: parts.joined(separator: "."), now: 0) == nil, "part \(index)")
            parts[index] = whole
        }
        for text in ["", ".", "..", "a.b.c", token + ".x"] { #expect(tokens.account(of: text, now: 0) == nil) }
    }

    @Test func `a token is let in under the account's name, and goes with the account`() async throws {
        try await withEmbeddedCluster { api in
            let path = "/api/v1/namespaces/default/serviceaccounts"
            _ = try await api.post(path, ["metadata": ["name": "bot"]])
            let short = try await api.post("\(path)/bot/token", ["spec": ["expirationSeconds": 599]])
            #expect(short.code == 422)
            let made = try await api.post("\(path)/bot/token", ["spec": ["expirationSeconds": 600]])
            #expect(made.code == 201)
            let token = try #require(made.body[path: "status", "token"]?.string)
            let bot = APIConnection(server: api.server, token: token, client: api.client)
            let review = try await bot.post("/apis/authentication.k8s.io/v1/selfsubjectreviews", [:])
            #expect(
                review.body[path: "status", "userInfo", "username"] == "system:serviceaccount:default:bot")
            _ = try await api.delete("\(path)/bot")
            _ = try await api.post(path, ["metadata": ["name": "bot"]])
            #expect(try await bot.get("/api").code == 401, "another account of the same name")
            #expect(try await api.post("\(path)/nobody/token", [:]).code == 404)
        }
    }
}
