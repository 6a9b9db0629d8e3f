import NIOCore
import NIOPosix
import Subprocess
import SystemPackage

/// A real Redis on a loopback port, for the length of a closure.
package enum RedisServer {
    /// Why tests with it are skipped where they are.
    package static let reason =
        "redis-server is not installed; run deploy/scripts/setup.sh, or apt-get install redis-server"

    package static let isInstalled = ["/usr/bin", "/usr/local/bin", "/bin"].contains {
        (try? FileDescriptor.open(FilePath("\($0)/redis-server"), .readOnly).close()) != nil
    }

    /// Runs `body` once the server on `port` takes connections, then kills the server. Nothing is kept.
    package static func run(
        port: Int, password: String? = nil, _ body: @Sendable @escaping () async throws -> Void
    ) async throws {
        var arguments = ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        if let password { arguments += ["--requirepass", password] }
        _ = try await Subprocess.run(
            .name("redis-server"), arguments: Arguments(arguments), input: .none, output: .discarded, error: .discarded
        ) { execution in
            var failure: (any Error)?
            do {
                try await waitUntilOpen(port)
                try await body()
            } catch { failure = error }
            try execution.send(signal: .kill)
            if let failure { throw failure }
        }
    }

    private static func waitUntilOpen(_ port: Int) async throws {
        var failures = 0
        while true {
            do {
                let bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                try await bootstrap.connect(host: "127.0.0.1", port: port).get().close().get()
                return
            } catch {
                failures += 1
                guard failures < 500 else { throw error }
                try await Task.sleep(for: .milliseconds(20))
            }
        }
    }
}
