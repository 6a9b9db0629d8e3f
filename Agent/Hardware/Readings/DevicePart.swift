/// What of a device something is about.
package enum DevicePart: Sendable, Hashable {
    case whole
    /// Every part within this GPU instance.
    case gpuInstance(Int)
    case partition(gpuInstance: Int, computeInstance: Int)

    /// From the numbers of the library, where all ones stands for none.
    init(gpuInstance: UInt32, computeInstance: UInt32) {
        switch (gpuInstance, computeInstance) {
        case (.max, _): self = .whole
        case (let gpu, .max): self = .gpuInstance(Int(gpu))
        case (let gpu, let compute): self = .partition(gpuInstance: Int(gpu), computeInstance: Int(compute))
        }
    }

    /// Whether it concerns this part of the device.
    package func covers(gpuInstance: Int, computeInstance: Int) -> Bool {
        switch self {
        case .whole: true
        case .gpuInstance(let gpu): gpu == gpuInstance
        case .partition(let gpu, let compute): gpu == gpuInstance && compute == computeInstance
        }
    }
}

/// A process that computes on a device.
package struct DeviceProcess: Sendable, Hashable {
    package var pid: Int
    /// Nil where the driver does not know.
    package var memoryBytes: UInt64?
    package var part: DevicePart

    package init(pid: Int, memoryBytes: UInt64?, part: DevicePart) {
        self.pid = pid
        self.memoryBytes = memoryBytes
        self.part = part
    }
}
