import Authentication
import Governance
import JSONValues
import KubernetesAPI
import Logging
import NIOCore
import NIOPosix
import Synchronization
import TestKit
import Testing

struct AuthenticatorTests {
    static let loop = MultiThreadedEventLoopGroup.singleton.next()
    static let configuration = AuthConfiguration(issuer: "i", audiences: ["a"], keySetURI: "https://i/keys")
    static let claims: JSONValue = ["iss": "i", "aud": "a", "exp": 2_000, "sub": "mia"]

    /// Time and the key set, which a test changes.
    final class World: Sendable {
        let state = Mutex((now: 1_000.0, keySet: [UInt8](), fetches: 0))
        var now: Double { state.withLock { $0.now } }
    }

    static func run(
        _ world: World, _ configuration: AuthConfiguration = configuration,
        _ body: @Sendable @escaping (Authenticator) async throws -> Void
    ) async throws {
        let authenticator = Authenticator(
            configuration,
            fetch: { _ in
                world.state.withLock { state in
                    state.fetches += 1
                    return state.keySet
                }
            }, now: { world.now }, logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
        try await withThrowingTaskGroup { group in
            group.addTask { try await authenticator.run() }
            try await body(authenticator)
            group.cancelAll()
            while (try? await group.next()) != nil {}
        }
    }

    /// Who a token belongs to; waits while no key set has been fetched.
    static func caller(_ authenticator: Authenticator, _ token: String) async -> Result<Caller, AuthFailure> {
        while true {
            let result = await once(authenticator, .token(token))
            guard result == .failure(.noKeySet) else { return result }
            await Task.yield()
        }
    }

    static func once(_ authenticator: Authenticator, _ credential: Credential) async -> Result<Caller, AuthFailure> {
        switch authenticator.authenticate(credential, on: loop) {
        case .caller(let caller): return .success(caller)
        case .failure(let failure): return .failure(failure)
        case .later(let future):
            do { return .success(try await future.get()) } catch { return .failure(error as? AuthFailure ?? .busy) }
        }
    }

    @Test func `a signed token is its subject's, and is verified once`() async throws {
        let (issuer, world) = (TestIssuer(), World())
        world.state.withLock { $0.keySet = issuer.keySet }
        try await Self.run(world) { authenticator async throws in
            let token = try issuer.token(Self.claims)
            #expect(await Self.caller(authenticator, token) == .success(Caller(user: "mia")))
            guard case .caller(let caller) = authenticator.authenticate(.token(token), on: Self.loop) else {
                Issue.record("it was verified twice")
                return
            }
            #expect(caller == Caller(user: "mia"))
            world.state.withLock { $0.now = 2_000 }
            #expect(await Self.caller(authenticator, token) == .failure(.expired))
        }
    }

    @Test func `what is not signed by the issuer is refused`() async throws {
        let (issuer, other, world) = (TestIssuer(), TestIssuer(), World())
        world.state.withLock { $0.keySet = issuer.keySet }
        try await Self.run(world) { authenticator async throws in
            let good = try issuer.token(Self.claims)
            let parts = good.split(separator: ".")
            let claims = TestIssuer.base64((["iss": "i", "aud": "a", "exp": 9_999, "sub": "eve"] as JSONValue).bytes())
            let none = TestIssuer.base64(Array(#"{"alg":"none"}"#.utf8))
            let rows: [(String, AuthFailure)] = [
                (try other.token(Self.claims), .badSignature), ("\(parts[0]).\(claims).\(parts[2])", .badSignature),
                ("\(none).\(parts[1]).", .badSignature), ("\(parts[0]).\(parts[1]).", .badSignature),
                (try issuer.token(Self.claims, header: ["alg": "HS256", "kid": "k1"]), .badSignature),
                (try issuer.token(Self.claims, header: ["alg": "ES256", "kid": "k2"]), .badSignature),
                (try issuer.token(Self.claims, header: ["alg": "ES256", "crit": ["b64"]]), .malformedToken),
                (try issuer.token(["iss": "x", "exp": 2_000]), .wrongIssuer), ("a.b.c", .malformedToken),
                ("..", .malformedToken), (try issuer.token("text"), .malformedToken),
            ]
            for (token, failure) in rows { #expect(await Self.caller(authenticator, token) == .failure(failure)) }
            #expect(
                await Self.caller(authenticator, try issuer.token(Self.claims, header: ["alg": "ES256"]))
                    == .success(Caller(user: "mia")))
        }
    }

    @Test func `until there is a key set no token is taken, and another set ends the tokens of the first`() async throws
    {
        let (issuer, world) = (TestIssuer(), World())
        world.state.withLock { $0.keySet = Array("no set".utf8) }
        try await Self.run(world) { authenticator async throws in
            let token = try issuer.token(Self.claims)
            #expect(await Self.once(authenticator, .token(token)) == .failure(.noKeySet))
            world.state.withLock { $0.keySet = issuer.keySet }
            var moved = Self.configuration
            moved.keySetURI = "https://i/moved"
            authenticator.configure(moved)
            #expect(await Self.caller(authenticator, token) == .success(Caller(user: "mia")))
            moved.issuer = "else"
            authenticator.configure(moved)
            #expect(await Self.caller(authenticator, token) == .failure(.wrongIssuer))
            authenticator.configure(AuthConfiguration())
            #expect(await Self.once(authenticator, .none) == .success(Caller()))
        }
    }

    static func secret(_ name: String, _ data: [String: String], user: String? = nil) -> KubernetesObject {
        var json: JSONValue = ["apiVersion": "v1", "kind": "Secret"]
        json[path: "metadata", "name"] = .string(name)
        json[path: "metadata", "namespace"] = "dev"
        if let user { json[path: "metadata", "annotations", APIKeyRing.userAnnotation] = .string(user) }
        json["data"] = .strings(data)
        return KubernetesObject(json)
    }

    @Test func `API keys are those of the Secrets`() async throws {
        let configuration = AuthConfiguration(takesAPIKeys: true)
        try await Self.run(World(), configuration) { authenticator async throws in
            // sk-1, sk-2 with a line end, nothing, no base 64.
            authenticator.take(
                APIKeyRing(secrets: [
                    Self.secret("a", ["mia": "c2stMQ==", "empty": "", "bad": "*"]),
                    Self.secret("b", ["first": "c2stMgo="], user: "team"),
                ]))
            let mia = Caller(user: "mia", apiKey: "dev/a/mia")
            #expect(await Self.once(authenticator, .key("sk-1")) == .success(mia))
            #expect(
                await Self.once(authenticator, .key("sk-2")) == .success(Caller(user: "team", apiKey: "dev/b/first")))
            #expect(await Self.once(authenticator, .key("sk-3")) == .failure(.unknownKey))
            #expect(await Self.once(authenticator, .token("a.b.c")) == .failure(.unknownKey))
            #expect(await Self.once(authenticator, .none) == .failure(.missing))
            #expect(await Self.once(authenticator, .malformed) == .failure(.malformed))
            authenticator.take(APIKeyRing())
            #expect(await Self.once(authenticator, .key("sk-1")) == .failure(.unknownKey))
        }
    }
}
