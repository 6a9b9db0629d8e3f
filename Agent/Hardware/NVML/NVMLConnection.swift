import CNVML
import Topology

/// NVIDIA's library while it is open: its devices and their pairs. Used on one thread.
final class NVMLConnection {
    /// Facts that seldom change are read anew this often, and after an event that may have changed them.
    static let refreshEvery: Duration = .seconds(30)
    /// The same while a fabric is being joined.
    static let refreshWhileJoining: Duration = .seconds(2)
    /// More devices on one node are not looked at.
    static let devicesMax: UInt32 = 64

    let functions: NVMLFunctions
    let events: NVMLEvents
    let versions: [String: String]
    private(set) var devices: [NVMLDevice] = []
    /// Devices that gave no handle or no UUID.
    private(set) var unnamed: [DeviceReport] = []
    private(set) var paths: [DevicePath] = []
    private var fields = NVMLFieldBatch()
    private var processBuffer = [nvml_process](repeating: nvml_process(), count: 64)
    private var refreshedAt: ContinuousClock.Instant?

    /// Opens the library and finds its devices. Throws a `LibraryProblem` or an `NVMLProblem`; nothing stays open then.
    init(_ configuration: NVMLSession.Configuration) throws {
        functions = try NVMLFunctions(places: configuration.places)
        events = NVMLEvents(functions, configuration)
        let started = functions.initialise()
        guard started.meaning == .ok else {
            functions.library.close()
            throw NVMLProblem(started)
        }
        versions = ["driver": functions.text(NVML.driverVersion), "library": functions.text(NVML.libraryVersion)]
            .compactMapValues { $0 }
            .merging(functions.cudaVersion.map { ["cuda": $0] } ?? [:]) { first, _ in first }
        do { try findDevices() } catch {
            functions.shutDownAndClose()
            throw error
        }
    }

    private func findDevices() throws(NVMLProblem) {
        let count = try functions.deviceCount().get()
        for index in 0..<min(count, Self.devicesMax) {
            switch functions.device(at: index) {
            case .success(let handle):
                var answers = NVMLAnswers(functions, handle)
                if let identity = answers.identity(index: Int(index)) {
                    devices.append(
                        NVMLDevice(handle: handle, identity: identity, unanswered: answers.unanswered))
                } else {
                    try noteUnnamed(
                        index, answers.end ?? answers.unanswered[NVML.uuid.name] ?? .functionNotFound)
                }
            case .failure(let problem): try noteUnnamed(index, problem.code)
            }
        }
        if devices.isEmpty, let first = unnamed.first, first.condition == .unknown {
            throw NVMLProblem(.unknown)
        }
    }

    private func noteUnnamed(_ index: UInt32, _ code: NVMLReturn) throws(NVMLProblem) {
        let condition: DeviceCondition
        switch code.meaning {
        case .needsReopen where code != .unknown: throw NVMLProblem(code)
        case .needsReopen, .ok, .absent: condition = .unknown
        case .deviceLost: condition = code.code == nvml_reset_required ? .resetRequired : .lost
        case .blocked: condition = .blocked
        }
        var report = DeviceReport(
            identity: DeviceIdentity(vendor: .nvidia, uuid: "", index: Int(index)), condition: condition)
        report.unanswered = [NVML.handle.name: code.description]
        unnamed.append(report)
    }

    /// Reads all devices once; the answer after which the library must be opened anew, where there is one.
    func pass(_ now: ContinuousClock.Instant) -> NVMLReturn? {
        var ends: [NVMLReturn] = []
        for index in devices.indices {
            guard let end = devices[index].sample(functions, &fields, &processBuffer) else { continue }
            if end.meaning == .needsReopen, end != .unknown { return end }
            ends.append(end)
        }
        // One device may be lost; when none answers any more, the driver has gone.
        if !devices.isEmpty, ends.count == devices.count { return ends[0] }
        if isRefreshDue(now) { refresh(now) }
        events.watch(devices.filter { $0.condition == .ok }, now: now)
        return nil
    }

    /// Has seldom-changing facts read at the next pass.
    func invalidate() { refreshedAt = nil }

    private func isRefreshDue(_ now: ContinuousClock.Instant) -> Bool {
        guard let refreshedAt else { return true }
        let isJoining = devices.contains { $0.fabric?.state == .inProgress || $0.fabric?.state == .notStarted }
        let every = isJoining ? Self.refreshWhileJoining : Self.refreshEvery
        return now >= refreshedAt + every || devices.contains(where: \.hasOldParts)
    }

    private func refresh(_ now: ContinuousClock.Instant) {
        refreshedAt = now
        let addresses = Set(devices.map(\.identity.address).filter { !$0.isEmpty })
        for index in devices.indices where devices[index].condition == .ok {
            devices[index].refresh(functions, addresses: addresses)
        }
        paths = []
        for (index, left) in devices.enumerated() where !left.identity.address.isEmpty {
            for right in devices[(index + 1)...] where !right.identity.address.isEmpty {
                if let path = path(left, right) { paths.append(path) }
            }
        }
    }

    private func path(_ left: NVMLDevice, _ right: NVMLDevice) -> DevicePath? {
        var answers = NVMLAnswers(functions, left.handle)
        guard let bus = answers.busPath(to: right.handle) else { return nil }
        var path = DevicePath(from: left.identity.address, to: right.identity.address, bus: Fact(bus, .nvml))
        if let leftLinks = left.fastLinks, let rightLinks = right.fastLinks {
            path.fast = FastLinkPorts.join(leftLinks, rightLinks, peerAnswer: answers.isPeer(of: right.handle))
        }
        return path
    }

    /// Ends the events, then the library: no handle is used afterwards.
    func close() {
        events.stop()
        functions.shutDownAndClose()
    }
}
