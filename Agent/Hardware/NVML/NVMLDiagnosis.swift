import CNVML
import SystemFiles

/// What is the matter with NVIDIA's library, from its answer and from what the kernel shows without it.
struct NVMLDiagnosis: Hashable {
    var state: LibraryState
    /// One sentence: what is so, and what would change it.
    var detail: String

    init(_ state: LibraryState, _ detail: String) {
        self.state = state
        self.detail = detail
    }

    /// NVIDIA's display controllers on the bus; nil where the bus cannot be seen.
    private static func devicesOnBus(root: String) -> Int? {
        let functions = PCIFunction.all(root: root)
        return functions.isEmpty ? nil : functions.count { $0.vendor == 0x10DE && $0.isAccelerator }
    }

    /// Whether the kernel's driver has devices, whatever this process may do with them.
    private static func driverHasDevices(root: String) -> Bool {
        !Files.names(in: "\(root)/proc/driver/nvidia/gpus").isEmpty
    }

    private static func devices(_ count: Int) -> String {
        count == 1 ? "An NVIDIA device is on the PCI bus" : "\(count) NVIDIA devices are on the PCI bus"
    }

    /// The library could not be opened.
    static func of(_ problem: LibraryProblem, root: String) -> NVMLDiagnosis {
        switch (problem, devicesOnBus(root: root)) {
        case (.unusable(let reason), _):
            NVMLDiagnosis(.libraryUnusable, "The library of NVIDIA's driver cannot be used: \(reason)")
        case (.missing, .some(0)): NVMLDiagnosis(.noDevice, "No NVIDIA device is on the PCI bus")
        case (.missing, let count?):
            NVMLDiagnosis(
                .libraryMissing,
                "\(devices(count)), but libnvidia-ml.so.1 is nowhere to be found; mount the driver's libraries")
        case (.missing, nil):
            NVMLDiagnosis(
                .libraryMissing, "Neither the PCI bus nor libnvidia-ml.so.1 can be seen; mount /sys to tell them apart")
        }
    }

    /// The library did not start.
    static func ofStart(_ code: NVMLReturn, root: String) -> NVMLDiagnosis {
        switch code.code {
        case nvml_driver_not_loaded where devicesOnBus(root: root) == 0: return noDevices(root: root)
        case nvml_driver_not_loaded: return driverNotLoaded
        case nvml_unknown where driverHasDevices(root: root): return nodesTakenAway
        case nvml_lib_rm_version_mismatch: return mismatch
        case nvml_library_not_found, nvml_function_not_found:
            return NVMLDiagnosis(
                .libraryUnusable, "libnvidia-ml.so.1 lacks another part of the driver (\(code)); mount all of it")
        default: break
        }
        if code.meaning == .blocked { return denied(code) }
        return NVMLDiagnosis(.failing, "NVIDIA's library does not start: \(code)")
    }

    /// The library answered no more.
    static func ofEnd(_ code: NVMLReturn, root: String) -> NVMLDiagnosis {
        switch code.code {
        case nvml_driver_not_loaded: return driverNotLoaded
        case nvml_lib_rm_version_mismatch: return mismatch
        case nvml_unknown where driverHasDevices(root: root): return nodesTakenAway
        default: break
        }
        if code.meaning == .blocked { return denied(code) }
        return NVMLDiagnosis(
            .driverReloading, "NVIDIA's driver has gone away (\(code)); the library is opened again in a moment")
    }

    /// The library works and has no device.
    static func noDevices(root: String) -> NVMLDiagnosis {
        guard let count = devicesOnBus(root: root), count > 0 else {
            return NVMLDiagnosis(.noDevice, "No NVIDIA device is on the PCI bus")
        }
        return NVMLDiagnosis(
            .noDevice,
            "\(devices(count)), but NVIDIA's driver has none of them: another driver holds them, or they are excluded")
    }

    private static let driverNotLoaded = NVMLDiagnosis(
        .driverNotLoaded, "NVIDIA's kernel driver is not loaded; load it, and the agent goes on by itself")

    private static let mismatch = NVMLDiagnosis(
        .driverMismatch,
        "NVIDIA's library and kernel driver differ in version; reload the driver or restart the node")

    /// A reload of the system's service manager takes device nodes away from containers that run.
    private static let nodesTakenAway = NVMLDiagnosis(
        .permissionDenied,
        "The kernel's driver has devices that NVIDIA's library cannot reach; give the agent's pod its device nodes anew"
    )

    private static func denied(_ code: NVMLReturn) -> NVMLDiagnosis {
        NVMLDiagnosis(
            .permissionDenied,
            "The system keeps the agent from NVIDIA's devices (\(code)); allow it /dev/nvidia* and /dev/nvidiactl")
    }
}
