import CNVML

/// What a call of NVIDIA's library answered.
struct NVMLReturn: Sendable, Hashable, CustomStringConvertible {
    /// What an answer means for the agent.
    enum Meaning: Sendable, Hashable {
        case ok
        /// This driver, device or moment has no such value.
        case absent
        /// The library's handles are dead: close it, open it again.
        case needsReopen
        case deviceLost
        /// The system does not let this process.
        case blocked
    }

    var code: Int

    init(_ code: Int) { self.code = code }
    init(_ code: Int32) { self.code = Int(code) }

    static let functionNotFound = NVMLReturn(nvml_function_not_found)
    static let unknown = NVMLReturn(nvml_unknown)

    var meaning: Meaning {
        switch code {
        case nvml_success: .ok
        case nvml_uninitialized, nvml_driver_not_loaded, nvml_lib_rm_version_mismatch, nvml_unknown: .needsReopen
        case nvml_gpu_is_lost, nvml_reset_required, nvml_gpu_not_found: .deviceLost
        case nvml_no_permission, nvml_operating_system: .blocked
        default: .absent
        }
    }

    var description: String { Self.names[code] ?? "error \(code)" }

    private static let names: [Int: String] = [
        nvml_success: "success", nvml_uninitialized: "not initialised", nvml_invalid_argument: "invalid argument",
        nvml_not_supported: "not supported", nvml_no_permission: "no permission", nvml_not_found: "not found",
        nvml_insufficient_size: "insufficient size", nvml_insufficient_power: "power cable not connected",
        nvml_driver_not_loaded: "driver not loaded", nvml_timeout: "timeout", nvml_irq_issue: "interrupt problem",
        nvml_library_not_found: "a library of the driver not found", nvml_function_not_found: "function not found",
        nvml_corrupted_inforom: "corrupted inforom", nvml_gpu_is_lost: "GPU is lost",
        nvml_reset_required: "GPU needs a reset", nvml_operating_system: "blocked by the operating system",
        nvml_lib_rm_version_mismatch: "library and driver differ in version", nvml_in_use: "GPU in use",
        nvml_memory: "out of memory", nvml_no_data: "no data", nvml_insufficient_resources: "insufficient resources",
        nvml_argument_version_mismatch: "structure version not known", nvml_deprecated: "deprecated",
        nvml_not_ready: "not ready", nvml_gpu_not_found: "GPU not found", nvml_invalid_state: "invalid state",
        nvml_reset_type_not_supported: "reset type not supported", nvml_unknown: "unknown error",
    ]
}
