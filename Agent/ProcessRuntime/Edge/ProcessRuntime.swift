import AsyncHTTPClient
import ContainerShim
import JSONValues
package import KubernetesAPI
package import Logging
import NIOPosix
package import Observability
import ServiceLifecycle
import Synchronization

/// Runs pods' containers as local processes.
///
/// 1. Each pod has a loopback address of its own from first sight until nothing of it is left.
/// 2. Containers outlive this object and its process; a new runtime on the same state directory takes them over and
///    never starts a second one beside them.
/// 3. A pod leaves nothing behind: no process, no file, no address.
package final class ProcessRuntime: Service, Sendable {
    /// How often the image map's file is looked at.
    private static let imageMapPeriod = Duration.seconds(2)

    private struct State {
        var workers: [String: PodWorker] = [:]
        /// Workers that do not run yet.
        var fresh: [PodWorker] = []
        var addresses: AddressPool
        var services: [KubernetesObject] = []
    }

    let configuration: RuntimeConfiguration
    let directory: StateDirectory
    private let callbacks: RuntimeCallbacks
    private let metrics: RuntimeMetrics
    private let logger: Logger
    private let images: ImageMapSource
    private let state: Mutex<State>
    private let wakeup = Wakeup()

    /// Reads what an earlier runtime left in the state directory. Nothing is started before `run`.
    package init(
        _ configuration: RuntimeConfiguration, callbacks: RuntimeCallbacks, metrics: MetricsRegistry, logger: Logger
    ) throws {
        self.configuration = configuration
        self.callbacks = callbacks
        self.metrics = RuntimeMetrics(metrics)
        self.logger = logger
        directory = StateDirectory(configuration.stateDirectory)
        guard let pool = AddressPool(configuration.addressPool, seed: configuration.stateDirectory) else {
            throw RuntimeError(
                "\"\(configuration.addressPool)\" is not a block of IPv4 addresses; write one such as 127.64.0.0/10")
        }
        images = try ImageMapSource(configuration)
        state = Mutex(State(addresses: pool))
        try Folder.make(directory.pods)
        adopt()
    }

    /// Makes this runtime keep just these pods: every pod bound to its nodes, as the API server has them now.
    ///
    /// Call it only with a complete list; a pod that is missing is stopped and removed. `services` give further names.
    package func sync(pods: [Pod], services: [KubernetesObject] = []) {
        let wanted = Set(pods.map(\.uid))
        let count = state.withLock { state in
            state.services = services
            for pod in pods { take(pod, &state) }
            for (uid, worker) in state.workers where !wanted.contains(uid) { worker.release() }
            writeHosts(state)
            return state.workers.count
        }
        metrics.pods.set(Double(count))
        wakeup.wake()
    }

    /// No pod is left, neither running nor being removed.
    package var isEmpty: Bool { state.withLock { $0.workers.isEmpty } }

    /// Tries waiting containers again now, after a ConfigMap or Secret has come.
    package func retryWaiting() {
        for worker in state.withLock({ Array($0.workers.values) }) { worker.post(.retry) }
    }

    /// Runs until cancelled or asked to shut down; containers stay.
    package func run() async throws {
        let shim = configuration.programDirectory + "/container-shim"
        guard ProgramSearch.isExecutable(shim) else {
            throw RuntimeError("\(shim) is missing; it belongs beside the agent's program")
        }
        let lock = try await StateLock(directory.path)
        defer { lock.release() }
        try await cancelWhenGracefulShutdown { try await self.serve(shim) }
    }

    private func serve(_ shim: String) async throws {
        let watcher = try ProcessWatcher()
        // One thread watches processes, the other removes folders.
        let threads = NIOThreadPool(numberOfThreads: 2)
        threads.start()
        let client = ProbeRunner.makeClient()
        let publisher = StatusPublisher(callbacks, logger)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { try? await threads.runIfActive { watcher.watch() } }
            group.addTask { await publisher.run() }
            group.addTask { await self.watchImageMap() }
            let isolation = await IsolationCheck(shim: shim, watcher: watcher, logger: logger)
                .strongest(configuration.isolation, scratch: directory.path + "/check")
            let starter = ContainerStarter(
                configuration: configuration, state: directory, images: images, isolation: isolation,
                callbacks: callbacks, hostEnvironment: RuntimeServices.hostEnvironment)
            let services = RuntimeServices(
                configuration: configuration, state: directory, images: images, starter: starter, watcher: watcher,
                probes: ProbeRunner(client: client, watcher: watcher, shim: shim), publisher: publisher,
                callbacks: callbacks, metrics: metrics, logger: logger, names: { self.names(seenBy: $0) })
            await supervise(services, threads)
            group.cancelAll()
        }
        try? await client.shutdown()
        try? await threads.shutdownGracefully()
    }

    /// Gives each pod its task.
    private func supervise(_ services: RuntimeServices, _ threads: NIOThreadPool) async {
        await withDiscardingTaskGroup { group in
            while !Task.isCancelled {
                let fresh = state.withLock { state in
                    defer { state.fresh = [] }
                    return state.fresh
                }
                for worker in fresh {
                    group.addTask {
                        guard await worker.run(services) else { return }
                        services.publisher.forget(worker.pod)
                        await self.retire(worker, threads)
                    }
                }
                await wakeup.wait(until: nil)
            }
            // Tasks that wait for a process to end do not see the cancellation.
            services.watcher.stop()
            group.cancelAll()
        }
    }

    private func watchImageMap() async {
        guard images.path != nil else { return }
        while (try? await Task.sleep(for: ProcessRuntime.imageMapPeriod)) != nil {
            do {
                if try images.refresh() {
                    logger.info("Read the image map", metadata: ["path": "\(images.path ?? "")"])
                    retryWaiting()
                }
            } catch {
                logger.error("Could not read the image map", metadata: ["err": "\(error)"])
            }
        }
    }

    func worker(_ key: ObjectKey) -> PodWorker? {
        // Of two pods of one name the newer counts; the older is on its way out.
        state.withLock { $0.workers.values.filter { $0.pod.key == key }.max { $0.startTime < $1.startTime } }
    }
}

// Pods coming and going.
extension ProcessRuntime {
    private func adopt() {
        state.withLock { state in
            for uid in Folder.names(directory.pods) {
                guard let record = StateFile.json(directory.record(uid)).flatMap({ PodRecord($0) }),
                    state.addresses.claim(record.address)
                else {
                    // An earlier agent was ended while it made or removed this one.
                    _ = Leftovers.end(uid + "/")
                    try? Folder.remove(directory.pod(uid))
                    continue
                }
                let worker = PodWorker(record)
                state.workers[uid] = worker
                state.fresh.append(worker)
            }
            // Those that are there may hold names of services, which are not known yet.
            writeHosts(state) { Folder.kind($0) == nil }
        }
    }

    private func take(_ pod: Pod, _ state: inout State) {
        if let worker = state.workers[pod.uid] {
            if worker.update(pod) { write(worker) }
            return
        }
        let names = [pod.uid] + (pod.initContainers + pod.containers).map { $0["name"]?.string ?? "" }
        guard names.allSatisfy(StateDirectory.isStep) else {
            logger.error("Refused Pod whose names are no file names", metadata: ["pod": "\(pod.key)"])
            return
        }
        // It ended before, under a state directory that is gone: there is nothing to run and nothing to report.
        let isOver = pod.phase == .succeeded || pod.phase == .failed
        if isOver && !pod.object.isBeingDeleted { return }
        guard let address = state.addresses.lease() else {
            logger.error("No address is left for Pod", metadata: ["pod": "\(pod.key)"])
            return
        }
        let worker = PodWorker(PodRecord(pod: pod, address: address, startTime: .now))
        write(worker)
        state.workers[pod.uid] = worker
        state.fresh.append(worker)
    }

    private func write(_ worker: PodWorker) {
        let record = PodRecord(pod: worker.pod, address: worker.address, startTime: worker.startTime)
        do {
            try Folder.make(directory.pod(worker.uid))
            try StateFile.replace(directory.record(worker.uid), with: record.json)
        } catch {
            logger.error("Could not keep Pod", metadata: ["pod": "\(record.pod.key)", "err": "\(error)"])
        }
    }

    /// Removes what is left of a pod.
    private func retire(_ worker: PodWorker, _ threads: NIOThreadPool) async {
        let directory = directory
        let pod = worker.pod
        let store = VolumeStore(state: directory, makesHostPaths: configuration.makesHostPaths)
        try? await threads.runIfActive {
            _ = Leftovers.end(worker.uid + "/")
            store.release(pod)
            // The record goes first: a folder without one is removed at the next start.
            try? Folder.remove(directory.record(worker.uid))
            try? Folder.remove(directory.pod(worker.uid))
        }
        let count = state.withLock { state in
            state.workers[worker.uid] = nil
            state.addresses.release(worker.address)
            writeHosts(state)
            return state.workers.count
        }
        metrics.pods.set(Double(count))
        logger.info("Removed Pod", metadata: ["pod": "\(pod.key)"])
    }

    /// Brings every pod's `/etc/hosts` up to date; running processes see it at once.
    private func writeHosts(_ state: borrowing State, where isWanted: (String) -> Bool = { _ in true }) {
        let neighbours = state.workers.values.map { HostsFile.Neighbour(pod: $0.pod, address: $0.address) }
        for worker in state.workers.values {
            let text = HostsFile.text(
                for: worker.pod, address: worker.address, neighbours: neighbours, services: state.services)
            let path = directory.hosts(worker.uid)
            guard isWanted(path) else { continue }
            if StateFile.text(path) != text { try? StateFile.overwrite(path, with: Array(text.utf8)) }
        }
    }

    private func names(seenBy pod: Pod) -> [String: String] {
        let (workers, services) = state.withLock { ($0.workers.values.map { ($0.pod, $0.address) }, $0.services) }
        let neighbours = workers.map { HostsFile.Neighbour(pod: $0.0, address: $0.1) }
        return HostsFile.names(seenBy: pod.key.namespace, neighbours, services).compactMapValues { $0.min() }
    }
}
