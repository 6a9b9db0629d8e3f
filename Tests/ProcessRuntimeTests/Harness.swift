import ContainerShim
import Glibc
import JSONValues
import KubernetesAPI
import Logging
import Manifests
import Observability
import ProcessRuntime
import Synchronization
import Testing

/// A runtime over a temporary folder and an API server that is a few dictionaries.
final class Harness: Sendable {
    struct World {
        var statuses: [String: JSONValue] = [:]
        var finished: Set<String> = []
        var events: [String] = []
        var objects: [ObjectReference: KubernetesObject] = [:]
    }

    let folder: String
    let world = Mutex(World())
    let metrics = MetricsRegistry()

    /// Where the built programs lie: beside the test program.
    static let programs: String = {
        var buffer = [CChar](repeating: 0, count: 4_096)
        let count = unsafe readlink("/proc/self/exe", &buffer, buffer.count - 1)
        let path = String(decoding: buffer[..<max(0, count)].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
    }()

    private init() throws {
        var template = Array("/tmp/martlet-runtime-XXXXXX".utf8CString)
        let made: UnsafeMutablePointer<CChar>? = unsafe mkdtemp(&template)
        folder = try #require(unsafe made.map { unsafe String(cString: $0) })
    }

    /// Runs a test in a fresh folder; whatever it left running is ended and the folder removed.
    static func run(_ body: (Harness) async throws -> Void) async throws {
        let harness = try Harness()
        let result: Result<Void, any Error>
        do { result = .success(try await body(harness)) } catch { result = .failure(error) }
        _ = try? await ProcessRuntime.stopAll(stateDirectory: harness.folder + "/state", grace: .zero)
        for uid in Folder.names(harness.folder + "/state/pods") {
            for name in Folder.names("/dev/shm") where name.hasPrefix("martlet-\(uid)-") {
                try? Folder.remove("/dev/shm/" + name)
            }
        }
        try? Folder.remove(harness.folder)
        try result.get()
    }

    func configuration() -> RuntimeConfiguration {
        var configuration = RuntimeConfiguration(
            stateDirectory: folder + "/state", programDirectory: Harness.programs)
        configuration.backoff = Backoff(base: .milliseconds(100), cap: .milliseconds(400))
        configuration.retryAfter = .milliseconds(100)
        return configuration
    }

    /// Runs a runtime for as long as the body takes, then drops it as a killed agent would: nothing is stopped.
    func withRuntime(
        _ change: (inout RuntimeConfiguration) -> Void = { _ in }, _ body: (ProcessRuntime) async throws -> Void
    ) async throws {
        var configuration = configuration()
        change(&configuration)
        let runtime = try makeRuntime(configuration)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                do { try await runtime.run() } catch {
                    Issue.record("the runtime ended: \(error)")
                    throw error
                }
            }
            do { try await body(runtime) } catch {
                group.cancelAll()
                throw error
            }
            group.cancelAll()
        }
    }

    func makeRuntime(_ configuration: RuntimeConfiguration) throws -> ProcessRuntime {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        return try ProcessRuntime(configuration, callbacks: callbacks, metrics: metrics, logger: logger)
    }

    private var callbacks: RuntimeCallbacks {
        RuntimeCallbacks(
            status: { pod, status in self.world.withLock { $0.statuses[pod.key.name] = status } },
            finished: { pod in _ = self.world.withLock { $0.finished.insert(pod.key.name) } },
            object: { kind, key in self.world.withLock { $0.objects[ObjectReference(kind, key)] } },
            event: { pod, _, reason, message in
                self.world.withLock { $0.events.append("\(pod.key.name) \(reason) \(message)") }
            })
    }

    private static let pods = Atomic(0)

    /// A pod from the YAML of its spec.
    static func pod(_ name: String, namespace: String = "default", _ spec: String) throws -> Pod {
        var object = KubernetesObject(.pod, namespace: namespace, name: name)
        // Unique on this machine: tests run side by side, and a pod's end is searched for by its UID.
        let number = pods.wrappingAdd(1, ordering: .relaxed).newValue
        object.json[path: "metadata", "uid"] = .string("uid-\(getpid())-\(number)")
        object.spec = try Manifest.document(spec, source: "test")
        return Pod(object)
    }

    func status(_ pod: String) -> JSONValue { world.withLock { $0.statuses[pod] ?? .null } }
    func container(_ pod: String, _ index: Int = 0) -> JSONValue {
        status(pod)["containerStatuses"]?[index] ?? .null
    }
    func isReady(_ pod: String) -> Bool {
        status(pod)["conditions"]?.elements.contains { $0["type"] == "Ready" && $0["status"] == "True" } ?? false
    }

    /// Waits for a condition.
    func until(_ what: String, within limit: Duration = .seconds(20), _ condition: () throws -> Bool) async throws {
        let deadline = ContinuousClock.now + limit
        while try !condition() {
            guard ContinuousClock.now < deadline else {
                Issue.record(
                    "never came: \(what); \(world.withLock { ($0.events, $0.statuses.mapValues { $0.text() }) })"
                )
                throw CancellationError()
            }
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    /// The whole log of a container so far.
    func log(
        _ runtime: ProcessRuntime, _ pod: String, _ container: String = "",
        _ change: (inout LogOptions) -> Void = { _ in }
    ) async throws -> String {
        var options = LogOptions()
        change(&options)
        var bytes: [UInt8] = []
        for try await piece in try runtime.logs(namespace: "default", pod: pod, container: container, options: options)
        {
            bytes += piece
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The processes that carry a pod's mark, shims left out.
    static func processes(of pod: Pod) -> [Int32] {
        let mark = Array("MARTLET_CONTAINER=\(pod.uid)/".utf8)
        return Folder.names("/proc").compactMap { Int32($0) }.filter { pid in
            guard let environment = StateFile.bytes("/proc/\(pid)/environ") else { return false }
            return environment.split(separator: 0).contains { $0.starts(with: mark) }
        }
    }

    /// The recorded processes of a container's newest run.
    func process(_ pod: Pod, _ container: String) -> ProcessRecord? {
        let state = StateDirectory(folder + "/state")
        guard let attempt = state.attempts(pod.uid, container).last else { return nil }
        return StateFile.json(state.attempt(pod.uid, container, attempt).process).flatMap { ProcessRecord($0) }
    }

    func write(_ name: String, _ text: String) throws {
        try StateFile.replace("\(folder)/\(name)", with: Array(text.utf8))
    }

    func read(_ name: String) -> String? { StateFile.text("\(folder)/\(name)") }
}

extension Pod {
    /// The pod after its deletion was asked for.
    func deleted(grace: Int) -> Pod {
        var object = object
        object.json[path: "metadata", "deletionTimestamp"] = "2026-01-01T00:00:00Z"
        object.json[path: "metadata", "deletionGracePeriodSeconds"] = JSONValue(grace)
        return Pod(object)
    }
}
