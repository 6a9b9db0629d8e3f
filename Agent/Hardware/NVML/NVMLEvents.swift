import CNVML

/// The set of events of one opened library: made, waited for, made anew after an error, freed.
@safe final class NVMLEvents {
    /// How long after an error of waiting a new set is made.
    static let renewAfter: Duration = .seconds(2)

    private let functions: NVMLFunctions
    private let configuration: NVMLSession.Configuration
    private var set: OpaquePointer?
    private var watcher: NVMLEventWatcher?
    private var triedAt: ContinuousClock.Instant?

    init(_ functions: NVMLFunctions, _ configuration: NVMLSession.Configuration) {
        self.functions = functions
        self.configuration = configuration
    }

    /// Whether events arrive; false on drivers and devices that have none.
    var isWatching: Bool { watcher.map { $0.failure == nil } ?? false }

    func take() -> [DeviceEvent] { watcher?.take() ?? [] }

    /// Waits for events of these devices, unless that is being done, or has just failed.
    func watch(_ devices: [NVMLDevice], now: ContinuousClock.Instant) {
        if isWatching { return }
        if let triedAt, now < triedAt + Self.renewAfter { return }
        triedAt = now
        stop()
        var made: OpaquePointer?
        guard let make = functions.find(NVML.makeEventSet), functions.find(NVML.freeEventSet) != nil,
            let wait = functions.find(NVML.waitForEvent), unsafe make.call(&made) == nvml_success,
            let made = unsafe made
        else { return }
        unsafe set = unsafe made
        let watched = devices.filter { unsafe register($0, with: made) }
        let names = Dictionary(watched.map { ($0.handle.bits, $0.identity.uuid) }) { first, _ in first }
        guard !names.isEmpty else { return stop() }
        unsafe watcher = NVMLEventWatcher(
            set: made, wait: wait, devices: names, milliseconds: configuration.eventWaitMilliseconds,
            clock: configuration.clock, wake: configuration.wake)
    }

    /// Ends the waiting and frees the set.
    func stop() {
        watcher?.stop()
        watcher = nil
        guard let made = unsafe set else { return }
        unsafe set = nil
        if let free = functions.find(NVML.freeEventSet) { _ = unsafe free.call(made) }
    }

    private func register(_ device: NVMLDevice, with set: OpaquePointer) -> Bool {
        var answers = NVMLAnswers(functions, device.handle)
        let known = answers.long(NVML.eventTypes) ?? UInt64(nvml_event_xid)
        let types = known & NVMLEventWatcher.types
        guard types != 0 else { return false }
        return answers.ask(NVML.registerEvents) { unsafe $0.call($1.pointer, types, set) }
    }
}
