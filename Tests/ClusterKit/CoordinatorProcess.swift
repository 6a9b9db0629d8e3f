import AsyncHTTPClient
import Glibc
package import JSONValues
import NIOCore
import NIOHTTP1
import Subprocess
import SystemFiles
import SystemPackage
import TestKit

/// A coordinator that runs as a process of its own, as in a cluster.
package struct CoordinatorProcess: Sendable {
    private static let pageBytesMax = 16 << 20

    package let pid: Int32
    private let admin: Int
    private let debug: Int

    /// Runs `program` against the API server of a kubeconfig for as long as `body` takes, from when it is ready; then
    /// it is asked to end. `folder` takes its keys and its log. Gives its exit status, nil where
    /// a signal ended it.
    @discardableResult package static func with(
        _ program: String, kubeconfig: String, folder: String, flags: [String] = [],
        environment: [String: String] = [:],
        _ body: @Sendable @escaping (CoordinatorProcess) async throws -> Void
    ) async throws -> Int32? {
        let ports = try await FreePorts.take(4)
        let arguments =
            [
                "--kubeconfig", kubeconfig, "--gateway-address", "127.0.0.1:\(ports[0])", "--admin-address",
                "127.0.0.1:\(ports[1])", "--link-address", "tcp://127.0.0.1:\(ports[2])", "--link-keys",
                "\(folder)/keys", "--enable-webhook=false", "--debug-port", "\(ports[3])",
            ] + flags
        let log = try FileDescriptor.open(
            FilePath("\(folder)/coordinator.log"), .writeOnly, options: [.create, .append], permissions: .ownerReadWrite
        )
        let variables = environment.map { (Subprocess.Environment.Key(stringLiteral: $0), Optional($1)) }
        let result = try await Subprocess.run(
            .path(FilePath(program)), arguments: Arguments(arguments),
            environment: .inherit.updating(Dictionary(uniqueKeysWithValues: variables)), input: .none,
            output: .fileDescriptor(log, closeAfterSpawningProcess: true), error: .combinedWithOutput
        ) { execution in
            let process = CoordinatorProcess(pid: execution.processIdentifier.value, admin: ports[1], debug: ports[3])
            let failure = await process.failure(of: body, log: "\(folder)/coordinator.log")
            // It may have been asked to end, and have ended, already.
            try? execution.send(signal: failure == nil ? .terminate : .kill)
            if let failure { throw failure }
        }
        if case .exited(let status) = result.terminationStatus { return status }
        return nil
    }

    /// Runs `body` once the coordinator is ready; what it, or the wait, fails with. A function of its own, for the
    /// compiler fails to split the closure above with this in it when it optimises.
    private func failure(
        of body: @Sendable (CoordinatorProcess) async throws -> Void, log: String
    ) async -> (any Error)? {
        do {
            try await eventually("the coordinator to be ready, see \(log)") { await isReady }
            try await body(self)
            return nil
        } catch {
            return error
        }
    }

    private var isReady: Bool { get async { (try? await page("readyz"))?.status == .ok } }

    private func page(_ path: String) async throws -> HTTPClientResponse {
        try await HTTPClient.shared.execute(
            HTTPClientRequest(url: "http://127.0.0.1:\(admin)/\(path)"), timeout: .seconds(30))
    }

    /// A page of the debug port: its status and text.
    package func debugPage(_ path: String, host: String = "127.0.0.1") async throws -> (status: Int, text: String) {
        let response = try await HTTPClient.shared.execute(
            HTTPClientRequest(url: "http://\(host):\(debug)/\(path)"), timeout: .seconds(10))
        let body = try await response.body.collect(upTo: Self.pageBytesMax)
        return (Int(response.status.code), String(buffer: body))
    }

    /// Everything that the metrics page says.
    package func metrics() async throws -> String {
        String(buffer: try await page("metrics").body.collect(upTo: Self.pageBytesMax))
    }

    /// The samples of a metric by the text of their labels, such as `code="200",method="GET"`.
    package func samples(_ metric: String) async throws -> [(labels: String, value: Double)] {
        return try await metrics().split(separator: "\n").compactMap { line in
            guard line.hasPrefix(metric + "{") || line.hasPrefix(metric + " "),
                let space = line.lastIndex(of: " "), let value = Double(line[line.index(after: space)...])
            else { return nil }
            return (String(line[..<space].dropFirst(metric.count + 1).dropLast()), value)
        }
    }

    /// A page of the admin port that is JSON.
    package func json(_ path: String) async throws -> JSONValue {
        let body = try await page(path).body.collect(upTo: Self.pageBytesMax)
        return try JSONValue.parse(String(buffer: body))
    }

    /// Writes that the API server answered.
    package func writes() async throws -> Double {
        try await samples("rest_client_requests_total").filter { !$0.labels.contains("method=\"GET\"") }
            .reduce(0) { $0 + $1.value }
    }

    /// Bytes of memory that are in use.
    package func residentBytes() throws -> Int { try ProcessUsage.residentBytes(pid) }

    /// Seconds of a core's time used so far.
    package func coreSeconds() throws -> Double { try ProcessUsage.coreSeconds(pid) }
}
