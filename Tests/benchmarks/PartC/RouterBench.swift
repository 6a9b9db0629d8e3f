import JSONValues
import Observability
import SystemFiles
import TestKit

/// The gateway with full routing beside nginx and the Rust routers in front of one stub worker, a core each for proxy
/// and load, as the laboratory's router-bench measures them. Without it there is nothing to compare with. Beside nginx
/// the gateway is what that is: a proxy by path, without a log.
enum RouterBench {
    private static let program = "../shared/lab/router-bench/run.sh"
    private static let rust = ["smg", "vllm-router", "sglang-router"]

    static func bars() async throws -> [Bar] {
        guard Files.exists(program) else {
            StandardError.write("  comparison with other routers: not made, for there is no \(program) here")
            return []
        }
        let results = "\(Environment["TMPDIR"] ?? "/tmp")/martlet-router-bench-\(UInt32.random(in: 0 ... .max)).json"
        let command = try await Command.run(
            program,
            [
                "martlet=\(GatewayProcess.path) --port {port} --worker {upstream}",
                "plain=\(GatewayProcess.path) --port {port} --worker {upstream} --routing path", "--", "--rounds",
                "3", "--secs", "3", "--warm", "1", "--workloads", "json1k,json32k,sse,sse5ms", "--peers",
                "nginx,\(rust.joined(separator: ","))", "--json", results,
            ])
        guard command.succeeded else { throw BenchmarkError("router-bench fails: \(command.errors.suffix(500))") }
        StandardError.write(command.output)
        let rounds = try JSONValue.parse(Files.read(results))
        Files.remove(results)
        return [
            try rate(rounds, "json1k", atLeast: 2.5), try cost(rounds, "json1k", of: rust, "best-rust", atMost: 0.4),
            try cost(rounds, "json1k", own: "plain", of: ["nginx"], "nginx", atMost: 1.1),
            try rate(rounds, "json32k", atLeast: 5),
            try cost(rounds, "sse", of: rust, "best-rust", atMost: 0.85),
            try cost(rounds, "sse5ms", of: rust, "best-rust", atMost: 0.85),
        ]
    }

    /// Requests a second against the best of the Rust routers.
    private static func rate(_ rounds: JSONValue, _ workload: String, atLeast limit: Double) throws -> Bar {
        let own = try median(rounds, workload, "martlet", "rps")
        guard let best = rust.compactMap({ try? median(rounds, workload, $0, "rps") }).max() else {
            throw BenchmarkError("no Rust router ran \(workload)")
        }
        return Bar(
            name: "\(workload)-requests-vs-best-rust", value: own / best, unit: "x", limit: .atLeast(limit),
            detail: "\(Bar.text(own)) against \(Bar.text(best)) requests a second")
    }

    /// CPU time a request against the best of `peers`.
    private static func cost(
        _ rounds: JSONValue, _ workload: String, own program: String = "martlet", of peers: [String], _ name: String,
        atMost limit: Double
    ) throws -> Bar {
        let own = try median(rounds, workload, program, "cpu_us")
        guard let best = peers.compactMap({ try? median(rounds, workload, $0, "cpu_us") }).min() else {
            throw BenchmarkError("none of \(peers.joined(separator: ", ")) ran \(workload)")
        }
        return Bar(
            name: "\(workload)-cpu-vs-\(name)", value: own / best, unit: "x", limit: .atMost(limit),
            detail: "\(Bar.text(own)) against \(Bar.text(best)) us a request")
    }

    private static func median(
        _ rounds: JSONValue, _ workload: String, _ name: String, _ key: String
    ) throws -> Double {
        let values = (rounds[workload]?[name]?.elements ?? []).compactMap { $0[key]?.double }.sorted()
        guard !values.isEmpty else { throw BenchmarkError("\(name) did not run \(workload)") }
        return values[values.count / 2]
    }
}
