import ClusterKit
import SystemFiles
import TestKit

/// nginx as a proxy that only passes bytes on: what can be reached where nothing is routed.
enum PlainProxy {
    /// Where Debian has it, too, which is not on everybody's path.
    private static let program = "/usr/sbin/nginx"

    static var exists: Bool { Files.exists(program) }

    /// Runs it on one core before an engine on `worker`; `body` gets its port and process.
    static func run<T: Sendable>(
        worker: Int, core: Int, _ body: @Sendable @escaping (Int, Int32) async throws -> T
    ) async throws -> T {
        let port = try await FreePorts.take(1)[0]
        let folder = "\(Environment["TMPDIR"] ?? "/tmp")/martlet-bench-\(UInt32.random(in: 0 ... .max))"
        try Files.makeFolder(folder)
        try Files.write(Array(configuration(port, worker, folder).utf8), to: "\(folder)/nginx.conf")
        return try await GatewayProcess.run(
            [program, "-p", folder, "-c", "\(folder)/nginx.conf"], listeningOn: port, core: core, body)
    }

    /// One worker in the foreground with kept connections on both sides, no log, and bodies in memory.
    private static func configuration(_ port: Int, _ worker: Int, _ folder: String) -> String {
        """
        daemon off; master_process off; worker_processes 1; pid \(folder)/nginx.pid; error_log \(folder)/error.log crit;
        events { worker_connections 4096; }
        http {
          access_log off; keepalive_requests 1000000000; client_body_buffer_size 1m; client_max_body_size 64m;
          upstream engine { server 127.0.0.1:\(worker); keepalive 256; keepalive_requests 1000000000; }
          server {
            listen 127.0.0.1:\(port);
            location / { proxy_pass http://engine; proxy_http_version 1.1; proxy_set_header Connection ""; }
          }
        }
        """
    }
}
