import CNVML
import Topology

/// A part of a GPU that the library has a handle for.
struct NVMLPart {
    var handle: NVMLHandle
    var partition: Partition
}

extension NVMLAnswers {
    /// Whether the GPU is cut into parts (MIG); nil where it cannot be.
    mutating func isPartitioned() -> Bool? {
        var current: UInt32 = 0
        var pending: UInt32 = 0
        return ask(NVML.migMode) { unsafe $0.call($1.pointer, &current, &pending) } ? current == 1 : nil
    }

    /// The parts of the GPU. Places of the list may be empty, so all of them are asked for.
    mutating func partitions(deviceMemoryBytes: UInt64) -> [NVMLPart] {
        guard isPartitioned() == true, let countMax = word(NVML.partCountMax) else { return [] }
        return (0..<countMax).compactMap { index in
            var part: OpaquePointer?
            let code = code(NVML.part) { unsafe $0.call($1.pointer, index, &part) }
            guard code.meaning == .ok, let part = unsafe part else {
                if code.code != nvml_not_found { note(NVML.part.name, code) }
                return nil
            }
            var answers = NVMLAnswers(functions, unsafe NVMLHandle(part))
            let partition = answers.partition(deviceMemoryBytes: deviceMemoryBytes)
            take(answers)
            return partition.map { NVMLPart(handle: answers.handle, partition: $0) }
        }
    }

    /// Takes over what the calls about a part of this device have ended with.
    mutating func take(_ part: NVMLAnswers) {
        for (name, code) in part.unanswered { note(name, code) }
        if let end = part.end { self.end(with: end) }
    }

    private mutating func partition(deviceMemoryBytes: UInt64) -> Partition? {
        guard let uuid = text(NVML.uuid, length: nvml_uuid_length), let gpuInstance = word(NVML.gpuInstance),
            let computeInstance = word(NVML.computeInstance)
        else { return nil }
        let attributes = structure(NVML.attributes, nvml_attributes()) ?? nvml_attributes()
        return Partition(
            uuid: uuid, gpuInstance: Int(gpuInstance), computeInstance: Int(computeInstance),
            profile: profile(attributes, deviceMemoryBytes), memoryBytes: attributes.memory_megabytes << 20,
            multiprocessors: Int(attributes.multiprocessors))
    }

    /// The driver's own word stands at the end of the part's name; otherwise it follows from the part's size.
    private mutating func profile(_ attributes: nvml_attributes, _ deviceMemoryBytes: UInt64) -> String {
        let words = (text(NVML.name, length: nvml_name_length) ?? "").split(separator: " ")
        if let place = words.lastIndex(of: "MIG"), place + 1 < words.count { return String(words[place + 1]) }
        return Partition.profile(
            gpuSlices: Int(attributes.gpu_slices), computeSlices: Int(attributes.compute_slices),
            memoryMegabytes: attributes.memory_megabytes, deviceMemoryBytes: deviceMemoryBytes)
    }
}
