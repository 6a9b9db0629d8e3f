import AsyncHTTPClient
import ContainerShim
import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// Carries out probes and lifecycle hooks.
struct ProbeRunner: Sendable {
    let client: HTTPClient
    let watcher: ProcessWatcher
    let shim: String

    /// What a check found: nil when all is well, else why not.
    func problem(
        _ check: ProbeCheck, timeout: Duration, podIP: String, directory: AttemptDirectory
    ) async -> String? {
        switch check {
        case .http(let scheme, let host, let port, let path, let headers):
            await http("\(scheme)://\(address(host, podIP)):\(port)\(path)", headers, timeout)
        case .tcp(let host, let port):
            await tcp(address(host, podIP), port, timeout)
        case .exec(let command):
            await exec(command, timeout, directory)
        case .sleep(let seconds):
            (try? await Task.sleep(for: .seconds(seconds))) == nil ? "interrupted" : nil
        }
    }

    /// A client as probes want it: no certificate checks, no connection kept.
    static func makeClient() -> HTTPClient {
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.certificateVerification = .none
        var configuration = HTTPClient.Configuration(tlsConfiguration: tls)
        configuration.redirectConfiguration = .follow(max: 10, allowCycles: false)
        configuration.connectionPool.idleTimeout = .seconds(1)
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    /// In a pod, its own loopback is the pod's address.
    private func address(_ host: String?, _ podIP: String) -> String {
        guard let host, host != "localhost", host != "127.0.0.1" else { return podIP }
        return host
    }

    private func http(_ url: String, _ headers: [[String]], _ timeout: Duration) async -> String? {
        var request = HTTPClientRequest(url: url)
        request.headers.add(name: "User-Agent", value: "martlet-probe")
        request.headers.add(name: "Connection", value: "close")
        for header in headers { request.headers.replaceOrAdd(name: header[0], value: header[1]) }
        do {
            let response = try await client.execute(request, timeout: TimeAmount(timeout))
            let code = response.status.code
            return (200..<400).contains(code) ? nil : "HTTP probe failed with statuscode: \(code)"
        } catch {
            return "Get \"\(url)\": \(error)"
        }
    }

    private func tcp(_ host: String, _ port: Int, _ timeout: Duration) async -> String? {
        do {
            let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .connectTimeout(TimeAmount(timeout)).connect(host: host, port: port).get()
            try? await channel.close()
            return nil
        } catch {
            return "dial tcp \(host):\(port): \(error)"
        }
    }

    private func exec(_ command: [String], _ timeout: Duration, _ directory: AttemptDirectory) async -> String? {
        let null = unsafe open("/dev/null", O_RDWR | O_CLOEXEC)
        defer { close(null) }
        let pid: Int32
        do {
            pid = try Spawn.start(
                shim, ["container-shim", "enter", directory.path] + command, environment: [:],
                descriptors: [null, null, null])
        } catch {
            return "\(error)"
        }
        let status = await withTaskGroup(of: Void.self) { group in
            group.addTask {
                // On cancellation too: the command must not stay behind.
                try? await Task.sleep(for: timeout)
                kill(-pid, SIGKILL)
            }
            let status = await watcher.end(ofChild: pid)
            group.cancelAll()
            return status
        }
        guard let status else { return "command was interrupted" }
        if status & 0x7F == SIGKILL { return "command did not end within \(timeout)" }
        let code = status >> 8 & 0xFF
        return status & 0x7F == 0 && code == 0 ? nil : "command exited with \(code)"
    }
}
