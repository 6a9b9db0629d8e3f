/// A part of a GPU with memory and processors of its own (a MIG device).
package struct Partition: Sendable, Hashable {
    /// As containers name it: `MIG-` and a UUID.
    package var uuid: String
    package var gpuInstance: Int
    package var computeInstance: Int
    /// Such as `1g.10gb`.
    package var profile: String
    package var memoryBytes: UInt64
    package var multiprocessors: Int

    package init(
        uuid: String, gpuInstance: Int, computeInstance: Int, profile: String, memoryBytes: UInt64,
        multiprocessors: Int
    ) {
        self.uuid = uuid
        self.gpuInstance = gpuInstance
        self.computeInstance = computeInstance
        self.profile = profile
        self.memoryBytes = memoryBytes
        self.multiprocessors = multiprocessors
    }

    /// The name that drivers before R470 gave it, and that some tools still do.
    package func olderName(parent uuid: String) -> String { "MIG-\(uuid)/\(gpuInstance)/\(computeInstance)" }

    /// The profile's name from what a part has: slices of the GPU and of the part, and memory in eighths of the GPU's.
    package static func profile(
        gpuSlices: Int, computeSlices: Int, memoryMegabytes: UInt64, deviceMemoryBytes: UInt64
    ) -> String {
        let deviceGigabytes = (Double(deviceMemoryBytes) / Double(1 << 30)).rounded(.up)
        let share = deviceMemoryBytes == 0 ? 0 : Double(memoryMegabytes << 20) / Double(deviceMemoryBytes)
        let gigabytes = Int(((share * 8).rounded(.up) / 8 * deviceGigabytes).rounded())
        let whole = "\(gpuSlices)g.\(gigabytes)gb"
        return computeSlices == gpuSlices ? whole : "\(computeSlices)c.\(whole)"
    }
}
