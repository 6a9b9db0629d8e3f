import FoundationEssentials
import JSONValues
import KubernetesAPI
import Testing

@testable import KubernetesClient

/// Credential plugins as programs, and what a kubeconfig says of them.
@Suite(.timeLimit(.minutes(1))) struct PluginTests {
    /// A folder with an executable script `plugin`.
    private static func withScript(_ body: String, _ use: (String) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.path + "/plugin-\(UInt64.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let path = "\(folder)/plugin"
        #expect(
            FileManager.default.createFile(
                atPath: path, contents: Data("#!/bin/sh\n\(body)\n".utf8), attributes: [.posixPermissions: 0o755]))
        try await use(folder)
    }

    private static func answer(_ status: String, version: String = "v1") -> String {
        """
        echo '{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/\(version)","status":\(status)}'
        """
    }

    private static func plugin(_ folder: String, version: String = "v1") -> CredentialPlugin {
        CredentialPlugin(apiVersion: "client.authentication.k8s.io/\(version)", command: "\(folder)/plugin")
    }

    @Test(arguments: ["v1", "v1beta1"]) func `a token and its end are read`(version: String) async throws {
        let status = #"{"token":"abc","expirationTimestamp":"2030-01-01T00:00:00Z"}"#
        try await Self.withScript(Self.answer(status, version: version)) { folder in
            let credential = try await Self.plugin(folder, version: version).run()
            #expect(credential.token == "abc" && credential.identity == nil)
            #expect(credential.expires == Timestamp("2030-01-01T00:00:00Z"))
        }
    }

    @Test func `a client certificate is read`() async throws {
        try await Self.withScript(Self.answer(#"{"clientCertificateData":"C","clientKeyData":"K"}"#)) { folder in
            let credential = try await Self.plugin(folder).run()
            #expect(credential.token == nil && credential.expires == nil)
            #expect(credential.identity == ClientIdentity(certificates: [UInt8(ascii: "C")], key: [UInt8(ascii: "K")]))
        }
    }

    @Test func `arguments, environment and the question arrive`() async throws {
        let body = #"[ "$1" = get ] && [ "$REGION" = north ] && printf %s "$KUBERNETES_EXEC_INFO" >"$2";"#
        try await Self.withScript(body + Self.answer(#"{"token":"abc"}"#)) { folder in
            var plugin = Self.plugin(folder)
            plugin.arguments = ["get", "\(folder)/asked"]
            plugin.environment = [CredentialPlugin.Variable(name: "REGION", value: "north")]
            plugin.cluster = ["server": "https://s"]
            _ = try await plugin.run()
            let asked = try JSONValue.parse(CredentialFile("\(folder)/asked").bytes())
            #expect(
                asked == [
                    "kind": "ExecCredential", "apiVersion": "client.authentication.k8s.io/v1",
                    "spec": ["interactive": false, "cluster": ["server": "https://s"]],
                ])
        }
    }

    struct Failure: Sendable {
        var body: String
        var says: String
    }

    static let failures: [Failure] = [
        Failure(body: "echo s3cret; exit 3", says: "failed (exited(3))"),
        Failure(body: "echo s3cret", says: "did not answer with an ExecCredential"),
        Failure(body: "echo '{\"s3cret\":1}'", says: "did not answer with an ExecCredential"),
        Failure(body: answer(#"{"token":"s3cret"}"#, version: "v1beta1"), says: "answered in another version"),
        Failure(body: answer(#"{"clientKeyData":"s3cret"}"#), says: "only one of a client certificate and its key"),
        Failure(body: answer(#"{"token":""}"#), says: "neither a token nor a client certificate"),
        Failure(body: answer("null"), says: "neither a token nor a client certificate"),
        Failure(body: answer(#"{"token":"s3cret","expirationTimestamp":"soon"}"#), says: "expirationTimestamp"),
        Failure(body: "head -c 2000000 /dev/zero", says: "answered with more than"),
        // What it started itself ends with it.
        Failure(body: "sh -c 'sleep 600' & sleep 600; echo s3cret", says: "did not answer within"),
        Failure(body: "trap '' TERM; sleep 600 & wait; sleep 600", says: "did not answer within"),
    ]

    @Test(arguments: failures) func `what went wrong is said, and nothing of what it said`(row: Failure) async throws {
        try await Self.withScript(row.body) { folder in
            let start = ContinuousClock.now
            let error = await #expect(throws: ConfigurationError.self) {
                try await Self.plugin(folder).run(limit: .milliseconds(700))
            }
            #expect(error?.description.contains(row.says) == true, "\(error?.description ?? "")")
            #expect(error?.description.contains("s3cret") == false)
            #expect(ContinuousClock.now - start < .seconds(10))
        }
    }

    @Test func `a program that is not there is named with the hint how to get it`() async throws {
        for command in ["/nowhere/no-such-plugin", "no-such-plugin-anywhere"] {
            var plugin = CredentialPlugin(apiVersion: CredentialPlugin.versions[0], command: command)
            plugin.installHint = "get it from the cloud's shelf"
            let error = await #expect(throws: ConfigurationError.self) { try await plugin.run() }
            #expect(error?.description.contains(command) == true)
            #expect(error?.description.hasSuffix("; get it from the cloud's shelf") == true)
        }
    }

    @Test func `a token that is refused is asked for anew, once`() async throws {
        let count = #"n=$(cat "$0.n" 2>/dev/null || echo 0); n=$((n+1)); echo $n >"$0.n";"#
        let body = count + Self.answer(#"{"token":"t'$n'"}"#)
        try await Self.withScript(body) { folder in
            try await ScriptedServer.run(reply: { call, _ in
                call.authorization == "Bearer t2" ? .json(.pod("a")) : .json(401, .status(401, .unauthorized))
            }) { server in
                let client = try server.client(.plugin(Self.plugin(folder)))
                // Within the pause after a run the same token is shown again, and refused again.
                await #expect(throws: APIStatus.self) { try await client.get(.pod, namespace: "dev", name: "a") }
                #expect(server.calls.map(\.authorization) == ["Bearer t1", "Bearer t1"])
                try await client.shutdown()
            }
        }
    }
}
