import CNVML
import Glibc
import Synchronization

/// Waits for events of all devices on a thread of its own.
///
/// 1. The thread calls the library until `stop` has returned, never after it.
/// 2. Events wait in order, `eventsMax` at most; then the oldest leave and are counted.
/// 3. An error ends the waiting and is kept in `failure`; whoever owns this makes another one.
@safe final class NVMLEventWatcher: Sendable {
    static let eventsMax = 1_024

    private struct State {
        var events: [DeviceEvent] = []
        var lostCount = 0
        var isStopped = false
        var failure: NVMLReturn?
    }

    private let state = Mutex(State())
    /// The set and the function, as numbers: they are used on one thread only.
    private let set: UInt
    private let wait: UInt
    /// UUIDs of devices by the bits of their handles.
    private let devices: [UInt: String]
    private let milliseconds: UInt32
    private let clock: @Sendable () -> ContinuousClock.Instant
    private let wake: @Sendable () -> Void
    private let thread = Mutex<VendorThread?>(nil)

    /// Starts to wait for events of a set that devices have been registered with.
    init?(
        set: OpaquePointer, wait: NVMLSignatures.WaitForEvent, devices: [UInt: String], milliseconds: UInt32,
        clock: @escaping @Sendable () -> ContinuousClock.Instant, wake: @escaping @Sendable () -> Void
    ) {
        self.set = UInt(bitPattern: set)
        self.wait = unsafe unsafeBitCast(wait, to: UInt.self)
        self.devices = devices
        self.milliseconds = milliseconds
        self.clock = clock
        self.wake = wake
        guard let started = VendorThread({ [self] in work() }) else { return nil }
        thread.withLock { $0 = started }
    }

    /// The error that ended the waiting; nil while it goes on.
    var failure: NVMLReturn? { state.withLock { $0.failure } }

    /// The events since the last time.
    func take() -> [DeviceEvent] {
        state.withLock { state in
            defer { state.events = [] }
            return state.events
        }
    }

    /// Waits until the thread has left the library: as long as one wait at most, unless the driver hangs.
    func stop() {
        state.withLock { $0.isStopped = true }
        thread.withLock { $0.take() }?.join()
    }

    private func work() {
        let function = unsafe unsafeBitCast(wait, to: NVMLSignatures.WaitForEvent.self)
        let set = unsafe OpaquePointer(bitPattern: set)
        while !state.withLock({ $0.isStopped }) {
            // The older function does not write the instances.
            var event = unsafe nvml_event(
                device: nil, type: 0, data: 0, gpu_instance: .max, compute_instance: .max)
            let start = ContinuousClock.now
            let code = NVMLReturn(unsafe function.call(set, &event, milliseconds))
            switch code.code {
            case nvml_success: unsafe note(event)
            case nvml_timeout:
                // A driver that does not wait must not make this thread spin.
                if ContinuousClock.now - start < .milliseconds(1) { usleep(milliseconds * 1_000) }
            default:
                state.withLock { $0.failure = code }
                wake()
                return
            }
        }
    }

    private func note(_ event: nvml_event) {
        guard let device = devices[UInt(bitPattern: unsafe event.device)],
            let kind = Self.kind(type: Int(unsafe event.type), data: unsafe event.data)
        else { return }
        let part = DevicePart(
            gpuInstance: unsafe event.gpu_instance, computeInstance: unsafe event.compute_instance)
        let noted = DeviceEvent(device: device, part: part, kind: kind, at: clock())
        state.withLock { state in
            if state.events.count == Self.eventsMax {
                state.events.removeFirst()
                state.lostCount += 1
            }
            state.events.append(noted)
        }
        wake()
    }

    /// The types that are asked for.
    static let types = UInt64(
        nvml_event_single_bit_ecc | nvml_event_double_bit_ecc | nvml_event_xid | nvml_event_mig_configuration
            | nvml_event_single_bit_storm | nvml_event_dram_retirement | nvml_event_dram_retirement_failure
            | nvml_event_poison | nvml_event_fatal_poison | nvml_event_gpu_unavailable | nvml_event_recovery_action)

    private static func kind(type: Int, data: UInt64) -> DeviceEvent.Kind? {
        switch type {
        case nvml_event_xid: .xid(Int(truncatingIfNeeded: data))
        case nvml_event_single_bit_ecc: .correctedMemoryError
        case nvml_event_double_bit_ecc: .uncorrectedMemoryError
        case nvml_event_single_bit_storm: .correctedErrorStorm
        case nvml_event_dram_retirement: .memoryRetired
        case nvml_event_dram_retirement_failure: .memoryRetirementFailed
        case nvml_event_poison: .poison(isFatal: false)
        case nvml_event_fatal_poison: .poison(isFatal: true)
        case nvml_event_gpu_unavailable: .unavailable
        case nvml_event_recovery_action: .recoveryActionChanged
        case nvml_event_mig_configuration: .partitionsChanged
        default: nil
        }
    }
}
