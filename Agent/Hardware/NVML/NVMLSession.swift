import CNVML
import Topology

/// NVIDIA's library on this node, opened and opened again as the driver comes and goes. Used on one thread, for its
/// calls may block.
///
/// 1. No handle outlives the library that gave it: before a new opening all of them are dropped and it is unloaded.
/// 2. A device that was there is told of until the agent ends: as lost, where the library no longer names it.
/// 3. Readings are those of the last pass or absent, never older ones.
package final class NVMLSession: VendorSession {
    /// Where things are and how long waits are.
    package struct Configuration: Sendable {
        /// Where the library is looked for, in order.
        package var places = NVMLFunctions.places
        /// What stands before `/sys` and `/proc`.
        package var root = ""
        /// How long one wait for events lasts: 1 to 60,000.
        package var eventWaitMilliseconds: UInt32 = 500
        /// Dates events.
        package var clock: @Sendable () -> ContinuousClock.Instant = { .now }
        /// Called on a thread of its own when there are events.
        package var wake: @Sendable () -> Void = {}

        package init() {}
    }

    private let configuration: Configuration
    private var connection: NVMLConnection?
    private var lifecycle = LibraryLifecycle()
    private var report = VendorReport(vendor: .nvidia)
    private var events: [DeviceEvent] = []

    package init(_ configuration: Configuration) { self.configuration = configuration }

    /// Opens the library where it is not open and it is time, then reads all devices.
    package func step(_ now: ContinuousClock.Instant) -> VendorReport {
        if connection == nil {
            guard lifecycle.mayOpen(now) else { return report }
            open(now)
        }
        if let connection { pass(connection, now) }
        return report
    }

    /// Events since the last time.
    package func takeEvents() -> [DeviceEvent] {
        defer { events = [] }
        return events
    }

    /// Ends everything; the driver can be unloaded afterwards.
    package func close() {
        collectEvents()
        connection?.close()
        connection = nil
    }

    private func open(_ now: ContinuousClock.Instant) {
        do {
            let opened = try NVMLConnection(configuration)
            guard !opened.devices.isEmpty || !opened.unnamed.isEmpty else {
                opened.close()
                return fail(NVMLDiagnosis.noDevices(root: configuration.root), now)
            }
            connection = opened
            if report.state != .ready { report.driverLoads += 1 }
            report.versions = opened.versions
        } catch let problem as LibraryProblem {
            fail(NVMLDiagnosis.of(problem, root: configuration.root), now)
        } catch let problem as NVMLProblem {
            fail(NVMLDiagnosis.ofStart(problem.code, root: configuration.root), now)
        } catch {
            fail(NVMLDiagnosis(.failing, "\(error)"), now)
        }
    }

    private func pass(_ connection: NVMLConnection, _ now: ContinuousClock.Instant) {
        let end = connection.pass(now)
        collectEvents()
        if let end {
            close()
            return fail(NVMLDiagnosis.ofEnd(end, root: configuration.root), now)
        }
        report.state = .ready
        report.detail = ""
        report.passes += 1
        report.sampledAt = now
        report.devices = merged(connection.devices.map(\.report), connection.unnamed)
        report.paths = connection.paths
        // Also devices that gave no handle may give one to a library opened anew.
        let lostCount = report.devices.count { device in
            switch device.condition {
            case .lost, .resetRequired: true
            case .ok, .blocked, .unknown: false
            }
        }
        if lifecycle.passed(lostCount: lostCount + connection.unnamed.count, now) {
            close()
            open(now)
            if let renewed = self.connection { renew(renewed, now) }
        }
    }

    /// Reads the devices of a library that was opened anew for the sake of lost ones.
    private func renew(_ connection: NVMLConnection, _ now: ContinuousClock.Instant) {
        if let end = connection.pass(now) {
            close()
            return fail(NVMLDiagnosis.ofEnd(end, root: configuration.root), now)
        }
        report.devices = merged(connection.devices.map(\.report), connection.unnamed)
        report.paths = connection.paths
    }

    private func collectEvents() {
        guard let connection else { return }
        let new = connection.events.take()
        if new.contains(where: { $0.kind != .correctedMemoryError }) { connection.invalidate() }
        events += new
        events.removeFirst(max(0, events.count - NVMLEventWatcher.eventsMax))
    }

    private func fail(_ diagnosis: NVMLDiagnosis, _ now: ContinuousClock.Instant) {
        lifecycle.failed(now)
        report.state = diagnosis.state
        report.detail = diagnosis.detail
        report.paths = []
        report.devices = report.devices.map { device in
            var device = DeviceReport(
                identity: device.identity, condition: device.condition == .ok ? .unknown : device.condition)
            device.unanswered = [:]
            return device
        }
    }

    /// The devices that answered, those that gave no name under the identity their place had before, and those that are
    /// no longer named at all.
    private func merged(_ named: [DeviceReport], _ unnamed: [DeviceReport]) -> [DeviceReport] {
        let present = Set(named.map(\.identity.uuid))
        var missing = report.devices.filter { !$0.identity.uuid.isEmpty && !present.contains($0.identity.uuid) }
        var all = named
        for var device in unnamed {
            if let place = missing.firstIndex(where: { $0.identity.index == device.identity.index }) {
                device.identity = missing.remove(at: place).identity
            }
            all.append(device)
        }
        all += missing.map { device in
            DeviceReport(identity: device.identity, condition: .lost)
        }
        return all.sorted { ($0.identity.index, $0.identity.uuid) < ($1.identity.index, $1.identity.uuid) }
    }
}
