import ArgumentParser
import Daemon
import JSONValues
import KubernetesAPI
import KubernetesClient
import Logging

/// `martlet status`: what runs, what waits, and why.
struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show the parts, the model deployments, the engines and what is not well.")

    @OptionGroup var place: DataDirectory.Options

    func run() async throws {
        let directory = try place.directory()
        let martlet = try RunningMartlet(directory)
        StandardOutput.write(try await parts(martlet))
        let client = try KubernetesClient(
            ClientConfiguration.load(kubeconfig: martlet["kubeconfig"]),
            logger: Logger(label: "martlet") { _ in
                SwiftLogNoOpLogHandler()
            })
        do {
            let servings = try await client.list(Self.modelServing).items
            let pods = try await client.list(.pod).items.map { Pod($0) }
            try await client.shutdown()
            StandardOutput.write("\n" + Self.servings(servings))
            let waiting = Self.waiting(pods)
            if !waiting.isEmpty { StandardOutput.write("\n" + waiting) }
        } catch {
            try? await client.shutdown()
            throw error
        }
        StandardOutput.write("\n" + Self.engines(try await martlet.page("agent", "/v1/engines")))
    }

    private static let modelServing = ResourceKind(
        group: "workload.serving.volcano.sh", version: "v1alpha1", kind: "ModelServing", plural: "modelservings")

    private func parts(_ martlet: RunningMartlet) async throws -> String {
        var table = TextTable(header: ["PART", "STATE", "ADDRESS"])
        table.rows.append(["api server", "up", martlet["api"]])
        for part in ["coordinator", "agent"] {
            let isReady = (try? await AdminPort.read("\(martlet[part])/readyz")) != nil
            table.rows.append([part, isReady ? "ready" : "not ready", martlet[part]])
        }
        table.rows.append(["gateway", "listens", martlet["gateway"]])
        return table.text
    }

    private static func servings(_ servings: [KubernetesObject]) -> String {
        if servings.isEmpty { return "No ModelServing yet; apply one with kubectl." }
        var table = TextTable(header: ["MODELSERVING", "READY", "WHY"])
        for serving in servings.sorted(by: { $0.key < $1.key }) {
            let available = serving.status["availableReplicas"]?.integer ?? 0
            let conditions = (serving.status["conditions"]?.elements ?? []).compactMap { Condition($0) }
            let ready = conditions.first { $0.type == "Ready" } ?? conditions.first { $0.type == "Available" }
            let why = ready.map { $0.holds ? $0.reason : "\($0.reason): \($0.message)" } ?? "not seen yet"
            table.rows.append([serving.key.description, "\(available)/\(serving.spec["replicas"]?.integer ?? 1)", why])
        }
        return table.text
    }

    private static func waiting(_ pods: [Pod]) -> String {
        var table = TextTable(header: ["WAITING POD", "WHY"])
        for pod in pods.sorted(by: { $0.key < $1.key }) where !pod.isReady {
            let state = (pod.object.status["containerStatuses"]?.elements ?? []).compactMap {
                $0[path: "state", "waiting"]
            }.first
            let unscheduled = pod.conditions.first { $0.type == "PodScheduled" && !$0.holds }
            let why =
                state.map { "\($0["reason"]?.string ?? ""): \($0["message"]?.string ?? "")" }
                ?? unscheduled.map { "\($0.reason): \($0.message)" } ?? pod.phase.rawValue
            table.rows.append([pod.key.description, why])
        }
        return table.rows.isEmpty ? "" : table.text
    }

    private static func engines(_ page: JSONValue) -> String {
        var table = TextTable(header: ["ENGINE", "MODEL", "RUNNING", "WAITING", "KV USAGE", "BLOCKS HELD"])
        for engine in page["engines"]?.elements ?? [] {
            let usage = engine[path: "load", "cacheUsage"]?.double ?? 0
            table.rows.append([
                engine["id"]?.string ?? "?", engine["models"]?[0]?.string ?? "-",
                "\(engine[path: "load", "running"]?.integer ?? 0)", "\(engine[path: "load", "waiting"]?.integer ?? 0)",
                "\(Int((usage * 100).rounded())) %",
                (engine["exactCache"]?.bool ?? false) ? "\(engine["blocks"]?.integer ?? 0)" : "unknown",
            ])
        }
        return table.rows.isEmpty ? "No engine runs." : table.text
    }
}
