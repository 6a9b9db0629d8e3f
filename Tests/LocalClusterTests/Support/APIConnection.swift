import AsyncHTTPClient
import JSONValues
import KubernetesAPI
import NIOCore
import NIOHTTP1
import NIOSSL

/// A client of an API server that shows answers as they are: no retries, no interpretation.
struct APIConnection: Sendable {
    struct Answer: Sendable {
        var code: Int
        var body: JSONValue
        var text: String
        var warnings: [String]
        var contentType: String
    }

    let server: String
    let token: String?
    let client: HTTPClient
    /// The file of the authority that the server's certificate is from.
    var certificateAuthority = ""

    static func client(certificateAuthority path: String) -> HTTPClient {
        var configuration = HTTPClient.Configuration()
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.trustRoots = .file(path)
        configuration.tlsConfiguration = tls
        return HTTPClient(configuration: configuration)
    }

    func get(_ path: String, accept: String = "application/json") async throws -> Answer {
        try await send("GET", path, accept: accept)
    }

    func post(_ path: String, _ body: JSONValue) async throws -> Answer { try await send("POST", path, body) }

    func put(_ path: String, _ body: JSONValue) async throws -> Answer { try await send("PUT", path, body) }

    func patch(_ path: String, _ body: JSONValue, type: String = "merge-patch+json") async throws -> Answer {
        try await send("PATCH", path, body, type: "application/\(type)")
    }

    func delete(_ path: String, _ body: JSONValue? = nil) async throws -> Answer {
        try await send("DELETE", path, body)
    }

    func send(
        _ method: String, _ path: String, _ body: JSONValue? = nil, type: String = "application/json",
        accept: String = "application/json"
    ) async throws -> Answer {
        try await send(method, path, bytes: body?.bytes(), type: type, accept: accept)
    }

    func send(
        _ method: String, _ path: String, bytes: [UInt8]?, type: String = "application/json",
        accept: String = "application/json"
    ) async throws -> Answer {
        var request = HTTPClientRequest(url: server + path)
        request.method = .init(rawValue: method)
        if let token { request.headers.add(name: "authorization", value: "Bearer \(token)") }
        request.headers.add(name: "accept", value: accept)
        if let bytes {
            request.headers.add(name: "content-type", value: type)
            request.body = .bytes(ByteBuffer(bytes: bytes))
        }
        let response = try await client.execute(request, timeout: .seconds(20))
        let text = String(buffer: try await response.body.collect(upTo: 64 << 20))
        return Answer(
            code: Int(response.status.code), body: (try? JSONValue.parse(text)) ?? .null, text: text,
            warnings: response.headers["warning"], contentType: response.headers.first(name: "content-type") ?? "")
    }

    /// The events of a watch until one satisfies `isLast`, or until the server ends it.
    func watch(
        _ path: String, accept: String = "application/json", until isLast: @Sendable (JSONValue) -> Bool
    ) async throws -> [JSONValue] {
        var request = HTTPClientRequest(url: "\(server)\(path)\(path.contains("?") ? "&" : "?")watch=true")
        if let token { request.headers.add(name: "authorization", value: "Bearer \(token)") }
        request.headers.add(name: "accept", value: accept)
        let response = try await client.execute(request, timeout: .seconds(20))
        var events: [JSONValue] = []
        var line: [UInt8] = []
        for try await chunk in response.body {
            for byte in chunk.readableBytesView {
                guard byte == UInt8(ascii: "\n") else {
                    line.append(byte)
                    continue
                }
                let event = try JSONValue.parse(line)
                line = []
                events.append(event)
                if isLast(event) { return events }
            }
        }
        return events
    }
}

extension JSONValue {
    var name: String { self[path: "metadata", "name"]?.string ?? "" }
    var uid: String { self[path: "metadata", "uid"]?.string ?? "" }
    var version: String { self[path: "metadata", "resourceVersion"]?.string ?? "" }
    var generation: Int { self[path: "metadata", "generation"]?.integer ?? 0 }
    var names: [String] { (self["items"]?.elements ?? []).map(\.name) }
}
